// SPDX-License-Identifier: LGPL-2.1-or-later
/* kdump-compressed dumps, whole, split, cut off and damaged. */
#include "formats/dump/test_files.h"

enum { PAGE = TEST_KDUMP_PAGE };

static const char pages[] = "AAPPPXXXPPAAXXPPPPPPPPPPPPPPPPXAAP";
enum { PAGE_COUNT = sizeof(pages) - 1 };

static const struct test_kdump plain = {
	.machine = "x86_64",
	.vmcoreinfo = test_vmcoreinfo,
	.pages = pages,
};

static enum memory_state state_of_letter(char letter)
{
	if (letter == 'A')
		return MEMORY_ABSENT;
	return letter == 'X' ? MEMORY_EXCLUDED : MEMORY_PRESENT;
}

static enum memory_state state_of(size_t pfn)
{
	return pfn < PAGE_COUNT ? state_of_letter(pages[pfn]) : MEMORY_ABSENT;
}

static void check_pages(const struct dump *dump)
{
	for (size_t pfn = 0; pfn < PAGE_COUNT + 100; pfn++)
		test_page_is(dump, pfn * PAGE, state_of(pfn), NULL);
}

static void pages_are_present_excluded_or_absent(void **state)
{
	struct dump *dump = test_open(test_write_kdump("plain", &plain));

	(void)state;
	assert_string_equal(dump->format, "kdump");
	assert_int_equal(dump->elf_machine, EM_X86_64);
	assert_int_equal(dump->memory->page_shift, 12);
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	assert_false(dump->truncated);
	assert_false(dump->omits_zero_pages);
	check_pages(dump);
	dump_close(dump);
}

static void extents_are_as_long_as_the_state_lasts(void **state)
{
	struct dump *dump = test_open(test_write_kdump("extents", &plain));
	size_t pfn = 0;

	(void)state;
	while (pfn < PAGE_COUNT) {
		struct memory_extent extent = test_extent(dump, pfn * PAGE + 5);
		size_t end = pfn;

		while (end < PAGE_COUNT && state_of(end) == state_of(pfn))
			end++;
		assert_int_equal(extent.start, pfn * PAGE);
		assert_int_equal(extent.end, end * PAGE);
		assert_int_equal(extent.state, state_of(pfn));
		pfn = end;
	}
	assert_int_equal(test_extent(dump, PAGE_COUNT * PAGE).end, UINT64_MAX - PAGE + 1);
	assert_int_equal(test_extent(dump, UINT64_MAX).state, MEMORY_ABSENT);
	dump_close(dump);
}

static void big_endian_dumps_are_read(void **state)
{
	struct test_kdump kdump = plain;
	kdump.big_endian = true;
	kdump.machine = "s390x";
	struct dump *dump = test_open(test_write_kdump("s390", &kdump));

	(void)state;
	assert_true(dump->big_endian);
	assert_int_equal(dump->elf_machine, EM_S390);
	check_pages(dump);
	dump_close(dump);
}

