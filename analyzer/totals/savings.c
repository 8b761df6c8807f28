// SPDX-License-Identifier: LGPL-2.1-or-later
/* Adds up what the walked tables show, pool by pool. */
#include "analyzer/totals/savings.h"
#include "analyzer/devices/device.h"

#include <limits.h>

#include "analyzer/known_bugs/suspect.h"
#include "analyzer/totals/preinit.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/huge_phase.h"
#include "include/vector.h"

static const struct {
	const char *id, *text;
	bool curable;
} blockers[] = {
	[BLOCKER_NOT_BUILT] = { "not-built-in", "this kernel has no HugeTLB vmemmap optimisation",
				false },
	[BLOCKER_UNKNOWN_SCHEME] = { "unknown-scheme",
				     "how this kernel shares vmemmap is not known here", false },
	[BLOCKER_SIZE] = { "struct-page-size",
			   "the size of struct page is no power of two: such are never shared",
			   false },
	[BLOCKER_TOO_SMALL] = { "too-small", "the struct pages fill no second vmemmap page",
				false },
	[BLOCKER_SELF_HOSTED] = { "self-hosted",
				  "the memmap lies in its own hot-plugged block (memmap_on_memory)",
				  false },
	[BLOCKER_FLAG_ONLY] = { "flag-only",
				"HPG_vmemmap_optimized is set and nothing is shared: the page is "
				"just being changed, or the flag is wrong",
				true },
	[BLOCKER_OFF] = { "off", "the optimisation is switched off (vm.hugetlb_optimize_vmemmap=0)",
			  true },
	[BLOCKER_OFF_AT_BOOT] = { "off-since-boot",
				  "the optimisation is switched off, and this kernel switches it on "
				  "while booting only (hugetlb_free_vmemmap=on)",
				  true },
	[BLOCKER_WAS_OFF] = { "off-when-allocated",
			      "the optimisation is on now; it was off, or memory was short, when "
			      "the page was allocated",
			      true },
	[BLOCKER_UNTOLD] = { "switch-unknown", "the optimisation's switch could not be read",
			     true },
};

const char *blocker_id(enum blocker blocker)
{
	return blockers[blocker].id;
}

const char *blocker_text(enum blocker blocker)
{
	return blockers[blocker].text;
}

bool blocker_is_curable(enum blocker blocker)
{
	return blockers[blocker].curable;
}

static unsigned kept_of(const struct survey *survey)
{
	return survey->scheme->hugetlb->pages_kept;
}

static enum blocker blocker_of(const struct survey *survey, const struct huge_page *page)
{
	const struct scheme *scheme = survey->scheme->hugetlb;

	if (scheme->known && scheme->target == TARGET_NONE)
		return BLOCKER_NOT_BUILT;
	if (!scheme->known)
		return BLOCKER_UNKNOWN_SCHEME;
	if (!kernel_can_share(&survey->target->kernel))
		return BLOCKER_SIZE;
	if (page->mapping.pages <= scheme->pages_kept)
		return BLOCKER_TOO_SMALL;
	if (page->self_hosted)
		return BLOCKER_SELF_HOSTED;
	if (page->optimized)
		return BLOCKER_FLAG_ONLY;
	if (survey->target->kernel.optimize_enabled < 0)
		return BLOCKER_UNTOLD;
	if (survey->target->kernel.optimize_enabled)
		return BLOCKER_WAS_OFF;
	return survey->target->kernel.switch_at_boot ? BLOCKER_OFF_AT_BOOT : BLOCKER_OFF;
}

/* @count pages like @page, which share nothing. */
static void blocked_add(const struct survey *survey, struct pool *pool,
			const struct huge_page *page, uint32_t count)
{
	enum blocker blocker = blocker_of(survey, page);
	unsigned kept = kept_of(survey);
	uint64_t possible = page->mapping.pages > kept ? page->mapping.pages - kept : 0;
	uint64_t bytes = possible * survey->target->kernel.page_size * count;

	pool->not_optimized += count;
	pool->blocked[blocker] += count;
	if (!blocker_is_curable(blocker))
		return;
	pool->blocked_bytes[blocker] += bytes;
	pool->could_save_bytes += bytes;
}

static void pool_add(const struct survey *survey, struct pool *pool, const struct huge_page *page,
		     uint32_t count)
{
	uint64_t saved = huge_page_saving(page) * survey->target->kernel.page_size;
	bool shares = huge_page_shares(page);

	pool->pages += count;
	pool->free += page->free ? count : 0;
	pool->optimized += shares ? count : 0;
	pool->flagless += shares && !page->optimized ? count : 0;
	pool->in_transition += huge_phase_count_changing(survey, page, count);
	pool->unreliable += page->unreliable ? count : 0;
	pool->assumed += page->assumed ? count : 0;
	pool->unknown += page->mapping.kind == MAPPED_UNKNOWN ? count : 0;
	pool->saved_bytes += saved * count;
	if (!shares)
		blocked_add(survey, pool, page, count);
}

