// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Device memory of the tiny machine: ZONE_DEVICE with its dev_pagemaps, pgmap_array,
 * resources, dax bus, sections, vmemmap and struct pages, as the kernel of the
 * machine's scheme would have them. Kernels since MACHINE_B share the vmemmap of
 * compound pages; MACHINE_NONE and MACHINE_A have no vmemmap_shift.
 *
 * Every object has a page of its own, so that machine_hide() takes it alone.
 */
#ifndef VMEMSCOPE_TESTDATA_MACHINE_DEVICE_H
#define VMEMSCOPE_TESTDATA_MACHINE_DEVICE_H

#include "testdata/machine/machine.h"

// clang-format off
enum {
	MACHINE_PAGE_PGMAP	= MACHINE_PAGE_HEAD,

	/* enum memory_type */
	MACHINE_TYPE_PRIVATE	= 2,
	MACHINE_TYPE_FS_DAX	= 5,
	MACHINE_TYPE_GENERIC	= 7,

	/* struct dev_pagemap, struct vmem_altmap, struct range */
	MACHINE_PGMAP_ALTMAP	= 8,
	MACHINE_PGMAP_TYPE	= 72,
	MACHINE_PGMAP_FLAGS	= 76,
	MACHINE_PGMAP_SHIFT	= 80,
	MACHINE_PGMAP_NR_RANGE	= 96,
	MACHINE_PGMAP_RANGES	= 104,
	MACHINE_ALTMAP_BASE	= 8,
	MACHINE_ALTMAP_END	= 16,
	MACHINE_ALTMAP_RESERVE	= 24,
	MACHINE_ALTMAP_FREE	= 32,
	MACHINE_ALTMAP_ALIGN	= 40,
	MACHINE_ALTMAP_ALLOC	= 48,
	MACHINE_RANGE_SIZE	= 24,
	MACHINE_RANGE_START	= 8,
	MACHINE_RANGE_END	= 16,

	/* struct xarray, struct xa_node */
	MACHINE_XA_HEAD		= 16,
	MACHINE_XA_SHIFT	= 3,
	MACHINE_XA_SLOTS	= 64,

	/* struct resource */
	MACHINE_RESOURCE_NAME	= 0,
	MACHINE_RESOURCE_START	= 8,
	MACHINE_RESOURCE_END	= 16,
	MACHINE_RESOURCE_CHILD	= 32,
	MACHINE_RESOURCE_SIBLING = 40,

	/* struct dev_dax, which a struct device is part of */
	MACHINE_DAX_TARGET_NODE	= 8,
	MACHINE_DAX_ALIGN	= 16,
	MACHINE_DAX_PGMAP	= 24,
	MACHINE_DAX_DEV		= 64,
	MACHINE_DEVICE_KOBJ	= 16,
	MACHINE_KOBJECT_NAME	= 8,
	MACHINE_KOBJECT_ENTRY	= 24,

	/* struct device_private, struct subsys_private */
	MACHINE_PRIVATE_KNODE_BUS = 32,
	MACHINE_PRIVATE_DEVICE	= 96,
	MACHINE_KLIST_NODE	= 8,
	MACHINE_KLIST_LIST	= 16,
	MACHINE_SUBSYS_SUBSYS	= 8,
	MACHINE_SUBSYS_KLIST_DEVICES = 128,
	MACHINE_SUBSYS_BUS	= 200,
	MACHINE_KSET_LIST	= 8,
	MACHINE_KSET_KOBJ	= 32,
	MACHINE_BUS_TYPE_P	= 40,
};
// clang-format on

enum {
	DAX_ALTMAP = 1,	     /* its memmap is in its own frames, before the data */
	DAX_UNSHARED = 2,    /* compound pages, each with frames of its own */
	DAX_FS = 4,	     /* MEMORY_DEVICE_FS_DAX: base pages; the resource is a namespace */
	DAX_READONLY = 8,    /* shared tails are read-only */
	DAX_NO_BUS = 16,     /* no struct dev_dax */
	DAX_NO_PGMAP = 32,   /* no struct dev_pagemap, and nothing in pgmap_array */
	DAX_SYSTEM_RAM = 64, /* dax_kmem: ordinary memory, online; only resources and bus */
	/*
	 * As kernels of ppc64 with commit f2b79c0d7968 map it: pfns are counted by vmemmap
	 * pages, anew in each section.
	 */
	DAX_MISCOUNTED = 128,
};

struct machine_dax {
	const char *name;   /* "dax0.0"; NULL: no resource, and not on the bus */
	const char *region; /* of the resource above; NULL: none */
	pfn_t start, end;   /* the range, of whole sub-sections */
	pfn_t data;	    /* where the resource begins; 0: at start */
	unsigned order;	    /* of compound pages; 0: base pages */
	unsigned node;
	unsigned flags;
};

/* Physical, where the kernel has its parts; 0 for what it has not. */
struct machine_device {
	paddr_t pgmap, resource, region;
	paddr_t dax;	 /* struct dev_dax */
	paddr_t private; /* struct device_private */
};

/* Adds everything of one device. The first one adds types and symbols, too. */
struct machine_device machine_dax(struct machine *machine, const struct machine_dax *spec);

/*
 * A usual load, of which tests may rely on each line (pfns; node; what):
 *   0x140000 dax0.0, persistent, 128 MiB, 2 MiB pages, data from 0x140200; 1; shared
 *   0x148000 dax1.0, persistent, 128 MiB, 2 MiB pages, data from 0x148400; 1; altmap
 *   0x150000 dax2.0, soft reserved, 128 MiB, base pages; 0
 *   0x158000 namespace4.0, persistent, 128 MiB, fsdax; 0
 *   0x160000 dax6.0, soft reserved, 6 MiB, 2 MiB pages; 0; shared but for scheme E2
 *   0x180000 dax3.0, persistent, 1 GiB, 1 GiB pages; 1; shared
 *   0x1c0000 dax5.0, soft reserved, 128 MiB; 1; ordinary memory (kmem)
 * Nothing is shared in a kernel without the optimisation.
 */
void machine_populate_devices(struct machine *machine);

/* --- parts -- */

/* Types and symbols of device memory, with nothing behind them yet. */
void machine_device_types(struct machine *machine);

/* pgmap_array: @pgmap (physical; 0 takes away) for pfns [start, end). */
void machine_pgmap_store(struct machine *machine, pfn_t start, pfn_t end, paddr_t pgmap);
paddr_t machine_pgmap_array(struct machine *machine);
/* Its node of @shift (0 to 24, by 6) that has @pfn; 0 if there is none. */
paddr_t machine_pgmap_node(struct machine *machine, pfn_t pfn, unsigned shift);

/* A range more of a dev_pagemap, which then has @index + 1. */
void machine_pgmap_range(struct machine *machine, paddr_t pgmap, unsigned index, pfn_t start,
			 pfn_t end);

/* A resource of pfns [start, end) below @parent; 0: at the top. */
paddr_t machine_resource(struct machine *machine, paddr_t parent, pfn_t start, pfn_t end,
			 const char *name);

/* An online or offline section of ordinary memory, with struct pages of @zone. */
void machine_ordinary_section(struct machine *machine, uint64_t nr, unsigned node, unsigned zone,
			      bool online);

#endif
