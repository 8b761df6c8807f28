// SPDX-License-Identifier: LGPL-2.1-or-later
/* Looks at page types first: what shares their bytes is a count of maps, and then -1. */
#include "analyzer/pages/page_owner.h"

#include "analyzer/kernel/target.h"
#include "include/array.h"

/* PG_table of kernels before v6.12, which have a bit of page_type clear for each type. */
static const uint32_t TABLE_BIT_CLEAR = UINT32_MAX & ~UINT32_C(0x200);

static enum page_owner owner_by_type(const struct target *target, uint32_t type)
{
	static const struct {
		enum layout_id id;
		enum page_owner owner;
	} types[] = {
		{ LAYOUT_PGTY_TABLE, OWNER_TABLE },
		{ LAYOUT_PGTY_SLAB, OWNER_SLAB },
		{ LAYOUT_PGTY_HUGETLB, OWNER_NOBODY },
	};
	const struct layout *layout = &target->layout;

	for (unsigned i = 0; i < COUNT_OF(types); i++)
		if (layout_has(layout, types[i].id) &&
		    layout_get(layout, types[i].id) == type >> 24)
			return types[i].owner;
	return !layout_has(layout, LAYOUT_PGTY_BUDDY) && type == TABLE_BIT_CLEAR ? OWNER_TABLE
										 : OWNER_TYPE;
}

static enum page_owner owner_by_flags(const struct target *target, uint64_t flags)
{
	static const struct {
		enum layout_id id;
		enum page_owner owner;
	} bits[] = {
		{ LAYOUT_PG_SLAB, OWNER_SLAB },
		{ LAYOUT_PG_LRU, OWNER_LRU },
		{ LAYOUT_PG_RESERVED, OWNER_RESERVED },
	};
	const struct layout *layout = &target->layout;

	for (unsigned i = 0; i < COUNT_OF(bits); i++) {
		uint64_t bit = layout_get(layout, bits[i].id);

		if (layout_has(layout, bits[i].id) && bit < 64 && flags >> bit & 1)
			return bits[i].owner;
	}
	return OWNER_NOBODY;
}

/* Where a page type marks huge pages. */
static bool is_typed_hugetlb(const struct page_format *format, const unsigned char *bytes)
{
	return format->hugetlb.field.at == format->type.at &&
	       page_has_mark(format, bytes, &format->hugetlb);
}

enum page_owner page_owner_of(const struct target *target, const unsigned char *bytes,
			      uint64_t *value_ret)
{
	const struct page_format *format = &target->kernel.page;
	uint32_t type = (uint32_t)page_value(format, bytes, format->type);
	unsigned order;

	*value_ret = 0;
	if (page_is_buddy(format, bytes, &order)) {
		*value_ret = order;
		return OWNER_BUDDY;
	}
	if (format->type.length && type != UINT32_MAX && !is_typed_hugetlb(format, bytes)) {
		*value_ret = type;
		return (int32_t)type < -1 ? owner_by_type(target, type) : OWNER_MAPPED;
	}
	*value_ret = page_flags(format, bytes);
	return owner_by_flags(target, *value_ret);
}
