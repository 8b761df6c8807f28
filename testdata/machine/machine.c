// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builds the memory of the tiny machine. */
#include "testdata/machine/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "testdata/machine/machine_types.h"

/* The image is linked at IMAGE_LINKED, and runs at IMAGE, which is physical IMAGE_PHYS. */
static const vaddr_t IMAGE = UINT64_C(0xffffffff82000000);
static const vaddr_t IMAGE_LINKED = UINT64_C(0xffffffff81000000);

enum {
	IMAGE_PHYS = 0x1000000,

	/* In the image. */
	ROOT_AT = 0,
	MAX_HSTATE_AT = 0x1000,
	SWITCH_AT = 0x1008,
	MEM_SECTION_AT = 0x1010,
	HIGHEST_SECTION_AT = 0x1018,
	KEY_AT = 0x1020, /* struct static_key; the count is behind a pointer */
	KEY_ENABLED = 8,
	ADDED_SYMBOLS_AT = 0x1120,
	NODE_DATA_AT = 0x3100,
	ZONE_NAMES_AT = 0x1200,
	HSTATES_AT = 0x2000,

	/* In the direct map, physical. */
	SECTION_ROOTS = 0x1400000,
	SECTION_ROOT_0 = 0x1401000,
	PGDATS = 0x1410000, /* 64 KiB each */
	USAGES = 0x1430000,
	OBJECTS = 0x1500000,
	OBJECTS_END = 0x1800000,
	TABLES = 0x1800000,

	NODES_LENGTH = 4,
	NODES = 2,
	NODE_1_SECTION = 8,
	RAM_PAGES = MACHINE_SECTIONS * MACHINE_SECTION_PAGES,
	NODE_SHIFT = 62, /* in page.flags: 4 nodes, 5 zones */
	ZONE_SHIFT = 59,
	STRUCT_PAGE = 64,
	PAGES_PER_FRAME = 4096 / STRUCT_PAGE,
	TAILS_MIN_ORDER = 7,
};

static const uint64_t TAIL_MAPPING = UINT64_C(0xdead000000000400);
static const uint64_t PTE_PRESENT = 1, PTE_RW = 2, PTE_PSE = 0x80;
static const uint64_t PTE_ADDR = UINT64_C(0x000ffffffffff000);
static const uint64_t PTE_NX = UINT64_C(1) << 63;

struct machine {
	struct machine_kernel kernel;
	struct image *image;
	struct machine_types types;
	char *vmcoreinfo;
	size_t vmcoreinfo_size;
	paddr_t next_table;
	paddr_t next_object;
	paddr_t devices;
	pfn_t next_frame;
	unsigned next_symbol;
	uint64_t highest_section;
};

/* --- page tables ------------------------------------------------------------ */

static paddr_t entry_of(const struct machine *machine, paddr_t table, vaddr_t va, unsigned level)
{
	(void)machine;
	return table + 8 * (va >> (12 + 9 * level) & 511);
}

static uint64_t entry_make(const struct machine *machine, paddr_t addr, uint64_t bits)
{
	return addr | machine->kernel.sme_mask | bits | PTE_PRESENT;
}

static paddr_t entry_addr(const struct machine *machine, uint64_t raw)
{
	return raw & PTE_ADDR & ~machine->kernel.sme_mask;
}

static paddr_t table_new(struct machine *machine)
{
	paddr_t table = machine->next_table;

	machine->next_table += 4096;
	return table;
}

static unsigned top_level(const struct machine *machine)
{
	return machine->kernel.five_levels ? 4 : 3;
}

/* The leaf at @entry of @level becomes a table of 512 smaller ones. */
static void leaf_split(struct machine *machine, paddr_t entry, unsigned level)
{
	uint64_t raw = image_read(machine->image, entry, 8);
	paddr_t table = table_new(machine);
	uint64_t bits = raw & (PTE_RW | PTE_NX);

	if (level > 1)
		bits |= PTE_PSE;
	for (unsigned i = 0; i < 512; i++)
		image_write(machine->image, table + 8 * i,
			    entry_make(machine,
				       entry_addr(machine, raw) +
					       ((paddr_t)i << (12 + 9 * (level - 1))),
				       bits),
			    8);
	image_write(machine->image, entry, entry_make(machine, table, PTE_RW), 8);
}

