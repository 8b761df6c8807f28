// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What all compound pages of a family show: counted (observe_count.c), voted on zone by
 * zone (observe_vote.c), decided (observe_decide.c), put into zones (observe_zones.c).
 */
#ifndef VMEMSCOPE_ANALYZER_OBSERVE_TALLY_H
#define VMEMSCOPE_ANALYZER_OBSERVE_TALLY_H

#include "analyzer/observe/observe_look.h"
#include "analyzer/pages/survey.h"

struct error;

/*
 * What is no accident: two pages that show the same, or one with that many tails that
 * do. One page of seven tails that contradicts the types is a finding.
 */
enum { PAGES_ENOUGH = 2, TAILS_ENOUGH = 64 };
/* Pages of one zone and order. */
struct group {
	unsigned node, zone, order;
	pfn_t frame;	   /* that most have in common, if any has more than a half */
	uint64_t lead;	   /* by how many more it was found so far than others */
	uint64_t common;   /* pages whose tails map a frame that others map, too */
	uint64_t at_frame; /* of these, @frame; found when pages are counted again */
	uint64_t private;  /* pages whose tails map a frame that they have alone */
	struct look alone; /* the first of these; it votes when another is found */
	struct huge_page alone_page;
	bool told, believed; /* whether @frame holds tails of this zone and order */
};

/* Pages that are looked into, of those that show a pattern: the first, and the last. */
enum { SAMPLES_FIRST = 4, SAMPLES_LAST = 4, SAMPLES_MAX = SAMPLES_FIRST + SAMPLES_LAST };

struct sample {
	struct huge_page page;
	pfn_t frame; /* behind its tails */
};

struct votes {
	uint64_t pages, tails, readonly, first_readonly;
	struct sample samples[SAMPLES_MAX];
	unsigned sample_count;
	unsigned next; /* of the last ones, the oldest */
};

struct tally {
	const struct survey *survey;
	enum scheme_family family;
	const struct scheme *row; /* by types */
	enum pattern by_types;
	uint64_t pages, sharing, flagged;
	struct votes votes[PATTERN_COUNT];
	struct votes either; /* two kept or the zone's frame: both would look so */
	struct group *groups;
	size_t group_count, group_room;
	bool recount; /* groups have their frames, if believed: count who maps them */
};
/* @count pages like @page, of which @look is one. */
void votes_add(struct votes *votes, const struct huge_page *page, const struct look *look,
	       uint64_t count);

/* Counts what all pages show. Those of groups are to vote after it. */
struct error *tally_count(struct tally *tally);

/* Whether @frame holds tails of the zone and order of @group. */
struct error *group_has_tails(const struct tally *tally, const struct group *group, pfn_t frame,
			      bool *ret);

/* The same, or it is the one that the zone names: *group is told. */
struct error *group_believe(const struct tally *tally, struct group *group, pfn_t frame);

/* Whether the frames of most samples hold tails of their order. */
struct error *samples_believe(const struct tally *tally, const struct votes *votes, bool *ret);

/* Looks into the frames that groups have in common: what is not believed is no pattern. */
struct error *groups_believe(struct tally *tally);

/* Pages that are alone with their frame in their group vote, too. */
struct error *groups_vote_alone(struct tally *tally);

/* True if what @votes show is no accident. */
bool votes_are_enough(const struct votes *votes);

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
