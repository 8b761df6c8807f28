// SPDX-License-Identifier: LGPL-2.1-or-later
/* A memory that answers for absent pages as the full dump did. */
#ifndef VMEMSCOPE_DUMP_DISTILLED_MEMORY_H
#define VMEMSCOPE_DUMP_DISTILLED_MEMORY_H

#include "formats/dump/distilled.h"

struct error;

/* Takes @distilled and @file's memory, which has all ops; ops->destroy() of the result ends both.
 */
struct error *distilled_memory_create(struct memory *file, struct distilled *distilled,
				      bool is_truncated, struct memory **ret);

/* The memory of the file that @memory, made by the above, is over. Borrowed. */
const struct memory *distilled_memory_file(const struct memory *memory);

#endif
