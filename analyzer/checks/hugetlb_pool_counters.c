// SPDX-License-Identifier: LGPL-2.1-or-later
/* The hstates count what a scan of all struct pages finds. */
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/pages/huge_phase.h"
#include "analyzer/pages/hugetlb_lock.h"
#include "include/array.h"
#include "include/plural.h"

struct found {
	uint64_t pages, free;
};

/* Of @node, or of all nodes if it is ALL_NODES. */
enum { ALL_NODES = UINT32_MAX };

static struct found count_found(const struct survey *survey, unsigned order, unsigned node)
{
	const struct inventory *inventory = survey->inventory;
	const struct huge_page *page;
	struct found found = { 0 };
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));) {
		/* HPG_raw_hwp_unreliable: taken out of the pool, never freed. */
		if (page->order != order || page->unreliable ||
		    (node != ALL_NODES && page->node != node))
			continue;
		found.pages += count;
		found.free += page->free ? count : 0;
	}
	return found;
}

static bool is_on_node(const struct kernel *kernel, pfn_t pfn, unsigned node)
{
	for (size_t i = 0; i < kernel->zone_count; i++)
		if (kernel->zones[i].node == node && zone_spans(&kernel->zones[i], pfn))
			return true;
	return false;
}

/* Errors of @orphans about all vmemmap of a page of @order, on @node. */
static uint64_t count_lost_of(const struct survey *survey, const struct check_run *orphans,
			      unsigned order, unsigned node)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t lost = 0;

	for (size_t i = 0; i < orphans->covered_count; i++) {
		const struct covered *covered = &orphans->covered[i];
		pfn_t pfn = vmemmap_first_pfn(kernel, covered->first);

		lost += covered->error &&
			covered->end - covered->first == kernel_vmemmap_pages(kernel, order) &&
			is_on_node(kernel, pfn, node);
	}
	return lost;
}

/* Pages whose head is reported as lost: they are counted, rightly, and this adds nothing. */
static uint64_t count_lost(const struct survey *survey, const struct check_run *run, unsigned order,
			   unsigned node)
{
	for (size_t i = 0; i < run->earlier_count; i++)
		if (run->earlier[i].check == &check_orphan_sharing)
			return count_lost_of(survey, &run->earlier[i], order, node);
	return 0;
}

/* A number that an hstate has for each node, and in all. */
struct counter {
	const char *what, *node_name, *name;
	uint64_t of_node, in_all; /* as counted */
	uint64_t found, found_in_all;
	enum hstate_counter id;
	int64_t slack;
};

static bool is_refuted_by_sum(const struct hstate *hstate, const struct counter *counter)
{
	return counter->of_node != counter->found && hstate_knows(hstate, counter->id) &&
	       counter->in_all == counter->found_in_all;
}

/* Node and sum change under hugetlb_lock, one after the other. */
static struct error *report_refuted(const struct target *target, struct check_run *run,
				    const struct hstate *hstate, unsigned node,
				    const struct counter *counter)
{
	int64_t more = (int64_t)(counter->of_node - counter->found);
	enum lock_state lock;
	struct error *err = hugetlb_lock_read(target, &lock);

	if (err)
		return err;
	bool passing = lock == LOCK_HELD && (more == 1 || more == -1);
	return finding_add_plain(run, passing ? SEVERITY_NOTE : SEVERITY_WARNING,
				 "%s on node %u: %s is %" PRId64 ", but the scan finds %" PRIu64
				 " %s%s there, and %s, %" PRId64 ", is what "
				 "it finds in all: %s",
				 hstate->name, node, counter->node_name, (int64_t)counter->of_node,
				 counter->found, counter->what, plural(counter->found),
				 counter->name, (int64_t)counter->in_all,
				 passing ? "hugetlb_lock is held, one may be just being counted"
					 : "the number of the node is wrong");
}

/* True if lost heads, each reported, are all that the scan lacks. */
static bool is_told(const struct survey *survey, const struct check_run *run,
		    const struct hstate *hstate, unsigned node, const struct counter *counter)
{
	int64_t missing = (int64_t)(counter->of_node - counter->found);

	return missing > 0 && (uint64_t)missing <= count_lost(survey, run, hstate->order, node);
}

/*
 * Pages on their way in or out are marked and not counted: more found than counted
 * is legal. Fewer is not, but for the one page that is being moved under the lock, whose
 * mark goes first. Linux kernel mm/hugetlb.c, remove_hugetlb_folio().
 */
