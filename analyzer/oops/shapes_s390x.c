// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of s390x. */
#include <elf.h>
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

enum {
	DIE_REACH = 128,
	PAGE_SHIFT = 12,
	GPRS_LINE = 4,
	GPRS = 16,
};

static const uint64_t NULL_PAGE_END = 1 << PAGE_SHIFT;

/* arch/s390/include/asm/fault.h, union teid: bits 52 and 53 tell fetch or store, if any is set. */
enum {
	TEID_FSI_MASK = 0xc00,
	TEID_FSI_STORE = 0x400,
	TEID_FSI_FETCH = 0x800,
};

/* Interruption codes: arch/s390/kernel/pgm_check.S */
enum {
	PGM_PROTECTION = 0x04,
	PGM_SEGMENT = 0x10,
	PGM_PAGE = 0x11,
	PGM_ASCE = 0x38,
	PGM_REGION_LAST = 0x3b,
};

/* "Failing address: %016lx TEID: %016lx": of the page, the bits below are not known. */
static bool body_failing_address(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t address, teid;

	if (!span_hex(&rest, &address) || !span_skip(&rest, " TEID: ") || !span_hex(&rest, &teid))
		return false;
	if (event->kind == CRASH_UNKNOWN && event->is_head_lost)
		event->kind = CRASH_PAGE_FAULT;
	if (!event_is_fault(event))
		return true;
	if (address < NULL_PAGE_END)
		event->kind = CRASH_NULL_POINTER;
	event_address(event, address);
	event->address_shift = PAGE_SHIFT;
	if ((teid & TEID_FSI_MASK) == TEID_FSI_STORE)
		event_access(event, ACCESS_WRITE, REASON_UNKNOWN);
	if ((teid & TEID_FSI_MASK) == TEID_FSI_FETCH)
		event_access(event, ACCESS_READ, REASON_UNKNOWN);
	return true;
}

/* "AS:%016lx R1:... R2:... R3:... S:... P:...": AS is no entry but the root. */
static bool body_page_tables(struct report *report, struct span rest)
{
	uint64_t root;

	if (!span_hex(&rest, &root))
		return false;
	span_skip_spaces(&rest);
	body_entries(report, rest, ":");
	return true;
}

static bool body_page_tables_on(struct report *report, struct span rest)
{
	(void)rest;
	return body_entries(report, report->line, ":");
}

static void event_program_check(struct crash_event *event, uint64_t code)
{
	event_code(event, code);
	if (!event_is_fault(event))
		return;
	if (code == PGM_PROTECTION)
		event_access(event, ACCESS_WRITE, REASON_PERMISSION);
	else if (code == PGM_SEGMENT || code == PGM_PAGE ||
		 (code >= PGM_ASCE && code <= PGM_REGION_LAST))
		event_access(event, ACCESS_UNKNOWN, REASON_NOT_PRESENT);
}

/* "WHAT: %04x ilc:%d [#%d]" */
static bool head_death(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span line = { rest.at, rest.len < DIE_REACH ? rest.len : DIE_REACH };
	struct span what, digits, after = line;
	uint64_t code, length;
	const size_t code_len = strlen(": 0004");

	(void)shape;
	if (!span_find(&after, " ilc:", &what) || what.len <= code_len ||
	    !span_decimal(&after, &length) || !span_skip(&after, " ") || !span_die_counter(&after))
		return false;
	digits = (struct span){ what.at + what.len - code_len, code_len };
	if (!span_skip(&digits, ": ") || !span_hex(&digits, &code) || digits.len)
		return false;
	what.len -= code_len;
	bool is_fault = what.len == strlen("Oops") && memcmp(what.at, "Oops", what.len) == 0;
	head_die(report, is_fault ? CRASH_PAGE_FAULT : CRASH_UNKNOWN, what);
	if (report->event)
		event_program_check(report->event, code);
	return true;
}

/* "%px %px (symbol)" */
static bool body_kernel_psw(struct report *report, struct span rest)
{
	uint64_t mask, address;

	if (!span_hex(&rest, &mask) || !span_skip(&rest, " ") || !span_hex(&rest, &address))
		return false;
	span_skip(&rest, " (");
	report_symbol(report, rest);
	report->writer->gpr = GPRS;
	return true;
}

static bool body_user_psw(struct report *report, struct span rest)
{
	(void)rest;
	report_program(report);
	return true;
}

static bool body_gprs(struct report *report, struct span rest)
{
	report->writer->gpr = 0;
	return report_numbered(report, "r", rest);
}

/* Three lines without a name. */
static bool body_gprs_on(struct report *report, struct span rest)
{
	unsigned gpr = report->writer->gpr;

	if (gpr < GPRS_LINE || gpr > GPRS - GPRS_LINE)
		return false;
	return report_numbered(report, "r", rest);
}

#define FAULT	  "arch/s390/mm/fault.c handle_fault_error_nolock, do_no_context (6.1)"
#define INFO	  "arch/s390/mm/fault.c dump_fault_info"
#define TABLES	  "arch/s390/mm/fault.c dump_pagetable"
#define REGISTERS "arch/s390/kernel/dumpstack.c show_registers"
#define STACK	  "arch/s390/kernel/dumpstack.c show_stack"

static const struct line_shape shapes[] = {
	{ "Unable to handle kernel pointer dereference in virtual kernel address space", FAULT,
	  head_plain, NULL, CRASH_PAGE_FAULT },
	{ "Unable to handle kernel paging request in virtual user address space", FAULT, head_plain,
	  NULL, CRASH_PAGE_FAULT },
	{ "Failing address: ", INFO, NULL, body_failing_address, 0 },
	{ "Fault in ", INFO, NULL, NULL, 0 },
	{ "AS:", TABLES, NULL, body_page_tables, 0 },
	/* pr_cont(): one record, unless another CPU's came between. */
	{ "R1:", TABLES, NULL, body_page_tables_on, 0 },
	{ "R2:", TABLES, NULL, body_page_tables_on, 0 },
	{ "R3:", TABLES, NULL, body_page_tables_on, 0 },
	{ "S:", TABLES, NULL, body_page_tables_on, 0 },
	{ "P:", TABLES, NULL, body_page_tables_on, 0 },
	{ "", "arch/s390/kernel/dumpstack.c die", head_death, NULL, 0 },

	{ "Krnl PSW : ", REGISTERS, NULL, body_kernel_psw, 0 },
	{ "User PSW : ", REGISTERS, NULL, body_user_psw, 0 },
	{ "Krnl GPRS: ", REGISTERS, NULL, body_gprs, 0 },
	{ "User GPRS: ", REGISTERS, NULL, NULL, 0 },
	{ "           ", REGISTERS, NULL, body_gprs_on, 0 },
	{ "Krnl Code: ", "arch/s390/kernel/dis.c show_code", NULL, NULL, 0 },
	{ " [<", STACK, NULL, body_trace_address, 0 },
	{ "([<", STACK, NULL, NULL, 0 }, /* not reliable */
	{ "Last Breaking-Event-Address:", "arch/s390/kernel/dumpstack.c show_last_breaking_event",
	  NULL, body_trace_ends, 0 },
};

const struct line_table line_table_s390x = { EM_S390, shapes, COUNT_OF(shapes) };
