// SPDX-License-Identifier: LGPL-2.1-or-later
/* A list of objects seen as a table: which columns there are, which are wanted. */
#ifndef VMEMSCOPE_COLUMNS_H
#define VMEMSCOPE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct document_node;

/* Members with the same key (without one: the same label) are one column. */
struct column {
	const char *key, *label; /* borrowed from the document; not both NULL */
	bool is_text;		 /* some member is more than a number */
	bool is_number;		 /* some member is a number */
};

struct columns {
	struct column *list;
	size_t count, room;
};

/* True if the elements of @node are objects, or if it is an empty array. */
bool columns_fit(const struct document_node *node);

/* The columns of all elements of @array, in the order of their first appearance. */
struct error *columns_find(const struct document_node *array, struct columns *ret);

/*
 * Leaves those whose keys the comma-separated @wanted names, in its order; NULL:
 * those with a label. ERROR_USAGE: there is no such column, or it is named twice.
 */
struct error *columns_choose(struct columns *columns, const char *wanted);

/* The column of @member, searched from @hint on; @columns->count if it has none. */
size_t columns_index(const struct columns *columns, const struct document_node *member,
		     size_t hint);

void columns_deinit(struct columns *columns);

#endif
