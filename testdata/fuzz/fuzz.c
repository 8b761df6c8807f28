// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the fuzz targets share. */
#include "testdata/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/error.h"
#include "analyzer/kernel/layout.h"
#include "include/typeinfo.h"

/* On broken input libdwarf itself loses some of its objects. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libdwarf.so";
}

unsigned fuzz_taken;

const char *fuzz_file(const uint8_t *data, size_t size, int *fd_ret)
{
	static char path[32];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		perror("memfd");
		abort();
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
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
