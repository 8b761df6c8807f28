// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages that page tables alone show: those whose vmemmap is a stripe of the map. */
#ifndef VMEMSCOPE_ANALYZER_HUGE_STRIPE_H
#define VMEMSCOPE_ANALYZER_HUGE_STRIPE_H

#include "analyzer/pages/huge_list.h"

struct survey;
struct target;

/*
 * A stripe as huge pages. Their vmemmap is shared in whole as the scheme has it, in
 * memory that is online and of one zone, whose frame the tails map if zones have one:
 * nothing else in the kernel makes such page tables. What only their heads could say is 0.
 */
struct huge_stripe {
	const struct vmemmap_row *row; /* the one that was looked at last */
	bool told;		       /* and it is such a stripe */
	struct huge_page first;
};

/* Looks at @row; what was found is in @stripe, which is all zero at first. */
void huge_stripe_read(const struct survey *survey, const struct vmemmap_row *row,
		      struct huge_stripe *stripe);

/* Adds the pages of a @stripe that is known whose heads are in [@start, @end). */
struct error *huge_stripe_add(const struct survey *survey, const struct huge_stripe *stripe,
			      pfn_t start, pfn_t end, struct huge_list *list);

/*
 * Adds @count pages like @first that follow each other: their vmemmap is groups of @row,
 * and huge_mapping_recall() says the same of all but for the target.
 */
struct error *huge_groups_add(const struct survey *survey, const struct vmemmap_row *row,
			      const struct huge_page *first, uint32_t count,
			      struct huge_list *list);

/*
 * Whether @page lies in memory that is online and of one zone, which HugeTLB takes pages of;
 * fills in node and zone.
 */
bool huge_place_told(const struct target *target, struct huge_page *page);

/* Where the last page of a @stripe that is known ends. */
pfn_t huge_stripe_end(const struct huge_stripe *stripe);

#endif
