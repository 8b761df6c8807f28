// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Chooses the scheme by what most pages show. Types name what a release does, but
 * distributions take half of a series, and stable branches a third of one.
 */
#include "analyzer/observe.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/contents.h"
#include "include/analysis.h"
#include "include/error.h"

/* Regular ways to map the vmemmap of a compound page, whether a row has them or not. */
enum pattern {
	PATTERN_NONE,	  /* nothing is shared */
	PATTERN_HEAD,	  /* one page kept, all tails map its frame */
	PATTERN_SECOND,	  /* two kept, the others map the second one's frame */
	PATTERN_ZONE,	  /* one kept, the others map a frame that pages of this zone and order have
			     in common */
	PATTERN_ZONE_TWO, /* the same, two kept */
	PATTERN_THIRD,	  /* two kept, the others map a frame that is only this page's */
	PATTERN_OTHER,	  /* nothing regular: in transition, or damaged */
	PATTERN_COUNT
};

static const struct {
	unsigned kept;
	enum share_target target;
	const char *text; /* of the pages that show it */
} patterns[PATTERN_COUNT] = {
	[PATTERN_NONE] = { 0, SHARE_NOTHING, "share nothing" },
	[PATTERN_HEAD] = { 1, SHARE_HEAD_PAGE,
			   "keep one vmemmap page, and map its frame behind all tails" },
	[PATTERN_SECOND] = { 2, SHARE_TAIL_PAGE,
			     "keep two vmemmap pages, and map the second one's frame behind the "
			     "others" },
	[PATTERN_ZONE] = { 1, SHARE_ZONE_TAIL,
			   "keep one vmemmap page, and map a frame of their zone and order behind "
			   "the others" },
	[PATTERN_ZONE_TWO] = { 2, SHARE_ZONE_TAIL,
			       "keep two vmemmap pages, and map a frame of their zone and order "
			       "behind the others" },
	[PATTERN_THIRD] = { 2, SHARE_NEXT_PAGE,
			    "keep two vmemmap pages, and map a third frame of their own behind the "
			    "others" },
	[PATTERN_OTHER] = { 0, SHARE_NOTHING, "follow no rule" },
};

/*
 * What is no accident: two pages that show the same, or one with that many tails that
 * do. One page of seven tails that contradicts the types is a finding.
 */
enum { PAGES_ENOUGH = 2, TAILS_ENOUGH = 64 };
/* Types that some pages bear out are wrong only if far more pages contradict them. */
enum { OUTVOTED = 10 };

/* How one page is mapped. */
struct look {
	enum pattern pattern;
	pfn_t frame;	 /* behind the tails */
	uint64_t tails;	 /* vmemmap pages that are not kept */
	bool is_private; /* nobody else maps @frame: with one page kept it may be the zone's */
	bool readonly;	 /* the tails, and the first of them */
	bool first_readonly;
};

/* Pages of one zone and order. */
struct group {
	unsigned node, zone, order;
	pfn_t frame;	 /* that most have in common, if any has more than a half */
	uint64_t lead;	 /* by how many more it was found so far than others */
	uint64_t common; /* pages whose tails map a frame that others map, too */
	uint64_t common_readonly;
	uint64_t at_frame; /* of these, @frame */
	uint64_t private;  /* pages whose tails map a frame that they have alone */
	struct look alone; /* one of these */
	struct huge_page alone_page;
	unsigned kept_pattern; /* enum pattern of the common ones */
	bool told, believed;   /* whether @frame holds tails of this zone and order */
};

struct votes {
	uint64_t pages, tails, readonly, first_readonly;
	struct huge_page sample;
	pfn_t frame; /* of it */
};

struct tally {
	const struct analysis *analysis;
	enum scheme_family family;
	const struct scheme *row; /* by types */
	enum pattern by_types;
	uint64_t pages, sharing, flagged;
	struct votes votes[PATTERN_COUNT];
	struct votes either; /* two kept or the zone's frame: both would look so */
	struct group *groups;
	size_t group_count;
	bool recount; /* groups have their frames: count who maps them */
};

enum { GROUPS_MAX = 4096 };

static enum pattern pattern_of_row(const struct scheme *row)
{
	for (unsigned i = PATTERN_HEAD; i < PATTERN_OTHER; i++)
		if (patterns[i].target == row->target && patterns[i].kept == row->pages_kept)
			return (enum pattern)i;
	return PATTERN_NONE;
}

