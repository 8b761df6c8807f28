// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What somebody means by the number of a page: a pfn, or an address out of an oops, which
 * may be that of a struct page, of the same bytes in the direct map, or no page's at all.
 */
#ifndef VMEMSCOPE_PAGE_WHERE_H
#define VMEMSCOPE_PAGE_WHERE_H

#include <stdbool.h>

#include "include/types.h"

struct survey;
struct error;

enum page_where_kind {
	WHERE_NUMBER, /* what it is has to be found out */
	WHERE_PFN,    /* "pfn:0x34" */
	WHERE_PHYS,   /* "phys:0x34000": of the page frame */
};

struct page_where {
	enum page_where_kind kind;
	bool is_hex; /* as addresses are written */
	uint64_t number;
};

/* ERROR_USAGE if @text is none of what 'vmemscope page' takes. */
struct error *page_where_parse(const char *text, struct page_where *ret);

enum page_named_by {
	NAMED_PFN,
	NAMED_STRUCT_PAGE,	/* by an address in the vmemmap */
	NAMED_STRUCT_PAGE_COPY, /* by one of a frame that is behind the vmemmap */
	NAMED_FRAME,		/* by an address of any other memory */
};

struct page_found {
	pfn_t pfn;
	enum page_named_by by;
	pfn_t frame; /* that the address is in; of the last two */
};

/* ERROR_USAGE if no page is meant, or if more than one may be. */
struct error *page_where_find(const struct survey *survey, const struct page_where *where,
			      struct page_found *ret);

const char *page_named_id(enum page_named_by by); /* stable: "pfn" */

#endif
