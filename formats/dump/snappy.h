// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsnappy, loaded when a page first needs it: it is C++, and the runtime of C++ takes
 * longer to load than a report of a small dump takes.
 */
#ifndef VMEMSCOPE_DUMP_SNAPPY_H
#define VMEMSCOPE_DUMP_SNAPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/*
 * *ret: whether the @len bytes at @from are a block of exactly @size bytes; these are at @to
 * then. Any thread. ERROR_OS if the library cannot be loaded.
 */
struct error *snappy_unpack(const uint8_t *from, size_t len, uint8_t *to, size_t size, bool *ret);

#endif
