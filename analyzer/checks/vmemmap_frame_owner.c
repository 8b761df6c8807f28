// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nobody else owns a frame that the vmemmap maps. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/check_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "include/bytes.h"

static const char *const owner_texts[FRAME_USE_COUNT] = {
	[FRAME_USE_BUDDY] = "is free: in a buddy block of order",
	[FRAME_USE_NONE] = "is nobody's: it has a reference count of",
	[FRAME_USE_TYPE] = "is in use otherwise: its page type is",
	[FRAME_USE_TABLE] = "is a page table: its page type is",
	[FRAME_USE_SLAB] = "is a slab: its page type, or flags, are",
	[FRAME_USE_HUGETLB] = "is a huge page: its page type is",
	[FRAME_USE_HEAD] = "is the head of a compound page: its flags are",
	[FRAME_USE_TAIL] = "is a tail of a compound page: its link is",
	[FRAME_USE_LRU] = "is on an LRU list: its flags are",
	[FRAME_USE_MAPPED] = "is mapped by a process, or its struct page is blank: _mapcount is",
	[FRAME_USE_MAPPING] = "belongs to a file or a process: mapping is",
	[FRAME_USE_NOWHERE] = "is no memory of this machine",
	[FRAME_USE_DEVICE] = "is memory of",
};

/* Frames in a row of which the same is to be said. */
struct group {
	enum frame_use use;
	uint64_t value; /* what the text ends with */
	pfn_t frame;
	uint64_t index, count;
	bool constant; /* one frame, @count vmemmap pages */
};

struct scan {
	const struct survey *survey;
	struct check_run *run;
	const unsigned char *bytes; /* a vmemmap page */
	struct page_buffer buffer;
	unsigned per_page; /* struct pages in it */
	uint64_t loaded;   /* the first pfn in it; UINT64_MAX: nothing is */
	enum memory_state state;
	pfn_t next;	/* the frame after the last one looked at */
	pfn_t free_end; /* of the free block that the last one was in */
	unsigned free_order;
	struct group group;
};

/*
 * It has no altmap, and some of its memmap is elsewhere. Where all of it is in the device, the
 * altmap is what is missing, and dax-pgmap says so.
 */
static bool has_no_memmap(const struct device *device)
{
	return device->altmap_known && !device->altmap && device->memmap == MEMMAP_MIXED;
}

/* --- findings ------------------------------------------------------------------ */

enum { VALUE_MAX = HUGE_LABEL_MAX + 48 };

/* What shows the owner, to go on owner_texts[]. */
static const char *value_words(const struct scan *scan, const struct group *group,
			       char buf[VALUE_MAX])
{
	bool decimal = group->use == FRAME_USE_BUDDY || group->use == FRAME_USE_NONE ||
		       group->use == FRAME_USE_MAPPED;
	const struct device *device = devices_find(scan->survey->devices, group->frame);
	char label[HUGE_LABEL_MAX];

	if (group->use == FRAME_USE_NOWHERE)
		return "";
	if (group->use == FRAME_USE_DEVICE)
		snprintf(buf, VALUE_MAX, " %s, %s", device_label(device, label),
			 has_no_memmap(device) ? "which holds no struct pages: it has no altmap"
					       : "though they are not of its pages");
	else
		snprintf(buf, VALUE_MAX, decimal ? " %" PRId64 : " 0x%" PRIx64, (long)group->value);
	return buf;
}

static struct error *group_flush(struct scan *scan)
{
	struct group *group = &scan->group;
	bool free = group->use == FRAME_USE_BUDDY || group->use == FRAME_USE_NONE;
	bool by_place = group->use == FRAME_USE_NOWHERE || group->use == FRAME_USE_DEVICE;
	pfn_t pfn = vmemmap_first_pfn(&scan->survey->target->kernel, group->index);
	char more[48] = "", value[VALUE_MAX];

