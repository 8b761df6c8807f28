// SPDX-License-Identifier: LGPL-2.1-or-later
/* Entries of larger tables: what they decide for many vmemmap pages is one fact. */
#include "analyzer/vmemmap/upper_entries.h"

#include <stdlib.h>

#include "include/bisect.h"
#include "include/error.h"
#include "include/vector.h"

enum { ENTRY_BYTES = 8 };

/* True if @seen is of the last entries of @last, or of the one after them. */
static bool goes_on(const struct upper_entry *last, const struct upper_entry *seen)
{
	const struct table_entry *a = &last->entry, *b = &seen->entry;
	paddr_t end = a->address + ENTRY_BYTES * last->entries;

	return a->level == b->level && a->is_leaf == b->is_leaf &&
	       (b->address == end || b->address + ENTRY_BYTES == end);
}

void upper_entries_extend(struct upper_entries *entries, const struct upper_entry *seen)
{
	struct upper_entry *last = &entries->list[entries->count - 1];
	paddr_t end = seen->entry.address + ENTRY_BYTES * seen->entries;

	last->entries = (end - last->entry.address) / ENTRY_BYTES;
	last->end = seen->end;
	last->pages += seen->pages;
}

struct error *upper_entries_add(struct upper_entries *entries, const struct upper_entry *seen)
{
	if (entries->count && goes_on(&entries->list[entries->count - 1], seen)) {
		upper_entries_extend(entries, seen);
		return NULL;
	}
	return vector_push(entries->list, entries->count, entries->room, *seen);
}

/* The first that ends behind @index. */
static size_t find_from(const struct upper_entries *entries, uint64_t index)
{
	return bisect(entries->count, i, entries->list[i].end <= index);
}

const struct upper_entry *upper_entries_find(const struct upper_entries *entries, uint64_t index)
{
	size_t i = find_from(entries, index);

	return i < entries->count && entries->list[i].first <= index ? &entries->list[i] : NULL;
}

uint64_t upper_entries_end(const struct upper_entries *entries, uint64_t index, uint64_t end)
{
	size_t i = find_from(entries, index);

	if (i == entries->count)
		return end;
	uint64_t stop =
		entries->list[i].first > index ? entries->list[i].first : entries->list[i].end;
	return stop < end ? stop : end;
}

void upper_entries_deinit(struct upper_entries *entries)
{
	free(entries->list);
	*entries = (struct upper_entries){ 0 };
}
