// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether the kernel's page tables can be walked: no types help where they cannot. */
#ifndef VMEMSCOPE_PAGING_CHECK_H
#define VMEMSCOPE_PAGING_CHECK_H

#include "analyzer/arch/arch.h"

struct error;
struct facts;
struct kmem;
struct memory;
struct paging;

/*
 * The message says why they cannot; ERROR_CORRUPT also if the root's entries lead nowhere, as
 * in the memory of an encrypted guest.
 */
struct error *paging_check_tables(struct kmem *kmem, const struct facts *facts);
/* Only that the root is there, and that it can be one. */
struct error *paging_check_root(struct memory *memory, const struct paging *paging);

#endif