static struct pool *pool_find(struct savings *savings, const struct huge_page *page)
{
	for (size_t i = 0; i < savings->pool_count; i++)
		if (savings->pools[i].order == page->order && savings->pools[i].node == page->node)
			return &savings->pools[i];
	return NULL;
}

static int pool_compare(const void *a, const void *b)
{
	const struct pool *left = a, *right = b;

	if (left->order != right->order)
		return left->order < right->order ? -1 : 1;
	return left->node < right->node ? -1 : left->node > right->node;
}

static struct error *pool_new(const struct target *target, struct savings *savings,
			      const struct huge_page *page, struct pool **ret)
{
	const struct pool pool = {
		.size_bytes = target->kernel.page_size << page->order,
		.node = page->node,
		.order = page->order,
		.hstate = (unsigned)page->hstate,
	};
	struct error *err =
		vector_push(savings->pools, savings->pool_count, savings->pool_room, pool);

	if (!err)
		*ret = &savings->pools[savings->pool_count - 1];
	return err;
}

/* Pages that are not marked, since they are just being made or given back. */
static struct error *lates_count(const struct survey *survey, struct savings *savings)
{
	const struct huge_lates *late_pages = &survey->inventory->late_pages;

	for (size_t i = 0; i < late_pages->count; i++) {
		const struct huge_page *page = &late_pages->list[i].page;
		struct pool *pool = pool_find(savings, page);

		if (late_pages->list[i].verdict != LATE_CHANGING)
			continue;
		if (!pool) {
			struct error *err = pool_new(survey->target, savings, page, &pool);

			if (err)
				return err;
		}
		pool->in_transition++;
	}
	return NULL;
}

static struct error *pools_count(const struct survey *survey, struct savings *savings)
{
	const struct inventory *inventory = survey->inventory;
	const struct huge_page *page;
	struct pool *pool = NULL;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(&inventory->pages, &cursor, &count));) {
		if (!pool || pool->order != page->order || pool->node != page->node)
			pool = pool_find(savings, page);
		if (!pool) {
			struct error *err = pool_new(survey->target, savings, page, &pool);

			if (err)
				return err;
		}
		pool_add(survey, pool, page, count);
	}
	struct error *err = lates_count(survey, savings);
	if (err)
		return err;
	if (savings->pool_count)
		qsort(savings->pools, savings->pool_count, sizeof(*savings->pools), pool_compare);
	return NULL;
}

static bool any_zone_frames(const struct survey *survey)
{
	return survey->scheme->hugetlb->target == TARGET_ZONE_TAIL ||
	       survey->scheme->dax->target == TARGET_ZONE_TAIL;
}

/* Frames of ZONE_DEVICE, or of all other zones; one that no tail maps costs nothing here. */
static uint64_t shared_frames_count(const struct survey *survey, bool of_devices)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct devices *devices = survey->devices;
	uint64_t count = 0;

	if (!any_zone_frames(survey))
		return 0;
	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];
		bool is_device = devices->device_zone_known && zone->index == devices->device_zone;

		for (unsigned slot = 0; is_device == of_devices && slot < zone->tail_count;
		     slot++) {
			pfn_t frame;

			if (kernel_shared_tail(kernel, zone->node, zone->index,
					       slot + kernel->tails_min_order,
					       &frame) == TAIL_KNOWN &&
			    vmemmap_users(survey->map, frame) > 0)
				count++;
		}
	}
	return count;
}

/* The smallest tables need not fill a page: 2 KiB on s390x, 256 bytes on ppc64. */
static uint64_t base_table_bytes(const struct target *target)
{
	return UINT64_C(8) << target->paging.level[0].bits;
}

/* Which sections are of devices is not known: any table may be of either family. */
static bool tables_are_mixed(const struct target *target)
{
	return target->kernel.sections_inferred > 0;
}

/* Of one family, of which @own are known to be. */
static uint64_t tables_charged(const struct survey *survey, uint64_t own)
{
	const struct vmemmap_map *map = survey->map;
	uint64_t tables =
		tables_are_mixed(survey->target) ? map->table_pages + map->device_table_pages : own;

	return tables * base_table_bytes(survey->target);
}

/* A kernel that does not optimise has not split anything for it. */
static uint64_t hugetlb_table_bytes(const struct survey *survey)
{
	const struct scheme *scheme = survey->scheme->hugetlb;

	if (scheme->known && scheme->target == TARGET_NONE)
		return 0;
	return tables_charged(survey, survey->map->table_pages);
}

