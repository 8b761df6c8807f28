// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lowest-level tables of the vmemmap that were seen. One serves one part of
 * the vmemmap: a few that serve two are a fault that the checks report, many are a
 * loop, which would make the map endless.
 */
#ifndef VMEMSCOPE_TABLE_SET_H
#define VMEMSCOPE_TABLE_SET_H

#include <stdbool.h>

#include "include/number_set.h"
#include "include/types.h"

struct error;

/* All zero is empty. */
struct table_set {
	struct number_set tables;
	paddr_t last; /* neighbours are in the same table */
	bool last_again;
	unsigned seen_twice;
};

/* Adds the table at @table. ERROR_CORRUPT: there is a loop. */
struct error *table_set_add(struct table_set *set, paddr_t table);
/* The same for one who can do with loops: *again_ret, whether it was there for another part. */
struct error *table_set_note(struct table_set *set, paddr_t table, bool *again_ret);
void table_set_deinit(struct table_set *set);

#endif
