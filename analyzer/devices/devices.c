// SPDX-License-Identifier: LGPL-2.1-or-later
/* Device memory: joins what the parts of the kernel's memory say of each range. */
#include "analyzer/devices/devices.h"

#include <limits.h>
#include <string.h>

/* --- names and data ----------------------------------------------------------- */

static bool overlaps(const struct device_resource *resource, const struct device *device)
{
	return resource->start < device->end && resource->end > device->start &&
	       resource->start < resource->end;
}

static bool covers(const struct device_resource *resource, const struct device *device)
{
	return resource->start <= device->start && resource->end >= device->end;
}

/* How well @resource says what @device is; 0: not at all. */
static unsigned telling(const struct device_resource *resource, const struct device *device)
{
	switch (resource->kind) {
	case RESOURCE_DAX:
		return overlaps(resource, device) ? 3 : 0;
	case RESOURCE_NAMESPACE:
		return covers(resource, device) ? 2 : 0;
	case RESOURCE_REGION:
		return covers(resource, device) ? 1 : 0;
	}
	return 0;
}

/* The first of the best; of regions the innermost. */
static const struct device_resource *resource_of(const struct device_finder *finder,
						 const struct device *device)
{
	const struct device_resource *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < finder->resource_count; i++) {
		unsigned told = telling(&finder->resources[i], device);

		if (told > most || (told == 1 && most == 1)) {
			best = &finder->resources[i];
			most = told;
		}
	}
	return best;
}

static pfn_t clamp(pfn_t pfn, const struct device *device)
{
	if (pfn < device->start)
		return device->start;
	return pfn > device->end ? device->end : pfn;
}

/*
 * Without a name, what is the device's own is known only by its altmap. Where the whole
 * resource tree has no name for it, there is nothing of its own.
 */
static void data_set(const struct device_finder *finder, struct device *device,
		     const struct device_resource *resource)
{
	uint64_t own;
	pfn_t start;

	device->data_start = device->start;
	device->data_end = device->end;
	device->data_known = finder->devices->resources_known;
	if (device->kind == DEVICE_SYSTEM_RAM) {
		device->data_known = true;
		return;
	}
	if (resource && resource->kind == RESOURCE_DAX) {
		device->data_known = true;
		device->data_start = clamp(resource->start, device);
		device->data_end = clamp(resource->end, device);
	} else if (device->altmap && device->altmap_read && device->range_index == 0 &&
		   device_altmap_fault(&finder->survey->target->kernel, device) == ALTMAP_SOUND &&
		   !__builtin_add_overflow(device->altmap_reserve, device->altmap_free, &own) &&
		   !__builtin_add_overflow(device->start, own, &start)) {
		device->data_start = clamp(start, device);
		device->data_known = true;
	}
}

static void resource_apply(const struct device_finder *finder, struct device *device)
{
	const struct device_resource *resource = resource_of(finder, device);

	data_set(finder, device, resource);
	if (!resource)
		return;
	memcpy(device->region, resource->region, sizeof(device->region));
	device->medium = resource->medium;
	if (resource->kind == RESOURCE_REGION)
		return;
	memcpy(device->name, resource->name, sizeof(device->name));
	if (device->kind == DEVICE_KIND_UNKNOWN)
		device->kind = resource->kind == RESOURCE_DAX ? DEVICE_DAX : DEVICE_FSDAX;
}

static void dax_apply(const struct device_finder *finder, struct device *device)
{
	const struct dax_entry *entry = dax_entry_by_pgmap(finder, device->pgmap);

	if (!entry)
		entry = dax_entry_by_name(finder, device->name);
	if (!entry)
		return;
	device->align_bytes = entry->align_bytes;
	device->target_node = entry->target_node;
	if (!device->pgmap && device->kind != DEVICE_SYSTEM_RAM &&
	    is_kernel_pointer(finder->survey->target, entry->pgmap))
		device->pgmap = entry->pgmap;
	if (!device->name[0])
		memcpy(device->name, entry->name, sizeof(device->name));
	if (device->kind == DEVICE_KIND_UNKNOWN)
		device->kind = DEVICE_DAX;
}

