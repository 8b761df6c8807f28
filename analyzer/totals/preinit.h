// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections whose struct pages boot did not initialise. */
#ifndef VMEMSCOPE_PREINIT_H
#define VMEMSCOPE_PREINIT_H

#include <stdbool.h>

struct survey;
struct error;
struct savings;

/*
 * Boot marks the sections of whole gigantic pages. The smallest such order that this kernel
 * has a pool of; false if that is not known, or if there is none.
 */
bool preinit_span(const struct survey *survey, unsigned *order_ret);

/* Fills in @savings->unwritten. */
struct error *preinit_count(const struct survey *survey, struct savings *savings);

#endif
