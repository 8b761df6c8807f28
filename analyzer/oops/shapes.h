// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The shapes of lines that the kernel writes about faults. A row is the fixed beginning of a line
 * and what the rest means; the kernel source that it rests on is in the row. A line without a row
 * says nothing.
 *
 * Rows that begin alike stand together, the more special one first.
 */
#ifndef VMEMSCOPE_OOPS_SHAPES_H
#define VMEMSCOPE_OOPS_SHAPES_H

#include "analyzer/oops/report.h"

struct line_shape {
	const char *start;  /* "": any line that no other row takes */
	const char *source; /* Linux kernel: file, function */

	/*
	 * One of them. Either takes what is behind @start, and says false if the line is another
	 * one after all. @head may begin a report; @body is called in reports only. Neither: the
	 * line belongs to a report, and says nothing that is wanted.
	 */
	bool (*head)(struct report *report, const struct line_shape *shape, struct span rest);
	bool (*body)(struct report *report, struct span rest);
	enum crash_kind kind; /* of what @head begins */
};

struct line_table {
	uint16_t elf_machine;
	const struct line_shape *shapes;
	size_t count;
};

extern const struct line_table line_table_everywhere;
extern const struct line_table line_table_x86_64;
extern const struct line_table line_table_aarch64;
extern const struct line_table line_table_riscv64;
extern const struct line_table line_table_ppc64;
extern const struct line_table line_table_s390x;
extern const struct line_table line_table_loongarch64;

/* NULL: of this machine only what is everywhere is known. */
const struct line_table *line_table_of(uint16_t elf_machine);

/*
 * What the tables share.
 */

/* Begins @shape->kind, whatever the rest is; for lines that say no more. */
bool head_plain(struct report *report, const struct line_shape *shape, struct span rest);

/* The rest is "ADDRESS ...": of a fault. An address below @null_below makes it a NULL pointer. */
bool head_fault(struct report *report, enum crash_kind kind, struct span rest, uint64_t null_below);

/*
 * The line of die(): @what it died of, as "Oops" or "invalid opcode". It belongs to the report of
 * the fault or the BUG that is open, else it begins one of @kind, whose first lines are lost if
 * that kind has some.
 */
void head_die(struct report *report, enum crash_kind kind, struct span what);

/* "[#1]" is next. */
bool span_die_counter(struct span *rest);

/* "pgd=0123, p4d=0123" and "PGD 0123 P4D 0123": @between is what parts a name from its value. */
bool body_entries(struct report *report, struct span rest, const char *between);

/* Entries of a trace: "name+0x1/0x2 [module]", "[<address>] name+0x1/0x2". */
bool body_trace_symbol(struct report *report, struct span rest);
bool body_trace_address(struct report *report, struct span rest);
bool body_trace_begins(struct report *report, struct span rest);
bool body_trace_ends(struct report *report, struct span rest);

/* The line is pairs of registers. Before the instruction pointer's nobody knows whose they are. */
bool body_registers(struct report *report, struct span rest);

/* A row for a line of registers that begins with @first. */
#define SHAPE_REGISTERS(first, where)                                                              \
	{                                                                                          \
		.start = first, .source = where, .body = body_registers                            \
	}

#endif
