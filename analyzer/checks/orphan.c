// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whose shared vmemmap was that no marked huge page has. */
#include "analyzer/checks/orphan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "include/plural.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/huge_phase.h"

/* --- the head -------------------------------------------------------------------- */

/* The zone whose shared frame for @order is @frame. */
static bool zone_by_frame(const struct kernel *kernel, unsigned order, pfn_t frame,
			  struct huge_page *page)
{
	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];
		pfn_t shared;

		if (kernel_shared_tail(kernel, zone->node, zone->index, order, &shared) !=
			    TAIL_KNOWN ||
		    shared != frame)
			continue;
		page->node = (uint16_t)zone->node;
		page->zone = (uint8_t)zone->index;
		return true;
	}
	return false;
}

static bool is_in_zone(const struct kernel *kernel, const struct huge_page *page)
{
	const struct zone_info *zone = kernel_zone(kernel, page->node, page->zone);

	return zone && page->pfn >= zone->start_pfn &&
	       page->pfn - zone->start_pfn < zone->spanned_pages;
}

/* A tail beside the head shows it, or the zone that spans it. */
static struct error *zone_by_place(const struct survey *survey, struct huge_page *page)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t in_page = kernel->page_size / kernel->struct_page_size, flags = 0;
	enum memory_state state;
	struct error *err = vmemmap_read_u64(
		kernel, survey->map, survey->target->memory, page->pfn + in_page - 1,
		layout_get(&survey->target->layout, LAYOUT_PAGE_FLAGS), &flags, &state);

	if (err)
		return err;
	page->node = (uint16_t)page_flags_node(kernel, flags);
	page->zone = (uint8_t)page_flags_zone(kernel, flags);
	if (state != MEMORY_PRESENT || !is_in_zone(kernel, page))
		flags = 0; /* overwritten, as the head may be */
	for (size_t i = 0; flags == 0 && i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if (zone->start_pfn > page->pfn ||
		    page->pfn - zone->start_pfn >= zone->spanned_pages)
			continue;
		page->node = (uint16_t)zone->node;
		page->zone = (uint8_t)zone->index;
		flags = 1;
	}
	return NULL;
}

/* All tails agree, and only the entry of the head differs. */
static bool only_head_is_wrong(const struct huge_mapping *mapping)
{
	return mapping->kept_wrong && mapping->wrong == 1;
}

/* Shared and not in turns, which no remap leaves: what most of it shows counts. */
static bool most_is_shared(const struct huge_mapping *mapping)
{
	return !mapping->wrong && !mapping->missing && mapping->at_target > mapping->pages / 2;
}

static bool is_remapped(const struct huge_mapping *mapping)
{
	if (!mapping->at_target || mapping->readonly_kept)
		return false;
	return only_head_is_wrong(mapping) ||
	       ((mapping->kind == MAPPED_FULL || mapping->kind == MAPPED_PARTIAL ||
		 most_is_shared(mapping)) &&
		!mapping->kept_doubtful);
}

/* Whether a page of the @hstate, around vmemmap page @index, would be mapped as it is. */
static struct error *try_hstate(const struct survey *survey, size_t hstate, uint64_t index,
				struct huge_page *page, bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned order = survey->inventory->hstates[hstate].order;
	pfn_t pfn = vmemmap_first_pfn(kernel, index), frame;
	struct error *err = NULL;

	*ret = false;
	*page = (struct huge_page){
		.pfn = pfn >> order << order,
		.order = (uint8_t)order,
		.hstate = (int8_t)hstate,
	};
	if (kernel_vmemmap_pages(kernel, order) < 2 || !kernel_pfn_valid(kernel, page->pfn))
		return NULL;
	if (survey->scheme->hugetlb->target != TARGET_ZONE_TAIL)
		err = zone_by_place(survey, page);
	else if (!vmemmap_frame_at(survey->map, index, &frame) ||
		 !zone_by_frame(kernel, order, frame, page))
		return NULL;
	if (err)
		return err;
	huge_mapping_read(survey, page, &page->mapping);
	*ret = is_remapped(&page->mapping);
	return NULL;
}

/* The largest that fits: the first vmemmap pages of one are mapped as a smaller one's. */
static struct error *find_page(const struct survey *survey, uint64_t index, struct huge_page *ret)
{
	struct error *err = NULL;
	struct huge_page page;
	bool fits;

	*ret = (struct huge_page){ 0 };
	for (size_t i = 0; !err && i < survey->inventory->hstate_count; i++) {
		err = try_hstate(survey, i, index, &page, &fits);
		if (!err && fits && page.order > ret->order)
			*ret = page;
	}
	return err;
}

