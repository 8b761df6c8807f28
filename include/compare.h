// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reports that were written as JSON, and what is different between two of them.
 * What the parts of a report mean, and which of them matter, the caller says with
 * a struct compare_rules.
 */
#ifndef VMEMSCOPE_COMPARE_H
#define VMEMSCOPE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct document;
struct document_node;

/* --- reports ----------------------------------------------------------------- */

/* What a file must be to be taken: its "schema", and the newest known "schema_version". */
struct report_kind {
	const char *schema;
	unsigned version;
};

struct document_json;

/* True if the first byte of a regular file, but for white space, is '{'. */
bool document_json_probe(const char *path);

/*
 * The report in the file @path. ERROR_NOT_FOUND, ERROR_OS; ERROR_CORRUPT: no JSON;
 * ERROR_UNSUPPORTED: no report of @kind, a newer one, or a file beyond all bounds.
 */
struct error *document_json_load(const char *path, const struct report_kind *kind,
				 struct document_json **ret);

/* The same of a report in memory, which came from @path. */
struct error *document_json_from(const char *path, const struct document *document,
				 struct document_json **ret);

void document_json_destroy(struct document_json *json); /* NULL is allowed */
const char *document_json_path(const struct document_json *json);

/* The string at root.@object.@key; NULL if there is none. Borrowed. */
const char *document_json_text(const struct document_json *json, const char *object,
			       const char *key);

/* Whether root.@key is true. */
bool document_json_flag(const struct document_json *json, const char *key);

/* --- comparing ------------------------------------------------------------------ */

enum { COMPARE_KEYS_MAX = 4 };

/*
 * How the elements of the lists at @path are identified: by these members together,
 * or, with @first_known, by the first of them that is not null. Without members:
 * by the elements' own values. A list that no row fits is compared by position.
 */
struct compare_list {
	const char *path; /* a pattern */
	const char *keys[COMPARE_KEYS_MAX];
	bool first_known;
};

/*
 * Patterns are those of fnmatch(3), for the whole path; but '[' and ']' stand for
 * themselves. What fits a container holds for all that is in it.
 */
struct compare_rules {
	const struct compare_list *lists;
	size_t list_count;
	const char *const *immaterial; /* differ without mattering */
	size_t immaterial_count;
	const char *const *ignored; /* are not compared */
	size_t ignored_count;
};

enum change_kind { CHANGE_CHANGED, CHANGE_ADDED, CHANGE_REMOVED };

/*
 * Values are nodes: STRING, BOOL, BYTES (any whole number), NULL, OBJECT, ARRAY; with
 * keys and without labels.
 */
struct change {
	enum change_kind kind;
	bool matters;
	/* "hugetlb.pools[2097152,0].optimized". Very long keys are cut. */
	char *path;
	const struct document_node *a, *b; /* NULL where it is not */
	/* The outermost list element that it is in, or is (then *member is '\0'), or NULL. */
	const struct document_node *element;
	const char *member; /* the rest of @path; all of it without an element */
};

struct comparison {
	struct change *changes; /* in the order of the reports */
	size_t count, mattering;
	struct document *values; /* holds the nodes */
};

struct error *compare_reports(const struct document_json *a, const struct document_json *b,
			      const struct compare_rules *rules, struct comparison *ret);
void comparison_deinit(struct comparison *comparison);

#endif
