// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builds the memory of a small machine of any architecture. */
#include "testdata/machine/foreign.h"

#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/arch/arch.h"
#include "analyzer/documents/documents.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/documents/documents.h"
#include "analyzer/pages/page_where.h"
#include "include/dump.h"
#include "testdata/machine/machine_device.h"
#include "testdata/machine/machine_types.h"

static const paddr_t MIB = 1 << 20;
static const paddr_t GIB = 1 << 30;

/* Physical, in bytes. */
enum {
	ROOT = 0x10000,
	TABLES = 0x100000,
	OBJECTS = 0x1000000, /* 16 MiB */
	VMEMMAP = 0x4000000, /* 64 MiB */
	FRESH = 0x8000000,   /* 128 MiB */
	MAPPED = 0x10000000, /* what the direct map has: 256 MiB */
	HUGE = 0x10000000,
};

enum { NODES_LENGTH = 4, KEY_ENABLED = 8 };

struct foreign {
	struct foreign_spec spec;
	const struct arch_info *arch;
	struct paging paging;
	struct image *image;
	struct machine_types types;
	char *facts;
	vaddr_t direct, vmemmap;
	paddr_t next_table, next_object;
	pfn_t next_frame;
	uint64_t ram; /* bytes */
	pfn_t device;
	paddr_t pgdat, hstate;
	uint64_t optimized;
};

static uint64_t page_size(const struct foreign *machine)
{
	return UINT64_C(1) << machine->spec.page_shift;
}

static uint64_t struct_size(const struct foreign *machine)
{
	return machine->spec.struct_page_size;
}

static uint64_t vmemmap_pages(const struct foreign *machine, unsigned order)
{
	return (struct_size(machine) << order) >> machine->spec.page_shift;
}

uint64_t foreign_huge_pages(const struct foreign *machine)
{
	return vmemmap_pages(machine, machine->spec.huge_order);
}

uint64_t foreign_device_pages(const struct foreign *machine)
{
	return vmemmap_pages(machine, machine->spec.device_order);
}

static bool is_numa(const struct foreign *machine)
{
	return machine->spec.elf_machine != EM_S390;
}

/* --- entries of page tables --------------------------------------------------------- */

/* What each architecture writes, apart from the code that reads it. */
static uint64_t table_entry(const struct foreign *machine, unsigned level, paddr_t table)
{
	switch (machine->spec.elf_machine) {
	case EM_AARCH64:
		return table | 3;
	case EM_RISCV:
		return table >> 2 | 1;
	case EM_PPC64:
		return table | UINT64_C(1) << 63 | machine->paging.level[level - 1].bits;
	case EM_S390:
		return table | (level - 1) << 2 | (level > 1 ? 3 : 0);
	case EM_LOONGARCH:
		return table | UINT64_C(0x9000000000000000);
	default:
		return table | 0x63;
	}
}

/* Address bits 48 and 49 are in place with LPA2; none of these machines is as large. */
static uint64_t leaf_entry(const struct foreign *machine, unsigned level, paddr_t addr,
			   bool writable)
{
	switch (machine->spec.elf_machine) {
	case EM_AARCH64:
		return addr | (level ? 1 : 3) | 0x400 | (writable ? UINT64_C(1) << 51 : 0x80) |
		       UINT64_C(3) << 53;
	case EM_RISCV:
		return addr >> 2 | 0xe3 | (writable ? 4 : 0);
	case EM_PPC64:
		return addr | UINT64_C(3) << 62 | 0x18c | (writable ? 2 : 0);
	case EM_S390:
		return addr | (level ? 0x400 | (level - 1) << 2 : 0x11) | (writable ? 0 : 0x200);
	case EM_LOONGARCH:
		return addr | 0xd1 | (level ? 0x40 : 0) | (writable ? 0x102 : 0);
	default:
		return addr | 0x161 | (level ? 0x80 : 0) | (writable ? 2 : 0);
	}
}

static uint64_t no_entry(const struct foreign *machine, unsigned level)
{
	if (machine->spec.elf_machine != EM_S390)
		return 0;
	return level == 0 ? 0x400 : 0x20 | (level - 1) << 2;
}

static void entry_write(struct foreign *machine, paddr_t at, uint64_t raw)
{
	image_set_big_endian(machine->image, machine->paging.big_endian);
	image_write(machine->image, at, raw, 8);
	image_set_big_endian(machine->image, machine->spec.big_endian);
}

static struct entry entry_read(const struct foreign *machine, paddr_t at, unsigned level)
{
	image_set_big_endian(machine->image, machine->paging.big_endian);
	uint64_t raw = image_read(machine->image, at, 8);

	image_set_big_endian(machine->image, machine->spec.big_endian);
	return machine->arch->entry_decode(&machine->paging, level, raw);
}

