// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For the tests of the writers: a sample document, and what a writer makes of one.
 * They include <cmocka.h> first, as it wants to be.
 */
#ifndef VMEMSCOPE_DOCUMENT_TESTING_H
#define VMEMSCOPE_DOCUMENT_TESTING_H

#include "formats/document/document_output.h"
#include "include/error.h"
#include "include/document.h"

static inline struct document *new_report(void)
{
	struct document *document;

	assert_null(document_create(&document));
	return document;
}

/* The text that @format makes; the caller frees it. Ends @report. */
static inline char *render(struct document *document, const struct document_format *format,
			   const struct document_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_null(document_finish(document));
	struct error *err = format->write(document, options, out);
	if (err)
		fail_msg("%s", error_message(err));
	assert_int_equal(fclose(out), 0);
	document_destroy(document);
	return text;
}

static inline void assert_renders(struct document *document, const struct document_format *format,
				  const struct document_options *options, const char *expected)
{
	char *text = render(document, format, options);

	assert_string_equal(text, expected);
	free(text);
}

/* @format fails with @code and @message and has written nothing. Ends @report. */
static inline void assert_refuses(struct document *document, const struct document_format *format,
				  const struct document_options *options, enum error_code code,
				  const char *message)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct error *err = format->write(document, options, out);

	assert_non_null(err);
	assert_int_equal(error_code(err), code);
	assert_string_equal(error_message(err), message);
	error_destroy(err);
	fclose(out);
	assert_int_equal(size, 0);
	free(text);
	document_destroy(document);
}

/* Neither the first byte nor the thousandth fits on a full device. */
static inline void assert_notices_full_device(const struct document_format *format)
{
	for (unsigned rows = 1; rows < 5000; rows += 4000) {
		struct document *document = new_report();
		struct document_node *list =
			document_array(document_root(document), "rows", "Rows");
		FILE *out = fopen("/dev/full", "w");

		if (!out)
			skip();
		for (unsigned i = 0; i < rows; i++)
			document_count(document_object(list, NULL, NULL), "number", "Number", i);

		struct error *err = format->write(document, &(struct document_options){ 0 }, out);
		assert_non_null(err);
		assert_int_equal(error_code(err), ERROR_OS);
		assert_string_equal(error_message(err),
				    "cannot write the report: No space left on device");
		error_destroy(err);
		fclose(out);
		document_destroy(document);
	}
}

static inline void sample_row(struct document_node *list, int64_t size, uint64_t pages,
			      const char *why, enum document_style style)
{
	struct document_node *row = document_object(list, NULL, NULL);

	document_bytes(row, "size_bytes", "Size", size);
	document_count(row, "order", NULL, 9);
	document_count(row, "pages", "Pages", pages);
	if (why)
		document_style(document_string(row, "why", "Why", "%s", why), style);
}

/* Some of everything. */
static inline struct document *sample_report(void)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	document_text(root, STYLE_ERROR,
		      "FAULT: two things are wrong with this machine, and one "
		      "of them is serious.");
	document_string(root, "schema", NULL, "sample");
	struct document_node *dump = document_object(root, "dump", "Dump");
	document_string(dump, "path", "File", "%s", "/var/crash/vmcore");
	document_bytes(dump, "size_bytes", "Size", 1536);
	document_style(document_bool(dump, "truncated", "Truncated", true), STYLE_WARNING);
	document_null(dump, "build_id", "Build id");
	document_hex(dump, "root", "Page table root", 0xFFFF8000ABCDull);
	struct document_node *nodes = document_array(dump, "nodes", "Nodes");
	document_count(nodes, NULL, NULL, 0);
	document_count(nodes, NULL, NULL, 1);
	struct document_node *scheme = document_object(dump, "scheme", "Scheme");
	document_string(scheme, "id", "Id", "b");
	document_array(scheme, "evidence", "Evidence");
	struct document_node *pools = document_array(root, "pools", "Pools");
	sample_row(pools, 2 << 20, 12, NULL, STYLE_PLAIN);
	sample_row(pools, 1 << 30, 3456, "the switch was off when they were allocated",
		   STYLE_WARNING);
	document_array(root, "findings", "Findings");
	return document;
}

#endif
