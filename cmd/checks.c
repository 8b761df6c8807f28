// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope checks, explain: the catalogue. */
#include "cmd/command.h"
#include "include/document.h"
#include "include/error.h"

struct catalogue {
	struct output_options output;
	const char *id;
	bool takes_id;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct catalogue *catalogue = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &catalogue->output;
		return 0;
	case ARGP_KEY_ARG:
		if (!catalogue->takes_id || catalogue->id)
			argp_error(state, "unexpected argument '%s'", arg);
		catalogue->id = arg;
		return 0;
	case ARGP_KEY_END:
		if (catalogue->takes_id && !catalogue->id)
			argp_error(state, "which check? 'vmemscope checks' lists them");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

static int catalogue_run(struct catalogue *catalogue, int argc, char **argv, const char *args,
			 const char *doc)
{
	static const struct argp_option options[] = {
		{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
		{ 0 },
	};
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { options, parse, args, doc, children, NULL, NULL };
	struct report *report;

	command_parse(&argp, argc, argv, catalogue);
	struct error *err = document_checks(catalogue->id, &report);
	if (!err)
		err = output_report(report, &catalogue->output);
	return err ? fail(err) : EXIT_CLEAN;
}

static int run_checks(int argc, char **argv)
{
	struct catalogue catalogue = { 0 };

	return catalogue_run(&catalogue, argc, argv, "", "List the checks.");
}

static int run_explain(int argc, char **argv)
{
	struct catalogue catalogue = { .takes_id = true };

	return catalogue_run(&catalogue, argc, argv, "CHECK", "Tell all about one check.");
}

const struct command command_checks = { "checks", "list the checks", run_checks };
const struct command command_explain = { "explain", "tell all about one check", run_explain };
