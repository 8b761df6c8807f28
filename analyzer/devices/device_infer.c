// SPDX-License-Identifier: LGPL-2.1-or-later
/* Devices whose dev_pagemap nothing leads to: from names and from struct pages. */
#include "analyzer/devices/devices.h"

#include <string.h>

#include "include/bytes.h"

/* --- struct pages ------------------------------------------------------------- */

enum { STRUCT_PAGE_MAX = 512 };

/*
 * Zone bits alone are little evidence: the struct pages of memory that was never
 * online may hold anything. A zone that cannot be read spans everything.
 */
static bool zone_holds(const struct survey *survey, unsigned node, pfn_t pfn)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct zone_info *zone = kernel_zone(kernel, node, survey->devices->device_zone);

	if (!zone || zone->spanned_pages == 0)
		return kernel->nodes_unreadable > 0;
	return pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned_pages;
}

static enum layout_id first_of(const struct layout *layout, enum layout_id a, enum layout_id b)
{
	return layout_has(layout, a) ? a : b;
}

static uint64_t word_of(const struct target *target, const unsigned char *bytes,
			enum layout_id member)
{
	uint64_t at = layout_get(&target->layout, member);

	if (!layout_has(&target->layout, member) || at > target->kernel.struct_page_size - 8)
		return 0;
	return load_u64(bytes + at, target->kernel.big_endian);
}

/* @bytes: the struct page, and the next one if there is a head. */
static void page_decode(const struct survey *survey, pfn_t pfn, const unsigned char *bytes,
			struct device_page *page)
{
	const struct layout *layout = &survey->target->layout;
	uint64_t flags = page_flags(&survey->target->kernel.page, bytes);
	uint64_t link = page_link(&survey->target->kernel.page, bytes);
	uint64_t pgmap = word_of(survey->target, bytes,
				 first_of(layout, LAYOUT_PAGE_PGMAP, LAYOUT_FOLIO_PGMAP));

	page->node = page_flags_node(&survey->target->kernel, flags);
	page->device =
		survey->devices->device_zone_known &&
		page_flags_zone(&survey->target->kernel, flags) == survey->devices->device_zone &&
		zone_holds(survey, page->node, pfn);
	page->head = page_is_head(&survey->target->kernel.page, bytes);
	page->tail = !page->head && (link & 1);
	if (page->device && !page->tail && is_kernel_pointer(survey->target, pgmap) &&
	    pgmap % 8 == 0)
		page->pgmap = pgmap;
}

static struct error *order_read(const struct survey *survey, pfn_t pfn, unsigned char *bytes,
				struct device_page *page)
{
	enum memory_state state;
	struct error *err =
		vmemmap_read(&survey->target->kernel, survey->map, survey->target->memory, pfn,
			     bytes, 2 * survey->target->kernel.struct_page_size, &state);

	if (err || state != MEMORY_PRESENT)
		return err;
	page->order = page_compound_order(&survey->target->kernel.page, bytes);
	page->order_known = page->order > 0 && page->order <= DEVICE_ORDER_MAX;
	return NULL;
}

struct error *device_page_read(const struct survey *survey, pfn_t pfn, struct device_page *ret)
{
	unsigned char bytes[2 * STRUCT_PAGE_MAX];
	enum memory_state state;
	struct error *err =
		vmemmap_read(&survey->target->kernel, survey->map, survey->target->memory, pfn,
			     bytes, survey->target->kernel.struct_page_size, &state);

	*ret = (struct device_page){ .readable = !err && state == MEMORY_PRESENT };
	if (!ret->readable)
		return err;
	page_decode(survey, pfn, bytes, ret);
	if (!ret->device || ret->tail)
		return NULL;
	if (ret->head)
		return order_read(survey, pfn, bytes, ret);
	ret->order_known = true;
	return NULL;
}

/* --- resources ---------------------------------------------------------------- */

/* Of a persistent namespace the part before the data is mapped too: the device's own. */
static pfn_t start_with_metadata(const struct device_finder *finder,
				 const struct device_resource *dax)
{
	for (size_t i = 0; i < finder->resource_count; i++) {
		const struct device_resource *other = &finder->resources[i];

		if (other->kind == RESOURCE_NAMESPACE && other->end == dax->start &&
		    strcmp(other->region, dax->region) == 0 &&
		    kernel_pfn_valid(&finder->survey->target->kernel, other->start))
			return other->start;
	}
	return dax->start;
}

static struct error *system_ram_add(struct device_finder *finder, const struct device_resource *dax)
{
	struct device device = device_unknown;

	device.source = DEVICE_FROM_RESOURCE;
	device.kind = DEVICE_SYSTEM_RAM;
	device.start = dax->ram_start;
	device.end = dax->ram_end;
	return device_add(finder, &device);
}

static struct error *dax_resource_add(struct device_finder *finder,
				      const struct device_resource *dax)
{
	const struct dax_entry *entry = dax_entry_by_name(finder, dax->name);
	struct device device = device_unknown;
	struct device_page page;
	bool found = false;
	struct error *err = device_page_read(finder->survey, dax->start, &page);

	/* A device without a driver has a name, and no struct pages. */
	if (err || !kernel_pfn_valid(&finder->survey->target->kernel, dax->start) ||
	    (page.readable && !page.device))
		return err;
	if (entry)
		err = pgmap_add(finder, entry->pgmap, dax->start, &found);
	if (!err && !found)
		err = pgmap_add(finder, page.pgmap, dax->start, &found);
	if (err || found)
		return err;
	device.source = DEVICE_FROM_RESOURCE;
	device.pgmap = page.pgmap;
	device.start = start_with_metadata(finder, dax);
	device.end = dax->end;
	return device_add(finder, &device);
}

