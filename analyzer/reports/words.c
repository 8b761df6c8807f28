// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines of words. */
#include "analyzer/reports/words.h"

#include <stdarg.h>
#include <stdio.h>

void words_add(struct words *words, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int length = vsnprintf(words->text + words->length, WORDS_MAX - words->length, fmt, args);
	va_end(args);
	if (length > 0)
		words->length += (size_t)length;
	if (words->length >= WORDS_MAX)
		words->length = WORDS_MAX - 1;
}
