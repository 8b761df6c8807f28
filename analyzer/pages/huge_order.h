// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The order of a huge page by its tails and the page tables. What the kernel goes by is one
 * number in its first tail; all the rest of the page shows whether that can be right.
 */
#ifndef VMEMSCOPE_HUGE_ORDER_H
#define VMEMSCOPE_HUGE_ORDER_H

#include <stdbool.h>

struct survey;
struct huge_page;
struct error;

/*
 * *ret becomes the order of a pool, of at least @least, that all shows but the first tail; or
 * page->order, where nothing contradicts that, or nothing else is shown. @sound: a page of
 * that order can be there.
 */
struct error *huge_order_find(const struct survey *survey, const struct huge_page *page, bool sound,
			      unsigned least, unsigned *ret);

#endif
