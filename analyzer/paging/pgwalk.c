// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One walker for all architectures. Each level keeps its current table, read
 * whole: 512 entries cost one read.
 */
#include "analyzer/paging/pgwalk.h"

#include <inttypes.h>
#include <string.h>

#include "include/array.h"
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
	enum memory_state state = MEMORY_PRESENT;
	struct error *err = NULL;

	walk->table[level].whole = true;
	for (unsigned i = 0; !err && done < size && i < PGWALK_PIECES; i++) {
		size_t piece = page - ((addr + done) & (page - 1));

		if (piece > size - done)
			piece = size - done;
		err = memory_read(walk->memory, addr + done, piece, walk->table[level].own + done,
				  &state);
		walk->table[level].state[i] = (uint8_t)state;
		walk->table[level].whole = walk->table[level].whole && state == MEMORY_PRESENT;
		done += piece;
	}
	return err;
}

/* The table is in one page: where its bytes are, or a copy. */
static struct error *table_view(struct pgwalk *walk, unsigned level, paddr_t addr)
{
	enum memory_state state;
	struct error *err = memory_view(walk->memory, addr, table_size(walk->paging, level),
					walk->table[level].own, &walk->table[level].bytes, &state);

	walk->table[level].state[0] = (uint8_t)state;
	walk->table[level].whole = state == MEMORY_PRESENT;
	return err;
}

/* Makes the table at @addr the current one of @level. */
static struct error *table_load(struct pgwalk *walk, unsigned level, paddr_t addr)
{
	size_t page = (size_t)1 << walk->memory->page_shift;
	bool in_page = (addr & (page - 1)) + table_size(walk->paging, level) <= page;

	if (walk->table[level].valid && walk->table[level].addr == addr)
		return NULL;
	walk->table[level].valid = false;
	walk->table[level].bytes = walk->table[level].own;
	struct error *err = in_page ? table_view(walk, level, addr) : table_read(walk, level, addr);
	if (err)
		return error_context(err, "page table of level %u at physical 0x%" PRIx64,
				     level + 1, addr);
	walk->table[level].valid = true;
	walk->table[level].addr = addr;
	if (level == 0)
		walk->base_tables_read++;
	return NULL;
}

/* Of the piece that entry @index of the current table is in. */
static enum memory_state entry_state(const struct pgwalk *walk, unsigned level, uint64_t index)
{
	unsigned shift = walk->memory->page_shift;

	if (walk->table[level].whole)
		return MEMORY_PRESENT;
	uint64_t in_page = walk->table[level].addr & ((UINT64_C(1) << shift) - 1);
	uint64_t piece = (in_page + 8 * index) >> shift;

	return piece < PGWALK_PIECES ? (enum memory_state)walk->table[level].state[piece]
				     : MEMORY_ABSENT;
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

/* What entry @index of the current table of @level is; an unreadable one is ENTRY_NONE. */
static struct entry entry_read(const struct pgwalk *walk, unsigned level, uint64_t index,
			       uint64_t *raw_ret)
{
	*raw_ret = 0;
	/* No bytes: the walk was in no such table. Of a running machine it can be gone by now. */
	if (entry_state(walk, level, index) != MEMORY_PRESENT || !walk->table[level].bytes)
		return (struct entry){ .kind = ENTRY_NONE };
	*raw_ret = load_u64(walk->table[level].bytes + 8 * index, walk->paging->big_endian);
	return walk->arch->entry_decode(walk->paging, level, *raw_ret);
}

static uint64_t index_in(const struct paging *paging, unsigned level, vaddr_t addr)
{
	return addr >> paging->level[level].shift &
	       ((UINT64_C(1) << paging->level[level].bits) - 1);
}

/* The mapping that an entry of the current table of @level makes. */
static struct mapping mapping_of(const struct pgwalk *walk, unsigned level, vaddr_t addr,
				 uint64_t raw, const struct entry *entry, bool writable)
{
	unsigned shift = entry->shift ? entry->shift : walk->paging->level[level].shift;
	uint64_t size = UINT64_C(1) << shift, index = index_in(walk->paging, level, addr);
	vaddr_t start = addr & ~(size - 1);
	enum memory_state state = entry_state(walk, level, index);

	return (struct mapping){
		.state = state_of(state, entry->kind),
		.va = { start, start + size },
		.pa = entry->addr,
		.level = level,
		.writable = writable && entry->writable,
		.entry_writable = entry->writable,
		.user = entry->user,
		.entry_addr = walk->table[level].addr + 8 * index,
		.raw = raw,
		.equal = 1,
		.memory_state = state,
	};
}

static bool is_served(const struct pgwalk *walk, unsigned level, vaddr_t addr)
{
	return addr - walk->served[level].start < walk->served[level].bytes;
}

/* Loads the table at @table, through which the walk to @addr goes. */
static struct error *table_enter(struct pgwalk *walk, unsigned level, paddr_t table, vaddr_t addr,
				 bool writable)
{
	unsigned bits = walk->paging->level[level].shift + walk->paging->level[level].bits;

	walk->served[level].bytes = 0;
	walk->tables_entered++;
	struct error *err = table_load(walk, level, table);
	if (err || bits >= 64)
		return err;
	walk->served[level].bytes = UINT64_C(1) << bits;
	walk->served[level].start = addr & ~(walk->served[level].bytes - 1);
	walk->served[level].writable = writable;
	return NULL;
}

/* The lowest level whose current table serves @addr; else the root is loaded. */
static struct error *find_top(struct pgwalk *walk, vaddr_t addr, unsigned *ret)
{
	const struct paging *paging = walk->paging;

