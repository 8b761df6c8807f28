// SPDX-License-Identifier: LGPL-2.1-or-later
/* Builds the device memory of the tiny machine. */
#include "testdata/machine/machine_device.h"

#include "include/array.h"
#include "testdata/machine/machine_parts.h"

enum { XA_TOP_SHIFT = 24 };

/* What every machine with devices has, in pages from machine->devices on. */
enum anchor { PGMAP_ARRAY, IOMEM, BUS_TYPE, BUS_KSET, KSET, SUBSYS, OTHER_SUBSYS, ANCHORS };

static paddr_t anchor(struct machine *machine, enum anchor anchor)
{
	return machine->devices + 4096 * (paddr_t)anchor;
}

static vaddr_t text_new(struct machine *machine, const char *text)
{
	paddr_t at = machine_object_new(machine);

	image_write_text(machine->image, at, text);
	return direct(machine, at);
}

/* --- types and symbols -------------------------------------------------------- */

struct device_type {
	enum type_query_kind kind;
	const char *type, *name;
	uint64_t value;
};

static const struct device_type types[] = {
	{ TYPE_MEMBER_OFFSET, "dev_pagemap", "altmap", MACHINE_PGMAP_ALTMAP },
	{ TYPE_MEMBER_OFFSET, "dev_pagemap", "type", MACHINE_PGMAP_TYPE },
	{ TYPE_MEMBER_OFFSET, "dev_pagemap", "flags", MACHINE_PGMAP_FLAGS },
	{ TYPE_MEMBER_OFFSET, "dev_pagemap", "nr_range", MACHINE_PGMAP_NR_RANGE },
	{ TYPE_MEMBER_OFFSET, "dev_pagemap", "ranges", MACHINE_PGMAP_RANGES },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "base_pfn", MACHINE_ALTMAP_BASE },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "end_pfn", MACHINE_ALTMAP_END },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "reserve", MACHINE_ALTMAP_RESERVE },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "free", MACHINE_ALTMAP_FREE },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "align", MACHINE_ALTMAP_ALIGN },
	{ TYPE_MEMBER_OFFSET, "vmem_altmap", "alloc", MACHINE_ALTMAP_ALLOC },
	{ TYPE_SIZE, "range", NULL, MACHINE_RANGE_SIZE },
	{ TYPE_MEMBER_OFFSET, "range", "start", MACHINE_RANGE_START },
	{ TYPE_MEMBER_OFFSET, "range", "end", MACHINE_RANGE_END },
	{ TYPE_MEMBER_OFFSET, "xarray", "xa_head", MACHINE_XA_HEAD },
	{ TYPE_MEMBER_OFFSET, "xa_node", "shift", MACHINE_XA_SHIFT },
	{ TYPE_MEMBER_OFFSET, "xa_node", "slots", MACHINE_XA_SLOTS },
	{ TYPE_MEMBER_LENGTH, "xa_node", "slots", 64 },
	{ TYPE_MEMBER_OFFSET, "resource", "start", MACHINE_RESOURCE_START },
	{ TYPE_MEMBER_OFFSET, "resource", "end", MACHINE_RESOURCE_END },
	{ TYPE_MEMBER_OFFSET, "resource", "name", MACHINE_RESOURCE_NAME },
	{ TYPE_MEMBER_OFFSET, "resource", "sibling", MACHINE_RESOURCE_SIBLING },
	{ TYPE_MEMBER_OFFSET, "resource", "child", MACHINE_RESOURCE_CHILD },
	{ TYPE_MEMBER_OFFSET, "subsys_private", "bus", MACHINE_SUBSYS_BUS },
	{ TYPE_MEMBER_OFFSET, "subsys_private", "subsys", MACHINE_SUBSYS_SUBSYS },
	{ TYPE_MEMBER_OFFSET, "subsys_private", "klist_devices", MACHINE_SUBSYS_KLIST_DEVICES },
	{ TYPE_MEMBER_OFFSET, "kset", "list", MACHINE_KSET_LIST },
	{ TYPE_MEMBER_OFFSET, "kset", "kobj", MACHINE_KSET_KOBJ },
	{ TYPE_MEMBER_OFFSET, "kobject", "entry", MACHINE_KOBJECT_ENTRY },
	{ TYPE_MEMBER_OFFSET, "kobject", "name", MACHINE_KOBJECT_NAME },
	{ TYPE_MEMBER_OFFSET, "klist", "k_list", MACHINE_KLIST_LIST },
	{ TYPE_MEMBER_OFFSET, "klist_node", "n_node", MACHINE_KLIST_NODE },
	{ TYPE_MEMBER_OFFSET, "device_private", "knode_bus", MACHINE_PRIVATE_KNODE_BUS },
	{ TYPE_MEMBER_OFFSET, "device_private", "device", MACHINE_PRIVATE_DEVICE },
	{ TYPE_MEMBER_OFFSET, "device", "kobj", MACHINE_DEVICE_KOBJ },
	{ TYPE_MEMBER_OFFSET, "dev_dax", "dev", MACHINE_DAX_DEV },
	{ TYPE_MEMBER_OFFSET, "dev_dax", "pgmap", MACHINE_DAX_PGMAP },
	{ TYPE_MEMBER_OFFSET, "dev_dax", "align", MACHINE_DAX_ALIGN },
	{ TYPE_MEMBER_OFFSET, "dev_dax", "target_node", MACHINE_DAX_TARGET_NODE },
	{ TYPE_ENUMERATOR, "memory_type", "MEMORY_DEVICE_PRIVATE", MACHINE_TYPE_PRIVATE },
	{ TYPE_ENUMERATOR, "memory_type", "MEMORY_DEVICE_FS_DAX", MACHINE_TYPE_FS_DAX },
	{ TYPE_ENUMERATOR, "memory_type", "MEMORY_DEVICE_GENERIC", MACHINE_TYPE_GENERIC },
};

