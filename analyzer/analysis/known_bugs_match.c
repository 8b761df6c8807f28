// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which of the known faults the findings look like. */
#include "analyzer/analysis/known_bugs_match.h"

#include "analyzer/known_bugs/suspect.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

/*
 * How well a fault fits: a release that is known to have it; releases that have it, and
 * nobody knows which this is, or no more of it than its series; last, what any kernel can suffer.
 */
static unsigned rank_of(const struct suspect *suspect, const struct known_bug *bug,
			enum release_verdict release)
{
	if (release_span_is_end(&bug->affected[0]))
		return 0;
	return release == RELEASE_INSIDE && !suspect->release->any_patch ? 2 : 1;
}

/* Of two as good, the one that few kernels can have. */
static bool is_closer(const struct known_bug *bug, const struct known_bug *than)
{
	return bug->archs[0] && !than->archs[0];
}

static void take(const struct suspect *suspect, const struct known_bug *bug,
		 enum release_verdict release, struct known_bug_match *ret)
{
	ret->bug = bug;
	ret->release = release;
	ret->span = release_span_of(suspect->release, bug->affected, BUG_SPANS_MAX);
}

/* The faults that @signature may be of: the first of the best, or NULL; others as good. */
static void faults_of(const struct suspect *suspect, const char *signature,
		      struct known_bug_match *ret)
{
	unsigned best = 0, others = 0;

	for (unsigned i = 0; i < known_bug_count; i++) {
		const struct known_bug *bug = &known_bug_table[i];
		enum release_verdict release =
			release_judge(suspect->release, bug->affected, BUG_SPANS_MAX);
		unsigned rank = rank_of(suspect, bug, release);

		if (!word_is_listed(bug->signatures, SIGNATURES_MAX, signature) ||
		    !suspect_can_have(suspect, bug))
			continue;
		if (!ret->bug || rank > best) {
			*ret = (struct known_bug_match){ 0 };
			take(suspect, bug, release, ret);
			best = rank;
			others = 0;
		} else if (rank == best && others < BUG_OTHERS_MAX) {
			ret->others[others++] = is_closer(bug, ret->bug) ? ret->bug : bug;
			if (is_closer(bug, ret->bug))
				take(suspect, bug, release, ret);
		}
	}
}

static void others_join(struct known_bug_match *match, const struct known_bug_match *more)
{
	for (unsigned i = 0; i < BUG_OTHERS_MAX && more->others[i]; i++) {
		unsigned k = 0;

		while (k < BUG_OTHERS_MAX && match->others[k] &&
		       match->others[k] != more->others[i])
			k++;
		if (k < BUG_OTHERS_MAX)
			match->others[k] = more->others[i];
	}
}

/* @rows: one for each row of the catalogue, whose line it is once its bug is set. */
static void match_add(struct known_bug_match *rows, const struct suspect *suspect,
		      const struct check *check, const struct signature_tally *tally)
{
	struct known_bug_match more = { 0 };

	faults_of(suspect, tally->signature, &more);
	if (!more.bug)
		return;
	struct known_bug_match *match = &rows[more.bug - known_bug_table];
	if (match->bug) {
		match->findings += tally->count;
		others_join(match, &more);
		return;
	}
	more.check = check;
	more.signature = tally->signature;
	more.findings = tally->count;
	more.first = tally->first;
	*match = more;
}

static void runs_match(const struct survey *survey, const struct suspect *suspect,
		       struct known_bug_match *rows)
{
	for (size_t i = 0; i < survey->checks->run_count; i++) {
		const struct check_run *run = &survey->checks->runs[i];

		for (size_t k = 0; k < run->tally_count; k++)
			match_add(rows, suspect, run->check, &run->tallies[k]);
	}
}

size_t known_bugs_match(const struct survey *survey, struct known_bug_match *ret, size_t max)
{
	struct release release;
	const struct suspect suspect = suspect_of(survey, &release);
	struct known_bug_match rows[KNOWN_BUGS_MAX] = { 0 };
	size_t count = 0;

	runs_match(survey, &suspect, rows);
	for (unsigned i = 0; i < known_bug_count; i++)
		if (rows[i].bug && count++ < max)
			ret[count - 1] = rows[i];
	return count;
}
