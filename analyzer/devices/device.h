// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Device memory: the ranges of ZONE_DEVICE and what their struct pages cost. From
 * the dev_pagemaps (pgmap_array), the resource tree (names), struct dev_dax (align,
 * target node) and, where these are not in the dump, from the struct pages and the
 * vmemmap map. Nothing here is needed to find a range: all of it may be missing.
 *
 * Linux kernel mm/memremap.c, drivers/dax/bus.c, drivers/dax/device.c.
 */
#ifndef VMEMSCOPE_DEVICE_H
#define VMEMSCOPE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/pages/inventory.h"
#include "include/types.h"

struct survey;
struct error;

enum { DEVICE_NAME_MAX = 32, DEVICES_MAX = 4096 };

/* How a device's range became known; later ones know less. */
enum device_source {
	DEVICE_FROM_PGMAP,    /* its struct dev_pagemap was read */
	DEVICE_FROM_XARRAY,   /* pgmap_array has the range, the dev_pagemap is not in the dump */
	DEVICE_FROM_RESOURCE, /* the resource tree names it */
	DEVICE_FROM_MAP,      /* valid struct pages of ZONE_DEVICE that nothing else explains */
};
const char *device_source_id(enum device_source source); /* stable: "pgmap" */

enum device_kind {
	DEVICE_DAX,	    /* MEMORY_DEVICE_GENERIC: device DAX, persistent or not */
	DEVICE_FSDAX,	    /* MEMORY_DEVICE_FS_DAX */
	DEVICE_PRIVATE,	    /* MEMORY_DEVICE_PRIVATE */
	DEVICE_COHERENT,    /* MEMORY_DEVICE_COHERENT */
	DEVICE_P2PDMA,	    /* MEMORY_DEVICE_PCI_P2PDMA */
	DEVICE_SYSTEM_RAM,  /* dax_kmem: hot-plugged as ordinary memory, no ZONE_DEVICE */
	DEVICE_KIND_UNKNOWN /* the type could not be read */
};
const char *device_kind_id(enum device_kind kind); /* stable: "devdax" */

/* What the memory is, by the resources above it. */
enum device_medium {
	MEDIUM_PMEM,	      /* "Persistent Memory" */
	MEDIUM_SOFT_RESERVED, /* hmem: "Soft Reserved", "hmem.N", or nothing above a dax range */
	MEDIUM_OTHER,	      /* such as a CXL region */
	MEDIUM_UNKNOWN,
};
const char *device_medium_id(enum device_medium medium); /* stable: "pmem" */

/* Where the frames of its vmemmap are. */
enum device_memmap { MEMMAP_RAM, MEMMAP_DEVICE, MEMMAP_MIXED, MEMMAP_UNKNOWN };
const char *device_memmap_id(enum device_memmap memmap); /* "ram", "device", "mixed", "unknown" */

/* Why (some of) its compound pages are not optimised; the first that holds. */
enum device_blocker {
	DEVICE_BLOCKER_SYSTEM_RAM,     /* ordinary memory: not a device's */
	DEVICE_BLOCKER_KIND,	       /* not device DAX: no compound pages */
	DEVICE_BLOCKER_NOT_BUILT,      /* this kernel does not share DAX vmemmap */
	DEVICE_BLOCKER_UNKNOWN_SCHEME, /* this kernel's rules are not known here */
	DEVICE_BLOCKER_SIZE,	       /* struct pages whose size is no power of two */
	DEVICE_BLOCKER_ALTMAP,	       /* the memmap lies in the device */
	DEVICE_BLOCKER_BASE_PAGES,     /* aligned to base pages: vmemmap_shift is 0 */
	DEVICE_BLOCKER_TOO_SMALL,      /* too few struct pages in a compound page */
	DEVICE_BLOCKER_EARLY,	       /* in an early section: the boot memmap is used */
	DEVICE_BLOCKER_LEAF,	       /* a larger leaf was there before: ppc64 keeps it */
	DEVICE_BLOCKER_SUBSECTION,     /* a part of a section: E2 does not share there */
	DEVICE_BLOCKER_UNTOLD,	       /* nothing that is known prevents it */
	DEVICE_BLOCKER_COUNT
};
const char *device_blocker_id(enum device_blocker blocker);   /* stable: "altmap" */
const char *device_blocker_text(enum device_blocker blocker); /* for people */

