// SPDX-License-Identifier: LGPL-2.1-or-later
/* What people are shown, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/document/document_testing.h"
#include "include/array.h"

static const struct document_options plain;

#define DUMP_SECTION                                                                               \
	"Dump\n"                                                                                   \
	"  File:            /var/crash/vmcore\n"                                                   \
	"  Size:            1.5 KiB\n"                                                             \
	"  Truncated:       yes\n"                                                                 \
	"  Build id:        -\n"                                                                   \
	"  Page table root: 0xffff8000abcd\n"                                                      \
	"  Nodes:           0, 1\n"                                                                \
	"\n"                                                                                       \
	"  Scheme:\n"                                                                              \
	"    Id:       b\n"                                                                        \
	"    Evidence: (none)\n"                                                                   \
	"\n"

static const char sample_text[] =
	"FAULT: two things are wrong with this machine, and one of them is serious.\n"
	"\n" DUMP_SECTION "Pools\n"
	"   Size  Pages  Why\n"
	"  2 MiB     12\n"
	"  1 GiB   3456  the switch was off when they were allocated\n"
	"\n"
	"Findings\n"
	"  (none)\n";

static void text_shows_sections_lines_and_tables(void **state)
{
	(void)state;
	assert_renders(sample_report(), &text_format, &plain, sample_text);
}

static void text_fits_a_narrow_terminal(void **state)
{
	(void)state;
	assert_renders(sample_report(), &text_format, &(struct document_options){ .width = 40 },
		       "FAULT: two things are wrong with this\n"
		       "machine, and one of them is serious.\n"
		       "\n" DUMP_SECTION "Pools\n"
		       "   Size  Pages  Why\n"
		       "  2 MiB     12\n"
		       "  1 GiB   3456  the switch was off when\n"
		       "                they were allocated\n"
		       "\n"
		       "Findings\n"
		       "  (none)\n");
}

static void text_is_coloured_on_request(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_text(root, STYLE_GOOD, "fine\nas it is");
	struct document_node *section = document_object(root, "section", "Section");
	document_style(document_count(section, "count", "Count", 3), STYLE_WARNING);
	document_style(document_object(section, "inner", "Inner"), STYLE_ERROR);
	document_count(section->last, "plain", "Plain", 4);
	struct document_node *list = document_array(root, "list", "List");
	sample_row(list, 1024, 1, "because", STYLE_ERROR);
	sample_row(list, 1024, 1, NULL, STYLE_PLAIN);
	document_style(list->last, STYLE_DIM);
	assert_renders(document, &text_format, &(struct document_options){ .color = true },
		       "\033[32mfine\033[0m\n"
		       "\033[32mas it is\033[0m\n"
		       "\n"
		       "\033[1mSection\033[0m\n"
		       "  Count: \033[33m3\033[0m\n"
		       "\n"
		       "  \033[1m\033[31mInner:\033[0m\n"
		       "    Plain: 4\n"
		       "\n"
		       "\033[1mList\033[0m\n"
		       "  \033[1m Size\033[0m  \033[1mPages\033[0m  \033[1mWhy\033[0m\n"
		       "  1 KiB      1  \033[31mbecause\033[0m\n"
		       "  \033[2m1 KiB      1\033[0m\n");
}

/* Takes the colours out of @text, in place. */
static void strip_colors(char *text)
{
	char *to = text;

	while (*text) {
		if (*text == '\033')
			text = strchr(text, 'm') + 1;
		else
			*to++ = *text++;
	}
	*to = '\0';
}

static void text_in_colour_says_the_same(void **state)
{
	char *text =
		render(sample_report(), &text_format, &(struct document_options){ .color = true });

	(void)state;
	strip_colors(text);
	assert_string_equal(text, sample_text);
	free(text);
}

static void text_shows_bytes_in_fitting_units(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 512, "512 B" },
		{ -1, "-1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 28 * 1024, "28 KiB" },
		{ 1024 + 51, "1.0 KiB" },
		{ 1024 + 52, "1.1 KiB" },
		{ 1536 * 1024, "1.5 MiB" },
		{ -(INT64_C(4) << 30), "-4 GiB" },
		{ (INT64_C(4) << 30) + 1, "4.0 GiB" },
		{ 1048575, "1.0 MiB" },
		{ 1023 * 1024, "1023 KiB" },
		{ INT64_MAX, "8.0 EiB" },
		{ INT64_MIN, "-8 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct document *document = new_report();
		char expected[64];

		document_bytes(document_root(document), "size", "Size", cases[i].bytes);
		snprintf(expected, sizeof(expected), "Size: %s\n", cases[i].text);
		assert_renders(document, &text_format, &plain, expected);
	}
}

