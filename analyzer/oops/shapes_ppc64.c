// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of ppc64. */
#include <elf.h>
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

/* arch/powerpc/include/asm/reg.h */
enum {
	MSR_PR = 1 << 14, /* a program */
	DSISR_NO_TRANSLATION = 0x40000000,
	DSISR_PROTECTION = 0x08000000,
	DSISR_STORE = 0x02000000,
};

/*
 * "on write at 0x%08lx", "at 0x%08lx" (a segment's fault); the kernel says itself whether it is a
 * NULL pointer.
 */
static bool head_access(struct report *report, const struct line_shape *shape, struct span rest)
{
	enum crash_access access = ACCESS_UNKNOWN;

	if (span_skip(&rest, "on write "))
		access = ACCESS_WRITE;
	else if (span_skip(&rest, "on read "))
		access = ACCESS_READ;
	if (!span_skip(&rest, "at ") || !head_fault(report, shape->kind, rest, 0))
		return false;
	if (report->event)
		event_access(report->event, access, REASON_UNKNOWN);
	return true;
}

/* Its address is that of the instruction. */
static bool head_fetch(struct report *report, const struct line_shape *shape, struct span rest)
{
	bool is_null = span_has(rest, "NULL pointer");

	report_begin(report, is_null ? CRASH_NULL_POINTER : shape->kind);
	if (report->event)
		event_access(report->event, ACCESS_FETCH, REASON_UNKNOWN);
	return true;
}

static bool body_faulting_instruction(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t address;

	if (!span_hex(&rest, &address))
		return false;
	if (event_is_fault(event) && event->access == ACCESS_FETCH)
		event_address(event, address);
	return true;
}

/* "Kernel access of bad area, sig: 11 [#1]" */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span what, words;
	uint64_t signal;

	(void)shape;
	if (!span_find(&rest, ", sig: ", &what) || !span_decimal(&rest, &signal) ||
	    !span_skip(&rest, " ") || !span_die_counter(&rest))
		return false;
	words = what;
	enum crash_kind kind = CRASH_UNKNOWN;
	if (span_skip(&words, "Kernel access of bad area"))
		kind = CRASH_PAGE_FAULT;
	else if (span_has(words, "Machine check"))
		kind = CRASH_MACHINE_CHECK;
	head_die(report, kind, what);
	return true;
}

/* "%d Hard LOCKUP", "%d self-detected hard LOCKUP @ symbol" */
static bool head_hard_lockup(struct report *report, const struct line_shape *shape,
			     struct span rest)
{
	uint64_t cpu;

	if (!span_decimal(&rest, &cpu) || cpu > UINT32_MAX)
		return false;
	bool is_self = span_skip(&rest, " self-detected hard LOCKUP @ ");
	if (!is_self && !span_skip(&rest, " Hard LOCKUP"))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	report->event->has_cpu = true;
	report->event->cpu = (uint32_t)cpu;
	if (is_self)
		report_symbol(report, rest);
	return true;
}

/* Whose registers these are is known at the line of MSR. */
static bool body_early_registers(struct report *report, struct span rest)
{
	(void)rest;
	return report_registers(report, report->line);
}

static bool body_msr(struct report *report, struct span rest)
{
	uint64_t msr;

	span_skip_spaces(&rest);
	if (!span_hex(&rest, &msr))
		return false;
	if (msr & MSR_PR)
		report_program_late(report);
	return true;
}

static bool body_gpr(struct report *report, struct span rest)
{
	uint64_t first;

	if (!span_decimal(&rest, &first) || !span_skip(&rest, ":") || first > 31)
		return false;
	report->writer->gpr = (unsigned)first;
	return report_numbered(report, "gpr", rest);
}

static enum crash_reason reason_of(uint64_t dsisr)
{
	if (dsisr & DSISR_PROTECTION)
		return REASON_PERMISSION;
	return dsisr & DSISR_NO_TRANSLATION ? REASON_NOT_PRESENT : REASON_UNKNOWN;
}

