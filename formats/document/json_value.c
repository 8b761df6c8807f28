// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON values that were read, as parts of a document. */
#include "formats/document/json_value.h"

/* The depth of a report is bounded when it is read. */
static struct document_node *add_object(struct document_node *parent, const char *key,
					const json_t *object)
{
	struct document_node *node = document_object(parent, key, NULL);
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)object, name, member) json_value_add(node, name, member);
	return node;
}

static struct document_node *add_array(struct document_node *parent, const char *key,
				       const json_t *array)
{
	struct document_node *node = document_array(parent, key, NULL);

	for (size_t i = 0; i < json_array_size(array); i++)
		json_value_add(node, NULL, json_array_get(array, i));
	return node;
}

struct document_node *json_value_add(struct document_node *parent, const char *key,
				     const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return add_object(parent, key, value);
	case JSON_ARRAY:
		return add_array(parent, key, value);
	case JSON_STRING:
		return document_string(parent, key, NULL, "%s", json_string_value(value));
	case JSON_INTEGER:
		return document_bytes(parent, key, NULL, json_integer_value(value));
	case JSON_REAL:
		return document_string(parent, key, NULL, "%.17g", json_real_value(value));
	case JSON_TRUE:
	case JSON_FALSE:
		return document_bool(parent, key, NULL, json_is_true(value));
	case JSON_NULL:
		break;
	}
	return document_null(parent, key, NULL);
}
