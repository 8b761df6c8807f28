// SPDX-License-Identifier: LGPL-2.1-or-later
/* A System.map answers about symbols only; other files are refused. */
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

#define FILE_NAME TEST_BINARY_DIR "/system-map-test"

static void write_file(const char *text, size_t size)
{
	FILE *file = fopen(FILE_NAME, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void symbols_are_answered(void **state)
{
	static const char text[] = "0000000000000000 A fixed_percpu_data\n"
				   "ffffffff81000000 T _text\n"
				   "ffffffff82000000 d twice\n"
				   "no line of a map\n"
				   "ffffffff82000010 D twice\r\n"
				   "ffffffff83000000 B hstates";
	static const struct type_query queries[] = {
		{ TYPE_SYMBOL, NULL, "twice" },
		{ TYPE_SYMBOL, NULL, "hstates" },
		{ TYPE_SYMBOL, NULL, "no_such" },
		{ TYPE_SIZE, "page", NULL },
	};
	struct type_answer answers[4];
	struct typeinfo *ti = NULL;

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_null(typeinfo_open_system_map(FILE_NAME, &ti));
	assert_string_equal(ti->ops->name, "System.map");
	assert_null(ti->ops->resolve(ti, queries, 4, NULL, answers));
	assert_true(answers[0].found);
	assert_int_equal(answers[0].value, 0xffffffff82000010);
	assert_string_equal(answers[0].source, "System.map");
	assert_int_equal(answers[1].value, 0xffffffff83000000);
	assert_false(answers[2].found);
	assert_false(answers[3].found);
	typeinfo_close(ti);
}

static void names_of_link_time_optimization_are_found(void **state)
{
	static const char text[] = "ffffffff82000000 d thin.llvm.1234567890123456789\n"
				   "ffffffff82000010 b gcc.lto_priv.0\n"
				   "ffffffff82000020 d unique.__uniq.12.llvm.34\n"
				   "ffffffff82000030 d plain_wins.llvm.1\n"
				   "ffffffff82000040 t plain_wins\n"
				   "ffffffff82000050 d of_two_files.llvm.1\n"
				   "ffffffff82000060 d of_two_files.llvm.2\n"
				   "ffffffff82000070 t part.llvm.1.cold\n"
				   "ffffffff82000080 t copy.constprop.0\n"
				   "ffffffff82000090 d no_number.llvm.\n"
				   "ffffffff820000a0 d told_twice.llvm.1\n"
				   "ffffffff820000a0 d told_twice.llvm.1\n"
				   "                 U thin\n";
	static const struct {
		const char *name;
		uint64_t address; /* 0: not found */
	} expected[] = {
		{ "thin", 0xffffffff82000000 },
		{ "gcc", 0xffffffff82000010 },
		{ "unique", 0xffffffff82000020 },
		{ "plain_wins", 0xffffffff82000040 },
		{ "of_two_files", 0 },
		{ "part", 0 },
		{ "copy", 0 },
		{ "no_number", 0 },
		{ "told_twice", 0xffffffff820000a0 },
	};
	struct typeinfo *ti = NULL;

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_null(typeinfo_open_system_map(FILE_NAME, &ti));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct type_query query = { TYPE_SYMBOL, NULL, expected[i].name };
		struct type_answer answer;

		assert_null(ti->ops->resolve(ti, &query, 1, NULL, &answer));
		if ((answer.found ? answer.value : 0) != expected[i].address)
			fail_msg("%s at 0x%" PRIx64, expected[i].name, answer.value);
	}
	typeinfo_close(ti);
}

static void symbols_of_the_running_kernel_are_answered_as_linked(void **state)
{
	static const char text[] = "0000000000000010 A percpu\n"
				   "ffffffff91000000 T _text\n"
				   "ffffffff93000000 B hstates\n"
				   "ffffffffc0000000 t module_symbol\t[a_module]\n";
	static const struct type_query queries[] = {
		{ TYPE_SYMBOL, NULL, "hstates" },
		{ TYPE_SYMBOL, NULL, "percpu" },
		{ TYPE_SYMBOL, NULL, "module_symbol" },
	};
	struct type_answer answers[3];
	struct typeinfo *ti = NULL;

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_null(typeinfo_open_kallsyms(FILE_NAME, 0x10000000, &ti));
	assert_null(ti->ops->resolve(ti, queries, 3, NULL, answers));
	assert_int_equal(answers[0].value, 0xffffffff83000000);
	assert_string_equal(answers[0].source, "/proc/kallsyms");
	assert_int_equal(answers[1].value, 0x10);
	assert_false(answers[2].found);
	typeinfo_close(ti);
}

static void hidden_addresses_are_refused_in_words(void **state)
{
	static const char text[] = "0000000000000000 T _text\n0000000000000000 B hstates\n";
	struct typeinfo *ti = NULL;

	(void)state;
	write_file(text, sizeof(text) - 1);
	struct error *err = typeinfo_open_kallsyms(FILE_NAME, 0, &ti);
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "kptr_restrict"));
	error_destroy(err);
	err = typeinfo_open_system_map(FILE_NAME, &ti);
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "kptr_restrict"));
	error_destroy(err);
}

