// SPDX-License-Identifier: LGPL-2.1-or-later
/* Ranges of device memory are found whatever part of the kernel's own account is left. */
#include <inttypes.h>

#include "testdata/machine/expect.h"

#include "analyzer/devices/device.h"
#include "testdata/machine/machine_device.h"

static struct machine *machine_of(enum machine_scheme scheme)
{
	struct machine_kernel kernel = {
		.scheme = scheme,
		.mark = scheme < MACHINE_D ? MARK_DTOR : MARK_TYPE_BYTE,
	};

	return machine_create(&kernel);
}

static struct analysis *analyze(struct machine *machine)
{
	struct analysis *analysis = NULL;

	expect_no_error(machine_analyze(machine, ANALYSIS_INVENTORY, &analysis));
	return analysis;
}

static const struct device *expect_device(const struct analysis *analysis, pfn_t start)
{
	const struct device *device = devices_find(&analysis->devices, start);

	if (!device || device->start != start)
		fail_msg("no device begins at 0x%" PRIx64, start);
	return device;
}

/* Sorted, apart, and data within each: whatever the input. */
static void expect_sound(const struct analysis *analysis)
{
	const struct devices *devices = &analysis->devices;

	assert_true(devices->count <= DEVICES_MAX);
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];

		assert_true(device->start < device->end);
		assert_true(i == 0 || devices->list[i - 1].end <= device->start);
		assert_true(device->start <= device->data_start);
		assert_true(device->data_start <= device->data_end);
		assert_true(device->data_end <= device->end);
		assert_true(!device->order_known || device->order <= 24);
	}
}

