// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the parts of the simulator share, and nobody else includes:
 *
 *   machine.c          how large it is, and what is made in which order
 *   machine_archs.c    a row per architecture: entries of page tables, addresses
 *   machine_tables.c   page tables
 *   machine_pages.c    struct pages
 *   machine_objects.c  sections, nodes, zones, pools, the kernel's image
 *   machine_facts.c    types, symbols, VMCOREINFO
 *   machine_huge.c     huge pages of HugeTLB
 *   machine_device.c   device memory: objects; machine_memmap.c: its struct pages
 *   machine_specs.c    the machines of docs/support-matrix.md
 *
 * Byte order, page size, section size and size of struct page are the kernel's.
 */
#ifndef VMEMSCOPE_TESTDATA_MACHINE_PARTS_H
#define VMEMSCOPE_TESTDATA_MACHINE_PARTS_H

#include "analyzer/arch/arch.h"
#include "testdata/machine/machine.h"
#include "testdata/machine/machine_types.h"

/* Physical, in bytes: the same in all machines. */
enum {
	IMAGE_PHYS = 0x1000000,
	SECTION_ROOTS = 0x1400000,
	PGDATS = 0x1410000, /* 64 KiB each */
	USAGES = 0x1430000, /* USAGE_SIZE each: room for 3072 sections */
	USAGE_SIZE = 64,
	SECTIONS = 0x1460000,
	OBJECTS = 0x1500000,
	OBJECTS_END = 0x1800000,
	TABLES = OBJECTS_END,
};

/* In the image. */
enum {
	MAX_HSTATE_AT = 0x1000,
	SWITCH_AT = 0x1008,
	MEM_SECTION_AT = 0x1010,
	HIGHEST_SECTION_AT = 0x1018,
	KEY_AT = 0x1020, /* struct static_key; the count is behind a pointer */
	KEY_ENABLED = 8,
	ADDED_SYMBOLS_AT = 0x1120,
	ZONE_NAMES_AT = 0x1200,
	HSTATES_AT = 0x2000,
	NODE_DATA_AT = 0x3100,
	ROOT_AT = 0x10000, /* up to 64 KiB */
};

enum { NODES_LENGTH = 4, POOLS_MAX = 2 };

/* What depends on how large the machine is: physical, in bytes. */
struct machine_layout {
	paddr_t ram;	 /* how much there is, from 0 on */
	paddr_t vmemmap; /* frames of the vmemmap, in order */
	paddr_t fresh;	 /* frames that nothing uses yet */
	paddr_t mapped;	 /* what the direct map has, by leaves of ... */
	unsigned mapped_level;
	bool base_pages;	/* maps the vmemmap of memory by entries of the lowest level */
	uint64_t section_roots; /* LENGTH(mem_section) */
	uint64_t node_1;	/* its first section */
	unsigned nodes;
};

struct machine_arch {
	uint16_t elf_machine;

	/* Entries of page tables: an address, at these bits after a shift to the right. */
	unsigned shift;
	uint64_t table_address, leaf_address;
	/* The other bits: of entries with a table behind them; of leaves. */
	uint64_t table, page, larger;
	uint64_t writable, readonly;
	/* Of those above the lowest level, leaves are what has this under the mask. */
	uint64_t leaf_mask, leaf_value;
	/* One of these is set in what is there; 0: in no other than @none. */
	uint64_t present;
	uint64_t none_page, none; /* of the lowest level, and of others */
	/* What depends on the level, in all entries, and of tables; NULL: nothing. */
	uint64_t (*typed)(const struct machine *machine, unsigned level);
	uint64_t (*table_typed)(const struct machine *machine, unsigned level);

	uint64_t poison; /* CONFIG_ILLEGAL_POINTER_VALUE */
	bool is_numa;
	/* Sets where things begin, and tells VMCOREINFO. */
	void (*places)(struct machine *machine);
};

struct machine {
	struct machine_kernel kernel; /* nothing in it is 0 that stands for something */
	struct machine_layout layout;
	const struct machine_arch *arch;
	struct paging paging; /* which tables there are */
	struct image *image;
	struct machine_types types;
	char *vmcoreinfo;
	/* What to add to a physical address. */
	vaddr_t direct, image_offset, symbols;
	vaddr_t vmemmap;
	uint64_t slide; /* from where the image is linked to where it runs */
	unsigned pool_orders[POOLS_MAX], pools;
	paddr_t next_table, next_object;
	pfn_t next_frame;
	unsigned next_symbol;
	uint64_t highest_section;
	paddr_t devices; /* where machine_device.c has its objects; 0: nowhere yet */
	pfn_t device;	 /* of a machine of machine_specs.c */
	unsigned device_order;
	uint64_t device_leaf; /* vmemmap pages at a device's end that larger leaves map */
};

/* --- memory --- */

static inline void put(struct machine *machine, paddr_t addr, uint64_t value, size_t size)
{
	image_write(machine->image, addr, value, size);
}

static inline uint64_t get(const struct machine *machine, paddr_t addr, size_t size)
{
	return image_read(machine->image, addr, size);
}

