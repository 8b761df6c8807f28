// SPDX-License-Identifier: LGPL-2.1-or-later
/* A part of the document as a JSON value. */
#ifndef VMEMSCOPE_JSON_NODE_H
#define VMEMSCOPE_JSON_NODE_H

#include <jansson.h>
#include <stdio.h>

#include "include/document.h"

/* What is for people only (text, members without a key) is not in JSON. */
bool json_has_node(const struct document_node *node);

/*
 * The value of @node with all that is below it. Addresses and frame numbers are
 * strings, "0x" and lower-case digits. A count above 2^63 - 1, the greatest
 * integer that JSON libraries agree on, is a string of decimal digits.
 */
struct error *json_from_node(const struct document_node *node, json_t **ret);

/* Writes @json and a newline, without a flush. */
struct error *json_print(const json_t *json, size_t flags, FILE *out);

#endif