/* Newer kernels find a bus in the kset of all of them only. */
static bool has_bus_kset(struct machine *machine)
{
	return machine->kernel.scheme >= MACHINE_C;
}

/* An empty ring of struct list_head. */
static void ring_init(struct machine *machine, paddr_t head)
{
	put(machine, head, direct(machine, head), 8);
	put(machine, head + 8, direct(machine, head), 8);
}

static void ring_append(struct machine *machine, paddr_t head, paddr_t node)
{
	paddr_t last = undirect(machine, get(machine, head + 8, 8));

	put(machine, node, direct(machine, head), 8);
	put(machine, node + 8, direct(machine, last), 8);
	put(machine, last, direct(machine, node), 8);
	put(machine, head + 8, direct(machine, node), 8);
}

/* The dax bus, and another one before it. */
static void bus_write(struct machine *machine)
{
	static const enum anchor buses[] = { OTHER_SUBSYS, SUBSYS };
	paddr_t list = anchor(machine, KSET) + MACHINE_KSET_LIST;

	put(machine, anchor(machine, BUS_KSET), direct(machine, anchor(machine, KSET)), 8);
	ring_init(machine, list);
	for (size_t i = 0; i < 2; i++)
		ring_append(machine, list,
			    anchor(machine, buses[i]) + MACHINE_SUBSYS_SUBSYS + MACHINE_KSET_KOBJ +
				    MACHINE_KOBJECT_ENTRY);
	put(machine, anchor(machine, SUBSYS) + MACHINE_SUBSYS_BUS,
	    direct(machine, anchor(machine, BUS_TYPE)), 8);
	ring_init(machine,
		  anchor(machine, SUBSYS) + MACHINE_SUBSYS_KLIST_DEVICES + MACHINE_KLIST_LIST);
	if (has_bus_kset(machine))
		return;
	put(machine, anchor(machine, BUS_TYPE) + MACHINE_BUS_TYPE_P,
	    direct(machine, anchor(machine, SUBSYS)), 8);
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "bus_type", "p", MACHINE_BUS_TYPE_P);
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "bus_kset");
}

