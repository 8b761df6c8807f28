// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asks struct pages, through page tables, whether anybody has their memory. */
#include "analyzer/kernel/section_use.h"

#include "include/bytes.h"
#include "include/error.h"

enum {
	STRUCT_PAGE_MAX = 512,
	RANGES_MAX = 64, /* of a dev_pagemap: more are not looked at */
};

/* Who asks, and the struct page that was read last. */
struct asker {
	const struct layout *layout;
	struct kmem *kmem;
	const struct kernel *kernel;
	unsigned char bytes[2 * STRUCT_PAGE_MAX];
};

/* --- devices ------------------------------------------------------------------ */

static struct error *number_read(struct asker *asker, vaddr_t base, enum layout_id member,
				 size_t size, uint64_t *ret, bool *known)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = NULL;

	*ret = 0;
	if (*known && layout_has(asker->layout, member))
		err = kmem_read_uint(asker->kmem, base + layout_get(asker->layout, member), size,
				     ret, &state);
	*known = !err && state == MEMORY_PRESENT;
	return err;
}

/* The range at @at, of bytes, has @pfn. */
static struct error *range_has(struct asker *asker, vaddr_t at, pfn_t pfn, bool *ret)
{
	uint64_t first = 0, last = 0, byte = pfn << asker->kernel->page_shift;
	bool known = true;
	struct error *err = number_read(asker, at, LAYOUT_RANGE_START, 8, &first, &known);

	if (!err)
		err = number_read(asker, at, LAYOUT_RANGE_END, 8, &last, &known);
	*ret = !err && known && byte >= first && byte <= last;
	return err;
}

/* The dev_pagemap is where page tables map memory, and that memory is not in the dump. */
static struct error *pgmap_is_left_out(struct asker *asker, vaddr_t pgmap, bool *ret)
{
	enum memory_state state;
	paddr_t ignored;
	struct error *err = kmem_translate(asker->kmem, pgmap, &ignored, &state);

	*ret = !err && state == MEMORY_PRESENT;
	return err;
}

/*
 * The dev_pagemap at @pgmap has @pfn, or nothing shows: that of a device that is gone may be
 * anything.
 */
static struct error *pgmap_has(struct asker *asker, vaddr_t pgmap, pfn_t pfn, bool *ret)
{
	const struct layout *layout = asker->layout;
	uint64_t count, size = layout_get(layout, LAYOUT_RANGE_SIZE);
	bool known = layout_has(layout, LAYOUT_DEV_PAGEMAP_RANGES) && size <= 4096;
	struct error *err =
		number_read(asker, pgmap, LAYOUT_DEV_PAGEMAP_NR_RANGE, 4, &count, &known);

	*ret = false;
	if (!err && !known)
		return pgmap_is_left_out(asker, pgmap, ret);
	for (uint64_t i = 0; !err && !*ret && i < count && i < RANGES_MAX; i++)
		err = range_has(asker,
				pgmap + layout_get(layout, LAYOUT_DEV_PAGEMAP_RANGES) + i * size,
				pfn, ret);
	return err;
}

/* --- struct pages --------------------------------------------------------------- */

static struct error *page_read(struct asker *asker, pfn_t pfn, size_t pages, bool *ret)
{
	enum memory_state state;
	struct error *err =
		kmem_read(asker->kmem, kernel_struct_page(asker->kernel, pfn), asker->bytes,
			  pages * asker->kernel->struct_page_size, &state);

	*ret = !err && state == MEMORY_PRESENT;
	return err;
}

static bool zone_agrees(const struct asker *asker, pfn_t pfn, bool *device_ret)
{
	const struct kernel *kernel = asker->kernel;
	uint64_t flags = page_flags(&kernel->page, asker->bytes);
	unsigned index = page_flags_zone(kernel, flags);
	const struct zone_info *zone = kernel_zone(kernel, page_flags_node(kernel, flags), index);

	*device_ret = layout_has(asker->layout, LAYOUT_ZONE_DEVICE) &&
		      index == layout_get(asker->layout, LAYOUT_ZONE_DEVICE);
	/* Those of devices are all reserved: their dev_pagemap has to tell. */
	return flags != UINT64_MAX && (*device_ret || !(flags & kernel->page.reserved)) &&
	       zone_spans(zone, pfn);
}

