// SPDX-License-Identifier: LGPL-2.1-or-later
#include "include/array.h"
#include "include/bisect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 65 };

static size_t first_not_below(const unsigned *items, size_t count, unsigned wanted)
{
	for (size_t i = 0; i < count; i++)
		if (items[i] >= wanted)
			return i;
	return count;
}

/* Items 0, 0, 2, 2, 4, 4, ...: each is there twice, and odd numbers are between them. */
static void finds_what_a_search_from_the_start_finds(void **state)
{
	unsigned items[MANY];

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		items[i] = i / 2 * 2;
	for (size_t count = 0; count <= MANY; count++)
		for (unsigned wanted = 0; wanted <= MANY + 1; wanted++)
			assert_int_equal(bisect(count, i, items[i] < wanted),
					 first_not_below(items, count, wanted));
}

static void stays_between_its_limits(void **state)
{
	static const struct {
		size_t from, to, wanted, found;
	} cases[] = {
		{ 3, 9, 5, 5 },	 { 3, 9, 0, 3 }, { 3, 9, 3, 3 }, { 3, 9, 9, 9 },
		{ 3, 9, 20, 9 }, { 4, 4, 2, 4 }, { 4, 4, 6, 4 }, { 4, 5, 5, 5 },
	};

	(void)state;
	for (size_t c = 0; c < COUNT_OF(cases); c++)
		assert_int_equal(bisect_between(cases[c].from, cases[c].to, i, i < cases[c].wanted),
				 cases[c].found);
}

/* The middle of two large numbers does not wrap. */
static void numbers_may_be_as_large_as_their_type(void **state)
{
	size_t wanted = SIZE_MAX - 2;

	(void)state;
	assert_true(bisect(SIZE_MAX, i, i < wanted) == wanted);
	assert_true(bisect_between(SIZE_MAX - 5, SIZE_MAX, i, true) == SIZE_MAX);
}

static void asks_no_more_often_than_needed(void **state)
{
	unsigned asked = 0;

	(void)state;
	assert_int_equal(bisect(1 << 20, i, (asked++, i < 777777)), 777777);
	assert_in_range(asked, 1, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_search_from_the_start_finds),
		cmocka_unit_test(stays_between_its_limits),
		cmocka_unit_test(numbers_may_be_as_large_as_their_type),
		cmocka_unit_test(asks_no_more_often_than_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