/* QEMU leaves the name of the machine empty. */
static void a_machine_without_a_name_is_told_by_other_signs(void **state)
{
	static const struct {
		const char *name, *vmcoreinfo;
		bool big_endian;
		uint16_t expected;
	} cases[] = {
		{ "", "PAGESIZE=4096\nNUMBER(kimage_voffset)=0x1\n", false, EM_AARCH64 },
		{ "", "PAGESIZE=4096\nNUMBER(KERNEL_LINK_ADDR)=0x1\n", false, EM_RISCV },
		{ "", "PAGESIZE=4096\nSYMBOL(init_top_pgt)=1\n", false, EM_X86_64 },
		{ "", "PAGESIZE=4096\n", false, EM_X86_64 },
		{ "", "PAGESIZE=4096\n", true, EM_S390 },
		{ "aarch64", "PAGESIZE=4096\nSYMBOL(init_top_pgt)=1\n", false, EM_AARCH64 },
		{ "riscv64", "PAGESIZE=4096\n", false, EM_RISCV },
		{ "loongarch64", "PAGESIZE=4096\n", false, 258 },
		{ "ppc64le", "PAGESIZE=4096\n", false, EM_PPC64 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_kdump kdump = plain;
		kdump.machine = cases[i].name;
		kdump.vmcoreinfo = cases[i].vmcoreinfo;
		kdump.big_endian = cases[i].big_endian;
		struct dump *dump = test_open(test_write_kdump("machine", &kdump));

		assert_int_equal(dump->elf_machine, cases[i].expected);
		check_pages(dump);
		dump_close(dump);
	}
}

static void a_dump_that_cannot_be_used_is_refused_in_words(void **state)
{
	static const struct {
		struct test_kdump kdump;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ { .machine = "x86_64" }, ERROR_UNSUPPORTED, "has no VMCOREINFO" },
		{ { .machine = "", .note_owner = "QEMU" },
		  ERROR_UNSUPPORTED,
		  "'-device vmcoreinfo'" },
		{ { .machine = "x86_64", .vmcoreinfo = test_vmcoreinfo, .note_owner = "Xen" },
		  ERROR_UNSUPPORTED,
		  "Xen dumps are not supported" },
		{ { .machine = "vax", .vmcoreinfo = test_vmcoreinfo },
		  ERROR_UNSUPPORTED,
		  "unknown machine ('vax')" },
		{ { .machine = "x86_64", .vmcoreinfo = "PAGESIZE=16384\n" },
		  ERROR_CORRUPT,
		  "two page sizes: 4096 bytes in its header, 16384" },
		{ { .machine = "x86_64", .block_size = 1 },
		  ERROR_CORRUPT,
		  "page size in its kdump header is impossible" },
		{ { .machine = "x86_64", .block_size = UINT32_MAX },
		  ERROR_CORRUPT,
		  "page size in its kdump header is impossible" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_kdump kdump = cases[i].kdump;
		kdump.pages = pages;
		test_refused(test_write_kdump("refused", &kdump), cases[i].code, cases[i].words);
	}
}

/* --- VMCOREINFO in memory --- */

enum { NOTE_AT = 9 * PAGE, OTHER_NOTE_AT = 20 * PAGE };

static const char former_vmcoreinfo[] = "OSRELEASE=6.0.9-test\nPAGESIZE=4096\n"
					"SYMBOL(init_top_pgt)=ffffffff83000000\n";

static void put_note(uint8_t *page, const char *text)
{
	struct test_bytes note = { 0 };

	test_add_note(&note, false, "VMCOREINFO", 0, text, strlen(text));
	memcpy(page, note.data, note.len);
	test_bytes_free(&note);
}

static void fill_with_note(uint8_t *page, paddr_t addr)
{
	test_fill(page, addr, PAGE);
	if (addr == NOTE_AT)
		put_note(page, test_vmcoreinfo);
}

static void fill_with_notes(uint8_t *page, paddr_t addr)
{
	fill_with_note(page, addr);
	if (addr == OTHER_NOTE_AT)
		put_note(page, former_vmcoreinfo);
}

/* As QEMU writes it of a guest without the vmcoreinfo device. */
static const char *write_noteless(const char *name, void (*fill)(uint8_t *page, paddr_t addr))
{
	const struct test_kdump kdump = { .machine = "", .pages = pages, .fill = fill };

	return test_write_kdump(name, &kdump);
}

static void a_dump_without_vmcoreinfo_is_searched_for_the_kernels_own(void **state)
{
	struct dump *dump = test_open(write_noteless("noteless", fill_with_note));

	(void)state;
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	assert_int_equal(dump->elf_machine, EM_X86_64);
	test_page_is(dump, 2 * PAGE, MEMORY_PRESENT, NULL);
	dump_close(dump);
}

static void of_two_in_memory_neither_is_taken_without_a_reason(void **state)
{
	const char *path = write_noteless("two", fill_with_notes);

	(void)state;
	test_refused(path, ERROR_UNSUPPORTED, "6.1.0-test at 0x9000, 6.0.9-test at 0x14000");
	test_refused(path, ERROR_UNSUPPORTED, "--vmcoreinfo=ADDRESS");
}

/* Speaks for the one that is there, and against the former one. */
static unsigned judge(struct memory *memory, uint16_t elf_machine, bool big_endian,
		      const char *vmcoreinfo)
{
	enum memory_state page_state;
	uint8_t byte;

	assert_null(memory->ops->read(memory, 2 * PAGE, 1, &byte, &page_state));
	assert_int_equal(elf_machine, EM_X86_64);
	assert_false(big_endian);
	return strcmp(vmcoreinfo, test_vmcoreinfo) == 0;
}

static void a_note_that_leads_nowhere_gives_way_to_one_in_memory(void **state)
{
	static const struct dump_options options = { .judge = judge };
	struct test_kdump kdump = plain;
	struct dump *dump = NULL;

	(void)state;
	kdump.vmcoreinfo = former_vmcoreinfo;
	kdump.fill = fill_with_note;
	const char *path = test_write_kdump("former", &kdump);
	assert_null(dump_open_with(&path, 1, &options, &dump));
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	dump_close(dump);

	/* Where there is no better one it stays, and says by itself what is wrong. */
	kdump.fill = NULL;
	path = test_write_kdump("former-alone", &kdump);
	assert_null(dump_open_with(&path, 1, &options, &dump));
	assert_string_equal(dump->vmcoreinfo, former_vmcoreinfo);
	dump_close(dump);
}

static void the_one_with_more_witnesses_or_with_a_name_is_taken(void **state)
{
	const char *path = write_noteless("two", fill_with_notes);
	const char *file = test_write("given", former_vmcoreinfo, strlen(former_vmcoreinfo));
	const struct {
		struct dump_options options;
		const char *expected; /* NULL: refused with these words */
		const char *words;
	} cases[] = {
		{ { .judge = judge }, test_vmcoreinfo, NULL },
		{ { .vmcoreinfo = "0x9000" }, test_vmcoreinfo, NULL },
		{ { .vmcoreinfo = "0x14000" }, former_vmcoreinfo, NULL },
		{ { .vmcoreinfo = "81920" }, former_vmcoreinfo, NULL },
		{ { .vmcoreinfo = file, .judge = judge }, former_vmcoreinfo, NULL },
		{ { .vmcoreinfo = "0x2000" }, NULL, "at the physical address 0x2000" },
		{ { .vmcoreinfo = "0xffffffffffffffff" }, NULL, "is no VMCOREINFO note" },
		{ { .vmcoreinfo = path }, NULL, "is no VMCOREINFO: that is text" },
		{ { .vmcoreinfo = "0x9000x" }, NULL, "--vmcoreinfo: cannot open '0x9000x'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dump *dump = NULL;
		struct error *err = dump_open_with(&path, 1, &cases[i].options, &dump);

		if (!cases[i].expected) {
			assert_non_null(err);
			if (!strstr(error_message(err), cases[i].words))
				fail_msg("%s", error_message(err));
			error_destroy(err);
			continue;
		}
		if (err)
			fail_msg("%s", error_message(err));
		assert_string_equal(dump->vmcoreinfo, cases[i].expected);
		dump_close(dump);
	}
}

/* QEMU does not know which page size an arm64 guest has: its blocks are of the largest. */
static void blocks_of_qemu_may_be_larger_than_pages(void **state)
{
	static const char *const infos[] = {
		"OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n",
		"OSRELEASE=6.1.0-test\nPAGESIZE=16384\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n",
	};
	enum { BLOCK = 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(infos); i++) {
		struct test_kdump kdump = {
			.machine = "aarch64",
			.vmcoreinfo = infos[i],
			.note_owner = "QEMU",
			.block_bytes = BLOCK,
			.pages = "PAXP",
		};
		struct dump *dump = test_open(test_write_kdump("blocks", &kdump));

		for (paddr_t addr = 0; addr < 4 * BLOCK; addr += BLOCK)
			test_page_is(dump, addr, state_of_letter(kdump.pages[addr / BLOCK]), NULL);
		dump_close(dump);
		kdump.note_owner = "makedumpfile";
		test_refused(test_write_kdump("blocks", &kdump), ERROR_CORRUPT,
			     "two page sizes: 65536 bytes in its header");
	}
}

static void a_page_size_of_zero_is_refused(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	(void)state;
	store32(file.data + 428, 0, false);
	test_refused(test_write("zero", file.data, file.len), ERROR_CORRUPT,
		     "page size in its kdump header is impossible (0 bytes)");
	test_bytes_free(&file);
}

static void erased_data_is_not_looked_for(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	(void)state;
	store64(file.data + PAGE + 72, UINT64_C(1) << 40, false);
	struct dump *dump = test_open(test_write("erased", file.data, file.len));
	check_pages(dump);
	dump_close(dump);
	test_bytes_free(&file);
}

static void a_dump_of_a_32_bit_kernel_is_refused(void **state)
{
	static const char *const names[] = { "", "i686" };
	/* What is where a 64-bit kernel has its page size: the number of page frames. */
	static const uint32_t page_frames[] = { 0, 1000, 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names) * COUNT_OF(page_frames); i++) {
		struct test_kdump kdump = plain;
		kdump.machine = names[i % COUNT_OF(names)];
		struct test_bytes file = test_kdump_bytes(&kdump);

		store32(file.data + 428, page_frames[i / COUNT_OF(names)], false);
		store32(file.data + 416, 4096, false);
		if (*kdump.machine || page_frames[i / COUNT_OF(names)] != 4096)
			test_refused(test_write("32", file.data, file.len), ERROR_UNSUPPORTED,
				     "32-bit kernel");
		test_bytes_free(&file);
	}
}

/* A 32-bit kernel has its page size where a 64-bit one has the microseconds. */
static void the_time_stamp_does_not_matter(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * 64; i++) {
		struct test_kdump kdump = plain;
		kdump.machine = i % 2 ? "x86_64" : "";
		struct test_bytes file = test_kdump_bytes(&kdump);

		store64(file.data + 408, 1764496800, false);
		store64(file.data + 416, UINT64_C(1) << i / 2, false);
		struct dump *dump = test_open(test_write("time", file.data, file.len));
		check_pages(dump);
		dump_close(dump);
		test_bytes_free(&file);
	}
}

