// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists line by line, to the letter. */
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

static void ndjson_writes_one_element_a_line(void **state)
{
	(void)state;
	assert_renders(sample_report(), &ndjson_format, &plain,
		       "{\"size_bytes\":2097152,\"order\":9,\"pages\":12}\n"
		       "{\"size_bytes\":1073741824,\"order\":9,\"pages\":3456,"
		       "\"why\":\"the switch was off when they were allocated\"}\n");
}

static void ndjson_writes_chosen_columns_in_their_order(void **state)
{
	(void)state;
	assert_renders(
		sample_report(), &ndjson_format,
		&(struct document_options){ .columns = "why,pages" },
		"{\"pages\":12}\n"
		"{\"why\":\"the switch was off when they were allocated\",\"pages\":3456}\n");
}

static void ndjson_names_the_columns_there_are(void **state)
{
	(void)state;
	assert_refuses(sample_report(), &ndjson_format,
		       &(struct document_options){ .columns = "pages,pfn" }, ERROR_USAGE,
		       "there is no column 'pfn'; columns are: size_bytes, order, pages, why");
}

static void ndjson_writes_plain_values_and_nothing_for_an_empty_list(void **state)
{
	struct document *document = new_report();
	struct document_node *list = document_array(document_root(document), "list", NULL);

	(void)state;
	document_string(list, NULL, NULL, "a");
	document_null(list, NULL, NULL);
	assert_renders(document, &ndjson_format, &plain, "\"a\"\nnull\n");

	document = new_report();
	document_array(document_root(document), "list", NULL);
	assert_renders(document, &ndjson_format, &(struct document_options){ .columns = "any" },
		       "");
}

static void ndjson_needs_a_list(void **state)
{
	struct document *document = new_report();

	(void)state;
	document_array(document_root(document), NULL, "For people");
	assert_refuses(document, &ndjson_format, &plain, ERROR_USAGE,
		       "this report has no list to write line by line; the format json takes it");
}

static void ndjson_notices_a_full_device(void **state)
{
	(void)state;
	assert_notices_full_device(&ndjson_format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ndjson_writes_one_element_a_line),
		cmocka_unit_test(ndjson_writes_chosen_columns_in_their_order),
		cmocka_unit_test(ndjson_names_the_columns_there_are),
		cmocka_unit_test(ndjson_writes_plain_values_and_nothing_for_an_empty_list),
		cmocka_unit_test(ndjson_needs_a_list),
		cmocka_unit_test(ndjson_notices_a_full_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
