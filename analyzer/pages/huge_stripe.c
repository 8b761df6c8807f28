// SPDX-License-Identifier: LGPL-2.1-or-later
/* Takes stripes of the vmemmap map for what they are, without a look at any struct page. */
#include "analyzer/pages/huge_stripe.h"

#include "analyzer/pages/survey.h"
#include "include/error.h"

/* --- which pages ----------------------------------------------------------------- */

/* The hstate of pages whose struct pages fill @pages vmemmap pages; -1 if there is none. */
static int hstate_by_pages(const struct survey *survey, uint32_t pages)
{
	const struct inventory *inventory = survey->inventory;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (kernel_vmemmap_pages(&survey->target->kernel, inventory->hstates[i].order) ==
		    pages)
			return (int)i;
	return -1;
}

/* Begins where a page does, and where a vmemmap page does. */
static bool is_aligned(const struct kernel *kernel, const struct vmemmap_row *row,
		       const struct huge_page *first)
{
	return (first->pfn & ((UINT64_C(1) << first->order) - 1)) == 0 &&
	       first->pfn * kernel->struct_page_size == row->first << kernel->page_shift;
}

/*
 * HugeTLB takes pages of memory that is online. Whether a section that was plugged in
 * holds its own memmap is shown by struct pages only.
 */
static bool is_ordinary(const struct target *target, pfn_t start, pfn_t end)
{
	const struct kernel *kernel = &target->kernel;
	bool may_host = layout_has(&target->layout, LAYOUT_PG_SELF_HOSTED);

	for (pfn_t pfn = start; pfn < end;
	     pfn = (pfn / kernel->pages_per_section + 1) * kernel->pages_per_section) {
		const struct section *section = kernel_section_of(kernel, pfn);

		if (!section || !section->online || !section->has_mem_map || section->device ||
		    (may_host && !section->early))
			return false;
	}
	return true;
}

/* --- where from ------------------------------------------------------------------ */

/* The only zone that spans any of [first, end): those of nodes may overlap. */
static bool zone_by_span(const struct target *target, pfn_t end, struct huge_page *first)
{
	const struct kernel *kernel = &target->kernel;
	const struct zone_info *found = NULL;

	if (kernel->nodes_unreadable)
		return false;
	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];
		pfn_t zone_end = zone->start_pfn + zone->spanned_pages;

		if (zone->start_pfn >= end || zone_end <= first->pfn)
			continue;
		if (found || zone->start_pfn > first->pfn || zone_end < end)
			return false;
		found = zone;
	}
	if (!found)
		return false;
	first->node = (uint16_t)found->node;
	first->zone = (uint8_t)found->index;
	return true;
}

/* The frame behind all tails is the one that the zone of @first has for them. */
static bool is_frame_of_zone(const struct target *target, const struct vmemmap_row *row,
			     const struct huge_page *first)
{
	pfn_t frame;

	return row->tails == STRIPE_TAILS_ONE &&
	       kernel_shared_tail(&target->kernel, first->node, first->zone, first->order,
				  &frame) == TAIL_KNOWN &&
	       frame == row->frame;
}

bool huge_place_told(const struct target *target, struct huge_page *page)
{
	pfn_t end = page->pfn + (UINT64_C(1) << page->order);

	return is_ordinary(target, page->pfn, end) && zone_by_span(target, end, page);
}

/* --- stripes --------------------------------------------------------------------- */

pfn_t huge_stripe_end(const struct huge_stripe *stripe)
{
	const struct vmemmap_row *row = stripe->row;

	return stripe->first.pfn + ((uint64_t)(row->count / row->period) << stripe->first.order);
}

