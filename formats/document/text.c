// SPDX-License-Identifier: LGPL-2.1-or-later
/* The document for people: headings, "label: value" lines, tables, sentences. */
#include <limits.h>
#include <locale.h>
#include <string.h>

#include "formats/document/columns.h"
#include "formats/document/document_output.h"
#include "formats/document/table.h"
#include "formats/document/value.h"
#include "formats/document/width.h"
#include "include/error.h"

enum {
	INDENT = 2,
	WRAP_WIDTH = 80,     /* of sentences where the width is not known */
	WRAP_WIDTH_MIN = 20, /* what is left for words however narrow the terminal is */
	NO_WRAP = INT_MAX,
};

struct text_writer {
	const struct document_options *options;
	FILE *out;
	bool has_table; /* the table that options->columns is about has been seen */
};

/* How a part is shown; the same follow each other without a blank line, but blocks. */
enum shape {
	SHAPE_NONE,
	SHAPE_WORDS,
	SHAPE_LINE,  /* label: value */
	SHAPE_BLOCK, /* a heading with what belongs to it */
};

/* --- words ------------------------------------------------------------------- */

/* Words on lines: begun at @indent, or where the cursor is already (@placed). */
struct wrap {
	FILE *out;
	const char *color; /* or NULL */
	unsigned width, indent;
	bool placed;
};

static void line_begin(const struct wrap *wrap, unsigned indent)
{
	if (!wrap->placed)
		fprintf(wrap->out, "%*s", (int)indent, "");
	fputs(wrap->color ? wrap->color : "", wrap->out);
}

static void line_end(const struct wrap *wrap)
{
	fprintf(wrap->out, "%s\n", wrap->color ? COLOR_RESET : "");
}

/* One line of the source, which may become several; further ones keep its indent. */
static void wrap_line(struct wrap *wrap, const char *line, size_t length)
{
	size_t at = strspn(line, " ");
	unsigned indent = wrap->indent + (at < length ? at : 0);
	unsigned room =
		wrap->width > indent + WRAP_WIDTH_MIN ? wrap->width - indent : WRAP_WIDTH_MIN;
	unsigned used = 0;

	if (at >= length) {
		putc('\n', wrap->out);
		wrap->placed = false;
		return;
	}
	line_begin(wrap, indent);
	while (at < length) {
		size_t gap = used ? strspn(line + at, " ") : 0;
		size_t word = strcspn(line + at + gap, " \n");
		unsigned width = text_width(line + at + gap, word);

		if (!word)
			break;
		if (used && used + gap + width > room) {
			line_end(wrap);
			wrap->placed = false;
			line_begin(wrap, indent);
			used = 0;
			gap = 0;
			at += strspn(line + at, " ");
		}
		fwrite(line + at, 1, gap + word, wrap->out);
		used += gap + width;
		at += gap + word;
	}
	line_end(wrap);
	wrap->placed = false;
}

static void wrap_text(struct wrap *wrap, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\n");

		wrap_line(wrap, text, length);
		if (!text[length])
			break;
		text += length + 1;
	}
}

static const char *color_of(const struct text_writer *writer, enum document_style style)
{
	return writer->options->color ? style_color(style) : NULL;
}

static void words_write(struct text_writer *writer, const struct document_node *node,
			unsigned indent)
{
	unsigned width = writer->options->width ? writer->options->width : WRAP_WIDTH;
	struct wrap wrap = {
		.out = writer->out,
		.color = color_of(writer, node->style),
		.width = node->style == STYLE_VERBATIM ? NO_WRAP : width,
		.indent = indent,
	};

	wrap_text(&wrap, node->string ? node->string : "");
}

/* --- shapes ------------------------------------------------------------------ */

static bool is_block(const struct document_node *node)
{
	if (node->type == NODE_OBJECT)
		return true;
	return columns_fit(node) && (node->first || !node->parent->parent);
}

static enum shape shape_of(const struct document_node *node);

static bool has_shape(const struct document_node *object)
{
	for (const struct document_node *child = object->first; child; child = child->next) {
		if (shape_of(child) != SHAPE_NONE)
			return true;
	}
	return false;
}

static enum shape shape_of(const struct document_node *node)
{
	if (node->type == NODE_TEXT)
		return SHAPE_WORDS;
	if (!node->label || (node->type == NODE_OBJECT && !has_shape(node)))
		return SHAPE_NONE;
	return is_block(node) ? SHAPE_BLOCK : SHAPE_LINE;
}

/* --- lines ------------------------------------------------------------------- */

/* Columns that the longest label takes. */
static unsigned labels_width(const struct document_node *object)
{
	unsigned widest = 0;

	for (const struct document_node *node = object->first; node; node = node->next) {
		if (shape_of(node) != SHAPE_LINE)
			continue;

		unsigned width = text_width(node->label, strlen(node->label));
		if (width > widest)
			widest = width;
	}
	return widest;
}

