// SPDX-License-Identifier: LGPL-2.1-or-later
/* VMCOREINFO as kernels write it, and as they do not. */
#include "testdata/machine/expect.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/vmcoreinfo/facts.h"

static struct facts *parse(const char *text)
{
	struct facts *facts = NULL;

	expect_no_error(facts_parse(text, &facts));
	return facts;
}

static void facts_numbers_are_read_as_their_kind_says(void **state)
{
	static const struct {
		const char *text; /* after "=" */
		const char *kind;
		bool found;
		uint64_t value;
	} cases[] = {
		{ "64", "SIZE", true, 64 },
		{ "0", "OFFSET", true, 0 },
		{ "2048", "LENGTH", true, 2048 },
		{ "16777216", "NUMBER", true, 16777216 },
		{ "-1", "NUMBER", true, UINT64_MAX },
		{ "-201326592", "NUMBER", true, (uint64_t)-201326592 },
		{ "-9223372036854775808", "NUMBER", true, UINT64_C(1) << 63 },
		{ "0x3f", "NUMBER", true, 0x3f },
		{ "0xffff800000000000", "NUMBER", true, UINT64_C(0xffff800000000000) },
		{ "010", "NUMBER", true, 10 },
		{ "18446744073709551615", "NUMBER", true, UINT64_MAX },
		{ "ffffffff82a10000", "SYMBOL", true, UINT64_C(0xffffffff82a10000) },
		{ "0xffffffff82a10000", "SYMBOL", true, UINT64_C(0xffffffff82a10000) },
		{ "0", "SYMBOL", true, 0 },
		{ "10", "SYMBOL", true, 16 },

		{ "", "NUMBER", false, 0 },
		{ "-", "NUMBER", false, 0 },
		{ "--1", "NUMBER", false, 0 },
		{ " 1", "NUMBER", false, 0 },
		{ "1 ", "NUMBER", false, 0 },
		{ "1\r", "NUMBER", false, 0 },
		{ "12ab", "NUMBER", false, 0 },
		{ "1,000", "SIZE", false, 0 },
		{ "abc", "SIZE", false, 0 },
		{ "0x", "NUMBER", false, 0 },
		{ "0xzz", "SYMBOL", false, 0 },
		{ "fffffffff82a10000", "SYMBOL", false, 0 },	/* 68 bits */
		{ "18446744073709551616", "NUMBER", false, 0 }, /* 2^64 */
		{ "-9223372036854775809", "NUMBER", false, 0 },
		{ "=5", "NUMBER", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t value = 0xdead;
		char text[64];

		snprintf(text, sizeof(text), "%s(x)=%s\n", cases[i].kind, cases[i].text);
		struct facts *facts = parse(text);
		if (facts_value(facts, cases[i].kind, "x", &value) != cases[i].found)
			fail_msg("%s(x)=%s", cases[i].kind, cases[i].text);
		assert_int_equal(value, cases[i].found ? cases[i].value : 0xdead);
		facts_destroy(facts);
	}
}

static void facts_tell_what_is_missing(void **state)
{
	struct facts *facts = parse("OSRELEASE=6.1.0\nSIZE(page)=64\n");
	uint64_t value = 7;

	(void)state;
	assert_false(facts_value(facts, "SIZE", "zone", &value));
	assert_false(facts_value(facts, "OFFSET", "page", &value));
	assert_false(facts_value(facts, "SIZE", "pag", &value));
	assert_false(facts_value(facts, "SIZE", "page)", &value));
	assert_int_equal(value, 7);
	assert_null(facts_text(facts, "BUILD-ID"));
	assert_null(facts_text(facts, ""));
	facts_destroy(facts);
}

static void facts_text_keeps_all_after_the_first_equals_sign(void **state)
{
	struct facts *facts = parse("A=b=c\nB=\nC= d \n=e\n");

	(void)state;
	assert_string_equal(facts_text(facts, "A"), "b=c");
	assert_string_equal(facts_text(facts, "B"), "");
	assert_string_equal(facts_text(facts, "C"), " d ");
	assert_string_equal(facts_text(facts, ""), "e");
	facts_destroy(facts);
}

static void facts_skip_lines_that_are_none(void **state)
{
	struct facts *facts = parse("\n\njunk\n\x01\xff\nA=1\n\nmore junk\nB=2");

	(void)state;
	assert_string_equal(facts_text(facts, "A"), "1");
	assert_string_equal(facts_text(facts, "B"), "2");
	assert_null(facts_text(facts, "junk"));
	facts_destroy(facts);
}

static void facts_need_at_least_one(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n\n", "hello", "no fact\nhere\n" };
	struct facts *facts = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect_error(facts_parse(texts[i], &facts), ERROR_CORRUPT, "KEY=VALUE");
	assert_null(facts);
}

static void facts_take_one_of_two_with_the_same_key(void **state)
{
	struct facts *facts = parse("A=1\nB=2\nA=1\nA=1\n");

	(void)state;
	assert_string_equal(facts_text(facts, "A"), "1");
	assert_string_equal(facts_text(facts, "B"), "2");
	facts_destroy(facts);
}

static void facts_find_each_of_many(void **state)
{
	enum { COUNT = 3000, LINE = 32 };
	_cleanup_free_ char *text = malloc(COUNT * LINE);
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		used += (size_t)snprintf(text + used, LINE, "NUMBER(n%u)=%u\n", i * 7919 % COUNT,
					 i * 7919 % COUNT);
	struct facts *facts = parse(text);
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t value;
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		assert_true(facts_value(facts, "NUMBER", name, &value));
		assert_int_equal(value, i);
	}
	facts_destroy(facts);
}

