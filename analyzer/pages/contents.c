// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads tails a vmemmap page at a time. Linux kernel mm/page_alloc.c,
 * prep_compound_tail(); include/linux/page-flags.h, set_compound_head().
 */
#include "analyzer/pages/contents.h"

#include <limits.h>
#include <string.h>

#include "analyzer/pages/garbage.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

/* include/linux/poison.h: TAIL_MAPPING, without the architecture's part. */
static const uint64_t TAIL_MAPPING = 0x400;
/* No address of a struct page is this high: what looks so is a mask. */
static const uint64_t MASK_MIN = UINT64_C(0xfffff00000000001);

/* The types of pages that are the top byte of page_type. */
static const uint64_t TYPE_BYTE = 0xff000000;

enum { VOTES_MAX = 16 };

/* --- links ------------------------------------------------------------------ */

static uint64_t mask_of(uint64_t struct_page_size, unsigned order)
{
	unsigned shift = order + (unsigned)__builtin_ctzll(struct_page_size);

	return (shift < 64 ? UINT64_MAX << shift : 0) | 1;
}

bool link_is_mask(uint64_t struct_page_size, uint64_t link, unsigned *order_ret)
{
	if (!(link & 1) || link < MASK_MIN)
		return false;
	uint64_t ones = link & ~UINT64_C(1);
	unsigned shift = ones ? (unsigned)__builtin_ctzll(ones) : 0;
	unsigned size_shift = (unsigned)__builtin_ctzll(struct_page_size);

	if (shift <= size_shift || ones != UINT64_MAX << shift)
		return false;
	*order_ret = shift - size_shift;
	return true;
}

bool link_leads_to(const struct target *target, pfn_t pfn, uint64_t link, pfn_t *ret)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t size = kernel->struct_page_size;
	unsigned order;

	if (!(link & 1))
		return false;
	if (link_is_mask(size, link, &order)) {
		*ret = order < 64 ? pfn >> order << order : 0;
		return true;
	}
	if (link - 1 < kernel->vmemmap || (link - 1 - kernel->vmemmap) % size)
		return false;
	*ret = (link - 1 - kernel->vmemmap) / size;
	return true;
}

struct votes {
	unsigned masks, pointers;
};

/* Counts what the first tail of the compound page at @pfn holds: what is overwritten is neither. */
static struct error *vote(const struct survey *survey, pfn_t pfn, struct votes *votes)
{
	const struct page_field *field = &survey->target->kernel.page.link;
	uint64_t link;
	enum memory_state state;
	unsigned order;

	if (!field->length)
		return NULL;
	struct error *err =
		vmemmap_read_u64(&survey->target->kernel, survey->map, survey->target->memory,
				 pfn + 1, field->at, &link, &state);

	if (err || state != MEMORY_PRESENT || !(link & 1))
		return err;
	if (link_is_mask(survey->target->kernel.struct_page_size, link, &order))
		votes->masks++;
	else if (link - 1 == kernel_struct_page(&survey->target->kernel, pfn))
		votes->pointers++;
	return NULL;
}

/* Linux kernel include/linux/page-flags.h, compound_info_has_mask(). The name alone says little:
 * masks have been put into compound_head, and pointers are in compound_info without HVO.
 */
static bool masks_by_types(const struct survey *survey)
{
	uint64_t size = survey->target->kernel.struct_page_size;

	return layout_has(&survey->target->layout, LAYOUT_PAGE_COMPOUND_INFO) &&
	       survey->scheme->evidence[EVIDENCE_HVO].present && (size & (size - 1)) == 0;
}

/* One page of each run: neighbours are alike. */
static struct error *pages_vote(const struct survey *survey, const struct huge_pages *pages,
				struct votes *votes)
{
	const struct huge_page *page;
	struct huge_cursor cursor = { 0 };
	struct error *err = NULL;
	uint32_t alike;

	for (unsigned i = 0;
	     !err && i < VOTES_MAX && (page = huge_pages_next_run(pages, &cursor, &alike)); i++)
		err = vote(survey, page->pfn, votes);
	return err;
}

struct error *links_are_masks(const struct survey *survey, bool *ret)
{
	struct votes votes = { 0 };
	struct error *err = pages_vote(survey, &survey->inventory->pages, &votes);