	for (*ret = 0; *ret < paging->levels; ++*ret)
		if (is_served(walk, *ret, addr))
			return NULL;
	if (paging->levels == 0)
		return error_new(ERROR_CORRUPT, "page tables without levels");
	*ret = paging->levels - 1;
	return table_enter(walk, *ret, paging->root, addr, true);
}

struct error *pgwalk_at(struct pgwalk *walk, vaddr_t addr, struct mapping *ret)
{
	unsigned level;
	struct error *err = find_top(walk, addr, &level);
	bool writable = err || !walk->served[level].bytes || walk->served[level].writable;

	while (!err) {
		uint64_t raw;
		struct entry entry =
			entry_read(walk, level, index_in(walk->paging, level, addr), &raw);

		if (entry.kind != ENTRY_TABLE || level == 0) {
			*ret = mapping_of(walk, level, addr, raw, &entry, writable);
			return NULL;
		}
		writable = writable && entry.writable;
		err = table_enter(walk, --level, entry.addr, addr, writable);
	}
	return err;
}

struct error *pgwalk_reach(struct pgwalk *walk, vaddr_t addr)
{
	struct mapping ignored;

	return is_served(walk, 0, addr) ? NULL : pgwalk_at(walk, addr, &ignored);
}

const char *paging_level_name(const struct paging *paging, unsigned level)
{
	static const char *const names[] = { "PTE", "PMD", "PUD", "P4D" };

	return level + 1 == paging->levels || level >= COUNT_OF(names) ? "PGD" : names[level];
}

struct table_entry pgwalk_entry(const struct pgwalk *walk, unsigned level, vaddr_t addr)
{
	struct table_entry ret = { .level = level };
	uint64_t index = index_in(walk->paging, level, addr);
	struct entry entry = entry_read(walk, level, index, &ret.raw);

	ret.address = walk->table[level].addr + 8 * index;
	ret.is_leaf = entry.kind == ENTRY_LEAF;
	return ret;
}

bool pgwalk_table(const struct pgwalk *walk, unsigned level, vaddr_t addr, paddr_t *ret,
		  struct range *serves_ret)
{
	if (!is_served(walk, level, addr))
		return false;
	*ret = walk->table[level].addr;
	*serves_ret = (struct range){ walk->served[level].start,
				      walk->served[level].start + walk->served[level].bytes };
	return true;
}

bool pgwalk_forbidding(const struct pgwalk *walk, vaddr_t addr, unsigned leaf,
		       struct table_entry *ret)
{
	unsigned level = walk->paging->levels - 1;

	while (level > leaf &&
	       (!is_served(walk, level - 1, addr) || walk->served[level - 1].writable))
		level--;
	*ret = pgwalk_entry(walk, level, addr);
	return level > 0 &&
	       (level > leaf || !walk->arch->entry_decode(walk->paging, level, ret->raw).writable);
}

/* Entries of the lowest level from that of @addr on, and before @end, in one table. */
static uint64_t entries_between(const struct paging *paging, vaddr_t addr, vaddr_t end)
{
	unsigned shift = paging->level[0].shift;
	uint64_t room = (UINT64_C(1) << paging->level[0].bits) - index_in(paging, 0, addr);
	uint64_t wanted = ((end - addr - 1) >> shift) + 1;

	return room < wanted ? room : wanted;
}

const raw_entry_t *pgwalk_entries(const struct pgwalk *walk, vaddr_t addr, vaddr_t end,
				  size_t *count_ret)
{
	*count_ret = 0;
	if (!is_served(walk, 0, addr) || !walk->table[0].whole || addr >= end)
		return NULL;
	*count_ret = (size_t)entries_between(walk->paging, addr, end);
	return (const raw_entry_t *)walk->table[0].bytes + index_in(walk->paging, 0, addr);
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

/* How many entries of the lowest level from that of @addr on, and before @end, are @raw. */
static uint64_t count_equal(const struct pgwalk *walk, vaddr_t addr, vaddr_t end, uint64_t raw)
{
	const struct paging *paging = walk->paging;
	const unsigned char *bytes = walk->table[0].bytes;
	uint64_t first = index_in(paging, 0, addr), count = 1;
	uint64_t room = entries_between(paging, addr, end);

	while (count < room && load_u64(bytes + 8 * (first + count), paging->big_endian) == raw)
		count++;
	return count;
}

bool pgwalk_next_equal(struct pgwalk *walk, struct mapping *ret, struct error **err)
{
	vaddr_t start = walk->next;

	if (!pgwalk_next(walk, ret, err))
		return false;
	if (ret->level != 0 || !walk->table[0].whole || walk->next >= walk->end)
		return true;
	/* Entries of one larger leaf are equal, and what they map is not. */
	if (ret->va.end - ret->va.start != UINT64_C(1) << walk->paging->level[0].shift)
		return true;
	ret->equal = count_equal(walk, start, walk->end, ret->raw);
	ret->va.end = ret->va.start + (ret->equal << walk->paging->level[0].shift);
	walk->next = ret->va.end > start ? ret->va.end : walk->end;
	return true;
}
