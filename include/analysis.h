// SPDX-License-Identifier: LGPL-2.1-or-later
/* One analysis: the owner of the products of every stage. */
#ifndef VMEMSCOPE_ANALYSIS_H
#define VMEMSCOPE_ANALYSIS_H

#include "include/arch.h"
#include "include/check.h"
#include "include/device.h"
#include "include/facts.h"
#include "include/inventory.h"
#include "include/kernel.h"
#include "include/kmem.h"
#include "include/layout.h"
#include "include/savings.h"
#include "include/scheme.h"
#include "include/vmemmap.h"

/* How far to go: each stage includes those before it. */
enum analysis_depth {
	ANALYSIS_KERNEL,    /* layout, sections, scheme */
	ANALYSIS_INVENTORY, /* vmemmap map, huge pages */
	ANALYSIS_FULL,	    /* checks, savings */
};

struct analysis {
	struct memory *memory; /* borrowed */
	struct facts *facts;
	const struct arch_info *arch;
	struct paging paging;
	struct kmem kmem;
	struct layout layout;
	struct scheme_choice scheme;
	struct kernel kernel;
	struct vmemmap_map map;
	struct inventory inventory;
	struct devices devices;
	struct check_results checks;
	struct savings savings;
};

/*
 * Analyses the machine whose memory is @memory and whose VMCOREINFO is
 * @vmcoreinfo. All arguments must outlive the result.
 */
struct error *analysis_run(struct memory *memory, uint16_t elf_machine, bool big_endian,
			   const char *vmcoreinfo, struct typeinfo *typeinfo,
			   enum analysis_depth depth, struct analysis **ret);
void analysis_destroy(struct analysis *analysis); /* NULL is allowed */

/*
 * A memory that answers like @source and remembers what it was asked: what a
 * distilled dump must hold. Borrows @source.
 */
struct recorder;
struct error *recorder_create(struct memory *source, struct recorder **ret);
struct memory *recorder_memory(struct recorder *recorder);
/* Ascending, each once; borrowed until the next read through the recorder. */
const pfn_t *recorder_pages(struct recorder *recorder, size_t *count_ret);
/* Ascending and disjoint; includes the answers of reads that found nothing. */
const struct memory_extent *recorder_extents(struct recorder *recorder, size_t *count_ret);
void recorder_destroy(struct recorder *recorder);

#endif
