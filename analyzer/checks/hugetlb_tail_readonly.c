// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared tails are mapped as their scheme has it, where the architecture can. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "include/plural.h"

/*
 * A number of pages taken for one of bytes: of a page of 1 GiB from boot the tails from
 * vmemmap page 64 to the end are writable.
 */
static const char *signature_of(const struct target *target, const struct huge_page *page,
				uint64_t from, uint64_t end)
{
	uint64_t protected = (UINT64_C(1) << page->order) >> target->kernel.page_shift;

	return protected && from == protected && end == page->mapping.pages ? "protected-too-short"
									    : "writable-tail";
}

/* Tails [from, to) of @page. */
static struct error *report_piece(const struct survey *survey, struct check_run *run,
				  const struct huge_page *page, uint64_t from, uint64_t to,
				  bool writable, enum severity severity)
{
	uint64_t first = huge_first(survey->target, page), count = to - from;
	char label[HUGE_LABEL_MAX];

	if (writable)
		finding_sign(run, signature_of(survey->target, page, from - first, to - first));
	finding_alike(survey, run, page, from - first, count, writable);
	return finding_add(
		run, severity, page->pfn, from, count,
		"%" PRIu64 " tail vmemmap page%s of the %s, from number %" PRIu64 " on, map%s the "
		"shared frame 0x%" PRIx64 " %s",
		count, plural(count), huge_label(survey, page, label), from - first, verb_s(count),
		page->mapping.target, writable ? "writable" : "read-only");
}

/* Runs of tails that map the target and are @writable, each one finding. */
static struct error *report_tails(const struct survey *survey, struct check_run *run,
				  const struct huge_page *page, bool writable,
				  enum severity severity)
{
	uint64_t first = huge_first(survey->target, page), end = first + page->mapping.pages;
	struct error *err = NULL;

	for (uint64_t index = first; !err && index < end;) {
		struct vmemmap_run piece;
		uint64_t stop = vmemmap_run_at(survey->map, index, &piece) ? vmemmap_run_end(&piece)
									   : index + 1;
		uint64_t from = index;

		index = stop < end ? stop : end;
		if (piece.writable != writable)
			continue;
		while (from < index &&
		       huge_entry_verdict(survey, page, &page->mapping, from) != VERDICT_TARGET)
			from++;
		if (from < index)
			err = report_piece(survey, run, page, from, index, writable, severity);
	}
	return err;
}

/* By @wrong, the number of its shared tails that are mapped otherwise. */
static enum page_judgement judge_tails(const struct huge_mapping *mapping, uint32_t wrong)
{
	if (mapping->missing)
		return JUDGED_UNREADABLE;
	if (!mapping->at_target)
		return mapping->kind == MAPPED_UNKNOWN ? JUDGED_UNREADABLE : JUDGED_NOT_APPLICABLE;
	return wrong ? JUDGED_SUSPECT : JUDGED_NOTHING;
}

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	return judge_tails(&kind->mapping, kind->mapping.writable_tails);
}

/* That a page keeps another number of vmemmap pages is reported where its tails are. */
static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	if (huge_mapping_kept(survey, page) == KEPT_ONE_MORE)
		return NULL;
	return report_tails(survey, run, page, true, SEVERITY_ERROR);
}

static struct error *run_tail_readonly(const struct survey *survey, struct check_run *run)
{
	if (!survey->target->arch->has_readonly_tails) {
		run->unit = "huge pages";
		return check_reason(run, "%s does not write-protect tails",
				    arch_name(survey->target->arch));
	}
	return huge_pages_check(survey, run, &(struct page_check){ judge, report });
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

static enum page_judgement judge_of_device(const struct survey *survey,
					   const struct huge_page *kind)
{
	const struct huge_mapping *mapping = &kind->mapping;

	if (survey->scheme->dax->permission == PERMISSION_READONLY)
		return judge(survey, kind);
	return judge_tails(mapping, mapping->at_target - mapping->writable_tails);
}

/* Read-only tails of a scheme with writable ones do no harm that is known. */
static struct error *report_of_device(const struct survey *survey, struct check_run *run,
				      const struct huge_page *page)
{
	if (survey->scheme->dax->permission == PERMISSION_READONLY)
		return report(survey, run, page);
	return report_tails(survey, run, page, false, SEVERITY_WARNING);
}

static struct error *run_dax_tail_permission(const struct survey *survey, struct check_run *run)
{
	if (!survey->target->arch->has_readonly_tails) {
		run->unit = "compound pages";
		return check_reason(run, "%s does not write-protect tails",
				    arch_name(survey->target->arch));
	}
	return device_pages_check(survey, run,
				  &(struct page_check){ judge_of_device, report_of_device });
}

const struct check check_dax_tail_permission = {
	.id = "dax-tail-permission",
	.title = "shared tails of devices are mapped as the scheme has it",
	.rationale =
		"Kernels up to v7.3 map the shared tails of device DAX writable, and so does the "
		"first kernel that shares one frame for each zone and order; a proposed one maps them "
		"read-only, as HugeTLB does. Which of these a kernel is shows in what most tails are. "
		"A writable one among read-only ones lets a stray write change every other tail; a "
		"read-only one among writable ones was not made by any of these kernels.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_pte_populate()",
	.severity = SEVERITY_ERROR,
	.run = run_dax_tail_permission,
};
