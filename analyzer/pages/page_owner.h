// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whose a struct page is that should be the head of a huge page, or of one that is being
 * made or given back: of these it shows nobody. All of this is cleared before a page is
 * handed to who makes huge pages, and set after it came back.
 */
#ifndef VMEMSCOPE_PAGE_OWNER_H
#define VMEMSCOPE_PAGE_OWNER_H

#include <stdint.h>

struct target;

enum page_owner {
	OWNER_NOBODY, /* that shows */
	OWNER_BUDDY,  /* on a free list */
	OWNER_TABLE,
	OWNER_SLAB,
	OWNER_TYPE,   /* a page type that is none of these, nor that of huge pages */
	OWNER_MAPPED, /* by a process, as a page of its own */
	OWNER_LRU,
	OWNER_RESERVED,
};

/* By the struct page @bytes. *value_ret: the order of a free block; a page type; or flags. */
enum page_owner page_owner_of(const struct target *target, const unsigned char *bytes,
			      uint64_t *value_ret);

#endif
