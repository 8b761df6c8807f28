// SPDX-License-Identifier: LGPL-2.1-or-later
/* Holds bad pages against each other, and against the struct pages beside them. */
#include "analyzer/crash/bad_pages.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/checker/check.h"
#include "analyzer/oops/crash_event.h"
#include "analyzer/pages/survey.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

enum {
	ALIKE_ENOUGH = 3, /* in one block: two can be chance */
	/* Of a struct page: before it are flags, links of lists, and mapping, which freeing clears.
	 */
	FIRST_WORD = 4,
	HEADS_COPIED = 4, /* a head and the tails that hold its data */
	STRUCT_PAGE_MAX = 512,
	RESIDUES_MAX = 1024, /* struct pages in a vmemmap page: 64 KiB pages of 64 bytes */
};

/* The bad pages of the log, by pfn; each once. */
struct bad_list {
	const struct crash_event **events;
	size_t count, room;
};

static int compare_pfn(const void *a, const void *b)
{
	const struct crash_event *const *x = a, *const *y = b;

	return ((*x)->pfn > (*y)->pfn) - ((*x)->pfn < (*y)->pfn);
}

static struct error *bad_list_read(const struct crash_log *log, struct bad_list *list,
				   struct bad_pages *ret)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct crash_event *event = &log->events[i];

		if (event->kind != CRASH_BAD_PAGE_STATE || !event->has_pfn)
			continue;
		if (!list->count)
			ret->first = event->pfn;
		struct error *err = vector_push(list->events, list->count, list->room, event);
		if (err)
			return err;
	}
	if (list->count)
		qsort(list->events, list->count, sizeof(*list->events), compare_pfn);
	for (size_t i = 0; i < list->count; i++)
		if (!kept || list->events[kept - 1]->pfn != list->events[i]->pfn)
			list->events[kept++] = list->events[i];
	list->count = kept;
	ret->count = kept;
	ret->suppressed = log->suppressed_bad_pages;
	return NULL;
}

/* --- the vmemmap behind them ---------------------------------------------------------- */

/* Optimising splits the leaf that maps the struct pages of a block, for good. */
static bool may_have_shared(const struct survey *survey, pfn_t pfn)
{
	struct vmemmap_run run;

	return kernel_pfn_valid(&survey->target->kernel, pfn) &&
	       vmemmap_run_at(survey->map, vmemmap_index_of(&survey->target->kernel, pfn), &run) &&
	       run.backing == BACKING_BASE;
}

static bool any_may_have_shared(const struct survey *survey, const struct bad_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (may_have_shared(survey, list->events[i]->pfn))
			return true;
	return false;
}

/* The next larger huge page than of @above that can be optimised; 0: there is no such pool. */
static unsigned block_order(const struct survey *survey, unsigned above)
{
	const struct inventory *inventory = survey->inventory;
	unsigned order = 0;

	for (size_t i = 0; i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		if (hstate->order_known && hstate->order < 40 && hstate->order > above &&
		    kernel_vmemmap_pages(&survey->target->kernel, hstate->order) > 1 &&
		    (!order || hstate->order < order))
			order = hstate->order;
	}
	return order;
}

/* --- one struct page of several vmemmap pages --------------------------------------------- */

static bool words_agree(const struct crash_event *a, const struct crash_event *b)
{
	if (a->page_word_count != CRASH_PAGE_WORDS || b->page_word_count != CRASH_PAGE_WORDS)
		return true;
	return memcmp(&a->page_words[FIRST_WORD], &b->page_words[FIRST_WORD],
		      (CRASH_PAGE_WORDS - FIRST_WORD) * sizeof(a->page_words[0])) == 0;
}

/* Those in the block of @list->events[at] that show the same at the same place as it does. */
static uint64_t alike_in_block(const struct bad_list *list, size_t at, unsigned order,
			       unsigned per_page)
{
	const struct crash_event *one = list->events[at];
	uint64_t count = 0;

	for (size_t i = at; i < list->count && list->events[i]->pfn >> order == one->pfn >> order;
	     i++)
		count += list->events[i]->pfn % per_page == one->pfn % per_page &&
			 words_agree(list->events[i], one);
	return count;
}

/* A page that is kept never shows the frame of the tails, unless that is its own. */
static bool hits_kept(const struct survey *survey, const struct bad_list *list, unsigned residue,
		      unsigned order, unsigned per_page)
{
	const struct scheme *scheme = survey->scheme->hugetlb;

	if (scheme->target != TARGET_ZONE_TAIL)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		pfn_t within = list->events[i]->pfn & ((UINT64_C(1) << order) - 1);

		if (within % per_page == residue && within / per_page < scheme->pages_kept)
			return true;
	}
	return false;
}

/*
 * What any driver does to pages that it frees too early, at a distance of 64 pages: a count
 * that is wrong, in the first struct page of vmemmap pages.
 */
