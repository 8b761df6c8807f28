// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tiny machine for tests: page tables, sections, nodes, zones, hstates and struct
 * pages, put into an image as a kernel of some era and some architecture would have
 * them. Offsets and numbers are invented, and differ from those of real kernels.
 *
 * Unless its description says otherwise it is one of x86-64. It has sections 0 to 7
 * (1 GiB) on node 0 and 8 to 23 (2 GiB) on node 1, all early and online, their vmemmap
 * mapped by 2 MiB leaves whose frames begin at MACHINE_VMEMMAP_FRAMES; pools of 2 MiB
 * and 1 GiB, both empty. Struct pages are zero until something is written to them, but
 * for those of frames that hold struct pages (in use, by nobody else) and those of huge
 * pages (complete).
 *
 * One whose description tells the order of its huge pages has one pool, of these, and
 * one node; it is as large as they need (machine_specs.h).
 *
 * To break it, write to it: machine_map() changes what is behind a vmemmap page,
 * machine_write_page() a struct page, machine_hide() takes memory out of the dump.
 * Only running out of memory can fail, and ends the program.
 */
#ifndef VMEMSCOPE_TESTDATA_MACHINE_H
#define VMEMSCOPE_TESTDATA_MACHINE_H

#include <stdbool.h>

#include "analyzer/analysis/analysis.h"
#include "include/document.h"
#include "include/typeinfo.h"
#include "testdata/machine/image.h"

enum machine_scheme {
	MACHINE_NONE,
	MACHINE_A,
	MACHINE_B,
	MACHINE_C,
	MACHINE_D,
	MACHINE_E1, /* sections know an order */
	MACHINE_E2, /* and zone->vmemmap_tails is a pointer */
};

/* How a hugetlb head is marked. */
enum machine_mark {
	MARK_DTOR,	    /* page[1].compound_dtor */
	MARK_TAIL_FLAG,	    /* PG_hugetlb in page[1].flags */
	MARK_INVERTED_LOW,  /* page_type of 6.9: base 0xf0000000 */
	MARK_INVERTED_HIGH, /* page_type of 6.11: base 0x80000000 */
	MARK_TYPE_BYTE,	    /* top byte of page_type, with its enumerators */
	MARK_TYPE_NUMBER,   /* the same, from VMCOREINFO alone */
};

/* How the vmemmap of devices is shared, where it is not what the scheme's releases do. */
enum machine_devices {
	DEVICES_OF_SCHEME,
	DEVICES_UNSHARED, /* compound pages that share nothing */
	DEVICES_SECOND,	  /* two pages kept, the second one's frame behind the others */
	DEVICES_ZONE,	  /* one kept, a frame of ZONE_DEVICE behind the others */
	DEVICES_TWO_ZONE, /* two kept, a frame of ZONE_DEVICE behind the others */
};

/* What leads from a tail to its head, whatever the member is called. */
enum machine_links { LINKS_OF_SCHEME, LINKS_POINTERS, LINKS_MASKS };

struct machine_kernel {
	enum machine_scheme scheme;
	enum machine_devices devices;
	enum machine_links links;
	enum machine_mark mark;
	bool five_levels;
	bool switch_off;	/* vmemmap_optimize_enabled is 0 */
	bool no_switch;		/* there is no such symbol */
	uint64_t sme_mask;	/* in every entry, and in VMCOREINFO */
	bool no_vmemmap_symbol; /* VMCOREINFO lacks SYMBOL(vmemmap) */

	/* Of which machine; 0 is what x86-64 has. */
	uint16_t elf_machine;
	unsigned page_shift;
	unsigned va_bits; /* where the architecture has several: arm64, riscv64 */
	bool big_endian;
	unsigned section_bits;
	unsigned struct_page_size;
	unsigned huge_order; /* of its one pool; 0: pools of orders 9 and 18 */
	bool tails_writable; /* of huge pages, where the kernel has them so */
	const char *release; /* of the kernel; NULL: not said */
};