/* Where the entry of @level for @va is; tables above are made, leaves split. */
static paddr_t entry_make_room(struct machine *machine, vaddr_t va, unsigned level)
{
	paddr_t table = IMAGE_PHYS + ROOT_AT;

	for (unsigned above = top_level(machine); above > level; above--) {
		paddr_t entry = entry_of(machine, table, va, above);
		uint64_t raw = image_read(machine->image, entry, 8);

		if (!(raw & PTE_PRESENT))
			image_write(machine->image, entry,
				    entry_make(machine, table_new(machine), PTE_RW), 8);
		else if (above <= 2 && (raw & PTE_PSE))
			leaf_split(machine, entry, above);
		table = entry_addr(machine, image_read(machine->image, entry, 8));
	}
	return entry_of(machine, table, va, level);
}

static void map_leaf(struct machine *machine, vaddr_t va, paddr_t pa, unsigned level, uint64_t bits)
{
	image_write(machine->image, entry_make_room(machine, va, level),
		    entry_make(machine, pa, bits | (level ? PTE_PSE : 0) | PTE_NX), 8);
}

/* The physical address of @va; 0 if it is not mapped. */
static paddr_t translate(const struct machine *machine, vaddr_t va)
{
	paddr_t table = IMAGE_PHYS + ROOT_AT;

	for (unsigned level = top_level(machine);; level--) {
		uint64_t raw = image_read(machine->image, entry_of(machine, table, va, level), 8);
		uint64_t mask = (UINT64_C(4096) << 9 * level) - 1;

		if (!(raw & PTE_PRESENT))
			return 0;
		if (level == 0 || (level <= 2 && (raw & PTE_PSE)))
			return (entry_addr(machine, raw) & ~mask) + (va & mask);
		table = entry_addr(machine, raw);
	}
}

paddr_t machine_table(const struct machine *machine, vaddr_t va, unsigned level)
{
	paddr_t table = IMAGE_PHYS + ROOT_AT;

	for (unsigned above = top_level(machine); above > level; above--) {
		uint64_t raw = image_read(machine->image, entry_of(machine, table, va, above), 8);

		if (!(raw & PTE_PRESENT) || (above <= 2 && (raw & PTE_PSE)))
			return 0;
		table = entry_addr(machine, raw);
	}
	return table;
}

/* --- where things are ------------------------------------------------------- */

struct image *machine_image(struct machine *machine)
{
	return machine->image;
}

const struct machine_kernel *machine_kernel(const struct machine *machine)
{
	return &machine->kernel;
}

paddr_t machine_hstate(const struct machine *machine, unsigned index)
{
	(void)machine;
	return IMAGE_PHYS + HSTATES_AT + index * MACHINE_HSTATE_SIZE;
}

vaddr_t machine_hstates_address(const struct machine *machine)
{
	(void)machine;
	return IMAGE + HSTATES_AT;
}

paddr_t machine_zone(const struct machine *machine, unsigned node, unsigned zone)
{
	(void)machine;
	return PGDATS + node * 0x10000 + MACHINE_PGDAT_ZONES + zone * MACHINE_ZONE_SIZE;
}

paddr_t machine_node_data(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + NODE_DATA_AT;
}

paddr_t machine_section(const struct machine *machine, uint64_t nr)
{
	(void)machine;
	return SECTION_ROOT_0 + nr * MACHINE_SECTION_SIZE;
}

paddr_t machine_max_hstate(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + MAX_HSTATE_AT;
}

paddr_t machine_switch(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + SWITCH_AT;
}

paddr_t machine_highest_section(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + HIGHEST_SECTION_AT;
}

paddr_t machine_key(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + KEY_AT + KEY_ENABLED;
}

void machine_hide(struct machine *machine, paddr_t addr, uint64_t count, enum memory_state state)
{
	image_set_state(machine->image, addr, count, state);
}

paddr_t *machine_devices(struct machine *machine)
{
	return &machine->devices;
}

paddr_t machine_object_new(struct machine *machine)
{
	if (machine->next_object == OBJECTS_END)
		abort();
	machine->next_object += 4096;
	return machine->next_object - 4096;
}

pfn_t machine_frame_new(struct machine *machine)
{
	pfn_t frame = machine->next_frame++;

	machine_frames_own(machine, frame, 1);
	return frame;
}

/* --- sections and vmemmap --------------------------------------------------- */

static uint64_t section_bits(unsigned flags)
{
	return 1 | (flags & SECTION_NO_MEM_MAP ? 0 : 2) | (flags & SECTION_DEVICE ? 4 : 0) |
	       (flags & SECTION_ONLINE ? 8 : 0) | (flags & SECTION_EARLY ? 16 : 0);
}

