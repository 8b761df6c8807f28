// SPDX-License-Identifier: LGPL-2.1-or-later
/* Unpacks the pages of a kdump-compressed file, each of which is packed by itself. */
#ifndef VMEMSCOPE_DUMP_KDUMP_UNPACK_H
#define VMEMSCOPE_DUMP_KDUMP_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* What the libraries keep between pages. All zero is empty; one thread's. */
struct kdump_unpacker {
	void *zlib, *zstd;
};

void kdump_unpacker_deinit(struct kdump_unpacker *unpacker);

/*
 * Unpacks @len bytes at @packed to one page at @page. @flags are those of the page's
 * descriptor: how it is packed. *ret is false if it is no page of exactly @page_size bytes
 * that was packed so, and then what is at @page means nothing.
 */
struct error *kdump_unpack(struct kdump_unpacker *unpacker, uint32_t flags, const uint8_t *packed,
			   size_t len, uint8_t *page, size_t page_size, bool *ret);

#endif
