// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a page number stands for when somebody asks what checks found of it. */
#ifndef VMEMSCOPE_FOCUS_H
#define VMEMSCOPE_FOCUS_H

#include "analyzer/checker/check.h"

/* The huge page, or compound page of a device, that has @pfn; else what its vmemmap page holds. */
void check_focus_of(const struct survey *survey, pfn_t pfn, struct check_focus *ret);

#endif
