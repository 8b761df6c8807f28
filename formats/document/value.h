// SPDX-License-Identifier: LGPL-2.1-or-later
/* One value as people read it, and the colours of styles. */
#ifndef VMEMSCOPE_VALUE_H
#define VMEMSCOPE_VALUE_H

#include <stdio.h>

#include "include/document.h"

#define COLOR_RESET "\033[0m"
#define COLOR_BOLD  "\033[1m"

/* The sequence that begins @style; NULL if it has no colour. */
const char *style_color(enum document_style style);

/*
 * @node on one line, without its label. Of an array: its values, comma-separated
 * ("(none)"); of an object: its members with labels, "label value, label value". Bytes are
 * "512 B", "28 KiB", "1.5 MiB", "-4 GiB": the largest unit that leaves at least one; a
 * decimal only where the figure is not whole.
 */
void value_print(const struct document_node *node, FILE *out);
/* The same into memory that the caller frees. */
struct error *value_format(const struct document_node *node, char **ret);

#endif
