// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nothing is left of huge pages where there are none. */
#include "analyzer/pages/leftover.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/checker/bytes_text.h"
#include "analyzer/pages/garbage.h"
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/check_parts.h"
#include "include/plural.h"
#include "include/vector.h"

/* Leftovers that are alike, of one huge page or of neighbours. */
struct group {
	struct leftover what;
	uint64_t first, last; /* vmemmap pages */
	uint64_t count;	      /* of these, those that begin with what is left */
	bool mixed;	      /* not all of them have the same numbers */
	pfn_t start, end;     /* of the huge pages that they are of */
};

/* What a part of the rows has, in order. */
struct part {
	struct group *groups;
	size_t count, room;
	uint64_t checked, not_checked;
	enum memory_state state; /* why */
	uint64_t
		out_of_reach; /* the dump is a distilled one, and says that the full one has them */
};

struct walk {
	const struct survey *survey;
	const struct check_run *run; /* knows what others have reported */
	struct leftover_reader reader;
	struct part *part;
};

/* --- groups ------------------------------------------------------------------------- */

static uint64_t block_pages(const struct leftover *leftover)
{
	return leftover->of_pool ? UINT64_C(1) << leftover->order : 1;
}

/* True if @next goes on where @group ends, and became a part of it. */
static bool group_takes(struct group *group, const struct group *next)
{
	if (!leftovers_alike(&group->what, &next->what) || next->start > group->end)
		return false;
	group->mixed |= next->mixed || !leftovers_same(&group->what, &next->what);
	group->last = next->last;
	group->count += next->count;
	group->end = next->end;
	return true;
}

static struct error *part_add(struct part *part, const struct group *group)
{
	if (part->count && group_takes(&part->groups[part->count - 1], group))
		return NULL;
	return vector_push(part->groups, part->count, part->room, *group);
}

/* --- looking ------------------------------------------------------------------------- */

static void note_unseen(struct part *part, uint64_t count, enum memory_state state)
{
	part->not_checked += count;
	part->state = state;
}

/*
 * A distilled dump says of a frame that the full dump holds it, and need not hold it: it was
 * made by a program that did not ask for what is in it.
 */
static struct error *note_lacking(struct walk *walk, uint64_t index, enum memory_state state)
{
	const struct survey *survey = walk->survey;
	struct memory_extent extent = { .state = MEMORY_ABSENT };
	struct error *err = NULL;
	paddr_t addr;
	pfn_t frame;

	if (state == MEMORY_EXCLUDED && vmemmap_frame_at(survey->map, index, &frame) &&
	    !__builtin_mul_overflow(frame, survey->target->kernel.page_size, &addr))
		err = survey->target->memory->ops->extent(survey->target->memory, addr, &extent);
	if (!err && extent.state == MEMORY_PRESENT)
		walk->part->out_of_reach++;
	else
		note_unseen(walk->part, 1, state);
	return err;
}

static struct error *look(struct walk *walk, uint64_t index)
{
	struct group group = { .first = index, .last = index, .count = 1 };
	enum memory_state state;

	if (findings_cover(walk->run, index))
		return NULL;
	struct error *err = leftover_look(&walk->reader, index, &group.what, &state);

	if (err)
		return err;
	if (state != MEMORY_PRESENT)
		return note_lacking(walk, index, state);
	walk->part->checked++;
	if (group.what.kind == LEFTOVER_NONE)
		return NULL;
	group.start = group.what.start;
	group.end = group.what.end;
	return part_add(walk->part, &group);
}

/* Vmemmap pages [index, end) are of no huge page, and all of one section. */
static struct error *look_at_piece(struct walk *walk, uint64_t index, uint64_t end)
{
	const struct survey *survey = walk->survey;
	enum memory_state state;
	bool device;
	struct error *err = vmemmap_of_device(survey, index, &device, &state);

	if (err || device)
		return err;
	if (state != MEMORY_PRESENT) {
		note_unseen(walk->part, end - index, state);
		return NULL;
	}
	for (; !err && index < end; index++) {
		vmemmap_prefetch(&survey->target->kernel, survey->map, survey->target->memory,
				 vmemmap_first_pfn(&survey->target->kernel, index + 1));
		err = look(walk, index);
	}
	return err;
}

/*
 * A huge page that was optimised once has split the leaf that mapped its vmemmap, for
 * good: where there is a leaf, none has been. What many vmemmap pages share is no
 * leftover, and is looked at by other checks.
 */
static bool is_worth_it(const struct vmemmap_row *row)
{
	return row->backing == BACKING_BASE && !row->period && !row->constant;
}

static struct error *look_at_row(struct walk *walk, const struct vmemmap_row *row)
{
	uint64_t stop = vmemmap_row_end(row);
	struct error *err = NULL;

