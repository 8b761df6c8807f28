// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keeps huge pages in few bytes each, and gives them back whole. */
#include "analyzer/huge_list.h"

#include <string.h>

#include "include/error.h"

/* --- kinds ------------------------------------------------------------------- */

static uint64_t kind_hash(const struct huge_page *kind)
{
	const unsigned char *bytes = (const unsigned char *)kind;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(*kind); i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The slot of @kind, or the empty one where it would be. */
static uint32_t *slot_find(const struct huge_list *list, const struct huge_page *kind)
{
	size_t slot = (size_t)(kind_hash(kind) % list->slot_count);

	while (list->slots[slot] &&
	       memcmp(&list->kinds[list->slots[slot] - 1], kind, sizeof(*kind)) != 0)
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
	for (size_t i = 0; i < list->kind_count; i++)
		*slot_find(list, &list->kinds[i]) = (uint32_t)i + 1;
	return NULL;
}

static struct error *kinds_grow(struct huge_list *list)
{
	size_t room = list->kind_room ? 2 * list->kind_room : 8;
	struct huge_page *grown = reallocarray(list->kinds, room, sizeof(*grown));

	if (!grown)
		return error_nomem();
	list->kinds = grown;
	list->kind_room = room;
	return NULL;
}

static struct error *kind_add(struct huge_list *list, const struct huge_page *kind, uint32_t *ret)
{
	struct error *err = NULL;

	if (2 * list->kind_count >= list->slot_count)
		err = slots_grow(list);
	if (err)
		return err;
	uint32_t *slot = slot_find(list, kind);
	if (!*slot) {
		if (list->kind_count == list->kind_room)
			err = kinds_grow(list);
		if (err)
			return err;
		list->kinds[list->kind_count++] = *kind;
		*slot = (uint32_t)list->kind_count;
	}
	*ret = *slot - 1;
	return NULL;
}

/* The number of the kind that @page is; neighbours mostly are of one. */
static struct error *kind_of(struct huge_list *list, const struct huge_page *page, uint32_t *ret)
{
	const struct huge_run *last = list->run_count ? &list->runs[list->run_count - 1] : NULL;
	struct huge_page kind = *page;

	kind.pfn = 0;
	kind.mapping.target = 0;
	if (last && memcmp(&list->kinds[last->kind], &kind, sizeof(kind)) == 0) {
		*ret = last->kind;
		return NULL;
	}
	return kind_add(list, &kind, ret);
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
	size_t room = list->run_room ? 2 * list->run_room : 16;

	list->pages += run->count;
	if (list->run_count && run_extend(list, &list->runs[list->run_count - 1], run))
		return NULL;
	if (list->run_count == list->run_room) {
		struct huge_run *grown = reallocarray(list->runs, room, sizeof(*grown));

		if (!grown)
			return error_nomem();
		list->runs = grown;
		list->run_room = room;
	}
	list->runs[list->run_count++] = *run;
	return NULL;
}

struct error *huge_list_add(struct huge_list *list, const struct huge_page *page)
{
	struct huge_run run = { .pfn = page->pfn, .target = page->mapping.target, .count = 1 };
	struct error *err = kind_of(list, page, &run.kind);

	return err ? err : run_add(list, &run);
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

void huge_list_take(struct huge_list *list, struct inventory *inventory)
{
	inventory->kinds = take_ptr(list->kinds);
	inventory->kind_count = list->kind_count;
	inventory->runs = take_ptr(list->runs);
	inventory->run_count = list->run_count;
	inventory->page_count = list->pages;
	huge_list_deinit(list);
}

void huge_list_deinit(struct huge_list *list)
{
	free(list->kinds);
	free(list->slots);
	free(list->runs);
	*list = (struct huge_list){ 0 };
}

/* --- questions ---------------------------------------------------------------- */

static void page_at(const struct inventory *inventory, const struct huge_run *run, uint32_t at,
		    struct huge_page *ret)
{
	*ret = inventory->kinds[run->kind];
	ret->pfn = run->pfn + ((uint64_t)at << ret->order);
	ret->mapping.target = target_at(run, at);
}

/* The first run that ends after @pfn. */
static size_t run_from(const struct inventory *inventory, pfn_t pfn)
{
	size_t low = 0, high = inventory->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct huge_run *run = &inventory->runs[middle];

		if (run->pfn + run_pages(inventory->kinds, run) <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool inventory_find(const struct inventory *inventory, pfn_t pfn, struct huge_page *ret)
{
	size_t i = run_from(inventory, pfn);

	if (i == inventory->run_count || inventory->runs[i].pfn > pfn)
		return false;
	const struct huge_run *run = &inventory->runs[i];
	page_at(inventory, run, (uint32_t)((pfn - run->pfn) >> inventory->kinds[run->kind].order),
		ret);
	return true;
}

struct huge_cursor inventory_from(const struct inventory *inventory, pfn_t pfn)
{
	struct huge_cursor cursor = { .run = run_from(inventory, pfn) };

	if (cursor.run == inventory->run_count || inventory->runs[cursor.run].pfn >= pfn)
		return cursor;
	const struct huge_run *run = &inventory->runs[cursor.run];
	unsigned order = inventory->kinds[run->kind].order;

	/* Beyond the last of the run is where the next one begins. */
	cursor.at = (uint32_t)((pfn - run->pfn + (UINT64_C(1) << order) - 1) >> order);
	page_at(inventory, run, cursor.at - 1, &cursor.page);
	return cursor;
}

const struct huge_page *inventory_next(const struct inventory *inventory,
				       struct huge_cursor *cursor)
{
	struct huge_page *page = &cursor->page;

	if (cursor->run < inventory->run_count &&
	    cursor->at == inventory->runs[cursor->run].count) {
		cursor->run++;
		cursor->at = 0;
	}
	if (cursor->run >= inventory->run_count)
		return NULL;
	const struct huge_run *run = &inventory->runs[cursor->run];
	if (cursor->at == 0) {
		page_at(inventory, run, 0, page);
	} else {
		page->pfn += UINT64_C(1) << page->order;
		page->mapping.target += (uint64_t)(int64_t)run->target_step;
	}
	cursor->at++;
	return page;
}