static struct error *compare(const struct survey *survey, struct check_run *run,
			     const struct hstate *hstate, unsigned node,
			     const struct counter *counter)
{
	const struct target *target = survey->target;
	int64_t counted = (int64_t)counter->of_node, found = (int64_t)counter->found;
	bool missing = counted > found && counted - found > counter->slack;
	enum lock_state lock = LOCK_UNKNOWN;

	if (counted == found || is_told(survey, run, hstate, node, counter))
		return NULL;
	if (is_refuted_by_sum(hstate, counter))
		return report_refuted(target, run, hstate, node, counter);
	struct error *err = missing ? hugetlb_lock_read(target, &lock) : NULL;
	if (err)
		return err;
	bool passing = missing && lock == LOCK_HELD && counted == found + 1;
	if (missing && !passing)
		finding_sign(run, "pool-page-lost");
	return finding_add_plain(
		run, (missing && !passing) || counted < 0 ? SEVERITY_WARNING : SEVERITY_NOTE,
		"%s on node %u: the hstate counts %" PRId64 " %s%s, the scan finds %" PRIu64 "%s",
		hstate->name, node, counted, counter->what, plural(counter->of_node),
		counter->found,
		passing ? "; hugetlb_lock is held: one may be just being counted" : "");
}

static struct error *not_counted(const struct survey *survey, struct check_run *run)
{
	static const enum layout_id needed[] = {
		LAYOUT_HSTATE_NR_NODE,
		LAYOUT_HSTATE_FREE_NODE,
		LAYOUT_HSTATE_SURPLUS_NODE,
	};
	enum layout_id lacking =
		layout_first_lacking(&survey->target->layout, needed, COUNT_OF(needed));

	if (lacking != LAYOUT_COUNT)
		return types_lack(run, 1, lacking);
	run->not_checked++;
	return check_reason(run, "some counters or struct pages cannot be read");
}

static struct error *check_node(const struct survey *survey, struct check_run *run,
				const struct hstate *hstate, const struct hstate_node *node)
{
	if (!hstate->order_known || !node->known || survey->inventory->candidates_unreadable)
		return not_counted(survey, run);
	run->checked++;
	struct found found = count_found(survey, hstate->order, node->node);
	struct found all = count_found(survey, hstate->order, ALL_NODES);
	const struct counter counters[] = {
		{ "page", "nr_huge_pages_node", "nr_huge_pages", node->pages, hstate->pages,
		  found.pages, all.pages, HSTATE_PAGES, 0 },
		{ "free page", "free_huge_pages_node", "free_huge_pages", node->free, hstate->free,
		  found.free, all.free, HSTATE_FREE, 1 },
	};
	struct error *err = compare(survey, run, hstate, node->node, &counters[0]);

	if (err || huge_flags_refuted(survey)) /* then which are free is not known */
		return err;
	return compare(survey, run, hstate, node->node, &counters[1]);
}

static struct error *check_part(struct check_run *run, const struct hstate *hstate,
				const char *what, uint64_t part)
{
	if (part <= hstate->pages || (int64_t)hstate->pages < 0 || (int64_t)part < 0)
		return NULL;
	return finding_add_plain(run, SEVERITY_WARNING,
				 "%s: %" PRIu64 " %s page%s of %" PRIu64 " in all", hstate->name,
				 part, what, plural(part), hstate->pages);
}

/* What a number of one node makes wrong is reported of the node. */
static struct error *check_sum(const struct survey *survey, struct check_run *run,
			       const struct hstate *hstate)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t pages = 0, free = 0;

	if (!hstate_knows(hstate, HSTATE_PAGES) || !hstate_knows(hstate, HSTATE_FREE)) {
		run->not_checked++;
		return check_reason(run, "some counters cannot be read");
	}
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
	struct found found = count_found(survey, hstate->order, ALL_NODES);
	if ((pages == hstate->pages || hstate->pages == found.pages) &&
	    (free == hstate->free || hstate->free == found.free))
		return check_part(run, hstate, "free", free);
	return finding_add_plain(run, SEVERITY_WARNING,
				 "%s: %" PRId64 " page%s (%" PRId64
				 " free) in all, its nodes add up to %" PRId64 " (%" PRId64
				 " free)",
				 hstate->name, (int64_t)hstate->pages, plural(hstate->pages),
				 (int64_t)hstate->free, (int64_t)pages, (int64_t)free);
}

