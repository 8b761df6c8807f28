// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines as makedumpfile writes them, and bytes that would act on a terminal. */
#include "testdata/machine/expect.h"

#include <stdlib.h>

#include "analyzer/log/log_text.h"

/* A log of one record. */
static struct kernel_log log_of(struct log_record *record, char *text, size_t len)
{
	record->text_len = len;
	return (struct kernel_log){ .records = record, .count = 1, .text = text };
}

static void a_record_is_a_line_with_its_time(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint64_t time_ns;
		bool is_torn;
		const char *line;
	} cases[] = {
		{ "text", 4, 55366026999, false, "[   55.366026] text\n" },
		{ "text", 4, 0, true, "[    0.000000] text [torn]\n" },
		{ "a\tb  ", 5, 1000, false, "[    0.000001] a\tb  \n" },
		{ "two\nlines\n", 10, 0, false,
		  "[    0.000000] two\n               lines\n               \n" },
		{ "later\nlines", 11, 1234567000000000, false,
		  "[1234567.000000] later\n                 lines\n" },
		{ "", 0, 0, false, "" },
		{ "\33[31m\a\r\\ \177", 10, 0, false,
		  "[    0.000000] \\x1b[31m\\x07\\x0d\\ \\x7f\n" },
		{ "a\0b", 3, 0, false, "[    0.000000] a\\x00b\n" },
		/* UTF-8, and what is none. */
		{ "\302\265s \377\233", 6, 0, false, "[    0.000000] \\xc2\\xb5s \\xff\\x9b\n" },
		{ "end of time", 11, UINT64_MAX, false, "[18446744073.709551] end of time\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct log_record record = { .time_ns = cases[i].time_ns,
					     .is_torn = cases[i].is_torn };
		_cleanup_free_ char *text = calloc(1, cases[i].len + 1);
		struct log_buffer buffer = { 0 };

		assert_non_null(text);
		memcpy(text, cases[i].text, cases[i].len);
		struct kernel_log log = log_of(&record, text, cases[i].len);
		expect_no_error(log_add_line(&buffer, &log, 0));
		assert_string_equal(buffer.text ? buffer.text : "", cases[i].line);
		assert_int_equal(buffer.bytes, strlen(cases[i].line));
		free(buffer.text);
	}
}

static void a_text_alone_keeps_its_line_breaks(void **state)
{
	char text[] = "two\nlines\33";
	struct log_record record = { 0 };
	struct kernel_log log = log_of(&record, text, sizeof(text) - 1);
	struct log_buffer buffer = { 0 };

	(void)state;
	expect_no_error(log_add_text(&buffer, &log, 0));
	assert_string_equal(buffer.text, "two\nlines\\x1b");
	free(buffer.text);
}

static void levels_have_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		int level; /* -1: there is none */
	} cases[] = {
		{ "emerg", 0 }, { "err", 3 }, { "warn", 4 }, { "debug", 7 },  { "0", 0 },
		{ "7", 7 },	{ "8", -1 },  { "", -1 },    { "info ", -1 }, { "77", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t level;

		assert_int_equal(log_level_parse(cases[i].text, &level), cases[i].level >= 0);
		if (cases[i].level >= 0)
			assert_int_equal(level, cases[i].level);
	}
}

static void the_tail_is_of_what_is_wanted(void **state)
{
	struct log_record records[] = {
		{ .level = 3 },
		{ .level = 6 },
		{ .level = LOG_LEVEL_UNKNOWN },
		{ .level = 6 },
	};
	const struct kernel_log log = { .records = records, .count = COUNT_OF(records) };
	static const struct {
		struct log_selection selection;
		size_t first;
	} cases[] = {
		{ { 7, 0 }, 0 }, { { 7, 1 }, 3 }, { { 7, 99 }, 0 },
		{ { 3, 1 }, 2 }, { { 3, 2 }, 0 }, { { 0, 1 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(log_first_wanted(&log, &cases[i].selection), cases[i].first);
	assert_false(log_is_wanted(&records[1], &(struct log_selection){ 5, 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_a_line_with_its_time),
		cmocka_unit_test(a_text_alone_keeps_its_line_breaks),
		cmocka_unit_test(levels_have_names_and_numbers),
		cmocka_unit_test(the_tail_is_of_what_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
