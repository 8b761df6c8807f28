// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which pools there are, where the number, an order or a name is overwritten. */
#include "analyzer/pages/hstates.h"

#include <string.h>

#include "testdata/machine/expect.h"

#define KERNEL(s) (&(struct machine_kernel){ .scheme = (s), .mark = MARK_TYPE_BYTE })

enum { ORDER_2M = 9, ORDER_1G = 18, GARBAGE = 0x41 };

static void hstate_put(struct machine *machine, unsigned index, const char *name, uint64_t order)
{
	paddr_t hstate = machine_hstate(machine, index);

	image_write_text(machine_image(machine), hstate + MACHINE_HSTATE_NAME, name);
	image_write(machine_image(machine), hstate + MACHINE_HSTATE_ORDER, order, 4);
}

static void number_put(struct machine *machine, uint64_t number)
{
	image_write(machine_image(machine), machine_max_hstate(machine), number, 4);
}

/* All that is found: not all may have been looked at. */
static void expect_one_finding(const struct analysis *analysis, const char *id, const char *part)
{
	const struct check_run *run = expect_run(analysis, id);

	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 1);
	assert_int_equal(run->violations, 1);
	if (!strstr(run->findings[0].message, part))
		fail_msg("'%s' is not about '%s'", run->findings[0].message, part);
}

static void expect_pools(const struct inventory *inventory)
{
	assert_int_equal(inventory->hstate_count, 2);
	assert_true(inventory->hstates_known && inventory->orders_known);
	assert_int_equal(inventory->hstates[0].order, ORDER_2M);
	assert_int_equal(inventory->hstates[1].order, ORDER_1G);
	assert_string_equal(inventory->hstates[0].name, "hugepages-2048kB");
	assert_string_equal(inventory->hstates[1].name, "hugepages-1048576kB");
	assert_int_equal(inventory->pages.count, 6);
}

static void the_array_is_right_where_the_number_is_not(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 3, 16, 17, 255, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_D));

		machine_populate(machine);
		number_put(machine, numbers[i]);
		struct analysis *analysis = expect_analysis(machine);
		expect_pools(&analysis->inventory);
		assert_true(analysis->inventory.pools_said.refuted);
		expect_one_finding(analysis, "hugetlb-pool-counters", "hugetlb_max_hstate is ");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void a_machine_without_pools_is_sound(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D));

	(void)state;
	number_put(machine, 0);
	hstate_put(machine, 0, "", 0);
	hstate_put(machine, 1, "", 0);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->inventory.hstate_count, 0);
	assert_true(analysis->inventory.hstates_known && analysis->inventory.orders_known);
	assert_false(analysis->inventory.pools_said.refuted);
	assert_int_equal(analysis->inventory.candidates, 0);
	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void an_order_is_told_by_the_other_witnesses(void **state)
{
	static const struct {
		const char *name;
		uint64_t order;
		const char *text;
	} cases[] = {
		{ "hugepages-2048kB", 0, "its order is 0, but its name is that of order 9" },
		{ "hugepages-2048kB", GARBAGE, "its order is 65, but its name is that of order 9" },
		{ "hugepages-2048kB", 10, "its order is 10, but its name is that of order 9" },
		{ "hugepages-2048kB", ORDER_1G,
		  "its order is 18, but its name is that of order 9" },
		{ "", 9, "its name is not hugepages-2048kB" },
		{ "huge", 9, "its name is not hugepages-2048kB" },
		{ "hugepages-2048kBx", 9, "its name is not hugepages-2048kB" },
		{ "hugepages-64kB", 9, "its name is not hugepages-2048kB" },
		{ "hugepages-4096kB", 9, "its name is not hugepages-2048kB" },
		{ "hugepages-1048576kB", 9, "its name is not hugepages-2048kB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_D));

		machine_populate(machine);
		hstate_put(machine, 0, cases[i].name, cases[i].order);
		struct analysis *analysis = expect_analysis(machine);
		expect_pools(&analysis->inventory);
		expect_one_finding(analysis, "hugetlb-pool-counters", cases[i].text);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Its pages are found by their marks, and nothing of them is blamed. */
static void an_entry_of_which_nothing_is_right_is_one_finding(void **state)
{
	static const struct {
		unsigned index;
		const char *name;
		uint64_t order;
		const char *text;
	} cases[] = {
		{ 0, "", 0, "hstates[0]" },
		{ 1, "", 0, "hstates[1]" },
		{ 0, "\245\245", GARBAGE, "its name is that of no pool" },
		{ 1, "hugepages-2048kB", ORDER_2M, "its name is that of another pool" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_B));

		machine_populate(machine);
		hstate_put(machine, cases[i].index, cases[i].name, cases[i].order);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.hstate_count, 2);
		assert_false(analysis->inventory.orders_known);
		assert_int_equal(analysis->inventory.pages.count, 6);
		expect_one_finding(analysis, "hugetlb-pool-counters", cases[i].text);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void an_array_without_a_pool_is_one_finding(void **state)
{
	static const uint64_t numbers[] = { 0, 2, 255 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_D));

		machine_populate(machine);
		hstate_put(machine, 0, "", GARBAGE);
		hstate_put(machine, 1, "", GARBAGE);
		number_put(machine, numbers[i]);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.pages.count, 6);
		expect_one_finding(analysis, "hugetlb-pool-counters", "lead");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void a_wrong_number_of_a_node_is_one_finding(void **state)
{
	static const uint64_t numbers[] = { 0, 6, 0x41414141, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_D));

		machine_populate(machine);
		image_write(machine_image(machine),
			    machine_hstate(machine, 0) + MACHINE_HSTATE_NR_NODE, numbers[i], 4);
		struct analysis *analysis = expect_analysis(machine);
		expect_one_finding(analysis, "hugetlb-pool-counters", "nr_huge_pages_node is ");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_array_is_right_where_the_number_is_not),
		cmocka_unit_test(a_machine_without_pools_is_sound),
		cmocka_unit_test(an_order_is_told_by_the_other_witnesses),
		cmocka_unit_test(an_entry_of_which_nothing_is_right_is_one_finding),
		cmocka_unit_test(an_array_without_a_pool_is_one_finding),
		cmocka_unit_test(a_wrong_number_of_a_node_is_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
