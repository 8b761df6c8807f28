// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a struct page is that should be the head of a huge page, and is none. */
#ifndef VMEMSCOPE_HEAD_WORDS_H
#define VMEMSCOPE_HEAD_WORDS_H

#include <stdbool.h>

#include "include/types.h"

struct survey;
struct target;
struct error;

enum { HEAD_WORDS_MAX = 224 };

struct head_words {
	char text[HEAD_WORDS_MAX]; /* to go on "its struct page" with: "has no PG_head" */
	bool is_taken;		   /* it shows an owner */
};

/*
 * "is that of a free block of order 9", where the page type in the struct page @bytes is one
 * that has a name; else "".
 */
const char *head_type_words(const struct target *target, const unsigned char *bytes,
			    char buf[HEAD_WORDS_MAX]);

/* Of the struct page of @pfn, which vmemmap begins with. */
struct error *head_words_find(const struct survey *survey, pfn_t pfn, struct head_words *ret);

#endif
