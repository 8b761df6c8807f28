// SPDX-License-Identifier: LGPL-2.1-or-later
/* The vmlinux of a kernel is found where packages put it, and another kernel's is not taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "include/array.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/typeinfo/standin.h"
#include "testdata/typeinfo/standin_build.h"

#define BINARIES       TEST_BINARY_DIR "/typeinfo-find"
#define ROOT	       BINARIES "/root"
#define OTHER_BUILD_ID "fedcba9876543210fedcba9876543210fedcba98"

static int build_programs(void **state)
{
	(void)state;
	bool is_built = standin_build("cc", "-gdwarf-5", BINARIES, "right") &&
			standin_build("cc", "-gdwarf-5 -Wl,--build-id=0x" OTHER_BUILD_ID, BINARIES,
				      "wrong") &&
			standin_build("cc", "-gdwarf-5 -Wl,--build-id=none", BINARIES, "no-id") &&
			run("cd %s && objcopy --strip-debug right stripped", BINARIES);

	return is_built ? 0 : -1;
}

static int clear_root(void **state)
{
	(void)state;
	return run("rm -rf %s", ROOT) ? 0 : -1;
}

static void place(const char *program, const char *path)
{
	assert_true(run("mkdir -p $(dirname %s%s) && cp %s/%s %s%s", ROOT, path, BINARIES, program,
			ROOT, path));
}

static void assert_found(const char *release, const char *build_id, const char *expected)
{
	char *path = NULL;
	struct error *err = vmlinux_find(ROOT, release, build_id, NULL, &path);

	if (err)
		fail_msg("%s", error_message(err));
	assert_string_equal(path + strlen(ROOT), expected);
	free(path);
}

/* The caller destroys what is returned. */
static struct error *find_nothing(const char *release, const char *build_id)
{
	char *path = NULL;
	struct error *err = vmlinux_find(ROOT, release, build_id, NULL, &path);

	if (!err)
		fail_msg("found %s", path);
	assert_null(path);
	assert_null(strchr(error_message(err), '\n'));
	return err;
}

static void assert_words(struct error *err, enum error_code code, const char *words)
{
	if (error_code(err) != code || !strstr(error_message(err), words))
		fail_msg("%s", error_message(err));
}

static void vmlinux_is_found_where_packages_put_it(void **state)
{
	static const char *const paths[] = {
		"/usr/lib/debug/boot/vmlinux-" STANDIN_RELEASE,
		"/usr/lib/debug/lib/modules/" STANDIN_RELEASE "/vmlinux",
		"/usr/lib/debug/usr/lib/modules/" STANDIN_RELEASE "/vmlinux",
		"/usr/lib/debug/usr/lib/modules/" STANDIN_RELEASE "/vmlinux.debug",
		"/usr/lib/debug/.build-id/01/23456789abcdef0123456789abcdef01234567.debug",
		"/usr/lib/modules/" STANDIN_RELEASE "/vmlinux",
		"/usr/lib/modules/" STANDIN_RELEASE "/build/vmlinux",
		"/lib/modules/" STANDIN_RELEASE "/build/vmlinux",
		"/boot/vmlinux-" STANDIN_RELEASE,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		clear_root(NULL);
		place("right", paths[i]);
		assert_found(STANDIN_RELEASE, STANDIN_BUILD_ID, paths[i]);
	}
}

static void another_build_id_is_passed_over(void **state)
{
	(void)state;
	place("wrong", "/usr/lib/debug/boot/vmlinux-" STANDIN_RELEASE);
	place("no-id", "/usr/lib/debug/lib/modules/" STANDIN_RELEASE "/vmlinux");
	struct error *err = find_nothing(STANDIN_RELEASE, STANDIN_BUILD_ID);
	assert_words(err, ERROR_NOT_FOUND, "vmlinux-" STANDIN_RELEASE " is of another build id");
	assert_words(err, ERROR_NOT_FOUND, "/vmlinux is without build id");
	error_destroy(err);

	place("right", "/boot/vmlinux-" STANDIN_RELEASE);
	assert_found(STANDIN_RELEASE, STANDIN_BUILD_ID, "/boot/vmlinux-" STANDIN_RELEASE);
}

