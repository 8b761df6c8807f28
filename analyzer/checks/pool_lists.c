// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lists of the pools lead from page to page and back, and to the pages that they are for. */
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/links_alike.h"
#include "analyzer/pages/hugetlb_lock.h"
#include "analyzer/pages/huge_links.h"

/* LIST_POISON1 and 2 of list_del(), beside CONFIG_ILLEGAL_POINTER_VALUE. */
enum { POISON_NEXT = 0x100, POISON_PREV = 0x122 };

/* Under hugetlb_lock one page moves from one list to another: so many links at the most. */
enum { LINKS_MOVING = 4 };

enum { NEXT, PREV };

struct reader {
	const struct survey *survey;
};

/* --- links ------------------------------------------------------------------------- */

enum link_state {
	LINK_READ,
	LINK_UNKNOWN, /* not in the dump */
	LINK_NOWHERE, /* no address of memory */
};

static struct error *link_of_page(const struct survey *survey, pfn_t pfn, int which, vaddr_t *ret,
				  enum link_state *state_ret)
{
	enum memory_state state;
	struct error *err = vmemmap_read_u64(
		&survey->target->kernel, survey->map, survey->target->memory, pfn,
		layout_get(&survey->target->layout, LAYOUT_PAGE_LRU) + (which == PREV ? 8 : 0), ret,
		&state);

	*state_ret = !err && state == MEMORY_PRESENT ? LINK_READ : LINK_UNKNOWN;
	return err;
}

/* A list head that is all zero was not kept by whoever made the dump small. */
static struct error *link_of_head(struct reader *reader, vaddr_t addr, int which, vaddr_t *ret,
				  enum link_state *state_ret)
{
	enum memory_state state = MEMORY_ABSENT;
	paddr_t paddr;
	uint64_t links[2] = { 0 };
	struct error *err = NULL;

	*state_ret = LINK_NOWHERE;
	if (addr % sizeof(uint64_t))
		return NULL;
	err = kmem_translate(reader->survey->target->kmem, addr, &paddr, &state);
	if (err || state == MEMORY_ABSENT)
		return err;
	*state_ret = LINK_UNKNOWN;
	for (int i = NEXT; !err && state == MEMORY_PRESENT && i <= PREV; i++)
		err = kmem_read_uint(reader->survey->target->kmem, addr + 8 * (uint64_t)i, 8,
				     &links[i], &state);
	if (err || state != MEMORY_PRESENT || (!links[NEXT] && !links[PREV]))
		return err;
	*ret = links[which];
	*state_ret = LINK_READ;
	return NULL;
}

static struct error *link_read(struct reader *reader, vaddr_t addr, int which, vaddr_t *ret,
			       enum link_state *state_ret)
{
	pfn_t pfn;

	*ret = 0;
	if (huge_link_pfn(reader->survey->target, addr, &pfn))
		return link_of_page(reader->survey, pfn, which, ret, state_ret);
	return link_of_head(reader, addr, which, ret, state_ret);
}

/* --- one page ------------------------------------------------------------------------ */

enum fault {
	FAULT_NONE,
	FAULT_UNKNOWN,	/* what it leads to is not in the dump */
	FAULT_DETACHED, /* on no list at all */
	FAULT_NOWHERE,	/* a link leads to no memory */
	FAULT_BACK,	/* what a link leads to does not lead back */
	FAULT_NO_PAGE,	/* a link leads to a struct page of no huge page */
	FAULT_MIXED,	/* neighbours that belong on different lists */
	FAULT_FOREIGN,	/* a free page at the end of a list that is not its pool's */
};

struct judgement {
	enum fault fault;
	int which;    /* the link */
	vaddr_t link; /* where it leads */
	vaddr_t back; /* what is there instead of a way back */
	pfn_t pfn;    /* of the struct page that it leads to */
};

static bool is_poison(const struct target *target, vaddr_t next, vaddr_t prev)
{
	return next == target->arch->poison_delta + POISON_NEXT &&
	       prev == target->arch->poison_delta + POISON_PREV;
}

/*
 * A link that does not lead back: which side is wrong? If what the other side names instead
 * is in order with it, the link is. Otherwise the other side is, and says so itself when its
 * turn comes, if it is a huge page.
 */
static struct error *judge_back(struct reader *reader, vaddr_t link, vaddr_t back, int which,
				bool *mine_ret)
{
	struct huge_page page;
	enum link_state state;
	vaddr_t again;
	pfn_t pfn;
	struct error *err = link_read(reader, back, which, &again, &state);

	*mine_ret = (state == LINK_READ && again == link) ||
		    !huge_link_pfn(reader->survey->target, link, &pfn) ||
		    !huge_pages_find(&reader->survey->inventory->pages, pfn, &page) ||
		    page.pfn != pfn;
	return err;
}