static void text_wraps_words_but_not_drawings(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_text(root, STYLE_PLAIN,
		      "One sentence that is too long for the width.\n"
		      "  - a point that goes on and on and on\n"
		      "\n"
		      "/a/path/that/is/longer/than/the/width");
	document_text(root, STYLE_VERBATIM, "  a  --->  b  |  and a line that is never wrapped");
	assert_renders(document, &text_format, &(struct document_options){ .width = 30 },
		       "One sentence that is too long\n"
		       "for the width.\n"
		       "  - a point that goes on and\n"
		       "  on and on\n"
		       "\n"
		       "/a/path/that/is/longer/than/the/width\n"
		       "  a  --->  b  |  and a line that is never wrapped\n");
}

static void text_wraps_long_values_under_themselves(void **state)
{
	struct document *document = new_report();

	(void)state;
	document_string(document_root(document), "must", "Must hold", "%s",
			"tails  are mapped read-only by all of the entries");
	document_string(document_root(document), "empty", "Empty", "%s", "");
	assert_renders(document, &text_format, &(struct document_options){ .width = 36 },
		       "Must hold: tails  are mapped\n"
		       "           read-only by all of the\n"
		       "           entries\n"
		       "Empty:\n");
}

static void text_chooses_columns_of_the_first_table(void **state)
{
	struct document *document = sample_report();

	(void)state;
	sample_row(document_array(document_root(document), "more", "More"), 1, 2, NULL,
		   STYLE_PLAIN);
	char *text = render(document, &text_format,
			    &(struct document_options){ .columns = "pages,order" });
	assert_non_null(strstr(text, "Pools\n"
				     "  Pages  order\n"
				     "     12      9\n"
				     "   3456      9\n"
				     "\n"));
	assert_non_null(strstr(text, "More\n"
				     "  Size  Pages\n"
				     "   1 B      2\n"));
	free(text);
}

static void text_refuses_columns_that_are_not_there(void **state)
{
	static const struct {
		const char *columns, *message;
	} cases[] = {
		{ "pfn", "there is no column 'pfn'; columns are: size_bytes, order, pages, why" },
		{ "", "there is no column ''; columns are: size_bytes, order, pages, why" },
		{ "why,", "there is no column ''; columns are: size_bytes, order, pages, why" },
		{ "why,why", "the column 'why' is named twice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refuses(sample_report(), &text_format,
			       &(struct document_options){ .columns = cases[i].columns },
			       ERROR_USAGE, cases[i].message);

	assert_refuses(new_report(), &text_format, &(struct document_options){ .columns = "pfn" },
		       ERROR_USAGE, "this report has no table to choose columns of");
}

static void text_never_cuts_numbers_and_names(void **state)
{
	struct document *document = new_report();
	struct document_node *list = document_array(document_root(document), "list", "List");
	struct document_node *row = document_object(list, NULL, NULL);

	(void)state;
	document_string(row, "name", "Name", "hugepages-2048kB");
	document_hex(row, "address", "Address", 0xffffea0000000000);
	document_count(row, "count", "Count", UINT64_MAX);
	assert_renders(document, &text_format, &(struct document_options){ .width = 20 },
		       "List\n"
		       "  Name                         Address                 Count\n"
		       "  hugepages-2048kB  0xffffea0000000000  18446744073709551615\n");
}

static void text_puts_late_columns_where_they_belong(void **state)
{
	struct document *document = new_report();
	struct document_node *list = document_array(document_root(document), "list", "List");

	(void)state;
	document_text(list, STYLE_PLAIN, "Rows differ.");
	struct document_node *row = document_object(list, NULL, NULL);
	document_count(row, "a", "A", 1);
	document_string(row, "z", "Z", "end");
	row = document_object(list, NULL, NULL);
	document_count(row, "a", NULL, 2);
	document_array(row, "m", "M");
	document_count(row->last, NULL, NULL, 7);
	document_null(row->last, NULL, NULL);
	document_object(row, "o", "O");
	document_count(row->last, "off", "off", 3);
	assert_renders(document, &text_format, &plain,
		       "List\n"
		       "  Rows differ.\n"
		       "  A  M     O      Z\n"
		       "  1               end\n"
		       "  2  7, -  off 3\n");
}

static void text_wraps_only_sentences_in_tables(void **state)
{
	struct document *document = new_report();
	struct document_node *list = document_array(document_root(document), "list", "List");

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct document_node *row = document_object(list, NULL, NULL);

		document_string(row, "id", "Id", "hugetlb-unoptimized-private");
		document_style(
			document_string(row, "what", "What", "%s", "a sentence of several words"),
			STYLE_ERROR);
		document_count(row, "count", "Count", i);
	}
	assert_renders(document, &text_format,
		       &(struct document_options){ .width = 50, .color = true },
		       "\033[1mList\033[0m\n"
		       "  \033[1mId                         \033[0m  \033[1mWhat      \033[0m  "
		       "\033[1mCount\033[0m\n"
		       "  hugetlb-unoptimized-private  \033[31ma sentence\033[0m      0\n"
		       "                               \033[31mof several\033[0m\n"
		       "                               \033[31mwords\033[0m\n"
		       "  hugetlb-unoptimized-private  \033[31ma sentence\033[0m      1\n"
		       "                               \033[31mof several\033[0m\n"
		       "                               \033[31mwords\033[0m\n");
}