	if (group->use == FRAME_USE_KERNEL)
		return NULL;
	if (!group->constant && group->count > 1)
		snprintf(more, sizeof(more), "; so %s the %" PRIu64 " after it",
			 group->count == 2 ? "is" : "are", group->count - 1);
	finding_sign(scan->run, by_place ? NULL
				: free	 ? "vmemmap-frame-free"
					 : "vmemmap-frame-reused");
	struct error *err = finding_add(scan->run, SEVERITY_ERROR, pfn, group->index, group->count,
					"the struct pages from pfn 0x%" PRIx64
					" on are in frame 0x%" PRIx64 ", which %s%s%s",
					pfn, group->frame, owner_texts[group->use],
					value_words(scan, group, value), more);
	group->use = FRAME_USE_KERNEL;
	return err;
}

static struct error *group_add(struct scan *scan, const struct frame_interval *interval,
			       pfn_t frame, enum frame_use use, uint64_t value)
{
	struct frame_place place = frame_interval_place(scan->survey->map, interval, frame);
	struct group *group = &scan->group;
	bool constant = place.count > 1;

	if (findings_cover_any(scan->run, place.index, place.count))
		return NULL;
	if (group->use == use && group->value == value && !group->constant && !constant &&
	    group->index + group->count == place.index && group->frame + group->count == frame) {
		group->count++;
		return NULL;
	}
	struct error *err = group_flush(scan);
	*group = (struct group){ use, value, frame, place.index, place.count, constant };
	return err;
}

/* --- struct pages --------------------------------------------------------------- */

static int32_t half(const struct scan *scan, const unsigned char *bytes, enum layout_id id)
{
	return (int32_t)load_u32(bytes + layout_get(&scan->survey->target->layout, id),
				 scan->survey->target->kernel.big_endian);
}

/* Notes the free block that begins at @frame, or that it lies in. */
static struct error *free_block_find(struct scan *scan, pfn_t frame, const unsigned char *bytes,
				     bool first)
{
	struct frame_verdict verdict;
	unsigned order;

	if (frame < scan->free_end)
		return NULL;
	if (page_is_buddy(&scan->survey->target->kernel.page, bytes, &order) && order < 32) {
		scan->free_end = frame + (UINT64_C(1) << order);
		scan->free_order = order;
		return NULL;
	}
	/* Blocks that begin further on are seen on the way. */
	if (!first || half(scan, bytes, LAYOUT_PAGE_REFCOUNT) != 0)
		return NULL;
	struct error *err = frame_judge(scan->survey, frame, &verdict);
	if (!err && verdict.told && verdict.free && verdict.order < 32) {
		scan->free_end = verdict.block + (UINT64_C(1) << verdict.order);
		scan->free_order = verdict.order;
	}
	return err;
}

/*
 * A larger leaf may be one block of the buddy allocator that is no compound page:
 * its first page alone has a reference. Splitting the leaf splits the block.
 */
static bool may_lack_reference(const struct scan *scan, const struct frame_interval *interval,
			       pfn_t frame)
{
	const struct paging *paging = &scan->survey->target->paging;
	const struct vmemmap_row *row = &scan->survey->map->rows[interval->row];
	unsigned shift = paging->level[row->level].shift - paging->page_shift;

	return row->backing == BACKING_LEAF && (frame & ((UINT64_C(1) << shift) - 1)) != 0;
}

/* --- frames ----------------------------------------------------------------------- */

