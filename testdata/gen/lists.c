// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lists of the pools: pages in use, and the free ones of the only node. Linux kernel
 * include/linux/hugetlb.h, struct hstate.
 */
#include <stdlib.h>

#include "include/error.h"
#include "testdata/gen/gen.h"

enum { NEXT, PREV, LIST_HEAD_BYTES = 16 };

/* --- which page is on which ----------------------------------------------------------- */

static void list_push(struct list *list, pfn_t pfn)
{
	list->pages[list->count++] = pfn;
}

/* @huge: the number of the section's first optimised page; gives that of the next section's. */
static uint64_t section_push(struct gen *gen, uint64_t section, uint64_t huge)
{
	struct plan *plan = &gen->plan;
	pfn_t start = section * SECTION_PAGES, end = start + SECTION_PAGES;

	if (plan->kind[section] == SECTION_PLAIN)
		for (pfn_t pfn = start; pfn < end; pfn += 1 << HUGE_ORDER)
			list_push(&plan->lists[LIST_HUGE_USED], pfn);
	for (; huge < plan->huge_count && plan->huge[huge] < end; huge++)
		list_push(&plan->lists[plan_is_used(gen, huge) ? LIST_HUGE_USED : LIST_HUGE_FREE],
			  plan->huge[huge]);
	return huge;
}

struct error *lists_make(struct gen *gen)
{
	struct plan *plan = &gen->plan;
	const uint64_t most[LIST_COUNT] = {
		[LIST_HUGE_USED] = plan->huge_count + plan->plain_count,
		[LIST_HUGE_FREE] = plan->huge_count,
		[LIST_GIGANTIC] = plan->gigantic_count,
	};
	uint64_t huge = 0;

	for (unsigned i = 0; i < LIST_COUNT; i++) {
		plan->lists[i].pages = calloc(most[i] + 1, sizeof(pfn_t));
		if (!plan->lists[i].pages)
			return error_nomem();
	}
	for (uint64_t i = 0; i < plan->sections; i++)
		huge = section_push(gen, i, huge);
	for (uint64_t i = 0; i < plan->gigantic_count; i++)
		list_push(&plan->lists[LIST_GIGANTIC], plan->gigantic[i]);
	return NULL;
}

void lists_deinit(struct plan *plan)
{
	for (unsigned i = 0; i < LIST_COUNT; i++)
		free(plan->lists[i].pages);
}

/* --- links -------------------------------------------------------------------------------- */

/* Without types of its own, hugepage_activelist is where the kernel has it: past two counters. */
static vaddr_t head_of_list(const struct gen *gen, enum list_id id)
{
	const struct layout *layout = &gen->origin.layout;
	vaddr_t hstate = layout_symbol(layout, LAYOUT_SYM_HSTATES) +
			 (id == LIST_GIGANTIC ? layout_get(layout, LAYOUT_HSTATE_SIZE) : 0);
	uint64_t active = layout_has(layout, LAYOUT_HSTATE_ACTIVELIST)
				  ? layout_get(layout, LAYOUT_HSTATE_ACTIVELIST)
				  : layout_get(layout, LAYOUT_HSTATE_SURPLUS) + 16;
	uint64_t free = layout_has(layout, LAYOUT_HSTATE_FREELISTS)
				? layout_get(layout, LAYOUT_HSTATE_FREELISTS)
				: active + LIST_HEAD_BYTES;

	return hstate + (id == LIST_HUGE_FREE ? free : active);
}

/* The @at-th element; what is past either end is the list's head. */
static vaddr_t element(const struct gen *gen, enum list_id id, uint64_t at)
{
	const struct list *list = &gen->plan.lists[id];

	if (at >= list->count)
		return head_of_list(gen, id);
	return gen->origin.vmemmap + list->pages[at] * STRUCT_PAGE_BYTES +
	       layout_get(&gen->origin.layout, LAYOUT_PAGE_LRU);
}

void lists_anchor(struct gen *gen)
{
	for (unsigned id = 0; id < LIST_COUNT; id++) {
		vaddr_t head = head_of_list(gen, id);

		core_store(gen, head, 8, element(gen, id, 0));
		core_store(gen, head + 8, 8, element(gen, id, gen->plan.lists[id].count - 1));
	}
}

static int pfn_compare(const void *a, const void *b)
{
	const pfn_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

void lists_links(const struct gen *gen, enum list_id id, pfn_t pfn, uint64_t links[2])
{
	const struct list *list = &gen->plan.lists[id];
	const pfn_t *found = bsearch(&pfn, list->pages, list->count, sizeof(pfn_t), pfn_compare);
	uint64_t at;

	if (!found)
		abort(); /* a mistake in the plan */
	at = (uint64_t)(found - list->pages);
	links[NEXT] = element(gen, id, at + 1);
	links[PREV] = element(gen, id, at - 1);
}
