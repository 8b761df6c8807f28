// SPDX-License-Identifier: LGPL-2.1-or-later
/* Open a dump, build a document, write it. */
#include "cmd/dump_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/confine.h"
#include "cmd/progress.h"
#include "cmd/watch.h"
#include "include/error.h"

enum {
	KEY_FAIL_ON = 512,
	KEY_MAX_FINDINGS,
	KEY_COLUMNS,
	KEY_EXPECT,
	KEY_UPDATE,
	KEY_IGNORE,
	KEY_THREADS,
	KEY_QUICK,
	KEY_WATCH
};

static const struct argp_option fail_on_option = {
	"fail-on",
	KEY_FAIL_ON,
	"SEVERITY",
	0,
	"Exit with 1 for findings of this severity and above: error (default), warning, note",
	3
};
static const struct argp_option columns_option = {
	"columns", KEY_COLUMNS, "LIST", 0, "Comma-separated columns of the table, by JSON key", 3
};
static const struct argp_option max_findings_option = {
	"max-findings",
	KEY_MAX_FINDINGS,
	"COUNT",
	0,
	"List at most COUNT findings of a check (default 200); all are counted",
	3
};
static const struct argp_option expect_options[] = {
	{ "expect", KEY_EXPECT, "GOLDEN", 0,
	  "Compare with this JSON report instead: exit with 1 if anything that matters differs, "
	  "whatever the findings are",
	  4 },
	{ "update", KEY_UPDATE, NULL, 0, "Rewrite or create GOLDEN and show what changed", 4 },
	{ "ignore", KEY_IGNORE, "PATTERN", 0,
	  "Ignore this path of the report, such as 'dump.*'; repeatable", 4 },
};
static const struct argp_option quick_option = {
	"quick",
	KEY_QUICK,
	NULL,
	0,
	"Read only page tables: sharing, permissions, savings. No struct pages are read except heads "
	"of pages that are mapped unexpectedly; checks that need more are \"not checked\"",
	3
};
static const struct argp_option threads_option = {
	"threads",
	KEY_THREADS,
	"COUNT",
	0,
	"Use COUNT threads (default: one for each processor, for the running machine "
	"one); the result is the same",
	3
};
static const struct argp_option quiet_option = {
	"quiet", 'q', NULL, 0, "Show no progress on the terminal", 3
};
static const struct argp_option watch_option = {
	"watch",
	KEY_WATCH,
	"SECONDS",
	0,
	"Until Ctrl-C, measure every SECONDS seconds and write a line (with --format ndjson: a JSON "
	"object) when pools or savings have changed; no checks run",
	3
};
static const struct argp_option common_options[] = { CONFINE_OPTIONS };

static void watch_check(const struct dump_command *command, struct argp_state *state)
{
	const struct output_options *output = &command->output;

	if (!command->watch_seconds)
		return;
	if (output->path || !output_format(output)->of_lines)
		argp_error(state, "--watch writes lines to standard output: %s",
			   format_names(FORMAT_OF_LINES).text);
	if (command->expect.path)
		argp_error(state, "--watch and --expect exclude each other");
}

static void end_of_arguments(struct dump_command *command, struct argp_state *state)
{
	struct arguments *dumps = &command->dumps;

	if (command->operand_name) {
		if (dumps->count < 2)
			argp_error(state, "give a dump and %s", command->operand_name);
		command->operand = dumps->items[--dumps->count];
	}
	if (command->dump && dumps->count)
		argp_error(state,
			   "the running machine is analysed: use 'vmemscope report' for a dump");
	if (command->dump)
		dumps->items[dumps->count++] = command->dump;
	if (dumps->count == 0)
		argp_error(state, "no dump given");
	watch_check(command, state);
	if (!command->expect.path && (command->expect.update || command->expect.ignored.count))
		argp_error(state, "--update and --ignore need --expect");
	if (!command->is_list && !command->watch_seconds &&
	    output_format(&command->output)->lists_only)
		argp_error(state, "%s is for lists: one line for each element",
			   output_format(&command->output)->name);
}

