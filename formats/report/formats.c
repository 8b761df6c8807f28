// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of report formats; the first is the default. */
#include "include/report.h"

#include <string.h>

#include "formats/report/output.h"

const struct report_format *const report_formats[] = {
	&text_format,
	&json_format,
	&ndjson_format,
	NULL,
};

const struct report_format *report_format_by_name(const char *name)
{
	for (size_t i = 0; report_formats[i]; i++) {
		if (strcmp(report_formats[i]->name, name) == 0)
			return report_formats[i];
	}
	return NULL;
}
