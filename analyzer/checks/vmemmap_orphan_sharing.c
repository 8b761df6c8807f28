// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sharing and write protection belong to huge pages and devices, to nothing else. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/checks/orphan.h"
#include "analyzer/checker/check_parts.h"
#include "analyzer/pages/huge_unread.h"
#include "analyzer/pages/huge_late.h"

/* The same of one that is not marked. */
static uint64_t next_late(const struct survey *survey, uint64_t index, uint64_t end)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct huge_late *late = huge_late_from(survey, vmemmap_first_pfn(kernel, index));
	uint64_t first = late ? vmemmap_index_of(kernel, late->page.pfn) : end;

	return first < index ? index : first < end ? first : end;
}

/* The first vmemmap page from @index on, and before @end, that begins inside a huge page. */
static uint64_t next_huge(const struct survey *survey, uint64_t index, uint64_t end)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct huge_cursor cursor =
		huge_pages_from(&survey->inventory->pages, vmemmap_first_pfn(kernel, index));
	const struct huge_page *page;

	while ((page = huge_pages_next(&survey->inventory->pages, &cursor))) {
		uint64_t i = vmemmap_index_of(kernel, page->pfn);

		if (vmemmap_first_pfn(kernel, i) < page->pfn)
			i++;
		if (i >= end)
			return end;
		/* One of few struct pages may lie between two of these. */
		if (vmemmap_first_pfn(kernel, i) - page->pfn < UINT64_C(1) << page->order)
			return i;
	}
	return end;
}

uint64_t vmemmap_piece_end(const struct survey *survey, uint64_t index, uint64_t end)
{
	end = vmemmap_device_end(survey->target, index, end);
	return next_huge(survey, index + 1, next_late(survey, index + 1, end));
}

/* Where the pages end that follow each other from that of @index on; @index if it is of none. */
static uint64_t reach(const struct kernel *kernel, const struct huge_pages *pages, uint64_t index)
{
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	pfn_t end = huge_pages_reach(pages, pfn);
	uint64_t stop = vmemmap_index_of(kernel, end);

	return end == pfn ? index : stop > index ? stop : index + 1;
}

uint64_t vmemmap_huge_reach(const struct survey *survey, uint64_t index)
{
	uint64_t stop = reach(&survey->target->kernel, &survey->inventory->pages, index);
	const struct huge_late *late;

	if (stop > index)
		return stop;
	late = huge_late_find(survey, vmemmap_first_pfn(&survey->target->kernel, index));
	if (late)
		return huge_first(survey->target, &late->page) + late->page.mapping.pages;
	/* Where sections are shared with boot memory, struct pages show whose they are. */
	stop = reach(&survey->target->kernel, &survey->devices->pages, index);
	return stop > index && vmemmap_is_device(survey->target, index, stop) ? stop : index;
}

/*
 * Of a writable run whose frames others map too, only the pages that are, unless
 * the others have been reported for it.
 */
static bool is_suspect(const struct survey *survey, const struct check_run *run,
		       const struct vmemmap_run *piece, uint64_t index)
{
	pfn_t frame = vmemmap_run_frame(piece, index);

	if (!piece->writable || piece->constant)
		return true;
	return vmemmap_users(survey->map, frame) > 1 &&
	       !sharing_reported(survey, run, frame, index);
}

enum { HEADS_LOOKED_FOR = 128 }; /* of each part of the map */

/* The first vmemmap page but @index that maps its frame; false if there is none. */
static bool partner_find(const struct survey *survey, const struct vmemmap_run *piece,
			 uint64_t index, uint64_t *ret)
{
	pfn_t frame = vmemmap_run_frame(piece, index);
	uint64_t first, count;

	for (size_t cursor = 0; vmemmap_users_next(survey->map, frame, &cursor, &first, &count);) {
		if (first != index || count > 1) {
			*ret = first == index ? first + 1 : first;
			return true;
		}
	}
	return false;
}

enum { WHERE_MAX = 64 };

