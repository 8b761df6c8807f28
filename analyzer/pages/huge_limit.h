// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many huge pages can be half way at a time.
 *
 * Whoever changes huge pages changes one after the other, also in a batch: of a list that
 * hugetlb_vmemmap_optimize_folios() or hugetlb_vmemmap_restore_folios() works on, those before
 * the current page are done, those after it are as they were, and flag and entries of each
 * agree. The same holds before v6.7, where prep_new_huge_page() and update_and_free_page() are
 * called page by page. So as many pages are half way as there are tasks at it (Linux kernel
 * mm/hugetlb.c):
 *
 * - of one order one holds hstate.resize_lock: set_max_huge_pages(), and demotion, which takes
 *   those of both pools;
 * - for all pools one worker frees pages, free_hpage_workfn();
 * - any task that makes a page beyond the pool, alloc_surplus_hugetlb_folio(), where
 *   nr_overcommit_huge_pages allows it;
 * - any task that gives up a reservation gives back surplus pages,
 *   return_unused_surplus_pages(), while there are any: none of these is being made;
 * - any task that migrates a page in use and finds no free one,
 *   alloc_migrate_hugetlb_folio(); gigantic pages are not made so.
 *
 * No dump shows how many tasks there are: of those TASKS_MAX are believed. While booting,
 * several threads make pages of one pool at a time (hugetlb_pages_alloc_boot(), v6.9 and later),
 * as many as nodes have, twice: a dump of such a moment is not distinguished from others.
 */
#ifndef VMEMSCOPE_HUGE_LIMIT_H
#define VMEMSCOPE_HUGE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/pages/inventory.h"

enum { HALF_DONE_OF_POOL = 2, TASKS_MAX = 16 };

/*
 * How many pages of @order, on all nodes, can be half way at a time; and how many of them can
 * be on their way into the pool.
 */
uint64_t huge_limit_of(const struct inventory *inventory, unsigned order);
uint64_t huge_limit_of_made(const struct inventory *inventory, unsigned order);

/* How many of all pools. */
uint64_t huge_limit_of_all(const struct inventory *inventory);

/* True if more are half way, of @order or of all pools. */
bool huge_limit_passed(const struct inventory *inventory, unsigned order);

#endif