static void finish(struct analysis *analysis, struct machine *machine)
{
	expect_sound(analysis);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- the usual load -------------------------------------------------------------- */

static const struct expected {
	const char *name, *region;
	pfn_t start, end, data;
	enum device_kind kind;
	enum device_medium medium;
	enum device_memmap memmap;
	enum device_source source;
	unsigned order, node;
	int target_node;
	bool altmap;
} usual[] = {
	{ "dax0.0", "Persistent Memory", 0x140000, 0x148000, 0x140200, DEVICE_DAX, MEDIUM_PMEM,
	  MEMMAP_RAM, DEVICE_FROM_PGMAP, 9, 1, 1, false },
	{ "dax1.0", "Persistent Memory", 0x148000, 0x150000, 0x148400, DEVICE_DAX, MEDIUM_PMEM,
	  MEMMAP_DEVICE, DEVICE_FROM_PGMAP, 9, 1, 1, true },
	{ "dax2.0", "Soft Reserved", 0x150000, 0x158000, 0x150000, DEVICE_DAX, MEDIUM_SOFT_RESERVED,
	  MEMMAP_RAM, DEVICE_FROM_PGMAP, 0, 0, 0, false },
	{ "namespace4.0", "Persistent Memory", 0x158000, 0x160000, 0x158000, DEVICE_FSDAX,
	  MEDIUM_PMEM, MEMMAP_RAM, DEVICE_FROM_PGMAP, 0, 0, -1, false },
	{ "dax6.0", "Soft Reserved", 0x160000, 0x160600, 0x160000, DEVICE_DAX, MEDIUM_SOFT_RESERVED,
	  MEMMAP_RAM, DEVICE_FROM_PGMAP, 9, 0, 0, false },
	{ "dax3.0", "Persistent Memory", 0x180000, 0x1c0000, 0x180000, DEVICE_DAX, MEDIUM_PMEM,
	  MEMMAP_RAM, DEVICE_FROM_PGMAP, 18, 1, 1, false },
	{ "dax5.0", "Soft Reserved", 0x1c0000, 0x1c8000, 0x1c0000, DEVICE_SYSTEM_RAM,
	  MEDIUM_SOFT_RESERVED, MEMMAP_RAM, DEVICE_FROM_RESOURCE, 0, 1, 1, false },
};

static void expect_usual(const struct device *device, const struct expected *expected,
			 bool has_compounds)
{
	assert_string_equal(device->name, expected->name);
	assert_string_equal(device->region, expected->region);
	assert_int_equal(device->end, expected->end);
	assert_int_equal(device->data_start, expected->data);
	assert_int_equal(device->data_end, expected->end);
	assert_int_equal(device->kind, expected->kind);
	assert_int_equal(device->medium, expected->medium);
	assert_int_equal(device->memmap, expected->memmap);
	assert_int_equal(device->source, expected->source);
	assert_true(device->node_known);
	assert_int_equal(device->node, expected->node);
	assert_int_equal(device->target_node, expected->target_node);
	assert_int_equal(device->altmap, expected->altmap);
	assert_int_equal(device->order_known, expected->kind != DEVICE_SYSTEM_RAM);
	assert_int_equal(device->order, has_compounds ? expected->order : 0);
	if (device->altmap) {
		assert_int_equal(device->altmap_base, expected->start);
		assert_int_equal(device->altmap_reserve + device->altmap_free,
				 expected->data - expected->start);
		assert_int_equal(device->altmap_alloc, 512);
	}
}

struct scheme_case {
	const char *name;
	enum machine_scheme scheme;
};

static const struct scheme_case schemes[] = {
	{ "devices_are_found_without_any_optimisation", MACHINE_NONE },
	{ "devices_are_found_in_a_kernel_of_scheme_a", MACHINE_A },
	{ "devices_are_found_in_a_kernel_of_scheme_b", MACHINE_B },
	{ "devices_are_found_in_a_kernel_of_scheme_c", MACHINE_C },
	{ "devices_are_found_in_a_kernel_of_scheme_d", MACHINE_D },
	{ "devices_are_found_in_a_kernel_of_scheme_e1", MACHINE_E1 },
	{ "devices_are_found_in_a_kernel_of_scheme_e2", MACHINE_E2 },
};

static void devices_are_found(void **state)
{
	const struct scheme_case *scheme = *state;
	struct machine *machine = machine_of(scheme->scheme);

	machine_populate_devices(machine);
	struct analysis *analysis = analyze(machine);
	const struct devices *devices = &analysis->devices;
	assert_true(devices->pgmaps_known && devices->resources_known);
	assert_null(devices->pgmaps_missing);
	assert_null(devices->resources_missing);
	assert_int_equal(devices->device_zone, MACHINE_ZONE_DEVICE);
	assert_int_equal(devices->count, COUNT_OF(usual));
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		expect_usual(expect_device(analysis, usual[i].start), &usual[i],
			     scheme->scheme >= MACHINE_B);
	finish(analysis, machine);
}

static void shared_pages_are_counted(void **state)
{
	static const struct {
		enum machine_scheme scheme;
		uint64_t saved_2m, saved_1g, saved_part;
	} cases[] = {
		{ MACHINE_B, 64 * 6, 4094, 3 * 6 },
		{ MACHINE_D, 64 * 6, 4094, 3 * 6 },
		{ MACHINE_E2, 64 * 7, 4095, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_of(cases[i].scheme);

		machine_populate_devices(machine);
		struct analysis *analysis = analyze(machine);
		const struct device *small = expect_device(analysis, 0x140000);
		const struct device *part = expect_device(analysis, 0x160000);
		const struct device *own = expect_device(analysis, 0x148000);
		assert_int_equal(small->whole.saved_pages, cases[i].saved_2m);
		assert_int_equal(small->whole.optimized, 64);
		assert_int_equal(small->data.optimized, 63);
		assert_int_equal(expect_device(analysis, 0x180000)->whole.saved_pages,
				 cases[i].saved_1g);
		assert_int_equal(part->whole.saved_pages, cases[i].saved_part);
		assert_int_equal(own->whole.blocked[DEVICE_BLOCKER_ALTMAP], 62);
		finish(analysis, machine);
	}
}

static void devices_as_they_should_be_break_no_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct machine *machine = machine_of(schemes[i].scheme);

		machine_populate(machine);
		machine_populate_devices(machine);
		struct analysis *analysis = expect_analysis(machine);
		expect_others_silent(analysis, NULL);
		finish(analysis, machine);
	}
}

static void kernel_without_device_memory_misses_nothing(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	/* Linux kernel include/linux/mmzone.h has either only with CONFIG_ZONE_DEVICE. */
	machine_type_remove(machine, TYPE_ENUMERATOR, "zone_type", "ZONE_DEVICE");
	machine_type_remove(machine, TYPE_ENUMERATOR, NULL, "SECTION_TAINT_ZONE_DEVICE_BIT");
	machine_type_set(machine, TYPE_ENUMERATOR, "zone_type", "__MAX_NR_ZONES", 4);
	struct analysis *analysis = analyze(machine);
	assert_true(analysis->devices.pgmaps_known && analysis->devices.resources_known);
	assert_false(analysis->devices.device_zone_known);
	assert_int_equal(analysis->devices.count, 0);
	finish(analysis, machine);
}

static void device_zone_that_types_lack_is_the_last(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	machine_type_remove(machine, TYPE_ENUMERATOR, "zone_type", "ZONE_DEVICE");
	machine_type_set(machine, TYPE_ENUMERATOR, "zone_type", "__MAX_NR_ZONES", 4);
	struct analysis *analysis = analyze(machine);
	assert_true(analysis->devices.device_zone_known);
	assert_int_equal(analysis->devices.device_zone, 3);
	finish(analysis, machine);
}

