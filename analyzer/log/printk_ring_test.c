// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rings as kernels write them, in both byte orders, and rings that are not whole. */
#include "testdata/machine/expect.h"

#include <elf.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/vmcoreinfo/facts.h"

enum {
	COUNT_BITS = 3,
	COUNT = 1 << COUNT_BITS,
	SIZE_BITS = 8,
	SIZE = 1 << SIZE_BITS,
	DESC = 24,
	RESERVED = 0,
	COMMITTED,
	FINALIZED,
	REUSABLE,
	PAGE = 4096,
	PRB = 0x1000, /* the pointer */
	RING = 0x1100,
	/* Four elements of each array are in one page, and four in the next. */
	DESCS = 0x3000 - 4 * DESC,
	INFOS = 0x5000,
	TEXT = 0x7000 - SIZE / 2,
};

#define WINDOW	UINT64_C(0xffffffff80000000)
#define ID_MASK (UINT64_MAX >> 2)

static const char vmcoreinfo[] = "SYMBOL(prb)=ffffffff80001000\n"
				 "OFFSET(printk_ringbuffer.desc_ring)=0\n"
				 "OFFSET(printk_ringbuffer.text_data_ring)=48\n"
				 "OFFSET(prb_desc_ring.count_bits)=0\n"
				 "OFFSET(prb_desc_ring.descs)=8\n"
				 "OFFSET(prb_desc_ring.infos)=16\n"
				 "OFFSET(prb_desc_ring.head_id)=24\n"
				 "OFFSET(prb_desc_ring.tail_id)=32\n"
				 "OFFSET(prb_data_ring.size_bits)=0\n"
				 "OFFSET(prb_data_ring.data)=8\n"
				 "OFFSET(prb_data_blk_lpos.begin)=0\n"
				 "OFFSET(prb_data_blk_lpos.next)=8\n"
				 "SIZE(prb_desc)=24\n"
				 "OFFSET(prb_desc.state_var)=0\n"
				 "OFFSET(prb_desc.text_blk_lpos)=8\n"
				 "OFFSET(printk_info.seq)=0\n"
				 "OFFSET(printk_info.ts_nsec)=8\n"
				 "OFFSET(printk_info.text_len)=16\n"
				 "OFFSET(printk_info.caller_id)=20\n";

/* A ring that grows as the kernel's does. */
struct ring {
	struct image *image;
	struct kmem kmem;
	struct paging paging;
	struct facts *facts;
	bool big_endian;
	unsigned info;
	uint64_t head, lpos;
	struct kernel_log log;
};

static uint64_t slot(uint64_t id)
{
	return id & (COUNT - 1);
}

static void put(struct ring *ring, uint64_t at, uint64_t value)
{
	image_write(ring->image, at, value, 8);
}

static void put_state(struct ring *ring, uint64_t id, unsigned state)
{
	put(ring, DESCS + slot(id) * DESC, (uint64_t)state << 62 | id);
}

static void put_block(struct ring *ring, uint64_t id, uint64_t begin, uint64_t next)
{
	put(ring, DESCS + slot(id) * DESC + 8, begin);
	put(ring, DESCS + slot(id) * DESC + 16, next);
}

static void put_head(struct ring *ring, uint64_t head)
{
	put(ring, RING + 24, head);
}

static void put_tail(struct ring *ring, uint64_t tail)
{
	put(ring, RING + 32, tail);
}

static struct facts *facts_of(const char *text, unsigned info)
{
	struct facts *facts;
	char all[2048];

	snprintf(all, sizeof(all), "%sSIZE(printk_info)=%u\n", text, info);
	expect_no_error(facts_parse(all, &facts));
	return facts;
}

