// SPDX-License-Identifier: LGPL-2.1-or-later
/* Columns that UTF-8 text takes on a terminal. */
#ifndef VMEMSCOPE_WIDTH_H
#define VMEMSCOPE_WIDTH_H

#include <stddef.h>

/* Of the first @length bytes of @text, which is valid UTF-8. */
unsigned text_width(const char *text, size_t length);

/*
 * A copy of @text on lines of at most @width columns, broken between words where
 * that is possible; the caller frees it. NULL: no memory.
 */
char *text_wrap(const char *text, unsigned width);

#endif
