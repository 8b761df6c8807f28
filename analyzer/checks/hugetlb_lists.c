// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lists of the pools lead from page to page and back, and to the pages that they are for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/checker/checks.h"
#include "analyzer/checker/head_words.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/link_words.h"
#include "analyzer/checker/links_alike.h"
#include "analyzer/checker/list_heads.h"
#include "analyzer/pages/huge_phase.h"
#include "analyzer/pages/hugetlb_lock.h"
#include "analyzer/pages/huge_limit.h"
#include "analyzer/pages/huge_links.h"
#include "analyzer/pages/links_sum.h"
#include "analyzer/pages/list_links.h"
#include "include/bisect.h"
#include "include/plural.h"
#include "include/vector.h"

/* Under hugetlb_lock one page moves from one list to another: so many links at the most. */
enum { LINKS_MOVING = 4 };

/* --- one page ------------------------------------------------------------------------ */

enum fault {
	FAULT_NONE,
	FAULT_LOST,	/* what it leads to is overwritten */
	FAULT_UNKNOWN,	/* what it leads to is not in the dump */
	FAULT_DETACHED, /* on no list at all */
	FAULT_NOWHERE,	/* a link leads to no memory */
	FAULT_BACK,	/* what a link leads to does not lead back */
	FAULT_NO_PAGE,	/* a link leads to a struct page of no huge page */
	FAULT_MIXED,	/* neighbours that belong on different lists */
	FAULT_FOREIGN,	/* a free page at the end of a list that is not its pool's */
	FAULT_OTHERS,	/* its links are those of another page */
	FAULT_SWAPPED,	/* and that one's are those of this page */
};

struct judgement {
	enum fault fault;
	int which;    /* the link */
	vaddr_t link; /* where it leads */
	vaddr_t back; /* what is there instead of a way back */
	pfn_t pfn;    /* of the struct page that it leads to, or of whose links these are */
	bool differs; /* some link does not lead back, whoever is to blame */
};

static bool is_poison(const struct target *target, vaddr_t next, vaddr_t prev)
{
	return link_is_poison(target, next, NEXT) && link_is_poison(target, prev, PREV);
}

static bool is_of_pool(const struct survey *survey, const struct huge_page *page, vaddr_t addr)
{
	const struct inventory *inventory = survey->inventory;

	return list_pool_is_known(survey, page) &&
	       addr - inventory->hstates[page->hstate].address <
		       layout_get(&survey->target->layout, LAYOUT_HSTATE_SIZE);
}

/* A head of a huge page is at @link. */
static bool is_head_at(const struct survey *survey, vaddr_t link, pfn_t *pfn_ret)
{
	struct huge_page page;

	return huge_link_pfn(survey->target, link, pfn_ret) &&
	       huge_pages_find(&survey->inventory->pages, *pfn_ret, &page) && page.pfn == *pfn_ret;
}

/*
 * A link that does not lead back: which side is wrong? If what the other side names instead
 * is in order with it, the link is. Otherwise the other side is, and says so itself when its
 * turn comes, if it is a huge page. If it is the list head that the page belongs to, nobody
 * but the page can say so.
 */
static struct error *judge_back(const struct survey *survey, const struct huge_page *page,
				struct judgement *is)
{
	enum link_state state;
	vaddr_t again, head;
	pfn_t ignored;
	struct error *err = link_read(survey, is->back, is->which, &again, &state);

	is->differs = true;
	if (err)
		return err;
	if ((state == LINK_READ && again == is->link) ||
	    (state != LINK_UNKNOWN && list_head_address(survey, page, &head) && head == is->link) ||
	    !is_head_at(survey, is->link, &ignored))
		is->fault = FAULT_BACK;
	return NULL;
}

