// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a vmlinux says of itself: build id, machine, release. */
#include "formats/typeinfo/vmlinux_about.h"

#include <string.h>

#include "formats/typeinfo/elf_image.h"
#include "formats/typeinfo/symbols.h"
#include "include/error.h"
#include "include/machines.h"
#include "include/typeinfo.h"

enum {
	RELEASE_MAX = 64, /* as long as uname can make it */
	BANNER_MAX = 512, /* bytes of it that are compared */
};

static const char *machine_name(const struct elf_image *image)
{
	const struct uts_machine *machine = uts_machine_by_elf(image->header.e_machine);

	return machine ? uts_machine_name(machine, image->is_big_endian) : NULL;
}

/* The word after "Linux version "; empty if @banner begins otherwise. */
static struct bytes banner_release(struct bytes banner)
{
	static const char start[] = "Linux version ";
	size_t skip = sizeof(start) - 1, len = 0;

	if (banner.size <= skip || memcmp(banner.data, start, skip) != 0)
		return (struct bytes){ 0 };
	while (skip + len < banner.size && banner.data[skip + len] > ' ' &&
	       banner.data[skip + len] < 0x7f)
		len++;
	return len > 0 && len <= RELEASE_MAX ? (struct bytes){ banner.data + skip, len }
					     : (struct bytes){ 0 };
}

static size_t line_len(struct bytes text)
{
	size_t len = 0;

	while (len < text.size && text.data[len] && text.data[len] != '\n')
		len++;
	return len;
}

/* Separate debug files have the symbol but not its contents. */
static struct error *read_release(struct elf_image *image, struct typeinfo *ti)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };
	uint64_t address;

	struct error *err = symbols_add(&symbols, "linux_banner");
	if (!err)
		err = symbols_read(&symbols, image);
	if (err || !symbols_find(&symbols, "linux_banner", &address))
		return err;

	struct bytes banner = elf_image_at(image, address, BANNER_MAX);
	struct bytes release = banner_release(banner);
	if (!release.size)
		return NULL;
	ti->release = strndup((const char *)release.data, release.size);
	ti->banner = strndup((const char *)banner.data, line_len(banner));
	return ti->release && ti->banner ? NULL : error_nomem();
}

static bool copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

struct error *vmlinux_describe(struct elf_image *image, struct typeinfo *ti)
{
	if (!copy_text(&ti->path, image->path) || !copy_text(&ti->build_id, image->build_id) ||
	    !copy_text(&ti->machine, machine_name(image)))
		return error_nomem();
	return read_release(image, ti);
}
