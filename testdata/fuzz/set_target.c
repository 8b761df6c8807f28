// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dumps of two files: the input is the length of the first one (4 bytes, little endian), then
 * both.
 */
#include "include/bytes.h"
#include "include/dump.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

enum { HEAD_BYTES = 4, UNPACKED_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int first = -1, second = -1;
	const struct dump_options options = { .unpacked_max = UNPACKED_MAX };
	struct dump *dump = NULL;

	if (size < HEAD_BYTES)
		return 0;
	size_t len = load_u32(data, false);
	data += HEAD_BYTES;
	size -= HEAD_BYTES;
	if (len > size)
		len = size;
	const char *paths[] = { fuzz_file(data, len, &first),
				fuzz_file(data + len, size - len, &second) };
	struct error *err = dump_open_with(paths, 2, &options, &dump);

	fuzz_read_dump(err, dump);
	return 0;
}
