// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether the lists of the pools are in order, by sums and by where the lists begin. */
#ifndef VMEMSCOPE_LINKS_SUM_H
#define VMEMSCOPE_LINKS_SUM_H

#include <stdbool.h>

struct survey;
struct error;

/* *ret is true if all links of heads and list heads agree, as far as list heads are known. */
struct error *links_add_up(const struct survey *survey, bool *ret);

#endif
