// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reports of faults in the making: the lines of the log, told by their writers, go into events.
 * Which line means what is in the tables of line shapes (shapes.h).
 */
#ifndef VMEMSCOPE_OOPS_REPORT_H
#define VMEMSCOPE_OOPS_REPORT_H

#include "analyzer/oops/crash_event.h"
#include "analyzer/oops/span.h"

enum phase {
	PHASE_SILENT,  /* no report so far */
	PHASE_OPEN,    /* what its lines say goes into the event */
	PHASE_CLOSED,  /* the report is over */
	PHASE_WARNING, /* lines of a WARN(): they go nowhere */
};

static const size_t EVENT_NONE = SIZE_MAX;

/* One who writes into the log: a task, or a CPU that runs none (log_record.caller). */
struct writer {
	uint32_t caller;
	bool is_used;
	bool has_spoken; /* a line of it came before this one */
	enum phase phase;
	size_t event; /* its last one, or EVENT_NONE */

	/* Of the report that is open. */
	bool has_trace, in_trace;
	bool is_over;	      /* by "---[ end trace" */
	bool has_symbol_line; /* the line of the instruction pointer was there */
	bool is_program;      /* registers that follow are a program's */
	bool has_page;	      /* a struct page was dumped, for what follows */
	unsigned gpr;	      /* registers so far, where lines have no names for them */
};

struct reader {
	struct crash_log *log;
	struct error *err; /* memory was short: nothing is read any more */

	struct writer *writers; /* by caller: open addressing, at most half full */
	size_t writer_count, writer_room;
	size_t *dropped; /* numbers of events that turned out to be none */
	size_t dropped_count, dropped_room;
	/* Events, or EVENT_NONE. */
	size_t last_oops, last_memory_failure;
	size_t redirected; /* another CPU panics for its writer */

	size_t record; /* whose line is read */
	uint64_t time_ns, sequence;
};

/* Whose report a line belongs to, and its event; NULL: none is open, or there are too many. */
struct report {
	struct reader *reader;
	struct writer *writer;
	struct crash_event *event;
	struct span line; /* all of it */
};

/* Begins an event with this line; what was open is over. */
void report_begin(struct report *report, enum crash_kind kind);

/* The same of what may turn out to be no event: event_is_kept() tells when it is over. */
void report_begin_unsure(struct report *report);

/* This line belongs to @event, one that is there. Lines after it do, until its trace is there. */
void report_resume(struct report *report, size_t event);

void report_close(struct report *report);

/* The writer's event: the open one, or the last one. EVENT_NONE */
size_t report_last(const struct report *report);

/* It tells something: its kind, that it was an oops, or at least where it happened. */
bool event_is_kept(const struct crash_event *event);

/* Numbers, texts and names into the event; what it has already is not overwritten. */
void event_address(struct crash_event *event, uint64_t address);
void event_code(struct crash_event *event, uint64_t code);
void event_pfn(struct crash_event *event, pfn_t pfn);
void event_text(struct crash_event *event, struct span text);
void event_access(struct crash_event *event, enum crash_access access, enum crash_reason reason);
void event_entry(struct crash_event *event, struct span level, uint64_t raw);
bool event_is_fault(const struct crash_event *event); /* of an address */

/* "+0x" and so on of the instruction, if it is the kernel's: registers that follow are its. */
void report_symbol(struct report *report, struct span symbol);
/* The instruction pointer is that of a program. */
void report_program(struct report *report);
/* The same where the line of its registers came before. */
void report_program_late(struct report *report);
void report_register(struct report *report, struct span name, uint64_t value);
/* "RAX: 0000 RBX: 0001", "a0 0000 a1 0001"; false if it does not begin so. */
bool report_registers(struct report *report, struct span line);
/* Four or so values without names: @prefix and a number, counted from 0. */
bool report_numbered(struct report *report, const char *prefix, struct span line);
void report_caller(struct report *report, struct span symbol);

#endif
