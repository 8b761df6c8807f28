// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the writers share: how a document reaches a file. */
#ifndef VMEMSCOPE_DOCUMENT_OUTPUT_H
#define VMEMSCOPE_DOCUMENT_OUTPUT_H

#include <stdio.h>

#include "include/document.h"

/* ERROR_OS if @out did not take all of it. Call it right after a write: it uses errno. */
struct error *output_flush(FILE *out);

/* Writes @size bytes and flushes. */
struct error *output_write(FILE *out, const char *data, size_t size);

/* The top object of a document that is only read. */
const struct document_node *output_root(const struct document *document);

#endif
