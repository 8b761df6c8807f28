// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Known faults of the kernel in this field, and what they look like in a dump.
 *
 * To add one: a row in known_bug_table (analyzer/known_bugs/known_bugs.c); a check signs its
 * findings (finding_sign()) with one of the row's signatures, or the row says why a
 * dump cannot show it.
 */
#ifndef VMEMSCOPE_KNOWN_BUG_H
#define VMEMSCOPE_KNOWN_BUG_H

#include <stdbool.h>

#include "analyzer/vmcoreinfo/release.h"

enum { SIGNATURES_MAX = 4, BUG_SCHEMES_MAX = 5, BUG_ARCHS_MAX = 2, BUG_SPANS_MAX = 4 };
enum { KNOWN_BUGS_MAX = 64 };

struct known_bug {
	const char *id;	     /* stable: "dax-accounting" */
	const char *title;   /* what goes wrong, one line */
	const char *fix;     /* the kernel's fix: its subject and commit as far as known */
	const char *symptom; /* what a dump shows, and what it may lead to; in docs */
	const char *why_not; /* why no dump can show it; NULL if one can */
	const char *signatures[SIGNATURES_MAX]; /* any of them */
	const char *events[SIGNATURES_MAX];	/* of the log: analyzer/crash/crash_verdict.c */
	const char *checks[SIGNATURES_MAX];	/* ids of the checks that sign their findings so */

	/* What a kernel must be to have it. None: any. */
	const char *schemes[BUG_SCHEMES_MAX]; /* ids, of either family */
	const char *archs[BUG_ARCHS_MAX];     /* as arch_info.name */
	unsigned page_shift;		      /* of base pages; 0: any */
	bool spoils_alignment; /* aligned devices suffer from it: no advice to align */
	/* As far as known; none: not of some releases, as a stray write is not. */
	struct release_span affected[BUG_SPANS_MAX];
};
extern const struct known_bug known_bug_table[];
extern const unsigned known_bug_count;
const struct known_bug *known_bug_by_id(const char *id); /* NULL if there is none */

#endif
