// SPDX-License-Identifier: LGPL-2.1-or-later
/* The frames of a compound page's own struct pages are behind no other page. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "include/plural.h"

/* Reports every vmemmap page outside [first, first + pages) that maps @frame. */
static struct error *report_strangers(const struct survey *survey, struct check_run *run,
				      const struct huge_page *page, pfn_t frame, bool is_head)
{
	uint64_t first = huge_first(survey->target, page), index, count;
	char label[HUGE_LABEL_MAX], whose[VMEMMAP_LABEL_MAX];
	struct error *err = NULL;

	for (size_t cursor = 0;
	     !err && vmemmap_users_next(survey->map, frame, &cursor, &index, &count);) {
		if (index >= first && index < first + page->mapping.pages)
			continue;
		if (findings_cover(run, index))
			continue;
		pfn_t other = vmemmap_first_pfn(&survey->target->kernel, index);
		err = finding_add(
			run, SEVERITY_ERROR, page->pfn, index, count,
			"the frame 0x%" PRIx64 " with the %s of the %s is also mapped for the "
			"struct pages from pfn 0x%" PRIx64 " on, %s",
			frame, is_head ? "head" : "first tails", huge_label(survey, page, label),
			other, vmemmap_label(survey, index, whose));
	}
	return err;
}

/* The vmemmap pages that map @frame and are not of @page. */
static uint64_t strangers(const struct survey *survey, const struct huge_page *page, pfn_t frame)
{
	uint64_t first = huge_first(survey->target, page), own = 0, index, count;

	for (size_t cursor = 0; own < page->mapping.pages &&
				vmemmap_users_next(survey->map, frame, &cursor, &index, &count);) {
		uint64_t end = index + count, stop = first + page->mapping.pages;
		uint64_t from = index > first ? index : first;

		end = end < stop ? end : stop;
		own += end > from ? end - from : 0;
		if (index >= stop)
			break;
	}
	return vmemmap_users(survey->map, frame) - own;
}

/*
 * Of many pages that keep @frame one speaks for all: the first, as far as the first that map
 * it tell.
 */
static bool speaks_for_all(const struct survey *survey, const struct huge_page *page, pfn_t frame)
{
	uint64_t index, count;
	size_t cursor = 0;

	for (unsigned i = 0;
	     i < STRANGERS_MANY && vmemmap_users_next(survey->map, frame, &cursor, &index, &count);
	     i++) {
		struct huge_page owner;

		if (!vmemmap_page_of(survey, index, &owner) || !huge_page_is_optimized(&owner) ||
		    owner.family != page->family)
			continue;
		if (index - huge_first(survey->target, &owner) <
		    huge_page_scheme(survey, &owner)->pages_kept)
			return owner.pfn == page->pfn;
	}
	return true;
}

/* Vmemmap page @number of @page, and all that map its frame. */
static struct error *report_many(const struct survey *survey, struct check_run *run,
				 const struct huge_page *page, pfn_t frame, unsigned number)
{
	uint64_t first = huge_first(survey->target, page), index, count;
	char label[HUGE_LABEL_MAX];
	struct error *err = NULL;

	if (!speaks_for_all(survey, page, frame))
		return NULL;
	uint64_t others = strangers(survey, page, frame);
	for (size_t cursor = 0;
	     !err && vmemmap_users_next(survey->map, frame, &cursor, &index, &count);)
		err = findings_cover_more(run, index, count);
	if (err)
		return err;
	return finding_add(run, SEVERITY_ERROR, page->pfn, first + number, 1,
			   "the frame 0x%" PRIx64
			   " with the %s of the %s is also mapped by %" PRIu64 " vmemmap "
			   "page%s of others",
			   frame, number == 0 ? "head" : "first tails",
			   huge_label(survey, page, label), others, plural(others));
}

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	/* Of a device nothing but its page tables says whether a page is optimised. */
	if (kind->family == FAMILY_DAX && kind->mapping.kind == MAPPED_UNKNOWN)
		return JUDGED_SUSPECT;
	if (!huge_page_is_optimized(kind))
		return JUDGED_NOT_APPLICABLE;
	return kind->mapping.kept_doubtful ? JUDGED_SUSPECT : JUDGED_NOTHING;
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	uint64_t first = huge_first(survey->target, page);
	const struct scheme *scheme = huge_page_scheme(survey, page);

	for (unsigned i = 0; i < scheme->pages_kept && i < page->mapping.pages; i++) {
		struct vmemmap_run piece;

		vmemmap_run_at(survey->map, first + i, &piece);
		if (!vmemmap_run_mapped(&piece)) {
			suspect_not_checked(run);
			return check_reason(run, "some head pages cannot be located");
		}
		pfn_t frame = vmemmap_run_frame(&piece, first + i);
		struct error *err = NULL;
		if (piece.shared && strangers(survey, page, frame) > STRANGERS_MANY)
			err = report_many(survey, run, page, frame, i);
		else if (piece.shared)
			err = report_strangers(survey, run, page, frame, i == 0);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *run_head_private(const struct survey *survey, struct check_run *run)
{
	return huge_pages_check(survey, run, &(struct page_check){ judge, report });
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

static struct error *run_dax_frames_private(const struct survey *survey, struct check_run *run)
{
	return device_pages_check(survey, run, &(struct page_check){ judge, report });
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
