// SPDX-License-Identifier: LGPL-2.1-or-later
/* The tails of an optimised page map the frame that its scheme names: HugeTLB and devices. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/devices/device_miscount.h"
#include "analyzer/pages/huge_phase.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

/* Vmemmap pages of @page from @index on that are wrong together: all behind one frame. */
struct piece {
	uint64_t index, count;
	pfn_t frame;
	bool any_writable, any_readonly;
};

/* Takes those of @run from piece->index + piece->count on that map the piece's frame. */
static bool piece_take(struct piece *piece, const struct vmemmap_run *run, uint64_t end)
{
	uint64_t index = piece->index + piece->count, stop = vmemmap_run_end(run);

	if (!vmemmap_run_mapped(run) || vmemmap_run_frame(run, index) != piece->frame)
		return false;
	if (!run->constant)
		stop = index + 1;
	piece->count += (stop < end ? stop : end) - index;
	piece->any_writable |= run->writable;
	piece->any_readonly |= !run->writable;
	return true;
}

static struct piece piece_from(const struct survey *survey, const struct check_run *run,
			       uint64_t index, uint64_t end)
{
	struct vmemmap_run at;

	vmemmap_run_at(survey->map, index, &at);
	struct piece piece = { .index = index, .frame = vmemmap_run_frame(&at, index) };
	while (piece_take(&piece, &at, end) && index + piece.count < end &&
	       !findings_cover(run, index + piece.count) &&
	       vmemmap_run_at(survey->map, index + piece.count, &at))
		;
	return piece;
}

static const char *permission_words(const struct piece *piece)
{
	if (piece->any_writable && piece->any_readonly)
		return "partly read-only";
	return piece->any_writable ? "writable" : "read-only";
}

/* What the frame is that vmemmap page @index of @page should not map. */
static struct error *words(const struct survey *survey, const struct huge_page *page,
			   uint64_t index, pfn_t frame, char buf[FRAME_WORDS_MAX])
{
	uint64_t first = huge_first(survey->target, page);
	pfn_t head;

	if (!vmemmap_frame_at(survey->map, first, &head) || head != frame || index == first)
		return frame_words(survey, frame, first, page->mapping.pages, buf);
	snprintf(buf, FRAME_WORDS_MAX, "where its own head is");
	return NULL;
}

enum { ALIKE_ENTRIES, ALIKE_HALF, ALIKE_KEPT, ALIKE_HEAD };

static struct error *report_piece(const struct survey *survey, struct check_run *run,
				  const struct huge_page *page, const struct piece *piece)
{
	uint64_t number = piece->index - huge_first(survey->target, page), count = piece->count;
	char which[64], label[HUGE_LABEL_MAX], is[FRAME_WORDS_MAX] = "";
	pfn_t frame = piece->frame;
	struct error *err =
		findings_listed(run) ? words(survey, page, piece->index, frame, is) : NULL;

	if (err)
		return err;
	if (count == 1)
		snprintf(which, sizeof(which), "page %" PRIu64, number);
	else
		snprintf(which, sizeof(which), "pages %" PRIu64 " to %" PRIu64, number,
			 number + count - 1);
	finding_alike(survey, run, page, number, count, ALIKE_ENTRIES);
	return finding_add(run, SEVERITY_ERROR, page->pfn, piece->index, count,
			   "vmemmap %s of the %s map%s frame 0x%" PRIx64
			   " (%s), not the shared frame "
			   "0x%" PRIx64 "; frame 0x%" PRIx64 " is %s",
			   which, huge_label(survey, page, label), verb_s(count), frame,
			   permission_words(piece), page->mapping.target, frame, is);
}

/* What a rule explains is reported as one, and the frames that it takes from are right. */
static bool is_explained(const struct survey *survey, const struct device_miscount *miscount,
			 uint64_t index)
{
	return miscount->found && (device_miscount_source(miscount, index) ||
				   device_miscount_has(survey, miscount, index));
}

static struct error *report_entries(const struct survey *survey, struct check_run *run,
				    const struct huge_page *page,
				    const struct device_miscount *miscount)
{
	uint64_t first = huge_first(survey->target, page), end = first + page->mapping.pages, count;
	struct error *err = NULL;

	for (uint64_t index = first; !err && index < end; index += count) {
		count = 1;
		if (!huge_entry_is_wrong(survey, page, index) || findings_cover(run, index) ||
		    is_explained(survey, miscount, index))
			continue;
		struct piece piece = piece_from(survey, run, index, end);
		count = piece.count;
		err = report_piece(survey, run, page, &piece);
	}
	return err;
}