static paddr_t table_new(struct foreign *machine, unsigned level)
{
	uint64_t size = UINT64_C(8) << machine->paging.level[level].bits;
	paddr_t table = (machine->next_table + size - 1) / size * size;

	machine->next_table = table + size;
	for (uint64_t at = 0; no_entry(machine, level) && at < size; at += 8)
		entry_write(machine, table + at, no_entry(machine, level));
	return table;
}

static paddr_t entry_at(const struct foreign *machine, paddr_t table, vaddr_t va, unsigned level)
{
	return table + 8 * (va >> machine->paging.level[level].shift &
			    ((UINT64_C(1) << machine->paging.level[level].bits) - 1));
}

static void map(struct foreign *machine, vaddr_t va, paddr_t pa, unsigned level, bool writable)
{
	paddr_t table = machine->paging.root;

	for (unsigned above = machine->paging.levels - 1; above > level; above--) {
		paddr_t at = entry_at(machine, table, va, above);
		struct entry entry = entry_read(machine, at, above);

		if (entry.kind == ENTRY_LEAF)
			abort(); /* nothing here splits */
		if (entry.kind != ENTRY_TABLE) {
			entry.addr = table_new(machine, above - 1);
			entry_write(machine, at, table_entry(machine, above, entry.addr));
		}
		table = entry.addr;
	}
	entry_write(machine, entry_at(machine, table, va, level),
		    leaf_entry(machine, level, pa, writable));
}

static paddr_t translate(const struct foreign *machine, vaddr_t va)
{
	paddr_t table = machine->paging.root;

	for (unsigned level = machine->paging.levels; level-- > 0;) {
		struct entry entry =
			entry_read(machine, entry_at(machine, table, va, level), level);
		uint64_t mask = (UINT64_C(1) << machine->paging.level[level].shift) - 1;

		if (entry.kind == ENTRY_LEAF)
			return entry.addr + (va & mask);
		if (entry.kind != ENTRY_TABLE)
			break;
		table = entry.addr;
	}
	abort(); /* a test that looks at what is not mapped */
}

/* --- objects -------------------------------------------------------------------------- */

static vaddr_t direct(const struct foreign *machine, paddr_t addr)
{
	return machine->direct + addr;
}

static void put(struct foreign *machine, paddr_t addr, uint64_t value, size_t size)
{
	image_write(machine->image, addr, value, size);
}

static paddr_t object_new(struct foreign *machine, uint64_t bytes)
{
	paddr_t object = machine->next_object;

	machine->next_object += (bytes + 4095) / 4096 * 4096;
	return object;
}

/* A line of VMCOREINFO. */
__attribute__((format(printf, 2, 3))) static void fact(struct foreign *machine, const char *format,
						       ...)
{
	va_list arguments;
	char *line, *text;

	va_start(arguments, format);
	int length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0 || asprintf(&text, "%s%s\n", machine->facts ? machine->facts : "", line) < 0)
		abort();
	free(line);
	free(machine->facts);
	machine->facts = text;
}

static void type_set(struct foreign *machine, enum type_query_kind kind, const char *type,
		     const char *name, uint64_t value)
{
	machine_types_set(&machine->types, kind, type, name, value);
}

static paddr_t symbol_new(struct foreign *machine, const char *name, uint64_t bytes)
{
	paddr_t at = object_new(machine, bytes);

	type_set(machine, TYPE_SYMBOL, NULL, name, direct(machine, at));
	return at;
}

/* --- struct pages ----------------------------------------------------------------------- */

void foreign_write(struct foreign *machine, pfn_t pfn, unsigned offset, uint64_t value, size_t size)
{
	put(machine, translate(machine, machine->vmemmap + pfn * struct_size(machine) + offset),
	    value, size);
}

uint64_t foreign_read(const struct foreign *machine, pfn_t pfn, unsigned offset, size_t size)
{
	vaddr_t va = machine->vmemmap + pfn * struct_size(machine) + offset;

	return image_read(machine->image, translate(machine, va), size);
}

static uint64_t flags_of(const struct foreign *machine, unsigned zone, uint64_t bits)
{
	unsigned nodes_shift = is_numa(machine) ? 2 : 0; /* NODES_LENGTH of them, or one */

	return (uint64_t)zone << (61 - nodes_shift) | bits;
}

static uint64_t link_of(const struct foreign *machine, pfn_t head, unsigned order)
{
	if (machine->spec.scheme >= MACHINE_D && struct_size(machine) == 64)
		return UINT64_MAX << (order + 6) | 1;
	return (machine->vmemmap + head * struct_size(machine)) | 1;
}

