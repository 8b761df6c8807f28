// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For the tests of the writers: a sample document, and what a writer makes of one.
 * They include <cmocka.h> first, as it wants to be.
 */
#ifndef VMEMSCOPE_REPORT_TESTING_H
#define VMEMSCOPE_REPORT_TESTING_H

#include "formats/report/output.h"
#include "include/error.h"
#include "include/report.h"

static inline struct report *new_report(void)
{
	struct report *report;

	assert_null(report_create(&report));
	return report;
}

/* The text that @format makes; the caller frees it. Ends @report. */
static inline char *render(struct report *report, const struct report_format *format,
			   const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_null(report_finish(report));
	struct error *err = format->write(report, options, out);
	if (err)
		fail_msg("%s", error_message(err));
	assert_int_equal(fclose(out), 0);
	report_destroy(report);
	return text;
}

static inline void assert_renders(struct report *report, const struct report_format *format,
				  const struct report_options *options, const char *expected)
{
	char *text = render(report, format, options);

	assert_string_equal(text, expected);
	free(text);
}

/* @format fails with @code and @message and has written nothing. Ends @report. */
static inline void assert_refuses(struct report *report, const struct report_format *format,
				  const struct report_options *options, enum error_code code,
				  const char *message)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct error *err = format->write(report, options, out);

	assert_non_null(err);
	assert_int_equal(error_code(err), code);
	assert_string_equal(error_message(err), message);
	error_destroy(err);
	fclose(out);
	assert_int_equal(size, 0);
	free(text);
	report_destroy(report);
}

/* Neither the first byte nor the thousandth fits on a full device. */
static inline void assert_notices_full_device(const struct report_format *format)
{
	for (unsigned rows = 1; rows < 5000; rows += 4000) {
		struct report *report = new_report();
		struct report_node *list = report_array(report_root(report), "rows", "Rows");
		FILE *out = fopen("/dev/full", "w");

		if (!out)
			skip();
		for (unsigned i = 0; i < rows; i++)
			report_count(report_object(list, NULL, NULL), "number", "Number", i);

		struct error *err = format->write(report, &(struct report_options){ 0 }, out);
		assert_non_null(err);
		assert_int_equal(error_code(err), ERROR_OS);
		assert_string_equal(error_message(err),
				    "cannot write the report: No space left on device");
		error_destroy(err);
		fclose(out);
		report_destroy(report);
	}
}

static inline void sample_row(struct report_node *list, int64_t size, uint64_t pages,
			      const char *why, enum report_style style)
{
	struct report_node *row = report_object(list, NULL, NULL);

	report_bytes(row, "size_bytes", "Size", size);
	report_count(row, "order", NULL, 9);
	report_count(row, "pages", "Pages", pages);
	if (why)
		report_style(report_string(row, "why", "Why", "%s", why), style);
}

/* Some of everything. */
static inline struct report *sample_report(void)
{
	struct report *report = new_report();
	struct report_node *root = report_root(report);

	report_text(root, STYLE_ERROR,
		    "FAULT: two things are wrong with this machine, and one "
		    "of them is serious.");
	report_string(root, "schema", NULL, "sample");
	struct report_node *dump = report_object(root, "dump", "Dump");
	report_string(dump, "path", "File", "%s", "/var/crash/vmcore");
	report_bytes(dump, "size_bytes", "Size", 1536);
	report_style(report_bool(dump, "truncated", "Truncated", true), STYLE_WARNING);
	report_null(dump, "build_id", "Build id");
	report_hex(dump, "root", "Page table root", 0xFFFF8000ABCDull);
	struct report_node *nodes = report_array(dump, "nodes", "Nodes");
	report_count(nodes, NULL, NULL, 0);
	report_count(nodes, NULL, NULL, 1);
	struct report_node *scheme = report_object(dump, "scheme", "Scheme");
	report_string(scheme, "id", "Id", "b");
	report_array(scheme, "evidence", "Evidence");
	struct report_node *pools = report_array(root, "pools", "Pools");
	sample_row(pools, 2 << 20, 12, NULL, STYLE_PLAIN);
	sample_row(pools, 1 << 30, 3456, "the switch was off when they were allocated",
		   STYLE_WARNING);
	report_array(root, "findings", "Findings");
	return report;
}

#endif
