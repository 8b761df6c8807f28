// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a memory remembers of the questions it was asked. */
#include "testdata/machine/expect.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/distill/recorder.h"

struct setup {
	struct image *image;
	struct recorder *recorder;
	struct memory *memory;
};

static const pfn_t *pages_of(struct recorder *recorder, size_t *count_ret)
{
	const pfn_t *pages;

	expect_no_error(recorder_pages(recorder, &pages, count_ret));
	return pages;
}

static struct setup setup(const char *text)
{
	struct setup setup = { .image = expect_image(text) };

	expect_no_error(recorder_create(image_memory(setup.image), &setup.recorder));
	setup.memory = recorder_memory(setup.recorder);
	return setup;
}

static void teardown(struct setup *setup)
{
	recorder_destroy(setup->recorder);
	image_destroy(setup->image);
}

static enum memory_state read_at(struct setup *setup, paddr_t addr)
{
	enum memory_state state;
	unsigned char byte;

	expect_no_error(setup->memory->ops->read(setup->memory, addr, 1, &byte, &state));
	return state;
}

static void ask_extent(struct setup *setup, paddr_t addr)
{
	struct memory_extent extent;

	expect_no_error(setup->memory->ops->extent(setup->memory, addr, &extent));
}

static void recorder_of_nothing_is_empty(void **state)
{
	struct setup s = setup("zero 0x1000");
	size_t count = 7;

	(void)state;
	pages_of(s.recorder, &count);
	assert_int_equal(count, 0);
	recorder_extents(s.recorder, &count);
	assert_int_equal(count, 0);
	assert_int_equal(s.memory->page_shift, 12);
	teardown(&s);
}

static void recorder_answers_like_its_source(void **state)
{
	struct setup s = setup("@0x1008 0xabcdef  excluded 0x2000\ntruncated 0x3000");
	enum memory_state memory_state;
	uint64_t word = 1;

	(void)state;
	expect_no_error(s.memory->ops->read(s.memory, 0x1008, 8, &word, &memory_state));
	assert_int_equal(word, 0xabcdef);
	assert_int_equal(memory_state, MEMORY_PRESENT);
	assert_int_equal(read_at(&s, 0x2000), MEMORY_EXCLUDED);
	assert_int_equal(read_at(&s, 0x3000), MEMORY_TRUNCATED);
	assert_int_equal(read_at(&s, 0x4000), MEMORY_ABSENT);
	image_fail_after(s.image, 0);
	expect_error(s.memory->ops->read(s.memory, 0x1008, 8, &word, &memory_state), ERROR_OS,
		     NULL);
	teardown(&s);
}

static void recorder_gives_pages_ascending_and_once(void **state)
{
	static const paddr_t asked[] = { 0x5000, 0x2ff8, 0x5008, 0x1000, 0x2000, 0x5fff, 0x9000 };
	static const pfn_t expected[] = { 1, 2, 5, 9 };
	struct setup s = setup("zero 0 16");
	size_t count;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(asked); i++)
		read_at(&s, asked[i]);
	const pfn_t *pages = pages_of(s.recorder, &count);
	assert_int_equal(count, COUNT_OF(expected));
	assert_memory_equal(pages, expected, sizeof(expected));

	/* Asking does not end the recording. */
	read_at(&s, 0x3000);
	pages = pages_of(s.recorder, &count);
	assert_int_equal(count, COUNT_OF(expected) + 1);
	assert_int_equal(pages[2], 3);
	teardown(&s);
}

/* Pseudo-random, and each number below @modulus comes up. */
static uint64_t step(uint64_t i, uint64_t modulus)
{
	return i * 7919 % modulus;
}

static void recorder_keeps_more_pages_than_it_began_with(void **state)
{
	enum { PAGES = 5000 };
	struct setup s = setup("zero 0 8192");
	size_t count;

	(void)state;
	for (uint64_t i = 0; i < 3 * PAGES; i++)
		read_at(&s, step(i, PAGES) << 12);
	const pfn_t *pages = pages_of(s.recorder, &count);
	assert_int_equal(count, PAGES);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pages[i], i);
	teardown(&s);
}

