// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells device memory from the rest. */
#include "analyzer/checker/checks.h"

/*
 * Sections of device memory are never online. Where devices share a section with
 * boot memory it is tainted, and the struct pages say ZONE_DEVICE.
 */
struct error *vmemmap_of_device(const struct survey *survey, uint64_t index, bool *ret,
				enum memory_state *state_ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct layout *layout = &survey->target->layout;
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	const struct section *section = kernel_section_of(kernel, pfn);
	uint64_t flags;

	*state_ret = MEMORY_PRESENT;
	*ret = section && !section->online;
	if (*ret || !section || !section->device || !layout_has(layout, LAYOUT_ZONE_DEVICE))
		return NULL;
	struct error *err =
		vmemmap_read_u64(kernel, survey->map, survey->target->memory, pfn,
				 layout_get(layout, LAYOUT_PAGE_FLAGS), &flags, state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = page_flags_zone(kernel, flags) == layout_get(layout, LAYOUT_ZONE_DEVICE);
	return err;
}

uint64_t vmemmap_device_end(const struct target *target, uint64_t index, uint64_t end)
{
	const struct kernel *kernel = &target->kernel;
	const struct section *section = kernel_section_of(kernel, vmemmap_first_pfn(kernel, index));
	uint64_t bytes = kernel->pages_per_section * kernel->struct_page_size;

	if (section && section->device)
		bytes /= kernel->subsections_per_section;
	uint64_t pages = bytes >> kernel->page_shift;
	if (pages == 0)
		pages = 1;
	uint64_t stop = (index / pages + 1) * pages;
	return stop < end ? stop : end;
}

/* Whether the sections that vmemmap pages [index, end) describe are all online, or all never. */
static bool are_all(const struct target *target, uint64_t index, uint64_t end, bool online)
{
	const struct kernel *kernel = &target->kernel;
	pfn_t first = vmemmap_first_pfn(kernel, index), last = vmemmap_first_pfn(kernel, end) - 1;
	const struct section *section = kernel_section_of(kernel, first);
	const struct section *stop = kernel->sections + kernel->section_count;
	uint64_t last_nr = last / kernel->pages_per_section;

	for (; section && section < stop && section->nr <= last_nr; section++)
		if (section->online != online || (online && section->device))
			return false;
	return section != NULL;
}

bool vmemmap_is_ordinary(const struct target *target, uint64_t index, uint64_t end)
{
	return are_all(target, index, end, true);
}

bool vmemmap_is_device(const struct target *target, uint64_t index, uint64_t end)
{
	return are_all(target, index, end, false);
}
