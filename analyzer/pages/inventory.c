// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages from a scan of every section. */
#include "analyzer/pages/inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/pages/contents.h"
#include "analyzer/pages/hstates.h"
#include "analyzer/pages/huge_stripe.h"
#include "analyzer/pages/huge_unread.h"
#include "analyzer/parallel/parallel.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/huge_order.h"
#include "analyzer/pages/huge_phase.h"

/* Of 2 MiB pages: more than any machine has. Only damaged pools of tiny pages ask for more. */
static const uint64_t CANDIDATES_MAX = UINT64_C(1) << 28;

/* --- pages ---------------------------------------------------------------- */

/* What sections [first, end) have; @next is where their last page ends. */
struct part {
	size_t first, end;
	pfn_t next, stop; /* where it ends */
	struct huge_list list;
	struct huge_links links;
	struct huge_lates late_pages;
	uint64_t candidates, unreadable, unsound, misordered, by_tables;
	struct unsound_head unsound_heads[UNSOUND_MAX], misordered_heads[UNSOUND_MAX];
	pfn_t unreadable_first;
	enum memory_state unreadable_state;
};

struct scan {
	const struct survey *survey; /* a thread's view */
	unsigned step_order;	     /* heads are aligned to it */
	struct part *part;
	struct contents *contents;  /* NULL: nobody asks for them */
	const unsigned char *bytes; /* head and first tail */
	struct huge_mapping_memo memo;
	struct huge_stripe stripe;
	struct page_buffer *buffer; /* that of @contents: it looks at the same frames */
};

/*
 * An empty pool of pages that are too small to be optimised says nothing of the
 * vmemmap, and looking for them (64 KiB on arm64) would be looking at all of it.
 */
static bool is_worth_it(const struct target *target, const struct hstate *hstate)
{
	return hstate->pages || hstate->surplus ||
	       kernel_vmemmap_pages(&target->kernel, hstate->order) > 1;
}

/* Of all pools, or of those that are worth looking for. */
static unsigned smallest_order(const struct survey *survey, bool all)
{
	const struct inventory *inventory = survey->inventory;
	unsigned order = HUGE_ORDER_MAX;

	for (size_t i = 0; i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		if (hstate->order && hstate->order < order &&
		    (all || is_worth_it(survey->target, hstate)))
			order = hstate->order;
		unsigned other = hstate_other_order(hstate);
		if (kernel_vmemmap_pages(&survey->target->kernel, other) > 1 && other < order)
			order = other;
	}
	return order;
}

/* Pages of a pool that cannot be read are most likely as large as a leaf of the page tables. */
static unsigned smallest_order_wanted(const struct survey *survey)
{
	unsigned order = smallest_order(survey, false);
	unsigned leaf = huge_leaf_order(survey->target, 1);

	if (order == HUGE_ORDER_MAX)
		order = smallest_order(survey, true);
	return !survey->inventory->orders_known && leaf && leaf < order ? leaf : order;
}

static int8_t hstate_by_order(const struct inventory *inventory, unsigned order)
{
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order_known && inventory->hstates[i].order == order)
			return (int8_t)i;
	for (size_t i = 0; order && i < inventory->hstate_count; i++)
		if (hstate_other_order(&inventory->hstates[i]) == order)
			return (int8_t)i;
	return -1;
}

/*
 * With fake heads the struct page at a page boundary of the vmemmap shows a copy
 * of a head; its first tail then names the real one. Linux kernel page_fixed_fake_head().
 */
static bool is_fake_head(const struct scan *scan, pfn_t pfn)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	vaddr_t head = kernel_struct_page(kernel, pfn);
	bool expected = scan->survey->scheme->hugetlb->fake_heads;
	unsigned order;

	if (!kernel->page.link.length ||
	    (!expected && !layout_has(&scan->survey->target->layout, LAYOUT_PAGE_COMPOUND_HEAD)))
		return false;
	uint64_t link = page_link(&kernel->page, scan->bytes + kernel->page.size);
	if (link_is_mask(kernel->struct_page_size, link, &order))
		return expected && order < 64 && (pfn & ((UINT64_C(1) << order) - 1)) != 0;
	return (link & 1) && link - 1 >= kernel->vmemmap && link - 1 < head;
}

