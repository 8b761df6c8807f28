// SPDX-License-Identifier: LGPL-2.1-or-later
/* Device DAX as the kernel knows it: dev_pagemap, pgmap_array, resources. */
#include <stdio.h>

#include "testdata/gen/gen.h"

enum { XA_SLOTS = 64, XA_CHUNK_SHIFT = 6 };

static vaddr_t pgmap_make(struct gen *gen, unsigned device)
{
	const struct layout *layout = &gen->origin.layout;
	const struct plan *plan = &gen->plan;
	vaddr_t pgmap = core_alloc(gen, 512, 64);
	vaddr_t range = pgmap + layout_get(layout, LAYOUT_DEV_PAGEMAP_RANGES);

	core_member(gen, pgmap, LAYOUT_DEV_PAGEMAP_TYPE, 4,
		    layout_get(layout, LAYOUT_MEMORY_DEVICE_GENERIC));
	core_member(gen, pgmap, LAYOUT_DEV_PAGEMAP_SHIFT, 8, HUGE_ORDER);
	core_member(gen, pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4, 1);
	core_member(gen, range, LAYOUT_RANGE_START, 8, plan->device[device] << PAGE_SHIFT);
	core_member(gen, range, LAYOUT_RANGE_END, 8, (plan->device[device + 1] << PAGE_SHIFT) - 1);
	return pgmap;
}

/* --- pgmap_array ---------------------------------------------------------------------- */

static vaddr_t node_make(struct gen *gen, unsigned shift)
{
	uint64_t slots = layout_get(&gen->origin.layout, LAYOUT_XA_NODE_SLOTS);
	vaddr_t node = core_alloc(gen, slots + 8 * XA_SLOTS, 64);

	core_member(gen, node, LAYOUT_XA_NODE_SHIFT, 1, shift);
	return node;
}

/* What slot @slot of the node for pfns from @base on holds: one device, none, or several. */
static unsigned devices_in(const struct plan *plan, struct area span, unsigned *device_ret)
{
	unsigned found = 0;

	for (unsigned i = 0; i < plan->devices; i++)
		if (plan->device[i] < span.end && plan->device[i + 1] > span.start) {
			*device_ret = i;
			found += plan->device[i] <= span.start && plan->device[i + 1] >= span.end
					 ? 1
					 : 2;
		}
	return found;
}

struct node {
	vaddr_t addr;
	pfn_t base;
	unsigned shift;
};

/* The slot's entry; a node below it is put into *child, for the caller to fill. */
static uint64_t slot_make(struct gen *gen, const struct node *node, unsigned slot,
			  struct node *child)
{
	uint64_t size = UINT64_C(1) << node->shift;
	struct area span = { node->base + slot * size, node->base + (slot + 1) * size };
	unsigned device = 0, found = devices_in(&gen->plan, span, &device);

	child->addr = 0;
	if (found < 2)
		return found ? gen->pgmap[device] : 0;
	child->shift = node->shift - XA_CHUNK_SHIFT;
	child->base = span.start;
	child->addr = node_make(gen, child->shift);
	return child->addr | 2;
}

static void array_make(struct gen *gen)
{
	const struct layout *layout = &gen->origin.layout;
	pfn_t end = gen->plan.device[gen->plan.devices];
	struct node pending[4 * XA_SLOTS];
	size_t count = 1;

	pending[0] = (struct node){ 0 };
	while (end >> (pending[0].shift + XA_CHUNK_SHIFT))
		pending[0].shift += XA_CHUNK_SHIFT;
	pending[0].addr = node_make(gen, pending[0].shift);
	core_member(gen, layout_symbol(layout, LAYOUT_SYM_PGMAP_ARRAY), LAYOUT_XARRAY_HEAD, 8,
		    pending[0].addr | 2);
	while (count) {
		struct node node = pending[--count], child;

		for (unsigned slot = 0; slot < XA_SLOTS; slot++) {
			uint64_t entry = slot_make(gen, &node, slot, &child);

			core_store(gen,
				   node.addr + layout_get(layout, LAYOUT_XA_NODE_SLOTS) + 8 * slot,
				   8, entry);
			if (child.addr)
				pending[count++] = child;
		}
	}
}

/* --- resources ------------------------------------------------------------------------- */

static vaddr_t resource_make(struct gen *gen, const char *name, struct area span)
{
	vaddr_t resource = core_alloc(gen, 128, 64);

	core_member(gen, resource, LAYOUT_RESOURCE_START, 8, span.start << PAGE_SHIFT);
	core_member(gen, resource, LAYOUT_RESOURCE_END, 8, (span.end << PAGE_SHIFT) - 1);
	core_member(gen, resource, LAYOUT_RESOURCE_NAME, 8, core_text(gen, name));
	return resource;
}

static void resources_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	struct area memory = { 0, plan->sections * SECTION_PAGES };
	vaddr_t root = layout_symbol(&gen->origin.layout, LAYOUT_SYM_IOMEM_RESOURCE);
	vaddr_t last = resource_make(gen, "System RAM", memory);
	char name[32];

	core_member(gen, root, LAYOUT_RESOURCE_END, 8, UINT64_MAX);
	core_member(gen, root, LAYOUT_RESOURCE_NAME, 8, core_text(gen, "PCI mem"));
	core_member(gen, root, LAYOUT_RESOURCE_CHILD, 8, last);
	for (unsigned i = 0; i < plan->devices; i++) {
		struct area span = { plan->device[i], plan->device[i + 1] };
		vaddr_t region = resource_make(gen, "Soft Reserved", span);

		snprintf(name, sizeof(name), "dax%u.0", i);
		core_member(gen, region, LAYOUT_RESOURCE_CHILD, 8, resource_make(gen, name, span));
		core_member(gen, last, LAYOUT_RESOURCE_SIBLING, 8, region);
		last = region;
	}
}

void devices_make(struct gen *gen)
{
	resources_make(gen);
	for (unsigned i = 0; i < gen->plan.devices; i++)
		gen->pgmap[i] = pgmap_make(gen, i);
	if (gen->plan.devices)
		array_make(gen);
}
