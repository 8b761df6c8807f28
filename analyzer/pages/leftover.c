// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells leftovers of huge pages from what is legal at the beginning of a vmemmap page. */
#include "analyzer/pages/leftover.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/pages/garbage.h"
#include "analyzer/pages/page_size.h"
#include "analyzer/pages/survey.h"
#include "analyzer/pages/contents.h"
#include "include/array.h"
#include "include/bytes.h"

/* Two struct pages, read one after the other. */
struct pair {
	const unsigned char *bytes;
	uint64_t link, next_link, private;
	uint32_t type, refcount;
};

/* --- reading ------------------------------------------------------------------- */

static void pair_decode(const struct target *target, const unsigned char *bytes, struct pair *ret)
{
	const struct page_format *format = &target->kernel.page;

	*ret = (struct pair){
		.bytes = bytes,
		.link = page_link(format, bytes),
		.next_link = page_link(format, bytes + format->size),
		.private = page_value(format, bytes, format->private),
		.type = (uint32_t)page_value(format, bytes, format->type),
		.refcount = page_refcount(format, bytes),
	};
}

static struct error *pair_look(const struct survey *survey, struct page_buffer *buffer, pfn_t pfn,
			       struct pair *ret, enum memory_state *state_ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	const unsigned char *bytes;
	struct error *err = vmemmap_look(kernel, survey->map, survey->target->memory, buffer, pfn,
					 2 * kernel->struct_page_size, &bytes, state_ret);

	if (!err && *state_ret == MEMORY_PRESENT)
		pair_decode(survey->target, bytes, ret);
	return err;
}

/* No struct page that is in use: nobody wrote it, or it was filled with one byte. */
static bool is_filled(const struct target *target, const struct pair *pair)
{
	return bytes_are_one(pair->bytes, target->kernel.struct_page_size);
}

/* --- where tails lead ------------------------------------------------------------- */

static int8_t pool_of(const struct survey *survey, unsigned order)
{
	const struct inventory *inventory = survey->inventory;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order == order)
			return (int8_t)i;
	return -1;
}

/*
 * Of tails of huge pages only the order is shown by their link (a mask), or by what a
 * pool has at that place: the smallest of its orders that reaches from the head to them.
 */
static bool tail_order(const struct survey *survey, pfn_t pfn, pfn_t head, uint64_t link,
		       unsigned *ret)
{
	const struct inventory *inventory = survey->inventory;
	unsigned best = UINT32_MAX;

	if (link_is_mask(survey->target->kernel.struct_page_size, link, ret))
		return pool_of(survey, *ret) >= 0;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		unsigned order = inventory->hstates[i].order;

		if (order < best && pfn - head < UINT64_C(1) << order &&
		    head >> order << order == head)
			best = order;
	}
	*ret = best;
	return best != UINT32_MAX;
}

/* A struct page that no page has that is being made part of a gigantic one. */
static bool is_others(const struct target *target, const struct pair *pair)
{
	const struct page_format *format = &target->kernel.page;
	const struct layout *layout = &target->layout;
	static const enum layout_id ids[] = { LAYOUT_PG_LRU, LAYOUT_PG_SLAB };
	uint64_t flags = page_flags(format, pair->bytes), bit;
	unsigned ignored;

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		bit = layout_get(layout, ids[i]);
		if (layout_has(layout, ids[i]) && bit < 64 && flags >> bit & 1)
			return true;
	}
	return page_is_head(format, pair->bytes) || page_is_buddy(format, pair->bytes, &ignored);
}

/* Nobody else has anything of the pages that a gigantic page of @order at @head would have. */
static struct error *is_taken_whole(struct leftover_reader *reader, pfn_t head, unsigned order,
				    bool *ret)
{
	const struct survey *survey = reader->survey;
	uint64_t step = UINT64_C(1) << survey->inventory->step_order;
	pfn_t end = head + (UINT64_C(1) << order);
	struct error *err = NULL;

	*ret = true;
	for (pfn_t pfn = head; !err && *ret && pfn < end; pfn += step) {
		enum memory_state state;
		struct pair pair;

		*ret = kernel_pfn_valid(&survey->target->kernel, pfn);
		if (!*ret)
			break;
		err = pair_look(survey, &reader->head_buffer, pfn, &pair, &state);
		if (!err && state == MEMORY_PRESENT)
			*ret = !is_others(survey->target, &pair);
	}
	return err;
}

