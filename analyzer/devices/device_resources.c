// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The resource tree (/proc/iomem): names of devices, and what kind of memory is
 * above them. Linux kernel kernel/resource.c.
 */
#include "analyzer/devices/devices.h"
#include "include/array.h"
#include "include/vector.h"

#include <string.h>

enum {
	RESOURCE_DEPTH_MAX = 32,
	RESOURCES_VISITED_MAX = 1 << 16,
	RESOURCES_KEPT_MAX = 4 * DEVICES_MAX,
};

static const size_t NO_RESOURCE = SIZE_MAX;

/* One list of siblings. They ascend without overlap, so no loop is long. */
struct resource_level {
	vaddr_t next;
	uint64_t floor, last; /* bytes that the rest lies in; last is inclusive */
	size_t dax;	      /* of the resources kept, the one around; or NO_RESOURCE */
	char region[DEVICE_NAME_MAX];
	enum device_medium medium;
	bool nameless; /* the resource around has a name, which is not in the dump */
};

struct resource_walk {
	struct device_finder *finder;
	uint64_t visited;
	unsigned depth;
	struct resource_level levels[RESOURCE_DEPTH_MAX];
};

/* A struct resource; end is inclusive. */
struct resource_record {
	uint64_t start, end;
	vaddr_t sibling, child;
	char name[DEVICE_NAME_MAX];
	bool nameless; /* it has a name, which is not in the dump */
};

/* --- names ------------------------------------------------------------------ */

/* "dax0.0" for the prefix "dax". */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0)
		return false;
	const char *at = name + length;
	size_t digits = strspn(at, "0123456789");
	if (digits == 0 || at[digits] != '.')
		return false;
	at += digits + 1;
	digits = strspn(at, "0123456789");
	return digits > 0 && at[digits] == '\0';
}