/* --- one page, one finding --------------------------------------------------------- */

/* Of its vmemmap pages, the first that shows that it is one. */
static uint64_t first_shared(const struct survey *survey, const struct huge_page *page)
{
	uint64_t index = huge_first(survey->target, page), end = index + page->mapping.pages;
	struct vmemmap_run run;

	for (; index < end && vmemmap_run_at(survey->map, index, &run); index++) {
		bool shared = run.constant ||
			      (run.shared &&
			       vmemmap_users(survey->map, vmemmap_run_frame(&run, index)) > 1);
		if (!run.writable || shared)
			break;
	}
	return index;
}

struct error *orphan_head_find(const struct survey *survey, uint64_t index, struct orphan_head *ret)
{
	struct error *err;

	*ret = (struct orphan_head){ 0 };
	err = find_page(survey, index, &ret->page);
	if (err || !ret->page.order)
		return err;
	ret->missing = huge_phase_missing(survey, ret->page.order, ret->page.node, &ret->count);
	ret->first = first_shared(survey, &ret->page);
	err = head_words_find(survey, ret->page.pfn, &ret->is);
	snprintf(ret->words, sizeof(ret->words),
		 "; they are mapped as those of a %s page at pfn 0x%" PRIx64
		 ", whose struct page %s",
		 huge_size(&ret->page, survey->target), ret->page.pfn, ret->is.text);
	return err;
}

bool orphan_is_whole(const struct orphan_head *head)
{
	return head->page.order && head->page.mapping.at_target > 1;
}

/* ", in frame 0x1001, which is a slab page,": where the head's own entry is wrong. */
static struct error *place_words(const struct survey *survey, const struct huge_page *page,
				 char buf[FRAME_WORDS_MAX + 64])
{
	uint64_t first = huge_first(survey->target, page);
	char is[FRAME_WORDS_MAX];
	pfn_t frame;

	buf[0] = '\0';
	if (!only_head_is_wrong(&page->mapping) || !vmemmap_frame_at(survey->map, first, &frame))
		return NULL;
	struct error *err = frame_words(survey, frame, first, page->mapping.pages, is);
	snprintf(buf, FRAME_WORDS_MAX + 64, ", in frame 0x%" PRIx64 ", which is %s,", frame, is);
	return err;
}

/* Tells heads that are lost in one way from others. */
static unsigned what_hash(const char *what)
{
	unsigned hash = 0;

	for (; *what; what++)
		hash = 31 * hash + (unsigned char)*what;
	return hash;
}

static const char *gone_words(const struct orphan_head *head)
{
	return head->is.is_taken ? "; it was given away before they were restored" : "";
}

struct error *orphan_report_page(const struct survey *survey, struct check_run *run,
				 const struct orphan_head *head, uint64_t index)
{
	const struct huge_page *page = &head->page;

	if (index != head->first)
		return NULL;
	finding_alike(survey, run, page, 0, page->mapping.pages, what_hash(head->is.text));
	finding_alike_by_number(run);
	finding_sign(run, "orphan-sharing");
	return finding_add(
		run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
		page->mapping.pages,
		"%u of %u vmemmap pages are shared and mapped as those of a %s page at pfn "
		"0x%" PRIx64 ", but belong to no optimised page: its struct page %s%s",
		page->mapping.at_target, page->mapping.pages, huge_size(page, survey->target),
		page->pfn, head->is.text, gone_words(head));
}

struct error *orphan_report_lost(const struct survey *survey, struct check_run *run,
				 const struct orphan_head *head, uint64_t index)
{
	const struct huge_page *page = &head->page;
	char place[FRAME_WORDS_MAX + 64];

	if (index != head->first)
		return NULL;
	struct error *err = place_words(survey, page, place);
	if (err)
		return err;
	if (!place[0]) {
		finding_alike(survey, run, page, 0, page->mapping.pages, what_hash(head->is.text));
		finding_alike_by_number(run);
	}
	finding_sign(run, "pool-page-lost");
	return finding_add(
		run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
		page->mapping.pages,
		"the head of the %s page 0x%" PRIx64 " is lost: its struct page%s %s, though %u of "
		"its %u vmemmap pages %s shared and %s counts %" PRIu64 " page%s on node %u, of "
		"which %" PRIu64 " %s found",
		huge_size(page, survey->target), page->pfn, place, head->is.text,
		page->mapping.at_target, page->mapping.pages, verb_be(page->mapping.at_target),
		survey->inventory->hstates[page->hstate].name, head->count.counted,
		plural(head->count.counted), page->node, head->count.found,
		verb_be(head->count.found));
}

