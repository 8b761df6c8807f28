// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which of the known faults the findings look like. */
#ifndef VMEMSCOPE_KNOWN_BUGS_MATCH_H
#define VMEMSCOPE_KNOWN_BUGS_MATCH_H

#include "analyzer/checker/check.h"
#include "analyzer/known_bugs/known_bug.h"

struct survey;

/*
 * One cause that some findings look like. Where what is known does not tell several
 * faults apart, they are one cause: @bug or one of @others.
 */
enum { BUG_OTHERS_MAX = 3 };

struct known_bug_match {
	const struct known_bug *bug;
	const struct known_bug *others[BUG_OTHERS_MAX]; /* NULL behind the last */
	enum release_verdict release;			/* of @bug */
	const struct release_span *span;		/* with the release; NULL: not known */

	/* What chose it. */
	const struct check *check; /* with the first of the findings */
	const char *signature;	   /* of these */
	uint64_t findings;	   /* of all checks, listed or not */
	struct finding first;	   /* its message is NULL */
};

/* Writes at most @max matches, in table order; returns how many there are. */
size_t known_bugs_match(const struct survey *survey, struct known_bug_match *ret, size_t max);

#endif
