// SPDX-License-Identifier: LGPL-2.1-or-later
/* A list of objects as a table of text; the only user of libsmartcols. */
#include "formats/document/table.h"

#include <libsmartcols.h>
#include <string.h>

#include "formats/document/columns.h"
#include "formats/document/value.h"
#include "formats/document/width.h"
#include "include/error.h"

enum {
	/* Text up to here stays on one line. */
	NAME_WIDTH_MAX = 20,
};

static void table_unrefp(struct libscols_table **table)
{
	scols_unref_table(*table);
}

/* -ENOMEM is the only failure of the calls used here. */
static struct error *scols_error(int rc)
{
	return rc ? error_nomem() : NULL;
}

static struct error *header_add(struct libscols_table *table, const struct column *column)
{
	bool right = column->is_number && !column->is_text;
	const char *title = column->label ? column->label : column->key;
	struct libscols_column *made =
		scols_table_new_column(table, title, 0, right ? SCOLS_FL_RIGHT : 0);

	if (!made)
		return error_nomem();
	return scols_error(scols_cell_set_color(scols_column_get_header(made), COLOR_BOLD));
}

static struct error *cell_set(struct libscols_line *line, size_t at,
			      const struct document_node *node)
{
	const char *color = style_color(node->style);
	char *text;
	struct error *err = value_format(node, &text);

	if (err)
		return err;
	if (scols_line_refer_data(line, at, text)) {
		free(text);
		return error_nomem();
	}
	return scols_error(scols_cell_set_color(scols_line_get_cell(line, at), color));
}

static struct error *line_add(struct libscols_table *table, const struct columns *columns,
			      const struct document_node *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	size_t at = 0;

	if (!line || scols_line_set_color(line, style_color(row->style)))
		return error_nomem();

	for (const struct document_node *member = row->first; member; member = member->next) {
		size_t found = columns_index(columns, member, at);

		if (found == columns->count || member->type == NODE_TEXT)
			continue;

		struct error *err = cell_set(line, found, member);
		if (err)
			return err;
		at = found + 1;
	}
	return NULL;
}

static struct error *lines_add(struct libscols_table *table, const struct columns *columns,
			       const struct document_node *array)
{
	for (const struct document_node *row = array->first; row; row = row->next) {
		struct error *err = NULL;

		if (row->type != NODE_TEXT)
			err = line_add(table, columns, row);
		if (err)
			return err;
	}
	return NULL;
}

static void iterp(struct libscols_iter **iter)
{
	scols_free_iter(*iter);
}

static bool cell_is_sentence(const char *text)
{
	return strchr(text, ' ') && text_width(text, strlen(text)) > NAME_WIDTH_MAX;
}

static struct error *column_limit(struct libscols_table *table, size_t at)
{
	_cleanup_(iterp) struct libscols_iter *iter = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_column *column = scols_table_get_column(table, at);
	struct libscols_line *line;

	if (!iter)
		return error_nomem();
	while (!scols_table_next_line(table, iter, &line)) {
		const char *text = scols_line_get_column_data(line, column);

		if (text && cell_is_sentence(text))
			return scols_error(scols_column_set_flags(column, SCOLS_FL_TRUNC));
	}
	return NULL;
}

/* Sentences may be wrapped to fit @width; names and numbers may not. */
static struct error *table_limit(struct libscols_table *table, const struct columns *columns,
				 size_t width)
{
	int force = width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER;

	if (scols_table_set_termforce(table, force))
		return error_nomem();
	if (!width)
		return NULL;

	for (size_t i = 0; i < columns->count; i++) {
		struct error *err = columns->list[i].is_text ? column_limit(table, i) : NULL;

		if (err)
			return err;
	}
	return scols_error(scols_table_set_termwidth(table, width));
}

static struct error *table_print(struct libscols_table *table, char **ret)
{
	/* A table without columns is none to the library. */
	if (!scols_table_get_ncols(table))
		*ret = strdup("");
	else if (scols_print_table_to_string(table, ret))
		*ret = NULL;
	return *ret ? NULL : error_nomem();
}