void machine_device_types(struct machine *machine)
{
	static const struct {
		const char *name;
		enum anchor anchor;
	} symbols[] = {
		{ "pgmap_array", PGMAP_ARRAY },
		{ "iomem_resource", IOMEM },
		{ "dax_bus_type", BUS_TYPE },
		{ "bus_kset", BUS_KSET },
	};

	if (machine->devices)
		return;
	machine->devices = machine_object_new(machine);
	for (unsigned i = 1; i < ANCHORS; i++)
		machine_object_new(machine);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		machine_type_set(machine, types[i].kind, types[i].type, types[i].name,
				 types[i].value);
	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		machine_symbol_at(machine, symbols[i].name, anchor(machine, symbols[i].anchor));
	machine_type_set(machine, TYPE_MEMBER_OFFSET,
			 machine->kernel.scheme >= MACHINE_D ? "folio" : "page", "pgmap",
			 MACHINE_PAGE_PGMAP);
	if (machine_has_compounds(machine))
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "dev_pagemap", "vmemmap_shift",
				 MACHINE_PGMAP_SHIFT);
	put(machine, anchor(machine, IOMEM) + MACHINE_RESOURCE_END, UINT64_MAX, 8);
	put(machine, anchor(machine, PGMAP_ARRAY) + MACHINE_XA_HEAD, 0, 8);
	bus_write(machine);
}

/* --- pgmap_array ---------------------------------------------------------------- */

paddr_t machine_pgmap_array(struct machine *machine)
{
	return anchor(machine, PGMAP_ARRAY);
}

static paddr_t xa_slot(paddr_t node, pfn_t pfn, unsigned shift)
{
	return node + MACHINE_XA_SLOTS + 8 * (pfn >> shift & 63);
}

static vaddr_t xa_node_new(struct machine *machine, unsigned shift)
{
	paddr_t node = machine_object_new(machine);

	put(machine, node + MACHINE_XA_SHIFT, shift, 1);
	return direct(machine, node) | 2;
}

paddr_t machine_pgmap_node(struct machine *machine, pfn_t pfn, unsigned shift)
{
	uint64_t entry = get(machine, machine_pgmap_array(machine) + MACHINE_XA_HEAD, 8);

	for (unsigned above = XA_TOP_SHIFT; entry && above > shift; above -= 6)
		entry = get(machine, xa_slot(undirect(machine, entry - 2), pfn, above), 8);
	return entry ? undirect(machine, entry - 2) : 0;
}

/* As above, but made. */
static paddr_t xa_node_make(struct machine *machine, pfn_t pfn, unsigned shift)
{
	paddr_t at = machine_pgmap_array(machine) + MACHINE_XA_HEAD;

	for (unsigned level = XA_TOP_SHIFT;; level -= 6) {
		if (!get(machine, at, 8))
			put(machine, at, xa_node_new(machine, level), 8);
		paddr_t node = undirect(machine, get(machine, at, 8) - 2);
		if (level == shift)
			return node;
		at = xa_slot(node, pfn, level);
	}
}

/* The largest aligned power of two of pfns that fits, as xa_store_range() does it. */
static unsigned xa_order(pfn_t pfn, pfn_t end)
{
	unsigned order = 0;

	while (order < XA_TOP_SHIFT + 5 && !(pfn >> order & 1) &&
	       pfn + (UINT64_C(2) << order) <= end)
		order++;
	return order;
}

