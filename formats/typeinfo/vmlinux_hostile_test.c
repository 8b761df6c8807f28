// SPDX-License-Identifier: LGPL-2.1-or-later
/* Truncated and damaged programs: a message or an answer, never a crash. */
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

#define BINARIES TEST_BINARY_DIR "/typeinfo-hostile"

/* On broken input libdwarf itself loses some of its objects. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libdwarf.so";
}

static const struct type_query queries[] = {
	{ TYPE_SIZE, "page", NULL },
	{ TYPE_MEMBER_OFFSET, "page", "lru.prev" },
	{ TYPE_MEMBER_OFFSET, "page", "no_such_member" },
	{ TYPE_MEMBER_OFFSET, "page", "wide" },
	{ TYPE_MEMBER_OFFSET, "folio", "page.no_such_member" },
	{ TYPE_MEMBER_SIZE, "hstate", "hugepage_freelists" },
	{ TYPE_MEMBER_SIZE, "pglist_data", "distances" },
	{ TYPE_MEMBER_LENGTH, "pglist_data", "distances" },
	{ TYPE_SIZE, "pg_data_t", NULL },
	{ TYPE_SIZE, "only_elsewhere", NULL },
	{ TYPE_SIZE, "declared_only", NULL },
	{ TYPE_MEMBER_OFFSET, "refers", "away.last" },
	{ TYPE_MEMBER_OFFSET, "refers", "bits" },
	{ TYPE_SIZE, "import", NULL },
	{ TYPE_ENUMERATOR, "pageflags", "PG_mask" },
	{ TYPE_ENUMERATOR, NULL, "NO_SUCH_ENUMERATOR" },
	{ TYPE_SYMBOL, NULL, "hstates" },
};

enum { QUERIES = COUNT_OF(queries) };

static const char *const near[] = { "standin_init", "refers_elsewhere", "imports_elsewhere", NULL };

static const struct {
	const char *name, *flags;
} programs[] = {
	{ "dwarf4", "-gdwarf-4" },
	{ "dwarf5", "-gdwarf-5" },
	{ "compressed", "-gdwarf-5 -gz=zlib" },
	{ "zdebug", "-gdwarf-4 -gz=zlib-gnu" },
	{ "ranges", "-gdwarf-5 -ffunction-sections" },
	{ "refs", "-gdwarf-4 " STANDIN_REFS },
};

static int build_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (!standin_build("cc", programs[i].flags, BINARIES, programs[i].name))
			return -1;
	return run("cd %s && objcopy -R .debug_aranges ranges", BINARIES) ? 0 : -1;
}

struct image {
	unsigned char *bytes;
	size_t size;
};

static struct image read_image(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct image image = { .bytes = malloc(1 << 20) };

	assert_non_null(file);
	assert_non_null(image.bytes);
	image.size = fread(image.bytes, 1, 1 << 20, file);
	assert_int_equal(fclose(file), 0);
	return image;
}

/* Whatever happens is right but a crash or a message of two lines. */
static void try_hostile(const char *path)
{
	struct type_answer answers[QUERIES];
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_vmlinux(path, &ti);

	if (!err)
		err = ti->ops->resolve(ti, queries, QUERIES, near, answers);
	if (err)
		assert_null(strchr(error_message(err), '\n'));
	error_destroy(err);
	typeinfo_close(ti);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void truncated_programs_do_no_harm(void **state)
{
	const char *path = BINARIES "/truncated";
	struct image image = read_image(BINARIES "/dwarf5");

	(void)state;
	for (size_t size = 1; size < image.size; size += size / 32 + 1) {
		write_file(path, image.bytes, size);
		try_hostile(path);
	}
	free(image.bytes);
}

/* A cheap sequence of numbers, the same on every run. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void damaged_programs_do_no_harm(void **state)
{
	const char *path = BINARIES "/damaged";
	uint64_t random = 1;
	char program[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		snprintf(program, sizeof(program), BINARIES "/%s", programs[i].name);
		struct image image = read_image(program);
		for (unsigned round = 0; round < 300; round++) {
			size_t at = next_random(&random) % image.size;
			unsigned char before = image.bytes[at];

			image.bytes[at] = next_random(&random);
			write_file(path, image.bytes, image.size);
			try_hostile(path);
			image.bytes[at] = before;
		}
		free(image.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_programs_do_no_harm),
		cmocka_unit_test(damaged_programs_do_no_harm),
	};

	return cmocka_run_group_tests(tests, build_programs, NULL);
}