	if (!err)
		err = pages_vote(survey, survey->device_pages, &votes);
	*ret = votes.masks == votes.pointers ? masks_by_types(survey)
					     : votes.masks > votes.pointers;
	return err;
}

uint64_t contents_mask(const struct contents *contents, unsigned order)
{
	return mask_of(contents->size, order);
}

uint64_t contents_link(const struct contents *contents, pfn_t head, unsigned order)
{
	if (contents->masks)
		return contents_mask(contents, order);
	return kernel_struct_page(&contents->survey->target->kernel, head) | 1;
}

/* --- the reader --------------------------------------------------------------- */

/*
 * Flags below PG_hwpoison, which all kernels have before the few that are about other
 * things (young, idle, arch_2): one of them set says that somebody uses the page. PG_arch_1,
 * the one before PG_reserved, is the architecture's: it may stay on pages that nobody uses.
 */
static uint64_t used_mask(const struct contents *contents)
{
	uint64_t arch_1 = contents->reserved_mask >> 1;

	if (!contents->hwpoison_mask || !arch_1)
		return 0;
	return (contents->hwpoison_mask - 1) &
	       ~(contents->head_mask | contents->reserved_mask | arch_1);
}

static const char *contents_missing(const struct contents *contents)
{
	const struct layout *layout = &contents->survey->target->layout;
	const struct kernel *kernel = &contents->survey->target->kernel;

	if (!contents->link_name)
		return "the types lack the link of struct page to its head";
	if (!layout_has(layout, LAYOUT_PAGE_MAPCOUNT) || !layout_has(layout, LAYOUT_PAGE_REFCOUNT))
		return "the types lack struct page._mapcount or _refcount";
	if (kernel->page_size % kernel->struct_page_size)
		return "struct pages do not fill a page evenly";
	return NULL;
}

/* Hugetlb's pages are on no LRU list, of no slab, and not reserved, once they are marked. */
static uint64_t never_mask(const struct target *target)
{
	static const enum layout_id ids[] = { LAYOUT_PG_RESERVED, LAYOUT_PG_LRU, LAYOUT_PG_SLAB };
	uint64_t mask = 0;

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		uint64_t bit = layout_get(&target->layout, ids[i]);

		if (layout_has(&target->layout, ids[i]) && bit < 64)
			mask |= UINT64_C(1) << bit;
	}
	return mask;
}

/*
 * What is a count elsewhere is -1 in heads of HugeTLB, whose mappings are counted in the
 * first tail; in later kernels it is their type, which is a byte or the lack of a bit.
 */
static uint32_t head_type(const struct page_format *format)
{
	const struct page_mark *mark = &format->hugetlb;
	uint32_t low = (uint32_t)mark->mask & -(uint32_t)mark->mask;

	if (mark->field.at != format->type.at || mark->field.length != format->type.length)
		return UINT32_MAX;
	if (mark->mask == TYPE_BYTE)
		return (uint32_t)mark->value;
	return UINT32_MAX ^ (low & ~(uint32_t)mark->value);
}

struct error *contents_init(const struct survey *survey, struct contents *ret,
			    const char **missing_ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct page_format *format = &kernel->page;

	*ret = (struct contents){
		.survey = survey,
		.size = kernel->struct_page_size,
		.per_page = (unsigned)(kernel->page_size / kernel->struct_page_size),
		.swap = bytes_swapped(kernel->big_endian),
		.flags_at = format->flags.at,
		.mapping_at = format->mapping.at,
		.has_mapping = format->mapping.length != 0,
		.private_at = format->private.at,
		.mapcount_at = format->type.at,
		.refcount_at = format->refcount.at,
		.link_at = format->link.at,
		.link_name = format->link_name,
		.head_mask = format->head,
		.hwpoison_mask = format->hwpoison,
		.reserved_mask = format->reserved,
		.poison = survey->target->arch->poison_delta + TAIL_MAPPING,
		.never_mask = never_mask(survey->target),
		.head_type = head_type(format),
	};
	ret->used_mask = used_mask(ret);
	*missing_ret = contents_missing(ret);
	if (*missing_ret)
		return NULL;
	return links_are_masks(survey, &ret->masks);
}

void contents_deinit(struct contents *contents)
{
	page_buffer_deinit(&contents->buffer);
}

/* --- struct pages -------------------------------------------------------------- */