static struct error *judge_link(struct reader *reader, const struct huge_page *page, int which,
				vaddr_t link, struct judgement *ret)
{
	const struct survey *survey = reader->survey;
	vaddr_t own = huge_link_address(survey->target, page->pfn), back;
	enum link_state state;
	struct huge_page other;
	bool mine = false;
	struct error *err = link_read(reader, link, !which, &back, &state);

	*ret = (struct judgement){ .which = which, .link = link, .back = back };
	if (err)
		return err;
	if (state == LINK_NOWHERE)
		ret->fault = FAULT_NOWHERE;
	else if (state == LINK_UNKNOWN)
		ret->fault = FAULT_UNKNOWN;
	else if (back != own)
		err = judge_back(reader, link, back, which, &mine);
	if (mine)
		ret->fault = FAULT_BACK;
	if (err || ret->fault || which == PREV || back != own ||
	    !huge_link_pfn(survey->target, link, &ret->pfn))
		return err;
	if (!huge_pages_find(&survey->inventory->pages, ret->pfn, &other) || other.pfn != ret->pfn)
		ret->fault = FAULT_NO_PAGE;
	else if (!huge_links_alike(page, &other))
		ret->fault = FAULT_MIXED;
	return NULL;
}

/* The hstate that was read as that of pages of this size. */
static bool pool_is_known(const struct survey *survey, const struct huge_page *page)
{
	return page->hstate >= 0 && survey->inventory->hstates[page->hstate].order_known;
}

static bool is_of_pool(const struct survey *survey, const struct huge_page *page, vaddr_t addr)
{
	const struct inventory *inventory = survey->inventory;

	return pool_is_known(survey, page) &&
	       addr - inventory->hstates[page->hstate].address <
		       layout_get(&survey->target->layout, LAYOUT_HSTATE_SIZE);
}

/* Where the list of @page begins in its pool; false if no type tells. */
static bool list_head_of(const struct survey *survey, const struct huge_page *page, vaddr_t *ret)
{
	const struct layout *layout = &survey->target->layout;

	if (!pool_is_known(survey, page) || !layout_has(layout, LAYOUT_HSTATE_FREELISTS) ||
	    !layout_has(layout, LAYOUT_HSTATE_ACTIVELIST))
		return false;
	*ret = survey->inventory->hstates[page->hstate].address +
	       (page->free ? layout_get(layout, LAYOUT_HSTATE_FREELISTS) + 16 * (uint64_t)page->node
			   : layout_get(layout, LAYOUT_HSTATE_ACTIVELIST));
	return true;
}

/* Isolated pages are on a list of whoever moves them; a list of a pool is the right one. */
static void judge_end(const struct survey *survey, const struct huge_page *page, vaddr_t link,
		      struct judgement *ret)
{
	bool pool = is_of_pool(survey, page, link);
	vaddr_t head;
	pfn_t pfn;

	if (ret->fault || !pool_is_known(survey, page) || huge_link_pfn(survey->target, link, &pfn))
		return;
	if (pool ? list_head_of(survey, page, &head) && head != link : page->free)
		ret->fault = FAULT_FOREIGN;
}

static struct error *judge_page(struct reader *reader, const struct huge_page *page,
				struct judgement *ret)
{
	const struct survey *survey = reader->survey;
	vaddr_t own = huge_link_address(survey->target, page->pfn), links[2] = { 0 };
	enum link_state state = LINK_UNKNOWN;
	struct judgement unknown = { 0 };
	struct error *err = NULL;

	*ret = (struct judgement){ .fault = FAULT_NONE };
	for (int i = NEXT; !err && i <= PREV; i++)
		err = link_of_page(survey, page->pfn, i, &links[i], &state);
	if (err || state != LINK_READ) {
		ret->fault = FAULT_UNKNOWN;
		return err;
	}
	if ((links[NEXT] == own && links[PREV] == own) || (!links[NEXT] && !links[PREV]) ||
	    is_poison(survey->target, links[NEXT], links[PREV])) {
		*ret = (struct judgement){ .fault = FAULT_DETACHED, .link = links[NEXT] };
		return NULL;
	}
	for (int i = NEXT; !err && i <= PREV; i++) {
		err = judge_link(reader, page, i, links[i], ret);
		if (!err && ret->fault <= FAULT_UNKNOWN && i == NEXT) {
			if (ret->fault == FAULT_UNKNOWN)
				unknown = *ret;
			ret->fault = FAULT_NONE;
			judge_end(survey, page, links[i], ret);
		}
		if (ret->fault > FAULT_UNKNOWN)
			return err;
	}
	/* A head of a list that the dump lacks says nothing: the rest is in order. */
	pfn_t pfn;
	if (!ret->fault && unknown.fault && huge_link_pfn(survey->target, unknown.link, &pfn))
		*ret = unknown;
	return err;
}

