// SPDX-License-Identifier: LGPL-2.1-or-later
/* A file that appears whole under its name, or not at all. */
#ifndef VMEMSCOPE_DUMP_NEW_FILE_H
#define VMEMSCOPE_DUMP_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

/* A file that gets its name when it is whole, and else goes away. */
struct new_file {
	const char *path;
	char *temporary_path; /* NULL when it is not there */
	FILE *stream;
};

/* In the same directory, so that it can be renamed; refuses what may not be replaced. */
struct error *new_file_init(struct new_file *file, const char *path, bool replace);
void new_file_deinit(struct new_file *file);

struct error *new_file_put(struct new_file *file, const void *data, size_t len);

/* Goes on at @offset; what was skipped reads as zeroes. */
struct error *new_file_seek(struct new_file *file, uint64_t offset);

/* The file gets its name, over another one only if @replace. */
struct error *new_file_finish(struct new_file *file, bool replace);

#endif
