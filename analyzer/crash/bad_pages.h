// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * "Bad page state", many times: whether the struct pages were spoilt through one frame that
 * their vmemmap shared. By then the huge pages may be gone, and the frame with them.
 */
#ifndef VMEMSCOPE_BAD_PAGES_H
#define VMEMSCOPE_BAD_PAGES_H

#include <stdbool.h>

#include "include/types.h"

struct crash_log;
struct error;
struct survey;

enum bad_pages_kind {
	BAD_PAGES_NONE,
	BAD_PAGES_UNTIED,
	BAD_PAGES_NEVER_SHARED, /* their vmemmap was never split: nothing was optimised there */
	BAD_PAGES_FRAME,	/* the same struct page of several vmemmap pages of a block */
	BAD_PAGES_HEADS,	/* copies of a head at the start of restored vmemmap pages */
	BAD_PAGES_COPIES, /* one is named: in the dump others show the same bytes at the same place
			   */
};

struct bad_pages {
	enum bad_pages_kind kind;
	uint64_t count; /* each page once, as often as it is in the log */
	uint64_t suppressed;
	pfn_t first;	   /* in the log */
	uint64_t alike;	   /* of @count, those that the kind is about */
	unsigned residue;  /* of these: the number of the struct page in its vmemmap page */
	unsigned per_page; /* struct pages in a vmemmap page */
	uint64_t copies;   /* of BAD_PAGES_COPIES: vmemmap pages of the block that show it */
	unsigned order;	   /* of the blocks that were looked at */
	pfn_t block;	   /* the first of them */
	uint64_t blocks;   /* with such pages */
};

struct error *bad_pages_judge(const struct survey *survey, const struct crash_log *log,
			      struct bad_pages *ret);

#endif
