// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is analysed: the memory of a machine, and its kernel as VMCOREINFO and types describe
 * it. Made once; no stage changes it.
 */
#ifndef VMEMSCOPE_TARGET_H
#define VMEMSCOPE_TARGET_H

#include "analyzer/arch/arch.h"
#include "analyzer/kernel/kernel.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/vmcoreinfo/facts.h"

struct target {
	struct memory *memory; /* borrowed; of one thread, as @kmem is */
	struct facts *facts;
	const struct arch_info *arch;
	struct paging paging;
	struct kmem *kmem; /* remembers the tables read last */
	struct layout layout;
	struct kernel kernel;
};

/* From VMCOREINFO alone: how to read the kernel's memory. target_deinit() in any case. */
struct error *target_init(struct target *target, struct memory *memory, uint16_t elf_machine,
			  bool big_endian, const char *vmcoreinfo);
/* The layout, by the types of @ti; and that page tables are there. */
struct error *target_types_read(struct target *target, struct typeinfo *ti);
/* The kernel, once the layout is known. */
struct error *target_kernel_read(struct target *target);
/* From now on @memory is its memory; the kernel has to be read again. */
struct error *target_move(struct target *target, struct memory *memory);
void target_deinit(struct target *target);

/* @address is in the region of the vmemmap, whether or not this machine has such a page. */
bool target_has_vmemmap_at(const struct target *target, vaddr_t address);

/*
 * @target for a thread that has @memory of its own; @kmem is of the copy and has to live as
 * long. kmem_deinit() in any case.
 */
struct error *target_copy(const struct target *target, struct memory *memory, struct kmem *kmem,
			  struct target *ret);

#endif
