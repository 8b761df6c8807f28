// SPDX-License-Identifier: LGPL-2.1-or-later
/* A stand-in program in many builds: its debug information says what the compiler says. */
#include <inttypes.h>
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

#define BINARIES TEST_BINARY_DIR "/typeinfo-vmlinux"
#define PROGRAM	 BINARIES "/dwarf5"

static const char *const near_first[] = { "standin_init", NULL };
static const char *const near_other[] = { "standin_other", "standin_init", NULL };
static const char *const near_data[] = { "span", NULL };
static const char *const near_other_data[] = { "other_span", NULL };
static const char *const near_none[] = { NULL };

/* One way to build the program; commands run in the directory of the programs. */
struct variant {
	const char *name;
	const char *compiler;
	const char *flags;
	const char *then; /* a command, or NULL */
};

// clang-format off
static const struct variant variants[] = {
	{ "dwarf2", "cc", "-gdwarf-2 -gstrict-dwarf", NULL },
	{ "dwarf4", "cc", "-gdwarf-4", NULL },
	{ "dwarf5", "cc", "-gdwarf-5", NULL },
	{ "compressed", "cc", "-gdwarf-5 -gz=zlib", NULL },
	{ "zdebug", "cc", "-gdwarf-4 -gz=zlib-gnu", NULL },
	{ "dwarf4-no-aranges", "cc", "-gdwarf-4", "objcopy -R .debug_aranges dwarf4-no-aranges" },
	{ "dwarf5-no-aranges", "cc", "-gdwarf-5", "objcopy -R .debug_aranges dwarf5-no-aranges" },
	{ "dwarf4-ranges", "cc", "-gdwarf-4 -ffunction-sections",
	  "objcopy -R .debug_aranges dwarf4-ranges" },
	{ "dwarf5-ranges", "cc", "-gdwarf-5 -ffunction-sections",
	  "objcopy -R .debug_aranges dwarf5-ranges" },
	{ "dwarf64", "cc", "-gdwarf-5 -gdwarf64", NULL },
	{ "split", "cc", "-gdwarf-5",
	  "objcopy --only-keep-debug split split.debug && objcopy --strip-debug "
	  "--add-gnu-debuglink=split.debug split" },
	{ "split-stripped", "cc", "-gdwarf-5",
	  "mkdir -p .debug && objcopy --only-keep-debug split-stripped .debug/stripped.debug && "
	  "objcopy --strip-all --add-gnu-debuglink=.debug/stripped.debug split-stripped" },
	{ "split-no-id", "cc", "-gdwarf-5 -Wl,--build-id=none",
	  "objcopy --only-keep-debug split-no-id no-id.debug && objcopy --strip-debug "
	  "--add-gnu-debuglink=no-id.debug split-no-id" },
	{ "refs", "cc", "-gdwarf-4 " STANDIN_REFS, NULL },
	{ "refs-no-aranges", "cc", "-gdwarf-4 " STANDIN_REFS,
	  "objcopy -R .debug_aranges refs-no-aranges" },
	{ "clang4", "clang", "-gdwarf-4", NULL },
	{ "clang5", "clang", "-gdwarf-5", NULL },
};
// clang-format on

static int build_variants(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		const struct variant *variant = &variants[i];

		if (!run("command -v %s >/dev/null", variant->compiler))
			continue;
		if (!standin_build(variant->compiler, variant->flags, BINARIES, variant->name))
			return -1;
		if (variant->then && !run("cd %s && %s", BINARIES, variant->then))
			return -1;
	}
	return 0;
}

static struct typeinfo *open_program(const char *path)
{
	struct typeinfo *ti = NULL;

	assert_no_error(typeinfo_open_vmlinux(path, &ti));
	assert_non_null(ti);
	return ti;
}

static void answers_equal_the_compiler_in_every_build(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		struct type_answer answers[EXPECTATIONS];
		char path[512];

		snprintf(path, sizeof(path), BINARIES "/%s", variants[i].name);
		if (access(path, R_OK) != 0) {
			print_message("skipped %s: no %s\n", path, variants[i].compiler);
			continue;
		}
		struct typeinfo *ti = open_program(path);
		ask(ti, near_first, answers);
		assert_answers(variants[i].name, answers);
		ask(ti, near_none, answers);
		assert_answers(variants[i].name, answers);
		ask(ti, NULL, answers);
		assert_answers(variants[i].name, answers);
		typeinfo_close(ti);
	}
}