/* --- order and node ------------------------------------------------------------- */

static bool node_exists(const struct kernel *kernel, unsigned node)
{
	for (size_t i = 0; i < kernel->node_count; i++)
		if (kernel->nodes[i] == node)
			return true;
	return kernel->node_count == 0;
}

static void page_apply(const struct target *target, const struct device_page *page,
		       struct device *device)
{
	bool ram = device->kind == DEVICE_SYSTEM_RAM;

	if (!page->readable || page->device == ram)
		return;
	if (!device->node_known && node_exists(&target->kernel, page->node)) {
		device->node = page->node;
		device->node_known = true;
	}
	if (ram)
		return;
	if (!device->pgmap)
		device->pgmap = page->pgmap;
}

/* --- what others say of a dev_pagemap ---------------------------------------------- */

/* Some section has no memmap but the one that was made for @device. */
static bool fills_a_section(const struct target *target, const struct device *device)
{
	uint64_t pages = target->kernel.pages_per_section;
	pfn_t first = (device->start + pages - 1) / pages * pages;
	const struct section *section = kernel_section_of(&target->kernel, first);

	return first < device->end && device->end - first >= pages && section && !section->early;
}

static bool altmap_is_believable(const struct device *device)
{
	return device->altmap_read && device->altmap_base >= device->start &&
	       device->altmap_base < device->end && device->altmap_free > 0 &&
	       device->altmap_free < device->end - device->start;
}

/*
 * Page tables show where the memmap is. Parts of sections have one in RAM even with an
 * altmap, and ppc64 may take RAM anywhere.
 */
static void altmap_confirm(const struct survey *survey, struct device *device)
{
	if (!device->claims.read || !device->altmap_known || device->range_count > 1)
		return;
	enum device_memmap memmap = device_memmap_of(survey, device);

	if (!device->altmap && memmap == MEMMAP_DEVICE)
		device->altmap = altmap_is_believable(device);
	else if (device->altmap && memmap == MEMMAP_RAM &&
		 fills_a_section(survey->target, device) &&
		 !survey->target->arch->devices_keep_leaves)
		device->altmap = false;
}

/* What pgmap_array has of it; the first pfn that it lacks where there is device memory. */
static struct error *array_confirm(const struct device_finder *finder, struct device *device)
{
	const struct survey *survey = finder->survey;
	pfn_t next = device->start;
	struct device_page page;

	for (size_t i = 0; i < finder->interval_count; i++) {
		const struct pgmap_interval *part = &finder->intervals[i];
		pfn_t start = part->start > device->start ? part->start : device->start;
		pfn_t end = part->end < device->end ? part->end : device->end;

		device->array_pages += start < end ? end - start : 0;
		next = start <= next && end > next ? end : next;
	}
	if (!finder->devices->pgmaps_known || device->kind == DEVICE_SYSTEM_RAM ||
	    next >= device->end)
		return NULL;
	next = next < device->data_start ? device->data_start : next;
	const struct section *section = kernel_section_of(&survey->target->kernel, next);
	/* Struct pages of boot memory may still be those of a device that is gone. */
	if (!section || section->early || !kernel_pfn_valid(&survey->target->kernel, next))
		return NULL;
	struct error *err = device_page_read(survey, next, &page);
	/* Those of a memmap in the device are not in a dump of RAM: then others have to show it. */
	if (!err && (page.device || (!page.readable && (device->claims.read ||
							device->source == DEVICE_FROM_RESOURCE))))
		device->array_gap = next;
	return err;
}

/* What the struct pages at several places say of the order: one may be damaged. */
struct order_votes {
	unsigned votes[DEVICE_ORDER_MAX + 1];
	bool any_tail; /* then these are no base pages, whatever a head says */
};

static void order_vote(const struct device_page *page, struct order_votes *votes)
{
	if (!page->readable || !page->device)
		return;
	votes->any_tail |= page->tail;
	if (page->order_known && page->order <= DEVICE_ORDER_MAX)
		votes->votes[page->order]++;
}

enum { HEADS_ENOUGH = 3 }; /* that agree, to be believed whatever else there is */

