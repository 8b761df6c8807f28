// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines of a log to events of a crash: the input is a byte that chooses the machine, then
 * lines. Then the events as text and back. An input that begins with ':' is such a text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/oops/crash_event.h"
#include "analyzer/oops/crash_text.h"
#include "include/error.h"
#include "include/vector.h"
#include "testdata/fuzz/fuzz.h"

enum { LEVELS = 8 };

static struct error *add_line(struct kernel_log *log, const char *line, size_t len)
{
	const struct log_record record = {
		.id = log->count,
		.sequence = log->count,
		.time_ns = log->count * 1000,
		.level = (uint8_t)(log->count % LEVELS),
		.text_at = (size_t)(line - log->text),
		.text_len = len,
	};

	return vector_push(log->records, log->count, log->room, record);
}

/* A record ends at a line that begins with NUL, else with its line: some have several. */
static struct error *make_log(struct kernel_log *log, const uint8_t *data, size_t size)
{
	struct error *err = NULL;

	log->text = calloc(1, size + 1);
	if (!log->text)
		return error_nomem();
	memcpy(log->text, data, size);
	log->text_bytes = size;
	for (size_t at = 0; !err && at < size;) {
		const char *end = memchr(log->text + at, '\n', size - at);
		size_t len = end ? (size_t)(end - log->text) - at : size - at;

		log->text[at + len] = '\0';
		err = add_line(log, log->text + at, len);
		at += len + 1;
	}
	return err;
}

static struct error *load(const char *text, struct crash_log *ret)
{
	struct error *err = crash_log_load(text, ret);

	fuzz_taken += !err;
	return err;
}

/* What was written can be read. */
static struct error *save_and_load(const struct crash_log *crash)
{
	_cleanup_free_ char *text = NULL;
	struct crash_log again = { 0 };
	struct error *err = crash_log_save(crash, true, &text);

	struct error *refused = err ? NULL : crash_log_load(text, &again);

	if (refused) {
		fprintf(stderr, "%s\n%s", error_message(refused), text);
		abort();
	}
	crash_log_deinit(&again);
	return err;
}

static struct error *parse(const uint8_t *data, size_t size)
{
	struct kernel_log log = { 0 };
	struct crash_log crash = { 0 };
	struct error *err = make_log(&log, data + 1, size - 1);
	if (!err)
		err = crash_log_parse(&log, fuzz_machine(data[0]), &crash);
	if (!err)
		err = save_and_load(&crash);
	fuzz_taken += crash.count > 0;
	crash_log_deinit(&crash);
	kernel_log_deinit(&log);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crash_log crash = { 0 };
	struct error *err;

	if (size < 2)
		return 0;
	if (data[0] == ':') {
		_cleanup_free_ char *text = strndup((const char *)data + 1, size - 1);

		err = text ? load(text, &crash) : error_nomem();
		crash_log_deinit(&crash);
	} else {
		err = parse(data, size);
	}
	error_destroy(err);
	return 0;
}