/* --- pages that are not marked ------------------------------------------------------ */

/* Those in transition of one order and node that say alike whether they are optimised. */
struct batch {
	const struct huge_late *first;
	uint64_t pages, half;
};

static bool is_of_batch(const struct batch *batch, const struct huge_late *late)
{
	return late->page.order == batch->first->page.order &&
	       late->page.node == batch->first->page.node &&
	       late->page.optimized == batch->first->page.optimized &&
	       late->verdict == batch->first->verdict;
}

static struct batch batch_from(const struct huge_lates *late_pages, size_t number)
{
	struct batch batch = { .first = &late_pages->list[number] };

	for (size_t i = number; i < late_pages->count; i++)
		if (is_of_batch(&batch, &late_pages->list[i])) {
			batch.pages++;
			batch.half += late_pages->list[i].page.mapping.kind == MAPPED_PARTIAL;
		}
	return batch;
}

/* An earlier one of the same batch has spoken for it. */
static bool is_told(const struct huge_lates *late_pages, size_t number)
{
	struct batch batch = { .first = &late_pages->list[number] };

	for (size_t i = 0; i < number; i++)
		if (is_of_batch(&batch, &late_pages->list[i]))
			return true;
	return false;
}

static const char *batch_way(const struct batch *batch)
{
	if (batch->first->verdict == LATE_LEFT)
		return "left behind on purpose (HPG_raw_hwp_unreliable)";
	return batch->first->page.optimized
		       ? "in transition: being given back, vmemmap restored page by page"
		       : "in transition: being made, vmemmap shared before the mark is set";
}

static struct error *report_batch(const struct target *target, struct check_run *run,
				  const struct batch *batch)
{
	const struct huge_page *page = &batch->first->page;
	char half[64] = "";

	if (batch->half)
		snprintf(half, sizeof(half), "; %" PRIu64 " half way", batch->half);
	return finding_add(run, SEVERITY_NOTE, page->pfn, huge_first(target, page),
			   page->mapping.pages,
			   "%" PRIu64 " page%s of %s on node %u, from 0x%" PRIx64
			   " on: %s; not marked as huge, "
			   "and counted by no pool%s",
			   batch->pages, plural(batch->pages), huge_size(page, target), page->node,
			   page->pfn, batch_way(batch), half);
}

static const char *late_fault(const struct huge_late *late)
{
	switch ((enum late_verdict)late->verdict) {
	case LATE_LINKED:
		return "a list of its pool links it: the mark was overwritten";
	case LATE_COUNTED:
		return "its pool counts a page more than are found: the mark was overwritten";
	case LATE_TOO_MANY:
		return "more such pages are half way than the kernel makes or restores at a time";
	case LATE_CHANGING:
	case LATE_LEFT:
		break;
	}
	return "";
}

static struct error *report_fault(const struct survey *survey, struct check_run *run,
				  const struct huge_late *late)
{
	const struct huge_page *page = &late->page;
	char label[HUGE_LABEL_MAX];
	struct head_words is;
	struct error *err = head_words_find(survey, page->pfn, &is);

	if (err)
		return err;
	finding_alike(survey, run, page, 0, page->mapping.pages,
		      what_hash(is.text) ^ what_hash(late_fault(late)));
	finding_alike_by_number(run);
	finding_sign(run, late->verdict == LATE_TOO_MANY ? "orphan-sharing" : "pool-page-lost");
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
			   page->mapping.pages,
			   "%u of the %u vmemmap pages of the %s %s shared, and it %s; it is not "
			   "just being changed: %s",
			   page->mapping.at_target, page->mapping.pages,
			   huge_label(survey, page, label), verb_be(page->mapping.at_target),
			   is.text, late_fault(late));
}

struct error *orphan_report_late(const struct survey *survey, struct check_run *run)
{
	const struct huge_lates *late_pages = &survey->inventory->late_pages;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < late_pages->count; i++) {
		const struct huge_late *late = &late_pages->list[i];

		run->checked += late->page.mapping.pages;
		if (!huge_late_is_legal(late))
			err = report_fault(survey, run, late);
		else if (!is_told(late_pages, i)) {
			const struct batch batch = batch_from(late_pages, i);

			err = report_batch(survey->target, run, &batch);
		}
	}
	return err;
}