static void program_is_described(void **state)
{
	(void)state;
	struct typeinfo *ti = open_program(PROGRAM);

	assert_string_equal(ti->path, PROGRAM);
	assert_string_equal(ti->build_id, STANDIN_BUILD_ID);
	assert_string_equal(ti->release, STANDIN_RELEASE);
#ifdef __x86_64__
	assert_string_equal(ti->machine, "x86_64");
#endif
	typeinfo_close(ti);
}

static void debug_file_alone_serves_without_release(void **state)
{
	(void)state;
	struct type_answer answers[EXPECTATIONS];
	struct typeinfo *ti = open_program(BINARIES "/split.debug");

	assert_string_equal(ti->build_id, STANDIN_BUILD_ID);
	assert_null(ti->release);
	ask(ti, near_first, answers);
	assert_answers("split.debug", answers);
	typeinfo_close(ti);
}

static void answers_name_their_source(void **state)
{
	(void)state;
	const struct type_query queries[] = {
		{ TYPE_SIZE, "page", NULL },
		{ TYPE_SYMBOL, NULL, "hstates" },
	};
	struct type_answer answers[2];
	struct typeinfo *ti = open_program(BINARIES "/split");

	assert_no_error(ti->ops->resolve(ti, queries, 2, near_first, answers));
	assert_string_equal(answers[0].source, "DWARF");
	assert_string_equal(answers[1].source, "symbol table");
	typeinfo_close(ti);
}

static uint64_t size_of_span(struct typeinfo *ti, const char *const *near)
{
	const struct type_query query = { TYPE_SIZE, "span", NULL };
	struct type_answer answer;

	assert_no_error(ti->ops->resolve(ti, &query, 1, near, &answer));
	assert_true(answer.found);
	return answer.value;
}

static void near_unit_decides_between_types_of_one_name(void **state)
{
	static const char *const programs[] = {
		"dwarf4",	 "dwarf5",	  "dwarf4-no-aranges", "dwarf5-no-aranges",
		"dwarf4-ranges", "dwarf5-ranges", "dwarf64",	       "clang4",
		"clang5"
	};
	char path[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		snprintf(path, sizeof(path), BINARIES "/%s", programs[i]);
		if (access(path, R_OK) != 0)
			continue;
		struct typeinfo *ti = open_program(path);
		assert_int_equal(size_of_span(ti, near_first), sizeof(struct span));
		assert_int_equal(size_of_span(ti, near_other), 96);
		assert_int_equal(size_of_span(ti, near_data), sizeof(struct span));
		/* Clang tells addresses in DWARF 5 by index, which no search finds. */
		if (strcmp(programs[i], "clang5") != 0)
			assert_int_equal(size_of_span(ti, near_other_data), 96);
		typeinfo_close(ti);
	}
}

static void assert_answer(struct typeinfo *ti, const char *const *near,
			  const struct type_query *query, uint64_t value)
{
	struct type_answer answer;

	assert_no_error(ti->ops->resolve(ti, query, 1, near, &answer));
	if (!answer.found || answer.value != value)
		fail_msg("near %s: question %d of %s.%s: %" PRIu64 ", expected %" PRIu64,
			 near[0] ?: "nothing", query->kind, query->type, query->name ?: "",
			 answer.found ? answer.value : UINT64_MAX, value);
}

static void references_are_followed_into_other_units(void **state)
{
	static const struct {
		const char *near[3];
		struct type_query query;
		uint64_t value;
	} cases[] = {
		{ { "refers_elsewhere" }, { TYPE_SIZE, "refers", NULL }, 72 },
		{ { "refers_elsewhere" }, { TYPE_MEMBER_OFFSET, "refers", "away" }, 48 },
		{ { "refers_elsewhere" }, { TYPE_MEMBER_SIZE, "refers", "away" }, 24 },
		{ { "refers_elsewhere" }, { TYPE_MEMBER_OFFSET, "refers", "away.last" }, 64 },
		{ { "standin_init", "refers_elsewhere" },
		  { TYPE_MEMBER_OFFSET, "refers", "away.last" },
		  64 },
		{ { NULL }, { TYPE_MEMBER_OFFSET, "refers", "away.last" }, 64 },
		{ { "refers_elsewhere" }, { TYPE_MEMBER_OFFSET, "refers", "bits" }, 4 },
		{ { "imports_elsewhere" }, { TYPE_SIZE, "import", NULL }, 32 },
		{ { "refers_elsewhere", "imports_elsewhere" }, { TYPE_SIZE, "import", NULL }, 32 },
		{ { NULL }, { TYPE_SIZE, "import", NULL }, 8 },
	};
	struct typeinfo *ti = open_program(BINARIES "/refs");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_answer(ti, cases[i].near, &cases[i].query, cases[i].value);
	typeinfo_close(ti);
}