static void ring_setup(struct ring *ring, bool big_endian, unsigned info)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);
	struct facts *machine;

	*ring = (struct ring){ .big_endian = big_endian, .info = info };
	ring->image = image_create();
	image_set_big_endian(ring->image, big_endian);
	expect_no_error(facts_parse("SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
				    "NUMBER(phys_base)=0\n",
				    &machine));
	expect_no_error(arch->paging_init(machine, NULL, &ring->paging));
	facts_destroy(machine);
	ring->paging.window[0].start = WINDOW;
	ring->paging.window[0].size = 0x100000;
	ring->paging.window[0].paddr = 0;
	expect_no_error(
		kmem_init(&ring->kmem, arch, &ring->paging, image_memory(ring->image), big_endian));
	ring->facts = facts_of(vmcoreinfo, info);

	/* Linux kernel kernel/printk/printk_ringbuffer.h: DESC0_ID, BLK0_LPOS. */
	ring->head = -(uint64_t)(COUNT + 1) & ID_MASK;
	ring->lpos = -(uint64_t)SIZE;
	image_set_state(ring->image, 0x1000, 7, MEMORY_PRESENT);
	put(ring, PRB, WINDOW + RING);
	image_write(ring->image, RING, COUNT_BITS, 4);
	put(ring, RING + 8, WINDOW + DESCS);
	put(ring, RING + 16, WINDOW + INFOS);
	image_write(ring->image, RING + 48, SIZE_BITS, 4);
	put(ring, RING + 56, WINDOW + TEXT);
	put_state(ring, ring->head, REUSABLE);
	put_block(ring, ring->head, 1, 1);
	put_head(ring, ring->head);
	put_tail(ring, ring->head);
}

static void ring_teardown(struct ring *ring)
{
	kernel_log_deinit(&ring->log);
	facts_destroy(ring->facts);
	kmem_deinit(&ring->kmem);
	image_destroy(ring->image);
}

/* A finalized record without a text. Sequence, time and caller follow from how many there are. */
static uint64_t add_empty(struct ring *ring, unsigned level)
{
	uint64_t id = ring->head = (ring->head + 1) & ID_MASK;
	uint64_t sequence = (id + COUNT) & ID_MASK, info = INFOS + slot(id) * ring->info;

	put_head(ring, id);
	put_state(ring, id, FINALIZED);
	put_block(ring, id, 3, 3);
	put(ring, info, sequence);
	put(ring, info + 8, 1000000001 * sequence);
	image_write(ring->image, info + 16, 0, 2);
	image_write(ring->image, info + 18, 0, 1); /* facility */
	image_write(ring->image, info + 19, ring->big_endian ? 2 << 3 | level : level << 5 | 2, 1);
	image_write(ring->image, info + 20, 100 + sequence, 4);
	return id;
}

static void put_text_len(struct ring *ring, uint64_t id, uint64_t len)
{
	image_write(ring->image, INFOS + slot(id) * ring->info + 16, len, 2);
}

static uint64_t add(struct ring *ring, unsigned level, const char *text)
{
	uint64_t id = add_empty(ring, level), len = strlen(text);
	uint64_t begin = ring->lpos, next = begin + 8 + (len + 7) / 8 * 8;
	uint64_t at = begin % SIZE;

	if (begin / SIZE != (next - 1) / SIZE) { /* wraps: only its id is at the end */
		put(ring, TEXT + at, id);
		next = begin / SIZE * SIZE + SIZE + 8 + (len + 7) / 8 * 8;
		at = 0;
	}
	put(ring, TEXT + at, id);
	image_write_bytes(ring->image, TEXT + at + 8, text, len);
	put_block(ring, id, begin, next);
	put_text_len(ring, id, len);
	ring->lpos = next;
	return id;
}

static void read_log(struct ring *ring)
{
	kernel_log_deinit(&ring->log);
	expect_no_error(kernel_log_read(&ring->kmem, ring->facts, &ring->log));
}

static void expect_texts(const struct kernel_log *log, const char *const *texts)
{
	size_t i;

	assert_null(log->missing);
	for (i = 0; texts[i]; i++) {
		assert_true(i < log->count);
		assert_string_equal(log_text(log, i), texts[i]);
		assert_int_equal(log->records[i].text_len, strlen(texts[i]));
	}
	assert_int_equal(log->count, i);
}

