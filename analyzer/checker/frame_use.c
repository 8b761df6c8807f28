// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who a frame's own struct page says that it belongs to. */
#include "analyzer/checker/frame.h"

#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/error.h"

enum { STRUCT_PAGE_MAX = 512 };

static enum frame_use use_by_type(const struct target *target, uint32_t type)
{
	static const struct {
		enum layout_id id;
		enum frame_use use;
	} types[] = {
		{ LAYOUT_PGTY_TABLE, FRAME_USE_TABLE },
		{ LAYOUT_PGTY_SLAB, FRAME_USE_SLAB },
		{ LAYOUT_PGTY_HUGETLB, FRAME_USE_HUGETLB },
	};
	const struct layout *layout = &target->layout;

	for (unsigned i = 0; i < COUNT_OF(types); i++)
		if (layout_has(layout, types[i].id) &&
		    layout_get(layout, types[i].id) == type >> 24)
			return types[i].use;
	return FRAME_USE_TYPE;
}

static enum frame_use told(enum frame_use use, uint64_t by, uint64_t *value)
{
	*value = by;
	return use;
}

/* A page of the kernel's own has nothing of all this, and most that are asked for are such. */
enum frame_use frame_use_of(const struct target *target, const unsigned char *bytes,
			    uint64_t *value)
{
	const struct page_format *format = &target->kernel.page;
	int32_t mapcount = (int32_t)page_value(format, bytes, format->type);
	uint64_t flags = page_flags(format, bytes), link = page_link(format, bytes), mapping;

	if (mapcount < -1)
		return told(use_by_type(target, (uint32_t)mapcount), (uint32_t)mapcount, value);
	if (flags & format->slab)
		return told(FRAME_USE_SLAB, flags, value);
	if (flags & format->head)
		return told(FRAME_USE_HEAD, flags, value);
	if (link & 1)
		return told(FRAME_USE_TAIL, link, value);
	if (flags & format->lru)
		return told(FRAME_USE_LRU, flags, value);
	if (mapcount >= 0)
		return told(FRAME_USE_MAPPED, (uint64_t)mapcount, value);
	mapping = page_value(format, bytes, format->mapping);
	return mapping ? told(FRAME_USE_MAPPING, mapping, value) : FRAME_USE_KERNEL;
}

struct error *frame_use_read(const struct survey *survey, pfn_t frame, enum frame_use *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned char bytes[STRUCT_PAGE_MAX];
	enum memory_state state;
	uint64_t ignored;
	struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory, frame, bytes,
					 kernel->struct_page_size, &state);

	*ret = FRAME_USE_KERNEL;
	if (!err && state == MEMORY_PRESENT &&
	    layout_has(&survey->target->layout, LAYOUT_PAGE_MAPCOUNT))
		*ret = frame_use_of(survey->target, bytes, &ignored);
	return err;
}

bool frame_use_of_others(const struct target *target, const unsigned char *bytes)
{
	const struct layout *layout = &target->layout;
	uint64_t flags = page_flags(&target->kernel.page, bytes);

	return flags & target->kernel.page.self_hosted ||
	       (layout_has(layout, LAYOUT_ZONE_DEVICE) &&
		page_flags_zone(&target->kernel, flags) == layout_get(layout, LAYOUT_ZONE_DEVICE));
}
