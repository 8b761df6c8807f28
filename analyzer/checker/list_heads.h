// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the lists of the pools begin: whether each list head leads to the pages that lead to
 * it. Between a list head and a page that contradict each other a third one decides: another
 * page that claims the same place, or none.
 */
#ifndef VMEMSCOPE_LIST_HEADS_H
#define VMEMSCOPE_LIST_HEADS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/pages/inventory.h"
#include "analyzer/pages/list_links.h"

enum list_fault {
	LIST_FINE, /* or it is a page that is wrong, or nothing is known of it */
	LIST_ZERO,
	LIST_EMPTY,	/* it leads to itself */
	LIST_ELSEWHERE, /* one end, or both, is not what it names */
};

/* A list that some page belongs on. */
struct list_head {
	struct huge_page kind; /* of one of the pages on it */
	vaddr_t address;
	enum link_state state;
	vaddr_t links[LINK_SIDES];
	uint64_t pages;		     /* that belong on it */
	uint64_t claims[LINK_SIDES]; /* pages that are its first, or last, by their own link */
	pfn_t claimant[LINK_SIDES];  /* one of them */
	enum list_fault fault;
	bool wrong[LINK_SIDES];
};

struct list_heads {
	struct list_head *list;
	size_t count, room;
};

/* None where no type tells where lists begin. list_heads_deinit() in any case. */
struct error *list_heads_judge(const struct survey *survey, struct list_heads *ret);
void list_heads_deinit(struct list_heads *heads);

/* The one at @address; NULL if none is. */
const struct list_head *list_heads_find(const struct list_heads *heads, vaddr_t address);

#endif