static bool is_told(const struct survey *survey, struct huge_stripe *stripe)
{
	const struct vmemmap_row *row = stripe->row;
	struct huge_page *first = &stripe->first;
	int hstate = row->period && !row->shared ? hstate_by_pages(survey, row->period) : -1;

	if (hstate < 0)
		return false;
	*first = (struct huge_page){
		.pfn = vmemmap_first_pfn(&survey->target->kernel, row->first),
		.family = FAMILY_HUGETLB,
		.order = (uint8_t)survey->inventory->hstates[hstate].order,
		.hstate = (int8_t)hstate,
		.optimized = true,
		.assumed = true,
	};
	pfn_t end = huge_stripe_end(stripe);
	if (!is_aligned(&survey->target->kernel, row, first) ||
	    !is_ordinary(survey->target, first->pfn, end) ||
	    !zone_by_span(survey->target, end, first))
		return false;
	if (survey->scheme->hugetlb->target == TARGET_ZONE_TAIL &&
	    !is_frame_of_zone(survey->target, row, first))
		return false;
	huge_mapping_read(survey, first, &first->mapping);
	return first->mapping.kind == MAPPED_FULL;
}

void huge_stripe_read(const struct survey *survey, const struct vmemmap_row *row,
		      struct huge_stripe *stripe)
{
	if (stripe->row == row)
		return;
	stripe->row = row;
	stripe->told = is_told(survey, stripe);
}

/* The target of the page that is group @group of @row; @known is that of another one. */
static pfn_t target_of(const struct survey *survey, const struct vmemmap_row *row,
		       const struct huge_page *known, uint32_t group)
{
	const struct scheme *scheme = huge_page_scheme(survey, known);

	if (scheme->target == TARGET_ZONE_TAIL || !known->mapping.target_known)
		return known->mapping.target;
	if (known->mapping.kept_wrong)
		return stripe_tail(survey->map, row, group);
	return scheme->target == TARGET_NEXT_PAGE ||
			       (scheme->target == TARGET_TAIL_PAGE && scheme->pages_kept > 1)
		       ? stripe_tail(survey->map, row, group)
		       : stripe_head(survey->map, row, group);
}

/* How many targets from that of @group on, of @count, are as far apart as the first two. */
static uint32_t targets_in_step(const struct survey *survey, const struct vmemmap_row *row,
				const struct huge_page *known, uint32_t group, uint32_t count,
				int32_t *step_ret)
{
	bool steady = row->linear || huge_page_scheme(survey, known)->target == TARGET_ZONE_TAIL;
	pfn_t last = target_of(survey, row, known, group), next = last;
	uint32_t alike = 1;

	*step_ret = 0;
	if (count > 1)
		next = target_of(survey, row, known, group + 1);
	int64_t step = (int64_t)(next - last);
	if (count == 1 || step != (int32_t)step)
		return 1;
	*step_ret = (int32_t)step;
	if (steady)
		return count;
	for (; alike < count; alike++, last = next) {
		next = target_of(survey, row, known, group + alike);
		if ((int64_t)(next - last) != step)
			break;
	}
	return alike;
}

struct error *huge_groups_add(const struct survey *survey, const struct vmemmap_row *row,
			      const struct huge_page *first, uint32_t count, struct huge_list *list)
{
	uint64_t index = vmemmap_index_of(&survey->target->kernel, first->pfn);
	uint32_t group = (uint32_t)(index - row->first) / row->period;
	struct huge_page page = *first;
	struct error *err = NULL;

	for (uint32_t i = 0, alike; !err && i < count; i += alike) {
		int32_t step;

		alike = targets_in_step(survey, row, first, group + i, count - i, &step);
		page.pfn = first->pfn + ((uint64_t)i << page.order);
		page.mapping.target = target_of(survey, row, first, group + i);
		err = huge_list_add_many(list, &page, alike, step);
	}
	return err;
}

struct error *huge_stripe_add(const struct survey *survey, const struct huge_stripe *stripe,
			      pfn_t start, pfn_t end, struct huge_list *list)
{
	struct huge_page page = stripe->first;
	uint64_t size = UINT64_C(1) << page.order;

	if (start > page.pfn)
		page.pfn += (start - page.pfn + size - 1) / size * size;
	if (end > huge_stripe_end(stripe))
		end = huge_stripe_end(stripe);
	if (page.pfn >= end)
		return NULL;
	return huge_groups_add(survey, stripe->row, &page,
			       (uint32_t)((end - page.pfn + size - 1) / size), list);
}
