// SPDX-License-Identifier: LGPL-2.1-or-later
/* The reference count of a head: none while it is free, at least one while it is in use. */
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/pages/huge_limit.h"
#include "analyzer/pages/huge_phase.h"
#include "analyzer/pages/hugetlb_lock.h"
#include "include/plural.h"

static int32_t references(const struct huge_page *page)
{
	return (int32_t)page->refcount;
}

/* Neither free nor in use: on its way from one to the other, or its references are lost. */
static bool is_idle(const struct huge_page *page)
{
	return !page->free && references(page) == 0;
}

/*
 * Up to 6.6 a page that was free keeps HPG_freed while it is given back, and has a reference
 * again. Linux kernel mm/hugetlb.c, __remove_hugetlb_page().
 */
static bool is_given_back(const struct huge_page *page)
{
	return page->free && references(page) == 1;
}

/*
 * Pins of each part of a page count, but not so many: the kernel takes a count that is near
 * its end for an overflow. Linux kernel include/linux/mm.h, try_get_page().
 */
enum { REFERENCES_MAX = 1 << 30 };

static bool is_absurd(const struct huge_page *page)
{
	return references(page) >= REFERENCES_MAX;
}

static bool is_right(const struct huge_page *page)
{
	/* HPG_raw_hwp_unreliable: left behind for good, as it was when that was found out. */
	if (page->unreliable)
		return true;
	return page->free ? references(page) == 0 : references(page) > 0 && !is_absurd(page);
}

/* --- what else the head says ------------------------------------------------------ */

enum { MAPPING_KINDS = 3 }; /* low bits of page.mapping: 0 for a file */

struct evidence_of_use {
	int32_t mapped; /* times; 0 if not or not known */
	bool in_file;	/* in the page cache, and not being migrated */
};

static struct error *mapped_read(const struct survey *survey, pfn_t pfn, int32_t *ret)
{
	const struct layout *layout = &survey->target->layout;
	const struct kernel *kernel = &survey->target->kernel;
	bool folio = layout_has(layout, LAYOUT_FOLIO_ENTIRE_MAPCOUNT);
	enum memory_state state;
	uint64_t word;

	*ret = 0;
	if (!folio && !layout_has(layout, LAYOUT_PAGE_COMPOUND_MAPCOUNT))
		return NULL;
	uint64_t offset = folio ? layout_get(layout, LAYOUT_FOLIO_ENTIRE_MAPCOUNT)
				: kernel->struct_page_size +
					  layout_get(layout, LAYOUT_PAGE_COMPOUND_MAPCOUNT);
	pfn += offset / kernel->struct_page_size;
	offset %= kernel->struct_page_size;
	/* Words of eight bytes, as they lie in memory. */
	struct error *err = vmemmap_read_u64(kernel, survey->map, survey->target->memory, pfn,
					     offset & ~UINT64_C(7), &word, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	bool low = !(offset & 4) != kernel->big_endian;
	*ret = (int32_t)(uint32_t)(low ? word : word >> 32) + 1;
	return NULL;
}

static struct error *use_read(const struct survey *survey, pfn_t pfn, struct evidence_of_use *ret)
{
	const struct layout *layout = &survey->target->layout;
	uint64_t mapping = 0, private = 0;
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = mapped_read(survey, pfn, &ret->mapped);

	ret->in_file = false;
	if (!err)
		err = vmemmap_read_u64(&survey->target->kernel, survey->map, survey->target->memory,
				       pfn, layout_get(layout, LAYOUT_PAGE_MAPPING), &mapping,
				       &state);
	if (!err && state == MEMORY_PRESENT)
		err = vmemmap_read_u64(&survey->target->kernel, survey->map, survey->target->memory,
				       pfn, layout_get(layout, LAYOUT_PAGE_PRIVATE), &private,
				       &state);
	if (err || state != MEMORY_PRESENT || !layout_has(layout, LAYOUT_HPG_MIGRATABLE))
		return err;
	ret->in_file = mapping && !(mapping & MAPPING_KINDS) &&
		       (private >> (layout_get(layout, LAYOUT_HPG_MIGRATABLE) & 63) & 1);
	return NULL;
}

/* --- pages that are neither -------------------------------------------------------- */

/* Of one pool: pages without a reference that are not free, and how many may be so. */
struct idle_pool {
	uint64_t found, idle;
	uint64_t unlisted;		/* of @idle: known to be on no list of the pool */
	uint64_t given_back, uncounted; /* the same of those that were free */
	uint64_t surplus, made;		/* that there are, and that can be made at a time */
};

struct judge {
	const struct survey *survey;
	struct check_run *run;
	struct idle_pool pools[HSTATES_MAX];
	enum lock_state lock;
	uint64_t taken; /* free pages with one reference */
	unsigned steps; /* links that may still be followed */
};

/* Where there are too many links to follow, it may be. */
static struct error *is_unlisted(struct judge *judge, const struct huge_page *page, bool *ret)
{
	enum huge_link link;
	struct error *err = huge_link_follow(judge->survey, page->pfn, &judge->steps, &link);

