// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of x86-64. */
#include <elf.h>
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

enum { DIE_REACH = 192, SEGMENT_PRIVILEGE = 3 };

/* arch/x86/include/asm/trap_pf.h */
enum {
	PF_PROT = 1 << 0,
	PF_WRITE = 1 << 1,
	PF_RSVD = 1 << 3,
	PF_INSTR = 1 << 4,
	PF_PK = 1 << 5,
};

static enum crash_reason reason_of(uint64_t code)
{
	if (!(code & PF_PROT))
		return REASON_NOT_PRESENT;
	if (code & PF_RSVD)
		return REASON_RESERVED_BIT;
	return code & PF_PK ? REASON_PROTECTION_KEY : REASON_PERMISSION;
}

static void event_error_code(struct crash_event *event, uint64_t code)
{
	enum crash_access access = ACCESS_READ;

	if (code & PF_INSTR)
		access = ACCESS_FETCH;
	else if (code & PF_WRITE)
		access = ACCESS_WRITE;
	event_code(event, code);
	event_access(event, access, reason_of(code));
}

/* The kernel says itself that it is a NULL pointer. */
static bool head_page_fault(struct report *report, const struct line_shape *shape, struct span rest)
{
	return head_fault(report, shape->kind, rest, 0);
}

/* The first line of a page fault is lost where one of the others is the first of its writer. */
static void event_is_page_fault(struct crash_event *event)
{
	if (event->kind == CRASH_UNKNOWN && event->is_head_lost)
		event->kind = CRASH_PAGE_FAULT;
}

static bool body_access(struct report *report, struct span rest)
{
	static const struct {
		const char *words;
		enum crash_access access;
	} accesses[] = {
		{ "write access in ", ACCESS_WRITE },
		{ "read access in ", ACCESS_READ },
		{ "instruction fetch in ", ACCESS_FETCH },
	};

	event_is_page_fault(report->event);
	for (size_t i = 0; i < COUNT_OF(accesses); i++)
		if (span_skip(&rest, accesses[i].words))
			event_access(report->event, accesses[i].access, REASON_UNKNOWN);
	return true;
}

static bool body_error_code(struct report *report, struct span rest)
{
	uint64_t code;

	if (!span_hex(&rest, &code))
		return false;
	event_is_page_fault(report->event);
	event_error_code(report->event, code);
	return true;
}

static bool body_page_tables(struct report *report, struct span rest)
{
	(void)rest;
	event_is_page_fault(report->event);
	return body_entries(report, report->line, " ");
}

/* "general protection fault, probably for non-canonical address 0x%lx" */
static void event_general_protection(struct crash_event *event, struct span what)
{
	uint64_t address;

	if (span_find(&what, "general protection fault, ", NULL) && span_find(&what, " 0x", NULL) &&
	    span_hex(&what, &address))
		event_address(event, address);
}

static enum crash_kind kind_of_death(struct span what)
{
	struct span rest = what;

	if (span_has(what, "general protection fault"))
		return span_has(what, "NULL pointer") ? CRASH_NULL_POINTER
						      : CRASH_GENERAL_PROTECTION;
	return span_skip(&rest, "Oops") && rest.len == 0 ? CRASH_PAGE_FAULT : CRASH_UNKNOWN;
}

/* "WHAT: 0003 [#1] ...": the error code has four digits. */
static bool span_death(struct span line, struct span *what, uint64_t *code)
{
	struct span reach = { line.at, line.len < DIE_REACH ? line.len : DIE_REACH };
	const size_t code_len = strlen(": 0003");

	if (!span_find(&reach, " [#", what) || what->len <= code_len)
		return false;
	struct span rest = { what->at + what->len, line.len - what->len };
	struct span digits = { what->at + what->len - code_len, code_len };
	what->len -= code_len;
	return span_skip(&rest, " ") && span_die_counter(&rest) && span_skip(&digits, ": ") &&
	       span_hex(&digits, code) && digits.len == 0;
}

/* Up to 6.9 "Oops: 0003 [#1]" and "invalid opcode: 0000 [#1]"; since then behind "Oops: ". */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span line = report->line, what;
	uint64_t code;

	(void)shape;
	(void)rest;
	if (!span_death(line, &what, &code))
		return false;
	span_skip(&what, "Oops: ");
	head_die(report, kind_of_death(what), what);
	if (!report->event)
		return true;
	if (event_is_fault(report->event) && kind_of_death(what) == CRASH_PAGE_FAULT)
		event_error_code(report->event, code);
	else
		event_code(report->event, code);
	event_general_protection(report->event, what);
	return true;
}