/* Where the head is of the tail of @pfn, which @link leads to: an address, or a mask of it. */
static bool head_of_tail(const struct kernel *kernel, pfn_t pfn, uint64_t link, pfn_t *ret)
{
	vaddr_t own = kernel_struct_page(kernel, pfn), head = link & ~UINT64_C(1);

	if (head < kernel->vmemmap || head >= own)
		head &= own;
	*ret = (head - kernel->vmemmap) / kernel->struct_page_size;
	return head >= kernel->vmemmap && head < own &&
	       (head - kernel->vmemmap) % kernel->struct_page_size == 0;
}

/* Leaves the head in @asker->bytes. */
static struct error *head_has_tail(struct asker *asker, pfn_t pfn, bool *device_ret, pfn_t *head,
				   bool *ret)
{
	const struct page_format *format = &asker->kernel->page;
	struct error *err = NULL;

	*ret = head_of_tail(asker->kernel, pfn, page_link(format, asker->bytes), head);
	if (*ret)
		err = page_read(asker, *head, 2, ret);
	if (err || !*ret)
		return err;
	unsigned order = page_compound_order(format, asker->bytes);

	*ret = zone_agrees(asker, *head, device_ret) && page_is_head(format, asker->bytes) &&
	       order < 32 && pfn - *head < UINT64_C(1) << order;
	return NULL;
}

static struct error *device_has(struct asker *asker, pfn_t pfn, bool *ret)
{
	const struct layout *layout = asker->layout;
	enum layout_id member =
		layout_has(layout, LAYOUT_PAGE_PGMAP) ? LAYOUT_PAGE_PGMAP : LAYOUT_FOLIO_PGMAP;
	uint64_t at = layout_get(layout, member);

	*ret = layout_has(layout, member) && at + 8 <= asker->kernel->struct_page_size;
	return *ret ? pgmap_has(asker, load_u64(asker->bytes + at, asker->kernel->big_endian), pfn,
				ret)
		    : NULL;
}

/* What one struct page says. */
struct page_use {
	bool used, device, user;
};

/* Its head is read in place of a tail. */
static struct error *page_use_read(struct asker *asker, pfn_t pfn, struct page_use *ret)
{
	const struct page_format *format = &asker->kernel->page;
	bool head = page_is_head(format, asker->bytes);
	bool tail = !head && (page_link(format, asker->bytes) & 1);
	bool mapped = page_value(format, asker->bytes, format->mapping) != 0;
	bool counted = format->reserved && (int32_t)page_refcount(format, asker->bytes) > 0;
	struct error *err = NULL;
	unsigned order;
	pfn_t ignored;

	*ret = (struct page_use){ 0 };
	ret->used = zone_agrees(asker, pfn, &ret->device);
	if (!ret->used)
		return NULL;
	if (tail)
		err = head_has_tail(asker, pfn, &ret->device, &ignored, &ret->used);
	if (err || !ret->used)
		return err;
	if (ret->device)
		return device_has(asker, pfn, &ret->used);
	ret->user = head || tail || (mapped && counted);
	ret->used = ret->user || counted || page_is_buddy(format, asker->bytes, &order);
	return NULL;
}

static void witness_add(struct section_witness *witness, pfn_t pfn, const struct page_use *use)
{
	if (!use->used)
		return;
	if (witness->in_use++ == 0)
		witness->pfn = pfn;
	witness->of_devices += use->device;
	witness->of_users += use->user;
}

struct error *section_use_read(const struct layout *layout, struct kmem *kmem,
			       const struct kernel *kernel, uint64_t nr, uint32_t enough,
			       struct section_witness *ret)
{
	struct asker asker = { .layout = layout, .kmem = kmem, .kernel = kernel };
	uint64_t step = kernel->pages_per_section / kernel->subsections_per_section;
	pfn_t pfn = nr * kernel->pages_per_section;
	struct error *err = NULL;
	struct page_use use;
	bool seen;

	*ret = (struct section_witness){ 0 };
	for (uint64_t i = 0; i < kernel->subsections_per_section && ret->in_use < enough;
	     i++, pfn += step) {
		err = page_read(&asker, pfn, 1, &seen);
		if (!err && seen)
			err = page_use_read(&asker, pfn, &use);
		if (err)
			break;
		ret->looked += seen;
		if (seen)
			witness_add(ret, pfn, &use);
	}
	return err;
}
