// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events while their lines come in. */
#include "analyzer/oops/report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "include/vector.h"

enum { REGISTER_DIGITS_MIN = 4 };

bool event_is_kept(const struct crash_event *event)
{
	return event->kind != CRASH_UNKNOWN || event->is_oops ||
	       (event->is_head_lost && event->symbol[0]);
}

static struct crash_event *event_at(const struct report *report)
{
	struct writer *writer = report->writer;

	return writer->event == EVENT_NONE ? NULL : &report->reader->log->events[writer->event];
}

/* Its place is given to the next one. */
static void event_drop(struct report *report)
{
	struct reader *reader = report->reader;
	struct crash_log *log = reader->log;
	size_t number = report->writer->event;

	log->events[number] = (struct crash_event){ 0 };
	report->writer->event = EVENT_NONE;
	if (number + 1 == log->count)
		log->count--;
	else if (!reader->err)
		reader->err = vector_push(reader->dropped, reader->dropped_count,
					  reader->dropped_room, number);
}

void report_close(struct report *report)
{
	struct writer *writer = report->writer;
	struct crash_event *event = writer->phase == PHASE_OPEN ? event_at(report) : NULL;

	writer->phase = PHASE_CLOSED;
	report->event = NULL;
	if (!event)
		return;
	bool is_nothing = event->kind == CRASH_UNKNOWN && !event->is_oops && writer->is_over;
	if (is_nothing || !event_is_kept(event))
		event_drop(report);
}

/* A place for an event; EVENT_NONE if there are too many (counted if it @is_sure), or no memory. */
static size_t event_place(struct reader *reader, bool is_sure)
{
	struct crash_log *log = reader->log;

	if (reader->dropped_count)
		return reader->dropped[--reader->dropped_count];
	if (log->count == CRASH_EVENTS_MAX) {
		log->more += is_sure;
		return EVENT_NONE;
	}
	if (!reader->err)
		reader->err = vector_reserve(log->events, log->room, log->count + 1);
	return reader->err ? EVENT_NONE : log->count++;
}

static void writer_restart(struct writer *writer, size_t event)
{
	*writer = (struct writer){
		.caller = writer->caller,
		.is_used = true,
		.has_spoken = writer->has_spoken,
		.phase = event == EVENT_NONE ? PHASE_CLOSED : PHASE_OPEN,
		.event = event,
	};
}

static void event_begin(struct report *report, enum crash_kind kind, bool is_sure)
{
	struct reader *reader = report->reader;

	report_close(report);
	size_t place = event_place(reader, is_sure);
	writer_restart(report->writer, place);
	report->event = event_at(report);
	if (report->event)
		*report->event = (struct crash_event){
			.kind = kind,
			.time_ns = reader->time_ns,
			.sequence = reader->sequence,
			.first_record = reader->record,
			.last_record = reader->record,
		};
}

void report_begin(struct report *report, enum crash_kind kind)
{
	event_begin(report, kind, true);
}

void report_begin_unsure(struct report *report)
{
	event_begin(report, CRASH_UNKNOWN, false);
}

void report_resume(struct report *report, size_t number)
{
	struct writer *writer = report->writer;

	if (writer->event != number) {
		report_close(report);
		writer_restart(writer, number);
		writer->has_trace = true; /* what follows is about whoever found it */
	}
	writer->phase = writer->has_trace ? PHASE_CLOSED : PHASE_OPEN;
	report->event = event_at(report);
	report->event->last_record = report->reader->record;
}

size_t report_last(const struct report *report)
{
	return report->writer->event;
}

void event_address(struct crash_event *event, uint64_t address)
{
	if (event->has_address)
		return;
	event->has_address = true;
	event->address = address;
}

void event_code(struct crash_event *event, uint64_t code)
{
	if (event->has_code)
		return;
	event->has_code = true;
	event->code = code;
}

void event_pfn(struct crash_event *event, pfn_t pfn)
{
	if (event->has_pfn)
		return;
	event->has_pfn = true;
	event->pfn = pfn;
}

void event_text(struct crash_event *event, struct span text)
{
	if (!event->text[0])
		span_copy(text, event->text, sizeof(event->text));
}

