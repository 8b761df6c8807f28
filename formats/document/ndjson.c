// SPDX-License-Identifier: LGPL-2.1-or-later
/* The elements of the first list of a document, one JSON value a line. */
#include "formats/document/columns.h"
#include "formats/document/json_node.h"
#include "formats/document/document_output.h"
#include "include/error.h"

static const struct document_node *first_list(const struct document_node *root)
{
	for (const struct document_node *node = root->first; node; node = node->next) {
		if (node->type == NODE_ARRAY && node->key)
			return node;
	}
	return NULL;
}

/* Puts the members that @columns name into @ret in this order. */
static struct error *line_choose(const struct columns *columns, const json_t *line, json_t **ret)
{
	json_auto_t *chosen = json_object();

	for (size_t i = 0; chosen && i < columns->count; i++) {
		json_t *value = json_object_get(line, columns->list[i].key);

		if (value && json_object_set(chosen, columns->list[i].key, value))
			return error_nomem();
	}
	if (!chosen)
		return error_nomem();
	*ret = take_ptr(chosen);
	return NULL;
}

/* @columns: NULL for all. */
static struct error *line_write(const struct document_node *element, const struct columns *columns,
				FILE *out)
{
	json_auto_t *line = NULL, *chosen = NULL;
	struct error *err = json_from_node(element, &line);

	if (!err && columns)
		err = line_choose(columns, line, &chosen);
	return err ? err : json_print(chosen ? chosen : line, JSON_COMPACT, out);
}

static struct error *lines_write(const struct document_node *list, const struct columns *columns,
				 FILE *out)
{
	for (const struct document_node *element = list->first; element; element = element->next) {
		struct error *err = NULL;

		if (json_has_node(element))
			err = line_write(element, columns, out);
		if (err)
			return err;
	}
	return output_flush(out);
}

static struct error *ndjson_write(const struct document *document,
				  const struct document_options *options, FILE *out)
{
	const struct document_node *list = first_list(output_root(document));

	if (!list)
		return error_new(ERROR_USAGE, "this report has no list to write line by line; "
					      "the format json takes it");
	if (!options->columns || !list->first)
		return lines_write(list, NULL, out);
	if (!columns_fit(list))
		return error_new(ERROR_USAGE, "this report has no columns to choose from");

	_cleanup_(columns_deinit) struct columns columns = { 0 };
	struct error *err = columns_find(list, &columns);
	if (!err)
		err = columns_choose(&columns, options->columns);
	return err ? err : lines_write(list, &columns, out);
}

const struct document_format ndjson_format = {
	.name = "ndjson",
	.help = "only of lists: one JSON object a line for each element",
	.lists_only = true,
	.of_lines = &json_format,
	.write = ndjson_write,
};
