// SPDX-License-Identifier: LGPL-2.1-or-later
/* The vmemmap as runs, and the questions that are put to them. */
#include "analyzer/parallel/parallel.h"
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
	struct vmemmap_run run;
	bool more = vmemmap_run_at(map, expected[0].first, &run);

	for (size_t i = 0; i < count; i++, more = vmemmap_run_next(map, &run)) {
		assert_true(more);
		assert_int_equal(run.first, expected[i].first);
		assert_int_equal(run.count, expected[i].count);
		assert_int_equal(run.frame, expected[i].frame);
		assert_int_equal(run.constant, expected[i].constant);
		assert_int_equal(run.writable, expected[i].writable);
		assert_int_equal(run.shared, expected[i].shared);
		assert_int_equal(run.backing, BACKING_BASE);
	}
}

static struct vmemmap_run run_of(const struct analysis *analysis, uint64_t index)
{
	struct vmemmap_run run;

	assert_true(vmemmap_run_at(&analysis->map, index, &run));
	return run;
}

static void vmemmap_of_leaves_is_one_run(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = expect_analysis(machine);
	const struct vmemmap_map *map = &analysis->map;

	(void)state;
	assert_int_equal(map->run_count, 1);
	assert_int_equal(map->rows[0].first, 0);
	assert_int_equal(map->rows[0].count, MACHINE_SECTIONS * 512);
	assert_int_equal(map->rows[0].frame, MACHINE_VMEMMAP_FRAMES);
	assert_int_equal(map->rows[0].backing, BACKING_LEAF);
	assert_int_equal(map->rows[0].level, 1);
	assert_true(map->rows[0].writable && map->rows[0].valid_known);
	assert_false(map->rows[0].shared || map->rows[0].constant);
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
	assert_true(run_of(analysis, AT).shared);
	assert_true(run_of(analysis, AT + 200).shared);
	assert_true(run_of(analysis, AT + 202).shared);
	assert_true(run_of(analysis, AT + 204).shared);
	assert_false(run_of(analysis, AT + 206).shared);
	assert_false(run_of(analysis, AT + 208).shared);
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
		struct vmemmap_run run = run_of(analysis, AT + i);
		uint64_t users = 0;

		for (unsigned k = 0; k < PAGES; k++)
			users += frames[k] == frames[i];
		assert_int_equal(vmemmap_run_frame(&run, AT + i), frames[i]);
		assert_int_equal(vmemmap_users(&analysis->map, frames[i]), users);
		assert_true(run.shared || users == 1);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- stripes ------------------------------------------------------------------ */

enum { STRIPED = 3 * 512, POOL = 700 }; /* vmemmap pages; frames to take from */

struct striped_page {
	pfn_t frame;
	bool writable;
};

static uint32_t random_next(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

/* Groups of @period pages, as the kernel makes them, or nearly so; how many pages. */
static unsigned groups_invent(struct striped_page *pages, unsigned room, uint32_t *random)
{
	enum { ONE, HEAD, OWN, KINDS };
	unsigned period = 3 + random_next(random) % 14, groups = 1 + random_next(random) % 40;
	unsigned kind = random_next(random) % KINDS, used = 0;
	bool head_writable = random_next(random) % 8, tails_writable = random_next(random) % 2;
	pfn_t zone = 0x3d000 + random_next(random) % POOL;
	pfn_t head = 0x3d000 + random_next(random) % POOL;

	for (unsigned group = 0; group < groups && used + period <= room; group++) {
		pfn_t tail = kind == ONE ? zone : kind == HEAD ? head : head + 1;

		pages[used++] = (struct striped_page){ head, head_writable };
		for (unsigned i = 1; i < period; i++)
			pages[used++] = (struct striped_page){ tail, tails_writable };
		head = random_next(random) % 4 ? head + 1 + (kind == OWN)
					       : 0x3d000 + random_next(random) % POOL;
	}
	return used;
}

static unsigned line_invent(struct striped_page *pages, unsigned room, uint32_t *random)
{
	unsigned count = 1 + random_next(random) % 60, used = 0;
	pfn_t frame = 0x3d000 + random_next(random) % POOL, step = random_next(random) % 4 != 0;

	for (; used < count && used < room; used++, frame += step)
		pages[used] = (struct striped_page){ frame, true };
	return used;
}

static void pages_invent(struct striped_page pages[STRIPED], uint32_t random)
{
	for (unsigned i = 0; i < STRIPED;)
		i += random_next(&random) % 3 ? groups_invent(pages + i, STRIPED - i, &random)
					      : line_invent(pages + i, STRIPED - i, &random);
	for (unsigned faults = random_next(&random) % 6; faults > 0; faults--) {
		struct striped_page *page = &pages[random_next(&random) % STRIPED];

		page->frame = 0x3d000 + random_next(&random) % POOL;
		page->writable ^= random_next(&random) % 2;
	}
}

static void check_users(const struct vmemmap_map *map, const struct striped_page pages[STRIPED],
			pfn_t frame)
{
	uint64_t users = 0, index, count;

	for (unsigned i = 0; i < STRIPED; i++)
		users += pages[i].frame == frame;
	assert_int_equal(vmemmap_users(map, frame), users);
	for (size_t cursor = 0; vmemmap_users_next(map, frame, &cursor, &index, &count);)
		for (uint64_t i = index; i < index + count; i++, users--) {
			assert_in_range(i, AT, AT + STRIPED - 1);
			assert_int_equal(pages[i - AT].frame, frame);
		}
	assert_int_equal(users, 0);
}

static void check_striped(const struct vmemmap_map *map, const struct striped_page pages[STRIPED])
{
	struct vmemmap_run run;
	uint64_t index = AT;
	pfn_t frame;

	for (pfn_t pool = 0; pool < POOL + 2 * STRIPED; pool++)
		check_users(map, pages, 0x3d000 + pool);
	for (bool more = vmemmap_run_from(map, AT, &run); index < AT + STRIPED;
	     more = vmemmap_run_next(map, &run)) {
		assert_true(more);
		assert_int_equal(run.first > index ? run.first : index, index);
		for (; index < vmemmap_run_end(&run) && index < AT + STRIPED; index++) {
			const struct striped_page *page = &pages[index - AT];

			assert_int_equal(vmemmap_run_frame(&run, index), page->frame);
			assert_int_equal(run.writable, page->writable);
			assert_true(run.shared || vmemmap_users(map, page->frame) == 1);
			assert_true(vmemmap_frame_at(map, index, &frame));
			assert_int_equal(frame, page->frame);
		}
	}
}

static void vmemmap_of_stripes_answers_as_a_plain_array_would(void **state)
{
	struct striped_page pages[STRIPED];
	size_t stripes = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct machine *machine = machine_new();

		pages_invent(pages, seed);
		for (unsigned i = 0; i < STRIPED; i++)
			machine_map(machine, AT + i, pages[i].frame, pages[i].writable);
		struct analysis *analysis = expect_analysis(machine);
		check_striped(&analysis->map, pages);
		for (size_t i = 0; i < analysis->map.row_count; i++)
			stripes += analysis->map.rows[i].period != 0;
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
	assert_in_range(stripes, 400, 40000);
}

/* Eight pages each, one after the other over many tables: one row, whatever the scheme. */
static void vmemmap_of_pages_that_are_alike_is_one_row(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		struct machine *machine = machine_new();

		for (unsigned i = 0; i < STRIPED; i++) {
			pfn_t head = 0x3d000 + 2 * (i / 8);
			pfn_t tail = kind == 0 ? 0x3cfff : kind == 1 ? head : head + 1;

			machine_map(machine, AT + i, i % 8 ? tail : head, i % 8 == 0);
		}
		struct analysis *analysis = expect_analysis(machine);
		const struct vmemmap_map *map = &analysis->map;
		const struct vmemmap_row *row = &map->rows[vmemmap_row_from(map, AT)];
		assert_int_equal(row->first, AT);
		assert_int_equal(row->count, STRIPED);
		assert_int_equal(row->period, 8);
		assert_false(row->shared);
		assert_int_equal(vmemmap_users(map, 0x3cfff), kind == 0 ? STRIPED / 8 * 7 : 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* One page of 1 GiB: its tails are in eight tables, and other pages follow. */
static void vmemmap_of_a_gigantic_page_is_one_group(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	for (unsigned i = 0; i < STRIPED - 16; i++)
		machine_map(machine, AT + i, i ? 0x3cfff : 0x3d000, i == 0);
	for (unsigned i = STRIPED - 16; i < STRIPED; i++)
		machine_map(machine, AT + i, i % 8 ? 0x3cfff : 0x3d001 + i / 8, i % 8 == 0);
	struct analysis *analysis = expect_analysis(machine);
	const struct vmemmap_map *map = &analysis->map;
	const struct vmemmap_row *row = &map->rows[vmemmap_row_from(map, AT)];
	assert_int_equal(row[0].period, STRIPED - 16);
	assert_int_equal(row[1].first, AT + STRIPED - 16);
	assert_int_equal(row[1].period, 8);
	assert_int_equal(row[1].count, 16);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* The vmemmap is walked in parts: groups that lie in two of them. */
static void vmemmap_of_groups_across_parts(void **state)
{
	enum { BETWEEN = PART_SECTIONS * 512 };

	(void)state;
	for (unsigned before = 1; before < 8; before++) {
		struct machine *machine = machine_new();
		pfn_t head = 0x3d000, tail = 0x3e000, other = 0x3f000;

		for (unsigned nr = MACHINE_SECTIONS; nr < PART_SECTIONS + 8; nr++)
			machine_section_add(machine, nr, SECTION_ONLINE, UINT64_MAX);
		for (unsigned i = 0; i < 3 * 8; i++)
			machine_map(machine, BETWEEN - before - 8 + i, i % 8 ? tail : head + i / 8,
				    i % 8 == 0);
		/* The frame of the head in between has another user, the others have none. */
		machine_map(machine, AT, other, true);
		machine_map(machine, AT + 2, head + 1, true);
		struct analysis *analysis = expect_analysis(machine);
		const struct vmemmap_map *map = &analysis->map;
		assert_int_equal(vmemmap_users(map, tail), 3 * 7);
		assert_int_equal(vmemmap_users(map, head), 1);
		assert_int_equal(vmemmap_users(map, head + 1), 2);
		assert_int_equal(vmemmap_users(map, head + 2), 1);
		assert_false(run_of(analysis, BETWEEN - before - 8).shared);
		assert_true(run_of(analysis, BETWEEN - before).shared);
		assert_false(run_of(analysis, BETWEEN - before + 8).shared);
		assert_true(run_of(analysis, BETWEEN).shared);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
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
	assert_int_equal(map->rows[1].first, 40 * 512);
	assert_int_equal(map->rows[1].count, 512);
	assert_int_equal(map->rows[2].first, 60 * 512);
	assert_int_equal(map->rows[2].count, 512);
	assert_int_equal(map->rows[2].backing, BACKING_HOLE);
	assert_int_equal(map->pages_hole, 512);
	assert_int_equal(map->pages, (MACHINE_SECTIONS + 2) * 512);

	struct vmemmap_run run;
	assert_false(vmemmap_run_at(map, 30 * 512, &run));
	assert_false(vmemmap_run_at(map, 61 * 512, &run));
	assert_true(vmemmap_run_from(map, 30 * 512, &run));
	assert_int_equal(run.first, 40 * 512);
	assert_false(vmemmap_run_from(map, 61 * 512, &run));
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
	assert_int_equal(map->rows[1].first, 40 * 512);
	assert_int_equal(map->rows[1].count, 16);
	assert_int_equal(map->rows[2].first, 40 * 512 + 32);
	assert_int_equal(map->rows[2].count, 8);
	assert_true(kernel_pfn_valid(&analysis->target.kernel, 40 * MACHINE_SECTION_PAGES + 1023));
	assert_false(kernel_pfn_valid(&analysis->target.kernel, 40 * MACHINE_SECTION_PAGES + 1024));
	assert_false(kernel_pfn_valid(&analysis->target.kernel, 39 * MACHINE_SECTION_PAGES));
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
	expect_no_error(vmemmap_read(&analysis->target.kernel, &analysis->map,
				     analysis->target.memory, pfn + 63, bytes, sizeof(bytes),
				     &memory_state));
	assert_int_equal(memory_state, MEMORY_PRESENT);
	assert_int_equal(bytes[0], 0x11);
	assert_int_equal(bytes[64], 0x22);

	expect_no_error(vmemmap_read(&analysis->target.kernel, &analysis->map,
				     analysis->target.memory, pfn + 3 * 64 - 1, bytes,
				     sizeof(bytes), &memory_state));
	assert_int_equal(memory_state, MEMORY_ABSENT);
	expect_no_error(vmemmap_read(&analysis->target.kernel, &analysis->map,
				     analysis->target.memory, pfn + 4 * 64, bytes, 8,
				     &memory_state));
	assert_int_equal(memory_state, MEMORY_TRUNCATED);
	expect_no_error(vmemmap_read(&analysis->target.kernel, &analysis->map,
				     analysis->target.memory, UINT64_C(1) << 40, bytes, 8,
				     &memory_state));
	assert_int_equal(memory_state, MEMORY_ABSENT);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void vmemmap_names_pages_by_index(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = expect_analysis(machine);
	const struct kernel *kernel = &analysis->target.kernel;

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
		cmocka_unit_test(vmemmap_of_stripes_answers_as_a_plain_array_would),
		cmocka_unit_test(vmemmap_of_pages_that_are_alike_is_one_row),
		cmocka_unit_test(vmemmap_of_a_gigantic_page_is_one_group),
		cmocka_unit_test(vmemmap_of_groups_across_parts),
		cmocka_unit_test(vmemmap_of_sections_with_gaps),
		cmocka_unit_test(vmemmap_of_subsections),
		cmocka_unit_test(vmemmap_counts_tables_of_devices_apart),
		cmocka_unit_test(vmemmap_read_follows_the_map),
		cmocka_unit_test(vmemmap_names_pages_by_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
