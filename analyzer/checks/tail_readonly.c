// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared tails are mapped read-only where the architecture has that. */
#include "analyzer/checks/checks.h"

/* Runs of writable tails that map the target, each one finding. */
static struct error *report_writable(const struct analysis *analysis, struct check_run *run,
				     const struct huge_page *page)
{
	uint64_t first = huge_first(analysis, page), end = first + page->mapping.pages;
	struct error *err = NULL;

	for (uint64_t index = first; !err && index < end;) {
		const struct vmemmap_run *piece = vmemmap_run_at(&analysis->map, index);
		uint64_t stop = piece->first + piece->count;
		uint64_t from = index;

		index = stop < end ? stop : end;
		if (!piece->writable)
			continue;
		while (from < index &&
		       huge_entry_verdict(analysis, page, &page->mapping, from) != VERDICT_TARGET)
			from++;
		if (from < index)
			err = finding_add(
				run, SEVERITY_ERROR, page->pfn, from, index - from,
				"%lu tail vmemmap page%s of the %s page 0x%lx, from number "
				"%lu on, map%s the shared frame 0x%lx writable",
				index - from, index - from == 1 ? "" : "s",
				huge_size(page, analysis), page->pfn, from - first,
				index - from == 1 ? "s" : "", page->mapping.target);
	}
	return err;
}

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	if (!page->mapping.at_target)
		return NULL;
	if (page->mapping.missing) {
		run->not_checked++;
		return check_reason(run, "page tables cannot be read");
	}
	run->checked++;
	return page->mapping.writable_tails ? report_writable(analysis, run, page) : NULL;
}

static struct error *run_tail_readonly(const struct analysis *analysis, struct check_run *run)
{
	if (!analysis->arch->has_readonly_tails) {
		run->unit = "huge pages";
		return check_reason(run, "%s does not write-protect tails", analysis->arch->name);
	}
	return huge_pages_check(analysis, run, check_page);
}

const struct check check_tail_readonly = {
	.id = "hugetlb-tail-readonly",
	.title = "shared tails are mapped read-only",
	.rationale =
		"Tail struct pages of optimised pages are mapped with PAGE_KERNEL_RO so that a stray "
		"write faults where it happens. A writable one lets it change what every other tail "
		"of the folio (from v7.1: of the zone) shows. Boot-time gigantic pages are writable "
		"until hugetlb_init() has run. riscv64 and loongarch64 do not write-protect.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_pte(), vmemmap_wrprotect_hvo()",
	.severity = SEVERITY_ERROR,
	.run = run_tail_readonly,
};
