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

static enum memory_state state_of(size_t pfn)
{
	if (pfn >= PAGE_COUNT || pages[pfn] == 'A')
		return MEMORY_ABSENT;
	return pages[pfn] == 'P' ? MEMORY_PRESENT : MEMORY_EXCLUDED;
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
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
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
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct test_kdump kdump = cases[i].kdump;
		kdump.pages = pages;
		test_refused(test_write_kdump("refused", &kdump), cases[i].code, cases[i].words);
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

static void impossibly_large_erase_information_is_refused(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	(void)state;
	store64(file.data + PAGE + 72, UINT64_C(1) << 40, false);
	test_refused(test_write("erased", file.data, file.len), ERROR_CORRUPT,
		     "its list of erased data is impossibly large");
	test_bytes_free(&file);
}

static void a_dump_of_a_32_bit_kernel_is_refused(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	(void)state;
	store32(file.data + 428, 0, false);
	store32(file.data + 416, 4096, false);
	test_refused(test_write("32", file.data, file.len), ERROR_UNSUPPORTED, "32-bit kernel");
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
	struct error *err = dump_open(paths, TEST_COUNT(paths), &dump);

	(void)state;
	if (err)
		fail_msg("%s", error_message(err));
	assert_int_equal(dump->file_count, 3);
	assert_string_equal(dump->path, paths[0]);
	check_pages(dump);
	dump_close(dump);
}

static void an_empty_part_may_be_anywhere(void **state)
{
	static const uint64_t empty_at[] = { 0, 9, PAGE_COUNT };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(empty_at); i++) {
		const char *paths[] = {
			write_part("part1", 0, 9, NULL),
			write_part("empty", empty_at[i], empty_at[i], NULL),
			write_part("part2", 9, PAGE_COUNT, NULL),
		};
		struct dump *dump = NULL;

		assert_null(dump_open(paths, TEST_COUNT(paths), &dump));
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
	assert_null(dump_open(paths, TEST_COUNT(paths), &dump));
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
		{ { first, second, second }, 3, ERROR_USAGE, "one was given twice" },
		{ { first, second, other }, 3, ERROR_MISMATCH, "are not of the same dump" },
		{ { whole, third }, 2, ERROR_USAGE, "is a whole dump" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		test_refused_set(cases[i].paths, cases[i].count, cases[i].code, cases[i].words);
}

/* --- damage --- */

static void a_damaged_page_is_an_error_that_says_which(void **state)
{
	struct test_bytes file = test_kdump_bytes(&plain);
	size_t descriptors = (1 + TEST_KDUMP_SUB_BLOCKS + TEST_KDUMP_BITMAP_BLOCKS) * PAGE;
	enum memory_state page_state;
	uint8_t byte;

	(void)state;
	store32(file.data + descriptors + 8, 100, false); /* the size of page 2 */
	struct dump *dump = test_open(test_write("damaged", file.data, file.len));
	struct error *err = dump->memory->ops->read(dump->memory, 2 * PAGE, 1, &byte, &page_state);
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "page at 0x2000"));
	assert_int_equal(error_code(err), ERROR_CORRUPT);
	error_destroy(err);
	test_page_is(dump, 3 * PAGE, MEMORY_PRESENT, NULL);
	dump_close(dump);
	test_bytes_free(&file);
}

static void flip(size_t from, size_t to)
{
	struct test_bytes file = test_kdump_bytes(&plain);

	for (size_t i = from; i < to; i++) {
		static const uint8_t flips[] = { 0x01, 0x80, 0xff };

		for (size_t j = 0; j < TEST_COUNT(flips); j++) {
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
		cmocka_unit_test(a_page_size_of_zero_is_refused),
		cmocka_unit_test(impossibly_large_erase_information_is_refused),
		cmocka_unit_test(a_dump_of_a_32_bit_kernel_is_refused),
		cmocka_unit_test(a_truncated_dump_is_read_as_far_as_it_goes),
		cmocka_unit_test(a_dump_that_ran_out_of_space_says_so),
		cmocka_unit_test(descriptors_that_were_never_written_are_truncated_pages),
		cmocka_unit_test(pages_that_are_not_compressed_are_seen_where_they_are),
		cmocka_unit_test(a_fork_answers_as_its_origin),
		cmocka_unit_test(a_file_that_shrinks_while_open_does_no_harm),
		cmocka_unit_test(a_split_set_is_one_dump_in_any_order),
		cmocka_unit_test(an_empty_part_may_be_anywhere),
		cmocka_unit_test(a_truncated_part_does_not_hide_the_others),
		cmocka_unit_test(a_set_that_is_not_one_is_refused_in_words),
		cmocka_unit_test(a_damaged_page_is_an_error_that_says_which),
		cmocka_unit_test(a_damaged_header_never_crashes),
		cmocka_unit_test(a_damaged_sub_header_or_note_never_crashes),
		cmocka_unit_test(damaged_bitmaps_and_descriptors_never_crash),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