	for (uint64_t index = row->first, end; !err && index < stop; index = end) {
		end = vmemmap_huge_reach(walk->survey, index);
		if (end > index)
			continue;
		end = vmemmap_piece_end(walk->survey, index, stop);
		err = look_at_piece(walk, index, end);
	}
	return err;
}

struct work {
	const struct check_run *run;
	struct part *parts;
};

static struct error *look_at_part(const struct survey *view, void *data, size_t number)
{
	const struct work *work = data;
	const struct vmemmap_map *map = view->map;
	size_t first = number * PART_ROWS;
	struct walk walk = { .survey = view, .run = work->run, .part = &work->parts[number] };
	struct error *err = NULL;

	leftover_reader_init(&walk.reader, view);
	for (size_t i = first; !err && i < map->row_count && i < first + PART_ROWS; i++) {
		const struct vmemmap_row *row = &map->rows[i];

		if (row->backing == BACKING_UNREADABLE)
			note_unseen(walk.part, row->count, (enum memory_state)row->state);
		else if (is_worth_it(row))
			err = look_at_row(&walk, row);
	}
	leftover_reader_deinit(&walk.reader);
	return err;
}

/* --- saying it ---------------------------------------------------------------------- */

enum { LOST_MAX = GARBAGE_TEXT_MAX + 40 };

/* How many huge pages, and where: "16 pages of 2 MiB, pfn 0x142800 to 0x1447ff". */
static const char *blocks_text(const struct target *target, const struct group *group,
			       char buf[160])
{
	uint64_t blocks = (group->end - group->start) / block_pages(&group->what);

	snprintf(buf, 160, "%" PRIu64 " page%s of %s, pfn 0x%" PRIx64 " to 0x%" PRIx64, blocks,
		 plural(blocks), order_size(group->what.order, target), group->start,
		 group->end - 1);
	return buf;
}

/* All vmemmap pages but those of the heads, or most of them: the huge pages as a whole. */
static bool is_whole(const struct target *target, const struct group *group)
{
	uint64_t per_block = kernel_vmemmap_pages(&target->kernel, group->what.order);
	uint64_t blocks = (group->end - group->start) / block_pages(&group->what);

	return group->what.of_pool && per_block > 1 &&
	       group->count >= blocks * (per_block - 1) / 2 + 1;
}

static struct error *report_head(const struct target *target, struct check_run *run,
				 const struct group *group)
{
	pfn_t first = vmemmap_first_pfn(&target->kernel, group->first);
	pfn_t last = vmemmap_first_pfn(&target->kernel, group->last);
	char what[LEFTOVER_TEXT_MAX], where[160], lost[BYTES_TEXT_MAX];
	const char *mixed = group->mixed ? " in the first, and other numbers in others" : "";
	uint64_t count = group->last - group->first + 1;

	leftover_text(target, &group->what, what);
	finding_sign(run, "leftover-head");
	if (group->count == 1)
		return finding_add(run, SEVERITY_ERROR, first, group->first, count,
				   "the struct page of pfn 0x%" PRIx64
				   " is %s; no huge page can begin there",
				   first, what);
	if (!is_whole(target, group))
		return finding_add(run, SEVERITY_ERROR, first, group->first, count,
				   "%" PRIu64 " struct pages of pfn 0x%" PRIx64 " to 0x%" PRIx64
				   " are each %s%s; no huge page "
				   "can begin there",
				   group->count, first, last, what, mixed);
	blocks_text(target, group, where);
	return finding_add(
		run, SEVERITY_ERROR, first, group->first, count,
		"%" PRIu64 " struct pages of pfn 0x%" PRIx64 " to 0x%" PRIx64
		", each the first of a vmemmap page, are each "
		"%s%s; no huge page can begin there. %s, came back to the page allocator like that: "
		"it does not take such pages, and their memory, %s, is lost",
		group->count, first, last, what, mixed, where,
		bytes_text((int64_t)((group->end - group->start) << target->kernel.page_shift),
			   lost, sizeof(lost)));
}

/* "; its struct page was overwritten with 0x5a in every byte": of one head; else "". */
static struct error *lost_words(const struct survey *survey, const struct group *group,
				char buf[LOST_MAX])
{
	const struct kernel *kernel = &survey->target->kernel;
	struct page_buffer buffer = { 0 };
	char what[GARBAGE_TEXT_MAX];
	const unsigned char *bytes;
	enum memory_state state;

	buf[0] = '\0';
	if (group->end - group->start != block_pages(&group->what))
		return NULL;
	struct error *err = vmemmap_look(kernel, survey->map, survey->target->memory, &buffer,
					 group->start, kernel->struct_page_size, &bytes, &state);
	if (!err && state == MEMORY_PRESENT && struct_page_is_overwritten(survey->target, bytes))
		snprintf(buf, LOST_MAX, ": its struct page was overwritten %s",
			 garbage_text(survey->target, bytes, what));
	page_buffer_deinit(&buffer);
	return err;
}

