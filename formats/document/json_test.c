// SPDX-License-Identifier: LGPL-2.1-or-later
/* What machines are given, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/document/document_testing.h"

static const struct document_options plain;

static void json_holds_everything_with_a_key(void **state)
{
	(void)state;
	assert_renders(sample_report(), &json_format, &plain,
		       "{\n"
		       "  \"schema\": \"sample\",\n"
		       "  \"dump\": {\n"
		       "    \"path\": \"/var/crash/vmcore\",\n"
		       "    \"size_bytes\": 1536,\n"
		       "    \"truncated\": true,\n"
		       "    \"build_id\": null,\n"
		       "    \"root\": \"0xffff8000abcd\",\n"
		       "    \"nodes\": [\n"
		       "      0,\n"
		       "      1\n"
		       "    ],\n"
		       "    \"scheme\": {\n"
		       "      \"id\": \"b\",\n"
		       "      \"evidence\": []\n"
		       "    }\n"
		       "  },\n"
		       "  \"pools\": [\n"
		       "    {\n"
		       "      \"size_bytes\": 2097152,\n"
		       "      \"order\": 9,\n"
		       "      \"pages\": 12\n"
		       "    },\n"
		       "    {\n"
		       "      \"size_bytes\": 1073741824,\n"
		       "      \"order\": 9,\n"
		       "      \"pages\": 3456,\n"
		       "      \"why\": \"the switch was off when they were allocated\"\n"
		       "    }\n"
		       "  ],\n"
		       "  \"findings\": []\n"
		       "}\n");
}

static void json_keeps_extreme_numbers(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_count(root, "zero", NULL, 0);
	document_count(root, "greatest_integer", NULL, INT64_MAX);
	document_count(root, "above", NULL, (uint64_t)INT64_MAX + 1);
	document_count(root, "greatest", NULL, UINT64_MAX);
	document_bytes(root, "least", NULL, INT64_MIN);
	document_hex(root, "address", NULL, UINT64_MAX);
	document_hex(root, "null", NULL, 0);
	assert_renders(document, &json_format, &plain,
		       "{\n"
		       "  \"zero\": 0,\n"
		       "  \"greatest_integer\": 9223372036854775807,\n"
		       "  \"above\": \"9223372036854775808\",\n"
		       "  \"greatest\": \"18446744073709551615\",\n"
		       "  \"least\": -9223372036854775808,\n"
		       "  \"address\": \"0xffffffffffffffff\",\n"
		       "  \"null\": \"0x0\"\n"
		       "}\n");
}

static void json_leaves_out_what_is_for_people(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_count(document_object(root, NULL, "For people"), "inside", "Inside", 1);
	document_string(root, NULL, "Also", "for people");
	struct document_node *list = document_array(root, "list", NULL);
	document_text(list, STYLE_PLAIN, "words");
	document_string(list, NULL, NULL, "value");
	assert_renders(document, &json_format, &plain, "{\n  \"list\": [\n    \"value\"\n  ]\n}\n");
}

static void json_takes_hostile_strings(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_string(root, "a", NULL, "\xff\xc0\x80\xed\xa0\x80\xf8 \033[31m\r\n\"\\ \xc3");
	document_string(root, "b", NULL, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7");
	document_string(root, "c\x01", NULL, "\xc2\x9b\xe2\x80\xae");
	assert_renders(document, &json_format, &plain,
		       "{\n"
		       "  \"a\": \"??????? ?[31m??\\\"\\\\ ?\",\n"
		       "  \"b\": \"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7\",\n"
		       "  \"c?\": \"??\"\n"
		       "}\n");
}

static void json_fits_on_one_line(void **state)
{
	const struct document_options compact = { .compact = true };
	struct document *document = new_report();
	struct document_node *list = document_array(document_root(document), "list", "List");

	(void)state;
	document_string(list, NULL, NULL, "one\ntwo");
	document_count(document_object(list, NULL, NULL), "number", NULL, 3);
	assert_renders(document, &json_format, &compact,
		       "{\"list\":[\"one?two\",{\"number\":3}]}\n");
}

static void json_writes_deep_documents(void **state)
{
	struct document *document = new_report();
	struct document_node *node = document_root(document);

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		node = document_object(node, "deeper", "Deeper");
	document_bool(node, "end", "End", false);

	char *text = render(document, &json_format, &plain);
	assert_non_null(strstr(text, "\"end\": false"));
	free(text);
}

static void json_has_no_columns_to_choose(void **state)
{
	(void)state;
	assert_refuses(
		sample_report(), &json_format, &(struct document_options){ .columns = "pages" },
		ERROR_USAGE,
		"columns cannot be chosen in the format json, which always holds everything");
}

static void json_notices_a_full_device(void **state)
{
	(void)state;
	assert_notices_full_device(&json_format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_holds_everything_with_a_key),
		cmocka_unit_test(json_keeps_extreme_numbers),
		cmocka_unit_test(json_leaves_out_what_is_for_people),
		cmocka_unit_test(json_takes_hostile_strings),
		cmocka_unit_test(json_fits_on_one_line),
		cmocka_unit_test(json_writes_deep_documents),
		cmocka_unit_test(json_has_no_columns_to_choose),
		cmocka_unit_test(json_notices_a_full_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