/* The struct page at physical @at. */
static void tail_write(struct foreign *machine, paddr_t at, uint64_t flags, uint64_t link)
{
	put(machine, at + MACHINE_PAGE_FLAGS, flags, 8);
	put(machine, at + MACHINE_PAGE_HEAD, link, 8);
	put(machine, at + MACHINE_PAGE_MAPPING, machine->arch->poison_delta + 0x400, 8);
	put(machine, at + MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	put(machine, at + MACHINE_PAGE_REFCOUNT, 0, 4);
}

static void tails_write(struct foreign *machine, pfn_t head, pfn_t first, pfn_t end, unsigned order,
			uint64_t flags)
{
	uint64_t link = link_of(machine, head, order);

	for (pfn_t pfn = first; pfn < end; pfn++)
		tail_write(machine,
			   translate(machine, machine->vmemmap + pfn * struct_size(machine)), flags,
			   link);
}

static void frame_own(struct foreign *machine, pfn_t frame)
{
	foreign_write(machine, frame, MACHINE_PAGE_FLAGS, flags_of(machine, MACHINE_ZONE_NORMAL, 0),
		      8);
	foreign_write(machine, frame, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	foreign_write(machine, frame, MACHINE_PAGE_REFCOUNT, 1, 4);
}

pfn_t foreign_frame_new(struct foreign *machine)
{
	frame_own(machine, machine->next_frame);
	return machine->next_frame++;
}

static vaddr_t vmemmap_of(const struct foreign *machine, pfn_t pfn, uint64_t number)
{
	return machine->vmemmap + pfn * struct_size(machine) + (number << machine->spec.page_shift);
}

void foreign_map(struct foreign *machine, pfn_t pfn, uint64_t number, pfn_t frame, bool writable)
{
	map(machine, vmemmap_of(machine, pfn, number), frame << machine->spec.page_shift, 0,
	    writable);
}

pfn_t foreign_frame(const struct foreign *machine, pfn_t pfn, uint64_t number)
{
	return translate(machine, vmemmap_of(machine, pfn, number)) >> machine->spec.page_shift;
}

/* zone->vmemmap_tails[]: made with its array, where that is a pointer. */
static pfn_t zone_tail(struct foreign *machine, unsigned zone, unsigned order, uint64_t bits)
{
	paddr_t at = machine->pgdat + MACHINE_PGDAT_ZONES + zone * MACHINE_ZONE_SIZE +
		     MACHINE_ZONE_TAILS;
	unsigned min = (unsigned)__builtin_ctzll(2 * page_size(machine) / struct_size(machine));
	pfn_t frame = foreign_frame_new(machine);
	uint64_t count = page_size(machine) / struct_size(machine);

	if (machine->spec.scheme == MACHINE_E2) {
		paddr_t array = object_new(machine, 4096);

		put(machine, at, direct(machine, array), 8);
		at = array;
	}
	put(machine, at + 8 * (order - min), machine->vmemmap + frame * struct_size(machine), 8);
	for (uint64_t i = 0; i < count; i++)
		tail_write(machine, (frame << machine->spec.page_shift) + i * struct_size(machine),
			   flags_of(machine, zone, bits), link_of(machine, 0, order));
	return frame;
}

/* --- sections ------------------------------------------------------------------------------ */

static uint64_t section_pages(const struct foreign *machine)
{
	return UINT64_C(1) << (machine->spec.section_bits - machine->spec.page_shift);
}

/* All sections of [start, end), @bits of section_mem_map, and their arrays. */
static void sections_add(struct foreign *machine, paddr_t roots, pfn_t start, pfn_t end,
			 uint64_t bits)
{
	uint64_t per_root = page_size(machine) / MACHINE_SECTION_SIZE;

	for (uint64_t nr = start / section_pages(machine); nr * section_pages(machine) < end;
	     nr++) {
		paddr_t slot = roots + 8 * (nr / per_root);
		vaddr_t root = image_read(machine->image, slot, 8);

		if (!root) {
			root = direct(machine, object_new(machine, page_size(machine)));
			put(machine, slot, root, 8);
		}
		paddr_t section = root - machine->direct + nr % per_root * MACHINE_SECTION_SIZE;
		paddr_t usage = object_new(machine, 64);

		put(machine, section + MACHINE_SECTION_MAP, machine->vmemmap | bits, 8);
		put(machine, section + MACHINE_SECTION_USAGE, direct(machine, usage), 8);
		for (unsigned i = 0; i < 8; i++)
			put(machine, usage + MACHINE_SUBSECTION_MAP + 8 * i, UINT64_MAX, 8);
	}
}

/* The vmemmap of boot memory, in base pages from VMEMMAP on. */
static void boot_vmemmap(struct foreign *machine)
{
	uint64_t pages = (machine->ram >> machine->spec.page_shift) * struct_size(machine);
	pfn_t first = VMEMMAP >> machine->spec.page_shift;

	pages = (pages + page_size(machine) - 1) >> machine->spec.page_shift;
	for (uint64_t i = 0; i < pages; i++)
		map(machine, machine->vmemmap + (i << machine->spec.page_shift),
		    VMEMMAP + (i << machine->spec.page_shift), 0, true);
	for (uint64_t i = 0; i < pages; i++)
		frame_own(machine, first + i);
}

/* --- huge pages ------------------------------------------------------------------------------ */

pfn_t foreign_huge(const struct foreign *machine, unsigned number)
{
	uint64_t size = page_size(machine) << machine->spec.huge_order;
	uint64_t first = size > HUGE ? size : HUGE;

	return (first + number * size) >> machine->spec.page_shift;
}

static void add_to(struct foreign *machine, paddr_t at, size_t size)
{
	put(machine, at, image_read(machine->image, at, size) + 1, size);
}

static void huge_share(struct foreign *machine, pfn_t pfn)
{
	uint64_t pages = foreign_huge_pages(machine);
	pfn_t target = foreign_frame(machine, pfn, 0);

	/* The first page makes the frame, the others find it behind its tails. */
	if (machine->spec.scheme >= MACHINE_D)
		target = pfn == foreign_huge(machine, 0)
				 ? zone_tail(machine, MACHINE_ZONE_NORMAL, machine->spec.huge_order,
					     0)
				 : foreign_frame(machine, foreign_huge(machine, 0), 1);
	for (uint64_t i = 1; i < pages; i++)
		foreign_map(machine, pfn, i, target, machine->spec.tails_writable);
	add_to(machine, machine->optimized, 4);
}

static void huge_add(struct foreign *machine, pfn_t pfn, bool is_free)
{
	unsigned order = machine->spec.huge_order;
	bool optimized = machine->spec.scheme != MACHINE_NONE && struct_size(machine) == 64;
	uint64_t flags = flags_of(machine, MACHINE_ZONE_NORMAL, 0);

	tails_write(machine, pfn, pfn + 1, pfn + (UINT64_C(1) << order), order, flags);
	foreign_write(machine, pfn, MACHINE_PAGE_FLAGS, flags | 1 << MACHINE_PG_HEAD, 8);
	foreign_write(machine, pfn, MACHINE_PAGE_PRIVATE,
		      (is_free ? 1 << MACHINE_HPG_FREED : 0) |
			      (optimized ? 1 << MACHINE_HPG_OPTIMIZED : 0),
		      8);
	foreign_write(machine, pfn, MACHINE_PAGE_REFCOUNT, !is_free, 4);
	foreign_write(machine, pfn, MACHINE_PAGE_MAPCOUNT, (uint32_t)MACHINE_PGTY_HUGETLB << 24, 4);
	foreign_write(machine, pfn + 1, MACHINE_PAGE_FLAGS, flags | order, 8);
	if (optimized)
		huge_share(machine, pfn);
	add_to(machine, machine->hstate + MACHINE_HSTATE_NR, 8);
	add_to(machine, machine->hstate + MACHINE_HSTATE_NR_NODE, 4);
	if (!is_free)
		return;
	add_to(machine, machine->hstate + MACHINE_HSTATE_FREE, 8);
	add_to(machine, machine->hstate + MACHINE_HSTATE_FREE_NODE, 4);
}

/* --- the device --------------------------------------------------------------------------------
 */

pfn_t foreign_device(const struct foreign *machine)
{
	return machine->device;
}

static pfn_t device_end(const struct foreign *machine)
{
	return machine->device + ((pfn_t)machine->spec.device_pages << machine->spec.device_order);
}

static void device_head(struct foreign *machine, pfn_t pfn, uint64_t flags, vaddr_t pgmap)
{
	foreign_write(machine, pfn, MACHINE_PAGE_FLAGS, flags | 1 << MACHINE_PG_HEAD, 8);
	foreign_write(machine, pfn, MACHINE_PAGE_PGMAP, pgmap, 8);
	foreign_write(machine, pfn, MACHINE_PAGE_MAPPING, 0, 8);
	foreign_write(machine, pfn, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	foreign_write(machine, pfn, MACHINE_PAGE_REFCOUNT, 1, 4);
	foreign_write(machine, pfn + 1, MACHINE_PAGE_FLAGS, flags | machine->spec.device_order, 8);
}

static void references_add(struct foreign *machine, pfn_t frame, uint64_t count)
{
	foreign_write(machine, frame, MACHINE_PAGE_REFCOUNT,
		      foreign_read(machine, frame, MACHINE_PAGE_REFCOUNT, 4) + count, 4);
}

/* Vmemmap pages that larger leaves map hold no tails: the kernel writes two pages only. */
static void leaves_map(struct foreign *machine)
{
	unsigned shift = machine->paging.level[1].shift;
	vaddr_t end = machine->vmemmap + device_end(machine) * struct_size(machine);
	vaddr_t start = end - ((uint64_t)machine->spec.device_leaf << machine->spec.page_shift);
	paddr_t frames = FRESH + 64 * MIB; /* aligned to every leaf */

	for (vaddr_t va = start; va < end; va += UINT64_C(1) << shift, frames += 1 << shift) {
		map(machine, va, frames, 1, true);
		for (uint64_t i = 0; i < UINT64_C(1) << (shift - machine->spec.page_shift); i++)
			frame_own(machine, (frames >> machine->spec.page_shift) + i);
	}
}

/* The vmemmap of one compound page; only @left pages of it are not behind a larger leaf. */
static void device_share(struct foreign *machine, pfn_t head, pfn_t zone_frame, uint64_t left)
{
	uint64_t kept = zone_frame ? 1 : 2;
	pfn_t tails = zone_frame;

	for (uint64_t i = 0; i < kept; i++)
		foreign_map(machine, head, i, foreign_frame_new(machine), true);
	if (!zone_frame)
		tails = foreign_frame(machine, head, 1);
	for (uint64_t i = kept; i < left; i++)
		foreign_map(machine, head, i, tails, !machine->spec.device_tails_readonly);
	references_add(machine, tails, left - kept);
}

/*
 * vmemmap_populate_compound_pages() of arch/powerpc/mm/book3s64/radix_pgtable.c before "fix
 * wrong addr_pfn tracking": from page j of a section the page that is to be shared is looked
 * for at page j of the first section, and made there if it is not, or is the first.
 */
static void device_miscount(struct foreign *machine, pfn_t head)
{
	uint64_t pages = foreign_device_pages(machine);
	uint64_t section = section_pages(machine) * struct_size(machine) / page_size(machine);

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t number = i % section;

		if (i < section) {
			foreign_map(machine, head, i, foreign_frame_new(machine), true);
			continue;
		}
		pfn_t frame = foreign_frame(machine, head, number ? number : 1);
		foreign_map(machine, head, i, frame, true);
		references_add(machine, frame, 1);
	}
}

static void device_page(struct foreign *machine, pfn_t head, pfn_t zone_frame, uint64_t left)
{
	uint64_t flags = flags_of(machine, MACHINE_ZONE_DEVICE, UINT64_C(1) << MACHINE_PG_RESERVED);
	uint64_t kept = zone_frame ? 1 : 2, in_frames = page_size(machine) / struct_size(machine);

	if (machine->spec.device_miscounted)
		device_miscount(machine, head);
	else if (left)
		device_share(machine, head, zone_frame, left);
	tails_write(machine, head, head + 1, head + kept * in_frames, machine->spec.device_order,
		    flags);
	device_head(machine, head, flags, image_read(machine->image, machine->pgdat + 0x8000, 8));
}

/* No kernel of these shares: every page has a frame of its own. */
static void device_plain(struct foreign *machine, pfn_t head)
{
	uint64_t flags = flags_of(machine, MACHINE_ZONE_DEVICE, UINT64_C(1) << MACHINE_PG_RESERVED);
	unsigned order = machine->spec.device_order;

	for (uint64_t i = 0; i < foreign_device_pages(machine); i++)
		foreign_map(machine, head, i, foreign_frame_new(machine), true);
	tails_write(machine, head, head + 1, head + (UINT64_C(1) << order), order, flags);
	device_head(machine, head, flags, image_read(machine->image, machine->pgdat + 0x8000, 8));
}

static bool device_shares(const struct foreign *machine)
{
	return machine->spec.scheme == MACHINE_E2 || machine->arch->shares_devices;
}

static void zone_span(struct foreign *machine, unsigned zone, pfn_t start, pfn_t end)
{
	paddr_t at = machine->pgdat + MACHINE_PGDAT_ZONES + zone * MACHINE_ZONE_SIZE;

	put(machine, at + MACHINE_ZONE_START, start, 8);
	put(machine, at + MACHINE_ZONE_SPANNED, end - start, 8);
}

static void device_types(struct foreign *machine)
{
	static const struct {
		enum type_query_kind kind;
		const char *type, *name;
		uint64_t value;
	} types[] = {
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "altmap", MACHINE_PGMAP_ALTMAP },
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "type", MACHINE_PGMAP_TYPE },
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "flags", MACHINE_PGMAP_FLAGS },
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "nr_range", MACHINE_PGMAP_NR_RANGE },
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "ranges", MACHINE_PGMAP_RANGES },
		{ TYPE_MEMBER_OFFSET, "dev_pagemap", "vmemmap_shift", MACHINE_PGMAP_SHIFT },
		{ TYPE_SIZE, "range", NULL, MACHINE_RANGE_SIZE },
		{ TYPE_MEMBER_OFFSET, "range", "start", MACHINE_RANGE_START },
		{ TYPE_MEMBER_OFFSET, "range", "end", MACHINE_RANGE_END },
		{ TYPE_MEMBER_OFFSET, "xarray", "xa_head", MACHINE_XA_HEAD },
		{ TYPE_MEMBER_OFFSET, "xa_node", "shift", MACHINE_XA_SHIFT },
		{ TYPE_MEMBER_OFFSET, "xa_node", "slots", MACHINE_XA_SLOTS },
		{ TYPE_MEMBER_LENGTH, "xa_node", "slots", 64 },
		{ TYPE_ENUMERATOR, "pageflags", "PG_reserved", MACHINE_PG_RESERVED },
		{ TYPE_ENUMERATOR, "memory_type", "MEMORY_DEVICE_GENERIC", MACHINE_TYPE_GENERIC },
		{ TYPE_ENUMERATOR, "memory_type", "MEMORY_DEVICE_FS_DAX", MACHINE_TYPE_FS_DAX },
	};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		type_set(machine, types[i].kind, types[i].type, types[i].name, types[i].value);
	type_set(machine, TYPE_MEMBER_OFFSET, machine->spec.scheme >= MACHINE_D ? "folio" : "page",
		 "pgmap", MACHINE_PAGE_PGMAP);
}

