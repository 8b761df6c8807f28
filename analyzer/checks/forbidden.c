// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which entry of the page tables makes a vmemmap page read-only. */
#include "analyzer/checker/checks.h"

#include <stdio.h>

#include "analyzer/paging/pgwalk.h"

static const char *level_name(const struct paging *paging, unsigned level)
{
	static const char *const names[] = { "PTE", "PMD", "PUD", "P4D" };

	return level + 1 == paging->levels || level >= sizeof(names) / sizeof(names[0])
		       ? "PGD"
		       : names[level];
}

/* The entry of the current table of @level that serves @addr. */
static paddr_t entry_at(const struct pgwalk *walk, unsigned level, vaddr_t addr)
{
	const struct paging *paging = walk->paging;
	uint64_t mask = (UINT64_C(1) << paging->level[level].bits) - 1;

	return walk->table[level].addr + 8 * (addr >> paging->level[level].shift & mask);
}

/* The highest level whose entry forbids writing; 0 if no more than the leaf does. */
static unsigned forbidding_level(const struct pgwalk *walk, const struct mapping *mapping)
{
	for (unsigned level = walk->paging->levels - 1; level > mapping->level; level--)
		if (walk->served[level - 1].bytes && !walk->served[level - 1].writable)
			return level;
	return 0;
}

struct error *forbidden_words(const struct analysis *analysis, uint64_t index,
			      char buf[FORBIDDEN_MAX])
{
	vaddr_t addr = vmemmap_address(&analysis->kernel, index);
	struct mapping mapping;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, analysis->arch, &analysis->paging, analysis->memory);

	buf[0] = '\0';
	if (!err)
		err = pgwalk_at(&walk, addr, &mapping);
	if (!err && mapping.state == MAPPING_PRESENT && !mapping.writable) {
		unsigned level = forbidding_level(&walk, &mapping);

		if (level)
			snprintf(buf, FORBIDDEN_MAX,
				 ": the %s entry at physical 0x%lx forbids it, for %lu MiB of the "
				 "vmemmap",
				 level_name(&analysis->paging, level), entry_at(&walk, level, addr),
				 (UINT64_C(1) << analysis->paging.level[level].shift) >> 20);
	}
	pgwalk_deinit(&walk);
	return err;
}
