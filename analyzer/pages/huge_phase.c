// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells pages that are being changed from pages at rest, by their pool's counters and lists. */
#include "analyzer/pages/huge_phase.h"

#include <stdlib.h>

#include "analyzer/pages/survey.h"
#include "include/bisect.h"
#include "include/error.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/huge_limit.h"
#include "analyzer/pages/hugetlb_lock.h"
#include "include/vector.h"

bool huge_page_differs(const struct survey *survey, const struct huge_page *page)
{
	if (page->assumed || page->family != FAMILY_HUGETLB)
		return false;
	switch ((enum share_kind)page->mapping.kind) {
	case MAPPED_UNSHARED:
		return page->optimized;
	case MAPPED_PARTIAL:
		return !page->optimized || !survey->scheme->hugetlb->partial_legal;
	case MAPPED_FULL:
		return !page->optimized;
	case MAPPED_WRONG:
	case MAPPED_UNKNOWN:
		return false;
	}
	return false;
}

bool huge_flag_comes_first(const struct survey *survey)
{
	const struct hugetlb_marker *marker = survey->target->kernel.page.marker;

	return marker && marker->flag_order == FLAG_BEFORE_REMAP;
}

bool huge_flags_refuted(const struct survey *survey)
{
	enum { MANY = 8 };
	const struct huge_page *page;
	uint64_t flagless = 0, contradicted = 0;
	uint32_t count;

	if (survey->quick || !survey->target->kernel.page.hpg_freed)
		return false;
	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&survey->inventory->pages, &cursor, &count));) {
		if (page->assumed)
			continue;
		if (huge_page_shares(page) && page->optimized)
			return false;
		flagless += huge_page_shares(page) ? count : 0;
		contradicted += page->free != (page->refcount == 0) ? count : 0;
	}
	return flagless >= MANY && contradicted >= MANY;
}

/* --- answers ------------------------------------------------------------------ */

static const struct pool_count *count_of(const struct survey *survey, unsigned order, unsigned node)
{
	const struct huge_witnesses *witnesses = &survey->inventory->witnesses;

	for (size_t i = 0; i < witnesses->count_count; i++)
		if (witnesses->counts[i].order == order && witnesses->counts[i].node == node)
			return &witnesses->counts[i];
	return NULL;
}

static enum huge_link link_of(const struct huge_witnesses *witnesses, pfn_t pfn)
{
	size_t at = bisect(witnesses->linked_count, i, witnesses->linked[i].pfn < pfn);

	return at < witnesses->linked_count && witnesses->linked[at].pfn == pfn
		       ? (enum huge_link)witnesses->linked[at].link
		       : LINK_UNTOLD;
}

static bool all_counted(const struct pool_count *count)
{
	return count && count->known && count->found <= count->counted;
}

/*
 * Who makes or frees a page has its only reference; HPG_raw_hwp_unreliable: nobody frees it.
 */
static bool is_used(const struct huge_page *page)
{
	return page->refcount > 1 && !page->unreliable;
}

/* One who is not linked is one of few that the pool leaves out, or the pool says nothing. */
static bool may_be_left_out(const struct survey *survey, const struct pool_count *count)
{
	return count->loose <= count->found - count->counted &&
	       !huge_limit_passed(survey->inventory, count->order);
}

bool huge_phase_of_kind(const struct survey *survey, const struct huge_page *kind,
			enum huge_phase *ret)
{
	*ret = PHASE_REST;
	return !huge_page_differs(survey, kind) ||
	       all_counted(count_of(survey, kind->order, kind->node));
}

enum huge_phase huge_phase_of(const struct survey *survey, const struct huge_page *page)
{
	const struct pool_count *count = count_of(survey, page->order, page->node);
	enum huge_phase phase;

	if (huge_phase_of_kind(survey, page, &phase))
		return phase;
	if (link_of(&survey->inventory->witnesses, page->pfn) == LINK_POOL || is_used(page))
		return PHASE_REST;
	if (!count || !count->known)
		return PHASE_UNTOLD;
	return may_be_left_out(survey, count) ? PHASE_CHANGING : PHASE_REST;
}

const char *huge_phase_evidence(const struct survey *survey, const struct huge_page *page)
{
	const struct pool_count *count = count_of(survey, page->order, page->node);

	if (all_counted(count))
		return "its pool counts it";
	if (link_of(&survey->inventory->witnesses, page->pfn) == LINK_POOL)
		return "a list of its pool links it";
	if (is_used(page))
		return "it is in use, with more than one reference";
	if (count && count->known && huge_limit_passed(survey->inventory, count->order))
		return "more pages are half done than the kernel changes at a time";
	return "more pages differ than their pool leaves uncounted";
}

