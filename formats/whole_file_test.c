// SPDX-License-Identifier: LGPL-2.1-or-later
/* The same bytes come from a file, a pipe and a file that tells no size. */
#include "formats/whole_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "include/error.h"

#define FILE_NAME TEST_BINARY_DIR "/whole-file-test"
#define PIPE_NAME TEST_BINARY_DIR "/whole-file-pipe"

enum { SIZE = 300000, SIZE_MAX_MIB = 1 << 20 };

static unsigned char pattern[SIZE];

static int pattern_make(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIZE; i++)
		pattern[i] = (unsigned char)(i * 2654435761U >> 13);
	unlink(PIPE_NAME);
	return mkfifo(PIPE_NAME, 0600);
}

static void write_file(const void *bytes, size_t size)
{
	FILE *file = fopen(FILE_NAME, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* A child that writes @size bytes of the pattern into @fd, slowly, or into the FIFO if @fd < 0. */
static pid_t writer_start(int fd, size_t size)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	if (fd < 0)
		fd = open(PIPE_NAME, O_WRONLY);
	usleep(20000);
	for (size_t at = 0; at < size;) {
		ssize_t put = write(fd, pattern + at, size - at < 50000 ? size - at : 50000);

		if (put <= 0)
			_exit(1);
		at += (size_t)put;
	}
	_exit(0);
}

static void expect_pattern(const char *path)
{
	struct whole_file file;

	assert_null(whole_file_open(path, "thing", SIZE_MAX_MIB, &file));
	assert_int_equal(file.size, SIZE);
	assert_memory_equal(file.data, pattern, SIZE);
	file.data[0] ^= 1;
	whole_file_close(&file);
	whole_file_close(&file);
}

static void expect_refused(const char *path, size_t size_max, enum error_code code,
			   const char *words)
{
	struct whole_file file;
	struct error *err = whole_file_open(path, "thing", size_max, &file);

	assert_non_null(err);
	assert_int_equal(error_code(err), code);
	if (!strstr(error_message(err), words))
		fail_msg("no '%s' in '%s'", words, error_message(err));
	assert_null(file.data);
	error_destroy(err);
}

static void files_on_disk_are_mapped_and_not_written_to(void **state)
{
	(void)state;
	write_file(pattern, SIZE);
	expect_pattern(FILE_NAME);
	expect_pattern(FILE_NAME);
	assert_false(whole_file_is_pipe(FILE_NAME));
}

static void pipes_are_read_to_their_end(void **state)
{
	char name[32];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t child = writer_start(ends[1], SIZE);
	close(ends[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_true(whole_file_is_pipe(name));
	expect_pattern(name);
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void files_without_a_size_are_read_to_their_end(void **state)
{
	struct whole_file file;

	(void)state;
	assert_null(whole_file_open("/proc/self/status", "thing", SIZE_MAX_MIB, &file));
	assert_true(file.size > 100);
	assert_memory_equal(file.data, "Name:", 5);
	whole_file_close(&file);
}

static void what_has_no_bytes_is_told_by_what_it_is(void **state)
{
	(void)state;
	write_file("", 0);
	expect_refused(FILE_NAME, 9, ERROR_UNSUPPORTED, "whole-file-test' is empty");
	expect_refused(PIPE_NAME, 9, ERROR_UNSUPPORTED, "is empty: nothing came from the pipe");
	expect_refused("/dev/null", 9, ERROR_UNSUPPORTED, "'/dev/null' is a device, not a thing");
	expect_refused("/dev/zero", 9, ERROR_UNSUPPORTED, "is a device, not a thing");
	expect_refused(TEST_BINARY_DIR, 9, ERROR_UNSUPPORTED, "is a directory, not a thing");
	expect_refused(FILE_NAME "-none", 9, ERROR_NOT_FOUND, "No such file");
}

static void what_is_larger_than_its_kind_is_not_read(void **state)
{
	(void)state;
	write_file(pattern, SIZE);
	expect_refused(FILE_NAME, SIZE - 1, ERROR_UNSUPPORTED, "has more than 292 KiB");

	pid_t child = writer_start(-1, SIZE);
	usleep(100000);
	expect_refused(PIPE_NAME, 70000, ERROR_UNSUPPORTED, "has more than 68 KiB");
	assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_on_disk_are_mapped_and_not_written_to),
		cmocka_unit_test(pipes_are_read_to_their_end),
		cmocka_unit_test(files_without_a_size_are_read_to_their_end),
		cmocka_unit_test(what_has_no_bytes_is_told_by_what_it_is),
		cmocka_unit_test(what_is_larger_than_its_kind_is_not_read),
	};

	return cmocka_run_group_tests(tests, pattern_make, NULL);
}
