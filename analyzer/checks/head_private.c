// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frame of a huge page's own struct pages is behind no other page. */
#include "analyzer/checks/checks.h"

/* Reports every vmemmap page outside [first, first + pages) that maps @frame. */
static struct error *report_strangers(const struct analysis *analysis, struct check_run *run,
				      const struct huge_page *page, pfn_t frame)
{
	uint64_t first = huge_first(analysis, page), index, count;
	struct error *err = NULL;

	for (size_t cursor = 0;
	     !err && vmemmap_users_next(&analysis->map, frame, &cursor, &index, &count);) {
		if (index >= first && index < first + page->mapping.pages)
			continue;
		if (findings_cover(run, index))
			continue;
		pfn_t other = vmemmap_first_pfn(&analysis->kernel, index);
		err = finding_add(
			run, SEVERITY_ERROR, page->pfn, index, count,
			"the frame 0x%lx with the head of the %s page 0x%lx is also mapped for the "
			"struct pages from pfn 0x%lx on",
			frame, huge_size(page, analysis), page->pfn, other);
	}
	return err;
}

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	uint64_t first = huge_first(analysis, page);
	const struct scheme *scheme = analysis->scheme.scheme;

	if (!page->optimized)
		return NULL;
	for (unsigned i = 0; i < scheme->pages_kept && i < page->mapping.pages; i++) {
		const struct vmemmap_run *piece = vmemmap_run_at(&analysis->map, first + i);

		if (!piece || !vmemmap_run_mapped(piece)) {
			run->not_checked++;
			return check_reason(run, "some head pages cannot be located");
		}
		pfn_t frame = vmemmap_run_frame(piece, first + i);
		struct error *err =
			piece->shared ? report_strangers(analysis, run, page, frame) : NULL;
		if (err)
			return err;
	}
	run->checked++;
	return NULL;
}

static struct error *run_head_private(const struct analysis *analysis, struct check_run *run)
{
	return huge_pages_check(analysis, run, check_page);
}

const struct check check_head_private = {
	.id = "hugetlb-head-private",
	.title = "the head frame of an optimised page is mapped for that page alone",
	.rationale =
		"An optimised huge page keeps one vmemmap page (two before v5.18) with its real head, "
		"reference count and flags. If another page's vmemmap maps the same frame, two folios "
		"share one reference count: either may be freed while the other is in use.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_free(), "
		 "vmemmap_remap_pte()",
	.severity = SEVERITY_ERROR,
	.run = run_head_private,
};
