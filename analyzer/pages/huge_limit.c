// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many huge pages can be half way at a time: by what their pools allow. */
#include "analyzer/pages/huge_limit.h"

static const uint64_t WORKERS = 1;

static bool is_positive(const struct hstate *hstate, enum hstate_counter counter, uint64_t value)
{
	return !hstate_knows(hstate, counter) || value;
}

/* Without free pages, a page that is migrated gets a new one. */
static bool may_migrate(const struct hstate *hstate)
{
	return !hstate_knows(hstate, HSTATE_FREE) || !hstate_knows(hstate, HSTATE_RESERVED) ||
	       (hstate->free <= hstate->reserved &&
		is_positive(hstate, HSTATE_PAGES, hstate->pages));
}

/* What cannot be read may allow it. */
static bool any_task_makes_pages(const struct hstate *hstate)
{
	return is_positive(hstate, HSTATE_OVERCOMMIT, hstate->overcommit) || may_migrate(hstate);
}

static bool any_task_gives_back(const struct hstate *hstate)
{
	return is_positive(hstate, HSTATE_SURPLUS, hstate->surplus);
}

static uint64_t tasks_of(const struct hstate *hstate)
{
	return any_task_makes_pages(hstate) || any_task_gives_back(hstate) ? TASKS_MAX : 0;
}

static const struct hstate *pool_of(const struct inventory *inventory, unsigned order)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order_known && inventory->hstates[i].order == order)
			return &inventory->hstates[i];
	return NULL;
}

uint64_t huge_limit_of(const struct inventory *inventory, unsigned order)
{
	const struct hstate *hstate = pool_of(inventory, order);

	return HALF_DONE_OF_POOL + (hstate ? tasks_of(hstate) : TASKS_MAX);
}

uint64_t huge_limit_of_made(const struct inventory *inventory, unsigned order)
{
	const struct hstate *hstate = pool_of(inventory, order);

	return HALF_DONE_OF_POOL + (!hstate || any_task_makes_pages(hstate) ? TASKS_MAX : 0);
}

uint64_t huge_limit_of_all(const struct inventory *inventory)
{
	uint64_t limit = WORKERS;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		limit += HALF_DONE_OF_POOL - WORKERS + tasks_of(&inventory->hstates[i]);
	return limit;
}

/* Of @order; of all orders if it is 0. */
static uint64_t half_of(const struct inventory *inventory, unsigned order)
{
	const struct huge_witnesses *witnesses = &inventory->witnesses;
	uint64_t half = 0;

	for (size_t i = 0; i < witnesses->count_count; i++)
		if (!order || witnesses->counts[i].order == order)
			half += witnesses->counts[i].loose + witnesses->counts[i].late_half;
	return half;
}

/* Of @order, those that nobody but who makes pages leaves so. */
static uint64_t made_of(const struct inventory *inventory, unsigned order)
{
	const struct huge_witnesses *witnesses = &inventory->witnesses;
	uint64_t made = 0;

	for (size_t i = 0; i < witnesses->count_count; i++)
		if (witnesses->counts[i].order == order)
			made += witnesses->counts[i].unflagged;
	return made;
}

bool huge_limit_passed(const struct inventory *inventory, unsigned order)
{
	return half_of(inventory, order) > huge_limit_of(inventory, order) ||
	       made_of(inventory, order) > huge_limit_of_made(inventory, order) ||
	       half_of(inventory, 0) > huge_limit_of_all(inventory);
}
