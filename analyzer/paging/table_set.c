// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds page tables that loop. */
#include "analyzer/paging/table_set.h"

#include <inttypes.h>

#include "include/error.h"

enum { SEEN_TWICE_MAX = 64 };

struct error *table_set_note(struct table_set *set, paddr_t table, bool *again_ret)
{
	*again_ret = table && table == set->last && set->last_again;
	if (table == 0 || table == set->last)
		return NULL;
	set->last = table;
	struct error *err = number_set_add(&set->tables, table, again_ret);
	set->last_again = *again_ret;
	return err;
}

struct error *table_set_add(struct table_set *set, paddr_t table)
{
	bool known = table == set->last, again;
	struct error *err = table_set_note(set, table, &again);

	if (err || known || !again || ++set->seen_twice <= SEEN_TWICE_MAX)
		return err;
	return error_new(ERROR_CORRUPT,
			 "the page tables of the vmemmap go round in circles: the table at "
			 "physical 0x%" PRIx64 " serves many parts of it",
			 table);
}

void table_set_deinit(struct table_set *set)
{
	number_set_deinit(&set->tables);
	*set = (struct table_set){ 0 };
}