static void vote(struct votes *votes, const struct huge_page *page, const struct look *look,
		 uint64_t count)
{
	if (votes->pages == 0) {
		votes->sample = *page;
		votes->frame = look->frame;
	}
	votes->pages += count;
	votes->tails += look->tails * count;
	votes->readonly += look->readonly ? count : 0;
	votes->first_readonly += look->first_readonly ? count : 0;
}

/* --- one page ---------------------------------------------------------------- */

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
static bool block_find(const struct analysis *analysis, const struct huge_page *page,
		       struct block *block)
{
	uint64_t index = vmemmap_index_of(&analysis->kernel, page->pfn);
	uint64_t end = index + page->mapping.pages;

	*block = (struct block){ .head = index, .start = UINT64_MAX };
	if (!vmemmap_frame_at(&analysis->map, end - 1, &block->frame))
		return false;
	while (index < end) {
		struct vmemmap_run run;

		if (!vmemmap_run_at(&analysis->map, index, &run) || !vmemmap_run_mapped(&run))
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

static struct look page_look(const struct analysis *analysis, const struct huge_page *page)
{
	uint64_t index = vmemmap_index_of(&analysis->kernel, page->pfn), kept, users;
	struct look look = { .pattern = PATTERN_OTHER };
	struct block block;

	if (!block_find(analysis, page, &block) || block.interrupted)
		return look;
	kept = block.start - index;
	users = vmemmap_users(&analysis->map, block.frame);
	look.pattern = pattern_of_block(kept, page->mapping.pages - kept, users);
	look.frame = block.frame;
	look.is_private = users == page->mapping.pages - kept;
	look.tails = page->mapping.pages - kept;
	look.first_readonly = block.first_readonly;
	look.readonly =
		!block.rest_writable && (block.first_readonly || look.pattern == PATTERN_SECOND);
	return look;
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
	struct group *grown =
		reallocarray(tally->groups, tally->group_count + 1, sizeof(*tally->groups));
	if (!grown)
		return error_nomem();
	tally->groups = grown;
	*ret = &grown[tally->group_count++];
	**ret = (struct group){ .node = page->node, .zone = page->zone, .order = page->order };
	return NULL;
}

/* Boyer and Moore: a frame that more than a half have in common is found. */
static void frame_vote(struct group *group, const struct look *look, uint64_t count)
{
	if (group->lead == 0) {
		group->frame = look->frame;
		group->kept_pattern = look->pattern;
	}
	if (group->frame == look->frame)
		group->lead += count;
	else
		group->lead = group->lead > count ? group->lead - count : 0;
	group->common += count;
	group->common_readonly += look->readonly ? count : 0;
}

static struct error *group_add(struct tally *tally, const struct huge_page *page,
			       const struct look *look, uint64_t count)
{
	struct group *group;
	struct error *err = group_of(tally, page, &group);

	if (err || !group)
		return err;
	if (tally->recount) {
		group->at_frame += look->frame == group->frame ? count : 0;
	} else if (look->is_private) {
		if (group->private == 0) {
			group->alone = *look;
			group->alone_page = *page;
		}
		group->private += count;
	} else {
		frame_vote(group, look, count);
	}
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
	unsigned frames = tally->row->target == SHARE_HEAD_PAGE ? 1 : 2;

	return tally->by_types != PATTERN_NONE && mapping->kind == SHARE_FULL &&
	       !mapping->kept_doubtful && mapping->frames == frames;
}

static struct look look_of_kind(const struct tally *tally, const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;

	return (struct look){
		.pattern = tally->by_types,
		.frame = mapping->target,
		.tails = mapping->at_target,
		.is_private = tally->row->target != SHARE_ZONE_TAIL,
		.readonly = mapping->writable_tails == 0,
		.first_readonly = tally->row->target == SHARE_TAIL_PAGE
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
			vote(&tally->votes[look->pattern], page, look, count);
	}
	return is_grouped(look->pattern) ? group_add(tally, page, look, count) : NULL;
}

/* How many of @count pages from @page on are groups of the same stripe. */
static uint32_t stripe_pages(const struct analysis *analysis, const struct huge_page *page,
			     uint32_t count)
{
	const struct vmemmap_map *map = &analysis->map;
	uint64_t index = vmemmap_index_of(&analysis->kernel, page->pfn);
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
		alike = stripe_pages(tally->analysis, &page, count - i);

		struct look look = page_look(tally->analysis, &page);
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
	if (page->mapping.kind == SHARE_NONE)
		return NULL;
	if (!kind_fits(tally, page))
		return pages_inspect(tally, page, count);
	struct look look = look_of_kind(tally, page);
	return pages_take(tally, page, &look, count);
}

static const struct huge_pages *pages_of(const struct analysis *analysis, enum scheme_family family)
{
	return family == FAMILY_DAX ? &analysis->devices.pages : &analysis->inventory.pages;
}

static struct error *pages_tally(struct tally *tally)
{
	const struct huge_pages *pages = pages_of(tally->analysis, tally->family);
	struct huge_cursor cursor = { 0 };
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t count;

	while (!err && (page = huge_pages_next_run(pages, &cursor, &count)))
		err = run_take(tally, page, count);
	return err;
}

/* --- what the frames hold ------------------------------------------------------ */

/* True if more than a half of the struct pages in @frame are such tails. */
static struct error *frame_holds_tails(const struct analysis *analysis, pfn_t frame,
				       const struct tail_rules *rules, bool *ret)
{
	_cleanup_(contents_deinit) struct contents contents = { 0 };
	const char *missing;
	enum memory_state state;
	paddr_t addr;
	struct error *err = contents_init(analysis, &contents, &missing);

	*ret = false;
	if (err || missing || __builtin_mul_overflow(frame, analysis->kernel.page_size, &addr))
		return err;
	err = memory_look(analysis->memory, &contents.buffer, addr, analysis->kernel.page_size,
			  &contents.bytes, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	*ret = 2 * contents_alike(&contents, rules) > contents.per_page;
	return NULL;
}

static uint64_t mask_link(const struct analysis *analysis, unsigned order)
{
	const struct contents contents = { .size = analysis->kernel.struct_page_size };

	return contents_mask(&contents, order);
}

/* A frame that all pages of a zone map tells no head: it must hold masks. */
static struct error *group_believe(const struct tally *tally, struct group *group, pfn_t frame)
{
	const struct tail_rules rules = {
		.link = mask_link(tally->analysis, group->order),
		.order = group->order,
		.zone_known = true,
		.node = group->node,
		.zone = group->zone,
	};
	pfn_t named;
	struct error *err = NULL;

	if (group->told)
		return NULL;
	group->told = true;
	group->believed = kernel_shared_tail(&tally->analysis->kernel, group->node, group->zone,
					     group->order, &named) == TAIL_KNOWN &&
			  named == frame;
	if (!group->believed)
		err = frame_holds_tails(tally->analysis, frame, &rules, &group->believed);
	return err;
}

/* Tails of the sample: masks of its order, or pointers to its head. */
static struct error *sample_believe(const struct tally *tally, const struct votes *votes, bool *ret)
{
	const struct analysis *analysis = tally->analysis;
	struct tail_rules rules = {
		.link = mask_link(analysis, votes->sample.order),
		.order = votes->sample.order,
	};
	struct error *err = frame_holds_tails(analysis, votes->frame, &rules, ret);

	rules.link = kernel_struct_page(&analysis->kernel, votes->sample.pfn) | 1;
	if (!err && !*ret)
		err = frame_holds_tails(analysis, votes->frame, &rules, ret);
	return err;
}

/* --- groups vote ----------------------------------------------------------------- */

static struct huge_page page_of_group(const struct group *group)
{
	return (struct huge_page){
		.node = (uint16_t)group->node,
		.zone = (uint8_t)group->zone,
		.order = (uint8_t)group->order,
	};
}

/*
 * One page alone in its zone and order with a frame for its tails: the zone's, if that
 * frame could be, and two kept pages, if that many are. Page tables do not tell which.
 */
static struct error *vote_alone(struct tally *tally, struct group *group,
				const struct huge_page *page)
{
	struct error *err = group_believe(tally, group, group->alone.frame);
	bool zone = group->believed && group->alone.readonly == group->alone.first_readonly;
	struct votes *votes = &tally->votes[group->alone.pattern];

	if (zone && group->alone.pattern == PATTERN_SECOND)
		votes = &tally->either;
	else if (zone)
		votes = &tally->votes[PATTERN_ZONE_TWO];
	if (!err)
		vote(votes, page, &group->alone, 1);
	return err;
}

static struct error *group_vote(struct tally *tally, struct group *group)
{
	const struct huge_page page = page_of_group(group);
	const struct look common = {
		.frame = group->frame,
		.tails = TAILS_ENOUGH / PAGES_ENOUGH,
		.readonly = group->common_readonly > group->common / 2,
	};
	struct error *err = NULL;

	if (group->at_frame)
		err = group_believe(tally, group, group->frame);
	if (err)
		return err;
	enum pattern pattern = group->believed ? group->kept_pattern : PATTERN_OTHER;
	if (group->at_frame)
		vote(&tally->votes[pattern], &page, &common, group->at_frame);
	if (group->common > group->at_frame)
		vote(&tally->votes[PATTERN_OTHER], &page, &common, group->common - group->at_frame);
	if (group->private == 1 && !group->common)
		return vote_alone(tally, group, &group->alone_page);
	if (group->private)
		vote(&tally->votes[group->alone.pattern], &group->alone_page, &group->alone,
		     group->private);
	return NULL;
}

static struct error *groups_vote(struct tally *tally)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < tally->group_count; i++)
		err = group_vote(tally, &tally->groups[i]);
	return err;
}

/* --- the decision ------------------------------------------------------------------ */

static bool is_enough(const struct votes *votes)
{
	return votes->pages >= PAGES_ENOUGH || votes->tails >= TAILS_ENOUGH;
}

/* The pattern that most pages show, of those that do not speak for the row by types. */
static enum pattern strongest_rival(const struct tally *tally)
{
	enum pattern best = PATTERN_NONE;

