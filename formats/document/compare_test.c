// SPDX-License-Identifier: LGPL-2.1-or-later
/* Two reports: what is told apart, what matters, and which files are reports at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/compare.h"
#include "include/error.h"
#include "include/document.h"

static const struct report_kind kind = { "sample", 2 };

static const struct compare_list lists[] = {
	{ "pools", { "size", "node" }, false },
	{ "devices", { "name", "start" }, true },
	{ "words", { NULL }, false },
	{ "pools[*].nodes", { "id" }, false },
};
static const char *const immaterial[] = { "where", "pools[*].address" };

static const struct compare_rules rules = { lists, 4, immaterial, 2, NULL, 0 };

/* --- files ------------------------------------------------------------------------ */

static void write_text(char *path, const char *text, size_t size)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static struct error *load_bytes(const char *text, size_t size, struct document_json **ret)
{
	char path[] = TEST_BINARY_DIR "/compare-XXXXXX";

	write_text(path, text, size);
	struct error *err = document_json_load(path, &kind, ret);
	unlink(path);
	return err;
}

/* A report whose members besides its kind are @members. */
static struct document_json *load_members(const char *members)
{
	struct document_json *json = NULL;
	char *text;

	assert_true(asprintf(&text, "{\"schema\": \"sample\", \"schema_version\": 1, %s}",
			     members) > 0);
	struct error *err = load_bytes(text, strlen(text), &json);
	if (err)
		fail_msg("%s", error_message(err));
	free(text);
	return json;
}

/* --- what differs ------------------------------------------------------------------- */

static void value_print(const struct document_node *node, FILE *out)
{
	if (!node)
		fputs("(absent)", out);
	else if (node->type == NODE_STRING)
		fprintf(out, "'%s'", node->string);
	else if (node->type == NODE_BYTES)
		fprintf(out, "%lld", (long long)node->bytes);
	else if (node->type == NODE_BOOL)
		fputs(node->boolean ? "true" : "false", out);
	else
		fputs(node->type == NODE_NULL	 ? "null"
		      : node->type == NODE_ARRAY ? "[]"
						 : "{}",
		      out);
}

/* A line for each change: "kind path a b", with "(immaterial)" behind those. */
static char *changes_text(const struct comparison *comparison)
{
	static const char signs[] = {
		[CHANGE_CHANGED] = '~', [CHANGE_ADDED] = '+', [CHANGE_REMOVED] = '-'
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct change *change = &comparison->changes[i];

		fprintf(out, "%c %s ", signs[change->kind], change->path);
		value_print(change->a, out);
		fputc(' ', out);
		value_print(change->b, out);
		fputs(change->matters ? "\n" : " (immaterial)\n", out);
	}
	fclose(out);
	return text;
}

static void assert_changes(const char *a_text, const char *b_text, const struct compare_rules *how,
			   const char *expected)
{
	struct document_json *a = load_members(a_text), *b = load_members(b_text);
	struct comparison comparison;

	assert_null(compare_reports(a, b, how, &comparison));
	char *text = changes_text(&comparison);
	assert_string_equal(text, expected);
	free(text);
	comparison_deinit(&comparison);
	document_json_destroy(a);
	document_json_destroy(b);
}

