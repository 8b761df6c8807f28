// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Known faults of the kernel in this field, and what they look like in a dump.
 *
 * To add one: a row in known_bug_table (analyzer/known_bugs.c); a check signs its
 * findings (finding_sign()) with one of the row's signatures, or the row says why a
 * dump cannot show it.
 */
#ifndef VMEMSCOPE_KNOWN_BUG_H
#define VMEMSCOPE_KNOWN_BUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct analysis;

enum { SIGNATURES_MAX = 4 };

struct known_bug {
	const char *id;	     /* stable: "dax-accounting" */
	const char *title;   /* what goes wrong, one line */
	const char *fix;     /* the kernel's fix: its subject, commit and release as far as known */
	const char *symptom; /* what a dump shows; in docs */
	const char *why_not; /* why no dump can show it; NULL if one can */
	const char *signatures[SIGNATURES_MAX]; /* any of them */
	const char *checks[SIGNATURES_MAX];	/* ids of the checks that sign their findings so */
	/* More that must hold; NULL: nothing. */
	bool (*fits)(const struct analysis *analysis);
};
extern const struct known_bug known_bug_table[];
extern const unsigned known_bug_count;
const struct known_bug *known_bug_by_id(const char *id); /* NULL if there is none */

/* One that some findings look like. */
struct known_bug_match {
	const struct known_bug *bug;
	uint64_t findings; /* of those that are kept */
	const char *check; /* id of the check with the first of them */
};

/* Writes at most @max matches, in table order; returns how many there are. */
size_t known_bugs_match(const struct analysis *analysis, struct known_bug_match *ret, size_t max);

#endif
