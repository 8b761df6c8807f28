// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flattened files are put together whatever the order of their records, or refused in words. */
#include "formats/dump/test_files.h"

enum { PAGE = 4096, RAM = 0x40000 };

static const struct test_load loads[] = { { 0x10000, 4 * PAGE, 8 * PAGE } };
static const struct test_elf elf = {
	.vmcoreinfo = test_vmcoreinfo,
	.loads = loads,
	.load_count = TEST_COUNT(loads),
};
static const struct test_kdump kdump = {
	.machine = "x86_64",
	.vmcoreinfo = test_vmcoreinfo,
	.pages = "AAAAAAAAAAAAAAAAPPPPXXXXAAAAAAAA",
};

static enum memory_state state_of(paddr_t addr)
{
	if (addr >= 0x10000 && addr < 0x14000)
		return MEMORY_PRESENT;
	return addr >= 0x14000 && addr < 0x18000 ? MEMORY_EXCLUDED : MEMORY_ABSENT;
}

static void check_round_trip(const struct test_bytes *file, size_t piece, const char *format)
{
	struct test_bytes flat = test_flatten(file, piece);
	const char *path = test_write("flat", flat.data, flat.len);
	size_t file_count = test_dir_count();
	struct dump *dump = test_open(path);

	assert_string_equal(dump->format, format);
	assert_string_equal(dump->path, path);
	assert_int_equal(dump->size_bytes, flat.len);
	assert_false(dump->truncated);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_of(addr), NULL);
	assert_int_equal(test_dir_count(), file_count);
	dump_close(dump);
	test_bytes_free(&flat);
}

static void records_in_any_order_make_the_same_dump(void **state)
{
	static const size_t pieces[] = { 1 << 20, 5000, 4096, 1000, 77, 7 };
	struct test_bytes elf_file = test_elf_bytes(&elf);
	struct test_bytes kdump_file = test_kdump_bytes(&kdump);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		check_round_trip(&elf_file, pieces[i], "flattened elf");
		check_round_trip(&kdump_file, pieces[i], "flattened kdump");
	}
	test_bytes_free(&elf_file);
	test_bytes_free(&kdump_file);
}

static void a_later_record_overwrites_an_earlier_one(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), flat = { 0 };
	static const uint8_t junk[100] = { 0x55 };

	(void)state;
	test_flatten_start(&flat);
	test_flatten_add(&flat, 0, junk, sizeof(junk));
	test_flatten_add(&flat, 0, file.data, file.len);
	test_flatten_end(&flat);
	struct dump *dump = test_open(test_write("over", flat.data, flat.len));
	test_page_is(dump, 0x10000, MEMORY_PRESENT, NULL);
	dump_close(dump);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

/* In order, so that what is there grows with the file. */
static void a_file_that_ends_early_is_used_as_far_as_it_goes(void **state)
{
	enum { PIECE = 1000 };
	struct test_bytes file = test_elf_bytes(&elf), flat = { 0 };
	size_t headers = file.len - 4 * PAGE;

	(void)state;
	test_flatten_start(&flat);
	for (size_t at = 0; at < file.len; at += PIECE)
		test_flatten_add(&flat, at, file.data + at,
				 file.len - at < PIECE ? file.len - at : PIECE);
	for (size_t len = 32; len <= flat.len; len += len < 5100 ? 13 : 301) {
		/* What of the records' contents is there. */
		size_t in_records = len > 4096 ? len - 4096 : 0;
		size_t left = in_records % (PIECE + 16);
		size_t there = in_records / (PIECE + 16) * PIECE + (left > 16 ? left - 16 : 0);
		const char *path = test_write("cut", flat.data, len);

		if (there < headers) {
			test_refused(path, ERROR_CORRUPT, path);
			continue;
		}
		struct dump *dump = test_open(path);
		assert_true(dump->truncated);
		for (paddr_t addr = 0x10000; addr < 0x14000; addr += PAGE) {
			bool lost = headers + (addr - 0x10000) + PAGE > there;

			test_page_is(dump, addr, lost ? MEMORY_TRUNCATED : MEMORY_PRESENT, NULL);
		}
		test_page_is(dump, 0x14000, MEMORY_EXCLUDED, NULL);
		dump_close(dump);
	}
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void parts_of_a_kdump_that_were_not_written_are_truncated(void **state)
{
	struct test_bytes file = test_kdump_bytes(&kdump), flat = { 0 };
	size_t descriptors = 5 * PAGE;

	(void)state;
	/* Two of four descriptors, and all contents. */
	test_flatten_start(&flat);
	test_flatten_add(&flat, 0, file.data, descriptors + 48);
	test_flatten_add(&flat, descriptors + 96, file.data + descriptors + 96,
			 file.len - descriptors - 96);
	struct dump *dump = test_open(test_write("hole", flat.data, flat.len));
	assert_true(dump->truncated);
	assert_int_equal(dump->missing_bytes, 0);
	test_page_is(dump, 0x10000, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x11000, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x12000, MEMORY_TRUNCATED, NULL);
	test_page_is(dump, 0x13000, MEMORY_TRUNCATED, NULL);
	test_page_is(dump, 0x14000, MEMORY_EXCLUDED, NULL);
	dump_close(dump);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void damaged_records_are_refused_in_words(void **state)
{
	static const struct {
		uint64_t offset, size;
	} cases[] = {
		{ UINT64_MAX - 1, 16 },	   { INT64_MAX, 16 },
		{ UINT64_C(1) << 47, 16 }, { 0, 0 },
		{ 0, UINT64_MAX },	   { 0, INT64_MAX },
		{ UINT64_C(1) << 46, 1 },  { 100, UINT64_C(1) << 46 },
	};
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct test_bytes flat = test_flatten(&file, 1000);

		store64(flat.data + 4096, cases[i].offset, true);
		store64(flat.data + 4096 + 8, cases[i].size, true);
		test_refused(test_write("record", flat.data, flat.len), ERROR_CORRUPT,
			     "the flattened record at offset 0x1000 is damaged");
		test_bytes_free(&flat);
	}
	test_bytes_free(&file);
}

static void unknown_flattened_formats_are_refused_in_words(void **state)
{
	static const size_t fields[] = { 16, 24 };
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		struct test_bytes flat = test_flatten(&file, 1000);

		store64(flat.data + fields[i], 2, true);
		test_refused(test_write("unknown", flat.data, flat.len), ERROR_UNSUPPORTED,
			     "unknown flattened format");
		test_bytes_free(&flat);
	}
	test_bytes_free(&file);
}

