// SPDX-License-Identifier: LGPL-2.1-or-later
/* A dev_pagemap, or its altmap, that others contradict; and those that only look as if they did. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

static const struct machine_kernel kernel_b = { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_d = { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_e2 = { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE };
static const struct machine_dax two_mib = {
	"dax7.0", "Persistent Memory", 0x140000, 0x148000, 0, 9, 1, 0
};
static const struct machine_dax one_gib = {
	"dax7.0", "Persistent Memory", 0x140000, 0x180000, 0, 18, 1, 0
};
static const struct machine_dax base = {
	"dax7.0", "Soft Reserved", 0x140000, 0x148000, 0, 0, 1, 0
};
static const struct machine_dax in_device = {
	"dax7.0", "Persistent Memory", 0x140000, 0x148000, 0x140400, 9, 1, DAX_ALTMAP
};
static const struct machine_dax filesystem = {
	"namespace7.0", "Persistent Memory", 0x140000, 0x148000, 0, 0, 1, DAX_FS
};

struct scenario {
	const char *name;
	const struct machine_kernel *kernel;
	const struct machine_dax *spec;
	void (*arrange)(struct machine *machine, const struct machine_device *device);
	const char *part; /* of the only finding of all checks; NULL: there is none */
};

static void expect_of(const struct scenario *scenario, const char *check)
{
	struct machine *machine = machine_create(scenario->kernel);

	machine_populate(machine);
	struct machine_device device = machine_dax(machine, scenario->spec);
	scenario->arrange(machine, &device);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->part)
		expect_only(analysis, check, STATUS_FAIL, 1, scenario->part);
	else
		assert_int_equal(expect_run(analysis, check)->violations, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void run_scenario(void **state)
{
	expect_of(*state, "dax-pgmap");
}

static void run_altmap_scenario(void **state)
{
	expect_of(*state, "dax-altmap");
}

static void write_number(struct machine *machine, paddr_t at, uint64_t value, size_t size)
{
	image_write(machine_image(machine), at, value, size);
}

static void shift_set(struct machine *machine, const struct machine_device *device, uint64_t value)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_SHIFT, value, 8);
}

static void range_set(struct machine *machine, const struct machine_device *device, pfn_t start,
		      pfn_t end)
{
	machine_pgmap_range(machine, device->pgmap, 0, start, end);
}

static void ranges_set(struct machine *machine, const struct machine_device *device, uint64_t count)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_NR_RANGE, count, 4);
}

/* --- contradicted -------------------------------------------------------------------- */

static void shift_is_3(struct machine *machine, const struct machine_device *device)
{
	shift_set(machine, device, 3);
}

static void shift_is_9(struct machine *machine, const struct machine_device *device)
{
	shift_set(machine, device, 9);
}

static void shift_is_absurd(struct machine *machine, const struct machine_device *device)
{
	shift_set(machine, device, UINT64_C(1) << 40);
}

static void altmap_is_denied(struct machine *machine, const struct machine_device *device)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_FLAGS, 0, 4);
}

static void altmap_is_made_up(struct machine *machine, const struct machine_device *device)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_FLAGS, 1, 4);
}

static void altmap_end_set(struct machine *machine, const struct machine_device *device, pfn_t end)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_ALTMAP + MACHINE_ALTMAP_END, end, 8);
}

static void altmap_ends_behind(struct machine *machine, const struct machine_device *device)
{
	altmap_end_set(machine, device, 0x148000);
}

static void altmap_ends_before_it_begins(struct machine *machine,
					 const struct machine_device *device)
{
	altmap_end_set(machine, device, 0x1234);
}

/* Distilled before it was read. */
static void altmap_end_is_not_known(struct machine *machine, const struct machine_device *device)
{
	altmap_end_set(machine, device, 0);
}

static void there_is_no_range(struct machine *machine, const struct machine_device *device)
{
	ranges_set(machine, device, 0);
}