static bool begins(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static enum device_medium medium_of(const char *region)
{
	static const struct {
		const char *prefix;
		enum device_medium medium;
	} media[] = {
		{ "Persistent Memory", MEDIUM_PMEM },
		{ "Soft Reserved", MEDIUM_SOFT_RESERVED },
		{ "hmem.", MEDIUM_SOFT_RESERVED },
	};

	for (size_t i = 0; i < COUNT_OF(media); i++)
		if (begins(region, media[i].prefix))
			return media[i].medium;
	return MEDIUM_OTHER;
}

/* --- one resource ------------------------------------------------------------- */

static void missing(struct resource_walk *walk, const char *why)
{
	struct devices *devices = walk->finder->devices;

	devices->resources_known = false;
	devices->resources_lost = true;
	if (!devices->resources_missing)
		devices->resources_missing = why;
}

static struct error *record_read(struct resource_walk *walk, vaddr_t addr,
				 struct resource_record *ret, bool *read_ret)
{
	const struct survey *survey = walk->finder->survey;
	struct member_reader reader = { .survey = survey };
	struct error *err = NULL;

	*ret = (struct resource_record){
		.start = member_read(&reader, addr, LAYOUT_RESOURCE_START, 8),
		.end = member_read(&reader, addr, LAYOUT_RESOURCE_END, 8),
		.sibling = member_read(&reader, addr, LAYOUT_RESOURCE_SIBLING, 8),
		.child = member_read(&reader, addr, LAYOUT_RESOURCE_CHILD, 8),
	};
	vaddr_t name = member_read(&reader, addr, LAYOUT_RESOURCE_NAME, 8);
	if (!reader.err && is_kernel_pointer(survey->target, name))
		err = kmem_read_text(survey->target->kmem, name, ret->name, sizeof(ret->name));
	ret->nameless = name && !ret->name[0];
	*read_ret = !reader.unreadable;
	return reader.err ? reader.err : err;
}

static struct error *resource_keep(struct resource_walk *walk, const struct resource_level *level,
				   const struct resource_record *record, enum resource_kind kind,
				   size_t *at_ret)
{
	struct device_finder *finder = walk->finder;
	const struct kernel *kernel = &finder->survey->target->kernel;
	struct device_resource kept = { .kind = kind, .medium = level->medium };

	if (finder->resource_count >= RESOURCES_KEPT_MAX) {
		missing(walk, "there are more resources of devices than any machine has");
		return NULL;
	}
	/* Whole pages only. No sum wraps: 2^64 is no address of memory. */
	kept.start = (record->start >> kernel->page_shift) +
		     ((record->start & (kernel->page_size - 1)) != 0);
	kept.end = (record->end >> kernel->page_shift) +
		   ((~record->end & (kernel->page_size - 1)) == 0);
	memcpy(kept.name, record->name, sizeof(kept.name));
	memcpy(kept.region, level->region, sizeof(kept.region));
	if (kind == RESOURCE_DAX && !level->region[0] && !level->nameless)
		kept.medium = MEDIUM_SOFT_RESERVED;
	*at_ret = finder->resource_count;
	return vector_push(finder->resources, finder->resource_count, finder->resource_room, kept);
}

/* Ordinary memory below a dax resource: dax_kmem gave it to the kernel. */
static void ram_note(struct resource_walk *walk, size_t dax, const struct resource_record *record)
{
	struct device_resource *resource = &walk->finder->resources[dax];
	unsigned shift = walk->finder->survey->target->kernel.page_shift;
	pfn_t start = record->start >> shift, end = (record->end >> shift) + 1;

	if (resource->ram_start == resource->ram_end) {
		resource->ram_start = start;
		resource->ram_end = end;
	}
	if (start < resource->ram_start)
		resource->ram_start = start;
	if (end > resource->ram_end)
		resource->ram_end = end;
}

/*
 * What comes right after a namespace's own part is its data: such a resource is a
 * device's even if its name is not in the dump.
 */
static bool follows_namespace(const struct device_finder *finder,
			      const struct resource_record *record)
{
	const struct device_resource *last =
		finder->resource_count ? &finder->resources[finder->resource_count - 1] : NULL;

	return last && last->kind == RESOURCE_NAMESPACE &&
	       last->end == record->start >> finder->survey->target->kernel.page_shift;
}

/* Keeps it if it names devices, and prepares the level below it. */
static struct error *resource_visit(struct resource_walk *walk, const struct resource_level *level,
				    const struct resource_record *record,
				    struct resource_level *below)
{
	bool is_dax = is_numbered(record->name, "dax") ||
		      (record->nameless && follows_namespace(walk->finder, record));
	bool is_namespace = is_numbered(record->name, "namespace");
	bool inside = level->dax != NO_RESOURCE;
	size_t at = NO_RESOURCE;
	struct error *err = NULL;

	*below = *level;
	below->next = record->child;
	below->floor = record->start;
	below->last = record->end;
	if (inside && begins(record->name, "System RAM"))
		ram_note(walk, level->dax, record);
	if (inside)
		return NULL;
	if (is_dax || is_namespace) {
		err = resource_keep(walk, level, record, is_dax ? RESOURCE_DAX : RESOURCE_NAMESPACE,
				    &at);
		below->dax = is_dax ? at : NO_RESOURCE;
		return err;
	}
	memcpy(below->region, record->name, sizeof(below->region));
	below->nameless = record->nameless;
	below->medium = record->nameless ? MEDIUM_UNKNOWN : medium_of(record->name);
	if (record->nameless || below->medium == MEDIUM_OTHER)
		return NULL;
	return resource_keep(walk, below, record, RESOURCE_REGION, &at);
}

/* --- the tree ----------------------------------------------------------------- */

/* True if @record can be where it is; its siblings then come after it. */
static bool order_check(struct resource_level *level, const struct resource_record *record)
{
	bool fits = record->start <= record->end && record->start >= level->floor &&
		    record->end <= level->last;

	level->next = fits && record->end < level->last ? record->sibling : 0;
	level->floor = record->end + 1;
	return fits;
}

static struct error *tree_step(struct resource_walk *walk)
{
	struct resource_level *level = &walk->levels[walk->depth - 1], below;
	struct resource_record record;
	bool read;
	struct error *err = record_read(walk, level->next, &record, &read);

	if (err)
		return err;
	if (!read || !order_check(level, &record)) {
		missing(walk,
			read ? "the resource tree is damaged" : "a resource is not in the dump");
		level->next = 0;
		return NULL;
	}
	if (record.nameless)
		missing(walk, "the name of a resource is not in the dump");
	err = resource_visit(walk, level, &record, &below);
	if (!err && below.next && walk->depth == RESOURCE_DEPTH_MAX)
		missing(walk, "the resource tree is damaged");
	else if (!err && below.next)
		walk->levels[walk->depth++] = below;
	return err;
}

static struct error *tree_walk(struct resource_walk *walk)
{
	struct error *err = NULL;

	while (!err && walk->depth > 0) {
		if (!walk->levels[walk->depth - 1].next) {
			walk->depth--;
			continue;
		}
		if (++walk->visited > RESOURCES_VISITED_MAX) {
			missing(walk, "the resource tree is larger than that of any machine");
			break;
		}
		err = tree_step(walk);
	}
	return err;
}

struct error *resources_read(struct device_finder *finder)
{
	static const enum layout_id needed[] = {
		LAYOUT_SYM_IOMEM_RESOURCE, LAYOUT_RESOURCE_START,   LAYOUT_RESOURCE_END,
		LAYOUT_RESOURCE_NAME,	   LAYOUT_RESOURCE_SIBLING, LAYOUT_RESOURCE_CHILD,
	};
	const struct layout *layout = &finder->survey->target->layout;
	struct devices *devices = finder->devices;
	struct member_reader reader = { .survey = finder->survey };

	if (!layout_has_all(layout, needed, COUNT_OF(needed))) {
		devices->resources_missing = "the types or symbols lack iomem_resource";
		return NULL;
	}
	vaddr_t child = member_read(&reader, layout_symbol(layout, LAYOUT_SYM_IOMEM_RESOURCE),
				    LAYOUT_RESOURCE_CHILD, 8);
	if (reader.err)
		return reader.err;
	if (reader.unreadable) {
		devices->resources_lost = true;
		devices->resources_missing = "iomem_resource is not in the dump";
		return NULL;
	}
	struct resource_walk walk = {
		.finder = finder,
		.depth = 1,
		.levels[0] = { .next = child,
			       .last = UINT64_MAX,
			       .dax = NO_RESOURCE,
			       .medium = MEDIUM_UNKNOWN },
	};
	devices->resources_known = true;
	return tree_walk(&walk);
}