static bool is_plain(const struct survey *survey, const struct crash_event *event,
		     unsigned per_page)
{
	enum { PRIVATE = 5, COUNTS = 6, OWNER = 7, COUNT_MAX = 1 << 16 };
	bool big = survey->target->kernel.big_endian;
	uint64_t counts = event->page_words[COUNTS];
	uint32_t mapcount = (uint32_t)(big ? counts >> 32 : counts);
	int32_t refcount = (int32_t)(big ? counts : counts >> 32);

	if (event->pfn % per_page != 0)
		return false;
	return event->page_word_count != CRASH_PAGE_WORDS ||
	       (mapcount == UINT32_MAX && refcount > -COUNT_MAX && refcount < COUNT_MAX &&
		!event->page_words[PRIVATE] && !event->page_words[OWNER]);
}

/* Pages are given back from the first on: what is bad begins behind what a page keeps. */
static bool begins_behind_kept(const struct survey *survey, const struct bad_list *list, size_t at,
			       unsigned order, unsigned per_page)
{
	pfn_t pfn = list->events[at]->pfn;

	return (pfn & ((UINT64_C(1) << order) - 1)) / per_page ==
	       survey->scheme->hugetlb->pages_kept;
}

static void frame_count(const struct bad_list *list, unsigned order, struct bad_pages *ret)
{
	pfn_t last = UINT64_MAX;

	for (size_t i = 0; i < list->count; i++) {
		pfn_t pfn = list->events[i]->pfn;

		if (pfn % ret->per_page != ret->residue)
			continue;
		ret->alike++;
		ret->blocks += pfn >> order != last;
		last = pfn >> order;
	}
}

/* Of those whose number in their vmemmap page is @least or more. */
static bool frame_find_from(const struct survey *survey, const struct bad_list *list,
			    unsigned least, unsigned order, struct bad_pages *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		pfn_t pfn = list->events[i]->pfn;

		if (pfn % ret->per_page < least || !may_have_shared(survey, pfn) ||
		    is_plain(survey, list->events[i], ret->per_page) ||
		    alike_in_block(list, i, order, ret->per_page) < ALIKE_ENOUGH ||
		    hits_kept(survey, list, (unsigned)(pfn % ret->per_page), order, ret->per_page))
			continue;
		ret->kind = BAD_PAGES_FRAME;
		ret->residue = (unsigned)(pfn % ret->per_page);
		ret->order = order;
		ret->block = pfn >> order << order;
		frame_count(list, order, ret);
		return true;
	}
	return false;
}

/*
 * Larger pages, whose blocks have the same place in kept pages of smaller ones. That is less
 * of a witness, so the first of the bad pages has to be where the larger page has it.
 */
static bool larger_find(const struct survey *survey, const struct bad_list *list, unsigned order,
			struct bad_pages *ret)
{
	size_t first = 0;

	while (first < list->count && list->events[first]->pfn % ret->per_page < HEADS_COPIED)
		first++;
	if (first == list->count)
		return false;
	while ((order = block_order(survey, order)))
		if (begins_behind_kept(survey, list, first, order, ret->per_page) &&
		    frame_find_from(survey, list, HEADS_COPIED, order, ret))
			return true;
	return false;
}

/* Some kernels also restore wrongly what comes first in a vmemmap page: the rest tells more. */
static bool frame_find(const struct survey *survey, const struct bad_list *list, unsigned order,
		       struct bad_pages *ret)
{
	return frame_find_from(survey, list, HEADS_COPIED, order, ret) ||
	       larger_find(survey, list, order, ret) ||
	       frame_find_from(survey, list, 0, order, ret);
}

/* --- copies of a head -------------------------------------------------------------------- */

static bool is_signed(const struct survey *survey, const char *signature)
{
	for (size_t i = 0; i < survey->checks->run_count; i++)
		if (signature_find(&survey->checks->runs[i], signature))
			return true;
	return false;
}

/* The first struct page of a vmemmap page had PG_head when the kernel complained of it. */
static bool any_shows_head(const struct survey *survey, const struct bad_list *list,
			   unsigned per_page)
{
	const struct page_format *format = &survey->target->kernel.page;
	unsigned flags = format->flags.at / sizeof(uint64_t);

	for (size_t i = 0; i < list->count; i++)
		if (list->events[i]->pfn % per_page == 0 &&
		    list->events[i]->page_word_count > flags &&
		    list->events[i]->page_words[flags] & format->head)
			return true;
	return false;
}

static bool heads_find(const struct survey *survey, const struct bad_list *list, unsigned order,
		       struct bad_pages *ret)
{
	pfn_t last = UINT64_MAX, mask = (UINT64_C(1) << order) - 1;

	for (size_t i = 0; i < list->count; i++) {
		pfn_t pfn = list->events[i]->pfn;

		if (pfn % ret->per_page >= HEADS_COPIED || (pfn & mask) < ret->per_page ||
		    !may_have_shared(survey, pfn))
			continue;
		if (!ret->alike++)
			ret->block = pfn & ~mask;
		ret->blocks += pfn >> order != last;
		last = pfn >> order;
	}
	if (ret->alike == list->count &&
	    (is_signed(survey, "leftover-head") || is_signed(survey, "restored-head-copies") ||
	     any_shows_head(survey, list, ret->per_page))) {
		ret->kind = BAD_PAGES_HEADS;
		ret->order = order;
		return true;
	}
	ret->alike = ret->blocks = 0;
	ret->block = 0;
	return false;
}

