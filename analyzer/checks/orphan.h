// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared vmemmap of no huge page: whose it was, and whether it may be so. */
#ifndef VMEMSCOPE_CHECKS_ORPHAN_H
#define VMEMSCOPE_CHECKS_ORPHAN_H

#include "analyzer/checker/checks.h"
#include "analyzer/checker/head_words.h"

enum { ORPHAN_WORDS_MAX = 96 + HEAD_WORDS_MAX };

/* The huge page that shared vmemmap shows though nothing marks one there. */
struct orphan_head {
	struct huge_page page;	      /* order 0: none was found */
	uint64_t missing;	      /* huge pages that its pool counts and nobody finds */
	struct pool_count count;      /* of its pool */
	uint64_t first;		      /* of its vmemmap pages, the first that is shared */
	struct head_words is;	      /* its struct page */
	char words[ORPHAN_WORDS_MAX]; /* to end a finding on; "" if there is no head */
};

/* By the frames behind vmemmap page @index and its neighbours. */
struct error *orphan_head_find(const struct survey *survey, uint64_t index,
			       struct orphan_head *ret);

/* True if so much of it is shared that it is no accident: then it is one fault as a whole. */
bool orphan_is_whole(const struct orphan_head *head);

/* Once for each head, which no pool counts. @index: where it was come across. */
struct error *orphan_report_page(const struct survey *survey, struct check_run *run,
				 const struct orphan_head *head, uint64_t index);

/* Once for each head: its pool still counts the page. @index: where it was come across. */
struct error *orphan_report_lost(const struct survey *survey, struct check_run *run,
				 const struct orphan_head *head, uint64_t index);

/* Pages that share and are not marked: those in transition in one note, others one by one. */
struct error *orphan_report_late(const struct survey *survey, struct check_run *run);

#endif
