// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What of an analysed machine a small dump is to hold: some of its compound pages, with
 * the tables, struct pages and frames that belong to them. Kernel objects stay whole.
 */
#ifndef VMEMSCOPE_SELECTION_H
#define VMEMSCOPE_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/types.h"

struct analysis;
struct error;

struct selection {
	bool hugetlb, dax;	  /* which kinds of pages */
	int node;		  /* -1: any */
	pfn_t pfn_start, pfn_end; /* pages that begin in [pfn_start, pfn_end) */
	uint64_t sample;	  /* at most that many of a kind; UINT64_MAX: all */
};

/* Everything. */
extern const struct selection selection_all;
bool selection_is_all(const struct selection *selection);

/*
 * Of @count recorded frames, ascending, those that belong to what is selected, or to
 * nothing that could be: *kept_ret, the caller's to free. Pages with findings are
 * always selected. A kind is: HugeTLB or device, order, node, how it is mapped.
 */
struct error *selection_frames(const struct analysis *analysis, const struct selection *selection,
			       const pfn_t *frames, size_t count, pfn_t **kept_ret,
			       size_t *kept_count_ret);

#endif
