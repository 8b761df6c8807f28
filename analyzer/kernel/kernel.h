// SPDX-License-Identifier: LGPL-2.1-or-later
/* The machine as this kernel sees it: sections, nodes, zones. */
#ifndef VMEMSCOPE_KERNEL_H
#define VMEMSCOPE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/kernel/struct_page.h"
#include "include/memory.h"
#include "include/types.h"

struct error;
struct facts;
struct arch_info;
struct kmem;
struct layout;

enum {
	ZONE_NAME_SIZE = 16,
	VMEMMAP_TAILS_MAX = 32, /* orders with a shared tail frame, per zone */
	SUBSECTIONS_MAX = 512,	/* of 2 MiB, in a section of 1 GiB */
};

/*
 * What of mem_section is wrong with a section whose struct pages are in use. Then only page
 * tables and struct pages tell of it: it counts as inferred.
 */
enum section_fault {
	SECTION_SOUND,
	SECTION_NO_ROOT,     /* the pointer to its array is NULL, */
	SECTION_ROOT_ASTRAY, /* or leads to where nothing is mapped */
	SECTION_NOT_PRESENT,
	SECTION_WITHOUT_MAP, /* marked as present, and as without struct pages */
	SECTION_GARBLED,     /* names another vmemmap: none of it is believed */
	/* All but this is believed: */
	SECTION_HIDDEN,	     /* above __highest_present_section_nr */
	SECTION_NOT_ONLINE,  /* and has pages of users */
	SECTION_NOT_TAINTED, /* marked as online memory without devices, and has some */
	SECTION_NOT_EARLY,   /* of boot, by what is behind its struct pages, and not marked so */
	SECTION_NOT_OF_BOOT, /* a device's, and marked as of boot */
};

/* The struct pages of a section that show that it is in use. */
struct section_witness {
	uint32_t looked, in_use;       /* of sub-sections */
	uint32_t of_devices, of_users; /* of @in_use; all others may be about to be */
	pfn_t pfn;		       /* the first of those in use */
	uint32_t frames, from_boot;    /* behind struct pages */
};

/* One memory section that is present, or has to be. */
struct section {
	uint64_t nr;
	uint64_t map; /* section_mem_map as read */
	bool has_mem_map, early, online, device;
	bool subsections_known; /* false: usage could not be read */
	bool usage_empty;	/* it has none, or one without a sub-section: they are not known */
	bool usage_astray;	/* page tables do not map where it should be */
	vaddr_t usage;		/* struct mem_section_usage; 0: none, or unknown */
	bool inferred;		/* from page tables: the rest is a guess */
	bool page_ext;		/* has a table of struct page_ext beside its memmap */
	bool preinit;		/* boot left its struct pages to a gigantic page */
	uint8_t preinit_order;	/* of that page, where the section names it; else 0 */
	uint32_t subsections;	/* which of kernel->subsections; SUBSECTIONS_ALL: all are valid */
	enum section_fault fault;
	struct section_witness witness; /* of @fault */
};

/* A pointer of mem_section, and the sections that only its array tells of. */
struct section_root {
	uint64_t nr;
	vaddr_t pointer;
	uint64_t first, last;
};

enum { SUBSECTIONS_ALL = 0 };

/* One bit a sub-section of 2 MiB, valid or not; early sections are whole. */
struct subsections {
	uint64_t valid[SUBSECTIONS_MAX / 64];
};

struct zone_tail {
	uint64_t page; /* the struct page pointer, or of what is observed; 0 if NULL */
	bool known;    /* could be read, or was observed */
	/* By zone_tails_confirm() and scheme_observe(). */
	uint64_t said;	 /* the pointer as read */
	uint64_t groups; /* huge pages whose tails all map @page */
	bool refuted;	 /* @page is what they share, and not what was @said */
	bool unfit;	 /* nothing maps it, and it is no struct page */
};

struct zone_info {
	unsigned node, index;	   /* index as in enum zone_type */
	bool inferred;		   /* struct pages name it; where it begins is not known */
	char name[ZONE_NAME_SIZE]; /* its index where that cannot be read */
	pfn_t start_pfn;
	uint64_t spanned_pages;
	/* Shared tail frames by order - tails_min_order (era D). */
	unsigned tail_count;
	struct zone_tail tail[VMEMMAP_TAILS_MAX];
};

struct kernel {
	unsigned page_shift;
	bool big_endian;
	uint64_t page_size;	   /* bytes of a page */
	uint64_t struct_page_size; /* bytes */
	struct page_format page;   /* what is where in a struct page */
	unsigned section_size_bits;
	uint64_t pages_per_section, subsections_per_section;

	/* Of struct page 0; every section's own idea of it should agree. */
	vaddr_t vmemmap;
	const char *vmemmap_source;
	bool has_vmemmap;