/* One node of the xarray has a slot for the whole range. */
static void pgmap_add(struct foreign *machine)
{
	paddr_t array = symbol_new(machine, "pgmap_array", 64), pgmap = object_new(machine, 256);
	paddr_t node = object_new(machine, 1024);
	unsigned shift = 6;

	while (machine->device >> shift >= 64)
		shift += 6;
	put(machine, node + MACHINE_XA_SHIFT, shift, 1);
	for (uint64_t slot = machine->device >> shift;
	     slot < 64 && slot << shift < device_end(machine); slot++)
		put(machine, node + MACHINE_XA_SLOTS + 8 * slot, direct(machine, pgmap), 8);
	put(machine, array + MACHINE_XA_HEAD, direct(machine, node) | 2, 8);
	put(machine, pgmap + MACHINE_PGMAP_TYPE, MACHINE_TYPE_GENERIC, 4);
	put(machine, pgmap + MACHINE_PGMAP_SHIFT, machine->spec.device_order, 8);
	put(machine, pgmap + MACHINE_PGMAP_NR_RANGE, 1, 4);
	put(machine, pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START,
	    machine->device << machine->spec.page_shift, 8);
	put(machine, pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_END,
	    (device_end(machine) << machine->spec.page_shift) - 1, 8);
	put(machine, machine->pgdat + 0x8000, direct(machine, pgmap), 8);
}

