// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asks the frames behind a section's struct pages where they came from. */
#include "analyzer/kernel/section_origin.h"

#include "include/error.h"

enum { FRAMES_FIRST = 4 }; /* that are looked at before all others */

/*
 * In memory that was added after boot nothing is from boot, though it may be reserved, as what
 * holds the memmap of its own block.
 */
static bool is_in_boot_memory(const struct layout *layout, const struct kernel *kernel, pfn_t frame,
			      uint64_t flags)
{
	const struct section *section = kernel_section_of(kernel, frame);

	return section && section->early &&
	       !(layout_has(layout, LAYOUT_ZONE_DEVICE) &&
		 page_flags_zone(kernel, flags) == layout_get(layout, LAYOUT_ZONE_DEVICE));
}

/* The frame behind the struct page of @pfn. */
static struct error *frame_look(const struct layout *layout, struct kmem *kmem,
				const struct kernel *kernel, pfn_t pfn, struct section_frames *ret)
{
	enum memory_state state;
	uint64_t flags = 0;
	paddr_t paddr = 0;
	struct error *err = kmem_translate(kmem, kernel_struct_page(kernel, pfn), &paddr, &state);
	pfn_t frame = paddr >> kernel->page_shift;

	if (err || state != MEMORY_PRESENT || !kernel_section_of(kernel, frame))
		return err;
	err = kmem_read_uint(kmem, kernel_struct_page(kernel, frame) + kernel->page.flags.at, 8,
			     &flags, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	ret->looked++;
	ret->from_boot += (flags & kernel->page.reserved) && flags != UINT64_MAX &&
			  is_in_boot_memory(layout, kernel, frame, flags);
	return NULL;
}

/* Which of @count sub-sections comes @i-th, so that the first ones lie far apart. */
static uint64_t place_of(uint64_t i, uint64_t count)
{
	return count % FRAMES_FIRST ? i
				    : i % FRAMES_FIRST * (count / FRAMES_FIRST) + i / FRAMES_FIRST;
}

struct error *section_frames_read(const struct layout *layout, struct kmem *kmem,
				  const struct kernel *kernel, uint64_t nr, bool all,
				  struct section_frames *ret)
{
	uint64_t count = kernel->subsections_per_section;
	uint64_t step = kernel->pages_per_section / count;
	pfn_t first = nr * kernel->pages_per_section;
	struct error *err = NULL;

	*ret = (struct section_frames){ 0 };
	if (!kernel->page.reserved)
		return NULL;
	for (uint64_t i = 0; !err && i < count; i++) {
		if (!all && i == FRAMES_FIRST && !ret->from_boot)
			break;
		err = frame_look(layout, kmem, kernel, first + place_of(i, count) * step, ret);
	}
	return err;
}
