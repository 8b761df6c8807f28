// SPDX-License-Identifier: LGPL-2.1-or-later
/* Profiles: the input is JSON text. */
#include <stdlib.h>
#include <string.h>

#include "include/error.h"
#include "include/typeinfo.h"
#include "testdata/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct typeinfo *ti = NULL;

	if (text) {
		struct error *err = typeinfo_open_profile("input", text, &ti);

		fuzz_resolve(err, ti);
	}
	return 0;
}