static void device_add(struct foreign *machine, paddr_t roots)
{
	pfn_t step = (pfn_t)1 << machine->spec.device_order, zone_frame = 0;
	uint64_t pages = foreign_device_pages(machine);

	device_types(machine);
	pgmap_add(machine);
	sections_add(machine, roots, machine->device, device_end(machine), 1 | 2);
	zone_span(machine, MACHINE_ZONE_DEVICE, machine->device, device_end(machine));
	if (machine->spec.device_leaf)
		leaves_map(machine);
	if (machine->spec.scheme == MACHINE_E2)
		zone_frame = zone_tail(machine, MACHINE_ZONE_DEVICE, machine->spec.device_order,
				       UINT64_C(1) << MACHINE_PG_RESERVED);
	for (pfn_t pfn = machine->device; pfn < device_end(machine); pfn += step) {
		uint64_t to_end = (device_end(machine) - pfn) / step * pages;
		uint64_t left =
			to_end > machine->spec.device_leaf ? to_end - machine->spec.device_leaf : 0;

		if (device_shares(machine))
			device_page(machine, pfn, zone_frame, left < pages ? left : pages);
		else
			device_plain(machine, pfn);
	}
}

/* --- the kernel ----------------------------------------------------------------------------------
 */

/* Where the kernel's parts are, and what VMCOREINFO says of it. */
static void places(struct foreign *machine)
{
	unsigned bits = machine->spec.va_bits;
	vaddr_t image = 0;

	switch (machine->spec.elf_machine) {
	case EM_AARCH64:
		machine->direct = UINT64_MAX << bits;
		machine->vmemmap = UINT64_MAX << (bits - 1);
		image = UINT64_MAX << (bits - 2);
		fact(machine, "NUMBER(kimage_voffset)=0x%" PRIx64, image);
		fact(machine, "NUMBER(VA_BITS)=%u", bits);
		fact(machine, "NUMBER(TCR_EL1_T1SZ)=0x%x", 64 - bits);
		break;
	case EM_RISCV:
		machine->direct = UINT64_MAX << (bits - 1);
		machine->vmemmap = UINT64_MAX << (bits - 2);
		image = UINT64_C(0xffffffff80000000);
		fact(machine, "NUMBER(va_kernel_pa_offset)=0x%" PRIx64, image);
		fact(machine, "NUMBER(VA_BITS)=%u", bits);
		break;
	case EM_PPC64:
		machine->direct = image = UINT64_C(0xc000000000000000);
		machine->vmemmap = UINT64_C(0xc00c000000000000);
		fact(machine, "NUMBER(RADIX_MMU)=1");
		break;
	case EM_S390:
		machine->vmemmap = UINT64_C(0x37200000000);
		break;
	case EM_LOONGARCH:
		machine->direct = image = UINT64_C(0x9000000000000000);
		machine->vmemmap = UINT64_C(0xfffffeff00000000);
		fact(machine, "NUMBER(VMALLOC_START)=0x%" PRIx64, UINT64_C(0xffff800082008000));
		break;
	default:
		abort();
	}
	fact(machine, "SYMBOL(swapper_pg_dir)=%" PRIx64, image + ROOT);
}

