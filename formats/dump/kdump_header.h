// SPDX-License-Identifier: LGPL-2.1-or-later
/* The headers of a kdump-compressed file. */
#ifndef VMEMSCOPE_DUMP_KDUMP_HEADER_H
#define VMEMSCOPE_DUMP_KDUMP_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/dump/file.h"

enum { UTS_FIELD_BYTES = 65, KDUMP_IDENTITY_BYTES = 16 + 6 * UTS_FIELD_BYTES };

struct kdump_header {
	bool big_endian;
	uint32_t version;
	bool is_incomplete; /* makedumpfile ran out of space */
	unsigned page_shift;
	char uts_machine[UTS_FIELD_BYTES + 1]; /* may be empty */

	uint64_t max_pfn; /* one past the last page frame, by the headers; the bitmap is as long */

	/* The part of a split set that this file is; [0, max_pfn) if it is not one. */
	bool is_split;
	uint64_t start_pfn, end_pfn;

	/* A length of 0: none. They may be anywhere. */
	uint64_t vmcoreinfo_offset, vmcoreinfo_len;
	uint64_t notes_offset, notes_len;

	/* Which pages the machine has, and which of them the file: a bit each. */
	uint64_t machine_bitmap_offset, file_bitmap_offset, bitmap_len;
	/* One for each page that it has of [start_pfn, end_pfn). */
	uint64_t descriptors_offset;

	/* Equal in all files of a split set. */
	uint8_t identity[KDUMP_IDENTITY_BYTES];
};

/* ERROR_CORRUPT, ERROR_UNSUPPORTED (32-bit); the bitmaps are within the file. */
struct error *kdump_header_read(const struct dump_file *file, struct kdump_header *ret);

#endif