void machine_pgmap_store(struct machine *machine, pfn_t start, pfn_t end, paddr_t pgmap)
{
	machine_device_types(machine);
	for (pfn_t pfn = start; pfn < end;) {
		unsigned order = xa_order(pfn, end), shift = order / 6 * 6;
		uint64_t first = pfn >> shift & 63;
		paddr_t node = xa_node_make(machine, pfn, shift);

		put(machine, xa_slot(node, pfn, shift), direct(machine, pgmap), 8);
		for (unsigned i = 1; i < 1u << (order % 6); i++)
			put(machine, node + MACHINE_XA_SLOTS + 8 * (first + i),
			    pgmap ? first << 2 | 2 : 0, 8);
		pfn += UINT64_C(1) << order;
	}
}

void machine_pgmap_range(struct machine *machine, paddr_t pgmap, unsigned index, pfn_t start,
			 pfn_t end)
{
	paddr_t range = pgmap + MACHINE_PGMAP_RANGES + index * MACHINE_RANGE_SIZE;

	put(machine, pgmap + MACHINE_PGMAP_NR_RANGE, index + 1, 4);
	put(machine, range + MACHINE_RANGE_START, start << machine->kernel.page_shift, 8);
	put(machine, range + MACHINE_RANGE_END, (end << machine->kernel.page_shift) - 1, 8);
	machine_pgmap_store(machine, start, end, pgmap);
}

static paddr_t pgmap_new(struct machine *machine, const struct machine_dax *spec)
{
	paddr_t pgmap = machine_object_new(machine), altmap = pgmap + MACHINE_PGMAP_ALTMAP;

	put(machine, pgmap + MACHINE_PGMAP_TYPE,
	    spec->flags & DAX_FS ? MACHINE_TYPE_FS_DAX : MACHINE_TYPE_GENERIC, 4);
	if (machine_has_compounds(machine))
		put(machine, pgmap + MACHINE_PGMAP_SHIFT, spec->order, 8);
	machine_pgmap_range(machine, pgmap, 0, spec->start, spec->end);
	if (!(spec->flags & DAX_ALTMAP))
		return pgmap;
	put(machine, pgmap + MACHINE_PGMAP_FLAGS, 1, 4);
	put(machine, altmap + MACHINE_ALTMAP_BASE, spec->start, 8);
	put(machine, altmap + MACHINE_ALTMAP_END, spec->end - 1, 8);
	put(machine, altmap + MACHINE_ALTMAP_RESERVE, 2, 8);
	put(machine, altmap + MACHINE_ALTMAP_FREE, spec->data - spec->start - 2, 8);
	put(machine, altmap + MACHINE_ALTMAP_ALLOC, vmemmap_index(machine, spec->end - spec->start),
	    8);
	return pgmap;
}

/* --- resources -------------------------------------------------------------------- */

paddr_t machine_resource(struct machine *machine, paddr_t parent, pfn_t start, pfn_t end,
			 const char *name)
{
	paddr_t resource = machine_object_new(machine);

	machine_device_types(machine);
	put(machine, resource + MACHINE_RESOURCE_NAME, text_new(machine, name), 8);
	put(machine, resource + MACHINE_RESOURCE_START, start << machine->kernel.page_shift, 8);
	put(machine, resource + MACHINE_RESOURCE_END, (end << machine->kernel.page_shift) - 1, 8);

	paddr_t link = (parent ? parent : anchor(machine, IOMEM)) + MACHINE_RESOURCE_CHILD;
	for (;;) {
		paddr_t next = undirect(machine, get(machine, link, 8));

		if (!next || get(machine, next + MACHINE_RESOURCE_START, 8) >
				     start << machine->kernel.page_shift)
			break;
		link = next + MACHINE_RESOURCE_SIBLING;
	}
	put(machine, resource + MACHINE_RESOURCE_SIBLING, get(machine, link, 8), 8);
	put(machine, link, direct(machine, resource), 8);
	return resource;
}

/* The region, what is the device's own in it, and the data. */
static void resources_add(struct machine *machine, const struct machine_dax *spec,
			  struct machine_device *device)
{
	pfn_t data = spec->data ? spec->data : spec->start;