void machine_section_add(struct machine *machine, uint64_t nr, unsigned flags, uint64_t subsections)
{
	paddr_t section = machine_section(machine, nr);
	paddr_t usage = USAGES + nr * 64;
	paddr_t frames = ((paddr_t)MACHINE_VMEMMAP_FRAMES + nr * 512) << 12;

	image_write(machine->image, section + MACHINE_SECTION_MAP,
		    MACHINE_VMEMMAP | section_bits(flags), 8);
	image_write(machine->image, section + MACHINE_SECTION_USAGE, MACHINE_DIRECT_MAP + usage, 8);
	image_write(machine->image, usage + MACHINE_SUBSECTION_MAP, subsections, 8);
	if (!(flags & SECTION_UNMAPPED))
		map_leaf(machine, machine_vmemmap_address(nr * 512), frames, 1, PTE_RW);
	if (!(flags & SECTION_UNMAPPED) && nr >= MACHINE_SECTIONS)
		machine_frames_own(machine, frames >> 12, 512);
	if (nr > machine->highest_section)
		machine->highest_section = nr;
	image_write(machine->image, machine_highest_section(machine), machine->highest_section, 8);
}

pfn_t machine_frame(const struct machine *machine, uint64_t index)
{
	return translate(machine, machine_vmemmap_address(index)) >> 12;
}

void machine_map(struct machine *machine, uint64_t index, pfn_t frame, bool writable)
{
	map_leaf(machine, machine_vmemmap_address(index), frame << 12, 0, writable ? PTE_RW : 0);
}

void machine_map_section(struct machine *machine, uint64_t nr, pfn_t frame)
{
	map_leaf(machine, machine_vmemmap_address(nr * 512), frame << 12, 1, PTE_RW);
}

void machine_unmap(struct machine *machine, uint64_t index)
{
	image_write(machine->image, entry_make_room(machine, machine_vmemmap_address(index), 0), 0,
		    8);
}

void machine_split(struct machine *machine, uint64_t index)
{
	entry_make_room(machine, machine_vmemmap_address(index), 0);
}

static paddr_t struct_page(const struct machine *machine, pfn_t pfn)
{
	paddr_t addr = translate(machine, MACHINE_VMEMMAP + pfn * STRUCT_PAGE);

	if (!addr)
		abort(); /* a test that writes to what is not mapped */
	return addr;
}

void machine_write_page(struct machine *machine, pfn_t pfn, unsigned offset, uint64_t value,
			size_t size)
{
	image_write(machine->image, struct_page(machine, pfn) + offset, value, size);
}

uint64_t machine_read_page(const struct machine *machine, pfn_t pfn, unsigned offset, size_t size)
{
	return image_read(machine->image, struct_page(machine, pfn) + offset, size);
}

uint64_t machine_page_flags(unsigned node, unsigned zone, uint64_t bits)
{
	return (uint64_t)node << NODE_SHIFT | (uint64_t)zone << ZONE_SHIFT | bits;
}

static unsigned node_of(pfn_t pfn)
{
	return pfn / MACHINE_SECTION_PAGES >= NODE_1_SECTION;
}

/* A vmemmap page before it is written. */
struct page_bytes {
	unsigned char bytes[4096];
};

static void page_put(struct page_bytes *page, unsigned number, unsigned offset, uint64_t value,
		     unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		page->bytes[number * STRUCT_PAGE + offset + i] = (unsigned char)(value >> 8 * i);
}

static void frames_own_all(struct machine *machine, pfn_t first)
{
	struct page_bytes page = { 0 };

	for (unsigned i = 0; i < PAGES_PER_FRAME; i++) {
		page_put(&page, i, MACHINE_PAGE_FLAGS,
			 machine_page_flags(node_of(first), MACHINE_ZONE_NORMAL, 0), 8);
		page_put(&page, i, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
		page_put(&page, i, MACHINE_PAGE_REFCOUNT, 1, 4);
	}
	image_write_page(machine->image, struct_page(machine, first) >> 12, page.bytes);
}

void machine_frames_own(struct machine *machine, pfn_t first, uint64_t count)
{
	for (pfn_t end = first + count; first < end;) {
		if (first % PAGES_PER_FRAME == 0 && end - first >= PAGES_PER_FRAME) {
			frames_own_all(machine, first);
			first += PAGES_PER_FRAME;
			continue;
		}
		machine_write_page(machine, first, MACHINE_PAGE_FLAGS,
				   machine_page_flags(node_of(first), MACHINE_ZONE_NORMAL, 0), 8);
		machine_write_page(machine, first, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
		machine_write_page(machine, first, MACHINE_PAGE_REFCOUNT, 1, 4);
		first++;
	}
}

static uint32_t buddy_type(const struct machine *machine)
{
	switch (machine->kernel.mark) {
	case MARK_TYPE_BYTE:
	case MARK_TYPE_NUMBER:
		return (uint32_t)MACHINE_PGTY_BUDDY << 24;
	case MARK_INVERTED_HIGH:
		return ~UINT32_C(0x40000000);
	case MARK_INVERTED_LOW:
	case MARK_TAIL_FLAG:
	case MARK_DTOR:
		return ~UINT32_C(0x80);
	}
	return 0;
}

void machine_buddy(struct machine *machine, pfn_t pfn, unsigned order)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, buddy_type(machine), 4);
	machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, order, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 0, 4);
}

