// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions about types answered from BTF, in one pass over it. */
#ifndef VMEMSCOPE_TYPEINFO_BTF_TYPES_H
#define VMEMSCOPE_TYPEINFO_BTF_TYPES_H

#include <stddef.h>

#include "include/typeinfo.h"

struct btf;

/*
 * Answers all but TYPE_SYMBOL. The first definition of a name counts; a typedef
 * only if nothing else has it. The answers name @source. What has no
 * answer is left alone.
 */
struct error *btf_types_resolve(const struct btf *btf, const struct type_query *queries,
				size_t count, const char *source, struct type_answer *answers);

#endif
