// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads links of lists. */
#include "analyzer/pages/list_links.h"

#include "analyzer/pages/huge_links.h"
#include "analyzer/pages/survey.h"
#include "include/bytes.h"
#include "include/error.h"

static enum link_side opposite(enum link_side side)
{
	return side == NEXT ? PREV : NEXT;
}

bool list_pool_is_known(const struct survey *survey, const struct huge_page *page)
{
	return page->hstate >= 0 && survey->inventory->hstates[page->hstate].order_known;
}

bool list_head_address(const struct survey *survey, const struct huge_page *page, vaddr_t *ret)
{
	const struct layout *layout = &survey->target->layout;

	if (!list_pool_is_known(survey, page) || !layout_has(layout, LAYOUT_HSTATE_FREELISTS) ||
	    !layout_has(layout, LAYOUT_HSTATE_ACTIVELIST))
		return false;
	*ret = survey->inventory->hstates[page->hstate].address +
	       (page->free ? layout_get(layout, LAYOUT_HSTATE_FREELISTS) + 16 * (uint64_t)page->node
			   : layout_get(layout, LAYOUT_HSTATE_ACTIVELIST));
	return true;
}

struct error *link_of_page(const struct survey *survey, pfn_t pfn, enum link_side side,
			   vaddr_t *ret, enum link_state *state_ret)
{
	enum memory_state state;
	struct error *err = vmemmap_read_u64(
		&survey->target->kernel, survey->map, survey->target->memory, pfn,
		layout_get(&survey->target->layout, LAYOUT_PAGE_LRU) + (side == PREV ? 8 : 0), ret,
		&state);

	*state_ret = !err && state == MEMORY_PRESENT ? LINK_READ : LINK_UNKNOWN;
	return err;
}

/* Where the pools themselves are; their lists begin there. */
static bool is_in_hstates(const struct layout *layout, vaddr_t addr)
{
	return layout_has(layout, LAYOUT_SYM_HSTATES) && layout_has(layout, LAYOUT_HSTATE_SIZE) &&
	       addr - layout_symbol(layout, LAYOUT_SYM_HSTATES) <
		       HSTATES_MAX * layout_get(layout, LAYOUT_HSTATE_SIZE);
}

/*
 * No kernel runs without the entries for its own variables: where page tables do not lead to
 * a pool, it is they that are wrong, and the pool is where the image was loaded.
 */
static struct error *place_of_head(const struct survey *survey, vaddr_t addr, paddr_t *ret,
				   enum memory_state *state_ret)
{
	const struct target *target = survey->target;
	struct error *err = kmem_translate(target->kmem, addr, ret, state_ret);

	if (!err && *state_ret == MEMORY_ABSENT && is_in_hstates(&target->layout, addr))
		*state_ret =
			kmem_image_find(target->kmem, addr, ret) ? MEMORY_PRESENT : MEMORY_EXCLUDED;
	return err;
}

static struct error *word_read(const struct survey *survey, vaddr_t addr, vaddr_t *ret,
			       enum memory_state *state_ret)
{
	unsigned char bytes[sizeof(uint64_t)];
	paddr_t paddr = 0;
	struct error *err = place_of_head(survey, addr, &paddr, state_ret);

	*ret = 0;
	if (err || *state_ret != MEMORY_PRESENT)
		return err;
	err = memory_read(survey->target->memory, paddr, sizeof(bytes), bytes, state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = load_u64(bytes, survey->target->kernel.big_endian);
	else if (*state_ret == MEMORY_ABSENT)
		*state_ret = MEMORY_EXCLUDED;
	return err;
}

/* What is wrong with such an entry is told of the pools. */
static bool is_of_lost_pool(const struct survey *survey, vaddr_t addr)
{
	const struct layout *layout = &survey->target->layout;
	const struct inventory *inventory = survey->inventory;
	uint64_t size = layout_get(layout, LAYOUT_HSTATE_SIZE);

	if (!layout_has(layout, LAYOUT_SYM_HSTATES) || !size ||
	    addr < layout_symbol(layout, LAYOUT_SYM_HSTATES))
		return false;
	uint64_t number = (addr - layout_symbol(layout, LAYOUT_SYM_HSTATES)) / size;
	return number < inventory->hstate_count ? inventory->hstates[number].overwritten
						: number < HSTATES_MAX && !inventory->orders_known;
}

struct error *list_head_read(const struct survey *survey, vaddr_t addr, vaddr_t ret[LINK_SIDES],
			     enum link_state *state_ret)
{
	enum memory_state state = MEMORY_PRESENT;
	struct error *err = NULL;

