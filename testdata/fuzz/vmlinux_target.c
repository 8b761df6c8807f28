// SPDX-License-Identifier: LGPL-2.1-or-later
/* DWARF and symbols: the input is a vmlinux. */
#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_vmlinux(fuzz_file(data, size, &fd), &ti);

	fuzz_resolve(err, ti);
	return 0;
}
