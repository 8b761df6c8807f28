// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Links of lists of huge pages, one at a time: of struct pages, and of list heads in memory.
 * Tells whose links a page has if it has not its own.
 */
#ifndef VMEMSCOPE_LIST_LINKS_H
#define VMEMSCOPE_LIST_LINKS_H

#include <stdbool.h>

#include "include/types.h"

struct survey;
struct huge_page;
struct error;

enum link_side { NEXT, PREV, LINK_SIDES };

enum link_state {
	LINK_READ,
	LINK_LOST,    /* in an entry of hstates[] of which nothing tells what pool it is */
	LINK_UNKNOWN, /* not in the dump */
	LINK_NOWHERE, /* no address of memory */
	LINK_ZERO,    /* of a list head: both of its links are 0 */
};

/* The hstate that was read as that of pages of this size. */
bool list_pool_is_known(const struct survey *survey, const struct huge_page *page);

/* Where the list that @page belongs on begins, in its pool; false if no type shows. */
bool list_head_address(const struct survey *survey, const struct huge_page *page, vaddr_t *ret);

/* Both links of the list head at @addr. */
struct error *list_head_read(const struct survey *survey, vaddr_t addr, vaddr_t ret[LINK_SIDES],
			     enum link_state *state_ret);

/* Of the struct page at @pfn. */
struct error *link_of_page(const struct survey *survey, pfn_t pfn, enum link_side side,
			   vaddr_t *ret, enum link_state *state_ret);

/*
 * Of the links at @addr, in a struct page or in a list head. One that is all zero may not have
 * been kept by whoever made the dump small: LINK_UNKNOWN. See analyzer/checker/list_heads.h.
 */
struct error *link_read(const struct survey *survey, vaddr_t addr, enum link_side side,
			vaddr_t *ret, enum link_state *state_ret);

enum links_owner {
	LINKS_OWN,     /* or nobody's */
	LINKS_OTHERS,  /* what both lead to names another page in the place of this one */
	LINKS_SWAPPED, /* and what that one's lead to names this page */
};

/* Whose links the huge page at @pfn has; *owner_ret: the other page's head. */
struct error *links_owner_find(const struct survey *survey, pfn_t pfn, enum links_owner *ret,
			       pfn_t *owner_ret);

#endif
