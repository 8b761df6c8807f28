// SPDX-License-Identifier: LGPL-2.1-or-later
/* A map of records says of each byte what writing the records one after the other would. */
#include "formats/dump/file_map.h"
#include "formats/dump/file.h"
#include "formats/dump/test_files.h"

enum { ROOM = 200 };

static struct file_map *create(const struct file_record *records, size_t count)
{
	struct file_map *map = NULL;
	struct error *err = file_map_create(records, count, &map);

	if (err)
		fail_msg("%s", error_message(err));
	return map;
}

/* For each byte of the dump: its source, or -1 in a hole, or -2 beyond the end. */
static void write_one_after_the_other(const struct file_record *records, size_t count,
				      int64_t bytes[ROOM])
{
	uint64_t end = 0;

	for (size_t i = 0; i < ROOM; i++)
		bytes[i] = -1;
	for (size_t i = 0; i < count; i++) {
		for (uint64_t j = 0; j < records[i].len; j++)
			bytes[records[i].target + j] = (int64_t)(records[i].source + j);
		if (records[i].len && records[i].target + records[i].len > end)
			end = records[i].target + records[i].len;
	}
	for (size_t i = end; i < ROOM; i++)
		bytes[i] = -2;
}

static int64_t byte_of(struct file_run run)
{
	if (!run.len)
		return -2;
	return run.is_hole ? -1 : (int64_t)run.source;
}

static void check_map(const struct file_record *records, size_t count)
{
	struct file_map *map = create(records, count);
	int64_t bytes[ROOM];
	uint64_t end = file_map_end(map);

	write_one_after_the_other(records, count, bytes);
	assert_true(end <= ROOM);
	for (uint64_t at = 0; at < ROOM; at++) {
		struct file_run run = file_map_find(map, at);

		assert_int_equal(byte_of(run), bytes[at]);
		assert_int_equal(at < end, bytes[at] != -2);
		assert_true(run.len <= end - (at < end ? at : end));
		for (uint64_t i = 0; i < run.len; i++)
			assert_int_equal(run.is_hole ? -1 : (int64_t)(run.source + i),
					 bytes[at + i]);
	}
	assert_int_equal(file_map_find(map, UINT64_MAX).len, 0);
	file_map_destroy(map);
}

static void records_lie_over_each_other_as_if_written_in_turn(void **state)
{
	static const struct {
		const char *name;
		struct file_record records[5];
	} cases[] = {
		{ "none", { { 0 } } },
		{ "one", { { 0, 1000, 10 } } },
		{ "one after a hole", { { 50, 1000, 10 } } },
		{ "in order", { { 0, 1000, 10 }, { 10, 2000, 10 }, { 20, 3000, 5 } } },
		{ "out of order", { { 20, 1000, 10 }, { 0, 2000, 10 }, { 10, 3000, 10 } } },
		{ "holes", { { 5, 1000, 10 }, { 100, 2000, 10 }, { 40, 3000, 10 } } },
		{ "the same twice", { { 5, 1000, 10 }, { 5, 2000, 10 } } },
		{ "inside", { { 5, 1000, 100 }, { 20, 2000, 10 } } },
		{ "around", { { 20, 1000, 10 }, { 5, 2000, 100 } } },
		{ "over the beginning", { { 20, 1000, 10 }, { 15, 2000, 10 } } },
		{ "over the end", { { 20, 1000, 10 }, { 25, 2000, 10 } } },
		{ "over several",
		  { { 0, 1000, 10 }, { 10, 2000, 10 }, { 20, 3000, 10 }, { 5, 4000, 20 } } },
		{ "empty ones", { { 7, 1000, 0 }, { 5, 2000, 10 }, { 9, 3000, 0 }, { 99, 1, 0 } } },
		{ "neighbours in the file", { { 5, 1000, 10 }, { 15, 1010, 10 } } },
	};

	(void)state;
	check_map(NULL, 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("    %s\n", cases[i].name);
		for (size_t count = 0; count <= 5; count++)
			check_map(cases[i].records, count);
	}
}

static void any_records_lie_over_each_other_as_if_written_in_turn(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct file_record records[24];
		size_t count = (size_t)round % (COUNT_OF(records) + 1);

		for (size_t i = 0; i < count; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			records[i] = (struct file_record){
				.target = seed >> 33 & 127,
				.source = 1000 * (i + 1),
				.len = seed >> 50 & (round % 2 ? 63 : 7),
			};
		}
		check_map(records, count);
	}
}

static void records_at_the_far_end_do_not_overflow(void **state)
{
	static const struct file_record records[] = {
		{ UINT64_MAX - 10, 1, 10 },
		{ 0, UINT64_MAX - 100, 100 },
	};
	struct file_map *map = create(records, COUNT_OF(records));

	(void)state;
	assert_int_equal(file_map_end(map), UINT64_MAX);
	assert_int_equal(file_map_find(map, UINT64_MAX - 1).len, 1);
	assert_int_equal(file_map_find(map, UINT64_MAX).len, 0);
	assert_int_equal(file_map_find(map, 100).len, UINT64_MAX - 110);
	file_map_destroy(map);
}

