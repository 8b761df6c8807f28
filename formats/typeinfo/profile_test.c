// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is saved as a profile reads back the same, and what is no profile is refused. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"

#define DWARF  "DWARF of /somewhere/vmlinux"
#define SYMTAB "symbol table of /somewhere/vmlinux"

enum { COUNT = 14 };

static const struct type_query queries[COUNT] = {
	{ TYPE_SIZE, "page", NULL },
	{ TYPE_MEMBER_OFFSET, "page", "flags" },
	{ TYPE_MEMBER_SIZE, "page", "flags" },
	{ TYPE_MEMBER_OFFSET, "page", "lru.next" },
	{ TYPE_MEMBER_LENGTH, "hstate", "name" },
	{ TYPE_ENUMERATOR, "pageflags", "PG_head" },
	{ TYPE_ENUMERATOR, "pageflags", "PG_negative" },
	{ TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT" },
	{ TYPE_SYMBOL, NULL, "hstates" },
	{ TYPE_SYMBOL, NULL, "low" },
	{ TYPE_SIZE, "impossible", NULL },
	{ TYPE_MEMBER_OFFSET, "page", "absent" },
	{ TYPE_SYMBOL, NULL, "absent" },
	{ TYPE_ENUMERATOR, NULL, "absent" },
};

static const struct type_answer answers[COUNT] = {
	{ true, 64, DWARF },
	{ true, 0, DWARF },
	{ true, 8, DWARF },
	{ true, 8, DWARF },
	{ true, 32, DWARF },
	{ true, 6, DWARF },
	{ true, (uint64_t)-3, DWARF },
	{ true, 6, DWARF },
	{ true, 0xffffffff83fe3260, SYMTAB },
	{ true, 0x1000, SYMTAB },
	{ true, 0xfedcba9876543210, DWARF },
};

static struct typeinfo described = {
	.path = (char[]){ "/somewhere/vmlinux" },
	.release = (char[]){ "6.99.0-standin" },
	.build_id = (char[]){ "0123456789abcdef" },
	.machine = (char[]){ "x86_64" },
};

static void assert_no_error(struct error *err)
{
	if (err)
		fail_msg("%s", error_message(err));
}

static char *text_of(const struct typeinfo *ti, const struct type_answer *list)
{
	char *text = NULL;

	assert_no_error(typeinfo_profile_text(ti, queries, list, COUNT, &text));
	assert_non_null(text);
	return text;
}

static struct typeinfo *open_text(const char *text)
{
	struct typeinfo *ti = NULL;

	assert_no_error(typeinfo_open_profile("saved", text, &ti));
	assert_non_null(ti);
	return ti;
}

static void answers_survive_being_saved(void **state)
{
	(void)state;
	struct type_answer again[COUNT];
	char *text = text_of(&described, answers);
	struct typeinfo *ti = open_text(text);

	assert_no_error(ti->ops->resolve(ti, queries, COUNT, NULL, again));
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(again[i].found, answers[i].found);
		if (!again[i].found)
			continue;
		assert_int_equal(again[i].value, answers[i].value);
		assert_string_equal(again[i].source, answers[i].source);
	}
	typeinfo_close(ti);
	free(text);
}

static void kernel_survives_being_saved(void **state)
{
	(void)state;
	char *text = text_of(&described, answers);
	struct typeinfo *ti = open_text(text);

	assert_string_equal(ti->path, "saved");
	assert_string_equal(ti->release, described.release);
	assert_string_equal(ti->build_id, described.build_id);
	assert_string_equal(ti->machine, described.machine);
	assert_string_equal(ti->ops->name, "profile");
	typeinfo_close(ti);
	free(text);
}

static void unknown_kernel_survives_being_saved(void **state)
{
	(void)state;
	const struct typeinfo unknown = { .path = (char[]){ "x" } };
	char *text = text_of(&unknown, answers);
	struct typeinfo *ti = open_text(text);

	assert_null(ti->release);
	assert_null(ti->build_id);
	assert_null(ti->machine);
	typeinfo_close(ti);
	free(text);
}