static void differences_are_found(void **state)
{
	static const struct {
		const char *a, *b, *expected;
	} cases[] = {
		{ "\"x\": 1", "\"x\": 1", "" },
		{ "\"x\": 1", "\"x\": 2", "~ x 1 2\n" },
		{ "\"x\": 1", "\"x\": 1.0", "" },
		/* Types are told apart: a string is no number, null is neither zero nor absent. */
		{ "\"x\": 5", "\"x\": \"5\"", "~ x 5 '5'\n" },
		{ "\"x\": null", "\"x\": 0", "~ x null 0\n" },
		{ "\"x\": null", "\"y\": 0", "- x null (absent)\n+ y (absent) 0\n" },
		{ "\"x\": false", "\"x\": null", "~ x false null\n" },
		{ "\"x\": {\"y\": 1}", "\"x\": [1]", "~ x {} []\n" },
		{ "\"x\": {\"y\": 1}", "\"x\": null", "~ x {} null\n" },
		/* Counts that JSON has no integer for are strings of digits. */
		{ "\"x\": \"18446744073709551615\"", "\"x\": \"18446744073709551614\"",
		  "~ x '18446744073709551615' '18446744073709551614'\n" },
		{ "\"x\": -1", "\"x\": 9223372036854775807", "~ x -1 9223372036854775807\n" },
		/* Members in any order, however deep. */
		{ "\"x\": {\"a\": 1, \"b\": {\"c\": 2}}", "\"x\": {\"b\": {\"c\": 3}, \"a\": 1}",
		  "~ x.b.c 2 3\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_changes(cases[i].a, cases[i].b, &rules, cases[i].expected);
}

static void list_elements_are_matched_by_their_keys(void **state)
{
	static const struct {
		const char *a, *b, *expected;
	} cases[] = {
		{ "\"pools\": [{\"size\": 2, \"node\": 0, \"n\": 1}, {\"size\": 2, \"node\": 1}]",
		  "\"pools\": [{\"size\": 2, \"node\": 1}, {\"size\": 2, \"node\": 0, \"n\": 3}]",
		  "~ pools[2,0].n 1 3\n" },
		{ "\"pools\": [{\"size\": 2, \"node\": 0}]", "\"pools\": [{\"size\": 2}]",
		  "- pools[2,0] {} (absent)\n+ pools[2,-] (absent) {}\n" },
		{ "\"pools\": [{\"size\": 2, \"node\": 0, \"nodes\": [{\"id\": 7, \"x\": 1}]}]",
		  "\"pools\": [{\"size\": 2, \"node\": 0, \"nodes\": [{\"id\": 7, \"x\": 2}]}]",
		  "~ pools[2,0].nodes[7].x 1 2\n" },
		/* By name, or where there is none by start. */
		{ "\"devices\": [{\"name\": \"d\", \"start\": 1}, {\"name\": null, \"start\": 2}]",
		  "\"devices\": [{\"name\": null, \"start\": 2, \"x\": 1}, "
		  "{\"name\": \"d\", \"start\": 3}]",
		  "~ devices[d].start 1 3\n+ devices[2].x (absent) 1\n" },
		/* The same key twice is told apart by order. */
		{ "\"devices\": [{\"name\": \"d\", \"x\": 1}, {\"name\": \"d\", \"x\": 2}]",
		  "\"devices\": [{\"name\": \"d\", \"x\": 1}, {\"name\": \"d\", \"x\": 3}]",
		  "~ devices[d#2].x 2 3\n" },
		{ "\"words\": [\"a\", \"a#2\", \"a\"]", "\"words\": [\"a\", \"a#2\"]",
		  "- words[a#3] 'a' (absent)\n" },
		{ "\"words\": [\"a\", \"b\"]", "\"words\": [\"c\", \"a\"]",
		  "- words[b] 'b' (absent)\n+ words[c] (absent) 'c'\n" },
		/* No rule: by position. */
		{ "\"other\": [1, 2]", "\"other\": [1, 3, 4]",
		  "~ other[1] 2 3\n+ other[2] (absent) 4\n" },
		/* Not what a rule expects. */
		{ "\"pools\": [3, null, [1]]", "\"pools\": [null, 3, [1]]",
		  "~ pools[-,-] 3 null\n~ pools[-,-#2] null 3\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_changes(cases[i].a, cases[i].b, &rules, cases[i].expected);
}

static void what_is_ignored_is_not_there(void **state)
{
	static const struct {
		const char *ignored, *expected;
	} cases[] = {
		{ "nothing", "~ where.x 1 2 (immaterial)\n~ pools[2,0].address 1 2 (immaterial)\n"
			     "~ pools[2,0].n 1 2\n~ y 1 2\n" },
		{ "*", "" },
		{ "where", "~ pools[2,0].address 1 2 (immaterial)\n~ pools[2,0].n 1 2\n~ y 1 2\n" },
		{ "pools", "~ where.x 1 2 (immaterial)\n~ y 1 2\n" },
		{ "pools[2,*", "~ where.x 1 2 (immaterial)\n~ y 1 2\n" },
		{ "pools[*].n",
		  "~ where.x 1 2 (immaterial)\n~ pools[2,0].address 1 2 (immaterial)\n~ y 1 2\n" },
		{ "pools\\[2,0\\].n",
		  "~ where.x 1 2 (immaterial)\n~ pools[2,0].address 1 2 (immaterial)\n~ y 1 2\n" },
		{ "?", "~ where.x 1 2 (immaterial)\n~ pools[2,0].address 1 2 (immaterial)\n"
		       "~ pools[2,0].n 1 2\n" },
	};
	const char *a =
		"\"where\": {\"x\": 1}, "
		"\"pools\": [{\"size\": 2, \"node\": 0, \"address\": 1, \"n\": 1}], \"y\": 1";
	const char *b =
		"\"where\": {\"x\": 2}, "
		"\"pools\": [{\"size\": 2, \"node\": 0, \"address\": 2, \"n\": 2}], \"y\": 2";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct compare_rules less = rules;

		less.ignored = &cases[i].ignored;
		less.ignored_count = 1;
		assert_changes(a, b, &less, cases[i].expected);
	}
}

static void a_change_knows_its_element(void **state)
{
	struct document_json *a = load_members(
		"\"pools\": [{\"size\": 2, \"node\": 0, \"deep\": {\"n\": [1]}}], \"y\": 1");
	struct document_json *b = load_members(
		"\"pools\": [{\"size\": 2, \"node\": 0, \"deep\": {\"n\": [2]}}], \"y\": 2");
	struct comparison comparison;

	(void)state;
	assert_null(compare_reports(a, b, &rules, &comparison));
	/* The values outlive the reports. */
	document_json_destroy(a);
	document_json_destroy(b);
	assert_int_equal(comparison.count, 2);
	assert_int_equal(comparison.mattering, 2);
	assert_string_equal(comparison.changes[0].member, "deep.n[0]");
	assert_string_equal(comparison.changes[0].element->first->key, "size");
	assert_int_equal(comparison.changes[0].element->first->bytes, 2);
	assert_null(comparison.changes[1].element);
	assert_string_equal(comparison.changes[1].member, "y");
	comparison_deinit(&comparison);
}

static void a_report_in_memory_is_one_that_was_read(void **state)
{
	struct document_json *memory, *file = load_members("\"n\": 3, \"at\": \"0x10\"");
	struct comparison comparison;
	struct document *document;

	(void)state;
	assert_null(document_create(&document));
	document_string(document_root(document), "schema", NULL, "sample");
	document_count(document_root(document), "schema_version", NULL, 1);
	document_count(document_root(document), "n", "N", 3);
	document_hex(document_root(document), "at", "At", 16);
	document_text(document_root(document), STYLE_PLAIN, "words");
	assert_null(document_json_from("somewhere", document, &memory));
	document_destroy(document);
	assert_null(compare_reports(memory, file, &rules, &comparison));
	assert_int_equal(comparison.count, 0);
	assert_string_equal(document_json_path(memory), "somewhere");
	comparison_deinit(&comparison);
	document_json_destroy(memory);
	document_json_destroy(file);
}

/* --- which files are reports ---------------------------------------------------------- */

static void assert_refused(const char *text, size_t size, enum error_code code, const char *part)
{
	struct document_json *json = NULL;
	struct error *err = load_bytes(text, size, &json);

	assert_non_null(err);
	assert_int_equal(error_code(err), code);
	if (!strstr(error_message(err), part))
		fail_msg("'%s' does not tell '%s'", error_message(err), part);
	assert_null(strpbrk(error_message(err), "\n\033"));
	error_destroy(err);
}

static void other_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *part;
	} cases[] = {
		{ "", ERROR_UNSUPPORTED, "is empty" },
		{ "{", ERROR_CORRUPT, "line 1" },
		{ "{\"a\": 1, \"a\": 2}", ERROR_CORRUPT, "duplicate" },
		{ "{\"\033[31m\n\": 1", ERROR_CORRUPT, "line 1" },
		{ "[]", ERROR_UNSUPPORTED, "\"schema\" is not \"sample\"" },
		{ "{}", ERROR_UNSUPPORTED, "\"schema\" is not \"sample\"" },
		{ "{\"schema\": 1}", ERROR_UNSUPPORTED, "\"schema\" is not" },
		{ "{\"schema\": \"other\"}", ERROR_UNSUPPORTED, "\"schema\" is not" },
		{ "{\"schema\": \"sample\"}", ERROR_CORRUPT, "is no version" },
		{ "{\"schema\": \"sample\", \"schema_version\": 0}", ERROR_CORRUPT, "no version" },
		{ "{\"schema\": \"sample\", \"schema_version\": \"1\"}", ERROR_CORRUPT,
		  "no version" },
		{ "{\"schema\": \"sample\", \"schema_version\": 3}", ERROR_UNSUPPORTED,
		  "use a newer vmemscope" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(cases[i].text, strlen(cases[i].text), cases[i].code, cases[i].part);
}

static void what_no_report_holds_is_not_parsed(void **state)
{
	enum { SIZE = 3 << 20 };
	char *text = malloc(SIZE);

	(void)state;
	assert_non_null(text);
	memset(text, '[', SIZE);
	assert_refused(text, SIZE, ERROR_UNSUPPORTED, "nested deeper");
	memset(text, ',', SIZE);
	assert_refused(text, SIZE, ERROR_UNSUPPORTED, "holds more");
	memset(text, '\0', SIZE);
	assert_refused(text, SIZE, ERROR_CORRUPT, "line 1");
	free(text);
}

static void a_report_is_told_by_its_first_byte(void **state)
{
	static const struct {
		const char *text;
		bool is_one;
	} cases[] = {
		{ "{", true },	       { " \t\r\n{\"a", true }, { "", false },	   { "   ", false },
		{ "\177ELF{", false }, { "text {", false },	{ "[{}]", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char path[] = TEST_BINARY_DIR "/compare-XXXXXX";

		write_text(path, cases[i].text, strlen(cases[i].text));
		assert_int_equal(document_json_probe(path), cases[i].is_one);
		unlink(path);
	}
	assert_false(document_json_probe(TEST_BINARY_DIR));
	assert_false(document_json_probe(TEST_BINARY_DIR "/no-such-file"));
	assert_false(document_json_probe("/dev/zero"));
}

static void very_long_keys_are_cut(void **state)
{
	enum { LENGTH = 100000 };
	char *key = calloc(1, LENGTH + 1), *a, *b;
	struct comparison comparison;

	(void)state;
	assert_non_null(key);
	memset(key, 'k', LENGTH);
	assert_true(asprintf(&a, "\"%s\": {\"x\": 1}", key) > 0);
	assert_true(asprintf(&b, "\"%s\": {\"x\": 2}", key) > 0);
	struct document_json *a_json = load_members(a), *b_json = load_members(b);
	assert_null(compare_reports(a_json, b_json, &rules, &comparison));
	assert_int_equal(comparison.count, 1);
	assert_true(strlen(comparison.changes[0].path) < 1000);
	assert_string_equal(strstr(comparison.changes[0].path, "..."), "....x");
	comparison_deinit(&comparison);
	document_json_destroy(a_json);
	document_json_destroy(b_json);
	free(a);
	free(b);
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_found),
		cmocka_unit_test(list_elements_are_matched_by_their_keys),
		cmocka_unit_test(what_is_ignored_is_not_there),
		cmocka_unit_test(a_change_knows_its_element),
		cmocka_unit_test(a_report_in_memory_is_one_that_was_read),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(what_no_report_holds_is_not_parsed),
		cmocka_unit_test(a_report_is_told_by_its_first_byte),
		cmocka_unit_test(very_long_keys_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
