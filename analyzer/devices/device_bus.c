// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * struct dev_dax of the devices on the dax bus: names, align, target nodes. Linux
 * kernel drivers/dax/bus.c, drivers/base/base.h.
 */
#include "analyzer/devices/devices.h"
#include "include/array.h"
#include "include/vector.h"

#include <string.h>

enum { LIST_NEXT = 0, LIST_PREV = 8, BUSES_MAX = 1024 };

/* --- lists ------------------------------------------------------------------ */

/* A ring of struct list_head. Each is checked against the one before: no loop can hide. */
struct ring {
	vaddr_t head, at;
	size_t left;
};

/* False at the end of the ring, and where it is broken or not in the dump. */
static bool ring_next(struct member_reader *reader, struct ring *ring)
{
	vaddr_t next = number_read(reader, ring->at + LIST_NEXT, 8);

	if (reader->err || reader->unreadable || next == ring->head || ring->left-- == 0)
		return false;
	if (number_read(reader, next + LIST_PREV, 8) != ring->at)
		return false;
	ring->at = next;
	return !reader->err && !reader->unreadable;
}

/* --- one device --------------------------------------------------------------- */

static struct error *dax_read(struct device_finder *finder, vaddr_t device, struct dax_entry *ret)
{
	const struct survey *survey = finder->survey;
	const struct layout *layout = &survey->target->layout;
	struct member_reader reader = { .survey = survey };
	vaddr_t dax = device - layout_get(layout, LAYOUT_DEV_DAX_DEV);

	vaddr_t name = member_read(&reader, device + layout_get(layout, LAYOUT_DEVICE_KOBJ),
				   LAYOUT_KOBJECT_NAME, 8);
	*ret = (struct dax_entry){ .target_node = -1 };
	ret->pgmap = member_read(&reader, dax, LAYOUT_DEV_DAX_PGMAP, 8);
	ret->align_bytes = member_read(&reader, dax, LAYOUT_DEV_DAX_ALIGN, 4);
	if (layout_has(layout, LAYOUT_DEV_DAX_TARGET_NODE))
		ret->target_node =
			(int32_t)member_read(&reader, dax, LAYOUT_DEV_DAX_TARGET_NODE, 4);
	if (reader.unreadable)
		*ret = (struct dax_entry){ .target_node = -1 };
	if (ret->align_bytes < survey->target->kernel.page_size ||
	    (ret->align_bytes & (ret->align_bytes - 1)))
		ret->align_bytes = 0;
	if (reader.err || reader.unreadable || !is_kernel_pointer(survey->target, name))
		return reader.err;
	return kmem_read_text(survey->target->kmem, name, ret->name, sizeof(ret->name));
}

/* @node: the klist_node.n_node by which a device is on the bus. */
static struct error *dax_add(struct device_finder *finder, vaddr_t node)
{
	const struct layout *layout = &finder->survey->target->layout;
	struct member_reader reader = { .survey = finder->survey };
	vaddr_t private = node - layout_get(layout, LAYOUT_KLIST_NODE) -
			  layout_get(layout, LAYOUT_DEVICE_PRIVATE_KNODE_BUS);
	vaddr_t device = member_read(&reader, private, LAYOUT_DEVICE_PRIVATE_DEVICE, 8);
	struct dax_entry entry;

	if (reader.err || reader.unreadable)
		return reader.err;
	struct error *err = dax_read(finder, device, &entry);
	if (err || finder->dax_count >= DEVICES_MAX)
		return err;
	return vector_push(finder->dax, finder->dax_count, finder->dax_room, entry);
}

/* --- the bus ------------------------------------------------------------------ */

/* Since 6.4 a bus is found by name only in the kset of all buses. */
static vaddr_t bus_in_kset(struct member_reader *reader, vaddr_t bus)
{
	static const enum layout_id needed[] = {
		LAYOUT_SYM_BUS_KSET, LAYOUT_SUBSYS_BUS, LAYOUT_SUBSYS_SUBSYS,
		LAYOUT_KSET_LIST,    LAYOUT_KSET_KOBJ,	LAYOUT_KOBJECT_ENTRY,
	};
	const struct layout *layout = &reader->survey->target->layout;

	if (!layout_has_all(layout, needed, COUNT_OF(needed)))
		return 0;
	vaddr_t kset = number_read(reader, layout_symbol(layout, LAYOUT_SYM_BUS_KSET), 8);
	struct ring ring = { .head = kset + layout_get(layout, LAYOUT_KSET_LIST),
			     .left = BUSES_MAX };
	uint64_t entry_offset = layout_get(layout, LAYOUT_SUBSYS_SUBSYS) +
				layout_get(layout, LAYOUT_KSET_KOBJ) +
				layout_get(layout, LAYOUT_KOBJECT_ENTRY);

	for (ring.at = ring.head; ring_next(reader, &ring);)
		if (member_read(reader, ring.at - entry_offset, LAYOUT_SUBSYS_BUS, 8) == bus)
			return ring.at - entry_offset;
	return 0;
}

/* The struct subsys_private of the dax bus; 0 if it cannot be found. */
static vaddr_t bus_private(struct member_reader *reader)
{
	const struct layout *layout = &reader->survey->target->layout;
	vaddr_t bus = layout_symbol(layout, LAYOUT_SYM_DAX_BUS_TYPE);

	if (layout_has(layout, LAYOUT_BUS_TYPE_P))
		return member_read(reader, bus, LAYOUT_BUS_TYPE_P, 8);
	return bus_in_kset(reader, bus);
}

struct error *dax_bus_read(struct device_finder *finder)
{
	static const enum layout_id needed[] = {
		LAYOUT_SYM_DAX_BUS_TYPE,
		LAYOUT_SUBSYS_KLIST_DEVICES,
		LAYOUT_KLIST_LIST,
		LAYOUT_KLIST_NODE,
		LAYOUT_DEVICE_PRIVATE_KNODE_BUS,
		LAYOUT_DEVICE_PRIVATE_DEVICE,
		LAYOUT_DEVICE_KOBJ,
		LAYOUT_KOBJECT_NAME,
		LAYOUT_DEV_DAX_DEV,
	};
	const struct layout *layout = &finder->survey->target->layout;
	struct member_reader reader = { .survey = finder->survey };
	struct error *err = NULL;

	if (!layout_has_all(layout, needed, COUNT_OF(needed)))
		return NULL;
	vaddr_t subsys = bus_private(&reader);
	if (reader.err || !subsys)
		return reader.err;
	struct ring ring = {
		.head = subsys + layout_get(layout, LAYOUT_SUBSYS_KLIST_DEVICES) +
			layout_get(layout, LAYOUT_KLIST_LIST),
		.left = DEVICES_MAX,
	};
	ring.at = ring.head;
	while (!err && ring_next(&reader, &ring))
		err = dax_add(finder, ring.at);
	return err ? err : reader.err;
}

const struct dax_entry *dax_entry_by_name(const struct device_finder *finder, const char *name)
{
	for (size_t i = 0; name[0] && i < finder->dax_count; i++)
		if (strcmp(finder->dax[i].name, name) == 0)
			return &finder->dax[i];
	return NULL;
}

const struct dax_entry *dax_entry_by_pgmap(const struct device_finder *finder, vaddr_t pgmap)
{
	for (size_t i = 0; pgmap && i < finder->dax_count; i++)
		if (finder->dax[i].pgmap == pgmap)
			return &finder->dax[i];
	return NULL;
}