	for (unsigned i = PATTERN_HEAD; i < PATTERN_OTHER; i++)
		if (i != tally->by_types && tally->votes[i].pages > tally->votes[best].pages)
			best = (enum pattern)i;
	return best;
}

static bool is_two_or_zone(enum pattern pattern)
{
	return pattern == PATTERN_SECOND || pattern == PATTERN_ZONE;
}

/* Nothing certain is seen: what pages that could be both are. */
static enum pattern pattern_of_either(const struct tally *tally)
{
	bool readonly = tally->either.readonly * 2 > tally->either.pages;

	if (!is_enough(&tally->either) && tally->by_types != PATTERN_NONE)
		return tally->by_types;
	if (tally->by_types == PATTERN_ZONE || tally->by_types == PATTERN_SECOND) {
		bool fits = tally->by_types == PATTERN_ZONE || !readonly ||
			    !tally->analysis->arch->has_readonly_tails;
		return fits ? tally->by_types : PATTERN_ZONE;
	}
	return readonly ? PATTERN_ZONE : PATTERN_SECOND;
}

/* What pages that show @pattern say, and those that could, if that is not @other, too. */
static struct votes support(const struct tally *tally, enum pattern pattern, enum pattern other)
{
	struct votes votes = tally->votes[pattern];

	if (!is_two_or_zone(pattern) || is_two_or_zone(other))
		return votes;
	votes.pages += tally->either.pages;
	votes.tails += tally->either.tails;
	return votes;
}

/* The row by types, unless what is seen is a rule and contradicts it. */
static enum pattern decide(const struct tally *tally)
{
	enum pattern rival = strongest_rival(tally), row = tally->by_types;
	const struct votes against = support(tally, rival, row);
	uint64_t sharing = tally->sharing, own = 0;

