// SPDX-License-Identifier: LGPL-2.1-or-later
/* A list of objects seen as a table: which columns there are, which are wanted. */
#include "formats/document/columns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "include/error.h"
#include "include/document.h"
#include "include/vector.h"

void columns_deinit(struct columns *columns)
{
	free(columns->list);
	*columns = (struct columns){ 0 };
}

bool columns_fit(const struct document_node *node)
{
	if (node->type != NODE_ARRAY)
		return false;

	for (const struct document_node *row = node->first; row; row = row->next) {
		if (row->type != NODE_TEXT)
			return row->type == NODE_OBJECT;
	}
	return true;
}

static bool is_column_of(const struct column *column, const struct document_node *member)
{
	if (column->key || member->key)
		return column->key && member->key && strcmp(column->key, member->key) == 0;
	return strcmp(column->label, member->label) == 0;
}

size_t columns_index(const struct columns *columns, const struct document_node *member, size_t hint)
{
	if (!member->key && !member->label)
		return columns->count;

	for (size_t i = 0; i < columns->count; i++) {
		size_t at = hint + i < columns->count ? hint + i : (hint + i) % columns->count;

		if (is_column_of(&columns->list[at], member))
			return at;
	}
	return columns->count;
}

/* Before position @at. */
static struct error *columns_insert(struct columns *columns, size_t at, const struct column *column)
{
	struct error *err = vector_reserve(columns->list, columns->room, columns->count + 1);
	struct column *list = columns->list;

	if (err)
		return err;
	memmove(list + at + 1, list + at, (columns->count - at) * sizeof(*list));
	list[at] = *column;
	columns->count++;
	return NULL;
}

static struct error *columns_add(struct columns *columns, const struct column *column)
{
	return columns_insert(columns, columns->count, column);
}

static void column_learn(struct column *column, const struct document_node *member)
{
	if (!column->label)
		column->label = member->label;
	switch (member->type) {
	case NODE_COUNT:
	case NODE_INTEGER:
	case NODE_BYTES:
	case NODE_HEX:
		column->is_number = true;
		break;
	case NODE_OBJECT:
	case NODE_ARRAY:
	case NODE_STRING:
	case NODE_BOOL:
	case NODE_TEXT:
		column->is_text = true;
		break;
	case NODE_NULL:
		break;
	}
}

/* A member that no row had before comes after the one before it in this row. */
static struct error *columns_add_row(struct columns *columns, const struct document_node *row)
{
	size_t next = 0;

	for (const struct document_node *member = row->first; member; member = member->next) {
		if (member->type == NODE_TEXT || (!member->key && !member->label))
			continue;

		size_t at = columns_index(columns, member, next);
		if (at == columns->count) {
			struct column column = { .key = member->key, .label = member->label };
			struct error *err = columns_insert(columns, next, &column);

			if (err)
				return err;
			at = next;
		}
		column_learn(&columns->list[at], member);
		next = at + 1;
	}
	return NULL;
}

struct error *columns_find(const struct document_node *array, struct columns *ret)
{
	_cleanup_(columns_deinit) struct columns columns = { 0 };

	for (const struct document_node *row = array->first; row; row = row->next) {
		struct error *err = columns_add_row(&columns, row);

		if (err)
			return err;
	}
	*ret = columns;
	columns = (struct columns){ 0 };
	return NULL;
}

static struct error *columns_unknown(const struct columns *all, const char *name, size_t length)
{
	_cleanup_free_ char *known = NULL;
	size_t size;
	FILE *out = open_memstream(&known, &size);

	if (!out)
		return error_nomem();
	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].key)
			fprintf(out, "%s%s", ftell(out) ? ", " : "", all->list[i].key);
	}
	if (fclose(out))
		return error_nomem();
	return error_new(ERROR_USAGE, "there is no column '%.*s'; columns are: %s", (int)length,
			 name, known);
}

static const struct column *column_named(const struct columns *columns, const char *name,
					 size_t length)
{
	for (size_t i = 0; i < columns->count; i++) {
		const char *key = columns->list[i].key;

		if (key && strlen(key) == length && memcmp(key, name, length) == 0)
			return &columns->list[i];
	}
	return NULL;
}

static struct error *columns_by_name(const struct columns *all, const char *wanted,
				     struct columns *ret)
{
	for (const char *name = wanted; name; name = strchr(name, ',')) {
		name += *name == ',' && name != wanted;
		size_t length = strcspn(name, ",");
		const struct column *column = column_named(all, name, length);

		if (!column)
			return columns_unknown(all, name, length);
		if (column_named(ret, name, length))
			return error_new(ERROR_USAGE, "the column '%s' is named twice",
					 column->key);

		struct error *err = columns_add(ret, column);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *columns_with_label(const struct columns *all, struct columns *ret)
{
	for (size_t i = 0; i < all->count; i++) {
		struct error *err = all->list[i].label ? columns_add(ret, &all->list[i]) : NULL;

		if (err)
			return err;
	}
	return NULL;
}

struct error *columns_choose(struct columns *columns, const char *wanted)
{
	_cleanup_(columns_deinit) struct columns chosen = { 0 };
	struct error *err = wanted ? columns_by_name(columns, wanted, &chosen)
				   : columns_with_label(columns, &chosen);

	if (err)
		return err;

	columns_deinit(columns);
	*columns = chosen;
	chosen = (struct columns){ 0 };
	return NULL;
}