static struct error *judge_link(const struct survey *survey, const struct huge_page *page,
				int which, vaddr_t link, struct judgement *ret)
{
	vaddr_t own = huge_link_address(survey->target, page->pfn), back;
	enum link_state state;
	struct huge_page other;
	struct error *err = link_read(survey, link, !which, &back, &state);

	*ret = (struct judgement){
		.which = which, .link = link, .back = back, .differs = ret->differs
	};
	if (err)
		return err;
	if (state == LINK_NOWHERE)
		ret->fault = FAULT_NOWHERE;
	else if (state != LINK_READ)
		ret->fault = state == LINK_LOST ? FAULT_LOST : FAULT_UNKNOWN;
	else if (back != own)
		return judge_back(survey, page, ret);
	if (ret->fault || which == PREV || !huge_link_pfn(survey->target, link, &ret->pfn))
		return NULL;
	if (!huge_pages_find(&survey->inventory->pages, ret->pfn, &other) || other.pfn != ret->pfn)
		ret->fault = FAULT_NO_PAGE;
	else if (!huge_links_alike(page, &other))
		ret->fault = FAULT_MIXED;
	return NULL;
}

/* Isolated pages are on a list of whoever moves them; a list of a pool is the right one. */
static void judge_end(const struct survey *survey, const struct huge_page *page, vaddr_t link,
		      struct judgement *ret)
{
	bool pool = is_of_pool(survey, page, link);
	vaddr_t head;
	pfn_t pfn;

	if (ret->fault || !list_pool_is_known(survey, page) ||
	    huge_link_pfn(survey->target, link, &pfn))
		return;
	if (pool ? list_head_address(survey, page, &head) && head != link : page->free)
		ret->fault = FAULT_FOREIGN;
}

/* @links: of @page, which is on some list. */
static struct error *judge_links(const struct survey *survey, const struct huge_page *page,
				 const vaddr_t links[LINK_SIDES], struct judgement *ret)
{
	struct judgement unknown = { 0 };
	struct error *err = NULL;
	pfn_t pfn;

	for (int i = NEXT; !err && i <= PREV; i++) {
		err = judge_link(survey, page, i, links[i], ret);
		if (err || ret->fault > FAULT_UNKNOWN)
			return err;
		/* A list head that the dump lacks says nothing: the rest may be in order. */
		if (ret->fault == FAULT_LOST ||
		    (ret->fault == FAULT_UNKNOWN && huge_link_pfn(survey->target, links[i], &pfn)))
			unknown = *ret;
		ret->fault = FAULT_NONE;
		judge_end(survey, page, links[i], ret);
		if (ret->fault)
			return NULL;
	}
	if (unknown.fault)
		*ret = unknown;
	return err;
}

/* Where links do not lead back: they may be another page's, as its struct page is here. */
static struct error *judge_owner(const struct survey *survey, const struct huge_page *page,
				 struct judgement *ret)
{
	enum links_owner owner;
	pfn_t pfn;
	struct error *err = links_owner_find(survey, page->pfn, &owner, &pfn);

	if (err || owner == LINKS_OWN)
		return err;
	ret->fault = owner == LINKS_SWAPPED ? FAULT_SWAPPED : FAULT_OTHERS;
	ret->pfn = pfn;
	return NULL;
}

static struct error *judge_page(const struct survey *survey, const struct huge_page *page,
				struct judgement *ret)
{
	vaddr_t own = huge_link_address(survey->target, page->pfn), links[LINK_SIDES] = { 0 };
	enum link_state state = LINK_UNKNOWN;
	struct error *err = NULL;

	*ret = (struct judgement){ .fault = FAULT_NONE };
	for (int i = NEXT; !err && i <= PREV; i++)
		err = link_of_page(survey, page->pfn, (enum link_side)i, &links[i], &state);
	if (err || state != LINK_READ) {
		ret->fault = FAULT_UNKNOWN;
		return err;
	}
	if ((links[NEXT] == own && links[PREV] == own) || (!links[NEXT] && !links[PREV]) ||
	    is_poison(survey->target, links[NEXT], links[PREV])) {
		*ret = (struct judgement){ .fault = FAULT_DETACHED, .link = links[NEXT] };
		return NULL;
	}
	err = judge_links(survey, page, links, ret);
	return err || !ret->differs ? err : judge_owner(survey, page, ret);
}

/* --- words ---------------------------------------------------------------------------- */