static uint64_t word(const struct contents *contents, unsigned number, uint64_t at)
{
	uint64_t value;

	memcpy(&value, contents->bytes + number * contents->size + at, sizeof(value));
	return contents->swap ? __builtin_bswap64(value) : value;
}

static uint32_t half(const struct contents *contents, unsigned number, uint64_t at)
{
	uint32_t value;

	memcpy(&value, contents->bytes + number * contents->size + at, sizeof(value));
	return contents->swap ? __builtin_bswap32(value) : value;
}

uint64_t contents_flags(const struct contents *contents, unsigned number)
{
	return word(contents, number, contents->flags_at);
}

uint32_t contents_refcount(const struct contents *contents, unsigned number)
{
	return half(contents, number, contents->refcount_at);
}

static void fault_add(struct tail_faults *faults, enum tail_fault kind, unsigned number,
		      uint64_t found, uint64_t expected)
{
	if (faults->total++ == 0)
		memset(faults->fault, 0, sizeof(faults->fault));
	if (faults->fault[kind].count++)
		return;
	faults->fault[kind].first = number;
	faults->fault[kind].found = found;
	faults->fault[kind].expected = expected;
}

/* All bytes are zero, or all ones: page_init_poison() writes those. */
static bool is_uniform(const struct contents *contents, unsigned number)
{
	const unsigned char *bytes = contents->bytes + number * contents->size;

	return (bytes[0] == 0 || bytes[0] == 0xff) &&
	       memcmp(bytes, bytes + 1, contents->size - 1) == 0;
}

/* Neither link nor mapping are a tail's. */
static bool is_no_tail(const struct contents *contents, unsigned number, uint64_t link)
{
	return !(link & 1) && contents->has_mapping &&
	       word(contents, number, contents->mapping_at) != contents->poison;
}

/* True if it is a tail of the right folio; otherwise nothing else of it counts. */
static bool compare_link(const struct contents *contents, const struct tail_rules *rules,
			 unsigned number, struct tail_faults *faults)
{
	uint64_t flags = contents_flags(contents, number);
	uint64_t link = word(contents, number, contents->link_at);
	unsigned order;

	if (link == rules->link && !(flags & contents->head_mask))
		return true;
	if (is_uniform(contents, number))
		fault_add(faults, FAULT_BLANK, number, contents->bytes[number * contents->size], 0);
	else if (rules->may_be_no_tail && is_no_tail(contents, number, link))
		fault_add(faults, FAULT_NO_TAIL, number, link, rules->link);
	else if (flags & contents->head_mask)
		fault_add(faults, FAULT_HEAD, number, 1, 0);
	else if (contents->masks && link_is_mask(contents->size, link, &order))
		fault_add(faults, FAULT_ORDER, number, order, rules->order);
	else
		fault_add(faults, FAULT_LINK, number, link, rules->link);
	return false;
}

static void compare_flags(const struct contents *contents, const struct tail_rules *rules,
			  unsigned number, struct tail_faults *faults)
{
	const struct kernel *kernel = &contents->survey->target->kernel;
	uint64_t flags = contents_flags(contents, number);
	uint64_t node = page_flags_node(kernel, flags), zone = page_flags_zone(kernel, flags);

	if (rules->zone_known && (node != rules->node || zone != rules->zone))
		fault_add(faults, FAULT_ZONE, number, node << 32 | zone,
			  (uint64_t)rules->node << 32 | rules->zone);
	if (rules->no_hwpoison && flags & contents->hwpoison_mask)
		fault_add(faults, FAULT_HWPOISON, number, 1, 0);
	if (rules->reserved && contents->reserved_mask && !(flags & contents->reserved_mask))
		fault_add(faults, FAULT_RESERVED, number, 0, 1);
}

/* Of the first tail the low bits of the flags may be the order. */
static void compare_use(const struct contents *contents, const struct tail_rules *rules,
			unsigned number, struct tail_faults *faults)
{
	/* Boot memory loses PG_reserved when it becomes a huge page. */
	uint64_t mask = contents->used_mask | (rules->reserved ? 0 : contents->reserved_mask);
	uint64_t used = contents_flags(contents, number) & mask;

	if (used)
		fault_add(faults, FAULT_FLAGS, number, used, 0);
}

