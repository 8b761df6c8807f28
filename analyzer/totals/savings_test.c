// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is counted as saved, as cost, and as still to be had. */
#include "testdata/machine/expect.h"

static struct machine *machine_of(enum machine_scheme scheme)
{
	return machine_create(&(struct machine_kernel){
		.scheme = scheme, .mark = scheme == MACHINE_B ? MARK_DTOR : MARK_TYPE_BYTE });
}

static void savings_count_the_mapping_and_not_the_flag(void **state)
{
	struct machine *machine = machine_of(MACHINE_B);

	(void)state;
	machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
	machine_huge_page(machine, 0x10200, 9, HUGE_FLAG);  /* promises, saves nothing */
	machine_huge_page(machine, 0x10400, 9, HUGE_REMAP); /* saves, promises nothing */
	machine_huge_page(machine, 0x10600, 9, HUGE_FLAG);
	machine_huge_share(machine, 0x10600, 9, 0, 4);
	for (pfn_t pfn = 0x10200; pfn <= 0x10600; pfn += 0x200)
		machine_huge_uncount(machine, pfn, 9);
	struct analysis *analysis = expect_analysis(machine);
	const struct pool *pool = &analysis->savings.pools[0];
	assert_int_equal(analysis->savings.pool_count, 1);
	assert_int_equal(pool->saved_bytes, (7 + 0 + 7 + 3) * 4096);
	assert_int_equal(pool->optimized, 3);
	assert_int_equal(pool->not_optimized, 1);
	assert_int_equal(pool->in_transition, 3);
	assert_int_equal(pool->flagless, 1);
	assert_int_equal(pool->blocked[BLOCKER_FLAG_ONLY], 1);
	assert_int_equal(pool->could_save_bytes, 7 * 4096);
	assert_int_equal(analysis->savings.table_pages, 1);
	assert_int_equal(analysis->savings.hugetlb.net_bytes, (17 - 1) * 4096);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void savings_do_not_charge_for_shared_frames_that_nobody_maps(void **state)
{
	struct machine *machine = machine_of(MACHINE_D);

	(void)state;
	machine_zone_tail(machine, 0, MACHINE_ZONE_NORMAL, 9);
	machine_zone_tail(machine, 1, MACHINE_ZONE_MOVABLE, 18);
	machine_huge_page(machine, 0x48000, 9, HUGE_OPTIMIZED);
	machine_huge_page(machine, 0x48200, 9, HUGE_OPTIMIZED);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.shared_frames, 1);
	assert_int_equal(analysis->savings.hugetlb.gross_bytes, 14 * 4096);
	assert_int_equal(analysis->savings.hugetlb.net_bytes, (14 - 1 - 1) * 4096);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void savings_can_be_negative(void **state)
{
	struct machine *machine = machine_of(MACHINE_D);

	(void)state;
	for (uint64_t section = 1; section < 5; section++)
		machine_split(machine, section * 512);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.hugetlb.gross_bytes, 0);
	assert_int_equal(analysis->savings.hugetlb.net_bytes, -4 * 4096);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void savings_of_an_unreadable_mapping_are_none(void **state)
{
	struct machine *machine = machine_of(MACHINE_B);
	uint64_t last_table = machine_vmemmap_address(machine_index(0x80000) + 7 * 512);

	(void)state;
	machine_huge_page(machine, 0x80000, 18, HUGE_OPTIMIZED);
	machine_hide(machine, machine_table(machine, last_table, 0), 1, MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct huge_page *page = expect_page(analysis, 0x80000);
	assert_int_equal(page->mapping.kind, MAPPED_UNKNOWN);
	assert_int_equal(page->mapping.missing, 512);
	assert_int_equal(page->mapping.at_target, 4095 - 512);
	assert_int_equal(huge_page_saving(page), 0);
	assert_true(analysis->savings.hugetlb.at_least);
	assert_true(analysis->savings.total.at_least);
	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
	assert_int_equal(expect_run(analysis, "hugetlb-tail-target")->status, STATUS_NOT_CHECKED);
	assert_int_equal(expect_run(analysis, "hugetlb-savings-agree")->status, STATUS_NOT_CHECKED);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void savings_keep_pools_apart_and_in_order(void **state)
{
	static const struct {
		unsigned order, node;
	} expected[] = { { 9, 0 }, { 9, 1 }, { 18, 0 }, { 18, 1 } };
	struct machine *machine = machine_of(MACHINE_D);

	(void)state;
	machine_huge_page(machine, 0x0, 18, 0);
	machine_huge_page(machine, 0x40000, 18, HUGE_FREE);
	machine_huge_page(machine, 0x80000, 9, 0);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.pool_count, 3);
	analysis_destroy(analysis);
	machine_destroy(machine);

	machine = machine_of(MACHINE_D);
	machine_huge_page(machine, 0x80000, 18, 0);
	machine_huge_page(machine, 0x40000, 9, 0);
	machine_huge_page(machine, 0x20000, 9, 0);
	machine_huge_page(machine, 0x48000, 9, 0);
	machine_huge_page(machine, 0x28000, 9, 0);
	analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.pool_count, 3);
	for (size_t i = 0, k = 0; i < analysis->savings.pool_count; i++, k++) {
		const struct pool *pool = &analysis->savings.pools[i];

		while (k < COUNT_OF(expected) &&
		       (expected[k].order != pool->order || expected[k].node != pool->node))
			k++;
		assert_true(k < COUNT_OF(expected));
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Kernels before 5.19: a bool, or a static key, that a boot parameter sets. */
static void switch_is_found_wherever_a_kernel_has_it(void **state)
{
	static const struct {
		const char *symbol; /* NULL: none */
		enum machine_scheme scheme;
		unsigned value, freeable, optimized;
		int on;
		enum blocker blocker;
	} cases[] = {
		{ "hugetlb_free_vmemmap_enabled", MACHINE_A, 1, 6, 0, 1, BLOCKER_WAS_OFF },
		{ "hugetlb_free_vmemmap_enabled", MACHINE_A, 0, 6, 0, 0, BLOCKER_OFF_AT_BOOT },
		{ NULL, MACHINE_A, 0, 0, 0, 0, BLOCKER_OFF_AT_BOOT },
		{ NULL, MACHINE_A, 0, 6, 0, 1, BLOCKER_WAS_OFF },
		{ NULL, MACHINE_A, 0, 0, HUGE_OPTIMIZED, 1, BLOCKER_WAS_OFF },
		{ "vmemmap_optimize_mode", MACHINE_B, 1, 0, 0, 1, BLOCKER_WAS_OFF },
		{ "vmemmap_optimize_mode", MACHINE_B, 0, 0, 0, 0, BLOCKER_OFF },
		{ NULL, MACHINE_B, 0, 0, 0, -1, BLOCKER_UNTOLD },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(&(struct machine_kernel){
			.scheme = cases[i].scheme, .mark = MARK_DTOR, .no_switch = true });

		print_message("    %s %u\n", cases[i].symbol, cases[i].value);
		if (cases[i].symbol)
			image_write(machine_image(machine),
				    machine_symbol_add(machine, cases[i].symbol), cases[i].value,
				    4);
		image_write(machine_image(machine), machine_hstate(machine, 0) + 200,
			    cases[i].freeable, 4);
		machine_huge_page(machine, 0x10000, 9, 0);
		if (cases[i].optimized)
			machine_huge_page(machine, 0x10200, 9, cases[i].optimized);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->target.kernel.optimize_enabled, cases[i].on);
		assert_int_equal(analysis->savings.pools[0].blocked[cases[i].blocker], 1);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void struct_pages_of_an_odd_size_can_save_nothing(void **state)
{
	struct machine *machine = machine_of(MACHINE_D);
	struct savings savings;

	(void)state;
	machine_huge_page(machine, 0x10000, 9, 0);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.total.could_save_bytes, 7 * 4096);
	analysis->target.kernel.struct_page_size = 80;
	expect_no_error(savings_count(&analysis->survey, &savings));
	assert_int_equal(savings.total.could_save_bytes, 0);
	assert_int_equal(savings.pools[0].blocked[BLOCKER_SIZE], 1);
	savings_deinit(&savings);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void blockers_have_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BLOCKER_COUNT; i++) {
		assert_non_null(blocker_id((enum blocker)i));
		assert_non_null(blocker_text((enum blocker)i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(blocker_id((enum blocker)i),
						blocker_id((enum blocker)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(savings_count_the_mapping_and_not_the_flag),
		cmocka_unit_test(savings_do_not_charge_for_shared_frames_that_nobody_maps),
		cmocka_unit_test(savings_can_be_negative),
		cmocka_unit_test(savings_of_an_unreadable_mapping_are_none),
		cmocka_unit_test(savings_keep_pools_apart_and_in_order),
		cmocka_unit_test(switch_is_found_wherever_a_kernel_has_it),
		cmocka_unit_test(struct_pages_of_an_odd_size_can_save_nothing),
		cmocka_unit_test(blockers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
