// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Findings that say the same of many pages are one finding: what half of the huge pages
 * show, or all of a device, has one cause. A few, or a small part of very many, stay apart,
 * since each may have its own.
 */
#ifndef VMEMSCOPE_CHECKER_ALIKE_H
#define VMEMSCOPE_CHECKER_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/types.h"

struct survey;
struct target;
struct check_run;
struct error;
struct finding;
struct huge_page;

enum {
	ALIKE_MANY = 8,	     /* that many pages are no accident; fewer, only if all are so */
	ALIKE_SEVERAL = 3,   /* where each alone is no accident, either */
	ALIKE_SHARE = 8,     /* and one of so many that were looked at */
	ALIKE_PLACES = 8,    /* pages that are named */
	ALIKE_KINDS_MAX = 64 /* of a check; what is beyond stays apart */
};

/* What makes findings alike, and whose page one is about. */
struct alike_mark {
	uint64_t key; /* 0: like no other */
	unsigned node, order;
	bool by_number; /* ALIKE_SEVERAL are enough, whatever part of the whole they are */
};

/* Findings of a check that are alike. */
struct alike {
	struct alike_mark mark; /* of the first */
	uint64_t count;
	size_t listed;		      /* by the run */
	bool other_node, other_order; /* than of the first */
	pfn_t places[ALIKE_PLACES];
};

/*
 * The next finding of @run is about vmemmap pages [@from, @from + @count) of @page, by their
 * number, and alike to others about the same ones of such a page, or about all tails.
 * @what: tells kinds of a check apart.
 */
void finding_alike(const struct survey *survey, struct check_run *run, const struct huge_page *page,
		   uint64_t from, uint64_t count, unsigned what);

/* The next finding of @run, which has a mark: several like it are one, however many are right. */
void finding_alike_by_number(struct check_run *run);

/* Counts @finding, which has a mark. *list_ret: it may be listed, as far as this goes. */
struct error *alike_count(struct check_run *run, const struct finding *finding, bool *list_ret)
	__attribute__((warn_unused_result));

/* Adds what @part counted. Then findings of @part are to be asked by alike_list_one(). */
struct error *alikes_join(struct check_run *whole, const struct check_run *part)
	__attribute__((warn_unused_result));

/* True if one more finding with this mark may be listed; it counts as such. */
bool alike_list_one(struct check_run *run, const struct alike_mark *mark);

/* The check is done: those that are many, or all, become one. */
struct error *alikes_fold(const struct target *target, struct check_run *run)
	__attribute__((warn_unused_result));

#endif