static void file_that_ends_early_is_refused(void **state)
{
	enum { LINES = 9000 };
	static char text[LINES * 40];
	struct typeinfo *ti = NULL;
	size_t size = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		size += snprintf(text + size, sizeof(text) - size, "%016x %c symbol_%u\n",
				 0x1000 + i, "Td"[i % 2], i);
	write_file(text, size);
	struct error *err = typeinfo_open_system_map(FILE_NAME, &ti);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_CORRUPT);
	assert_non_null(strstr(error_message(err), "_end"));
	error_destroy(err);
	size += snprintf(text + size, sizeof(text) - size, "ffffffff83000000 B _end\n");
	write_file(text, size);
	assert_null(typeinfo_open_system_map(FILE_NAME, &ti));
	typeinfo_close(ti);
}

static void functions_alone_are_refused(void **state)
{
	enum { LINES = 9000 };
	static char text[LINES * 40];
	struct typeinfo *ti = NULL;
	size_t size = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		size += snprintf(text + size, sizeof(text) - size, "%016x %c symbol_%u\n",
				 0x1000 + i, "tR"[i % 1000 == 0], i);
	write_file(text, size);
	struct error *err = typeinfo_open_system_map(FILE_NAME, &ti);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_UNSUPPORTED);
	assert_non_null(strstr(error_message(err), "CONFIG_KALLSYMS_ALL"));
	error_destroy(err);
}

static void assert_refused(const char *path, enum error_code code, const char *words)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_system_map(path, &ti);

	assert_non_null(err);
	assert_int_equal(error_code(err), code);
	assert_non_null(strstr(error_message(err), words));
	error_destroy(err);
}

static void other_files_are_refused(void **state)
{
	static const char *const texts[] = {
		"ffffffff81000000",
		"ffffffff81000000 T ",
		"ffffffff81000000 T",
		"ffffffff81000000TTx",
		"11ffffffff81000000 T x",
		" T x",
		"\177ELF",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		write_file(texts[i], strlen(texts[i]));
		assert_refused(FILE_NAME, ERROR_UNSUPPORTED, "its first line");
	}
	write_file("", 0);
	assert_refused(FILE_NAME, ERROR_UNSUPPORTED, "is empty");
	assert_refused(TEST_BINARY_DIR, ERROR_UNSUPPORTED, "is a directory, not a System.map");
	assert_refused(FILE_NAME "-none", ERROR_NOT_FOUND, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_answered),
		cmocka_unit_test(names_of_link_time_optimization_are_found),
		cmocka_unit_test(symbols_of_the_running_kernel_are_answered_as_linked),
		cmocka_unit_test(hidden_addresses_are_refused_in_words),
		cmocka_unit_test(file_that_ends_early_is_refused),
		cmocka_unit_test(functions_alone_are_refused),
		cmocka_unit_test(other_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