/* --- numbers that are said more than once --- */

static const size_t BITMAPS = (1 + TEST_KDUMP_SUB_BLOCKS) * PAGE;
static const size_t DESCRIPTORS = (1 + TEST_KDUMP_SUB_BLOCKS + TEST_KDUMP_BITMAP_BLOCKS) * PAGE;

struct header_damage {
	const char *what;
	size_t at, len;
	uint64_t value;
	const char *words; /* NULL: nothing is lost */
};

static void check_header_damage(const struct header_damage *damage)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	if (damage->len == 4)
		store32(file.data + damage->at, (uint32_t)damage->value, false);
	else
		store64(file.data + damage->at, damage->value, false);
	const char *path = test_write("header", file.data, file.len);
	test_bytes_free(&file);
	if (damage->words) {
		test_refused(path, ERROR_CORRUPT, damage->words);
		return;
	}
	struct dump *dump = test_open(path);
	check_pages(dump);
	assert_false(dump->truncated);
	dump_close(dump);
}

/* Each number of the two headers: the dump is read as it is, or refused as damaged. */
static void a_damaged_number_in_a_header_is_made_up_for_or_named(void **state)
{
	enum { BITS = PAGE * 8 };
	static const char misfit[] = "do not fit each other";
	static const struct header_damage damages[] = {
		{ "version, too high", 8, 4, 0x86, NULL },
		{ "version 6 and 7", 8, 4, 7, NULL },
		{ "version 5", 8, 4, 5, NULL },
		{ "version 4", 8, 4, 4, NULL },
		{ "time stamp", 408, 8, UINT64_MAX, NULL },
		{ "page size 0", 428, 4, 0, "page size in its kdump header is impossible" },
		{ "page size, twice", 428, 4, 8192, "damaged" },
		{ "page size, 16 times", 428, 4, 65536, "damaged" },
		{ "sub-header, none", 432, 4, 0, misfit },
		{ "sub-header, one less", 432, 4, 1, misfit },
		{ "sub-header, one more", 432, 4, 3, misfit },
		{ "sub-header, all", 432, 4, UINT32_MAX, "page bitmap" },
		{ "bitmaps, none", 436, 4, 0, "more than the 0 that its page bitmap is for" },
		{ "bitmaps, one", 436, 4, 1, misfit },
		{ "bitmaps, two more", 436, 4, 4, misfit },
		{ "bitmaps, all", 436, 4, UINT32_MAX, "page bitmap" },
		{ "page frames, too few", 440, 4, 4, NULL },
		{ "page frames, none", 440, 4, 0, NULL },
		{ "page frames, one beyond the bitmap", 440, 4, BITS + 1, NULL },
		{ "page frames, one beyond both", 440, 4, 2 * BITS + 1, NULL },
		{ "page frames, all", 440, 4, UINT32_MAX, NULL },
		{ "page frames to 64 bits, too few", PAGE + 96, 8, 4, NULL },
		{ "page frames to 64 bits, none", PAGE + 96, 8, 0, NULL },
		{ "page frames to 64 bits, one beyond", PAGE + 96, 8, BITS + 1, NULL },
		{ "page frames to 64 bits, one beyond both", PAGE + 96, 8, 2 * BITS + 1, NULL },
		{ "page frames to 64 bits, all", PAGE + 96, 8, UINT64_MAX, NULL },
		{ "first page frame, of no split set", PAGE + 80, 8, UINT64_MAX, NULL },
		{ "VMCOREINFO elsewhere", PAGE + 32, 8, 0, NULL },
		{ "VMCOREINFO beyond the end", PAGE + 32, 8, UINT64_MAX, NULL },
		{ "VMCOREINFO of no length", PAGE + 40, 8, 0, NULL },
		{ "VMCOREINFO, too long", PAGE + 40, 8, UINT64_MAX, NULL },
		{ "notes beyond the end", PAGE + 48, 8, UINT64_C(1) << 40,
		  "ends inside its notes" },
		{ "notes, too long", PAGE + 56, 8, UINT64_MAX, "notes of" },
		{ "bitmap, one more page", 4 * PAGE, 4, 0x3fffc31d, misfit },
		{ "bitmap, one page less", 4 * PAGE, 4, 0x3fffc318, misfit },
		{ "bitmap, other pages", 4 * PAGE, 4, UINT32_MAX, misfit },
		{ "bitmap, no pages", 4 * PAGE, 4, 0, misfit },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(damages); i++) {
		print_message("    %s\n", damages[i].what);
		check_header_damage(&damages[i]);
	}
}