enum { WHAT_MAX = 480 };

/* "; frame 0x14f000 is behind its struct page, frame 0x14f001 behind that of the other" */
static void swapped_text(const struct survey *survey, const struct huge_page *page, pfn_t other,
			 char buf[WHAT_MAX])
{
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t mine = 0, theirs = 0;

	vmemmap_frame_at(survey->map, huge_first(survey->target, page), &mine);
	vmemmap_frame_at(survey->map, vmemmap_index_of(kernel, other), &theirs);
	snprintf(buf, WHAT_MAX,
		 "has the links of page 0x%" PRIx64
		 ", and that one has its links: as if their struct "
		 "pages were swapped. Frame 0x%" PRIx64 " is mapped for the head of page 0x%" PRIx64
		 ", and frame "
		 "0x%" PRIx64 " for that of page 0x%" PRIx64,
		 other, mine, page->pfn, theirs, other);
}

static const char *const sides[LINK_SIDES] = { "after", "before" };

static void back_text(const struct survey *survey, const struct huge_page *page,
		      const struct judgement *is, char buf[WHAT_MAX])
{
	char link[LINK_LABEL_MAX], back[LINK_LABEL_MAX];
	bool own = is->link == huge_link_address(survey->target, page->pfn);
	const char *name = own ? "itself" : link_label(survey, is->link, link);

	if (is->back == is->link)
		snprintf(buf, WHAT_MAX, "names %s as %s it in its list, which leads to itself",
			 name, sides[is->which]);
	else
		snprintf(buf, WHAT_MAX,
			 "names %s as %s it in its list, where %s is named in its place", name,
			 sides[is->which], link_label(survey, is->back, back));
}

static void foreign_text(const struct survey *survey, const struct huge_page *page,
			 const struct judgement *is, char buf[WHAT_MAX])
{
	char link[LINK_LABEL_MAX];

	snprintf(buf, WHAT_MAX,
		 "is the %s of its list by its own link, which leads to %s, not to "
		 "the list of its pool's %s",
		 is->which == NEXT ? "last" : "first", link_label(survey, is->link, link),
		 page->free ? "free pages on its node" : "pages in use");
}

static const char *fault_text(const struct survey *survey, const struct huge_page *page,
			      const struct judgement *is, const char *stranger, char buf[WHAT_MAX])
{
	const struct target *target = survey->target;
	char link[LINK_LABEL_MAX];

	switch (is->fault) {
	case FAULT_DETACHED:
		snprintf(buf, WHAT_MAX, "is on no list: its links %s",
			 is->link == huge_link_address(target, page->pfn) ? "lead to itself"
			 : is->link ? "are those of a page that was taken off"
				    : "are 0");
		break;
	case FAULT_NOWHERE:
		snprintf(buf, WHAT_MAX, "has %s for the link to the page %s it: no memory",
			 link_label(survey, is->link, link), sides[is->which]);
		break;
	case FAULT_BACK:
		back_text(survey, page, is, buf);
		break;
	case FAULT_NO_PAGE:
		snprintf(buf, WHAT_MAX,
			 "is followed in its list by the struct page of pfn 0x%" PRIx64
			 ", which %s",
			 is->pfn, stranger);
		break;
	case FAULT_MIXED:
		snprintf(buf, WHAT_MAX,
			 "is followed in its list by page 0x%" PRIx64
			 ", which belongs on another (%s)",
			 is->pfn, page->free ? "this one is free" : "this one is in use");
		break;
	case FAULT_FOREIGN:
		foreign_text(survey, page, is, buf);
		break;
	case FAULT_OTHERS:
		snprintf(buf, WHAT_MAX,
			 "has the links of page 0x%" PRIx64
			 ": what both lead to names that one in its "
			 "place",
			 is->pfn);
		break;
	case FAULT_SWAPPED:
		swapped_text(survey, page, is->pfn, buf);
		break;
	case FAULT_NONE:
	case FAULT_LOST:
	case FAULT_UNKNOWN:
		buf[0] = '\0';
	}
	return buf;
}

/* --- all of them ----------------------------------------------------------------------- */

