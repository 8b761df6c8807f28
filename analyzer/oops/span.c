// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading bounded text. */
#include "analyzer/oops/span.h"

#include <string.h>

#include "analyzer/oops/crash_event.h"
#include "include/plain_text.h"

static void span_move(struct span *span, size_t bytes)
{
	span->at += bytes;
	span->len -= bytes;
}

bool span_skip(struct span *span, const char *text)
{
	size_t len = strlen(text);

	if (span->len < len || memcmp(span->at, text, len) != 0)
		return false;
	span_move(span, len);
	return true;
}

static int digit_of(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return 16;
}

static bool span_number(struct span *span, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;
	size_t digits = 0;

	while (digits < span->len && (unsigned)digit_of(span->at[digits]) < base) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit_of(span->at[digits]), &value))
			return false;
		digits++;
	}
	if (digits == 0)
		return false;
	span_move(span, digits);
	*ret = value;
	return true;
}

bool span_hex(struct span *span, uint64_t *ret)
{
	struct span digits = *span;

	span_skip(&digits, "0x");
	if (!span_number(&digits, 16, ret))
		return false;
	*span = digits;
	return true;
}

bool span_decimal(struct span *span, uint64_t *ret)
{
	return span_number(span, 10, ret);
}

bool span_find(struct span *span, const char *text, struct span *before)
{
	const char *found = memmem(span->at, span->len, text, strlen(text));

	if (!found)
		return false;
	size_t skipped = (size_t)(found - span->at);
	if (before)
		*before = (struct span){ span->at, skipped };
	span_move(span, skipped + strlen(text));
	return true;
}

bool span_has(struct span span, const char *text)
{
	return span_find(&span, text, NULL);
}

void span_skip_spaces(struct span *span)
{
	while (span->len && *span->at == ' ')
		span_move(span, 1);
}

struct span span_word(struct span *span)
{
	struct span word = *span;

	if (!span_find(span, " ", &word))
		span_move(span, span->len);
	return word;
}

void span_copy(struct span span, char *ret, size_t size)
{
	size_t len = span.len < size - 1 ? span.len : size - 1;

	for (size_t i = 0; i < len; i++)
		ret[i] = is_plain(span.at[i]) ? span.at[i] : '?';
	ret[len] = '\0';
}

static bool is_name(struct span span)
{
	for (size_t i = 0; i < span.len; i++)
		if (!is_plain(span.at[i]) || strchr(" ?<>()[]", span.at[i]))
			return false;
	return span.len > 0;
}

/* The module's name in "[name]", "[name 0123abcd]" with its build id. */
static void module_name(struct span rest, char *module)
{
	struct span inside;

	module[0] = '\0';
	span_skip_spaces(&rest);
	if (!span_skip(&rest, "[") || !span_find(&rest, "]", &inside))
		return;
	struct span name = span_word(&inside);
	if (is_name(name))
		span_copy(name, module, CRASH_MODULE_MAX);
}

bool span_symbol(struct span span, char *symbol, char *module)
{
	struct span rest = span, name;
	uint64_t offset, size;

	if (!span_find(&rest, "+0x", &name) || !is_name(name) || !span_hex(&rest, &offset))
		return false;
	struct span text = { span.at, (size_t)(rest.at - span.at) };
	if (!span_skip(&rest, "/0x") || !span_hex(&rest, &size) || text.len >= CRASH_SYMBOL_MAX)
		return false;

	span_copy(text, symbol, CRASH_SYMBOL_MAX);
	module_name(rest, module);
	return true;
}