static void recorder_merges_extents_that_touch(void **state)
{
	static const struct memory_extent expected[] = {
		{ 0x1000, 0x4000, MEMORY_EXCLUDED },
		{ 0x4000, 0x5000, MEMORY_TRUNCATED },
		{ 0x6000, 0x8000, MEMORY_EXCLUDED },
	};
	struct setup s = setup("excluded 0x1000 3\ntruncated 0x4000\nzero 0x5000\n"
			       "excluded 0x6000 2");
	size_t count;

	(void)state;
	read_at(&s, 0x7fff);
	read_at(&s, 0x3000);
	read_at(&s, 0x4800);
	read_at(&s, 0x1000);
	read_at(&s, 0x5000);
	read_at(&s, 0x2000);
	read_at(&s, 0x3008);
	read_at(&s, 0x6000);
	const struct memory_extent *extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, COUNT_OF(expected));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(extents[i].start, expected[i].start);
		assert_int_equal(extents[i].end, expected[i].end);
		assert_int_equal(extents[i].state, expected[i].state);
	}
	teardown(&s);
}

static void recorder_keeps_the_answers_about_extents(void **state)
{
	struct setup s = setup("zero 0x1000 8\nexcluded 0x9000 4");
	size_t count;

	(void)state;
	ask_extent(&s, 0xb000); /* to 0xd000 */
	ask_extent(&s, 0x2000); /* to 0x9000 */
	read_at(&s, 0xa000);
	ask_extent(&s, 0x100000);
	const struct memory_extent *extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, 3);
	assert_int_equal(extents[0].start, 0x2000);
	assert_int_equal(extents[0].end, 0x9000);
	assert_int_equal(extents[0].state, MEMORY_PRESENT);
	assert_int_equal(extents[1].start, 0xa000);
	assert_int_equal(extents[1].end, 0xd000);
	assert_int_equal(extents[1].state, MEMORY_EXCLUDED);
	assert_int_equal(extents[2].start, 0x100000);
	assert_int_equal(extents[2].state, MEMORY_ABSENT);
	assert_int_equal(extents[2].end, UINT64_MAX - 0xfff);
	teardown(&s);
}

static void recorder_keeps_more_extents_than_it_began_with(void **state)
{
	enum { EXTENTS = 3000 };
	struct setup s = setup("zero 0");
	size_t count;

	(void)state;
	/* Every second page is absent and asked for: nothing can be merged. */
	for (uint64_t i = 0; i < 2 * EXTENTS; i++)
		read_at(&s, (1 + 2 * step(i, EXTENTS)) << 12);
	const struct memory_extent *extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, EXTENTS);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(extents[i].start, (1 + 2 * i) << 12);
		assert_int_equal(extents[i].end, (2 + 2 * i) << 12);
	}
	teardown(&s);
}