/* A head that names a zone elsewhere is damaged: the page is of the only one that spans it. */
static void zone_correct(const struct kernel *kernel, struct huge_page *page)
{
	const struct zone_info *only = NULL;

	if (kernel->nodes_unreadable ||
	    zone_spans(kernel_zone(kernel, page->node, page->zone), page->pfn))
		return;
	for (size_t i = 0; i < kernel->zone_count; i++) {
		if (!zone_spans(&kernel->zones[i], page->pfn))
			continue;
		if (only)
			return;
		only = &kernel->zones[i];
	}
	if (!only)
		return;
	page->node = (uint16_t)only->node;
	page->zone = (uint8_t)only->index;
}

/* True if the head at hand says of itself what is known of @page. */
static bool names_its_zone(const struct scan *scan, const struct huge_page *page)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	uint64_t flags = page_flags(&kernel->page, scan->bytes);

	return page_flags_node(kernel, flags) == page->node &&
	       page_flags_zone(kernel, flags) == page->zone;
}

/*
 * What holds more than flags was overwritten: what it says means nothing. Nor does it where
 * the types do not say which flag is which.
 */
static void flags_decode(const struct page_format *format, uint64_t private, struct huge_page *page)
{
	bool garbage = format->hpg_optimized && private >> HPG_BITS;

	page->flags_lost = garbage || !format->hpg_optimized;
	if (garbage)
	private = page->refcount ? 0 : format->hpg_freed;
	page->optimized = private & format->hpg_optimized;
	page->temporary = private & format->hpg_temporary;
	page->unreliable = private & format->hpg_unreliable;
	/* HPG_freed says it best; kernels before 5.12 had a reference count only. */
	page->free = format->hpg_freed ? private & format->hpg_freed : page->refcount == 0;
}

static void page_decode(const struct scan *scan, pfn_t pfn, struct huge_page *page)
{
	const struct survey *survey = scan->survey;
	const struct kernel *kernel = &survey->target->kernel;
	const struct page_format *format = &kernel->page;
	uint64_t flags = page_flags(format, scan->bytes);
	uint64_t private = page_value(format, scan->bytes, format->private);

	*page = (struct huge_page){ .pfn = pfn };
	page->refcount = page_refcount(format, scan->bytes);
	page->order = (uint8_t)page_hugetlb_order(format, scan->bytes);
	page->node = (uint16_t)page_flags_node(kernel, flags);
	page->zone = (uint8_t)page_flags_zone(kernel, flags);
	zone_correct(kernel, page);
	page->hstate = hstate_by_order(survey->inventory, page->order);
	page->hwpoison = flags & format->hwpoison;
	flags_decode(format, private, page);
}

/*
 * Pools are made while booting, and stay: what is in none is no huge page. Where not all
 * pools are known, any order that is large enough may be one's.
 */
static bool page_is_sound(const struct scan *scan, const struct huge_page *page)
{
	bool possible = page->hstate >= 0 ||
			(!scan->survey->inventory->orders_known && page->order >= scan->step_order);

	return possible && page->order <= HUGE_ORDER_MAX &&
	       (page->pfn & ((UINT64_C(1) << page->order) - 1)) == 0;
}

/* memmap_on_memory: the vmemmap's own frames carry PG_vmemmap_self_hosted. */
static struct error *frame_is_self_hosted(const struct survey *survey, uint64_t index, bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state;
	uint64_t flags;
	pfn_t frame;

	if (!vmemmap_frame_at(survey->map, index, &frame))
		return NULL;
	struct error *err = vmemmap_read_u64(kernel, survey->map, survey->target->memory, frame,
					     kernel->page.flags.at, &flags, &state);
	if (!err && state == MEMORY_PRESENT)
		*ret = flags & kernel->page.self_hosted;
	return err;
}

/*
 * Of a page that was optimised nevertheless, a copy may be behind the head: then
 * its neighbours in the section show it.
 */
static struct error *self_hosted_read(const struct survey *survey, struct huge_page *page)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct section *section = kernel_section_of(kernel, page->pfn);
	uint64_t index = vmemmap_index_of(kernel, page->pfn);

	if (!section || section->early || !kernel->page.self_hosted)
		return NULL;
	pfn_t start = section->nr * kernel->pages_per_section;
	struct error *err = frame_is_self_hosted(survey, index, &page->self_hosted);
	if (!err && page->optimized && !page->self_hosted && page->pfn > start)
		err = frame_is_self_hosted(survey, index - 1, &page->self_hosted);
	index += page->mapping.pages;
	if (!err && page->optimized && !page->self_hosted &&
	    vmemmap_first_pfn(kernel, index) < start + kernel->pages_per_section)
		err = frame_is_self_hosted(survey, index, &page->self_hosted);
	return err;
}

