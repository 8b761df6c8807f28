// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the pages of a zone and order have in common, and whether its frame could be the zone's. */
#include "analyzer/observe/observe_tally.h"

#include "analyzer/pages/contents.h"
#include "include/error.h"

/* --- what the frames hold ------------------------------------------------------ */

/* True if more than a half of the struct pages in @frame are such tails. */
static struct error *frame_holds_tails(const struct survey *survey, pfn_t frame,
				       const struct tail_rules *rules, bool *ret)
{
	_cleanup_(contents_deinit) struct contents contents = { 0 };
	const char *missing;
	enum memory_state state;
	paddr_t addr;
	struct error *err = contents_init(survey, &contents, &missing);

	*ret = false;
	if (err || missing ||
	    __builtin_mul_overflow(frame, survey->target->kernel.page_size, &addr))
		return err;
	err = memory_look(survey->target->memory, &contents.buffer, addr,
			  survey->target->kernel.page_size, &contents.bytes, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	*ret = 2 * contents_alike(&contents, rules) > contents.per_page;
	return NULL;
}

static uint64_t mask_link(const struct target *target, unsigned order)
{
	const struct contents contents = { .size = target->kernel.struct_page_size };

	return contents_mask(&contents, order);
}

/* A frame that all pages of a zone map tells no head: it must hold masks. */
struct error *group_has_tails(const struct tally *tally, const struct group *group, pfn_t frame,
			      bool *ret)
{
	const struct tail_rules rules = {
		.link = mask_link(tally->survey->target, group->order),
		.order = group->order,
		.zone_known = true,
		.node = group->node,
		.zone = group->zone,
	};

	return frame_holds_tails(tally->survey, frame, &rules, ret);
}

struct error *group_believe(const struct tally *tally, struct group *group, pfn_t frame)
{
	pfn_t named;
	struct error *err = NULL;

	if (group->told)
		return NULL;
	group->told = true;
	group->believed = kernel_shared_tail(&tally->survey->target->kernel, group->node,
					     group->zone, group->order, &named) == TAIL_KNOWN &&
			  named == frame;
	if (!group->believed)
		err = group_has_tails(tally, group, frame, &group->believed);
	return err;
}

/* Masks of its order, or pointers to its head. */
static struct error *sample_believe(const struct survey *survey, const struct sample *sample,
				    bool *ret)
{
	struct tail_rules rules = {
		.link = mask_link(survey->target, sample->page.order),
		.order = sample->page.order,
		.mapping_may_be_null = order_is_gigantic(survey->target, sample->page.order),
	};
	struct error *err = frame_holds_tails(survey, sample->frame, &rules, ret);

	rules.link = kernel_struct_page(&survey->target->kernel, sample->page.pfn) | 1;
	if (!err && !*ret)
		err = frame_holds_tails(survey, sample->frame, &rules, ret);
	return err;
}

struct error *samples_believe(const struct tally *tally, const struct votes *votes, bool *ret)
{
	unsigned believed = 0;
	struct error *err = NULL;

	for (unsigned i = 0; !err && i < votes->sample_count; i++) {
		bool is_believed;

		err = sample_believe(tally->survey, &votes->samples[i], &is_believed);
		believed += !err && is_believed;
	}
	*ret = 2 * believed > votes->sample_count;
	return err;
}

/* --- groups vote ----------------------------------------------------------------- */

/*
 * One page alone in its zone and order with a frame for its tails: the zone's, if that
 * frame could be, and two kept pages, if that many are. Page tables do not tell which.
 */
static struct error *vote_alone(struct tally *tally, struct group *group)
{
	struct error *err = group_believe(tally, group, group->alone.frame);
	bool zone = group->believed && group->alone.readonly == group->alone.first_readonly;
	struct votes *votes = &tally->votes[group->alone.pattern];

	if (zone && group->alone.pattern == PATTERN_SECOND)
		votes = &tally->either;
	else if (zone)
		votes = &tally->votes[PATTERN_ZONE_TWO];
	if (!err)
		votes_add(votes, &group->alone_page, &group->alone, 1);
	return err;
}

struct error *groups_believe(struct tally *tally)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < tally->group_count; i++)
		if (tally->groups[i].common)
			err = group_believe(tally, &tally->groups[i], tally->groups[i].frame);
	return err;
}

struct error *groups_vote_alone(struct tally *tally)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < tally->group_count; i++) {
		struct group *group = &tally->groups[i];

		if (group->private != 1)
			continue;
		if (group->common)
			votes_add(&tally->votes[group->alone.pattern], &group->alone_page,
				  &group->alone, 1);
		else
			err = vote_alone(tally, group);
	}
	return err;
}