/* What the walk found in a piece of a range. Pages are compound pages. */
struct device_tally {
	uint64_t compound_pages;
	uint64_t optimized;	/* all tails share the frame that the scheme names */
	uint64_t not_optimized; /* no tail does */
	uint64_t wrong;		/* some do, or they share another: see the checks */
	uint64_t unknown;	/* page tables, or the frame to expect, cannot be read */
	uint64_t blocked[DEVICE_BLOCKER_COUNT];	 /* of @not_optimized */
	uint64_t tails_writable, tails_readonly; /* shared tail entries */
	uint64_t saved_pages;			 /* vmemmap pages that it does without */
	uint64_t possible_pages; /* more that this kernel would save: not blocked for good */
	uint64_t next_pages;	 /* more that one vmemmap page less a compound page saves */
};

/* A struct range in memory. */
struct bytes_claimed {
	uint64_t first, last;
};

/* What a dev_pagemap says of itself, as read: others may contradict it. */
struct pgmap_claims {
	bool read;	 /* and believed */
	bool refuted;	 /* read, and nothing in it is of the device that has it */
	bool pages_seen; /* then: struct pages show the device */
	uint64_t type, flags, shift, nr_range;
	struct bytes_claimed range; /* that the device is */
};

/* What shows the order of a device's compound pages, besides its dev_pagemap. */
enum order_witness {
	ORDER_BY_PAGES = 1,
	ORDER_BY_TABLES = 2,
	ORDER_BY_ALIGN = 4,
	ORDER_BY_TYPE = 8,
};

/* One range of a dev_pagemap, or what stands for one. */
struct device {
	char name[DEVICE_NAME_MAX];   /* "dax0.0"; "" if nothing shows */
	char region[DEVICE_NAME_MAX]; /* the resource above: "Persistent Memory"; "" */
	enum device_source source;
	enum device_kind kind;
	enum device_medium medium;
	enum device_memmap memmap;
	vaddr_t pgmap;		    /* 0 if not known */
	pfn_t start, end;	    /* of the range: what has struct pages, [start, end) */
	pfn_t data_start, data_end; /* what the device gives to its users, within it */
	bool data_known;	    /* else all of the range stands for it */
	bool type_known, shift_known, altmap_known;
	unsigned type;	  /* enum memory_type as read */
	uint64_t flags;	  /* dev_pagemap.flags as read */
	unsigned order;	  /* compound order (vmemmap_shift); 0: base pages */
	bool order_known; /* from the dev_pagemap, else struct pages, else dev_dax.align */
	bool altmap;
	bool altmap_read; /* its members: they are in the types and in the dump */
	pfn_t altmap_base;
	pfn_t altmap_end; /* the last pfn of the range; 0 if not known */
	uint64_t altmap_reserve, altmap_free, altmap_align, altmap_alloc; /* pages */
	bool node_known;
	unsigned node;			   /* of its struct pages; else the target node */
	int target_node;		   /* dev_dax.target_node; -1 if not known */
	uint64_t align_bytes;		   /* dev_dax.align, else of the order; 0 if not known */
	unsigned range_index, range_count; /* of the dev_pagemap */
	struct pgmap_claims claims;
	unsigned order_witnesses; /* of @order: enum order_witness */
	bool type_refuted;	  /* it has compound pages, which memory of @type has not */
	bool being_added;	  /* its last range is not complete yet */
	uint64_t array_pages;	  /* of the range, that pgmap_array has */
	pfn_t array_gap;	  /* the first that it lacks, and has to have; 0: none */

	struct device_tally data;  /* compound pages that lie in the data */
	struct device_tally whole; /* all: those for the device's own metadata too */
};

/* What is wrong with a slot of pgmap_array. */
enum array_fault_kind {
	ARRAY_SOUND,
	ARRAY_NO_NODE, /* xa_head holds an entry, which can be that of pfn 0 alone */
	ARRAY_GARBAGE, /* it holds neither a dev_pagemap nor a node */
	ARRAY_EMPTIED, /* it is NULL, and slots beside it name its entry as theirs, too */
	ARRAY_MISLED,  /* it holds the dev_pagemap of another device */
};

