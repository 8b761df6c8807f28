// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lists of the pools, as the heads of their pages have them: sums over all heads that
 * are right only if each link is seen alike from both of its ends. Made while heads are
 * at hand; who wants to know which link is wrong reads them again.
 */
#ifndef VMEMSCOPE_HUGE_LINKS_H
#define VMEMSCOPE_HUGE_LINKS_H

#include <stdbool.h>

#include "include/types.h"

struct survey;
struct target;
struct huge_page;

struct huge_links {
	uint64_t linked;		 /* pages with a link that is not 0 */
	uint64_t alone;			 /* pages with a link to themselves */
	uint64_t edges;			 /* 0 if all links between pages agree */
	uint64_t next_sum, prev_sum;	 /* of links that lead to no struct page: alike */
	uint64_t next_edges, prev_edges; /* of the same, with where they are */
	uint64_t next_ends, prev_ends;	 /* how many those are */
	uint64_t inside;		 /* of both, to the pool of the page */
};

/* @bytes: the struct page of the head. */
void huge_links_add(struct huge_links *links, const struct survey *survey,
		    const struct huge_page *page, const unsigned char *bytes);
void huge_links_join(struct huge_links *links, const struct huge_links *more);

/*
 * What the link from @from to @to, of the list that @page belongs on, adds to a sum of edges;
 * twice the same address is what it adds to next_sum or prev_sum.
 */
uint64_t huge_links_edge(const struct huge_page *page, vaddr_t from, vaddr_t to);

/* Two pages belong on one list: free ones of a node, or those in use. */
bool huge_links_alike(const struct huge_page *a, const struct huge_page *b);

/* The address of the links of the page at @pfn, and back; false if @addr is none. */
vaddr_t huge_link_address(const struct target *target, pfn_t pfn);
bool huge_link_pfn(const struct target *target, vaddr_t addr, pfn_t *ret);

#endif
