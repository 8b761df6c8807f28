// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that share vmemmap as huge pages do and are not marked as one ("late": the mark is
 * yet to come, or has gone before).
 *
 * Kernels that mark a huge page by its destructor set the mark after the remapping (Linux
 * kernel mm/hugetlb.c, prep_new_huge_page(), to v6.5), and until commit 32c877191e02
 * ("hugetlb: do not clear hugetlb dtor until allocating vmemmap") they cleared it for a
 * whole batch before the first page of it was restored. Such a page is a plain compound
 * page of a pool's order, no pool counts it, and no list of a pool links it.
 */
#ifndef VMEMSCOPE_HUGE_LATE_H
#define VMEMSCOPE_HUGE_LATE_H

#include "analyzer/pages/inventory.h"

struct survey;
struct target;
struct error;

/* What such a page is. All but the first two are faults. */
enum late_verdict {
	LATE_CHANGING, /* being made, or given back */
	LATE_LEFT,     /* HPG_raw_hwp_unreliable: taken out of its pool and never freed */
	LATE_LINKED,   /* a list of its pool links it: the mark was overwritten */
	LATE_COUNTED,  /* its pool counts a page more than are marked: the same */
	LATE_TOO_MANY, /* the kernel makes, and restores, one page after the other */
};

/*
 * True if @page, whose first struct pages are at @bytes, can be one of these, by all that
 * they and the page tables say. Fills page->mapping.
 */
bool huge_late_test(const struct survey *survey, const unsigned char *bytes,
		    struct huge_page *page);

/*
 * The name of the first member of the struct page @bytes that shows that somebody uses the
 * page, and its value: who makes or gives back a page has its only reference, and no use of
 * it yet, or any more. NULL if there is none.
 */
const char *huge_late_user(const struct target *target, const unsigned char *bytes,
			   uint64_t *value_ret);

struct error *huge_late_add(struct huge_lates *late_pages, const struct huge_page *page);
/* Moves what @from has, which comes after all that is there. */
struct error *huge_late_join(struct huge_lates *late_pages, struct huge_lates *from);
void huge_late_deinit(struct huge_lates *late_pages);

/* The first of which some page is at @pfn or after it; NULL if there is none. */
const struct huge_late *huge_late_from(const struct survey *survey, pfn_t pfn);
/* The one that holds @pfn; NULL if none. */
const struct huge_late *huge_late_find(const struct survey *survey, pfn_t pfn);

static inline bool huge_late_is_legal(const struct huge_late *late)
{
	return late->verdict == LATE_CHANGING || late->verdict == LATE_LEFT;
}

#endif
