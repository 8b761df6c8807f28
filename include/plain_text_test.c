// SPDX-License-Identifier: LGPL-2.1-or-later
#include "include/plain_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all_but_printable_ascii_becomes_a_question_mark(void **state)
{
	char text[] = "\x1b[2J a~z\t\r\n\x7f\x80\xff\xc3\xa4.";

	(void)state;
	assert_int_equal(text_make_plain(text, sizeof(text)), sizeof(text) - 1);
	assert_string_equal(text, "?[2J a~z????????.");
}

static void nothing_behind_the_limit_or_the_end_is_touched(void **state)
{
	char whole[] = { '\n', 'a', '\n', 'b' }, ended[] = { '\n', '\0', '\n' };

	(void)state;
	assert_int_equal(text_make_plain(whole, 2), 2);
	assert_memory_equal(whole, "?a\nb", 4);
	assert_int_equal(text_make_plain(ended, sizeof(ended)), 1);
	assert_memory_equal(ended, "?\0\n", 3);
	assert_int_equal(text_make_plain(ended, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_printable_ascii_becomes_a_question_mark),
		cmocka_unit_test(nothing_behind_the_limit_or_the_end_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
