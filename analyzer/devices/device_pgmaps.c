// SPDX-License-Identifier: LGPL-2.1-or-later
/* struct dev_pagemap: what a device's memory is. Linux kernel include/linux/memremap.h. */
#include "analyzer/devices/devices.h"
#include "include/array.h"
#include "include/vector.h"

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

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (layout_has(layout, kinds[i].id) && layout_get(layout, kinds[i].id) == type)
			return kinds[i].kind;
	return DEVICE_KIND_UNKNOWN;
}

enum layout_id altmap_lacks(const struct layout *layout)
{
	static const enum layout_id needed[] = {
		LAYOUT_DEV_PAGEMAP_FLAGS, LAYOUT_DEV_PAGEMAP_ALTMAP, LAYOUT_ALTMAP_BASE,
		LAYOUT_ALTMAP_RESERVE,	  LAYOUT_ALTMAP_FREE,	     LAYOUT_ALTMAP_ALIGN,
		LAYOUT_ALTMAP_ALLOC,
	};

	return layout_first_lacking(layout, needed, COUNT_OF(needed));
}

static void altmap_read(struct member_reader *reader, struct device *device)
{
	const struct {
		enum layout_id member;
		uint64_t *to;
	} members[] = {
		{ LAYOUT_ALTMAP_BASE, &device->altmap_base },
		{ LAYOUT_ALTMAP_END, &device->altmap_end },
		{ LAYOUT_ALTMAP_RESERVE, &device->altmap_reserve },
		{ LAYOUT_ALTMAP_FREE, &device->altmap_free },
		{ LAYOUT_ALTMAP_ALIGN, &device->altmap_align },
		{ LAYOUT_ALTMAP_ALLOC, &device->altmap_alloc },
	};
	vaddr_t base = device->pgmap +
		       layout_get(&reader->survey->target->layout, LAYOUT_DEV_PAGEMAP_ALTMAP);

	struct member_reader own = { .survey = reader->survey };

	for (size_t i = 0; i < COUNT_OF(members); i++)
		*members[i].to = member_read(&own, base, members[i].member, 8);
	device->altmap_read = !own.unreadable;
	/* Without the flag it is looked at only to see whether that is right. */
	reader->unreadable |= own.unreadable && device->altmap;
	if (!reader->err)
		reader->err = own.err;
	else
		error_destroy(own.err);
}

/* All but the ranges. */
static void members_read(struct member_reader *reader, struct device *device)
{
	const struct layout *layout = &reader->survey->target->layout;
	uint64_t shift = member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_SHIFT, 8);

	device->type = (unsigned)member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_TYPE, 4);
	device->type_known = layout_has(layout, LAYOUT_DEV_PAGEMAP_TYPE);
	if (device->type_known)
		device->kind = kind_of(layout, device->type);
	device->flags = member_read(reader, device->pgmap, LAYOUT_DEV_PAGEMAP_FLAGS, 4);
	device->altmap_known = layout_has(layout, LAYOUT_DEV_PAGEMAP_FLAGS);
	device->altmap = device->flags & PGMAP_ALTMAP_VALID;
	if (altmap_lacks(layout) == LAYOUT_COUNT)
		altmap_read(reader, device);
	device->shift_known =
		layout_has(layout, LAYOUT_DEV_PAGEMAP_SHIFT) && shift <= DEVICE_ORDER_MAX;
	device->order_known = device->shift_known;
	device->order = device->shift_known ? (unsigned)shift : 0;
	device->claims = (struct pgmap_claims){
		.read = true,
		.type = device->type,
		.flags = device->flags,
		.shift = shift,
	};
}

/* --- ranges ----------------------------------------------------------------- */

static struct bytes_claimed claim_read(struct member_reader *reader, vaddr_t pgmap, uint64_t i)
{
	const struct layout *layout = &reader->survey->target->layout;
	vaddr_t at = pgmap + layout_get(layout, LAYOUT_DEV_PAGEMAP_RANGES) +
		     i * layout_get(layout, LAYOUT_RANGE_SIZE);

