// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where a profile keeps the answer to a question: shared by its writer and its reader. */
#ifndef VMEMSCOPE_TYPEINFO_PROFILE_H
#define VMEMSCOPE_TYPEINFO_PROFILE_H

#include "include/typeinfo.h"

#define PROFILE_SCHEMA "vmemscope-profile"

enum { PROFILE_VERSION = 1, PROFILE_PATH_MAX = 4 };

/* The objects that lead from the root to the one with the value, and its key there. */
struct profile_path {
	const char *keys[PROFILE_PATH_MAX];
	unsigned depth;
	const char *value_key;
};

/* False if the question has no names to look under. */
bool profile_path(const struct type_query *query, struct profile_path *ret);

#endif
