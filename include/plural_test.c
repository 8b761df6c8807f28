// SPDX-License-Identifier: LGPL-2.1-or-later
#include "include/plural.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void words_agree_with_their_count(void **state)
{
	static const struct {
		uint64_t count;
		const char *expected;
	} cases[] = {
		{ 0, "0 pages map, 0 are" },
		{ 1, "1 page maps, 1 is" },
		{ 2, "2 pages map, 2 are" },
		{ UINT64_MAX, "18446744073709551615 pages map, 18446744073709551615 are" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t count = cases[i].count;

		snprintf(text, sizeof(text), "%" PRIu64 " page%s map%s, %" PRIu64 " %s", count,
			 plural(count), verb_s(count), count, verb_be(count));
		assert_string_equal(text, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_agree_with_their_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
