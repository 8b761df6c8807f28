// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON values that were read, as parts of a document. */
#ifndef VMEMSCOPE_JSON_VALUE_H
#define VMEMSCOPE_JSON_VALUE_H

#include <jansson.h>

#include "include/compare.h"
#include "include/document.h"

/* Deeper files are refused; what may be relied on to recurse. */
enum { JSON_DEPTH_MAX = 32 };

const json_t *document_json_root(const struct document_json *json);

/* Adds @value with all that is in it; a number that is not whole as a string. */
struct document_node *json_value_add(struct document_node *parent, const char *key,
				     const json_t *value);

#endif