static void machine_without_devices_has_none(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	machine_device_types(machine);
	struct analysis *analysis = analyze(machine);
	assert_true(analysis->devices.pgmaps_known && analysis->devices.resources_known);
	assert_int_equal(analysis->devices.count, 0);
	finish(analysis, machine);
}

/* --- what is not in the dump -------------------------------------------------------- */

/* What is taken out of a dump with one device; what is left to tell of it. */
enum {
	LOSE_PGMAP = 1,
	LOSE_NODE = 2,
	LOSE_ARRAY = 4, /* the symbol */
	LOSE_RESOURCE = 8,
	LOSE_TREE = 16, /* the symbol */
	LOSE_BUS = 32,	/* the symbol */
	LOSE_DAX = 64,
	LOSE_MEMMAP = 128, /* the frames of the struct pages */
	LOSE_SHIFT = 256,  /* vmemmap_shift is nonsense */
	LOSE_REGION = 512,
	LOSE_NAME = 1024, /* of the resource */
};

struct loss {
	const char *name;
	unsigned lost, flags; /* of the device */
	enum device_source source;
	pfn_t start;
	unsigned order;
	bool order_known, named, data_known, region_known;
};

static const struct loss losses[] = {
	{ "lost_dev_pagemap_is_made_up_for_by_the_array", LOSE_PGMAP, 0, DEVICE_FROM_XARRAY,
	  0x140000, 9, true, true, true, true },
	{ "lost_array_node_is_made_up_for_by_struct_pages", LOSE_NODE | LOSE_DAX, 0,
	  DEVICE_FROM_PGMAP, 0x140000, 9, true, true, true, true },
	{ "lost_array_node_is_made_up_for_by_the_bus", LOSE_NODE | LOSE_MEMMAP, DAX_ALTMAP,
	  DEVICE_FROM_PGMAP, 0x140000, 9, true, true, true, true },
	{ "absent_array_is_made_up_for_by_struct_pages", LOSE_ARRAY | LOSE_TREE | LOSE_BUS, 0,
	  DEVICE_FROM_PGMAP, 0x140000, 9, true, false, false, false },
	{ "lost_array_and_dev_pagemap_leave_the_resources", LOSE_ARRAY | LOSE_PGMAP, 0,
	  DEVICE_FROM_RESOURCE, 0x140000, 9, true, true, true, true },
	{ "altmap_hides_the_order_but_for_dev_dax", LOSE_PGMAP | LOSE_MEMMAP, DAX_ALTMAP,
	  DEVICE_FROM_XARRAY, 0x140000, 9, true, true, true, true },
	{ "altmap_hides_the_order", LOSE_PGMAP | LOSE_MEMMAP | LOSE_BUS, DAX_ALTMAP,
	  DEVICE_FROM_XARRAY, 0x140000, 0, false, true, true, true },
	{ "resource_alone_tells_of_a_device_with_altmap",
	  LOSE_ARRAY | LOSE_PGMAP | LOSE_MEMMAP | LOSE_BUS, DAX_ALTMAP, DEVICE_FROM_RESOURCE,
	  0x140000, 0, false, true, true, true },
	{ "struct_pages_alone_tell_of_a_device", LOSE_ARRAY | LOSE_PGMAP | LOSE_TREE | LOSE_BUS, 0,
	  DEVICE_FROM_MAP, 0x140000, 9, true, false, false, false },
	{ "struct_pages_alone_tell_of_base_pages", LOSE_ARRAY | LOSE_PGMAP | LOSE_TREE | LOSE_BUS,
	  DAX_FS, DEVICE_FROM_MAP, 0x140000, 0, true, false, false, false },
	{ "lost_resource_leaves_the_bus_to_name_it", LOSE_RESOURCE, 0, DEVICE_FROM_PGMAP, 0x140000,
	  9, true, true, false, true },
	{ "resource_after_a_namespace_needs_no_name", LOSE_NAME | LOSE_BUS | LOSE_PGMAP, 0,
	  DEVICE_FROM_XARRAY, 0x140000, 9, true, false, true, true },
	{ "lost_region_loses_the_resources_below", LOSE_REGION, 0, DEVICE_FROM_PGMAP, 0x140000, 9,
	  true, true, false, false },
	{ "altmap_tells_where_the_data_begins", LOSE_TREE, DAX_ALTMAP, DEVICE_FROM_PGMAP, 0x140000,
	  9, true, true, true, false },
	{ "unbelievable_shift_is_made_up_for_by_struct_pages", LOSE_SHIFT, 0, DEVICE_FROM_PGMAP,
	  0x140000, 9, true, true, true, true },
};