/* --- words ---------------------------------------------------------------------------- */

enum { WHAT_MAX = 240 };

static const char *fault_text(const struct target *target, const struct huge_page *page,
			      const struct judgement *is, char buf[WHAT_MAX])
{
	static const char *const sides[] = { "after", "before" };
	const char *side = sides[is->which];

	switch (is->fault) {
	case FAULT_DETACHED:
		snprintf(buf, WHAT_MAX, "is on no list: its links %s",
			 is->link == huge_link_address(target, page->pfn) ? "lead to itself"
			 : is->link ? "are those of a page that was taken off"
				    : "are 0");
		break;
	case FAULT_NOWHERE:
		snprintf(buf, WHAT_MAX, "has 0x%lx for the link to the page %s it: no memory",
			 is->link, side);
		break;
	case FAULT_BACK:
		snprintf(buf, WHAT_MAX,
			 "names 0x%lx as %s it in its list, where 0x%lx is named in its place",
			 is->link, side, is->back);
		break;
	case FAULT_NO_PAGE:
		snprintf(buf, WHAT_MAX,
			 "is followed in its list by the struct page of pfn 0x%lx, which is not "
			 "marked as a huge page",
			 is->pfn);
		break;
	case FAULT_MIXED:
		snprintf(buf, WHAT_MAX,
			 "is followed in its list by page 0x%lx, which belongs on another (%s)",
			 is->pfn, page->free ? "this one is free" : "this one is in use");
		break;
	case FAULT_FOREIGN:
		snprintf(buf, WHAT_MAX, "ends a list that begins at 0x%lx, which is not %s",
			 is->link,
			 page->free ? "that of its pool's free pages on its node"
				    : "that of its pool's pages in use");
		break;
	case FAULT_NONE:
	case FAULT_UNKNOWN:
		buf[0] = '\0';
	}
	return buf;
}

/* --- all of them ----------------------------------------------------------------------- */

struct looking {
	struct reader reader;
	struct check_run *run;
	enum lock_state lock;
	struct links_alike alike[LINKS_POOLS];
	uint64_t loose[LINKS_POOLS];   /* pages that are not in order, and may be so */
	uint64_t excused[LINKS_POOLS]; /* that may be so: being made or given back */
	uint64_t found;		       /* of the others */
};

/*
 * Up to 6.6 a page that was free keeps HPG_freed when it is taken off its list to be given
 * back. Linux kernel mm/hugetlb.c, __remove_hugetlb_page().
 */
static bool may_be_loose(const struct huge_page *page, const struct judgement *is)
{
	return !page->unreliable && !page->temporary &&
	       (!page->free || is->fault == FAULT_DETACHED);
}

static bool is_excused(const struct looking *looking, const struct huge_page *page,
		       const struct judgement *is)
{
	unsigned pool = links_pool_of(page);

	return page->unreliable || page->temporary ||
	       (may_be_loose(page, is) && looking->loose[pool] <= looking->excused[pool]);
}

static enum severity severity_of(struct looking *looking, const struct huge_page *page,
				 const struct judgement *is)
{
	if (looking->lock == LOCK_HELD && looking->found++ < LINKS_MOVING)
		return SEVERITY_NOTE;
	return is->fault == FAULT_DETACHED && !page->free ? SEVERITY_WARNING : SEVERITY_ERROR;
}

/* Whether an earlier check has said what is wrong with a page as large as @page at @link. */
static bool is_reported_at(const struct looking *looking, const struct huge_page *page,
			   vaddr_t link)
{
	const struct survey *survey = looking->reader.survey;
	pfn_t pfn;

	return huge_link_pfn(survey->target, link, &pfn) &&
	       findings_cover_any(looking->run, vmemmap_index_of(&survey->target->kernel, pfn),
				  page->mapping.pages ? page->mapping.pages : 1);
}