/* Each over half of the one before, from the end to the beginning. */
static void as_many_records_as_allowed_are_mapped(void **state)
{
	struct file_record *records = calloc(FILE_MAP_RECORDS_MAX, sizeof(*records));

	(void)state;
	assert_non_null(records);
	for (size_t i = 0; i < FILE_MAP_RECORDS_MAX; i++) {
		records[i].target = (FILE_MAP_RECORDS_MAX - 1 - i) * UINT64_C(10);
		records[i].source = i * UINT64_C(1000);
		records[i].len = 20;
	}
	struct file_map *map = create(records, FILE_MAP_RECORDS_MAX);
	assert_int_equal(file_map_end(map), FILE_MAP_RECORDS_MAX * 10 + 10);
	for (size_t i = 0; i < FILE_MAP_RECORDS_MAX; i++) {
		struct file_run run = file_map_find(map, records[i].target + 13);

		assert_int_equal(run.source, records[i].source + 13);
		assert_int_equal(run.len, 7);
	}
	file_map_destroy(map);
	free(records);
}

/* --- files that are read through a map --- */

static struct dump_file open_mapped(const char *path, const struct file_record *records,
				    size_t count)
{
	struct dump_file file;
	struct error *err = dump_file_open(path, &file);

	if (err)
		fail_msg("%s", error_message(err));
	file.map = create(records, count);
	file.size = file_map_end(file.map);
	return file;
}

static void reads_go_through_the_map(void **state)
{
	static const char expected[] = "\0\0cde\0\0ABChi\0XYZ";
	static const struct file_record records[] = {
		{ 2, 10, 3 },
		{ 7, 20, 5 },
		{ 7, 30, 3 },
		{ 13, 40, 3 },
	};
	enum { LEN = sizeof(expected) - 1 };
	char stored[43];
	struct dump_file file;

	(void)state;
	memset(stored, '.', sizeof(stored));
	memcpy(stored + 10, "cde", 3);
	memcpy(stored + 20, "fghhi", 5);
	memcpy(stored + 30, "ABC", 3);
	memcpy(stored + 40, "XYZ", 3);
	file = open_mapped(test_write("mapped", stored, sizeof(stored)), records,
			   COUNT_OF(records));
	for (size_t at = 0; at < LEN + 3; at++) {
		for (size_t len = 0; len < LEN + 3; len++) {
			char buf[LEN + 3];
			size_t got, there = at < LEN ? LEN - at : 0;

			assert_null(dump_file_read(&file, at, buf, len, &got));
			assert_int_equal(got, len < there ? len : there);
			assert_memory_equal(buf, expected + (at < LEN ? at : 0), got);
		}
	}
	dump_file_close(&file);
}

static void what_was_never_written_is_told(void **state)
{
	static const struct file_record records[] = { { 2, 0, 3 }, { 5, 9, 2 }, { 10, 3, 4 } };
	static const struct {
		uint64_t offset, len;
		bool expected;
	} cases[] = {
		{ 2, 3, true },		  { 2, 5, true },	    { 3, 4, true },
		{ 2, 6, false },	  { 1, 2, false },	    { 0, 1, false },
		{ 7, 1, false },	  { 7, 3, false },	    { 10, 4, true },
		{ 10, 5, false },	  { 13, 1, true },	    { 14, 1, false },
		{ 2, 0, true },		  { 0, 0, false },	    { 14, 0, false },
		{ 2, UINT64_MAX, false }, { UINT64_MAX, 2, false }, { 2, 12, false },
	};
	const char *path = test_write("holes", "0123456789", 10);
	struct dump_file file = open_mapped(path, records, COUNT_OF(records));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(dump_file_was_written(&file, cases[i].offset, cases[i].len),
				 cases[i].expected);
	dump_file_close(&file);
}

static void a_stored_file_that_shrinks_ends_the_read(void **state)
{
	static const struct file_record records[] = { { 0, 5, 5 }, { 5, 0, 5 } };
	const char *path = test_write("shrink", "0123456789", 10);
	struct dump_file file = open_mapped(path, records, COUNT_OF(records));
	char buf[10];
	size_t got;

	(void)state;
	assert_int_equal(truncate(path, 8), 0);
	assert_null(dump_file_read(&file, 0, buf, sizeof(buf), &got));
	assert_int_equal(got, 3);
	assert_memory_equal(buf, "567", 3);
	assert_null(dump_file_read(&file, 5, buf, sizeof(buf), &got));
	assert_int_equal(got, 5);
	dump_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_lie_over_each_other_as_if_written_in_turn),
		cmocka_unit_test(any_records_lie_over_each_other_as_if_written_in_turn),
		cmocka_unit_test(records_at_the_far_end_do_not_overflow),
		cmocka_unit_test(as_many_records_as_allowed_are_mapped),
		cmocka_unit_test(reads_go_through_the_map),
		cmocka_unit_test(what_was_never_written_is_told),
		cmocka_unit_test(a_stored_file_that_shrinks_ends_the_read),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