static void compare_refcount(const struct contents *contents, unsigned number,
			     struct tail_faults *faults)
{
	uint32_t refcount = contents_refcount(contents, number);

	if (refcount != 0)
		fault_add(faults, FAULT_REFCOUNT, number, refcount, 0);
}

static void compare_rest(const struct contents *contents, const struct tail_rules *rules,
			 unsigned number, struct tail_faults *faults)
{
	uint64_t mapping = contents->has_mapping ? word(contents, number, contents->mapping_at)
						 : contents->poison;
	uint32_t mapcount = half(contents, number, contents->mapcount_at);

	if (mapping != contents->poison && !(rules->mapping_may_be_null && mapping == 0))
		fault_add(faults, FAULT_MAPPING, number, mapping, contents->poison);
	if (mapcount != UINT32_MAX)
		fault_add(faults, FAULT_MAPCOUNT, number, mapcount, UINT32_MAX);
	compare_refcount(contents, number, faults);
}

static void compare_private(const struct contents *contents, unsigned number,
			    struct tail_faults *faults)
{
	uint64_t private = word(contents, number, contents->private_at);

	if (private != 0)
		fault_add(faults, FAULT_PRIVATE, number, private, 0);
}

/*
 * Most struct pages of a frame are alike, and what is right of one is right of all: the
 * first of [number, end) that is not as the one before it.
 */
static unsigned skip_same(const struct contents *contents, unsigned number, unsigned end)
{
	const unsigned char *good = contents->bytes + (number - 1) * contents->size;

	/* Each as the one before it, all at once. */
	if (memcmp(good, good + contents->size, (end - number) * contents->size) == 0)
		return end;
	for (; number < end && memcmp(good, good + contents->size, contents->size) == 0;
	     good += contents->size)
		number++;
	return number;
}

static void compare_page(const struct contents *contents, const struct tail_rules *rules,
			 unsigned number, const struct frame_span *span, struct tail_faults *faults)
{
	if (!compare_link(contents, rules, number, faults) || rules->link_only)
		return;
	compare_flags(contents, rules, number, faults);
	if (number < span->strict_from) {
		/* Of all that a folio keeps in its first tails nothing is where their count is. */
		compare_refcount(contents, number, faults);
		return;
	}
	compare_rest(contents, rules, number, faults);
	compare_use(contents, rules, number, faults);
	if (rules->shared && number >= span->private_from)
		compare_private(contents, number, faults);
	else if (rules->no_flags && word(contents, number, contents->private_at) >> HPG_BITS == 0)
		compare_private(contents, number, faults);
}

static void faults_add(const struct tail_faults *one, unsigned number, struct tail_faults *faults)
{
	for (unsigned kind = 0; kind < FAULT_COUNT; kind++)
		if (one->fault[kind].count)
			fault_add(faults, kind, number, one->fault[kind].found,
				  one->fault[kind].expected);
}

/* The last struct page that had faults, and whether it was overwritten. */
struct faulty {
	unsigned number;
	bool held, overwritten;
	struct tail_faults faults; /* of it, not yet added */
};

static void faulty_release(struct faulty *last, struct tail_faults *faults)
{
	if (last->held)
		faults_add(&last->faults, last->number, faults);
	last->held = false;
}

/*
 * Adds the faults of struct page @number, @one; of one that was overwritten just that. What was
 * written need not begin or end with a struct page: of those beside one that was overwritten it
 * is said, too.
 */
static void faulty_add(const struct contents *contents, unsigned number,
		       const struct tail_faults *one, struct faulty *last,
		       struct tail_faults *faults)
{
	const unsigned char *bytes = contents->bytes + number * contents->size;
	bool garbage = struct_page_is_garbage(contents->survey->target, bytes);
	bool beside = last->number + 1 == number;

	if (garbage && beside && last->held) {
		fault_add(faults, FAULT_OVERWRITTEN, last->number, number, 0);
		last->held = false;
	}
	faulty_release(last, faults);
	last->held = !garbage && !(beside && last->overwritten);
	if (last->held)
		last->faults = *one;
	else
		fault_add(faults, FAULT_OVERWRITTEN, number, number, 0);
	last->number = number;
	last->overwritten = garbage;
}

/*
 * Struct pages are written one after the other: where most of a vmemmap page were, those that
 * are zero, or all ones, were overwritten.
 */