/* No head tells: only compound pages of devices share in equal steps. */
static void order_from_tables(const struct survey *survey, struct device *device)
{
	unsigned order;

	if ((device->kind != DEVICE_DAX && device->kind != DEVICE_KIND_UNKNOWN) ||
	    !device_order_of_tables(survey, device, &order) || order > DEVICE_ORDER_MAX)
		return;
	device->order = order;
	device->order_known = true;
	device->order_witnesses |= ORDER_BY_TABLES;
}

/* Of one head or two, or where as many say otherwise, page tables show who is right. */
static void order_elect(const struct survey *survey, const struct order_votes *votes,
			struct device *device)
{
	unsigned best = votes->any_tail ? 1 : 0, tables;

	for (unsigned order = best; order <= DEVICE_ORDER_MAX; order++)
		if (votes->votes[order] > votes->votes[best])
			best = order;
	if (device->order_known)
		return;
	if (votes->votes[best] == 0) {
		order_from_tables(survey, device);
		return;
	}
	bool few = votes->votes[best] < HEADS_ENOUGH && device->kind == DEVICE_DAX;
	if (few && device_order_of_tables(survey, device, &tables) && tables != best)
		best = tables;
	device->order_witnesses |= votes->votes[best] ? ORDER_BY_PAGES : ORDER_BY_TABLES;
	device->order = best;
	device->order_known = true;
}

/*
 * Linux kernel commit c4386bd8ee3a ("mm/memremap: add ZONE_DEVICE support for compound
 * pages"), or later: struct folio tells of its second page, or tails name no head.
 */
static bool has_compound_devices(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_DEV_PAGEMAP_SHIFT) ||
	       layout_has(layout, LAYOUT_FOLIO_FLAGS_1) ||
	       layout_has(layout, LAYOUT_FOLIO_ENTIRE_MAPCOUNT) ||
	       layout_has(layout, LAYOUT_PAGE_COMPOUND_INFO);
}

/* What its driver aligns to, as an order. */
static bool order_of_align(const struct target *target, const struct device *device, unsigned *ret)
{
	uint64_t pages = device->align_bytes >> target->kernel.page_shift;

	*ret = (unsigned)__builtin_ctzll(pages ? pages : 1);
	return pages && device->kind == DEVICE_DAX && *ret <= DEVICE_ORDER_MAX &&
	       has_compound_devices(&target->layout);
}

/* How many others say that the order is @order, and who; several heads count for two. */
static unsigned witnesses_of(const struct survey *survey, const struct device *device,
			     const struct order_votes *votes, unsigned order, unsigned *ret)
{
	unsigned align, tables, several = votes->votes[order] >= HEADS_ENOUGH;

	*ret = votes->votes[order] ? ORDER_BY_PAGES : 0;
	if (order == 0 && device->kind != DEVICE_DAX && device->kind != DEVICE_KIND_UNKNOWN)
		*ret |= ORDER_BY_TYPE;
	if (order_of_align(survey->target, device, &align) && align == order)
		*ret |= ORDER_BY_ALIGN;
	if (device_order_of_tables(survey, device, &tables) && tables == order)
		*ret |= ORDER_BY_TABLES;
	return (unsigned)__builtin_popcount(*ret) + several;
}

/* The order that others agree on, where it is not the one that vmemmap_shift says. */
static void order_confirm(const struct survey *survey, const struct order_votes *votes,
			  struct device *device)
{
	bool has_shift = layout_has(&survey->target->layout, LAYOUT_DEV_PAGEMAP_SHIFT);
	unsigned said = device->shift_known ? device->order : UINT_MAX;
	unsigned most = 0, witnesses, best = said;

	if (!device->claims.read || !has_shift)
		return;
	for (unsigned order = votes->any_tail ? 1 : 0; order <= DEVICE_ORDER_MAX; order++) {
		unsigned count = witnesses_of(survey, device, votes, order, &witnesses);

		if (order == said)
			count++;
		if (count < most || (count == most && order != said))
			continue;
		most = count;
		best = order;
		device->order_witnesses = witnesses;
	}
	/* One of them alone is no more than the dev_pagemap, if that can be right. */
	if (most > 1 || (most == 1 && !device->shift_known)) {
		device->order = best;
		device->order_known = true;
	}
}

