// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of arm64. */
#include <elf.h>
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

/* arch/arm64/include/asm/esr.h: the fields of ESR. */
enum {
	ESR_EC_SHIFT = 26,
	ESR_EC_MASK = 0x3f,
	ESR_EC_FETCH = 0x20, /* 0x20, 0x21: instruction aborts */
	ESR_EC_DATA = 0x24,  /* 0x24, 0x25: data aborts */
	ESR_WNR = 1 << 6,
	ESR_FSC_MASK = 0x3f,
	ESR_FSC_TRANSLATION = 0x04, /* up to 0x07: level 0 to 3 */
	ESR_FSC_PERMISSION = 0x0c,
	ESR_FSC_LEVEL = 3,
	ESR_FSC_TRANSLATION_ABOVE = 0x2b, /* level -1 */
};

static enum crash_access access_of(uint64_t esr)
{
	switch ((esr >> ESR_EC_SHIFT & ESR_EC_MASK) & ~UINT64_C(1)) {
	case ESR_EC_FETCH:
		return ACCESS_FETCH;
	case ESR_EC_DATA:
		return esr & ESR_WNR ? ACCESS_WRITE : ACCESS_READ;
	default:
		return ACCESS_UNKNOWN;
	}
}

static enum crash_reason reason_of(uint64_t esr)
{
	uint64_t fsc = esr & ESR_FSC_MASK;

	if (fsc == ESR_FSC_TRANSLATION_ABOVE ||
	    (fsc & ~(uint64_t)ESR_FSC_LEVEL) == ESR_FSC_TRANSLATION)
		return REASON_NOT_PRESENT;
	return (fsc & ~(uint64_t)ESR_FSC_LEVEL) == ESR_FSC_PERMISSION ? REASON_PERMISSION
								      : REASON_UNKNOWN;
}

static void event_esr(struct crash_event *event, uint64_t esr)
{
	event_code(event, esr);
	if (event_is_fault(event) && access_of(esr) != ACCESS_UNKNOWN)
		event_access(event, access_of(esr), reason_of(esr));
}

/* "write to read-only memory at virtual address %016lx": the words tell most of it. */
static const struct {
	const char *words;
	enum crash_kind kind;
	enum crash_access access;
	enum crash_reason reason;
} fault_words[] = {
	{ "write to read-only memory", CRASH_PAGE_FAULT, ACCESS_WRITE, REASON_PERMISSION },
	{ "read from unreadable memory", CRASH_PAGE_FAULT, ACCESS_READ, REASON_PERMISSION },
	{ "execute from non-executable memory", CRASH_PAGE_FAULT, ACCESS_FETCH, REASON_PERMISSION },
	{ "NULL pointer dereference", CRASH_NULL_POINTER, ACCESS_UNKNOWN, REASON_UNKNOWN },
	{ "", CRASH_PAGE_FAULT, ACCESS_UNKNOWN, REASON_UNKNOWN },
};

static bool head_page_fault(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span words;
	size_t i = 0;

	(void)shape;
	if (!span_find(&rest, " at virtual address ", &words))
		return false;
	while (!span_skip(&words, fault_words[i].words))
		i++;
	if (!head_fault(report, fault_words[i].kind, rest, 0))
		return false;
	if (report->event)
		event_access(report->event, fault_words[i].access, fault_words[i].reason);
	return true;
}

static bool body_esr(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t esr;

	if (!span_hex(&rest, &esr))
		return false;
	if (event->kind == CRASH_UNKNOWN && event->is_head_lost)
		event->kind = CRASH_PAGE_FAULT;
	event_esr(event, esr);
	return true;
}

/* "Oops: %016lx [#1]  SMP", "Oops - BUG: %016lx [#1]" */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span what, oops;
	uint64_t esr;

	(void)shape;
	if (!span_find(&rest, ": ", &what) || !span_hex(&rest, &esr) || !span_skip(&rest, " ") ||
	    !span_die_counter(&rest))
		return false;
	oops = what;
	bool is_fault = span_skip(&oops, "Oops") && oops.len == 0;
	head_die(report, is_fault ? CRASH_PAGE_FAULT : CRASH_UNKNOWN, what);
	if (report->event)
		event_esr(report->event, esr);
	return true;
}