/* A replay that knows only what was recorded gives the same analysis. */
static void recorder_of_an_analysis_holds_all_that_it_needs(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
	struct analysis *first, *second;
	struct recorder *recorder;
	struct image *replay = image_create();
	size_t page_count, extent_count;

	(void)state;
	machine_populate(machine);
	machine_hide(machine, UINT64_C(0x7000000), 0x300, MEMORY_EXCLUDED);
	expect_no_error(recorder_create(image_memory(machine_image(machine)), &recorder));
	expect_no_error(analysis_run(recorder_memory(recorder), 62, false,
				     machine_vmcoreinfo(machine), machine_types(machine),
				     &(struct analysis_options){ .depth = ANALYSIS_FULL }, &first));

	const struct memory_extent *extents = recorder_extents(recorder, &extent_count);
	for (size_t i = 0; i < extent_count; i++)
		image_set_state(replay, extents[i].start, (extents[i].end - extents[i].start) >> 12,
				extents[i].state);
	const pfn_t *pages = pages_of(recorder, &page_count);
	for (size_t i = 0; i < page_count; i++)
		for (paddr_t at = pages[i] << 12; at < (pages[i] + 1) << 12; at += 8)
			image_write(replay, at, image_read(machine_image(machine), at, 8), 8);
	for (size_t i = 0; i < page_count; i++)
		image_set_state(replay, pages[i] << 12, 1, MEMORY_PRESENT);

	expect_no_error(analysis_run(image_memory(replay), 62, false, machine_vmcoreinfo(machine),
				     machine_types(machine),
				     &(struct analysis_options){ .depth = ANALYSIS_FULL },
				     &second));
	assert_int_equal(first->inventory.pages.count, second->inventory.pages.count);
	assert_int_equal(first->inventory.pages.kind_count, second->inventory.pages.kind_count);
	assert_int_equal(first->inventory.pages.run_count, second->inventory.pages.run_count);
	for (size_t i = 0; i < first->inventory.pages.run_count; i++) {
		const struct huge_run *run = &first->inventory.pages.runs[i];
		const struct huge_run *again = &second->inventory.pages.runs[i];

		assert_int_equal(run->pfn, again->pfn);
		assert_int_equal(run->count, again->count);
		assert_int_equal(run->kind, again->kind);
		assert_int_equal(run->target, again->target);
	}
	assert_int_equal(first->savings.hugetlb.net_bytes, second->savings.hugetlb.net_bytes);
	for (size_t i = 0; i < check_count; i++) {
		assert_int_equal(first->checks.runs[i].status, second->checks.runs[i].status);
		assert_int_equal(first->checks.runs[i].checked, second->checks.runs[i].checked);
	}
	analysis_destroy(second);
	analysis_destroy(first);
	recorder_destroy(recorder);
	image_destroy(replay);
	machine_destroy(machine);
}

/* Where the lists of the pools begin, all of them: a distilled dump has these, or zeros. */
static void recorder_of_an_analysis_holds_the_list_heads(void **state)
{
	enum { USED = 0x18000, ACTIVE = 0x100, FREE = 0x110 };
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
	struct recorder *recorder;
	struct analysis *analysis;
	enum memory_state memory_state;
	uint64_t word;

	(void)state;
	machine_populate(machine);
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "hugepage_activelist", ACTIVE);
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "hugepage_freelists", FREE);
	for (unsigned i = 0; i < 2; i++)
		for (paddr_t at = ACTIVE; at < FREE + 32; at += 8)
			image_write(machine_image(machine), machine_hstate(machine, i) + at, at, 8);
	machine_write_page(machine, USED, MACHINE_PAGE_LRU, machine_hstates_address(machine), 8);
	expect_no_error(recorder_create(image_memory(machine_image(machine)), &recorder));
	expect_no_error(analysis_run(recorder_memory(recorder), 62, false,
				     machine_vmcoreinfo(machine), machine_types(machine),
				     &(struct analysis_options){ .depth = ANALYSIS_FULL },
				     &analysis));
	for (size_t i = 0; i < analysis->inventory.pages.kind_count; i++) {
		const struct huge_page *page = &analysis->inventory.pages.kinds[i];
		paddr_t at = page->free ? FREE + 16 * (paddr_t)page->node : ACTIVE;

		for (unsigned side = 0; side < 16; side += 8) {
			expect_no_error(memory_read(
				recorder_masked(recorder),
				machine_hstate(machine, (unsigned)page->hstate) + at + side, 8,
				&word, &memory_state));
			assert_int_equal(memory_state, MEMORY_PRESENT);
			assert_int_equal(word, at + side);
		}
	}
	analysis_destroy(analysis);
	recorder_destroy(recorder);
	machine_destroy(machine);
}

