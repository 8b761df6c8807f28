// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the tables of line shapes share. */
#include "analyzer/oops/shapes.h"

#include <string.h>

#include "include/array.h"

const struct line_table *line_table_of(uint16_t elf_machine)
{
	static const struct line_table *const tables[] = {
		&line_table_x86_64, &line_table_aarch64, &line_table_riscv64,
		&line_table_ppc64,  &line_table_s390x,	 &line_table_loongarch64,
	};

	for (size_t i = 0; i < COUNT_OF(tables); i++)
		if (tables[i]->elf_machine == elf_machine)
			return tables[i];
	return NULL;
}

bool head_plain(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)rest;
	report_begin(report, shape->kind);
	return true;
}

bool head_fault(struct report *report, enum crash_kind kind, struct span rest, uint64_t null_below)
{
	uint64_t address;

	if (!span_hex(&rest, &address))
		return false;
	report_begin(report, address < null_below ? CRASH_NULL_POINTER : kind);
	if (report->event)
		event_address(report->event, address);
	return true;
}

/* What a die() may come of: those lines came before it. */
static bool is_about_to_die(const struct report *report)
{
	const struct crash_event *event = report->event;

	if (!event || event->is_oops || report->writer->has_trace)
		return false;
	return event->kind == CRASH_UNKNOWN || event->kind == CRASH_BUG ||
	       event->kind == CRASH_LIST_CORRUPTION || event->kind == CRASH_MACHINE_CHECK ||
	       event_is_fault(event);
}

void head_die(struct report *report, enum crash_kind kind, struct span what)
{
	if (!is_about_to_die(report)) {
		report_begin(report, kind);
		if (!report->event)
			return;
		report->event->is_head_lost = kind == CRASH_PAGE_FAULT;
	}

	struct crash_event *event = report->event;
	if (event->kind == CRASH_UNKNOWN) {
		event->kind = kind;
		event_text(event, what);
	}
	event->is_oops = true;
	event->last_record = report->reader->record;
	report->reader->last_oops = report_last(report);
}

bool span_die_counter(struct span *rest)
{
	uint64_t number;

	return span_skip(rest, "[#") && span_decimal(rest, &number) && span_skip(rest, "]");
}

bool body_entries(struct report *report, struct span rest, const char *between)
{
	bool any = false;
	struct span level;
	uint64_t raw;

	while (span_find(&rest, between, &level) && span_hex(&rest, &raw)) {
		event_entry(report->event, level, raw);
		any = true;
		span_skip(&rest, ",");
		span_skip_spaces(&rest);
	}
	return any;
}

bool body_trace_symbol(struct report *report, struct span rest)
{
	char symbol[CRASH_SYMBOL_MAX], module[CRASH_MODULE_MAX];

	if (!span_symbol(rest, symbol, module))
		return false;
	report_caller(report, rest);
	return true;
}

bool body_trace_address(struct report *report, struct span rest)
{
	uint64_t address;

	span_skip(&rest, "<");
	if (!span_hex(&rest, &address))
		return false;
	span_skip(&rest, ">");
	if (!span_skip(&rest, "] "))
		return false;
	report_caller(report, rest);
	return true;
}

bool body_trace_begins(struct report *report, struct span rest)
{
	struct writer *writer = report->writer;

	(void)rest;
	writer->in_trace = !writer->has_trace;
	writer->has_trace = true;
	return true;
}

bool body_trace_ends(struct report *report, struct span rest)
{
	(void)rest;
	report->writer->in_trace = false;
	return true;
}

bool body_registers(struct report *report, struct span rest)
{
	(void)rest;
	return !report->writer->has_symbol_line || report_registers(report, report->line);
}