static void there_are_many_ranges(struct machine *machine, const struct machine_device *device)
{
	ranges_set(machine, device, 0x10001);
}

static void range_ends_early(struct machine *machine, const struct machine_device *device)
{
	range_set(machine, device, 0x140000, 0x142000);
}

static void range_ends_late(struct machine *machine, const struct machine_device *device)
{
	range_set(machine, device, 0x140000, 0x150000);
}

static void range_begins_late(struct machine *machine, const struct machine_device *device)
{
	range_set(machine, device, 0x141000, 0x148000);
}

static void type_is_of_filesystems(struct machine *machine, const struct machine_device *device)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_TYPE, MACHINE_TYPE_FS_DAX, 4);
}

static void type_is_private(struct machine *machine, const struct machine_device *device)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_TYPE, MACHINE_TYPE_PRIVATE, 4);
}

static void type_is_absurd(struct machine *machine, const struct machine_device *device)
{
	write_number(machine, device->pgmap + MACHINE_PGMAP_TYPE, 0xc0ffee, 4);
}

static void array_is_empty(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	write_number(machine, machine_pgmap_array(machine) + MACHINE_XA_HEAD, 0, 8);
}

static void array_lost_a_part(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	machine_pgmap_store(machine, 0x144000, 0x148000, 0);
}

static void slot_of_another(struct machine *machine, const struct machine_device *device)
{
	static const struct machine_dax spec = {
		"dax8.0", "Soft Reserved", 0x150000, 0x158000, 0x150000, 9, 1, 0
	};
	struct machine_device other = machine_dax(machine, &spec);

	(void)device;
	machine_pgmap_store(machine, 0x140000, 0x148000, other.pgmap);
}

static void flags_are_absurd(struct machine *machine, const struct machine_device *device)
{
	image_write(machine_image(machine), device->pgmap + MACHINE_PGMAP_FLAGS, 0xdeadbe00, 4);
}

/* All of it, with no more than the first range. */
static void fill(struct machine *machine, const struct machine_device *device, unsigned byte)
{
	for (unsigned at = 0; at < MACHINE_PGMAP_RANGES + MACHINE_RANGE_SIZE; at++)
		write_number(machine, device->pgmap + at, byte, 1);
}

static void all_is_zero(struct machine *machine, const struct machine_device *device)
{
	fill(machine, device, 0);
}

static void all_is_poison_and_the_array_lost(struct machine *machine,
					     const struct machine_device *device)
{
	fill(machine, device, 0x6b);
	machine_hide(machine, machine_pgmap_array(machine), 1, MEMORY_EXCLUDED);
}