static void text_keeps_control_characters_from_the_terminal(void **state)
{
	static const char hostile[] = "\033]0;title\a\033[2J\r\xff\xc2\x9b"
				      "31m \xe2\x80\xae";
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_text(root, STYLE_ERROR, "%s", hostile);
	document_string(root, "key", hostile, "%s", hostile);
	sample_row(document_array(root, "list", hostile), 1, 1, hostile, STYLE_ERROR);
	document_string(document_object(document_array(root, "more", "More"), NULL, NULL), hostile,
			hostile, "%s", hostile);

	char *text = render(document, &text_format, &(struct document_options){ .width = 60 });
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at < 0x7f));
	free(text);
}

#define WIDE5                                                                                      \
	"\xe4\xba\xba\xe4\xba\xba\xe4\xba\xba\xe4\xba\xba\xe4\xba\xba" /* two columns each         \
									*/

static void text_aligns_characters_not_bytes(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_count(root, "a",
		       "Gr\xc3\xb6\xc3\x9f"
		       "e",
		       1);
	document_count(root, "b", "Length", 2);
	struct document_node *list = document_array(root, "list", "List");
	sample_row(list, 1, 1, WIDE5 WIDE5 " " WIDE5, STYLE_PLAIN);
	assert_renders(document, &text_format, &(struct document_options){ .width = 38 },
		       "Gr\xc3\xb6\xc3\x9f"
		       "e:  1\n"
		       "Length: 2\n"
		       "\n"
		       "List\n"
		       "  Size  Pages  Why\n"
		       "   1 B      1  " WIDE5 WIDE5 "\n"
		       "               " WIDE5 "\n");
}

static void text_hides_what_has_no_label(void **state)
{
	struct document *document = new_report();
	struct document_node *root = document_root(document);

	(void)state;
	document_count(root, "machines", NULL, 1);
	document_object(root, "empty", "Empty");
	document_count(document_object(root, "hidden", "Hidden"), "inside", NULL, 1);
	sample_row(document_array(root, "list", ""), 1, 2, NULL, STYLE_PLAIN);
	assert_renders(document, &text_format, &plain, "Size  Pages\n 1 B      2\n");
	assert_renders(new_report(), &text_format, &plain, "");
}

static void text_shows_deep_documents(void **state)
{
	struct document *document = new_report();
	struct document_node *node = document_root(document);

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		node = document_object(node, "deeper", "Deeper");
	document_string(node, "end", "End", "%s", "here it ends");

	char *text = render(document, &text_format, &(struct document_options){ .width = 40 });
	assert_non_null(strstr(text, "End: here it ends\n"));
	free(text);
}

static void text_notices_a_full_device(void **state)
{
	(void)state;
	assert_notices_full_device(&text_format);
}

static void formats_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(document_formats[0], &text_format);
	for (size_t i = 0; document_formats[i]; i++)
		assert_ptr_equal(document_format_by_name(document_formats[i]->name),
				 document_formats[i]);
	assert_null(document_format_by_name("xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_shows_sections_lines_and_tables),
		cmocka_unit_test(text_fits_a_narrow_terminal),
		cmocka_unit_test(text_is_coloured_on_request),
		cmocka_unit_test(text_in_colour_says_the_same),
		cmocka_unit_test(text_shows_bytes_in_fitting_units),
		cmocka_unit_test(text_wraps_words_but_not_drawings),
		cmocka_unit_test(text_wraps_long_values_under_themselves),
		cmocka_unit_test(text_chooses_columns_of_the_first_table),
		cmocka_unit_test(text_refuses_columns_that_are_not_there),
		cmocka_unit_test(text_never_cuts_numbers_and_names),
		cmocka_unit_test(text_puts_late_columns_where_they_belong),
		cmocka_unit_test(text_wraps_only_sentences_in_tables),
		cmocka_unit_test(text_keeps_control_characters_from_the_terminal),
		cmocka_unit_test(text_aligns_characters_not_bytes),
		cmocka_unit_test(text_hides_what_has_no_label),
		cmocka_unit_test(text_shows_deep_documents),
		cmocka_unit_test(text_notices_a_full_device),
		cmocka_unit_test(formats_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
