// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages while they are being found: kinds, and runs of a kind. */
#ifndef VMEMSCOPE_ANALYZER_HUGE_LIST_H
#define VMEMSCOPE_ANALYZER_HUGE_LIST_H

#include "analyzer/pages/inventory.h"

/* Words that all differences between kinds are in. */
enum { KIND_WORDS = 8 };

/* All zero is empty. */
struct huge_list {
	struct huge_page *kinds;
	size_t kind_count, kind_room;
	uint64_t last_words[KIND_WORDS]; /* of the kind that was added to last */
	uint32_t last_kind;
	uint32_t *slots; /* open addressing: the number of a kind, plus 1; 0 is empty */
	size_t slot_count;
	struct huge_run *runs;
	size_t run_count, run_room;
	uint64_t pages;
};

/* @page comes after all that are there. */
struct error *huge_list_add(struct huge_list *list, const struct huge_page *page);

/* Adds all of @from, which come after those of @list. */
struct error *huge_list_join(struct huge_list *list, const struct huge_list *from);

/* @count pages, each of the same kind and right after the one before it. */
struct error *huge_list_add_many(struct huge_list *list, const struct huge_page *first,
				 uint32_t count, int32_t target_step);

/* Moves kinds and runs to @pages, and ends @list. */
void huge_list_take(struct huge_list *list, struct huge_pages *pages);
void huge_list_deinit(struct huge_list *list);

#endif