/* What units told that were read before the one that refers to others is told again. */
static void a_reference_to_another_unit_changes_no_other_answer(void **state)
{
	static const char *const near[][4] = {
		{ "standin_init", "refers_elsewhere", "imports_elsewhere" },
		{ "refers_elsewhere", "standin_init" },
		{ "imports_elsewhere", "standin_init" },
	};
	static const char *const near_other_span[] = { "imports_elsewhere", "standin_other",
						       "standin_init", NULL };
	struct type_answer answers[EXPECTATIONS];
	struct typeinfo *ti = open_program(BINARIES "/refs");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(near); i++) {
		ask(ti, near[i], answers);
		assert_answers(near[i][0], answers);
	}
	assert_int_equal(size_of_span(ti, near_other_span), 96);
	typeinfo_close(ti);
}

/* What nm prints for @name with a type letter among @letters. */
static uint64_t nm_address(const char *name, const char *letters)
{
	char command[512];
	unsigned long long address = 0;

	snprintf(command, sizeof(command), "nm %s | grep ' [%s] %s$'", PROGRAM, letters, name);
	FILE *nm = popen(command, "r");
	assert_non_null(nm);
	int fields = fscanf(nm, "%llx", &address);
	pclose(nm);
	assert_int_equal(fields, 1);
	return address;
}

static void symbols_equal_nm(void **state)
{
	/* shared_name: the global one; local_twice: the first of two. */
	static const struct {
		const char *name, *letters;
	} symbols[] = {
		{ "hstates", "B" },	 { "node_data", "B" },	 { "linux_banner", "R" },
		{ "standin_init", "T" }, { "shared_name", "D" }, { "local_twice", "d" },
	};
	struct typeinfo *ti = open_program(PROGRAM);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(symbols); i++) {
		const struct type_query queries[] = {
			{ TYPE_SYMBOL, NULL, symbols[i].name },
			{ TYPE_SYMBOL, NULL, "no_such_symbol" },
			{ TYPE_SYMBOL, NULL, symbols[i].name },
		};
		struct type_answer answers[3];

		assert_no_error(ti->ops->resolve(ti, queries, 3, NULL, answers));
		assert_true(answers[0].found);
		assert_int_equal(answers[0].value, nm_address(symbols[i].name, symbols[i].letters));
		assert_false(answers[1].found);
		assert_int_equal(answers[2].value, answers[0].value);
	}
	typeinfo_close(ti);
}

static void names_of_link_time_optimization_are_found(void **state)
{
	const struct type_query query = { TYPE_SYMBOL, NULL, "hstates" };
	struct type_answer plain, suffixed;
	struct typeinfo *ti = open_program(PROGRAM);

	(void)state;
	assert_no_error(ti->ops->resolve(ti, &query, 1, near_none, &plain));
	typeinfo_close(ti);
	assert_true(run("objcopy --redefine-sym hstates=hstates.llvm.1234567890 " PROGRAM
			" " BINARIES "/thin-lto"));
	ti = open_program(BINARIES "/thin-lto");
	assert_no_error(ti->ops->resolve(ti, &query, 1, near_none, &suffixed));
	assert_true(suffixed.found);
	assert_int_equal(suffixed.value, plain.value);
	typeinfo_close(ti);
}

