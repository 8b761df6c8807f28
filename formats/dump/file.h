// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A dump's file on disk: bytes at offsets, with an end that may come too early.
 * Of a flattened file these are the bytes and offsets of the dump that it holds.
 */
#ifndef VMEMSCOPE_DUMP_FILE_H
#define VMEMSCOPE_DUMP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/dump.h"

struct error;
struct file_map;
struct file_window;

struct dump_file {
	char *path;	/* as the user named it; for messages */
	int fd;		/* -1: none */
	uint64_t size;	/* how many bytes can be read, or could when it was opened */
	bool flattened; /* @path is */
	bool truncated; /* @path ended before its flattened records did */
	bool in_procfs; /* the kernel makes it up as it is read */
	bool is_stream; /* can be read once, from where @fd is */
	struct dump_packed packed;

	/* Where the bytes are behind @fd, which is flattened; NULL: @fd has them as they are. */
	struct file_map *map;

	/* What was read ahead of neighbouring reads; changes with each read. */
	struct file_window *window;
};

/*
 * Opens for reading. DUMP_STDIN_PATH is standard input, where a pipe will do; all else that is
 * no regular file is refused in words.
 */
struct error *dump_file_open(const char *path, struct dump_file *ret);
void dump_file_close(struct dump_file *file);

/* Moves what @file owns to the result; closing @file does nothing then. */
struct dump_file dump_file_take(struct dump_file *file);

/* From now on the bytes are behind @fd, which @file owns. */
void dump_file_set_fd(struct dump_file *file, int fd);

/* Reads up to @len bytes; *got_ret is less only where the file ends. */
struct error *dump_file_read(const struct dump_file *file, uint64_t offset, void *buf, size_t len,
			     size_t *got_ret);

/* Reads all of @len bytes; a file that ends before is ERROR_CORRUPT "ends inside its @what". */
struct error *dump_file_read_exact(const struct dump_file *file, uint64_t offset, void *buf,
				   size_t len, const char *what);

/* True if [offset, offset + len) lies within the file. */
bool dump_file_holds(const struct dump_file *file, uint64_t offset, uint64_t len);

/*
 * True if it also was written: in a flattened file, no byte of it is in a hole
 * between records, nor @offset if @len is 0 (libkdumpfile looks even that up).
 * In other files holes cannot be distinguished from zeros.
 */
bool dump_file_was_written(const struct dump_file *file, uint64_t offset, uint64_t len);

#endif