/* --- huge pages ------------------------------------------------------------- */

/* Where zone->vmemmap_tails[] is; scheme E2 allocates it when it is first needed. */
static paddr_t zone_tails(struct machine *machine, unsigned node, unsigned zone)
{
	paddr_t member = machine_zone(machine, node, zone) + MACHINE_ZONE_TAILS;

	if (machine->kernel.scheme != MACHINE_E2)
		return member;
	if (!image_read(machine->image, member, 8))
		image_write(machine->image, member,
			    MACHINE_DIRECT_MAP + machine_object_new(machine), 8);
	return image_read(machine->image, member, 8) - MACHINE_DIRECT_MAP;
}

/* Tails map a frame of the zone, and their link is a mask. */
static bool has_zone_tails(const struct machine *machine)
{
	return machine->kernel.scheme >= MACHINE_D;
}

/* Linux kernel include/linux/page-flags.h, set_compound_head(). */
uint64_t machine_link(const struct machine *machine, pfn_t head, unsigned order)
{
	enum machine_links links = machine->kernel.links;

	if (links == LINKS_MASKS || (links == LINKS_OF_SCHEME && has_zone_tails(machine)))
		return UINT64_MAX << (order + 6) | 1;
	return (MACHINE_VMEMMAP + head * STRUCT_PAGE) | 1;
}

/* A frame full of tails. */
static void write_tail_frame(struct machine *machine, pfn_t frame, uint64_t link, unsigned node,
			     unsigned zone)
{
	struct page_bytes page = { 0 };

	for (unsigned i = 0; i < PAGES_PER_FRAME; i++) {
		page_put(&page, i, MACHINE_PAGE_FLAGS, machine_page_flags(node, zone, 0), 8);
		page_put(&page, i, MACHINE_PAGE_HEAD, link, 8);
		page_put(&page, i, MACHINE_PAGE_MAPPING, TAIL_MAPPING, 8);
		page_put(&page, i, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	}
	image_write_page(machine->image, frame, page.bytes);
}

pfn_t machine_zone_tail(struct machine *machine, unsigned node, unsigned zone, unsigned order)
{
	paddr_t slot = zone_tails(machine, node, zone) + 8 * (order - TAILS_MIN_ORDER);
	uint64_t page = image_read(machine->image, slot, 8);

	if (!page) {
		pfn_t frame = machine_frame_new(machine);

		page = MACHINE_VMEMMAP + frame * STRUCT_PAGE;
		image_write(machine->image, slot, page, 8);
		write_tail_frame(machine, frame, machine_link(machine, 0, order), node, zone);
	}
	return (page - MACHINE_VMEMMAP) / STRUCT_PAGE;
}

static unsigned zone_of(const struct machine *machine, pfn_t pfn)
{
	return machine_read_page(machine, pfn, MACHINE_PAGE_FLAGS, 8) >> ZONE_SHIFT & 7;
}

pfn_t machine_huge_target(struct machine *machine, pfn_t pfn, unsigned order)
{
	switch (machine->kernel.scheme) {
	case MACHINE_NONE:
		return 0;
	case MACHINE_A:
		return machine_frame(machine, machine_index(pfn) + 1);
	case MACHINE_B:
	case MACHINE_C:
		return machine_frame(machine, machine_index(pfn));
	case MACHINE_D:
	case MACHINE_E1:
	case MACHINE_E2:
		return machine_zone_tail(machine, node_of(pfn), zone_of(machine, pfn), order);
	}
	return 0;
}

/* The frame behind @index moves: a copy takes its place. */
static void move_frame(struct machine *machine, uint64_t index)
{
	pfn_t from = machine_frame(machine, index), to = machine_frame_new(machine);

	for (unsigned i = 0; i < 4096; i += 8)
		image_write(machine->image, (to << 12) + i,
			    image_read(machine->image, (from << 12) + i, 8), 8);
	machine_map(machine, index, to, true);
}

static unsigned pages_kept(const struct machine *machine)
{
	return machine->kernel.scheme == MACHINE_A ? 2 : 1;
}

void machine_huge_share(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			unsigned end)
{
	uint64_t first = machine_index(pfn);
	pfn_t target = machine_huge_target(machine, pfn, order);

	for (unsigned i = start; i < end; i++)
		if (i >= pages_kept(machine))
			machine_map(machine, first + i, target, false);
		else if (i == 0 && has_zone_tails(machine))
			move_frame(machine, first);
}

static void write_mark(struct machine *machine, pfn_t pfn, unsigned order)
{
	static const uint32_t types[] = {
		[MARK_DTOR] = UINT32_MAX,
		[MARK_TAIL_FLAG] = UINT32_MAX,
		[MARK_INVERTED_LOW] = ~UINT32_C(0x800),
		[MARK_INVERTED_HIGH] = ~UINT32_C(0x04000000),
		[MARK_TYPE_BYTE] = (uint32_t)MACHINE_PGTY_HUGETLB << 24,
		[MARK_TYPE_NUMBER] = (uint32_t)MACHINE_PGTY_HUGETLB << 24,
	};
	enum machine_mark mark = machine->kernel.mark;
	uint64_t tail = mark == MARK_TAIL_FLAG ? UINT64_C(1) << MACHINE_PG_HUGETLB : 0;

	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, types[mark], 4);
	if (mark == MARK_DTOR) {
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_DTOR, MACHINE_HUGETLB_DTOR, 1);
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_ORDER, order, 1);
	} else {
		tail |= order;
	}
	tail |= machine_read_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, 8);
	machine_write_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, tail, 8);
}