static struct error *report_miscount(const struct survey *survey, struct check_run *run,
				     const struct huge_page *page,
				     const struct device_miscount *miscount)
{
	char label[HUGE_LABEL_MAX];

	finding_sign(run, "compound-frames-by-section");
	return finding_add(run, SEVERITY_ERROR, page->pfn, miscount->first + miscount->section,
			   page->mapping.pages - miscount->section,
			   "vmemmap pages %" PRIu64
			   " to %u of the %s map, section by section, the frames of vmemmap "
			   "pages 1 to %" PRIu64 ", not all of them the shared frame 0x%" PRIx64
			   ": their pfns were counted "
			   "by vmemmap pages",
			   miscount->section, page->mapping.pages - 1,
			   huge_label(survey, page, label), miscount->section - 1,
			   page->mapping.target);
}

/* Half remapped, and not just being changed. Entries that no change makes are reported one by one.
 */
static bool stays_half(const struct survey *survey, const struct huge_page *page)
{
	return page->mapping.kind == MAPPED_PARTIAL && !page->mapping.readonly_own &&
	       huge_page_differs(survey, page) && huge_phase_of(survey, page) == PHASE_REST;
}

/* The first tail that has a frame of its own, and those after it that have, too. */
static uint64_t own_tails(const struct survey *survey, const struct huge_page *page,
			  uint64_t *count_ret)
{
	uint64_t index = huge_first(survey->target, page), end = index + page->mapping.pages;
	uint64_t first;

	while (index < end &&
	       huge_entry_verdict(survey, page, &page->mapping, index) != VERDICT_OWN)
		index++;
	first = index;
	while (index < end &&
	       huge_entry_verdict(survey, page, &page->mapping, index) == VERDICT_OWN)
		index++;
	*count_ret = index - first;
	return first;
}

static struct error *report_half(const struct survey *survey, struct check_run *run,
				 const struct huge_page *page)
{
	uint64_t count, first = own_tails(survey, page, &count);
	uint64_t number = first - huge_first(survey->target, page);
	char label[HUGE_LABEL_MAX], which[64];

	if (count == 1)
		snprintf(which, sizeof(which), "page %" PRIu64, number);
	else
		snprintf(which, sizeof(which), "pages %" PRIu64 " to %" PRIu64, number,
			 number + count - 1);
	finding_alike(survey, run, page, number, count, ALIKE_HALF);
	return finding_add(run, SEVERITY_ERROR, page->pfn, first, count,
			   "vmemmap %s of the %s %s own, the other tails map the "
			   "shared frame 0x%" PRIx64 "; it is not just being changed: %s",
			   which, huge_label(survey, page, label),
			   count == 1 ? "has a frame of its" : "have frames of their",
			   page->mapping.target, huge_phase_evidence(survey, page));
}

/* A device's page has no flag that says so. */
static bool claims_sharing(const struct huge_page *page)
{
	return huge_page_is_optimized(page) ||
	       (page->family == FAMILY_DAX && page->mapping.kind == MAPPED_UNKNOWN);
}

/* The zone has no frame for the tails, and yet they are shared. */
static bool lacks_target(const struct huge_mapping *mapping)
{
	return mapping->target_null && mapping->kind == MAPPED_WRONG;
}

/* One scheme keeps one vmemmap page, another two: this page is mapped as by the other one. */
static struct error *report_kept(const struct survey *survey, struct check_run *run,
				 const struct huge_page *page)
{
	bool two = huge_mapping_kept(survey, page) == KEPT_ONE_MORE;
	char label[HUGE_LABEL_MAX];

	finding_alike(survey, run, page, 0, page->mapping.pages, ALIKE_KEPT);
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
			   page->mapping.pages,
			   "the %s keeps %s, and the scheme of this kernel keeps %s: "
			   "its tails map the frame of %s, 0x%" PRIx64,
			   huge_label(survey, page, label),
			   two ? "two vmemmap pages" : "one vmemmap page", two ? "one" : "two",
			   two ? "vmemmap page 1" : "its head", page->mapping.target);
}

enum { STRUCT_PAGE_MAX = 512 };

/* What the first vmemmap page maps holds the head, as far as it can be read. */
static struct error *head_is_there(const struct survey *survey, const struct huge_page *page,
				   bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned char bytes[STRUCT_PAGE_MAX];
	enum memory_state state;
	struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory, page->pfn,
					 bytes, kernel->struct_page_size, &state);

	*ret = err || state != MEMORY_PRESENT || page_is_head(&kernel->page, bytes);
	return err;
}

/* All its vmemmap pages map one frame, which is that of its tails. */
static struct error *report_head(const struct survey *survey, struct check_run *run,
				 const struct huge_page *page)
{
	char label[HUGE_LABEL_MAX];

	finding_alike(survey, run, page, 0, 1, ALIKE_HEAD);
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page), 1,
			   "vmemmap page 0 of the %s maps frame 0x%" PRIx64
			   ", that of its vmemmap page 1, "
			   "as its tails do: the frame with its head is not mapped",
			   huge_label(survey, page, label), page->mapping.target);
}

