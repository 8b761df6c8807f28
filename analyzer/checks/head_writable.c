// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel can write to the struct pages that a huge page keeps. */
#include "analyzer/checks/checks.h"

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	if (!page->optimized)
		return NULL;
	if (page->mapping.missing) {
		run->not_checked++;
		return check_reason(run, "page tables cannot be read");
	}
	run->checked++;
	if (!page->mapping.readonly_kept)
		return NULL;
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(analysis, page),
			   analysis->scheme.scheme->pages_kept,
			   "the head of the %s page 0x%lx is mapped read-only",
			   huge_size(page, analysis), page->pfn);
}

static struct error *run_head_writable(const struct analysis *analysis, struct check_run *run)
{
	return huge_pages_check(analysis, run, check_page);
}

const struct check check_head_writable = {
	.id = "hugetlb-head-writable",
	.title = "the vmemmap page that an optimised page keeps is writable",
	.rationale = "Reference count, map count and flags of the folio live there. Mapped "
		     "read-only, the next get_page() is an oops in the kernel.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_pte()",
	.severity = SEVERITY_ERROR,
	.run = run_head_writable,
};
