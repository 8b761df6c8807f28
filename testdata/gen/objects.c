// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections, nodes, pools and counters, as the kernel keeps them. */
#include <stdio.h>

#include "testdata/gen/gen.h"

/* --- sections ----------------------------------------------------------------------- */

static uint64_t bit(const struct gen *gen, enum layout_id id, unsigned otherwise)
{
	const struct layout *layout = &gen->origin.layout;

	return UINT64_C(1) << (layout_has(layout, id) ? layout_get(layout, id) : otherwise);
}

static vaddr_t usage_make(struct gen *gen)
{
	vaddr_t usage = core_alloc(gen, 64, 64);

	core_member(gen, usage, LAYOUT_USAGE_SUBSECTION_MAP, 8, UINT64_MAX);
	return usage;
}

static vaddr_t root_of(struct gen *gen, uint64_t nr)
{
	vaddr_t pointer = gen->origin.roots + 8 * nr;
	vaddr_t root = core_load(gen, pointer);

	if (root)
		return root;
	root = core_alloc(gen, PAGE_BYTES, PAGE_BYTES);
	core_store(gen, pointer, 8, root);
	return root;
}

static void section_make(struct gen *gen, uint64_t nr, bool of_device)
{
	uint64_t size = layout_get(&gen->origin.layout, LAYOUT_SECTION_SIZE);
	uint64_t per_root = PAGE_BYTES / size;
	uint64_t flags = bit(gen, LAYOUT_SECTION_PRESENT_BIT, 0) |
			 bit(gen, LAYOUT_SECTION_HAS_MEM_MAP_BIT, 1);

	flags |= of_device ? bit(gen, LAYOUT_SECTION_DEVICE_BIT, 4)
			   : bit(gen, LAYOUT_SECTION_ONLINE_BIT, 2) |
				     bit(gen, LAYOUT_SECTION_EARLY_BIT, 3);
	vaddr_t at = root_of(gen, nr / per_root) + nr % per_root * size;
	core_member(gen, at, LAYOUT_SECTION_MEM_MAP, 8, gen->origin.vmemmap | flags);
	core_member(gen, at, LAYOUT_SECTION_USAGE, 8, usage_make(gen));
}

static void sections_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	uint64_t end = plan_end_section(plan);

	for (uint64_t i = 0; i < plan->sections; i++)
		section_make(gen, i, false);
	for (uint64_t i = plan->device[0] / SECTION_PAGES; i < end; i++)
		section_make(gen, i, true);
	core_symbol(gen, LAYOUT_SYM_HIGHEST_SECTION, 8, end - 1);
	core_symbol(gen, LAYOUT_SYM_MEM_SECTION, 8, gen->origin.roots);
	core_symbol(gen, LAYOUT_SYM_VMEMMAP_BASE, 8, gen->origin.vmemmap);
}

/* --- the node ------------------------------------------------------------------------- */

static vaddr_t zone_make(struct gen *gen, vaddr_t pgdat, unsigned index, const char *name,
			 struct area span)
{
	const struct layout *layout = &gen->origin.layout;
	vaddr_t zone = pgdat + layout_get(layout, LAYOUT_PGDAT_NODE_ZONES) +
		       index * layout_get(layout, LAYOUT_ZONE_SIZE);

	core_member(gen, zone, LAYOUT_ZONE_START_PFN, 8, span.start);
	core_member(gen, zone, LAYOUT_ZONE_SPANNED_PAGES, 8, area_count(&span));
	core_member(gen, zone, LAYOUT_ZONE_NAME, 8, core_text(gen, name));
	return zone;
}

/* The frames that tails share, by order: from that of a page with one vmemmap page to free. */
static void zone_tails_make(struct gen *gen, vaddr_t zone)
{
	static const unsigned first_order = 7;
	const struct origin *origin = &gen->origin;
	const unsigned orders[] = { HUGE_ORDER, GIGANTIC_ORDER };

	for (unsigned i = 0; origin->zone_tails && i < 2; i++)
		core_store(gen,
			   zone + layout_get(&origin->layout, LAYOUT_ZONE_VMEMMAP_TAILS) +
				   8 * (orders[i] - first_order),
			   8,
			   origin->vmemmap + (gen->plan.zone_tails.start + i) * STRUCT_PAGE_BYTES);
}

