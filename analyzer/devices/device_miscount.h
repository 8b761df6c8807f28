// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Compound pages of devices as a kernel maps them that counts pfns by vmemmap pages, anew in
 * each memory section. Linux kernel arch/powerpc/mm/book3s64/radix_pgtable.c,
 * vmemmap_populate_compound_pages(), before "powerpc/mm: fix wrong addr_pfn tracking in
 * compound vmemmap population": the vmemmap page to share is looked for as many struct pages
 * before as vmemmap pages have been done. So each finds itself in the first section, and the
 * one at its own place in the first section from any later one.
 */
#ifndef VMEMSCOPE_DEVICE_MISCOUNT_H
#define VMEMSCOPE_DEVICE_MISCOUNT_H

#include "analyzer/pages/survey.h"

/* The vmemmap of one compound page that is mapped so. */
struct device_miscount {
	uint64_t first;	  /* vmemmap index of the head */
	uint64_t section; /* vmemmap pages of a memory section */
	bool found;
};

/* Nearly all its tails have to be so: the others are faults of their own. */
void device_miscount_read(const struct survey *survey, const struct huge_page *page,
			  struct device_miscount *ret);

/* True if vmemmap page @index shows what the first section has at its place. */
bool device_miscount_has(const struct survey *survey, const struct device_miscount *miscount,
			 uint64_t index);

/* True if @index is one of the first section, whose frames the later ones show. */
static inline bool device_miscount_source(const struct device_miscount *miscount, uint64_t index)
{
	return miscount->found && index - miscount->first < miscount->section;
}

#endif