/* Gigantic pages have NULL_COMPOUND_DTOR, others COMPOUND_PAGE_DTOR. */
void machine_huge_unmark(struct machine *machine, pfn_t pfn, unsigned order)
{
	uint64_t flags = machine_read_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, 8);

	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	if (machine->kernel.mark == MARK_DTOR)
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_DTOR,
				   order == 18 ? 0 : MACHINE_HUGETLB_DTOR - 1, 1);
	machine_write_page(machine, pfn + 1, MACHINE_PAGE_FLAGS,
			   flags & ~(UINT64_C(1) << MACHINE_PG_HUGETLB), 8);
}

static unsigned vmemmap_pages(unsigned order)
{
	return 1u << (order - 6);
}

/* Its vmemmap pages [start, end), whatever frames they have. */
static void write_tails(struct machine *machine, pfn_t pfn, unsigned order, unsigned zone,
			unsigned start, unsigned end)
{
	for (unsigned i = start; i < end; i++)
		write_tail_frame(machine, machine_frame(machine, machine_index(pfn) + i),
				 machine_link(machine, pfn, order), node_of(pfn), zone);
}

static void write_head(struct machine *machine, pfn_t pfn, unsigned flags, unsigned zone)
{
	uint64_t bits = UINT64_C(1) << MACHINE_PG_HEAD, private = 0;

	if (flags & HUGE_POISON)
		bits |= UINT64_C(1) << MACHINE_PG_HWPOISON;
	if (flags & HUGE_FREE)
	private |= UINT64_C(1) << MACHINE_HPG_FREED;
	if (flags & HUGE_FLAG)
	private |= UINT64_C(1) << MACHINE_HPG_OPTIMIZED;
	machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS,
			   machine_page_flags(node_of(pfn), zone, bits), 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_HEAD, 0, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPPING, 0, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, private, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, !(flags & HUGE_FREE), 4);
}

static void add_to(struct machine *machine, paddr_t addr, size_t size, int number)
{
	image_write(machine->image, addr,
		    image_read(machine->image, addr, size) + (uint64_t)(int64_t)number, size);
}

static void count_page(struct machine *machine, pfn_t pfn, unsigned order, bool is_free, int number)
{
	paddr_t hstate = machine_hstate(machine, order == 18);

	add_to(machine, hstate + MACHINE_HSTATE_NR, 8, number);
	add_to(machine, hstate + MACHINE_HSTATE_NR_NODE + 4 * node_of(pfn), 4, number);
	if (!is_free)
		return;
	add_to(machine, hstate + MACHINE_HSTATE_FREE, 8, number);
	add_to(machine, hstate + MACHINE_HSTATE_FREE_NODE + 4 * node_of(pfn), 4, number);
}

void machine_huge_uncount(struct machine *machine, pfn_t pfn, unsigned order)
{
	uint64_t private = machine_read_page(machine, pfn, MACHINE_PAGE_PRIVATE, 8);

	count_page(machine, pfn, order, private >> MACHINE_HPG_FREED & 1, -1);
}

void machine_huge_restore(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			  unsigned end)
{
	for (unsigned i = end; i-- > start;)
		machine_map(machine, machine_index(pfn) + i, machine_frame_new(machine), true);
	write_tails(machine, pfn, order, zone_of(machine, pfn), start, end);
}

