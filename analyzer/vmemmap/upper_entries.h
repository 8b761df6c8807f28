// SPDX-License-Identifier: LGPL-2.1-or-later
/* Wrong page-table entries above the lowest level, each once. */
#ifndef VMEMSCOPE_UPPER_ENTRIES_H
#define VMEMSCOPE_UPPER_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/paging/pgwalk.h"

/* Neighbours in one table that are wrong alike. */
struct upper_entry {
	struct table_entry entry; /* the first */
	uint64_t entries;
	uint64_t first, end; /* vmemmap pages that were walked below: from, to */
	uint64_t pages;	     /* how many: there may be gaps between */
};

/* By @first. At most one for each entry of a table that was walked. */
struct upper_entries {
	struct upper_entry *list;
	size_t count, room;
};

/* @seen goes on with the last one: what is between the two, if anything, is of no memory. */
void upper_entries_extend(struct upper_entries *entries, const struct upper_entry *seen);
/* @seen lies behind those before; goes on with the last one, or is one of its own. */
struct error *upper_entries_add(struct upper_entries *entries, const struct upper_entry *seen);
/* The one that vmemmap page @index is below; NULL if there is none. */
const struct upper_entry *upper_entries_find(const struct upper_entries *entries, uint64_t index);
/* Up to where, and not beyond @end, that answer holds. */
uint64_t upper_entries_end(const struct upper_entries *entries, uint64_t index, uint64_t end);
void upper_entries_deinit(struct upper_entries *entries);

#endif
