// SPDX-License-Identifier: LGPL-2.1-or-later
/* A memory without what another kernel wrote to. */
#include "analyzer/overwritten/overwritten.h"

#include <stdlib.h>

#include "include/error.h"

struct overlay {
	struct memory memory; /* first: the embedded contract */
	struct memory *source;
	bool owns_source; /* it is a fork */
	const struct overwritten *what;
};

static struct overlay *overlay_of(struct memory *memory)
{
	return (struct overlay *)memory;
}

/* The range that @pfn is in, or else the first behind it; NULL: none. */
static const struct plugged_range *range_from(const struct overwritten *what, pfn_t pfn)
{
	for (unsigned i = 0; i < what->count; i++)
		if (pfn < what->ranges[i].end)
			return &what->ranges[i];
	return NULL;
}

static bool is_overwritten(const struct overlay *overlay, paddr_t addr)
{
	pfn_t pfn = addr >> overlay->memory.page_shift;
	const struct plugged_range *range = range_from(overlay->what, pfn);

	return range && pfn >= range->start;
}

static struct error *overlay_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				  enum memory_state *state_ret)
{
	struct overlay *overlay = overlay_of(memory);

	*state_ret = MEMORY_OVERWRITTEN;
	if (is_overwritten(overlay, addr))
		return NULL;
	return overlay->source->ops->read(overlay->source, addr, len, buf, state_ret);
}

static struct error *overlay_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct overlay *overlay = overlay_of(memory);
	unsigned shift = memory->page_shift;
	const struct plugged_range *range = range_from(overlay->what, addr >> shift);

	if (range && addr >> shift >= range->start) {
		*ret = (struct memory_extent){ addr >> shift << shift, range->end << shift,
					       MEMORY_OVERWRITTEN };
		return NULL;
	}
	struct error *err = overlay->source->ops->extent(overlay->source, addr, ret);
	if (!err && range && ret->end > range->start << shift)
		ret->end = range->start << shift;
	return err;
}

static const unsigned char *overlay_direct(struct memory *memory, paddr_t addr)
{
	struct overlay *overlay = overlay_of(memory);

	return is_overwritten(overlay, addr) || !overlay->source->ops->direct
		       ? NULL
		       : overlay->source->ops->direct(overlay->source, addr);
}

static struct error *overlay_create(struct memory *source, const struct overwritten *what,
				    bool owns_source, struct memory **ret);

static struct error *overlay_fork(struct memory *memory, struct memory **ret)
{
	struct overlay *overlay = overlay_of(memory);
	struct memory *fork;
	struct error *err = overlay->source->ops->fork(overlay->source, &fork);

	return err ? err : overlay_create(fork, overlay->what, true, ret);
}

static void overlay_damage(const struct memory *memory, struct memory_damage *ret)
{
	const struct overlay *overlay = (const struct overlay *)memory;

	*ret = memory_damage(overlay->source);
}

static void overlay_destroy(struct memory *memory)
{
	struct overlay *overlay = overlay_of(memory);

	if (overlay->owns_source)
		overlay->source->ops->destroy(overlay->source);
	free(overlay);
}

static const struct memory_ops overlay_ops = {
	.read = overlay_read,
	.extent = overlay_extent,
	.direct = overlay_direct,
	.fork = overlay_fork,
	.damage = overlay_damage,
	.destroy = overlay_destroy,
};

/* One thread alone can use a source that cannot be forked. */
static const struct memory_ops lone_overlay_ops = {
	.read = overlay_read,
	.extent = overlay_extent,
	.direct = overlay_direct,
	.damage = overlay_damage,
	.destroy = overlay_destroy,
};

static struct error *overlay_create(struct memory *source, const struct overwritten *what,
				    bool owns_source, struct memory **ret)
{
	struct overlay *overlay = calloc(1, sizeof(*overlay));

	if (!overlay) {
		if (owns_source)
			source->ops->destroy(source);
		return error_nomem();
	}
	overlay->memory.ops = source->ops->fork ? &overlay_ops : &lone_overlay_ops;
	overlay->memory.page_shift = source->page_shift;
	overlay->memory.distilled = source->distilled;
	overlay->source = source;
	overlay->owns_source = owns_source;
	overlay->what = what;
	*ret = &overlay->memory;
	return NULL;
}

struct error *overwritten_memory(struct memory *source, const struct overwritten *what,
				 struct memory **ret)
{
	return overlay_create(source, what, false, ret);
}
