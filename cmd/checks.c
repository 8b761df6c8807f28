// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope checks, explain: the catalogue of rules, and that of known faults. */
#include "cmd/command.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/reports/reports.h"
#include "include/error.h"
#include "analyzer/known_bugs/known_bug.h"

enum { OPTION_BUGS = 0x100 };

struct catalogue {
	struct output_options output;
	const char *id;
	bool takes_id;
	bool bugs;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct catalogue *catalogue = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &catalogue->output;
		return 0;
	case OPTION_BUGS:
		catalogue->bugs = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!catalogue->takes_id || catalogue->id)
			argp_error(state, "unexpected argument '%s'", arg);
		catalogue->id = arg;
		return 0;
	case ARGP_KEY_END:
		if (catalogue->takes_id && !catalogue->id)
			argp_error(state, "no check given; 'vmemscope checks' lists them");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

static struct error *catalogue_build(const struct catalogue *catalogue, struct document **ret)
{
	if (catalogue->bugs)
		return report_known_bugs(ret);
	if (catalogue->id && !check_by_id(catalogue->id) && known_bug_by_id(catalogue->id))
		return report_known_bug(catalogue->id, ret);
	return report_checks(catalogue->id, ret);
}

static int catalogue_run(struct catalogue *catalogue, const struct argp_option *options, int argc,
			 char **argv, const char *args, const char *doc)
{
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, args, doc, children, NULL, NULL };
	struct document *document;

	command_parse(&argp, argc, argv, catalogue);
	struct error *err = catalogue_build(catalogue, &document);
	if (!err)
		err = output_report(document, &catalogue->output);
	return err ? fail(err) : EXIT_CLEAN;
}

static int run_checks(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "bugs", OPTION_BUGS, NULL, 0,
		  "List known kernel bugs instead, with the check that finds each", 0 },
		{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
		{ 0 },
	};
	struct catalogue catalogue = { 0 };

	return catalogue_run(&catalogue, options, argc, argv, "", "List the checks.");
}

static int run_explain(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
		{ 0 },
	};
	struct catalogue catalogue = { .takes_id = true };

	return catalogue_run(&catalogue, options, argc, argv, "CHECK|FAULT",
			     "Explain one check or one known kernel bug.");
}

const struct command command_checks = { "checks", "list the checks", run_checks };
const struct command command_explain = { "explain", "explain one check or known kernel bug",
					 run_explain };
