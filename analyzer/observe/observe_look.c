// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds the pattern that the page tables of one compound page show. */
#include "analyzer/observe/observe_look.h"

#include "analyzer/pages/survey.h"

const struct pattern_shape patterns[PATTERN_COUNT] = {
	[PATTERN_NONE] = { 0, TARGET_NONE, "share nothing" },
	[PATTERN_HEAD] = { 1, TARGET_HEAD_PAGE,
			   "keep one vmemmap page, and map its frame behind all tails" },
	[PATTERN_SECOND] = { 2, TARGET_TAIL_PAGE,
			     "keep two vmemmap pages, and map the second one's frame behind the "
			     "others" },
	[PATTERN_ZONE] = { 1, TARGET_ZONE_TAIL,
			   "keep one vmemmap page, and map a frame of their zone and order behind "
			   "the others" },
	[PATTERN_ZONE_TWO] = { 2, TARGET_ZONE_TAIL,
			       "keep two vmemmap pages, and map a frame of their zone and order "
			       "behind the others" },
	[PATTERN_THIRD] = { 2, TARGET_NEXT_PAGE,
			    "keep two vmemmap pages, and map a third frame of their own behind the "
			    "others" },
	[PATTERN_OTHER] = { 0, TARGET_NONE, "follow no rule" },
};

enum pattern pattern_of_row(const struct scheme *row)
{
	for (unsigned i = PATTERN_HEAD; i < PATTERN_OTHER; i++)
		if (patterns[i].target == row->target && patterns[i].kept == row->pages_kept)
			return (enum pattern)i;
	return PATTERN_NONE;
}

/* The vmemmap pages behind one frame that end the page. */
struct block {
	pfn_t frame;
	uint64_t head;	  /* vmemmap index of the page */
	uint64_t start;	  /* of the block; UINT64_MAX: none yet */
	bool interrupted; /* the frame is behind others of the page, too */
	bool any_tail, first_readonly, rest_writable;
};

/* The permissions of pages [@index, @stop); the head's own does not count. */
static void block_permit(struct block *block, bool writable, uint64_t index, uint64_t stop)
{
	if (index == block->head)
		index++;
	if (index < stop && !block->any_tail) {
		block->any_tail = true;
		block->first_readonly = !writable;
		index++;
	}
	block->rest_writable |= index < stop && writable;
}

static void block_take(struct block *block, const struct vmemmap_run *run, uint64_t index,
		       uint64_t stop)
{
	uint64_t from = run->constant ? index : stop - 1;
	bool within = vmemmap_run_frame(run, from) == block->frame;
	pfn_t first = vmemmap_run_frame(run, index);

	if (!run->constant && block->frame >= first && block->frame - first < from - index)
		block->interrupted = true;
	if (block->start != UINT64_MAX && (!within || from != index))
		block->interrupted = true;
	if (!within) {
		block->start = UINT64_MAX;
		return;
	}
	if (block->start == UINT64_MAX)
		block->start = from;
	block_permit(block, run->writable, from, stop);
}

/* False if page tables of it are missing. */
static bool block_find(const struct survey *survey, const struct huge_page *page,
		       struct block *block)
{
	uint64_t index = vmemmap_index_of(&survey->target->kernel, page->pfn);
	uint64_t end = index + page->mapping.pages;

	*block = (struct block){ .head = index, .start = UINT64_MAX };
	if (!vmemmap_frame_at(survey->map, end - 1, &block->frame))
		return false;
	while (index < end) {
		struct vmemmap_run run;

		if (!vmemmap_run_at(survey->map, index, &run) || !vmemmap_run_mapped(&run))
			return false;
		uint64_t stop = vmemmap_run_end(&run) < end ? vmemmap_run_end(&run) : end;

		block_take(block, &run, index, stop);
		index = stop;
	}
	return true;
}

/* @kept pages, then @tails behind one frame that @users vmemmap pages map. */
static enum pattern pattern_of_block(uint64_t kept, uint64_t tails, uint64_t users)
{
	if (kept == 0)
		return users == tails ? PATTERN_HEAD : PATTERN_OTHER;
	if (users == 1)
		return PATTERN_OTHER; /* its last page is not shared, others are */
	if (kept == 1)
		return users == tails ? PATTERN_SECOND : PATTERN_ZONE;
	if (kept == 2)
		return users == tails ? PATTERN_THIRD : PATTERN_ZONE_TWO;
	return PATTERN_OTHER;
}

struct look page_look(const struct survey *survey, const struct huge_page *page)
{
	uint64_t index = vmemmap_index_of(&survey->target->kernel, page->pfn), kept, users;
	struct look look = { .pattern = PATTERN_OTHER };
	struct block block;

	if (!block_find(survey, page, &block) || block.interrupted)
		return look;
	kept = block.start - index;
	users = vmemmap_users(survey->map, block.frame);
	look.pattern = pattern_of_block(kept, page->mapping.pages - kept, users);
	look.frame = block.frame;
	look.is_private = users == page->mapping.pages - kept;
	look.tails = page->mapping.pages - kept;
	look.first_readonly = block.first_readonly;
	look.readonly =
		!block.rest_writable && (block.first_readonly || look.pattern == PATTERN_SECOND);
	return look;
}
