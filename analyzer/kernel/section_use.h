// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether the struct pages of a section are those of memory in use. */
#ifndef VMEMSCOPE_SECTION_USE_H
#define VMEMSCOPE_SECTION_USE_H

#include "analyzer/kernel/kernel.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/paging/kmem.h"

/*
 * Looks at the struct page of each sub-section of section @nr, whether or not it is a section of
 * @kernel, until @enough are found in use. In use is one that a zone spans by its own word, that is
 * not PG_reserved, and that is free, a part of a compound page or referenced; one of a device if
 * the dev_pagemap that it names has the pfn. What boot left as it was, or reserved for a hole, is
 * not. Of users are parts of compound pages and what is mapped or cached: memory that is put online
 * has none of it yet.
 */
struct error *section_use_read(const struct layout *layout, struct kmem *kmem,
			       const struct kernel *kernel, uint64_t nr, uint32_t enough,
			       struct section_witness *ret);

#endif