/* A number from 1 to @max. */
static long number_parse(const char *option, const char *text, long max,
			 const struct argp_state *state)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 1 || number > max)
		argp_error(state, "--%s takes a number from 1 to %" PRId64 ", not '%s'", option,
			   max, text);
	return number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct dump_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->input;
		state->child_inputs[1] = &command->output;
		return 0;
	case KEY_MAX_FINDINGS:
		command->input.findings_max =
			(size_t)number_parse("max-findings", arg, FINDINGS_PER_CHECK_MAX, state);
		return 0;
	case KEY_THREADS:
		command->input.threads = (unsigned)number_parse("threads", arg, THREADS_MAX, state);
		return 0;
	case KEY_QUICK:
		command->input.quick = true;
		return 0;
	case KEY_WATCH:
		command->input.opens_again = true;
		command->watch_seconds =
			(unsigned)number_parse("watch", arg, WATCH_SECONDS_MAX, state);
		return 0;
	case 'q':
		command->quiet = true;
		return 0;
	case KEY_FAIL_ON:
		if (!severity_parse(arg, &command->fail_on))
			argp_error(state, "unknown severity '%s': error, warning or note", arg);
		return 0;
	case KEY_COLUMNS:
		command->output.columns = arg;
		return 0;
	case KEY_EXPECT:
		command->expect.path = arg;
		return 0;
	case KEY_UPDATE:
		command->expect.update = true;
		return 0;
	case KEY_IGNORE:
		command->expect.ignored.items[command->expect.ignored.count++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		command->dumps.items[command->dumps.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		end_of_arguments(command, state);
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

void dump_command_parse(struct dump_command *command, int argc, char **argv, const char *args,
			const char *doc)
{
	static const struct argp_child children[] = {
		{ &input_argp, 0, NULL, 0 },
		{ &output_argp, 0, NULL, 0 },
		{ 0 },
	};
	struct argp_option options[14] = { common_options[0], common_options[1], threads_option,
					   quiet_option };
	unsigned count = 4;

	if (command->takes_fail_on) {
		options[count++] = fail_on_option;
		options[count++] = max_findings_option;
		options[count++] = quick_option;
	}
	if (command->takes_watch)
		options[count++] = watch_option;
	if (command->is_list)
		options[count++] = columns_option;
	for (unsigned i = 0; command->takes_expect && i < 3; i++)
		options[count++] = expect_options[i];

	const struct argp argp = { options, parse, args, doc, children, NULL, NULL };
	command->fail_on = SEVERITY_ERROR;
	command->dumps.items = calloc((size_t)argc + 1, sizeof(*command->dumps.items));
	command->expect.ignored.items =
		calloc((size_t)argc + 1, sizeof(*command->expect.ignored.items));
	if (!command->dumps.items || !command->expect.ignored.items)
		exit(fail(error_nomem()));
	command_parse(&argp, argc, argv, command);
}

void dump_command_deinit(struct dump_command *command)
{
	free(command->dumps.items);
	free(command->expect.ignored.items);
	command->dumps.items = NULL;
	command->expect.ignored.items = NULL;
}

static int expect_run(const struct dump_command *command, const struct session *session)
{
	bool differs = false;
	struct error *err = expect_report(session, &command->expect, &command->output, &differs);

	if (err)
		return fail(err);
	return differs ? EXIT_FINDINGS : EXIT_CLEAN;
}

/* *interrupted_ret: by a signal, before all was done. */
static struct error *open_watched(struct dump_command *command, enum analysis_depth depth,
				  struct session *session, bool *interrupted_ret)
{
	struct analysis_progress progress = { 0 };

	command->input.progress = &progress;
	progress_begin(&progress, command->quiet);
	struct error *err = session_open(command->dumps.items, command->dumps.count,
					 &command->input, depth, false, session);
	bool caught = progress_end();

	command->input.progress = NULL;
	if (!err)
		session->analysis->threads.progress = NULL;
	*interrupted_ret = caught && !err && session->analysis->checks.interrupted;
	if (!*interrupted_ret || command->takes_fail_on)
		return err;
	/* Nobody would see what is missing. */
	session_close(session);
	return error_new(ERROR_INTERRUPTED, "interrupted before it was done");
}

static int status_of(const struct dump_command *command, const struct session *session,
		     bool interrupted)
{
	if (interrupted)
		return EXIT_INTERRUPTED;
	if (!command->takes_fail_on)
		return EXIT_CLEAN;
	return checks_reach(&session->analysis->checks, command->fail_on) ? EXIT_FINDINGS
									  : EXIT_CLEAN;
}

void dump_command_confine(const struct dump_command *command)
{
	confine(&(struct confinement){
		.input = &command->input,
		.dumps = &command->dumps,
		.also_read = command->expect.path,
		.also_written = command->expect.update ? command->expect.path : NULL,
		.output = command->output.path,
	});
}

int dump_command_run(struct dump_command *command, enum analysis_depth depth,
		     struct error *(*build)(const struct report_source *source,
					    const struct dump_command *command,
					    struct document **ret))
{
	struct document *document = NULL;
	struct session session;
	bool interrupted;

	dump_command_confine(command);
	struct error *err = open_watched(command, depth, &session, &interrupted);
	if (err && error_code(err) == ERROR_INTERRUPTED) {
		fail(err);
		return EXIT_INTERRUPTED;
	}
	if (err)
		return fail(err);

	if (command->expect.path) {
		int status = interrupted ? EXIT_INTERRUPTED : expect_run(command, &session);

		session_close(&session);
		return status;
	}
	struct report_source source = session_document(&session);
	int status = status_of(command, &session, interrupted);
	if (command->wants_cmdline)
		err = analysis_read_cmdline(session.analysis);
	if (!err)
		err = build(&source, command, &document);
	if (!err)
		err = output_report(document, &command->output);
	session_close(&session);
	return err ? fail(err) : status;
}
