// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frames of a compound page's own struct pages are behind no other page. */
#include "analyzer/checker/checks.h"

/* Reports every vmemmap page outside [first, first + pages) that maps @frame. */
static struct error *report_strangers(const struct analysis *analysis, struct check_run *run,
				      const struct huge_page *page, pfn_t frame, bool is_head)
{
	uint64_t first = huge_first(analysis, page), index, count;
	char label[HUGE_LABEL_MAX], whose[VMEMMAP_LABEL_MAX];
	struct error *err = NULL;

	for (size_t cursor = 0;
	     !err && vmemmap_users_next(&analysis->map, frame, &cursor, &index, &count);) {
		if (index >= first && index < first + page->mapping.pages)
			continue;
		if (findings_cover(run, index))
			continue;
		pfn_t other = vmemmap_first_pfn(&analysis->kernel, index);
		err = finding_add(run, SEVERITY_ERROR, page->pfn, index, count,
				  "the frame 0x%lx with the %s of the %s is also mapped for the "
				  "struct pages from pfn 0x%lx on, %s",
				  frame, is_head ? "head" : "first tails",
				  huge_label(analysis, page, label), other,
				  vmemmap_label(analysis, index, whose));
	}
	return err;
}

static bool is_settled(const struct analysis *analysis, const struct huge_page *kind,
		       bool *checked_ret)
{
	(void)analysis;
	*checked_ret = kind->optimized;
	/* Of a device nothing but its page tables says whether a page is optimised. */
	if (kind->family == FAMILY_DAX && kind->mapping.kind == SHARE_UNKNOWN)
		return false;
	return !kind->optimized || !kind->mapping.kept_doubtful;
}

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	uint64_t first = huge_first(analysis, page);
	const struct scheme *scheme = huge_page_scheme(analysis, page);

	for (unsigned i = 0; i < scheme->pages_kept && i < page->mapping.pages; i++) {
		struct vmemmap_run piece;

		vmemmap_run_at(&analysis->map, first + i, &piece);
		if (!vmemmap_run_mapped(&piece)) {
			run->not_checked++;
			return check_reason(run, "some head pages cannot be located");
		}
		pfn_t frame = vmemmap_run_frame(&piece, first + i);
		struct error *err =
			piece.shared ? report_strangers(analysis, run, page, frame, i == 0) : NULL;
		if (err)
			return err;
	}
	run->checked++;
	return NULL;
}

static struct error *run_head_private(const struct analysis *analysis, struct check_run *run)
{
	return huge_pages_check(analysis, run, &(struct page_check){ check_page, is_settled });
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

static struct error *run_dax_frames_private(const struct analysis *analysis, struct check_run *run)
{
	return device_pages_check(analysis, run, &(struct page_check){ check_page, is_settled });
}

const struct check check_dax_frames_private = {
	.id = "dax-frames-private",
	.title = "the frames that an optimised device page keeps are mapped for that page alone",
	.rationale =
		"Up to v7.3 a compound page of device DAX keeps two vmemmap pages: its head, and one "
		"whose tail struct pages name that very head. Mapped for another compound page too, "
		"half of that one's struct pages lead to the wrong head.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_populate_compound_pages()",
	.severity = SEVERITY_ERROR,
	.run = run_dax_frames_private,
};