/* Where both numbers of page frames are too low, the bitmap goes on, and so do the descriptors. */
static void the_bitmap_tells_of_pages_that_the_headers_do_not(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	(void)state;
	store32(file.data + 440, 9, false);
	store64(file.data + PAGE + 96, 9, false);
	struct dump *dump = test_open(test_write("few", file.data, file.len));
	check_pages(dump);
	dump_close(dump);
	test_bytes_free(&file);
}

/* --- truncation --- */

/* Where page @pfn of the plain file ends, as the generator places it; 0 if it is not in it. */
static uint64_t page_end_in_file(const struct test_bytes *file, size_t pfn)
{
	uint64_t end = file->len;

	if (state_of(pfn) != MEMORY_PRESENT)
		return 0;
	for (size_t later = pfn + 1; later < PAGE_COUNT; later++) {
		if (state_of(later) == MEMORY_PRESENT)
			end -= PAGE;
	}
	return end;
}

static void check_truncated(const struct test_bytes *file, size_t len, size_t data_offset)
{
	struct dump *dump = test_open(test_write("cut", file->data, len));

	assert_true(dump->truncated);
	assert_int_equal(dump->missing_bytes, len >= data_offset ? file->len - len : 0);
	for (size_t pfn = 0; pfn < PAGE_COUNT + 3; pfn++) {
		enum memory_state expected = state_of(pfn);

		if (page_end_in_file(file, pfn) > len)
			expected = MEMORY_TRUNCATED;
		test_page_is(dump, pfn * PAGE, expected, NULL);
	}
	dump_close(dump);
}

