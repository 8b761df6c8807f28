// SPDX-License-Identifier: LGPL-2.1-or-later
/* A vmemmap frame that the dump lacks: free already, or merely left out? */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/check_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* Frames in a row of which the same is to be said. */
struct group {
	uint64_t index, count;
	pfn_t frame;
	enum memory_state state;
	struct frame_verdict verdict;
};

static bool are_alike(const struct frame_verdict *a, const struct frame_verdict *b)
{
	return a->told == b->told && a->valid == b->valid && a->free == b->free &&
	       (!a->free || a->block == b->block) && (a->free || a->refcount == b->refcount);
}

static struct error *report_group(const struct target *target, struct check_run *run,
				  const struct group *group)
{
	const struct frame_verdict *verdict = &group->verdict;
	pfn_t pfn = vmemmap_first_pfn(&target->kernel, group->index);
	char more[48] = "";

	if (!verdict->told && verdict->valid) {
		run->not_checked += group->count;
		return check_reason(run, "struct pages of frames that are not in the dump are not "
					 "there either");
	}
	run->checked += group->count;
	if (group->count > 1)
		snprintf(more, sizeof(more), "; so %s the %" PRIu64 " after it",
			 group->count == 2 ? "is" : "are", group->count - 1);
	if (!verdict->valid)
		return finding_add(run, SEVERITY_ERROR, pfn, group->index, group->count,
				   "the struct pages from pfn 0x%" PRIx64
				   " on are in frame 0x%" PRIx64 ", which "
				   "is no memory of this machine%s",
				   pfn, group->frame, more);
	finding_sign(run, verdict->free ? "vmemmap-frame-free" : NULL);
	if (verdict->free)
		return finding_add(run, SEVERITY_ERROR, pfn, group->index, group->count,
				   "the struct pages from pfn 0x%" PRIx64
				   " on are in frame 0x%" PRIx64 ", which "
				   "is free (buddy block of order %u) and %s%s",
				   pfn, group->frame, verdict->order,
				   memory_state_text(group->state), more);
	return finding_add(run, SEVERITY_NOTE, pfn, group->index, group->count,
			   "the struct pages from pfn 0x%" PRIx64 " on are in frame 0x%" PRIx64
			   ", which is %s "
			   "though not free (reference count %u)%s",
			   pfn, group->frame, memory_state_text(group->state), verdict->refcount,
			   more);
}

struct frames {
	const struct survey *survey;
	struct check_run *run;
	struct memory_extent extent; /* the last answer */
};

static bool is_first_user(const struct survey *survey, pfn_t frame, uint64_t index)
{
	uint64_t first, count;
	size_t cursor = 0;

	return vmemmap_users_next(survey->map, frame, &cursor, &first, &count) && first == index;
}

/* Of @count frames from @frame on, those that no earlier vmemmap page maps. */
static uint64_t first_users(const struct survey *survey, const struct vmemmap_run *piece,
			    pfn_t frame, uint64_t count, uint64_t index)
{
	uint64_t first = 0;

	if (!piece->shared)
		return count;
	for (uint64_t i = 0; i < count; i++)
		first += is_first_user(survey, frame + i, index + i);
	return first;
}

/* The extent of the page at @frame becomes the last answer; how many pages of it from there on. */
static struct error *extent_find(struct frames *frames, pfn_t frame, uint64_t *pages_ret)
{
	const struct survey *survey = frames->survey;
	unsigned shift = survey->target->kernel.page_shift;
	paddr_t addr = frame << shift;
	struct error *err = NULL;

	if (addr < frames->extent.start || addr >= frames->extent.end)
		err = survey->target->memory->ops->extent(survey->target->memory, addr,
							  &frames->extent);
	*pages_ret = err ? 0 : (frames->extent.end - addr) >> shift;
	return err;
}

static bool is_to_be_judged(const struct frames *frames, pfn_t frame, uint64_t index)
{
	return is_first_user(frames->survey, frame, index) && !findings_cover(frames->run, index);
}

/* @count frames from @frame on that the dump lacks. */
static struct error *judge_frames(struct frames *frames, pfn_t frame, uint64_t count,
				  uint64_t index)
{
	const struct survey *survey = frames->survey;
	struct group group = { .count = 0 };
	struct error *err = NULL;

	for (uint64_t i = 0; !err && i < count; i++) {
		bool next = group.count && group.index + group.count == index + i;
		struct frame_verdict verdict;

		if (!is_to_be_judged(frames, frame + i, index + i))
			continue;
		err = frame_judge(survey, frame + i, &verdict);
		if (err)
			return err;
		if (next && are_alike(&verdict, &group.verdict)) {
			group.count++;
			continue;
		}
		if (group.count)
			err = report_group(survey->target, frames->run, &group);
		group = (struct group){ index + i, 1, frame + i, frames->extent.state, verdict };
	}
	return err || !group.count ? err : report_group(survey->target, frames->run, &group);
}

/* That no such page can be looked at says nothing of whether it is free. */
static bool says_nothing(enum memory_state state)
{
	return state == MEMORY_TRUNCATED || state == MEMORY_OVERWRITTEN;
}

/* Frames [frame, frame + count) of @piece as far as one extent goes. */
static struct error *check_extent(struct frames *frames, const struct vmemmap_run *piece,
				  pfn_t frame, uint64_t count, uint64_t index, uint64_t *done_ret)
{
	const struct survey *survey = frames->survey;
	struct error *err = extent_find(frames, frame, done_ret);

	if (err)
		return err;
	if (*done_ret > count || *done_ret == 0)
		*done_ret = count;

	if (frames->extent.state == MEMORY_PRESENT) {
		frames->run->checked += first_users(survey, piece, frame, *done_ret, index);
		return NULL;
	}
	if (says_nothing(frames->extent.state)) {
		frames->run->not_checked += first_users(survey, piece, frame, *done_ret, index);
		return check_reason(frames->run, "frames are %s",
				    memory_state_text(frames->extent.state));
	}
	return judge_frames(frames, frame, *done_ret, index);
}