static void recorder_shows_only_the_bytes_that_were_read(void **state)
{
	struct setup s = setup("@0x1000 0x1111111111111111*512 @0x2000 0x2222222222222222*512 "
			       "@0x3000 0x3333333333333333*512 excluded 0x4000");
	struct memory *masked = recorder_masked(s.recorder);
	unsigned char bytes[4096], all[4096];
	enum memory_state answer;

	(void)state;
	expect_no_error(s.memory->ops->read(s.memory, 0x1005, 3, bytes, &answer));
	expect_no_error(s.memory->ops->read(s.memory, 0x1ff0, 16, bytes, &answer));
	expect_no_error(s.memory->ops->read(s.memory, 0x2001, 1, bytes, &answer));
	expect_no_error(s.memory->ops->read(s.memory, 0x2000, 4096, bytes, &answer));

	expect_no_error(masked->ops->read(masked, 0x1000, 4096, all, &answer));
	assert_int_equal(answer, MEMORY_PRESENT);
	for (unsigned i = 0; i < sizeof(all); i++)
		assert_int_equal(all[i], (i >= 5 && i < 8) || i >= 0xff0 ? 0x11 : 0);
	expect_no_error(masked->ops->read(masked, 0x2000, 4096, all, &answer));
	for (unsigned i = 0; i < sizeof(all); i++)
		assert_int_equal(all[i], 0x22);
	expect_no_error(masked->ops->read(masked, 0x3ffc, 4, all, &answer));
	assert_memory_equal(all, "\0\0\0\0", 4);
	expect_no_error(masked->ops->read(masked, 0x4000, 4, all, &answer));
	assert_int_equal(answer, MEMORY_EXCLUDED);
	teardown(&s);
}

static void recorder_answers_for_what_is_left_out(void **state)
{
	struct setup s = setup("zero 0x1000 16");
	const struct memory_extent *extents;
	size_t count;

	(void)state;
	expect_no_error(recorder_exclude(s.recorder, 3));
	expect_no_error(recorder_exclude(s.recorder, 5));
	extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, 2);
	assert_int_equal(extents[0].start, 0x3000);
	assert_int_equal(extents[0].end, 0x4000);
	assert_int_equal(extents[0].state, MEMORY_EXCLUDED);
	/* What the full dump said of more than a page goes before. */
	ask_extent(&s, 0x5000);
	extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, 2);
	assert_int_equal(extents[1].start, 0x5000);
	assert_int_equal(extents[1].state, MEMORY_PRESENT);
	teardown(&s);
}

/* Of a damaged page extent() says that it is in the dump, until it was read. */
static void a_damaged_page_is_cut_out_of_what_was_said_before_and_after(void **state)
{
	struct setup s = setup("zero 0x0 16\ndamaged 0x3000\ndamaged 0x5000");
	static const struct memory_extent expected[] = {
		{ 0x0, 0x3000, MEMORY_PRESENT },     { 0x3000, 0x4000, MEMORY_DAMAGED },
		{ 0x4000, 0x5000, MEMORY_PRESENT },  { 0x5000, 0x6000, MEMORY_DAMAGED },
		{ 0x6000, 0x10000, MEMORY_PRESENT },
	};
	size_t count;

	(void)state;
	ask_extent(&s, 0x0);
	assert_int_equal(read_at(&s, 0x5008), MEMORY_DAMAGED);
	assert_int_equal(read_at(&s, 0x3ff8), MEMORY_DAMAGED);
	assert_int_equal(read_at(&s, 0x4000), MEMORY_PRESENT);
	ask_extent(&s, 0x2000);
	ask_extent(&s, 0x3000);
	const struct memory_extent *extents = recorder_extents(s.recorder, &count);
	assert_int_equal(count, COUNT_OF(expected));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(extents[i].start, expected[i].start);
		assert_int_equal(extents[i].end, expected[i].end);
		assert_int_equal(extents[i].state, expected[i].state);
	}
	teardown(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorder_shows_only_the_bytes_that_were_read),
		cmocka_unit_test(recorder_answers_for_what_is_left_out),
		cmocka_unit_test(recorder_of_nothing_is_empty),
		cmocka_unit_test(recorder_answers_like_its_source),
		cmocka_unit_test(recorder_gives_pages_ascending_and_once),
		cmocka_unit_test(recorder_keeps_more_pages_than_it_began_with),
		cmocka_unit_test(recorder_merges_extents_that_touch),
		cmocka_unit_test(recorder_keeps_the_answers_about_extents),
		cmocka_unit_test(recorder_keeps_more_extents_than_it_began_with),
		cmocka_unit_test(recorder_of_an_analysis_holds_all_that_it_needs),
		cmocka_unit_test(recorder_of_an_analysis_holds_the_list_heads),
		cmocka_unit_test(a_damaged_page_is_cut_out_of_what_was_said_before_and_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
