// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which entries of page tables, in words. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>
#include <stdio.h>

const char *entry_words(const struct target *target, const struct upper_entry *upper,
			char buf[ENTRY_WORDS_MAX])
{
	const struct table_entry *entry = &upper->entry;
	const char *level = paging_level_name(&target->paging, entry->level);

	if (upper->entries == 1)
		snprintf(buf, ENTRY_WORDS_MAX,
			 "the %s entry at physical 0x%" PRIx64 " (0x%" PRIx64 ")", level,
			 entry->address, entry->raw);
	else
		snprintf(buf, ENTRY_WORDS_MAX,
			 "%" PRIu64 " %s entries from physical 0x%" PRIx64
			 " on (the first is 0x%" PRIx64 ")",
			 upper->entries, level, entry->address, entry->raw);
	return buf;
}
