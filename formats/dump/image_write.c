// SPDX-License-Identifier: LGPL-2.1-or-later
/* Writes small dumps, whole or not at all. */
#include <string.h>

#include "formats/dump/image_put.h"
#include "formats/dump/new_file.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"

static const struct {
	const char *name;
	struct error *(*put)(struct new_file *file, const struct dump_image *image);
} writers[] = {
	[DUMP_IMAGE_ELF] = { "elf", elf_image_put },
	[DUMP_IMAGE_KDUMP] = { "kdump", kdump_image_put },
};

enum { WRITER_COUNT = COUNT_OF(writers) };

bool dump_image_format_by_name(const char *name, enum dump_image_format *ret)
{
	for (unsigned i = 0; i < WRITER_COUNT; i++)
		if (strcmp(name, writers[i].name) == 0) {
			*ret = (enum dump_image_format)i;
			return true;
		}
	return false;
}

struct error *dump_write(const char *path, bool replace, enum dump_image_format format,
			 const struct dump_image *image)
{
	_cleanup_(new_file_deinit) struct new_file file = { 0 };
	struct error *err = new_file_init(&file, path, replace);

	if (!err)
		err = writers[format].put(&file, image);
	return err ? err : new_file_finish(&file, replace);
}