/* The zone spans the page, whatever else it does. */
static void zone_cover(struct machine *machine, unsigned node, unsigned zone, pfn_t pfn,
		       unsigned order)
{
	paddr_t addr = machine_zone(machine, node, zone);
	pfn_t start = image_read(machine->image, addr + MACHINE_ZONE_START, 8);
	pfn_t end = start + image_read(machine->image, addr + MACHINE_ZONE_SPANNED, 8);

	if (start == end)
		start = end = pfn;
	if (start > pfn)
		start = pfn;
	if (end < pfn + (UINT64_C(1) << order))
		end = pfn + (UINT64_C(1) << order);
	image_write(machine->image, addr + MACHINE_ZONE_START, start, 8);
	image_write(machine->image, addr + MACHINE_ZONE_SPANNED, end - start, 8);
}

void machine_huge_page(struct machine *machine, pfn_t pfn, unsigned order, unsigned flags)
{
	unsigned zone = flags & HUGE_MOVABLE ? MACHINE_ZONE_MOVABLE : MACHINE_ZONE_NORMAL;

	write_tails(machine, pfn, order, zone, 0,
		    flags & HUGE_REMAP ? pages_kept(machine) : vmemmap_pages(order));
	zone_cover(machine, node_of(pfn), zone, pfn, order);
	write_head(machine, pfn, flags, zone);
	write_mark(machine, pfn, order);
	if (flags & HUGE_REMAP)
		machine_huge_share(machine, pfn, order, 0, vmemmap_pages(order));
	if (!(flags & HUGE_UNCOUNTED))
		count_page(machine, pfn, order, flags & HUGE_FREE, 1);
	if (flags & HUGE_FLAG)
		add_to(machine, machine_key(machine), 4, 1);
}

void machine_populate(struct machine *machine)
{
	unsigned optimized = machine->kernel.scheme == MACHINE_NONE ? 0 : HUGE_OPTIMIZED;

	machine_huge_page(machine, 0x10000, 9, optimized | HUGE_FREE);
	machine_huge_page(machine, 0x10200, 9, optimized);
	machine_huge_page(machine, 0x18000, 9, 0);
	machine_huge_page(machine, 0x48000, 9, optimized);
	machine_huge_page(machine, 0x48200, 9, HUGE_FREE);
	machine_huge_page(machine, 0x80000, 18, optimized | HUGE_FREE);
}

/* --- the kernel's description ----------------------------------------------- */

static void facts_write(struct machine *machine)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIx64, IMAGE + ROOT_AT);
	machine_fact(machine, "SYMBOL(swapper_pg_dir)", text);
	snprintf(text, sizeof(text), "%" PRIx64, IMAGE + NODE_DATA_AT);
	machine_fact(machine, "SYMBOL(node_data)", text);
	snprintf(text, sizeof(text), "%" PRIx64, MACHINE_DIRECT_MAP + SECTION_ROOTS);
	machine_fact(machine, "SYMBOL(mem_section)", text);
	if (!machine->kernel.no_vmemmap_symbol) {
		snprintf(text, sizeof(text), "%" PRIx64, MACHINE_VMEMMAP);
		machine_fact(machine, "SYMBOL(vmemmap)", text);
	}
	snprintf(text, sizeof(text), "%" PRId64,
		 (int64_t)(IMAGE_PHYS - (IMAGE - UINT64_C(0xffffffff80000000))));
	machine_fact(machine, "NUMBER(phys_base)", text);
	snprintf(text, sizeof(text), "%" PRIx64, IMAGE - IMAGE_LINKED);
	machine_fact(machine, "KERNELOFFSET", text);
	snprintf(text, sizeof(text), "%" PRIu64, machine->kernel.sme_mask);
	machine_fact(machine, "NUMBER(sme_mask)", text);
	machine_fact(machine, "NUMBER(pgtable_l5_enabled)",
		     machine->kernel.five_levels ? "1" : "0");
	machine_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "27");
	machine_fact(machine, "LENGTH(mem_section)", "2");
	machine_fact(machine, "LENGTH(node_data)", "4");
}

