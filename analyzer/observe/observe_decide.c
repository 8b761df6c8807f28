// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether what most pages show is a rule, and contradicts the types. */
#include "analyzer/observe/observe_tally.h"

/* Types that some pages bear out are wrong only if far more pages contradict them. */
enum { OUTVOTED = 10 };

bool votes_are_enough(const struct votes *votes)
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

bool is_two_or_zone(enum pattern pattern)
{
	return pattern == PATTERN_SECOND || pattern == PATTERN_ZONE;
}

/* Nothing certain is seen: what pages that could be both are. */
static enum pattern pattern_of_either(const struct tally *tally)
{
	bool readonly = tally->either.readonly * 2 > tally->either.pages;

	if (!votes_are_enough(&tally->either) && tally->by_types != PATTERN_NONE)
		return tally->by_types;
	if (tally->by_types == PATTERN_ZONE || tally->by_types == PATTERN_SECOND) {
		bool fits = tally->by_types == PATTERN_ZONE || !readonly ||
			    !tally->survey->target->arch->has_readonly_tails;
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
	if (rival == PATTERN_NONE || !votes_are_enough(&against) || against.pages * 2 <= sharing ||
	    against.pages <= OUTVOTED * own)
		return row;
	return rival;
}

/* Frames that are no tails are no scheme, however many pages map them. */
struct error *tally_decide(const struct tally *tally, enum pattern *ret)
{
	bool believed = true;
	struct error *err = NULL;

	*ret = decide(tally);
	if (*ret == tally->by_types)
		return NULL;
	if (patterns[*ret].target != TARGET_ZONE_TAIL)
		err = samples_believe(tally, &tally->votes[*ret], &believed);
	if (!believed)
		*ret = tally->by_types;
	return err;
}