static void node_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	const struct origin *origin = &gen->origin;
	struct area memory = { 0, plan->sections * SECTION_PAGES }, none = { 0, 0 };
	struct area devices = { plan->device[0], plan->device[plan->devices] };
	vaddr_t pgdat = core_alloc(gen, layout_get(&origin->layout, LAYOUT_PGDAT_SIZE), PAGE_BYTES);

	for (unsigned i = 0; i < origin->normal_zone; i++)
		zone_make(gen, pgdat, i, i ? "DMA32" : "DMA", none);
	zone_tails_make(gen, zone_make(gen, pgdat, origin->normal_zone, "Normal", memory));
	for (unsigned i = origin->normal_zone + 1; i < origin->device_zone; i++)
		zone_make(gen, pgdat, i, "Movable", none);
	zone_make(gen, pgdat, origin->device_zone, "Device", devices);
	core_store(gen, NODE_DATA, 8, pgdat);
	core_symbol(gen, LAYOUT_SYM_NODE_DATA, 8, pgdat);
}

/* --- pools ------------------------------------------------------------------------------- */

struct pool_counts {
	unsigned order;
	uint64_t pages, free;
};

static void hstate_make(struct gen *gen, unsigned index, const struct pool_counts *pool)
{
	const struct layout *layout = &gen->origin.layout;
	vaddr_t at = layout_symbol(layout, LAYOUT_SYM_HSTATES) +
		     index * layout_get(layout, LAYOUT_HSTATE_SIZE);
	char name[32];
	int len = snprintf(name, sizeof(name), "hugepages-%ukB", 4U << pool->order);

	core_member(gen, at, LAYOUT_HSTATE_ORDER, 4, pool->order);
	core_member(gen, at, LAYOUT_HSTATE_MAX, 8, pool->pages);
	core_member(gen, at, LAYOUT_HSTATE_NR, 8, pool->pages);
	core_member(gen, at, LAYOUT_HSTATE_FREE, 8, pool->free);
	core_member(gen, at, LAYOUT_HSTATE_NR_NODE, 4, pool->pages);
	core_member(gen, at, LAYOUT_HSTATE_FREE_NODE, 4, pool->free);
	for (int i = 0; i < len; i++)
		core_store(gen, at + layout_get(layout, LAYOUT_HSTATE_NAME) + (unsigned)i, 1,
			   (unsigned char)name[i]);
}

static void pools_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	const struct pool_counts huge = { HUGE_ORDER, plan->huge_count + plan->plain_count,
					  plan->huge_count - plan->used_count };
	const struct pool_counts gigantic = { GIGANTIC_ORDER, plan->gigantic_count, 0 };

	hstate_make(gen, 0, &huge);
	hstate_make(gen, 1, &gigantic);
	if (!gen->settings->unlinked)
		lists_anchor(gen);
	core_symbol(gen, LAYOUT_SYM_MAX_HSTATE, 4, 2);
	core_symbol(gen, LAYOUT_SYM_OPTIMIZE_ENABLED, 1, 1);
	if (layout_has(&gen->origin.layout, LAYOUT_SYM_OPTIMIZE_KEY))
		core_member(gen, layout_symbol(&gen->origin.layout, LAYOUT_SYM_OPTIMIZE_KEY),
			    LAYOUT_STATIC_KEY_ENABLED, 4, plan->huge_count + plan->gigantic_count);
}

/* Boot frames: those behind leaves, and of mixed sections the half that is left. */
static void counters_make(struct gen *gen)
{
	const struct plan *plan = &gen->plan;
	uint64_t boot = plan->leaf_count * SECTION_FRAMES - plan->mixed_count * SECTION_FRAMES / 2;

	core_symbol(gen, LAYOUT_SYM_NR_MEMMAP_BOOT, 8, boot);
	core_symbol(gen, LAYOUT_SYM_NR_MEMMAP, 8,
		    gen->settings->kept * (plan->huge_count + plan->gigantic_count) +
			    2 * plan->device_compounds);
}

void objects_make(struct gen *gen)
{
	/* The array of mem_section's roots begins where the image ends. */
	core_alloc(gen, (plan_end_section(&gen->plan) / 128 + 1) * 8, PAGE_BYTES);
	sections_make(gen);
	node_make(gen);
	pools_make(gen);
	counters_make(gen);
	core_symbol(gen, LAYOUT_SYM_SAVED_COMMAND_LINE, 8,
		    core_text(gen, "root=/dev/vda hugetlb_free_vmemmap=on"));
	devices_make(gen);
}
