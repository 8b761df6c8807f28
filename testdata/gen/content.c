// SPDX-License-Identifier: LGPL-2.1-or-later
/* Struct pages. Linux kernel mm/page_alloc.c, prep_compound_tail(); mm/hugetlb.c. */
#include <string.h>

#include "testdata/gen/gen.h"

static const uint64_t TAIL_MAPPING = UINT64_C(0xdead000000000400);

/* Of one struct page. */
struct value {
	uint64_t flags, link, prev, mapping, private;
	uint32_t type, refcount;
};

static void put(const struct gen *gen, uint8_t *bytes, const struct value *value)
{
	const struct layout *layout = &gen->origin.layout;
	enum layout_id link =
		gen->origin.masks ? LAYOUT_PAGE_COMPOUND_INFO : LAYOUT_PAGE_COMPOUND_HEAD;

	memset(bytes, 0, STRUCT_PAGE_BYTES);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_FLAGS), &value->flags, 8);
	memcpy(bytes + layout_get(layout, link), &value->link, 8);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_LRU) + 8, &value->prev, 8);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_MAPPING), &value->mapping, 8);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_PRIVATE), &value->private, 8);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_MAPCOUNT), &value->type, 4);
	memcpy(bytes + layout_get(layout, LAYOUT_PAGE_REFCOUNT), &value->refcount, 4);
}

/* A type whose other bits count nothing: PGTY_ in a byte of its own, or a bit of an int of ones. */
static uint32_t type_of(const struct page_mark *mark)
{
	static const uint32_t PGTY = UINT32_C(0xff000000);

	return (uint32_t)(mark->mask == PGTY ? mark->value
					     : (UINT32_MAX & ~mark->mask) | mark->value);
}

/* In a struct page, or the one behind it. */
static void field_set(uint8_t *bytes, struct page_field field, uint64_t mask, uint64_t value)
{
	uint64_t word = 0;

	memcpy(&word, bytes + field.at, field.length);
	word = (word & ~mask) | value;
	memcpy(bytes + field.at, &word, field.length);
}

static uint64_t flag(const struct gen *gen, enum layout_id id)
{
	return UINT64_C(1) << layout_get(&gen->origin.layout, id);
}

static uint64_t zone_flags(const struct gen *gen, bool device)
{
	const struct origin *origin = &gen->origin;
	uint64_t zone = device ? origin->device_zone : origin->normal_zone;

	return zone << origin->zone_shift;
}

static void fill_alike(const struct gen *gen, uint8_t *bytes, const struct value *value)
{
	for (unsigned i = 0; i < PER_PAGE; i++)
		put(gen, bytes + i * STRUCT_PAGE_BYTES, value);
}

/* --- frames that are no compound page's --------------------------------------------- */

static void fill_frames(const struct gen *gen, enum content_id content, uint8_t *bytes)
{
	bool boot = content == CONTENT_BOOT;
	const struct value value = {
		.flags = zone_flags(gen, false) | (boot ? flag(gen, LAYOUT_PG_RESERVED) : 0),
		.type = UINT32_MAX,
		.refcount = content == CONTENT_DEVICE_OWNED ? HUGE_FRAMES - 1 : 1,
	};

	fill_alike(gen, bytes, &value);
}

enum { FREE_ORDER = 10, FREE_FRAMES = (1 << FREE_ORDER) / PER_PAGE };

static void fill_free(const struct gen *gen, pfn_t subject, uint8_t *bytes)
{
	struct value value = { .flags = zone_flags(gen, false), .type = UINT32_MAX };

	fill_alike(gen, bytes, &value);
	if (subject % (1 << FREE_ORDER))
		return;
	value.type = type_of(&gen->origin.page.buddy);
	value.private = FREE_ORDER;
	put(gen, bytes, &value);
}

/* --- compound pages ------------------------------------------------------------------- */

struct compound {
	pfn_t head;
	unsigned order;
	bool device;
	struct value value; /* of the head */
};

static uint64_t link_of(const struct gen *gen, const struct compound *compound)
{
	const struct origin *origin = &gen->origin;

	if (origin->masks)
		return UINT64_MAX << (compound->order + __builtin_ctz(STRUCT_PAGE_BYTES)) | 1;
	return (origin->vmemmap + compound->head * STRUCT_PAGE_BYTES) | 1;
}

static bool is_in_head(const struct page_mark *mark)
{
	return mark->field.at < STRUCT_PAGE_BYTES;
}

/* In the first tail: the order; before page types, what kind of compound page it is, too. */
static void marks_set(const struct page_format *format, const struct compound *compound,
		      uint8_t *bytes)
{
	static const uint64_t COMPOUND_PAGE_DTOR = 1;

	field_set(bytes, format->order, 0xff, compound->order);
	if (!compound->device && !is_in_head(&format->hugetlb))
		field_set(bytes, format->hugetlb.field, format->hugetlb.mask,
			  format->hugetlb.value);
	else if (compound->device && format->dtor.length)
		field_set(bytes, format->dtor, 0xff, COMPOUND_PAGE_DTOR);
}

/* The struct pages from number @first of the compound page on. */
static void fill_compound(const struct gen *gen, const struct compound *compound, unsigned first,
			  uint8_t *bytes)
{
	struct value tail = {
		.flags = zone_flags(gen, compound->device) |
			 (compound->device ? flag(gen, LAYOUT_PG_RESERVED) : 0),
		.link = link_of(gen, compound),
		.mapping = TAIL_MAPPING,
		.type = UINT32_MAX,
	};

	fill_alike(gen, bytes, &tail);
	if (first)
		return;
	put(gen, bytes, &compound->value);
	marks_set(&gen->origin.page, compound, bytes);
}