#define EXPECT_TEXTS(ring, ...)                                                                    \
	expect_texts(&(ring)->log, (const char *const[]){ __VA_ARGS__, NULL })

static void expect_whole(const struct kernel_log *log)
{
	assert_int_equal(log->torn, 0);
	assert_int_equal(log->lost, 0);
	assert_int_equal(log->damaged, 0);
	assert_int_equal(log->unreadable, 0);
}

static void a_log_is_read_as_the_kernel_wrote_it(void **state)
{
	static const unsigned infos[] = { 88, 112 };

	(void)state;
	for (unsigned i = 0; i < 2 * COUNT_OF(infos); i++) {
		struct ring ring;

		ring_setup(&ring, i & 1, infos[i / 2]);
		add(&ring, 6, "Linux version");
		add(&ring, 0, "two\nlines");
		add_empty(&ring, 7);
		read_log(&ring);
		EXPECT_TEXTS(&ring, "Linux version", "two\nlines", "");
		expect_whole(&ring.log);
		assert_int_equal(ring.log.first_sequence, 0);
		assert_int_equal(ring.log.records[0].level, 6);
		assert_int_equal(ring.log.records[1].level, 0);
		assert_int_equal(ring.log.records[2].level, 7);
		assert_int_equal(ring.log.records[2].facility, 0);
		assert_int_equal(ring.log.records[2].sequence, 2);
		assert_int_equal(ring.log.records[2].time_ns, 2000000002);
		assert_int_equal(ring.log.records[2].caller, 102);
		assert_int_equal(ring.log.records[2].id, ring.head);
		ring_teardown(&ring);
	}
}

static void what_a_program_wrote_is_told_from_the_kernel(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct ring ring;

		ring_setup(&ring, i, 88);
		uint64_t id = add(&ring, 4, "of a program");
		image_write(ring.image, INFOS + slot(id) * ring.info + 18, 1, 1);
		add(&ring, 4, "of the kernel");
		read_log(&ring);
		EXPECT_TEXTS(&ring, "of a program", "of the kernel");
		assert_int_equal(ring.log.records[0].facility, 1);
		assert_int_equal(ring.log.records[1].facility, 0);
		ring_teardown(&ring);
	}
}

static void an_empty_log_is_no_record_and_no_failure(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	read_log(&ring);
	assert_null(ring.log.missing);
	assert_int_equal(ring.log.count, 0);
	expect_whole(&ring.log);
	ring_teardown(&ring);
}

/* Ids and positions pass zero, and the oldest records have been overwritten. */
static void a_log_that_went_round_begins_with_what_is_left(void **state)
{
	struct ring ring;
	uint64_t id = 0;

	(void)state;
	ring_setup(&ring, false, 88);
	for (unsigned i = 0; i < 11; i++) {
		char text[32];

		snprintf(text, sizeof(text), "record %u of a long log", i);
		id = add(&ring, 6, text);
	}
	/* Eight descriptors, but text of the last six alone is still there. */
	put_tail(&ring, id - 7);
	put_state(&ring, id - 7, REUSABLE);
	put_state(&ring, id - 6, REUSABLE);
	read_log(&ring);
	EXPECT_TEXTS(&ring, "record 5 of a long log", "record 6 of a long log",
		     "record 7 of a long log", "record 8 of a long log", "record 9 of a long log",
		     "record 10 of a long log");
	expect_whole(&ring.log);
	assert_int_equal(ring.log.first_sequence, 5);
	ring_teardown(&ring);
}