/* Pages of which something has been said, or need not be; by pfn. */
struct told {
	pfn_t *list;
	size_t count, room;
};

enum { FOREIGN_MAX = 64 };

struct looking {
	const struct survey *survey;
	struct check_run *run;
	enum lock_state lock;
	struct links_alike alike[LINKS_POOLS];
	uint64_t loose[LINKS_POOLS];	      /* pages that are not in order, and may be so */
	uint64_t excused[LINKS_POOLS];	      /* that may be so: the pool does not count them */
	uint64_t uncounted_free[LINKS_POOLS]; /* that are marked as free */
	uint64_t fresh[LINKS_POOLS];	      /* of @loose: made, and counted, but on no list yet */
	uint64_t found;			      /* of the others */
	struct list_heads heads;
	vaddr_t foreign[FOREIGN_MAX]; /* list heads that were told of: pages end there that must not
				       */
	unsigned foreign_count;
	struct told told, late;
};

/*
 * Up to 6.6 a page that was free keeps HPG_freed when it is taken off its list to be given
 * back. Many at once wait on a list of whoever does it, which is not closed again behind those
 * that have gone. Linux kernel mm/hugetlb.c, __remove_hugetlb_page(), set_max_huge_pages(),
 * update_and_free_pages_bulk().
 */
static bool free_may_be_loose(const struct looking *looking, const struct huge_page *page,
			      const struct judgement *is)
{
	if (is->fault == FAULT_DETACHED)
		return true;
	return (is->fault == FAULT_FOREIGN || is->fault == FAULT_BACK) &&
	       looking->uncounted_free[links_pool_of(page)] > 0;
}

static bool may_be_loose(const struct looking *looking, const struct huge_page *page,
			 const struct judgement *is)
{
	if (page->unreliable || page->temporary || is->fault >= FAULT_OTHERS)
		return false;
	return !page->free || free_may_be_loose(looking, page, is);
}

/*
 * A page that was made is counted before it is put on a list: it has no reference, and its
 * links are as INIT_LIST_HEAD() left them. Linux kernel mm/hugetlb.c,
 * alloc_surplus_hugetlb_folio(). A surplus page at rest is like any other.
 */
static bool is_fresh(const struct looking *looking, const struct huge_page *page,
		     const struct judgement *is)
{
	return is->fault == FAULT_DETACHED && !page->free && page->refcount == 0 &&
	       is->link == huge_link_address(looking->survey->target, page->pfn);
}

/* How many of a pool there can be. */
static uint64_t fresh_max(const struct looking *looking, unsigned pool)
{
	const struct inventory *inventory = looking->survey->inventory;

	return pool < inventory->hstate_count
		       ? huge_limit_of_made(inventory, inventory->hstates[pool].order)
		       : 0;
}

static bool is_excused(const struct looking *looking, const struct huge_page *page,
		       const struct judgement *is)
{
	unsigned pool = links_pool_of(page);
	uint64_t loose = looking->loose[pool], fresh = looking->fresh[pool];

	if (page->unreliable || page->temporary)
		return true;
	if (!may_be_loose(looking, page, is))
		return false;
	if (loose <= looking->excused[pool])
		return true;
	return is_fresh(looking, page, is) ? fresh <= fresh_max(looking, pool)
					   : loose - fresh <= looking->excused[pool];
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
	const struct survey *survey = looking->survey;
	pfn_t pfn;

	return huge_link_pfn(survey->target, link, &pfn) &&
	       findings_cover_any(looking->run, vmemmap_index_of(&survey->target->kernel, pfn),
				  page->mapping.pages ? page->mapping.pages : 1);
}

/* The list head that does not lead back is told of by itself. */
static bool is_of_wrong_head(const struct looking *looking, const struct judgement *is)
{
	const struct list_head *head = list_heads_find(&looking->heads, is->link);

	return head && head->fault && is->fault == FAULT_BACK;
}