/* --- the same bytes in the dump ------------------------------------------------------------ */

static struct error *words_read(const struct survey *survey, pfn_t pfn,
				uint64_t words[CRASH_PAGE_WORDS], bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state = MEMORY_ABSENT;
	unsigned char bytes[CRASH_PAGE_WORDS * sizeof(uint64_t)];
	struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory, pfn, bytes,
					 sizeof(bytes), &state);

	*ret = !err && state == MEMORY_PRESENT;
	for (unsigned i = 0; *ret && i < CRASH_PAGE_WORDS; i++)
		words[i] = load_u64(bytes + i * sizeof(uint64_t), kernel->big_endian);
	return err;
}

/* Bit i: word i of @event is not what the struct page behind it has. */
static unsigned words_odd(const struct crash_event *event, const uint64_t beside[CRASH_PAGE_WORDS])
{
	unsigned odd = 0;

	for (unsigned i = FIRST_WORD; i < CRASH_PAGE_WORDS; i++)
		odd |= (unsigned)(event->page_words[i] != beside[i]) << i;
	return odd;
}

static bool words_are(const struct crash_event *event, unsigned odd,
		      const uint64_t words[CRASH_PAGE_WORDS])
{
	for (unsigned i = FIRST_WORD; i < CRASH_PAGE_WORDS; i++)
		if (odd >> i & 1 && words[i] != event->page_words[i])
			return false;
	return true;
}

/* Vmemmap pages of the block that show, at the place of @event, what it was complained of. */
static struct error *copies_count(const struct survey *survey, const struct crash_event *event,
				  unsigned order, unsigned per_page, uint64_t *ret)
{
	pfn_t block = event->pfn >> order << order;
	uint64_t pages = (UINT64_C(1) << order) / per_page, beside[CRASH_PAGE_WORDS],
		 words[CRASH_PAGE_WORDS];
	bool read = false;
	pfn_t next = event->pfn % per_page + 1 < per_page ? event->pfn + 1 : event->pfn - 1;
	struct error *err = words_read(survey, next, beside, &read);

	*ret = 0;
	if (err || !read)
		return err;
	unsigned odd = words_odd(event, beside);
	for (uint64_t i = 0; odd && !err && i < pages; i++) {
		pfn_t pfn = block + i * per_page + event->pfn % per_page;

		if (pfn == event->pfn)
			continue;
		err = words_read(survey, pfn, words, &read);
		*ret += !err && read && words_are(event, odd, words);
	}
	return err;
}

static struct error *copies_find(const struct survey *survey, const struct bad_list *list,
				 unsigned order, struct bad_pages *ret)
{
	enum { LOOKED_AT_MAX = 64 };

	for (size_t i = 0; i < list->count && i < LOOKED_AT_MAX; i++) {
		const struct crash_event *event = list->events[i];
		uint64_t copies = 0;

		if (event->page_word_count != CRASH_PAGE_WORDS ||
		    !may_have_shared(survey, event->pfn))
			continue;
		struct error *err = copies_count(survey, event, order, ret->per_page, &copies);
		if (err)
			return err;
		if (copies < ALIKE_ENOUGH)
			continue;
		ret->kind = BAD_PAGES_COPIES;
		ret->residue = (unsigned)(event->pfn % ret->per_page);
		ret->order = order;
		ret->block = event->pfn >> order << order;
		ret->alike = ret->blocks = 1;
		ret->copies = copies + 1;
		return NULL;
	}
	return NULL;
}

/* --- all of it ------------------------------------------------------------------------------ */

static struct error *judge(const struct survey *survey, const struct bad_list *list,
			   struct bad_pages *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned order = block_order(survey, 0);

	ret->kind = BAD_PAGES_UNTIED;
	if (!any_may_have_shared(survey, list)) {
		ret->kind = BAD_PAGES_NEVER_SHARED;
		return NULL;
	}
	if (!order || !kernel_can_share(kernel))
		return NULL;
	ret->per_page = (unsigned)(kernel->page_size / kernel->struct_page_size);
	if (ret->per_page < 2 || ret->per_page > RESIDUES_MAX)
		return NULL;
	if (heads_find(survey, list, order, ret) || frame_find(survey, list, order, ret))
		return NULL;
	return copies_find(survey, list, order, ret);
}

struct error *bad_pages_judge(const struct survey *survey, const struct crash_log *log,
			      struct bad_pages *ret)
{
	struct bad_list list = { 0 };

	*ret = (struct bad_pages){ 0 };
	struct error *err = bad_list_read(log, &list, ret);
	if (!err && list.count)
		err = judge(survey, &list, ret);
	free(list.events);
	return err;
}
