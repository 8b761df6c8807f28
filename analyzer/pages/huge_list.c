// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keeps huge pages in few bytes each, and gives them back whole. */
#include "analyzer/pages/huge_list.h"

#include <string.h>

#include "include/bisect.h"
#include "include/error.h"
#include "include/vector.h"

/* --- kinds ------------------------------------------------------------------- */

_Static_assert(sizeof(struct huge_page) == 104, "a new member belongs into kind_words(), too");

static uint64_t pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static uint32_t bits(const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;

	return (uint32_t)page->free | (uint32_t)page->optimized << 1 |
	       (uint32_t)page->hwpoison << 2 | (uint32_t)page->temporary << 3 |
	       (uint32_t)page->unreliable << 4 | (uint32_t)page->self_hosted << 5 |
	       (uint32_t)mapping->target_known << 6 | (uint32_t)mapping->target_null << 7 |
	       (uint32_t)mapping->kept_doubtful << 28 | (uint32_t)page->assumed << 29 |
	       (uint32_t)mapping->kept_wrong << 30 | (uint32_t)page->flags_lost << 31 |
	       (uint32_t)page->sound << 8 | (uint32_t)mapping->kind << 16 |
	       (uint32_t)page->family << 24;
}

/* Every member of a huge page but its place and target. */
static void kind_words(const struct huge_page *page, uint64_t words[KIND_WORDS])
{
	const struct huge_mapping *mapping = &page->mapping;
	uint32_t where = (uint32_t)page->node << 16 | (uint32_t)page->zone << 8 | page->order;

	words[0] = pair(bits(page), where);
	words[1] = pair(page->refcount, (uint8_t)page->hstate);
	words[2] = pair(page->sound_frames, mapping->pages);
	words[3] = pair(mapping->at_target, mapping->frames);
	words[4] = pair(mapping->shared_frames, mapping->readonly_kept);
	words[5] = pair(mapping->writable_tails, mapping->readonly_own);
	words[6] = pair(mapping->missing, mapping->wrong);
	words[7] = pair(mapping->leaf, mapping->leaf_own);
}

static bool is_kind(const struct huge_page *page, const uint64_t words[KIND_WORDS])
{
	uint64_t own[KIND_WORDS];

	kind_words(page, own);
	return memcmp(own, words, sizeof(own)) == 0;
}

static uint64_t kind_hash(const uint64_t words[KIND_WORDS])
{
	uint64_t hash = 0;

	for (size_t i = 0; i < KIND_WORDS; i++)
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ hash >> 29;
	return hash ^ hash >> 32;
}

/* The slot of the kind, or the empty one where it would be. */
static uint32_t *slot_find(const struct huge_list *list, const uint64_t words[KIND_WORDS])
{
	size_t slot = (size_t)(kind_hash(words) % list->slot_count);

	while (list->slots[slot] && !is_kind(&list->kinds[list->slots[slot] - 1], words))
		slot = (slot + 1) % list->slot_count;
	return &list->slots[slot];
}

static struct error *slots_grow(struct huge_list *list)
{
	size_t count = list->slot_count ? 2 * list->slot_count : 64;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return error_nomem();
	free(list->slots);
	list->slots = slots;
	list->slot_count = count;
	for (size_t i = 0; i < list->kind_count; i++) {
		uint64_t words[KIND_WORDS];

		kind_words(&list->kinds[i], words);
		*slot_find(list, words) = (uint32_t)i + 1;
	}
	return NULL;
}

static struct error *kind_add(struct huge_list *list, const struct huge_page *page,
			      const uint64_t words[KIND_WORDS], uint32_t *ret)
{
	struct error *err = NULL;

	if (2 * list->kind_count >= list->slot_count)
		err = slots_grow(list);
	if (err)
		return err;
	uint32_t *slot = slot_find(list, words);
	if (!*slot) {
		err = vector_push(list->kinds, list->kind_count, list->kind_room, *page);
		if (err)
			return err;
		list->kinds[list->kind_count - 1].pfn = 0;
		list->kinds[list->kind_count - 1].mapping.target = 0;
		*slot = (uint32_t)list->kind_count;
	}
	*ret = *slot - 1;
	return NULL;
}

