// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bytes that a packed file holds, in their order: all of its members, as far as they can be
 * unpacked. A file that is not packed is given as it is.
 */
#ifndef VMEMSCOPE_DUMP_UNPACKER_H
#define VMEMSCOPE_DUMP_UNPACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/dump.h"

struct error;
struct packer;
struct unpacker;

/* @fd is read from its beginning, or, if it @is_stream, from where it is. Both are borrowed. */
struct error *unpacker_create(int fd, bool is_stream, const char *path, struct unpacker **ret);
/* What is packed is what @more gives: fewer than @len bytes only at the end. */
typedef struct error *unpacker_more_fn(void *context, uint8_t *buf, size_t len, size_t *got_ret);
struct error *unpacker_create_inner(unpacker_more_fn *more, void *context, const char *path,
				    struct unpacker **ret);
void unpacker_destroy(struct unpacker *unpacker); /* NULL is allowed */

/* What the file is packed with; NULL: not packed, as far as is known here. */
const struct packer *unpacker_packer(const struct unpacker *unpacker);

/*
 * The next @len bytes; *got_ret is less only at the end. What is damaged or missing ends them,
 * and is no error. ERROR_UNSUPPORTED: cannot be unpacked here.
 */
struct error *unpacker_read(struct unpacker *unpacker, void *buf, size_t len, size_t *got_ret);

/* Leaves out the next @len bytes, or *skipped_ret if there are no more. */
struct error *unpacker_skip(struct unpacker *unpacker, uint64_t len, uint64_t *skipped_ret);

/* How the packed bytes are so far, and how many were used: at the end, where it is. */
enum packed_state unpacker_state(const struct unpacker *unpacker);
uint64_t unpacker_offset(const struct unpacker *unpacker);

#endif