bool huge_entry_is_wrong(const struct survey *survey, const struct huge_page *page, uint64_t index)
{
	enum entry_verdict verdict = huge_entry_verdict(survey, page, &page->mapping, index);
	struct vmemmap_run run;

	if (verdict != VERDICT_OWN)
		return verdict == VERDICT_WRONG;
	/* Devices share when their memory is added, as a whole, or not at all. */
	if (page->family == FAMILY_DAX)
		return page->mapping.at_target > 0 && !huge_mapping_keeps_leaves(survey, page);
	/* A frame of its own is legal in a half-done remap, where it is writable. */
	return page->mapping.kind == MAPPED_WRONG ||
	       (vmemmap_run_at(survey->map, index, &run) && !run.writable) ||
	       (huge_page_differs(survey, page) && huge_phase_of(survey, page) == PHASE_REST);
}

uint64_t huge_phase_count_changing(const struct survey *survey, const struct huge_page *first,
				   uint32_t count)
{
	struct huge_page page = *first;
	enum huge_phase phase;
	uint64_t changing = 0;

	if (huge_phase_of_kind(survey, first, &phase))
		return 0;
	for (uint32_t i = 0; i < count; i++, page.pfn += UINT64_C(1) << page.order)
		changing += huge_phase_of(survey, &page) != PHASE_REST;
	return changing;
}

/* --- counters ----------------------------------------------------------------- */

static const struct hstate_node *node_of(const struct target *target, const struct hstate *hstate,
					 unsigned node)
{
	for (size_t i = 0; i < target->kernel.node_count; i++)
		if (hstate->nodes[i].node == node)
			return &hstate->nodes[i];
	return NULL;
}

/* A head that nobody could look at may be one more. */
static bool found_all(const struct survey *survey)
{
	return !survey->quick && !survey->inventory->candidates_unreadable &&
	       !survey->target->kernel.sections_unreadable &&
	       !survey->target->kernel.sections_inferred;
}

/*
 * False if the pool's numbers contradict each other, by more than the one page that is just
 * being counted: then they show nothing.
 */
static bool adds_up(const struct target *target, const struct hstate *hstate)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < target->kernel.node_count; i++) {
		if (!hstate->nodes[i].known)
			return true;
		sum += hstate->nodes[i].pages;
	}
	return target->kernel.nodes_unreadable || !hstate_knows(hstate, HSTATE_PAGES) ||
	       sum + 1 - hstate->pages <= 2;
}

static struct error *count_new(const struct survey *survey, struct huge_witnesses *witnesses,
			       const struct huge_page *kind, struct pool_count **ret)
{
	struct error *err =
		vector_push(witnesses->counts, witnesses->count_count, witnesses->count_room,
			    (struct pool_count){ .order = kind->order, .node = kind->node });
	if (err)
		return err;
	*ret = &witnesses->counts[witnesses->count_count - 1];
	if (kind->hstate < 0)
		return NULL;
	const struct hstate_node *node =
		node_of(survey->target, &survey->inventory->hstates[kind->hstate], kind->node);
	(*ret)->known = node && node->known && found_all(survey) &&
			adds_up(survey->target, &survey->inventory->hstates[kind->hstate]);
	(*ret)->counted = (*ret)->known ? node->pages : 0;
	return NULL;
}

static struct error *count_for(const struct survey *survey, struct huge_witnesses *witnesses,
			       const struct huge_page *kind, struct pool_count **ret)
{
	for (size_t i = 0; i < witnesses->count_count; i++) {
		*ret = &witnesses->counts[i];
		if ((*ret)->order == kind->order && (*ret)->node == kind->node)
			return NULL;
	}
	return count_new(survey, witnesses, kind, ret);
}

/* Of pools that count pages, whether any is found or not. */
static struct error *counts_begin(const struct survey *survey, struct huge_witnesses *witnesses)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err = NULL;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		for (size_t n = 0; !err && n < survey->target->kernel.node_count; n++) {
			const struct hstate_node *node = &inventory->hstates[i].nodes[n];
			const struct huge_page kind = {
				.order = (uint8_t)inventory->hstates[i].order,
				.node = (uint16_t)node->node,
				.hstate = (int8_t)i,
			};
			struct pool_count *ignored;

			if (node->known && node->pages)
				err = count_for(survey, witnesses, &kind, &ignored);
		}
	return err;
}

/* HPG_raw_hwp_unreliable: taken out of the pool, never freed. */
static struct error *counts_read(const struct survey *survey, struct huge_witnesses *witnesses)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = counts_begin(survey, witnesses);
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next_run(pages, &cursor, &alike));) {
		struct pool_count *count;

		err = count_for(survey, witnesses, page, &count);
		if (!err)
			count->found += page->unreliable ? 0 : alike;
	}
	return err;
}

