// SPDX-License-Identifier: LGPL-2.1-or-later
/* struct dev_pagemap: what a device's memory is. Linux kernel include/linux/memremap.h. */
#include "analyzer/devices.h"

enum { PGMAP_ALTMAP_VALID = 1 };

/* --- members ---------------------------------------------------------------- */

static enum device_kind kind_of(const struct layout *layout, uint64_t type)
{
	static const struct {
		enum layout_id id;
		enum device_kind kind;
	} kinds[] = {
		{ LAYOUT_MEMORY_DEVICE_GENERIC, DEVICE_DAX },
		{ LAYOUT_MEMORY_DEVICE_FS_DAX, DEVICE_FSDAX },
		{ LAYOUT_MEMORY_DEVICE_PRIVATE, DEVICE_PRIVATE },
		{ LAYOUT_MEMORY_DEVICE_COHERENT, DEVICE_COHERENT },
		{ LAYOUT_MEMORY_DEVICE_P2PDMA, DEVICE_P2PDMA },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (layout_has(layout, kinds[i].id) && layout_get(layout, kinds[i].id) == type)
			return kinds[i].kind;
	return DEVICE_KIND_UNKNOWN;
}

static void altmap_read(struct member_reader *reader, struct device *device)
{
	const struct {
		enum layout_id member;
		uint64_t *to;
	} members[] = {
		{ LAYOUT_ALTMAP_BASE, &device->altmap_base },
		{ LAYOUT_ALTMAP_RESERVE, &device->altmap_reserve },
		{ LAYOUT_ALTMAP_FREE, &device->altmap_free },
		{ LAYOUT_ALTMAP_ALIGN, &device->altmap_align },
		{ LAYOUT_ALTMAP_ALLOC, &device->altmap_alloc },
	};
	vaddr_t base =
		device->pgmap + layout_get(&reader->analysis->layout, LAYOUT_DEV_PAGEMAP_ALTMAP);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].to = member_read(reader, base, members[i].member, 8);
}

/* All but the ranges. */
static void members_read(struct member_reader *reader, struct device *device)
{
	const struct layout *layout = &reader->analysis->layout;
	uint64_t shift = member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_SHIFT, 8);

	device->type = (unsigned)member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_TYPE, 4);
	device->type_known = layout_has(layout, LAYOUT_DEV_PAGEMAP_TYPE);
	if (device->type_known)
		device->kind = kind_of(layout, device->type);
	device->flags = member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_FLAGS, 4);
	device->altmap_known = layout_has(layout, LAYOUT_DEV_PAGEMAP_FLAGS);
	device->altmap = device->flags & PGMAP_ALTMAP_VALID;
	if (device->altmap && layout_has(layout, LAYOUT_DEV_PAGEMAP_ALTMAP))
		altmap_read(reader, device);
	device->shift_known =
		layout_has(layout, LAYOUT_DEV_PAGEMAP_SHIFT) && shift <= DEVICE_ORDER_MAX;
	device->order_known = device->shift_known;
	device->order = device->shift_known ? (unsigned)shift : 0;
}

/* --- ranges ----------------------------------------------------------------- */

/* Pfns of the i-th range; empty if it is not believable. The end in memory is inclusive. */
static struct range range_read(struct member_reader *reader, vaddr_t pgmap, uint64_t i)
{
	const struct analysis *analysis = reader->analysis;
	const struct layout *layout = &analysis->layout;
	vaddr_t at = pgmap + layout_get(layout, LAYOUT_DEV_PAGEMAP_RANGES) +
		     i * layout_get(layout, LAYOUT_RANGE_SIZE);
	uint64_t start = member_read(reader, at, LAYOUT_RANGE_START, 8);
	uint64_t end = member_read(reader, at, LAYOUT_RANGE_END, 8) + 1;
	uint64_t mask = analysis->kernel.page_size - 1;
	unsigned shift = analysis->kernel.page_shift;

	if (((start | end) & mask) || start >= end || end >> shift > pfn_limit(analysis))
		return (struct range){ 0 };
	return (struct range){ start >> shift, end >> shift };
}

/* All ranges, or none: a list with one that is impossible is not a list of ranges. */
static struct error *ranges_read(struct device_finder *finder, struct device *device, pfn_t pfn,
				 struct range **ret)
{
	struct member_reader reader = { .analysis = finder->analysis };
	uint64_t count = member_read(&reader, device->pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4);
	_cleanup_free_ struct range *ranges = NULL;
	bool holds = false;