/* A gigantic page may be being made there: links that are pointers do not show it. */
static struct error *could_be_gigantic(struct leftover_reader *reader, pfn_t head, bool *ret)
{
	const struct inventory *inventory = reader->survey->inventory;
	struct error *err = NULL;

	*ret = false;
	for (size_t i = 0; !err && !*ret && i < inventory->hstate_count; i++) {
		unsigned order = inventory->hstates[i].order;

		if (order_is_gigantic(reader->survey->target, order) &&
		    head >> order << order == head)
			err = is_taken_whole(reader, head, order, ret);
	}
	return err;
}

/*
 * A struct page that others lead to as their head is one, or is being made one: where links
 * are pointers, the heads of gigantic pages are marked last. Linux kernel mm/hugetlb.c,
 * __prep_compound_gigantic_folio(). One that is a tail itself is none at any time.
 */
static struct error *head_is_lost(struct leftover_reader *reader, pfn_t pfn,
				  const struct pair *head, uint64_t link, bool *ret)
{
	const struct target *target = reader->survey->target;
	bool gigantic = false;
	unsigned ignored;
	struct error *err = NULL;

	*ret = false;
	if (page_is_head(&target->kernel.page, head->bytes) &&
	    !struct_page_is_overwritten(target, head->bytes))
		return NULL;
	if (!(head->link & 1) && !link_is_mask(target->kernel.struct_page_size, link, &ignored))
		err = could_be_gigantic(reader, pfn, &gigantic);
	*ret = !gigantic;
	return err;
}

/*
 * Where the page of a head ends. A page that is being made has its order last; where that is
 * in the flags of the first tail, it is 0 until then.
 */
static pfn_t head_end(const struct target *target, pfn_t pfn, const struct pair *head)
{
	const struct page_format *format = &target->kernel.page;
	unsigned order;

	if (!page_is_head(format, head->bytes) || !format->marker->order_in_flags)
		return UINT64_MAX;
	order = page_compound_order(format, head->bytes);
	return order > 0 && order < 32 ? pfn + (UINT64_C(1) << order) : UINT64_MAX;
}

static struct error *head_look(struct leftover_reader *reader, pfn_t head, uint64_t link)
{
	enum memory_state state;
	struct pair pair;

	if (reader->head_known && reader->head == head)
		return NULL;
	reader->head = head;
	reader->head_known = true;
	reader->head_lost = false;
	reader->head_end = UINT64_MAX;
	if (!kernel_pfn_valid(&reader->survey->target->kernel, head))
		return NULL;
	struct error *err = pair_look(reader->survey, &reader->head_buffer, head, &pair, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	reader->head_end = head_end(reader->survey->target, head, &pair);
	return head_is_lost(reader, head, &pair, link, &reader->head_lost);
}

/* What tails of vmemmap page @index show of a page whose head is at @head. */
static void tails_describe(const struct leftover_reader *reader, pfn_t pfn, pfn_t head,
			   uint64_t link, struct leftover *ret)
{
	const struct kernel *kernel = &reader->survey->target->kernel;
	uint64_t per_page = kernel->page_size / kernel->struct_page_size;

	*ret = (struct leftover){
		.kind = reader->head_lost ? LEFTOVER_LOST_HEAD : LEFTOVER_STRAY,
		.head = head,
		.start = pfn,
		.end = pfn + per_page,
	};
	if (!reader->head_lost || head > pfn ||
	    !tail_order(reader->survey, pfn, head, link, &ret->order))
		return;
	ret->of_pool = true;
	ret->start = pfn >> ret->order << ret->order;
	ret->end = ret->start + (UINT64_C(1) << ret->order);
}

static struct error *judge_tail(struct leftover_reader *reader, pfn_t pfn, const struct pair *pair,
				struct leftover *ret)
{
	pfn_t head;

