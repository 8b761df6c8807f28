// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the tables show as saved is what the flags promise. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "analyzer/pages/huge_phase.h"
#include "analyzer/totals/savings.h"
#include "include/plural.h"

struct sums {
	uint64_t pages, walked, promised, in_transition;
	bool flagless; /* some of the last share more than their flag promises */
};

static uint64_t promise_of(const struct survey *survey, const struct huge_page *page)
{
	unsigned kept = survey->scheme->hugetlb->pages_kept;

	return page->optimized && page->mapping.pages > kept ? page->mapping.pages - kept : 0;
}

static void sums_add(struct sums *sums, uint64_t walked, uint64_t promised, uint64_t count)
{
	sums->pages += count;
	sums->walked += walked * count;
	sums->promised += promised * count;
	sums->in_transition += walked != promised ? count : 0;
	sums->flagless |= walked > promised;
}

/* By its own, or of its flag: hugetlb-flag-agrees is about no vmemmap page. */
static bool is_reported(const struct survey *survey, const struct check_run *run,
			const struct huge_page *page)
{
	return findings_cover_any(run, huge_first(survey->target, page), page->mapping.pages) ||
	       (huge_page_differs(survey, page) && huge_phase_of(survey, page) == PHASE_REST);
}

static struct sums pool_sums(const struct survey *survey, struct check_run *run,
			     const struct pool *pool)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	const struct huge_page *page;
	struct sums sums = { 0 };
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_alike(pages, &cursor, UINT64_MAX, &alike));) {
		uint64_t walked = huge_page_saving(page), promised = promise_of(survey, page);
		/* What only page tables show promises nothing. */
		bool unknown = page->mapping.kind == MAPPED_UNKNOWN || page->assumed;

		/* Where they differ each page may be covered by findings, or not. */
		if (unknown || walked == promised || page->order != pool->order ||
		    page->node != pool->node)
			huge_pages_skip(pages, &cursor, alike - 1);
		else
			alike = 1;
		if (page->order != pool->order || page->node != pool->node)
			continue;
		/* Heads that are not there are counted already. */
		run->not_checked += unknown && !page->assumed ? alike : 0;
		if (unknown || page->mapping.kind == MAPPED_WRONG)
			continue;
		if (walked == promised || !is_reported(survey, run, page))
			sums_add(&sums, walked, promised, alike);
	}
	return sums;
}

/* Where types say that the flag comes first, the page tables show another order. */
static const char *order_remark(const struct survey *survey, const struct sums *sums)
{
	return sums->flagless && huge_flag_comes_first(survey)
		       ? " (kernels that mark huge pages like this one set the flag first; this one "
			 "may set it last)"
		       : "";
}

static struct error *run_savings_agree(const struct survey *survey, struct check_run *run)
{
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	err = huge_heads_unreadable(survey, run);
	for (size_t i = 0; !err && i < survey->savings->pool_count; i++) {
		const struct pool *pool = &survey->savings->pools[i];
		struct sums sums = pool_sums(survey, run, pool);

		run->checked += sums.pages;
		if (sums.in_transition)
			err = finding_add_plain(run, SEVERITY_NOTE,
						"%s pages on node %u: the page tables show %" PRIu64
						" vmemmap page%s saved, "
						"the flags promise %" PRIu64 "; %" PRIu64
						" page%s %s in transition%s",
						order_size(pool->order, survey->target), pool->node,
						sums.walked, plural(sums.walked), sums.promised,
						sums.in_transition, plural(sums.in_transition),
						verb_be(sums.in_transition),
						order_remark(survey, &sums));
	}
	if (!err && run->not_checked)
		err = check_reason(run, "page tables, or the frame to expect, cannot be read");
	return err;
}

const struct check check_savings_agree = {
	.id = "hugetlb-savings-agree",
	.title = "the page tables save what the flags promise",
	.rationale =
		"Every optimised page should do without all but its first vmemmap page (its first two "
		"before v5.18). A page that carries the flag and is not, or only in part, remapped was "
		"caught while being optimised or restored: legal, and worth knowing, since the savings "
		"are then less than the number of optimised pages says.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, hugetlb_vmemmap_optimize_folios(), "
		 "hugetlb_vmemmap_restore_folio()",
	.severity = SEVERITY_NOTE,
	.blind_when_quick = "looks at no heads where page tables are as they should be",
	.run = run_savings_agree,
};