/* Both change under hugetlb_lock, one after the other. */
static struct error *check_surplus_sum(const struct target *target, struct check_run *run,
				       const struct hstate *hstate)
{
	uint64_t sum = 0;
	enum lock_state lock;

	for (size_t i = 0; i < target->kernel.node_count; i++) {
		if (!hstate->nodes[i].known)
			return NULL;
		sum += hstate->nodes[i].surplus;
	}
	if (!hstate_knows(hstate, HSTATE_SURPLUS) || sum == hstate->surplus)
		return NULL;
	struct error *err = hugetlb_lock_read(target, &lock);
	if (err)
		return err;
	bool passing =
		lock == LOCK_HELD && (sum == hstate->surplus + 1 || sum + 1 == hstate->surplus);
	return finding_add_plain(
		run, passing ? SEVERITY_NOTE : SEVERITY_WARNING,
		"%s: %" PRId64 " surplus page%s in all, its nodes add up to %" PRId64 "%s",
		hstate->name, (int64_t)hstate->surplus, plural(hstate->surplus), (int64_t)sum,
		passing ? "; hugetlb_lock is held: one may be just being counted" : "");
}

/* --- by itself ------------------------------------------------------------------- */

/* True if the nodes add up to another number: that is reported, and says more. */
static bool differs_from_nodes(const struct target *target, const struct hstate *hstate,
			       enum hstate_counter id, uint64_t value)
{
	uint64_t sum = 0;

	if (target->kernel.nodes_unreadable)
		return false;
	for (size_t i = 0; i < target->kernel.node_count; i++) {
		const struct hstate_node *node = &hstate->nodes[i];

		if (!node->known)
			return false;
		sum += id == HSTATE_PAGES  ? node->pages
		       : id == HSTATE_FREE ? node->free
					   : node->surplus;
	}
	return sum != value;
}

/* nr_overcommit_huge_pages is whatever the administrator wrote, and may say "no limit". */
static struct error *check_signs(const struct target *target, struct check_run *run,
				 const struct hstate *hstate, bool *sane_ret)
{
	const struct {
		const char *name;
		int64_t value;
		bool by_node;
		enum hstate_counter id;
	} counters[] = {
		{ "pages", (int64_t)hstate->pages, true, HSTATE_PAGES },
		{ "free pages", (int64_t)hstate->free, true, HSTATE_FREE },
		{ "reserved pages", (int64_t)hstate->reserved, false, HSTATE_RESERVED },
		{ "surplus pages", (int64_t)hstate->surplus, true, HSTATE_SURPLUS },
		{ "pages to keep (max_huge_pages)", (int64_t)hstate->max, false, HSTATE_MAX },
	};
	struct error *err = NULL;

	*sane_ret = true;
	for (size_t i = 0; !err && i < COUNT_OF(counters); i++) {
		if (counters[i].value >= 0)
			continue;
		*sane_ret = false;
		if (counters[i].by_node &&
		    differs_from_nodes(target, hstate, counters[i].id, (uint64_t)counters[i].value))
			continue;
		err = finding_add_plain(run, SEVERITY_WARNING,
					"%s: the number of %s is %" PRId64
					": more was taken off than was there",
					hstate->name, counters[i].name, counters[i].value);
	}
	return err;
}

/* Pages that may come beyond those there are: any number where that is the setting. */
static uint64_t surplus_room(const struct hstate *hstate)
{
	return hstate->overcommit > hstate->surplus ? hstate->overcommit - hstate->surplus : 0;
}

/*
 * A reservation is of free pages; what is missing is made, as surplus, before it is
 * granted. Linux kernel mm/hugetlb.c, gather_surplus_pages(). Under hugetlb_lock a page
 * is reserved again just before it is free.
 */