static const struct scenario contradicted[] = {
	{ "all of it zero", &kernel_b, &two_mib, all_is_zero,
	  "is overwritten: it says nr_range 0, type 0 and range 0x0 to 0x0: each byte of these is "
	  "0x00, but pgmap_array, sections and struct pages show the device at pfn 0x140000 to "
	  "0x147fff" },
	{ "all of it poison, no array", &kernel_e2, &two_mib, all_is_poison_and_the_array_lost,
	  "each byte of these is 0x6b, but sections and struct pages show the device" },
	{ "all of it zero, file systems", &kernel_d, &filesystem, all_is_zero, "is overwritten" },
	{ "a slot of another device", &kernel_d, &two_mib, slot_of_another,
	  "for pfn 0x140000 to 0x147fff, leads to the dev_pagemap at" },
	{ "absurd flags", &kernel_b, &two_mib, flags_are_absurd,
	  "says flags 0xdeadbe00, and no kernel has 0xdeadbe00 of these" },
	{ "another shift", &kernel_b, &two_mib, shift_is_3,
	  "the dev_pagemap of dax7.0 says vmemmap_shift 3, but the struct pages, the page tables "
	  "and dev_dax.align say 9 (pages of 2 MiB)" },
	{ "another shift, tails of the zone", &kernel_e2, &two_mib, shift_is_3,
	  "but the struct pages, the page tables and dev_dax.align say 9" },
	{ "the shift of smaller pages", &kernel_b, &one_gib, shift_is_9,
	  "says vmemmap_shift 9, but the struct pages, the page tables and dev_dax.align say 18 "
	  "(pages of 1 GiB)" },
	{ "a shift, and base pages", &kernel_d, &base, shift_is_9,
	  "says vmemmap_shift 9, but the struct pages and dev_dax.align say 0" },
	{ "a shift for file systems", &kernel_d, &filesystem, shift_is_9,
	  "says vmemmap_shift 9, but the struct pages and its type say 0" },
	{ "an absurd shift", &kernel_b, &one_gib, shift_is_absurd,
	  "says vmemmap_shift 1099511627776, but the struct pages, the page tables and "
	  "dev_dax.align say 18" },
	{ "no altmap", &kernel_b, &in_device, altmap_is_denied,
	  "says in its flags (0x0) that there is no altmap, but the page tables show its memmap in "
	  "the device" },
	{ "an altmap", &kernel_b, &two_mib, altmap_is_made_up,
	  "says in its flags (0x1, PGMAP_ALTMAP_VALID) that its memmap is in the device, but the "
	  "page tables show it in RAM" },
	{ "no range", &kernel_d, &two_mib, there_is_no_range,
	  "says nr_range 0, but pgmap_array has 1 range of it" },
	{ "many ranges", &kernel_d, &two_mib, there_are_many_ranges,
	  "says nr_range 65537, but pgmap_array has 1 range of it" },
	{ "a range that ends early", &kernel_d, &two_mib, range_ends_early,
	  "says range 0x140000000 to 0x141ffffff, but pgmap_array and struct pages say "
	  "0x140000000 to 0x147ffffff" },
	{ "a range that ends late", &kernel_b, &two_mib, range_ends_late,
	  "says range 0x140000000 to 0x14fffffff, but pgmap_array and struct pages say" },
	{ "a range that begins late", &kernel_b, &two_mib, range_begins_late,
	  "says range 0x141000000 to 0x147ffffff, but pgmap_array and struct pages say" },
	{ "the type of file systems", &kernel_b, &two_mib, type_is_of_filesystems,
	  "says type 5, which has no compound pages" },
	{ "the type of private memory", &kernel_d, &two_mib, type_is_private,
	  "says type 2, which has no compound pages" },
	{ "an absurd type", &kernel_d, &base, type_is_absurd, "says type 12648430, which is none" },
	{ "an empty array", &kernel_d, &two_mib, array_is_empty,
	  "pgmap_array is empty, but sections and struct pages show 1 range of device memory (the "
	  "first is dax7.0)" },
	{ "an empty array, altmap", &kernel_d, &in_device, array_is_empty, "pgmap_array is empty" },
	{ "an array with a gap", &kernel_d, &two_mib, array_lost_a_part,
	  "pgmap_array lacks (a part of) 1 range of device memory that sections and struct pages "
	  "show: from pfn 0x144000 on, of dax7.0" },
};

/* --- not contradicted ------------------------------------------------------------------ */

static void nothing(struct machine *machine, const struct machine_device *device)
{
	(void)machine;
	(void)device;
}

/* memremap_pages() counts a range once its struct pages are written. */
static void device_is_being_added(struct machine *machine, const struct machine_device *device)
{
	ranges_set(machine, device, 0);
	for (pfn_t pfn = 0x146000; pfn < 0x148000; pfn++)
		machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS, 0, 8);
}

/* pageunmap_range() takes the memory away, then the entry of the array. */
static void device_is_being_removed(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	machine_section_add(machine, 0x140000 / MACHINE_SECTION_PAGES,
			    SECTION_DEVICE | SECTION_UNMAPPED | SECTION_NO_MEM_MAP, 0);
}