static void a_truncated_dump_is_read_as_far_as_it_goes(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);
	size_t descriptors = (1 + TEST_KDUMP_SUB_BLOCKS + TEST_KDUMP_BITMAP_BLOCKS) * PAGE;
	size_t in_file = 0;

	(void)state;
	for (size_t pfn = 0; pfn < PAGE_COUNT; pfn++)
		in_file += state_of(pfn) == MEMORY_PRESENT;
	for (size_t len = 8; len < descriptors; len += 97)
		test_refused(test_write("cut", file.data, len), ERROR_CORRUPT, "ends inside its");
	for (size_t len = descriptors; len < file.len; len += 251)
		check_truncated(&file, len, descriptors + in_file * 24);
	test_bytes_free(&file);
}

static void a_dump_that_ran_out_of_space_says_so(void **state)
{
	struct test_kdump kdump = plain;
	kdump.status = 8;
	struct dump *dump = test_open(test_write_kdump("nospace", &kdump));

	(void)state;
	assert_true(dump->truncated);
	assert_int_equal(dump->missing_bytes, 0);
	check_pages(dump);
	dump_close(dump);
}

static void descriptors_that_were_never_written_are_truncated_pages(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);
	size_t descriptors = (1 + TEST_KDUMP_SUB_BLOCKS + TEST_KDUMP_BITMAP_BLOCKS) * PAGE;

	(void)state;
	/* Pages 2, 3 and 4 come first, then 8. */
	memset(file.data + descriptors + 3 * 24, 0, 24);
	struct dump *dump = test_open(test_write("unwritten", file.data, file.len));
	assert_true(dump->truncated);
	test_page_is(dump, 4 * PAGE, MEMORY_PRESENT, NULL);
	test_page_is(dump, 8 * PAGE, MEMORY_TRUNCATED, NULL);
	test_page_is(dump, 9 * PAGE, MEMORY_PRESENT, NULL);
	dump_close(dump);
	test_bytes_free(&file);
}

static void pages_that_are_not_compressed_are_seen_where_they_are(void **state)
{
	struct dump *dump = test_open(test_write_kdump("direct", &plain));

	(void)state;
	for (size_t pfn = 0; pfn < PAGE_COUNT + 2; pfn++) {
		paddr_t addr = pfn * PAGE + 17;
		const unsigned char *byte = dump->memory->ops->direct(dump->memory, addr);

		assert_int_equal(byte != NULL, pfn < PAGE_COUNT && state_of(pfn) == MEMORY_PRESENT);
		if (byte)
			assert_int_equal(*byte, test_byte_at(addr));
	}
	assert_null(dump_check(dump));
	dump_close(dump);
}

static void a_fork_answers_as_its_origin(void **state)
{
	struct dump *dump = test_open(test_write_kdump("fork", &plain));
	struct memory *fork;

	(void)state;
	assert_null(dump->memory->ops->fork(dump->memory, &fork));
	for (size_t pfn = 0; pfn < PAGE_COUNT + 2; pfn++) {
		enum memory_state one, other;
		uint8_t a[PAGE] = { 0 }, b[PAGE] = { 0 };

		assert_null(dump->memory->ops->read(dump->memory, pfn * PAGE, PAGE, a, &one));
		assert_null(fork->ops->read(fork, pfn * PAGE, PAGE, b, &other));
		assert_int_equal(one, other);
		assert_memory_equal(a, b, PAGE);
	}
	fork->ops->destroy(fork);
	dump_close(dump);
}