static void mark_facts_write(struct machine *machine)
{
	static const struct {
		const char *key, *value;
	} marks[] = {
		[MARK_DTOR] = { "NUMBER(HUGETLB_PAGE_DTOR)", "3" },
		[MARK_TAIL_FLAG] = { "NUMBER(PG_hugetlb)", "17" },
		[MARK_INVERTED_LOW] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-2049" },
		[MARK_INVERTED_HIGH] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-67108865" },
		[MARK_TYPE_BYTE] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-150994944" },
		[MARK_TYPE_NUMBER] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-150994944" },
	};
	char text[24];

	machine_fact(machine, marks[machine->kernel.mark].key, marks[machine->kernel.mark].value);
	snprintf(text, sizeof(text), "%d", (int32_t)buddy_type(machine));
	machine_fact(machine, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", text);
}

/* Takes the line of @key out of the text. */
static void fact_remove(struct machine *machine, const char *key)
{
	size_t length = strlen(key);

	for (char *line = machine->vmcoreinfo; line && *line;) {
		char *end = strchr(line, '\n') + 1;

		if (strncmp(line, key, length) == 0 && line[length] == '=')
			memmove(line, end, strlen(end) + 1);
		else
			line = end;
	}
}

void machine_fact(struct machine *machine, const char *key, const char *value)
{
	char *text;

	fact_remove(machine, key);
	if (!value)
		return;
	if (asprintf(&text, "%s%s=%s\n", machine->vmcoreinfo ? machine->vmcoreinfo : "", key,
		     value) < 0)
		abort();
	free(machine->vmcoreinfo);
	machine->vmcoreinfo = text;
}

const char *machine_vmcoreinfo(struct machine *machine)
{
	return machine->vmcoreinfo;
}

struct typeinfo *machine_types(struct machine *machine)
{
	return &machine->types.typeinfo;
}

void machine_type_set(struct machine *machine, enum type_query_kind kind, const char *type,
		      const char *name, uint64_t value)
{
	machine_types_set(&machine->types, kind, type, name, value);
}

void machine_type_remove(struct machine *machine, enum type_query_kind kind, const char *type,
			 const char *name)
{
	machine_types_remove(&machine->types, kind, type, name);
}

static void symbols_write(struct machine *machine)
{
	static const struct {
		const char *name;
		unsigned at;
	} symbols[] = {
		{ "hstates", HSTATES_AT },
		{ "hugetlb_max_hstate", MAX_HSTATE_AT },
		{ "vmemmap_optimize_enabled", SWITCH_AT },
		{ "mem_section", MEM_SECTION_AT },
		{ "__highest_present_section_nr", HIGHEST_SECTION_AT },
		{ "node_data", NODE_DATA_AT },
	};

	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		machine_type_set(machine, TYPE_SYMBOL, NULL, symbols[i].name,
				 IMAGE_LINKED + symbols[i].at);
	if (machine->kernel.no_switch || machine->kernel.scheme == MACHINE_NONE)
		machine_type_remove(machine, TYPE_SYMBOL, NULL, "vmemmap_optimize_enabled");
	if (machine->kernel.scheme == MACHINE_B || machine->kernel.scheme == MACHINE_C)
		machine_type_set(machine, TYPE_SYMBOL, NULL, "hugetlb_optimize_vmemmap_key",
				 IMAGE_LINKED + KEY_AT);
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "static_key", "enabled", KEY_ENABLED);
}

paddr_t machine_symbol_add(struct machine *machine, const char *name)
{
	unsigned at = machine->next_symbol;

	if (at + 8 > ZONE_NAMES_AT)
		abort();
	machine->next_symbol += 8;
	machine_type_set(machine, TYPE_SYMBOL, NULL, name, IMAGE_LINKED + at);
	image_write(machine->image, IMAGE_PHYS + at, 0, 8);
	return IMAGE_PHYS + at;
}

void machine_symbol_at(struct machine *machine, const char *name, paddr_t addr)
{
	machine_type_set(machine, TYPE_SYMBOL, NULL, name,
			 MACHINE_DIRECT_MAP + addr - (IMAGE - IMAGE_LINKED));
}

static void scheme_types_write(struct machine *machine)
{
	enum machine_scheme scheme = machine->kernel.scheme;

	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page",
			 has_zone_tails(machine) ? "compound_info" : "compound_head",
			 MACHINE_PAGE_HEAD);
	machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 5);
	if (scheme == MACHINE_A)
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "nr_free_vmemmap_pages",
				 200);
	if (scheme >= MACHINE_C) {
		machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_IS_VMEMMAP_PREINIT_BIT",
				 5);
		machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 6);
	}
	if (has_zone_tails(machine))
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "zone", "vmemmap_tails",
				 MACHINE_ZONE_TAILS);
	if (scheme == MACHINE_D || scheme == MACHINE_E1)
		machine_type_set(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails", 16);
	if (scheme == MACHINE_E1 || scheme == MACHINE_E2)
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "mem_section", "compound_page_order",
				 MACHINE_SECTION_ORDER);
}

