// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who a frame's own struct page says that it belongs to. */
#include "analyzer/checker/frame.h"

#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/error.h"

enum { STRUCT_PAGE_MAX = 512 };

static bool has_flag(const struct target *target, enum layout_id id, uint64_t flags)
{
	const struct layout *layout = &target->layout;

	return layout_has(layout, id) && layout_get(layout, id) < 64 &&
	       (flags >> layout_get(layout, id) & 1);
}

static uint64_t word(const struct target *target, const unsigned char *bytes, enum layout_id id)
{
	return layout_has(&target->layout, id) ? load_u64(bytes + layout_get(&target->layout, id),
							  target->kernel.big_endian)
					       : 0;
}

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

enum frame_use frame_use_of(const struct target *target, const unsigned char *bytes,
			    uint64_t *value)
{
	uint64_t flags = word(target, bytes, LAYOUT_PAGE_FLAGS);
	const struct page_format *format = &target->kernel.page;
	uint64_t link = page_link(format, bytes);
	uint64_t mapping = word(target, bytes, LAYOUT_PAGE_MAPPING);
	int32_t mapcount = (int32_t)page_value(format, bytes, format->type);
	const struct {
		bool holds;
		enum frame_use use;
		uint64_t value;
	} uses[] = {
		{ mapcount < -1, use_by_type(target, (uint32_t)mapcount), (uint32_t)mapcount },
		{ has_flag(target, LAYOUT_PG_SLAB, flags), FRAME_USE_SLAB, flags },
		{ has_flag(target, LAYOUT_PG_HEAD, flags), FRAME_USE_HEAD, flags },
		{ link & 1, FRAME_USE_TAIL, link },
		{ has_flag(target, LAYOUT_PG_LRU, flags), FRAME_USE_LRU, flags },
		{ mapcount >= 0, FRAME_USE_MAPPED, (uint64_t)mapcount },
		{ mapping != 0, FRAME_USE_MAPPING, mapping },
	};

	for (unsigned i = 0; i < COUNT_OF(uses); i++)
		if (uses[i].holds) {
			*value = uses[i].value;
			return uses[i].use;
		}
	return FRAME_USE_KERNEL;
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
	uint64_t flags = word(target, bytes, LAYOUT_PAGE_FLAGS);

	return has_flag(target, LAYOUT_PG_SELF_HOSTED, flags) ||
	       (layout_has(layout, LAYOUT_ZONE_DEVICE) &&
		page_flags_zone(&target->kernel, flags) == layout_get(layout, LAYOUT_ZONE_DEVICE));
}
