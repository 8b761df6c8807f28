// SPDX-License-Identifier: LGPL-2.1-or-later
/* Room for what is looked at. */
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

void page_buffer_deinit(struct page_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct page_buffer){ 0 };
}
