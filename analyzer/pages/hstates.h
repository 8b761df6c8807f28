// SPDX-License-Identifier: LGPL-2.1-or-later
/* The pools of an inventory. */
#ifndef VMEMSCOPE_HSTATES_H
#define VMEMSCOPE_HSTATES_H

#include "analyzer/pages/inventory.h"

/* No huge page of any machine is larger. */
enum { HUGE_ORDER_MAX = 24 };

struct error *hstates_read(const struct survey *survey, struct inventory *inventory);
/* Once all pages are found: they show what pools are where the array leaves a doubt. */
void hstates_settle(const struct survey *survey, struct inventory *inventory);
void hstates_drop(struct inventory *inventory);

/* Where number and name are two orders: the one that is not taken, so far; else 0. */
unsigned hstate_other_order(const struct hstate *hstate);

#endif