/* A head that is lost, or is another's, has no links that could be right. */
static bool is_reported(const struct looking *looking, const struct huge_page *page,
			const struct judgement *is)
{
	const struct survey *survey = looking->survey;

	return findings_cover(looking->run, huge_first(survey->target, page)) ||
	       is_reported_at(looking, page, is->link) || is_reported_at(looking, page, is->back) ||
	       is_of_wrong_head(looking, is);
}

/* Both ends of a list that begins at the wrong list head lead there. */
static bool foreign_is_told(struct looking *looking, const struct judgement *is)
{
	if (is->fault != FAULT_FOREIGN)
		return false;
	for (unsigned i = 0; i < looking->foreign_count; i++)
		if (looking->foreign[i] == is->link)
			return true;
	if (looking->foreign_count < FOREIGN_MAX)
		looking->foreign[looking->foreign_count++] = is->link;
	return false;
}

/* Of two, the first reports both, unless somebody asks for the other one. */
static bool is_told_by_other(struct looking *looking, const struct huge_page *page,
			     const struct judgement *is)
{
	const struct check_run *run = looking->run;
	bool told =
		foreign_is_told(looking, is) || (is->fault == FAULT_SWAPPED && is->pfn < page->pfn);

	return told && !(run->focus && run->focus->start == page->pfn);
}

/* What a struct page is that a list has for that of a huge page: those begin a vmemmap page. */
static struct error *stranger_words(const struct survey *survey, const struct judgement *is,
				    struct head_words *ret)
{
	const struct kernel *kernel = &survey->target->kernel;

	*ret = (struct head_words){ .text = "is not marked as a huge page" };
	if (is->fault != FAULT_NO_PAGE ||
	    vmemmap_first_pfn(kernel, vmemmap_index_of(kernel, is->pfn)) != is->pfn)
		return NULL;
	return head_words_find(survey, is->pfn, ret);
}

static struct error *report(struct looking *looking, const struct huge_page *page,
			    const struct judgement *is)
{
	const struct survey *survey = looking->survey;
	char label[HUGE_LABEL_MAX], what[WHAT_MAX];
	struct head_words stranger;

	if (is_told_by_other(looking, page, is))
		return NULL;
	enum severity severity = severity_of(looking, page, is);
	struct error *err = stranger_words(survey, is, &stranger);
	if (err)
		return err;
	finding_sign(looking->run, is->fault == FAULT_NO_PAGE ? "pool-page-lost" : NULL);
	return finding_add_pfn(
		looking->run, severity, page->pfn, "the %s %s%s", huge_label(survey, page, label),
		fault_text(survey, page, is, stranger.text, what),
		severity == SEVERITY_NOTE ? "; hugetlb_lock is held: it may be just being moved"
					  : "");
}

static struct error *take(struct looking *looking, const struct huge_page *page, bool counting)
{
	struct judgement is;
	bool alike;
	struct error *err = links_alike_test(looking->survey, &looking->alike[links_pool_of(page)],
					     page, &alike);

	if (!err && alike) {
		looking->run->checked += !counting;
		return NULL;
	}
	if (!err)
		err = judge_page(looking->survey, page, &is);
	if (err)
		return err;
	if (counting) {
		looking->loose[links_pool_of(page)] +=
			is.fault > FAULT_UNKNOWN && may_be_loose(looking, page, &is);
		looking->fresh[links_pool_of(page)] +=
			may_be_loose(looking, page, &is) && is_fresh(looking, page, &is);
		return NULL;
	}
	if (is.fault == FAULT_UNKNOWN || is.fault == FAULT_LOST) {
		looking->run->not_checked++;
		return check_reason(looking->run, "some links lead to what is %s",
				    is.fault == FAULT_LOST ? "overwritten" : "not in the dump");
	}
	looking->run->checked++;
	if (is.fault == FAULT_NONE)
		return NULL;
	err = vector_push(looking->told.list, looking->told.count, looking->told.room, page->pfn);
	if (err || is_excused(looking, page, &is) || is_reported(looking, page, &is))
		return err;
	return report(looking, page, &is);
}

static struct error *look_at_all(struct looking *looking, bool counting)
{
	const struct huge_pages *pages = &looking->survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;

