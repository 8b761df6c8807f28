// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where in a flattened file the bytes of the dump are that it holds. */
#ifndef VMEMSCOPE_DUMP_FILE_MAP_H
#define VMEMSCOPE_DUMP_FILE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct file_map;

/* @len bytes, @source in the file, belong at @target in the dump. */
struct file_record {
	uint64_t target, source, len;
};

/* A map of so many takes some 20 MiB. It is 16 GiB of makedumpfile's records, 4 GiB of QEMU's. */
enum { FILE_MAP_RECORDS_MAX = 1 << 18 };

/*
 * @records are in the order of the file: where two have the same bytes of the
 * dump, the later one wins. Their sums do not overflow; a @len may be 0. At most
 * FILE_MAP_RECORDS_MAX.
 */
struct error *file_map_create(const struct file_record *records, size_t count,
			      struct file_map **ret);
void file_map_destroy(struct file_map *map); /* NULL is allowed */

/* One past the last byte of the dump; 0 if there is none. */
uint64_t file_map_end(const struct file_map *map);

/*
 * What begins at @target: bytes in the file, or a hole, which reads as zeroes.
 * @len is 0 only at the end and beyond it.
 */
struct file_run {
	bool is_hole;
	uint64_t source, len;
	uint64_t written; /* bytes from @target on up to the next hole or the end */
};

struct file_run file_map_find(const struct file_map *map, uint64_t target);

#endif
