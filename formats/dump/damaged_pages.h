// SPDX-License-Identifier: LGPL-2.1-or-later
/* The pages of a dump that turned out to be damaged, each once. */
#ifndef VMEMSCOPE_DUMP_DAMAGED_PAGES_H
#define VMEMSCOPE_DUMP_DAMAGED_PAGES_H

#include "include/memory.h"

struct damaged_pages; /* any thread may add */

/* Of page frames below @max_pfn. */
struct error *damaged_pages_create(uint64_t max_pfn, struct damaged_pages **ret);
void damaged_pages_destroy(struct damaged_pages *pages); /* NULL is allowed */

struct error *damaged_pages_add(struct damaged_pages *pages, pfn_t pfn);
void damaged_pages_tell(struct damaged_pages *pages, struct memory_damage *ret);

#endif