struct array_fault {
	enum array_fault_kind kind;
	vaddr_t slot;
	uint64_t entry;	  /* as read */
	pfn_t start, end; /* what it stands for */
	vaddr_t owner;	  /* the dev_pagemap that has these, if ARRAY_MISLED, */
	bool named;	  /* and that their struct pages name */
};

/* What contradicts itself in a struct vmem_altmap. */
enum altmap_fault {
	ALTMAP_SOUND,
	ALTMAP_BASE,	/* is not where the range begins */
	ALTMAP_RESERVE, /* is more than the range has */
	ALTMAP_FREE,	/* reaches into what users have, or beyond the range */
	ALTMAP_ALLOC,	/* is, with align, more than free */
};

struct devices {
	struct device *list; /* by start; ranges do not overlap */
	size_t count, room;
	struct huge_pages pages;	 /* compound pages of all of them: by devices_tally() */
	bool pgmaps_known;		 /* pgmap_array could be walked to its end */
	bool resources_known;		 /* so could the tree of resources */
	struct array_fault array_fault;	 /* the first */
	uint64_t array_faults;		 /* slots of pgmap_array that are wrong */
	bool array_lost, resources_lost; /* where it begins is known, but not all could be read */
	/* Why not; static text or NULL. */
	const char *pgmaps_missing, *resources_missing;
	/* Of sections that may be of devices, what no device has: pfns, and stretches of them. */
	uint64_t unfound_pages, unfound_ranges;
	uint64_t pgmaps_unreadable, nodes_unreadable; /* dev_pagemaps, nodes of the xarray */
	unsigned device_zone;			      /* ZONE_DEVICE */
	bool device_zone_known;
};

/* Finds all ranges: needs the vmemmap map. */
struct error *devices_read(const struct survey *survey, struct devices *ret);

/*
 * Lists the compound pages of @devices, which are those of @survey, and how each is shared as
 * the scheme has it: to be done again if that changes.
 */
struct error *device_pages_read(const struct survey *survey, struct devices *devices);

/* True if nothing shares that could: then @choice says so, of a kernel that does not. */
struct scheme_choice;
bool devices_share_nothing(const struct survey *survey, struct scheme_choice *choice);
/* What the types lack to read a dev_pagemap, or a vmem_altmap; LAYOUT_COUNT: nothing. */
enum layout_id pgmap_lacks(const struct layout *layout);
enum layout_id altmap_lacks(const struct layout *layout);
/* Of a device whose altmap was read. */
enum altmap_fault device_altmap_fault(const struct kernel *kernel, const struct device *device);
/*
 * The first pfn of @device in a compound page: with a memmap in the device, those
 * before are never made one. Linux kernel mm/mm_init.c, memmap_init_zone_device().
 */
pfn_t device_first_compound(const struct kernel *kernel, const struct device *device);

void devices_deinit(struct devices *devices);

/* The device whose range holds @pfn; NULL if none. */
const struct device *devices_find(const struct devices *devices, pfn_t pfn);

/* True if its vmemmap may be shared by the rules of this kernel: compound pages, known order. */
bool device_has_compounds(const struct device *device);

/* Devices with compound pages of which nothing shows how many are for their own metadata. */
unsigned devices_data_untold(const struct devices *devices);

/*
 * Pfns that may be of devices that are not seen, as neither list of devices can be read, and
 * not only for want of types: 1 if how many is not known.
 */
uint64_t devices_unseen(const struct survey *survey);

/* The same in devices, if each stretch is one. */
uint64_t devices_unseen_ranges(const struct survey *survey);

/* A device that could have compound pages, and nothing shows of which order. */
bool device_is_untold(const struct device *device);

/*
 * The compound page of @device that holds @pfn, with its mapping. False if it has
 * none there (base pages, or a piece at either end that fills no compound page).
 */
bool device_compound(const struct survey *survey, const struct device *device, pfn_t pfn,
		     struct huge_page *ret);

/* Why this compound page of @device, which is not optimised, is not. */
enum device_blocker device_blocker_of(const struct survey *survey, const struct device *device,
				      const struct huge_page *page);

#endif