static void release_decides_without_a_build_id(void **state)
{
	(void)state;
	place("right", "/boot/vmlinux-6.0.0-other");
	place("wrong", "/boot/vmlinux-" STANDIN_RELEASE);
	assert_found(STANDIN_RELEASE, NULL, "/boot/vmlinux-" STANDIN_RELEASE);
	struct error *err = find_nothing("6.0.0-other", NULL);
	assert_words(err, ERROR_NOT_FOUND, "is of another release");
	error_destroy(err);
}

static void build_id_is_enough(void **state)
{
	static const char path[] =
		"/usr/lib/debug/.build-id/01/23456789abcdef0123456789abcdef01234567.debug";

	(void)state;
	place("right", path);
	assert_found(NULL, STANDIN_BUILD_ID, path);
}

static void another_machine_is_passed_over(void **state)
{
	(void)state;
	char *path = NULL;

	place("right", "/boot/vmlinux-" STANDIN_RELEASE);
	struct error *err =
		vmlinux_find(ROOT, STANDIN_RELEASE, STANDIN_BUILD_ID, "no-machine", &path);
	assert_non_null(err);
	assert_words(err, ERROR_NOT_FOUND, "is of another machine");
	error_destroy(err);
}

static void missing_file_names_kernel_and_packages(void **state)
{
	(void)state;
	struct error *err = find_nothing("6.1.0-55-amd64", "0123abcd");

	assert_words(err, ERROR_NOT_FOUND, "kernel 6.1.0-55-amd64 (build id 0123abcd)");
	assert_words(err, ERROR_NOT_FOUND, "linux-image-6.1.0-55-amd64-dbg (Debian)");
	assert_words(err, ERROR_NOT_FOUND, "kernel-debuginfo-6.1.0-55-amd64 (Fedora, RHEL)");
	assert_words(err, ERROR_NOT_FOUND, "kernel-default-debuginfo (SUSE)");
	assert_words(err, ERROR_NOT_FOUND, "linux-image-6.1.0-55-amd64-dbgsym (Ubuntu)");
	assert_words(err, ERROR_NOT_FOUND, "--vmlinux or --profile");
	error_destroy(err);
}

static void stripped_file_is_mentioned(void **state)
{
	(void)state;
	place("stripped", "/boot/vmlinux-" STANDIN_RELEASE);
	struct error *err = find_nothing(STANDIN_RELEASE, STANDIN_BUILD_ID);

	assert_words(err, ERROR_NOT_FOUND, "is without debug information");
	error_destroy(err);
}

static void hostile_names_make_no_paths(void **state)
{
	static const struct {
		const char *release, *build_id;
	} cases[] = {
		{ "../../../etc/passwd", NULL },
		{ "..", NULL },
		{ "6.1/../..", NULL },
		{ "6.1..2", NULL },
		{ "6.1\n2", NULL },
		{ "6.1\033[31m", NULL },
		{ "6.1 2", NULL },
		{ "", NULL },
		{ "6.1", "01/../../x" },
		{ "6.1", "zz0123" },
		{ "6.1", "" },
		{ "6.1", "012" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error *err = find_nothing(cases[i].release, cases[i].build_id);
		assert_words(err, ERROR_CORRUPT, "cannot look for the vmlinux");
		error_destroy(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(vmlinux_is_found_where_packages_put_it, clear_root),
		cmocka_unit_test_setup(another_build_id_is_passed_over, clear_root),
		cmocka_unit_test_setup(release_decides_without_a_build_id, clear_root),
		cmocka_unit_test_setup(build_id_is_enough, clear_root),
		cmocka_unit_test_setup(another_machine_is_passed_over, clear_root),
		cmocka_unit_test_setup(missing_file_names_kernel_and_packages, clear_root),
		cmocka_unit_test_setup(stripped_file_is_mentioned, clear_root),
		cmocka_unit_test_setup(hostile_names_make_no_paths, clear_root),
	};

	return cmocka_run_group_tests(tests, build_programs, NULL);
}
