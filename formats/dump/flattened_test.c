// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flattened files are read whatever the order of their records, or refused in words. */
#include "formats/dump/file_map.h"
#include "formats/dump/test_small.h"

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
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
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

/* Pages 0x14 to 0x17 of the kdump are excluded, those before are in the file. */
static void check_kdump_pages(const struct dump *dump)
{
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_of(addr), NULL);
}

static void a_kdump_that_ends_early_is_used_as_far_as_it_goes(void **state)
{
	enum { PIECE = 1000 };
	struct test_bytes file = test_kdump_bytes(&kdump), flat = { 0 };
	size_t data = file.len - 4 * PAGE;

	(void)state;
	test_flatten_start(&flat);
	for (size_t at = 0; at < file.len; at += PIECE)
		test_flatten_add(&flat, at, file.data + at,
				 file.len - at < PIECE ? file.len - at : PIECE);
	for (size_t len = 4096; len <= flat.len; len += 331) {
		size_t left = (len - 4096) % (PIECE + 16);
		size_t there = (len - 4096) / (PIECE + 16) * PIECE + (left > 16 ? left - 16 : 0);
		const char *path = test_write("cut", flat.data, len);

		if (there < data) {
			test_exercise(&path, 1, RAM);
			continue;
		}
		struct dump *dump = test_open(path);
		assert_true(dump->truncated);
		for (paddr_t i = 0; i < 4; i++)
			test_page_is(dump, 0x10000 + i * PAGE,
				     data + (i + 1) * PAGE > there ? MEMORY_TRUNCATED
								   : MEMORY_PRESENT,
				     NULL);
		test_page_is(dump, 0x14000, MEMORY_EXCLUDED, NULL);
		dump_close(dump);
	}
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

/* Whether it is read as it is or put together, it is the same dump. */
static void holes_between_records_are_zeroes_or_lost_pages(void **state)
{
	static const struct {
		const char *name;
		size_t offset, len; /* left out */
		bool loses_page;    /* the second one */
	} cases[] = {
		{ "between header and sub-header", 464, PAGE - 464, false },
		{ "in the machine's bitmap", 3 * PAGE + 100, 300, false },
		{ "in the file's bitmap", 4 * PAGE + 100, 300, false },
		{ "the second descriptor", 5 * PAGE + 24, 24, true },
		{ "none", 0, 0, false },
	};
	struct test_bytes file = test_kdump_bytes(&kdump);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_bytes flat = { 0 };
		size_t end = cases[i].offset + cases[i].len;

		print_message("    %s\n", cases[i].name);
		test_flatten_start(&flat);
		test_flatten_add(&flat, end, file.data + end, file.len - end);
		if (cases[i].offset)
			test_flatten_add(&flat, 0, file.data, cases[i].offset);
		test_flatten_end(&flat);

		struct dump *dump = test_open(test_write("holes", flat.data, flat.len));
		for (paddr_t addr = 0; addr < RAM; addr += PAGE) {
			bool is_lost = cases[i].loses_page && addr == 0x11000;

			test_page_is(dump, addr, is_lost ? MEMORY_TRUNCATED : state_of(addr), NULL);
		}
		dump_close(dump);
		test_bytes_free(&flat);
	}
	test_bytes_free(&file);
}

static void a_descriptor_that_leads_nowhere_is_no_page_of_zeroes(void **state)
{
	struct test_bytes file = test_kdump_bytes(&kdump);
	const uint64_t nowhere[] = { file.len, file.len - 1, UINT64_C(1) << 40, INT64_MAX,
				     UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
		uint8_t byte;
		enum memory_state page_state = MEMORY_ABSENT;

		store64(file.data + 5 * PAGE + 24, nowhere[i], false);
		struct test_bytes flat = test_flatten(&file, 1000);
		struct dump *dump = test_open(test_write("nowhere", flat.data, flat.len));
		assert_null(dump->memory->ops->read(dump->memory, 0x11000, 1, &byte, &page_state));
		assert_int_equal(page_state, MEMORY_DAMAGED);
		test_page_is(dump, 0x10000, MEMORY_PRESENT, NULL);
		dump_close(dump);
		test_bytes_free(&flat);
	}
	test_bytes_free(&file);
}

static struct test_bytes part_bytes(uint64_t start_pfn, uint64_t end_pfn)
{
	struct test_kdump part = kdump;

	part.is_split = true;
	part.start_pfn = start_pfn;
	part.end_pfn = end_pfn;
	return test_kdump_bytes(&part);
}

/* Each file of the set may be flattened, or not. */
static void files_of_a_split_set_may_be_flattened(void **state)
{
	enum { PARTS = 3 };
	static const uint64_t bounds[PARTS + 1] = { 0, 17, 19, 32 };

	(void)state;
	for (unsigned flattened = 0; flattened < 1 << PARTS; flattened++) {
		const char *paths[PARTS];
		struct dump *dump = NULL;

		for (size_t i = 0; i < PARTS; i++) {
			struct test_bytes part = part_bytes(bounds[i], bounds[i + 1]);
			struct test_bytes flat = test_flatten(&part, 1000);
			const struct test_bytes *file = flattened >> i & 1 ? &flat : &part;
			const char *names[PARTS] = { "part1", "part2", "part3" };

			/* Given in another order than theirs. */
			paths[(i + 1) % PARTS] = test_write(names[i], file->data, file->len);
			test_bytes_free(&part);
			test_bytes_free(&flat);
		}
		assert_null(dump_open(paths, PARTS, &dump));
		check_kdump_pages(dump);
		dump_close(dump);
	}
}

