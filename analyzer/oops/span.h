// SPDX-License-Identifier: LGPL-2.1-or-later
/* A part of a line of the log: any bytes, no NUL behind. Reading moves its start. */
#ifndef VMEMSCOPE_SPAN_H
#define VMEMSCOPE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *at;
	size_t len;
};

/* Each leaves @span as it was, and says false, if the text does not go on that way. */
bool span_skip(struct span *span, const char *text);
bool span_hex(struct span *span, uint64_t *ret);     /* with or without 0x, at most 64 bits */
bool span_decimal(struct span *span, uint64_t *ret); /* at most 64 bits */

/* Moves behind the first @text; what was before it in *before, which may be NULL. */
bool span_find(struct span *span, const char *text, struct span *before);
bool span_has(struct span span, const char *text);

void span_skip_spaces(struct span *span);
struct span span_word(struct span *span); /* up to a space, which it skips as well */

/* With '?' for what is not printable; cut to @size with its NUL. */
void span_copy(struct span span, char *ret, size_t size);

/*
 * As of %pS: "name+0x5/0x20 [module]" into "name+0x5" and "module"; false if it is no such
 * text. @symbol has CRASH_SYMBOL_MAX bytes, @module CRASH_MODULE_MAX.
 */
bool span_symbol(struct span span, char *symbol, char *module);

#endif
