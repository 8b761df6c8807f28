// SPDX-License-Identifier: LGPL-2.1-or-later
/* A machine's own memory, /proc/kcore: the input is its ELF file. */
#include <stdlib.h>
#include <string.h>

#include "formats/dump/kcore.h"
#include "include/dump.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

/* Instead of this machine's /proc and /sys. */
static const char nowhere[] = "/proc/self/fd/nowhere";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	const char *path = fuzz_file(data, size, &fd);
	struct dump *dump = calloc(1, sizeof(*dump));
	struct dump_file file;

	if (!dump)
		return 0;
	dump->path = strdup(path);
	struct error *err = dump_file_open(path, &file);
	if (!err) {
		(void)kcore_probe(&file);
		err = kcore_open(dump, &file, nowhere);
		dump_file_close(&file);
	}
	fuzz_read_dump(err, dump);
	return 0;
}
