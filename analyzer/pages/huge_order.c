// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the tails of a huge page end. */
#include "analyzer/pages/huge_order.h"

#include "analyzer/pages/contents.h"
#include "analyzer/pages/hstates.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

enum answer { NO, YES, UNTOLD };

/* The last tail that a page of some order would have, and one that it would not have. */
struct ends {
	enum answer last, beyond; /* whether they lead to the head */
	unsigned mask;		  /* the order of the mask in the last; 0: it has none */
};

static struct error *link_look(const struct survey *survey, pfn_t pfn, pfn_t head, enum answer *ret,
			       unsigned *mask_ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state;
	uint64_t link;
	pfn_t to;

	*ret = NO;
	if (!kernel_pfn_valid(kernel, pfn))
		return NULL;
	struct error *err = vmemmap_read_u64(kernel, survey->map, survey->target->memory, pfn,
					     kernel->page.link.at, &link, &state);
	if (err || state != MEMORY_PRESENT) {
		*ret = UNTOLD;
		return err;
	}
	if (link_leads_to(survey->target, pfn, link, &to) && to == head)
		*ret = YES;
	if (!link_is_mask(kernel->struct_page_size, link, mask_ret))
		*mask_ret = 0;
	return NULL;
}

/* What a page of @order after it begins with is no tail: the struct page behind that is. */
static struct error *ends_look(const struct survey *survey, pfn_t head, unsigned order,
			       struct ends *ret)
{
	pfn_t end = head + (UINT64_C(1) << order);
	unsigned ignored = 0;

	*ret = (struct ends){ .last = UNTOLD };
	struct error *err = link_look(survey, end - 1, head, &ret->last, &ret->mask);
	return err ? err : link_look(survey, end + 1, head, &ret->beyond, &ignored);
}

static bool is_shared_as(const struct survey *survey, const struct huge_page *page, unsigned order)
{
	struct huge_page other = *page;

	other.order = (uint8_t)order;
	huge_mapping_read(survey, &other, &other.mapping);
	return other.mapping.kind == MAPPED_FULL && !other.mapping.kept_doubtful;
}

/*
 * True if the page is of @order and not of the one that it says, of which @said are the ends.
 * While a larger page is being split into those of its pool, the tails of all of these still
 * lead to its head: only masks, and page tables, are no longer those of the larger one. Linux
 * kernel mm/hugetlb.c, demote_free_hugetlb_folios().
 */
static bool is_refuted(const struct survey *survey, const struct huge_page *page,
		       const struct ends *said, unsigned order)
{
	if (order < page->order)
		return said->last == NO;
	return said->mask == order || is_shared_as(survey, page, order);
}

static bool is_candidate(const struct hstate *hstate, const struct huge_page *page, unsigned least)
{
	return hstate->order_known && hstate->order >= least && hstate->order != page->order &&
	       hstate->order <= HUGE_ORDER_MAX &&
	       (page->pfn & ((UINT64_C(1) << hstate->order) - 1)) == 0;
}

static bool any_candidate(const struct survey *survey, const struct huge_page *page, unsigned least)
{
	const struct inventory *inventory = survey->inventory;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (is_candidate(&inventory->hstates[i], page, least))
			return true;
	return false;
}

struct error *huge_order_find(const struct survey *survey, const struct huge_page *page, bool sound,
			      unsigned least, unsigned *ret)
{
	const struct inventory *inventory = survey->inventory;
	struct ends said = { 0 }, ends;
	struct error *err = NULL;

	*ret = page->order;
	if (!survey->target->kernel.page.link.length || !any_candidate(survey, page, least))
		return NULL;
	if (sound)
		err = ends_look(survey, page->pfn, page->order, &said);
	if (err || (sound && said.last != NO && said.beyond != YES))
		return err;
	for (size_t i = 0; !err && i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		if (!is_candidate(hstate, page, least))
			continue;
		err = ends_look(survey, page->pfn, hstate->order, &ends);
		if (err || ends.last != YES || ends.beyond != NO ||
		    (sound && !is_refuted(survey, page, &said, hstate->order)))
			continue;
		*ret = hstate->order;
		return NULL;
	}
	return err;
}
