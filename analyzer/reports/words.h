// SPDX-License-Identifier: LGPL-2.1-or-later
/* A line of words that is put together piece by piece; what does not fit is cut. */
#ifndef VMEMSCOPE_WORDS_H
#define VMEMSCOPE_WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 1024 };

struct words {
	char text[WORDS_MAX]; /* always terminated */
	size_t length;
};

void words_add(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