static struct error *table_make(const struct document_node *array, const struct columns *columns,
				bool color, struct libscols_table *table)
{
	if (scols_table_enable_colors(table, color) ||
	    scols_table_set_column_separator(table, "  "))
		return error_nomem();

	for (size_t i = 0; i < columns->count; i++) {
		struct error *err = header_add(table, &columns->list[i]);

		if (err)
			return err;
	}
	return lines_add(table, columns, array);
}

static struct error *cell_wrap(struct libscols_line *line, struct libscols_column *column,
			       unsigned width)
{
	const char *text = scols_line_get_column_data(line, column);
	char *wrapped = text ? text_wrap(text, width) : NULL;

	if (!text)
		return NULL;
	if (!wrapped || scols_line_refer_column_data(line, column, wrapped)) {
		free(wrapped);
		return error_nomem();
	}
	return NULL;
}

static struct error *column_wrap(struct libscols_table *table, struct libscols_column *column)
{
	_cleanup_(iterp) struct libscols_iter *iter = scols_new_iter(SCOLS_ITER_FORWARD);
	unsigned width = scols_column_get_width(column);
	struct libscols_line *line;
	struct error *err = NULL;

	if (!iter || scols_column_set_flags(column, SCOLS_FL_WRAP) ||
	    scols_column_set_safechars(column, "\n") ||
	    scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL))
		return error_nomem();

	while (!err && !scols_table_next_line(table, iter, &line))
		err = cell_wrap(line, column, width);
	return err;
}

/*
 * The library would cut what does not fit, or break it inside words: it only
 * decides on the widths, by printing the table once.
 */
static struct error *table_wrap(struct libscols_table *table)
{
	_cleanup_free_ char *cut = NULL;
	struct error *err = table_print(table, &cut);

	for (size_t i = 0; !err && i < scols_table_get_ncols(table); i++) {
		struct libscols_column *column = scols_table_get_column(table, i);

		if (scols_column_is_trunc(column))
			err = column_wrap(table, column);
	}
	return err;
}

/* Past the last character of the line [@start, @end) that can be seen. */
static char *line_visible_end(char *start, char *end)
{
	char *visible = start;

	while (start < end) {
		char *escape_end = *start == '\033' ? memchr(start, 'm', end - start) : NULL;

		if (escape_end) {
			start = escape_end + 1;
			continue;
		}
		if (*start++ != ' ')
			visible = start;
	}
	return visible;
}

/* Takes the blanks off the ends of lines, in place; ends every line. */
static void lines_trim(char *text)
{
	char *to = text;

	while (*text) {
		char *end = strchrnul(text, '\n'), *visible = line_visible_end(text, end);
		bool reset = memmem(visible, end - visible, COLOR_RESET, strlen(COLOR_RESET));

		memmove(to, text, visible - text);
		to += visible - text;
		if (reset)
			to = mempcpy(to, COLOR_RESET, strlen(COLOR_RESET));
		text = *end ? end + 1 : end;
		if (*text)
			*to++ = '\n';
	}
	*to = '\0';
}

struct error *table_format(const struct document_node *array, bool color, size_t width,
			   const char *wanted, char **ret)
{
	_cleanup_(columns_deinit) struct columns columns = { 0 };
	_cleanup_(table_unrefp) struct libscols_table *table = scols_new_table();
	char *text = NULL;
	struct error *err = columns_find(array, &columns);

	if (!err)
		err = columns_choose(&columns, wanted);
	if (err)
		return err;
	if (!table)
		return error_nomem();

	err = table_make(array, &columns, color, table);
	if (!err)
		err = table_limit(table, &columns, width);
	if (!err && width)
		err = table_wrap(table);
	if (!err)
		err = table_print(table, &text);
	if (err)
		return err;

	lines_trim(text);
	*ret = text;
	return NULL;
}
