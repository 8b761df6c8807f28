// SPDX-License-Identifier: LGPL-2.1-or-later
/* A file's bytes are the same in whatever order and pieces they are read. */
#include <inttypes.h>

#include "formats/dump/file.h"

#include "formats/dump/test_files.h"

enum { FILE_SIZE = (1 << 20) + 1234 };

static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(offset * 2654435761U >> 13);
}

static struct dump_file open_pattern(void)
{
	_cleanup_free_ unsigned char *bytes = malloc(FILE_SIZE);
	struct dump_file file;
	char path[300];

	assert_non_null(bytes);
	for (uint64_t i = 0; i < FILE_SIZE; i++)
		bytes[i] = byte_at(i);
	snprintf(path, sizeof(path), "%s/pattern", test_dir);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, FILE_SIZE, out), FILE_SIZE);
	assert_int_equal(fclose(out), 0);
	assert_null(dump_file_open(path, &file));
	return file;
}

static void expect_piece(const struct dump_file *file, uint64_t offset, size_t len)
{
	unsigned char buf[1 << 17];
	size_t got = 0, there = offset < FILE_SIZE ? FILE_SIZE - offset : 0;

	assert_true(len <= sizeof(buf));
	assert_null(dump_file_read(file, offset, buf, len, &got));
	assert_int_equal(got, len < there ? len : there);
	for (size_t i = 0; i < got; i++)
		if (buf[i] != byte_at(offset + i))
			fail_msg("byte 0x%" PRIx64, offset + i);
}

static void reads_in_any_order_give_the_same_bytes(void **state)
{
	static const struct {
		size_t len;
		int64_t step;
	} ways[] = {
		{ 4096, 4096 }, { 100, 100 },	{ 4096, 8192 },	  { 4096, 1000 },
		{ 1, 4097 },	{ 3000, 5000 }, { 70000, 70000 }, { 128, 64 },
	};
	struct dump_file file = open_pattern();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		for (int64_t at = 0; at < FILE_SIZE + 8192; at += ways[i].step)
			expect_piece(&file, (uint64_t)at, ways[i].len);
		for (int64_t at = FILE_SIZE + 8192; at >= 0; at -= ways[i].step)
			expect_piece(&file, (uint64_t)at, ways[i].len);
	}
	dump_file_close(&file);
}

static void neighbours_are_read_right_after_a_jump(void **state)
{
	struct dump_file file = open_pattern();

	(void)state;
	for (uint64_t jump = 0; jump < 4; jump++) {
		for (uint64_t i = 0; i < 40; i++)
			expect_piece(&file, jump * 300000 + i * 4096, 4096);
		expect_piece(&file, 17, 4096);
		expect_piece(&file, FILE_SIZE - 100, 4096);
		expect_piece(&file, FILE_SIZE, 4096);
	}
	dump_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_any_order_give_the_same_bytes),
		cmocka_unit_test(neighbours_are_read_right_after_a_jump),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
