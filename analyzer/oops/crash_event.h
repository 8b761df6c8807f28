// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel's log says of faults: typed events, parsed out of its lines.
 * Knows no memory of the dump and no types.
 */
#ifndef VMEMSCOPE_CRASH_EVENT_H
#define VMEMSCOPE_CRASH_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "include/types.h"

struct error;
struct kernel_log;

enum crash_kind {
	CRASH_UNKNOWN,
	CRASH_PAGE_FAULT,
	CRASH_NULL_POINTER,
	CRASH_GENERAL_PROTECTION,
	CRASH_BUG,
	CRASH_BAD_PAGE_STATE,
	CRASH_LIST_CORRUPTION,
	CRASH_SOFT_LOCKUP,
	CRASH_HARD_LOCKUP,
	CRASH_HUNG_TASK,
	CRASH_RCU_STALL,
	CRASH_MACHINE_CHECK,
	CRASH_MEMORY_FAILURE,
	CRASH_OOM,
	CRASH_SYSRQ,
	CRASH_PANIC,
	CRASH_KIND_COUNT,
};
/* Stable, for JSON: "page-fault". */
const char *crash_kind_id(enum crash_kind kind);
/* CRASH_UNKNOWN if there is none. */
enum crash_kind crash_kind_by_id(const char *id);

enum crash_access { ACCESS_UNKNOWN, ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
enum crash_reason {
	REASON_UNKNOWN,
	REASON_NOT_PRESENT,
	REASON_PERMISSION,
	REASON_RESERVED_BIT,
	REASON_PROTECTION_KEY,
};
const char *crash_access_id(enum crash_access access); /* "read"; NULL: unknown */
const char *crash_reason_id(enum crash_reason reason); /* "not-present", "permission"; NULL */

enum {
	CRASH_COMM_MAX = 32,
	CRASH_SYMBOL_MAX = 128,
	CRASH_MODULE_MAX = 64,
	CRASH_TAINT_MAX = 32,
	CRASH_TEXT_MAX = 160,
	CRASH_ENTRIES_MAX = 5,
	CRASH_REGISTERS_MAX = 40,
	CRASH_CALLERS_MAX = 16,
	CRASH_PAGE_WORDS = 8,
	CRASH_EVENTS_MAX = 4096,
};

/* One report of a fault: its first line and those that belong to it. Empty text: not known. */
struct crash_event {
	enum crash_kind kind;
	/* The kernel died in it, or could not go on with it: an oops, a panic. */
	bool is_oops, is_panic;
	bool is_head_lost;	    /* its first lines are not in the log any more */
	uint64_t time_ns, sequence; /* of its first record that is there */
	size_t first_record, last_record;

	bool has_cpu, has_pid;
	uint32_t cpu, pid;
	char comm[CRASH_COMM_MAX];
	char symbol[CRASH_SYMBOL_MAX]; /* of the instruction: "name+0x5", without the size */
	char module[CRASH_MODULE_MAX]; /* of @symbol */
	char taint[CRASH_TAINT_MAX];   /* letters: "WOE" */
	char text[CRASH_TEXT_MAX];     /* the panic's message, the BUG's FILE:LINE, the reason of
					  a bad page, the action of a memory failure */

	bool has_address;
	uint64_t address;
	unsigned address_shift; /* the lowest bits of it that the kernel does not print: 0, 12 */
	enum crash_access access;
	enum crash_reason reason;
	bool has_code;
	uint64_t code; /* error code, ESR, DSISR, cause: as printed */

	/* The page-table entries that the kernel printed, from the top. */
	struct crash_entry {
		char level[8]; /* "PGD", "PTE" */
		uint64_t raw;
	} entries[CRASH_ENTRIES_MAX];
	unsigned entry_count;

	bool has_pfn;
	pfn_t pfn; /* that the log names: bad page state, memory failure */
	/* The struct page as the kernel printed it ("raw:"). */
	uint64_t page_words[CRASH_PAGE_WORDS];
	unsigned page_word_count;

	struct crash_register {
		char name[8]; /* as printed, in lower case: "rdi", "x0" */
		uint64_t value;
	} registers[CRASH_REGISTERS_MAX]; /* of the kernel's part, not of a program's */
	unsigned register_count;

	char callers[CRASH_CALLERS_MAX][CRASH_SYMBOL_MAX]; /* of the trace, without "?" lines */
	char caller_modules[CRASH_CALLERS_MAX][CRASH_MODULE_MAX];
	unsigned caller_count;
};

/* All that the log says of faults, in its order. */
struct crash_log {
	struct crash_event *events;
	size_t count, room;
	uint64_t more;		       /* events beyond CRASH_EVENTS_MAX */
	uint64_t suppressed_bad_pages; /* "BUG: Bad page state: N messages suppressed", summed */
	uint64_t warnings;	       /* WARN(): no event, the machine goes on */
	bool begins_inside;	       /* the log's first record is in the middle of a report */
	uint64_t first_sequence;       /* of the log's first record */
	uint64_t last_time_ns;	       /* of its last */
	char missing[CRASH_TEXT_MAX];  /* why there is no log; empty: there is one */
};

/* Parses all of @log. @elf_machine chooses the table of line shapes. */
struct error *crash_log_parse(const struct kernel_log *log, uint16_t elf_machine,
			      struct crash_log *ret);
void crash_log_deinit(struct crash_log *log);

#endif