static void blanks_judge(const struct frame_span *span, struct tail_faults *faults)
{
	unsigned blank = faults->fault[FAULT_BLANK].count, first = faults->fault[FAULT_BLANK].first;

	if (blank == 0 || 2 * blank > span->end - span->first)
		return;
	if (!faults->fault[FAULT_OVERWRITTEN].count ||
	    faults->fault[FAULT_OVERWRITTEN].first > first) {
		faults->fault[FAULT_OVERWRITTEN].first = first;
		faults->fault[FAULT_OVERWRITTEN].found = first;
	}
	faults->fault[FAULT_OVERWRITTEN].count += blank;
	faults->fault[FAULT_BLANK].count = 0;
}

void contents_compare(const struct contents *contents, const struct tail_rules *rules,
		      const struct frame_span *span, struct tail_faults *ret)
{
	struct faulty last;
	struct tail_faults one;

	last.number = UINT_MAX - 1;
	last.held = last.overwritten = false;
	ret->total = 0;
	for (unsigned number = span->first; number < span->end;) {
		bool whole = number >= span->strict_from && number >= span->private_from;

		one.total = 0;
		compare_page(contents, rules, number, span, &one);
		if (one.total)
			faulty_add(contents, number, &one, &last, ret);
		number++;
		if (whole && !one.total)
			number = skip_same(contents, number, span->end);
	}
	faulty_release(&last, ret);
	if (ret->total)
		blanks_judge(span, ret);
}

/* True if it is a tail by @rules; what else it holds is for the checks. */
static bool is_such_tail(const struct contents *contents, const struct tail_rules *rules,
			 unsigned number)
{
	const struct kernel *kernel = &contents->survey->target->kernel;
	uint64_t flags = contents_flags(contents, number);
	uint64_t mapping = contents->has_mapping ? word(contents, number, contents->mapping_at) : 0;

	return word(contents, number, contents->link_at) == rules->link &&
	       !(flags & contents->head_mask) &&
	       (!contents->has_mapping || mapping == contents->poison ||
		(rules->mapping_may_be_null && mapping == 0)) &&
	       (!rules->zone_known || (page_flags_node(kernel, flags) == rules->node &&
				       page_flags_zone(kernel, flags) == rules->zone));
}

unsigned contents_alike(const struct contents *contents, const struct tail_rules *rules)
{
	unsigned count = 0;

	for (unsigned i = 0; i < contents->per_page; i++)
		count += is_such_tail(contents, rules, i);
	return count;
}

/* --- heads of HugeTLB -------------------------------------------------------------- */

/* Low bits of page.mapping: a file's pages have none, anonymous ones the first. */
enum { MAPPING_ANON = 1, MAPPING_LOW = 7 };
/* The first of all flags in every kernel: who unlocks a page relies on it. */
static const uint64_t PAGE_LOCKED = 1;

/* Objects of the kernel lie close together: few parts are asked for. */
static struct error *is_unmapped(struct contents *contents, vaddr_t addr, bool *ret)
{
	uint64_t part = addr >> MAPPED_PART_SHIFT;
	uint64_t *known = &contents->mapped[part % MAPPED_PARTS];

	*ret = false;
	if (part && *known == part)
		return NULL;
	struct error *err = kmem_is_unmapped(contents->survey->target->kmem, addr, ret);
	if (!err && !*ret)
		*known = part;
	return err;
}

/* Linear addresses may be elsewhere than what page tables map: those are never judged. */
static struct error *is_no_pointer(struct contents *contents, uint64_t mapping, bool *ret)
{
	const struct target *target = contents->survey->target;
	vaddr_t addr = mapping & ~(uint64_t)MAPPING_LOW;
	unsigned low = mapping & MAPPING_LOW;

	*ret = low > MAPPING_ANON || mapping == contents->poison;
	if (*ret || !addr)
		return NULL;
	for (unsigned i = 0; i < PAGING_WINDOWS; i++)
		if (addr - target->paging.window[i].start < target->paging.window[i].size)
			return NULL;
	*ret = !is_kernel_address(target, addr);
	return *ret ? NULL : is_unmapped(contents, addr, ret);
}

