// SPDX-License-Identifier: LGPL-2.1-or-later
/* One value as people read it, and the colours of styles. */
#include "formats/document/value.h"

#include <inttypes.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"

const char *style_color(enum document_style style)
{
	static const char *const colors[] = {
		[STYLE_HEADING] = COLOR_BOLD, [STYLE_GOOD] = "\033[32m",  [STYLE_NOTE] = "\033[36m",
		[STYLE_WARNING] = "\033[33m", [STYLE_ERROR] = "\033[31m", [STYLE_DIM] = "\033[2m",
		[STYLE_VERBATIM] = NULL,
	};

	return colors[style];
}

/* Room for any value but a text or one with parts. */
enum { SCALAR_SIZE = 32 };

static const char *bytes_text(int64_t bytes, char buf[SCALAR_SIZE])
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	enum { LAST_UNIT = COUNT_OF(units) - 1 };
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	const char *sign = bytes < 0 ? "-" : "";
	unsigned unit = 0;

	while (unit < LAST_UNIT && size >> 10 * (unit + 1))
		unit++;

	uint64_t one = UINT64_C(1) << 10 * unit;
	uint64_t tenths = size / one * 10 + (size % one * 10 + one / 2) / one;
	if (size % one && tenths == 10240 && unit < LAST_UNIT) {
		tenths = 10;
		unit++;
	}
	if (size % one)
		snprintf(buf, SCALAR_SIZE, "%s%" PRIu64 ".%" PRIu64 " %s", sign, tenths / 10,
			 tenths % 10, units[unit]);
	else
		snprintf(buf, SCALAR_SIZE, "%s%" PRIu64 " %s", sign, size / one, units[unit]);
	return buf;
}

/* The text of @node, in @buf if it is not at hand; NULL if it has parts. */
static const char *scalar_text(const struct document_node *node, char buf[SCALAR_SIZE])
{
	switch (node->type) {
	case NODE_STRING:
	case NODE_TEXT:
		return node->string ? node->string : "";
	case NODE_BOOL:
		return node->boolean ? "yes" : "no";
	case NODE_COUNT:
		snprintf(buf, SCALAR_SIZE, "%" PRIu64, node->number);
		return buf;
	case NODE_INTEGER:
		snprintf(buf, SCALAR_SIZE, "%" PRId64, node->bytes);
		return buf;
	case NODE_BYTES:
		return bytes_text(node->bytes, buf);
	case NODE_HEX:
		snprintf(buf, SCALAR_SIZE, "0x%" PRIx64, node->number);
		return buf;
	case NODE_NULL:
		return "-";
	case NODE_OBJECT:
	case NODE_ARRAY:
		break;
	}
	return NULL;
}

static bool is_part(const struct document_node *parent, const struct document_node *node)
{
	return node->type != NODE_TEXT && (parent->type == NODE_ARRAY || node->label);
}

static void parts_print(const struct document_node *parent, FILE *out)
{
	const char *separator = "";

	for (const struct document_node *part = parent->first; part; part = part->next) {
		if (!is_part(parent, part))
			continue;
		fputs(separator, out);
		if (parent->type == NODE_OBJECT)
			fprintf(out, "%s ", part->label);
		value_print(part, out);
		separator = ", ";
	}
	if (!*separator)
		fputs("(none)", out);
}

/* The depth of a document is bounded by its builder. */
void value_print(const struct document_node *node, FILE *out)
{
	char buf[SCALAR_SIZE];
	const char *scalar = scalar_text(node, buf);

	if (scalar)
		fputs(scalar, out);
	else
		parts_print(node, out);
}

static struct error *parts_format(const struct document_node *node, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return error_nomem();
	parts_print(node, out);
	if (fclose(out))
		return error_nomem();
	*ret = take_ptr(text);
	return NULL;
}

/* Few values have parts; the others need no stream, whose buffer alone is 8 KiB. */
struct error *value_format(const struct document_node *node, char **ret)
{
	char buf[SCALAR_SIZE];
	const char *scalar = scalar_text(node, buf);

	if (!scalar)
		return parts_format(node, ret);
	*ret = strdup(scalar);
	return *ret ? NULL : error_nomem();
}