/* --- lists -------------------------------------------------------------------- */

struct walk {
	const struct survey *survey;
	vaddr_t hstates, hstates_end;
	unsigned steps; /* that may still be taken */
};

static bool is_of_hstate(const struct walk *walk, vaddr_t addr)
{
	return addr >= walk->hstates && addr < walk->hstates_end;
}

/* The struct page whose lru is at @addr. */
static bool pfn_of_lru(const struct target *target, vaddr_t addr, pfn_t *ret)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t lru = layout_get(&target->layout, LAYOUT_PAGE_LRU);

	if (addr < kernel->vmemmap + lru ||
	    (addr - lru - kernel->vmemmap) % kernel->struct_page_size)
		return false;
	*ret = (addr - lru - kernel->vmemmap) / kernel->struct_page_size;
	return kernel_pfn_valid(kernel, *ret);
}

static struct error *lru_read(const struct survey *survey, pfn_t pfn, bool previous, vaddr_t *ret)
{
	uint64_t offset = layout_get(&survey->target->layout, LAYOUT_PAGE_LRU) + (previous ? 8 : 0);
	enum memory_state state;
	struct error *err = vmemmap_read_u64(&survey->target->kernel, survey->map,
					     survey->target->memory, pfn, offset, ret, &state);

	if (!err && state != MEMORY_PRESENT)
		*ret = 0;
	return err;
}

/*
 * Follows the list that @pfn is on to where it leaves the struct pages: a list of a pool
 * begins in an hstate. A link that does not lead back is left over.
 */
static struct error *link_read(struct walk *walk, pfn_t pfn, enum huge_link *ret)
{
	const struct survey *survey = walk->survey;
	vaddr_t own = kernel_struct_page(&survey->target->kernel, pfn) +
		      layout_get(&survey->target->layout, LAYOUT_PAGE_LRU);
	vaddr_t next, back;
	pfn_t start = pfn;
	struct error *err = lru_read(survey, pfn, false, &next);

	*ret = LINK_UNTOLD;
	if (err || next == 0)
		return err;
	*ret = LINK_NONE;
	for (; !err && walk->steps; walk->steps--) {
		if (is_of_hstate(walk, next)) {
			*ret = LINK_POOL;
			return NULL;
		}
		if (!pfn_of_lru(survey->target, next, &pfn) || pfn == start)
			return NULL;
		err = lru_read(survey, pfn, true, &back);
		if (err || back != own)
			return err;
		own = next;
		err = lru_read(survey, pfn, false, &next);
	}
	*ret = LINK_UNTOLD;
	return err;
}

static struct error *linked_add(struct huge_witnesses *witnesses, pfn_t pfn, enum huge_link link)
{
	return vector_push(witnesses->linked, witnesses->linked_count, witnesses->linked_room,
			   (struct huge_linked){ .pfn = pfn, .link = (uint8_t)link });
}

static struct walk walk_begin(const struct survey *survey)
{
	const struct layout *layout = &survey->target->layout;
	struct walk walk = { .survey = survey, .steps = LINK_STEPS_MAX };

	if (!layout_has(layout, LAYOUT_SYM_HSTATES) || !layout_has(layout, LAYOUT_HSTATE_SIZE) ||
	    !layout_has(layout, LAYOUT_PAGE_LRU))
		return (struct walk){ .survey = survey };
	walk.hstates = layout_symbol(layout, LAYOUT_SYM_HSTATES);
	walk.hstates_end = walk.hstates +
			   survey->inventory->hstate_count * layout_get(layout, LAYOUT_HSTATE_SIZE);
	return walk;
}

struct error *huge_link_follow(const struct survey *survey, pfn_t pfn, unsigned *steps,
			       enum huge_link *ret)
{
	struct walk walk = walk_begin(survey);
	struct error *err = NULL;

	*ret = LINK_UNTOLD;
	if (!walk.steps || !*steps)
		return NULL;
	walk.steps = *steps;
	err = link_read(&walk, pfn, ret);
	*steps = walk.steps;
	return err;
}

/* Of a page that differs, and of which counters alone do not decide. */
static struct error *page_look(const struct survey *survey, struct huge_witnesses *witnesses,
			       struct walk *walk, const struct huge_page *page)
{
	enum huge_link link = LINK_UNTOLD;
	struct pool_count *count;
	struct error *err = count_for(survey, witnesses, page, &count);

	if (!err && walk->steps)
		err = link_read(walk, page->pfn, &link);
	if (!err)
		err = linked_add(witnesses, page->pfn, link);
	if (err || link == LINK_POOL || page->unreliable)
		return err;
	count->loose++;
	count->unflagged += page->mapping.kind == MAPPED_FULL && !page->optimized;
	return NULL;
}

