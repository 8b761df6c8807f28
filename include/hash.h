// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keys of 64 bits for things that are compared by several values: FNV-1a. */
#ifndef VMEMSCOPE_HASH_H
#define VMEMSCOPE_HASH_H

#include <stddef.h>
#include <stdint.h>

static const uint64_t HASH_START = UINT64_C(0xcbf29ce484222325);

/* @hash and a number more; begin with HASH_START. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * UINT64_C(0x100000001b3);
}

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = hash_number(hash, bytes[i]);
	return hash;
}

#endif
