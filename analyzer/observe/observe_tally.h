// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What all compound pages of a family show: counted (observe_count.c), voted on zone by
 * zone (observe_vote.c), decided (observe_decide.c), put into zones (observe_zones.c).
 */
#ifndef VMEMSCOPE_ANALYZER_OBSERVE_TALLY_H
#define VMEMSCOPE_ANALYZER_OBSERVE_TALLY_H

#include "analyzer/observe/observe_look.h"
#include "analyzer/analysis/analysis.h"

struct error;

/*
 * What is no accident: two pages that show the same, or one with that many tails that
 * do. One page of seven tails that contradicts the types is a finding.
 */
enum { PAGES_ENOUGH = 2, TAILS_ENOUGH = 64 };
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
/* @count pages like @page, of which @look is one. */
void votes_add(struct votes *votes, const struct huge_page *page, const struct look *look,
	       uint64_t count);

/* Counts what all pages show. Those of groups are to vote after it. */
struct error *tally_count(struct tally *tally);

/* Whether @frame holds tails of the zone and order of @group: *group is told. */
struct error *group_believe(const struct tally *tally, struct group *group, pfn_t frame);

/* Whether the frame of the sample holds tails of its order. */
struct error *sample_believe(const struct tally *tally, const struct votes *votes, bool *ret);

/* What the pages of all groups show, by what their frames hold. */
struct error *groups_vote(struct tally *tally);

/* True if two patterns look alike where a page is alone in its zone. */
bool is_two_or_zone(enum pattern pattern);

/* The pattern that this kernel follows: that of the types, unless pages contradict them. */
struct error *tally_decide(const struct tally *tally, enum pattern *ret);

/*
 * Puts the frames that groups have in common where zones name theirs. @by_types: the zones
 * are known to name some. *changed_ret becomes true if another frame is expected now.
 */
struct error *groups_name(struct tally *tally, struct kernel *kernel, bool by_types,
			  bool *changed_ret);

#endif