static enum list_id list_of(enum content_id content)
{
	return content == CONTENT_HEAD_GIGANTIC ? LIST_GIGANTIC
	       : content == CONTENT_HEAD_FREE	? LIST_HUGE_FREE
						: LIST_HUGE_USED;
}

static struct value huge_head(const struct gen *gen, enum content_id content, pfn_t pfn)
{
	const struct page_mark *mark = &gen->origin.page.hugetlb;
	bool used = content != CONTENT_HEAD_FREE;
	uint64_t links[2] = { 0 };

	if (!gen->settings->unlinked)
		lists_links(gen, list_of(content), pfn, links);
	return (struct value){
		.flags = zone_flags(gen, false) | flag(gen, LAYOUT_PG_HEAD),
		.link = links[0],
		.prev = links[1],
		.private = (content == CONTENT_PLAIN_HEAD ? 0 : flag(gen, LAYOUT_HPG_OPTIMIZED)) |
			   (used ? 0 : flag(gen, LAYOUT_HPG_FREED)),
		.type = is_in_head(mark) ? type_of(mark) : UINT32_MAX,
		.refcount = used,
	};
}

static void fill_huge(const struct gen *gen, enum content_id content, pfn_t subject, uint8_t *bytes)
{
	bool gigantic = content == CONTENT_HEAD_GIGANTIC || content == CONTENT_TAILS_GIGANTIC ||
			content == CONTENT_KEPT_TAILS_GIGANTIC;
	bool tails = content == CONTENT_TAILS_HUGE || content == CONTENT_TAILS_GIGANTIC ||
		     content == CONTENT_PLAIN_TAILS || content == CONTENT_KEPT_TAILS ||
		     content == CONTENT_KEPT_TAILS_GIGANTIC;
	struct compound compound = { .order = gigantic ? GIGANTIC_ORDER : HUGE_ORDER };
	uint64_t pages = UINT64_C(1) << compound.order;

	compound.head = subject / pages * pages;
	if (!tails)
		compound.value = huge_head(gen, content, compound.head);
	fill_compound(gen, &compound, tails, bytes);
}

static void fill_device(const struct gen *gen, const struct run *run, pfn_t subject, uint8_t *bytes)
{
	struct compound compound = {
		.head = subject >> HUGE_ORDER << HUGE_ORDER,
		.order = HUGE_ORDER,
		.device = true,
		.value = {
			.flags = zone_flags(gen, true) | flag(gen, LAYOUT_PG_HEAD) |
				 flag(gen, LAYOUT_PG_RESERVED),
			.link = gen->pgmap[run->device],
			.type = UINT32_MAX,
			.refcount = 1,
		},
	};

	fill_compound(gen, &compound, run->content == CONTENT_DEVICE_TAIL, bytes);
}

void content_fill(const struct gen *gen, const struct run *run, pfn_t subject, uint8_t *bytes)
{
	switch ((enum content_id)run->content) {
	case CONTENT_BOOT:
	case CONTENT_OWNED:
	case CONTENT_DEVICE_OWNED:
		fill_frames(gen, run->content, bytes);
		break;
	case CONTENT_FREE:
		fill_free(gen, subject, bytes);
		break;
	case CONTENT_DEVICE_HEAD:
	case CONTENT_DEVICE_TAIL:
		fill_device(gen, run, subject, bytes);
		break;
	default:
		fill_huge(gen, run->content, subject, bytes);
	}
}

unsigned content_period(const struct gen *gen, enum content_id content)
{
	if (content <= CONTENT_DEVICE_OWNED)
		return 1;
	if (content == CONTENT_FREE)
		return FREE_FRAMES;
	switch (content) {
	case CONTENT_PLAIN_TAILS:
	case CONTENT_TAILS_HUGE:
	case CONTENT_TAILS_GIGANTIC:
	case CONTENT_KEPT_TAILS:
	case CONTENT_KEPT_TAILS_GIGANTIC:
	case CONTENT_DEVICE_HEAD:
	case CONTENT_DEVICE_TAIL:
		return gen->origin.masks;
	default:
		return gen->origin.masks && gen->settings->unlinked;
	}
}

/* --- faults ----------------------------------------------------------------------------- */

void content_edit(const struct gen *gen, const struct edit *edit, uint8_t *bytes)
{
	static const enum layout_id members[] = {
		[EDIT_FLAGS_CLEAR] = LAYOUT_PAGE_FLAGS,
		[EDIT_FLAGS_SET] = LAYOUT_PAGE_FLAGS,
		[EDIT_PRIVATE_CLEAR] = LAYOUT_PAGE_PRIVATE,
		[EDIT_REFCOUNT] = LAYOUT_PAGE_REFCOUNT,
		[EDIT_FREE] = LAYOUT_PAGE_FLAGS,
	};
	uint8_t *page = bytes + edit->number * STRUCT_PAGE_BYTES;
	const struct value freed = {
		.flags = zone_flags(gen, false),
		.type = type_of(&gen->origin.page.buddy),
	};
	size_t size = edit->kind == EDIT_REFCOUNT ? 4 : 8;
	uint64_t word = 0;

	if (edit->kind == EDIT_FREE) {
		put(gen, page, &freed);
		return;
	}
	page += layout_get(&gen->origin.layout, members[edit->kind]);
	memcpy(&word, page, size);
	if (edit->kind == EDIT_REFCOUNT)
		word = edit->value;
	else if (edit->kind == EDIT_FLAGS_SET)
		word |= edit->value;
	else
		word &= ~edit->value;
	memcpy(page, &word, size);
}
