// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of report formats; the first is the default. */
#include "include/document.h"

#include <string.h>

#include "formats/document/document_output.h"

const struct document_format *const document_formats[] = {
	&text_format,
	&json_format,
	&ndjson_format,
	NULL,
};

const struct document_format *document_format_by_name(const char *name)
{
	for (size_t i = 0; document_formats[i]; i++) {
		if (strcmp(document_formats[i]->name, name) == 0)
			return document_formats[i];
	}
	return NULL;
}
