// SPDX-License-Identifier: LGPL-2.1-or-later
/* The result of one dump of a batch: a line of JSON, and its part of the summary. */
#include <errno.h>
#include <string.h>

#include "cmd/batch.h"
#include "cmd/confine.h"
#include "analyzer/reports/reports.h"
#include "include/error.h"

/* Of documents that begin with "path". The caller frees the line. */
static struct error *line_of(const struct document *document, char **ret, size_t *size_ret)
{
	static const struct document_options options = { .compact = true };
	_cleanup_free_ char *line = NULL;
	FILE *out = open_memstream(&line, size_ret);

	if (!out)
		return error_nomem();
	struct error *err = json_format.write(document, &options, out);
	if (fclose(out) && !err)
		err = error_nomem();
	if (!err)
		*ret = take_ptr(line);
	return err;
}

static struct error *error_line(const char *path, const char *message, char **ret, size_t *size_ret)
{
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	document_string(document_root(document), "path", NULL, "%s", path);
	document_string(document_root(document), "error", NULL, "%s", message);
	err = document_finish(document);
	if (!err)
		err = line_of(document, ret, size_ret);
	document_destroy(document);
	return err;
}

struct error *batch_file_fail(struct batch_file *file, const char *message)
{
	struct batch_result result = { .verdict = BATCH_FAILED };
	char *line;
	struct error *err = error_line(file->path, message, &line, &result.line_size);

	if (err)
		return err;
	snprintf(result.message, sizeof(result.message), "%s", message);
	free(file->line);
	file->line = line;
	file->result = result;
	file->done = true;
	return NULL;
}

static enum batch_verdict verdict_of(const struct check_results *checks)
{
	if (checks->errors)
		return BATCH_ERROR;
	if (checks->warnings)
		return BATCH_WARNING;
	return checks->notes ? BATCH_NOTE : BATCH_OK;
}

static struct batch_result result_of(const struct analysis *analysis, enum severity fail_on)
{
	const char *release = facts_text(analysis->target.facts, "OSRELEASE");
	struct batch_result result = {
		.verdict = verdict_of(&analysis->checks),
		.fails = checks_reach(&analysis->checks, fail_on),
		.errors = analysis->checks.errors,
		.warnings = analysis->checks.warnings,
		.saved_bytes = analysis->savings.total.net_bytes,
	};

	const struct crash_event *event = crash_cause(&analysis->crash);
	if (event)
		snprintf(result.crash, sizeof(result.crash), "%s", crash_kind_id(event->kind));
	snprintf(result.kernel, sizeof(result.kernel), "%s", release ? release : "");
	return result;
}

static struct error *analyse(const struct batch_task *task, const char *path,
			     struct batch_file *file)
{
	struct document *document = NULL;
	struct input_options input = *task->input;
	struct session session;

	/* Others run beside this one. */
	input.threads = 1;
	struct error *err = confine_worker(&(struct confinement){
		.input = &input,
		.dumps = &(struct arguments){ .items = &path, .count = 1 },
	});
	if (!err)
		err = session_open(&path, 1, &input, ANALYSIS_FULL, false, &session);

	if (err)
		return err;
	struct report_source source = session_document(&session);
	source.path = path;
	file->result = result_of(session.analysis, task->fail_on);
	err = report_build(&source, &document);
	if (!err)
		err = line_of(document, &file->line, &file->result.line_size);
	document_destroy(document);
	session_close(&session);
	return err;
}

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t done = write(fd, at, size);

		if (done < 0 && errno != EINTR)
			return false;
		at += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

_Noreturn void batch_work(const struct batch_task *task, const char *path, int fd)
{
	struct batch_file file = { .path = (char *)path };
	struct error *err = analyse(task, path, &file);

	if (err)
		err = batch_file_fail(&file, error_message(err));
	/* An incomplete result reports whatever is wrong now. */
	bool sent = !err && write_all(fd, &file.result, sizeof(file.result)) &&
		    write_all(fd, file.line, file.result.line_size);
	_exit(sent ? EXIT_CLEAN : EXIT_FAILED);
}
