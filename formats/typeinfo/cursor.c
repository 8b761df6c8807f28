// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads numbers one after the other and never leaves its bytes. */
#include "formats/typeinfo/cursor.h"

static const uint32_t dwarf64_escape = 0xffffffff;

uint64_t cursor_take(struct cursor *cursor, unsigned size)
{
	if (cursor->at > cursor->bytes.size || cursor->bytes.size - cursor->at < size) {
		cursor->is_past_end = true;
		return 0;
	}
	cursor->at += size;
	return elf_image_read(cursor->image, cursor->bytes.data + cursor->at - size, size);
}

uint64_t cursor_take_uleb(struct cursor *cursor)
{
	uint64_t value = 0, byte;
	unsigned shift = 0;

	do {
		byte = cursor_take(cursor, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

uint64_t cursor_take_length(struct cursor *cursor, unsigned *width_ret)
{
	uint64_t length = cursor_take(cursor, 4);

	*width_ret = 4;
	if (length == dwarf64_escape) {
		*width_ret = 8;
		length = cursor_take(cursor, 8);
	}
	if (cursor->is_past_end || length > cursor->bytes.size - cursor->at) {
		cursor->is_past_end = true;
		return 0;
	}
	return length;
}
