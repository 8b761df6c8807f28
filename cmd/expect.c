// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope report --expect: a report held against the stored one. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/comparison.h"
#include "analyzer/reports/reports.h"
#include "include/dump.h"
#include "include/error.h"
#include "version.h"

static struct error *write_golden(const struct session *session, const char *path)
{
	const struct output_options output = {
		.format = &json_format,
		.path = path,
	};
	struct document *document;
	struct error *err = session_report(session, &document);

	return err ? err : output_report(document, &output);
}

static struct error *show(const struct document_json *golden, const struct document_json *actual,
			  const struct comparison *comparison, const char *verdict,
			  const struct output_options *output)
{
	const struct report_diff_source source = {
		.version = VMEMSCOPE_VERSION,
		.a = compare_side(golden),
		.b = compare_side(actual),
		.comparison = comparison,
		.verdict = verdict,
	};
	struct document *document;
	struct error *err = report_diff(&source, &document);

	return err ? err : output_report(document, output);
}

static const char *verdict_of(const struct comparison *comparison, bool update)
{
	if (!comparison->mattering)
		return "As expected.";
	return update ? "The stored report is updated." : "Not as expected.";
}

static struct error *hold_against(const struct session *session, const struct document_json *golden,
				  const struct document_json *actual,
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

static struct error *actual_report(const struct session *session, struct document_json **ret)
{
	struct document *document;
	struct error *err = session_report(session, &document);

	if (err)
		return err;
	err = document_json_from(session->dump->path, document, ret);
	document_destroy(document);
	return err;
}

/* The first report is the expected one from now on. */
static struct error *create_golden(const struct session *session, const char *path,
				   const struct output_options *output)
{
	struct document *document;
	struct error *err = write_golden(session, path);

	if (!err)
		err = document_create(&document);
	if (err)
		return err;
	document_text(document_root(document), STYLE_GOOD, "The report is stored in '%s'.", path);
	document_string(document_root(document), "created", NULL, "%s", path);
	return output_report(document, output);
}

struct error *expect_report(const struct session *session, const struct expect_options *expect,
			    const struct output_options *output, bool *differs_ret)
{
	struct document_json *golden = NULL, *actual = NULL;
	struct error *err;

	if (access(expect->path, F_OK) < 0 && errno == ENOENT)
		return expect->update ? create_golden(session, expect->path, output)
				      : error_new(ERROR_NOT_FOUND,
						  "there is no '%s' to expect; --update creates it",
						  expect->path);
	err = document_json_load(expect->path, &report_kind, &golden);
	if (!err)
		err = actual_report(session, &actual);
	if (!err)
		err = hold_against(session, golden, actual, expect, output, differs_ret);
	document_json_destroy(golden);
	document_json_destroy(actual);
	return err;
}