	if (row != PATTERN_NONE)
		own = support(tally, row, rival).pages;
	if (is_two_or_zone(rival) && is_two_or_zone(row))
		sharing -= tally->either.pages;
	if (rival == PATTERN_NONE && own == 0 && tally->either.pages)
		return pattern_of_either(tally);
	if (rival == PATTERN_NONE || !is_enough(&against) || against.pages * 2 <= sharing ||
	    against.pages <= OUTVOTED * own)
		return row;
	return rival;
}

/* Frames that are no tails are no scheme, however many pages map them. */
static struct error *decide_believed(const struct tally *tally, enum pattern *ret)
{
	bool believed = true;
	struct error *err = NULL;

	*ret = decide(tally);
	if (*ret == tally->by_types)
		return NULL;
	if (patterns[*ret].target != SHARE_ZONE_TAIL)
		err = sample_believe(tally, &tally->votes[*ret], &believed);
	if (!believed)
		*ret = tally->by_types;
	return err;
}

/* --- frames of zones ----------------------------------------------------------------- */

static struct zone_info *zone_of(struct kernel *kernel, const struct group *group)
{
	for (size_t i = 0; i < kernel->zone_count; i++)
		if (kernel->zones[i].node == group->node && kernel->zones[i].index == group->zone)
			return &kernel->zones[i];
	return NULL;
}

/* A place for each order up to @slot; what types do not tell of is not there. */
static void zone_make_room(struct zone_info *zone, unsigned slot)
{
	for (; zone->tail_count <= slot; zone->tail_count++)
		zone->tail[zone->tail_count] = (struct zone_tail){ .known = true };
}

/* The frame that the pages of @group have in common; false if none is believed. */
static bool frame_of_group(const struct group *group, pfn_t *ret)
{
	bool alone = !group->common && group->private == 1;

	*ret = alone ? group->alone.frame : group->frame;
	return group->believed && (alone || group->at_frame);
}

/*
 * A frame that the zone names and somebody maps is the zone's. Otherwise what the pages
 * map is: of a kernel whose types have it so, only if that is no accident.
 */
static bool is_frame_taken(const struct tally *tally, const struct group *group, bool by_types)
{
	const struct kernel *kernel = &tally->analysis->kernel;
	bool alone = !group->common;
	uint64_t tails = alone ? group->alone.tails : 0;
	pfn_t named;

	if (kernel_shared_tail(kernel, group->node, group->zone, group->order, &named) ==
		    TAIL_KNOWN &&
	    vmemmap_users(&tally->analysis->map, named))
		return false;
	return !by_types || group->at_frame >= PAGES_ENOUGH || tails >= TAILS_ENOUGH;
}

static void group_name(const struct tally *tally, struct kernel *kernel, const struct group *group,
		       bool by_types, bool *changed_ret)
{
	struct zone_info *zone = zone_of(kernel, group);
	unsigned slot = group->order - kernel->tails_min_order;
	pfn_t frame;

	if (!zone || group->order < kernel->tails_min_order || slot >= VMEMMAP_TAILS_MAX ||
	    !frame_of_group(group, &frame) || !is_frame_taken(tally, group, by_types))
		return;
	zone_make_room(zone, slot);
	struct zone_tail *tail = &zone->tail[slot];
	*tail = (struct zone_tail){
		.page = kernel_struct_page(kernel, frame),
		.known = true,
		.said = tail->page,
		.groups = group->common ? group->at_frame : group->private,
		.refuted = by_types && tail->known,
	};
	*changed_ret = true;
}

static struct error *groups_name(struct tally *tally, struct kernel *kernel, bool by_types,
				 bool *changed_ret)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < tally->group_count; i++) {
		struct group *group = &tally->groups[i];
		bool alone = !group->common && group->private == 1;

		if (alone)
			err = group_believe(tally, group, group->alone.frame);
		if (!err)
			group_name(tally, kernel, group, by_types, changed_ret);
	}
	return err;
}

