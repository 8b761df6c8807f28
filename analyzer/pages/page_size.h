// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes of pages in words. */
#ifndef VMEMSCOPE_PAGE_SIZE_H
#define VMEMSCOPE_PAGE_SIZE_H

struct huge_page;
struct survey;
struct target;

/* "2 MiB", "1 GiB". */
const char *order_size(unsigned order, const struct target *target);
const char *huge_size(const struct huge_page *page, const struct target *target);

#endif
