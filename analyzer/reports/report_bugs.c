// SPDX-License-Identifier: LGPL-2.1-or-later
/* The catalogue of known faults as a document, and what of it a report looks like. */
#include "analyzer/reports/report_parts.h"
#include "analyzer/reports/words.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/analysis/analysis.h"
#include "include/error.h"
#include "include/plural.h"
#include "analyzer/analysis/known_bugs_match.h"

/* "check-a, check-b"; null if none shows it. */
static void add_checks(struct document_node *node, const struct known_bug *bug)
{
	struct document_node *list = document_array(node, "checks", NULL);

	for (unsigned i = 0; i < SIGNATURES_MAX && bug->checks[i]; i++)
		document_string(list, NULL, NULL, "%s", bug->checks[i]);
}

static void add_text(struct document_node *node, const char *key, const char *label,
		     const char *text)
{
	if (text)
		document_string(node, key, label, "%s", text);
	else
		document_null(node, key, NULL);
}

/* "5.14 to before 6.7"; null if it is of no releases in particular. */
static void add_affected(struct document_node *node, const char *label, const struct known_bug *bug)
{
	char text[RELEASE_SPANS_TEXT_MAX];

	release_spans_text(bug->affected, BUG_SPANS_MAX, text);
	if (*text)
		document_string(node, "affected", label, "%s", text);
	else
		document_null(node, "affected", NULL);
}

static void add_bug(struct document_node *list, const struct known_bug *bug)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_string(node, "id", "FAULT", "%s", bug->id);
	document_string(node, "title", "WHAT GOES WRONG", "%s", bug->title);
	document_string(node, NULL, "SHOWN BY", "%s", bug->checks[0] ? bug->checks[0] : "no dump");
	add_text(node, "symptom", NULL, bug->symptom);
	add_text(node, "fix", NULL, bug->fix);
	add_affected(node, NULL, bug);
	add_text(node, "why_not", NULL, bug->why_not);
	add_checks(node, bug);
}

struct error *report_known_bugs(struct document **ret)
{
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *list = document_array(document_root(document), "known_bugs", "");
	for (unsigned i = 0; i < known_bug_count; i++)
		add_bug(list, &known_bug_table[i]);
	return report_finish(document, ret);
}

static void explain_bug(struct document_node *root, const struct known_bug *bug)
{
	struct document_node *node = document_object(root, "known_bug", bug->id);

	document_string(node, "id", NULL, "%s", bug->id);
	document_string(node, "title", "What goes wrong", "%s", bug->title);
	document_string(node, "fix", "Fixed by", "%s", bug->fix);
	add_affected(node, "Releases", bug);
	add_text(node, "why_not", "No dump shows it", bug->why_not);
	add_checks(node, bug);
	for (unsigned i = 0; i < SIGNATURES_MAX && bug->checks[i]; i++)
		document_string(node, NULL, "Shown by", "%s", bug->checks[i]);
	if (bug->events[0])
		document_string(node, NULL, bug->checks[0] ? "... and by" : "Shown by",
				"events of the kernel's log: see docs/crash.md");
	document_string(node, "symptom", NULL, "%s", bug->symptom);
	document_text(node, STYLE_PLAIN, "%s", bug->symptom);
}

struct error *report_known_bug(const char *id, struct document **ret)
{
	const struct known_bug *bug = known_bug_by_id(id);
	struct document *document;

	if (!bug)
		return error_new(ERROR_USAGE,
				 "there is no known fault '%s'; 'vmemscope checks "
				 "--bugs' lists them",
				 id);
	struct error *err = document_create(&document);
	if (err)
		return err;
	explain_bug(document_root(document), bug);
	return report_finish(document, ret);
}

/* --- what the findings look like -------------------------------------------------- */

