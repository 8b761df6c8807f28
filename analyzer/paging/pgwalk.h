// SPDX-License-Identifier: LGPL-2.1-or-later
/* The page-table walk: an iterator of leaves and holes over a virtual range. */
#ifndef VMEMSCOPE_PGWALK_H
#define VMEMSCOPE_PGWALK_H

#include <stdbool.h>

#include "analyzer/arch/arch.h"
#include "include/memory.h"

enum mapping_state {
	MAPPING_NONE, /* the entry says: not present */
	MAPPING_PRESENT,
	MAPPING_UNREADABLE, /* the table itself is not in the dump */
	MAPPING_INVALID,    /* an entry that this architecture forbids */
};

/* One leaf, or one hole as large as the entry that makes it. */
struct mapping {
	enum mapping_state state;
	struct range va;
	paddr_t pa;			/* of va.start, if present */
	unsigned level;			/* of the deciding entry: 0 is the smallest page */
	bool writable;			/* AND of all levels */
	bool entry_writable;		/* by the deciding entry alone */
	bool user;			/* it is marked for programs */
	paddr_t entry_addr;		/* where the deciding entry lies */
	uint64_t raw;			/* that entry, as read; 0 if unreadable */
	uint64_t equal;			/* entries that say this; @va is of all of them */
	enum memory_state memory_state; /* why, if unreadable */
};

/* One entry as it lies in memory. */
struct table_entry {
	paddr_t address;
	uint64_t raw;
	unsigned level;
	bool is_leaf; /* it maps memory itself, and leads to no table */
};

/* Pages of the largest table: 2^13 entries on ppc64 with pages of 4 KiB. */
enum { PGWALK_PIECES = 16 };

struct pgwalk {
	const struct arch_info *arch;
	const struct paging *paging;
	struct memory *memory;
	vaddr_t next, end; /* the caller may set both at any time */

	/* What the current table of each level serves; no bytes: nothing, or more than can be said.
	 */
	struct {
		vaddr_t start;
		uint64_t bytes;
		bool writable; /* AND of the levels above */
	} served[PAGING_MAX_LEVELS];

	/* Tables read so far at the lowest level: pages that hold base entries. */
	uint64_t base_tables_read;
	uint64_t tables_entered; /* at all levels: changes when the way to an address does */

	/*
	 * The current table of each level; whole tables are read at once. One that is
	 * larger than a page may be in the dump in part: a state for each piece.
	 */
	struct {
		bool valid, whole; /* all pieces are in the dump */
		paddr_t addr;
		uint8_t state[PGWALK_PIECES]; /* enum memory_state */
		const unsigned char *bytes;   /* @own, or those of the memory itself */
		unsigned char *own;
	} table[PAGING_MAX_LEVELS];
};

/* Borrows all three, which must outlive the walk. */
struct error *pgwalk_init(struct pgwalk *walk, const struct arch_info *arch,
			  const struct paging *paging, struct memory *memory);
void pgwalk_deinit(struct pgwalk *walk);

/* False when [next, end) is done; *err is then NULL unless reading failed. */
bool pgwalk_next(struct pgwalk *walk, struct mapping *ret, struct error **err);

/* The same, but neighbours in one lowest-level table that are equal to the bit come as one. */
bool pgwalk_next_equal(struct pgwalk *walk, struct mapping *ret, struct error **err);

/*
 * Makes the lowest-level table that serves @addr the current one, for pgwalk_entries().
 * The other functions return what there is of it.
 */
struct error *pgwalk_reach(struct pgwalk *walk, vaddr_t addr);

/* Entries as they lie in a table, which need not be aligned in the file. */
typedef uint64_t raw_entry_t __attribute__((aligned(1), may_alias));

/*
 * The entries for [@addr, @end) in the current lowest-level table, as many of them as it
 * has; NULL if it serves other addresses or is not in the dump as a whole. Good until
 * the next table is read.
 */
const raw_entry_t *pgwalk_entries(const struct pgwalk *walk, vaddr_t addr, vaddr_t end,
				  size_t *count_ret);

/*
 * The topmost entry above the lowest level that forbids writing to @addr, where the walk has
 * just found a leaf of level @leaf; false if none does, but perhaps the lowest one itself.
 */
bool pgwalk_forbidding(const struct pgwalk *walk, vaddr_t addr, unsigned leaf,
		       struct table_entry *ret);

/* The entry of the current table of @level that serves @addr, to which the walk has just been. */
struct table_entry pgwalk_entry(const struct pgwalk *walk, unsigned level, vaddr_t addr);

/*
 * The table of @level through which the walk has just gone to @addr; false if there is none,
 * as behind a larger leaf. *serves_ret: the addresses that it serves.
 */
bool pgwalk_table(const struct pgwalk *walk, unsigned level, vaddr_t addr, paddr_t *ret,
		  struct range *serves_ret);

/* "PMD"; of @level, as Linux names it. */
const char *paging_level_name(const struct paging *paging, unsigned level);

/* The one mapping that holds @addr. */
struct error *pgwalk_at(struct pgwalk *walk, vaddr_t addr, struct mapping *ret);

#endif
