// SPDX-License-Identifier: LGPL-2.1-or-later
/* Puts runs together to rows, one after the other; takes whole stripes from page tables. */
#ifndef VMEMSCOPE_VMEMMAP_ROWS_H
#define VMEMSCOPE_VMEMMAP_ROWS_H

#include "analyzer/vmemmap/vmemmap.h"

/* An entry, and what its frame is more than its bits of frame_mask say. */
struct row_entry {
	uint64_t raw;
	pfn_t base;
};

/* The entries behind the last row, so that more like them can be taken as they are. */
struct row_pattern {
	bool known;
	struct row_entry head, tail; /* of a row that is no stripe, @tail is its last page's */
};

/* Rows of one part of the vmemmap, in order. All zero but for big_endian and chunk is empty. */
struct row_list {
	uint64_t frame_mask; /* arch_frame_mask() of an entry; 0: not known, all are added */
	bool big_endian;     /* of entries */
	uint32_t chunk;	     /* the number that the slots will have */
	struct vmemmap_row *rows;
	size_t count, room;
	pfn_t *slots;
	size_t slot_count, slot_room;
	struct row_pattern pattern;
};

/* Makes room for the slots of a usual part, before anything else has a piece of it. */
struct error *row_list_prepare(struct row_list *list);

/*
 * Adds @run, which begins at or after the end of all rows. @raw: the entry behind it if
 * that is of the lowest level and maps one page; else 0.
 */
struct error *row_list_add(struct row_list *list, const struct vmemmap_run *run, uint64_t raw);

/*
 * Takes entries that go on with the last row, which ends where they begin, in its own
 * pattern: *ret is how many, which may be none.
 */
struct error *row_list_take(struct row_list *list, const raw_entry_t *entries, size_t count,
			    size_t *ret);

/* Adds rows of another list as they are. */
struct error *row_list_append(struct row_list *list, const struct vmemmap_row *rows, size_t count);

/* Ends the building: makes stripes linear that can be, and keeps the slots of the others alone. */
void row_list_finish(struct row_list *list);

void row_list_deinit(struct row_list *list);

#endif
