// SPDX-License-Identifier: LGPL-2.1-or-later
/* Untrusted text from a file, made fit for a line of a message. */
#ifndef VMEMSCOPE_PLAIN_TEXT_H
#define VMEMSCOPE_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Printable ASCII. */
static inline bool is_plain(char character)
{
	return character >= ' ' && character <= '~';
}

/* Puts '?' for what is not plain, up to the first NUL or @max bytes; how many come before it. */
static inline size_t text_make_plain(char *text, size_t max)
{
	size_t len;

	for (len = 0; len < max && text[len]; len++)
		if (!is_plain(text[len]))
			text[len] = '?';
	return len;
}

#endif