static void mark_types_write(struct machine *machine)
{
	if (machine->kernel.mark == MARK_TYPE_BYTE) {
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_buddy",
				 MACHINE_PGTY_BUDDY);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_hugetlb",
				 MACHINE_PGTY_HUGETLB);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_table",
				 MACHINE_PGTY_TABLE);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_slab",
				 MACHINE_PGTY_SLAB);
	}
	if (machine->kernel.mark == MARK_DTOR) {
		machine_type_set(machine, TYPE_ENUMERATOR, "pageflags", "PG_slab", MACHINE_PG_SLAB);
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_dtor",
				 MACHINE_PAGE_DTOR);
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_order",
				 MACHINE_PAGE_ORDER);
	}
}

/* --- the kernel's memory ---------------------------------------------------- */

static void maps_write(struct machine *machine)
{
	map_leaf(machine, IMAGE, IMAGE_PHYS, 1, PTE_RW);
	for (uint64_t gib = 0; gib < 4; gib++)
		map_leaf(machine, MACHINE_DIRECT_MAP + (gib << 30), gib << 30, 2, PTE_RW);
	image_write(machine->image, SECTION_ROOTS, MACHINE_DIRECT_MAP + SECTION_ROOT_0, 8);
	image_write(machine->image, IMAGE_PHYS + MEM_SECTION_AT, MACHINE_DIRECT_MAP + SECTION_ROOTS,
		    8);
	for (uint64_t nr = 0; nr < MACHINE_SECTIONS; nr++)
		machine_section_add(machine, nr, SECTION_ONLINE | SECTION_EARLY, UINT64_MAX);
	machine_frames_own(machine, MACHINE_VMEMMAP_FRAMES, MACHINE_SECTIONS * 512);
}

static void zones_write(struct machine *machine)
{
	static const char *const names[MACHINE_ZONES] = { "DMA", "DMA32", "Normal", "Movable",
							  "Device" };

	for (unsigned node = 0; node < NODES; node++) {
		image_write(machine->image, machine_node_data(machine) + 8 * node,
			    MACHINE_DIRECT_MAP + PGDATS + node * 0x10000, 8);
		for (unsigned zone = 0; zone < MACHINE_ZONES; zone++) {
			paddr_t name = IMAGE_PHYS + ZONE_NAMES_AT + 16 * zone;

			image_write_text(machine->image, name, names[zone]);
			image_write(machine->image,
				    machine_zone(machine, node, zone) + MACHINE_ZONE_NAME,
				    IMAGE + ZONE_NAMES_AT + 16 * zone, 8);
		}
		paddr_t normal = machine_zone(machine, node, MACHINE_ZONE_NORMAL);
		pfn_t start = node ? NODE_1_SECTION * MACHINE_SECTION_PAGES : 0;
		pfn_t end = node ? RAM_PAGES : NODE_1_SECTION * MACHINE_SECTION_PAGES;

		image_write(machine->image, normal + MACHINE_ZONE_START, start, 8);
		image_write(machine->image, normal + MACHINE_ZONE_SPANNED, end - start, 8);
	}
}

/* The number and the name. */
void machine_hstate_order(struct machine *machine, unsigned index, unsigned order)
{
	paddr_t hstate = machine_hstate(machine, index);
	char name[32];

	snprintf(name, sizeof(name), "hugepages-%" PRIu64 "kB", UINT64_C(4) << order);
	image_write(machine->image, hstate + MACHINE_HSTATE_ORDER, order, 4);
	image_write_text(machine->image, hstate + MACHINE_HSTATE_NAME, name);
}

static void hstates_write(struct machine *machine)
{
	image_write(machine->image, machine_max_hstate(machine), 2, 4);
	machine_hstate_order(machine, 0, 9);
	machine_hstate_order(machine, 1, 18);
	image_write(machine->image, machine_switch(machine), !machine->kernel.switch_off, 1);
}

struct machine *machine_create(const struct machine_kernel *kernel)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		abort();
	machine->kernel = *kernel;
	machine->image = image_create();
	machine->next_table = TABLES;
	machine->next_object = OBJECTS;
	machine->next_frame = MACHINE_FRESH_FRAMES;
	machine->next_symbol = ADDED_SYMBOLS_AT;
	image_set_state(machine->image, 0, RAM_PAGES, MEMORY_PRESENT);
	machine_types_init(&machine->types);
	symbols_write(machine);
	scheme_types_write(machine);
	mark_types_write(machine);
	facts_write(machine);
	mark_facts_write(machine);
	maps_write(machine);
	zones_write(machine);
	hstates_write(machine);
	return machine;
}

void machine_destroy(struct machine *machine)
{
	if (!machine)
		return;
	image_destroy(machine->image);
	machine_types_deinit(&machine->types);
	free(machine->vmcoreinfo);
	free(machine);
}
