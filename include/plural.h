// SPDX-License-Identifier: LGPL-2.1-or-later
/* The endings of words that a count is told with: "%lu page%s %s", n, plural(n), verb_be(n). */
#ifndef VMEMSCOPE_PLURAL_H
#define VMEMSCOPE_PLURAL_H

#include <stdint.h>

/* Of a noun: "1 page", "2 pages". */
static inline const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* Of a verb: "1 page maps", "2 pages map". */
static inline const char *verb_s(uint64_t count)
{
	return count == 1 ? "s" : "";
}

/* "1 page is", "2 pages are". */
static inline const char *verb_be(uint64_t count)
{
	return count == 1 ? "is" : "are";
}

#endif
