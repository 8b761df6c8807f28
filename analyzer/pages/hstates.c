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

#define HSTATE_NAME_PREFIX "hugepages-"

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

static void hstate_set_order(const struct target *target, struct hstate *hstate, unsigned order)
{
	hstate->order_known = true;
	hstate->order = order;
	hstate->size_bytes = target->kernel.page_size << order;
}

/* The size stands in the name, too: "hugepages-2048kB". */
static bool hstate_order_by_name(const struct target *target, struct hstate *hstate)
{
	uint64_t kib = 0;

	if (sscanf(hstate->name, HSTATE_NAME_PREFIX "%" SCNu64 "kB", &kib) != 1)
		return false;
	for (unsigned order = 1; order <= HUGE_ORDER_MAX; order++)
		if (target->kernel.page_size >> 10 << order == kib) {
			hstate_set_order(target, hstate, order);
			return true;
		}
	return false;
}

/*
 * A name that is a size is believed before the number: it was made of it, and is hardly
 * overwritten so that it names another size. No huge page is of order 0: where neither tells
 * a size is no hstate. Linux kernel mm/hugetlb.c, hugetlb_add_hstate().
 */
static void hstate_choose_order(const struct target *target, struct hstate *hstate, bool read,
				uint64_t order)
{
	bool named = hstate_order_by_name(target, hstate);

	hstate->order_said = order;
	hstate->order_refuted = read && named && order != hstate->order;
	if (!named && read && order && order <= HUGE_ORDER_MAX)
		hstate_set_order(target, hstate, (unsigned)order);
}

static struct error *hstate_name(struct hstate_reader *reader, struct hstate *hstate)
{
	const struct layout *layout = &reader->survey->target->layout;
	uint64_t size = layout_get(layout, LAYOUT_HSTATE_NAME_SIZE);

	if (!layout_has(layout, LAYOUT_HSTATE_NAME))
		return NULL;
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
 * What of it cannot be read is not known; the rest is. Of what is no hstate, overwritten or
 * not where the symbol says, nothing is.
 */
static struct error *hstate_read(struct hstate_reader *reader, struct hstate *hstate)
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
	bool read = !reader->unreadable;
	hstate_choose_order(reader->survey->target, hstate, read, order);
	reader->unreadable |= before || !hstate->order_known;
	err = hstate_nodes_create(reader, hstate);
	return err || (read && !hstate->order_known) ? err : hstate_counters(reader, hstate);
}

void hstates_drop(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		free(inventory->hstates[i].nodes);
	inventory->hstate_count = 0;
}

/* Where nothing tells how many there are: the first that are none end them. */
static bool is_hstate(const struct hstate *hstate)
{
	return hstate->order_known && hstate->order > 0 &&
	       strncmp(hstate->name, HSTATE_NAME_PREFIX, strlen(HSTATE_NAME_PREFIX)) == 0;
}

static struct error *hstates_list(const struct survey *survey, uint64_t count, bool counted,
				  struct inventory *inventory)
{
	const struct layout *layout = &survey->target->layout;
	struct hstate_reader reader = { .survey = survey, .unreadable = !counted };
	struct error *err = NULL;

	inventory->hstates = calloc(count ? count : 1, sizeof(*inventory->hstates));
	if (!inventory->hstates)
		return error_nomem();
	inventory->orders_known = counted;
	for (uint64_t i = 0; !err && i < count; i++) {
		struct hstate *hstate = &inventory->hstates[i];

		reader.base = layout_symbol(layout, LAYOUT_SYM_HSTATES) +
			      i * layout_get(layout, LAYOUT_HSTATE_SIZE);
		err = hstate_read(&reader, hstate);
		inventory->hstate_count++;
		inventory->orders_known &= hstate->order_known;
		if (err || counted || is_hstate(hstate))
			continue;
		free(hstate->nodes);
		*hstate = (struct hstate){ 0 };
		inventory->hstate_count--;
		break;
	}
	inventory->hstates_known = !reader.unreadable;
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
	bool counted = state == MEMORY_PRESENT && count <= HSTATES_MAX;
	return hstates_list(survey, counted ? count : HSTATES_MAX, counted, inventory);
}
