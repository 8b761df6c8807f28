// SPDX-License-Identifier: LGPL-2.1-or-later
/* The static key that counts optimised huge pages agrees with those found. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "include/plural.h"

/* What the key may count. */
struct bounds {
	uint64_t optimized;	/* pages found with the flag */
	uint64_t low, high;	/* without those that are on their way, and with them */
	bool is_switch_counted; /* in @low and @high: the switch is on */
};

static bool in_transition(const struct huge_page *page)
{
	return page->mapping.kind == MAPPED_PARTIAL ||
	       (page->mapping.kind == MAPPED_FULL) != page->optimized;
}

/* On its way, left behind on purpose, or found fault with by an earlier check. */
static bool is_unsure(const struct target *target, const struct check_run *run,
		      const struct huge_page *page)
{
	return in_transition(page) || page->unreliable ||
	       findings_cover_any(run, huge_first(target, page), page->mapping.pages);
}

/* Tails that an earlier check reported and that no huge page has: one had them once. */
static uint64_t lost_pages(const struct survey *survey, const struct check_run *run)
{
	struct huge_page page;
	uint64_t pages = 0;

	for (size_t i = 0; i < run->earlier_count; i++)
		for (size_t k = 0; k < run->earlier[i].covered_count; k++) {
			const struct covered *covered = &run->earlier[i].covered[k];
			pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, covered->first);

			pages += covered->error &&
				 !huge_pages_find(&survey->inventory->pages, pfn, &page);
		}
	return pages;
}

/*
 * Linux kernel commit 78f39084b41d ("mm: hugetlb_vmemmap: add hugetlb_optimize_vmemmap
 * sysctl"): the setting "on" was counted, too, while it was an enum.
 */
static void switch_count(const struct kernel *kernel, struct bounds *bounds)
{
	bool known = kernel->optimize_enabled >= 0;

	bounds->is_switch_counted = known && kernel->key_counts_switch && kernel->optimize_enabled;
	bounds->low += bounds->is_switch_counted;
	bounds->high += bounds->is_switch_counted || !known;
}

static struct bounds bounds_of(const struct survey *survey, const struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	const struct huge_page *page;
	struct bounds bounds = { .high = lost_pages(survey, run) + inventory->late_pages.count };

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next(&inventory->pages, &cursor));) {
		bool unsure = is_unsure(survey->target, run, page);

		bounds.optimized += page->optimized;
		bounds.low += page->optimized && !unsure;
		bounds.high += page->optimized || unsure;
	}
	switch_count(&survey->target->kernel, &bounds);
	return bounds;
}

static struct error *key_read(const struct target *target, int32_t *ret,
			      enum memory_state *state_ret)
{
	const struct layout *layout = &target->layout;
	uint64_t value = 0;
	struct error *err = kmem_read_uint(target->kmem,
					   layout_symbol(layout, LAYOUT_SYM_OPTIMIZE_KEY) +
						   layout_get(layout, LAYOUT_STATIC_KEY_ENABLED),
					   4, &value, state_ret);

	*ret = (int32_t)(uint32_t)value;
	return err;
}

static struct error *compare(struct check_run *run, const struct bounds *bounds, int32_t key)
{
	/* -1: the first page is being counted, or the last one discounted. */
	uint64_t count = key == -1 ? 1 : (uint64_t)(key < 0 ? 0 : key);
	bool within = count >= bounds->low && count <= bounds->high;

	if (within || (key == -1 && bounds->low == 0))
		return NULL;
	/* Counted before the first sign of it, and until after the last. */
	bool one_more = count == bounds->high + 1;
	return finding_add_plain(
		run, one_more ? SEVERITY_NOTE : SEVERITY_WARNING,
		"hugetlb_optimize_vmemmap_key counts %d optimised huge page%s%s, the "
		"scan finds %" PRIu64 "%s",
		key, plural((uint64_t)key),
		bounds->is_switch_counted ? " and the switch, which is on" : "", bounds->optimized,
		one_more ? ": one may be just being optimised or restored" : "");
}

static struct error *run_hvo_key_count(const struct survey *survey, struct check_run *run)
{
	const struct layout *layout = &survey->target->layout;
	enum memory_state state = MEMORY_ABSENT;
	struct error *err;
	int32_t key;

	run->unit = "static keys";
	if (!layout_has(layout, LAYOUT_SYM_OPTIMIZE_KEY) ||
	    survey->scheme->hugetlb->target != TARGET_HEAD_PAGE)
		return check_reason(run, "this kernel has no key that counts optimised pages");
	if (!huge_pages_checkable(survey, run, &err))
		return err;
	run->unit = "static keys";
	if (!layout_has(layout, LAYOUT_STATIC_KEY_ENABLED)) {
		run->not_checked = 1;
		return check_reason(run, "the types lack struct static_key.enabled");
	}
	if (survey->inventory->candidates_unreadable) {
		run->not_checked = 1;
		return check_reason(run, "struct pages that could be heads are %s",
				    memory_state_text(survey->inventory->unreadable_state));
	}
	err = key_read(survey->target, &key, &state);
	if (err)
		return err;
	if (state != MEMORY_PRESENT) {
		run->not_checked = 1;
		return check_reason(run, "the key is %s", memory_state_text(state));
	}
	run->checked = 1;
	struct bounds bounds = bounds_of(survey, run);
	return compare(run, &bounds, key);
}

const struct check check_hvo_key_count = {
	.id = "hvo-key-count",
	.title = "the kernel counts as many optimised huge pages as are found",
	.rationale = "To 7.0 a static key turns on the detection of fake heads while there is "
		     "an optimised page: it counts them. If it is lower than what is found, the "
		     "detection may go off while fake heads exist, and code that walks struct "
		     "pages takes tails for heads; if it is higher, pages were freed or lost "
		     "without being restored.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, static_branch_inc() and "
		 "static_branch_dec() of hugetlb_optimize_vmemmap_key; "
		 "page_fixed_fake_head()",
	.severity = SEVERITY_WARNING,
	.blind_when_quick = "looks for no pages that share nothing",
	.run = run_hvo_key_count,
};