// clang-format off
enum {
	/* Frames and sizes. */
	MACHINE_SECTIONS	= 24,		/* present in a new machine */
	MACHINE_SECTION_PAGES	= 0x8000,
	MACHINE_SECTIONS_MAX	= 128,
	MACHINE_VMEMMAP_FRAMES	= 0x30000,	/* 512 for each section, in order */
	MACHINE_FRESH_FRAMES	= 0x3c000,	/* machine_frame_new() begins here */

	/* struct page */
	MACHINE_PAGE_FLAGS	= 8,
	MACHINE_PAGE_HEAD	= 16,		/* compound_head or compound_info */
	MACHINE_PAGE_LRU	= 16,		/* the same bytes, and 8 more */
	MACHINE_PAGE_PRIVATE	= 32,
	MACHINE_PAGE_DTOR	= 40,
	MACHINE_PAGE_ORDER	= 41,
	MACHINE_PAGE_MAPCOUNT	= 48,
	MACHINE_PAGE_REFCOUNT	= 52,
	MACHINE_PAGE_MAPPING	= 0,

	/* struct hstate */
	MACHINE_HSTATE_SIZE	= 0x280,
	MACHINE_HSTATE_ORDER	= 24,
	MACHINE_HSTATE_NR	= 40,
	MACHINE_HSTATE_FREE	= 48,
	MACHINE_HSTATE_RESV	= 56,
	MACHINE_HSTATE_SURPLUS	= 64,
	MACHINE_HSTATE_OVERCOMMIT = 72,
	MACHINE_HSTATE_NR_NODE	= 96,
	MACHINE_HSTATE_FREE_NODE = 112,
	MACHINE_HSTATE_SURPLUS_NODE = 128,
	MACHINE_HSTATE_NAME	= 160,

	/* struct pglist_data and struct zone */
	MACHINE_PGDAT_ZONES	= 0x40,
	MACHINE_ZONES		= 5,
	MACHINE_ZONE_SIZE	= 0x140,
	MACHINE_ZONE_START	= 16,
	MACHINE_ZONE_SPANNED	= 24,
	MACHINE_ZONE_NAME	= 32,
	MACHINE_ZONE_TAILS	= 64,

	/* struct mem_section */
	MACHINE_SECTION_SIZE	= 32,
	MACHINE_SECTION_MAP	= 8,
	MACHINE_SECTION_USAGE	= 16,
	MACHINE_SUBSECTION_MAP	= 24,
	MACHINE_SECTION_ORDER	= 24,		/* compound_page_order */

	/* enumerators */
	MACHINE_PG_LRU		= 4,
	MACHINE_PG_HEAD		= 5,
	MACHINE_PG_SLAB		= 9,		/* no page type yet */
	MACHINE_PG_SELF_HOSTED	= 11,
	MACHINE_PG_RESERVED	= 14,
	MACHINE_PG_HUGETLB	= 17,
	MACHINE_PG_HWPOISON	= 20,
	MACHINE_PGTY_BUDDY	= 0xf2,
	MACHINE_PGTY_TABLE	= 0xf4,
	MACHINE_PGTY_SLAB	= 0xf6,
	MACHINE_PGTY_HUGETLB	= 0xf7,
	MACHINE_HPG_TEMPORARY	= 1,
	MACHINE_HPG_FREED	= 2,
	MACHINE_HPG_OPTIMIZED	= 6,
	MACHINE_HPG_UNRELIABLE	= 7,
	MACHINE_HUGETLB_DTOR	= 3,
	MACHINE_ZONE_NORMAL	= 2,
	MACHINE_ZONE_MOVABLE	= 3,
	MACHINE_ZONE_DEVICE	= 4,
};
// clang-format on

static const vaddr_t MACHINE_VMEMMAP = UINT64_C(0xffffea0000000000);
static const vaddr_t MACHINE_DIRECT_MAP = UINT64_C(0xffff888000000000);

struct machine;

struct machine *machine_create(const struct machine_kernel *kernel);
void machine_destroy(struct machine *machine); /* NULL is allowed */

struct image *machine_image(struct machine *machine);
const struct machine_kernel *machine_kernel(const struct machine *machine);

/* --- analysis --- */

/*
 * Runs analysis_run() on it, then builds every document of the result. The result
 * is valid until the machine is changed or destroyed.
 */