static void same_answers_make_the_same_text(void **state)
{
	(void)state;
	char *first = text_of(&described, answers), *second = text_of(&described, answers);

	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void text_is_for_people(void **state)
{
	(void)state;
	char *text = text_of(&described, answers);

	assert_non_null(strstr(text, "\"address\": \"0xffffffff83fe3260\""));
	assert_non_null(strstr(text, "\"lru.next\": {"));
	assert_null(strstr(text, "absent"));
	free(text);
}

static void source_that_is_no_utf8_is_still_written(void **state)
{
	(void)state;
	struct type_answer odd[COUNT] = { { true, 64, "DWARF of /\xff\xfe" } };
	char *text = text_of(&described, odd);
	struct typeinfo *ti = open_text(text);
	struct type_answer again[COUNT];

	assert_no_error(ti->ops->resolve(ti, queries, COUNT, NULL, again));
	assert_true(again[0].found);
	assert_string_equal(again[0].source, "DWARF of /?\?");
	typeinfo_close(ti);
	free(text);
}

static void enumerator_of_a_named_enum_answers_for_any(void **state)
{
	(void)state;
	const struct type_query query = { TYPE_ENUMERATOR, NULL, "PG_head" };
	struct type_answer answer;
	char *text = text_of(&described, answers);
	struct typeinfo *ti = open_text(text);

	assert_no_error(ti->ops->resolve(ti, &query, 1, NULL, &answer));
	assert_true(answer.found);
	assert_int_equal(answer.value, 6);
	typeinfo_close(ti);
	free(text);
}

#define HEAD "{\"schema\":\"vmemscope-profile\",\"schema_version\":1,"
#define GOOD HEAD "\"kernel\":{},\"sources\":[\"s\"],"

static void other_texts_are_refused_by_key(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ "", ERROR_CORRUPT, "is not JSON" },
		{ "\x7f"
		  "ELF\2",
		  ERROR_CORRUPT, "is not JSON" },
		{ "{", ERROR_CORRUPT, "is not JSON: line 1" },
		{ "[]", ERROR_CORRUPT, "not a JSON object" },
		{ "{}", ERROR_UNSUPPORTED, "\"schema\"" },
		{ "{\"schema\":1}", ERROR_UNSUPPORTED, "\"schema\"" },
		{ "{\"schema\":\"vmemscope-profile\"}", ERROR_CORRUPT, "schema_version" },
		{ "{\"schema\":\"vmemscope-profile\",\"schema_version\":2}", ERROR_UNSUPPORTED,
		  "version 2" },
		{ HEAD "\"kernel\":[]}", ERROR_CORRUPT, "\"kernel\"" },
		{ HEAD "\"kernel\":{\"release\":7}}", ERROR_CORRUPT, "kernel.release" },
		{ HEAD "\"kernel\":{}}", ERROR_CORRUPT, "\"sources\"" },
		{ HEAD "\"kernel\":{},\"sources\":[1]}", ERROR_CORRUPT, "\"sources\"" },
		{ GOOD "\"structs\":[]}", ERROR_CORRUPT, "\"structs\"" },
		{ GOOD "\"structs\":{\"page\":64}}", ERROR_CORRUPT, "structs.page:" },
		{ GOOD "\"structs\":{\"page\":{\"size\":-1}}}", ERROR_CORRUPT,
		  "structs.page.size" },
		{ GOOD "\"structs\":{\"page\":{\"size\":1.5}}}", ERROR_CORRUPT,
		  "structs.page.size" },
		{ GOOD "\"structs\":{\"page\":{\"members\":3}}}", ERROR_CORRUPT,
		  "structs.page.members" },
		{ GOOD "\"structs\":{\"page\":{\"members\":{\"lru\":{\"offset\":\"8\"}}}}}",
		  ERROR_CORRUPT, "structs.page.members.lru.offset" },
		{ GOOD "\"structs\":{\"page\":{\"size\":8,\"source\":1}}}", ERROR_CORRUPT,
		  "structs.page.source" },
		{ GOOD "\"structs\":{\"page\":{\"size\":8,\"source\":-1}}}", ERROR_CORRUPT,
		  "structs.page.source" },
		{ GOOD "\"enums\":{\"e\":{\"A\":1}}}", ERROR_CORRUPT, "enums.e.A" },
		{ GOOD "\"enumerators\":{\"A\":{\"value\":\"x\"}}}", ERROR_CORRUPT,
		  "enumerators.A.value" },
		{ GOOD "\"symbols\":{\"a\":{\"address\":\"0x\"}}}", ERROR_CORRUPT,
		  "symbols.a.address" },
		{ GOOD "\"symbols\":{\"a\":{\"address\":\"0x12345678123456789\"}}}", ERROR_CORRUPT,
		  "symbols.a.address" },
		{ GOOD "\"symbols\":{\"a\":{\"address\":\"0x-1\"}}}", ERROR_CORRUPT,
		  "symbols.a.address" },
		{ GOOD "\"symbols\":{\"a\\n\\u001b[31m\":{\"address\":true}}}", ERROR_CORRUPT,
		  "symbols.a??[31m.address" },
		{ GOOD "\"symbols\":{},\"symbols\":{}}", ERROR_CORRUPT, "duplicate" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct typeinfo *ti = NULL;
		struct error *err = typeinfo_open_profile("a.json", cases[i].text, &ti);

		if (!err)
			fail_msg("taken for a profile: %s", cases[i].text);
		if (error_code(err) != cases[i].code ||
		    !strstr(error_message(err), cases[i].words) ||
		    !strstr(error_message(err), "profile 'a.json'") ||
		    strchr(error_message(err), '\n'))
			fail_msg("%s: %s", cases[i].text, error_message(err));
		error_destroy(err);
	}
}