static void lose_symbols(struct machine *machine, unsigned lost)
{
	static const struct {
		unsigned loss;
		const char *name;
	} symbols[] = {
		{ LOSE_ARRAY, "pgmap_array" },
		{ LOSE_TREE, "iomem_resource" },
		{ LOSE_BUS, "dax_bus_type" },
	};

	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		if (lost & symbols[i].loss)
			machine_type_remove(machine, TYPE_SYMBOL, NULL, symbols[i].name);
}

static paddr_t name_of(struct machine *machine, paddr_t resource)
{
	return image_read(machine_image(machine), resource + MACHINE_RESOURCE_NAME, 8) -
	       MACHINE_DIRECT_MAP;
}

static void lose(struct machine *machine, const struct machine_device *device, unsigned lost)
{
	const struct {
		unsigned loss;
		paddr_t at;
		uint64_t pages;
	} objects[] = {
		{ LOSE_PGMAP, device->pgmap, 1 },
		{ LOSE_NODE, machine_pgmap_node(machine, 0x140000, 18), 1 },
		{ LOSE_RESOURCE, device->resource, 1 },
		{ LOSE_REGION, device->region, 1 },
		{ LOSE_DAX, device->dax, 1 },
		{ LOSE_NAME, name_of(machine, device->resource), 1 },
		{ LOSE_MEMMAP, UINT64_C(0x140000) << 12, 0x8000 },
	};

	for (size_t i = 0; i < COUNT_OF(objects); i++)
		if (lost & objects[i].loss)
			machine_hide(machine, objects[i].at, objects[i].pages, MEMORY_EXCLUDED);
	if (lost & LOSE_SHIFT)
		image_write(machine_image(machine), device->pgmap + MACHINE_PGMAP_SHIFT, 25, 8);
	lose_symbols(machine, lost);
}

static void expect_what_is_missing(const struct devices *devices, unsigned lost)
{
	assert_int_equal(devices->pgmaps_known, !(lost & (LOSE_ARRAY | LOSE_NODE)));
	assert_int_equal(devices->pgmaps_missing == NULL, devices->pgmaps_known);
	assert_int_equal(devices->resources_known,
			 !(lost & (LOSE_TREE | LOSE_RESOURCE | LOSE_REGION | LOSE_NAME)));
	assert_int_equal(devices->resources_missing == NULL, devices->resources_known);
	assert_int_equal(devices->nodes_unreadable, !!(lost & LOSE_NODE));
	if (!(lost & (LOSE_ARRAY | LOSE_NODE)))
		assert_int_equal(devices->pgmaps_unreadable, !!(lost & LOSE_PGMAP));
}

/* Types and names tell it; struct pages do not. */
static enum device_kind kind_despite(const struct loss *loss)
{
	return loss->source == DEVICE_FROM_MAP ? DEVICE_KIND_UNKNOWN : DEVICE_DAX;
}

static void device_is_found_despite_a_loss(void **state)
{
	const struct loss *loss = *state;
	const struct machine_dax spec = {
		"dax7.0", "Persistent Memory", 0x140000, 0x148000, 0x140400, 9, 1, loss->flags,
	};
	struct machine_dax given = spec;

	if (loss->flags & DAX_FS)
		given.order = 0;
	for (enum machine_scheme scheme = MACHINE_B; scheme <= MACHINE_E2; scheme++) {
		struct machine *machine = machine_of(scheme);
		struct machine_device parts = machine_dax(machine, &given);

		lose(machine, &parts, loss->lost);
		struct analysis *analysis = analyze(machine);
		const struct device *device = expect_device(analysis, loss->start);
		assert_int_equal(analysis->devices.count, 1);
		assert_int_equal(device->end, spec.end);
		assert_int_equal(device->source, loss->source);
		assert_int_equal(device->order_known, loss->order_known);
		assert_int_equal(device->order, loss->order);
		assert_int_equal(device->kind, kind_despite(loss));
		assert_string_equal(device->name, loss->named ? spec.name : "");
		assert_string_equal(device->region, loss->region_known ? spec.region : "");
		assert_int_equal(device->data_start, loss->data_known ? spec.data : spec.start);
		assert_true(device->node_known);
		assert_int_equal(device->node, 1);
		expect_what_is_missing(&analysis->devices, loss->lost);
		finish(analysis, machine);
	}
}