static struct error *report_lost_head(const struct survey *survey, struct check_run *run,
				      const struct group *group)
{
	const struct target *target = survey->target;
	pfn_t first = vmemmap_first_pfn(&target->kernel, group->first);
	char where[160], lost[LOST_MAX];
	struct error *err = lost_words(survey, group, lost);

	if (err)
		return err;
	blocks_text(target, group, where);
	finding_sign(run, "lost-head");
	return finding_add(
		run, SEVERITY_ERROR, group->start, group->first, group->last - group->first + 1,
		"%" PRIu64 " vmemmap page%s from that of pfn 0x%" PRIx64
		" on hold%s tails, and what they "
		"lead to is no head: the head is gone of %s%s",
		group->count, plural(group->count), first, verb_s(group->count), where, lost);
}

/* "12 vmemmap pages from that of pfn 0x20040 on hold tails that lead to pfn 0x20001, ..." */
static struct error *report_tails(struct check_run *run, const struct group *group)
{
	uint64_t pages = group->last - group->first + 1;
	bool stray = group->what.kind == LEFTOVER_STRAY;

	finding_sign(run, stray ? "stray-tails" : "lost-head");
	return finding_add(run, SEVERITY_ERROR, group->start, group->first, pages,
			   "%" PRIu64 " vmemmap page%s from that of pfn 0x%" PRIx64
			   " on begin%s with tails, and "
			   "what they lead to, pfn 0x%" PRIx64 ", is %s",
			   pages, plural(pages), group->start, verb_s(pages), group->what.head,
			   stray ? "the head of a page that ends before them" : "no head");
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct group *group)
{
	if (group->what.kind == LEFTOVER_STRAY ||
	    (group->what.kind == LEFTOVER_LOST_HEAD && !group->what.of_pool))
		return report_tails(run, group);
	if (group->what.kind == LEFTOVER_LOST_HEAD)
		return report_lost_head(survey, run, group);
	return report_head(survey->target, run, group);
}

/* Groups that a part's end cuts are put together again. */
static struct error *parts_report(const struct survey *survey, struct check_run *run,
				  const struct part *parts, size_t count)
{
	struct group group;
	bool pending = false;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < count; i++)
		for (size_t k = 0; !err && k < parts[i].count; k++) {
			if (pending && group_takes(&group, &parts[i].groups[k]))
				continue;
			if (pending)
				err = report(survey, run, &group);
			group = parts[i].groups[k];
			pending = true;
		}
	return err || !pending ? err : report(survey, run, &group);
}

static struct error *parts_count(struct check_run *run, const struct part *parts, size_t count)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < count; i++) {
		run->checked += parts[i].checked;
		run->not_checked += parts[i].not_checked;
		if (parts[i].not_checked)
			err = check_reason(run, "struct pages are %s",
					   memory_state_text(parts[i].state));
		for (uint64_t k = 0; !err && k < parts[i].out_of_reach; k++)
			err = check_out_of_reach(run, "the distilled dump leaves these struct "
						      "pages out; the full one has them");
	}
	return err;
}

static struct error *run_leftovers(const struct survey *survey, struct check_run *run)
{
	size_t count = parts_of_rows(survey->map->row_count);
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	run->unit = "vmemmap pages";
	if (survey->scheme->hugetlb->target == TARGET_NONE)
		return check_reason(run, "no huge page was ever optimised by this kernel");
	struct part *parts = calloc(count + 1, sizeof(*parts));
	if (!parts)
		return error_nomem();
	err = survey_in_parts(survey, count, look_at_part, &(struct work){ run, parts });
	if (!err)
		err = parts_count(run, parts, count);
	if (!err)
		err = parts_report(survey, run, parts, count);
	for (size_t i = 0; i < count; i++)
		free(parts[i].groups);
	free(parts);
	return err;
}

const struct check check_leftovers = {
	.id = "hugetlb-leftovers",
	.title = "no struct page outside huge pages is left over from one",
	.rationale =
		"Before a huge page is given back, its vmemmap is restored: each vmemmap page gets a "
		"frame of its own, filled with tails. A restore that copies the head's frame as it is, "
		"or undoing an optimisation that failed, leaves copies of the head in the middle of "
		"ordinary memory, or tails where the head was. The page allocator refuses such pages "
		"(\"Bad page state\"), so that their memory is lost, and who walks struct pages takes "
		"them for huge pages. Tails whose head is gone, or whose head's page ends before them, "
		"are found in the same way; so is the mark of a huge page where none can begin, whether "
		"PG_head is set or not. Looked at are the first two struct pages of every vmemmap "
		"page that is mapped by an entry of its own, outside huge pages and devices: where a "
		"larger leaf is left, nothing was ever optimised. A copy of a head elsewhere in a "
		"vmemmap page, which no restore makes, is not looked for.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_restore_pte(); mm/page_alloc.c, "
		 "free_tail_page_prepare()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no struct pages outside huge pages",
	.run = run_leftovers,
};