/* "[CFAR: %016lx ]DAR: %016lx DSISR: %08lx IRQMASK: %lx" */
static bool body_dar(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t dar, dsisr;

	rest = report->line;
	if (!span_find(&rest, "DAR: ", NULL) || !span_hex(&rest, &dar) ||
	    !span_skip(&rest, " DSISR: ") || !span_hex(&rest, &dsisr))
		return true;
	if (report->writer->has_trace || report->writer->is_program || !event_is_fault(event))
		return true;
	event_code(event, dsisr);
	event_address(event, dar);
	event_access(event, dsisr & DSISR_STORE ? ACCESS_WRITE : ACCESS_READ, reason_of(dsisr));
	return true;
}

/* "%016lx] symbol" */
static bool body_nip(struct report *report, struct span rest)
{
	uint64_t address;

	if (!span_hex(&rest, &address) || !span_skip(&rest, "] "))
		return false;
	if (!report->writer->is_program)
		report_symbol(report, rest);
	return true;
}

/* "[sp] [address] symbol"; the first frame of many is "(unreliable)". */
static bool body_trace_entry(struct report *report, struct span rest)
{
	uint64_t frame;

	if (!span_hex(&rest, &frame) || !span_skip(&rest, "] ["))
		return false;
	return span_has(rest, " (unreliable)") || body_trace_address(report, rest);
}

#define FAULT	  "arch/powerpc/mm/fault.c __bad_page_fault"
#define REGISTERS "arch/powerpc/kernel/process.c __show_regs"
#define STACK	  "arch/powerpc/kernel/process.c show_stack"

static const struct line_shape shapes[] = {
	{ "BUG: Kernel NULL pointer dereference ", FAULT, head_access, NULL, CRASH_NULL_POINTER },
	{ "BUG: Unable to handle kernel data access ", FAULT, head_access, NULL, CRASH_PAGE_FAULT },
	{ "BUG: Unable to handle kernel unaligned access ", FAULT, head_access, NULL,
	  CRASH_PAGE_FAULT },
	{ "BUG: Unable to handle unknown paging fault ", FAULT, head_access, NULL,
	  CRASH_PAGE_FAULT },
	{ "BUG: Unable to handle kernel instruction fetch", FAULT, head_fetch, NULL,
	  CRASH_PAGE_FAULT },
	{ "Faulting instruction address: ", FAULT, NULL, body_faulting_instruction, 0 },
	{ "Oops: ", "arch/powerpc/kernel/traps.c __die", head_death, NULL, 0 },
	{ "watchdog: CPU ", "arch/powerpc/kernel/watchdog.c wd_lockup_ipi, soft_nmi_interrupt",
	  head_hard_lockup, NULL, CRASH_HARD_LOCKUP },
	{ "LE PAGE_SIZE=", "arch/powerpc/kernel/traps.c __die", NULL, NULL, 0 },
	{ "BE PAGE_SIZE=", "arch/powerpc/kernel/traps.c __die", NULL, NULL, 0 },

	{ "NIP: ", REGISTERS, NULL, body_early_registers, 0 },
	{ "REGS: ", REGISTERS, NULL, NULL, 0 },
	{ "MSR: ", REGISTERS, NULL, body_msr, 0 },
	{ "CFAR: ", REGISTERS, NULL, body_dar, 0 },
	{ "DAR: ", REGISTERS, NULL, body_dar, 0 },
	{ "IRQMASK: ", REGISTERS, NULL, NULL, 0 },
	{ "GPR", REGISTERS, NULL, body_gpr, 0 },
	{ "NIP [", REGISTERS, NULL, body_nip, 0 },
	{ "LR [", REGISTERS, NULL, NULL, 0 },
	{ "[", STACK, NULL, body_trace_entry, 0 },
	/* Frames of interrupts, with their registers, are in the trace. */
	{ "--- interrupt: ", STACK, NULL, NULL, 0 },
	{ "---- interrupt: ", STACK, NULL, NULL, 0 },
};

const struct line_table line_table_ppc64 = { EM_PPC64, shapes, COUNT_OF(shapes) };
