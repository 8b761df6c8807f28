// SPDX-License-Identifier: LGPL-2.1-or-later
/* A huge page without the flag has writable frames of its own throughout. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/plural.h"

/* Struct pages that fill less than a page share it with neighbours, legally. */
static bool fills_pages(const struct target *target, const struct huge_page *page)
{
	return kernel_vmemmap_pages(&target->kernel, page->order) > 0;
}

static bool is_reported(const struct survey *survey, const struct check_run *run, uint64_t index)
{
	pfn_t frame;

	return findings_cover(run, index) || (vmemmap_frame_at(survey->map, index, &frame) &&
					      sharing_reported(survey, run, frame, index));
}

/* Where nothing is shared; elsewhere shared tails may well be read-only. */
static uint32_t readonly_pages(const struct huge_mapping *mapping)
{
	return mapping->kind == MAPPED_UNSHARED ? mapping->readonly_own + mapping->readonly_kept
						: 0;
}

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	const struct huge_mapping *mapping = &kind->mapping;

	if (kind->optimized || !fills_pages(survey->target, kind))
		return JUDGED_NOT_APPLICABLE;
	if (mapping->kind == MAPPED_UNKNOWN)
		return JUDGED_UNREADABLE;
	return mapping->kind == MAPPED_WRONG || readonly_pages(mapping) ? JUDGED_SUSPECT
									: JUDGED_NOTHING;
}

static struct error *report_shared(const struct survey *survey, struct check_run *run,
				   const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint64_t first = huge_first(survey->target, page);
	uint32_t shared = mapping->wrong + mapping->at_target;
	char label[HUGE_LABEL_MAX];

	for (uint64_t i = first; i < first + mapping->pages; i++)
		if (huge_entry_verdict(survey, page, mapping, i) == VERDICT_WRONG &&
		    is_reported(survey, run, i))
			return NULL;
	return finding_add(run, SEVERITY_ERROR, page->pfn, first, mapping->pages,
			   "the %s is not optimised, yet %u of its %u vmemmap "
			   "pages map%s %s that others map too",
			   huge_label(survey, page, label), shared, mapping->pages, verb_s(shared),
			   shared == 1 ? "a frame" : "frames");
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint32_t readonly = readonly_pages(mapping);
	char label[HUGE_LABEL_MAX];

	if (mapping->kind == MAPPED_WRONG)
		return report_shared(survey, run, page);
	if (!readonly)
		return NULL;
	return finding_add(
		run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page), mapping->pages,
		"the %s is not optimised, yet %u of its %u vmemmap pages %s "
		"read-only",
		huge_label(survey, page, label), readonly, mapping->pages, verb_be(readonly));
}

static struct error *run_unoptimized_private(const struct survey *survey, struct check_run *run)
{
	struct error *err = huge_pages_check(survey, run, &(struct page_check){ judge, report });

	/* A quick look meets only those whose vmemmap is shared otherwise than it should be. */
	if (err || !survey->quick)
		return err;
	run->not_checked++;
	return check_reason(run, "--quick looks for no pages that share nothing");
}

const struct check check_unoptimized_private = {
	.id = "hugetlb-unoptimized-private",
	.title = "the vmemmap of a page that is not optimised is unshared and writable",
	.rationale =
		"Such a page may be split and its parts handed out at any time; every struct page of "
		"it must be real memory that can be written. Restoring gives each vmemmap page a "
		"frame of its own again; one that stayed shared or read-only was forgotten.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_alloc(), vmemmap_restore_pte()",
	.severity = SEVERITY_ERROR,
	.run = run_unoptimized_private,
};