static void a_file_that_shrinks_while_open_does_no_harm(void **state)
{
	const char *path = test_write_kdump("shrink", &plain);
	struct dump *dump = test_open(path);
	uint8_t byte;

	(void)state;
	assert_int_equal(truncate(path, 8 * PAGE), 0);
	for (size_t pfn = 0; pfn < PAGE_COUNT; pfn++) {
		enum memory_state found = test_read(dump, pfn * PAGE, 1, &byte);

		/* What was read before may still be known. */
		if (state_of(pfn) == MEMORY_PRESENT)
			assert_true(found == MEMORY_PRESENT || found == MEMORY_TRUNCATED);
		else
			assert_int_equal(found, state_of(pfn));
	}
	dump_close(dump);
}

/* --- split sets --- */

static const char *write_part(const char *name, uint64_t start, uint64_t end, const char *release)
{
	struct test_kdump kdump = plain;

	kdump.is_split = true;
	kdump.start_pfn = start;
	kdump.end_pfn = end;
	kdump.release = release;
	return test_write_kdump(name, &kdump);
}

static void a_split_set_is_one_dump_in_any_order(void **state)
{
	const char *paths[] = {
		write_part("part3", 21, PAGE_COUNT, NULL),
		write_part("part1", 0, 9, NULL),
		write_part("part2", 9, 21, NULL),
	};
	struct dump *dump = NULL;
	struct error *err = dump_open(paths, COUNT_OF(paths), &dump);

	(void)state;
	if (err)
		fail_msg("%s", error_message(err));
	assert_int_equal(dump->file_count, 3);
	assert_string_equal(dump->path, paths[0]);
	check_pages(dump);
	dump_close(dump);
}

static bool all_zero(paddr_t addr)
{
	(void)addr;
	return true;
}

/* makedumpfile 1.7: a part's data begins behind the descriptors of all parts' pages. */
static void a_part_may_have_room_for_the_descriptors_of_all(void **state)
{
	static const char mostly_zero[] = "PPZZZZZZZZZZZZPZZZZZZZZZZZZZZZZZZZZZZPPPZXAP";
	struct test_kdump kdump = plain;
	const char *paths[3];
	struct dump *dump = NULL;

	(void)state;
	kdump.pages = mostly_zero;
	kdump.is_split = true;
	kdump.has_room_for_all = true;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		kdump.start_pfn = i * 16;
		kdump.end_pfn = i < 2 ? kdump.start_pfn + 16 : sizeof(mostly_zero) - 1;
		paths[i] =
			test_write_kdump(((const char *[]){ "all1", "all2", "all3" })[i], &kdump);
	}
	struct error *err = dump_open(paths, COUNT_OF(paths), &dump);
	if (err)
		fail_msg("%s", error_message(err));
	assert_false(dump->truncated);
	for (size_t pfn = 0; mostly_zero[pfn]; pfn++)
		test_page_is(dump, pfn * PAGE, state_of_letter(mostly_zero[pfn]),
			     mostly_zero[pfn] == 'Z' ? all_zero : NULL);
	dump_close(dump);
}

static void an_empty_part_may_be_anywhere(void **state)
{
	static const uint64_t empty_at[] = { 0, 9, PAGE_COUNT };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(empty_at); i++) {
		const char *paths[] = {
			write_part("part1", 0, 9, NULL),
			write_part("empty", empty_at[i], empty_at[i], NULL),
			write_part("part2", 9, PAGE_COUNT, NULL),
		};
		struct dump *dump = NULL;

		assert_null(dump_open(paths, COUNT_OF(paths), &dump));
		check_pages(dump);
		dump_close(dump);
	}
}

static void a_truncated_part_does_not_hide_the_others(void **state)
{
	const char *paths[] = {
		write_part("part1", 0, 9, NULL),
		write_part("part2", 9, PAGE_COUNT, NULL),
	};
	struct dump *dump = NULL;

	(void)state;
	assert_int_equal(truncate(paths[0], 6 * PAGE), 0);
	assert_null(dump_open(paths, COUNT_OF(paths), &dump));
	assert_true(dump->truncated);
	for (size_t pfn = 0; pfn < PAGE_COUNT; pfn++) {
		bool lost = pfn < 9 && pfn > 2 && state_of(pfn) == MEMORY_PRESENT;

		if (pfn != 2)
			test_page_is(dump, pfn * PAGE, lost ? MEMORY_TRUNCATED : state_of(pfn),
				     NULL);
	}
	dump_close(dump);
}

