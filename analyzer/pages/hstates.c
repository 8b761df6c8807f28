// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads the pools: the array hstates[], and how many entries of it there are. */
#include "analyzer/pages/hstates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/error.h"

struct hstate_reader {
	const struct survey *survey;
	vaddr_t base;
	bool unreadable;
};

static struct error *hstate_number(struct hstate_reader *reader, enum layout_id member, size_t size,
				   uint64_t index, uint64_t *ret)
{
	const struct layout *layout = &reader->survey->target->layout;
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;

	*ret = 0;
	if (layout_has(layout, member))
		err = kmem_read_uint(reader->survey->target->kmem,
				     reader->base + layout_get(layout, member) + size * index, size,
				     ret, &state);
	if (state != MEMORY_PRESENT) {
		*ret = 0;
		reader->unreadable = true;
	}
	return err;
}

static struct error *hstate_totals(struct hstate_reader *reader, struct hstate *hstate)
{
	const struct {
		enum layout_id member;
		uint64_t *to;
	} totals[] = {
		[HSTATE_PAGES] = { LAYOUT_HSTATE_NR, &hstate->pages },
		[HSTATE_FREE] = { LAYOUT_HSTATE_FREE, &hstate->free },
		[HSTATE_RESERVED] = { LAYOUT_HSTATE_RESV, &hstate->reserved },
		[HSTATE_SURPLUS] = { LAYOUT_HSTATE_SURPLUS, &hstate->surplus },
		[HSTATE_OVERCOMMIT] = { LAYOUT_HSTATE_OVERCOMMIT, &hstate->overcommit },
		[HSTATE_MAX] = { LAYOUT_HSTATE_MAX, &hstate->max },
	};
	bool before = reader->unreadable;
	struct error *err = NULL;

	for (unsigned i = 0; !err && i < COUNT_OF(totals); i++) {
		reader->unreadable = false;
		err = hstate_number(reader, totals[i].member, 8, 0, totals[i].to);
		hstate->known |= (unsigned)!reader->unreadable << i;
		before |= reader->unreadable;
	}
	reader->unreadable = before;
	return err;
}

/* Not in every kernel, and nothing else depends on it. */
static struct error *hstate_freeable(struct hstate_reader *reader, struct hstate *hstate)
{
	bool before = reader->unreadable;

	if (!layout_has(&reader->survey->target->layout, LAYOUT_HSTATE_NR_FREE_VMEMMAP))
		return NULL;
	reader->unreadable = false;
	struct error *err =
		hstate_number(reader, LAYOUT_HSTATE_NR_FREE_VMEMMAP, 4, 0, &hstate->freeable);
	hstate->freeable_known = !reader->unreadable;
	reader->unreadable = before;
	return err;
}

static struct error *hstate_per_node(struct hstate_reader *reader, struct hstate *hstate)
{
	const struct kernel *kernel = &reader->survey->target->kernel;
	const struct layout *layout = &reader->survey->target->layout;
	uint64_t length = layout_has(layout, LAYOUT_HSTATE_NR_NODE_LENGTH)
				  ? layout_get(layout, LAYOUT_HSTATE_NR_NODE_LENGTH)
				  : UINT64_MAX;

	for (size_t i = 0; i < kernel->node_count; i++) {
		struct hstate_node *node = &hstate->nodes[i];
		bool before = reader->unreadable;
		struct error *err;

		if (node->node >= length)
			continue;
		reader->unreadable = false;
		err = hstate_number(reader, LAYOUT_HSTATE_NR_NODE, 4, node->node, &node->pages);
		if (!err)
			err = hstate_number(reader, LAYOUT_HSTATE_FREE_NODE, 4, node->node,
					    &node->free);
		if (!err)
			err = hstate_number(reader, LAYOUT_HSTATE_SURPLUS_NODE, 4, node->node,
					    &node->surplus);
		if (err)
			return err;
		node->pages = (uint64_t)(int32_t)node->pages;
		node->free = (uint64_t)(int32_t)node->free;
		node->surplus = (uint64_t)(int32_t)node->surplus;
		node->known = !reader->unreadable;
		reader->unreadable |= before;
	}
	return NULL;
}

/* Linux kernel mm/hugetlb.c, hugetlb_add_hstate(): "hugepages-2048kB". */
static void name_make(const struct target *target, unsigned order, char name[HSTATE_NAME_MAX])
{
	snprintf(name, HSTATE_NAME_MAX, "hugepages-%" PRIu64 "kB",
		 target->kernel.page_size >> 10 << order);
}

