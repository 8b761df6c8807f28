// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of loongarch64. */
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"
#include "include/machines.h"

/* arch/loongarch/include/asm/loongarch.h: the exception in ESTAT, and which there are. */
enum {
	ESTAT_EXC_SHIFT = 16,
	ESTAT_EXC_MASK = 0x3f,
	DIE_REACH = 128,
};

static const uint64_t NULL_PAGE_END = 0x4000; /* pages of 16 KiB */

static const struct {
	enum crash_access access;
	enum crash_reason reason;
} exceptions[] = {
	[1] = { ACCESS_READ, REASON_NOT_PRESENT },   /* TLBL, PIL */
	[2] = { ACCESS_WRITE, REASON_NOT_PRESENT },  /* TLBS, PIS */
	[3] = { ACCESS_FETCH, REASON_NOT_PRESENT },  /* TLBI, PIF */
	[4] = { ACCESS_WRITE, REASON_PERMISSION },   /* TLBM, PME */
	[5] = { ACCESS_READ, REASON_PERMISSION },    /* TLBNR, PNR */
	[6] = { ACCESS_FETCH, REASON_PERMISSION },   /* TLBNX, PNX */
	[7] = { ACCESS_UNKNOWN, REASON_PERMISSION }, /* TLBPE, PPI */
};

/* "%d Unable to handle kernel paging request at virtual address %016lx, era == ..." */
static bool head_page_fault(struct report *report, const struct line_shape *shape, struct span rest)
{
	uint64_t cpu;

	if (!span_decimal(&rest, &cpu) ||
	    !span_skip(&rest, " Unable to handle kernel paging request at virtual address ") ||
	    !head_fault(report, shape->kind, rest, NULL_PAGE_END))
		return false;
	if (report->event && cpu <= UINT32_MAX) {
		report->event->has_cpu = true;
		report->event->cpu = (uint32_t)cpu;
	}
	return true;
}

/* "Oops[#1]:", "Oops - BUG[#1]:" */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span reach = { rest.at, rest.len < DIE_REACH ? rest.len : DIE_REACH };
	struct span what, after = reach;

	(void)shape;
	if (!span_find(&after, "[#", &what) || what.len == 0)
		return false;
	after = (struct span){ what.at + what.len, reach.len - what.len };
	if (!span_die_counter(&after) || !span_skip(&after, ":") || after.len)
		return false;
	bool is_fault = what.len == strlen("Oops") && memcmp(what.at, "Oops", what.len) == 0;
	head_die(report, is_fault ? CRASH_PAGE_FAULT : CRASH_UNKNOWN, what);
	return true;
}

/* Whose registers these are is known at the line of ERA. */
static bool body_early_registers(struct report *report, struct span rest)
{
	(void)rest;
	return report_registers(report, report->line);
}

/* "$ 0   : v v v v" (6.1) */
static bool body_numbered_registers(struct report *report, struct span rest)
{
	uint64_t first;

	span_skip_spaces(&rest);
	if (!span_decimal(&rest, &first) || first > 31)
		return false;
	span_skip_spaces(&rest);
	if (!span_skip(&rest, ":"))
		return false;
	report->writer->gpr = (unsigned)first;
	return report_numbered(report, "$", rest);
}

/* "%016lx symbol" of the kernel, "%016lx" of a program */
static bool body_era(struct report *report, struct span rest)
{
	uint64_t address;

	if (!span_hex(&rest, &address))
		return false;
	if (span_skip(&rest, " "))
		report_symbol(report, rest);
	else
		report_program_late(report);
	return true;
}

static void event_exception(struct crash_event *event, uint64_t exception)
{
	if (event_is_fault(event) && exception < COUNT_OF(exceptions))
		event_access(event, exceptions[exception].access, exceptions[exception].reason);
}

static bool body_estat(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t estat;

	if (!span_hex(&rest, &estat))
		return false;
	if (report->writer->has_trace || !event->is_oops)
		return true;
	event_code(event, estat);
	event_exception(event, estat >> ESTAT_EXC_SHIFT & ESTAT_EXC_MASK);
	return true;
}

static bool body_bad_address(struct report *report, struct span rest)
{
	uint64_t address;

	if (!span_hex(&rest, &address))
		return false;
	if (!report->writer->has_trace && report->event->is_oops && event_is_fault(report->event))
		event_address(report->event, address);
	return true;
}

#define FAULT	     "arch/loongarch/mm/fault.c no_context"
#define REGISTERS    "arch/loongarch/kernel/traps.c __show_regs"
#define REGISTERS_61 "arch/loongarch/kernel/traps.c __show_regs (6.1)"

static const struct line_shape shapes[] = {
	{ "CPU ", FAULT, head_page_fault, NULL, CRASH_PAGE_FAULT },
	{ "", "arch/loongarch/kernel/traps.c die", head_death, NULL, 0 },

	{ "pc ", REGISTERS, NULL, body_early_registers, 0 },
	{ "a0 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "a4 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "t0 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "t4 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "t8 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "s1 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "s5 ", REGISTERS, NULL, body_early_registers, 0 },
	{ "$", REGISTERS_61, NULL, body_numbered_registers, 0 },
	{ "   ra: ", REGISTERS, NULL, NULL, 0 },
	{ "  ERA: ", REGISTERS, NULL, body_era, 0 },
	{ "era   : ", REGISTERS_61, NULL, body_era, 0 },
	{ "ra    : ", REGISTERS_61, NULL, NULL, 0 },
	{ " CRMD: ", REGISTERS, NULL, NULL, 0 },
	{ " PRMD: ", REGISTERS, NULL, NULL, 0 },
	{ " EUEN: ", REGISTERS, NULL, NULL, 0 },
	{ " ECFG: ", REGISTERS, NULL, NULL, 0 },
	{ "ESTAT: ", REGISTERS, NULL, body_estat, 0 },
	{ "CSR estat: ", REGISTERS_61, NULL, body_estat, 0 },
	{ "CSR ", REGISTERS_61, NULL, NULL, 0 },
	{ "ExcCode : ", REGISTERS_61, NULL, NULL, 0 },
	{ " BADV: ", REGISTERS, NULL, body_bad_address, 0 },
	{ "BadVA : ", REGISTERS_61, NULL, body_bad_address, 0 },
	{ " PRID: ", REGISTERS, NULL, NULL, 0 },
	{ "PrId  : ", REGISTERS_61, NULL, NULL, 0 },
	{ "Process ", "arch/loongarch/kernel/traps.c show_registers", NULL, NULL, 0 },
	{ "[<", "arch/loongarch/kernel/traps.c show_backtrace", NULL, body_trace_address, 0 },
};

const struct line_table line_table_loongarch64 = { EM_LOONGARCH, shapes, COUNT_OF(shapes) };
