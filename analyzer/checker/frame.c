// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asks the buddy allocator's marks whether a frame is free. */
#include "analyzer/checker/checks.h"

#include "include/bytes.h"

enum { BUDDY_ORDERS_MAX = 32, STRUCT_PAGE_MAX = 512 };

static unsigned buddy_orders(const struct target *target)
{
	uint64_t length = layout_has(&target->layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  ? layout_get(&target->layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  : 11;

	return length < BUDDY_ORDERS_MAX ? (unsigned)length : BUDDY_ORDERS_MAX;
}

/* A free block is marked at its first page only: look there for every order. */
struct error *frame_judge(const struct survey *survey, pfn_t frame, struct frame_verdict *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned char bytes[STRUCT_PAGE_MAX];

	*ret = (struct frame_verdict){ .valid = kernel_pfn_valid(kernel, frame) };
	for (unsigned order = 0; ret->valid && order < buddy_orders(survey->target); order++) {
		pfn_t head = frame >> order << order;
		enum memory_state state;
		unsigned found;
		struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory, head,
						 bytes, kernel->struct_page_size, &state);
		if (err)
			return err;
		if (state != MEMORY_PRESENT)
			return NULL;
		if (order == 0)
			ret->refcount = page_refcount(&kernel->page, bytes);
		if (page_is_buddy(&kernel->page, bytes, &found) && found >= order) {
			ret->free = true;
			ret->block = head;
			ret->order = found;
			break;
		}
	}
	ret->told = true;
	return NULL;
}

/* Parts of a section that are known to be there or not; device memory has struct pages, too. */
bool frame_is_nowhere(const struct survey *survey, pfn_t frame)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct section *section = kernel_section_of(kernel, frame);

	if (kernel->sections_unreadable || kernel->sections_inferred ||
	    (section && !section->subsections_known))
		return false;
	return !kernel_pfn_valid(kernel, frame) && !devices_find(survey->devices, frame);
}