static struct error *check_reserve(const struct target *target, struct check_run *run,
				   const struct hstate *hstate)
{
	uint64_t room = surplus_room(hstate);
	enum lock_state lock;

	if (hstate->reserved <= hstate->free)
		return NULL;
	struct error *err = hugetlb_lock_read(target, &lock);
	if (err)
		return err;
	bool passing = lock == LOCK_HELD && hstate->reserved == hstate->free + 1;
	return finding_add_plain(run,
				 passing || hstate->reserved - hstate->free <= room
					 ? SEVERITY_NOTE
					 : SEVERITY_WARNING,
				 "%s: %" PRIu64 " page%s %s reserved, and %" PRIu64 " %s free%s",
				 hstate->name, hstate->reserved, plural(hstate->reserved),
				 verb_be(hstate->reserved), hstate->free, verb_be(hstate->free),
				 passing ? "; hugetlb_lock is held: one may be just being freed"
				 : room	 ? "; surplus pages may still come"
					 : "; none may be added as surplus");
}

/*
 * The kernel sets max_huge_pages to what it could allocate: Linux kernel mm/hugetlb.c,
 * set_max_huge_pages(), hugetlb_hstate_alloc_pages().
 */
static struct error *check_maximum(const struct kernel *kernel, struct check_run *run,
				   const struct hstate *hstate)
{
	uint64_t room = kernel->section_count * kernel->pages_per_section >> hstate->order;

	if (!hstate->order_known || !hstate_knows(hstate, HSTATE_MAX) || (int64_t)hstate->max < 0 ||
	    hstate->max <= room || kernel->sections_unreadable || kernel->sections_inferred)
		return NULL;
	return finding_add_plain(run, SEVERITY_WARNING,
				 "%s: max_huge_pages is 0x%" PRIx64
				 ", and all memory of this machine has "
				 "room for %" PRIu64 " such page%s: it is overwritten",
				 hstate->name, hstate->max, room, plural(room));
}

/* What the counters of one pool say of each other, whatever is found. */
static struct error *check_itself(const struct target *target, struct check_run *run,
				  const struct hstate *hstate)
{
	const unsigned needed = 1U << HSTATE_PAGES | 1U << HSTATE_FREE | 1U << HSTATE_RESERVED |
				1U << HSTATE_SURPLUS | 1U << HSTATE_OVERCOMMIT;
	bool sane;
	/* What could not be read is 0, and no wrong sign. */
	struct error *err = check_signs(target, run, hstate, &sane);

	if (!err)
		err = check_maximum(&target->kernel, run, hstate);
	if (!err && (hstate->known & needed) != needed) {
		run->not_checked++;
		return check_reason(run, "some counters cannot be read");
	}
	if (!err && sane && !differs_from_nodes(target, hstate, HSTATE_SURPLUS, hstate->surplus))
		err = check_part(run, hstate, "surplus", hstate->surplus);
	return err || !sane ? err : check_reserve(target, run, hstate);
}

/* --- the array of pools ------------------------------------------------------------ */

static struct error *check_order(struct check_run *run, const struct hstate *hstate)
{
	if (hstate->order_refuted)
		return finding_add_plain(run, SEVERITY_ERROR,
					 "%s: its order is %" PRIu64
					 ", but its name is that of order %u",
					 hstate->name, hstate->order_said, hstate->order);
	if (hstate->name_refuted)
		return finding_add_plain(run, SEVERITY_ERROR,
					 "the hstate at 0x%" PRIx64
					 " is of order %u, but its name is not "
					 "%s: the name is overwritten",
					 hstate->address, hstate->order, hstate->name);
	return NULL;
}

static void pools_name(const struct inventory *inventory, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < inventory->hstate_count && length < size; i++)
		length +=
			(size_t)snprintf(text + length, size - length, "%s%s", i ? ", " : "",
					 inventory->hstates[i].name[0] ? inventory->hstates[i].name
								       : "one that is overwritten");
}

static uint64_t pages_sharing(const struct huge_pages *pages)
{
	const struct huge_page *page;
	uint64_t sharing = 0;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(pages, &cursor, &count));)
		sharing += page->mapping.at_target ? count : 0;
	return sharing;
}

/* Heads, and page tables, against the counters: where these say that no pool was ever made. */
static struct error *report_none(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	vaddr_t array = layout_symbol(&survey->target->layout, LAYOUT_SYM_HSTATES);

	return finding_add_plain(
		run, SEVERITY_ERROR,
		"hugetlb_max_hstate is 0, and hstates[], at 0x%" PRIx64
		", has no pool, but %" PRIu64 " huge "
		"page%s found, by marked heads or by page tables, and %" PRIu64
		" of them share vmemmap: "
		"both are overwritten, or their symbols are of another kernel and lead elsewhere",
		array, inventory->pages.count, inventory->pages.count == 1 ? " is" : "s are",
		pages_sharing(&inventory->pages));
}

