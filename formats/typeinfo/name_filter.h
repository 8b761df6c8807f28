// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells cheaply that a name is not among a few wanted ones: by its first two characters. */
#ifndef VMEMSCOPE_TYPEINFO_NAME_FILTER_H
#define VMEMSCOPE_TYPEINFO_NAME_FILTER_H

#include <stdbool.h>
#include <stdint.h>

/* All zeroes lets nothing pass. */
struct name_filter {
	uint64_t bits[1 << 10];
};

static inline unsigned name_filter_key(const char *name)
{
	unsigned char first = name[0], second = first ? name[1] : 0;

	return first << 8 | second;
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
