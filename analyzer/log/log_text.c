// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines as people know them, and nothing in them that acts on a terminal. */
#include "analyzer/log/log_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/plain_text.h"
#include "include/vector.h"

enum {
	ESCAPED = 4,	 /* bytes of \xNN */
	PREFIX_MAX = 32, /* of a line */
};

static const uint64_t SECOND_NS = 1000000000, MICROSECOND_NS = 1000;

static const char *const levels[LOG_LEVELS] = {
	"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug",
};

bool log_level_parse(const char *text, uint8_t *ret)
{
	for (uint8_t level = 0; level < LOG_LEVELS; level++) {
		const char number[] = { (char)('0' + level), '\0' };

		*ret = level;
		if (strcmp(text, levels[level]) == 0 || strcmp(text, number) == 0)
			return true;
	}
	return false;
}

bool log_is_wanted(const struct log_record *record, const struct log_selection *selection)
{
	return record->level <= selection->level_max || record->level == LOG_LEVEL_UNKNOWN;
}

size_t log_first_wanted(const struct kernel_log *log, const struct log_selection *selection)
{
	size_t first = log->count, found = 0;

	if (!selection->tail)
		return 0;
	while (first && found < selection->tail)
		found += log_is_wanted(&log->records[--first], selection);
	return first;
}

/* Room for @bytes more, and a NUL. */
static struct error *buffer_reserve(struct log_buffer *buffer, size_t bytes)
{
	return vector_reserve(buffer->text, buffer->room, buffer->bytes + bytes + 1);
}

static struct error *add_bytes(struct log_buffer *buffer, const char *bytes, size_t count)
{
	struct error *err = buffer_reserve(buffer, count);

	if (err)
		return err;
	memcpy(buffer->text + buffer->bytes, bytes, count);
	buffer->bytes += count;
	buffer->text[buffer->bytes] = '\0';
	return NULL;
}

/* A piece of text without line breaks. */
static struct error *add_clean(struct log_buffer *buffer, const char *text, size_t len)
{
	struct error *err = buffer_reserve(buffer, len * ESCAPED);

	if (err)
		return err;
	for (size_t i = 0; i < len; i++) {
		char *to = buffer->text + buffer->bytes;

		if (is_plain(text[i]) || text[i] == '\t')
			*to = text[i];
		else
			snprintf(to, ESCAPED + 1, "\\x%02x", (unsigned char)text[i]);
		buffer->bytes += is_plain(text[i]) || text[i] == '\t' ? 1 : ESCAPED;
	}
	buffer->text[buffer->bytes] = '\0';
	return NULL;
}

/* All lines of a record; @indent spaces before each but the first. */
static struct error *add_lines(struct log_buffer *buffer, const char *text, size_t len,
			       size_t indent)
{
	static const char spaces[PREFIX_MAX + 1] = "\n                               ";

	for (;;) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;
		struct error *err = add_clean(buffer, text, line);

		if (!err && end)
			err = add_bytes(buffer, spaces, indent + 1);
		if (err || !end)
			return err;
		text += line + 1;
		len -= line + 1;
	}
}

struct error *log_add_text(struct log_buffer *buffer, const struct kernel_log *log, size_t record)
{
	return add_lines(buffer, log_text(log, record), log->records[record].text_len, 0);
}

struct error *log_add_line(struct log_buffer *buffer, const struct kernel_log *log, size_t record)
{
	const struct log_record *found = &log->records[record];
	const char *end = found->is_torn ? " [torn]\n" : "\n";
	char prefix[PREFIX_MAX];

	if (!found->text_len)
		return NULL;
	int indent =
		snprintf(prefix, sizeof(prefix), "[%5" PRIu64 ".%06" PRIu64 "] ",
			 found->time_ns / SECOND_NS, found->time_ns % SECOND_NS / MICROSECOND_NS);
	struct error *err = add_bytes(buffer, prefix, (size_t)indent);
	if (!err)
		err = add_lines(buffer, log_text(log, record), found->text_len, (size_t)indent);
	return err ? err : add_bytes(buffer, end, strlen(end));
}
