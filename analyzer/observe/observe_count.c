// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counts what pages show: kind by kind where that is what types say, else stripe by stripe. */
#include "analyzer/observe/observe_tally.h"

#include <stdlib.h>

#include "include/error.h"
#include "include/vector.h"

enum { GROUPS_MAX = 4096 };
static void sample_add(struct votes *votes, const struct huge_page *page, pfn_t frame)
{
	struct sample *sample = &votes->samples[SAMPLES_FIRST + votes->next];

	if (votes->sample_count < SAMPLES_MAX)
		sample = &votes->samples[votes->sample_count++];
	else
		votes->next = (votes->next + 1) % SAMPLES_LAST;
	*sample = (struct sample){ *page, frame };
}

void votes_add(struct votes *votes, const struct huge_page *page, const struct look *look,
	       uint64_t count)
{
	sample_add(votes, page, look->frame);
	votes->pages += count;
	votes->tails += look->tails * count;
	votes->readonly += look->readonly ? count : 0;
	votes->first_readonly += look->first_readonly ? count : 0;
}
/* --- groups ------------------------------------------------------------------ */

static struct error *group_of(struct tally *tally, const struct huge_page *page, struct group **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < tally->group_count; i++) {
		struct group *group = &tally->groups[i];

		if (group->node == page->node && group->zone == page->zone &&
		    group->order == page->order) {
			*ret = group;
			return NULL;
		}
	}
	if (tally->recount || tally->group_count == GROUPS_MAX)
		return NULL;
	struct error *err = vector_push(
		tally->groups, tally->group_count, tally->group_room,
		(struct group){ .node = page->node, .zone = page->zone, .order = page->order });
	if (!err)
		*ret = &tally->groups[tally->group_count - 1];
	return err;
}

/* Boyer and Moore: a frame that more than a half have in common is found. */
static void frame_vote(struct group *group, const struct look *look, uint64_t count)
{
	if (group->lead == 0)
		group->frame = look->frame;
	if (group->frame == look->frame)
		group->lead += count;
	else
		group->lead = group->lead > count ? group->lead - count : 0;
	group->common += count;
}

/* The first of a group waits: it may be the only one. */
static void private_vote(struct tally *tally, struct group *group, const struct huge_page *page,
			 const struct look *look, uint64_t count)
{
	bool waits = group->private == 0 && count == 1;

	if (group->private == 1)
		votes_add(&tally->votes[group->alone.pattern], &group->alone_page, &group->alone,
			  1);
	if (waits) {
		group->alone = *look;
		group->alone_page = *page;
	} else {
		votes_add(&tally->votes[look->pattern], page, look, count);
	}
	group->private += count;
}

/* Behind a frame that others map, too: the one of most, if it holds tails, or another. */
static void common_vote(struct tally *tally, struct group *group, const struct huge_page *page,
			const struct look *look, uint64_t count)
{
	bool fits = look->frame == group->frame && group->believed;
	struct look common = *look;

	common.tails = TAILS_ENOUGH / PAGES_ENOUGH; /* one page has nothing in common */
	votes_add(&tally->votes[fits ? look->pattern : PATTERN_OTHER], page, &common, count);
	group->at_frame += look->frame == group->frame ? count : 0;
}

static struct error *group_add(struct tally *tally, const struct huge_page *page,
			       const struct look *look, uint64_t count)
{
	struct group *group;
	struct error *err = group_of(tally, page, &group);

	if (err || !group)
		return err;
	if (tally->recount && !look->is_private)
		common_vote(tally, group, page, look, count);
	else if (!tally->recount && look->is_private)
		private_vote(tally, group, page, look, count);
	else if (!tally->recount)
		frame_vote(group, look, count);
	return NULL;
}

/* --- all pages --------------------------------------------------------------- */

/*
 * Whether pages of @kind are as the row by types has them, by what was counted for the
 * kind: nothing about them contradicts it.
 */