static struct error *page_add(struct scan *scan, struct huge_page *page)
{
	/* A head that says otherwise is for the check. */
	bool surveyed = scan->contents && names_its_zone(scan, page);

	huge_mapping_recall(scan->survey, page, &scan->memo, &page->mapping);
	if (page->flags_lost)
		page->optimized = page->mapping.at_target > 0;
	struct error *err = self_hosted_read(scan->survey, page);

	if (!err && surveyed)
		err = contents_survey(scan->contents, page);
	return err ? err : huge_list_add(&scan->part->list, page);
}

static void note_unreadable(struct part *part, pfn_t pfn, enum memory_state state)
{
	if (part->unreadable++ == 0) {
		part->unreadable_first = pfn;
		part->unreadable_state = state;
	}
}

static void note_head(struct unsound_head list[UNSOUND_MAX], uint64_t *count, pfn_t pfn,
		      unsigned order, unsigned shown)
{
	if (*count < UNSOUND_MAX)
		list[*count] = (struct unsound_head){ pfn, order, shown };
	++*count;
}

/* Takes the page for one of the order that all shows but its first tail. */
static struct error *order_correct(struct scan *scan, struct huge_page *page)
{
	struct part *part = scan->part;
	unsigned said = page->order, order;
	struct error *err = huge_order_find(scan->survey, page, page_is_sound(scan, page),
					    scan->step_order, &order);

	if (err || order == said)
		return err;
	page->order = (uint8_t)order;
	page->hstate = hstate_by_order(scan->survey->inventory, order);
	page->order_wrong = true;
	note_head(part->misordered_heads, &part->misordered, page->pfn, said, order);
	return NULL;
}

/* Not marked: taken where all else shows that it is one that is made, or given back. */
static struct error *late_add(struct scan *scan, struct huge_page *page)
{
	if (!huge_late_test(scan->survey, scan->bytes, page))
		return NULL;
	scan->part->next = page->pfn + (UINT64_C(1) << page->order);
	return huge_late_add(&scan->part->late_pages, page);
}

/* A head that is not in the dump: page tables may show its page nevertheless. */
static struct error *take_unread(struct scan *scan, pfn_t pfn)
{
	struct huge_page page;

	if (!huge_by_tables(scan->survey, pfn, &page))
		return NULL;
	scan->part->by_tables++;
	scan->part->next = pfn + (UINT64_C(1) << page.order);
	return huge_list_add(&scan->part->list, &page);
}

/* Looks at one candidate; part->next becomes the next one. */
static struct error *scan_candidate(struct scan *scan, pfn_t pfn)
{
	const struct survey *survey = scan->survey;
	const struct kernel *kernel = &survey->target->kernel;
	struct part *part = scan->part;
	enum memory_state state;
	struct error *err = vmemmap_look(kernel, survey->map, survey->target->memory, scan->buffer,
					 pfn, 2 * kernel->struct_page_size, &scan->bytes, &state);
	if (err)
		return err;

	part->next = pfn + (UINT64_C(1) << scan->step_order);
	part->candidates++;
	vmemmap_prefetch(kernel, survey->map, survey->target->memory, part->next);
	if (state != MEMORY_PRESENT) {
		note_unreadable(part, pfn, state);
		return take_unread(scan, pfn);
	}
	bool marked = page_is_hugetlb(&kernel->page, scan->bytes);
	if ((!marked && !page_may_lack_hugetlb(&kernel->page, scan->bytes)) ||
	    is_fake_head(scan, pfn))
		return NULL;

	struct huge_page page;
	page_decode(scan, pfn, &page);
	if (!marked)
		return late_add(scan, &page);
	err = order_correct(scan, &page);
	if (err)
		return err;
	if (!page_is_sound(scan, &page)) {
		note_head(part->unsound_heads, &part->unsound, pfn, page.order, 0);
		return NULL;
	}
	part->next = pfn + (UINT64_C(1) << page.order);
	huge_links_add(&part->links, survey, &page, scan->bytes);
	return page_add(scan, &page);
}

