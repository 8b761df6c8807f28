// SPDX-License-Identifier: LGPL-2.1-or-later
/* The extent of what has a page. */
#include "analyzer/checker/focus.h"

#include "analyzer/devices/device.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/survey.h"

/* False if @pfn is in no compound page that checks know. */
static bool compound_of(const struct survey *survey, pfn_t pfn, struct huge_page *ret)
{
	const struct device *device;
	const struct huge_late *late;

	if (huge_pages_find(&survey->inventory->pages, pfn, ret))
		return true;
	device = devices_find(survey->devices, pfn);
	if (device && device_compound(survey, device, pfn, ret))
		return true;
	late = huge_late_find(survey, pfn);
	if (late)
		*ret = late->page;
	return late;
}

void check_focus_of(const struct survey *survey, pfn_t pfn, struct check_focus *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t index = vmemmap_index_of(kernel, pfn);
	struct huge_page page;

	*ret = (struct check_focus){
		.start = vmemmap_first_pfn(kernel, index),
		.end = vmemmap_first_pfn(kernel, index + 1),
		.first = index,
		.count = 1,
	};
	if (!compound_of(survey, pfn, &page))
		return;
	*ret = (struct check_focus){
		.start = page.pfn,
		.end = page.pfn + (UINT64_C(1) << page.order),
		.first = vmemmap_index_of(kernel, page.pfn),
		.count = page.mapping.pages,
	};
}