static struct error *check_frame(struct scan *scan, const struct frame_interval *interval,
				 pfn_t frame)
{
	const unsigned char *bytes =
		scan->bytes +
		frame % scan->per_page * scan->survey->target->kernel.struct_page_size;
	bool first = frame != scan->next;
	uint64_t value = 0;

	scan->next = frame + 1;
	if (frame_use_of_others(scan->survey->target, bytes))
		return NULL;
	scan->run->checked++;
	struct error *err = free_block_find(scan, frame, bytes, first);
	if (err)
		return err;
	if (frame < scan->free_end)
		return group_add(scan, interval, frame, FRAME_USE_BUDDY, scan->free_order);
	enum frame_use use = frame_use_of(scan->survey->target, bytes, &value);
	int32_t refcount = half(scan, bytes, LAYOUT_PAGE_REFCOUNT);

	if (use != FRAME_USE_KERNEL)
		return group_add(scan, interval, frame, use, value);
	if (refcount < 0 || (refcount == 0 && !may_lack_reference(scan, interval, frame)))
		return group_add(scan, interval, frame, FRAME_USE_NONE, (uint64_t)refcount);
	return NULL;
}

/* Frames whose struct pages cannot be looked at, unless that has been said. */
static struct error *skip(struct scan *scan, const struct frame_interval *interval, pfn_t frame,
			  uint64_t count, enum memory_state state)
{
	uint64_t index = frame_interval_place(scan->survey->map, interval, frame).index;

	if (findings_cover(scan->run, index))
		return NULL;
	scan->run->not_checked += count;
	return check_reason(scan->run, "struct pages of the frames are %s",
			    memory_state_text(state));
}

/* An entry that leads to no memory: a page table was overwritten. */
static struct error *nowhere(struct scan *scan, const struct frame_interval *interval, pfn_t frame,
			     pfn_t end)
{
	struct error *err = NULL;

	for (; !err && frame < end; frame++) {
		scan->run->checked++;
		err = group_add(scan, interval, frame, FRAME_USE_NOWHERE, 0);
	}
	return err;
}

/*
 * Memory of a device may hold the device's own memmap, and no other: neither that of ordinary
 * memory, nor of another device. Where a section is shared with boot memory nothing here shows
 * of which of the two a vmemmap page is.
 */
static bool is_strange_to(const struct survey *survey, const struct device *device, uint64_t index)
{
	const struct target *target = survey->target;
	const struct device *own;

	if (has_no_memmap(device))
		return true;
	if (vmemmap_is_ordinary(target, index, index + 1))
		return true;
	if (device->source != DEVICE_FROM_PGMAP || !vmemmap_is_device(target, index, index + 1))
		return false;
	own = devices_find(survey->devices, vmemmap_first_pfn(&target->kernel, index));
	return own && own->source == DEVICE_FROM_PGMAP && own->pgmap != device->pgmap;
}

/* Frames [frame, end) are behind struct pages of @device, from the first to the last. */
static bool is_own_memmap(const struct survey *survey, const struct frame_interval *interval,
			  pfn_t frame, pfn_t end, const struct device *device)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t first = frame_interval_place(survey->map, interval, frame).index;
	uint64_t last = frame_interval_place(survey->map, interval, end - 1).index;

	return !has_no_memmap(device) && vmemmap_is_device(survey->target, first, last + 1) &&
	       devices_find(survey->devices, vmemmap_first_pfn(kernel, first)) == device &&
	       devices_find(survey->devices, vmemmap_first_pfn(kernel, last)) == device;
}

static struct error *in_device(struct scan *scan, const struct frame_interval *interval,
			       pfn_t frame, pfn_t end)
{
	const struct survey *survey = scan->survey;
	const struct device *device = devices_find(survey->devices, frame);
	struct error *err = NULL;

	if (!device || device->kind == DEVICE_SYSTEM_RAM ||
	    is_own_memmap(survey, interval, frame, end, device))
		return NULL;
	for (; !err && frame < end; frame++) {
		uint64_t index = frame_interval_place(survey->map, interval, frame).index;

		if (!is_strange_to(survey, device, index))
			continue;
		scan->run->checked++;
		err = group_add(scan, interval, frame, FRAME_USE_DEVICE, device->start);
	}
	return err;
}

/* The vmemmap page with the struct page of @frame. */
static struct error *load(struct scan *scan, pfn_t frame)
{
	const struct survey *survey = scan->survey;
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t first = frame / scan->per_page * scan->per_page;