	if (!link_leads_to(reader->survey->target, pfn, pair->link, &head))
		return NULL;
	struct error *err = head_look(reader, head, pair->link);
	if (!err && (reader->head_lost || (head < pfn && pfn >= reader->head_end)))
		tails_describe(reader, pfn, head, pair->link, ret);
	return err;
}

/* --- heads --------------------------------------------------------------------------- */

/* The struct page after a head is its first tail. */
static bool has_tail(const struct target *target, pfn_t pfn, const struct pair *pair)
{
	pfn_t head;

	return link_leads_to(target, pfn + 1, pair->next_link, &head) && head == pfn;
}

/*
 * PG_head with HPG_vmemmap_optimized and no reference, though no tail follows: no other
 * user of compound pages makes that. What marks a hugetlb head may be lost by now.
 */
static bool has_flags_of_head(const struct target *target, pfn_t pfn, const struct pair *pair)
{
	const struct layout *layout = &target->layout;
	uint64_t bit = layout_get(layout, LAYOUT_HPG_OPTIMIZED);

	return layout_has(layout, LAYOUT_HPG_OPTIMIZED) && bit < 8 && pair->refcount == 0 &&
	       pair->private >> bit & 1 && pair->private <= UINT8_MAX &&
	       page_is_head(&target->kernel.page, pair->bytes) && !has_tail(target, pfn, pair);
}

/*
 * What marks the head of a huge page, in a struct page without PG_head. A mark in the first
 * tail says so of no other struct page: that has to be one, and of an order of some pool.
 */
static bool has_mark_alone(const struct survey *survey, const struct pair *pair)
{
	const struct page_format *format = &survey->target->kernel.page;
	bool in_itself = format->hugetlb.field.at == format->type.at;

	if (page_is_head(format, pair->bytes) ||
	    !page_has_mark(format, pair->bytes, &format->hugetlb))
		return false;
	return in_itself || (!(pair->link & 1) && pair->next_link & 1 &&
			     pool_of(survey, page_hugetlb_order(format, pair->bytes)) >= 0);
}

static bool says_head(const struct survey *survey, pfn_t pfn, const struct pair *pair)
{
	return page_is_hugetlb(&survey->target->kernel.page, pair->bytes) ||
	       has_flags_of_head(survey->target, pfn, pair) || has_mark_alone(survey, pair);
}

/*
 * A head may be there that is on its way into a pool, or out of it. One that has lost PG_head
 * and its tails may have been the head of any page that can begin there.
 */
static bool may_be_head(const struct survey *survey, pfn_t pfn, const struct leftover *leftover)
{
	unsigned order = leftover->order;

	if (leftover->unheaded && !order)
		order = survey->inventory->step_order;
	else if (!leftover->of_pool && survey->inventory->orders_known)
		return false;
	return order < 64 && pfn >> order << order == pfn;
}

static void judge_head(const struct leftover_reader *reader, pfn_t pfn, const struct pair *pair,
		       struct leftover *ret)
{
	const struct survey *survey = reader->survey;
	const struct page_format *format = &survey->target->kernel.page;
	bool unheaded = !page_is_head(format, pair->bytes);
	bool untold = unheaded && !(pair->next_link & 1);
	unsigned order = untold ? 0 : page_hugetlb_order(format, pair->bytes);
	bool of_pool = order && pool_of(survey, order) >= 0;
	struct leftover found = {
		.kind = LEFTOVER_HEAD,
		.order = order,
		.of_pool = of_pool,
		.start = of_pool ? pfn >> order << order : pfn,
		.end = of_pool ? (pfn >> order << order) + (UINT64_C(1) << order) : pfn + 1,
		.unheaded = unheaded,
		.private = pair->private,
		.type = pair->type,
		.refcount = pair->refcount,
	};

	if (!may_be_head(survey, pfn, &found))
		*ret = found;
}

/* --- looking --------------------------------------------------------------------------- */

/* Tails of an optimised page in transition show its head again, legally. */
static bool is_shared(const struct survey *survey, uint64_t index)
{
	struct vmemmap_run run;
	pfn_t frame;

	return vmemmap_run_at(survey->map, index, &run) && (run.shared || run.constant) &&
	       vmemmap_frame_at(survey->map, index, &frame) &&
	       vmemmap_users(survey->map, frame) > 1;
}

void leftover_reader_init(struct leftover_reader *reader, const struct survey *survey)
{
	*reader = (struct leftover_reader){
		.survey = survey,
	};
}

void leftover_reader_deinit(struct leftover_reader *reader)
{
	page_buffer_deinit(&reader->buffer);
	page_buffer_deinit(&reader->head_buffer);
}

/* What vmemmap page @index begins with, whatever is beside it. */
static struct error *look(struct leftover_reader *reader, uint64_t index, struct leftover *ret,
			  enum memory_state *state_ret)
{
	const struct survey *survey = reader->survey;
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index);
	struct pair pair;
	struct error *err = pair_look(survey, &reader->buffer, pfn, &pair, state_ret);

