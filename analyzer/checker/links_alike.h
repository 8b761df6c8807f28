// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Links that the heads of a pool have in common. On no list do two pages have the same
 * link to the next or the one before: where most pages of a pool do, one cause has
 * overwritten all of them.
 */
#ifndef VMEMSCOPE_LINKS_ALIKE_H
#define VMEMSCOPE_LINKS_ALIKE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/pages/inventory.h"
#include "include/types.h"

struct survey;
struct check_run;
struct error;
struct huge_page;

/* A link to the page itself; no struct page has an odd address. */
#define LINK_TO_ITSELF ((vaddr_t)1)

/* Of one pool; [0] of each is the link to the next page, [1] that to the one before. */
struct links_alike {
	uint64_t pages;	    /* whose links are known, and could be right */
	vaddr_t link[2];    /* the one that most have, if any has a majority */
	uint64_t lead[2];   /* by how much it was ahead of the others, while looking for it */
	uint64_t having[2]; /* pages with that link */
	uint64_t count;	    /* pages with one of these links, of those with a majority */
	bool is_most[2];
	bool any_free; /* of these */
	pfn_t first;   /* of these */
};

/* Which pool: the last is for pages of none. */
enum { LINKS_POOLS = HSTATES_MAX + 1 };
unsigned links_pool_of(const struct huge_page *page);

/* Looks at all pages but those that an earlier check has reported. */
struct error *links_alike_find(const struct survey *survey, const struct check_run *run,
			       struct links_alike pools[LINKS_POOLS]);

/* Whether @page, of pool @alike, is one of those. */
struct error *links_alike_test(const struct survey *survey, const struct links_alike *alike,
			       const struct huge_page *page, bool *ret);

#endif
