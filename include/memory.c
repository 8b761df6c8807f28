// SPDX-License-Identifier: LGPL-2.1-or-later
/* Windows on memory. */
#include "include/memory.h"

#include <stdlib.h>

#include "include/error.h"

struct error *memory_window_prepare(struct memory_window *window)
{
	if (window->bytes)
		return NULL;
	window->bytes = malloc(MEMORY_WINDOW_BYTES);
	return window->bytes ? NULL : error_nomem();
}

void memory_window_deinit(struct memory_window *window)
{
	free(window->bytes);
	*window = (struct memory_window){ 0 };
}
