// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether page tables can be walked at all: checked before types are searched. */
#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/paging/paging_check.h"
#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/kmem.h"

enum { ENTRY_BYTES = 8 };

struct root_look {
	enum memory_state state; /* of the table: only reading it shows damage */
	unsigned nonzero, used;	 /* entries; those that lead anywhere */
	unsigned believable;	 /* lead to memory that the machine has */
	unsigned present;	 /* lead to what is in the dump */
};

static struct error *look_at_entry(const struct arch_info *arch, const struct paging *paging,
				   struct memory *memory, uint64_t raw, struct root_look *look)
{
	struct entry entry = arch->entry_decode(paging, paging->levels - 1, raw);
	struct memory_extent extent;

	look->nonzero += raw != 0;
	if (entry.kind == ENTRY_NONE)
		return NULL;
	look->used++;
	if (entry.kind == ENTRY_INVALID)
		return NULL;
	struct error *err = memory->ops->extent(memory, entry.addr, &extent);
	if (err)
		return err;
	look->believable += extent.state != MEMORY_ABSENT;
	look->present += extent.state == MEMORY_PRESENT;
	return NULL;
}

/* The first page of the table, which is aligned, or all of a smaller one. */
static struct error *look_at_root(const struct arch_info *arch, const struct paging *paging,
				  struct memory *memory, struct root_look *look)
{
	size_t size = (size_t)ENTRY_BYTES << paging->level[paging->levels - 1].bits;
	size_t page = (size_t)1 << memory->page_shift, room = page - (paging->root & (page - 1));

	*look = (struct root_look){ 0 };
	if (size > room)
		size = room;
	_cleanup_free_ unsigned char *table = malloc(size);
	if (!table)
		return error_nomem();
	struct error *err = memory_read(memory, paging->root, size, table, &look->state);
	for (size_t at = 0; !err && look->state == MEMORY_PRESENT && at < size; at += ENTRY_BYTES)
		err = look_at_entry(arch, paging, memory, load_u64(table + at, paging->big_endian),
				    look);
	return err;
}

static struct error *root_missing(const struct paging *paging, enum memory_state state)
{
	return error_new(ERROR_NOT_FOUND,
			 "the kernel's page table at physical 0x%" PRIx64
			 " is %s: nothing can be analysed",
			 paging->root, memory_state_text(state));
}

static struct error *judge(const struct paging *paging, const struct root_look *look)
{
	if (look->state != MEMORY_PRESENT)
		return root_missing(paging, look->state);
	if (!look->nonzero)
		return error_new(ERROR_CORRUPT,
				 "the kernel's page table at physical 0x%" PRIx64
				 " holds nothing but zeroes: nothing can be analysed",
				 paging->root);
	if (look->used && !look->believable)
		return error_new(ERROR_CORRUPT,
				 "no entry of the kernel's page table at physical 0x%" PRIx64
				 " leads to memory of the machine: nothing can be analysed; the "
				 "memory of an encrypted guest (SEV, TDX) looks so from outside",
				 paging->root);
	if (look->used && !look->present)
		return error_new(ERROR_NOT_FOUND,
				 "no page table that the kernel's root at physical 0x%" PRIx64
				 " leads to is in the dump: nothing can be analysed",
				 paging->root);
	return NULL;
}

struct error *paging_check_root(struct memory *memory, const struct paging *paging)
{
	struct memory_extent extent;

	if (paging->root % ENTRY_BYTES)
		return error_new(ERROR_CORRUPT,
				 "the kernel's page table would be at physical 0x%" PRIx64
				 ", where no table can be: its address in VMCOREINFO is damaged",
				 paging->root);
	struct error *err = memory->ops->extent(memory, paging->root, &extent);

	if (err || extent.state == MEMORY_PRESENT)
		return err;
	return root_missing(paging, extent.state);
}

/* Whether the root's entry for @addr leads to a table that is in the dump. */
static struct error *has_table(struct kmem *kmem, vaddr_t addr, bool *ret)
{
	const struct paging *paging = kmem->walk.paging;
	struct memory *memory = kmem->walk.memory;
	const unsigned top = paging->levels - 1;
	uint64_t index =
		addr >> paging->level[top].shift & ((UINT64_C(1) << paging->level[top].bits) - 1);
	struct root_look look = { 0 };
	enum memory_state state;
	unsigned char raw[ENTRY_BYTES];
	struct error *err =
		memory_read(memory, paging->root + ENTRY_BYTES * index, sizeof(raw), raw, &state);

	if (!err && state == MEMORY_PRESENT)
		err = look_at_entry(kmem->walk.arch, paging, memory,
				    load_u64(raw, paging->big_endian), &look);
	*ret = look.present;
	return err;
}

/* SYMBOL(mem_section) is its address, or what it points to: either is read. */
static struct error *has_sections(struct kmem *kmem, vaddr_t sections, bool *ret)
{
	enum memory_state state = MEMORY_ABSENT;
	unsigned char byte;
	struct error *err = kmem_read(kmem, sections, &byte, 1, &state);

	*ret = state == MEMORY_PRESENT;
	return err;
}

/* One of the two says which memory there is. */
static struct error *check_memmap(struct kmem *kmem, const struct facts *facts)
{
	bool is_there = true;
	uint64_t sections, vmemmap;

	if (!facts_value(facts, "SYMBOL", "mem_section", &sections) ||
	    !facts_value(facts, "SYMBOL", "vmemmap", &vmemmap))
		return NULL;
	struct error *err = has_sections(kmem, sections, &is_there);
	if (!err && !is_there)
		err = has_table(kmem, vmemmap, &is_there);
	if (err || is_there)
		return err;
	return error_new(ERROR_NOT_FOUND,
			 "no memory section can be read: the dump lacks the kernel's memory map "
			 "(mem_section) and the page tables of the vmemmap");
}

struct error *paging_check_tables(struct kmem *kmem, const struct facts *facts)
{
	const struct paging *paging = kmem->walk.paging;
	struct memory *memory = kmem->walk.memory;
	struct root_look look;
	struct error *err = paging_check_root(memory, paging);

	if (!err)
		err = look_at_root(kmem->walk.arch, paging, memory, &look);
	if (!err)
		err = judge(paging, &look);
	return err ? err : check_memmap(kmem, facts);
}