enum {
	PAGES_ASKED = 10, /* one after the other, */
	PAGES_APART = 512,
	PAGES_SPREAD = 16, /* and if none of these says anything, all over the device */
};

/* The data first: with an altmap the struct pages before it are not written. */
static pfn_t page_asked(const struct device *device, unsigned i)
{
	uint64_t pages = device->end - device->data_start;

	if (i == 1)
		return device->start;
	if (i < PAGES_ASKED)
		return device->data_start + (uint64_t)(i ? i - 1 : 0) * PAGES_APART;
	return device->data_start +
	       pages / PAGES_SPREAD * (i - PAGES_ASKED) / PAGES_APART * PAGES_APART;
}

/* Numbers [@first, @end) of page_asked(). */
static struct error *pages_ask(const struct survey *survey, struct device *device, unsigned first,
			       unsigned end, struct order_votes *votes)
{
	struct error *err = NULL;

	for (unsigned i = first; !err && i < end; i++) {
		pfn_t pfn = page_asked(device, i);
		struct device_page page;

		if (pfn >= device->end || (device->node_known && device->pgmap &&
					   device->order_known && !device->claims.read))
			break;
		err = device_page_read(survey, pfn, &page);
		if (err)
			break;
		page_apply(survey->target, &page, device);
		order_vote(&page, votes);
	}
	return err;
}

static bool has_votes(const struct order_votes *votes)
{
	for (unsigned order = 0; order <= DEVICE_ORDER_MAX; order++)
		if (votes->votes[order])
			return true;
	return false;
}

static struct error *pages_apply(const struct survey *survey, struct device *device)
{
	struct order_votes votes = { 0 };

	/* Only device DAX has compound pages; others may make folios of what they map. */
	if (!device->order_known && device->kind != DEVICE_DAX &&
	    device->kind != DEVICE_KIND_UNKNOWN && device->kind != DEVICE_SYSTEM_RAM)
		device->order_known = true;
	struct error *err = pages_ask(survey, device, 0, PAGES_ASKED, &votes);
	if (!err && !device->order_known && !has_votes(&votes))
		err = pages_ask(survey, device, PAGES_ASKED, PAGES_ASKED + PAGES_SPREAD, &votes);
	if (err || device->kind == DEVICE_SYSTEM_RAM)
		return err;
	order_confirm(survey, &votes, device);
	order_elect(survey, &votes, device);
	/* Only device DAX asks for compound pages: nothing else has a vmemmap_shift. */
	if (device->claims.read && device->claims.shift && device->order == device->claims.shift &&
	    votes.votes[device->order] && device->kind != DEVICE_DAX) {
		device->type_refuted = true;
		device->kind = DEVICE_DAX;
	}
	return NULL;
}

/* The driver makes compound pages of what it aligns to. */
static void order_from_align(const struct target *target, struct device *device)
{
	unsigned order;

	if (device->order_known || !order_of_align(target, device, &order))
		return;
	device->order = order;
	device->order_known = true;
	device->order_witnesses |= ORDER_BY_ALIGN;
}

/*
 * Before Linux kernel commit c4386bd8ee3a ("mm/memremap: add ZONE_DEVICE support for compound
 * pages") all pages of devices are base pages; how a device is aligned says nothing then.
 */
static void order_from_types(const struct target *target, struct device *device)
{
	const struct layout *layout = &target->layout;

	if (!device->order_known && device->kind != DEVICE_SYSTEM_RAM &&
	    layout_has(layout, LAYOUT_DEV_PAGEMAP_RANGES) && !has_compound_devices(layout))
		device->order_known = true;
}

static void align_from_order(const struct target *target, struct device *device)
{
	bool may_align = device->kind == DEVICE_DAX || device->kind == DEVICE_KIND_UNKNOWN;

	if (!device->align_bytes && device->order_known && may_align)
		device->align_bytes = target->kernel.page_size << device->order;
}

