// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where a profile keeps the answer to a question: shared by its writer and its reader. */
#include "formats/typeinfo/profile.h"

/* The placeholder for the question's own names among the keys. */
static const char of_type[] = "type", of_name[] = "name";

// clang-format off
static const struct profile_path paths[] = {
	[TYPE_SIZE]          = { { "structs", of_type },                     2, "size" },
	[TYPE_MEMBER_OFFSET] = { { "structs", of_type, "members", of_name }, 4, "offset" },
	[TYPE_MEMBER_SIZE]   = { { "structs", of_type, "members", of_name }, 4, "size" },
	[TYPE_MEMBER_LENGTH] = { { "structs", of_type, "members", of_name }, 4, "length" },
	[TYPE_ENUMERATOR]    = { { "enums", of_type, of_name },              3, "value" },
	[TYPE_SYMBOL]        = { { "symbols", of_name },                     2, "address" },
};
static const struct profile_path loose_enumerator =
	                       { { "enumerators", of_name },                 2, "value" };
// clang-format on

bool profile_path(const struct type_query *query, struct profile_path *ret)
{
	bool is_loose = query->kind == TYPE_ENUMERATOR && !query->type;

	*ret = is_loose ? loose_enumerator : paths[query->kind];
	for (unsigned i = 0; i < ret->depth; i++) {
		if (ret->keys[i] == of_type)
			ret->keys[i] = query->type;
		else if (ret->keys[i] == of_name)
			ret->keys[i] = query->name;
		if (!ret->keys[i])
			return false;
	}
	return true;
}
