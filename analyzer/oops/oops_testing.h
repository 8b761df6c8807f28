// SPDX-License-Identifier: LGPL-2.1-or-later
/* For tests of the log's events: logs written as text, and events shown as text. */
#ifndef VMEMSCOPE_OOPS_TESTING_H
#define VMEMSCOPE_OOPS_TESTING_H

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/oops/crash_event.h"
#include "include/vector.h"
#include "testdata/machine/expect.h"

enum { TESTING_CALLER = 438, TESTING_TEXT = 1 << 16 };

/* Owns what the log borrows. */
struct testing_log {
	struct kernel_log log;
};

static inline void testing_log_add(struct testing_log *testing, uint32_t caller, const char *text,
				   size_t len)
{
	struct kernel_log *log = &testing->log;
	size_t at = log->text_bytes, number = log->count;

	expect_no_error(vector_reserve(log->text, log->text_room, at + len + 1));
	memcpy(log->text + at, text, len);
	log->text[at + len] = '\0';
	log->text_bytes += len + 1;
	expect_no_error(vector_push(log->records, log->count, log->room,
				    (struct log_record){
					    .id = number,
					    .sequence = 1000 + number,
					    .time_ns = number * UINT64_C(1000000),
					    .caller = caller,
					    .text_at = at,
					    .text_len = len,
				    }));
}

/*
 * "{7}text": the record of caller 7, else of TESTING_CALLER. "!text": one that a program wrote.
 * \r in it stands for \n.
 */
static inline void testing_log_add_line(struct testing_log *testing, const char *line, size_t len)
{
	uint32_t caller = TESTING_CALLER;
	char *copy = malloc(len + 1), *text = copy, *end;

	assert_non_null(copy);
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (*text == '{') {
		caller = (uint32_t)strtoul(text + 1, &end, 0);
		text = end + 1;
	}
	bool is_of_program = *text == '!';
	text += is_of_program;
	for (char *letter = text; *letter; letter++)
		if (*letter == '\r')
			*letter = '\n';
	testing_log_add(testing, caller, text, strlen(text));
	testing->log.records[testing->log.count - 1].facility = is_of_program;
	free(copy);
}

/* A record a line. */
static inline void testing_log_parse(struct testing_log *testing, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		testing_log_add_line(testing, text, len);
		text += len + (text[len] == '\n');
	}
}

static inline void testing_log_free(struct testing_log *testing)
{
	free(testing->log.records);
	free(testing->log.text);
	*testing = (struct testing_log){ 0 };
}

__attribute__((format(printf, 2, 3))) static inline void testing_say(FILE *out, const char *format,
								     ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
}

static inline void testing_say_place(FILE *out, const struct crash_event *event)
{
	if (event->has_cpu)
		testing_say(out, " cpu=%u", event->cpu);
	if (event->has_pid)
		testing_say(out, " pid=%u", event->pid);
	if (event->comm[0])
		testing_say(out, " comm='%s'", event->comm);
	if (event->symbol[0])
		testing_say(out, " at=%s", event->symbol);
	if (event->module[0])
		testing_say(out, "[%s]", event->module);
	if (event->taint[0])
		testing_say(out, " taint=%s", event->taint);
	if (event->text[0])
		testing_say(out, " text='%s'", event->text);
}

static inline void testing_say_address(FILE *out, const struct crash_event *event)
{
	if (event->has_address)
		testing_say(out, " address=%" PRIx64, event->address);
	if (event->address_shift)
		testing_say(out, ">>%u", event->address_shift);
	if (crash_access_id(event->access))
		testing_say(out, " %s", crash_access_id(event->access));
	if (crash_reason_id(event->reason))
		testing_say(out, " %s", crash_reason_id(event->reason));
	if (event->has_code)
		testing_say(out, " code=%" PRIx64, event->code);
	for (unsigned i = 0; i < event->entry_count; i++)
		testing_say(out, " %s=%" PRIx64, event->entries[i].level, event->entries[i].raw);
}

static inline void testing_say_page(FILE *out, const struct crash_event *event)
{
	if (event->has_pfn)
		testing_say(out, " pfn=%" PRIx64, event->pfn);
	if (event->page_word_count)
		testing_say(out, " words=%u,%" PRIx64, event->page_word_count,
			    event->page_words[event->page_word_count - 1]);
}

/* How many registers, and the last of them; how many callers, and the first. */
static inline void testing_say_machine(FILE *out, const struct crash_event *event)
{
	unsigned registers = event->register_count;

	if (registers)
		testing_say(out, " registers=%u,%s=%" PRIx64, registers,
			    event->registers[registers - 1].name,
			    event->registers[registers - 1].value);
	if (event->caller_count)
		testing_say(out, " callers=%u,%s", event->caller_count, event->callers[0]);
	if (event->caller_count && event->caller_modules[0][0])
		testing_say(out, "[%s]", event->caller_modules[0]);
}

/* A line for each event: what it has. */
static inline void testing_say_events(FILE *out, const struct crash_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct crash_event *event = &log->events[i];

		testing_say(out, "%s%s%s%s", crash_kind_id(event->kind),
			    event->is_oops ? " oops" : "", event->is_panic ? " panic" : "",
			    event->is_head_lost ? " head-lost" : "");
		testing_say_place(out, event);
		testing_say_address(out, event);
		testing_say_page(out, event);
		testing_say_machine(out, event);
		testing_say(out, "\n");
	}
	if (log->begins_inside)
		testing_say(out, "begins inside\n");
	if (log->warnings)
		testing_say(out, "warnings=%" PRIu64 "\n", log->warnings);
	if (log->suppressed_bad_pages)
		testing_say(out, "suppressed=%" PRIu64 "\n", log->suppressed_bad_pages);
	if (log->more)
		testing_say(out, "more=%" PRIu64 "\n", log->more);
}

/* A log of this machine, and the lines that its events are shown as. */
struct log_case {
	const char *name;
	const char *log;
	const char *events;
};

static inline bool testing_expect(uint16_t machine, const struct log_case *wanted)
{
	static char shown[TESTING_TEXT];
	struct testing_log testing = { 0 };
	struct crash_log log;

	testing_log_parse(&testing, wanted->log);
	expect_no_error(crash_log_parse(&testing.log, machine, &log));
	shown[0] = '\0';
	FILE *out = fmemopen(shown, sizeof(shown), "w");
	assert_non_null(out);
	testing_say_events(out, &log);
	fclose(out);
	bool is_right = strcmp(shown, wanted->events) == 0;
	if (!is_right)
		print_error("%s:\n%sexpected:\n%s\n", wanted->name, shown, wanted->events);
	crash_log_deinit(&log);
	testing_log_free(&testing);
	return is_right;
}

/* All of them; shows each that is not as expected. */
static inline void testing_expect_all(uint16_t machine, const struct log_case *cases, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		wrong += !testing_expect(machine, &cases[i]);
	assert_int_equal(wrong, 0);
}

#endif
