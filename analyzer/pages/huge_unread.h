// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages whose struct pages are not in the dump: what is still known of them. */
#ifndef VMEMSCOPE_ANALYZER_HUGE_UNREAD_H
#define VMEMSCOPE_ANALYZER_HUGE_UNREAD_H

#include "analyzer/pages/survey.h"

/* The order of pages as large as a leaf of @level of the page tables; 0 if there is no such level.
 */
unsigned huge_leaf_order(const struct target *target, unsigned level);

/*
 * The page that would have its head at @pfn, if its vmemmap is shared in whole as the scheme
 * has it, in memory that is online and of one zone. What only its head could say is 0.
 */
bool huge_by_tables(const struct survey *survey, pfn_t pfn, struct huge_page *ret);

/*
 * True if @pfn, which is in no huge page that is known, can be in one nevertheless: a struct
 * page that would be its head cannot be read.
 */
struct error *huge_could_be(const struct survey *survey, pfn_t pfn, bool *ret);

#endif