/* *done_ret: that is all that there is to say of @page. */
static struct error *report_number(const struct survey *survey, struct check_run *run,
				   const struct huge_page *page, bool *done_ret)
{
	enum kept_pages kept = huge_mapping_kept(survey, page);
	bool there = true;

	*done_ret = false;
	if (kept == KEPT_AS_NAMED)
		return NULL;
	struct error *err = head_is_there(survey, page, &there);
	*done_ret = err || there || kept == KEPT_ONE_ONLY;
	if (err || !*done_ret)
		return err;
	return there ? report_kept(survey, run, page) : report_head(survey, run, page);
}

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	const struct huge_mapping *mapping = &kind->mapping;
	bool half = mapping->kind == MAPPED_PARTIAL &&
		    (kind->family == FAMILY_DAX || huge_page_differs(survey, kind));

	if (!claims_sharing(kind))
		return JUDGED_NOT_APPLICABLE;
	if (mapping->kind == MAPPED_UNKNOWN)
		return JUDGED_UNREADABLE;
	if (lacks_target(mapping))
		return JUDGED_SUSPECT;
	if (huge_mapping_keeps_leaves(survey, kind))
		return JUDGED_NOTHING;
	if (huge_mapping_kept(survey, kind) == KEPT_ONE_ONLY)
		return JUDGED_SUSPECT;
	return mapping->kind == MAPPED_WRONG || mapping->readonly_own || half ? JUDGED_SUSPECT
									      : JUDGED_NOTHING;
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	struct device_miscount miscount;
	char label[HUGE_LABEL_MAX];

	if (lacks_target(mapping))
		return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
				   mapping->pages,
				   "the tails of the %s are shared, but its zone has no "
				   "shared frame for order %u",
				   huge_label(survey, page, label), page->order);
	if (stays_half(survey, page))
		return report_half(survey, run, page);
	bool done;
	struct error *err = report_number(survey, run, page, &done);
	if (err || done)
		return err;
	device_miscount_read(survey, page, &miscount);
	err = report_entries(survey, run, page, &miscount);
	return err || !miscount.found ? err : report_miscount(survey, run, page, &miscount);
}

/* Right tables may be no right mapping; that was before tails mapped the zone's frame. */
static struct error *report_architecture(const struct survey *survey, struct check_run *run)
{
	const struct scheme_seen *seen = &survey->scheme->seen[FAMILY_HUGETLB];

	if (!survey->target->arch->hvo_fault || seen->sharing == 0 ||
	    !survey->scheme->hugetlb->fake_heads)
		return NULL;
	return finding_add_plain(
		run, SEVERITY_NOTE, "%" PRIu64 " huge page%s %s optimised here: %s", seen->sharing,
		plural(seen->sharing), verb_be(seen->sharing), survey->target->arch->hvo_fault);
}

static struct error *run_tail_target(const struct survey *survey, struct check_run *run)
{
	struct error *err = huge_pages_check(survey, run, &(struct page_check){ judge, report });

	return err ? err : report_architecture(survey, run);
}

const struct check check_tail_target = {
	.id = "hugetlb-tail-target",
	.title = "the tails of an optimised page map the frame that the scheme names",
	.rationale =
		"All tail vmemmap pages of an optimised huge page map one frame: the head page's own "
		"(v5.18 to v7.0), the second page's (before), or the one of its zone and order (from "
		"v7.1). A tail that maps another frame shows the struct pages of some other folio, and "
		"writes to one appear in the other. A part that still has, or has again, writable "
		"frames of its own is legal while the page is being changed, entry by entry: then its "
		"pool does not count it. See hugetlb-savings-agree.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, vmemmap_remap_pte(), vmemmap_restore_pte(); "
		 "mm/hugetlb.c, remove_hugetlb_folio()",
	.severity = SEVERITY_ERROR,
	.run = run_tail_target,
};

static struct error *run_dax_tail_target(const struct survey *survey, struct check_run *run)
{
	return device_pages_check(survey, run, &(struct page_check){ judge, report });
}

const struct check check_dax_tail_target = {
	.id = "dax-tail-target",
	.title = "the tails of an optimised device page map the frame that the scheme names",
	.rationale =
		"All tails of a compound page of device DAX map its second vmemmap page's frame, in "
		"every section that the page crosses; later kernels map the one of ZONE_DEVICE and "
		"the order. That is set up when the memory is added and stays until it is removed: a "
		"page of which only some tails are shared, or share another frame, shows struct pages "
		"of something else.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_populate_compound_pages(), "
		 "reuse_compound_section()",
	.severity = SEVERITY_ERROR,
	.run = run_dax_tail_target,
};