static void a_set_that_is_not_one_is_refused_in_words(void **state)
{
	const char *first = write_part("part1", 0, 9, NULL);
	const char *second = write_part("part2", 9, 21, NULL);
	const char *third = write_part("part3", 21, PAGE_COUNT, NULL);
	const char *other = write_part("other", 21, PAGE_COUNT, "9.9.9");
	const char *whole = test_write_kdump("whole", &plain);
	const struct {
		const char *paths[3];
		size_t count;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ { first }, 1, ERROR_UNSUPPORTED, "is one file of a split set" },
		{ { second }, 1, ERROR_UNSUPPORTED, "is one file of a split set" },
		{ { third, first }, 2, ERROR_UNSUPPORTED, "is not complete" },
		{ { first, second },
		  2,
		  ERROR_UNSUPPORTED,
		  "page frames 0x15 to 0x21 are in none of the 2 files given" },
		{ { second, third }, 2, ERROR_UNSUPPORTED, "is not complete" },
		{ { first, second, second }, 3, ERROR_MISMATCH, "one was given twice" },
		{ { first, second, other }, 3, ERROR_MISMATCH, "are not of the same dump" },
		{ { whole, third }, 2, ERROR_MISMATCH, "is a whole dump" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		test_refused_set(cases[i].paths, cases[i].count, cases[i].code, cases[i].words);
}

/* --- damage --- */

static void damage_is(const struct dump *dump, uint64_t count, pfn_t first)
{
	const struct memory_damage damage = memory_damage(dump->memory);

	assert_int_equal(damage.count, count);
	assert_int_equal(damage.listed, count);
	if (count)
		assert_int_equal(damage.first[0], first);
}

/* A piece of the page, all of it, and the piece again: damaged, and counted once. */
static void check_damaged(struct dump *dump, size_t pfn)
{
	uint8_t page[PAGE];

	assert_int_equal(test_read(dump, pfn * PAGE + 8, 8, page), MEMORY_DAMAGED);
	assert_int_equal(test_read(dump, pfn * PAGE, PAGE, page), MEMORY_DAMAGED);
	assert_int_equal(test_read(dump, pfn * PAGE + 8, 8, page), MEMORY_DAMAGED);
	assert_null(dump->memory->ops->direct(dump->memory, pfn * PAGE));
}

static void a_damaged_page_costs_that_page(void **state)
{
	static const struct {
		const char *what;
		size_t at, len; /* in the descriptor */
		uint64_t value;
	} damages[] = {
		{ "before the pages", 0, 8, 100 },
		{ "at the descriptors", 0, 8, 5 * PAGE },
		{ "behind the file", 0, 8, UINT64_C(1) << 40 },
		{ "far behind the file", 0, 8, UINT64_MAX },
		{ "far behind the file, signed", 0, 8, INT64_MAX },
		{ "no bytes", 8, 4, 0 },
		{ "few bytes", 8, 4, 100 },
		{ "a byte more than a page", 8, 4, PAGE + 1 },
		{ "all bytes", 8, 4, UINT32_MAX },
		{ "packed by zlib, which it is not", 12, 4, 1 },
		{ "packed by lzo", 12, 4, 2 },
		{ "packed by snappy", 12, 4, 4 },
		{ "packed by zstd", 12, 4, 0x20 },
		{ "packed by two", 12, 4, 3 },
		{ "packed by what is not known", 12, 4, 0x40 },
	};
	static const size_t descriptors[] = { 0, 1, 4 }, pfns[] = { 2, 3, 9 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(damages) * COUNT_OF(pfns); i++) {
		const size_t d = i / COUNT_OF(pfns), which = i % COUNT_OF(pfns);
		struct test_bytes file = test_kdump_bytes(&plain);
		uint8_t *descriptor = file.data + DESCRIPTORS + 24 * descriptors[which];

		print_message("    page %zu: %s\n", pfns[which], damages[d].what);
		if (damages[d].len == 4)
			store32(descriptor + damages[d].at, (uint32_t)damages[d].value, false);
		else
			store64(descriptor + damages[d].at, damages[d].value, false);
		struct dump *dump = test_open(test_write("damaged", file.data, file.len));
		damage_is(dump, 0, 0);
		check_damaged(dump, pfns[which]);
		damage_is(dump, 1, pfns[which]);
		assert_false(dump->truncated);
		for (size_t pfn = 0; pfn < PAGE_COUNT + 2; pfn++)
			if (pfn != pfns[which])
				test_page_is(dump, pfn * PAGE, state_of(pfn), NULL);
		dump_close(dump);
		test_bytes_free(&file);
	}
}

static void damaged_pages_of_a_fork_are_counted_with_the_others(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);
	struct memory *fork;
	enum memory_state page_state;
	uint8_t byte;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		store32(file.data + DESCRIPTORS + 24 * i + 8, 100, false);
	struct dump *dump = test_open(test_write("forked", file.data, file.len));
	assert_null(dump->memory->ops->fork(dump->memory, &fork));
	assert_null(fork->ops->read(fork, 4 * PAGE, 1, &byte, &page_state));
	assert_int_equal(page_state, MEMORY_DAMAGED);
	assert_int_equal(test_read(dump, 2 * PAGE, 1, &byte), MEMORY_DAMAGED);
	assert_null(fork->ops->read(fork, 2 * PAGE, 1, &byte, &page_state));
	damage_is(dump, 2, 2);
	fork->ops->destroy(fork);
	damage_is(dump, 2, 2);
	dump_close(dump);
	test_bytes_free(&file);
}

