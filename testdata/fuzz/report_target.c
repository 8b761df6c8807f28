// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON reports: the input is compared with the first that was one. */
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/documents/documents.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

/* In all formats; what comes out is not looked at. */
static void write_all(const struct report *report)
{
	static const struct report_options options = { 0 };

	for (unsigned i = 0; report_formats[i]; i++) {
		FILE *out = fopen("/dev/null", "w");

		if (!out)
			return;
		error_destroy(report_formats[i]->write(report, &options, out));
		fclose(out);
	}
}

static void compare(const struct report_json *a, const struct report_json *b)
{
	struct comparison comparison = { 0 };
	struct report *report = NULL;
	struct error *err = compare_reports(a, b, &document_compare_rules, &comparison);
	const struct document_diff_source source = {
		.version = "0",
		.a = { report_json_path(a), report_json_text(a, "kernel", "release"), false },
		.b = { report_json_path(b), report_json_text(b, "kernel", "release"), false },
		.comparison = &comparison,
		.all = true,
	};

	if (!err)
		err = document_diff(&source, &report);
	if (!err)
		write_all(report);
	error_destroy(err);
	report_destroy(report);
	comparison_deinit(&comparison);
}

static struct report_json *first;

static void first_destroy(void)
{
	report_json_destroy(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	const char *path = fuzz_file(data, size, &fd);
	struct report_json *json = NULL;
	struct error *err = report_json_load(path, &document_report_kind, &json);

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
	report_json_destroy(json);
	return 0;
}
