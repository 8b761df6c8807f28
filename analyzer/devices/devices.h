// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the parts that find devices tell each other. */
#ifndef VMEMSCOPE_DEVICES_H
#define VMEMSCOPE_DEVICES_H

#include "analyzer/pages/survey.h"
#include "analyzer/devices/device.h"
#include "include/error.h"

enum { DEVICE_ORDER_MAX = 24 };

/* Of pfns, [start, end), behind one entry of pgmap_array. */
struct pgmap_interval {
	vaddr_t pgmap;
	pfn_t start, end;
	vaddr_t slot; /* the first of those that say so */
};

struct pgmap_seen {
	vaddr_t pgmap;
	bool read; /* and believed */
};

enum resource_kind {
	RESOURCE_DAX,	    /* "dax0.0" */
	RESOURCE_NAMESPACE, /* "namespace0.0" */
	RESOURCE_REGION,    /* says what kind of memory it is */
};

/* One resource that names devices. */
struct device_resource {
	enum resource_kind kind;
	char name[DEVICE_NAME_MAX], region[DEVICE_NAME_MAX];
	enum device_medium medium;
	pfn_t start, end;
	pfn_t ram_start, ram_end; /* of a "System RAM" below; empty if there is none */
};

/* One struct dev_dax. */
struct dax_entry {
	char name[DEVICE_NAME_MAX];
	vaddr_t pgmap;
	uint64_t align_bytes; /* 0 if not believable */
	int target_node;
};

struct device_finder {
	const struct survey *survey;
	struct devices *devices; /* sorted, disjoint, at any time */

	struct range *room; /* pfns that can be of devices, ascending, disjoint */
	size_t room_count;

	struct pgmap_interval *intervals;
	size_t interval_count, interval_room;
	struct pgmap_seen *seen;
	size_t seen_count, seen_room;
	uint64_t ranges_left; /* how many more will be read of dev_pagemaps */

	struct device_resource *resources; /* by start; parents before children */
	size_t resource_count, resource_room;

	struct dax_entry *dax;
	size_t dax_count, dax_room;
};

/* --- reading -- */

/* Reads members one by one; what goes wrong sticks, and then all is 0. */
struct member_reader {
	const struct survey *survey;
	bool unreadable;
	struct error *err;
};
uint64_t member_read(struct member_reader *reader, vaddr_t base, enum layout_id member,
		     size_t size);
uint64_t number_read(struct member_reader *reader, vaddr_t addr, size_t size);

bool layout_has_all(const struct layout *layout, const enum layout_id *ids, size_t count);

/* An address that an object of the kernel can have: see arch_info.kernel_is_low. */
static inline bool is_kernel_pointer(const struct target *target, vaddr_t addr)
{
	if (target->arch->kernel_is_low)
		return addr && addr < UINT64_MAX >> 1;
	return addr >> 63 && addr < UINT64_MAX - (1 << 20);
}

/* The first pfn that no physical address has. */
static inline pfn_t pfn_limit(const struct target *target)
{
	return UINT64_C(1) << (52 - target->kernel.page_shift);
}

/* --- struct pages -- */

/* What the struct page of one pfn says of its device. */
struct device_page {
	bool device; /* readable, and in ZONE_DEVICE */
	bool head, tail;
	unsigned node;
	bool order_known;
	unsigned order;
	vaddr_t pgmap; /* 0 if it does not say */
	bool readable;
};
struct error *device_page_read(const struct survey *survey, pfn_t pfn, struct device_page *ret);

/* --- page tables -- */

/* Where the frames of the range's vmemmap are: in the range itself, or elsewhere. */
enum device_memmap device_memmap_of(const struct survey *survey, const struct device *device);

/* The order of compound pages that its shared tails show; false if nothing is shared. */
bool device_order_of_tables(const struct survey *survey, const struct device *device,
			    unsigned *ret);

/* --- stages -- */

/* One of which nothing is known yet. */
extern const struct device device_unknown;

/* Where devices can be; then @device's range, but for what is claimed or cannot be. */
struct error *device_room_read(struct device_finder *finder);
struct error *device_add(struct device_finder *finder, const struct device *device);

/* The intervals of pgmap_array; then what the dev_pagemaps behind them say. */
struct error *pgmap_array_read(struct device_finder *finder);
struct error *pgmaps_read(struct device_finder *finder);
/* Takes the intervals out whose dev_pagemap is another device's. */
struct error *intervals_judge(struct device_finder *finder);
/* Remembers what is wrong with a slot. */
void array_fault_add(struct devices *devices, const struct array_fault *fault);

enum pgmap_word { PGMAP_DENIES, PGMAP_HAS, PGMAP_SILENT };
/* What the dev_pagemap at @pgmap says of @range, of pfns; nothing if it is not in the dump. */
struct error *pgmap_ask(struct device_finder *finder, vaddr_t pgmap, const struct range *range,
			enum pgmap_word *ret);

/* The types tell where a dev_pagemap has its ranges. */
bool pgmap_is_known(const struct layout *layout);

/* Adds the dev_pagemap at @pgmap if it can be read, is believable, and has @pfn. */
struct error *pgmap_add(struct device_finder *finder, vaddr_t pgmap, pfn_t pfn, bool *found_ret);

struct error *resources_read(struct device_finder *finder);
struct error *dax_bus_read(struct device_finder *finder);
const struct dax_entry *dax_entry_by_name(const struct device_finder *finder, const char *name);
const struct dax_entry *dax_entry_by_pgmap(const struct device_finder *finder, vaddr_t pgmap);

/* Devices that only resources, then only struct pages, show. */
struct error *devices_from_resources(struct device_finder *finder);
struct error *devices_from_pages(struct device_finder *finder);

/* Says in @device->claims if its dev_pagemap is there, but is not that of a device. */
struct error *device_refute(const struct device_finder *finder, struct device *device);

/* Names, data, order, node, ... of every device found. */
struct error *devices_complete(struct device_finder *finder);

#endif