/* The only node whose ZONE_DEVICE has the range. */
static void node_from_zones(const struct survey *survey, struct device *device)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned found = 0;

	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if (!survey->devices->device_zone_known ||
		    zone->index != survey->devices->device_zone ||
		    device->start < zone->start_pfn ||
		    device->start - zone->start_pfn >= zone->spanned_pages)
			continue;
		device->node = zone->node;
		found++;
	}
	device->node_known = found == 1;
}

static void node_guess(const struct survey *survey, struct device *device)
{
	if (device->node_known)
		return;
	if (device->target_node >= 0 &&
	    node_exists(&survey->target->kernel, (unsigned)device->target_node)) {
		device->node = (unsigned)device->target_node;
		device->node_known = true;
	} else if (device->kind != DEVICE_SYSTEM_RAM) {
		node_from_zones(survey, device);
	}
}

struct error *devices_complete(struct device_finder *finder)
{
	const struct survey *survey = finder->survey;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < finder->devices->count; i++) {
		struct device *device = &finder->devices->list[i];

		altmap_confirm(survey, device);
		resource_apply(finder, device);
		dax_apply(finder, device);
		err = pages_apply(survey, device);
		if (!err)
			err = array_confirm(finder, device);
		if (!err)
			err = device_refute(finder, device);
		order_from_align(survey->target, device);
		align_from_order(survey->target, device);
		order_from_types(survey->target, device);
		node_guess(survey, device);
	}
	return err;
}

/* --- all of it -------------------------------------------------------------------- */

/* True if this kernel has no device memory at all, and not only types that lack it. */
static bool kernel_has_none(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_MAX_NR_ZONES) && !layout_has(layout, LAYOUT_ZONE_DEVICE) &&
	       !layout_has(layout, LAYOUT_SYM_PGMAP_ARRAY) &&
	       !layout_has(layout, LAYOUT_SECTION_DEVICE_BIT);
}

static void unfound_add(struct devices *devices, pfn_t start, pfn_t end)
{
	devices->unfound_pages += end > start ? end - start : 0;
	devices->unfound_ranges += end > start;
}

/* What no device that was found has of where devices can be. */
static void unfound_count(struct device_finder *finder)
{
	struct devices *devices = finder->devices;
	size_t at = 0;

	for (size_t i = 0; i < finder->room_count; i++) {
		struct range left = finder->room[i];

		for (; at < devices->count && devices->list[at].start < left.end; at++) {
			const struct device *device = &devices->list[at];

			unfound_add(devices, left.start, device->start);
			left.start = device->end > left.start ? device->end : left.start;
			if (device->end > left.end)
				break;
		}
		unfound_add(devices, left.start, left.end);
	}
}

static struct error *find_all(struct device_finder *finder)
{
	struct error *err = device_room_read(finder);

	if (!err)
		err = pgmap_array_read(finder);
	if (!err)
		err = intervals_judge(finder);
	if (!err)
		err = pgmaps_read(finder);
	if (!err)
		err = resources_read(finder);
	if (!err)
		err = dax_bus_read(finder);
	if (!err)
		err = devices_from_resources(finder);
	if (!err)
		err = devices_from_pages(finder);
	if (err)
		return err;
	unfound_count(finder);
	return devices_complete(finder);
}

struct error *devices_read(const struct survey *survey, struct devices *devices)
{
	struct device_finder finder = {
		.survey = survey,
		.devices = devices,
		.ranges_left = 4 * DEVICES_MAX,
	};

	if (kernel_has_none(&survey->target->layout)) {
		devices->pgmaps_known = devices->resources_known = true;
		return NULL;
	}
	devices->device_zone = (unsigned)layout_get(&survey->target->layout, LAYOUT_ZONE_DEVICE);
	devices->device_zone_known = layout_has(&survey->target->layout, LAYOUT_ZONE_DEVICE);
	struct error *err = find_all(&finder);
	free(finder.room);
	free(finder.intervals);
	free(finder.seen);
	free(finder.resources);
	free(finder.dax);
	return err;
}

void devices_deinit(struct devices *devices)
{
	free(devices->list);
	huge_pages_deinit(&devices->pages);
	*devices = (struct devices){ 0 };
}