	if (first == scan->loaded)
		return NULL;
	scan->loaded = first;
	return vmemmap_look(kernel, survey->map, survey->target->memory, &scan->buffer, first,
			    scan->per_page * kernel->struct_page_size, &scan->bytes, &scan->state);
}

/* Frames [frame, end) of @piece, whose struct pages are in one vmemmap page. */
static struct error *check_frames(struct scan *scan, const struct frame_interval *interval,
				  pfn_t frame, pfn_t end)
{
	const struct survey *survey = scan->survey;
	const struct section *section = kernel_section_of(&survey->target->kernel, frame);
	struct error *err = NULL;

	if (frame_is_nowhere(survey, frame))
		return nowhere(scan, interval, frame, end);
	if (!section)
		return skip(scan, interval, frame, end - frame, MEMORY_ABSENT);
	if (!section->online || devices_find(survey->devices, frame))
		return in_device(scan, interval, frame, end);
	err = load(scan, frame);
	if (err)
		return err;
	if (scan->state != MEMORY_PRESENT)
		return skip(scan, interval, frame, end - frame, scan->state);
	for (; !err && frame < end; frame++)
		err = check_frame(scan, interval, frame);
	return err;
}

static struct error *check_intervals(struct scan *scan, size_t first, size_t end)
{
	struct frame_walk walk = vmemmap_frames(scan->survey->map, first, end);
	struct error *err = NULL;

	while (!err && frame_walk_next(&walk)) {
		for (pfn_t frame = walk.start, stop; !err && frame < walk.end; frame = stop) {
			stop = (frame / scan->per_page + 1) * scan->per_page;
			if (stop > walk.end)
				stop = walk.end;
			err = check_frames(scan, walk.interval, frame, stop);
		}
	}
	return err ? err : group_flush(scan);
}

static struct error *check_part(const struct survey *view, struct check_run *run, void *data,
				size_t number)
{
	const struct kernel *kernel = &view->target->kernel;
	size_t first = number * PART_ROWS, count = view->map->interval_count;
	struct scan scan = {
		.survey = view,
		.run = run,
		.per_page = (unsigned)(kernel->page_size / kernel->struct_page_size),
		.loaded = UINT64_MAX,
		.next = UINT64_MAX,
	};

	(void)data;
	struct error *err = check_intervals(&scan, first,
					    count - first > PART_ROWS ? first + PART_ROWS : count);
	page_buffer_deinit(&scan.buffer);
	return err;
}

static struct error *run_frame_owner(const struct survey *survey, struct check_run *run)
{
	const struct layout *layout = &survey->target->layout;

	run->unit = "frames";
	if (!layout_has(layout, LAYOUT_PAGE_MAPCOUNT) ||
	    !layout_has(layout, LAYOUT_PAGE_REFCOUNT)) {
		run->not_checked = survey->map->interval_count;
		return check_reason(run, "the types lack struct page._mapcount or _refcount");
	}
	struct error *err = check_in_parts(survey, run, parts_of_rows(survey->map->interval_count),
					   check_part, NULL);
	return err ? err : frames_unmapped(survey, run);
}

const struct check check_frame_owner = {
	.id = "vmemmap-frame-owner",
	.title = "nobody else owns a frame that the vmemmap maps",
	.rationale =
		"A frame behind struct pages that was freed is given to the next who asks: a page "
		"table, a slab, a process. From then on two write to the same memory. The frame's own "
		"struct page shows: boot memory is reserved, what came from the page allocator has a "
		"reference, and neither is free, typed, on an LRU list, compound or mapped. Memory of a "
		"device may hold the device's own memmap, and no other: its users write there.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_alloc_block(); mm/hugetlb_vmemmap.c, "
		 "free_vmemmap_page_list()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no struct pages of frames",
	.of_frames = true,
	.run = run_frame_owner,
};
