// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Chooses the scheme by what most pages show. Types name what a release does, but
 * distributions take half of a series, and stable branches a third of one.
 */
#include "analyzer/observe/observe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/observe/observe_tally.h"

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
	bool readonly = shape->permission == PERMISSION_READONLY;

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
		.permission = readonly ? PERMISSION_READONLY : PERMISSION_WRITABLE,
		.fake_heads = pattern == PATTERN_HEAD,
		.known = true,
	};
	return row;
}

/* Where even the second page, whose frame the others map, is read-only, it is no kept one. */
static bool second_is_tail(const struct tally *tally, enum pattern pattern)
{
	const struct votes *votes = &tally->votes[pattern];

	return pattern == PATTERN_SECOND && tally->survey->target->arch->has_readonly_tails &&
	       votes->first_readonly * 2 > votes->pages;
}

static const struct scheme *row_of(const struct tally *tally, struct scheme_choice *choice,
				   enum pattern pattern)
{
	bool readonly = mostly_readonly(tally, pattern), next = second_is_tail(tally, pattern);
	struct scheme_shape shape = {
		.pages_kept = next ? 1 : patterns[pattern].kept,
		.target = next ? TARGET_NEXT_PAGE : patterns[pattern].target,
		.permission = readonly ? PERMISSION_READONLY : PERMISSION_WRITABLE,
	};
	struct scheme_shape asked = shape;

	/* HugeTLB has always meant them to be read-only. */
	if (tally->family == FAMILY_HUGETLB || !tally->survey->target->arch->has_readonly_tails)
		asked.permission = PERMISSION_EITHER;
	const struct scheme *row = scheme_by_shape(choice, tally->family, &asked);

	return row ? row : row_make(tally, choice, pattern, &shape);
}

/* One page alone may be wrong as well as right: then types decide. */
static bool is_conclusive(const struct tally *tally, enum pattern pattern)
{
	struct votes votes = tally->votes[pattern];

	if (is_two_or_zone(pattern)) {
		votes.pages += tally->either.pages;
		votes.tails += tally->either.tails;
	}
	return pattern != PATTERN_NONE && votes_are_enough(&votes);
}

static const char *permission_text(const struct tally *tally, enum pattern pattern)
{
	if (!tally->survey->target->arch->has_readonly_tails)
		return "";
	return mostly_readonly(tally, pattern) ? ", read-only" : ", writable";
}

/* Only one of them shares anything. */
static void lone_tell(const struct tally *tally, enum pattern pattern, struct scheme_seen *seen)
{
	snprintf(seen->text, sizeof(seen->text),
		 "only by types and symbols: 1 of %" PRIu64 " %s shares vmemmap, %s%s%s; one page "
		 "is not conclusive",
		 tally->pages, noun(tally->family),
		 seen->fitting ? "as those that " : "and not as types and symbols say",
		 seen->fitting ? patterns[pattern].text : "",
		 seen->fitting ? permission_text(tally, pattern) : "");
}

static void seen_tell(const struct tally *tally, enum pattern pattern, struct scheme_seen *seen)
{
	uint64_t fitting = fitting_pages(tally, pattern);
	bool conclusive = fitting && is_conclusive(tally, pattern);

	*seen = (struct scheme_seen){
		.by_types = tally->row,
		.observed = conclusive,
		.pages = tally->pages,
		.sharing = tally->sharing,
		.fitting = fitting,
	};
	if (conclusive && tally->sharing == 1)
		snprintf(seen->text, sizeof(seen->text),
			 "only one of the %s shares, as those that %s%s", noun(tally->family),
			 patterns[pattern].text, permission_text(tally, pattern));
	else if (conclusive)
		snprintf(seen->text, sizeof(seen->text),
			 "%" PRIu64 " of the %" PRIu64 " %s that share %s%s", fitting,
			 tally->sharing, noun(tally->family), patterns[pattern].text,
			 permission_text(tally, pattern));
	else if (tally->sharing == 1)
		lone_tell(tally, pattern, seen);
	else if (tally->sharing)
		snprintf(seen->text, sizeof(seen->text),
			 "only by types and symbols: %" PRIu64 " of %" PRIu64
			 " %s share vmemmap, by no rule",
			 tally->sharing, tally->pages, noun(tally->family));
	else if (tally->pages)
		snprintf(seen->text, sizeof(seen->text),
			 "only by types and symbols: none of the %" PRIu64 " %s shares vmemmap",
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
	    row->target == TARGET_NONE)
		scheme_evidence_add(choice, FAMILY_HUGETLB, EVIDENCE_HVO);
}

static struct error *choose(struct tally *tally, struct scheme_choice *choice,
			    struct kernel *kernel, bool *changed_ret)
{
	const struct scheme **row = tally->family == FAMILY_DAX ? &choice->dax : &choice->hugetlb;
	enum pattern pattern;
	struct error *err = tally_decide(tally, &pattern);

	if (err)
		return err;
	if (pattern != PATTERN_NONE && fitting_pages(tally, pattern)) {
		if (tally->family == FAMILY_DAX)
			choice->evidence[EVIDENCE_DAX_READONLY].present =
				tally->survey->target->arch->has_readonly_tails &&
				mostly_readonly(tally, pattern);
		*row = row_of(tally, choice, pattern);
	}
	flags_tell(tally, choice);
	seen_tell(tally, pattern, &choice->seen[tally->family]);
	*changed_ret = *row != tally->row;
	if ((*row)->target == TARGET_ZONE_TAIL)
		err = groups_name(tally, kernel, *row == tally->row, changed_ret);
	return err;
}

struct error *scheme_observe(const struct survey *survey, enum scheme_family family,
			     struct scheme_choice *choice, struct kernel *kernel, bool *changed_ret)
{
	struct tally tally = {
		.survey = survey,
		.family = family,
		.row = family == FAMILY_DAX ? survey->scheme->dax : survey->scheme->hugetlb,
	};

	*changed_ret = false;
	tally.by_types = tally.row->known ? pattern_of_row(tally.row) : PATTERN_NONE;
	struct error *err = tally_count(&tally);
	if (!err)
		err = groups_believe(&tally);
	if (!err && tally.group_count) {
		tally.recount = true;
		err = tally_count(&tally);
	}
	if (!err)
		err = groups_vote_alone(&tally);
	if (!err)
		err = choose(&tally, choice, kernel, changed_ret);
	free(tally.groups);
	return err;
}