static void facts_write(struct foreign *machine, paddr_t roots)
{
	if (machine->spec.release)
		fact(machine, "OSRELEASE=%s", machine->spec.release);
	fact(machine, "SYMBOL(mem_section)=%" PRIx64, direct(machine, roots));
	fact(machine, "LENGTH(mem_section)=%" PRIu64, page_size(machine) / 8);
	fact(machine, "NUMBER(SECTION_SIZE_BITS)=%u", machine->spec.section_bits);
	fact(machine, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=%d",
	     (int32_t)((uint32_t)MACHINE_PGTY_HUGETLB << 24));
	if (!is_numa(machine))
		fact(machine, "SYMBOL(contig_page_data)=%" PRIx64, direct(machine, machine->pgdat));
}

static void paging_start(struct foreign *machine)
{
	struct facts *facts;
	struct error *err;

	image_set_big_endian(machine->image, true); /* the one row that reads memory, s390x */
	image_write(machine->image, ROOT, 0x24, 8);
	image_set_big_endian(machine->image, machine->spec.big_endian);
	err = facts_parse(machine->facts, &facts);
	if (!err)
		err = machine->arch->paging_init(facts, image_memory(machine->image),
						 &machine->paging);
	facts_destroy(facts);
	if (err)
		abort();
	unsigned top = machine->paging.levels - 1;
	for (uint64_t i = 0; i < UINT64_C(1) << machine->paging.level[top].bits; i++)
		entry_write(machine, ROOT + 8 * i, no_entry(machine, top));
}

