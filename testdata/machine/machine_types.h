// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols of the tiny machine's kernel: a list that tests can change. */
#ifndef VMEMSCOPE_TESTDATA_MACHINE_TYPES_H
#define VMEMSCOPE_TESTDATA_MACHINE_TYPES_H

#include "include/typeinfo.h"

struct machine_type {
	enum type_query_kind kind;
	const char *type, *name; /* borrowed: literals */
	uint64_t value;
};

struct machine_types {
	struct typeinfo typeinfo; /* first: the embedded contract */
	struct machine_type *types;
	size_t count;
};

/* With what all eras have in common. */
void machine_types_init(struct machine_types *types);
void machine_types_deinit(struct machine_types *types);
void machine_types_set(struct machine_types *types, enum type_query_kind kind, const char *type,
		       const char *name, uint64_t value);
void machine_types_remove(struct machine_types *types, enum type_query_kind kind, const char *type,
			  const char *name);

#endif
