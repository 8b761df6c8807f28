// SPDX-License-Identifier: LGPL-2.1-or-later
/* Open addressing, at most half full. */
#include "include/number_set.h"

#include <stdlib.h>

#include "include/error.h"

enum { CAPACITY_FIRST = 128 }; /* a power of two, as all are */

/* False if it was there. */
static bool insert(uint64_t *slots, size_t capacity, uint64_t number)
{
	uint64_t mixed = (number ^ number >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (size_t)(mixed >> 32) & (capacity - 1);

	while (slots[slot] && slots[slot] != number)
		slot = (slot + 1) & (capacity - 1);
	if (slots[slot] == number)
		return false;
	slots[slot] = number;
	return true;
}

static struct error *grow(struct number_set *set)
{
	size_t capacity = set->capacity ? 4 * set->capacity : CAPACITY_FIRST;
	uint64_t *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return error_nomem();
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i])
			insert(slots, capacity, set->slots[i]);
	free(set->slots);
	set->slots = slots;
	set->capacity = capacity;
	return NULL;
}

struct error *number_set_add(struct number_set *set, uint64_t number, bool *known_ret)
{
	struct error *err = 2 * set->count >= set->capacity ? grow(set) : NULL;

	*known_ret = !err && !insert(set->slots, set->capacity, number);
	set->count += !err && !*known_ret;
	return err;
}

void number_set_deinit(struct number_set *set)
{
	free(set->slots);
	*set = (struct number_set){ 0 };
}