struct error *devices_from_resources(struct device_finder *finder)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < finder->resource_count; i++) {
		const struct device_resource *resource = &finder->resources[i];

		if (resource->kind != RESOURCE_DAX || resource->start >= resource->end)
			continue;
		if (resource->ram_start < resource->ram_end)
			err = system_ram_add(finder, resource);
		else if (!devices_find(finder->devices, resource->start))
			err = dax_resource_add(finder, resource);
	}
	return err;
}

/* --- struct pages of ranges that nothing names ---------------------------------- */

struct page_scan {
	struct device_finder *finder;
	pfn_t *bounds; /* of resources, ascending */
	size_t bound_count;
	pfn_t step;	      /* a sub-section: devices have whole ones */
	struct device extent; /* being gathered; empty if start == end */
};

static int pfn_compare(const void *a, const void *b)
{
	const pfn_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static struct error *bounds_read(struct page_scan *scan)
{
	const struct device_finder *finder = scan->finder;

	scan->bounds = calloc(2 * finder->resource_count + 1, sizeof(*scan->bounds));
	if (!scan->bounds)
		return error_nomem();
	for (size_t i = 0; i < finder->resource_count; i++) {
		scan->bounds[scan->bound_count++] = finder->resources[i].start;
		scan->bounds[scan->bound_count++] = finder->resources[i].end;
	}
	qsort(scan->bounds, scan->bound_count, sizeof(*scan->bounds), pfn_compare);
	return NULL;
}

/* The device whose last range goes on in @extent: its dev_pagemap says that it ends before. */
static struct device *continued(const struct device_finder *finder, const struct device *extent)
{
	struct devices *devices = finder->devices;
	const struct device *before =
		extent->start ? devices_find(devices, extent->start - 1) : NULL;

	if (!before || !before->claims.read || !extent->pgmap || before->pgmap != extent->pgmap ||
	    before->range_index + 1 != before->range_count)
		return NULL;
	return &devices->list[before - devices->list];
}

static struct error *extent_close(struct page_scan *scan)
{
	struct device *device = continued(scan->finder, &scan->extent);
	struct error *err = NULL;

	if (scan->extent.start < scan->extent.end && device)
		device->end = scan->extent.end;
	else if (scan->extent.start < scan->extent.end)
		err = device_add(scan->finder, &scan->extent);
	scan->extent = device_unknown;
	scan->extent.source = DEVICE_FROM_MAP;
	return err;
}

static bool extent_goes_on(const struct page_scan *scan, pfn_t pfn, vaddr_t pgmap)
{
	const struct device *extent = &scan->extent;

	return extent->start < extent->end && extent->end == pfn &&
	       !(pgmap && extent->pgmap && pgmap != extent->pgmap) &&
	       !bsearch(&pfn, scan->bounds, scan->bound_count, sizeof(pfn), pfn_compare);
}

static struct error *extent_extend(struct page_scan *scan, pfn_t pfn,
				   const struct device_page *page)
{
	struct error *err = NULL;
	bool found = false;

	if (!extent_goes_on(scan, pfn, page->pgmap)) {
		err = extent_close(scan);
		/* Then the range is claimed, and this is the last of it seen here. */
		if (!err)
			err = pgmap_add(scan->finder, page->pgmap, pfn, &found);
		if (err || found)
			return err;
		scan->extent.start = pfn;
	}
	scan->extent.end = pfn + scan->step;
	if (!scan->extent.pgmap)
		scan->extent.pgmap = page->pgmap;
	return NULL;
}

/* Looks at the sub-section of *pfn, and moves to the next. */
static struct error *scan_step(struct page_scan *scan, pfn_t *pfn)
{
	const struct survey *survey = scan->finder->survey;
	const struct device *claimed = devices_find(survey->devices, *pfn);
	struct device_page page;
	pfn_t at = *pfn;

	if (claimed) {
		*pfn = (claimed->end + scan->step - 1) / scan->step * scan->step;
		return extent_close(scan);
	}
	*pfn = at + scan->step;
	if (!kernel_pfn_valid(&survey->target->kernel, at))
		return extent_close(scan);
	struct error *err = device_page_read(survey, at, &page);
	if (err)
		return err;
	return page.device ? extent_extend(scan, at, &page) : extent_close(scan);
}

struct error *devices_from_pages(struct device_finder *finder)
{
	const struct kernel *kernel = &finder->survey->target->kernel;
	struct page_scan scan = {
		.finder = finder,
		.step = kernel->pages_per_section / kernel->subsections_per_section,
	};
	struct error *err = NULL;

	if (!finder->devices->device_zone_known || scan.step == 0)
		return NULL;
	err = bounds_read(&scan);
	for (size_t i = 0; !err && i < finder->room_count; i++) {
		pfn_t pfn = finder->room[i].start;

		err = extent_close(&scan);
		while (!err && pfn < finder->room[i].end)
			err = scan_step(&scan, &pfn);
	}
	if (!err)
		err = extent_close(&scan);
	free(scan.bounds);
	return err;
}
