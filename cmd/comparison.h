// SPDX-License-Identifier: LGPL-2.1-or-later
/* Comparing reports: with each other, or with what was expected. */
#ifndef VMEMSCOPE_COMPARISON_H
#define VMEMSCOPE_COMPARISON_H

#include "cmd/command.h"
#include "analyzer/reports/reports.h"

struct expect_options {
	const char *path; /* of the stored report; NULL: nothing is expected */
	bool update;
	struct arguments ignored;
};

/* By the rules of reports, less what the patterns @ignored fit. */
struct error *compare_run(const struct document_json *a, const struct document_json *b,
			  const struct arguments *ignored, struct comparison *ret);

/* How @json is called; borrows from it. */
struct report_diff_side compare_side(const struct document_json *json);

/*
 * Holds the report of @session against the stored one, and writes what differs. With
 * --update the stored one is then rewritten, and nothing counts as different.
 */
struct error *expect_report(const struct session *session, const struct expect_options *expect,
			    const struct output_options *output, bool *differs_ret);

#endif
