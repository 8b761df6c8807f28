// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether the struct pages of a section were allocated while booting. Memory that boot allocated
 * stays reserved; what comes from the page allocator never is. Linux kernel mm/sparse-vmemmap.c,
 * vmemmap_alloc_block(); mm/mm_init.c, memmap_init_reserved_pages().
 */
#ifndef VMEMSCOPE_SECTION_ORIGIN_H
#define VMEMSCOPE_SECTION_ORIGIN_H

#include "analyzer/kernel/kernel.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/paging/kmem.h"

/* Frames behind the struct pages of one section: one for each sub-section. */
struct section_frames {
	uint32_t looked, from_boot;
};

/*
 * Of a section from boot some frames may have been replaced since, where huge pages are or were.
 * Without @all no more are looked at if the first few, far apart, are not from boot.
 */
struct error *section_frames_read(const struct layout *layout, struct kmem *kmem,
				  const struct kernel *kernel, uint64_t nr, bool all,
				  struct section_frames *ret);

#endif
