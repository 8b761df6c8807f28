// SPDX-License-Identifier: LGPL-2.1-or-later
/* The catalogue of known faults as a document. */
#include "analyzer/document.h"

#include "include/error.h"
#include "include/known_bug.h"

/* "check-a, check-b"; null if none shows it. */
static void add_checks(struct report_node *node, const struct known_bug *bug)
{
	struct report_node *list = report_array(node, "checks", NULL);

	for (unsigned i = 0; i < SIGNATURES_MAX && bug->checks[i]; i++)
		report_string(list, NULL, NULL, "%s", bug->checks[i]);
}

static void add_text(struct report_node *node, const char *key, const char *label, const char *text)
{
	if (text)
		report_string(node, key, label, "%s", text);
	else
		report_null(node, key, NULL);
}

static void add_bug(struct report_node *list, const struct known_bug *bug)
{
	struct report_node *node = report_object(list, NULL, NULL);

	report_string(node, "id", "FAULT", "%s", bug->id);
	report_string(node, "title", "WHAT GOES WRONG", "%s", bug->title);
	report_string(node, NULL, "SHOWN BY", "%s", bug->checks[0] ? bug->checks[0] : "no dump");
	add_text(node, "symptom", NULL, bug->symptom);
	add_text(node, "fix", NULL, bug->fix);
	add_text(node, "why_not", NULL, bug->why_not);
	add_checks(node, bug);
}

struct error *document_known_bugs(struct report **ret)
{
	struct report *report;
	struct error *err = report_create(&report);

	if (err)
		return err;
	struct report_node *list = report_array(report_root(report), "known_bugs", "");
	for (unsigned i = 0; i < known_bug_count; i++)
		add_bug(list, &known_bug_table[i]);
	return document_finish(report, ret);
}

static void explain_bug(struct report_node *root, const struct known_bug *bug)
{
	struct report_node *node = report_object(root, "known_bug", bug->id);

	report_string(node, "id", NULL, "%s", bug->id);
	report_string(node, "title", "What goes wrong", "%s", bug->title);
	report_string(node, "fix", "Fixed by", "%s", bug->fix);
	add_text(node, "why_not", "No dump shows it", bug->why_not);
	add_checks(node, bug);
	for (unsigned i = 0; i < SIGNATURES_MAX && bug->checks[i]; i++)
		report_string(node, NULL, "Shown by", "%s", bug->checks[i]);
	report_string(node, "symptom", NULL, "%s", bug->symptom);
	report_text(node, STYLE_PLAIN, "%s", bug->symptom);
}

struct error *document_known_bug(const char *id, struct report **ret)
{
	const struct known_bug *bug = known_bug_by_id(id);
	struct report *report;

	if (!bug)
		return error_new(ERROR_USAGE,
				 "there is no known fault '%s'; 'vmemscope checks "
				 "--bugs' lists them",
				 id);
	struct error *err = report_create(&report);
	if (err)
		return err;
	explain_bug(report_root(report), bug);
	return document_finish(report, ret);
}
