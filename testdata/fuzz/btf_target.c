// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * BTF: the input is a bare blob, which is looked at where it lies, so that a
 * sanitizer sees what is read beyond it; or an ELF file with a section of it.
 */
#include "formats/typeinfo/btf_blob.h"
#include "formats/typeinfo/btf_types.h"
#include "include/error.h"
#include "analyzer/kernel/layout.h"
#include "testdata/fuzz/fuzz.h"

static void look_at_blob(struct bytes bytes)
{
	_cleanup_(btf_blob_freep) struct btf *btf = NULL;
	struct type_answer answers[LAYOUT_COUNT] = { 0 };
	struct error *err = btf_blob_parse("input", bytes, &btf);

	if (!err)
		err = btf_types_resolve(btf, layout_queries, LAYOUT_COUNT, "input", answers);
	fuzz_taken += !err;
	error_destroy(err);
}

static void look_at_file(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	struct typeinfo *ti = NULL;
	struct error *err = typeinfo_open_btf(fuzz_file(data, size, &fd), &ti);

	fuzz_resolve(err, ti);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { size ? data : NULL, size };

	if (btf_blob_has_magic(bytes))
		look_at_blob(bytes);
	else
		look_at_file(data, size);
	return 0;
}