	*ret = NULL;
	if (reader.err || count == 0 || count > finder->ranges_left)
		return reader.err;
	finder->ranges_left -= count;
	ranges = calloc(count, sizeof(*ranges));
	if (!ranges)
		return error_nomem();
	for (uint64_t i = 0; i < count; i++) {
		ranges[i] = range_read(&reader, device->pgmap, i);
		if (reader.err || reader.unreadable || ranges[i].start == ranges[i].end)
			return reader.err;
		holds |= pfn >= ranges[i].start && pfn < ranges[i].end;
	}
	if (!holds)
		return NULL;
	device->range_count = (unsigned)count;
	*ret = take_ptr(ranges);
	return NULL;
}

static struct error *ranges_add(struct device_finder *finder, struct device *device,
				const struct range *ranges)
{
	struct error *err = NULL;

	for (unsigned i = 0; !err && i < device->range_count; i++) {
		device->start = ranges[i].start;
		device->end = ranges[i].end;
		device->range_index = i;
		err = device_add(finder, device);
	}
	return err;
}

/* --- one dev_pagemap ---------------------------------------------------------- */

static struct pgmap_seen *seen_find(const struct device_finder *finder, vaddr_t pgmap)
{
	for (size_t i = 0; i < finder->seen_count; i++)
		if (finder->seen[i].pgmap == pgmap)
			return &finder->seen[i];
	return NULL;
}

static struct error *seen_add(struct device_finder *finder, vaddr_t pgmap, bool read)
{
	bool full;
	struct error *err = list_grow(&finder->seen, finder->seen_count, sizeof(*finder->seen),
				      4 * DEVICES_MAX, &full);

	if (!err && !full)
		finder->seen[finder->seen_count++] = (struct pgmap_seen){ pgmap, read };
	return err;
}

static struct error *pgmap_try(struct device_finder *finder, vaddr_t pgmap, pfn_t pfn,
			       bool *read_ret)
{
	static const enum layout_id needed[] = {
		LAYOUT_DEV_PAGEMAP_NR_RANGE, LAYOUT_DEV_PAGEMAP_RANGES, LAYOUT_RANGE_SIZE,
		LAYOUT_RANGE_START,	     LAYOUT_RANGE_END,
	};
	struct member_reader reader = { .analysis = finder->analysis };
	struct device device = device_unknown;
	_cleanup_free_ struct range *ranges = NULL;

	*read_ret = false;
	if (!layout_has_all(&finder->analysis->layout, needed, sizeof(needed) / sizeof(needed[0])))
		return NULL;
	device.source = DEVICE_FROM_PGMAP;
	device.pgmap = pgmap;
	members_read(&reader, &device);
	if (reader.err || reader.unreadable)
		return reader.err;
	struct error *err = ranges_read(finder, &device, pfn, &ranges);
	if (err || !ranges)
		return err;
	*read_ret = true;
	return ranges_add(finder, &device, ranges);
}

struct error *pgmap_add(struct device_finder *finder, vaddr_t pgmap, pfn_t pfn, bool *found_ret)
{
	*found_ret = false;
	if (!is_kernel_pointer(pgmap) || seen_find(finder, pgmap))
		return NULL;
	struct error *err = pgmap_try(finder, pgmap, pfn, found_ret);
	return err ? err : seen_add(finder, pgmap, *found_ret);
}

/* --- those of the array ------------------------------------------------------- */

/* The dev_pagemap is not there: the array says at least where it is. */
static struct error *interval_as_device(struct device_finder *finder,
					const struct pgmap_interval *interval)
{
	struct device device = device_unknown;

	device.source = DEVICE_FROM_XARRAY;
	device.pgmap = interval->pgmap;
	device.start = interval->start;
	device.end = interval->end;
	return device_add(finder, &device);
}

struct error *pgmaps_read(struct device_finder *finder)
{
	struct error *err = NULL;
	bool found;

	for (size_t i = 0; !err && i < finder->interval_count; i++)
		err = pgmap_add(finder, finder->intervals[i].pgmap, finder->intervals[i].start,
				&found);
	for (size_t i = 0; i < finder->seen_count; i++)
		finder->devices->pgmaps_unreadable += !finder->seen[i].read;
	for (size_t i = 0; !err && i < finder->interval_count; i++) {
		const struct pgmap_seen *seen = seen_find(finder, finder->intervals[i].pgmap);

		if (!seen || !seen->read)
			err = interval_as_device(finder, &finder->intervals[i]);
	}
	return err;
}
