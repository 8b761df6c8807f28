// SPDX-License-Identifier: LGPL-2.1-or-later
#include "include/number_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_number_is_known_once_it_was_added(void **state)
{
	struct number_set set = { 0 };
	bool known;

	(void)state;
	for (uint64_t i = 1; i <= 10000; i++) {
		assert_null(number_set_add(&set, i << 12, &known));
		assert_false(known);
	}
	for (uint64_t i = 1; i <= 10000; i++) {
		assert_null(number_set_add(&set, i << 12, &known));
		assert_true(known);
	}
	assert_int_equal(set.count, 10000);
	number_set_deinit(&set);
	assert_int_equal(set.count, 0);
}

static void numbers_of_one_slot_are_told_apart(void **state)
{
	struct number_set set = { 0 };
	bool known;

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		assert_null(number_set_add(&set, UINT64_C(1) << bit, &known));
		assert_false(known);
	}
	assert_null(number_set_add(&set, 1, &known));
	assert_true(known);
	number_set_deinit(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_known_once_it_was_added),
		cmocka_unit_test(numbers_of_one_slot_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