/* The next pfn at or after @pfn whose struct page is, or could be, mapped. */
static pfn_t next_mapped(const struct scan *scan, pfn_t pfn)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	const struct vmemmap_map *map = scan->survey->map;
	uint64_t index = vmemmap_index_of(kernel, pfn);
	size_t row = vmemmap_row_from(map, index);

	if (row == map->row_count)
		return UINT64_MAX;
	return map->rows[row].first <= index ? pfn
					     : vmemmap_first_pfn(kernel, map->rows[row].first);
}

/*
 * The next candidate at or after @pfn that has a shared frame behind some of its vmemmap,
 * and its row.
 */
static pfn_t next_shared(const struct scan *scan, pfn_t pfn, const struct vmemmap_row **ret)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	const struct vmemmap_map *map = scan->survey->map;
	size_t row = vmemmap_row_from(map, vmemmap_index_of(kernel, pfn));

	while (row < map->row_count && !map->rows[row].shared && !map->rows[row].period)
		row++;
	if (row == map->row_count)
		return UINT64_MAX;
	*ret = &map->rows[row];
	pfn_t first = vmemmap_first_pfn(kernel, map->rows[row].first);
	first = first >> scan->step_order << scan->step_order;
	return first > pfn ? first : pfn;
}

/* From @pfn on what page tables show, else one candidate; part->next becomes the next one. */
static struct error *take_shared(struct scan *scan, pfn_t pfn, const struct vmemmap_row *row)
{
	struct part *part = scan->part;

	huge_stripe_read(scan->survey, row, &scan->stripe);
	if (scan->stripe.told && pfn >= scan->stripe.first.pfn &&
	    pfn < huge_stripe_end(&scan->stripe)) {
		pfn_t end = huge_stripe_end(&scan->stripe);

		part->next = end < part->stop ? end : part->stop;
		return huge_stripe_add(scan->survey, &scan->stripe, pfn, part->next, &part->list);
	}
	return kernel_pfn_valid(&scan->survey->target->kernel, pfn) ? scan_candidate(scan, pfn)
								    : NULL;
}

/* Candidates are aligned; adding to one must not go round. */
static pfn_t align_up(const struct scan *scan, pfn_t pfn)
{
	uint64_t step = UINT64_C(1) << scan->step_order;

	return pfn > UINT64_MAX - step ? pfn : (pfn + step - 1) & ~(step - 1);
}

static struct error *scan_section(struct scan *scan, const struct section *section)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	pfn_t start = section->nr * kernel->pages_per_section, *next = &scan->part->next;
	pfn_t end = start + kernel->pages_per_section;
	struct error *err = NULL;

	for (pfn_t pfn = (start > *next ? start : *next); !err && pfn < end; pfn = *next) {
		const struct vmemmap_row *row = NULL;

		pfn = align_up(scan, next_mapped(scan, align_up(scan, pfn)));
		if (scan->survey->quick && pfn < end)
			pfn = next_shared(scan, pfn, &row);
		*next = pfn;
		if (pfn >= end)
			break;
		*next = pfn + (UINT64_C(1) << scan->step_order);
		if (row)
			err = take_shared(scan, pfn, row);
		else if (kernel_pfn_valid(kernel, pfn))
			err = scan_candidate(scan, pfn);
	}
	return err;
}

/* --- in parts --------------------------------------------------------------- */

struct parts {
	unsigned step_order;
	struct part *list;
	size_t count;
};

/* Huge pages come from the buddy allocator or boot memory: online sections. */
static struct error *scan_sections(struct scan *scan)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	struct error *err = NULL;

	for (size_t i = scan->part->first; !err && i < scan->part->end; i++) {
		const struct section *section = &kernel->sections[i];

		if (section->has_mem_map && section->online)
			err = scan_section(scan, section);
	}
	return err;
}

static struct error *scan_part(const struct survey *view, void *data, size_t number)
{
	const struct parts *parts = data;
	struct contents contents = { 0 };
	const char *missing = NULL;
	struct scan scan = {
		.survey = view,
		.step_order = parts->step_order,
		.part = &parts->list[number],
		.buffer = &contents.buffer,
	};
	bool surveys = view->checks_follow && view->scheme->hugetlb->known;
	struct error *err = surveys ? contents_init(view, &contents, &missing) : NULL;

	if (surveys && !missing)
		scan.contents = &contents;
	if (!err)
		err = scan_sections(&scan);
	contents_deinit(&contents);
	return err;
}

/*
 * Each begins where a page of the largest order can, so that no page is in two; the
 * same parts whatever the number of threads.
 */