	for (struct huge_cursor cursor = { 0 }; !err && (page = huge_pages_next(pages, &cursor));)
		err = take(looking, page, counting);
	return err;
}

/* --- links that nobody is to blame for ------------------------------------------------- */

static bool has_told(const struct told *told, pfn_t pfn)
{
	size_t at = bisect(told->count, i, told->list[i] < pfn);

	return at < told->count && told->list[at] == pfn;
}

/* Something has been said of the huge page whose head is at @pfn. */
static struct error *is_told(const struct looking *looking, pfn_t pfn, bool *ret)
{
	const struct survey *survey = looking->survey;
	struct huge_page page;

	*ret = true;
	if (has_told(&looking->told, pfn) || has_told(&looking->late, pfn) ||
	    !huge_pages_find(&survey->inventory->pages, pfn, &page) ||
	    findings_cover(looking->run, huge_first(survey->target, &page)))
		return NULL;
	return links_alike_test(survey, &looking->alike[links_pool_of(&page)], &page, ret);
}

/* Whether the link of @page to another one does not lead back; fills *is. */
static struct error *is_open(const struct survey *survey, const struct huge_page *page, int side,
			     struct judgement *is, bool *ret)
{
	enum link_state state;
	struct error *err;

	*ret = false;
	*is = (struct judgement){ .fault = FAULT_BACK, .which = side };
	err = link_of_page(survey, page->pfn, (enum link_side)side, &is->link, &state);
	if (err || state != LINK_READ || !is_head_at(survey, is->link, &is->pfn))
		return err;
	err = link_of_page(survey, is->pfn, side == NEXT ? PREV : NEXT, &is->back, &state);
	*ret = !err && state == LINK_READ &&
	       is->back != huge_link_address(survey->target, page->pfn);
	return err;
}

/* Of two pages whose links contradict each other one must have been reported. */
static struct error *take_open(struct looking *looking, const struct huge_page *page)
{
	struct error *err = NULL;
	struct judgement is;
	bool open, told;

	for (int side = NEXT; !err && side <= PREV; side++) {
		err = is_open(looking->survey, page, side, &is, &open);
		if (err || !open)
			continue;
		err = is_told(looking, page->pfn, &told);
		if (!err && !told)
			err = is_told(looking, is.pfn, &told);
		if (err || told)
			continue;
		err = vector_push(looking->late.list, looking->late.count, looking->late.room,
				  page->pfn);
		return err ? err : report(looking, page, &is);
	}
	return err;
}

static struct error *look_at_open(struct looking *looking)
{
	const struct huge_pages *pages = &looking->survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;

	for (struct huge_cursor cursor = { 0 }; !err && (page = huge_pages_next(pages, &cursor));)
		err = take_open(looking, page);
	return err;
}

/* --- those with the same links ------------------------------------------------------------ */

static const char *alike_label(const struct survey *survey, vaddr_t link, char buf[LINK_LABEL_MAX])
{
	return link == LINK_TO_ITSELF ? "itself" : link_label(survey, link, buf);
}

