// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory that another kernel wrote to before it was dumped. A capture kernel (kdump) is given
 * the reserved region alone; if its ACPI driver finds the hot-plugged memory of the kernel
 * that crashed, and puts it online, it allocates from what it is to save. From then on that
 * memory holds the data of two kernels, and nothing in it tells of the one that crashed.
 *
 * Linux kernel drivers/acpi/acpi_memhotplug.c: acpi_no_memhotplug is there to prevent it.
 */
#ifndef VMEMSCOPE_OVERWRITTEN_H
#define VMEMSCOPE_OVERWRITTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "include/memory.h"

struct survey;
struct error;

enum { OVERWRITTEN_MAX = 64 };

/* Hot-plugged memory without a gap, [start, end), and what of the vmemmap is in it. */
struct plugged_range {
	pfn_t start, end;
	uint64_t frames; /* that hold struct pages */
	uint64_t looked; /* of these: at how many of them it was looked */
	uint64_t alien;	 /* of these: hold struct pages, or other data, of another kernel */
	uint64_t tables, alien_tables; /* page tables of the vmemmap; those that are none */
	uint64_t broken_tables;	       /* with entries that lead to no memory */
	uint64_t usages, lost_usages;  /* struct mem_section_usage; those without a sub-section */
};

struct overwritten {
	struct plugged_range ranges[OVERWRITTEN_MAX]; /* ascending; those that were overwritten */
	unsigned count;
	uint64_t looked; /* frames and tables in all hot-plugged memory */
	vaddr_t vmemmap; /* of the other kernel; 0 if it is not known */
};

/*
 * Finds the ranges of hot-plugged memory where several frames behind the vmemmap, or a page
 * table of it, hold what only another kernel can have written; or where an object of the sections
 * is empty and a page table broken as well. One frame, or a few words, is none of that: it is a
 * fault, and for the checks to report. Of very many frames only a sample is looked at, unless
 * @thorough.
 */
struct error *overwritten_find(const struct survey *survey, bool thorough, struct overwritten *ret);

/*
 * A memory that answers like @source, but that all of @what is MEMORY_OVERWRITTEN. Borrows
 * both.
 */
struct error *overwritten_memory(struct memory *source, const struct overwritten *what,
				 struct memory **ret);

#endif