static void parts_cut(const struct kernel *kernel, unsigned order, struct parts *parts)
{
	struct part *last = &parts->list[0];

	*last = (struct part){ .end = kernel->section_count, .stop = UINT64_MAX };
	parts->count = 1;
	for (size_t i = PART_SECTIONS; i < kernel->section_count; i++) {
		pfn_t start = kernel->sections[i].nr * kernel->pages_per_section;

		if (i - last->first < PART_SECTIONS || start & ((UINT64_C(1) << order) - 1))
			continue;
		last->end = i;
		last->stop = start;
		last = &parts->list[parts->count++];
		*last = (struct part){
			.first = i,
			.end = kernel->section_count,
			.stop = UINT64_MAX,
		};
	}
}

static void part_deinit(struct part *part)
{
	huge_list_deinit(&part->list);
	huge_late_deinit(&part->late_pages);
}

static void heads_join(struct unsound_head list[UNSOUND_MAX], uint64_t *count,
		       const struct unsound_head *more, uint64_t number)
{
	for (uint64_t i = 0; i < number && i < UNSOUND_MAX && *count + i < UNSOUND_MAX; i++)
		list[*count + i] = more[i];
	*count += number;
}

/* Adds what @part found, which comes after all that @inventory has. */
static struct error *part_join(struct inventory *inventory, struct huge_list *list,
			       struct part *part)
{
	struct error *err = huge_list_join(list, &part->list);

	huge_links_join(&inventory->links, &part->links);
	if (!err)
		err = huge_late_join(&inventory->late_pages, &part->late_pages);
	if (!inventory->candidates_unreadable && part->unreadable) {
		inventory->unreadable_first = part->unreadable_first;
		inventory->unreadable_state = part->unreadable_state;
	}
	heads_join(inventory->unsound_heads, &inventory->unsound, part->unsound_heads,
		   part->unsound);
	heads_join(inventory->misordered_heads, &inventory->misordered, part->misordered_heads,
		   part->misordered);
	inventory->candidates += part->candidates;
	inventory->candidates_unreadable += part->unreadable;
	inventory->by_tables += part->by_tables;
	return err;
}

static unsigned largest_order(const struct survey *survey)
{
	const struct inventory *inventory = survey->inventory;
	unsigned order = inventory->orders_known ? 0 : huge_leaf_order(survey->target, 2);

	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order > order)
			order = inventory->hstates[i].order;
	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (hstate_other_order(&inventory->hstates[i]) > order)
			order = hstate_other_order(&inventory->hstates[i]);
	return order;
}

/* A damaged pool of tiny pages would make any machine endless. */
static struct error *candidates_bound(const struct kernel *kernel, unsigned step_order)
{
	if (kernel->section_count <= (CANDIDATES_MAX << step_order) / kernel->pages_per_section)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "huge pages of %" PRIu64
			 " bytes are not believable on a machine of this size: "
			 "the hstates are damaged",
			 kernel->page_size << step_order);
}

static struct error *scan_all(const struct survey *survey, struct parts *parts,
			      struct inventory *inventory)
{
	struct huge_list list = { 0 };
	struct error *err = candidates_bound(&survey->target->kernel, parts->step_order);

	if (err)
		return err;
	parts_cut(&survey->target->kernel, largest_order(survey), parts);
	err = survey_in_parts(survey, parts->count, scan_part, parts);
	for (size_t i = 0; !err && i < parts->count; i++)
		err = part_join(inventory, &list, &parts->list[i]);
	for (size_t i = 0; i < parts->count; i++)
		part_deinit(&parts->list[i]);
	huge_list_take(&list, &inventory->pages);
	return err;
}

/* What the types lack to read pools; NULL if nothing. */
static const char *hstates_missing(const struct layout *layout, struct inventory *inventory)
{
	static const enum layout_id needed[] = {
		LAYOUT_SYM_HSTATES,	  LAYOUT_SYM_MAX_HSTATE, LAYOUT_HSTATE_SIZE,
		LAYOUT_HSTATE_ORDER,	  LAYOUT_HSTATE_NR,	 LAYOUT_HSTATE_FREE,
		LAYOUT_HSTATE_RESV,	  LAYOUT_HSTATE_SURPLUS, LAYOUT_HSTATE_MAX,
		LAYOUT_HSTATE_OVERCOMMIT,
	};
	char name[96];

	for (unsigned i = 0; i < COUNT_OF(needed); i++)
		if (!layout_has(layout, needed[i])) {
			snprintf(inventory->missing, sizeof(inventory->missing),
				 "the types lack %s", layout_name(needed[i], name, sizeof(name)));
			return inventory->missing;
		}
	return NULL;
}