/* "0010:symbol+0x5/0x20 [module]": the code segment tells whose it is. */
static bool body_rip(struct report *report, struct span rest)
{
	uint64_t segment;

	if (!span_hex(&rest, &segment) || !span_skip(&rest, ":"))
		return false;
	if (segment & SEGMENT_PRIVILEGE)
		report_program(report);
	else
		report_symbol(report, rest);
	return true;
}

/* "0018:ff5016bf011e3be8 EFLAGS: 00000286" */
static bool body_rsp(struct report *report, struct span rest)
{
	static const char name[] = "rsp";
	uint64_t segment, value;

	if (!span_hex(&rest, &segment) || !span_skip(&rest, ":") || !span_hex(&rest, &value))
		return false;
	if (report->writer->has_symbol_line)
		report_register(report, (struct span){ name, strlen(name) }, value);
	return true;
}

/*
 * "CR2: %016lx" alone ends the report of a page fault. With CR3 behind it is any report's, and of
 * any page fault before; so it counts only in what is known to be one.
 */
static bool body_cr2(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t address;

	if (!span_hex(&rest, &address))
		return false;
	if (!event->is_head_lost)
		return true;
	if (rest.len == 0 && event->kind == CRASH_UNKNOWN && !event->is_oops) {
		event->kind = CRASH_PAGE_FAULT;
		event->is_oops = true;
		report->reader->last_oops = report_last(report);
	}
	if (event->kind == CRASH_PAGE_FAULT && (rest.len == 0 || event->is_oops))
		event_address(event, address);
	return true;
}

/* "? " is what was on the stack, and no caller. */
static bool body_trace_entry(struct report *report, struct span rest)
{
	return span_skip(&rest, "? ") || body_trace_symbol(report, rest);
}

#define FAULT	  "arch/x86/mm/fault.c show_fault_oops"
#define TABLES	  "arch/x86/mm/fault.c dump_pagetable"
#define REGISTERS "arch/x86/kernel/process_64.c __show_regs"
#define STACK	  "arch/x86/kernel/dumpstack.c __show_trace_log_lvl"

static const struct line_shape shapes[] = {
	{ "BUG: kernel NULL pointer dereference, address: ", FAULT, head_page_fault, NULL,
	  CRASH_NULL_POINTER },
	{ "BUG: unable to handle page fault for address: ", FAULT, head_page_fault, NULL,
	  CRASH_PAGE_FAULT },
	{ "#PF: supervisor ", FAULT, NULL, body_access, 0 },
	{ "#PF: user ", FAULT, NULL, body_access, 0 },
	{ "#PF: error_code(", FAULT, NULL, body_error_code, 0 },
	/* pr_cont(): one record, unless another CPU's came between. */
	{ "PGD ", TABLES, NULL, body_page_tables, 0 },
	{ "P4D ", TABLES, NULL, body_page_tables, 0 },
	{ "PUD ", TABLES, NULL, body_page_tables, 0 },
	{ "PMD ", TABLES, NULL, body_page_tables, 0 },
	{ "PTE ", TABLES, NULL, body_page_tables, 0 },
	{ "", "arch/x86/kernel/dumpstack.c __die_header", head_death, NULL, 0 },

	{ "RIP: ", "arch/x86/kernel/dumpstack.c show_ip", NULL, body_rip, 0 },
	{ "RSP: ", "arch/x86/kernel/dumpstack.c show_iret_regs", NULL, body_rsp, 0 },
	SHAPE_REGISTERS("RAX: ", REGISTERS),
	SHAPE_REGISTERS("RDX: ", REGISTERS),
	SHAPE_REGISTERS("RBP: ", REGISTERS),
	SHAPE_REGISTERS("R10: ", REGISTERS),
	SHAPE_REGISTERS("R13: ", REGISTERS),
	{ "FS:  ", REGISTERS, NULL, NULL, 0 },
	{ "CS:  ", REGISTERS, NULL, NULL, 0 },
	{ "CR2: ", "arch/x86/mm/fault.c page_fault_oops; process_64.c __show_regs", NULL, body_cr2,
	  0 },
	{ "DR0: ", REGISTERS, NULL, NULL, 0 },
	{ "DR3: ", REGISTERS, NULL, NULL, 0 },
	{ "PKRU: ", REGISTERS, NULL, NULL, 0 },
	{ " <", STACK, NULL, NULL, 0 },
	{ " ", STACK, NULL, body_trace_entry, 0 },
};

const struct line_table line_table_x86_64 = { EM_X86_64, shapes, COUNT_OF(shapes) };
