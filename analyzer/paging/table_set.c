// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds page tables that loop. */
#include "analyzer/paging/table_set.h"

#include <inttypes.h>
#include <stdlib.h>

#include "include/error.h"

enum { SEEN_TWICE_MAX = 64 };

/* False if it was there. @capacity is a power of two. */
static bool insert(paddr_t *slots, size_t capacity, paddr_t table)
{
	/* The smallest tables, of ppc64, have 256 bytes. */
	size_t slot = (size_t)((table >> 8) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);

	while (slots[slot] && slots[slot] != table)
		slot = (slot + 1) & (capacity - 1);
	if (slots[slot] == table)
		return false;
	slots[slot] = table;
	return true;
}

static struct error *grow(struct table_set *set)
{
	size_t capacity = set->capacity ? 4 * set->capacity : 128;
	paddr_t *slots = calloc(capacity, sizeof(*slots));

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

struct error *table_set_note(struct table_set *set, paddr_t table, bool *again_ret)
{
	*again_ret = table && table == set->last && set->last_again;
	if (table == 0 || table == set->last)
		return NULL;
	if (2 * set->count >= set->capacity) {
		struct error *err = grow(set);

		if (err)
			return err;
	}
	*again_ret = !insert(set->slots, set->capacity, table);
	set->count += !*again_ret;
	set->last = table;
	set->last_again = *again_ret;
	return NULL;
}

struct error *table_set_add(struct table_set *set, paddr_t table)
{
	bool known = table == set->last, again;
	struct error *err = table_set_note(set, table, &again);

	if (err || known || !again || ++set->seen_twice <= SEEN_TWICE_MAX)
		return err;
	return error_new(ERROR_CORRUPT,
			 "the page tables of the vmemmap go round in circles: the table at "
			 "physical 0x%" PRIx64 " serves many parts of it",
			 table);
}

void table_set_deinit(struct table_set *set)
{
	free(set->slots);
	*set = (struct table_set){ 0 };
}
