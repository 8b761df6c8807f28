// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Releases of the kernel, as a hint: which of the known faults one can have. What is
 * found in a dump is never decided by them.
 */
#ifndef VMEMSCOPE_RELEASE_H
#define VMEMSCOPE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct release {
	uint16_t major, minor, patch;
	bool any_patch; /* only the series is known: @patch is 0 */
};

/*
 * The releases from @from on and before @fixed. All zero: from the first on; in none so
 * far. Both of one series (6.1.0 and 6.1.47): of that stable series, about which spans
 * that reach from one series to another then say nothing.
 */
struct release_span {
	struct release from, fixed;
};

enum release_verdict {
	RELEASE_UNKNOWN, /* no release, no span to hold it against, or only a part of a series is in
			  */
	RELEASE_INSIDE,
	RELEASE_OUTSIDE,
};

/*
 * False where @text (as uname -r has it, or NULL) does not show what is in the kernel: a
 * release with something behind it but no patch level of its own, like 5.14.0-570.el9, is
 * counted by a distribution, which takes back what it likes. Debian and Ubuntu count so, too,
 * but stay in a stable series: of 6.1.0-57-amd64 that is known, and no more.
 */
bool release_parse(const char *text, struct release *ret);

/* @release may be NULL: not known. Spans end with one that is all zero, or with @max. */
enum release_verdict release_judge(const struct release *release, const struct release_span *spans,
				   size_t max);

/* The span that @release is in, or may be in, by the same rule; NULL if none or not known. */
const struct release_span *release_span_of(const struct release *release,
					   const struct release_span *spans, size_t max);

bool release_span_is_end(const struct release_span *span);

/* "5.14 to before 6.4.11; 6.1 to before 6.1.47"; empty if there is none. Into @buf. */
enum { RELEASE_SPANS_TEXT_MAX = 256 };
const char *release_spans_text(const struct release_span *spans, size_t max,
			       char buf[RELEASE_SPANS_TEXT_MAX]);

#endif