/* The number of the kind that @page is; neighbours mostly are of one. */
static struct error *kind_of(struct huge_list *list, const struct huge_page *page, uint32_t *ret)
{
	uint64_t words[KIND_WORDS];

	kind_words(page, words);
	if (list->kind_count && memcmp(words, list->last_words, sizeof(words)) == 0) {
		*ret = list->last_kind;
		return NULL;
	}
	struct error *err = kind_add(list, page, words, ret);
	if (err)
		return err;
	memcpy(list->last_words, words, sizeof(words));
	list->last_kind = *ret;
	return NULL;
}

/* --- runs -------------------------------------------------------------------- */

static uint64_t run_pages(const struct huge_page *kinds, const struct huge_run *run)
{
	return (uint64_t)run->count << kinds[run->kind].order;
}

static pfn_t target_at(const struct huge_run *run, uint32_t at)
{
	return run->target + (uint64_t)((int64_t)run->target_step * at);
}

/* True if @next goes on where @run ends, in the same steps. */
static bool run_extend(const struct huge_list *list, struct huge_run *run,
		       const struct huge_run *next)
{
	int64_t step = (int64_t)(next->target - target_at(run, run->count - 1));

	if (run->kind != next->kind || run->pfn + run_pages(list->kinds, run) != next->pfn ||
	    next->count > UINT32_MAX - run->count || step != (int32_t)step)
		return false;
	if ((run->count > 1 && run->target_step != step) ||
	    (next->count > 1 && next->target_step != step))
		return false;
	run->target_step = (int32_t)step;
	run->count += next->count;
	return true;
}

static struct error *run_add(struct huge_list *list, const struct huge_run *run)
{
	list->pages += run->count;
	if (list->run_count && run_extend(list, &list->runs[list->run_count - 1], run))
		return NULL;
	return vector_push(list->runs, list->run_count, list->run_room, *run);
}

struct error *huge_list_add_many(struct huge_list *list, const struct huge_page *first,
				 uint32_t count, int32_t target_step)
{
	struct huge_run run = {
		.pfn = first->pfn,
		.target = first->mapping.target,
		.count = count,
		.target_step = target_step,
	};
	struct error *err = kind_of(list, first, &run.kind);

	return err ? err : run_add(list, &run);
}

struct error *huge_list_add(struct huge_list *list, const struct huge_page *page)
{
	return huge_list_add_many(list, page, 1, 0);
}

struct error *huge_list_join(struct huge_list *list, const struct huge_list *from)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < from->run_count; i++) {
		struct huge_run run = from->runs[i];

		err = kind_of(list, &from->kinds[run.kind], &run.kind);
		if (!err)
			err = run_add(list, &run);
	}
	return err;
}

void huge_list_take(struct huge_list *list, struct huge_pages *pages)
{
	pages->kinds = take_ptr(list->kinds);
	pages->kind_count = list->kind_count;
	pages->runs = take_ptr(list->runs);
	pages->run_count = list->run_count;
	pages->count = list->pages;
	huge_list_deinit(list);
}

void huge_list_deinit(struct huge_list *list)
{
	free(list->kinds);
	free(list->slots);
	free(list->runs);
	*list = (struct huge_list){ 0 };
}

void huge_pages_deinit(struct huge_pages *pages)
{
	free(pages->kinds);
	free(pages->runs);
	*pages = (struct huge_pages){ 0 };
}

/* --- questions ---------------------------------------------------------------- */

