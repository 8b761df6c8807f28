// SPDX-License-Identifier: LGPL-2.1-or-later
/* Adds up what the walked tables show, pool by pool. */
#include "include/savings.h"

#include "include/analysis.h"
#include "include/error.h"

static const struct {
	const char *id, *text;
	bool curable;
} blockers[] = {
	[BLOCKER_NOT_BUILT] = { "not-built-in", "this kernel has no HugeTLB vmemmap optimisation",
				false },
	[BLOCKER_UNKNOWN_SCHEME] = { "unknown-scheme",
				     "how this kernel shares vmemmap is not known here", false },
	[BLOCKER_TOO_SMALL] = { "too-small", "the struct pages fill no second vmemmap page",
				false },
	[BLOCKER_SELF_HOSTED] = { "self-hosted",
				  "the memmap lies in its own hot-plugged block (memmap_on_memory)",
				  false },
	[BLOCKER_OFF] = { "off", "the optimisation is switched off (vm.hugetlb_optimize_vmemmap=0)",
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

int blocker_is_curable(enum blocker blocker)
{
	return blockers[blocker].curable;
}

static unsigned kept_of(const struct analysis *analysis)
{
	return analysis->scheme.scheme->pages_kept;
}

static enum blocker blocker_of(const struct analysis *analysis, const struct huge_page *page)
{
	const struct scheme *scheme = analysis->scheme.scheme;

	if (scheme->known && scheme->target == SHARE_NOTHING)
		return BLOCKER_NOT_BUILT;
	if (!scheme->known)
		return BLOCKER_UNKNOWN_SCHEME;
	if (page->mapping.pages <= scheme->pages_kept)
		return BLOCKER_TOO_SMALL;
	if (page->self_hosted)
		return BLOCKER_SELF_HOSTED;
	if (analysis->kernel.optimize_enabled < 0)
		return BLOCKER_UNTOLD;
	return analysis->kernel.optimize_enabled ? BLOCKER_WAS_OFF : BLOCKER_OFF;
}

uint64_t huge_page_saving(const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint64_t own = mapping->frames - mapping->shared_frames + mapping->missing;

	return mapping->kind == SHARE_UNKNOWN || own > mapping->pages ? 0 : mapping->pages - own;
}

static bool in_transition(const struct huge_page *page)
{
	switch ((enum share_kind)page->mapping.kind) {
	case SHARE_NONE:
		return page->optimized;
	case SHARE_PARTIAL:
		return true;
	case SHARE_FULL:
		return !page->optimized;
	case SHARE_WRONG:
	case SHARE_UNKNOWN:
		return false;
	}
	return false;
}

static void pool_add(const struct analysis *analysis, struct pool *pool,
		     const struct huge_page *page)
{
	uint64_t page_size = analysis->kernel.page_size, saved = huge_page_saving(page);
	uint64_t possible = page->mapping.pages > kept_of(analysis)
				    ? page->mapping.pages - kept_of(analysis)
				    : 0;

	pool->pages++;
	pool->free += page->free;
	pool->optimized += page->optimized;
	pool->in_transition += in_transition(page);
	pool->unknown += page->mapping.kind == SHARE_UNKNOWN;
	pool->saved_bytes += saved * page_size;
	if (page->optimized)
		return;

	enum blocker blocker = blocker_of(analysis, page);
	pool->not_optimized++;
	pool->blocked[blocker]++;
	if (blocker_is_curable(blocker) && possible > saved)
		pool->could_save_bytes += (possible - saved) * page_size;
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

static struct error *pool_new(const struct analysis *analysis, struct savings *savings,
			      const struct huge_page *page, struct pool **ret)
{
	struct pool *grown =
		reallocarray(savings->pools, savings->pool_count + 1, sizeof(*savings->pools));
	if (!grown)
		return error_nomem();
	savings->pools = grown;
	*ret = &savings->pools[savings->pool_count++];
	**ret = (struct pool){
		.size_bytes = analysis->kernel.page_size << page->order,
		.node = page->node,
		.order = page->order,
		.hstate = (unsigned)page->hstate,
	};
	return NULL;
}

static struct error *pools_count(const struct analysis *analysis, struct savings *savings)
{
	const struct inventory *inventory = &analysis->inventory;
	struct pool *pool = NULL;

	for (size_t i = 0; i < inventory->page_count; i++) {
		const struct huge_page *page = &inventory->pages[i];

		if (!pool || pool->order != page->order || pool->node != page->node)
			pool = pool_find(savings, page);
		if (!pool) {
			struct error *err = pool_new(analysis, savings, page, &pool);

			if (err)
				return err;
		}
		pool_add(analysis, pool, page);
	}
	if (savings->pool_count)
		qsort(savings->pools, savings->pool_count, sizeof(*savings->pools), pool_compare);
	return NULL;
}

/* Each (zone, order) has one; a frame that no tail maps costs nothing here. */
static uint64_t shared_frames_count(const struct analysis *analysis)
{
	const struct kernel *kernel = &analysis->kernel;
	uint64_t count = 0;

	if (analysis->scheme.scheme->target != SHARE_ZONE_TAIL)
		return 0;
	for (size_t i = 0; i < kernel->zone_count; i++)
		for (unsigned slot = 0; slot < kernel->zones[i].tail_count; slot++) {
			pfn_t frame;

			if (kernel_shared_tail(
				    kernel, kernel->zones[i].node, kernel->zones[i].index,
				    slot + kernel->tails_min_order, &frame) == TAIL_KNOWN &&
			    vmemmap_users(&analysis->map, frame) > 0)
				count++;
		}
	return count;
}

struct error *savings_count(const struct analysis *analysis, struct savings *ret)
{
	uint64_t page_size = analysis->kernel.page_size;

	*ret = (struct savings){ .table_pages = analysis->map.table_pages };
	struct error *err = pools_count(analysis, ret);
	if (err) {
		savings_deinit(ret);
		return err;
	}
	for (size_t i = 0; i < ret->pool_count; i++) {
		ret->gross_bytes += ret->pools[i].saved_bytes;
		ret->could_save_bytes += ret->pools[i].could_save_bytes;
	}
	ret->shared_frames = shared_frames_count(analysis);
	ret->page_table_cost_bytes = ret->table_pages * page_size;
	ret->shared_frame_cost_bytes = ret->shared_frames * page_size;
	ret->net_bytes = (int64_t)(ret->gross_bytes - ret->page_table_cost_bytes -
				   ret->shared_frame_cost_bytes);
	return NULL;
}

void savings_deinit(struct savings *savings)
{
	free(savings->pools);
	*savings = (struct savings){ 0 };
}
