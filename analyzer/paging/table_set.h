// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lowest-level tables of the vmemmap that were seen. One serves one part of
 * the vmemmap: a few that serve two are a fault that the checks report, many are a
 * loop, which would make the map endless.
 */
#ifndef VMEMSCOPE_TABLE_SET_H
#define VMEMSCOPE_TABLE_SET_H

#include <stddef.h>

#include "include/types.h"

struct error;

/* All zero is empty. */
struct table_set {
	paddr_t *slots; /* open addressing; 0 is empty */
	size_t count, capacity;
	paddr_t last; /* neighbours are in the same table */
	unsigned seen_twice;
};

/* Adds the table at @table. ERROR_CORRUPT: there is a loop. */
struct error *table_set_add(struct table_set *set, paddr_t table);
/* Adds all of @from. */
struct error *table_set_join(struct table_set *set, const struct table_set *from);
void table_set_deinit(struct table_set *set);

#endif
