// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of a machine: written, and followed, as its architecture has them. */
#include "testdata/machine/machine_parts.h"

#include <stdlib.h>

#include "analyzer/vmcoreinfo/facts.h"
#include "include/error.h"

/* --- entries ------------------------------------------------------------------- */

/* In the byte order of tables, which may be another than the kernel's. */
static uint64_t raw_get(const struct machine *machine, paddr_t at)
{
	image_set_big_endian(machine->image, machine->paging.big_endian);
	uint64_t raw = image_read(machine->image, at, 8);

	image_set_big_endian(machine->image, machine->kernel.big_endian);
	return raw;
}

static void raw_put(struct machine *machine, paddr_t at, uint64_t raw)
{
	image_set_big_endian(machine->image, machine->paging.big_endian);
	image_write(machine->image, at, raw, 8);
	image_set_big_endian(machine->image, machine->kernel.big_endian);
}

static uint64_t typed(const struct machine *machine, unsigned level)
{
	return machine->arch->typed ? machine->arch->typed(machine, level) : 0;
}

static uint64_t none(const struct machine *machine, unsigned level)
{
	return level ? machine->arch->none | typed(machine, level) : machine->arch->none_page;
}

static uint64_t table_entry(const struct machine *machine, unsigned level, paddr_t table)
{
	const struct machine_arch *arch = machine->arch;

	return table >> arch->shift | arch->table | machine->kernel.sme_mask |
	       typed(machine, level) | (arch->table_typed ? arch->table_typed(machine, level) : 0);
}

static uint64_t leaf_entry(const struct machine *machine, unsigned level, paddr_t addr,
			   bool writable)
{
	const struct machine_arch *arch = machine->arch;

	return addr >> arch->shift | (level ? arch->larger : arch->page) |
	       (writable ? arch->writable : arch->readonly) | machine->kernel.sme_mask |
	       typed(machine, level);
}

static bool is_writable(const struct machine *machine, uint64_t raw)
{
	const struct machine_arch *arch = machine->arch;

	return (raw & arch->writable) == arch->writable && !(raw & arch->readonly);
}

static uint64_t leaf_size(const struct machine *machine, unsigned level)
{
	return UINT64_C(1) << machine->paging.level[level].shift;
}

static bool is_present(const struct machine *machine, unsigned level, uint64_t raw)
{
	const struct machine_arch *arch = machine->arch;

	if (arch->present)
		return raw & arch->present;
	return !(raw & (level ? arch->none : arch->none_page));
}

static struct entry entry_of(const struct machine *machine, unsigned level, uint64_t raw)
{
	const struct machine_arch *arch = machine->arch;

	if (!is_present(machine, level, raw))
		return (struct entry){ .kind = ENTRY_NONE };
	raw &= ~machine->kernel.sme_mask;
	if (level > 0 && (raw & arch->leaf_mask) != arch->leaf_value)
		return (struct entry){ .kind = ENTRY_TABLE,
				       .addr = (raw & arch->table_address) << arch->shift };
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = (raw & arch->leaf_address) << arch->shift &
			~(leaf_size(machine, level) - 1),
		.writable = is_writable(machine, raw),
	};
}

/* --- tables -------------------------------------------------------------------- */

static paddr_t entry_at(const struct machine *machine, paddr_t table, vaddr_t va, unsigned level)
{
	uint64_t mask = (UINT64_C(1) << machine->paging.level[level].bits) - 1;

	return table + 8 * (va >> machine->paging.level[level].shift & mask);
}

/* All of one of @level, with nothing behind it. */
static void table_clear(struct machine *machine, paddr_t table, unsigned level)
{
	uint64_t nothing = none(machine, level);

	for (uint64_t i = 0; nothing && i < UINT64_C(1) << machine->paging.level[level].bits; i++)
		raw_put(machine, table + 8 * i, nothing);
}

static paddr_t table_new(struct machine *machine, unsigned level)
{
	uint64_t size = UINT64_C(8) << machine->paging.level[level].bits;
	paddr_t table = (machine->next_table + size - 1) / size * size;

	machine->next_table = table + size;
	table_clear(machine, table, level);
	return table;
}

/* The leaf at @at of @level becomes a table of smaller ones. */
static void leaf_split(struct machine *machine, paddr_t at, unsigned level)
{
	struct entry leaf = entry_of(machine, level, raw_get(machine, at));
	paddr_t table = table_new(machine, level - 1);

	for (uint64_t i = 0; i < UINT64_C(1) << machine->paging.level[level - 1].bits; i++)
		raw_put(machine, table + 8 * i,
			leaf_entry(machine, level - 1,
				   leaf.addr + i * leaf_size(machine, level - 1), leaf.writable));
	raw_put(machine, at, table_entry(machine, level, table));
}

