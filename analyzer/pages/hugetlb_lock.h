// SPDX-License-Identifier: LGPL-2.1-or-later
/* hugetlb_lock: who changes pools, their pages and their lists holds it. */
#ifndef VMEMSCOPE_ANALYZER_HUGETLB_LOCK_H
#define VMEMSCOPE_ANALYZER_HUGETLB_LOCK_H

#include "analyzer/pages/survey.h"

enum lock_state {
	LOCK_UNKNOWN, /* the symbol or the page is missing */
	LOCK_FREE,
	LOCK_HELD, /* somebody was in the middle of one change */
};

struct error *hugetlb_lock_read(const struct target *target, enum lock_state *ret);

#endif
