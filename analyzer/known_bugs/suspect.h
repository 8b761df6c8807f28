// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a kernel is, as far as the catalogue of faults asks. */
#ifndef VMEMSCOPE_SUSPECT_H
#define VMEMSCOPE_SUSPECT_H

#include <stddef.h>

#include "analyzer/known_bugs/known_bug.h"

struct survey;

struct suspect {
	const char *hugetlb, *dax; /* ids of schemes */
	const char *arch;
	unsigned page_shift;
	const struct release *release; /* NULL: not known */
};

/* @release is of the caller, and has to live as long as the suspect. */
struct suspect suspect_of(const struct survey *survey, struct release *release);

bool suspect_can_have(const struct suspect *suspect, const struct known_bug *bug);

/* True if @word is in @list, which ends at @max words or at NULL. */
bool word_is_listed(const char *const *list, size_t max, const char *word);

/* True if the kernel, by its release, has a fault that devices suffer from once aligned. */
bool known_bugs_spoil_alignment(const struct survey *survey);

#endif
