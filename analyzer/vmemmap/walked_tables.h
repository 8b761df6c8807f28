// SPDX-License-Identifier: LGPL-2.1-or-later
/* The page tables below the root through which the walk of the vmemmap went. */
#ifndef VMEMSCOPE_WALKED_TABLES_H
#define VMEMSCOPE_WALKED_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/paging/pgwalk.h"

struct error;

/* One table, at one place: a table that two entries lead to is there twice. */
struct walked_table {
	paddr_t address;
	struct table_entry entry; /* of the level above, which leads to it */
	uint64_t first, end;	  /* vmemmap pages that it serves, from the first that was walked */
	uint64_t print;		  /* table_print(); of larger tables only misled_find() knows it */
	unsigned level;		  /* of its own entries */
};

/* As the walk came to them. */
struct walked_tables {
	struct walked_table *list;
	size_t count, room;
	size_t last[PAGING_MAX_LEVELS]; /* of each level, the last one and 1; 0: none yet */
};

/* Whether it is the last one of its level, at the same place: its entry need not be known. */
bool walked_tables_is_last(const struct walked_tables *tables, const struct walked_table *table);
/* The walk leads here through @table: adds it, unless it is the last one of its level. */
struct error *walked_tables_add(struct walked_tables *tables, const struct walked_table *table);
/*
 * Some of @count entries in a number, which a copy has, too. 0: all that were looked at map one
 * frame, as tails do, or none.
 */
uint64_t table_print(const unsigned char *entries, uint64_t count);
/* The first that lies in [start, end), physical addresses; NULL if none does. */
const struct walked_table *walked_tables_in(const struct walked_tables *tables, paddr_t start,
					    paddr_t end);
void walked_tables_deinit(struct walked_tables *tables);

#endif
