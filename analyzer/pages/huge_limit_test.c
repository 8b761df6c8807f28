// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analyzer/pages/huge_limit.h"

#include "include/array.h"
#include "testdata/machine/expect.h"

enum { ORDER_2M = 9, ORDER_1G = 18 };

static const unsigned all_known = (1U << HSTATE_MAX) * 2 - 1;

/* Two pools that nobody but a resizer and the worker changes. */
static const struct hstate quiet[] = {
	{ .order_known = true, .order = ORDER_2M, .pages = 9, .free = 4, .known = all_known },
	{ .order_known = true, .order = ORDER_1G, .known = all_known },
};

static void expect_passed(unsigned small, unsigned late, unsigned gigantic, bool passed_small,
			  bool passed_gigantic)
{
	struct hstate hstates[] = { quiet[0], quiet[1] };
	struct pool_count counts[] = {
		{ .order = ORDER_2M, .node = 0, .loose = small },
		{ .order = ORDER_2M, .node = 1, .late_half = late },
		{ .order = ORDER_1G, .node = 1, .loose = gigantic },
	};
	const struct inventory inventory = {
		.hstates = hstates,
		.hstate_count = COUNT_OF(hstates),
		.witnesses = { .counts = counts, .count_count = COUNT_OF(counts) },
	};

	assert_int_equal(huge_limit_passed(&inventory, ORDER_2M), passed_small);
	assert_int_equal(huge_limit_passed(&inventory, ORDER_1G), passed_gigantic);
}

/* On whatever node, marked or not. */
static void a_pool_has_a_resizer_and_the_worker(void **state)
{
	(void)state;
	expect_passed(0, 0, 0, false, false);
	expect_passed(2, 0, 0, false, false);
	expect_passed(1, 1, 0, false, false);
	expect_passed(3, 0, 0, true, false);
	expect_passed(2, 1, 0, true, false);
	expect_passed(0, 0, 2, false, false);
	expect_passed(0, 0, 3, false, true);
}

static void the_worker_is_one_for_all_pools(void **state)
{
	(void)state;
	expect_passed(2, 0, 1, false, false);
	expect_passed(1, 0, 2, false, false);
	expect_passed(2, 0, 2, true, true);
}

static void tasks_make_pages_where_a_pool_lets_them(void **state)
{
	static const struct hstate pools[] = {
		{ .pages = 9, .free = 4, .overcommit = 1, .known = all_known },
		{ .pages = 9, .free = 4, .surplus = 1, .known = all_known }, /* or give back */
		{ .pages = 9, .free = 0, .known = all_known },
		{ .pages = 9, .free = 4, .reserved = 4, .known = all_known },
		{ .pages = 9, .free = 4, .known = all_known & ~(1U << HSTATE_OVERCOMMIT) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pools); i++) {
		struct hstate hstate = pools[i];
		struct inventory inventory = { .hstates = &hstate, .hstate_count = 1 };

		hstate.order_known = true;
		hstate.order = ORDER_2M;
		assert_int_equal(huge_limit_of(&inventory, ORDER_2M),
				 HALF_DONE_OF_POOL + TASKS_MAX);
		assert_int_equal(huge_limit_of_all(&inventory), HALF_DONE_OF_POOL + TASKS_MAX);
	}
}

/* Shared in full without the flag: only who makes pages leaves them so. */
static void surplus_pages_let_nobody_make_pages(void **state)
{
	static const struct {
		uint64_t overcommit, surplus, unflagged;
		bool passed;
	} cases[] = {
		{ 0, 4, 2, false },  { 0, 4, 3, true },	 { 8, 4, 3, false },
		{ 8, 0, 18, false }, { 8, 0, 19, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct hstate hstate = quiet[0];
		struct pool_count count = { .order = ORDER_2M,
					    .loose = cases[i].unflagged,
					    .unflagged = cases[i].unflagged };
		struct inventory inventory = {
			.hstates = &hstate,
			.hstate_count = 1,
			.witnesses = { .counts = &count, .count_count = 1 },
		};

		hstate.overcommit = cases[i].overcommit;
		hstate.surplus = cases[i].surplus;
		assert_int_equal(huge_limit_passed(&inventory, ORDER_2M), cases[i].passed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_has_a_resizer_and_the_worker),
		cmocka_unit_test(the_worker_is_one_for_all_pools),
		cmocka_unit_test(tasks_make_pages_where_a_pool_lets_them),
		cmocka_unit_test(surplus_pages_let_nobody_make_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