struct error *machine_analyze(struct machine *machine, enum analysis_depth depth,
			      struct analysis **ret);

/* Builds every document of an analysis of it. */
struct error *machine_show(struct machine *machine, const struct analysis *analysis);

/* What 'page' shows of @pfn. */
struct error *machine_show_page(struct machine *machine, const struct analysis *analysis, pfn_t pfn,
				struct document **ret);

/* As machine_analyze(), of any memory. */
struct error *machine_analyze_as(struct memory *memory, uint16_t elf_machine, bool big_endian,
				 const char *vmcoreinfo, struct typeinfo *types,
				 enum analysis_depth depth, struct analysis **ret);

/* The types of its kernel, and its VMCOREINFO (borrowed, until it is changed). */
struct typeinfo *machine_types(struct machine *machine);
const char *machine_vmcoreinfo(struct machine *machine);

/* Replaces or adds the answer to one question; or takes it away. */
void machine_type_set(struct machine *machine, enum type_query_kind kind, const char *type,
		      const char *name, uint64_t value);
void machine_type_remove(struct machine *machine, enum type_query_kind kind, const char *type,
			 const char *name);

/* Adds a symbol of 8 bytes, zero; returns where it is. At most 28. */
paddr_t machine_symbol_add(struct machine *machine, const char *name);

/* A symbol of what lies at @addr of ordinary memory. */
void machine_symbol_at(struct machine *machine, const char *name, paddr_t addr);

/* Replaces or adds a line of VMCOREINFO; NULL takes it away. */
void machine_fact(struct machine *machine, const char *key, const char *value);

/* --- memory --- */

/* Physical, where the kernel has these. */
paddr_t machine_hstate(const struct machine *machine, unsigned index);
vaddr_t machine_hstates_address(const struct machine *machine); /* virtual: of the array */
void machine_hstate_order(struct machine *machine, unsigned index, unsigned order);
paddr_t machine_zone(const struct machine *machine, unsigned node, unsigned zone);
paddr_t machine_node_data(const struct machine *machine);
paddr_t machine_section(const struct machine *machine, uint64_t nr);
paddr_t machine_max_hstate(const struct machine *machine);
paddr_t machine_switch(const struct machine *machine);
paddr_t machine_highest_section(const struct machine *machine);
paddr_t machine_key(const struct machine *machine); /* the count of optimised pages */

/* Where the kernel's page table of @level (0: the lowest) for @va is; 0 if none. */
paddr_t machine_table(const struct machine *machine, vaddr_t va, unsigned level);

/* @count pages from @addr on are not in the dump. */
void machine_hide(struct machine *machine, paddr_t addr, uint64_t count, enum memory_state state);

/* A page of zeros in ordinary memory, for one object of the kernel's. */
paddr_t machine_object_new(struct machine *machine);

/* A frame of ordinary memory that nothing uses yet; its struct page says that it is in use. */
pfn_t machine_frame_new(struct machine *machine);

/* The struct pages of @count frames say: in use, one reference, by nobody that shows. */
void machine_frames_own(struct machine *machine, pfn_t first, uint64_t count);

/* --- sections --- */

enum {
	SECTION_ONLINE = 1,
	SECTION_EARLY = 2,
	SECTION_DEVICE = 4,
	SECTION_NO_MEM_MAP = 8,
	SECTION_UNMAPPED = 16, /* no vmemmap yet */
};

/* @subsections: valid 2 MiB pieces, a bit each; of no account for early sections. */
void machine_section_add(struct machine *machine, uint64_t nr, unsigned flags,
			 uint64_t subsections);

/* --- zones --- */

/* The zone's span grows to have [start, end). */
void machine_zone_span(struct machine *machine, unsigned node, unsigned zone, pfn_t start,
		       pfn_t end);

/* --- vmemmap --- */

/*
 * What a vmemmap page is named by: see analyzer/vmemmap/vmemmap.h. Of x86-64; and of any
 * machine, the page that the struct page of @pfn begins in.
 */
static inline uint64_t machine_index(pfn_t pfn)
{
	return pfn / 64;
}

