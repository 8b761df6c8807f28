// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How the vmemmap of one huge page is mapped: counted run by run, so that the
 * 4096 entries of a 1 GiB page cost two steps.
 */
#include "analyzer/pages/survey.h"
#include "include/error.h"

enum { KEPT_MAX = 2 }; /* no scheme keeps more */

struct counter {
	const struct survey *survey;
	const struct scheme *scheme;
	struct huge_mapping *mapping;
	uint64_t first;		     /* vmemmap index of the head */
	enum entry_verdict previous; /* of the tail before */
	unsigned changes;	     /* between the target and own frames */
	bool any_tail;
	uint32_t own, wrong_frames, kept_frames;
	pfn_t kept[KEPT_MAX]; /* kept frames that others map too, perhaps only tails of the page */
	unsigned kept_count;
	bool kept_is_target;
	bool keeps_leaves; /* the unshared tails are legal: see huge_mapping_keeps_leaves() */
};

const struct scheme *huge_page_scheme(const struct survey *survey, const struct huge_page *page)
{
	return page->family == FAMILY_DAX ? survey->scheme->dax : survey->scheme->hugetlb;
}

static unsigned pages_kept(const struct scheme *scheme, uint64_t pages)
{
	unsigned kept = scheme->pages_kept;

	if (kept == 0)
		kept = 1;
	return pages < kept ? (unsigned)pages : kept;
}

enum { TAILS_ENOUGH = 3 }; /* that share a frame, to outvote the page whose frame it should be */

/* True if all vmemmap pages [index, end) map the frame that the @run of the first of them has. */
static bool all_map_one(const struct survey *survey, uint64_t index, uint64_t end,
			const struct vmemmap_run *run)
{
	struct vmemmap_run next = *run;

	while (vmemmap_run_mapped(&next) && vmemmap_run_frame(&next, index) == run->frame) {
		index = next.constant ? vmemmap_run_end(&next) : index + 1;
		if (index >= end)
			return true;
		if (!vmemmap_run_at(survey->map, index, &next))
			return false;
	}
	return false;
}

/* Where the frame of the tails should be: in the last page that is kept. */
static uint64_t last_kept(const struct scheme *scheme)
{
	return scheme->pages_kept ? scheme->pages_kept - 1 : 0;
}

/* What a frame says of the page: its second struct page is a tail in each scheme. */
enum claim { CLAIM_UNREAD, CLAIM_OWN, CLAIM_OTHER };

/* Of the frame behind vmemmap page @index. Masks name nobody: they are no claim of its own. */
static enum claim frame_claim(const struct survey *survey, const struct huge_page *page,
			      uint64_t index)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state = MEMORY_ABSENT;
	uint64_t link = 0;
	struct error *err = vmemmap_read_u64(kernel, survey->map, survey->target->memory,
					     vmemmap_first_pfn(kernel, index) + 1,
					     kernel->page.link.at, &link, &state);

	if (err || state != MEMORY_PRESENT) {
		error_destroy(err);
		return CLAIM_UNREAD;
	}
	return link == kernel_struct_page(kernel, page->pfn) + 1 ? CLAIM_OWN : CLAIM_OTHER;
}

/*
 * The frame behind the last kept page is to be the one of the tails. Where all of these map
 * another one, which is nobody else's and holds tails of the page, it is that page's entry
 * which is wrong, and not theirs.
 */
static void tails_outvote(const struct survey *survey, const struct huge_page *page,
			  struct huge_mapping *mapping)
{
	const struct scheme *scheme = huge_page_scheme(survey, page);
	uint64_t first = vmemmap_index_of(&survey->target->kernel, page->pfn);
	uint64_t tail = first + last_kept(scheme) + 1, end = first + mapping->pages;
	struct vmemmap_run run;

	if (end < tail + TAILS_ENOUGH || !vmemmap_run_at(survey->map, tail, &run) ||
	    !vmemmap_run_mapped(&run))
		return;
	run.frame = vmemmap_run_frame(&run, tail);
	run.first = tail;
	if (run.frame == mapping->target || !all_map_one(survey, tail, end, &run) ||
	    vmemmap_users(survey->map, run.frame) != end - tail ||
	    (frame_claim(survey, page, tail - 1) == CLAIM_OWN &&
	     frame_claim(survey, page, tail) == CLAIM_OTHER))
		return;
	mapping->kept_wrong = mapping->target_known;
	mapping->target_known = true;
	mapping->target = run.frame;
}

/* The frame that tails should map, as the scheme's row says. */
static void target_find(const struct survey *survey, const struct huge_page *page,
			struct huge_mapping *mapping)
{
	const struct scheme *scheme = huge_page_scheme(survey, page);
	uint64_t first = vmemmap_index_of(&survey->target->kernel, page->pfn);
	uint64_t index = first;