/* A head that is lost, or is another's, has no links that could be right. */
static bool is_reported(const struct looking *looking, const struct huge_page *page,
			const struct judgement *is)
{
	const struct survey *survey = looking->reader.survey;

	return findings_cover(looking->run, huge_first(survey->target, page)) ||
	       is_reported_at(looking, page, is->link) || is_reported_at(looking, page, is->back);
}

static struct error *report(struct looking *looking, const struct huge_page *page,
			    const struct judgement *is)
{
	const struct survey *survey = looking->reader.survey;
	char label[HUGE_LABEL_MAX], what[WHAT_MAX];
	enum severity severity = severity_of(looking, page, is);

	finding_sign(looking->run, is->fault == FAULT_NO_PAGE ? "pool-page-lost" : NULL);
	return finding_add_pfn(
		looking->run, severity, page->pfn, "the %s %s%s", huge_label(survey, page, label),
		fault_text(survey->target, page, is, what),
		severity == SEVERITY_NOTE ? "; hugetlb_lock is held: it may be just being moved"
					  : "");
}

static struct error *take(struct looking *looking, const struct huge_page *page, bool counting)
{
	struct judgement is;
	bool alike;
	struct error *err = links_alike_test(looking->reader.survey,
					     &looking->alike[links_pool_of(page)], page, &alike);

	if (!err && alike) {
		looking->run->checked += !counting;
		return NULL;
	}
	if (!err)
		err = judge_page(&looking->reader, page, &is);
	if (err)
		return err;
	if (counting) {
		looking->loose[links_pool_of(page)] +=
			is.fault > FAULT_UNKNOWN && may_be_loose(page, &is);
		return NULL;
	}
	if (is.fault == FAULT_UNKNOWN) {
		looking->run->not_checked++;
		return check_reason(looking->run, "some links lead to what is not in the dump");
	}
	looking->run->checked++;
	if (is.fault == FAULT_NONE || is_excused(looking, page, &is) ||
	    is_reported(looking, page, &is))
		return NULL;
	return report(looking, page, &is);
}

static struct error *look_at_all(struct looking *looking, bool counting)
{
	const struct huge_pages *pages = &looking->reader.survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;

	for (struct huge_cursor cursor = { 0 }; !err && (page = huge_pages_next(pages, &cursor));)
		err = take(looking, page, counting);
	return err;
}

/* --- those with the same links ------------------------------------------------------------ */

enum { LINK_MAX = 80 };

static const char *link_text(const struct target *target, vaddr_t link, char buf[LINK_MAX])
{
	const vaddr_t poison = target->arch->poison_delta;

	if (link == LINK_TO_ITSELF)
		return "itself";
	if (link == 0)
		return "0";
	snprintf(buf, LINK_MAX, "0x%lx%s", link,
		 link == poison + POISON_NEXT || link == poison + POISON_PREV
			 ? " (of a page that was taken off its list)"
			 : "");
	return buf;
}

static const char *alike_text(const struct target *target, const struct links_alike *alike,
			      char buf[WHAT_MAX])
{
	char next[LINK_MAX], prev[LINK_MAX];
	bool after = alike->is_most[NEXT], before = alike->is_most[PREV];

	snprintf(buf, WHAT_MAX, "%s%s%s%s%s",
		 after ? link_text(target, alike->link[NEXT], next) : "",
		 after ? " as the page after it" : "", after && before ? ", and " : "",
		 before ? link_text(target, alike->link[PREV], prev) : "",
		 before ? " as the page before it" : "");
	return buf;
}

static bool is_detached(const struct target *target, const struct links_alike *alike)
{
	vaddr_t next = alike->link[NEXT], prev = alike->link[PREV];

	return alike->is_most[NEXT] && alike->is_most[PREV] &&
	       ((next == prev && (next == 0 || next == LINK_TO_ITSELF)) ||
		is_poison(target, next, prev));
}

static struct error *alike_report(struct looking *looking, unsigned pool)
{
	const struct survey *survey = looking->reader.survey;
	const struct links_alike *alike = &looking->alike[pool];
	bool moving = looking->lock == LOCK_HELD && alike->count <= LINKS_MOVING;
	bool mild = is_detached(survey->target, alike) && !alike->any_free;
	char text[WHAT_MAX];

	return finding_add_pfn(
		looking->run,
		moving ? SEVERITY_NOTE
		: mild ? SEVERITY_WARNING
		       : SEVERITY_ERROR,
		alike->first,
		"%s: %lu of %lu huge pages have the same links, as no pages on a list have: each "
		"names %s; the first is page 0x%lx",
		survey->inventory->hstates[pool].name, alike->count, alike->pages,
		alike_text(survey->target, alike, text), alike->first);
}