/* The order that is in the name, too; 0 if it is no name of an hstate. */
static unsigned order_of_name(const struct target *target, const char *name)
{
	char expected[HSTATE_NAME_MAX];

	for (unsigned order = 1; order <= HUGE_ORDER_MAX; order++) {
		name_make(target, order, expected);
		if (strcmp(name, expected) == 0)
			return order;
	}
	return 0;
}

static struct error *hstate_name(struct hstate_reader *reader, struct hstate *hstate)
{
	const struct layout *layout = &reader->survey->target->layout;
	uint64_t size = layout_get(layout, LAYOUT_HSTATE_NAME_SIZE);
	enum memory_state state;
	char first;

	hstate->name_read = !layout_has(layout, LAYOUT_HSTATE_NAME);
	if (hstate->name_read)
		return NULL;
	struct error *err = kmem_read(reader->survey->target->kmem,
				      reader->base + layout_get(layout, LAYOUT_HSTATE_NAME), &first,
				      sizeof(first), &state);
	hstate->name_read = !err && state == MEMORY_PRESENT;
	if (!hstate->name_read)
		return err;
	if (size > sizeof(hstate->name) || size == 0)
		size = sizeof(hstate->name);
	return kmem_read_text(reader->survey->target->kmem,
			      reader->base + layout_get(layout, LAYOUT_HSTATE_NAME), hstate->name,
			      size);
}

static struct error *hstate_counters(struct hstate_reader *reader, struct hstate *hstate)
{
	struct error *err = hstate_totals(reader, hstate);

	if (!err)
		err = hstate_freeable(reader, hstate);
	return err ? err : hstate_per_node(reader, hstate);
}

static struct error *hstate_nodes_create(const struct hstate_reader *reader, struct hstate *hstate)
{
	const struct kernel *kernel = &reader->survey->target->kernel;

	hstate->nodes = calloc(kernel->node_count ? kernel->node_count : 1, sizeof(*hstate->nodes));
	if (!hstate->nodes)
		return error_nomem();
	for (size_t i = 0; i < kernel->node_count; i++)
		hstate->nodes[i].node = kernel->nodes[i];
	return NULL;
}

/*
 * What an entry says of itself. What of it cannot be read is not known; the rest is. Of what is
 * no hstate, overwritten or not where the symbol says, nothing is.
 */
static struct error *hstate_identify(struct hstate_reader *reader, struct hstate *hstate)
{
	bool before = reader->unreadable;
	uint64_t order;

	hstate->address = reader->base;
	reader->unreadable = false;
	struct error *err = hstate_number(reader, LAYOUT_HSTATE_ORDER, 4, 0, &order);
	if (!err)
		err = hstate_name(reader, hstate);
	if (err)
		return err;
	hstate->order_read = !reader->unreadable;
	hstate->order_said = order;
	hstate->order_named = order_of_name(reader->survey->target, hstate->name);
	reader->unreadable = before;
	return NULL;
}

void hstates_drop(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		free(inventory->hstates[i].nodes);
	inventory->hstate_count = 0;
}

/* --- which order an entry is of ------------------------------------------------ */

/* No huge page is of order 0. */
static unsigned order_by_number(const struct hstate *hstate)
{
	return hstate->order_read && hstate->order_said <= HUGE_ORDER_MAX
		       ? (unsigned)hstate->order_said
		       : 0;
}

static bool order_taken(const struct inventory *inventory, unsigned order)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order_known && inventory->hstates[i].order == order)
			return true;
	return false;
}

static void hstate_set_order(const struct target *target, struct hstate *hstate, unsigned order)
{
	hstate->order_known = true;
	hstate->order = order;
	hstate->size_bytes = target->kernel.page_size << order;
}

/*
 * Number and name differ. No two pools have the same order. A name that is a size is believed
 * before the number: it is hardly overwritten so that it names another; but of two orders one
 * can be shared, and is what pools are of. Which is right, the pages show when they are found.
 */
static void hstate_choose_order(const struct target *target, const struct inventory *inventory,
				struct hstate *hstate)
{
	unsigned named = hstate->order_named, number = order_by_number(hstate);

	if (order_taken(inventory, named))
		named = 0;
	if (order_taken(inventory, number))
		number = 0;
	hstate->order_doubtful = named && number;
	if (hstate->order_doubtful && kernel_vmemmap_pages(&target->kernel, named) < 2 &&
	    kernel_vmemmap_pages(&target->kernel, number) > 1)
		named = 0;
	if (named || number)
		hstate_set_order(target, hstate, named ? named : number);
}

