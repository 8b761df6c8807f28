// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope report --expect: a report held against the stored one. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/comparison.h"
#include "analyzer/documents/documents.h"
#include "include/dump.h"
#include "include/error.h"
#include "version.h"

static struct error *write_golden(const struct session *session, const char *path)
{
	const struct output_options output = {
		.format = &json_format,
		.path = path,
	};
	struct report *report;
	struct error *err = session_report(session, &report);

	return err ? err : output_report(report, &output);
}

static struct error *show(const struct report_json *golden, const struct report_json *actual,
			  const struct comparison *comparison, const char *verdict,
			  const struct output_options *output)
{
	const struct document_diff_source source = {
		.version = VMEMSCOPE_VERSION,
		.a = compare_side(golden),
		.b = compare_side(actual),
		.comparison = comparison,
		.verdict = verdict,
	};
	struct report *report;
	struct error *err = document_diff(&source, &report);

	return err ? err : output_report(report, output);
}

static const char *verdict_of(const struct comparison *comparison, bool update)
{
	if (!comparison->mattering)
		return "As expected.";
	return update ? "The stored report is updated." : "Not as expected.";
}

static struct error *hold_against(const struct session *session, const struct report_json *golden,
				  const struct report_json *actual,
				  const struct expect_options *expect,
				  const struct output_options *output, bool *differs_ret)
{
	_cleanup_(comparison_deinit) struct comparison comparison = { 0 };
	struct error *err = compare_run(golden, actual, &expect->ignored, &comparison);

	if (!err && expect->update && comparison.mattering)
		err = write_golden(session, expect->path);
	if (err)
		return err;
	*differs_ret = !expect->update && comparison.mattering;
	return show(golden, actual, &comparison, verdict_of(&comparison, expect->update), output);
}

static struct error *actual_report(const struct session *session, struct report_json **ret)
{
	struct report *report;
	struct error *err = session_report(session, &report);

	if (err)
		return err;
	err = report_json_from(session->dump->path, report, ret);
	report_destroy(report);
	return err;
}

/* The first report is the expected one from now on. */
static struct error *create_golden(const struct session *session, const char *path,
				   const struct output_options *output)
{
	struct report *report;
	struct error *err = write_golden(session, path);

	if (!err)
		err = report_create(&report);
	if (err)
		return err;
	report_text(report_root(report), STYLE_GOOD, "The report is stored in '%s'.", path);
	report_string(report_root(report), "created", NULL, "%s", path);
	return output_report(report, output);
}

struct error *expect_report(const struct session *session, const struct expect_options *expect,
			    const struct output_options *output, bool *differs_ret)
{
	struct report_json *golden = NULL, *actual = NULL;
	struct error *err;

	if (access(expect->path, F_OK) < 0 && errno == ENOENT)
		return expect->update ? create_golden(session, expect->path, output)
				      : error_new(ERROR_NOT_FOUND,
						  "there is no '%s' to expect; --update creates it",
						  expect->path);
	err = report_json_load(expect->path, &document_report_kind, &golden);
	if (!err)
		err = actual_report(session, &actual);
	if (!err)
		err = hold_against(session, golden, actual, expect, output, differs_ret);
	report_json_destroy(golden);
	report_json_destroy(actual);
	return err;
}