static void head_fault_add(struct head_faults *faults, enum head_fault kind, uint64_t found,
			   uint64_t expected)
{
	faults->any = faults->has[kind] = true;
	faults->found[kind] = found;
	faults->expected[kind] = expected;
}

/*
 * A free page has none. One that is given back keeps HPG_freed to 6.6, and a worker's list
 * links it there; it has a reference. Linux kernel mm/hugetlb.c, update_and_free_page().
 */
static struct error *head_mapping(struct contents *contents, const struct huge_page *page,
				  unsigned number, struct head_faults *faults)
{
	uint64_t mapping;
	bool wrong = false;
	struct error *err = NULL;

	if (!contents->has_mapping)
		return NULL;
	mapping = word(contents, number, contents->mapping_at);
	if (mapping && page->free && !page->refcount)
		wrong = true;
	else if (mapping)
		err = is_no_pointer(contents, mapping, &wrong);
	if (wrong)
		head_fault_add(faults, HEAD_MAPPING, mapping, 0);
	return err;
}

struct error *contents_head(struct contents *contents, const struct huge_page *page,
			    unsigned number, struct head_faults *ret)
{
	const struct layout *layout = &contents->survey->target->layout;
	uint64_t flags = contents_flags(contents, number);
	uint64_t private = word(contents, number, contents->private_at);
	uint32_t type = half(contents, number, contents->mapcount_at);

	ret->any = false;
	memset(ret->has, 0, sizeof(ret->has));
	if (struct_page_is_overwritten(contents->survey->target,
				       contents->bytes + number * contents->size)) {
		head_fault_add(ret, HEAD_OVERWRITTEN, 0, 0);
		return NULL;
	}
	if (flags & contents->never_mask)
		head_fault_add(ret, HEAD_FLAGS, flags & contents->never_mask, 0);
	if (page->free && !page->refcount && flags & PAGE_LOCKED &&
	    !(flags & contents->hwpoison_mask))
		head_fault_add(ret, HEAD_LOCKED, flags & PAGE_LOCKED, 0);
	if (type != contents->head_type)
		head_fault_add(ret, HEAD_TYPE, type, contents->head_type);
	if (private >> HPG_BITS && layout_has(layout, LAYOUT_HPG_OPTIMIZED))
		head_fault_add(ret, HEAD_PRIVATE, private, 0);
	return head_mapping(contents, page, number, ret);
}

/* --- compound pages -------------------------------------------------------------- */

