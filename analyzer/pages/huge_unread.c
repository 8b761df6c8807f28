// SPDX-License-Identifier: LGPL-2.1-or-later
/* Takes page tables, and what is missing, for what they show of huge pages. */
#include "analyzer/pages/huge_unread.h"

#include "analyzer/pages/huge_stripe.h"
#include "include/error.h"

enum { ORDERS_MAX = HSTATES_MAX + 2 };

unsigned huge_leaf_order(const struct target *target, unsigned level)
{
	const struct paging *paging = &target->paging;

	if (level >= paging->levels || paging->level[level].shift <= target->kernel.page_shift)
		return 0;
	return paging->level[level].shift - target->kernel.page_shift;
}

/* Those of pools; of a pool whose order is not known, those that it most likely has. */
static unsigned orders_list(const struct survey *survey, unsigned orders[ORDERS_MAX])
{
	const struct inventory *inventory = survey->inventory;
	unsigned count = 0;

	for (size_t i = 0; i < inventory->hstate_count && i < HSTATES_MAX; i++)
		if (inventory->hstates[i].order_known)
			orders[count++] = inventory->hstates[i].order;
	for (unsigned level = 1; !inventory->orders_known && level <= 2; level++)
		if (huge_leaf_order(survey->target, level))
			orders[count++] = huge_leaf_order(survey->target, level);
	return count;
}

static int8_t hstate_of(const struct inventory *inventory, unsigned order)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order_known && inventory->hstates[i].order == order)
			return (int8_t)i;
	return -1;
}

/* The second vmemmap page of one that is shared has a frame that others map, too. */
static bool may_be_shared(const struct survey *survey, pfn_t pfn)
{
	struct vmemmap_run run;

	return vmemmap_run_at(survey->map, vmemmap_index_of(&survey->target->kernel, pfn) + 1,
			      &run) &&
	       (run.shared || run.constant);
}

/*
 * All as it should be but the entry of the head. No kernel leaves that behind, not for a moment:
 * it is written first, and stays. Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_pte().
 */
static bool head_alone_is_wrong(const struct huge_mapping *mapping)
{
	return mapping->kept_wrong && mapping->wrong == 1 &&
	       mapping->at_target == mapping->pages - 1 && !mapping->writable_tails;
}

static bool has_order(const struct survey *survey, pfn_t pfn, unsigned order, struct huge_page *ret)
{
	*ret = (struct huge_page){
		.pfn = pfn,
		.family = FAMILY_HUGETLB,
		.order = (uint8_t)order,
		.hstate = hstate_of(survey->inventory, order),
		.optimized = true,
		.assumed = true,
	};
	if (pfn & ((UINT64_C(1) << order) - 1) ||
	    kernel_vmemmap_pages(&survey->target->kernel, order) < 2 ||
	    !huge_place_told(survey->target, ret))
		return false;
	huge_mapping_read(survey, ret, &ret->mapping);
	return head_alone_is_wrong(&ret->mapping) ||
	       (ret->mapping.kind == MAPPED_FULL && !ret->mapping.kept_doubtful &&
		!ret->mapping.readonly_kept);
}

/* The inside of a large page looks like no smaller one: its kept page would be shared. */
bool huge_by_tables(const struct survey *survey, pfn_t pfn, struct huge_page *ret)
{
	unsigned orders[ORDERS_MAX], count;

	if (!survey->scheme->hugetlb->known || !may_be_shared(survey, pfn))
		return false;
	count = orders_list(survey, orders);
	for (unsigned i = 0; i < count; i++)
		if (has_order(survey, pfn, orders[i], ret))
			return true;
	return false;
}

static struct error *is_unread(const struct survey *survey, pfn_t pfn, bool *ret)
{
	enum memory_state state;
	uint64_t ignored;
	struct error *err = vmemmap_read_u64(&survey->target->kernel, survey->map,
					     survey->target->memory, pfn, 0, &ignored, &state);

	*ret = !err && state != MEMORY_PRESENT;
	return err;
}

struct error *huge_could_be(const struct survey *survey, pfn_t pfn, bool *ret)
{
	unsigned orders[ORDERS_MAX], count = orders_list(survey, orders);
	struct error *err = NULL;

	*ret = false;
	for (unsigned i = 0; !err && !*ret && i < count; i++)
		err = is_unread(survey, pfn >> orders[i] << orders[i], ret);
	return err;
}