static void direct_map(struct foreign *machine)
{
	paddr_t step = (paddr_t)1 << machine->paging.level[1].shift;

	if (machine->paging.window[0].size)
		return;
	for (paddr_t addr = 0; addr < MAPPED; addr += step)
		map(machine, direct(machine, addr), addr, 1, true);
}

static void scheme_types(struct foreign *machine)
{
	enum machine_scheme scheme = machine->spec.scheme;
	bool tails = scheme >= MACHINE_D;

	type_set(machine, TYPE_MEMBER_OFFSET, "page", tails ? "compound_info" : "compound_head",
		 MACHINE_PAGE_HEAD);
	if (tails)
		type_set(machine, TYPE_MEMBER_OFFSET, "zone", "vmemmap_tails", MACHINE_ZONE_TAILS);
	if (scheme == MACHINE_D || scheme == MACHINE_E1)
		type_set(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails", 16);
	if (scheme >= MACHINE_E1)
		type_set(machine, TYPE_MEMBER_OFFSET, "mem_section", "compound_page_order",
			 MACHINE_SECTION_ORDER);
	if (scheme != MACHINE_NONE)
		put(machine, symbol_new(machine, "vmemmap_optimize_enabled", 8), 1, 1);
	paddr_t key = object_new(machine, 64);
	if (scheme == MACHINE_B)
		type_set(machine, TYPE_SYMBOL, NULL, "hugetlb_optimize_vmemmap_key",
			 direct(machine, key));
	type_set(machine, TYPE_MEMBER_OFFSET, "static_key", "enabled", KEY_ENABLED);
	machine->optimized = key + KEY_ENABLED;
}

static void types_write(struct foreign *machine)
{
	machine_types_init(&machine->types);
	type_set(machine, TYPE_SIZE, "page", NULL, struct_size(machine));
	type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 5);
	type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_buddy", MACHINE_PGTY_BUDDY);
	type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_hugetlb", MACHINE_PGTY_HUGETLB);
	type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_table", MACHINE_PGTY_TABLE);
	type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_slab", MACHINE_PGTY_SLAB);
}