	return (struct bytes_claimed){
		.first = member_read(reader, at, LAYOUT_RANGE_START, 8),
		.last = member_read(reader, at, LAYOUT_RANGE_END, 8),
	};
}

/*
 * Device memory is added in whole sub-sections. Linux kernel mm/memory_hotplug.c,
 * check_pfn_span().
 */
static uint64_t bytes_added_at_once(const struct kernel *kernel)
{
	return kernel->pages_per_section / kernel->subsections_per_section * kernel->page_size;
}

/* The pfns; empty if they are not believable. */
static struct range range_of(const struct target *target, const struct bytes_claimed *claimed)
{
	uint64_t start = claimed->first, end = claimed->last + 1;
	uint64_t mask = bytes_added_at_once(&target->kernel) - 1;
	unsigned shift = target->kernel.page_shift;

	if (((start | end) & mask) || start >= end || end >> shift > pfn_limit(target))
		return (struct range){ 0 };
	return (struct range){ start >> shift, end >> shift };
}

/* A dev_pagemap while it is read: its ranges, and what pgmap_array has of it. */
struct ranges {
	struct bytes_claimed *claims; /* as read */
	struct range *list;	      /* the same; an empty one is not believable */
	uint64_t count;		      /* nr_range, or so many more than read */
	bool whole;		      /* all were read, and each is believable */
	struct range *kept;	      /* by pgmap_array; merged where they touch */
	size_t kept_count;
};

static void ranges_deinit(struct ranges *ranges)
{
	free(ranges->claims);
	free(ranges->list);
	free(ranges->kept);
}

/* What pgmap_array has of it, if the array could be read to its end. */
static struct error *kept_read(const struct device_finder *finder, vaddr_t pgmap,
			       struct ranges *ranges)
{
	if (!finder->devices->pgmaps_known)
		return NULL;
	ranges->kept = calloc(finder->interval_count + 1, sizeof(*ranges->kept));
	if (!ranges->kept)
		return error_nomem();
	for (size_t i = 0; i < finder->interval_count; i++)
		if (finder->intervals[i].pgmap == pgmap)
			ranges->kept[ranges->kept_count++] =
				(struct range){ finder->intervals[i].start,
						finder->intervals[i].end };
	return NULL;
}

/* As many as nr_range says, and one more than the array has if that is less. */
static struct error *list_read(struct device_finder *finder, const struct device *device,
			       struct ranges *ranges)
{
	uint64_t said = device->claims.nr_range, most = ranges->kept_count + 1;
	uint64_t count = said < finder->ranges_left || said < most ? said : 0;

	count = count < most ? most : count;
	ranges->list = calloc(count, sizeof(*ranges->list));
	ranges->claims = calloc(count, sizeof(*ranges->claims));
	if (!ranges->list || !ranges->claims)
		return error_nomem();
	ranges->count = count;
	ranges->whole = said > 0 && said <= count;
	finder->ranges_left -= said <= finder->ranges_left ? said : 0;
	for (uint64_t i = 0; i < count; i++) {
		struct member_reader reader = { .survey = finder->survey };

		ranges->claims[i] = claim_read(&reader, device->pgmap, i);
		if (reader.err)
			return reader.err;
		if (!reader.unreadable)
			ranges->list[i] = range_of(finder->survey->target, &ranges->claims[i]);
		if (i < said && ranges->list[i].start == ranges->list[i].end)
			ranges->whole = false;
	}
	return NULL;
}

/* The end of the range that has @pfn; 0 if none has. */
static pfn_t end_at(const struct range *list, uint64_t count, pfn_t pfn)
{
	for (uint64_t i = 0; i < count; i++)
		if (pfn >= list[i].start && pfn < list[i].end)
			return list[i].end;
	return 0;
}

