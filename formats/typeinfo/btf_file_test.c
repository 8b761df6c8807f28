// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stand-in program with BTF instead of DWARF says what the compiler says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/typeinfo/standin_build.h"
#include "testdata/typeinfo/standin_questions.h"

#define BINARIES TEST_BINARY_DIR "/typeinfo-btf"

/* Sets *state if there is no tool that makes BTF. */
static int build_programs(void **state)
{
	static const char *const debug[] = { "4", "5" };
	static bool no_pahole;

	if (!run("command -v pahole >/dev/null")) {
		*state = &no_pahole;
		return 0;
	}
	for (size_t i = 0; i < 2; i++) {
		char flags[32], name[32];

		snprintf(flags, sizeof(flags), "-gdwarf-%s", debug[i]);
		snprintf(name, sizeof(name), "dwarf%s", debug[i]);
		if (!standin_build("cc", flags, BINARIES, name) ||
		    !run("cd %s && pahole -J %s && objcopy -O binary --only-section=.BTF "
			 "--set-section-flags .BTF=alloc %s %s.btf && "
			 "objcopy --strip-debug --keep-section=.BTF %s",
			 BINARIES, name, name, name, name))
			return -1;
	}
	return 0;
}

static void skip_without_pahole(void **state)
{
	if (*state) {
		print_message("skipped: no pahole\n");
		skip();
	}
}

/* distances[3][7] has become distances[21]. */
static void expect_flattened(struct type_answer *answers)
{
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		const struct type_query *query = &expectations[i].query;

		if (query->kind != TYPE_MEMBER_LENGTH || strcmp(query->name, "distances") != 0)
			continue;
		assert_int_equal(answers[i].value, 21);
		answers[i].value = 3;
	}
}

typedef struct error *open_fn(const char *path, struct typeinfo **ret);

static struct typeinfo *open_with(open_fn *open, const char *path)
{
	struct typeinfo *ti = NULL;

	assert_no_error(open(path, &ti));
	assert_non_null(ti);
	assert_string_equal(ti->ops->name, "BTF");
	assert_string_equal(ti->origin, "BTF");
	assert_string_equal(ti->path, path);
	return ti;
}

static void answers_equal_the_compiler(void **state)
{
	static const struct {
		open_fn *open;
		const char *path;
	} cases[] = {
		{ typeinfo_open_btf, BINARIES "/dwarf4" },
		{ typeinfo_open_btf, BINARIES "/dwarf5" },
		{ typeinfo_open_btf, BINARIES "/dwarf4.btf" },
		{ typeinfo_open_btf, BINARIES "/dwarf5.btf" },
		{ typeinfo_open_vmlinux, BINARIES "/dwarf5" },
	};

	skip_without_pahole(state);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct type_answer answers[EXPECTATIONS];
		struct typeinfo *ti = open_with(cases[i].open, cases[i].path);

		ask(ti, NULL, answers);
		expect_flattened(answers);
		assert_answers(cases[i].path, answers);
		typeinfo_close(ti);
	}
}

static void program_is_described_and_has_symbols(void **state)
{
	static const struct type_query queries[] = {
		{ TYPE_SIZE, "page", NULL },
		{ TYPE_SYMBOL, NULL, "hstates" },
		{ TYPE_SYMBOL, NULL, "no_such_symbol" },
	};
	struct type_answer answers[3];

	skip_without_pahole(state);
	struct typeinfo *ti = open_with(typeinfo_open_btf, BINARIES "/dwarf5");
	assert_string_equal(ti->build_id, STANDIN_BUILD_ID);
	assert_string_equal(ti->release, STANDIN_RELEASE);
	assert_no_error(ti->ops->resolve(ti, queries, 3, NULL, answers));
	assert_string_equal(answers[0].source, "BTF");
	assert_true(answers[1].found);
	assert_string_equal(answers[1].source, "symbol table");
	assert_false(answers[2].found);
	typeinfo_close(ti);
}

static void bare_btf_has_no_symbols_and_no_names(void **state)
{
	static const struct type_query query = { TYPE_SYMBOL, NULL, "hstates" };
	struct type_answer answer;

	skip_without_pahole(state);
	struct typeinfo *ti = open_with(typeinfo_open_btf, BINARIES "/dwarf5.btf");
	assert_null(ti->build_id);
	assert_null(ti->release);
	assert_no_error(ti->ops->resolve(ti, &query, 1, NULL, &answer));
	assert_false(answer.found);
	typeinfo_close(ti);
}

/* The kernel that runs the tests: whatever it is, its BTF is the real thing. */
static void running_kernel_is_read(void **state)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";
	static const struct type_query queries[] = {
		{ TYPE_SIZE, "page", NULL },
		{ TYPE_MEMBER_OFFSET, "page", "lru" },
		{ TYPE_ENUMERATOR, "pageflags", "PG_locked" },
		{ TYPE_MEMBER_LENGTH, "pglist_data", "node_zones" },
	};
	struct type_answer answers[4];

	(void)state;
	if (access(path, R_OK) != 0) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	struct typeinfo *ti = open_with(typeinfo_open_btf, path);
	assert_no_error(ti->ops->resolve(ti, queries, 4, NULL, answers));
	for (size_t i = 0; i < 4; i++)
		assert_true(answers[i].found);
	assert_int_equal(answers[1].value, 8);
	typeinfo_close(ti);
}

static void assert_refused(const char *path, enum error_code code, const char *words)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_btf(path, &ti);

	if (!err)
		fail_msg("'%s' was taken for BTF", path);
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("'%s': %s", path, error_message(err));
	error_destroy(err);
}

static void other_files_are_refused(void **state)
{
	(void)state;
	assert_true(run("mkdir -p %s && cd %s && printf '\\237\\353\\1' > short && echo x > text",
			BINARIES, BINARIES));
	assert_refused(BINARIES "/short", ERROR_CORRUPT, "too few for its header");
	assert_refused(BINARIES "/text", ERROR_UNSUPPORTED, "not an ELF file");
	assert_refused(BINARIES "/no-such-file", ERROR_NOT_FOUND, "No such file");
	assert_true(standin_build("cc", "-g", BINARIES, "without"));
	assert_refused(BINARIES "/without", ERROR_UNSUPPORTED, "CONFIG_DEBUG_INFO_BTF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_equal_the_compiler),
		cmocka_unit_test(program_is_described_and_has_symbols),
		cmocka_unit_test(bare_btf_has_no_symbols_and_no_names),
		cmocka_unit_test(running_kernel_is_read),
		cmocka_unit_test(other_files_are_refused),
	};

	return cmocka_run_group_tests(tests, build_programs, NULL);
}