static void extents_without_a_name_end_where_the_pgmap_changes(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax specs[] = {
		{ NULL, NULL, 0x140000, 0x148000, 0, 9, 1, 0 },
		{ NULL, NULL, 0x148000, 0x150000, 0, 9, 1, 0 },
		{ NULL, NULL, 0x150000, 0x150400, 0, 0, 1, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(specs); i++) {
		struct machine_device device = machine_dax(machine, &specs[i]);

		machine_hide(machine, device.pgmap, 1, MEMORY_EXCLUDED);
	}
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "pgmap_array");
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, COUNT_OF(specs));
	for (size_t i = 0; i < COUNT_OF(specs); i++) {
		const struct device *device = expect_device(analysis, specs[i].start);

		assert_int_equal(device->end, specs[i].end);
		assert_int_equal(device->source, DEVICE_FROM_MAP);
		assert_int_equal(device->kind, DEVICE_KIND_UNKNOWN);
		assert_int_equal(device->order, specs[i].order);
		assert_true(device->order_known && device->pgmap);
		assert_false(device->altmap_known || device->type_known || device->shift_known);
	}
	finish(analysis, machine);
}

/* --- what is, and what is not, a device ----------------------------------------------- */

static void offline_ordinary_memory_is_no_device(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	machine_device_types(machine);
	machine_ordinary_section(machine, 40, 1, MACHINE_ZONE_MOVABLE, false);
	/* Struct pages that nobody has written yet hold anything. */
	machine_ordinary_section(machine, 42, 1, MACHINE_ZONE_DEVICE, false);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, 0);
	finish(analysis, machine);
}

static void device_in_an_early_section_is_found(void **state)
{
	static const unsigned lost[] = { 0, LOSE_ARRAY | LOSE_PGMAP };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lost); i++) {
		struct machine *machine = machine_of(MACHINE_D);
		const struct machine_dax spec = { NULL, NULL, 0xb8400, 0xb8800, 0, 9, 1, 0 };
		struct machine_device parts = machine_dax(machine, &spec);

		lose(machine, &parts, lost[i]);
		struct analysis *analysis = analyze(machine);
		const struct device *device = expect_device(analysis, spec.start);
		assert_int_equal(analysis->devices.count, 1);
		assert_int_equal(device->end, spec.end);
		assert_int_equal(device->order, 9);
		assert_int_equal(device->whole.blocked[DEVICE_BLOCKER_EARLY], 2);
		finish(analysis, machine);
	}
}

static void device_without_a_driver_is_no_range(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	machine_resource(machine, 0, 0x140000, 0x148000, "dax0.0");
	machine_resource(machine, 0, 0x148000, 0x150000, "daxes");
	struct analysis *analysis = analyze(machine);
	assert_true(analysis->devices.resources_known);
	assert_int_equal(analysis->devices.count, 0);
	finish(analysis, machine);
}

static void every_range_of_a_dev_pagemap_is_a_device(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax first = { "dax0.0", NULL, 0x140000, 0x148000, 0, 9, 1, 0 };
	const struct machine_dax second = { NULL,     NULL, 0x158000, 0x160000,
					    0x158000, 9,    1,	      DAX_NO_PGMAP };
	paddr_t pgmap = machine_dax(machine, &first).pgmap;

	machine_dax(machine, &second);
	machine_pgmap_range(machine, pgmap, 1, second.start, second.end);
	machine_resource(machine, 0, second.start, second.end, "dax0.0");
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct device *device = &analysis->devices.list[i];

		assert_string_equal(device->name, "dax0.0");
		assert_int_equal(device->range_index, i);
		assert_int_equal(device->range_count, 2);
		assert_int_equal(device->medium, MEDIUM_SOFT_RESERVED);
		assert_int_equal(device->order, 9);
		assert_int_equal(device->align_bytes, 2 << 20);
	}
	finish(analysis, machine);
}

static void range_that_is_claimed_twice_is_cut(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax specs[] = {
		{ "dax0.0", NULL, 0x140000, 0x148000, 0, 9, 1, 0 },
		{ "dax1.0", NULL, 0x148000, 0x150000, 0, 9, 1, 0 },
	};

	machine_dax(machine, &specs[0]);
	paddr_t pgmap = machine_dax(machine, &specs[1]).pgmap;
	image_write(machine_image(machine), pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START,
		    UINT64_C(0x147e00) << 12, 8);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, 2);
	assert_int_equal(expect_device(analysis, 0x140000)->end, 0x148000);
	assert_int_equal(expect_device(analysis, 0x148000)->end, 0x150000);
	finish(analysis, machine);
}

