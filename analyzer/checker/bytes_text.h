// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many bytes, for use inside sentences. */
#ifndef VMEMSCOPE_BYTES_TEXT_H
#define VMEMSCOPE_BYTES_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { BYTES_TEXT_MAX = 32 };

/* "11.5 MiB", "28 KiB"; into @buf. */
const char *bytes_text(int64_t bytes, char *buf, size_t size);

#endif
