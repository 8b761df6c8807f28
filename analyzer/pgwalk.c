// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One walker for all architectures. Each level keeps its current table, read
 * whole: 512 entries cost one read.
 */
#include "include/pgwalk.h"

#include <string.h>

#include "include/bytes.h"
#include "include/error.h"

static size_t table_size(const struct paging *paging, unsigned level)
{
	return (size_t)8 << paging->level[level].bits;
}

struct error *pgwalk_init(struct pgwalk *walk, const struct arch_info *arch,
			  const struct paging *paging, struct memory *memory)
{
	*walk = (struct pgwalk){ .arch = arch, .paging = paging, .memory = memory };
	for (unsigned level = 0; level < paging->levels; level++) {
		walk->table[level].own = malloc(table_size(paging, level));
		if (!walk->table[level].own) {
			pgwalk_deinit(walk);
			return error_nomem();
		}
	}
	return NULL;
}

void pgwalk_deinit(struct pgwalk *walk)
{
	for (unsigned level = 0; level < PAGING_MAX_LEVELS; level++) {
		free(walk->table[level].own);
		walk->table[level].own = NULL;
	}
}

/* Reads the table at @addr, which may be of several pages. */
static struct error *table_read(struct pgwalk *walk, unsigned level, paddr_t addr)
{
	size_t size = table_size(walk->paging, level), done = 0;
	size_t page = (size_t)1 << walk->memory->page_shift;
	enum memory_state *state = &walk->table[level].state;
	struct error *err = NULL;

	while (!err && done < size && *state == MEMORY_PRESENT) {
		size_t piece = page - ((addr + done) & (page - 1));

		if (piece > size - done)
			piece = size - done;
		err = walk->memory->ops->read(walk->memory, addr + done, piece,
					      walk->table[level].own + done, state);
		done += piece;
	}
	return err;
}

/* Makes the table at @addr the current one of @level. */
static struct error *table_load(struct pgwalk *walk, unsigned level, paddr_t addr)
{
	size_t page = (size_t)1 << walk->memory->page_shift;
	bool in_page = (addr & (page - 1)) + table_size(walk->paging, level) <= page;
	struct error *err;

	if (walk->table[level].valid && walk->table[level].addr == addr)
		return NULL;
	walk->table[level].valid = false;
	walk->table[level].state = MEMORY_PRESENT;
	walk->table[level].bytes = walk->table[level].own;
	if (in_page)
		err = memory_view(walk->memory, addr, table_size(walk->paging, level),
				  walk->table[level].own, &walk->table[level].bytes,
				  &walk->table[level].state);
	else
		err = table_read(walk, level, addr);
	if (err)
		return error_context(err, "page table of level %u at physical 0x%lx", level + 1,
				     addr);
	walk->table[level].valid = true;
	walk->table[level].addr = addr;
	if (level == 0)
		walk->base_tables_read++;
	return NULL;
}

static enum mapping_state state_of(enum memory_state memory, enum entry_kind kind)
{
	static const enum mapping_state by_kind[] = {
		[ENTRY_NONE] = MAPPING_NONE,
		[ENTRY_TABLE] = MAPPING_INVALID, /* a table below the lowest level */
		[ENTRY_LEAF] = MAPPING_PRESENT,
		[ENTRY_INVALID] = MAPPING_INVALID,
	};

	return memory != MEMORY_PRESENT ? MAPPING_UNREADABLE : by_kind[kind];
}

struct error *pgwalk_at(struct pgwalk *walk, vaddr_t addr, struct mapping *ret)
{
	const struct paging *paging = walk->paging;
	paddr_t table = paging->root;
	bool writable = true;

	for (unsigned level = paging->levels; level-- > 0;) {
		uint64_t size = UINT64_C(1) << paging->level[level].shift;
		uint64_t index = addr >> paging->level[level].shift &
				 ((UINT64_C(1) << paging->level[level].bits) - 1);
		struct error *err = table_load(walk, level, table);

		if (err)
			return err;

		enum memory_state state = walk->table[level].state;
		struct entry entry = { .kind = ENTRY_NONE };
		uint64_t raw = 0;
		if (state == MEMORY_PRESENT) {
			raw = load_u64(walk->table[level].bytes + 8 * index, paging->big_endian);
			entry = walk->arch->entry_decode(paging, level, raw);
		}
		writable = writable && entry.writable;
		if (entry.kind == ENTRY_TABLE && level > 0) {
			table = entry.addr;
			continue;
		}

		vaddr_t start = addr & ~(size - 1);
		*ret = (struct mapping){
			.state = state_of(state, entry.kind),
			.va = { start, start + size },
			.pa = entry.addr,
			.level = level,
			.writable = writable,
			.entry_addr = table + 8 * index,
			.raw = raw,
			.memory_state = state,
		};
		return NULL;
	}
	return error_new(ERROR_CORRUPT, "page tables without levels");
}

bool pgwalk_next(struct pgwalk *walk, struct mapping *ret, struct error **err)
{
	*err = NULL;
	if (walk->next >= walk->end)
		return false;

	*err = pgwalk_at(walk, walk->next, ret);
	if (*err)
		return false;
	/* The topmost entry ends at 2^64, which is 0. */
	walk->next = ret->va.end > walk->next ? ret->va.end : walk->end;
	return true;
}
