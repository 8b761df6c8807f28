// SPDX-License-Identifier: LGPL-2.1-or-later
/* The separate file that holds the debug information of a stripped program. */
#include "formats/typeinfo/debug_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"

#define DEBUG_ROOT "/usr/lib/debug"

struct debug_link {
	const char *name; /* without '/'; NULL if there is no link */
	uint32_t checksum;
};

bool image_has_dwarf(const struct elf_image *image)
{
	return elf_image_has(image, ".debug_info");
}

/* The CRC-32 of IEEE 802.3, reflected, as the link is defined to use. */
static uint32_t checksum(struct bytes bytes)
{
	uint32_t table[256], crc = 0xffffffff;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (unsigned bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < bytes.size; i++)
		crc = table[(crc ^ bytes.data[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* The section holds a name, zeroes up to a multiple of 4, and the checksum. */
static struct error *link_read(struct elf_image *image, struct debug_link *ret)
{
	struct bytes section;
	struct error *err = elf_image_section(image, ".gnu_debuglink", &section);

	*ret = (struct debug_link){ 0 };
	if (err || !section.data)
		return err;
	size_t len = strnlen((const char *)section.data, section.size);
	size_t at = (len + 4) & ~(size_t)3;
	if (len == 0 || memchr(section.data, '/', len) || at + 4 > section.size)
		return NULL;
	ret->name = (const char *)section.data;
	ret->checksum = elf_image_read(image, section.data + at, 4);
	return NULL;
}

static bool is_same_program(const struct elf_image *image, const struct debug_link *link,
			    const struct elf_image *debug)
{
	if (image->build_id && debug->build_id)
		return strcmp(image->build_id, debug->build_id) == 0;
	return link->name && checksum(debug->file) == link->checksum;
}

/* What is no debug file of @image is passed over: *ret stays NULL. */
static struct error *try_open(const struct elf_image *image, const struct debug_link *link,
			      const char *path, struct elf_image **ret)
{
	_cleanup_(elf_image_closep) struct elf_image *debug = NULL;
	struct error *err = elf_image_open(path, &debug);

	if (err && error_code(err) != ERROR_NOMEM) {
		error_destroy(err);
		return NULL;
	}
	if (!err && image_has_dwarf(debug) && is_same_program(image, link, debug))
		*ret = take_ptr(debug);
	return err;
}

/* The directory of @path with all links resolved; owned. */
static char *directory_new(const char *path)
{
	char *full = realpath(path, NULL);
	char *slash = full ? strrchr(full, '/') : NULL;

	if (slash)
		*slash = '\0';
	return full;
}

static struct error *open_by_link(const struct elf_image *image, const struct debug_link *link,
				  struct elf_image **ret)
{
	static const char *const places[][2] = {
		{ "", "" },
		{ "", "/.debug" },
		{ DEBUG_ROOT, "" },
	};
	_cleanup_free_ char *directory = directory_new(image->path);
	struct error *err = NULL;

	if (!directory || !link->name)
		return NULL;
	for (size_t i = 0; !err && !*ret && i < COUNT_OF(places); i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s%s%s/%s", places[i][0], directory, places[i][1],
			     link->name) < 0) {
			path = NULL;
			return error_nomem();
		}
		err = try_open(image, link, path, ret);
	}
	return err;
}

static struct error *open_by_build_id(const struct elf_image *image, const struct debug_link *link,
				      struct elf_image **ret)
{
	char path[PATH_MAX];

	if (!image->build_id || strlen(image->build_id) < 4)
		return NULL;
	snprintf(path, sizeof(path), DEBUG_ROOT "/.build-id/%.2s/%s.debug", image->build_id,
		 image->build_id + 2);
	return try_open(image, link, path, ret);
}

struct error *debug_file_open(struct elf_image *image, struct elf_image **ret)
{
	struct debug_link link;
	struct error *err = link_read(image, &link);

	*ret = NULL;
	if (!err)
		err = open_by_build_id(image, &link, ret);
	if (!err && !*ret)
		err = open_by_link(image, &link, ret);
	return err;
}
