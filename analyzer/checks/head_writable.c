// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel can write to the struct pages that a compound page keeps. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

static bool is_settled(const struct survey *survey, const struct huge_page *kind, bool *checked_ret)
{
	(void)survey;
	*checked_ret = kind->optimized;
	return !kind->optimized || (!kind->mapping.missing && !kind->mapping.readonly_kept);
}

static struct error *check_page(const struct survey *survey, struct check_run *run,
				const struct huge_page *page)
{
	unsigned kept = huge_page_scheme(survey, page)->pages_kept;
	char label[HUGE_LABEL_MAX];

	if (page->mapping.missing) {
		run->not_checked++;
		return check_reason(run, "page tables cannot be read");
	}
	run->checked++;
	finding_alike(survey, run, page, 0, kept, 0);
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page), kept,
			   "%s of the %s %s mapped read-only",
			   kept > 1 ? "the head or the first tails" : "the head",
			   huge_label(survey, page, label), kept > 1 ? "are" : "is");
}

static struct error *run_head_writable(const struct survey *survey, struct check_run *run)
{
	return huge_pages_check(survey, run, &(struct page_check){ check_page, is_settled });
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

/* Unshared pages too: all of their struct pages are their own. */
static bool is_device_settled(const struct survey *survey, const struct huge_page *kind,
			      bool *checked_ret)
{
	const struct huge_mapping *mapping = &kind->mapping;

	if (kind->optimized)
		return is_settled(survey, kind, checked_ret);
	*checked_ret = true;
	return mapping->kind != SHARE_UNKNOWN && !mapping->readonly_kept && !mapping->readonly_own;
}

static struct error *check_device_page(const struct survey *survey, struct check_run *run,
				       const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	char label[HUGE_LABEL_MAX];

	if (page->optimized)
		return check_page(survey, run, page);
	if (mapping->kind == SHARE_UNKNOWN) {
		run->not_checked++;
		return check_reason(run, "page tables cannot be read");
	}
	run->checked++;
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
			   mapping->pages,
			   "the %s is not optimised, yet %u of its %u vmemmap pages are read-only",
			   huge_label(survey, page, label),
			   mapping->readonly_kept + mapping->readonly_own, mapping->pages);
}

static struct error *run_dax_frames_writable(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;
	struct error *err = device_pages_check(
		survey, run, &(struct page_check){ check_device_page, is_device_settled });

	/* Others take it that these share nothing; a vmemmap of their own they have. */
	for (size_t i = 0; !err && survey->scheme->dax->known && i < devices->count; i++)
		if (device_is_untold(&devices->list[i]) && devices->list[i].memmap == MEMMAP_DEVICE)
			err = device_not_told(survey->target, &devices->list[i], run);
	return err;
}

const struct check check_dax_frames_writable = {
	.id = "dax-frames-writable",
	.title = "the vmemmap that a device's compound page has for itself is writable",
	.rationale = "Every fault on device DAX takes a reference in the head's struct page, and "
		     "map counts are kept in the first tails. Mapped read-only, that is an oops.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_populate_compound_pages()",
	.severity = SEVERITY_ERROR,
	.run = run_dax_frames_writable,
};