static void pool_write(struct foreign *machine)
{
	char name[32];

	snprintf(name, sizeof(name), "hugepages-%" PRIu64 "kB",
		 page_size(machine) << machine->spec.huge_order >> 10);
	machine->hstate = symbol_new(machine, "hstates", MACHINE_HSTATE_SIZE);
	put(machine, symbol_new(machine, "hugetlb_max_hstate", 8), 1, 4);
	put(machine, machine->hstate + MACHINE_HSTATE_ORDER, machine->spec.huge_order, 4);
	image_write_text(machine->image, machine->hstate + MACHINE_HSTATE_NAME, name);
}

static void node_write(struct foreign *machine)
{
	paddr_t names = object_new(machine, 64);

	machine->pgdat = object_new(machine, 0x10000);
	if (is_numa(machine))
		put(machine, symbol_new(machine, "node_data", 8 * NODES_LENGTH),
		    direct(machine, machine->pgdat), 8);
	image_write_text(machine->image, names, "Normal");
	image_write_text(machine->image, names + 16, "Device");
	for (unsigned zone = MACHINE_ZONE_NORMAL; zone <= MACHINE_ZONE_DEVICE; zone += 2)
		put(machine,
		    machine->pgdat + MACHINE_PGDAT_ZONES + zone * MACHINE_ZONE_SIZE +
			    MACHINE_ZONE_NAME,
		    direct(machine, names + (zone == MACHINE_ZONE_DEVICE ? 16 : 0)), 8);
	zone_span(machine, MACHINE_ZONE_NORMAL, 0, machine->ram >> machine->spec.page_shift);
}

/* Boot memory ends with a section, a device begins behind it. */
static void sizes(struct foreign *machine)
{
	uint64_t huge = page_size(machine) << machine->spec.huge_order;
	uint64_t device = page_size(machine) << machine->spec.device_order;
	uint64_t ram = 4 * huge > GIB ? 4 * huge : GIB, start = 4 * ram;

	if (start % device)
		start += device - start % device;
	machine->ram = ram;
	machine->device = start >> machine->spec.page_shift;
}

struct foreign *foreign_create(const struct foreign_spec *spec)
{
	struct foreign *machine = calloc(1, sizeof(*machine));

	if (!machine)
		abort();
	machine->spec = *spec;
	if (!machine->spec.struct_page_size)
		machine->spec.struct_page_size = 64;
	machine->arch = arch_by_elf_machine(spec->elf_machine);
	machine->image = image_create();
	image_set_pages(machine->image, spec->page_shift);
	image_set_big_endian(machine->image, spec->big_endian);
	machine->next_table = TABLES;
	machine->next_object = OBJECTS;
	machine->next_frame = FRESH >> spec->page_shift;
	sizes(machine);
	image_set_state(machine->image, 0, machine->ram >> spec->page_shift, MEMORY_PRESENT);
	fact(machine, "PAGESIZE=%" PRIu64, page_size(machine));
	places(machine);
	fact(machine, "SYMBOL(vmemmap)=%" PRIx64, machine->vmemmap);
	types_write(machine);
	paging_start(machine);
	direct_map(machine);
	boot_vmemmap(machine);
	node_write(machine);
	pool_write(machine);
	scheme_types(machine);

	paddr_t roots = object_new(machine, page_size(machine));
	facts_write(machine, roots);
	sections_add(machine, roots, 0, machine->ram >> spec->page_shift, 1 | 2 | 8 | 16);
	huge_add(machine, foreign_huge(machine, 0), false);
	huge_add(machine, foreign_huge(machine, 1), true);
	if (spec->device_order)
		device_add(machine, roots);
	return machine;
}

void foreign_destroy(struct foreign *machine)
{
	if (!machine)
		return;
	image_destroy(machine->image);
	machine_types_deinit(&machine->types);
	free(machine->facts);
	free(machine);
}

struct error *foreign_analyze(struct foreign *machine, struct analysis **ret)
{
	return machine_analyze_as(image_memory(machine->image), machine->spec.elf_machine,
				  machine->spec.big_endian, machine->facts,
				  &machine->types.typeinfo, ANALYSIS_FULL, ret);
}

struct error *foreign_page(struct foreign *machine, const struct analysis *analysis, pfn_t pfn,
			   struct report **ret)
{
	char path[] = "described";
	struct dump dump = {
		.path = path,
		.format = "elf",
		.file_count = 1,
		.elf_machine = machine->spec.elf_machine,
		.big_endian = machine->spec.big_endian,
		.memory = image_memory(machine->image),
	};
	const struct document_source source = {
		.version = "0",
		.dump = &dump,
		.typeinfo = &machine->types.typeinfo,
		.analysis = analysis,
	};

	return document_page(&source, &(struct page_where){ .kind = WHERE_PFN, .number = pfn },
			     ret);
}
