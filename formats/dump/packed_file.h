// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files that hold a dump but are none: packed ones, archives, and what comes through a pipe. */
#ifndef VMEMSCOPE_DUMP_PACKED_FILE_H
#define VMEMSCOPE_DUMP_PACKED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_file;
struct dump_options;
struct error;

/* The first bytes of a dump, if that is what it is. */
typedef bool is_dump_fn(const uint8_t *head, size_t len);

/*
 * Unpacks @file into an unlinked temporary file, which then takes its place; so is done with
 * what can be read only once. ERROR_UNSUPPORTED: it holds no dump, in words. A file that is
 * neither packed nor a stream stays as it is.
 */
struct error *packed_open(struct dump_file *file, is_dump_fn *is_dump,
			  const struct dump_options *options);

/* Whether @file is a dump, packed or not. No more is unpacked than that takes. */
struct error *packed_probe(const struct dump_file *file, is_dump_fn *is_dump, bool *ret);

#endif
