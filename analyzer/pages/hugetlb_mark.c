// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of hugetlb marks, newest kernel first. */
#include "analyzer/pages/hugetlb_mark.h"

#include "analyzer/analysis/analysis.h"
#include "include/bytes.h"

static uint32_t page_type_of(const struct analysis *analysis, const unsigned char *bytes)
{
	return load_u32(bytes + layout_get(&analysis->layout, LAYOUT_PAGE_MAPCOUNT),
			analysis->kernel.big_endian);
}

static const unsigned char *first_tail(const struct analysis *analysis, const unsigned char *bytes)
{
	return bytes + analysis->kernel.struct_page_size;
}

/* VMCOREINFO prints these with %ld, so they may be negative: 32 bits count. */
static bool mapcount_value(const struct analysis *analysis, const char *name, uint32_t *ret)
{
	uint64_t value;

	if (!facts_value(analysis->facts, "NUMBER", name, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* --- 6.12 and later: the type is the top byte of page_type ------------------ */

/* Linux kernel commit 4ffca5a96678 ("mm: support only one page_type per page") (in v6.12). */
static bool type_byte(const struct analysis *analysis, enum layout_id id, const char *name,
		      uint32_t *ret)
{
	uint32_t value;

	if (layout_has(&analysis->layout, id)) {
		*ret = (uint32_t)layout_get(&analysis->layout, id);
		return *ret > 0xef && *ret < 0xff;
	}
	if (!mapcount_value(analysis, name, &value) || (value & 0xffffff) || value < 0xf0000000)
		return false;
	*ret = value >> 24;
	return true;
}

static bool byte_fits(const struct analysis *analysis)
{
	uint32_t type;

	return type_byte(analysis, LAYOUT_PGTY_HUGETLB, "PAGE_HUGETLB_MAPCOUNT_VALUE", &type);
}

static bool byte_test(const struct analysis *analysis, const unsigned char *bytes)
{
	uint32_t type;

	return type_byte(analysis, LAYOUT_PGTY_HUGETLB, "PAGE_HUGETLB_MAPCOUNT_VALUE", &type) &&
	       page_type_of(analysis, bytes) >> 24 == type;
}

/* Since Linux kernel commit ebc1baf5c9b4 (in v6.6) the low byte of page[1].flags. */
static unsigned flags_order(const struct analysis *analysis, const unsigned char *bytes)
{
	return (unsigned)load_u64(first_tail(analysis, bytes) +
					  layout_get(&analysis->layout, LAYOUT_PAGE_FLAGS),
				  analysis->kernel.big_endian) &
	       0xff;
}

/* --- 6.9 to 6.11: an inverted bit of page_type ------------------------------ */

static bool inverted_fits(const struct analysis *analysis)
{
	uint32_t value;

	return mapcount_value(analysis, "PAGE_HUGETLB_MAPCOUNT_VALUE", &value) &&
	       !byte_fits(analysis);
}

static bool inverted_test(const struct analysis *analysis, const unsigned char *bytes)
{
	uint32_t value = 0;

	mapcount_value(analysis, "PAGE_HUGETLB_MAPCOUNT_VALUE", &value);
	uint32_t bit = ~value;
	uint32_t base = bit >= 0x01000000 ? 0x80000000 : 0xf0000000;
	return (page_type_of(analysis, bytes) & (base | bit)) == base;
}

/* --- 6.6 to 6.8: PG_hugetlb in the first tail's flags ------------------------ */

static bool tail_flag_fits(const struct analysis *analysis)
{
	uint64_t bit;

	return facts_value(analysis->facts, "NUMBER", "PG_hugetlb", &bit) && bit < 64;
}

static bool tail_flag_test(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t bit = 0;

	facts_value(analysis->facts, "NUMBER", "PG_hugetlb", &bit);
	return load_u64(first_tail(analysis, bytes) +
				layout_get(&analysis->layout, LAYOUT_PAGE_FLAGS),
			analysis->kernel.big_endian) >>
		       bit &
	       1;
}

/* --- up to 6.5: the destructor's number in the first tail -------------------- */

/* Offset from the head. In 6.5 the page's own member was gone, the folio's stayed. */
static bool tail_byte(const struct analysis *analysis, enum layout_id page, enum layout_id folio,
		      uint64_t *ret)
{
	const struct layout *layout = &analysis->layout;
	uint64_t size = analysis->kernel.struct_page_size;

	if (layout_has(layout, page))
		*ret = size + layout_get(layout, page);
	else if (layout_has(layout, folio))
		*ret = layout_get(layout, folio);
	else
		return false;
	return *ret < 2 * size;
}

static bool dtor_fits(const struct analysis *analysis)
{
	uint64_t number, at;

	return facts_value(analysis->facts, "NUMBER", "HUGETLB_PAGE_DTOR", &number) &&
	       tail_byte(analysis, LAYOUT_PAGE_COMPOUND_DTOR, LAYOUT_FOLIO_DTOR, &at) &&
	       tail_byte(analysis, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER, &at);
}

static bool dtor_test(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t number = 0, at = 0;

	facts_value(analysis->facts, "NUMBER", "HUGETLB_PAGE_DTOR", &number);
	return tail_byte(analysis, LAYOUT_PAGE_COMPOUND_DTOR, LAYOUT_FOLIO_DTOR, &at) &&
	       bytes[at] == number;
}

static unsigned dtor_order(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t at;

	return tail_byte(analysis, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER, &at) ? bytes[at]
											: 0;
}

/* --- the table -------------------------------------------------------------- */

/*
 * flag_order: HPG_vmemmap_optimized was set after the remapping until 6.6, before
 * it since 6.7 (so that the copied head carries it); 6.6 to 6.8 share a mark. Those of
 * 6.9 to 6.11 set it before; the 5.14 of RHEL 9.6, which marks pages alike, sets it after.
 *
 * may_lack: the mark was set last until Linux kernel commit d8f5f7e445f0 ("hugetlb: set
 * hugetlb page flag before optimizing vmemmap") (in v6.7, and in some older ones).
 */
static const struct hugetlb_mark marks[] = {
	{ "page_type's top byte is PGTY_hugetlb", FLAG_BEFORE_REMAP, false, byte_fits, byte_test,
	  flags_order },
	{ "page_type's PG_hugetlb bit is clear", FLAG_EITHER, true, inverted_fits, inverted_test,
	  flags_order },
	{ "PG_hugetlb in the flags of the first tail", FLAG_EITHER, true, tail_flag_fits,
	  tail_flag_test, flags_order },
	{ "compound_dtor of the first tail is HUGETLB_PAGE_DTOR", FLAG_AFTER_REMAP, true, dtor_fits,
	  dtor_test, dtor_order },
};

const struct hugetlb_mark *hugetlb_mark_choose(const struct analysis *analysis)
{
	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marks[i].fits(analysis))
			return &marks[i];
	return NULL;
}

bool page_is_head(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t mask = 0,
		 flags = load_u64(bytes + layout_get(&analysis->layout, LAYOUT_PAGE_FLAGS),
				  analysis->kernel.big_endian);

	if (layout_has(&analysis->layout, LAYOUT_PG_HEAD))
		mask = UINT64_C(1) << (layout_get(&analysis->layout, LAYOUT_PG_HEAD) & 63);
	else
		facts_value(analysis->facts, "NUMBER", "PG_head_mask", &mask);
	return flags & mask;
}

bool hugetlb_mark_test(const struct hugetlb_mark *mark, const struct analysis *analysis,
		       const unsigned char *bytes)
{
	return page_is_head(analysis, bytes) && mark->test(analysis, bytes);
}

/* Larger than the buddy allocator's blocks: nothing else makes compound pages of these. */
static bool is_gigantic(const struct analysis *analysis, unsigned order)
{
	return layout_has(&analysis->layout, LAYOUT_ZONE_FREE_AREA_LENGTH) &&
	       order >= layout_get(&analysis->layout, LAYOUT_ZONE_FREE_AREA_LENGTH);
}

/*
 * NULL_COMPOUND_DTOR and COMPOUND_PAGE_DTOR come before hugetlb's. Of a gigantic page that
 * is being made the byte is left over from what was there before. Linux kernel mm/hugetlb.c,
 * prep_compound_gigantic_page().
 */
static bool dtor_is_plain(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t number, at;

	return !facts_value(analysis->facts, "NUMBER", "HUGETLB_PAGE_DTOR", &number) ||
	       !tail_byte(analysis, LAYOUT_PAGE_COMPOUND_DTOR, LAYOUT_FOLIO_DTOR, &at) ||
	       bytes[at] < number || is_gigantic(analysis, dtor_order(analysis, bytes));
}

bool hugetlb_mark_may_lack(const struct hugetlb_mark *mark, const struct analysis *analysis,
			   const unsigned char *bytes)
{
	return mark->may_lack && page_is_head(analysis, bytes) && dtor_is_plain(analysis, bytes);
}

unsigned hugetlb_mark_order(const struct hugetlb_mark *mark, const struct analysis *analysis,
			    const unsigned char *bytes)
{
	return mark->order(analysis, bytes);
}

unsigned compound_order_of(const struct analysis *analysis, const unsigned char *bytes)
{
	uint64_t at;

	if (tail_byte(analysis, LAYOUT_PAGE_COMPOUND_ORDER, LAYOUT_FOLIO_ORDER, &at))
		return bytes[at];
	return flags_order(analysis, bytes);
}

bool page_is_buddy(const struct analysis *analysis, const unsigned char *bytes, unsigned *order_ret)
{
	uint32_t type, word = page_type_of(analysis, bytes);
	bool buddy;

	if (type_byte(analysis, LAYOUT_PGTY_BUDDY, "PAGE_BUDDY_MAPCOUNT_VALUE", &type))
		buddy = word >> 24 == type;
	else
		buddy = mapcount_value(analysis, "PAGE_BUDDY_MAPCOUNT_VALUE", &type) &&
			word == type;
	if (buddy)
		*order_ret = (unsigned)load_u64(
			bytes + layout_get(&analysis->layout, LAYOUT_PAGE_PRIVATE),
			analysis->kernel.big_endian);
	return buddy;
}