/*
 * Pages that are being made or given back, as many as there may be, are judged one by one;
 * all of no pool may be such.
 */
static struct error *alike_take(struct looking *looking)
{
	const struct survey *survey = looking->reader.survey;
	struct error *err = links_alike_find(survey, looking->run, looking->alike);

	for (unsigned i = 0; !err && i < LINKS_POOLS; i++) {
		struct links_alike *alike = &looking->alike[i];

		if (i == HSTATES_MAX || alike->count <= looking->excused[i]) {
			alike->count = 0;
			continue;
		}
		looking->excused[i] = 0;
		err = alike_report(looking, i);
	}
	return err;
}

/* --- where sums do not add up ------------------------------------------------------------- */

static void excuses_count(struct looking *looking)
{
	const struct inventory *inventory = looking->reader.survey->inventory;
	const struct huge_page *page;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));)
		looking->excused[links_pool_of(page)] += count;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];
		uint64_t found = looking->excused[i];

		looking->excused[i] = found > hstate->pages ? found - hstate->pages : 0;
		if ((int64_t)hstate->surplus > 0)
			looking->excused[i] += hstate->surplus;
	}
}

static struct error *look(const struct survey *survey, struct check_run *run)
{
	struct looking looking = { .reader = { .survey = survey }, .run = run };
	struct error *err = hugetlb_lock_read(survey->target, &looking.lock);

	excuses_count(&looking);
	if (!err)
		err = alike_take(&looking);
	if (!err)
		err = look_at_all(&looking, true);
	if (!err)
		err = look_at_all(&looking, false);
	return err;
}

/* --- by sums ----------------------------------------------------------------------------- */

/* What the ends of all lists would add up to; lists are few, and kinds of pages, too. */
struct expected {
	uint64_t lists, sum;
	bool known; /* where lists begin */
};

static bool is_first_of_list(const struct huge_pages *pages, size_t kind)
{
	for (size_t i = 0; i < kind; i++)
		if (huge_links_alike(&pages->kinds[i], &pages->kinds[kind]))
			return false;
	return true;
}

static struct expected ends_expected(const struct survey *survey)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	struct expected expected = { .known = true };
	vaddr_t head;

	for (size_t i = 0; i < pages->kind_count; i++) {
		if (!is_first_of_list(pages, i))
			continue;
		expected.lists++;
		if (list_head_of(survey, &pages->kinds[i], &head))
			expected.sum += huge_links_end(&pages->kinds[i], head);
		else
			expected.known = false;
	}
	return expected;
}

static bool adds_up(const struct survey *survey)
{
	const struct huge_links *links = &survey->inventory->links;
	struct expected expected = ends_expected(survey);

	return links->edges == 0 && links->alone == 0 && links->next_sum == links->prev_sum &&
	       links->next_ends == expected.lists && links->prev_ends == expected.lists &&
	       links->inside == 2 * expected.lists &&
	       (!expected.known || links->next_sum == expected.sum);
}

static struct error *run_pool_lists(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	if (!layout_has(&survey->target->layout, LAYOUT_PAGE_LRU)) {
		run->not_checked += inventory->pages.count;
		return check_reason(run, "no type tells where a struct page has its links");
	}
	err = huge_heads_unreadable(survey, run);
	if (err)
		return err;
	if (!inventory->links.linked)
		return run->not_checked ? NULL
					: check_reason(run, "no huge page is linked to anything");
	if (adds_up(survey)) {
		run->checked += inventory->pages.count;
		return NULL;
	}
	return look(survey, run);
}

const struct check check_pool_lists = {
	.id = "hugetlb-lists",
	.title = "the lists of the pools link the pages that they are for, and all of them",
	.rationale =
		"A free page is on the list of its pool and node, one in use on the list of its pool's, "
		"linked both ways; who allocates takes the first of the free ones. A page off its list "
		"is lost to the pool, and a link that leads elsewhere makes the next allocation take, "
		"or write to, what is there. Pages that are being moved, made or given back are on "
		"lists of their own: of pages in use as many are let pass as the pool does not count. "
		"No two pages on a list have the same next page, or the same one before: where most "
		"pages of a pool do, that is one finding.",
	.basis = "Linux kernel mm/hugetlb.c, enqueue_hugetlb_folio(), "
		 "dequeue_hugetlb_folio_node_exact(), isolate_hugetlb()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "does not look at heads",
	.run = run_pool_lists,
};