/* "%d, code 0x%016lx -- %s" */
static bool head_serror(struct report *report, const struct line_shape *shape, struct span rest)
{
	uint64_t cpu, esr;

	if (!span_decimal(&rest, &cpu) || cpu > UINT32_MAX || !span_skip(&rest, ", code ") ||
	    !span_hex(&rest, &esr))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	report->event->has_cpu = true;
	report->event->cpu = (uint32_t)cpu;
	event_code(report->event, esr);
	return true;
}

/* "[%016lx] pgd=%016llx, p4d=..." */
static bool body_page_tables(struct report *report, struct span rest)
{
	uint64_t address;

	if (!span_hex(&rest, &address) || !span_skip(&rest, "] "))
		return false;
	if (!body_entries(report, rest, "="))
		return true;
	if (event_is_fault(report->event) || report->event->is_head_lost)
		event_address(report->event, address);
	return true;
}

static bool body_page_tables_on(struct report *report, struct span rest)
{
	return body_entries(report, rest, "=");
}

/* A symbol if it is the kernel's, or 0x and its address; else a number without. */
static bool body_pc(struct report *report, struct span rest)
{
	struct span number = rest;
	uint64_t address;
	bool is_number = !span_skip(&number, "0x") && span_hex(&number, &address);

	if (is_number && number.len == 0)
		report_program(report);
	else
		report_symbol(report, rest);
	return true;
}

#define FAULT	  "arch/arm64/mm/fault.c die_kernel_fault"
#define DECODE	  "arch/arm64/mm/fault.c mem_abort_decode, data_abort_decode"
#define TABLES	  "arch/arm64/mm/fault.c show_pte"
#define REGISTERS "arch/arm64/kernel/process.c __show_regs"

static const struct line_shape shapes[] = {
	{ "Unable to handle kernel ", FAULT, head_page_fault, NULL, CRASH_PAGE_FAULT },
	{ "Mem abort info:", DECODE, NULL, NULL, 0 },
	{ "  ESR = ", DECODE, NULL, body_esr, 0 },
	{ "  EC = ", DECODE, NULL, NULL, 0 },
	{ "  SET = ", DECODE, NULL, NULL, 0 },
	{ "  EA = ", DECODE, NULL, NULL, 0 },
	{ "  FSC = ", DECODE, NULL, NULL, 0 },
	{ "Data abort info:", DECODE, NULL, NULL, 0 },
	{ "  ISV = ", DECODE, NULL, NULL, 0 },
	{ "  CM = ", DECODE, NULL, NULL, 0 },
	{ "  GCS = ", DECODE, NULL, NULL, 0 },
	{ "swapper pgtable: ", TABLES, NULL, NULL, 0 },
	{ "user pgtable: ", TABLES, NULL, NULL, 0 },
	{ "[", TABLES, NULL, body_page_tables, 0 },
	/* pr_cont(): one record, unless another CPU's came between. */
	{ ", ", TABLES, NULL, body_page_tables_on, 0 },
	{ "Internal error: ", "arch/arm64/kernel/traps.c __die", head_death, NULL, 0 },

	{ "SError Interrupt on CPU", "arch/arm64/kernel/traps.c arm64_serror_panic", head_serror,
	  NULL, CRASH_MACHINE_CHECK },
	{ "pstate: ", "arch/arm64/kernel/process.c print_pstate", NULL, NULL, 0 },
	{ "pc : ", REGISTERS, NULL, body_pc, 0 },
	{ "lr : ", REGISTERS, NULL, NULL, 0 },
	SHAPE_REGISTERS("sp : ", REGISTERS),
	SHAPE_REGISTERS("x", REGISTERS),
	{ " ", "arch/arm64/kernel/stacktrace.c dump_backtrace_entry", NULL, body_trace_symbol, 0 },
};

const struct line_table line_table_aarch64 = { EM_AARCH64, shapes, COUNT_OF(shapes) };