static void page_at(const struct huge_pages *pages, const struct huge_run *run, uint32_t at,
		    struct huge_page *ret)
{
	*ret = pages->kinds[run->kind];
	ret->pfn = run->pfn + ((uint64_t)at << ret->order);
	ret->mapping.target = target_at(run, at);
}

static pfn_t run_end(const struct huge_pages *pages, const struct huge_run *run)
{
	return run->pfn + run_pages(pages->kinds, run);
}

/* The first run that ends after @pfn. */
static size_t run_from(const struct huge_pages *pages, pfn_t pfn)
{
	return bisect(pages->run_count, i, run_end(pages, &pages->runs[i]) <= pfn);
}

bool huge_pages_find(const struct huge_pages *pages, pfn_t pfn, struct huge_page *ret)
{
	size_t i = run_from(pages, pfn);

	if (i == pages->run_count || pages->runs[i].pfn > pfn)
		return false;
	const struct huge_run *run = &pages->runs[i];
	page_at(pages, run, (uint32_t)((pfn - run->pfn) >> pages->kinds[run->kind].order), ret);
	return true;
}

pfn_t huge_pages_reach(const struct huge_pages *pages, pfn_t pfn)
{
	for (size_t i = run_from(pages, pfn); i < pages->run_count && pages->runs[i].pfn <= pfn;
	     i++)
		pfn = run_end(pages, &pages->runs[i]);
	return pfn;
}

struct huge_cursor huge_pages_from(const struct huge_pages *pages, pfn_t pfn)
{
	struct huge_cursor cursor = { .run = run_from(pages, pfn) };

	if (cursor.run == pages->run_count || pages->runs[cursor.run].pfn >= pfn)
		return cursor;
	const struct huge_run *run = &pages->runs[cursor.run];
	unsigned order = pages->kinds[run->kind].order;

	/* Beyond the last of the run is where the next one begins. */
	cursor.at = (uint32_t)((pfn - run->pfn + (UINT64_C(1) << order) - 1) >> order);
	page_at(pages, run, cursor.at - 1, &cursor.page);
	return cursor;
}

const struct huge_page *huge_pages_next(const struct huge_pages *pages, struct huge_cursor *cursor)
{
	struct huge_page *page = &cursor->page;

	if (cursor->run < pages->run_count && cursor->at == pages->runs[cursor->run].count) {
		cursor->run++;
		cursor->at = 0;
	}
	if (cursor->run >= pages->run_count)
		return NULL;
	const struct huge_run *run = &pages->runs[cursor->run];
	if (cursor->at == 0) {
		page_at(pages, run, 0, page);
	} else {
		page->pfn += UINT64_C(1) << page->order;
		page->mapping.target += (uint64_t)(int64_t)run->target_step;
	}
	cursor->at++;
	return page;
}

const struct huge_page *huge_pages_next_alike(const struct huge_pages *pages,
					      struct huge_cursor *cursor, pfn_t end,
					      uint32_t *count_ret)
{
	const struct huge_page *page = huge_pages_next(pages, cursor);

	*count_ret = 0;
	if (!page || page->pfn >= end)
		return NULL;
	uint32_t left = pages->runs[cursor->run].count - (cursor->at - 1);
	uint64_t before_end = ((end - page->pfn - 1) >> page->order) + 1;
	*count_ret = before_end < left ? (uint32_t)before_end : left;
	return page;
}

void huge_pages_skip(const struct huge_pages *pages, struct huge_cursor *cursor, uint32_t count)
{
	if (count == 0)
		return;
	cursor->at += count;
	page_at(pages, &pages->runs[cursor->run], cursor->at - 1, &cursor->page);
}

const struct huge_page *huge_pages_next_run(const struct huge_pages *pages,
					    struct huge_cursor *cursor, uint32_t *count_ret)
{
	const struct huge_page *page = huge_pages_next_alike(pages, cursor, UINT64_MAX, count_ret);

	if (page)
		cursor->at = pages->runs[cursor->run].count;
	return page;
}
