// SPDX-License-Identifier: LGPL-2.1-or-later
/* The hstates count what a scan of all struct pages finds. */
#include "analyzer/checks/checks.h"

struct found {
	uint64_t pages, free;
};

static struct found count_found(const struct analysis *analysis, unsigned order, unsigned node)
{
	const struct inventory *inventory = &analysis->inventory;
	const struct huge_page *page;
	struct found found = { 0 };
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));) {
		/* HPG_raw_hwp_unreliable: taken out of the pool, never freed. */
		if (page->order != order || page->node != node || page->unreliable)
			continue;
		found.pages += count;
		found.free += page->free ? count : 0;
	}
	return found;
}

/*
 * Pages on their way in or out are marked and not counted: more found than counted
 * is legal. Fewer is not, but for the one page that is being moved under the lock.
 */
static struct error *compare(struct check_run *run, const struct hstate *hstate, unsigned node,
			     const char *what, uint64_t counted, uint64_t found, uint64_t slack)
{
	uint64_t missing = counted > found ? counted - found : 0;

	if (counted == found)
		return NULL;
	if (missing > slack)
		finding_sign(run, "pool-page-lost");
	return finding_add_plain(run, missing > slack ? SEVERITY_WARNING : SEVERITY_NOTE,
				 "%s on node %u: the hstate counts %lu %s, the scan finds %lu",
				 hstate->name, node, counted, what, found);
}

static struct error *check_node(const struct analysis *analysis, struct check_run *run,
				const struct hstate *hstate, const struct hstate_node *node)
{
	if (!node->known || analysis->inventory.candidates_unreadable) {
		run->not_checked++;
		return check_reason(run, "some counters or struct pages cannot be read");
	}
	run->checked++;
	struct found found = count_found(analysis, hstate->order, node->node);
	struct error *err = compare(run, hstate, node->node, "pages", node->pages, found.pages, 0);
	return err ? err
		   : compare(run, hstate, node->node, "free pages", node->free, found.free, 1);
}

static struct error *check_sum(const struct analysis *analysis, struct check_run *run,
			       const struct hstate *hstate)
{
	const struct kernel *kernel = &analysis->kernel;
	uint64_t pages = 0, free = 0;

	if (kernel->nodes_unreadable || kernel->node_count == 0) {
		run->not_checked++;
		return check_reason(run, "the nodes cannot be read");
	}
	for (size_t i = 0; i < kernel->node_count; i++) {
		if (!hstate->nodes[i].known)
			return NULL;
		pages += hstate->nodes[i].pages;
		free += hstate->nodes[i].free;
	}
	if (pages == hstate->pages && free == hstate->free)
		return NULL;
	return finding_add_plain(
		run, SEVERITY_WARNING,
		"%s: %lu pages (%lu free) in all, its nodes add up to %lu (%lu free)", hstate->name,
		hstate->pages, hstate->free, pages, free);
}

static struct error *run_pool_counters(const struct analysis *analysis, struct check_run *run)
{
	const struct inventory *inventory = &analysis->inventory;
	struct error *err;

	if (!huge_pages_checkable(analysis, run, &err))
		return err;
	run->unit = "pools";
	for (size_t i = 0; !err && i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		for (size_t n = 0; !err && n < analysis->kernel.node_count; n++)
			err = check_node(analysis, run, hstate, &hstate->nodes[n]);
		if (!err && !inventory->candidates_unreadable)
			err = check_sum(analysis, run, hstate);
	}
	return err;
}

const struct check check_pool_counters = {
	.id = "hugetlb-pool-counters",
	.title = "the pools' counters agree with the huge pages found",
	.rationale =
		"nr_huge_pages and free_huge_pages are kept per node under one lock. A pool that "
		"counts more pages than exist has lost some: given back without accounting, or their "
		"struct pages overwritten. Pages that are just being added or removed are found and "
		"not counted; that is a note.",
	.basis = "Linux kernel mm/hugetlb.c, account_new_hugetlb_folio(), remove_hugetlb_folio()",
	.severity = SEVERITY_WARNING,
	.blind_when_quick = "looks for no pages that share nothing",
	.run = run_pool_counters,
};
