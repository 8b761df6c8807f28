// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the walked page tables show of how this kernel shares vmemmap pages: it decides
 * which row of scheme_table is followed. Types decide only where nothing is shared.
 */
#ifndef VMEMSCOPE_ANALYZER_OBSERVE_H
#define VMEMSCOPE_ANALYZER_OBSERVE_H

#include <stdbool.h>

#include "analyzer/kernel/scheme.h"

struct kernel;
struct survey;
struct error;

/*
 * Looks at how all compound pages of @family that are listed are mapped, and chooses
 * again. *changed_ret: another row is followed now, or tails are expected at other frames,
 * so that the pages have to be listed anew.
 */
struct error *scheme_observe(const struct survey *survey, enum scheme_family family,
			     struct scheme_choice *choice, struct kernel *kernel,
			     bool *changed_ret);

#endif
