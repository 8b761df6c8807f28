// SPDX-License-Identifier: LGPL-2.1-or-later
/* The links that most heads of a pool have: a majority vote, and a count. */
#include "analyzer/checker/links_alike.h"

#include "analyzer/checker/checks.h"
#include "analyzer/pages/huge_links.h"

/* Fewer are each worth naming. */
enum { ALIKE_MIN = 3 };

enum { NEXT, PREV, SIDES };

unsigned links_pool_of(const struct huge_page *page)
{
	return page->hstate >= 0 ? (unsigned)page->hstate : HSTATES_MAX;
}

static struct error *links_of(const struct survey *survey, const struct huge_page *page,
			      vaddr_t ret[SIDES], bool *known_ret)
{
	enum memory_state state = MEMORY_PRESENT;
	struct error *err = NULL;

	for (unsigned i = NEXT; !err && state == MEMORY_PRESENT && i < SIDES; i++) {
		ret[i] = 0;
		err = vmemmap_read_u64(&survey->target->kernel, survey->map, survey->target->memory,
				       page->pfn,
				       layout_get(&survey->target->layout, LAYOUT_PAGE_LRU) + 8 * i,
				       &ret[i], &state);
		if (ret[i] == huge_link_address(survey->target, page->pfn))
			ret[i] = LINK_TO_ITSELF;
	}
	*known_ret = !err && state == MEMORY_PRESENT;
	return err;
}

/* Pages that are being made, or are known to be lost, have links of any kind. */
static bool has_say(const struct target *target, const struct check_run *run,
		    const struct huge_page *page)
{
	return !page->unreliable && !page->temporary &&
	       !findings_cover(run, huge_first(target, page));
}

/* --- who is ahead ------------------------------------------------------------------------- */

/* What more than half of the pages have is what is ahead in the end (Boyer and Moore). */
static void vote(struct links_alike *alike, const struct huge_page *page,
		 const vaddr_t links[SIDES])
{
	(void)page; /* the signature of each() */
	alike->pages++;
	for (unsigned i = NEXT; i < SIDES; i++) {
		if (alike->lead[i] == 0)
			alike->link[i] = links[i];
		if (alike->link[i] == links[i])
			alike->lead[i]++;
		else
			alike->lead[i]--;
	}
}

static void count(struct links_alike *alike, const struct huge_page *page,
		  const vaddr_t links[SIDES])
{
	(void)page;
	for (unsigned i = NEXT; i < SIDES; i++)
		alike->having[i] += links[i] == alike->link[i];
}

static bool has_alike(const struct links_alike *alike, const vaddr_t links[SIDES])
{
	return (alike->is_most[NEXT] && links[NEXT] == alike->link[NEXT]) ||
	       (alike->is_most[PREV] && links[PREV] == alike->link[PREV]);
}

static void note(struct links_alike *alike, const struct huge_page *page,
		 const vaddr_t links[SIDES])
{
	if (!has_alike(alike, links))
		return;
	if (alike->count++ == 0)
		alike->first = page->pfn;
	alike->any_free |= page->free;
}

/* --- all of them --------------------------------------------------------------------------- */

static struct error *each(const struct survey *survey, const struct check_run *run,
			  struct links_alike pools[LINKS_POOLS],
			  void (*what)(struct links_alike *alike, const struct huge_page *page,
				       const vaddr_t links[SIDES]))
{
	const struct huge_page *page;
	struct error *err = NULL;
	vaddr_t links[SIDES];
	bool known;

	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next(&survey->inventory->pages, &cursor));) {
		if (!has_say(survey->target, run, page))
			continue;
		err = links_of(survey, page, links, &known);
		if (known)
			what(&pools[links_pool_of(page)], page, links);
	}
	return err;
}

static bool any_ahead(struct links_alike pools[LINKS_POOLS])
{
	bool any = false;

	for (unsigned i = 0; i < LINKS_POOLS; i++)
		any |= pools[i].pages >= ALIKE_MIN && (pools[i].lead[NEXT] || pools[i].lead[PREV]);
	return any;
}

static bool any_most(struct links_alike pools[LINKS_POOLS])
{
	bool any = false;

	for (unsigned i = 0; i < LINKS_POOLS; i++)
		for (unsigned side = NEXT; side < SIDES; side++) {
			struct links_alike *alike = &pools[i];

			alike->is_most[side] = alike->having[side] >= ALIKE_MIN &&
					       alike->having[side] > alike->pages / 2;
			any |= alike->is_most[side];
		}
	return any;
}

struct error *links_alike_find(const struct survey *survey, const struct check_run *run,
			       struct links_alike pools[LINKS_POOLS])
{
	struct error *err = each(survey, run, pools, vote);

	if (!err && any_ahead(pools))
		err = each(survey, run, pools, count);
	if (!err && any_most(pools))
		err = each(survey, run, pools, note);
	return err;
}

struct error *links_alike_test(const struct survey *survey, const struct links_alike *alike,
			       const struct huge_page *page, bool *ret)
{
	struct error *err = NULL;
	vaddr_t links[SIDES];
	bool known = false;

	*ret = false;
	if (alike->count == 0)
		return NULL;
	err = links_of(survey, page, links, &known);
	*ret = known && has_alike(alike, links);
	return err;
}
