// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells cheaply that a name is not among a few wanted ones: by its first characters. */
#ifndef VMEMSCOPE_TYPEINFO_NAME_FILTER_H
#define VMEMSCOPE_TYPEINFO_NAME_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum { NAME_FILTER_LOOKS_AT = 4 }; /* characters, less if the name is shorter */

/* All zeroes lets nothing pass. */
struct name_filter {
	uint64_t bits[1 << 10];
};

static inline unsigned name_filter_key(const char *name)
{
	uint32_t start = 0;

	for (unsigned i = 0; i < NAME_FILTER_LOOKS_AT && name[i]; i++)
		start = start << 8 | (unsigned char)name[i];
	return start * UINT32_C(0x9e3779b1) >> 16;
}

static inline void name_filter_add(struct name_filter *filter, const char *name)
{
	unsigned key = name_filter_key(name);

	filter->bits[key / 64] |= UINT64_C(1) << key % 64;
}

/* False only if no name that was added begins as @name. */
static inline bool name_filter_passes(const struct name_filter *filter, const char *name)
{
	unsigned key = name_filter_key(name);

	return filter->bits[key / 64] >> key % 64 & 1;
}

#endif
