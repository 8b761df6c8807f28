// SPDX-License-Identifier: LGPL-2.1-or-later
/* Members and flags, and the table of hugetlb marks, newest kernel first. */
#include "analyzer/kernel/struct_page.h"

#include <limits.h>
#include <string.h>

#include "analyzer/kernel/layout.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/array.h"

static struct page_field member(const struct layout *layout, enum layout_id id, uint8_t length)
{
	if (!layout_has(layout, id))
		return (struct page_field){ 0 };
	return (struct page_field){ (uint16_t)layout_get(layout, id), length };
}

static uint64_t flag(const struct layout *layout, enum layout_id id)
{
	uint64_t bit = layout_get(layout, id);

	return layout_has(layout, id) && bit < 64 ? UINT64_C(1) << bit : 0;
}

/* A byte of the first tail. In 6.5 the page's own member was gone, the folio's stayed. */
static struct page_field tail_byte(const struct layout *layout, enum layout_id page,
				   enum layout_id folio)
{
	uint64_t size = layout_get(layout, LAYOUT_PAGE_SIZE), at;

	if (layout_has(layout, page))
		at = size + layout_get(layout, page);
	else if (layout_has(layout, folio))
		at = layout_get(layout, folio);
	else
		return (struct page_field){ 0 };
	return at < 2 * size ? (struct page_field){ (uint16_t)at, 1 } : (struct page_field){ 0 };
}