static void a_block_that_ends_with_the_ring_or_wraps_is_read(void **state)
{
	char fill[SIZE - 8 + 1] = "";
	struct ring ring;
	uint64_t id;

	(void)state;
	ring_setup(&ring, false, 88);
	memset(fill, 'x', SIZE / 2 - 8);
	add(&ring, 6, "first");
	id = add(&ring, 6, fill);
	memset(fill, 'y', SIZE / 2 - 16 - 8);
	fill[SIZE / 2 - 16 - 8] = '\0';
	add(&ring, 6, fill); /* ends with the ring */
	assert_int_equal(ring.lpos % SIZE, 0);
	put_tail(&ring, id);
	read_log(&ring);
	assert_int_equal(ring.log.count, 2);
	assert_string_equal(log_text(&ring.log, 1), fill);
	expect_whole(&ring.log);

	memset(fill, 'z', SIZE - 48);
	fill[SIZE - 48] = '\0';
	put_tail(&ring, add(&ring, 6, fill));
	id = add(&ring, 6, "this does not fit behind it, and wraps");
	put_tail(&ring, id);
	read_log(&ring);
	EXPECT_TEXTS(&ring, "this does not fit behind it, and wraps");
	expect_whole(&ring.log);
	ring_teardown(&ring);
}

static void a_line_whose_text_got_no_room_is_lost(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 112);
	add(&ring, 6, "before");
	put_block(&ring, add_empty(&ring, 6), 1, 1);
	add(&ring, 6, "behind");
	read_log(&ring);
	EXPECT_TEXTS(&ring, "before", "behind");
	assert_int_equal(ring.log.lost, 1);
	assert_int_equal(ring.log.damaged, 0);
	assert_int_equal(ring.log.records[1].sequence, 2);
	ring_teardown(&ring);
}

static void what_may_be_continued_is_taken_and_what_is_being_written_is_torn(void **state)
{
	struct ring ring;
	uint64_t id;

	(void)state;
	ring_setup(&ring, false, 88);
	put_state(&ring, add(&ring, 6, "committed"), COMMITTED);
	put_state(&ring, add(&ring, 6, "begun again"), RESERVED);
	id = add(&ring, 6, "length not known yet");
	put_state(&ring, id, RESERVED);
	put_text_len(&ring, id, 0);
	/* One that has its descriptor, and the block still of the one before. */
	id = add_empty(&ring, 6);
	put_state(&ring, id, RESERVED);
	put_block(&ring, id, -(uint64_t)SIZE, -(uint64_t)SIZE + 16);
	put_text_len(&ring, id, 8);
	read_log(&ring);
	EXPECT_TEXTS(&ring, "committed", "begun again");
	assert_false(ring.log.records[0].is_torn);
	assert_true(ring.log.records[1].is_torn);
	assert_int_equal(ring.log.torn, 3);
	assert_int_equal(ring.log.damaged, 0);
	ring_teardown(&ring);
}

static void a_slot_that_is_being_taken_is_no_damage(void **state)
{
	static const struct {
		uint64_t from_id;
		uint64_t damaged;
	} cases[] = { { 0, 0 }, { COUNT, 0 }, { 2 * COUNT, 1 }, { 1, 1 } };

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(cases); i++) {
		struct ring ring;
		uint64_t id;

		ring_setup(&ring, false, 88);
		add(&ring, 6, "whole");
		id = add(&ring, 6, "taken");
		put(&ring, DESCS + slot(id) * DESC,
		    cases[i].from_id ? UINT64_C(3) << 62 | ((id - cases[i].from_id) & ID_MASK) : 0);
		read_log(&ring);
		EXPECT_TEXTS(&ring, "whole");
		assert_int_equal(ring.log.damaged, cases[i].damaged);
		ring_teardown(&ring);
	}
}

static void a_block_that_cannot_be_costs_its_record_alone(void **state)
{
	static const struct {
		int64_t begin, next; /* from where the block is */
	} cases[] = {
		{ 1, 0 },
		{ 4, 4 },
		{ 0, 1 },
		{ 0, -16 }, /* ends where it begins */
		{ 0, -24 },
		{ 0, SIZE },
		{ 16, 16 },
		{ 8, 0 }, /* no id of this record */
		{ INT64_MAX - 7, 0 },
		{ 0, INT64_MAX - 7 },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(cases); i++) {
		struct ring ring;
		uint64_t id;

		ring_setup(&ring, i & 1, 88);
		id = add(&ring, 6, "1234567");
		uint64_t begin = ring.lpos - 16, next = ring.lpos;
		add(&ring, 6, "whole");
		put_block(&ring, id, begin + (uint64_t)cases[i].begin,
			  next + (uint64_t)cases[i].next);
		read_log(&ring);
		EXPECT_TEXTS(&ring, "whole");
		if (ring.log.damaged != 1)
			fail_msg("case %u: %" PRIu64 " damaged", i, ring.log.damaged);
		ring_teardown(&ring);
	}
}