enum { ADJACENT_MAX = 64 }; /* ranges of one device that touch each other */

static bool is_within(const struct range *inner, const struct range *list, uint64_t count)
{
	pfn_t pfn = inner->start;

	for (unsigned i = 0; i < ADJACENT_MAX && pfn && pfn < inner->end; i++)
		pfn = end_at(list, count, pfn);
	return pfn >= inner->end;
}

/* The ranges are believable, and explain all that the array has of this dev_pagemap. */
static bool ranges_agree(const struct ranges *ranges, uint64_t said, pfn_t pfn)
{
	if (!ranges->whole || !end_at(ranges->list, said, pfn))
		return false;
	for (size_t i = 0; i < ranges->kept_count; i++)
		if (!is_within(&ranges->kept[i], ranges->list, said))
			return false;
	return true;
}

/*
 * Of a range that nr_range counts: all of it; or, where struct pages say that it ends
 * before, what the array has. A device that is being removed has neither.
 */
static struct error *range_trim(const struct device_finder *finder, const struct ranges *ranges,
				struct range *range)
{
	const struct kernel *kernel = &finder->survey->target->kernel;
	struct device_page page;

	for (size_t i = 0; i < ranges->kept_count; i++) {
		const struct range *kept = &ranges->kept[i];

		if (!is_within(kept, range, 1) || !kernel_pfn_valid(kernel, kept->start) ||
		    (kept->start == range->start && kept->end == range->end))
			continue;
		pfn_t beyond = kept->start > range->start ? range->start : range->end - 1;
		struct error *err = device_page_read(finder->survey, beyond, &page);
		if (err)
			return err;
		if (!kernel_pfn_valid(kernel, beyond) || (page.readable && !page.device))
			*range = *kept;
		return NULL;
	}
	return NULL;
}

static struct error *ranges_add_said(struct device_finder *finder, struct device *device,
				     const struct ranges *ranges)
{
	struct error *err = NULL;

	device->range_count = (unsigned)device->claims.nr_range;
	for (unsigned i = 0; !err && i < device->range_count; i++) {
		struct range range = ranges->list[i];

		device->claims.range = ranges->claims[i];
		err = range_trim(finder, ranges, &range);
		device->start = range.start;
		device->end = range.end;
		device->range_index = i;
		if (!err)
			err = device_add(finder, device);
	}
	return err;
}

/* While memremap_pages() works on the last range, nr_range does not count it yet. */
static struct error *is_being_added(const struct device_finder *finder, const struct device *device,
				    const struct ranges *ranges, bool *ret)
{
	const struct range *last = &ranges->kept[ranges->kept_count - 1];
	struct device_page page;

	*ret = device->claims.nr_range + 1 == ranges->kept_count;
	for (size_t i = 0; *ret && i < ranges->kept_count; i++)
		*ret = ranges->list[i].start == ranges->kept[i].start &&
		       ranges->list[i].end == ranges->kept[i].end;
	if (!*ret)
		return NULL;
	struct error *err = device_page_read(finder->survey, last->end - 1, &page);
	*ret = page.readable ? !page.device
			     : !kernel_pfn_valid(&finder->survey->target->kernel, last->end - 1);
	return err;
}

/* By the array: what the dev_pagemap says of its ranges is not so. */
static struct error *ranges_add_kept(struct device_finder *finder, struct device *device,
				     const struct ranges *ranges)
{
	struct error *err = is_being_added(finder, device, ranges, &device->being_added);

	device->range_count = (unsigned)ranges->kept_count;
	for (unsigned i = 0; !err && i < device->range_count; i++) {
		device->claims.range = ranges->claims[i];
		device->start = ranges->kept[i].start;
		device->end = ranges->kept[i].end;
		device->range_index = i;
		err = device_add(finder, device);
	}
	return err;
}