/* Whatever happens to a byte: no crash, and no page that is not there. */
static void random_damage_never_crashes(void **state)
{
	enum { ROUNDS = 2000 };
	struct test_bytes file = test_kdump_bytes(&plain);
	uint64_t random = 88172645463325252U;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		size_t at = (size_t)(random >> 8) % (i % 4 ? file.len : 480);

		/* The bitmaps and what is behind them are damaged as often as the headers. */
		at = i % 4 == 3 ? BITMAPS + at % (PAGE * 2 + 24 * 16) : at;
		const uint8_t before = file.data[at];
		file.data[at] = (uint8_t)random;
		const char *path = test_write("random", file.data, file.len);
		test_exercise(&path, 1, (PAGE_COUNT + 2) * PAGE);
		file.data[at] = before;
	}
	test_bytes_free(&file);
}

static void flip(size_t from, size_t to)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	for (size_t i = from; i < to; i++) {
		static const uint8_t flips[] = { 0x01, 0x80, 0xff };

		for (size_t j = 0; j < COUNT_OF(flips); j++) {
			file.data[i] ^= flips[j];
			const char *path = test_write("flip", file.data, file.len);
			test_exercise(&path, 1, (PAGE_COUNT + 2) * PAGE);
			file.data[i] ^= flips[j];
		}
	}
	test_bytes_free(&file);
}

static void a_damaged_header_never_crashes(void **state)
{
	(void)state;
	flip(0, 12);
	flip(400, 480);
}

static void a_damaged_sub_header_or_note_never_crashes(void **state)
{
	(void)state;
	flip(PAGE, PAGE + 110);
	flip(PAGE + 512, PAGE + 600);
}

static void damaged_bitmaps_and_descriptors_never_crash(void **state)
{
	size_t bitmaps = (1 + TEST_KDUMP_SUB_BLOCKS) * PAGE;

	(void)state;
	flip(bitmaps, bitmaps + 6);
	flip(bitmaps + PAGE, bitmaps + PAGE + 6);
	flip(bitmaps + 2 * PAGE, bitmaps + 2 * PAGE + 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_present_excluded_or_absent),
		cmocka_unit_test(extents_are_as_long_as_the_state_lasts),
		cmocka_unit_test(big_endian_dumps_are_read),
		cmocka_unit_test(a_machine_without_a_name_is_told_by_other_signs),
		cmocka_unit_test(a_dump_that_cannot_be_used_is_refused_in_words),
		cmocka_unit_test(blocks_of_qemu_may_be_larger_than_pages),
		cmocka_unit_test(a_page_size_of_zero_is_refused),
		cmocka_unit_test(erased_data_is_not_looked_for),
		cmocka_unit_test(a_dump_of_a_32_bit_kernel_is_refused),
		cmocka_unit_test(a_truncated_dump_is_read_as_far_as_it_goes),
		cmocka_unit_test(a_dump_that_ran_out_of_space_says_so),
		cmocka_unit_test(descriptors_that_were_never_written_are_truncated_pages),
		cmocka_unit_test(pages_that_are_not_compressed_are_seen_where_they_are),
		cmocka_unit_test(a_fork_answers_as_its_origin),
		cmocka_unit_test(a_file_that_shrinks_while_open_does_no_harm),
		cmocka_unit_test(a_split_set_is_one_dump_in_any_order),
		cmocka_unit_test(a_part_may_have_room_for_the_descriptors_of_all),
		cmocka_unit_test(an_empty_part_may_be_anywhere),
		cmocka_unit_test(a_truncated_part_does_not_hide_the_others),
		cmocka_unit_test(a_set_that_is_not_one_is_refused_in_words),
		cmocka_unit_test(a_dump_without_vmcoreinfo_is_searched_for_the_kernels_own),
		cmocka_unit_test(of_two_in_memory_neither_is_taken_without_a_reason),
		cmocka_unit_test(a_note_that_leads_nowhere_gives_way_to_one_in_memory),
		cmocka_unit_test(the_one_with_more_witnesses_or_with_a_name_is_taken),
		cmocka_unit_test(the_time_stamp_does_not_matter),
		cmocka_unit_test(a_damaged_number_in_a_header_is_made_up_for_or_named),
		cmocka_unit_test(the_bitmap_tells_of_pages_that_the_headers_do_not),
		cmocka_unit_test(a_damaged_page_costs_that_page),
		cmocka_unit_test(damaged_pages_of_a_fork_are_counted_with_the_others),
		cmocka_unit_test(random_damage_never_crashes),
		cmocka_unit_test(a_damaged_header_never_crashes),
		cmocka_unit_test(a_damaged_sub_header_or_note_never_crashes),
		cmocka_unit_test(damaged_bitmaps_and_descriptors_never_crash),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