static const char *alike_text(const struct survey *survey, const struct links_alike *alike,
			      char buf[WHAT_MAX])
{
	char next[LINK_LABEL_MAX], prev[LINK_LABEL_MAX];
	bool after = alike->is_most[NEXT], before = alike->is_most[PREV];

	snprintf(buf, WHAT_MAX, "%s%s%s%s%s",
		 after ? alike_label(survey, alike->link[NEXT], next) : "",
		 after ? " as the page after it" : "", after && before ? ", and " : "",
		 before ? alike_label(survey, alike->link[PREV], prev) : "",
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
	const struct survey *survey = looking->survey;
	const struct links_alike *alike = &looking->alike[pool];
	bool moving = looking->lock == LOCK_HELD && alike->count <= LINKS_MOVING;
	bool mild = is_detached(survey->target, alike) && !alike->any_free;
	char text[WHAT_MAX];

	return finding_add_pfn(looking->run,
			       moving ? SEVERITY_NOTE
			       : mild ? SEVERITY_WARNING
				      : SEVERITY_ERROR,
			       alike->first,
			       "%s: %" PRIu64 " of %" PRIu64
			       " huge pages have the same links, as no pages on a list have: each "
			       "names %s; the first is page 0x%" PRIx64,
			       survey->inventory->hstates[pool].name, alike->count, alike->pages,
			       alike_text(survey, alike, text), alike->first);
}

/* Those of a pool that nobody has given to anybody yet, perhaps. */
static bool may_be_fresh(const struct looking *looking, unsigned pool)
{
	const struct links_alike *alike = &looking->alike[pool];

	return alike->is_most[NEXT] && alike->is_most[PREV] && !alike->any_free &&
	       alike->link[NEXT] == LINK_TO_ITSELF && alike->link[PREV] == LINK_TO_ITSELF &&
	       alike->count <= fresh_max(looking, pool);
}

/*
 * Pages that are being made or given back, as many as there may be, are judged one by one;
 * all of no pool may be such.
 */
static struct error *alike_take(struct looking *looking)
{
	const struct survey *survey = looking->survey;
	struct error *err = links_alike_find(survey, looking->run, looking->alike);

	for (unsigned i = 0; !err && i < LINKS_POOLS; i++) {
		struct links_alike *alike = &looking->alike[i];

		if (i == HSTATES_MAX || alike->count <= looking->excused[i] ||
		    may_be_fresh(looking, i)) {
			alike->count = 0;
			continue;
		}
		looking->excused[i] = 0;
		err = alike_report(looking, i);
	}
	return err;
}

/* --- list heads ------------------------------------------------------------------------- */

/* "names 0x4141 as its first page, where page 0x143e00 is that by its own link"; or neither. */
static void end_text(const struct survey *survey, const struct list_head *head, enum link_side side,
		     char buf[WHAT_MAX])
{
	char link[LINK_LABEL_MAX], claim[64] = "";

	if (head->claims[side])
		snprintf(claim, sizeof(claim), ", where page 0x%" PRIx64 " is that by its own link",
			 head->claimant[side]);
	snprintf(buf, WHAT_MAX, "names %s as the %s page%s",
		 head->links[side] == head->address ? "itself"
						    : link_label(survey, head->links[side], link),
		 side == NEXT ? "first" : "last", claim);
}

static const char *head_text(const struct survey *survey, const struct list_head *head,
			     char buf[2 * WHAT_MAX])
{
	char first[WHAT_MAX] = "", last[WHAT_MAX] = "";

	if (head->fault != LIST_ELSEWHERE) {
		snprintf(buf, WHAT_MAX, "%s, but %" PRIu64 " page%s belong%s on it",
			 head->fault == LIST_ZERO ? "is all zero"
						  : "leads to itself, as that of an empty list",
			 head->pages, plural(head->pages), verb_s(head->pages));
		return buf;
	}
	if (head->wrong[NEXT])
		end_text(survey, head, NEXT, first);
	if (head->wrong[PREV])
		end_text(survey, head, PREV, last);
	snprintf(buf, 2 * WHAT_MAX, "%s%s%s", first, *first && *last ? "; it " : "", last);
	return buf;
}

/* A page to begin with, for one who asks for pages. */
static pfn_t page_of_list(const struct looking *looking, const struct list_head *head)
{
	const struct huge_pages *pages = &looking->survey->inventory->pages;
	const struct huge_page *page;
	uint32_t alike;

	for (enum link_side side = NEXT; side <= PREV; side++)
		if (head->claims[side])
			return head->claimant[side];
	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(pages, &cursor, &alike));)
		if (huge_links_alike(page, &head->kind))
			return page->pfn;
	return 0;
}

static struct error *head_report(struct looking *looking, const struct list_head *head)
{
	char list[LINK_LABEL_MAX], what[2 * WHAT_MAX];
	bool moving = looking->lock == LOCK_HELD && head->fault == LIST_ELSEWHERE &&
		      looking->found++ < LINKS_MOVING;

