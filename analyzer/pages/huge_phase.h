// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether a huge page whose flag and page tables differ is just being changed, or is at
 * rest and wrong. The one judgement that checks, sums and documents go by.
 *
 * The kernel counts a page in nr_huge_pages after its vmemmap has been shared, and no
 * longer before it restores it (Linux kernel mm/hugetlb.c, prep_new_huge_page(),
 * prep_and_add_allocated_folios(), remove_hugetlb_page()), and links it to a list of its
 * pool in between only. So a page that is counted, or linked, is at rest.
 */
#ifndef VMEMSCOPE_HUGE_PHASE_H
#define VMEMSCOPE_HUGE_PHASE_H

#include <stdbool.h>

#include "analyzer/pages/inventory.h"

struct survey;
struct error;

enum huge_phase {
	PHASE_REST,	/* flag and entries must agree */
	PHASE_CHANGING, /* it may be half done */
	PHASE_UNTOLD,	/* neither counters nor lists decide */
};

/* True if the flag says one thing and the entries another, or half of it. */
bool huge_page_differs(const struct survey *survey, const struct huge_page *page);

/*
 * True if kernels that mark huge pages like this one set HPG_vmemmap_optimized before the
 * first entry changes. A hint: a distribution may set it last.
 */
bool huge_flag_comes_first(const struct survey *survey);

/*
 * True if the flags of huge pages are not where the types have them: no page that shares has
 * HPG_vmemmap_optimized, and HPG_freed contradicts reference counts, both of many pages.
 */
#define HUGE_FLAGS_REFUTED "the flags of huge pages are not where the types have them"
bool huge_flags_refuted(const struct survey *survey);

enum huge_phase huge_phase_of(const struct survey *survey, const struct huge_page *page);

/* True if it is the same for all pages of this @kind, whose pfn means nothing. */
bool huge_phase_of_kind(const struct survey *survey, const struct huge_page *kind,
			enum huge_phase *ret);

/* What shows that a page that differs is at rest: "its pool counts it". */
const char *huge_phase_evidence(const struct survey *survey, const struct huge_page *page);

/*
 * True if vmemmap page @index of an optimised page, or of a device's, maps what it must
 * not: another frame than the scheme names, or one of its own that no change explains.
 */
bool huge_entry_is_wrong(const struct survey *survey, const struct huge_page *page, uint64_t index);

/* How many of [@first, @count pages on], all of one kind, are being changed. */
uint64_t huge_phase_count_changing(const struct survey *survey, const struct huge_page *first,
				   uint32_t count);

/* Pages that the pool counts on @node, and nobody finds. @ret: what is known of the pool there. */
uint64_t huge_phase_missing(const struct survey *survey, unsigned order, unsigned node,
			    struct pool_count *ret);

/* Links that may be followed in all: more are no lists but loops. */
enum { LINK_STEPS_MAX = 1 << 20 };

/* Whether the page at @pfn is on a list of a pool. *steps is how many links may be followed. */
struct error *huge_link_follow(const struct survey *survey, pfn_t pfn, unsigned *steps,
			       enum huge_link *ret);

/* Reads the witnesses once all pages are found, and judges those that are not marked. */
struct error *huge_phase_read(const struct survey *survey, struct inventory *inventory);
void huge_phase_deinit(struct huge_witnesses *witnesses);

#endif