static struct error *links_read(const struct survey *survey, struct huge_witnesses *witnesses)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	struct walk walk = walk_begin(survey);
	const struct huge_page *page;
	struct error *err = NULL;
	enum huge_phase phase;
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next_alike(pages, &cursor, UINT64_MAX, &alike));) {
		if (huge_phase_of_kind(survey, page, &phase))
			huge_pages_skip(pages, &cursor, alike - 1);
		else
			err = page_look(survey, witnesses, &walk, page);
	}
	return err;
}

/* --- pages that are not marked -------------------------------------------------- */

static uint64_t missing(const struct pool_count *count)
{
	return count->known && count->counted > count->found ? count->counted - count->found : 0;
}

uint64_t huge_phase_missing(const struct survey *survey, unsigned order, unsigned node,
			    struct pool_count *ret)
{
	const struct pool_count *count = count_of(survey, order, node);

	*ret = count ? *count : (struct pool_count){ .order = order, .node = node };
	return missing(ret) > ret->late_linked ? missing(ret) - ret->late_linked : 0;
}

/* A batch that is given back has the flag, shares as before, and has one reference each. */
static bool is_one_at_a_time(const struct huge_page *page)
{
	return page->mapping.kind == MAPPED_PARTIAL || !page->optimized || page->refcount == 0;
}

static struct error *late_look(const struct survey *survey, struct huge_witnesses *witnesses,
			       struct walk *walk, struct huge_late *late)
{
	struct pool_count *count;
	enum huge_link link = LINK_UNTOLD;
	struct error *err = count_for(survey, witnesses, &late->page, &count);

	if (!err && walk->steps)
		err = link_read(walk, late->page.pfn, &link);
	if (err)
		return err;
	late->link = (uint8_t)link;
	count->late++;
	count->late_linked += link == LINK_POOL;
	count->late_half += is_one_at_a_time(&late->page);
	return NULL;
}

/* Pages that the pool counts and that are not marked are among the late ones, or lost. */
static bool is_counted(const struct pool_count *count, const struct huge_late *late)
{
	uint64_t left =
		missing(count) > count->late_linked ? missing(count) - count->late_linked : 0;

	return left && (late->link != LINK_NONE || count->late - count->late_linked <= left);
}

/*
 * Up to 6.4.10 and 6.1.46 a page loses its mark before it is no longer counted, and is
 * counted again before it gets it back, under hugetlb_lock and on no list. Linux kernel
 * mm/hugetlb.c, __remove_hugetlb_page(), add_hugetlb_page().
 */
static bool is_being_counted(const struct survey *survey, const struct pool_count *count)
{
	return survey->inventory->witnesses.is_locked && missing(count) == count->late_linked + 1;
}

static enum late_verdict late_judge(const struct survey *survey, const struct huge_late *late)
{
	const struct pool_count *count = count_of(survey, late->page.order, late->page.node);

	if (late->link == LINK_POOL)
		return LATE_LINKED;
	if (is_counted(count, late) && !is_being_counted(survey, count))
		return LATE_COUNTED;
	if (late->page.unreliable)
		return LATE_LEFT;
	return is_one_at_a_time(&late->page) &&
			       huge_limit_passed(survey->inventory, late->page.order)
		       ? LATE_TOO_MANY
		       : LATE_CHANGING;
}

static struct error *lates_judge(const struct survey *survey, struct inventory *inventory)
{
	struct huge_lates *late_pages = &inventory->late_pages;
	struct walk walk = walk_begin(survey);
	struct error *err = NULL;

	for (size_t i = 0; !err && i < late_pages->count; i++)
		err = late_look(survey, &inventory->witnesses, &walk, &late_pages->list[i]);
	for (size_t i = 0; !err && i < late_pages->count; i++)
		late_pages->list[i].verdict = (uint8_t)late_judge(survey, &late_pages->list[i]);
	return err;
}

/* --- all of it ---------------------------------------------------------------- */

struct error *huge_phase_read(const struct survey *survey, struct inventory *inventory)
{
	struct huge_witnesses *witnesses = &inventory->witnesses;
	enum lock_state lock;
	struct error *err = hugetlb_lock_read(survey->target, &lock);

	witnesses->is_locked = lock == LOCK_HELD;
	if (!err)
		err = counts_read(survey, witnesses);
	if (!err)
		err = links_read(survey, witnesses);
	return err ? err : lates_judge(survey, inventory);
}

void huge_phase_deinit(struct huge_witnesses *witnesses)
{
	free(witnesses->counts);
	free(witnesses->linked);
	*witnesses = (struct huge_witnesses){ 0 };
}
