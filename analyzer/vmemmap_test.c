// SPDX-License-Identifier: LGPL-2.1-or-later
/* The vmemmap as runs, and the questions that are put to them. */
#include "testdata/machine/expect.h"

/* Section 4 of node 0 is ordinary memory; its first vmemmap page is AT. */
enum { AT = 4 * 512 };

static struct machine *machine_new(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
}

/* Runs that begin in [AT, AT + count), as "first+count frame" by the test's table. */
struct run {
	uint64_t first, count;
	pfn_t frame;
	bool constant, writable, shared;
};

static void check_runs(const struct analysis *analysis, const struct run *expected, size_t count)
{
	const struct vmemmap_map *map = &analysis->map;
	const struct vmemmap_run *run = vmemmap_run_at(map, expected[0].first);

	for (size_t i = 0; i < count; i++, run++) {
		assert_true(run < map->runs + map->run_count);
		assert_int_equal(run->first, expected[i].first);
		assert_int_equal(run->count, expected[i].count);
		assert_int_equal(run->frame, expected[i].frame);
		assert_int_equal(run->constant, expected[i].constant);
		assert_int_equal(run->writable, expected[i].writable);
		assert_int_equal(run->shared, expected[i].shared);
		assert_int_equal(run->backing, BACKING_BASE);
	}
}