static void lost_dev_pagemap_yields_to_one_that_is_read(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax specs[] = {
		{ "dax0.0", NULL, 0x140000, 0x148000, 0, 9, 1, 0 },
		{ "dax1.0", NULL, 0x148000, 0x150000, 0, 9, 1, 0 },
	};

	machine_hide(machine, machine_dax(machine, &specs[0]).pgmap, 1, MEMORY_ABSENT);
	paddr_t pgmap = machine_dax(machine, &specs[1]).pgmap;
	image_write(machine_image(machine), pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START,
		    UINT64_C(0x144000) << 12, 8);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, 2);
	assert_int_equal(expect_device(analysis, 0x140000)->end, 0x144000);
	assert_int_equal(expect_device(analysis, 0x144000)->source, DEVICE_FROM_PGMAP);
	finish(analysis, machine);
}

/* --- media ------------------------------------------------------------------------------ */

static void medium_is_that_of_the_resource_above(void **state)
{
	static const struct {
		const char *region;
		enum device_medium medium;
	} cases[] = {
		{ "Persistent Memory", MEDIUM_PMEM },
		{ "Persistent Memory (legacy)", MEDIUM_PMEM },
		{ "Soft Reserved", MEDIUM_SOFT_RESERVED },
		{ "hmem.2", MEDIUM_SOFT_RESERVED },
		{ "region0", MEDIUM_OTHER },
		{ NULL, MEDIUM_SOFT_RESERVED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_of(MACHINE_D);
		const struct machine_dax spec = {
			"dax12.34", cases[i].region, 0x140000, 0x148000, 0, 9, 1, 0
		};

		machine_dax(machine, &spec);
		struct analysis *analysis = analyze(machine);
		const struct device *device = expect_device(analysis, 0x140000);
		assert_int_equal(device->medium, cases[i].medium);
		assert_string_equal(device->region, cases[i].region ? cases[i].region : "");
		finish(analysis, machine);
	}
}

static void device_without_resources_has_no_medium(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax spec = { NULL, NULL, 0x140000, 0x148000, 0, 9, 1, 0 };

	machine_dax(machine, &spec);
	struct analysis *analysis = analyze(machine);
	const struct device *device = expect_device(analysis, 0x140000);
	assert_int_equal(device->medium, MEDIUM_UNKNOWN);
	assert_string_equal(device->name, "");
	assert_int_equal(device->target_node, -1);
	assert_int_equal(device->align_bytes, 2 << 20);
	finish(analysis, machine);
}

/* --- hostile memory ----------------------------------------------------------------------- */

/* One device, and damage to what tells of it. */
struct damage {
	const char *name;
	void (*make)(struct machine *machine, const struct machine_device *device);
	enum device_source source;
	bool pgmaps_known, resources_known, named;
};

static void put(struct machine *machine, paddr_t addr, uint64_t value, size_t size)
{
	image_write(machine_image(machine), addr, value, size);
}

static paddr_t slot(struct machine *machine, unsigned shift, unsigned slot)
{
	return machine_pgmap_node(machine, 0x140000, shift) + MACHINE_XA_SLOTS + 8 * slot;
}

static vaddr_t node_entry(struct machine *machine, unsigned shift)
{
	return MACHINE_DIRECT_MAP + machine_pgmap_node(machine, 0x140000, shift) + 2;
}

static void node_names_its_ancestor(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	put(machine, slot(machine, 12, 63), node_entry(machine, 24), 8);
	put(machine, slot(machine, 12, 62), node_entry(machine, 12), 8);
}

static void node_has_a_wrong_shift(struct machine *machine, const struct machine_device *device)
{
	vaddr_t node = MACHINE_DIRECT_MAP + machine_object_new(machine);

	(void)device;
	put(machine, node - MACHINE_DIRECT_MAP + MACHINE_XA_SHIFT, 66, 1);
	put(machine, slot(machine, 18, 40), node + 2, 8);
}

static void array_is_too_high(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	put(machine, machine_pgmap_node(machine, 0, 24) + MACHINE_XA_SHIFT, 66, 1);
}

static void siblings_name_nothing(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	put(machine, slot(machine, 12, 30), 30 << 2 | 2, 8); /* itself */
	put(machine, slot(machine, 12, 31), 40 << 2 | 2, 8); /* a later one */
	put(machine, slot(machine, 12, 33), 20 << 2 | 2, 8); /* an empty one */
	put(machine, slot(machine, 12, 35), 0 << 2 | 2, 8);  /* not in a row */
	put(machine, slot(machine, 12, 36), 1030, 8);
	put(machine, slot(machine, 12, 37), 0x1235, 8);
}

static void entries_are_garbage(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	for (unsigned i = 8; i < 64; i++)
		put(machine, slot(machine, 12, i), UINT64_C(0x9e3779b97f4a7c15) * i, 8);
}

static void one_node_is_everywhere(struct machine *machine, const struct machine_device *device)
{
	paddr_t low = 0;

	(void)device;
	for (unsigned shift = 0; shift <= 12; shift += 6) {
		paddr_t node = machine_object_new(machine);

		put(machine, node + MACHINE_XA_SHIFT, shift, 1);
		for (unsigned i = 0; low && i < 64; i++)
			put(machine, node + MACHINE_XA_SLOTS + 8 * i, MACHINE_DIRECT_MAP + low + 2,
			    8);
		low = node;
	}
	for (unsigned i = 6; i < 64; i++)
		put(machine, slot(machine, 18, i), MACHINE_DIRECT_MAP + low + 2, 8);
	for (unsigned i = 1; i < 64; i++)
		put(machine, slot(machine, 24, i), node_entry(machine, 18), 8);
}

static void array_is_a_value(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	put(machine, machine_pgmap_array(machine) + MACHINE_XA_HEAD, 0x77, 8);
}

static void range_ends_before_it_starts(struct machine *machine,
					const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_END, 0xfff, 8);
}

