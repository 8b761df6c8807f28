// SPDX-License-Identifier: LGPL-2.1-or-later
/* One value as people read it, and the colours of styles. */
#include "formats/report/value.h"

#include <inttypes.h>

#include "include/error.h"

const char *style_color(enum report_style style)
{
	static const char *const colors[] = {
		[STYLE_HEADING] = COLOR_BOLD, [STYLE_GOOD] = "\033[32m",  [STYLE_NOTE] = "\033[36m",
		[STYLE_WARNING] = "\033[33m", [STYLE_ERROR] = "\033[31m", [STYLE_DIM] = "\033[2m",
		[STYLE_VERBATIM] = NULL,
	};

	return colors[style];
}

void value_print_bytes(int64_t bytes, FILE *out)
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	enum { LAST_UNIT = sizeof(units) / sizeof(units[0]) - 1 };
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
		fprintf(out, "%s%" PRIu64 ".%" PRIu64 " %s", sign, tenths / 10, tenths % 10,
			units[unit]);
	else
		fprintf(out, "%s%" PRIu64 " %s", sign, size / one, units[unit]);
}

static bool is_part(const struct report_node *parent, const struct report_node *node)
{
	return node->type != NODE_TEXT && (parent->type == NODE_ARRAY || node->label);
}

static void parts_print(const struct report_node *parent, FILE *out)
{
	const char *separator = "";

	for (const struct report_node *part = parent->first; part; part = part->next) {
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
void value_print(const struct report_node *node, FILE *out)
{
	switch (node->type) {
	case NODE_OBJECT:
	case NODE_ARRAY:
		parts_print(node, out);
		break;
	case NODE_STRING:
	case NODE_TEXT:
		fputs(node->string ? node->string : "", out);
		break;
	case NODE_BOOL:
		fputs(node->boolean ? "yes" : "no", out);
		break;
	case NODE_COUNT:
		fprintf(out, "%" PRIu64, node->number);
		break;
	case NODE_BYTES:
		value_print_bytes(node->bytes, out);
		break;
	case NODE_HEX:
		fprintf(out, "0x%" PRIx64, node->number);
		break;
	case NODE_NULL:
		putc('-', out);
		break;
	}
}

struct error *value_format(const struct report_node *node, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return error_nomem();
	value_print(node, out);
	if (fclose(out))
		return error_nomem();
	*ret = take_ptr(text);
	return NULL;
}