/* Each of the faults that it may be, then what they have in common; wide words go on below. */
static void add_words(struct document_node *words, const struct known_bug_match *match,
		      const char *because)
{
	struct words fixes = { .length = 0 };

	document_text(words, STYLE_PLAIN, "%s: %s", match->bug->id, match->bug->title);
	words_add(&fixes, "%s", match->bug->fix);
	for (unsigned i = 0; i < BUG_OTHERS_MAX && match->others[i]; i++) {
		document_text(words, STYLE_PLAIN, "or %s: %s", match->others[i]->id,
			      match->others[i]->title);
		words_add(&fixes, "; or %s", match->others[i]->fix);
	}
	document_text(words, STYLE_PLAIN, "  Because: %s", because);
	document_text(words, STYLE_PLAIN, "  Fixed by: %s", fixes.text);
}

static void add_release(struct words *line, const struct analysis *analysis,
			const struct known_bug_match *match)
{
	const char *release = facts_text(analysis->target.facts, "OSRELEASE");
	char spans[RELEASE_SPANS_TEXT_MAX];

	if (match->span) {
		release_spans_text(match->span, 1, spans);
		words_add(line, "; release %s, of %s", release, spans);
		if (match->release != RELEASE_INSIDE)
			words_add(line, " or not: its name shows only the series");
		return;
	}
	release_spans_text(match->bug->affected, BUG_SPANS_MAX, spans);
	if (*spans)
		words_add(line, "; releases %s: the kernel's name does not show which it is",
			  spans);
}

static const char *scheme_asked(const struct analysis *analysis, const struct known_bug *bug)
{
	for (unsigned i = 0; i < BUG_SCHEMES_MAX && bug->schemes[i]; i++)
		if (strcmp(bug->schemes[i], analysis->scheme.dax->id) == 0)
			return analysis->scheme.dax->id;
	return analysis->scheme.hugetlb->id;
}

/* "3 findings of hugetlb-contents, the first at pfn 0x80000; scheme hugetlb-d; ..." */
static struct words because(const struct analysis *analysis, const struct known_bug_match *match)
{
	struct words line = { .length = 0 };

	words_add(&line, "%" PRIu64 " finding%s of %s", match->findings, plural(match->findings),
		  match->check->id);
	if (match->first.has_pfn)
		words_add(&line, ", %s pfn 0x%" PRIx64,
			  match->findings == 1 ? "at" : "the first at", match->first.pfn);
	if (match->bug->schemes[0])
		words_add(&line, "; scheme %s", scheme_asked(analysis, match->bug));
	if (match->bug->archs[0])
		words_add(&line, "; %s", arch_name(analysis->target.arch));
	add_release(&line, analysis, match);
	return line;
}

static void add_match(struct document_node *list, struct document_node *words,
		      const struct analysis *analysis, const struct known_bug_match *match)
{
	static const char *const releases[] = {
		[RELEASE_UNKNOWN] = "unknown",
		[RELEASE_INSIDE] = "affected",
		[RELEASE_OUTSIDE] = "not-affected",
	};
	const struct words why = because(analysis, match);
	struct document_node *node = document_object(list, NULL, NULL);

	document_string(node, "id", NULL, "%s", match->bug->id);
	document_string(node, "title", NULL, "%s", match->bug->title);
	document_string(node, "because", NULL, "%s", why.text);
	document_string(node, "fix", NULL, "%s", match->bug->fix);
	document_string(node, "check", NULL, "%s", match->check->id);
	document_string(node, "signature", NULL, "%s", match->signature);
	document_count(node, "findings", NULL, match->findings);
	document_string(node, "release", NULL, "%s", releases[match->release]);
	struct document_node *others = document_array(node, "or", NULL);
	for (unsigned i = 0; i < BUG_OTHERS_MAX && match->others[i]; i++)
		document_string(others, NULL, NULL, "%s", match->others[i]->id);
	add_words(words, match, why.text);
}

void report_add_known_bugs(struct document_node *root, const struct analysis *analysis)
{
	struct known_bug_match matches[KNOWN_BUGS_MAX];
	size_t count = known_bugs_match(&analysis->survey, matches, KNOWN_BUGS_MAX);
	struct document_node *list = document_array(root, "known_bugs", NULL);
	struct document_node *words = document_object(root, NULL, "Known faults that match");

	for (size_t i = 0; i < count && i < KNOWN_BUGS_MAX; i++)
		add_match(list, words, analysis, &matches[i]);
}