static void range_has_no_whole_pages(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START, 0x140000010, 8);
}

static void range_is_all_there_is(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START, 0, 8);
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_END, UINT64_MAX, 8);
}

static void range_is_of_somewhere_else(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_START, 0, 8);
	put(machine, device->pgmap + MACHINE_PGMAP_RANGES + MACHINE_RANGE_END, 0xffff, 8);
}

static void ranges_are_too_many(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_NR_RANGE, UINT32_MAX, 4);
}

static void there_is_no_range(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->pgmap + MACHINE_PGMAP_NR_RANGE, 0, 4);
}

static void resource_is_its_own_sibling(struct machine *machine,
					const struct machine_device *device)
{
	put(machine, device->resource + MACHINE_RESOURCE_SIBLING,
	    MACHINE_DIRECT_MAP + device->resource, 8);
	put(machine, device->resource + MACHINE_RESOURCE_END, (UINT64_C(0x147000) << 12) - 1, 8);
}

static void resource_is_its_own_child(struct machine *machine, const struct machine_device *device)
{
	put(machine, device->region + MACHINE_RESOURCE_CHILD, MACHINE_DIRECT_MAP + device->region,
	    8);
}

static void resource_is_larger_than_its_parent(struct machine *machine,
					       const struct machine_device *device)
{
	put(machine, device->resource + MACHINE_RESOURCE_END, UINT64_MAX, 8);
}

static paddr_t klist_node(const struct machine_device *device)
{
	return device->private + MACHINE_PRIVATE_KNODE_BUS + MACHINE_KLIST_NODE;
}

static void klist_goes_round(struct machine *machine, const struct machine_device *device)
{
	put(machine, klist_node(device), MACHINE_DIRECT_MAP + klist_node(device), 8);
}

static void klist_leads_nowhere(struct machine *machine, const struct machine_device *device)
{
	put(machine, klist_node(device), 8, 8);
	put(machine, device->private + MACHINE_PRIVATE_DEVICE, 16, 8);
}

static const struct damage damages[] = {
	{ "array_with_a_cycle_ends", node_names_its_ancestor, DEVICE_FROM_PGMAP, false, true,
	  true },
	{ "array_with_a_wrong_shift_is_told", node_has_a_wrong_shift, DEVICE_FROM_PGMAP, false,
	  true, true },
	{ "array_that_is_too_high_is_told", array_is_too_high, DEVICE_FROM_PGMAP, false, true,
	  true },
	{ "siblings_that_name_nothing_are_told", siblings_name_nothing, DEVICE_FROM_PGMAP, false,
	  true, true },
	{ "garbage_in_the_array_is_told", entries_are_garbage, DEVICE_FROM_PGMAP, false, true,
	  true },
	{ "array_of_one_node_many_times_ends", one_node_is_everywhere, DEVICE_FROM_PGMAP, false,
	  true, true },
	{ "array_that_is_none_is_told", array_is_a_value, DEVICE_FROM_PGMAP, false, true, true },
	{ "range_backwards_is_not_believed", range_ends_before_it_starts, DEVICE_FROM_PGMAP, true,
	  true, true },
	{ "range_of_half_pages_is_not_believed", range_has_no_whole_pages, DEVICE_FROM_PGMAP, true,
	  true, true },
	{ "range_of_everything_is_not_believed", range_is_all_there_is, DEVICE_FROM_PGMAP, true,
	  true, true },
	{ "range_that_the_array_denies_is_not_believed", range_is_of_somewhere_else,
	  DEVICE_FROM_PGMAP, true, true, true },
	{ "more_ranges_than_can_be_are_not_believed", ranges_are_too_many, DEVICE_FROM_PGMAP, true,
	  true, true },
	{ "dev_pagemap_without_a_range_is_not_believed", there_is_no_range, DEVICE_FROM_PGMAP, true,
	  true, true },
	{ "resource_that_is_its_own_sibling_ends", resource_is_its_own_sibling, DEVICE_FROM_PGMAP,
	  true, false, true },
	{ "resource_that_is_its_own_child_ends", resource_is_its_own_child, DEVICE_FROM_PGMAP, true,
	  false, true },
	{ "resource_outside_its_parent_is_told", resource_is_larger_than_its_parent,
	  DEVICE_FROM_PGMAP, true, false, true },
	{ "klist_that_goes_round_ends", klist_goes_round, DEVICE_FROM_PGMAP, true, true, true },
	{ "klist_that_leads_nowhere_ends", klist_leads_nowhere, DEVICE_FROM_PGMAP, true, true,
	  true },
};

