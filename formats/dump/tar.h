// SPDX-License-Identifier: LGPL-2.1-or-later
/* Archives of tar are not opened, but what in them may be a dump is named. */
#ifndef VMEMSCOPE_DUMP_TAR_H
#define VMEMSCOPE_DUMP_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/dump/packed_file.h"

struct error;
struct unpacker;

struct tar_archive {
	const char *path;
	const char *subject; /* of the refusal */
	bool is_packed;
	is_dump_fn *is_dump;
	struct unpacker *unpacker; /* gives what follows @head */
	const uint8_t *head;
	size_t head_len;
};

bool tar_probe(const uint8_t *head, size_t len);

/* ERROR_UNSUPPORTED that names members; or why the archive cannot be read. */
struct error *tar_refuse(const struct tar_archive *archive)
	__attribute__((returns_nonnull, warn_unused_result));

#endif
