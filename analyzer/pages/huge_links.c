// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sums over the links of heads. */
#include "analyzer/pages/huge_links.h"

#include "analyzer/pages/survey.h"
#include "include/bytes.h"

/* Which list: its pool, and the node of free pages. */
static uint64_t list_of(const struct huge_page *page)
{
	return (uint64_t)(uint8_t)page->hstate << 32 | (page->free ? page->node + 1U : 0);
}

static uint64_t mix(uint64_t list, vaddr_t from, vaddr_t to)
{
	uint64_t hash =
		(from + list) * UINT64_C(0x9e3779b97f4a7c15) ^ to * UINT64_C(0xc2b2ae3d27d4eb4f);

	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

uint64_t huge_links_edge(const struct huge_page *page, vaddr_t from, vaddr_t to)
{
	return mix(list_of(page), from, to);
}

bool huge_links_alike(const struct huge_page *a, const struct huge_page *b)
{
	return list_of(a) == list_of(b);
}

vaddr_t huge_link_address(const struct target *target, pfn_t pfn)
{
	return kernel_struct_page(&target->kernel, pfn) +
	       layout_get(&target->layout, LAYOUT_PAGE_LRU);
}

bool huge_link_pfn(const struct target *target, vaddr_t addr, pfn_t *ret)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t offset = addr - huge_link_address(target, 0);

	*ret = offset / kernel->struct_page_size;
	return addr >= huge_link_address(target, 0) && offset % kernel->struct_page_size == 0 &&
	       kernel_pfn_valid(kernel, *ret);
}

static bool is_inside(const struct survey *survey, const struct huge_page *page, vaddr_t addr)
{
	const struct inventory *inventory = survey->inventory;

	return page->hstate >= 0 && addr - inventory->hstates[page->hstate].address <
					    layout_get(&survey->target->layout, LAYOUT_HSTATE_SIZE);
}

void huge_links_add(struct huge_links *links, const struct survey *survey,
		    const struct huge_page *page, const unsigned char *bytes)
{
	const struct layout *layout = &survey->target->layout;
	bool big = survey->target->kernel.big_endian;
	uint64_t list = list_of(page);
	pfn_t ignored;

	if (!layout_has(layout, LAYOUT_PAGE_LRU))
		return;
	const unsigned char *lru = bytes + layout_get(layout, LAYOUT_PAGE_LRU);
	vaddr_t own = huge_link_address(survey->target, page->pfn);
	vaddr_t next = load_u64(lru, big), prev = load_u64(lru + 8, big);

	links->linked += next || prev;
	links->alone += next == own || prev == own;
	if (huge_link_pfn(survey->target, next, &ignored)) {
		links->edges += mix(list, own, next);
	} else {
		links->next_sum += mix(list, next, next);
		links->next_edges += mix(list, own, next);
		links->next_ends++;
		links->inside += is_inside(survey, page, next);
	}
	if (huge_link_pfn(survey->target, prev, &ignored)) {
		links->edges -= mix(list, prev, own);
	} else {
		links->prev_sum += mix(list, prev, prev);
		links->prev_edges += mix(list, prev, own);
		links->prev_ends++;
		links->inside += is_inside(survey, page, prev);
	}
}

void huge_links_join(struct huge_links *links, const struct huge_links *more)
{
	links->linked += more->linked;
	links->alone += more->alone;
	links->edges += more->edges;
	links->next_sum += more->next_sum;
	links->prev_sum += more->prev_sum;
	links->next_edges += more->next_edges;
	links->prev_edges += more->prev_edges;
	links->next_ends += more->next_ends;
	links->prev_ends += more->prev_ends;
	links->inside += more->inside;
}