bool balance_net_known(const struct savings_balance *balance)
{
	return !balance->at_least || balance->net_bytes >= 0;
}

static void balance_close(struct savings_balance *balance)
{
	balance->net_bytes = (int64_t)(balance->gross_bytes - balance->page_table_cost_bytes -
				       balance->shared_frame_cost_bytes);
}

/* --- devices ---------------------------------------------------------------- */

/* The order of the smallest larger leaf: what device DAX is aligned to by default. */
static unsigned leaf_order(const struct target *target)
{
	return target->paging.level[1].shift - target->kernel.page_shift;
}

/* Most compound pages of some device do not share as they should, and nobody hinders them. */
static bool aligned_devices_fail(const struct survey *survey)
{
	for (size_t i = 0; i < survey->devices->count; i++) {
		const struct device_tally *tally = &survey->devices->list[i].whole;
		uint64_t failed = tally->wrong + tally->blocked[DEVICE_BLOCKER_UNTOLD];

		if (failed && failed >= tally->compound_pages - failed)
			return true;
	}
	return false;
}

/* Aligned to base pages: what alignment to the smallest leaf would save. */
static uint64_t realigned_saving(const struct survey *survey, const struct device *device)
{
	const struct scheme *scheme = survey->scheme->dax;
	unsigned order = leaf_order(survey->target);
	uint64_t pages = kernel_vmemmap_pages(&survey->target->kernel, order);

	if (!kernel_can_share(&survey->target->kernel) || device->kind != DEVICE_DAX ||
	    !device->order_known || device->order > 0 || device->memmap != MEMMAP_RAM ||
	    scheme->target == TARGET_NONE || !scheme->known || pages <= scheme->pages_kept ||
	    aligned_devices_fail(survey) || known_bugs_spoil_alignment(survey))
		return 0;
	return ((device->data_end - device->data_start) >> order) * (pages - scheme->pages_kept);
}

uint64_t device_could_save(const struct survey *survey, const struct device *device,
			   const struct device_tally *tally)
{
	return tally->possible_pages + realigned_saving(survey, device);
}

/* Its memmap may do without more than the page tables that could be read show. */
static bool may_save_more(const struct device *device)
{
	return device->memmap != MEMMAP_DEVICE &&
	       (device->whole.unknown || device_is_untold(device));
}

static void devices_add(const struct survey *survey, struct savings *savings)
{
	const struct devices *devices = survey->devices;
	uint64_t page_size = survey->target->kernel.page_size,
		 kept = survey->scheme->dax->pages_kept;

	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];
		const struct device_tally *tally = &device->whole;
		uint64_t pages = kernel_vmemmap_pages(&survey->target->kernel, device->order);
		uint64_t blocked = tally->blocked[DEVICE_BLOCKER_ALTMAP];

		savings->dax.gross_bytes += tally->saved_pages * page_size;
		savings->dax.could_save_bytes +=
			device_could_save(survey, device, tally) * page_size;
		savings->dax_next_bytes += tally->next_pages * page_size;
		savings->dax.at_least |= may_save_more(device);
		if (pages > kept)
			savings->dax_altmap_bytes += blocked * (pages - kept) * page_size;
	}
	savings->dax.at_least |=
		survey->target->kernel.sections_unreadable > 0 || tables_are_mixed(survey->target);
	/* Larger leaves would map what is not shared. */
	if (savings->dax.gross_bytes)
		savings->dax.page_table_cost_bytes =
			tables_charged(survey, survey->map->device_table_pages);
	savings->dax.shared_frame_cost_bytes = shared_frames_count(survey, true) * page_size;
	balance_close(&savings->dax);
}

/* --- how many pages ---------------------------------------------------------- */

static uint64_t pages_of(const struct savings *savings, unsigned order, const unsigned *node)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < savings->pool_count; i++) {
		const struct pool *pool = &savings->pools[i];

		if (pool->order == order && (!node || pool->node == *node))
			pages += pool->pages - pool->unreliable;
	}
	return pages;
}

static uint64_t pages_of_no_pool(const struct savings *savings)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < savings->pool_count; i++)
		pages += savings->pools[i].hstate == UINT_MAX ? savings->pools[i].pages : 0;
	return pages;
}

static uint64_t excess(uint64_t counted, uint64_t found)
{
	return counted > found ? counted - found : 0;
}

