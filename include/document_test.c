// SPDX-License-Identifier: LGPL-2.1-or-later
/* The document tree: order, clean strings, short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The file itself, so that its allocations can be made to fail. */
static void *failing_malloc(size_t size);
static void *failing_calloc(size_t count, size_t size);
#define malloc failing_malloc
#define calloc failing_calloc
#include "include/array.h"
#include "include/document.c"
#undef malloc
#undef calloc

static unsigned allocations_left = UINT32_MAX;

static void *failing_malloc(size_t size)
{
	return allocations_left && allocations_left-- ? malloc(size) : NULL;
}

static void *failing_calloc(size_t count, size_t size)
{
	return allocations_left && allocations_left-- ? calloc(count, size) : NULL;
}

static void build(struct document_node *root)
{
	struct document_node *list = document_array(root, "list", "List");

	for (unsigned i = 0; i < 1000; i++) {
		struct document_node *row = document_object(list, NULL, NULL);

		document_count(row, "count", "Count", i);
		document_style(document_string(row, "name", "Name", "row %u", i), STYLE_GOOD);
		document_text(row, STYLE_DIM, "words");
		document_bool(row, "bool", "Bool", true);
		document_bytes(row, "bytes", "Bytes", -1);
		document_hex(row, "hex", "Hex", 1);
		document_null(row, "null", "Null");
	}
}

static void report_keeps_nodes_in_order(void **state)
{
	struct document *document = NULL;
	char key[] = "key";

	(void)state;
	assert_null(document_create(&document));
	struct document_node *root = document_root(document);
	document_count(root, key, "Label", 7);
	key[0] = 'x';
	document_array(root, "second", NULL);
	document_text(root, STYLE_NOTE, "a\nb");
	document_string(root, "last", NULL, "a\nb");
	assert_null(document_finish(document));

	assert_string_equal(root->first->key, "key");
	assert_int_equal(root->first->number, 7);
	assert_int_equal(root->first->next->type, NODE_ARRAY);
	assert_null(root->first->next->label);
	assert_string_equal(root->first->next->next->string, "a\nb");
	assert_string_equal(root->last->string, "a?b");
	assert_ptr_equal(root->last->parent, root);
	assert_null(root->last->next);
	document_destroy(document);
}

static void report_remembers_that_memory_was_short(void **state)
{
	unsigned needed = 0;

	(void)state;
	for (;; needed++) {
		struct document *document = NULL;

		allocations_left = needed;
		struct error *err = document_create(&document);
		if (!err) {
			build(document_root(document));
			allocations_left = UINT32_MAX;
			build(document_root(document));
			err = document_finish(document);
		}
		allocations_left = UINT32_MAX;
		document_destroy(document);
		if (!err)
			break;
		assert_int_equal(error_code(err), ERROR_NOMEM);
		error_destroy(err);
	}
	assert_true(needed > 2);
}

static void report_accepts_null_parents(void **state)
{
	(void)state;
	build(NULL);
	document_style(NULL, STYLE_ERROR);
	document_destroy(NULL);
}

static void report_is_not_nested_without_end(void **state)
{
	struct document *document = NULL;

	(void)state;
	assert_null(document_create(&document));
	struct document_node *node = document_root(document);
	for (unsigned i = 0; i < 100000; i++)
		node = document_array(node, "deeper", NULL);
	assert_null(node);

	struct error *err = document_finish(document);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_UNSUPPORTED);
	error_destroy(err);
	document_destroy(document);
}

static void report_takes_strings_longer_than_a_block(void **state)
{
	struct document *document = NULL;

	(void)state;
	assert_null(document_create(&document));
	struct document_node *node =
		document_string(document_root(document), "long", NULL, "%*s", 1 << 20, "end");
	assert_null(document_finish(document));
	assert_int_equal(strlen(node->string), 1 << 20);
	document_destroy(document);
}

static void report_keeps_only_clean_utf8(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{ "", "" },
		{ "plain ~", "plain ~" },
		{ "\x01\x1f\x7f\t\r\033[0m", "??????[0m" },
		{ "\xc3\xa4 \xe2\x82\xac \xf4\x8f\xbf\xbf",
		  "\xc3\xa4 \xe2\x82\xac \xf4\x8f\xbf\xbf" },
		{ "\x80", "?" },
		{ "\xc0\xaf\xc1\x81", "????" }, /* overlong */
		{ "\xe0\x80\xaf\xf0\x8f\xbf\xbf", "???????" },
		{ "\xed\xa0\x80", "???" },	     /* surrogate */
		{ "\xf4\x90\x80\x80\xf5", "?????" }, /* above U+10FFFF */
		{ "\xc3", "?" },		     /* cut short */
		{ "\xe2\x82", "??" },
		{ "\xf0\x9f\x90z", "???z" },
		{ "\xc2\x85\xc2\x9b\xc2\xa0", "??\xc2\xa0" },
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa6"
		  "c\xef\xbb\xbf",
		  "a?b?c?" },
	};
	struct document *document = NULL;

	(void)state;
	assert_null(document_create(&document));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct document_node *node = document_string(
			document_root(document), cases[i].text, cases[i].text, "%s", cases[i].text);

		assert_string_equal(node->string, cases[i].clean);
		assert_string_equal(node->key, cases[i].clean);
		assert_string_equal(node->label, cases[i].clean);
	}
	assert_string_equal(
		document_lines(document_root(document), "log", "a\n\tb\r\033%s", "\xc2\x85")
			->string,
		"a\n\tb???");
	assert_null(document_finish(document));
	document_destroy(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_keeps_nodes_in_order),
		cmocka_unit_test(report_remembers_that_memory_was_short),
		cmocka_unit_test(report_accepts_null_parents),
		cmocka_unit_test(report_is_not_nested_without_end),
		cmocka_unit_test(report_takes_strings_longer_than_a_block),
		cmocka_unit_test(report_keeps_only_clean_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