static void vmemmap_of_leaves_is_one_run(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = expect_analysis(machine);
	const struct vmemmap_map *map = &analysis->map;

	(void)state;
	assert_int_equal(map->run_count, 1);
	assert_int_equal(map->runs[0].first, 0);
	assert_int_equal(map->runs[0].count, MACHINE_SECTIONS * 512);
	assert_int_equal(map->runs[0].frame, MACHINE_VMEMMAP_FRAMES);
	assert_int_equal(map->runs[0].backing, BACKING_LEAF);
	assert_int_equal(map->runs[0].level, 1);
	assert_true(map->runs[0].writable && map->runs[0].valid_known);
	assert_false(map->runs[0].shared || map->runs[0].constant);
	assert_int_equal(map->pages, MACHINE_SECTIONS * 512);
	assert_int_equal(map->table_pages, 0);
	assert_int_equal(map->pages_hole + map->pages_unreadable, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* H H+1 H+1 H+1 ...: linear for two pages, yet the second belongs to what follows. */
static void vmemmap_constant_run_begins_at_its_first_page(void **state)
{
	struct machine *machine = machine_new();
	pfn_t h = machine_frame_new(machine);

	(void)state;
	machine_map(machine, AT, h, true);
	for (unsigned i = 1; i < 8; i++)
		machine_map(machine, AT + i, h + 1, true);
	machine_map(machine, AT + 8, h + 2, true);
	machine_map(machine, AT + 9, h + 3, true);
	struct analysis *analysis = expect_analysis(machine);
	const struct run expected[] = {
		{ AT, 1, h, false, true, false },
		{ AT + 1, 7, h + 1, true, true, true },
		{ AT + 8, 2, h + 2, false, true, false },
	};
	check_runs(analysis, expected, COUNT_OF(expected));
	assert_int_equal(vmemmap_users(&analysis->map, h), 1);
	assert_int_equal(vmemmap_users(&analysis->map, h + 1), 7);
	assert_int_equal(vmemmap_users(&analysis->map, h + 2), 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_runs_end_where_something_differs(void **state)
{
	struct machine *machine = machine_new();
	pfn_t f = 0x3d000;

	(void)state;
	machine_map(machine, AT, f, true);
	machine_map(machine, AT + 1, f + 1, true);
	machine_map(machine, AT + 2, f + 2, false); /* linear, but read-only */
	machine_map(machine, AT + 3, f + 3, false);
	machine_map(machine, AT + 4, f + 3, true); /* the same frame, but writable */
	machine_map(machine, AT + 5, f + 3, true);
	machine_map(machine, AT + 6, f + 9, true); /* elsewhere */
	machine_map(machine, AT + 7, f + 8, true); /* descending */
	struct analysis *analysis = expect_analysis(machine);
	const struct run expected[] = {
		{ AT, 2, f, false, true, false },	  { AT + 2, 2, f + 2, false, false, true },
		{ AT + 4, 2, f + 3, true, true, true },	  { AT + 6, 1, f + 9, false, true, false },
		{ AT + 7, 1, f + 8, false, true, false },
	};
	check_runs(analysis, expected, COUNT_OF(expected));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_users_are_found_across_runs(void **state)
{
	static const uint64_t places[][2] = { { AT + 2, 1 }, { AT + 8, 4 }, { AT + 300, 1 } };
	struct machine *machine = machine_new();
	pfn_t f = 0x3d000;
	uint64_t index, count;
	size_t cursor = 0, found = 0;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		machine_map(machine, AT + i, f + i, true); /* holds f + 2 in its middle */
		machine_map(machine, AT + 8 + i, f + 2, false);
	}
	machine_map(machine, AT + 300, f + 2, true);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(vmemmap_users(&analysis->map, f + 2), 6);
	assert_int_equal(vmemmap_users(&analysis->map, f + 3), 1);
	assert_int_equal(vmemmap_users(&analysis->map, 0x3ffff), 0);
	while (vmemmap_users_next(&analysis->map, f + 2, &cursor, &index, &count)) {
		bool known = false;

		for (size_t i = 0; i < COUNT_OF(places); i++)
			known |= index == places[i][0] && count == places[i][1];
		assert_true(known);
		found++;
	}
	assert_int_equal(found, COUNT_OF(places));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* A long run overlaps others that do not touch each other: all three are shared. */
static void vmemmap_marks_every_run_that_overlaps(void **state)
{
	struct machine *machine = machine_new();
	pfn_t f = 0x3d000;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		machine_map(machine, AT + i, f + i, true);
	machine_map(machine, AT + 200, f + 10, true);
	machine_map(machine, AT + 202, f + 11, true);
	machine_map(machine, AT + 204, f + 99, true);
	machine_map(machine, AT + 206, f + 100, true);
	machine_map(machine, AT + 208, f - 1, true);
	struct analysis *analysis = expect_analysis(machine);
	assert_true(vmemmap_run_at(&analysis->map, AT)->shared);
	assert_true(vmemmap_run_at(&analysis->map, AT + 200)->shared);
	assert_true(vmemmap_run_at(&analysis->map, AT + 202)->shared);
	assert_true(vmemmap_run_at(&analysis->map, AT + 204)->shared);
	assert_false(vmemmap_run_at(&analysis->map, AT + 206)->shared);
	assert_false(vmemmap_run_at(&analysis->map, AT + 208)->shared);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Every page against an answer found the slow way. */
static void vmemmap_answers_as_a_plain_array_would(void **state)
{
	enum { PAGES = 512, FRAMES = 40 };
	struct machine *machine = machine_new();
	pfn_t frames[PAGES] = { 0 };
	uint32_t random = 12345;

	(void)state;
	for (unsigned i = 0; i < PAGES; i++) {
		random = random * 1664525 + 1013904223;
		frames[i] = random >> 31 && i ? frames[i - 1] + (random >> 30 & 1)
					      : 0x3d000 + (random >> 16) % FRAMES;
		machine_map(machine, AT + i, frames[i], true);
	}
	struct analysis *analysis = expect_analysis(machine);
	for (unsigned i = 0; i < PAGES; i++) {
		const struct vmemmap_run *run = vmemmap_run_at(&analysis->map, AT + i);
		uint64_t users = 0;

		for (unsigned k = 0; k < PAGES; k++)
			users += frames[k] == frames[i];
		assert_int_equal(vmemmap_run_frame(run, AT + i), frames[i]);
		assert_int_equal(vmemmap_users(&analysis->map, frames[i]), users);
		assert_true(run->shared || users == 1);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_of_sections_with_gaps(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_section_add(machine, 40, SECTION_ONLINE, UINT64_MAX);
	machine_section_add(machine, 60, SECTION_ONLINE | SECTION_UNMAPPED, UINT64_MAX);
	machine_section_add(machine, 61, SECTION_NO_MEM_MAP | SECTION_UNMAPPED, UINT64_MAX);
	struct analysis *analysis = expect_analysis(machine);
	const struct vmemmap_map *map = &analysis->map;
	assert_int_equal(map->run_count, 3);
	assert_int_equal(map->runs[1].first, 40 * 512);
	assert_int_equal(map->runs[1].count, 512);
	assert_int_equal(map->runs[2].first, 60 * 512);
	assert_int_equal(map->runs[2].count, 512);
	assert_int_equal(map->runs[2].backing, BACKING_HOLE);
	assert_int_equal(map->pages_hole, 512);
	assert_int_equal(map->pages, (MACHINE_SECTIONS + 2) * 512);

	assert_null(vmemmap_run_at(map, 30 * 512));
	assert_null(vmemmap_run_at(map, 61 * 512));
	assert_ptr_equal(vmemmap_run_from(map, 30 * 512), &map->runs[1]);
	assert_ptr_equal(vmemmap_run_from(map, 61 * 512), map->runs + map->run_count);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Valid sub-sections 0, 1 and 4: each 2 MiB of memory is 8 vmemmap pages. */
static void vmemmap_of_subsections(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_section_add(machine, 40, SECTION_ONLINE, 0x13);
	struct analysis *analysis = expect_analysis(machine);
	const struct vmemmap_map *map = &analysis->map;
	assert_int_equal(map->run_count, 3);
	assert_int_equal(map->runs[1].first, 40 * 512);
	assert_int_equal(map->runs[1].count, 16);
	assert_int_equal(map->runs[2].first, 40 * 512 + 32);
	assert_int_equal(map->runs[2].count, 8);
	assert_true(kernel_pfn_valid(&analysis->kernel, 40 * MACHINE_SECTION_PAGES + 1023));
	assert_false(kernel_pfn_valid(&analysis->kernel, 40 * MACHINE_SECTION_PAGES + 1024));
	assert_false(kernel_pfn_valid(&analysis->kernel, 39 * MACHINE_SECTION_PAGES));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_counts_tables_of_devices_apart(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_split(machine, AT);
	machine_split(machine, 6 * 512);
	for (unsigned i = 0; i < 3; i++) {
		machine_section_add(machine, 40 + i, SECTION_DEVICE, UINT64_MAX);
		machine_split(machine, (40 + i) * 512);
	}
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->map.table_pages, 2);
	assert_int_equal(analysis->map.device_table_pages, 3);
	assert_int_equal(analysis->savings.hugetlb.page_table_cost_bytes, 2 * 4096);
	assert_int_equal(analysis->savings.hugetlb.net_bytes, -2 * 4096);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_read_follows_the_map(void **state)
{
	struct machine *machine = machine_new();
	pfn_t pfn = (pfn_t)AT * 64;
	enum memory_state memory_state;
	unsigned char bytes[128];

	(void)state;
	machine_map(machine, AT, machine_frame_new(machine), true);
	machine_map(machine, AT + 1, machine_frame_new(machine), true);
	machine_unmap(machine, AT + 3);
	machine_write_page(machine, pfn + 63, 0, 0x11, 1);
	machine_write_page(machine, pfn + 64, 0, 0x22, 1);
	machine_hide(machine, machine_frame(machine, AT + 4) << 12, 1, MEMORY_TRUNCATED);
	struct analysis *analysis = expect_analysis(machine);

	/* Two struct pages in two frames. */
	expect_no_error(vmemmap_read(&analysis->kernel, &analysis->map, analysis->memory, pfn + 63,
				     bytes, sizeof(bytes), &memory_state));
	assert_int_equal(memory_state, MEMORY_PRESENT);
	assert_int_equal(bytes[0], 0x11);
	assert_int_equal(bytes[64], 0x22);

	expect_no_error(vmemmap_read(&analysis->kernel, &analysis->map, analysis->memory,
				     pfn + 3 * 64 - 1, bytes, sizeof(bytes), &memory_state));
	assert_int_equal(memory_state, MEMORY_ABSENT);
	expect_no_error(vmemmap_read(&analysis->kernel, &analysis->map, analysis->memory,
				     pfn + 4 * 64, bytes, 8, &memory_state));
	assert_int_equal(memory_state, MEMORY_TRUNCATED);
	expect_no_error(vmemmap_read(&analysis->kernel, &analysis->map, analysis->memory,
				     UINT64_C(1) << 40, bytes, 8, &memory_state));
	assert_int_equal(memory_state, MEMORY_ABSENT);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_names_pages_by_index(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = expect_analysis(machine);
	const struct kernel *kernel = &analysis->kernel;

	(void)state;
	assert_int_equal(vmemmap_index_of(kernel, 0), 0);
	assert_int_equal(vmemmap_index_of(kernel, 63), 0);
	assert_int_equal(vmemmap_index_of(kernel, 64), 1);
	assert_int_equal(vmemmap_first_pfn(kernel, 2), 128);
	assert_int_equal(vmemmap_address(kernel, 3), MACHINE_VMEMMAP + 0x3000);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmemmap_of_leaves_is_one_run),
		cmocka_unit_test(vmemmap_constant_run_begins_at_its_first_page),
		cmocka_unit_test(vmemmap_runs_end_where_something_differs),
		cmocka_unit_test(vmemmap_users_are_found_across_runs),
		cmocka_unit_test(vmemmap_marks_every_run_that_overlaps),
		cmocka_unit_test(vmemmap_answers_as_a_plain_array_would),
		cmocka_unit_test(vmemmap_of_sections_with_gaps),
		cmocka_unit_test(vmemmap_of_subsections),
		cmocka_unit_test(vmemmap_counts_tables_of_devices_apart),
		cmocka_unit_test(vmemmap_read_follows_the_map),
		cmocka_unit_test(vmemmap_names_pages_by_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