	*ret = !err && (link == LINK_NONE || (link == LINK_UNTOLD && !judge->steps));
	return err;
}

/*
 * Pages that are being made or given back are marked, have no reference and are not
 * counted. Those that become surplus are counted before they are free: as long as they are
 * on no list of the pool.
 */
static struct idle_pool pool_begin(const struct inventory *inventory, int index)
{
	const struct hstate *hstate = &inventory->hstates[index];
	const struct huge_page *page;
	struct idle_pool pool = {
		.surplus = (int64_t)hstate->surplus > 0 ? hstate->surplus : 0,
		.made = huge_limit_of_made(inventory, hstate->order),
	};
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));) {
		if (page->hstate != index)
			continue;
		pool.found += count;
		pool.idle += is_idle(page) && !page->unreliable ? count : 0;
		pool.given_back += is_given_back(page) && !page->unreliable ? count : 0;
	}
	pool.uncounted = (int64_t)hstate->pages >= 0 && pool.found > hstate->pages
				 ? pool.found - hstate->pages
				 : 0;
	return pool;
}

static bool any_is_listed(const struct idle_pool *pool)
{
	return pool->idle > pool->uncounted;
}

/* Only where there are more than the pool leaves out it has to be known where they are. */
static struct error *unlisted_count(struct judge *judge, int index)
{
	struct idle_pool *pool = &judge->pools[index];
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t alike;
	bool unlisted;

	if (!any_is_listed(pool))
		return NULL;
	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next_alike(&judge->survey->inventory->pages, &cursor,
						   UINT64_MAX, &alike));) {
		if (page->hstate != index || !is_idle(page) || page->unreliable) {
			huge_pages_skip(&judge->survey->inventory->pages, &cursor, alike - 1);
			continue;
		}
		err = is_unlisted(judge, page, &unlisted);
		pool->unlisted += !err && unlisted;
	}
	return err;
}

static bool unlisted_may_be(const struct idle_pool *pool)
{
	return pool->unlisted <= pool->uncounted + pool->surplus + pool->made;
}

static uint64_t idle_passing(const struct idle_pool *pool)
{
	if (!any_is_listed(pool))
		return pool->idle;
	return unlisted_may_be(pool) ? pool->unlisted : 0;
}

static struct error *idle_may_be(struct judge *judge, const struct huge_page *page, bool *ret)
{
	const struct idle_pool *pool = &judge->pools[page->hstate];

	*ret = !any_is_listed(pool);
	if (*ret || !unlisted_may_be(pool))
		return NULL;
	return is_unlisted(judge, page, ret);
}

static bool given_back_may_be(const struct idle_pool *pool)
{
	return pool->given_back <= pool->uncounted;
}

static struct error *pool_report(struct check_run *run, const struct hstate *hstate,
				 const struct idle_pool *pool)
{
	uint64_t passing = idle_passing(pool) + (given_back_may_be(pool) ? pool->given_back : 0);

	if (!passing || !hstate_knows(hstate, HSTATE_PAGES))
		return NULL;
	return finding_add_plain(
		run, SEVERITY_NOTE,
		"%s: %" PRIu64 " page%s %s neither free nor in use: being made, freed or added as "
		"surplus (the pool does not count %" PRIu64 " of its pages, and has %" PRIu64
		" as surplus)",
		hstate->name, passing, plural(passing), verb_be(passing), pool->uncounted,
		pool->surplus);
}

/* --- page by page -------------------------------------------------------------------- */

/* Under hugetlb_lock a page that is being taken has its reference before it stops being free. */
static struct error *judge_free(const struct judge *judge, const struct huge_page *page)
{
	bool passing = judge->lock == LOCK_HELD && judge->taken == 1 && references(page) == 1;
	char label[HUGE_LABEL_MAX];

	return finding_add_pfn(judge->run, passing ? SEVERITY_NOTE : SEVERITY_ERROR, page->pfn,
			       "the %s is free and has _refcount %d, not 0%s",
			       huge_label(judge->survey, page, label), references(page),
			       passing ? "; hugetlb_lock is held: it may be just being taken" : "");
}