static struct error *line_write(struct text_writer *writer, const struct document_node *node,
				unsigned indent, unsigned label_width)
{
	_cleanup_free_ char *value = NULL;
	struct error *err = value_format(node, &value);
	int pad = (int)(label_width - text_width(node->label, strlen(node->label)) + 1);
	struct wrap wrap = {
		.out = writer->out,
		.color = color_of(writer, node->style),
		.width = writer->options->width ? writer->options->width : NO_WRAP,
		.indent = indent + label_width + 2,
		.placed = true,
	};

	if (err)
		return err;
	fprintf(writer->out, "%*s%s:", (int)indent, "", node->label);
	if (value[strspn(value, " ")])
		fprintf(writer->out, "%*s", pad, "");
	wrap_text(&wrap, value);
	return NULL;
}

/* --- blocks ------------------------------------------------------------------ */

static void heading_write(struct text_writer *writer, const struct document_node *node,
			  unsigned indent)
{
	const char *color = color_of(writer, node->style);

	fprintf(writer->out, "%*s", (int)indent, "");
	if (writer->options->color)
		fprintf(writer->out, COLOR_BOLD "%s", color ? color : "");
	fprintf(writer->out, "%s%s", node->label, indent ? ":" : "");
	fprintf(writer->out, "%s\n", writer->options->color ? COLOR_RESET : "");
}

static bool is_list_empty(const struct document_node *array)
{
	for (const struct document_node *row = array->first; row; row = row->next) {
		if (row->type != NODE_TEXT)
			return false;
	}
	return true;
}

static struct error *rows_write(struct text_writer *writer, const struct document_node *array,
				unsigned indent)
{
	_cleanup_free_ char *table = NULL;
	const char *wanted = writer->has_table ? NULL : writer->options->columns;
	unsigned width = writer->options->width;

	writer->has_table = true;
	if (is_list_empty(array)) {
		fprintf(writer->out, "%*s(none)\n", (int)indent, "");
		return NULL;
	}
	if (width)
		width = width > indent ? width - indent : 1;
	struct error *err = table_format(array, writer->options->color, width, wanted, &table);
	if (err)
		return err;

	for (char *line = table, *next = table; next && *line; line = next) {
		strsep(&next, "\n");
		fprintf(writer->out, "%*s%s\n", *line ? (int)indent : 0, "", line);
		if (!next)
			break;
	}
	return NULL;
}

static struct error *array_write(struct text_writer *writer, const struct document_node *array,
				 unsigned indent)
{
	for (const struct document_node *node = array->first; node; node = node->next) {
		if (node->type == NODE_TEXT)
			words_write(writer, node, indent);
	}
	return rows_write(writer, array, indent);
}

static struct error *members_write(struct text_writer *writer, const struct document_node *object,
				   unsigned indent);

/* An empty label: no heading, and no indentation for one. */
static struct error *block_write(struct text_writer *writer, const struct document_node *node,
				 unsigned indent)
{
	if (*node->label) {
		heading_write(writer, node, indent);
		indent += INDENT;
	}
	if (node->type == NODE_ARRAY)
		return array_write(writer, node, indent);
	return members_write(writer, node, indent);
}

/* The depth of a document is bounded by its builder. */
static struct error *members_write(struct text_writer *writer, const struct document_node *object,
				   unsigned indent)
{
	unsigned label_width = labels_width(object);
	enum shape before = SHAPE_NONE;

	for (const struct document_node *node = object->first; node; node = node->next) {
		enum shape shape = shape_of(node);
		struct error *err = NULL;

		if (shape == SHAPE_NONE)
			continue;
		if (before != SHAPE_NONE && (shape != before || shape == SHAPE_BLOCK))
			putc('\n', writer->out);
		before = shape;

		if (shape == SHAPE_WORDS)
			words_write(writer, node, indent);
		else if (shape == SHAPE_LINE)
			err = line_write(writer, node, indent, label_width);
		else
			err = block_write(writer, node, indent);
		if (err)
			return err;
	}
	return NULL;
}

/* --- all of it --------------------------------------------------------------- */

/* Documents are UTF-8 whatever the user's locale is; widths are counted so. */
static locale_t locale_enter(locale_t *made_ret)
{
	*made_ret = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return *made_ret ? uselocale(*made_ret) : (locale_t)0;
}

static void locale_leave(locale_t made, locale_t before)
{
	if (!made)
		return;
	uselocale(before);
	freelocale(made);
}

/* The whole text into memory: a document that cannot be shown shows nothing. */
static struct error *text_render(const struct document *document,
				 const struct document_options *options, char **ret,
				 size_t *size_ret)
{
	_cleanup_free_ char *text = NULL;
	struct text_writer writer = { .options = options };
	locale_t made, before = locale_enter(&made);
	struct error *err = NULL;

	writer.out = open_memstream(&text, size_ret);
	if (writer.out)
		err = members_write(&writer, output_root(document), 0);
	locale_leave(made, before);
	if (!writer.out || fclose(writer.out)) {
		error_destroy(err);
		return error_nomem();
	}
	if (!err && options->columns && !writer.has_table)
		err = error_new(ERROR_USAGE, "this report has no table to choose columns of");
	if (!err)
		*ret = take_ptr(text);
	return err;
}

static struct error *text_write(const struct document *document,
				const struct document_options *options, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	struct error *err = text_render(document, options, &text, &size);

	return err ? err : output_write(out, text, size);
}

const struct document_format text_format = {
	.name = "text",
	.help = "headings, lines and tables for people",
	.of_lines = &text_format,
	.write = text_write,
};
