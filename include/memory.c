// SPDX-License-Identifier: LGPL-2.1-or-later
/* Room for what is looked at. */
#include "include/memory.h"

#include <stdlib.h>

#include "include/error.h"

struct error *memory_window_prepare(struct memory_window *window, const struct memory *memory)
{
	if (window->bytes)
		return NULL;
	window->bytes = malloc((size_t)1 << memory->page_shift);
	return window->bytes ? NULL : error_nomem();
}

void memory_window_deinit(struct memory_window *window)
{
	free(window->bytes);
	*window = (struct memory_window){ 0 };
}
