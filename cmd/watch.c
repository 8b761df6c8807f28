// SPDX-License-Identifier: LGPL-2.1-or-later
/* A line each time the pools or the savings of the running machine have changed. */
#include "cmd/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/progress.h"
#include "analyzer/reports/reports.h"
#include "include/dump.h"
#include "include/error.h"

/* Whether to print a line: free pages change with every use of a pool. */
static bool is_same(const struct savings *a, const struct savings *b)
{
	if (a->pool_count != b->pool_count || memcmp(&a->total, &b->total, sizeof(a->total)) != 0 ||
	    memcmp(&a->dax, &b->dax, sizeof(a->dax)) != 0)
		return false;
	for (size_t i = 0; i < a->pool_count; i++) {
		const struct pool *x = &a->pools[i], *y = &b->pools[i];

		if (x->size_bytes != y->size_bytes || x->node != y->node || x->pages != y->pages ||
		    x->optimized != y->optimized || x->in_transition != y->in_transition)
			return false;
	}
	return true;
}

/* The caller frees *ret. */
static struct error *line_make(const struct session *session, const struct document_format *format,
			       char **ret)
{
	const struct report_source source = session_document(session);
	const struct document_options options = { .compact = true };
	_cleanup_free_ char *line = NULL;
	struct document *document;
	char now[32];
	size_t size;
	time_t seconds = time(NULL);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
	struct error *err = report_watch(&source, now, &document);
	if (err)
		return err;
	FILE *out = open_memstream(&line, &size);
	if (!out) {
		document_destroy(document);
		return error_nomem();
	}
	err = format->write(document, &options, out);
	if (fclose(out) && !err)
		err = error_nomem();
	document_destroy(document);
	if (!err)
		*ret = take_ptr(line);
	return err;
}

static struct error *line_tell(const struct session *session, const struct document_format *format)
{
	_cleanup_free_ char *line = NULL;
	struct lines out;
	struct error *err = line_make(session, format, &line);

	if (!err)
		err = lines_open(NULL, &out);
	return err ? err : lines_write(&out, line, strlen(line));
}

/* A signal ends it early. */
static void wait_for(unsigned seconds, const struct analysis_progress *progress)
{
	struct timespec left = { .tv_sec = seconds };

	while (!atomic_load(&progress->cancel) && nanosleep(&left, &left) != 0)
		;
}

static struct error *look(struct session *session, const struct input_options *input)
{
	struct error *err = session_look(session, input, ANALYSIS_INVENTORY);

	return err ? err : savings_count(&session->analysis->survey, &session->analysis->savings);
}

static struct error *watch(const struct input_options *input, const struct document_format *format,
			   unsigned seconds, struct session *session)
{
	static const char *const paths[] = { DUMP_LIVE_PATH };
	struct savings told = { 0 };
	struct error *err = session_open(paths, 1, input, ANALYSIS_KERNEL, false, session);

	for (bool first = true; !err && !atomic_load(&input->progress->cancel); first = false) {
		err = look(session, input);
		if (!err && (first || !is_same(&told, &session->analysis->savings))) {
			err = line_tell(session, format);
			savings_deinit(&told);
			told = session->analysis->savings;
			session->analysis->savings = (struct savings){ 0 };
		}
		if (!err)
			wait_for(seconds, input->progress);
	}
	savings_deinit(&told);
	return err;
}

int watch_run(struct input_options *input, const struct output_options *output, unsigned seconds)
{
	struct analysis_progress progress = { 0 };
	struct session session = { 0 };

	input->progress = &progress;
	progress_begin(&progress, true);
	struct error *err = watch(input, output_format(output)->of_lines, seconds, &session);
	progress_end();
	input->progress = NULL;
	session_close(&session);
	/* To be ended is the way that it ends. */
	if (err && error_catch(&err, ERROR_INTERRUPTED))
		return EXIT_CLEAN;
	return err ? fail(err) : EXIT_CLEAN;
}
