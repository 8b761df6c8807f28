// SPDX-License-Identifier: LGPL-2.1-or-later
/* Columns that UTF-8 text takes on a terminal. */
#include "formats/document/width.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The size of the character at @text; its columns into @columns_ret. */
static size_t character_width(const char *text, unsigned *columns_ret)
{
	unsigned char first = text[0];

	if (first >= ' ' && first <= '~') { /* nearly all are */
		*columns_ret = 1;
		return 1;
	}
	size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	wchar_t character = size == 1 ? first : first & 0x7f >> size;

	for (size_t i = 1; i < size; i++)
		character = character << 6 | (text[i] & 0x3f);
	int columns = wcwidth(character);
	*columns_ret = columns < 0 ? 1 : (unsigned)columns;
	return size;
}

unsigned text_width(const char *text, size_t length)
{
	unsigned width = 0, columns;

	for (size_t i = 0; i < length; width += columns)
		i += character_width(text + i, &columns);
	return width;
}

/* Bytes of the longest beginning of @text that fits into @width; one character at least. */
static size_t fitting_bytes(const char *text, unsigned width)
{
	unsigned columns;
	size_t at = 0;

	while (text[at]) {
		size_t size = character_width(text + at, &columns);

		if (columns > width && at)
			break;
		width -= columns < width ? columns : width;
		at += size;
	}
	return at;
}

/* The same up to the end of a word, unless the first word is longer. */
static size_t fitting_words(const char *text, unsigned width)
{
	size_t fitting = fitting_bytes(text, width), end = fitting;

	if (!text[fitting])
		return fitting;
	while (end && text[end] != ' ')
		end--;
	return end ? end : fitting;
}

char *text_wrap(const char *text, unsigned width)
{
	/* A line has at least one byte of the text and one newline. */
	char *wrapped = reallocarray(NULL, strlen(text) + 1, 2), *to = wrapped;

	if (!wrapped)
		return NULL;
	while (*text) {
		size_t length = fitting_words(text, width);

		if (to != wrapped)
			*to++ = '\n';
		to = mempcpy(to, text, length);
		text += length;
		text += strspn(text, " ");
	}
	*to = '\0';
	return wrapped;
}