uint64_t machine_index_of(const struct machine *machine, pfn_t pfn);
/* Vmemmap pages of a page of @order. */
uint64_t machine_vmemmap_pages(const struct machine *machine, unsigned order);

static inline vaddr_t machine_vmemmap_address(uint64_t index)
{
	return MACHINE_VMEMMAP + (index << 12);
}

/* The frame behind vmemmap page @index; 0 if there is none. */
pfn_t machine_frame(const struct machine *machine, uint64_t index);

/* Maps it by an entry of the lowest level; the leaf above is split first. */
void machine_map(struct machine *machine, uint64_t index, pfn_t frame, bool writable);
void machine_unmap(struct machine *machine, uint64_t index);

/*
 * Maps all of a section's vmemmap from @frame on: by one leaf, if there is one as large
 * (of 512 frames on x86-64).
 */
void machine_map_section(struct machine *machine, uint64_t nr, pfn_t frame);

/* Splits the leaf that maps @index; every page keeps its frame. */
void machine_split(struct machine *machine, uint64_t index);

/* Writes @value to the struct page of @pfn, wherever it is mapped now. */
void machine_write_page(struct machine *machine, pfn_t pfn, unsigned offset, uint64_t value,
			size_t size);
uint64_t machine_read_page(const struct machine *machine, pfn_t pfn, unsigned offset, size_t size);

/* The link of a tail of the page at @head. */
uint64_t machine_link(const struct machine *machine, pfn_t head, unsigned order);

/* page.flags for a page of this zone with @bits set (1 << number); where there are nodes. */
uint64_t machine_page_flags(unsigned node, unsigned zone, uint64_t bits);

/* A free block of the buddy allocator. */
void machine_buddy(struct machine *machine, pfn_t pfn, unsigned order);

/* --- huge pages --- */

enum {
	HUGE_FREE = 1,
	HUGE_FLAG = 2,	/* HPG_vmemmap_optimized */
	HUGE_REMAP = 4, /* the tails are shared as the scheme has it */
	HUGE_OPTIMIZED = HUGE_FLAG | HUGE_REMAP,
	HUGE_UNCOUNTED = 8, /* the hstate does not know of it */
	HUGE_POISON = 16,
	HUGE_MOVABLE = 32, /* in ZONE_MOVABLE */
};

/* A huge page of a pool's order; it belongs to the node that its section is on. */
void machine_huge_page(struct machine *machine, pfn_t pfn, unsigned order, unsigned flags);

/* Nothing marks it as a huge page any more: a plain compound page of its order. */
void machine_huge_unmark(struct machine *machine, pfn_t pfn, unsigned order);

/* Its pool no longer counts it, as if it were just given back (or not yet counts it). */
void machine_huge_uncount(struct machine *machine, pfn_t pfn, unsigned order);

/*
 * Shares its vmemmap pages [start, end), 0 being the head's: those that the scheme
 * keeps stay (but for scheme D, where the head moves to a frame of its own).
 */
void machine_huge_share(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			unsigned end);

/*
 * Gives its vmemmap pages [start, end), 1 being the first after the head's, frames of
 * their own again, scattered, writable and full of tails.
 */
void machine_huge_restore(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			  unsigned end);

/* How many of its vmemmap pages an optimised page keeps. */
unsigned machine_huge_kept(const struct machine *machine);

/* The frame that its tails should map. */
pfn_t machine_huge_target(struct machine *machine, pfn_t pfn, unsigned order);

/* zone->vmemmap_tails[] of schemes D and E; made when first asked for. */
pfn_t machine_zone_tail(struct machine *machine, unsigned node, unsigned zone, unsigned order);

/*
 * A usual load, of which tests may rely on each line:
 *   2 MiB, node 0: 0x10000 optimised, free;  0x10200 optimised, in use;
 *                  0x18000 not optimised, in use, its vmemmap never split
 *   2 MiB, node 1: 0x48000 optimised, in use;  0x48200 not optimised, free
 *   1 GiB, node 1: 0x80000 optimised, free
 * Nothing is optimised in a kernel without the optimisation.
 */
void machine_populate(struct machine *machine);

#endif