/* Where the entry of @level for @va is; tables above are made, leaves split. */
static paddr_t entry_make_room(struct machine *machine, vaddr_t va, unsigned level)
{
	paddr_t table = machine->paging.root;

	for (unsigned above = machine->paging.levels - 1; above > level; above--) {
		paddr_t at = entry_at(machine, table, va, above);
		struct entry entry = entry_of(machine, above, raw_get(machine, at));

		if (entry.kind == ENTRY_NONE)
			raw_put(machine, at,
				table_entry(machine, above, table_new(machine, above - 1)));
		else if (entry.kind == ENTRY_LEAF)
			leaf_split(machine, at, above);
		table = entry_of(machine, above, raw_get(machine, at)).addr;
	}
	return entry_at(machine, table, va, level);
}

void machine_map_at(struct machine *machine, vaddr_t va, paddr_t pa, unsigned level, bool writable)
{
	raw_put(machine, entry_make_room(machine, va, level),
		leaf_entry(machine, level, pa, writable));
}

paddr_t machine_translate(const struct machine *machine, vaddr_t va)
{
	paddr_t table = machine->paging.root;

	for (unsigned level = machine->paging.levels; level-- > 0;) {
		paddr_t at = entry_at(machine, table, va, level);
		struct entry entry = entry_of(machine, level, raw_get(machine, at));

		if (entry.kind == ENTRY_LEAF)
			return entry.addr + (va & (leaf_size(machine, level) - 1));
		if (entry.kind != ENTRY_TABLE)
			break;
		table = entry.addr;
	}
	return 0;
}

paddr_t machine_table(const struct machine *machine, vaddr_t va, unsigned level)
{
	paddr_t table = machine->paging.root;

	for (unsigned above = machine->paging.levels - 1; above > level; above--) {
		paddr_t at = entry_at(machine, table, va, above);
		struct entry entry = entry_of(machine, above, raw_get(machine, at));

		if (entry.kind != ENTRY_TABLE)
			return 0;
		table = entry.addr;
	}
	return table;
}

void machine_tables_init(struct machine *machine)
{
	const struct arch_info *arch = arch_by_elf_machine(machine->kernel.elf_machine);
	struct facts *facts = NULL;
	struct error *err = facts_parse(machine->vmcoreinfo, &facts);

	if (!err)
		err = arch->paging_init(facts, image_memory(machine->image), &machine->paging);
	facts_destroy(facts);
	if (err)
		abort();
	table_clear(machine, machine->paging.root, machine->paging.levels - 1);
}

/* --- the vmemmap ------------------------------------------------------------------ */

uint64_t machine_index_of(const struct machine *machine, pfn_t pfn)
{
	return vmemmap_index(machine, pfn);
}

uint64_t machine_vmemmap_pages(const struct machine *machine, unsigned order)
{
	return vmemmap_index(machine, UINT64_C(1) << order);
}

static vaddr_t address_of(const struct machine *machine, uint64_t index)
{
	return machine->vmemmap + (index << machine->kernel.page_shift);
}

pfn_t machine_frame(const struct machine *machine, uint64_t index)
{
	return machine_translate(machine, address_of(machine, index)) >> machine->kernel.page_shift;
}

void machine_map(struct machine *machine, uint64_t index, pfn_t frame, bool writable)
{
	machine_map_at(machine, address_of(machine, index), frame << machine->kernel.page_shift, 0,
		       writable);
}

void machine_map_larger(struct machine *machine, uint64_t index, pfn_t frame)
{
	machine_map_at(machine, address_of(machine, index), frame << machine->kernel.page_shift, 1,
		       true);
}

uint64_t machine_larger_pages(const struct machine *machine)
{
	return UINT64_C(1) << machine->paging.level[0].bits;
}

void machine_map_section(struct machine *machine, uint64_t nr, pfn_t frame)
{
	uint64_t first = section_index(machine, nr), end = section_index_end(machine, nr);

	if (!machine->layout.base_pages && end - first == machine_larger_pages(machine)) {
		machine_map_larger(machine, first, frame);
		return;
	}
	for (uint64_t index = first; index < end; index++)
		machine_map(machine, index, frame + (index - first), true);
}

void machine_unmap(struct machine *machine, uint64_t index)
{
	raw_put(machine, entry_make_room(machine, address_of(machine, index), 0), none(machine, 0));
}

void machine_split(struct machine *machine, uint64_t index)
{
	entry_make_room(machine, address_of(machine, index), 0);
}