/* Why pages cannot be looked for; NULL if they can. */
static const char *mark_missing(const struct survey *survey, struct inventory *inventory)
{
	if (!survey->target->kernel.page.marker)
		return "neither the types nor VMCOREINFO show how a hugetlb head is marked";
	return hstates_missing(&survey->target->layout, inventory);
}

/* All pages, by their marks. */
static struct error *pages_look_for(const struct survey *survey, struct inventory *inventory)
{
	struct parts parts = { 0 };

	inventory->mark = survey->target->kernel.page.marker->title;
	inventory->step_order = parts.step_order = smallest_order_wanted(survey);
	parts.list = calloc(survey->target->kernel.section_count / PART_SECTIONS + 1,
			    sizeof(*parts.list));
	if (!parts.list)
		return error_nomem();
	struct error *err = scan_all(survey, &parts, inventory);
	free(parts.list);
	return err;
}

/* No pool, and no page, either: as if nobody had looked. */
static void pages_forget(struct inventory *inventory)
{
	huge_late_deinit(&inventory->late_pages);
	inventory->links = (struct huge_links){ 0 };
	inventory->candidates = inventory->candidates_unreadable = 0;
	inventory->unsound = inventory->misordered = 0;
	inventory->step_order = 0;
	inventory->mark = NULL;
}

static struct error *pages_read(const struct survey *survey, struct inventory *inventory)
{
	const char *missing;

	if (inventory->hstates_known && inventory->hstate_count == 0)
		return NULL;
	missing = mark_missing(survey, inventory);
	if (!missing) {
		struct error *err = pages_look_for(survey, inventory);

		if (!err && inventory->pools_said.none && !inventory->pages.count)
			pages_forget(inventory);
		return err;
	}
	if (!inventory->pools_said.none)
		inventory->mark_missing = missing;
	return NULL;
}

/* --- the switch ------------------------------------------------------------- */

static bool any_page_optimized(const struct huge_pages *pages)
{
	for (size_t i = 0; i < pages->kind_count; i++)
		if (pages->kinds[i].optimized)
			return true;
	return false;
}

/*
 * Where the variable cannot be read: Linux kernel mm/hugetlb_vmemmap.c of v5.14,
 * hugetlb_vmemmap_init(), leaves nr_free_vmemmap_pages 0 if HVO is off, and what only a
 * boot parameter sets stays as it is.
 */
void hvo_switch_infer(const struct inventory *inventory, struct kernel *kernel)
{
	enum { KEPT_THEN = 2 };
	int *enabled = &kernel->optimize_enabled;

	if (*enabled >= 0 || !kernel->switch_at_boot)
		return;
	if (any_page_optimized(&inventory->pages))
		*enabled = 1;
	for (size_t i = 0; *enabled != 1 && i < inventory->hstate_count; i++) {
		const struct hstate *hstate = &inventory->hstates[i];

		if (hstate->freeable_known &&
		    kernel_vmemmap_pages(kernel, hstate->order) > KEPT_THEN)
			*enabled = hstate->freeable != 0;
	}
}

struct error *inventory_read(const struct survey *survey, struct inventory *ret)
{
	struct error *err = hstates_read(survey, ret);

	if (!err)
		err = pages_read(survey, ret);
	if (!err)
		hstates_settle(survey, ret);
	return err ? err : huge_phase_read(survey, ret);
}

struct error *inventory_read_again(const struct survey *survey, struct inventory *inventory)
{
	huge_pages_deinit(&inventory->pages);
	huge_phase_deinit(&inventory->witnesses);
	huge_late_deinit(&inventory->late_pages);
	inventory->links = (struct huge_links){ 0 };
	inventory->candidates = inventory->candidates_unreadable = 0;
	inventory->unsound = inventory->misordered = inventory->by_tables = 0;
	struct error *err = pages_read(survey, inventory);

	return err ? err : huge_phase_read(survey, inventory);
}

void inventory_deinit(struct inventory *inventory)
{
	hstates_drop(inventory);
	free(inventory->hstates);
	huge_pages_deinit(&inventory->pages);
	huge_phase_deinit(&inventory->witnesses);
	huge_late_deinit(&inventory->late_pages);
	*inventory = (struct inventory){ 0 };
}
