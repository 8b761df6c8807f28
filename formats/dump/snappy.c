// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A block is the number of bytes that it unpacks to, and then elements: bytes as they
 * are (literals), and copies of bytes that came before. The two lowest bits of an element's
 * first byte, its tag, tell which. The format is described in snappy's format_description.txt.
 */
#include "formats/dump/snappy.h"

#include <string.h>

#include "include/bytes.h"

enum { TAG_LITERAL, TAG_COPY_1, TAG_COPY_2, TAG_COPY_4 };

/* A literal of more bytes has their number, less 1, behind the tag. */
enum { LITERAL_SHORT_MAX = 60 };

struct unpacking {
	const uint8_t *from, *from_end;
	uint8_t *to;
	size_t done, size;
};

/* Seven bits a byte, the lowest first; all bytes but the last have the highest bit set. */
static bool take_size(struct unpacking *self, uint64_t *ret)
{
	enum { SIZE_BYTES_MAX = 5 };

	*ret = 0;
	for (unsigned i = 0; i < SIZE_BYTES_MAX && self->from < self->from_end; i++) {
		uint8_t byte = *self->from++;

		*ret |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool take_number(struct unpacking *self, size_t bytes, uint64_t *ret)
{
	if ((size_t)(self->from_end - self->from) < bytes)
		return false;
	*ret = bytes ? load_uint(self->from, bytes, false) : 0;
	self->from += bytes;
	return true;
}

static bool put_literal(struct unpacking *self, uint8_t tag)
{
	uint64_t len = tag >> 2;

	if (len >= LITERAL_SHORT_MAX && !take_number(self, len - LITERAL_SHORT_MAX + 1, &len))
		return false;
	len++;
	if (len > (size_t)(self->from_end - self->from) || len > self->size - self->done)
		return false;
	memcpy(self->to + self->done, self->from, len);
	self->from += len;
	self->done += len;
	return true;
}

/* A copy may go on into the bytes that it writes. */
static bool put_copy(struct unpacking *self, uint64_t back, size_t len)
{
	if (!back || back > self->done || len > self->size - self->done)
		return false;
	for (size_t i = 0; i < len; i++, self->done++)
		self->to[self->done] = self->to[self->done - back];
	return true;
}

static bool put_element(struct unpacking *self)
{
	const uint8_t tag = *self->from++;
	uint64_t back;

	switch (tag & 3) {
	case TAG_LITERAL:
		return put_literal(self, tag);
	case TAG_COPY_1:
		return take_number(self, 1, &back) &&
		       put_copy(self, (uint64_t)(tag >> 5) << 8 | back, 4 + (tag >> 2 & 7));
	case TAG_COPY_2:
		return take_number(self, 2, &back) && put_copy(self, back, 1 + (tag >> 2));
	default:
		return take_number(self, 4, &back) && put_copy(self, back, 1 + (tag >> 2));
	}
}

bool snappy_unpack(const uint8_t *from, size_t len, uint8_t *to, size_t size)
{
	struct unpacking self = { .from = from, .from_end = from + len, .to = to, .size = size };
	uint64_t promised;

	if (!take_size(&self, &promised) || promised != size)
		return false;
	while (self.from < self.from_end) {
		if (!put_element(&self))
			return false;
	}
	return self.done == size;
}
