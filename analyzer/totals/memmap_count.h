// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel's memmap counters should say: frames behind the vmemmap, counted
 * from the walked tables as the kernel counts them when it allocates them.
 */
#ifndef VMEMSCOPE_ANALYZER_MEMMAP_COUNT_H
#define VMEMSCOPE_ANALYZER_MEMMAP_COUNT_H

#include <stdbool.h>

#include "include/memory.h"

struct survey;
struct error;

/*
 * Frames, each once; the zones' shared tail frames, which no kernel counts, left out.
 * Where several sections share a page of the memmap, the kernel counts a page for each.
 */
struct memmap_count {
	uint64_t boot;	 /* from memblock: of boot sections, and reserved */
	uint64_t buddy;	 /* all others; those that lie in a device are counted too */
	uint64_t untold; /* of boot sections, whose own struct page cannot be read */
	enum memory_state untold_state;
	uint64_t unmapped; /* vmemmap pages that nothing is behind */

	uint64_t on_device;    /* of @buddy: in the memory of the device that they describe */
	uint64_t device_saved; /* vmemmap pages of devices that share a frame with another */
	uint64_t page_ext;     /* sections with a table of struct page_ext */
	bool tails_unreadable; /* shared tail frames may be among those counted */
};

struct error *memmap_count_read(const struct survey *survey, struct memmap_count *ret);

#endif