	*ret = (struct leftover){ .kind = LEFTOVER_NONE };
	if (err || *state_ret != MEMORY_PRESENT || !survey->target->kernel.page.marker ||
	    is_filled(survey->target, &pair))
		return err;
	if (says_head(survey, pfn, &pair))
		judge_head(reader, pfn, &pair, ret);
	else if (pair.link & 1 && !page_is_head(&survey->target->kernel.page, pair.bytes))
		err = judge_tail(reader, pfn, &pair, ret);
	if (ret->kind != LEFTOVER_NONE && is_shared(survey, index))
		*ret = (struct leftover){ .kind = LEFTOVER_NONE };
	return err;
}

bool leftovers_alike(const struct leftover *a, const struct leftover *b)
{
	return a->kind == b->kind && a->of_pool == b->of_pool && a->order == b->order &&
	       (a->of_pool || a->head == b->head);
}

bool leftovers_same(const struct leftover *a, const struct leftover *b)
{
	return a->unheaded == b->unheaded && a->private == b->private && a->type == b->type &&
	       a->refcount == b->refcount;
}

struct error *leftover_look(struct leftover_reader *reader, uint64_t index, struct leftover *ret,
			    enum memory_state *state_ret)
{
	const struct kernel *kernel = &reader->survey->target->kernel;
	uint64_t step = UINT64_C(1) << reader->survey->inventory->step_order;
	enum memory_state next_state;
	struct leftover next;
	struct error *err = look(reader, index, ret, state_ret);

	if (err || ret->kind != LEFTOVER_HEAD || ret->unheaded ||
	    vmemmap_first_pfn(kernel, index) % step)
		return err;
	err = look(reader, index + 1, &next, &next_state);
	if (!err && (next_state != MEMORY_PRESENT || !leftovers_alike(ret, &next)))
		ret->kind = LEFTOVER_NONE;
	return err;
}

struct error *leftover_look_at(struct leftover_reader *reader, pfn_t pfn, struct leftover *ret,
			       enum memory_state *state_ret)
{
	const struct survey *survey = reader->survey;
	struct pair pair;
	struct error *err = pair_look(survey, &reader->buffer, pfn, &pair, state_ret);

	*ret = (struct leftover){ .kind = LEFTOVER_NONE };
	if (err || *state_ret != MEMORY_PRESENT || !survey->target->kernel.page.marker ||
	    is_filled(survey->target, &pair) || !says_head(survey, pfn, &pair) ||
	    is_shared(survey, vmemmap_index_of(&survey->target->kernel, pfn)))
		return err;
	judge_head(reader, pfn, &pair, ret);
	return NULL;
}

/* --- words -------------------------------------------------------------------------------- */

static const char *head_of(const struct target *target, const struct leftover *leftover,
			   char buf[64])
{
	if (leftover->of_pool)
		snprintf(buf, 64, "a %s page", order_size(leftover->order, target));
	else if (leftover->kind == LEFTOVER_HEAD && !leftover->order)
		snprintf(buf, 64, "a huge page");
	else
		snprintf(buf, 64, "a huge page (of order %u, which no pool has)", leftover->order);
	return buf;
}

const char *leftover_text(const struct target *target, const struct leftover *leftover,
			  char buf[LEFTOVER_TEXT_MAX])
{
	char page[64];

	head_of(target, leftover, page);
	if (leftover->kind == LEFTOVER_STRAY)
		snprintf(buf, LEFTOVER_TEXT_MAX,
			 "tails beyond the end of the page of pfn 0x%" PRIx64
			 ", which they lead to as their head",
			 leftover->head);
	else if (leftover->kind == LEFTOVER_LOST_HEAD && !leftover->of_pool)
		snprintf(buf, LEFTOVER_TEXT_MAX,
			 "tails that lead to pfn 0x%" PRIx64 ", which is no head", leftover->head);
	else if (leftover->kind == LEFTOVER_LOST_HEAD)
		snprintf(buf, LEFTOVER_TEXT_MAX, "tails of %s whose head is gone", page);
	else
		snprintf(buf, LEFTOVER_TEXT_MAX,
			 "a copy of the head of %s: PG_head%s, private 0x%" PRIx64
			 ", page type 0x%" PRIx32 ", _refcount %" PRId32,
			 page, leftover->unheaded ? " clear" : "", leftover->private,
			 leftover->type, (int32_t)leftover->refcount);
	return buf;
}
