// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads numbers one after the other and never leaves its bytes. */
#ifndef VMEMSCOPE_TYPEINFO_CURSOR_H
#define VMEMSCOPE_TYPEINFO_CURSOR_H

#include "formats/typeinfo/elf_image.h"

/* Beyond the end it reads 0, stays where it is, and says so. */
struct cursor {
	const struct elf_image *image; /* for its byte order */
	struct bytes bytes;
	uint64_t at;
	bool is_past_end;
};

/* An unsigned integer of 1, 2, 4 or 8 bytes. */
uint64_t cursor_take(struct cursor *cursor, unsigned size);
/* A number in LEB128; bits beyond 64 are dropped. */
uint64_t cursor_take_uleb(struct cursor *cursor);
/* The length that starts a unit of DWARF; *width_ret is that of offsets in it: 4 or 8. */
uint64_t cursor_take_length(struct cursor *cursor, unsigned *width_ret);

#endif