/* --- the choice ------------------------------------------------------------------------ */

static uint64_t fitting_pages(const struct tally *tally, enum pattern pattern)
{
	uint64_t pages = pattern == PATTERN_NONE ? 0 : tally->votes[pattern].pages;

	return pages + (is_two_or_zone(pattern) ? tally->either.pages : 0);
}

static bool mostly_readonly(const struct tally *tally, enum pattern pattern)
{
	uint64_t readonly = tally->votes[pattern].readonly;

	if (is_two_or_zone(pattern))
		readonly += tally->either.readonly;
	return readonly * 2 > fitting_pages(tally, pattern);
}

static const char *noun(enum scheme_family family)
{
	return family == FAMILY_DAX ? "compound pages of devices" : "huge pages";
}

/* A row for what no row of the table has. */
static const struct scheme *row_make(const struct tally *tally, struct scheme_choice *choice,
				     enum pattern pattern, const struct scheme_shape *shape)
{
	struct scheme *row = &choice->made[tally->family];
	char *title = choice->made_title[tally->family];
	bool readonly = shape->permission == TAILS_READONLY;

	snprintf(title, sizeof(choice->made_title[0]),
		 "a pattern that no kernel known here has: %s %s, %s", noun(tally->family),
		 patterns[pattern].text, readonly ? "read-only" : "writable");
	*row = (struct scheme){
		.family = tally->family,
		.id = "unknown-pattern",
		.title = title,
		.releases = "?",
		.pages_kept = shape->pages_kept,
		.target = shape->target,
		.permission = readonly ? TAILS_READONLY : TAILS_WRITABLE,
		.fake_heads = pattern == PATTERN_HEAD,
		.known = true,
	};
	return row;
}

/* Where even the second page, whose frame the others map, is read-only, it is no kept one. */
static bool second_is_tail(const struct tally *tally, enum pattern pattern)
{
	const struct votes *votes = &tally->votes[pattern];

	return pattern == PATTERN_SECOND && tally->analysis->arch->has_readonly_tails &&
	       votes->first_readonly * 2 > votes->pages;
}

