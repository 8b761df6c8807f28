// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the fuzz targets share. */
#include "testdata/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/kernel/layout.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/machines.h"
#include "include/typeinfo.h"

enum { EXTENTS_MAX = 64, READ_SIZE = 64, MACHINES_MAX = 16 };

/* On broken input libdwarf itself loses some of its objects. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libdwarf.so";
}

unsigned fuzz_taken;

const char *fuzz_file(const uint8_t *data, size_t size, int *fd_ret)
{
	static char paths[2][32];
	static unsigned next;
	char *path = paths[next++ % 2];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		perror("memfd");
		abort();
	}
	snprintf(path, sizeof(paths[0]), "/proc/self/fd/%d", fd);
	*fd_ret = fd;
	return path;
}

static bool any_found(const struct type_answer *answers)
{
	for (unsigned i = 0; i < LAYOUT_COUNT; i++)
		if (answers[i].found)
			return true;
	return false;
}

void fuzz_resolve(struct error *err, struct typeinfo *ti)
{
	struct type_answer answers[LAYOUT_COUNT] = { 0 };

	if (!err) {
		err = ti->ops->resolve(ti, layout_queries, LAYOUT_COUNT, layout_near, answers);
		fuzz_taken += !err && any_found(answers);
		typeinfo_close(ti);
	}
	error_destroy(err);
}

uint16_t fuzz_machine(uint8_t choice)
{
	unsigned count = 0;

	while (count < MACHINES_MAX && uts_machines[count].name)
		count++;
	return uts_machines[choice % count].elf_machine;
}

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

void fuzz_read_dump(struct error *err, struct dump *dump)
{
	struct page_buffer buffer = { 0 };
	paddr_t addr = 0;

	fuzz_taken += !err;
	for (unsigned i = 0; !err && i < EXTENTS_MAX && read_extent(dump->memory, &buffer, &addr);
	     i++)
		;
	page_buffer_deinit(&buffer);
	dump_close(dump);
	error_destroy(err);
}
