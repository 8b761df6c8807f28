// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a kernel lays out its struct page: where members are and what marks a page as one
 * kind or another. Found out once, from types and VMCOREINFO. Linux kernel
 * include/linux/mm_types.h, include/linux/page-flags.h.
 */
#ifndef VMEMSCOPE_STRUCT_PAGE_H
#define VMEMSCOPE_STRUCT_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "include/bytes.h"

struct facts;
struct layout;

/* A number in a struct page, or in the one behind it. */
struct page_field {
	uint16_t at;	/* bytes from the start of the first of them */
	uint8_t length; /* 1, 4 or 8 bytes; 0: this kernel has no such member */
};

/* A struct page is of a kind if (field & mask) == value. Mask 0: unknown in this kernel. */
struct page_mark {
	struct page_field field;
	uint64_t mask, value;
};

/* Flags of a huge page in page.private: enum hugetlb_page_flags has fewer. */
enum { HPG_BITS = 8 };

/* When HPG_vmemmap_optimized is set: kernels that mark hugetlb heads alike agree on it. */
enum flag_order { FLAG_AFTER_REMAP, FLAG_BEFORE_REMAP, FLAG_EITHER };

/* One way to mark the head of a hugetlb folio, and to keep its order. */
struct hugetlb_marker {
	const char *title;
	const char *member; /* what has the mark */
	enum flag_order flag_order;
	/* May a page that shares vmemmap lack the mark, before it is set or once it is cleared? */
	bool may_lack;
	bool order_in_flags; /* of the first tail; else in a byte of its own */
	bool (*resolve)(const struct layout *layout, const struct facts *facts,
			struct page_mark *ret);
};

struct page_format {
	bool big_endian;
	uint64_t size; /* bytes of a struct page */

	struct page_field flags, type, refcount, private, mapping;
	struct page_field link; /* compound_info or compound_head */
	const char *link_name;	/* its name; NULL if the types lack it */
	/* Of a compound page, all in the first tail. */
	struct page_field order, dtor;

	/* Masks of flags; 0: not known, or not in this kernel. */
	uint64_t head, reserved, hwpoison, self_hosted, slab, lru;
	/* Masks of what hugetlb keeps in private of the head; 0: this kernel has no such flag. */
	uint64_t hpg_optimized, hpg_temporary, hpg_unreliable, hpg_freed;
	struct page_mark buddy;

	const struct hugetlb_marker *marker; /* NULL: no mark of hugetlb heads is known */
	struct page_mark hugetlb;
	struct page_field hugetlb_order;
	/* Destructors below this number are of plain compound pages; 0: there is none. */
	uint64_t plain_dtors;
	unsigned gigantic_order; /* from here on not made by the buddy allocator */
};

/* @layout has what the analysis requires, all of it inside a struct page. */
void page_format_resolve(const struct layout *layout, const struct facts *facts, bool big_endian,
			 struct page_format *ret);

/* 0 if this kernel has no such member. */
static inline uint64_t page_value(const struct page_format *format, const unsigned char *bytes,
				  struct page_field field)
{
	if (field.length == 8)
		return load_u64(bytes + field.at, format->big_endian);
	if (field.length == 4)
		return load_u32(bytes + field.at, format->big_endian);
	return field.length ? bytes[field.at] : 0;
}

/* @bytes: the struct page; also the next one where the mark is in the first tail. */
static inline bool page_has_mark(const struct page_format *format, const unsigned char *bytes,
				 const struct page_mark *mark)
{
	return mark->mask && (page_value(format, bytes, mark->field) & mark->mask) == mark->value;
}

static inline uint64_t page_flags(const struct page_format *format, const unsigned char *bytes)
{
	return page_value(format, bytes, format->flags);
}

static inline uint32_t page_refcount(const struct page_format *format, const unsigned char *bytes)
{
	return (uint32_t)page_value(format, bytes, format->refcount);
}

/* What leads from a tail to its head, whatever it is in this kernel; bit 0 is set in tails. */
static inline uint64_t page_link(const struct page_format *format, const unsigned char *bytes)
{
	return page_value(format, bytes, format->link);
}

/* PG_head is set: the head of any compound page, or a copy of one. */
static inline bool page_is_head(const struct page_format *format, const unsigned char *bytes)
{
	return page_flags(format, bytes) & format->head;
}

/* True if the struct page is on a buddy free list; its order. */
bool page_is_buddy(const struct page_format *format, const unsigned char *bytes,
		   unsigned *order_ret);

/* True if all @size bytes are the same: zero, all ones, or the pattern of a debugging option. */
bool bytes_are_one(const unsigned char *bytes, uint64_t size);

/* The struct page is zero: of memory that was never set up. */
bool page_is_blank(const struct page_format *format, const unsigned char *bytes);

/*
 * All that follow take the struct pages of the head and of the first tail.
 */

/* The order of any compound page. */
unsigned page_compound_order(const struct page_format *format, const unsigned char *bytes);

/* A hugetlb head: PG_head and the kernel's mark. False where no mark is known. */
bool page_is_hugetlb(const struct page_format *format, const unsigned char *bytes);
/*
 * The head of a plain compound page that may become a hugetlb head, or was one just
 * before: never in a kernel that always has the mark.
 */
bool page_may_lack_hugetlb(const struct page_format *format, const unsigned char *bytes);
unsigned page_hugetlb_order(const struct page_format *format, const unsigned char *bytes);

#endif