static void no_questions_are_no_failure(void **state)
{
	(void)state;
	struct typeinfo *ti = open_program(PROGRAM);

	assert_no_error(ti->ops->resolve(ti, NULL, 0, near_first, NULL));
	typeinfo_close(ti);
	typeinfo_close(NULL);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void assert_refused(const char *path, enum error_code code, const char *words)
{
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_vmlinux(path, &ti);

	if (!err)
		fail_msg("'%s' was taken for a vmlinux", path);
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("'%s': %s", path, error_message(err));
	assert_null(strchr(error_message(err), '\n'));
	assert_null(ti);
	error_destroy(err);
}

static void other_files_are_refused_by_name(void **state)
{
	static const struct {
		size_t at;
		const char *magic;
		size_t len;
		const char *words;
	} files[] = {
		{ 0, "just text", 9, "not an ELF file" },
		{ 0, "KDUMP   ", 8, "is a dump" },
		{ 0, "makedumpfile", 12, "is a dump" },
		{ 0x202, "HdrS", 4, "bootable kernel image" },
		{ 0x38, "ARM\x64", 4, "linux-image-RELEASE-dbg (Debian)" },
		{ 0, "\x28\xb5\x2f\xfd", 4, "compressed" },
		{ 0, "!<arch>\n", 8, "package" },
		/* ELF: class, byte order, version, ..., type. */
		{ 0,
		  "\x7f"
		  "ELF\2\1\1\0\0\0\0\0\0\0\0\0\4",
		  18, "is a dump" },
		{ 0,
		  "\x7f"
		  "ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4",
		  18, "is a dump" },
		{ 0,
		  "\x7f"
		  "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2",
		  18, "32-bit" },
		{ 0,
		  "\x7f"
		  "ELF\2\1\1\0\0\0\0\0\0\0\0\0\1",
		  18, "kernel module" },
	};
	const char *path = BINARIES "/other-file";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		unsigned char bytes[4096] = { 0 };

		memcpy(bytes + files[i].at, files[i].magic, files[i].len);
		write_file(path, bytes, sizeof(bytes));
		assert_refused(path, ERROR_UNSUPPORTED, files[i].words);
	}
	write_file(path, "", 0);
	assert_refused(path, ERROR_UNSUPPORTED, "is empty");
	write_file(path,
		   "\x7f"
		   "ELF\2\1\1",
		   7);
	assert_refused(path, ERROR_CORRUPT, "ends within");
	assert_refused(BINARIES, ERROR_UNSUPPORTED, "directory");
	assert_refused(BINARIES "/no-such-file", ERROR_NOT_FOUND, "No such file");
	assert_refused("/dev/null", ERROR_UNSUPPORTED, "is a device, not a vmlinux");
}

static void program_without_debug_information_names_the_packages(void **state)
{
	(void)state;
	assert_true(run("cd %s && objcopy --strip-debug dwarf5 stripped", BINARIES));
	assert_refused(BINARIES "/stripped", ERROR_UNSUPPORTED,
		       "linux-image-" STANDIN_RELEASE "-dbg (Debian)");
}

static void types_that_were_split_off_are_missed_by_name(void **state)
{
	static const char *const flags[] = { "-gdwarf-5 -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct type_answer answers[EXPECTATIONS];
		struct type_query queries[EXPECTATIONS];

		for (size_t q = 0; q < EXPECTATIONS; q++)
			queries[q] = expectations[q].query;
		assert_true(standin_build("cc", flags[i], BINARIES, "skeletons"));
		struct typeinfo *ti = open_program(BINARIES "/skeletons");
		struct error *err =
			ti->ops->resolve(ti, queries, EXPECTATIONS, near_first, answers);
		assert_non_null(err);
		assert_int_equal(error_code(err), ERROR_UNSUPPORTED);
		assert_non_null(strstr(error_message(err), ".dwo"));
		error_destroy(err);
		typeinfo_close(ti);
	}
}

static void debug_file_of_another_program_is_not_taken(void **state)
{
	(void)state;
	assert_true(run("mkdir -p %s/wrong && cd %s/wrong && cp ../split ../split.debug . && "
			"objcopy --remove-section .note.gnu.build-id split && "
			"printf x >> split.debug",
			BINARIES, BINARIES));
	assert_refused(BINARIES "/wrong/split", ERROR_UNSUPPORTED, "no debug information");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_equal_the_compiler_in_every_build),
		cmocka_unit_test(program_is_described),
		cmocka_unit_test(debug_file_alone_serves_without_release),
		cmocka_unit_test(answers_name_their_source),
		cmocka_unit_test(near_unit_decides_between_types_of_one_name),
		cmocka_unit_test(references_are_followed_into_other_units),
		cmocka_unit_test(a_reference_to_another_unit_changes_no_other_answer),
		cmocka_unit_test(symbols_equal_nm),
		cmocka_unit_test(names_of_link_time_optimization_are_found),
		cmocka_unit_test(no_questions_are_no_failure),
		cmocka_unit_test(other_files_are_refused_by_name),
		cmocka_unit_test(program_without_debug_information_names_the_packages),
		cmocka_unit_test(types_that_were_split_off_are_missed_by_name),
		cmocka_unit_test(debug_file_of_another_program_is_not_taken),
	};

	return cmocka_run_group_tests(tests, build_variants, NULL);
}