static void device_is_found_despite_damage(void **state)
{
	const struct damage *damage = *state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax spec = {
		"dax7.0", "Persistent Memory", 0x140000, 0x148000, 0x140400, 9, 1, 0
	};
	struct machine_device parts = machine_dax(machine, &spec);

	damage->make(machine, &parts);
	struct analysis *analysis = analyze(machine);
	const struct device *device = expect_device(analysis, 0x140000);
	assert_int_equal(analysis->devices.count, 1);
	assert_int_equal(device->end, 0x148000);
	assert_int_equal(device->order, 9);
	assert_int_equal(device->source, damage->source);
	assert_int_equal(analysis->devices.pgmaps_known, damage->pgmaps_known);
	assert_int_equal(analysis->devices.resources_known, damage->resources_known);
	assert_string_equal(device->name, damage->named ? "dax7.0" : "");
	finish(analysis, machine);
}

static void ranges_that_cover_ordinary_memory_are_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);

	machine_pgmap_store(machine, 0, 0x200000, machine_object_new(machine));
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, 0);
	finish(analysis, machine);
}

static void more_ranges_than_any_machine_has_are_cut_off(void **state)
{
	(void)state;
	struct machine *machine = machine_of(MACHINE_D);
	const struct machine_dax spec = { NULL, NULL, 0x140000, 0x148000, 0, 9, 1, DAX_NO_PGMAP };
	paddr_t pgmaps[] = { machine_object_new(machine), machine_object_new(machine) };

	machine_dax(machine, &spec);
	for (pfn_t pfn = 0x140000; pfn < 0x148000; pfn++)
		machine_pgmap_store(machine, pfn, pfn + 1, pgmaps[pfn & 1]);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->devices.count, DEVICES_MAX);
	assert_false(analysis->devices.pgmaps_known);
	finish(analysis, machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(shared_pages_are_counted),
		cmocka_unit_test(devices_as_they_should_be_break_no_rule),
		cmocka_unit_test(kernel_without_device_memory_misses_nothing),
		cmocka_unit_test(device_zone_that_types_lack_is_the_last),
		cmocka_unit_test(machine_without_devices_has_none),
		cmocka_unit_test(extents_without_a_name_end_where_the_pgmap_changes),
		cmocka_unit_test(offline_ordinary_memory_is_no_device),
		cmocka_unit_test(device_in_an_early_section_is_found),
		cmocka_unit_test(device_without_a_driver_is_no_range),
		cmocka_unit_test(every_range_of_a_dev_pagemap_is_a_device),
		cmocka_unit_test(range_that_is_claimed_twice_is_cut),
		cmocka_unit_test(lost_dev_pagemap_yields_to_one_that_is_read),
		cmocka_unit_test(medium_is_that_of_the_resource_above),
		cmocka_unit_test(device_without_resources_has_no_medium),
		cmocka_unit_test(ranges_that_cover_ordinary_memory_are_refused),
		cmocka_unit_test(more_ranges_than_any_machine_has_are_cut_off),
	};
	struct CMUnitTest
		tests[COUNT_OF(others) + COUNT_OF(schemes) + COUNT_OF(losses) + COUNT_OF(damages)];
	size_t used = EXPECT_EACH(tests, 0, devices_are_found, schemes);

	used = EXPECT_EACH(tests, used, device_is_found_despite_a_loss, losses);
	used = EXPECT_EACH(tests, used, device_is_found_despite_damage, damages);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
