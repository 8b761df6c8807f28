// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope batch: many dumps, one line of JSON for each, a summary at the end. */
#include "cmd/batch.h"

#include <inttypes.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "cmd/confine.h"
#include "cmd/types_source.h"
#include "include/error.h"
#include "include/plural.h"

enum { KEY_FAIL_ON = 512, KEY_TIMEOUT, KEY_SORTED };
enum {
	JOBS_MAX = 1024,
	SECONDS_DEFAULT = 3600,
	WHY_MAX = 120, /* bytes of a message in the table; the line has all of it */
};

struct batch {
	struct input_options input;
	struct batch_task task;
	struct arguments paths;
	const char *out;
	unsigned jobs, seconds;
	bool recursive, sorted, quiet;

	struct lines lines;
	struct batch_files files;
	size_t done, failed, failing; /* files; failing: findings at or above --fail-on */
	size_t next;		      /* --sorted: the first that is not written */
	bool shows_progress;
};

/* --- options ------------------------------------------------------------------ */

static unsigned number_of(const char *arg, unsigned long max, const char *what,
			  struct argp_state *state)
{
	char *end;

	errno = 0;
	unsigned long number = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || number > max)
		argp_error(state, "'%s' is not a number of %s up to %" PRIu64, arg, what, max);
	return (unsigned)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct batch *batch = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &batch->input;
		return 0;
	case KEY_FAIL_ON:
		if (!severity_parse(arg, &batch->task.fail_on))
			argp_error(state, "unknown severity '%s': error, warning or note", arg);
		return 0;
	case 'j':
		batch->jobs = number_of(arg, JOBS_MAX, "jobs", state);
		if (!batch->jobs)
			argp_error(state, "--jobs must be at least 1");
		return 0;
	case KEY_TIMEOUT:
		batch->seconds = number_of(arg, INT_MAX / 1000, "seconds", state);
		return 0;
	case KEY_SORTED:
		batch->sorted = true;
		return 0;
	case 'r':
		batch->recursive = true;
		return 0;
	case 'q':
		batch->quiet = true;
		return 0;
	case 'o':
		batch->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		batch->paths.items[batch->paths.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (batch->paths.count == 0)
			argp_error(state, "no dump given: name files or directories");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

/* Those that this process may use, which a batch system may have limited. */
static unsigned cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* --- progress and lines ----------------------------------------------------------- */

static void progress_clear(const struct batch *batch)
{
	if (batch->shows_progress)
		fputs("\r\033[K", stderr);
}

static void progress_show(const struct batch *batch)
{
	if (batch->shows_progress)
		fprintf(stderr, "%zu of %zu done, %zu failed, %zu with findings", batch->done,
			batch->files.count, batch->failed, batch->failing);
}

static struct error *line_write(const struct batch *batch, struct batch_file *file)
{
	struct error *err = lines_write(&batch->lines, file->line, file->result.line_size);

	free(file->line);
	file->line = NULL;
	return err;
}

/* With --sorted those that waited for @file follow it. */
static struct error *lines_advance(struct batch *batch, struct batch_file *file)
{
	struct error *err = NULL;

	if (!batch->sorted)
		return line_write(batch, file);
	while (!err && batch->next < batch->files.count && batch->files.list[batch->next].done)
		err = line_write(batch, &batch->files.list[batch->next++]);
	return err;
}

static struct error *on_done(void *context, struct batch_file *file)
{
	struct batch *batch = context;

	batch->done++;
	batch->failed += file->result.verdict == BATCH_FAILED;
	batch->failing += file->result.fails;
	progress_clear(batch);
	struct error *err = lines_advance(batch, file);
	progress_show(batch);
	return err;
}

/* --- the summary -------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum document_style style;
} verdicts[] = {
	[BATCH_OK] = { "ok", STYLE_GOOD },
	[BATCH_NOTE] = { "note", STYLE_NOTE },
	[BATCH_WARNING] = { "warning", STYLE_WARNING },
	[BATCH_ERROR] = { "error", STYLE_ERROR },
	[BATCH_FAILED] = { "failed", STYLE_ERROR },
};

static void add_text(struct document_node *row, const char *label, const char *text)
{
	if (*text)
		document_string(row, NULL, label, "%s", text);
	else
		document_null(row, NULL, label);
}

static void add_row(struct document_node *list, const struct batch_file *file)
{
	const struct batch_result *result = &file->result;
	struct document_node *row = document_object(list, NULL, NULL);

	document_string(row, NULL, "FILE", "%s", file->path);
	add_text(row, "KERNEL", result->kernel);
	document_style(document_string(row, NULL, "VERDICT", "%s", verdicts[result->verdict].name),
		       verdicts[result->verdict].style);
	if (result->verdict == BATCH_FAILED) {
		document_null(row, NULL, "CRASH");
		document_null(row, NULL, "ERRORS");
		document_null(row, NULL, "WARNINGS");
		document_null(row, NULL, "SAVED");
		document_string(row, NULL, "WHY NOT", "%.*s%s", WHY_MAX, result->message,
				strlen(result->message) > WHY_MAX ? "..." : "");
		return;
	}
	add_text(row, "CRASH", result->crash);
	document_count(row, NULL, "ERRORS", result->errors);
	document_count(row, NULL, "WARNINGS", result->warnings);
	document_bytes(row, NULL, "SAVED", result->saved_bytes);
}

static void add_totals(struct document_node *root, const struct batch *batch)
{
	size_t skipped = batch->files.skipped;

	document_text(
		root, STYLE_PLAIN,
		"%zu of %zu analysed, %zu of them with findings at or above --fail-on; %zu failed.",
		batch->done - batch->failed, batch->files.count, batch->failing, batch->failed);
	if (skipped)
		document_text(root, STYLE_PLAIN, "%zu file%s skipped: no dump%s.", skipped,
			      plural(skipped), plural(skipped));
}

static struct error *summary_show(const struct batch *batch)
{
	static const struct document_options options = { 0 };
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *list = document_array(document_root(document), NULL, "Dumps");
	for (size_t i = 0; i < batch->files.count; i++)
		if (batch->files.list[i].done)
			add_row(list, &batch->files.list[i]);
	add_totals(document_root(document), batch);
	err = document_finish(document);
	if (!err)
		err = text_format.write(document, &options, stderr);
	document_destroy(document);
	return err;
}

/* --- all of it ------------------------------------------------------------------------ */

static struct error *find_files(struct batch *batch)
{
	struct error *err = NULL;

	for (size_t i = 0; i < batch->paths.count && !err; i++)
		err = batch_files_add(&batch->files, batch->paths.items[i], batch->recursive);
	if (!err && !batch->files.count)
		err = error_new(ERROR_NOT_FOUND, "no dump found in '%s'%s (other files: %zu)",
				batch->paths.items[0],
				batch->recursive ? "" : "; -r searches subdirectories too",
				batch->files.skipped);
	return err;
}

static struct error *work(struct batch *batch, int *signal_ret)
{
	const struct batch_jobs jobs = {
		.task = &batch->task,
		.count = batch->jobs < batch->files.count ? batch->jobs
							  : (unsigned)batch->files.count,
		.seconds = batch->seconds,
		.done = on_done,
		.context = batch,
	};

	progress_show(batch);
	struct error *err = batch_jobs_run(&jobs, &batch->files, signal_ret);
	progress_clear(batch);
	return err;
}

/* Says how far it got, and ends by the signal. */
static struct error *interrupted(struct batch *batch, int number)
{
	_cleanup_free_ char *kept = batch->lines.temporary ? strdup(batch->lines.temporary) : NULL;
	struct error *err = lines_close(&batch->lines, false);

	fprintf(stderr, "vmemscope: interrupted when %zu of %zu were done%s%s%s\n", batch->done,
		batch->files.count, kept ? "; their lines are in '" : "", kept ? kept : "",
		kept ? "'" : "");
	if (err)
		return err;
	signal(number, SIG_DFL);
	raise(number);
	return error_new(ERROR_OS, "interrupted");
}

static struct error *batch_run(struct batch *batch)
{
	int number = 0;
	struct error *err = types_options_check(&batch->input);

	if (!err)
		err = find_files(batch);
	if (!err)
		err = lines_open(batch->out, &batch->lines);
	if (err)
		return err;
	err = work(batch, &number);
	if (!err && number)
		return interrupted(batch, number);
	if (err) {
		lines_discard(&batch->lines);
		return err;
	}
	err = lines_close(&batch->lines, true);
	return err || batch->quiet ? err : summary_show(batch);
}

static int batch_status(const struct batch *batch)
{
	if (batch->failed)
		return EXIT_FAILED;
	return batch->failing ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int run_batch(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "jobs", 'j', "N", 0, "Analyse N dumps at a time (default: one for each core)",
		  2 },
		{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
		  "Time limit for one dump (default: 3600; 0: none)", 2 },
		{ "recursive", 'r', NULL, 0, "Search subdirectories too", 2 },
		{ "output", 'o', "FILE", 0,
		  "Write the lines to FILE, which appears only when it is complete", 3 },
		{ "sorted", KEY_SORTED, NULL, 0,
		  "Write the lines in the order of the files, not as each is done", 3 },
		{ "quiet", 'q', NULL, 0, "Show neither progress nor summary", 3 },
		{ "fail-on", KEY_FAIL_ON, "SEVERITY", 0,
		  "Exit with 1 for findings of this severity and above: error (default), "
		  "warning, note",
		  3 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	static const struct argp_child children[] = { { &input_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		options,
		parse,
		"DIR|FILE...",
		"Analyse many dumps in parallel, each in a process of its own. Each dump gives one "
		"line: its JSON report with its path first, or {\"path\": ..., \"error\": ...}. A "
		"summary goes to stderr."
		"\vIn a directory, all regular files that begin like a dump are analysed. Each file "
		"is a dump of its own: split sets are not combined."
		"\n\nExit status: 0 no findings, 1 some dumps have findings, 2 some could not be "
		"analysed, 64 usage error.",
		children,
		NULL,
		NULL,
	};
	struct batch batch = { .jobs = cores(), .seconds = SECONDS_DEFAULT };

	batch.task = (struct batch_task){ &batch.input, SEVERITY_ERROR };
	batch.paths.items = calloc((size_t)argc + 1, sizeof(*batch.paths.items));
	if (!batch.paths.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &batch);
	confine(&(struct confinement){
		.input = &batch.input,
		.dumps = &batch.paths,
		.output = batch.out,
		.has_children = true,
	});
	batch.shows_progress = !batch.quiet && isatty(STDERR_FILENO);
	struct error *err = batch_run(&batch);
	int status = err ? fail(err) : batch_status(&batch);
	batch_files_deinit(&batch.files);
	free(batch.paths.items);
	return status;
}

const struct command command_batch = { "batch", "analyse many dumps in parallel", run_batch };
