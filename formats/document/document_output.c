// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the writers share: how a document reaches a file. */
#include "formats/document/document_output.h"

#include <errno.h>
#include <string.h>

#include "include/error.h"

static struct error *write_error(int number)
{
	return error_new(ERROR_OS, "cannot write the report: %s", strerror(number));
}

struct error *output_flush(FILE *out)
{
	/* The stream forgets why an earlier write failed; errno mostly does not. */
	if (!ferror(out))
		errno = 0;
	if (ferror(out) || fflush(out))
		return write_error(errno ? errno : EIO);
	return NULL;
}

struct error *output_write(FILE *out, const char *data, size_t size)
{
	fwrite(data, 1, size, out);
	return output_flush(out);
}

const struct document_node *output_root(const struct document *document)
{
	return document_root((struct document *)document);
}
