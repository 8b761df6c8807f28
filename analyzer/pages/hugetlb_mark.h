// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a kernel marks the head of a hugetlb folio, and where it keeps the order. */
#ifndef VMEMSCOPE_HUGETLB_MARK_H
#define VMEMSCOPE_HUGETLB_MARK_H

#include "analyzer/pages/inventory.h"

struct hugetlb_mark {
	const char *title;
	/* When HPG_vmemmap_optimized is set; kernels with this mark agree on it. */
	enum flag_order flag_order;
	/* May a page that shares vmemmap lack the mark, before it is set or once it is cleared? */
	bool may_lack;
	bool (*fits)(const struct analysis *analysis);
	/* @bytes: the struct pages of the head and of the first tail. */
	bool (*test)(const struct analysis *analysis, const unsigned char *bytes);
	unsigned (*order)(const struct analysis *analysis, const unsigned char *bytes);
};

/* The row that fits this kernel; NULL if none does. */
const struct hugetlb_mark *hugetlb_mark_choose(const struct analysis *analysis);

/* True if it is a hugetlb head: PG_head, not a tail, and the mark. */
bool hugetlb_mark_test(const struct hugetlb_mark *mark, const struct analysis *analysis,
		       const unsigned char *bytes);
/*
 * True for the head of a plain compound page that may become, or may just have been, a
 * hugetlb head in a kernel of this mark.
 */
bool hugetlb_mark_may_lack(const struct hugetlb_mark *mark, const struct analysis *analysis,
			   const unsigned char *bytes);
unsigned hugetlb_mark_order(const struct hugetlb_mark *mark, const struct analysis *analysis,
			    const unsigned char *bytes);

/* True if the struct page at @bytes has PG_head: of any compound page, or a copy of one. */
bool page_is_head(const struct analysis *analysis, const unsigned char *bytes);

/* The order of any compound page. @bytes: the struct pages of the head and of the first tail. */
unsigned compound_order_of(const struct analysis *analysis, const unsigned char *bytes);

/* True if the struct page at @bytes is on a buddy free list; its order. */
bool page_is_buddy(const struct analysis *analysis, const unsigned char *bytes,
		   unsigned *order_ret);

#endif