static bool kind_fits(const struct tally *tally, const struct huge_page *kind)
{
	const struct huge_mapping *mapping = &kind->mapping;
	unsigned frames = tally->row->target == TARGET_HEAD_PAGE ? 1 : 2;

	return tally->by_types != PATTERN_NONE && mapping->kind == MAPPED_FULL &&
	       !mapping->kept_doubtful && mapping->frames == frames;
}

static struct look look_of_kind(const struct tally *tally, const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;

	return (struct look){
		.pattern = tally->by_types,
		.frame = mapping->target,
		.tails = mapping->at_target,
		.is_private = tally->row->target != TARGET_ZONE_TAIL,
		.readonly = mapping->writable_tails == 0,
		.first_readonly = tally->row->target == TARGET_TAIL_PAGE
					  ? mapping->readonly_kept > 0
					  : mapping->writable_tails == 0,
	};
}

/* What those of a zone and order map tells which of two patterns it is. */
static bool is_grouped(enum pattern pattern)
{
	return pattern == PATTERN_SECOND || pattern == PATTERN_THIRD || pattern == PATTERN_ZONE ||
	       pattern == PATTERN_ZONE_TWO;
}

/* @count pages like @page, each behind frames like those of @look. */
static struct error *pages_take(struct tally *tally, const struct huge_page *page,
				const struct look *look, uint64_t count)
{
	if (!tally->recount) {
		tally->sharing += count;
		if (!is_grouped(look->pattern))
			votes_add(&tally->votes[look->pattern], page, look, count);
	}
	return is_grouped(look->pattern) ? group_add(tally, page, look, count) : NULL;
}

/* How many of @count pages from @page on are groups of the same stripe. */
static uint32_t stripe_pages(const struct survey *survey, const struct huge_page *page,
			     uint32_t count)
{
	const struct vmemmap_map *map = survey->map;
	uint64_t index = vmemmap_index_of(&survey->target->kernel, page->pfn);
	size_t number = vmemmap_row_from(map, index);
	const struct vmemmap_row *row = &map->rows[number];

	if (number == map->row_count || row->period != page->mapping.pages || row->shared ||
	    row->first > index || (index - row->first) % row->period)
		return 1;
	uint64_t left = (vmemmap_row_end(row) - index) / row->period;
	return left < count ? (uint32_t)left : count;
}

/* Those of a kind that does not fit are looked at, stripe by stripe. */
static struct error *pages_inspect(struct tally *tally, const struct huge_page *first,
				   uint32_t count)
{
	struct huge_page page = *first;
	struct error *err = NULL;

	for (uint32_t i = 0, alike; !err && i < count; i += alike) {
		page.pfn = first->pfn + ((uint64_t)i << page.order);
		alike = stripe_pages(tally->survey, &page, count - i);

		struct look look = page_look(tally->survey, &page);
		err = pages_take(tally, &page, &look, alike);
	}
	return err;
}

static struct error *run_take(struct tally *tally, const struct huge_page *page, uint32_t count)
{
	tally->flagged += page->optimized && !tally->recount ? count : 0;
	/* What struct pages fill less than two vmemmap pages cannot be shared. */
	if (page->mapping.missing || page->mapping.pages < 2)
		return NULL;
	tally->pages += tally->recount ? 0 : count;
	if (page->mapping.kind == MAPPED_UNSHARED)
		return NULL;
	if (!kind_fits(tally, page))
		return pages_inspect(tally, page, count);
	struct look look = look_of_kind(tally, page);
	return pages_take(tally, page, &look, count);
}

static const struct huge_pages *pages_of(const struct survey *survey, enum scheme_family family)
{
	return family == FAMILY_DAX ? survey->device_pages : &survey->inventory->pages;
}

struct error *tally_count(struct tally *tally)
{
	const struct huge_pages *pages = pages_of(tally->survey, tally->family);
	struct huge_cursor cursor = { 0 };
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t count;

	while (!err && (page = huge_pages_next_run(pages, &cursor, &count)))
		err = run_take(tally, page, count);
	return err;
}