	switch (scheme->target) {
	case TARGET_NONE:
		return;
	case TARGET_TAIL_PAGE:
		index = first + scheme->pages_kept - 1;
		break;
	case TARGET_NEXT_PAGE:
		index = first + scheme->pages_kept;
		break;
	case TARGET_HEAD_PAGE:
		break;
	case TARGET_ZONE_TAIL: {
		enum tail_state state =
			kernel_shared_tail(&survey->target->kernel, page->node, page->zone,
					   page->order, &mapping->target);
		mapping->target_known = state == TAIL_KNOWN;
		mapping->target_null = state == TAIL_NULL;
		return;
	}
	}

	mapping->target_known = vmemmap_frame_at(survey->map, index, &mapping->target);
}

/* The same, unless all tails agree on another frame. */
static void target_judge(const struct survey *survey, const struct huge_page *page,
			 struct huge_mapping *mapping)
{
	const struct scheme *scheme = huge_page_scheme(survey, page);

	target_find(survey, page, mapping);
	if (scheme->target == TARGET_TAIL_PAGE ||
	    (scheme->target == TARGET_HEAD_PAGE && scheme->pages_kept == 1))
		tails_outvote(survey, page, mapping);
}

/* Alike for a whole run piece, or for its first page only (*count becomes 1). */
static enum entry_verdict piece_verdict(const struct survey *survey,
					const struct huge_mapping *mapping,
					const struct vmemmap_run *run, uint64_t index,
					uint64_t *count)
{
	if (!vmemmap_run_mapped(run))
		return VERDICT_MISSING;

	pfn_t frame = vmemmap_run_frame(run, index);
	if (run->constant) {
		if (mapping->target_known && frame == mapping->target)
			return VERDICT_TARGET;
		return VERDICT_WRONG;
	}
	if (!run->shared)
		return VERDICT_OWN;
	*count = 1;
	if (mapping->target_known && frame == mapping->target)
		return VERDICT_TARGET;
	return vmemmap_users(survey->map, frame) == 1 ? VERDICT_OWN : VERDICT_WRONG;
}

static bool is_kept(const struct counter *counter, pfn_t frame)
{
	for (unsigned i = 0; i < counter->kept_count; i++)
		if (counter->kept[i] == frame)
			return true;
	return false;
}

/* Of a kept page's frame; how many of the page's tails map it too is known later. */
static void note_kept(struct counter *counter, const struct vmemmap_run *run, pfn_t frame)
{
	if (run->shared && counter->kept_count < KEPT_MAX)
		counter->kept[counter->kept_count++] = frame;
	else if (run->shared)
		counter->mapping->kept_doubtful = true;
}

static void count_kept(struct counter *counter, const struct vmemmap_run *run, uint64_t index,
		       uint64_t count)
{
	struct huge_mapping *mapping = counter->mapping;

	if (!vmemmap_run_mapped(run)) {
		mapping->missing += (uint32_t)count;
		mapping->kept_doubtful = true;
		return;
	}
	if (!run->writable)
		mapping->readonly_kept += (uint32_t)count;
	if (run->backing == BACKING_LEAF)
		mapping->leaf += (uint32_t)count;
	for (uint64_t i = index; i < index + count; i++) {
		bool is_target =
			mapping->target_known && vmemmap_run_frame(run, i) == mapping->target;

		counter->kept_is_target |= is_target;
		counter->kept_frames += !is_target && !is_kept(counter, vmemmap_run_frame(run, i));
		note_kept(counter, run, vmemmap_run_frame(run, i));
	}
}

/* No vmemmap page of this huge page before @index maps @frame. */
static bool is_first_of(const struct counter *counter, pfn_t frame, uint64_t index)
{
	uint64_t at, count;

	for (size_t cursor = 0;
	     vmemmap_users_next(counter->survey->map, frame, &cursor, &at, &count);)
		if (at < index && at + count > counter->first)
			return false;
	return true;
}

/* @index: the first of @count tails that are alike. */
static void count_tail(struct counter *counter, const struct vmemmap_run *run, uint64_t index,
		       uint64_t count, enum entry_verdict verdict)
{
	struct huge_mapping *mapping = counter->mapping;
	uint32_t n = (uint32_t)count;

	switch (verdict) {
	case VERDICT_TARGET:
		mapping->at_target += n;
		if (run->writable)
			mapping->writable_tails += n;
		break;
	case VERDICT_OWN:
		counter->own += n;
		if (!run->writable)
			mapping->readonly_own += n;
		break;
	case VERDICT_WRONG:
		mapping->wrong += n;
		counter->wrong_frames += is_first_of(counter, vmemmap_run_frame(run, index), index);
		break;
	case VERDICT_MISSING:
		mapping->missing += n;
		break;
	case VERDICT_KEPT:
		break;
	}
	if (run->backing == BACKING_LEAF) {
		mapping->leaf += n;
		mapping->leaf_own += verdict == VERDICT_OWN ? n : 0;
	}
	if (counter->any_tail && verdict != counter->previous)
		counter->changes++;
	counter->any_tail = true;
	counter->previous = verdict;
}

