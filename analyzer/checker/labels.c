// SPDX-License-Identifier: LGPL-2.1-or-later
/* What pages, devices and vmemmap pages are called in messages. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>
#include <stdio.h>

const char *device_label(const struct device *device, char buf[HUGE_LABEL_MAX])
{
	if (device->name[0])
		snprintf(buf, HUGE_LABEL_MAX, "%s", device->name);
	else
		snprintf(buf, HUGE_LABEL_MAX, "the device at pfn 0x%" PRIx64, device->start);
	return buf;
}

const char *huge_label(const struct survey *survey, const struct huge_page *page,
		       char buf[HUGE_LABEL_MAX])
{
	const struct device *device = huge_device(survey, page);
	char name[HUGE_LABEL_MAX];
	int used = snprintf(buf, HUGE_LABEL_MAX, "%s page 0x%" PRIx64,
			    huge_size(page, survey->target), page->pfn);

	if (device)
		snprintf(buf + used, (size_t)(HUGE_LABEL_MAX - used), " of %s",
			 device_label(device, name));
	return buf;
}

bool vmemmap_page_of(const struct survey *survey, uint64_t index, struct huge_page *ret)
{
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index);

	return huge_pages_find(&survey->inventory->pages, pfn, ret) ||
	       huge_pages_find(&survey->devices->pages, pfn, ret);
}

const char *vmemmap_label(const struct survey *survey, uint64_t index, char buf[VMEMMAP_LABEL_MAX])
{
	char label[HUGE_LABEL_MAX];
	struct huge_page page;

	if (vmemmap_page_of(survey, index, &page))
		snprintf(buf, VMEMMAP_LABEL_MAX, "vmemmap page %" PRIu64 " of the %s",
			 index - huge_first(survey->target, &page),
			 huge_label(survey, &page, label));
	else
		snprintf(buf, VMEMMAP_LABEL_MAX, "of no huge page");
	return buf;
}