/* hugetlb_max_hstate against the entries of the array that are pools. */
static struct error *check_number(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	const struct pools_said *said = &inventory->pools_said;
	char names[128];

	if (!said->refuted)
		return NULL;
	if (said->none)
		return report_none(survey, run);
	if (!inventory->hstate_count)
		return finding_add_plain(
			run, SEVERITY_ERROR,
			"hugetlb_max_hstate is %d, and hstates[] has no entry with "
			"the name of a pool: both are overwritten, or their symbols "
			"lead elsewhere",
			(int)said->number);
	pools_name(inventory, names, sizeof(names));
	return finding_add_plain(run, SEVERITY_ERROR,
				 "hugetlb_max_hstate is %d, but the pools in hstates[] are %s: the "
				 "number is overwritten, or its symbol leads elsewhere",
				 (int)said->number, names);
}

/* Entries that are counted, and are of no pool. */
static struct error *check_entries(const struct inventory *inventory, struct check_run *run)
{
	size_t count = 0, first = 0;

	for (size_t i = 0; i < inventory->hstate_count; i++) {
		if (!inventory->hstates[i].overwritten)
			continue;
		first = count++ ? first : i;
	}
	if (!count)
		return NULL;
	if (count == inventory->hstate_count)
		return finding_add_plain(
			run, SEVERITY_ERROR,
			"hugetlb_max_hstate is %d, but no entry of hstates[], at "
			"0x%" PRIx64 ", has the order or the name of a pool: the array is "
			"overwritten, or its symbol leads elsewhere",
			(int)inventory->pools_said.number, inventory->hstates[0].address);
	const struct hstate *hstate = &inventory->hstates[first];
	return finding_add_plain(run, SEVERITY_ERROR,
				 "hstates[%zu], at 0x%" PRIx64
				 ", is overwritten: its order is %" PRIu64 ", and its "
				 "name is that of %s; hugetlb_max_hstate is %d",
				 first, hstate->address, hstate->order_said,
				 hstate->order_named ? "another pool" : "no pool",
				 (int)inventory->pools_said.number);
}

static struct error *run_pool_counters(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	run->unit = "pools";
	err = check_number(survey, run);
	if (!err)
		err = check_entries(inventory, run);
	if (err)
		return err;
	if (!inventory->orders_known) {
		run->not_checked++;
		err = check_reason(run, "which pools there are cannot be read");
	}
	for (size_t i = 0; !err && i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		err = check_order(run, hstate);
		for (size_t n = 0; !err && n < survey->target->kernel.node_count; n++)
			err = check_node(survey, run, hstate, &hstate->nodes[n]);
		if (!err)
			err = check_itself(survey->target, run, hstate);
		if (!err && !inventory->candidates_unreadable)
			err = check_sum(survey, run, hstate);
		if (!err && !survey->target->kernel.nodes_unreadable)
			err = check_surplus_sum(survey->target, run, hstate);
	}
	return err;
}

const struct check check_pool_counters = {
	.id = "hugetlb-pool-counters",
	.title = "the pools' counters agree with the huge pages found",
	.rationale =
		"nr_huge_pages and free_huge_pages are kept per node under one lock. A pool that "
		"counts more pages than exist has lost some: given back without accounting, or their "
		"struct pages overwritten; where vmemmap-orphan-sharing names these, nothing is said "
		"here. Pages that are just being added or removed are found and "
		"not counted; that is a note. So is one page fewer while hugetlb_lock is held: the mark "
		"of a page goes before it is taken off the counter. A counter below zero, or more pages reserved than are "
		"free or may be added as surplus, come of an allocation or a free that did not keep "
		"the books: then a task that has a reservation gets SIGBUS. hugetlb_max_hstate counts "
		"the pools in the array hstates[]; the name of each says its order, and no two are of "
		"the same order. What the array and the pages found contradict was overwritten; so was "
		"a max_huge_pages beyond all memory, as the kernel sets it to what it could allocate.",
	.basis = "Linux kernel mm/hugetlb.c, account_new_hugetlb_folio(), remove_hugetlb_folio(), "
		 "gather_surplus_pages(), hugetlb_add_hstate()",
	.severity = SEVERITY_WARNING,
	.blind_when_quick = "looks for no pages that share nothing",
	.run = run_pool_counters,
};
