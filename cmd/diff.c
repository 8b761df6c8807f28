// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope diff: what changed between two reports, or dumps. */
#include <stdlib.h>

#include "cmd/comparison.h"
#include "cmd/confine.h"
#include "analyzer/reports/reports.h"
#include "include/error.h"
#include "version.h"

enum { KEY_ALL = 512, KEY_IGNORE };

struct diff {
	struct input_options input;
	struct output_options output;
	struct arguments sides, ignored;
	bool all;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff *diff = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &diff->input;
		state->child_inputs[1] = &diff->output;
		return 0;
	case KEY_ALL:
		diff->all = true;
		return 0;
	case KEY_IGNORE:
		diff->ignored.items[diff->ignored.count++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		diff->sides.items[diff->sides.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (diff->sides.count != 2)
			argp_error(state, "two reports or dumps are needed");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

struct error *compare_run(const struct document_json *a, const struct document_json *b,
			  const struct arguments *ignored, struct comparison *ret)
{
	struct compare_rules rules = report_compare_rules;

	rules.ignored = ignored->items;
	rules.ignored_count = ignored->count;
	return compare_reports(a, b, &rules, ret);
}

struct report_diff_side compare_side(const struct document_json *json)
{
	return (struct report_diff_side){
		.path = document_json_path(json),
		.release = document_json_text(json, "kernel", "release"),
		.quick = document_json_flag(json, "quick"),
	};
}

static struct error *analyse(const char *path, const struct input_options *input,
			     struct document_json **ret)
{
	struct document *document = NULL;
	struct session session;
	struct error *err = session_open(&path, 1, input, ANALYSIS_FULL, false, &session);

	if (err)
		return err;
	err = session_report(&session, &document);
	if (!err)
		err = document_json_from(path, document, ret);
	document_destroy(document);
	session_close(&session);
	return err;
}

static struct error *open_side(const char *path, const struct input_options *input,
			       struct document_json **ret)
{
	return document_json_probe(path) ? document_json_load(path, &report_kind, ret)
					 : analyse(path, input, ret);
}

/* An option that would be ignored is a misunderstanding. */
static struct error *options_check(const struct diff *diff)
{
	for (size_t i = 0; i < diff->sides.count; i++)
		if (!document_json_probe(diff->sides.items[i]))
			return NULL;
	if (input_names_types(&diff->input))
		return error_new(ERROR_USAGE, "options for types need a dump, and both files "
					      "are reports");
	return NULL;
}

static struct error *show(const struct diff *diff, const struct document_json *a,
			  const struct document_json *b, bool *differs_ret)
{
	_cleanup_(comparison_deinit) struct comparison comparison = { 0 };
	struct document *document;
	struct error *err = compare_run(a, b, &diff->ignored, &comparison);

	if (err)
		return err;
	const struct report_diff_source source = {
		.version = VMEMSCOPE_VERSION,
		.a = compare_side(a),
		.b = compare_side(b),
		.comparison = &comparison,
		.all = diff->all,
	};
	*differs_ret = comparison.mattering > 0;
	err = report_diff(&source, &document);
	return err ? err : output_report(document, &diff->output);
}

static struct error *diff_run(const struct diff *diff, bool *differs_ret)
{
	struct document_json *a = NULL, *b = NULL;
	struct error *err = options_check(diff);

	if (!err)
		err = open_side(diff->sides.items[0], &diff->input, &a);
	if (!err)
		err = open_side(diff->sides.items[1], &diff->input, &b);
	if (!err)
		err = show(diff, a, b, differs_ret);
	document_json_destroy(a);
	document_json_destroy(b);
	return err;
}

static int run_diff(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "all", KEY_ALL, NULL, 0, "List also differences that do not matter", 3 },
		{ "ignore", KEY_IGNORE, "PATTERN", 0,
		  "Ignore this path of the report, such as 'hugetlb.pools[*].free'; "
		  "repeatable",
		  3 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	static const struct argp_child children[] = {
		{ &input_argp, 0, NULL, 0 },
		{ &output_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		options,
		parse,
		"A B",
		"Show what changed from A to B. Each is a report, as 'vmemscope report --format "
		"json' wrote it, or a dump, which is analysed first."
		"\vNames, sizes and formats of files, versions of this program and addresses that "
		"change with each boot do not matter."
		"\n\nExit status: 0 no difference that matters, 1 differences, 2 failed, "
		"64 usage error.",
		children,
		NULL,
		NULL,
	};
	struct diff diff = { 0 };
	bool differs = false;

	diff.sides.items = calloc((size_t)argc + 1, sizeof(*diff.sides.items));
	diff.ignored.items = calloc((size_t)argc + 1, sizeof(*diff.ignored.items));
	if (!diff.sides.items || !diff.ignored.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &diff);
	confine(&(struct confinement){
		.input = &diff.input,
		.dumps = &diff.sides,
		.output = diff.output.path,
	});
	struct error *err = diff_run(&diff, &differs);
	free(diff.sides.items);
	free(diff.ignored.items);
	if (err)
		return fail(err);
	return differs ? EXIT_FINDINGS : EXIT_CLEAN;
}

const struct command command_diff = { "diff", "what changed between two reports or dumps",
				      run_diff };
