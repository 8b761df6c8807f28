// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of riscv64. */
#include <elf.h>
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

/* arch/riscv/include/asm/csr.h, pgtable-bits.h */
enum {
	CAUSE_FETCH_FAULT = 12,
	CAUSE_LOAD_FAULT = 13,
	CAUSE_STORE_FAULT = 15,
	PTE_PRESENT = 1 << 0,
	PTE_LEAF = 7 << 1, /* read, write, execute */
};

static bool head_page_fault(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span words;

	if (!span_find(&rest, " at virtual address ", &words))
		return false;
	bool is_null = span_skip(&words, "NULL pointer dereference");
	return head_fault(report, is_null ? CRASH_NULL_POINTER : shape->kind, rest, 0);
}

/* "Oops [#1]", "Oops - load access fault [#1]", "Kernel BUG [#1]" */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span what = report->line, after = report->line;

	(void)rest;
	if (!span_find(&after, " [#", &what))
		return false;
	after = (struct span){ what.at + what.len + 1, report->line.len - what.len - 1 };
	if (!span_die_counter(&after))
		return false;
	bool is_fault = shape->kind == CRASH_PAGE_FAULT && what.len == strlen("Oops");
	head_die(report, is_fault ? CRASH_PAGE_FAULT : CRASH_UNKNOWN, what);
	return true;
}

/* The last entry that was read: a leaf is there, or it is not. */
static void event_reason(struct crash_event *event)
{
	uint64_t last = event->entries[event->entry_count - 1].raw;

	if (!(last & PTE_PRESENT))
		event_access(event, ACCESS_UNKNOWN, REASON_NOT_PRESENT);
	else if (last & PTE_LEAF)
		event_access(event, ACCESS_UNKNOWN, REASON_PERMISSION);
}

/* "[%016lx] pgd=%016lx, p4d=..."; since 6.14. The entries of a trace begin alike. */
static bool body_bracket(struct report *report, struct span rest)
{
	struct span tables = rest;
	uint64_t address;

	if (!span_hex(&tables, &address) || !span_skip(&tables, "] pgd="))
		return body_trace_address(report, rest);
	tables.at -= strlen("pgd=");
	tables.len += strlen("pgd=");
	if (body_entries(report, tables, "=") && event_is_fault(report->event))
		event_reason(report->event);
	return true;
}

/* "epc : symbol", and in the next line the number, with other registers. */
static bool body_epc(struct report *report, struct span rest)
{
	struct span number = rest;
	uint64_t address;

	if (!span_hex(&number, &address) || !span_skip(&number, " ra :")) {
		report_symbol(report, rest);
		return true;
	}
	if (!report->writer->has_symbol_line)
		report_program(report);
	return report_registers(report, report->line);
}

/* " ra : symbol" is no register. */
static bool body_ra(struct report *report, struct span rest)
{
	(void)report;
	(void)rest;
	return true;
}

static enum crash_access access_of(uint64_t cause)
{
	switch (cause) {
	case CAUSE_FETCH_FAULT:
		return ACCESS_FETCH;
	case CAUSE_LOAD_FAULT:
		return ACCESS_READ;
	case CAUSE_STORE_FAULT:
		return ACCESS_WRITE;
	default:
		return ACCESS_UNKNOWN;
	}
}

/* "%016lx badaddr: %016lx cause: %016lx" */
static bool body_status(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t status, address, cause;

	if (!span_hex(&rest, &status) || !span_skip(&rest, " badaddr: ") ||
	    !span_hex(&rest, &address) || !span_skip(&rest, " cause: ") || !span_hex(&rest, &cause))
		return false;
	if (report->writer->has_trace || report->writer->is_program)
		return true;
	if (event->is_head_lost && event->kind == CRASH_UNKNOWN && event->is_oops)
		event->kind = access_of(cause) ? CRASH_PAGE_FAULT : CRASH_UNKNOWN;
	if (!event->is_oops)
		return true;
	event_code(event, cause);
	if (!event_is_fault(event))
		return true;
	event_access(event, access_of(cause), REASON_UNKNOWN);
	event_address(event, address);
	return true;
}

#define FAULT	  "arch/riscv/mm/fault.c die_kernel_fault"
#define TABLES	  "arch/riscv/mm/fault.c show_pte"
#define DIE	  "arch/riscv/kernel/traps.c die, do_trap_error"
#define REGISTERS "arch/riscv/kernel/process.c __show_regs"

static const struct line_shape shapes[] = {
	{ "Unable to handle kernel ", FAULT, head_page_fault, NULL, CRASH_PAGE_FAULT },
	{ "Current ", TABLES, NULL, NULL, 0 },
	{ "[", "arch/riscv/mm/fault.c show_pte; kernel/stacktrace.c print_trace_address", NULL,
	  body_bracket, 0 },
	{ "Oops", DIE, head_death, NULL, CRASH_PAGE_FAULT },
	{ "Kernel BUG [#", DIE, head_death, NULL, CRASH_BUG },

	{ "epc : ", REGISTERS, NULL, body_epc, 0 },
	{ " ra : ", REGISTERS, NULL, body_ra, 0 },
	SHAPE_REGISTERS(" gp : ", REGISTERS),
	SHAPE_REGISTERS(" t1 : ", REGISTERS),
	SHAPE_REGISTERS(" s1 : ", REGISTERS),
	SHAPE_REGISTERS(" a2 : ", REGISTERS),
	SHAPE_REGISTERS(" a5 : ", REGISTERS),
	SHAPE_REGISTERS(" s2 : ", REGISTERS),
	SHAPE_REGISTERS(" s5 : ", REGISTERS),
	SHAPE_REGISTERS(" s8 : ", REGISTERS),
	SHAPE_REGISTERS(" s11: ", REGISTERS),
	SHAPE_REGISTERS(" t5 : ", REGISTERS),
	{ "status: ", REGISTERS, NULL, body_status, 0 },
};

const struct line_table line_table_riscv64 = { EM_RISCV, shapes, COUNT_OF(shapes) };