static void first_of_two_ranges_is_removed(struct machine *machine,
					   const struct machine_device *device)
{
	machine_pgmap_range(machine, device->pgmap, 0, 0x138000, 0x140000);
	machine_pgmap_range(machine, device->pgmap, 1, 0x140000, 0x148000);
	machine_pgmap_store(machine, 0x138000, 0x140000, 0);
}

static void ranges_touch_each_other(struct machine *machine, const struct machine_device *device)
{
	machine_pgmap_range(machine, device->pgmap, 0, 0x140000, 0x144000);
	machine_pgmap_range(machine, device->pgmap, 1, 0x144000, 0x148000);
}

static void node_of_the_array_is_lost(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	machine_hide(machine, machine_pgmap_node(machine, 0x140000, 18), 1, MEMORY_EXCLUDED);
	machine_hide(machine, machine_pgmap_node(machine, 0x140000, 12), 1, MEMORY_EXCLUDED);
}

/* One damaged head is no second witness against the shift. */
static void head_of_another_order(struct machine *machine, const struct machine_device *device)
{
	(void)device;
	machine_write_page(machine, 0x140001, MACHINE_PAGE_FLAGS, 3, 1);
}

/* Nothing tells that there still is a device. */
static void removed_and_freed(struct machine *machine, const struct machine_device *device)
{
	device_is_being_removed(machine, device);
	fill(machine, device, 0x6b);
}

static void not_in_the_dump(struct machine *machine, const struct machine_device *device)
{
	machine_hide(machine, device->pgmap, 1, MEMORY_EXCLUDED);
}

static const struct scenario legal[] = {
	{ "2 MiB", &kernel_b, &two_mib, nothing, NULL },
	{ "2 MiB, tails of the zone", &kernel_e2, &two_mib, nothing, NULL },
	{ "1 GiB", &kernel_b, &one_gib, nothing, NULL },
	{ "base pages", &kernel_d, &base, nothing, NULL },
	{ "altmap", &kernel_d, &in_device, nothing, NULL },
	{ "a file system's", &kernel_d, &filesystem, nothing, NULL },
	{ "being added", &kernel_d, &two_mib, device_is_being_added, NULL },
	{ "being removed", &kernel_d, &two_mib, device_is_being_removed, NULL },
	{ "removed and freed", &kernel_d, &two_mib, removed_and_freed, NULL },
	{ "not in the dump", &kernel_d, &two_mib, not_in_the_dump, NULL },
	{ "a range removed", &kernel_d, &two_mib, first_of_two_ranges_is_removed, NULL },
	{ "two ranges that touch", &kernel_d, &two_mib, ranges_touch_each_other, NULL },
	{ "an array with a hole in the dump", &kernel_d, &two_mib, node_of_the_array_is_lost,
	  NULL },
	{ "a damaged head", &kernel_b, &one_gib, head_of_another_order, NULL },
};

static const struct scenario altmaps[] = {
	{ "an altmap", &kernel_d, &in_device, nothing, NULL },
	{ "an altmap that ends late", &kernel_d, &in_device, altmap_ends_behind,
	  "the vmem_altmap of dax7.0 says end_pfn 0x148000, but its range ends at pfn 0x147fff" },
	{ "an altmap that ends early", &kernel_e2, &in_device, altmap_ends_before_it_begins,
	  "says end_pfn 0x1234, but its range ends at pfn 0x147fff" },
	{ "an altmap of an unknown end", &kernel_d, &in_device, altmap_end_is_not_known, NULL },
};

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(contradicted) + COUNT_OF(legal) + COUNT_OF(altmaps)];
	size_t used = EXPECT_EACH(tests, 0, run_scenario, contradicted);

	used = EXPECT_EACH(tests, used, run_scenario, legal);
	EXPECT_EACH(tests, used, run_altmap_scenario, altmaps);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
