// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One typed document, written in many ways. The builder says what things are
 * (bytes, a count, an address); each format decides how to show them.
 *
 * To add a format: CONTRIBUTING.md.
 */
#ifndef VMEMSCOPE_DOCUMENT_H
#define VMEMSCOPE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

enum node_type {
	NODE_OBJECT, /* named members, in order */
	NODE_ARRAY,  /* of objects alike (text: a table), or of plain values */
	NODE_STRING,
	NODE_BOOL,
	NODE_COUNT,   /* unsigned integer */
	NODE_INTEGER, /* signed integer */
	NODE_BYTES,   /* signed integer; text: KiB, MiB, ... */
	NODE_HEX,     /* address or frame number: "0x…" everywhere */
	NODE_NULL,    /* not known; text: "-" */
	NODE_TEXT,    /* words for people: no key, never in JSON */
};

/* What words or a value mean, for colour and marks. */
enum document_style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_GOOD,
	STYLE_NOTE,
	STYLE_WARNING,
	STYLE_ERROR,
	STYLE_DIM,
	STYLE_VERBATIM, /* a drawing: lines kept as they are, never wrapped */
};

/*
 * A part of the document. @key is its name in JSON; NULL: for people only (inside
 * arrays: a plain value). @label is its name in text; NULL: for machines only.
 * All strings are copies owned by the document.
 */
struct document_node {
	enum node_type type;
	enum document_style style;
	char *key, *label;
	char *string; /* STRING, TEXT */
	bool boolean;
	uint64_t number;				    /* COUNT, HEX */
	int64_t bytes;					    /* BYTES, INTEGER */
	struct document_node *parent, *first, *last, *next; /* children, siblings */
	struct document *document;
};

/*
 * Building never fails half way: when memory is short, nodes become NULL (which
 * every builder function accepts as parent) and document_finish() says so.
 */
struct document;
struct error *document_create(struct document **ret);
struct document_node *document_root(struct document *document); /* the top object */
struct error *document_finish(struct document *document);	/* NULL if all is there */
void document_destroy(struct document *document);		/* NULL is allowed */

struct document_node *document_object(struct document_node *parent, const char *key,
				      const char *label);
struct document_node *document_array(struct document_node *parent, const char *key,
				     const char *label);
/* The value makers return the node so that a style can be set on it. */
struct document_node *document_string(struct document_node *parent, const char *key,
				      const char *label, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for machines only; line breaks and tabs are kept. */
struct document_node *document_lines(struct document_node *parent, const char *key, const char *fmt,
				     ...) __attribute__((format(printf, 3, 4)));
struct document_node *document_bool(struct document_node *parent, const char *key,
				    const char *label, bool value);
struct document_node *document_count(struct document_node *parent, const char *key,
				     const char *label, uint64_t value);
struct document_node *document_integer(struct document_node *parent, const char *key,
				       const char *label, int64_t value);
struct document_node *document_bytes(struct document_node *parent, const char *key,
				     const char *label, int64_t value);
struct document_node *document_hex(struct document_node *parent, const char *key, const char *label,
				   uint64_t value);
struct document_node *document_null(struct document_node *parent, const char *key,
				    const char *label);
struct document_node *document_text(struct document_node *parent, enum document_style style,
				    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void document_style(struct document_node *node, enum document_style style); /* NULL is allowed */

struct document_options {
	bool color;
	unsigned width;	     /* of the terminal, columns; 0: unlimited */
	bool compact;	     /* json: on one line, without spaces */
	const char *columns; /* comma-separated keys for a table; NULL: all with labels */
};

struct document_format {
	const char *name; /* for --format */
	const char *help; /* for --help, after the name: what comes out */
	bool lists_only;  /* writes the elements of the document's first list, and nothing else */
	/* What writes such a document on one line, for lines as they come; NULL: nothing does. */
	const struct document_format *of_lines;
	/*
	 * Writes all of it to @out and flushes. ERROR_OS when @out cannot take it
	 * (only the message distinguishes EPIPE). ERROR_USAGE: an unknown column.
	 */
	struct error *(*write)(const struct document *document,
			       const struct document_options *options, FILE *out);
};
/*
 * text:   headings, "label: value" lines, tables; for people
 * json:   the whole document as one object, two-space indent, newline at the end
 * ndjson: each element of the document's first top-level array as one line
 */
extern const struct document_format text_format, json_format, ndjson_format;
extern const struct document_format
	*const document_formats[]; /* NULL-terminated; the default first */
const struct document_format *document_format_by_name(const char *name); /* NULL if there is none */

#endif