static void a_text_ends_with_its_block(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	put_text_len(&ring, add(&ring, 6, "12345678"), 0xffff);
	add(&ring, 6, "next");
	read_log(&ring);
	EXPECT_TEXTS(&ring, "12345678", "next");
	ring_teardown(&ring);
}

/* Blocks inside others could hold more text than the ring, without end. */
static void records_never_have_more_text_than_the_ring(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	for (unsigned i = 0; i < COUNT - 1; i++) {
		uint64_t id = add_empty(&ring, 6);

		put(&ring, TEXT + 8 * i, id);
		put_block(&ring, id, 8 * i, SIZE);
		put_text_len(&ring, id, SIZE);
	}
	read_log(&ring);
	assert_int_equal(ring.log.count, 1);
	assert_int_equal(ring.log.damaged, COUNT - 2);
	ring_teardown(&ring);
}

static void a_tail_that_is_too_far_away_leaves_the_newest_records(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, true, 88);
	for (unsigned i = 0; i < COUNT; i++)
		add_empty(&ring, 6);
	put_tail(&ring, 77);
	read_log(&ring);
	assert_int_equal(ring.log.count, COUNT);
	assert_int_equal(ring.log.damaged, 1);
	ring_teardown(&ring);
}

static void a_page_that_is_not_in_the_dump_costs_its_records(void **state)
{
	/* Descriptors 0 to 3, 4 to 7; the text of records 1 to 4, of 5 to 7. */
	static const struct {
		uint64_t page;
		uint64_t unreadable;
	} cases[] = { { 0x2000, 3 }, { 0x3000, 4 }, { 0x6000, 4 }, { 0x7000, 3 } };

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(cases); i++) {
		struct ring ring;

		ring_setup(&ring, false, 88);
		ring.head = COUNT - COUNT;
		ring.lpos = 0;
		put_tail(&ring, 1);
		for (unsigned j = 1; j < COUNT; j++)
			add(&ring, 6, "twenty-four characters..");
		image_set_state(ring.image, cases[i].page, 1, MEMORY_EXCLUDED);
		read_log(&ring);
		assert_null(ring.log.missing);
		assert_int_equal(ring.log.unreadable, cases[i].unreadable);
		assert_int_equal(ring.log.count, COUNT - 1 - cases[i].unreadable);
		assert_int_equal(ring.log.damaged, 0);
		ring_teardown(&ring);
	}
}

static void expect_missing(struct ring *ring, const char *part)
{
	read_log(ring);
	assert_non_null(ring->log.missing);
	if (!strstr(ring->log.missing, part))
		fail_msg("'%s' is not about '%s'", ring->log.missing, part);
	assert_int_equal(ring->log.count, 0);
}

static void vmcoreinfo_that_does_not_lead_to_a_ring_says_why(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "A=1\n", "no symbol prb" },
		{ "SYMBOL(log_buf)=ffffffff80001000\nSYMBOL(log_first_idx)=ffffffff80001000\n",
		  "older than 5.10" },
		{ "SYMBOL(prb)=ffffffff80001000\n", "does not describe" },
	};
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	for (unsigned i = 0; i < COUNT_OF(cases); i++) {
		facts_destroy(ring.facts);
		ring.facts = facts_of(cases[i].text, 88);
		expect_missing(&ring, cases[i].part);
	}
	/* A member that is not in its struct. */
	for (unsigned info = 0; info <= 20; info += 20) {
		facts_destroy(ring.facts);
		ring.facts = facts_of(vmcoreinfo, info);
		expect_missing(&ring, "that can be");
	}
	facts_destroy(ring.facts);
	ring.facts = facts_of(vmcoreinfo, 0x7fffffff);
	expect_missing(&ring, "that can be");
	ring_teardown(&ring);
}