/* " (512 vmemmap pages)", "s 0x1000 to 0x11ff": where there are several. */
static void several(const struct vmemmap_run *piece, pfn_t frame, uint64_t count,
		    char pages[WHERE_MAX], char frames[WHERE_MAX])
{
	pages[0] = '\0';
	snprintf(frames, WHERE_MAX, "frame 0x%" PRIx64, frame);
	if (count == 1)
		return;
	snprintf(pages, WHERE_MAX, " (%" PRIu64 " vmemmap pages)", count);
	if (!piece->constant)
		snprintf(frames, WHERE_MAX, "frames 0x%" PRIx64 " to 0x%" PRIx64, frame,
			 frame + count - 1);
}

/* "shared with the struct pages from pfn 0x8000 on", "not shared". */
static void shared_words(const struct survey *survey, const struct vmemmap_run *piece,
			 uint64_t index, char buf[WHERE_MAX])
{
	uint64_t other;

	if (vmemmap_users(survey->map, vmemmap_run_frame(piece, index)) < 2)
		snprintf(buf, WHERE_MAX, "not shared");
	else if (piece->constant || !partner_find(survey, piece, index, &other))
		snprintf(buf, WHERE_MAX, "shared");
	else
		snprintf(buf, WHERE_MAX, "shared with the struct pages from pfn 0x%" PRIx64 " on",
			 vmemmap_first_pfn(&survey->target->kernel, other));
}

/* @count vmemmap pages that are alike, from @index on. */
static struct error *report_suspect(const struct survey *survey, struct check_run *run,
				    const struct vmemmap_run *piece, uint64_t index, uint64_t count)
{
	bool maybe_huge;
	struct error *err = huge_could_be(survey, vmemmap_first_pfn(&survey->target->kernel, index),
					  &maybe_huge);

	if (err)
		return err;
	if (maybe_huge) {
		run->checked -= count;
		run->not_checked += count;
		return check_reason(run, "the struct page that would be the head of a huge page "
					 "there cannot be read");
	}

	pfn_t frame = vmemmap_run_frame(piece, index);
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index);
	const struct device *device = devices_find(survey->devices, pfn);
	struct orphan_head head = { 0 };

	/* Of a map that is a ruin, nobody asks for the head of each page: no fault is known by it.
	 */
	bool asked = device || run->violations < HEADS_LOOKED_FOR;
	if (!device && asked)
		err = orphan_head_find(survey, index, &head);
	if (err)
		return err;
	if (head.missing)
		return orphan_report_lost(survey, run, &head, index);
	if (orphan_is_whole(&head))
		return orphan_report_page(survey, run, &head, index);
	char pages[WHERE_MAX], frames[WHERE_MAX], with[WHERE_MAX];
	several(piece, frame, count, pages, frames);
	shared_words(survey, piece, index, with);
	finding_sign(run, !asked				   ? NULL
			  : device && device->kind == DEVICE_FSDAX ? "fsdax-shared"
								   : "orphan-sharing");
	return finding_add(
		run, SEVERITY_ERROR, pfn, index, count,
		"the struct pages from pfn 0x%" PRIx64 " on%s are in %s, mapped %s and %s, "
		"but belong to no optimised page%s",
		pfn, pages, frames, piece->writable ? "writable" : "read-only", with, head.words);
}

/* True if @other, which maps the same frame, is of nobody either: then it is reported there. */
static struct error *is_told_before(const struct survey *survey, uint64_t index, uint64_t other,
				    bool *ret)
{
	enum memory_state state;
	bool device = false;

	*ret = false;
	if (other > index || vmemmap_huge_reach(survey, other) > other)
		return NULL;
	struct error *err = vmemmap_of_device(survey, other, &device, &state);
	*ret = !device && state == MEMORY_PRESENT;
	return err;
}

/* How many from @index on share their frames with neighbours of @other, one by one. */
static uint64_t shared_alike(const struct survey *survey, const struct check_run *run,
			     const struct vmemmap_run *piece, uint64_t index, uint64_t other,
			     uint64_t end)
{
	uint64_t count = 1, next;

	while (index + count < end && is_suspect(survey, run, piece, index + count) &&
	       !findings_cover(run, index + count) &&
	       partner_find(survey, piece, index + count, &next) && next == other + count)
		count++;
	return count;
}

