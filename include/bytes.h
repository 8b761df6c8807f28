// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbers out of a foreign machine's bytes. */
#ifndef VMEMSCOPE_BYTES_H
#define VMEMSCOPE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The unsigned number in @len (1 to 8) bytes. */
static inline uint64_t load_uint(const unsigned char *bytes, size_t len, bool big_endian)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes[big_endian ? i : len - 1 - i];
	return value;
}

/* True if numbers of a machine of that byte order are not what this machine reads. */
static inline bool bytes_swapped(bool big_endian)
{
	return big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static inline uint64_t load_u64(const unsigned char *bytes, bool big_endian)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return bytes_swapped(big_endian) ? __builtin_bswap64(value) : value;
}

static inline uint32_t load_u32(const unsigned char *bytes, bool big_endian)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return bytes_swapped(big_endian) ? __builtin_bswap32(value) : value;
}

#endif