/* More records than are mapped: it is put together at once. */
static void many_small_records_make_the_same_dump(void **state)
{
	struct test_bytes file = test_kdump_bytes(&kdump), flat = { 0 };

	(void)state;
	const size_t count = FILE_MAP_RECORDS_MAX / file.len * file.len + file.len;

	test_flatten_start(&flat);
	for (size_t i = 0; i < count; i++)
		test_flatten_add(&flat, i % file.len, file.data + i % file.len, 1);
	test_flatten_end(&flat);
	struct dump *dump = test_open(test_write("many", flat.data, flat.len));
	assert_string_equal(dump->format, "flattened kdump");
	check_kdump_pages(dump);
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
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
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
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
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

/* Opens with a TMPDIR that cannot be used; it is as before afterwards. */
static struct error *open_without_tmpdir(const char *path, struct dump **ret)
{
	const char *old = getenv("TMPDIR");
	char *kept = old ? strdup(old) : NULL;

	setenv("TMPDIR", "/nonexistent/directory", 1);
	struct error *err = dump_open(&path, 1, ret);
	if (kept)
		setenv("TMPDIR", kept, 1);
	else
		unsetenv("TMPDIR");
	free(kept);
	return err;
}

static void check_names_tmpdir(struct error *err)
{
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_OS);
	assert_non_null(strstr(error_message(err), "'/nonexistent/directory'"));
	assert_non_null(strstr(error_message(err), "TMPDIR"));
	error_destroy(err);
}

static void an_unusable_tmpdir_is_an_error_that_names_it(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes flat = test_flatten(&file, 1000);
	const char *path = test_write("tmpdir", flat.data, flat.len);
	struct dump *dump;

	(void)state;
	check_names_tmpdir(open_without_tmpdir(path, &dump));
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void a_kdump_needs_no_temporary_file(void **state)
{
	struct test_bytes file = test_kdump_bytes(&kdump);
	struct test_bytes flat = test_flatten(&file, 1000);
	const char *path = test_write("tmpdir", flat.data, flat.len);
	struct dump *dump = NULL;
	struct error *err = open_without_tmpdir(path, &dump);

	(void)state;
	if (err)
		fail_msg("%s", error_message(err));
	check_kdump_pages(dump);
	dump_close(dump);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void a_temporary_file_leaves_nothing_behind(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes flat = test_flatten(&file, 1000);
	const char *path = test_write("tmpdir", flat.data, flat.len);
	const char *old = getenv("TMPDIR");
	char *kept = old ? strdup(old) : NULL;

	(void)state;
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

static void flip(struct test_bytes *flat, size_t from, size_t to)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };

	for (size_t at = from; at < to; at++) {
		for (size_t i = 0; i < COUNT_OF(flips); i++) {
			flat->data[at] ^= flips[i];
			const char *path = test_write("flip", flat->data, flat->len);
			test_exercise(&path, 1, 0x20000);
			flat->data[at] ^= flips[i];
		}
	}
}

/* The header is mostly padding. */
static void damaged_files_never_crash(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes flat = test_flatten(&file, 150);

	(void)state;
	flip(&flat, 0, 40);
	flip(&flat, 4096, 4556);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

static void damaged_records_of_a_kdump_never_crash(void **state)
{
	enum { PIECE = 5000 };
	struct test_bytes file = test_kdump_bytes(&kdump);
	struct test_bytes flat = test_flatten(&file, PIECE);

	(void)state;
	flip(&flat, 0, 40);
	for (size_t at = 4096; at + 16 < flat.len; at += PIECE + 16)
		flip(&flat, at, at + 16);
	test_bytes_free(&file);
	test_bytes_free(&flat);
}

/* With a hole behind its header. */
static void damaged_headers_of_a_kdump_never_crash(void **state)
{
	struct test_bytes file = test_kdump_bytes(&kdump), flat = { 0 };
	enum { SUB = 4096 + 16 + 464 + 16, DESCRIPTORS = SUB + 4 * PAGE + 16 };

	(void)state;
	test_flatten_start(&flat);
	test_flatten_add(&flat, 0, file.data, 464);
	test_flatten_add(&flat, PAGE, file.data + PAGE, 4 * PAGE);
	test_flatten_add(&flat, 5 * PAGE, file.data + 5 * PAGE, file.len - 5 * PAGE);
	test_flatten_end(&flat);
	flip(&flat, 4096 + 16 + 424, 4096 + 16 + 444);
	flip(&flat, SUB + 8, SUB + 104);
	flip(&flat, DESCRIPTORS, DESCRIPTORS + 48);
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
		cmocka_unit_test(a_kdump_that_ends_early_is_used_as_far_as_it_goes),
		cmocka_unit_test(holes_between_records_are_zeroes_or_lost_pages),
		cmocka_unit_test(a_descriptor_that_leads_nowhere_is_no_page_of_zeroes),
		cmocka_unit_test(files_of_a_split_set_may_be_flattened),
		cmocka_unit_test(many_small_records_make_the_same_dump),
		cmocka_unit_test(damaged_records_are_refused_in_words),
		cmocka_unit_test(unknown_flattened_formats_are_refused_in_words),
		cmocka_unit_test(what_is_no_dump_inside_is_refused_by_its_kind),
		cmocka_unit_test(an_unusable_tmpdir_is_an_error_that_names_it),
		cmocka_unit_test(a_temporary_file_leaves_nothing_behind),
		cmocka_unit_test(a_kdump_needs_no_temporary_file),
		cmocka_unit_test(damaged_files_never_crash),
		cmocka_unit_test(damaged_records_of_a_kdump_never_crash),
		cmocka_unit_test(damaged_headers_of_a_kdump_never_crash),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
