// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbers into a foreign machine's bytes; include/bytes.h is the way back. */
#ifndef VMEMSCOPE_FILE_BYTES_H
#define VMEMSCOPE_FILE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "include/bytes.h"

static inline void store16(void *to, uint16_t value, bool big_endian)
{
	uint16_t raw = bytes_swapped(big_endian) ? __builtin_bswap16(value) : value;

	memcpy(to, &raw, sizeof(raw));
}

static inline void store32(void *to, uint32_t value, bool big_endian)
{
	uint32_t raw = bytes_swapped(big_endian) ? __builtin_bswap32(value) : value;

	memcpy(to, &raw, sizeof(raw));
}

static inline void store64(void *to, uint64_t value, bool big_endian)
{
	uint64_t raw = bytes_swapped(big_endian) ? __builtin_bswap64(value) : value;

	memcpy(to, &raw, sizeof(raw));
}

#endif
