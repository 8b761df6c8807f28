// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells a device's vmemmap that was made by miscounted pfns from one that went wrong later. */
#include "analyzer/devices/device_miscount.h"

/* The vmemmap page of the first section whose frame page @number of the compound page shows. */
static uint64_t source_of(const struct device_miscount *miscount, uint64_t number)
{
	uint64_t place = number % miscount->section;

	return miscount->first + (place ? place : 1);
}

bool device_miscount_has(const struct survey *survey, const struct device_miscount *miscount,
			 uint64_t index)
{
	uint64_t number = index - miscount->first;
	pfn_t frame, source;

	if (!miscount->section || number < miscount->section)
		return false;
	return vmemmap_frame_at(survey->map, index, &frame) &&
	       vmemmap_frame_at(survey->map, source_of(miscount, number), &source) &&
	       frame == source;
}

/*
 * Of a right one the first section shares, too: then one frame is behind all of it. Tail 1
 * may be the one that went wrong.
 */
static bool first_section_is_apart(const struct survey *survey,
				   const struct device_miscount *miscount)
{
	uint64_t tail = miscount->first + 1;
	pfn_t frame, next, third;

	return vmemmap_frame_at(survey->map, tail, &frame) &&
	       vmemmap_frame_at(survey->map, tail + 1, &next) && frame != next &&
	       vmemmap_frame_at(survey->map, tail + 2, &third) && next != third;
}

/* What a larger leaf mapped before the device came is left alone. */
static bool is_behind_leaf(const struct survey *survey, uint64_t index)
{
	struct vmemmap_run run;

	return vmemmap_run_at(survey->map, index, &run) && run.backing == BACKING_LEAF;
}

void device_miscount_read(const struct survey *survey, const struct huge_page *page,
			  struct device_miscount *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t pages = page->mapping.pages, all = 0, like = 0;

	*ret = (struct device_miscount){
		.first = vmemmap_index_of(kernel, page->pfn),
		.section =
			kernel->pages_per_section * kernel->struct_page_size >> kernel->page_shift,
	};
	if (page->family != FAMILY_DAX || page->mapping.kind != MAPPED_WRONG || ret->section <= 2 ||
	    pages < 2 * ret->section || !first_section_is_apart(survey, ret))
		return;
	for (uint64_t index = ret->first + ret->section; index < ret->first + pages; index++) {
		all += !is_behind_leaf(survey, index);
		like += device_miscount_has(survey, ret, index);
	}
	ret->found = like > all / 8 * 7;
}
