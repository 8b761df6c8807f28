// SPDX-License-Identifier: LGPL-2.1-or-later
/* Dump files: opens the input as one, then reads some of the pages it says it has. */
#include "include/dump.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

enum { UNPACKED_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	const char *path = fuzz_file(data, size, &fd);
	struct dump *dump = NULL;
	const struct dump_options options = { .unpacked_max = UNPACKED_MAX };
	struct error *err = dump_open_with(&path, 1, &options, &dump);

	fuzz_read_dump(err, dump);
	return 0;
}
