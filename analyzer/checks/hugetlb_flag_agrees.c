// SPDX-License-Identifier: LGPL-2.1-or-later
/* HPG_vmemmap_optimized and sharing go together, but for the instant of a change. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checker/head_words.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/pages/huge_phase.h"
#include "include/plural.h"

static bool shares(const struct huge_page *page)
{
	return page->mapping.kind == MAPPED_FULL || page->mapping.kind == MAPPED_PARTIAL;
}

/* A page that is half remapped says so by its flag: its tails are looked at elsewhere. */
static bool may_disagree(const struct huge_page *page)
{
	return page->optimized ? page->mapping.kind == MAPPED_UNSHARED : shares(page);
}

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	if (kind->mapping.kind == MAPPED_UNKNOWN)
		return JUDGED_UNREADABLE;
	if (may_disagree(kind))
		return JUDGED_SUSPECT;
	/* What the flag says is not known: huge_heads_unreadable() counts the head. */
	return kind->assumed ? JUDGED_NOT_APPLICABLE : JUDGED_NOTHING;
}

/*
 * Freeing such a page restores what was never shared. To 7.0 vmemmap_restore_pte() stops
 * the kernel (BUG_ON()) at an entry that does not map the shared frame; later it leaves
 * such an entry alone.
 */
static enum severity severity_of_flag(const struct survey *survey)
{
	enum share_target target = survey->scheme->hugetlb->target;

	return target == TARGET_HEAD_PAGE || target == TARGET_TAIL_PAGE ? SEVERITY_ERROR
									: SEVERITY_WARNING;
}

enum { ALIKE_FLAG_ONLY, ALIKE_FLAGLESS };

/* What is behind the vmemmap of the page is looked at by others: no finding is about it. */
static struct error *report_flag(const struct survey *survey, struct check_run *run,
				 const struct huge_page *page)
{
	char label[HUGE_LABEL_MAX];

	finding_alike(survey, run, page, 0, page->mapping.pages, ALIKE_FLAG_ONLY);
	return finding_add_pfn(
		run, severity_of_flag(survey), page->pfn,
		"the %s has HPG_vmemmap_optimized, yet none of its %u vmemmap pages is "
		"shared; it is not just being changed: %s",
		huge_label(survey, page, label), page->mapping.pages,
		huge_phase_evidence(survey, page));
}

static struct error *report_sharing(const struct survey *survey, struct check_run *run,
				    const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	char label[HUGE_LABEL_MAX];
	struct head_words is;
	struct error *err = head_words_find(survey, page->pfn, &is);

	/* What else the head holds then is told with it. */
	if (!err && is.is_taken)
		err = findings_cover_more(run, huge_first(survey->target, page), 1);
	if (err)
		return err;
	finding_sign(run, is.is_taken ? NULL : "flag-missing");
	finding_alike(survey, run, page, huge_page_scheme(survey, page)->pages_kept,
		      mapping->at_target, ALIKE_FLAGLESS);
	return finding_add_pfn(
		run, SEVERITY_ERROR, page->pfn,
		"the %s lacks HPG_vmemmap_optimized, yet %u of its %u vmemmap "
		"pages map%s the shared frame 0x%" PRIx64 "; it is not just being changed: %s%s%s",
		huge_label(survey, page, label), mapping->at_target, mapping->pages,
		verb_s(mapping->at_target), mapping->target, huge_phase_evidence(survey, page),
		is.is_taken ? "; its struct page " : "", is.is_taken ? is.text : "");
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	if (!may_disagree(page))
		return NULL;
	enum huge_phase phase = huge_phase_of(survey, page);
	if (phase == PHASE_UNTOLD) {
		suspect_not_checked(run);
		return check_reason(run,
				    "flag and page tables differ, and neither counters nor "
				    "lists of the pool show whether the page is being changed");
	}
	if (phase != PHASE_REST)
		return NULL;
	return page->optimized ? report_flag(survey, run, page) : report_sharing(survey, run, page);
}

/* No page has the flag where it should be, nor HPG_freed: one cause. */
static struct error *report_refuted(const struct survey *survey, struct check_run *run)
{
	const struct layout *layout = &survey->target->layout;

	run->checked = survey->inventory->pages.count;
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"none of the huge pages that share vmemmap has HPG_vmemmap_optimized (bit %" PRIu64
		" of "
		"page.private, by the types), and HPG_freed (bit %" PRIu64
		") contradicts their reference "
		"counts: the types are of another kernel, or private of all heads is overwritten",
		layout_get(layout, LAYOUT_HPG_OPTIMIZED), layout_get(layout, LAYOUT_HPG_FREED));
}

static struct error *run_flag_agrees(const struct survey *survey, struct check_run *run)
{
	struct error *err;

	if (!survey->target->kernel.page.hpg_optimized &&
	    survey->scheme->hugetlb->target != TARGET_NONE) {
		run->unit = "huge pages";
		return types_lack(run, survey->inventory->pages.count, LAYOUT_HPG_OPTIMIZED);
	}
	if (huge_pages_checkable(survey, run, &err) && huge_flags_refuted(survey))
		return report_refuted(survey, run);
	if (err)
		return err;
	return huge_pages_check(survey, run, &(struct page_check){ judge, report });
}

const struct check check_flag_agrees = {
	.id = "hugetlb-flag-agrees",
	.title = "a page whose vmemmap is shared says so in HPG_vmemmap_optimized",
	.rationale =
		"The flag decides whether the vmemmap is restored before a huge page is given back. "
		"Without it the tails stay shared while the pages go to the buddy allocator. With it, "
		"and nothing shared, vmemmap is restored that was never given up: to v7.0 that stops "
		"the kernel. Since v6.7 the flag is set before the first entry changes and cleared "
		"after the last; before, and in some distributions, it was the other way round. So the "
		"two may differ while a page is being changed, which its pool shows: a page that "
		"the pool counts or links, or that has more than one reference, is at rest. Those that "
		"are not are noted by hugetlb-savings-agree. Where the mark of huge pages says that the "
		"flag is set first, no more than two pages may share without it, or 18 where any task "
		"may make pages of the pool. Where no page that shares has it, and HPG_freed "
		"contradicts reference counts, the flags are not where the types have them: that is "
		"one finding.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, __hugetlb_vmemmap_optimize_folio(), "
		 "vmemmap_restore_pte(); mm/hugetlb.c, remove_hugetlb_folio()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "looks at no heads where page tables are as they should be",
	.run = run_flag_agrees,
};
