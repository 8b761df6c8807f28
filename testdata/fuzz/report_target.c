// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON reports: the input is compared with the first that was one. */
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/reports/reports.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

/* In all formats; what comes out is not looked at. */
static void write_all(const struct document *document)
{
	static const struct document_options options = { 0 };

	for (unsigned i = 0; document_formats[i]; i++) {
		FILE *out = fopen("/dev/null", "w");

		if (!out)
			return;
		error_destroy(document_formats[i]->write(document, &options, out));
		fclose(out);
	}
}

static void compare(const struct document_json *a, const struct document_json *b)
{
	struct comparison comparison = { 0 };
	struct document *document = NULL;
	struct error *err = compare_reports(a, b, &report_compare_rules, &comparison);
	const struct report_diff_source source = {
		.version = "0",
		.a = { document_json_path(a), document_json_text(a, "kernel", "release"), false },
		.b = { document_json_path(b), document_json_text(b, "kernel", "release"), false },
		.comparison = &comparison,
		.all = true,
	};

	if (!err)
		err = report_diff(&source, &document);
	if (!err)
		write_all(document);
	error_destroy(err);
	document_destroy(document);
	comparison_deinit(&comparison);
}

static struct document_json *first;

static void first_destroy(void)
{
	document_json_destroy(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	const char *path = fuzz_file(data, size, &fd);
	struct document_json *json = NULL;
	struct error *err = document_json_load(path, &report_kind, &json);

	if (err) {
		error_destroy(err);
		return 0;
	}
	fuzz_taken++;
	if (!first) {
		first = json;
		atexit(first_destroy);
		return 0;
	}
	compare(first, json);
	compare(json, first);
	document_json_destroy(json);
	return 0;
}