static void what_is_no_dump_inside_is_refused_by_its_kind(void **state)
{
	struct test_bytes text = { 0 }, flat;

	(void)state;
	strcpy((char *)test_grow(&text, 6), "hello");
	text.len = 5;
	flat = test_flatten(&text, 2);
	test_refused(test_write("text", flat.data, flat.len), ERROR_UNSUPPORTED, "is text");
	test_bytes_free(&text);
	test_bytes_free(&flat);
}

static void an_unusable_tmpdir_is_an_error_that_names_it(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes flat = test_flatten(&file, 1000);
	const char *path = test_write("tmpdir", flat.data, flat.len);
	const char *old = getenv("TMPDIR");
	char *kept = old ? strdup(old) : NULL;

	(void)state;
	setenv("TMPDIR", "/nonexistent/directory", 1);
	struct dump *dump;
	struct error *err = dump_open(&path, 1, &dump);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_OS);
	assert_non_null(strstr(error_message(err), "'/nonexistent/directory'"));
	assert_non_null(strstr(error_message(err), "TMPDIR"));
	error_destroy(err);

	setenv("TMPDIR", test_dir, 1);
	size_t file_count = test_dir_count();
	dump_close(test_open(path));
	assert_int_equal(test_dir_count(), file_count);

	if (kept)
		setenv("TMPDIR", kept, 1);
	else
		unsetenv("TMPDIR");
	free(kept);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void damaged_files_never_crash(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes flat = test_flatten(&file, 150);

	(void)state;
	/* The header is mostly padding. */
	for (size_t i = 0; i < 500; i++) {
		static const uint8_t flips[] = { 0x01, 0x80, 0xff };
		size_t at = i < 40 ? i : 4096 + i - 40;

		for (size_t j = 0; j < TEST_COUNT(flips); j++) {
			flat.data[at] ^= flips[j];
			const char *path = test_write("flip", flat.data, flat.len);
			test_exercise(&path, 1, 0x20000);
			flat.data[at] ^= flips[j];
		}
	}
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_in_any_order_make_the_same_dump),
		cmocka_unit_test(a_later_record_overwrites_an_earlier_one),
		cmocka_unit_test(a_file_that_ends_early_is_used_as_far_as_it_goes),
		cmocka_unit_test(parts_of_a_kdump_that_were_not_written_are_truncated),
		cmocka_unit_test(damaged_records_are_refused_in_words),
		cmocka_unit_test(unknown_flattened_formats_are_refused_in_words),
		cmocka_unit_test(what_is_no_dump_inside_is_refused_by_its_kind),
		cmocka_unit_test(an_unusable_tmpdir_is_an_error_that_names_it),
		cmocka_unit_test(damaged_files_never_crash),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
