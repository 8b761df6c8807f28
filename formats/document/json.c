// SPDX-License-Identifier: LGPL-2.1-or-later
/* The whole document as one JSON object, for machines. */
#include "formats/document/json_node.h"

#include <assert.h>
#include <inttypes.h>

#include "formats/document/document_output.h"
#include "include/error.h"

bool json_has_node(const struct document_node *node)
{
	if (node->type == NODE_TEXT)
		return false;
	return node->key || !node->parent || node->parent->type == NODE_ARRAY;
}

static json_t *json_count(uint64_t number)
{
	char digits[32];

	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return json_string(digits);
}

static json_t *json_hex(uint64_t number)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "0x%" PRIx64, number);
	return json_string(digits);
}

/* The value without its children; NULL: no memory. */
static json_t *json_value(const struct document_node *node)
{
	switch (node->type) {
	case NODE_OBJECT:
		return json_object();
	case NODE_ARRAY:
		return json_array();
	case NODE_STRING:
	case NODE_TEXT:
		return json_string(node->string ? node->string : "");
	case NODE_BOOL:
		return json_boolean(node->boolean);
	case NODE_COUNT:
		return json_count(node->number);
	case NODE_INTEGER:
	case NODE_BYTES:
		return json_integer(node->bytes);
	case NODE_HEX:
		return json_hex(node->number);
	case NODE_NULL:
		return json_null();
	}
	return NULL;
}

/* Takes @child, also when it fails. */
static int json_attach(json_t *parent, const struct document_node *node, json_t *child)
{
	if (json_is_array(parent))
		return json_array_append_new(parent, child);

	assert(!json_object_get(parent, node->key));
	return json_object_set_new(parent, node->key, child);
}

/* The depth of a document is bounded by its builder. */
static json_t *json_build(const struct document_node *node)
{
	json_t *json = json_value(node);

	if (!json)
		return NULL;
	if (node->type != NODE_OBJECT && node->type != NODE_ARRAY)
		return json;

	for (const struct document_node *child = node->first; child; child = child->next) {
		if (json_has_node(child) && json_attach(json, child, json_build(child))) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

struct error *json_from_node(const struct document_node *node, json_t **ret)
{
	json_t *json = json_build(node);

	if (!json)
		return error_nomem();

	*ret = json;
	return NULL;
}

struct error *json_print(const json_t *json, size_t flags, FILE *out)
{
	int failed = json_dumpf(json, out, flags | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);

	if (!failed)
		putc('\n', out);
	if (ferror(out))
		return output_flush(out);
	return failed ? error_nomem() : NULL;
}

static struct error *json_write(const struct document *document,
				const struct document_options *options, FILE *out)
{
	json_auto_t *json = NULL;

	if (options->columns)
		return error_new(ERROR_USAGE, "columns cannot be chosen in the format json, "
					      "which always holds everything");

	struct error *err = json_from_node(output_root(document), &json);
	if (!err)
		err = json_print(json, options->compact ? JSON_COMPACT : JSON_INDENT(2), out);
	return err ? err : output_flush(out);
}

const struct document_format json_format = {
	.name = "json",
	.help = "one JSON object",
	.write = json_write,
};