/* Those whose number and name are the same take their order first. */
static void orders_choose(const struct target *target, struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		struct hstate *hstate = &inventory->hstates[i];

		if (hstate->order_named && hstate->order_named == order_by_number(hstate) &&
		    !order_taken(inventory, hstate->order_named))
			hstate_set_order(target, hstate, hstate->order_named);
	}
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (!inventory->hstates[i].order_known)
			hstate_choose_order(target, inventory, &inventory->hstates[i]);
}

unsigned hstate_other_order(const struct hstate *hstate)
{
	if (!hstate->order_doubtful)
		return 0;
	return hstate->order == hstate->order_named ? order_by_number(hstate) : hstate->order_named;
}

/* --- how many entries there are -------------------------------------------------- */

/* By what is in the array: up to the last entry with the name of an hstate. */
static unsigned entries_named(const struct inventory *inventory)
{
	unsigned end = 0;

	for (unsigned i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order_named)
			end = i + 1;
	return end;
}

/* Where names are not in the types: as many as are of an order, one after the other. */
static unsigned entries_numbered(const struct inventory *inventory)
{
	unsigned end = 0;

	while (end < inventory->hstate_count && order_by_number(&inventory->hstates[end]))
		end++;
	return end;
}

/*
 * hugetlb_max_hstate, unless the array contradicts it: Linux kernel hugetlb_add_hstate()
 * counts an entry when it names it. Entries beyond are those that the number has and the array
 * has not: they are kept until the pages show it.
 */
static size_t entries_choose(const struct target *target, struct inventory *inventory)
{
	struct pools_said *said = &inventory->pools_said;
	bool named = layout_has(&target->layout, LAYOUT_HSTATE_NAME);
	unsigned shown = named ? entries_named(inventory) : entries_numbered(inventory);

	if (!said->known || (!named && said->number <= HSTATES_MAX))
		return said->known ? said->number : shown;
	said->shown = shown;
	said->refuted = said->number < shown || said->number > HSTATES_MAX;
	return said->refuted ? shown : said->number;
}

static void hstates_cut(struct inventory *inventory, size_t count)
{
	for (size_t i = count; i < inventory->hstate_count; i++)
		inventory->hstates[i] = (struct hstate){ 0 };
	inventory->hstate_count = count;
}

/* Those that the number has, and what follows them as long as it has the name of a pool. */
static struct error *hstates_identify(struct hstate_reader *reader, struct inventory *inventory)
{
	const struct layout *layout = &reader->survey->target->layout;
	const struct pools_said *said = &inventory->pools_said;
	uint64_t counted = said->known && said->number <= HSTATES_MAX ? said->number : 0;
	struct error *err = NULL;
	bool more = true;

	inventory->hstates = calloc(HSTATES_MAX, sizeof(*inventory->hstates));
	if (!inventory->hstates)
		return error_nomem();
	for (uint64_t i = 0; !err && more && i < HSTATES_MAX; i++) {
		struct hstate *hstate = &inventory->hstates[i];

		reader->base = layout_symbol(layout, LAYOUT_SYM_HSTATES) +
			       i * layout_get(layout, LAYOUT_HSTATE_SIZE);
		err = hstate_identify(reader, hstate);
		more = i + 1 < counted || hstate->order_named ||
		       (!layout_has(layout, LAYOUT_HSTATE_NAME) && order_by_number(hstate));
		inventory->hstate_count++;
	}
	return err;
}

/* A name that is overwritten is made anew, for the report. */
static void hstate_judge(const struct target *target, struct hstate *hstate)
{
	hstate->order_refuted =
		hstate->order_read && hstate->order_known && hstate->order_said != hstate->order;
	hstate->name_refuted = layout_has(&target->layout, LAYOUT_HSTATE_NAME) &&
			       hstate->order_read && hstate->order_known && hstate->name_read &&
			       hstate->order_named != hstate->order;
	if (hstate->name_refuted)
		name_make(target, hstate->order, hstate->name);
	hstate->overwritten = hstate->order_read && hstate->name_read && !hstate->order_known;
	if (hstate->overwritten)
		hstate->name[0] = '\0';
}

static struct error *hstate_read(struct hstate_reader *reader, struct hstate *hstate)
{
	struct error *err = hstate_nodes_create(reader, hstate);

	reader->base = hstate->address;
	reader->unreadable = !hstate->order_known;
	if (!err && !hstate->overwritten)
		err = hstate_counters(reader, hstate);
	hstate->all_known = !reader->unreadable;
	return err;
}

