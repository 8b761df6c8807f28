// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel can write to the struct pages that a compound page keeps. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/plural.h"

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	if (!huge_page_is_optimized(kind))
		return JUDGED_NOT_APPLICABLE;
	if (kind->mapping.missing)
		return JUDGED_UNREADABLE;
	return kind->mapping.readonly_kept ? JUDGED_SUSPECT : JUDGED_NOTHING;
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	unsigned kept = huge_page_scheme(survey, page)->pages_kept;
	char label[HUGE_LABEL_MAX];

	if (!page->mapping.readonly_kept ||
	    (page->mapping.readonly_kept == 1 && huge_mapping_kept(survey, page) == KEPT_ONE_ONLY))
		return NULL;
	finding_alike(survey, run, page, 0, kept, 0);
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page), kept,
			   "%s of the %s %s mapped read-only",
			   kept > 1 ? "the head or the first tails" : "the head",
			   huge_label(survey, page, label), kept > 1 ? "are" : "is");
}

static struct error *run_head_writable(const struct survey *survey, struct check_run *run)
{
	return huge_pages_check(survey, run, &(struct page_check){ judge, report });
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
static enum page_judgement judge_of_device(const struct survey *survey,
					   const struct huge_page *kind)
{
	const struct huge_mapping *mapping = &kind->mapping;

	if (kind->optimized)
		return judge(survey, kind);
	if (mapping->kind == MAPPED_UNKNOWN)
		return JUDGED_UNREADABLE;
	return mapping->readonly_kept || mapping->readonly_own ? JUDGED_SUSPECT : JUDGED_NOTHING;
}

static struct error *report_of_device(const struct survey *survey, struct check_run *run,
				      const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint32_t readonly = mapping->readonly_kept + mapping->readonly_own;
	char label[HUGE_LABEL_MAX];

	if (page->optimized)
		return report(survey, run, page);
	if (!readonly)
		return NULL;
	return finding_add(
		run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page), mapping->pages,
		"the %s is not optimised, yet %u of its %u vmemmap pages %s read-only",
		huge_label(survey, page, label), readonly, mapping->pages, verb_be(readonly));
}

static struct error *run_dax_frames_writable(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;
	struct error *err = device_pages_check(
		survey, run, &(struct page_check){ judge_of_device, report_of_device });

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