static void deep_nesting_is_refused(void **state)
{
	(void)state;
	enum { DEPTH = 1 << 20 };
	char *text = malloc(DEPTH + 1);
	struct typeinfo *ti = NULL;

	assert_non_null(text);
	memset(text, '[', DEPTH);
	text[DEPTH] = '\0';
	struct error *err = typeinfo_open_profile("deep", text, &ti);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_CORRUPT);
	error_destroy(err);
	free(text);
}

/* Every prefix, and every byte set to something else. */
static void damaged_text_does_no_harm(void **state)
{
	(void)state;
	static const char others[] = "\"{[0x}]:,-\\";
	char *text = text_of(&described, answers);
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		for (size_t j = 0; j < sizeof(others); j++) {
			struct type_answer again[COUNT];
			struct typeinfo *ti = NULL;
			char before = text[i];

			text[i] = others[j];
			struct error *err = typeinfo_open_profile("damaged", text, &ti);
			if (!err)
				err = ti->ops->resolve(ti, queries, COUNT, NULL, again);
			error_destroy(err);
			typeinfo_close(ti);
			text[i] = before;
		}
	}
	free(text);
}

static void write_file(const char *path, const char *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void profile_is_read_from_a_file(void **state)
{
	(void)state;
	const char *path = TEST_BINARY_DIR "/profile-test.json";
	char *text = text_of(&described, answers);
	struct typeinfo *ti = NULL;

	write_file(path, text, strlen(text));
	assert_no_error(typeinfo_open_profile_file(path, &ti));
	assert_string_equal(ti->path, path);
	assert_string_equal(ti->build_id, described.build_id);
	typeinfo_close(ti);
	free(text);
}

static void assert_file_refused(const char *path, enum error_code code, const char *words)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_profile_file(path, &ti);

	assert_non_null(err);
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("%s", error_message(err));
	error_destroy(err);
}

static void other_files_are_refused(void **state)
{
	(void)state;
	const char *path = TEST_BINARY_DIR "/profile-test-large.json";
	size_t size = (16 << 20) + 1;
	char *spaces = malloc(size);

	assert_non_null(spaces);
	memset(spaces, ' ', size);
	write_file(path, spaces, size);
	free(spaces);
	assert_file_refused(path, ERROR_UNSUPPORTED, "which no profile has");
	unlink(path);
	assert_file_refused(TEST_BINARY_DIR, ERROR_UNSUPPORTED, "directory");
	assert_file_refused(TEST_BINARY_DIR "/no-such-profile", ERROR_NOT_FOUND, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_survive_being_saved),
		cmocka_unit_test(kernel_survives_being_saved),
		cmocka_unit_test(unknown_kernel_survives_being_saved),
		cmocka_unit_test(same_answers_make_the_same_text),
		cmocka_unit_test(text_is_for_people),
		cmocka_unit_test(source_that_is_no_utf8_is_still_written),
		cmocka_unit_test(enumerator_of_a_named_enum_answers_for_any),
		cmocka_unit_test(other_texts_are_refused_by_key),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(damaged_text_does_no_harm),
		cmocka_unit_test(profile_is_read_from_a_file),
		cmocka_unit_test(other_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
