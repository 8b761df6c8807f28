// SPDX-License-Identifier: LGPL-2.1-or-later
/* No sharing without HPG_vmemmap_optimized, but for the instant of a change. */
#include "analyzer/checks/checks.h"
#include "analyzer/hugetlb_mark.h"

static bool is_settled(const struct analysis *analysis, const struct huge_page *kind,
		       bool *checked_ret)
{
	const struct hugetlb_mark *mark = hugetlb_mark_choose(analysis);
	bool shares = kind->mapping.kind == SHARE_FULL || kind->mapping.kind == SHARE_PARTIAL;

	*checked_ret = true;
	return kind->mapping.kind != SHARE_UNKNOWN &&
	       (kind->optimized || !shares || !mark || mark->flag_order != FLAG_BEFORE_REMAP);
}

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	char label[HUGE_LABEL_MAX];

	if (mapping->kind == SHARE_UNKNOWN) {
		run->not_checked++;
		return check_reason(run, "page tables, or the frame to expect, cannot be read");
	}
	run->checked++;
	finding_sign(run, "flag-missing");
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(analysis, page),
			   mapping->pages,
			   "the %s lacks HPG_vmemmap_optimized, yet %u of its %u vmemmap "
			   "pages map the shared frame 0x%lx",
			   huge_label(analysis, page, label), mapping->at_target, mapping->pages,
			   mapping->target);
}

static struct error *run_flag_agrees(const struct analysis *analysis, struct check_run *run)
{
	return huge_pages_check(analysis, run, &(struct page_check){ check_page, is_settled });
}

const struct check check_flag_agrees = {
	.id = "hugetlb-flag-agrees",
	.title = "a page whose vmemmap is shared says so in HPG_vmemmap_optimized",
	.rationale =
		"The flag decides whether the vmemmap is restored before a huge page is given back. "
		"Without it the tails stay shared while the pages go to the buddy allocator. Since "
		"v6.7 the flag is set before the first entry changes and cleared after the last, so "
		"sharing without it is never legal; before, it was set last, and such a page is only "
		"counted as in transition. The flag without sharing is legal in both: see "
		"hugetlb-savings-agree.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, __hugetlb_vmemmap_optimize_folio()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "looks at no heads where page tables are as they should be",
	.run = run_flag_agrees,
};
