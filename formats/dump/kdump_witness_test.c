// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libkdumpfile as a second witness: of every page of a dump it and the reader here have to
 * say the same. With files as arguments: of these.
 */
#include <libkdumpfile/kdumpfile.h>

#include "formats/dump/test_packed.h"
#include "include/array.h"

static const char pages[] = "PPXPPPAAPPPPPPPPPPPPXPPPPAAAPPPP";
enum { PAGE_COUNT = sizeof(pages) - 1 };

static kdump_ctx_t *witness_open(const char *path, int *fd_ret)
{
	kdump_ctx_t *ctx = kdump_new();

	*fd_ret = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(*fd_ret >= 0);
	if (kdump_open_fd(ctx, *fd_ret) != KDUMP_OK)
		fail_msg("%s", kdump_get_err(ctx));
	return ctx;
}

/* Returns true if both have the page. */
static bool compare_page(const struct dump *dump, kdump_ctx_t *ctx, paddr_t addr)
{
	static uint8_t ours[65536], other[65536];
	size_t size = (size_t)1 << dump->memory->page_shift, len = size;
	bool is_there = test_read(dump, addr, size, ours) == MEMORY_PRESENT;
	kdump_status status = kdump_read(ctx, KDUMP_MACHPHYSADDR, addr, other, &len);

	kdump_clear_err(ctx);
	if (is_there != (status == KDUMP_OK))
		fail_msg("page at 0x%llx: only %s has it", (unsigned long long)addr,
			 is_there ? "the reader" : "libkdumpfile");
	if (is_there && memcmp(ours, other, size) != 0)
		fail_msg("page at 0x%llx differs", (unsigned long long)addr);
	return is_there;
}

/* Returns how many pages there are. */
static size_t compare(const char *path)
{
	struct dump *dump = test_open(path);
	int fd;
	kdump_ctx_t *ctx = witness_open(path, &fd);
	struct memory_extent extent = { 0 };
	size_t count = 0;

	for (paddr_t addr = 0; addr < UINT64_MAX >> 12 << 12; addr = extent.end) {
		extent = test_extent(dump, addr);
		if (extent.state != MEMORY_PRESENT)
			continue;
		for (; addr < extent.end; addr += UINT64_C(1) << dump->memory->page_shift)
			count += compare_page(dump, ctx, addr);
	}
	kdump_free(ctx);
	close(fd);
	dump_close(dump);
	return count;
}

static void every_page_is_what_libkdumpfile_says(void **state)
{
	size_t expected = 0;

	(void)state;
	for (size_t pfn = 0; pfn < PAGE_COUNT; pfn++)
		expected += pages[pfn] == 'P';
	for (size_t i = 0; i < COUNT_OF(test_ways); i++) {
		const struct test_kdump kdump = {
			.machine = "x86_64",
			.vmcoreinfo = test_vmcoreinfo,
			.pages = pages,
			.fill = test_repeat,
			.pack = test_ways[i].pack,
			.flags = test_ways[i].flags,
			.status = test_ways[i].flags,
		};

		print_message("    %s\n", test_ways[i].name);
		assert_int_equal(compare(test_write_kdump("witness", &kdump)), expected);
	}
}

static void pages_that_are_not_packed_are_what_libkdumpfile_says(void **state)
{
	const struct test_kdump kdump = {
		.machine = "x86_64",
		.vmcoreinfo = test_vmcoreinfo,
		.pages = pages,
	};

	(void)state;
	assert_int_not_equal(compare(test_write_kdump("plain", &kdump)), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_is_what_libkdumpfile_says),
		cmocka_unit_test(pages_that_are_not_packed_are_what_libkdumpfile_says),
	};

	for (int i = 1; i < argc; i++)
		printf("%s: %zu pages are the same\n", argv[i], compare(argv[i]));
	return argc > 1 ? 0 : cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