/* VMCOREINFO prints these with %ld, so they may be negative: 32 bits count. */
static bool mapcount_value(const struct facts *facts, const char *name, uint32_t *ret)
{
	uint64_t value;

	if (!facts_value(facts, "NUMBER", name, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static struct page_mark type_mark(const struct layout *layout, uint32_t mask, uint32_t value)
{
	return (struct page_mark){ member(layout, LAYOUT_PAGE_MAPCOUNT, 4), mask, value };
}

/* --- types of pages ---------------------------------------------------------- */

/* Linux kernel commit 4ffca5a96678 ("mm: support only one page_type per page") (in v6.12). */
static bool type_byte(const struct layout *layout, const struct facts *facts, enum layout_id id,
		      const char *name, struct page_mark *ret)
{
	uint32_t value;

	if (layout_has(layout, id)) {
		uint32_t type = (uint32_t)layout_get(layout, id);

		*ret = type_mark(layout, 0xff000000, type << 24);
		return type > 0xef && type < 0xff;
	}
	if (!mapcount_value(facts, name, &value) || (value & 0xffffff) || value < 0xf0000000)
		return false;
	*ret = type_mark(layout, 0xff000000, value);
	return true;
}

static struct page_mark buddy_mark(const struct layout *layout, const struct facts *facts)
{
	struct page_mark mark;
	uint32_t value;

	if (type_byte(layout, facts, LAYOUT_PGTY_BUDDY, "PAGE_BUDDY_MAPCOUNT_VALUE", &mark))
		return mark;
	if (mapcount_value(facts, "PAGE_BUDDY_MAPCOUNT_VALUE", &value))
		return type_mark(layout, UINT32_MAX, value);
	return (struct page_mark){ 0 };
}

/* --- marks of hugetlb heads -------------------------------------------------- */

/* 6.12 and later: the type is the top byte of page_type. */
static bool resolve_byte(const struct layout *layout, const struct facts *facts,
			 struct page_mark *ret)
{
	return type_byte(layout, facts, LAYOUT_PGTY_HUGETLB, "PAGE_HUGETLB_MAPCOUNT_VALUE", ret);
}

/* 6.9 to 6.11: a bit of page_type is clear. */
static bool resolve_inverted(const struct layout *layout, const struct facts *facts,
			     struct page_mark *ret)
{
	uint32_t value;

	if (!mapcount_value(facts, "PAGE_HUGETLB_MAPCOUNT_VALUE", &value))
		return false;
	uint32_t bit = ~value;
	uint32_t base = bit >= 0x01000000 ? 0x80000000 : 0xf0000000;
	*ret = type_mark(layout, base | bit, base);
	return true;
}

/* 6.6 to 6.8: PG_hugetlb in the first tail's flags. */
static bool resolve_tail_flag(const struct layout *layout, const struct facts *facts,
			      struct page_mark *ret)
{
	uint64_t bit, size = layout_get(layout, LAYOUT_PAGE_SIZE);

	if (!facts_value(facts, "NUMBER", "PG_hugetlb", &bit) || bit >= 64)
		return false;
	*ret = (struct page_mark){ member(layout, LAYOUT_PAGE_FLAGS, 8), UINT64_C(1) << bit,
				   UINT64_C(1) << bit };
	ret->field.at = (uint16_t)(ret->field.at + size);
	return true;
}

/* Up to 6.5: the destructor's number in the first tail. */
static bool resolve_dtor(const struct layout *layout, const struct facts *facts,
			 struct page_mark *ret)
{
	struct page_field dtor = tail_byte(layout, LAYOUT_PAGE_COMPOUND_DTOR, LAYOUT_FOLIO_DTOR);
	uint64_t number;

	if (!facts_value(facts, "NUMBER", "HUGETLB_PAGE_DTOR", &number) || !dtor.length ||
	    !tail_byte(layout, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER).length)
		return false;
	*ret = (struct page_mark){ dtor, UINT64_MAX, number };
	return true;
}

/*
 * flag_order: HPG_vmemmap_optimized was set after the remapping until 6.6, before
 * it since 6.7 (so that the copied head carries it); 6.6 to 6.8 share a mark. Those of
 * 6.9 to 6.11 set it before; the 5.14 of RHEL 9.6, which marks pages alike, sets it after.
 *
 * may_lack: the mark was set last until Linux kernel commit d8f5f7e445f0 ("hugetlb: set
 * hugetlb page flag before optimizing vmemmap") (in v6.7, and in some older ones).
 *
 * order_in_flags: since Linux kernel commit ebc1baf5c9b4 (in v6.6) the low byte of
 * page[1].flags.
 */
static const struct hugetlb_marker markers[] = {
	{ "page_type's top byte is PGTY_hugetlb", "page_type", FLAG_BEFORE_REMAP, false, true,
	  resolve_byte },
	{ "page_type's PG_hugetlb bit is clear", "page_type", FLAG_EITHER, true, true,
	  resolve_inverted },
	{ "PG_hugetlb in the flags of the first tail", "flags of the first tail", FLAG_EITHER, true,
	  true, resolve_tail_flag },
	{ "compound_dtor of the first tail is HUGETLB_PAGE_DTOR", "compound_dtor", FLAG_AFTER_REMAP,
	  true, false, resolve_dtor },
};

/* The low byte of the first tail's flags. */
static struct page_field flags_order(const struct layout *layout, bool big_endian)
{
	uint64_t at = layout_get(layout, LAYOUT_PAGE_SIZE) + layout_get(layout, LAYOUT_PAGE_FLAGS);

	return (struct page_field){ (uint16_t)(big_endian ? at + 7 : at), 1 };
}

static void marker_choose(const struct layout *layout, const struct facts *facts,
			  struct page_format *format)
{
	for (unsigned i = 0; i < COUNT_OF(markers); i++) {
		if (!markers[i].resolve(layout, facts, &format->hugetlb))
			continue;
		format->marker = &markers[i];
		format->hugetlb_order =
			markers[i].order_in_flags
				? flags_order(layout, format->big_endian)
				: tail_byte(layout, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER);
		return;
	}
	format->hugetlb = (struct page_mark){ 0 };
}

/* --- all of it --------------------------------------------------------------- */

static void link_find(const struct layout *layout, struct page_format *format)
{
	enum layout_id id = layout_has(layout, LAYOUT_PAGE_COMPOUND_INFO)
				    ? LAYOUT_PAGE_COMPOUND_INFO
				    : LAYOUT_PAGE_COMPOUND_HEAD;

	if (!layout_has(layout, id))
		return;
	format->link = member(layout, id, 8);
	format->link_name = layout_queries[id].name;
}

void page_format_resolve(const struct layout *layout, const struct facts *facts, bool big_endian,
			 struct page_format *ret)
{
	*ret = (struct page_format){
		.big_endian = big_endian,
		.size = layout_get(layout, LAYOUT_PAGE_SIZE),
		.flags = member(layout, LAYOUT_PAGE_FLAGS, 8),
		.type = member(layout, LAYOUT_PAGE_MAPCOUNT, 4),
		.refcount = member(layout, LAYOUT_PAGE_REFCOUNT, 4),
		.private = member(layout, LAYOUT_PAGE_PRIVATE, 8),
		.mapping = member(layout, LAYOUT_PAGE_MAPPING, 8),
		.order = tail_byte(layout, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER),
		.dtor = tail_byte(layout, LAYOUT_PAGE_COMPOUND_DTOR, LAYOUT_FOLIO_DTOR),
		.head = flag(layout, LAYOUT_PG_HEAD),
		.reserved = flag(layout, LAYOUT_PG_RESERVED),
		.hwpoison = flag(layout, LAYOUT_PG_HWPOISON),
		.self_hosted = flag(layout, LAYOUT_PG_SELF_HOSTED),
		.slab = flag(layout, LAYOUT_PG_SLAB),
		.lru = flag(layout, LAYOUT_PG_LRU),
		.hpg_optimized = flag(layout, LAYOUT_HPG_OPTIMIZED),
		.hpg_temporary = flag(layout, LAYOUT_HPG_TEMPORARY),
		.hpg_unreliable = flag(layout, LAYOUT_HPG_RAW_HWP_UNRELIABLE),
		.hpg_freed = flag(layout, LAYOUT_HPG_FREED),
		.buddy = buddy_mark(layout, facts),
		.gigantic_order = UINT_MAX,
	};
	if (!ret->order.length)
		ret->order = flags_order(layout, big_endian);
	if (!ret->head)
		facts_value(facts, "NUMBER", "PG_head_mask", &ret->head);
	facts_value(facts, "NUMBER", "HUGETLB_PAGE_DTOR", &ret->plain_dtors);
	if (layout_has(layout, LAYOUT_ZONE_FREE_AREA_LENGTH))
		ret->gigantic_order = (unsigned)layout_get(layout, LAYOUT_ZONE_FREE_AREA_LENGTH);
	link_find(layout, ret);
	marker_choose(layout, facts, ret);
}

bool bytes_are_one(const unsigned char *bytes, uint64_t size)
{
	/* Of nearly all the first two bytes tell. */
	return bytes[0] == bytes[1] && memcmp(bytes, bytes + 1, size - 1) == 0;
}

bool page_is_blank(const struct page_format *format, const unsigned char *bytes)
{
	return bytes[0] == 0 && bytes_are_one(bytes, format->size);
}

/* --- pages ------------------------------------------------------------------- */

bool page_is_buddy(const struct page_format *format, const unsigned char *bytes,
		   unsigned *order_ret)
{
	if (!page_has_mark(format, bytes, &format->buddy))
		return false;
	*order_ret = (unsigned)page_value(format, bytes, format->private);
	return true;
}

unsigned page_compound_order(const struct page_format *format, const unsigned char *bytes)
{
	return (unsigned)page_value(format, bytes, format->order);
}

bool page_is_hugetlb(const struct page_format *format, const unsigned char *bytes)
{
	return page_is_head(format, bytes) && page_has_mark(format, bytes, &format->hugetlb);
}

/*
 * NULL_COMPOUND_DTOR and COMPOUND_PAGE_DTOR come before hugetlb's. Of a gigantic page that
 * is being made the byte is left over from what was there before. Linux kernel mm/hugetlb.c,
 * prep_compound_gigantic_page().
 */
static bool dtor_is_plain(const struct page_format *format, const unsigned char *bytes)
{
	return !format->plain_dtors || !format->dtor.length ||
	       page_value(format, bytes, format->dtor) < format->plain_dtors ||
	       page_compound_order(format, bytes) >= format->gigantic_order;
}

bool page_may_lack_hugetlb(const struct page_format *format, const unsigned char *bytes)
{
	return format->marker && format->marker->may_lack && page_is_head(format, bytes) &&
	       dtor_is_plain(format, bytes);
}

unsigned page_hugetlb_order(const struct page_format *format, const unsigned char *bytes)
{
	return (unsigned)page_value(format, bytes, format->hugetlb_order);
}