static void a_ring_that_is_not_in_the_dump_or_cannot_be_says_so(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	add(&ring, 6, "text");
	image_write(ring.image, RING, 32, 4);
	expect_missing(&ring, "size that cannot be");
	image_write(ring.image, RING, COUNT_BITS, 4);
	image_write(ring.image, RING + 48, 64, 4);
	expect_missing(&ring, "size that cannot be");
	image_write(ring.image, RING + 48, SIZE_BITS, 4);
	put(&ring, RING + 8, UINT64_MAX - 40);
	expect_missing(&ring, "are not in the dump");
	put(&ring, RING + 8, WINDOW + DESCS);
	put(&ring, PRB, 0);
	expect_missing(&ring, "(prb) is not in the dump");
	put(&ring, PRB, UINT64_MAX);
	expect_missing(&ring, "(prb) is not in the dump");
	image_set_state(ring.image, PRB, 1, MEMORY_EXCLUDED);
	expect_missing(&ring, "(prb) is not in the dump");
	ring_teardown(&ring);
}

/* Its pages are zeros but for what somebody read: of the log, if that was asked for. */
static void a_distilled_dump_says_that_it_has_no_log(void **state)
{
	struct ring ring;

	(void)state;
	ring_setup(&ring, false, 88);
	add(&ring, 6, "text");
	image_memory(ring.image)->distilled = true;
	read_log(&ring);
	EXPECT_TEXTS(&ring, "text");
	image_set_state(ring.image, PRB, 1, MEMORY_EXCLUDED);
	expect_missing(&ring, "this dump was distilled without it");
	ring_teardown(&ring);
}

static void memory_that_cannot_be_read_is_an_error(void **state)
{
	struct ring ring;
	uint64_t reads;

	(void)state;
	ring_setup(&ring, false, 88);
	add(&ring, 6, "text");
	reads = image_reads(ring.image);
	read_log(&ring);
	reads = image_reads(ring.image) - reads;
	assert_true(reads > 8);
	for (uint64_t i = 0; i < reads; i++) {
		image_fail_after(ring.image, i);
		kernel_log_deinit(&ring.log);
		expect_error(kernel_log_read(&ring.kmem, ring.facts, &ring.log), ERROR_OS,
			     "kernel's log");
	}
	ring_teardown(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_read_as_the_kernel_wrote_it),
		cmocka_unit_test(what_a_program_wrote_is_told_from_the_kernel),
		cmocka_unit_test(an_empty_log_is_no_record_and_no_failure),
		cmocka_unit_test(a_log_that_went_round_begins_with_what_is_left),
		cmocka_unit_test(a_block_that_ends_with_the_ring_or_wraps_is_read),
		cmocka_unit_test(a_line_whose_text_got_no_room_is_lost),
		cmocka_unit_test(what_may_be_continued_is_taken_and_what_is_being_written_is_torn),
		cmocka_unit_test(a_slot_that_is_being_taken_is_no_damage),
		cmocka_unit_test(a_block_that_cannot_be_costs_its_record_alone),
		cmocka_unit_test(a_text_ends_with_its_block),
		cmocka_unit_test(records_never_have_more_text_than_the_ring),
		cmocka_unit_test(a_tail_that_is_too_far_away_leaves_the_newest_records),
		cmocka_unit_test(a_page_that_is_not_in_the_dump_costs_its_records),
		cmocka_unit_test(vmcoreinfo_that_does_not_lead_to_a_ring_says_why),
		cmocka_unit_test(a_ring_that_is_not_in_the_dump_or_cannot_be_says_so),
		cmocka_unit_test(a_distilled_dump_says_that_it_has_no_log),
		cmocka_unit_test(memory_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