bool order_is_gigantic(const struct target *target, unsigned order)
{
	uint64_t orders = layout_has(&target->layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  ? layout_get(&target->layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  : 11;

	return order >= orders;
}

struct tail_rules contents_rules(const struct contents *contents, const struct huge_page *page)
{
	const struct survey *survey = contents->survey;
	bool dax = page->family == FAMILY_DAX;

	return (struct tail_rules){
		.link = contents_link(contents, page->pfn, page->order),
		.order = page->order,
		.zone_known = !dax,
		.node = page->node,
		.zone = page->zone,
		.mapping_may_be_null =
			!dax && layout_has(&survey->target->layout, LAYOUT_PAGE_COMPOUND_HEAD) &&
			order_is_gigantic(survey->target, page->order),
		.reserved = dax,
		.no_hwpoison = dax || page->optimized || page->mapping.at_target,
		.no_flags = !dax && !contents_private_may_be_old(contents, page->order),
		.may_be_no_tail = dax,
	};
}

void contents_rules_of_frame(const struct huge_page *page, enum entry_verdict verdict, pfn_t frame,
			     struct tail_rules *rules)
{
	const struct huge_mapping *mapping = &page->mapping;

	rules->link_only = verdict == VERDICT_OWN && (page->optimized || mapping->at_target);
	rules->shared = mapping->at_target > 0 && frame == mapping->target;
}

bool contents_private_may_be_old(const struct contents *contents, unsigned order)
{
	const struct layout *layout = &contents->survey->target->layout;

	return layout_has(layout, LAYOUT_HSTATE_NR_FREE_VMEMMAP) ||
	       layout_has(layout, LAYOUT_HSTATE_OPTIMIZE_VMEMMAP) ||
	       order_is_gigantic(contents->survey->target, order);
}

/*
 * What restoring leaves is tails throughout: of a vmemmap page that showed the head's frame,
 * the first struct pages are overwritten with the ones behind them, which serve the folio in
 * no kernel but with their private. Linux kernel mm/hugetlb_vmemmap.c, reset_struct_pages(),
 * NR_RESET_STRUCT_PAGE.
 */
struct frame_span contents_span(const struct contents *contents, const struct huge_page *page,
				uint64_t index)
{
	const struct kernel *kernel = &contents->survey->target->kernel;
	pfn_t start = vmemmap_first_pfn(kernel, index);
	pfn_t end = page->pfn + (UINT64_C(1) << page->order);
	bool has_head = index == vmemmap_index_of(kernel, page->pfn);
	unsigned first = page->pfn > start ? (unsigned)(page->pfn - start) : 0;

	return (struct frame_span){
		.first = first + has_head,
		.end = end - start < contents->per_page ? (unsigned)(end - start)
							: contents->per_page,
		.strict_from = first + (has_head ? TAILS_OVERLAID : 0),
		.private_from = first + (has_head ? PRIVATES_OVERLAID : 0),
		.has_head = has_head,
	};
}

struct frame_span contents_span_beside_head(const struct frame_span *span)
{
	struct frame_span beside = *span;

	beside.first = span->first + 1;
	beside.strict_from = span->first + TAILS_OVERLAID;
	beside.private_from = span->first + PRIVATES_OVERLAID;
	return beside;
}

/* What page->sound says: by which kind of links. */
enum { SOUND_UNTOLD, SOUND_POINTERS, SOUND_MASKS };

static uint8_t soundness(const struct contents *contents)
{
	return contents->masks ? SOUND_MASKS : SOUND_POINTERS;
}

bool contents_is_sound(const struct contents *contents, const struct huge_page *page)
{
	return page->sound == soundness(contents);
}

/* Whether the frame behind vmemmap page @index is there and right. */
static struct error *frame_survey(struct contents *contents, const struct huge_page *page,
				  struct tail_rules *rules, uint64_t index,
				  enum entry_verdict verdict, bool *ret)
{
	const struct survey *survey = contents->survey;
	struct frame_span span = contents_span(contents, page, index);
	struct tail_faults faults;
	enum memory_state state;
	paddr_t addr;
	pfn_t frame;

	*ret = false;
	if (!vmemmap_frame_at(survey->map, index, &frame) ||
	    __builtin_mul_overflow(frame, survey->target->kernel.page_size, &addr))
		return NULL;
	struct error *err = memory_look(survey->target->memory, &contents->buffer, addr,
					survey->target->kernel.page_size, &contents->bytes, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	contents_rules_of_frame(page, verdict, frame, rules);
	contents_compare(contents, rules, &span, &faults);
	*ret = faults.total == 0;
	if (*ret && span.has_head) {
		struct head_faults head;

		err = contents_head(contents, page, span.first - 1, &head);
		*ret = !head.any;
	}
	return err;
}

struct error *contents_survey(struct contents *contents, struct huge_page *page)
{
	const struct survey *survey = contents->survey;
	const struct huge_mapping *mapping = &page->mapping;
	struct tail_rules rules = contents_rules(contents, page);
	uint64_t index = vmemmap_index_of(&survey->target->kernel, page->pfn);
	/* Where all tails are at the target, what is left is what is kept. */
	bool full = mapping->kind == MAPPED_FULL;
	uint64_t end = index + mapping->pages - (full ? mapping->at_target : 0);
	struct error *err = NULL;
	uint32_t frames = 0;
	bool sound = true;

	/* Those that share a vmemmap page with others are left to the check. */
	if (mapping->missing || mapping->wrong || UINT64_C(1) << page->order < contents->per_page)
		return NULL;
	while (!err && sound && index < end) {
		enum entry_verdict verdict =
			full ? VERDICT_KEPT : huge_entry_verdict(survey, page, mapping, index);
		struct vmemmap_run run;

		if (verdict == VERDICT_TARGET && vmemmap_run_at(survey->map, index, &run) &&
		    run.constant) {
			index = vmemmap_run_end(&run);
			continue;
		}
		if (verdict != VERDICT_TARGET) {
			err = frame_survey(contents, page, &rules, index, verdict, &sound);
			frames++;
		}
		index++;
	}
	if (err || !sound)
		return err;
	page->sound = soundness(contents);
	page->sound_frames = frames;
	return NULL;
}