static void facts_with_an_endless_name_are_not_found(void **state)
{
	char name[300];
	uint64_t value;
	struct facts *facts = parse("A=1\n");

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(facts_value(facts, "NUMBER", name, &value));
	facts_destroy(facts);
}

static void facts_kernel_offset_is_hexadecimal(void **state)
{
	static const struct {
		const char *text;
		uint64_t offset;
	} cases[] = {
		{ "KERNELOFFSET=1c000000\n", 0x1c000000 },
		{ "KERNELOFFSET=0\n", 0 },
		{ "KERNELOFFSET=0x200000\n", 0x200000 },
		{ "KERNELOFFSET=junk\n", 0 },
		{ "KERNELOFFSET=\n", 0 },
		{ "A=1\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct facts *facts = parse(cases[i].text);

		assert_int_equal(facts_kernel_offset(facts), cases[i].offset);
		facts_destroy(facts);
	}
}

static void facts_of_a_kind_are_told_one_by_one(void **state)
{
	static const char text[] = "SYMBOL(a)=10\nSIZE(b)=3\nSYMBOL(c)=junk\nSYMBOL()=1\n"
				   "SYMBOL=2\nSYMBOL(no_end=3\nSYMBOL(too_long)=4\nSYMBOL(d)=20\n";
	struct facts *facts = parse(text);
	uint64_t sum = 0, value;
	size_t at = 0;
	char name[8];
	unsigned count = 0;

	(void)state;
	while (facts_next(facts, "SYMBOL", &at, name, sizeof(name), &value)) {
		sum += value;
		count++;
	}
	assert_int_equal(count, 3);
	assert_int_equal(sum, 0x10 + 0x1 + 0x20);
	assert_false(facts_next(facts, "SYMBOL", &at, name, sizeof(name), &value));
	facts_destroy(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_numbers_are_read_as_their_kind_says),
		cmocka_unit_test(facts_tell_what_is_missing),
		cmocka_unit_test(facts_text_keeps_all_after_the_first_equals_sign),
		cmocka_unit_test(facts_skip_lines_that_are_none),
		cmocka_unit_test(facts_need_at_least_one),
		cmocka_unit_test(facts_take_one_of_two_with_the_same_key),
		cmocka_unit_test(facts_find_each_of_many),
		cmocka_unit_test(facts_with_an_endless_name_are_not_found),
		cmocka_unit_test(facts_kernel_offset_is_hexadecimal),
		cmocka_unit_test(facts_of_a_kind_are_told_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