static void count_pages(struct counter *counter, uint64_t kept)
{
	const struct vmemmap_map *map = counter->survey->map;
	uint64_t index = counter->first, end = counter->first + counter->mapping->pages;

	while (index < end) {
		struct vmemmap_run run;
		uint64_t stop =
			vmemmap_run_at(map, index, &run) ? vmemmap_run_end(&run) : index + 1;

		if (index < counter->first + kept && stop > counter->first + kept)
			stop = counter->first + kept;
		if (stop > end)
			stop = end;

		uint64_t count = stop - index;
		if (index < counter->first + kept) {
			count_kept(counter, &run, index, count);
		} else {
			enum entry_verdict verdict = piece_verdict(
				counter->survey, counter->mapping, &run, index, &count);
			count_tail(counter, &run, index, count, verdict);
		}
		index += count;
	}
}

/* Whether others map a kept frame too: more vmemmap pages do than the page's own. */
static bool kept_have_strangers(const struct counter *counter)
{
	const struct huge_mapping *mapping = counter->mapping;

	for (unsigned i = 0; i < counter->kept_count; i++) {
		pfn_t frame = counter->kept[i];
		uint64_t own =
			mapping->target_known && frame == mapping->target ? mapping->at_target : 0;

		for (unsigned k = 0; k < counter->kept_count; k++)
			own += counter->kept[k] == frame;
		if (vmemmap_users(counter->survey->map, frame) > own)
			return true;
	}
	return false;
}

/*
 * The first and last tails have frames of their own, those between are shared: remapping
 * went on to the next page table, could not, and is being undone from the start. Linux
 * kernel mm/hugetlb_vmemmap.c, vmemmap_remap_free().
 */
static bool is_rolled_back(const struct counter *counter)
{
	uint64_t in_table = UINT64_C(1) << counter->survey->target->paging.level[0].bits;

	return counter->changes == 2 && counter->previous == VERDICT_OWN &&
	       counter->mapping->pages > in_table;
}

static enum share_kind kind_of(const struct counter *counter, uint64_t tails)
{
	const struct huge_mapping *mapping = counter->mapping;

	if (mapping->missing)
		return MAPPED_UNKNOWN;
	if (mapping->wrong) {
		bool blind = !mapping->target_known && !mapping->target_null &&
			     counter->scheme->target == TARGET_ZONE_TAIL;

		return blind || !counter->scheme->known ? MAPPED_UNKNOWN : MAPPED_WRONG;
	}
	if (mapping->at_target == 0)
		return MAPPED_UNSHARED;
	if (mapping->at_target == tails)
		return MAPPED_FULL;
	return counter->changes == 1 || counter->scheme->partial_legal || counter->keeps_leaves ||
			       is_rolled_back(counter)
		       ? MAPPED_PARTIAL
		       : MAPPED_WRONG;
}

/* All tails that are not shared are behind larger leaves. */
static bool only_leaves_own(const struct huge_mapping *mapping, uint64_t tails)
{
	return mapping->leaf_own && !mapping->wrong && !mapping->missing &&
	       mapping->leaf_own + mapping->at_target == tails;
}

bool huge_mapping_keeps_leaves(const struct survey *survey, const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint64_t kept = pages_kept(huge_page_scheme(survey, page), mapping->pages);

	return page->family == FAMILY_DAX && survey->target->arch->devices_keep_leaves &&
	       mapping->at_target && only_leaves_own(mapping, mapping->pages - kept);
}

void huge_mapping_read(const struct survey *survey, const struct huge_page *page,
		       struct huge_mapping *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t pages = kernel_vmemmap_pages(kernel, page->order);

	/* Struct pages that fill less than a page share it with neighbours. */
	if (pages == 0)
		pages = 1;
	*ret = (struct huge_mapping){ .pages = (uint32_t)pages };
	target_judge(survey, page, ret);

	const struct scheme *scheme = huge_page_scheme(survey, page);
	uint64_t kept = pages_kept(scheme, pages);
	struct counter counter = {
		.survey = survey,
		.scheme = scheme,
		.mapping = ret,
		.first = vmemmap_index_of(kernel, page->pfn),
	};
	count_pages(&counter, kept);
	ret->wrong += ret->kept_wrong;
	counter.keeps_leaves = page->family == FAMILY_DAX &&
			       survey->target->arch->devices_keep_leaves &&
			       only_leaves_own(ret, pages - kept);

	bool zone_frame = scheme->target == TARGET_ZONE_TAIL;
	bool target_used = ret->at_target > 0 || counter.kept_is_target;
	ret->frames = counter.kept_frames + counter.own + counter.wrong_frames + target_used;
	ret->shared_frames = zone_frame && target_used;
	ret->kind = (uint8_t)kind_of(&counter, pages - kept);
	ret->kept_doubtful |= kept_have_strangers(&counter);
}

