// SPDX-License-Identifier: LGPL-2.1-or-later
/* BTF as bytes: checked here, so that libbpf gets nothing that it does not know. */
#ifndef VMEMSCOPE_TYPEINFO_BTF_BLOB_H
#define VMEMSCOPE_TYPEINFO_BTF_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/typeinfo/elf_image.h"

struct btf;
struct error;

enum { BTF_BLOB_MAX = 64 << 20 }; /* bytes; kernels have 4 to 10 million */

/* Begins as BTF of any byte order does. */
bool btf_blob_has_magic(struct bytes bytes);

/*
 * Copies @bytes; the caller ends *ret with btf__free(). @where names them in
 * messages: "'file'", "dump 'file'".
 * ERROR_CORRUPT: damaged. ERROR_UNSUPPORTED: newer than libbpf.
 */
struct error *btf_blob_parse(const char *where, struct bytes bytes, struct btf **ret);

void btf_blob_freep(struct btf **btf);

#endif