static inline void add_to(struct machine *machine, paddr_t addr, size_t size, int64_t number)
{
	put(machine, addr, get(machine, addr, size) + (uint64_t)number, size);
}

/* NULL is 0. */
static inline vaddr_t direct(const struct machine *machine, paddr_t addr)
{
	return addr ? machine->direct + addr : 0;
}

static inline paddr_t undirect(const struct machine *machine, vaddr_t addr)
{
	return addr ? addr - machine->direct : 0;
}

/* --- sizes --- */

static inline uint64_t page_size(const struct machine *machine)
{
	return UINT64_C(1) << machine->kernel.page_shift;
}

static inline uint64_t struct_size(const struct machine *machine)
{
	return machine->kernel.struct_page_size;
}

/* Whole struct pages in a frame. */
static inline uint64_t per_frame(const struct machine *machine)
{
	return page_size(machine) / struct_size(machine);
}

/* Where the vmemmap has something of the pages below @pfn. */
static inline uint64_t vmemmap_index(const struct machine *machine, pfn_t pfn)
{
	return pfn * struct_size(machine) >> machine->kernel.page_shift;
}

static inline uint64_t section_pages(const struct machine *machine)
{
	return UINT64_C(1) << (machine->kernel.section_bits - machine->kernel.page_shift);
}

/* Vmemmap pages of section @nr, of which the first and the last may be of others, too. */
static inline uint64_t section_index(const struct machine *machine, uint64_t nr)
{
	return vmemmap_index(machine, nr * section_pages(machine));
}

static inline uint64_t section_index_end(const struct machine *machine, uint64_t nr)
{
	uint64_t bytes = (nr + 1) * section_pages(machine) * struct_size(machine);

	return (bytes + page_size(machine) - 1) >> machine->kernel.page_shift;
}

/* Of the bitmap of a section's sub-sections, of 2 MiB each. */
static inline uint64_t machine_subsection_words(const struct machine *machine)
{
	return ((UINT64_C(1) << machine->kernel.section_bits >> 21) + 63) / 64;
}

/* Sections that are there from the beginning. */
static inline uint64_t early_sections(const struct machine *machine)
{
	return machine->layout.ram >> machine->kernel.section_bits;
}

static inline unsigned node_of(const struct machine *machine, pfn_t pfn)
{
	return pfn / section_pages(machine) >= machine->layout.node_1;
}

/* --- machine_archs.c --- */

const struct machine_arch *machine_arch_find(uint16_t elf_machine);

/* --- machine_tables.c --- */

/* Learns from VMCOREINFO which tables there are, and makes the root. */
void machine_tables_init(struct machine *machine);
void machine_map_at(struct machine *machine, vaddr_t va, paddr_t pa, unsigned level, bool writable);
/* 0 if it is not mapped. */
paddr_t machine_translate(const struct machine *machine, vaddr_t va);

/* Vmemmap pages that one leaf of the next level maps; and mapping them, from @index on. */
uint64_t machine_larger_pages(const struct machine *machine);
void machine_map_larger(struct machine *machine, uint64_t index, pfn_t frame);

/* --- machine_pages.c --- */

/* What is in a struct page; what is not said is zero. */
struct machine_page {
	uint64_t flags, head, mapping, private;
	uint32_t mapcount, refcount;
};

/* At physical @at, all of it. */
void machine_page_put(struct machine *machine, paddr_t at, const struct machine_page *page);
void machine_page_set(struct machine *machine, pfn_t pfn, const struct machine_page *page);
uint64_t machine_flags(const struct machine *machine, unsigned node, unsigned zone, uint64_t bits);
unsigned machine_zone_of(const struct machine *machine, pfn_t pfn);

/* Tails of the page at @head: pfns [first, end), or all of a frame. */
void machine_tails_put(struct machine *machine, pfn_t head, unsigned order, uint64_t flags,
		       pfn_t first, pfn_t end);
void machine_tail_frame_put(struct machine *machine, pfn_t frame, uint64_t link, uint64_t flags);
void machine_tail_put(struct machine *machine, paddr_t at, uint64_t link, uint64_t flags);

/* --- machine_objects.c --- */

/* The address of what is at @at of the image, as symbols have it. */
vaddr_t machine_symbol(const struct machine *machine, unsigned at);
void machine_sections_init(struct machine *machine);
void machine_zones_init(struct machine *machine);
void machine_pools_init(struct machine *machine);

/* --- machine_memmap.c --- */

struct machine_dax;

/* Kernels that know compound pages of devices. */
bool machine_has_compounds(const struct machine *machine);
/* Sections, vmemmap and struct pages of the device, which the one at @pgmap is of. */
void machine_memmap(struct machine *machine, const struct machine_dax *spec, paddr_t pgmap);

/* --- machine_facts.c --- */

void machine_fact_format(struct machine *machine, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void machine_facts_init(struct machine *machine);
void machine_kernel_types_init(struct machine *machine); /* and symbols */
uint32_t machine_buddy_type(const struct machine *machine);
/* Tails map a frame of the zone, and their link is a mask. */
bool machine_has_zone_tails(const struct machine *machine);

#endif