	ret[NEXT] = ret[PREV] = 0;
	*state_ret = LINK_LOST;
	if (is_of_lost_pool(survey, addr))
		return NULL;
	*state_ret = LINK_NOWHERE;
	if (addr % sizeof(uint64_t))
		return NULL;
	for (unsigned i = NEXT; !err && state == MEMORY_PRESENT && i <= PREV; i++)
		err = word_read(survey, addr + i * sizeof(uint64_t), &ret[i], &state);
	if (err || state == MEMORY_ABSENT)
		return err;
	*state_ret = state != MEMORY_PRESENT  ? LINK_UNKNOWN
		     : ret[NEXT] || ret[PREV] ? LINK_READ
					      : LINK_ZERO;
	return NULL;
}

static struct error *link_of_head(const struct survey *survey, vaddr_t addr, enum link_side side,
				  vaddr_t *ret, enum link_state *state_ret)
{
	vaddr_t links[LINK_SIDES];
	struct error *err = list_head_read(survey, addr, links, state_ret);

	*ret = links[side];
	if (*state_ret == LINK_ZERO)
		*state_ret = LINK_UNKNOWN;
	return err;
}

struct error *link_read(const struct survey *survey, vaddr_t addr, enum link_side side,
			vaddr_t *ret, enum link_state *state_ret)
{
	pfn_t pfn;

	*ret = 0;
	if (huge_link_pfn(survey->target, addr, &pfn))
		return link_of_page(survey, pfn, side, ret, state_ret);
	return link_of_head(survey, addr, side, ret, state_ret);
}

/* --- whose links ---------------------------------------------------------------------- */

/* What the links of a page lead to names one page in its place: which, and how many do so. */
struct named {
	vaddr_t address;
	unsigned count;
	bool differ; /* or a link leads to where nothing can be */
};

static void named_add(struct named *named, vaddr_t address)
{
	named->differ |= named->count && named->address != address;
	named->address = address;
	named->count++;
}

/*
 * A link to the page itself, as neighbours on a list have that got each other's links, says
 * nothing, and neither does a list head that is not in the dump.
 */
static struct error *named_read(const struct survey *survey, pfn_t pfn, struct named *ret)
{
	vaddr_t own = huge_link_address(survey->target, pfn), link, back;
	enum link_state state;
	struct error *err = NULL;

	*ret = (struct named){ 0 };
	for (int i = NEXT; !err && i <= PREV; i++) {
		err = link_of_page(survey, pfn, (enum link_side)i, &link, &state);
		if (err || state != LINK_READ || link == own)
			continue;
		err = link_read(survey, link, opposite((enum link_side)i), &back, &state);
		ret->differ |= state == LINK_NOWHERE;
		if (!err && state == LINK_READ)
			named_add(ret, back);
	}
	return err;
}

/* The head of another huge page than that at @pfn. */
static bool is_another(const struct survey *survey, const struct named *named, pfn_t pfn,
		       pfn_t *ret)
{
	struct huge_page page;

	return named->count && !named->differ &&
	       huge_link_pfn(survey->target, named->address, ret) && *ret != pfn &&
	       huge_pages_find(&survey->inventory->pages, *ret, &page) && page.pfn == *ret;
}

struct error *links_owner_find(const struct survey *survey, pfn_t pfn, enum links_owner *ret,
			       pfn_t *owner_ret)
{
	struct named named, of_owner = { 0 };
	pfn_t back;
	struct error *err = named_read(survey, pfn, &named);

	*ret = LINKS_OWN;
	if (err || !is_another(survey, &named, pfn, owner_ret))
		return err;
	err = named_read(survey, *owner_ret, &of_owner);
	if (!err && is_another(survey, &of_owner, *owner_ret, &back) && back == pfn)
		*ret = LINKS_SWAPPED;
	else if (!err && named.count == LINK_SIDES)
		*ret = LINKS_OTHERS;
	return err;
}