static struct error *judge_used(const struct judge *judge, const struct huge_page *page)
{
	struct evidence_of_use use = { 0 };
	char label[HUGE_LABEL_MAX], mapped[48] = "";
	struct error *err = use_read(judge->survey, page->pfn, &use);

	if (err)
		return err;
	if (is_absurd(page))
		return finding_add_pfn(judge->run, SEVERITY_ERROR, page->pfn,
				       "the %s has _refcount %d, more than there can be users",
				       huge_label(judge->survey, page, label), references(page));
	bool certain = references(page) < 0 || use.mapped > 0 || use.in_file;
	if (use.mapped > 0)
		snprintf(mapped, sizeof(mapped), ", but is mapped %d time%s", use.mapped,
			 plural(use.mapped));
	return finding_add_pfn(judge->run, certain ? SEVERITY_ERROR : SEVERITY_WARNING, page->pfn,
			       "the %s is not free and has _refcount %d%s%s%s",
			       huge_label(judge->survey, page, label), references(page), mapped,
			       use.in_file ? ", but is in a file" : "",
			       certain ? ""
				       : ": it is just being freed, or its references are lost");
}

/* The head as a whole was overwritten, and this count with it. */
static bool is_overwritten(const struct judge *judge, const struct huge_page *page)
{
	return page->flags_lost &&
	       findings_cover(judge->run, huge_first(judge->survey->target, page));
}

static struct error *judge_page(struct judge *judge, const struct huge_page *page)
{
	struct error *err = NULL;
	bool passing = false;

	if (is_overwritten(judge, page))
		return NULL;
	if (page->hstate >= 0 && is_idle(page))
		err = idle_may_be(judge, page, &passing);
	else if (page->hstate >= 0 && is_given_back(page))
		passing = given_back_may_be(&judge->pools[page->hstate]);
	if (err || passing)
		return err;
	return page->free ? judge_free(judge, page) : judge_used(judge, page);
}

/* The pages that are wrong; the others are counted a kind at a time. */
static struct error *judge_pages(struct judge *judge)
{
	const struct huge_pages *pages = &judge->survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next_alike(pages, &cursor, UINT64_MAX, &alike));) {
		if (page->assumed) {
			judge->run->not_checked += alike;
			huge_pages_skip(pages, &cursor, alike - 1);
			continue;
		}
		judge->run->checked++;
		if (!is_right(page)) {
			err = judge_page(judge, page);
			continue;
		}
		judge->run->checked += alike - 1;
		huge_pages_skip(pages, &cursor, alike - 1);
	}
	return err;
}

static uint64_t count_taken(const struct inventory *inventory)
{
	const struct huge_page *page;
	uint64_t taken = 0;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));)
		taken += page->free && references(page) == 1 ? count : 0;
	return taken;
}

static struct error *run_head_refcount(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct judge judge = { .survey = survey, .run = run, .steps = LINK_STEPS_MAX };
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	err = huge_heads_unreadable(survey, run);
	if (!layout_has(&survey->target->layout, LAYOUT_HPG_FREED)) {
		run->not_checked += inventory->pages.count;
		return err ? err : check_reason(run, "the types lack enumerator HPG_freed");
	}
	if (!err && huge_flags_refuted(survey)) {
		run->not_checked += inventory->pages.count;
		return check_reason(run, HUGE_FLAGS_REFUTED);
	}
	judge.taken = count_taken(inventory);
	if (!err && judge.taken)
		err = hugetlb_lock_read(survey->target, &judge.lock);
	for (size_t i = 0; !err && i < inventory->hstate_count; i++) {
		judge.pools[i] = pool_begin(inventory, (int)i);
		err = unlisted_count(&judge, (int)i);
		if (!err)
			err = pool_report(run, &inventory->hstates[i], &judge.pools[i]);
	}
	judge.steps = LINK_STEPS_MAX;
	return err ? err : judge_pages(&judge);
}

const struct check check_head_refcount = {
	.id = "hugetlb-head-refcount",
	.title = "a huge page has references while it is in use, and none while it is free",
	.rationale =
		"The pool hands a free page out by giving it its first reference, and takes it back "
		"when the last one goes. A free page with references was used after it was freed, or "
		"freed while in use; one in use without any, or with fewer than none, is freed under "
		"its users' feet by the next put. Pages on their way have none and are not free yet: "
		"those that the pool does not count, and those that become surplus, which are on no "
		"list of the pool: a note.",
	.basis =
		"Linux kernel mm/hugetlb.c, dequeue_hugetlb_folio_node_exact(), free_huge_folio(), "
		"gather_surplus_pages()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "does not look at heads",
	.run = run_head_refcount,
};