static struct error *hstates_list(const struct survey *survey, struct inventory *inventory)
{
	struct hstate_reader reader = { .survey = survey };
	struct error *err = hstates_identify(&reader, inventory);
	const struct pools_said *said = &inventory->pools_said;

	if (err)
		return err;
	hstates_cut(inventory, entries_choose(survey->target, inventory));
	orders_choose(survey->target, inventory);
	inventory->pools_said.none = said->known && !said->number && !inventory->hstate_count;
	inventory->orders_known = said->known && !said->none && (!said->refuted || said->shown);
	inventory->hstates_known = inventory->orders_known;
	for (size_t i = 0; !err && i < inventory->hstate_count; i++) {
		struct hstate *hstate = &inventory->hstates[i];

		hstate_judge(survey->target, hstate);
		err = hstate_read(&reader, hstate);
		inventory->orders_known &= hstate->order_known;
		inventory->hstates_known &= hstate->all_known;
	}
	return err;
}

struct error *hstates_read(const struct survey *survey, struct inventory *inventory)
{
	const struct layout *layout = &survey->target->layout;
	enum memory_state state = MEMORY_ABSENT;
	uint64_t count = 0;

	/* A kernel without HugeTLB has no pool. */
	inventory->hstates_known = inventory->orders_known =
		!layout_has(layout, LAYOUT_SYM_HSTATES) && !layout_has(layout, LAYOUT_HSTATE_SIZE);
	if (!layout_has(layout, LAYOUT_SYM_HSTATES) || !layout_has(layout, LAYOUT_HSTATE_SIZE) ||
	    !layout_has(layout, LAYOUT_SYM_MAX_HSTATE))
		return NULL;
	struct error *err =
		kmem_read_uint(survey->target->kmem, layout_symbol(layout, LAYOUT_SYM_MAX_HSTATE),
			       4, &count, &state);
	if (err)
		return err;
	inventory->pools_said = (struct pools_said){
		.known = state == MEMORY_PRESENT,
		.number = (uint32_t)count,
	};
	return hstates_list(survey, inventory);
}

/* --- what the pages say ---------------------------------------------------------- */

static uint64_t pages_of_order(const struct inventory *inventory, unsigned order)
{
	const struct huge_page *page;
	uint64_t found = 0;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));)
		found += page->order == order ? count : 0;
	return found;
}

/* Number and name are both sizes: the one that pages are of is right. */
static void doubt_settle(const struct target *target, const struct inventory *inventory,
			 struct hstate *hstate)
{
	unsigned other = hstate_other_order(hstate);

	if (!other)
		return;
	if (pages_of_order(inventory, other) > pages_of_order(inventory, hstate->order))
		hstate_set_order(target, hstate, other);
	hstate->order_doubtful = false;
	hstate_judge(target, hstate);
}

static bool any_without_pool(const struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->pages.kind_count; i++)
		if (inventory->pages.kinds[i].hstate < 0)
			return true;
	return false;
}

/* Entries that only hugetlb_max_hstate has, and no page is of: they are none. */
static void entries_settle(struct inventory *inventory)
{
	struct pools_said *said = &inventory->pools_said;
	bool overwritten =
		said->known && !said->refuted && said->shown && said->number > said->shown;

	for (size_t i = said->shown; overwritten && i < inventory->hstate_count; i++)
		overwritten = inventory->hstates[i].overwritten;
	if (!overwritten || any_without_pool(inventory))
		return;
	for (size_t i = said->shown; i < inventory->hstate_count; i++)
		free(inventory->hstates[i].nodes);
	hstates_cut(inventory, said->shown);
	said->refuted = true;
	inventory->orders_known = inventory->hstates_known = true;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		inventory->orders_known &= inventory->hstates[i].order_known;
		inventory->hstates_known &= inventory->hstates[i].all_known;
	}
}

/*
 * A machine without huge pages has no pool: Linux kernel mm/hugetlb.c, hugetlb_init() without
 * hugepages_supported(). It has no pages, either.
 */
static void none_settle(struct inventory *inventory)
{
	struct pools_said *said = &inventory->pools_said;

	if (!said->none)
		return;
	said->refuted = inventory->pages.count > 0;
	inventory->orders_known = inventory->hstates_known = !said->refuted;
}

void hstates_settle(const struct survey *survey, struct inventory *inventory)
{
	none_settle(inventory);
	for (size_t i = 0; i < inventory->hstate_count; i++)
		doubt_settle(survey->target, inventory, &inventory->hstates[i]);
	if (!survey->quick && !inventory->mark_missing)
		entries_settle(inventory);
}