/* Pages that are writable, each with a frame that others map: those alike are one fault. */
static struct error *report_shared(const struct survey *survey, struct check_run *run,
				   const struct vmemmap_run *piece, uint64_t index, uint64_t end)
{
	struct error *err = NULL;

	for (uint64_t count, other; !err && index < end; index += count) {
		bool told;

		count = 1;
		if (!is_suspect(survey, run, piece, index) || findings_cover(run, index) ||
		    !partner_find(survey, piece, index, &other))
			continue;
		count = shared_alike(survey, run, piece, index, other, end);
		err = is_told_before(survey, index, other, &told);
		if (!err && !told)
			err = report_suspect(survey, run, piece, index, count);
	}
	return err;
}

/* Read-only pages, and those behind one frame, are one fault. */
static struct error *report_piece(const struct survey *survey, struct check_run *run,
				  const struct vmemmap_run *piece, uint64_t index, uint64_t end)
{
	if (!piece->constant && piece->writable)
		return report_shared(survey, run, piece, index, end);
	return is_suspect(survey, run, piece, index) && !findings_cover(run, index)
		       ? report_suspect(survey, run, piece, index, end - index)
		       : NULL;
}

/*
 * Device memory: what its compound pages share is theirs to check; nothing else of
 * it is shared. *end moves to where the answer ends.
 */
static struct error *check_device_piece(const struct survey *survey, struct check_run *run,
					const struct vmemmap_run *piece, uint64_t index,
					uint64_t *end)
{
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index);
	const struct device *device = devices_find(survey->devices, pfn);
	struct huge_page page;

	if (device && device_compound(survey, device, pfn, &page)) {
		uint64_t stop = huge_first(survey->target, &page) + page.mapping.pages;

		*end = stop < *end ? stop : *end;
		return NULL;
	}
	if (!device || !survey->scheme->dax->known ||
	    (!device->order_known && device->memmap != MEMMAP_DEVICE)) {
		run->not_checked += *end - index;
		return check_reason(run, "which pages of some devices may share is not known");
	}
	run->checked += *end - index;
	return report_piece(survey, run, piece, index, *end);
}

static struct error *check_run_pieces(const struct survey *survey, struct check_run *run,
				      const struct vmemmap_run *piece)
{
	uint64_t stop = piece->first + piece->count;
	struct error *err = NULL;

	for (uint64_t index = piece->first, end; !err && index < stop; index = end) {
		bool device = false;
		enum memory_state state;

		end = vmemmap_huge_reach(survey, index);
		if (end > index)
			continue;
		end = vmemmap_piece_end(survey, index, vmemmap_run_end(piece));
		err = vmemmap_of_device(survey, index, &device, &state);
		if (!err && device)
			err = check_device_piece(survey, run, piece, index, &end);
		if (err || device)
			continue;
		if (state != MEMORY_PRESENT) {
			run->not_checked += end - index;
			err = check_reason(run, "struct pages that could be a device's are %s",
					   memory_state_text(state));
			continue;
		}
		run->checked += end - index;
		err = report_piece(survey, run, piece, index, end);
	}
	return err;
}

static struct error *check_piece(const struct survey *survey, struct check_run *run,
				 const struct vmemmap_run *piece)
{
	if (!vmemmap_run_mapped(piece)) {
		run->not_checked += piece->backing == BACKING_UNREADABLE ? piece->count : 0;
		return NULL;
	}
	if (piece->writable && !piece->shared) {
		run->checked += piece->count;
		return NULL;
	}
	return check_run_pieces(survey, run, piece);
}