	return finding_add_pfn(
		looking->run, moving ? SEVERITY_NOTE : SEVERITY_ERROR, page_of_list(looking, head),
		"the head of %s, at 0x%" PRIx64 ", %s%s",
		list_label(looking->survey, &head->kind, list), head->address,
		head_text(looking->survey, head, what),
		moving ? "; hugetlb_lock is held: a page may be just being moved" : "");
}

static struct error *look_at_heads(struct looking *looking)
{
	struct error *err = list_heads_judge(looking->survey, &looking->heads);

	for (size_t i = 0; !err && i < looking->heads.count; i++)
		if (looking->heads.list[i].fault)
			err = head_report(looking, &looking->heads.list[i]);
	return err;
}

/* --- where sums do not add up ------------------------------------------------------------- */

static void leave_uncounted(uint64_t *found, uint64_t counted)
{
	*found = *found > counted ? *found - counted : 0;
}

static void excuses_count(struct looking *looking)
{
	const struct inventory *inventory = looking->survey->inventory;
	const struct huge_page *page;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));) {
		looking->excused[links_pool_of(page)] += count;
		looking->uncounted_free[links_pool_of(page)] += page->free ? count : 0;
	}
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		leave_uncounted(&looking->excused[i], inventory->hstates[i].pages);
		leave_uncounted(&looking->uncounted_free[i], inventory->hstates[i].free);
	}
}

static struct error *look(const struct survey *survey, struct check_run *run)
{
	struct looking looking = { .survey = survey, .run = run };
	struct error *err = hugetlb_lock_read(survey->target, &looking.lock);

	excuses_count(&looking);
	if (!err)
		err = alike_take(&looking);
	if (!err)
		err = look_at_heads(&looking);
	if (!err)
		err = look_at_all(&looking, true);
	if (!err)
		err = look_at_all(&looking, false);
	if (!err)
		err = look_at_open(&looking);
	list_heads_deinit(&looking.heads);
	free(looking.told.list);
	free(looking.late.list);
	return err;
}

static struct error *run_pool_lists(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err;
	bool fine;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	if (!layout_has(&survey->target->layout, LAYOUT_PAGE_LRU)) {
		run->not_checked += inventory->pages.count;
		return check_reason(run, "no type shows where a struct page has its links");
	}
	if (huge_flags_refuted(survey)) {
		run->not_checked += inventory->pages.count;
		return check_reason(run, HUGE_FLAGS_REFUTED);
	}
	err = huge_heads_unreadable(survey, run);
	if (err)
		return err;
	if (!inventory->links.linked)
		return run->not_checked ? NULL
					: check_reason(run, "no huge page is linked to anything");
	err = links_add_up(survey, &fine);
	if (err || !fine)
		return err ? err : look(survey, run);
	run->checked += inventory->pages.count;
	return NULL;
}

const struct check check_pool_lists = {
	.id = "hugetlb-lists",
	.title = "the lists of the pools link the pages that they are for, and all of them",
	.rationale =
		"A free page is on the list of its pool and node, one in use on the list of its pool's, "
		"linked both ways; who allocates takes the first of the free ones. A page off its list "
		"is lost to the pool, and a link that leads elsewhere makes the next allocation take, "
		"or write to, what is there. Pages that are being moved, made or given back are on "
		"lists of their own, or on none: of pages in use, and of free ones on no list of a "
		"pool, as many are let pass as the pool does not count, and of those without a "
		"reference as many as can be just made. Surplus pages at rest are on the lists like "
		"any other. Of a list head and a page that "
		"contradict each other the list head is wrong if another page claims its place; one "
		"that is all zero is wrong unless all are, in a distilled dump of an older program. "
		"No two pages on a list have the same next page, or the same one before: where most "
		"pages of a pool do, that is one finding. Where the frames of two heads are swapped, "
		"each page has the links of the other: from v7.1, where tails name no head, nothing "
		"but the lists shows it.",
	.basis = "Linux kernel mm/hugetlb.c, enqueue_hugetlb_folio(), "
		 "dequeue_hugetlb_folio_node_exact(), isolate_hugetlb()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "does not look at heads",
	.run = run_pool_lists,
};