/* Node by node, where all are known: more on one must not make up for fewer on another. */
static uint64_t unseen_of(const struct target *target, const struct savings *savings,
			  const struct hstate *hstate)
{
	size_t nodes = target->kernel.node_count;
	uint64_t unseen = 0, counted = 0;

	for (size_t i = 0; i < nodes; i++) {
		const struct hstate_node *node = &hstate->nodes[i];

		if (!node->known)
			return excess(hstate->pages, pages_of(savings, hstate->order, NULL));
		counted += node->pages;
		unseen += excess(node->pages, pages_of(savings, hstate->order, &node->node));
	}
	return counted == hstate->pages
		       ? unseen
		       : excess(hstate->pages, pages_of(savings, hstate->order, NULL));
}

/* A damaged counter has more pages than the machine, or fewer than none. */
static bool is_count(const struct kernel *kernel, const struct hstate *hstate)
{
	return hstate_knows(hstate, HSTATE_PAGES) &&
	       hstate->pages <= kernel->section_count * kernel->pages_per_section >> hstate->order;
}

static void census_take(const struct survey *survey, struct savings *savings)
{
	const struct inventory *inventory = survey->inventory;
	struct huge_census *census = &savings->census;
	uint64_t lost = 0; /* counted by pools whose order is not known */

	census->blind =
		inventory->candidates_unreadable || survey->target->kernel.sections_unreadable;
	census->by_tables = inventory->by_tables;
	if (survey->quick)
		return;
	census->read = inventory->pages.count - inventory->by_tables;
	census->counts_known = inventory->orders_known;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		census->counts_known &= is_count(&survey->target->kernel, hstate);
		if (!is_count(&survey->target->kernel, hstate))
			continue;
		census->counted += hstate->pages;
		if (hstate->order_known)
			census->unseen += unseen_of(survey->target, savings, hstate);
		else
			lost += hstate->pages;
	}
	census->unseen += excess(lost, pages_of_no_pool(savings));
}

/* What may be saved by pages that the dump does not show. */
static bool is_lower_bound(const struct survey *survey, const struct savings *savings)
{
	const struct huge_census *census = &savings->census;

	if (survey->inventory->mark_missing)
		return true;
	if (census->by_tables || census->unseen)
		return true;
	for (size_t i = 0; i < savings->pool_count; i++)
		if (savings->pools[i].unknown)
			return true;
	return census->blind && (survey->quick || !census->counts_known);
}

/* --- all of it -------------------------------------------------------------- */

static void hugetlb_add(const struct survey *survey, struct savings *savings)
{
	uint64_t page_size = survey->target->kernel.page_size;

	for (size_t i = 0; i < savings->pool_count; i++) {
		savings->hugetlb.gross_bytes += savings->pools[i].saved_bytes;
		savings->hugetlb.could_save_bytes += savings->pools[i].could_save_bytes;
	}
	savings->table_pages = survey->map->table_pages;
	savings->shared_frames = shared_frames_count(survey, false);
	savings->hugetlb.page_table_cost_bytes = hugetlb_table_bytes(survey);
	savings->hugetlb.shared_frame_cost_bytes = savings->shared_frames * page_size;
	census_take(survey, savings);
	savings->hugetlb.at_least =
		is_lower_bound(survey, savings) || tables_are_mixed(survey->target);
	balance_close(&savings->hugetlb);
}

static struct savings_balance balance_add(const struct savings_balance *a,
					  const struct savings_balance *b)
{
	return (struct savings_balance){
		.gross_bytes = a->gross_bytes + b->gross_bytes,
		.page_table_cost_bytes = a->page_table_cost_bytes + b->page_table_cost_bytes,
		.shared_frame_cost_bytes = a->shared_frame_cost_bytes + b->shared_frame_cost_bytes,
		.net_bytes = a->net_bytes + b->net_bytes,
		.could_save_bytes = a->could_save_bytes + b->could_save_bytes,
		.at_least = a->at_least || b->at_least,
	};
}

/* Tables that may be of either are charged to both, and to the machine once. */
static struct savings_balance balance_of_all(const struct target *target,
					     const struct savings *savings)
{
	struct savings_balance all = balance_add(&savings->hugetlb, &savings->dax);
	uint64_t first = savings->hugetlb.page_table_cost_bytes;
	uint64_t second = savings->dax.page_table_cost_bytes;

	if (tables_are_mixed(target)) {
		all.page_table_cost_bytes = first > second ? first : second;
		balance_close(&all);
	}
	return all;
}

struct error *savings_count(const struct survey *survey, struct savings *ret)
{
	*ret = (struct savings){ 0 };
	struct error *err = pools_count(survey, ret);
	if (!err)
		err = preinit_count(survey, ret);
	if (err) {
		savings_deinit(ret);
		return err;
	}
	hugetlb_add(survey, ret);
	devices_add(survey, ret);
	ret->total = balance_of_all(survey->target, ret);
	return NULL;
}

void savings_deinit(struct savings *savings)
{
	free(savings->pools);
	free(savings->unwritten);
	*savings = (struct savings){ 0 };
}