/* *read_ret: it is one that has @pfn. */
static struct error *ranges_add(struct device_finder *finder, struct device *device, pfn_t pfn,
				bool *read_ret)
{
	struct ranges ranges = { 0 };
	struct error *err = kept_read(finder, device->pgmap, &ranges);

	if (!err)
		err = list_read(finder, device, &ranges);
	if (!err && ranges_agree(&ranges, device->claims.nr_range, pfn)) {
		*read_ret = true;
		err = ranges_add_said(finder, device, &ranges);
	} else if (!err && ranges.kept_count &&
		   (device->kind != DEVICE_KIND_UNKNOWN || end_at(ranges.list, 1, pfn))) {
		*read_ret = true;
		err = ranges_add_kept(finder, device, &ranges);
	}
	ranges_deinit(&ranges);
	return err;
}

/* Of the ranges that nr_range counts, and of the one that may just be added. */
static struct error *pgmap_has(struct device_finder *finder, vaddr_t pgmap, uint64_t count,
			       const struct range *range, bool *ret)
{
	*ret = false;
	for (uint64_t i = 0; !*ret && i <= count && i <= ADJACENT_MAX; i++) {
		struct member_reader reader = { .survey = finder->survey };
		struct bytes_claimed claimed = claim_read(&reader, pgmap, i);
		struct range said = range_of(finder->survey->target, &claimed);

		if (reader.err)
			return reader.err;
		*ret = !reader.unreadable && range->start >= said.start && range->start < said.end;
	}
	return NULL;
}

enum layout_id pgmap_lacks(const struct layout *layout)
{
	static const enum layout_id needed[] = {
		LAYOUT_DEV_PAGEMAP_NR_RANGE, LAYOUT_DEV_PAGEMAP_RANGES, LAYOUT_RANGE_SIZE,
		LAYOUT_RANGE_START,	     LAYOUT_RANGE_END,
	};

	return layout_first_lacking(layout, needed, COUNT_OF(needed));
}

bool pgmap_is_known(const struct layout *layout)
{
	return pgmap_lacks(layout) == LAYOUT_COUNT;
}

struct error *pgmap_ask(struct device_finder *finder, vaddr_t pgmap, const struct range *range,
			enum pgmap_word *ret)
{
	struct member_reader reader = { .survey = finder->survey };
	uint64_t count;
	bool has;

	*ret = PGMAP_SILENT;
	if (!is_kernel_pointer(finder->survey->target, pgmap) ||
	    !pgmap_is_known(&finder->survey->target->layout))
		return NULL;
	count = member_read(&reader, pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4);
	if (reader.err || reader.unreadable)
		return reader.err;
	struct error *err = pgmap_has(finder, pgmap, count, range, &has);
	*ret = has ? PGMAP_HAS : PGMAP_DENIES;
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
	if (finder->seen_count >= 4 * DEVICES_MAX)
		return NULL;
	return vector_push(finder->seen, finder->seen_count, finder->seen_room,
			   (struct pgmap_seen){ pgmap, read });
}

static struct error *pgmap_try(struct device_finder *finder, vaddr_t pgmap, pfn_t pfn,
			       bool *read_ret)
{
	struct member_reader reader = { .survey = finder->survey };
	struct device device = device_unknown;

	*read_ret = false;
	if (!pgmap_is_known(&finder->survey->target->layout))
		return NULL;
	device.source = DEVICE_FROM_PGMAP;
	device.pgmap = pgmap;
	members_read(&reader, &device);
	device.claims.nr_range = member_read(&reader, pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4);
	if (reader.err || reader.unreadable)
		return reader.err;
	return ranges_add(finder, &device, pfn, read_ret);
}

struct error *pgmap_add(struct device_finder *finder, vaddr_t pgmap, pfn_t pfn, bool *found_ret)
{
	*found_ret = false;
	if (!is_kernel_pointer(finder->survey->target, pgmap) || seen_find(finder, pgmap))
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