	if (!spec->name)
		return;
	if (spec->region)
		device->region = machine_resource(machine, 0, spec->start, spec->end, spec->region);
	if (spec->region && data > spec->start)
		machine_resource(machine, device->region, spec->start, data, "namespace9.0");
	device->resource = machine_resource(machine, device->region, data, spec->end, spec->name);
	if (spec->flags & DAX_SYSTEM_RAM)
		machine_resource(
			machine,
			machine_resource(machine, device->resource, data, spec->end, spec->name),
			data, spec->end, "System RAM (kmem)");
}

/* --- the bus ---------------------------------------------------------------------- */

static void dax_add(struct machine *machine, const struct machine_dax *spec,
		    struct machine_device *device)
{
	if (!spec->name || spec->flags & (DAX_NO_BUS | DAX_FS))
		return;
	device->dax = machine_object_new(machine);
	device->private = machine_object_new(machine);
	put(machine, device->dax + MACHINE_DAX_TARGET_NODE, spec->node, 4);
	put(machine, device->dax + MACHINE_DAX_ALIGN, page_size(machine) << spec->order, 4);
	put(machine, device->dax + MACHINE_DAX_PGMAP, direct(machine, device->pgmap), 8);
	put(machine, device->dax + MACHINE_DAX_DEV + MACHINE_DEVICE_KOBJ + MACHINE_KOBJECT_NAME,
	    text_new(machine, spec->name), 8);
	put(machine, device->private + MACHINE_PRIVATE_DEVICE,
	    direct(machine, device->dax + MACHINE_DAX_DEV), 8);
	ring_append(machine,
		    anchor(machine, SUBSYS) + MACHINE_SUBSYS_KLIST_DEVICES + MACHINE_KLIST_LIST,
		    device->private + MACHINE_PRIVATE_KNODE_BUS + MACHINE_KLIST_NODE);
}

/* --- devices ---------------------------------------------------------------------------- */

static void system_ram_write(struct machine *machine, const struct machine_dax *spec)
{
	for (pfn_t pfn = spec->start; pfn < spec->end; pfn += section_pages(machine))
		machine_ordinary_section(machine, pfn / section_pages(machine), spec->node,
					 MACHINE_ZONE_NORMAL, true);
}

struct machine_device machine_dax(struct machine *machine, const struct machine_dax *spec)
{
	struct machine_dax adapted = *spec;
	struct machine_device device = { 0 };

	machine_device_types(machine);
	if (!machine_has_compounds(machine))
		adapted.order = 0;
	if (!(spec->flags & (DAX_NO_PGMAP | DAX_SYSTEM_RAM)))
		device.pgmap = pgmap_new(machine, &adapted);
	resources_add(machine, spec, &device);
	dax_add(machine, spec, &device);
	if (spec->flags & DAX_SYSTEM_RAM) {
		system_ram_write(machine, spec);
		return device;
	}
	machine_memmap(machine, &adapted, device.pgmap);
	return device;
}

void machine_populate_devices(struct machine *machine)
{
	static const char pmem[] = "Persistent Memory", soft[] = "Soft Reserved";
	const struct machine_dax specs[] = {
		{ "dax0.0", pmem, 0x140000, 0x148000, 0x140200, 9, 1, 0 },
		{ "dax1.0", pmem, 0x148000, 0x150000, 0x148400, 9, 1, DAX_ALTMAP },
		{ "dax2.0", soft, 0x150000, 0x158000, 0, 0, 0, 0 },
		{ "namespace4.0", pmem, 0x158000, 0x160000, 0, 0, 0, DAX_FS },
		{ "dax6.0", soft, 0x160000, 0x160600, 0, 9, 0, 0 },
		{ "dax3.0", pmem, 0x180000, 0x1c0000, 0, 18, 1, 0 },
		{ "dax5.0", soft, 0x1c0000, 0x1c8000, 0, 0, 1, DAX_SYSTEM_RAM },
	};

	for (size_t i = 0; i < COUNT_OF(specs); i++)
		machine_dax(machine, &specs[i]);
}
