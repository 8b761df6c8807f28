// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Parts of the vmemmap whose page table is that of another part: two entries lead to one
 * table, or one of them to a copy. What they show are struct pages of other memory. Also
 * those of a larger leaf that lies over what other tables map, or that no kernel makes.
 */
#ifndef VMEMSCOPE_MISLED_H
#define VMEMSCOPE_MISLED_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/vmemmap/walked_tables.h"

struct error;
struct target;
struct vmemmap_map;

enum misled_by {
	MISLED_BY_TABLE, /* @other is the same table */
	MISLED_BY_COPY,	 /* and this is a copy of it */
	MISLED_BY_LEAF,	 /* no table: @frames of the leaf are mapped by @other's entries, too */
	MISLED_BY_SIZE,	 /* a leaf of a size that the vmemmap never has; there is no @other */
};

struct misled {
	struct walked_table table; /* its stretch is not looked at */
	struct walked_table other;
	enum misled_by by;
	uint64_t frames;
	bool told; /* the struct pages are those of @other; else they may be those of either */
};

/* By table.first; disjoint. */
struct misled_parts {
	struct misled *list;
	size_t count, room;
};

/* ERROR_CORRUPT: so many that tables form a loop. */
struct error *misled_find(const struct target *target, struct walked_tables *tables,
			  struct misled_parts *ret);
/* The same of leaves, by the index of frames; adds to @parts. *added_ret: whether any. */
struct error *misled_leaves_find(const struct target *target, const struct vmemmap_map *map,
				 struct misled_parts *parts, bool *added_ret);
/* The part that vmemmap page @index is in; NULL: none. */
const struct misled *misled_at(const struct misled_parts *parts, uint64_t index);
void misled_deinit(struct misled_parts *parts);

#endif