/* Where in @row the next piece is that has to be looked at: nothing of huge pages has. */
static uint64_t next_piece(const struct survey *survey, struct check_run *run,
			   const struct vmemmap_row *row, uint64_t index)
{
	if (!row->period || row->shared)
		return index;
	uint64_t groups, stop = vmemmap_huge_reach(survey, index);
	if (stop <= index)
		return index;
	if (stop > vmemmap_row_end(row))
		stop = vmemmap_row_end(row);
	/* As of all others, a head that is writable and nobody else's counts. */
	groups = (stop - row->first + row->period - 1) / row->period -
		 (index - row->first + row->period - 1) / row->period;
	run->checked += row->head_writable && row->tails != STRIPE_TAILS_HEAD ? groups : 0;
	return stop;
}

static struct error *check_row(const struct survey *survey, struct check_run *run,
			       const struct vmemmap_row *row)
{
	struct vmemmap_run piece;
	struct error *err = NULL;

	for (uint64_t index = row->first; !err && index < vmemmap_row_end(row);
	     index = vmemmap_run_end(&piece)) {
		index = next_piece(survey, run, row, index);
		if (!vmemmap_run_at(survey->map, index, &piece) || index == vmemmap_row_end(row))
			return NULL;
		if (piece.first < index) { /* the rest of a group */
			piece.count -= (uint32_t)(index - piece.first);
			piece.first = index;
		}
		err = check_piece(survey, run, &piece);
	}
	return err;
}

static struct error *check_part(const struct survey *view, struct check_run *run, void *data,
				size_t number)
{
	const struct vmemmap_map *map = view->map;
	size_t first = number * PART_ROWS;
	struct error *err = NULL;

	(void)data;
	for (size_t i = first; !err && i < map->row_count && i < first + PART_ROWS; i++)
		err = check_row(view, run, &map->rows[i]);
	return err;
}

/* Shared vmemmap pages of which nobody looked whether they are of a huge page. */
static uint64_t assumed_tails(const struct huge_pages *pages)
{
	const struct huge_page *page;
	uint64_t tails = 0;
	uint32_t count;

	for (struct huge_cursor cursor = { 0 };
	     (page = huge_pages_next_run(pages, &cursor, &count));)
		tails += page->assumed ? (uint64_t)page->mapping.at_target * count : 0;
	return tails;
}

static struct error *run_orphan_sharing(const struct survey *survey, struct check_run *run)
{
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	run->unit = "vmemmap pages";
	err = check_in_parts(survey, run, parts_of_rows(survey->map->row_count), check_part, NULL);
	if (!err && run->not_checked)
		err = check_reason(run, "page tables cannot be read");
	if (!err)
		err = orphan_report_late(survey, run);
	uint64_t assumed = assumed_tails(&survey->inventory->pages);
	run->not_checked += assumed;
	if (!err && assumed)
		err = check_reason(run, "%s",
				   survey->quick
					   ? "--quick looks at no heads where page tables are "
					     "as they should be"
					   : "the heads of some huge pages are not in the "
					     "dump: only page tables show these");
	return err;
}

const struct check check_orphan_sharing = {
	.id = "vmemmap-orphan-sharing",
	.title = "shared or read-only vmemmap belongs to an optimised page or a device",
	.rationale =
		"Only huge pages and device memory share vmemmap frames. Tails that stayed shared "
		"after their huge page was given back are handed out as ordinary pages: the first "
		"write to such a struct page oopses, or changes many at once. Where a pool counts a "
		"page that nobody finds, the head has been overwritten instead. Up to v6.6 pages may "
		"share while they are not marked as huge pages: when they are made, and (to v6.4) from "
		"when a batch is taken out of its pool until each is restored; they are notes as long "
		"as no pool counts or links them (but for one that is counted under hugetlb_lock), and "
		"their struct page shows no owner: that of a free "
		"block, of slab, of a page table, on an LRU list or with PG_reserved is of a page that "
		"was given away first.",
	.basis =
		"Linux kernel mm/hugetlb.c, __update_and_free_hugetlb_folio(): the vmemmap is "
		"restored before the page is freed; prep_new_huge_page(), remove_hugetlb_page(), and "
		"commit 32c877191e02 (\"hugetlb: do not clear hugetlb dtor until allocating "
		"vmemmap\")",
	.severity = SEVERITY_ERROR,
	.run = run_orphan_sharing,
};
