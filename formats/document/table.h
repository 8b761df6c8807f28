// SPDX-License-Identifier: LGPL-2.1-or-later
/* A list of objects as a table of text. */
#ifndef VMEMSCOPE_TABLE_H
#define VMEMSCOPE_TABLE_H

#include "include/document.h"

/*
 * The lines of the table of @array (columns_fit() and not empty), without blanks
 * at their ends and no newline after the last; the caller frees them. @width: 0
 * for no limit; otherwise sentences are wrapped in their column to fit, names and
 * numbers never. @wanted: as columns in struct document_options.
 */
struct error *table_format(const struct document_node *array, bool color, size_t width,
			   const char *wanted, char **ret);

#endif