	uint64_t section_map_mask; /* the address bits of section_mem_map */
	struct section *sections;
	size_t section_count;
	struct subsections *subsections; /* the first is SUBSECTIONS_ALL */
	size_t subsections_count;
	uint64_t sections_unreadable;	 /* section numbers whose mem_section cannot be read */
	uint64_t sections_inferred;	 /* of @sections: known from page tables only */
	uint64_t sections_faulty;	 /* of @sections: mem_section is wrong about them */
	uint64_t section_highest;	 /* __highest_present_section_nr; 0: not known */
	bool section_highest_absurd;	 /* there is no array that has that one */
	vaddr_t section_array;		 /* the first that mem_section has; 0: none */
	bool section_bytes_set;		 /* some byte of some array is not zero */
	uint64_t roots_astray;		 /* pointers of mem_section that lead nowhere */
	struct section_root root_astray; /* the first */

	unsigned nodes_shift, zones_shift; /* bits of page.flags, from the top */
	unsigned *nodes;
	vaddr_t *pgdats; /* struct pglist_data of each */
	size_t node_count, node_room, pgdat_room;
	uint64_t nodes_unreadable;
	struct zone_info *zones;
	size_t zone_count, zone_room;
	unsigned tails_min_order; /* log2(2 * page_size / struct_page_size) */
	unsigned max_folio_order; /* of this build: MAX_FOLIO_ORDER */

	/* Whether huge pages are optimised when allocated: 1, 0, or -1 if unknown. */
	int optimize_enabled;
	bool switch_at_boot;	/* set by hugetlb_free_vmemmap= alone: there is no sysctl yet */
	bool key_counts_switch; /* the static key counts the switch beside the pages */
};

/*
 * Reads it all. What cannot be read is counted, not failed; an error means that
 * nothing can be analysed (no sections, an impossible struct page).
 */
struct error *kernel_read(const struct facts *facts, const struct layout *layout, struct kmem *kmem,
			  const struct arch_info *arch, struct kernel *ret);
void kernel_deinit(struct kernel *kernel);

static inline unsigned bits_from_top(uint64_t flags, unsigned above, unsigned width)
{
	return width ? (unsigned)(flags << above >> (64 - width)) : 0;
}

static inline unsigned page_flags_node(const struct kernel *kernel, uint64_t flags)
{
	return bits_from_top(flags, 0, kernel->nodes_shift);
}

static inline unsigned page_flags_zone(const struct kernel *kernel, uint64_t flags)
{
	return bits_from_top(flags, kernel->nodes_shift, kernel->zones_shift);
}

/* NULL if not present. */
const struct section *kernel_section(const struct kernel *kernel, uint64_t nr);
const struct section *kernel_section_of(const struct kernel *kernel, pfn_t pfn);
bool section_subsection_valid(const struct kernel *kernel, const struct section *section,
			      uint64_t index);
bool kernel_pfn_valid(const struct kernel *kernel, pfn_t pfn);
/*
 * A place for a zone that struct pages name, where the nodes cannot be read: nothing is known
 * of it but its number.
 */
struct error *kernel_zone_infer(struct kernel *kernel, unsigned node, unsigned index,
				struct zone_info **ret);

const struct zone_info *kernel_zone(const struct kernel *kernel, unsigned node, unsigned index);
/* The types tell which pages a zone spans; otherwise each is said to span them all. */
bool zone_spans_known(const struct layout *layout);
/* False of no zone, NULL. */
bool zone_spans(const struct zone_info *zone, pfn_t pfn);
/* Where the last page ends that a zone spans; 0 if none is known. */
pfn_t kernel_zones_end(const struct kernel *kernel);

/* The shared tail frame of a zone and order. */
enum tail_state { TAIL_KNOWN, TAIL_NULL, TAIL_UNREADABLE };
enum tail_state kernel_shared_tail(const struct kernel *kernel, unsigned node, unsigned zone,
				   unsigned order, pfn_t *ret);

/*
 * Tails of pages in a row can only be alike if struct pages do not cross the ends of
 * vmemmap pages: Linux kernel mm/hugetlb_vmemmap.c, hugetlb_vmemmap_optimizable_size(),
 * and vmemmap_can_optimize().
 */
static inline bool kernel_can_share(const struct kernel *kernel)
{
	return (kernel->struct_page_size & (kernel->struct_page_size - 1)) == 0;
}

/* Of all sections that are present; 0 if none is. */
static inline pfn_t kernel_last_pfn(const struct kernel *kernel)
{
	return kernel->section_count ? (kernel->sections[kernel->section_count - 1].nr + 1) *
						       kernel->pages_per_section -
					       1
				     : 0;
}

static inline vaddr_t kernel_struct_page(const struct kernel *kernel, pfn_t pfn)
{
	return kernel->vmemmap + pfn * kernel->struct_page_size;
}

/* Vmemmap pages that the struct pages of 2^order pages fill; 0 if not whole. */
static inline uint64_t kernel_vmemmap_pages(const struct kernel *kernel, unsigned order)
{
	return (kernel->struct_page_size << order) >> kernel->page_shift;
}

#endif
