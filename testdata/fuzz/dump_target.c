// SPDX-License-Identifier: LGPL-2.1-or-later
/* Dump files: opens the input as one, then reads some of the pages it says it has. */
#include "include/dump.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

enum { EXTENTS_MAX = 64, READ_SIZE = 64, UNPACKED_MAX = 4 << 20 };

static void touch(const unsigned char *byte)
{
	(void)*(const volatile unsigned char *)byte;
}

/* A byte where it is, if it can be seen there. */
static struct error *look(struct memory *memory, struct page_buffer *buffer, paddr_t addr)
{
	const unsigned char *bytes;
	enum memory_state state;
	struct error *err = memory_look(memory, buffer, addr, 1, &bytes, &state);

	if (!err && state == MEMORY_PRESENT)
		touch(bytes);
	bytes = memory->ops->direct ? memory->ops->direct(memory, addr) : NULL;
	if (bytes)
		touch(bytes);
	return err;
}

/* False at the end of memory and on failure. */
static bool read_extent(struct memory *memory, struct page_buffer *buffer, paddr_t *addr)
{
	char buf[READ_SIZE];
	struct memory_extent extent;
	enum memory_state state;
	struct error *err = memory->ops->extent(memory, *addr, &extent);

	if (!err)
		err = memory->ops->read(memory, *addr, sizeof(buf), buf, &state);
	if (!err)
		err = look(memory, buffer, *addr);
	bool failed = err;
	error_destroy(err);
	if (failed || extent.end <= *addr)
		return false;
	*addr = extent.end;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	const char *path = fuzz_file(data, size, &fd);
	struct dump *dump = NULL;
	struct page_buffer buffer = { 0 };
	const struct dump_options options = { .unpacked_max = UNPACKED_MAX };
	struct error *err = dump_open_with(&path, 1, &options, &dump);
	paddr_t addr = 0;

	fuzz_taken += !err;
	for (unsigned i = 0; !err && i < EXTENTS_MAX && read_extent(dump->memory, &buffer, &addr);
	     i++)
		;
	page_buffer_deinit(&buffer);
	dump_close(dump);
	error_destroy(err);
	return 0;
}
