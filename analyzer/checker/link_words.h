// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a link of a list leads to, in words. */
#ifndef VMEMSCOPE_LINK_WORDS_H
#define VMEMSCOPE_LINK_WORDS_H

#include <stdbool.h>

#include "include/types.h"

struct survey;
struct target;
struct huge_page;

/* list_del() leaves LIST_POISON1 for the next, and LIST_POISON2 for the one before. */
bool link_is_poison(const struct target *target, vaddr_t link, unsigned which);

enum { LINK_LABEL_MAX = 128 };

/*
 * "page 0x142400 (free)", "the head of the list of free pages of node 0 of hugepages-2048kB",
 * "the struct page of pfn 0x180000, of no huge page", "LIST_POISON1", "0x4141"; into @buf.
 */
const char *link_label(const struct survey *survey, vaddr_t link, char buf[LINK_LABEL_MAX]);

/* "the list of free pages of node 0 of hugepages-2048kB": the one that @page belongs on. */
const char *list_label(const struct survey *survey, const struct huge_page *page,
		       char buf[LINK_LABEL_MAX]);

#endif