enum entry_verdict huge_entry_verdict(const struct survey *survey, const struct huge_page *page,
				      const struct huge_mapping *mapping, uint64_t index)
{
	uint64_t first = vmemmap_index_of(&survey->target->kernel, page->pfn), count = 1;
	struct vmemmap_run run;

	vmemmap_run_at(survey->map, index, &run);
	if (!vmemmap_run_mapped(&run))
		return VERDICT_MISSING;
	if (mapping->kept_wrong && index == first + last_kept(huge_page_scheme(survey, page)))
		return VERDICT_WRONG;
	if (index < first + pages_kept(huge_page_scheme(survey, page), mapping->pages))
		return VERDICT_KEPT;
	return piece_verdict(survey, mapping, &run, index, &count);
}

/* The stripe of which the vmemmap of @page is a group; NULL if it is none, or others map its heads.
 */
static const struct vmemmap_row *stripe_of(const struct survey *survey,
					   const struct huge_page *page)
{
	const struct vmemmap_map *map = survey->map;
	uint64_t index = vmemmap_index_of(&survey->target->kernel, page->pfn);
	size_t number = vmemmap_row_from(map, index);
	const struct vmemmap_row *row = &map->rows[number];

	if (number == map->row_count || !row->period || row->shared || row->first > index ||
	    (index - row->first) % row->period ||
	    row->period != kernel_vmemmap_pages(&survey->target->kernel, page->order))
		return NULL;
	return row;
}

void huge_mapping_recall(const struct survey *survey, const struct huge_page *page,
			 struct huge_mapping_memo *memo, struct huge_mapping *ret)
{
	const struct vmemmap_row *row = stripe_of(survey, page);
	bool known = row && memo->row == row && memo->family == page->family &&
		     memo->order == page->order && memo->zone == page->zone &&
		     memo->node == page->node;

	if (!known) {
		huge_mapping_read(survey, page, ret);
		*memo = (struct huge_mapping_memo){ row,	page->family, page->order,
						    page->zone, page->node,   *ret };
		return;
	}
	*ret = memo->mapping;
	if (memo->mapping.kept_wrong)
		target_judge(survey, page, ret);
	else if (huge_page_scheme(survey, page)->target != TARGET_ZONE_TAIL)
		target_find(survey, page, ret);
}

/*
 * The tails behind the second page map its frame read-only, and it is writable as the head is;
 * those of devices are all writable in kernels that keep it.
 */
static bool keeps_second(const struct survey *survey, const struct huge_page *page)
{
	uint64_t first = vmemmap_index_of(&survey->target->kernel, page->pfn);
	const struct huge_mapping *mapping = &page->mapping;
	struct vmemmap_run head, second;
	bool as_device = page->family == FAMILY_DAX && mapping->at_target > 1 &&
			 mapping->writable_tails == mapping->at_target;
	bool as_huge_page =
		mapping->writable_tails == 1 && survey->target->arch->has_readonly_tails;

	return mapping->kept_wrong && (as_device || as_huge_page) &&
	       vmemmap_run_at(survey->map, first, &head) && head.writable &&
	       vmemmap_run_at(survey->map, first + 1, &second) && second.writable;
}

enum kept_pages huge_mapping_kept(const struct survey *survey, const struct huge_page *page)
{
	const struct scheme *scheme = huge_page_scheme(survey, page);

	if (scheme->target == TARGET_HEAD_PAGE && scheme->pages_kept == 1)
		return keeps_second(survey, page) ? KEPT_ONE_MORE : KEPT_AS_NAMED;
	if (scheme->target == TARGET_TAIL_PAGE && page->mapping.kind == MAPPED_FULL)
		return page->mapping.frames == 1 ? KEPT_ONE_ONLY : KEPT_AS_NAMED;
	return KEPT_AS_NAMED;
}

bool huge_page_shares(const struct huge_page *page)
{
	if (page->mapping.kind == MAPPED_UNKNOWN)
		return page->optimized;
	return page->mapping.at_target > 0 || huge_page_saving(page) > 0;
}

uint64_t huge_page_saving(const struct huge_page *page)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint64_t own = mapping->frames - mapping->shared_frames + mapping->missing;

	return mapping->kind == MAPPED_UNKNOWN || own > mapping->pages ? 0 : mapping->pages - own;
}
