// SPDX-License-Identifier: LGPL-2.1-or-later
/* How the vmemmap of one compound page is mapped: told by page tables alone. */
#ifndef VMEMSCOPE_ANALYZER_OBSERVE_LOOK_H
#define VMEMSCOPE_ANALYZER_OBSERVE_LOOK_H

#include <stdbool.h>

#include "analyzer/kernel/scheme.h"
#include "include/types.h"

struct survey;
struct huge_page;

/* Regular ways to map the vmemmap of a compound page, whether a row has them or not. */
enum pattern {
	PATTERN_NONE,	  /* nothing is shared */
	PATTERN_HEAD,	  /* one page kept, all tails map its frame */
	PATTERN_SECOND,	  /* two kept, the others map the second one's frame */
	PATTERN_ZONE,	  /* one kept, the others map a frame that pages of this zone and order have
			     in common */
	PATTERN_ZONE_TWO, /* the same, two kept */
	PATTERN_THIRD,	  /* two kept, the others map a frame that is only this page's */
	PATTERN_OTHER,	  /* nothing regular: in transition, or damaged */
	PATTERN_COUNT
};
struct pattern_shape {
	unsigned kept;
	enum share_target target;
	const char *text; /* of the pages that show it */
};

extern const struct pattern_shape patterns[PATTERN_COUNT];

/* PATTERN_NONE if @row shares nothing. */
enum pattern pattern_of_row(const struct scheme *row);

/* How one page is mapped. */
struct look {
	enum pattern pattern;
	pfn_t frame;	 /* behind the tails */
	uint64_t tails;	 /* vmemmap pages that are not kept */
	bool is_private; /* nobody else maps @frame: with one page kept it may be the zone's */
	bool readonly;	 /* the tails, and the first of them */
	bool first_readonly;
};
struct look page_look(const struct survey *survey, const struct huge_page *page);

#endif