static const struct scheme *row_of(const struct tally *tally, struct scheme_choice *choice,
				   enum pattern pattern)
{
	bool readonly = mostly_readonly(tally, pattern), next = second_is_tail(tally, pattern);
	struct scheme_shape shape = {
		.pages_kept = next ? 1 : patterns[pattern].kept,
		.target = next ? SHARE_NEXT_PAGE : patterns[pattern].target,
		.permission = readonly ? TAILS_READONLY : TAILS_WRITABLE,
	};
	struct scheme_shape asked = shape;

	/* HugeTLB has always meant them to be read-only. */
	if (tally->family == FAMILY_HUGETLB || !tally->analysis->arch->has_readonly_tails)
		asked.permission = TAILS_EITHER;
	const struct scheme *row = scheme_by_shape(choice, tally->family, &asked);

	return row ? row : row_make(tally, choice, pattern, &shape);
}

static void seen_tell(const struct tally *tally, enum pattern pattern, struct scheme_seen *seen)
{
	uint64_t fitting = fitting_pages(tally, pattern);

	*seen = (struct scheme_seen){
		.by_types = tally->row,
		.observed = fitting > 0,
		.pages = tally->pages,
		.sharing = tally->sharing,
		.fitting = fitting,
	};
	if (fitting)
		snprintf(seen->text, sizeof(seen->text), "%lu of the %lu %s that share %s%s",
			 fitting, tally->sharing, noun(tally->family), patterns[pattern].text,
			 !tally->analysis->arch->has_readonly_tails ? ""
			 : mostly_readonly(tally, pattern)	    ? ", read-only"
								    : ", writable");
	else if (tally->sharing)
		snprintf(seen->text, sizeof(seen->text),
			 "only by types and symbols: %lu of %lu %s share vmemmap, by no rule",
			 tally->sharing, tally->pages, noun(tally->family));
	else if (tally->pages)
		snprintf(seen->text, sizeof(seen->text),
			 "only by types and symbols: none of the %lu %s shares vmemmap",
			 tally->pages, noun(tally->family));
	else
		snprintf(seen->text, sizeof(seen->text),
			 "only by types and symbols: there are no %s", noun(tally->family));
}

/* Pages that say that they are optimised are no work of a kernel that cannot do it. */
static void flags_tell(const struct tally *tally, struct scheme_choice *choice)
{
	const struct scheme *row = choice->hugetlb;

	if (tally->family == FAMILY_HUGETLB && tally->flagged >= PAGES_ENOUGH && row->known &&
	    row->target == SHARE_NOTHING)
		scheme_evidence_add(choice, FAMILY_HUGETLB, EVIDENCE_HVO);
}

static struct error *choose(struct tally *tally, struct analysis *analysis, bool *changed_ret)
{
	struct scheme_choice *choice = &analysis->scheme;
	const struct scheme **row = tally->family == FAMILY_DAX ? &choice->dax : &choice->hugetlb;
	enum pattern pattern;
	struct error *err = decide_believed(tally, &pattern);

	if (err)
		return err;
	if (pattern != PATTERN_NONE && fitting_pages(tally, pattern)) {
		if (tally->family == FAMILY_DAX)
			choice->evidence[EVIDENCE_DAX_READONLY].present =
				analysis->arch->has_readonly_tails &&
				mostly_readonly(tally, pattern);
		*row = row_of(tally, choice, pattern);
	}
	flags_tell(tally, choice);
	seen_tell(tally, pattern, &choice->seen[tally->family]);
	*changed_ret = *row != tally->row;
	if ((*row)->target == SHARE_ZONE_TAIL)
		err = groups_name(tally, &analysis->kernel, *row == tally->row, changed_ret);
	return err;
}

struct error *scheme_observe(struct analysis *analysis, enum scheme_family family,
			     bool *changed_ret)
{
	struct tally tally = {
		.analysis = analysis,
		.family = family,
		.row = family == FAMILY_DAX ? analysis->scheme.dax : analysis->scheme.hugetlb,
	};

	*changed_ret = false;
	tally.by_types = tally.row->known ? pattern_of_row(tally.row) : PATTERN_NONE;
	struct error *err = pages_tally(&tally);
	if (!err && tally.group_count) {
		tally.recount = true;
		err = pages_tally(&tally);
	}
	if (!err)
		err = groups_vote(&tally);
	if (!err)
		err = choose(&tally, analysis, changed_ret);
	free(tally.groups);
	return err;
}
