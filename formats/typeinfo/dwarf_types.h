// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions about types answered from DWARF. */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_TYPES_H
#define VMEMSCOPE_TYPEINFO_DWARF_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_file.h"
#include "include/typeinfo.h"

/*
 * Answers all but TYPE_SYMBOL. @near are addresses in units that are searched
 * first, in this order: the first definition of a type counts. @source is
 * noted in the answers. Questions that have an answer are left alone.
 */
struct error *dwarf_types_resolve(struct dwarf_file *file, const struct type_query *queries,
				  size_t count, const uint64_t *near, size_t near_count,
				  const char *source, struct type_answer *answers);

#endif
