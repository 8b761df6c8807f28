// SPDX-License-Identifier: LGPL-2.1-or-later
/* One for each table and place: a vmemmap of 16 GiB has 8192 of the lowest level. */
#include "analyzer/vmemmap/walked_tables.h"

#include <stdlib.h>

#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

enum { PRINT_ENTRIES = 4 }; /* more would have to be fetched before the walk needs them */

uint64_t table_print(const unsigned char *entries, uint64_t count)
{
	uint64_t step = count < PRINT_ENTRIES ? 1 : count / PRINT_ENTRIES, print = 0, first = 0;
	bool differ = false;

	for (uint64_t i = 0; i < count; i += step) {
		uint64_t raw = load_u64(entries + 8 * i, false);

		first = i ? first : raw;
		differ = differ || (raw && raw != first);
		print = (print ^ raw) * UINT64_C(0x9e3779b97f4a7c15);
		print ^= print >> 29;
	}
	return differ ? print : 0;
}

bool walked_tables_is_last(const struct walked_tables *tables, const struct walked_table *table)
{
	size_t last = tables->last[table->level];

	return last && tables->list[last - 1].address == table->address &&
	       tables->list[last - 1].end == table->end;
}

struct error *walked_tables_add(struct walked_tables *tables, const struct walked_table *table)
{
	if (walked_tables_is_last(tables, table))
		return NULL;
	struct error *err = vector_push(tables->list, tables->count, tables->room, *table);

	if (!err)
		tables->last[table->level] = tables->count;
	return err;
}

const struct walked_table *walked_tables_in(const struct walked_tables *tables, paddr_t start,
					    paddr_t end)
{
	for (size_t i = 0; i < tables->count; i++)
		if (tables->list[i].address >= start && tables->list[i].address < end)
			return &tables->list[i];
	return NULL;
}

void walked_tables_deinit(struct walked_tables *tables)
{
	free(tables->list);
	*tables = (struct walked_tables){ 0 };
}