/* Frames of vmemmap pages [index, end) of @piece. */
static struct error *check_frames(struct frames *frames, const struct vmemmap_run *piece,
				  uint64_t index, uint64_t end)
{
	uint64_t count = piece->constant ? 1 : end - index;
	pfn_t first = vmemmap_run_frame(piece, index);
	struct error *err = NULL;

	for (uint64_t i = 0, done = 0; !err && i < count; i += done)
		err = check_extent(frames, piece, first + i, count - i, index + i, &done);
	return err;
}

static struct error *check_run_frames(struct frames *frames, const struct vmemmap_run *piece)
{
	uint64_t stop = piece->first + piece->count;
	struct error *err = NULL;

	if (vmemmap_is_ordinary(frames->survey->target, piece->first, stop))
		return check_frames(frames, piece, piece->first, stop);
	for (uint64_t index = piece->first, end; !err && index < stop; index = end) {
		enum memory_state state;
		bool device;

		end = vmemmap_device_end(frames->survey->target, index, stop);
		err = vmemmap_of_device(frames->survey, index, &device, &state);
		if (!err && !device)
			err = check_frames(frames, piece, index, end);
	}
	return err;
}

/* Whether the dump has @count pages from @frame on, as far as one extent shows. */
static struct error *are_present(struct frames *frames, pfn_t frame, uint64_t count, bool *ret)
{
	uint64_t pages;
	struct error *err = extent_find(frames, frame, &pages);

	*ret = !err && frames->extent.state == MEMORY_PRESENT && count <= pages;
	return err;
}

/* The frames of heads, and those of tails unless they are one for all. */
static struct error *groups_present(struct frames *frames, const struct vmemmap_row *row, bool *ret)
{
	const struct vmemmap_map *map = frames->survey->map;
	uint32_t groups = row->count / row->period, each = row->linear ? groups : 1;
	struct error *err = NULL;

	*ret = true;
	for (uint32_t group = 0; !err && *ret && group < groups; group += each) {
		err = are_present(frames, stripe_head(map, row, group), each, ret);
		if (!err && *ret && row->tails == STRIPE_TAILS_OWN)
			err = are_present(frames, stripe_tail(map, row, group), each, ret);
	}
	return err;
}

/* A stripe whose frames are all in the dump, and of no device: almost every one. */
static struct error *check_stripe(struct frames *frames, const struct vmemmap_row *row,
				  bool *done_ret)
{
	uint64_t count = (uint64_t)(row->count / row->period) * stripe_slots_per_group(row);
	bool present = false;

	*done_ret = false;
	if (row->shared ||
	    !vmemmap_is_ordinary(frames->survey->target, row->first, vmemmap_row_end(row)))
		return NULL;
	struct error *err = groups_present(frames, row, &present);
	if (!err && present && row->tails == STRIPE_TAILS_ONE) {
		err = are_present(frames, row->frame, 1, &present);
		count += is_first_user(frames->survey, row->frame, row->first + 1);
	}
	*done_ret = !err && present;
	if (*done_ret)
		frames->run->checked += count;
	return err;
}

static struct error *check_row(struct frames *frames, const struct vmemmap_row *row)
{
	const struct survey *survey = frames->survey;
	struct vmemmap_run piece = vmemmap_row_run(row);
	bool done = false;

	if (!row->period)
		return vmemmap_row_mapped(row) ? check_run_frames(frames, &piece) : NULL;
	struct error *err = check_stripe(frames, row, &done);
	if (err || done || vmemmap_is_device(survey->target, row->first, vmemmap_row_end(row)))
		return err;
	for (bool more = vmemmap_run_from(survey->map, row->first, &piece);
	     !err && more && piece.first < vmemmap_row_end(row);
	     more = vmemmap_run_next(survey->map, &piece))
		err = check_run_frames(frames, &piece);
	return err;
}

static struct error *check_part(const struct survey *view, struct check_run *run, void *data,
				size_t number)
{
	const struct vmemmap_map *map = view->map;
	struct frames frames = { .survey = view, .run = run };
	size_t first = number * PART_ROWS;
	struct error *err = NULL;

	(void)data;
	for (size_t i = first; !err && i < map->row_count && i < first + PART_ROWS; i++)
		err = check_row(&frames, &map->rows[i]);
	return err;
}

static struct error *run_frame_in_dump(const struct survey *survey, struct check_run *run)
{
	run->unit = "frames";
	struct error *err = check_in_parts(survey, run, parts_of_rows(survey->map->row_count),
					   check_part, NULL);
	return err ? err : frames_unmapped(survey, run);
}

const struct check check_frame_in_dump = {
	.id = "vmemmap-frame-in-dump",
	.title = "no frame behind the vmemmap is free",
	.rationale =
		"A filtered dump leaves free pages out. A frame that the vmemmap maps and the dump "
		"lacks may thus have been freed while in use: whoever gets it next overwrites struct "
		"pages. Filters have been seen to drop live frames too, so the frame's own struct "
		"page decides: on a buddy list is an error, anything else a note. Frames of device "
		"memory may lie in the device and are left out here.",
	.basis = "Linux kernel mm/page_alloc.c, PageBuddy; makedumpfile(8), dump level 16",
	.severity = SEVERITY_ERROR,
	.of_frames = true,
	.run = run_frame_in_dump,
};
