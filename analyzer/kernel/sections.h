// SPDX-License-Identifier: LGPL-2.1-or-later
/* The part of a struct kernel that is about memory sections. */
#ifndef VMEMSCOPE_SECTIONS_H
#define VMEMSCOPE_SECTIONS_H

#include "analyzer/kernel/kernel.h"
#include "analyzer/paging/kmem.h"

/* Those of mem_section. What cannot be read is counted in @kernel. */
struct error *sections_read(const struct facts *facts, const struct layout *layout,
			    struct kmem *kmem, struct kernel *kernel);

/*
 * Adds those that are lost from mem_section but mapped by the vmemmap's page tables.
 * Needs kernel->vmemmap. ERROR_NOT_FOUND if there is still none.
 */
struct error *sections_infer(const struct facts *facts, struct kmem *kmem, struct kernel *kernel);

/*
 * Finds the sections that mem_section is wrong about: those that it denies, of which page tables
 * map struct pages that are in use; and those whose struct mem_section is garbage. Needs
 * kernel->vmemmap and the zones. Memory that is just being added or removed is none of these.
 */
struct error *sections_find_lost(const struct facts *facts, const struct layout *layout,
				 struct kmem *kmem, struct kernel *kernel);

/* The failure that there is no section at all. */
struct error *sections_missing(const struct kernel *kernel)
	__attribute__((returns_nonnull, warn_unused_result));

#endif
