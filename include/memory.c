// SPDX-License-Identifier: LGPL-2.1-or-later
/* Buffers for reading. */
#include "include/memory.h"

#include <stdlib.h>

#include "include/error.h"

struct error *page_buffer_prepare(struct page_buffer *buffer, const struct memory *memory)
{
	if (buffer->bytes)
		return NULL;
	buffer->bytes = malloc((size_t)1 << memory->page_shift);
	return buffer->bytes ? NULL : error_nomem();
}

/* Keeps @pfn if it is one of the lowest. */
static void list_pfn(struct memory_damage *damage, pfn_t pfn)
{
	unsigned at = damage->listed;

	if (at == DAMAGED_LISTED_MAX && pfn > damage->first[at - 1])
		return;
	at = at < DAMAGED_LISTED_MAX ? damage->listed++ : at - 1;
	for (; at && damage->first[at - 1] > pfn; at--)
		damage->first[at] = damage->first[at - 1];
	damage->first[at] = pfn;
}

void memory_damage_add(struct memory_damage *damage, pfn_t pfn, uint64_t count)
{
	damage->count += count;
	for (uint64_t i = 0; i < count && i < DAMAGED_LISTED_MAX; i++)
		list_pfn(damage, pfn + i);
}

void page_buffer_deinit(struct page_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct page_buffer){ 0 };
}
