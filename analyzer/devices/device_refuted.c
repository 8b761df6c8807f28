// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dev_pagemaps that are in the dump and hold nothing of the device that is said to be theirs.
 * Until its memmap is gone a device's dev_pagemap is whole: Linux kernel mm/memremap.c,
 * pageunmap_range() takes it out of pgmap_array last.
 */
#include "analyzer/devices/devices.h"

enum { PAGES_ASKED = 4, PAGES_APART = 512, PAGES_ENOUGH = 2 };

/* What the struct pages of a device say of it. */
struct page_words {
	bool denied;	/* one of them is of ordinary memory, or was not written yet */
	bool seen;	/* one is of a device */
	unsigned named; /* how many name its dev_pagemap */
};

static struct error *pages_ask(const struct survey *survey, const struct device *device,
			       struct page_words *ret)
{
	struct error *err = NULL;

	*ret = (struct page_words){ 0 };
	for (unsigned i = 0; !err && i < PAGES_ASKED; i++) {
		pfn_t pfn = device->data_start + (uint64_t)i * PAGES_APART;
		struct device_page page;

		if (pfn >= device->end)
			break;
		if (!kernel_pfn_valid(&survey->target->kernel, pfn)) {
			ret->denied = true;
			break;
		}
		err = device_page_read(survey, pfn, &page);
		ret->denied |= page.readable && !page.device;
		ret->seen |= page.device;
		ret->named += page.device && page.pgmap == device->pgmap;
	}
	return err;
}

/* Struct pages of boot memory may still be those of a device that is gone. */
static bool is_in_boot_memory(const struct survey *survey, const struct device *device)
{
	const struct section *section =
		kernel_section_of(&survey->target->kernel, device->data_start);

	return !section || section->early;
}

/* That the dev_pagemap is the device's is more than one pointer, which may be wrong itself. */
static bool is_its_own(const struct device_finder *finder, const struct device *device,
		       const struct page_words *words)
{
	if (words->denied)
		return false;
	if (device->source == DEVICE_FROM_XARRAY)
		return true;
	if (is_in_boot_memory(finder->survey, device))
		return false;
	return words->named + (dax_entry_by_pgmap(finder, device->pgmap) != NULL) >= PAGES_ENOUGH;
}

static struct error *claims_read(const struct survey *survey, vaddr_t pgmap,
				 struct pgmap_claims *ret)
{
	struct member_reader reader = { .survey = survey };
	vaddr_t range = pgmap + layout_get(&survey->target->layout, LAYOUT_DEV_PAGEMAP_RANGES);

	*ret = (struct pgmap_claims){
		.nr_range = member_read(&reader, pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4),
		.type = member_read(&reader, pgmap, LAYOUT_DEV_PAGEMAP_TYPE, 4),
		.range.first = member_read(&reader, range, LAYOUT_RANGE_START, 8),
		.range.last = member_read(&reader, range, LAYOUT_RANGE_END, 8),
	};
	ret->refuted = !reader.err && !reader.unreadable;
	return reader.err;
}

struct error *device_refute(const struct device_finder *finder, struct device *device)
{
	struct page_words words;

	if (device->claims.read || !device->pgmap || device->kind == DEVICE_SYSTEM_RAM ||
	    !pgmap_is_known(&finder->survey->target->layout))
		return NULL;
	struct error *err = pages_ask(finder->survey, device, &words);
	if (err || !is_its_own(finder, device, &words))
		return err;
	err = claims_read(finder->survey, device->pgmap, &device->claims);
	device->claims.pages_seen = words.seen;
	return err;
}