void event_access(struct crash_event *event, enum crash_access access, enum crash_reason reason)
{
	if (event->access == ACCESS_UNKNOWN)
		event->access = access;
	if (event->reason == REASON_UNKNOWN)
		event->reason = reason;
}

void event_entry(struct crash_event *event, struct span level, uint64_t raw)
{
	struct crash_entry *entry = &event->entries[event->entry_count];

	if (event->entry_count == CRASH_ENTRIES_MAX)
		return;
	span_copy(level, entry->level, sizeof(entry->level));
	for (char *letter = entry->level; *letter; letter++)
		*letter = (char)toupper((unsigned char)*letter);
	entry->raw = raw;
	event->entry_count++;
}

bool event_is_fault(const struct crash_event *event)
{
	return event->kind == CRASH_PAGE_FAULT || event->kind == CRASH_NULL_POINTER;
}

void report_symbol(struct report *report, struct span symbol)
{
	struct writer *writer = report->writer;
	struct crash_event *event = report->event;

	if (writer->has_trace || writer->has_symbol_line)
		return;
	writer->has_symbol_line = true;
	span_symbol(symbol, event->symbol, event->module);
}

void report_program(struct report *report)
{
	report->writer->is_program = true;
}

void report_program_late(struct report *report)
{
	struct crash_event *event = report->event;

	if (report->writer->has_trace)
		return;
	report_program(report);
	memset(event->registers, 0, sizeof(event->registers));
	event->register_count = 0;
}

static bool event_has_register(const struct crash_event *event, const char *name)
{
	for (unsigned i = 0; i < event->register_count; i++)
		if (strcmp(event->registers[i].name, name) == 0)
			return true;
	return false;
}

void report_register(struct report *report, struct span name, uint64_t value)
{
	struct crash_event *event = report->event;
	struct crash_register *reg = &event->registers[event->register_count];
	char lower[sizeof(reg->name)];

	if (report->writer->has_trace || report->writer->is_program ||
	    event->register_count == CRASH_REGISTERS_MAX || name.len >= sizeof(lower))
		return;
	span_copy(name, lower, sizeof(lower));
	for (char *letter = lower; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	if (event_has_register(event, lower))
		return;
	memcpy(reg->name, lower, sizeof(lower));
	reg->value = value;
	event->register_count++;
}

/* Letters and digits. */
static struct span span_register_name(struct span *line)
{
	struct span name = { line->at, 0 };

	while (name.len < line->len && isalnum((unsigned char)line->at[name.len]))
		name.len++;
	line->at += name.len;
	line->len -= name.len;
	return name;
}

static bool span_register(struct span *line, struct span *name, uint64_t *value)
{
	struct span rest = *line;

	span_skip_spaces(&rest);
	*name = span_register_name(&rest);
	if (name->len == 0)
		return false;
	span_skip_spaces(&rest);
	span_skip(&rest, ":");
	span_skip_spaces(&rest);
	const char *digits = rest.at;
	if (!span_hex(&rest, value) || rest.at - digits < REGISTER_DIGITS_MIN)
		return false;
	*line = rest;
	return true;
}

bool report_registers(struct report *report, struct span line)
{
	struct span name;
	uint64_t value;

	if (!span_register(&line, &name, &value))
		return false;
	do
		report_register(report, name, value);
	while (span_register(&line, &name, &value));
	return true;
}

bool report_numbered(struct report *report, const char *prefix, struct span line)
{
	unsigned *gpr = &report->writer->gpr;
	bool any = false;
	uint64_t value;

	for (;;) {
		char name[16];

		span_skip_spaces(&line);
		if (!span_hex(&line, &value))
			return any;
		int len = snprintf(name, sizeof(name), "%s%u", prefix, (*gpr)++);
		report_register(report, (struct span){ name, (size_t)len }, value);
		any = true;
	}
}

void report_caller(struct report *report, struct span symbol)
{
	struct crash_event *event = report->event;
	unsigned count = event->caller_count;

	if (!report->writer->in_trace || count == CRASH_CALLERS_MAX)
		return;
	if (span_symbol(symbol, event->callers[count], event->caller_modules[count]))
		event->caller_count++;
}
