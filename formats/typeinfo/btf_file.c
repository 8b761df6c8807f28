// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types from BTF in a file: section .BTF of a vmlinux, or the bare bytes. */
#include "formats/typeinfo/btf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "formats/typeinfo/btf_blob.h"
#include "formats/typeinfo/btf_types.h"
#include "formats/typeinfo/elf_image.h"
#include "formats/typeinfo/symbols.h"
#include "formats/typeinfo/vmlinux_about.h"
#include "include/error.h"
#include "include/typeinfo.h"

/* Kinds, not paths: a profile passes them on to other machines. */
static const char type_source[] = "BTF", symbol_source[] = "symbol table";

struct btf_file {
	struct typeinfo base;
	struct btf *btf;
	struct elf_image *image; /* with the symbols; NULL for bare BTF */
};

static struct error *btf_file_resolve(struct typeinfo *ti, const struct type_query *queries,
				      size_t count, const char *const *near,
				      struct type_answer *answers)
{
	const struct btf_file *file = (struct btf_file *)ti;
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };

	(void)near; /* BTF knows no compilation units */
	for (size_t i = 0; i < count; i++)
		answers[i] = (struct type_answer){ 0 };
	struct error *err = symbols_add_wanted(&symbols, queries, count);
	if (!err && file->image)
		err = symbols_read(&symbols, file->image);
	if (err)
		return err;
	symbols_answer(&symbols, queries, count, symbol_source, answers);
	return btf_types_resolve(file->btf, queries, count, type_source, answers);
}

static void btf_file_close(struct typeinfo *ti)
{
	struct btf_file *file = (struct btf_file *)ti;

	btf__free(file->btf);
	elf_image_close(file->image);
}

static const struct typeinfo_ops btf_file_ops = {
	.name = "BTF",
	.resolve = btf_file_resolve,
	.close = btf_file_close,
};

static void typeinfo_closep(struct typeinfo **ti)
{
	typeinfo_close(*ti);
}

static struct error *parse(struct btf_file *file, const char *path, struct bytes bytes)
{
	_cleanup_free_ char *where = NULL;

	if (asprintf(&where, "'%s'", path) < 0) {
		where = NULL;
		return error_nomem();
	}
	return btf_blob_parse(where, bytes, &file->btf);
}

static struct error *load_image(struct btf_file *file)
{
	struct bytes section;
	struct error *err = elf_image_section(file->image, BTF_SECTION, &section);

	if (!err)
		err = vmlinux_describe(file->image, &file->base);
	if (err)
		return err;
	if (!section.data)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' has no section " BTF_SECTION
				 ": its kernel was built without CONFIG_DEBUG_INFO_BTF",
				 file->image->path);
	return parse(file, file->image->path, section);
}

static struct btf_file *btf_file_new(void)
{
	struct btf_file *file = calloc(1, sizeof(*file));

	if (file) {
		file->base.ops = &btf_file_ops;
		file->base.origin = type_source;
	}
	return file;
}

struct error *btf_file_of_image(struct elf_image **image, struct typeinfo **ret)
{
	struct btf_file *file = btf_file_new();
	if (!file)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &file->base;

	file->image = take_ptr(*image);
	struct error *err = load_image(file);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

static struct error *open_image(const char *path, struct typeinfo **ret)
{
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	struct error *err = elf_image_open(path, &image);

	return err ?: btf_file_of_image(&image, ret);
}

/* A file of sysfs cannot be mapped and tells its size only in the end: hence read. */
static struct error *read_whole(const char *path, unsigned char **ret, size_t *size_ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_new(errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
				 "cannot open '%s': %s", path, strerror(errno));
	_cleanup_free_ unsigned char *data = malloc(BTF_BLOB_MAX + 1);
	if (!data)
		return error_nomem();

	size_t size = 0;
	while (size < BTF_BLOB_MAX + 1) {
		ssize_t got = read(fd, data + size, BTF_BLOB_MAX + 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_new(ERROR_OS, "cannot read '%s': %s", path, strerror(errno));
		if (got == 0)
			break;
		size += got;
	}
	*ret = take_ptr(data);
	*size_ret = size;
	return NULL;
}

static struct error *open_bare(const char *path, struct typeinfo **ret)
{
	_cleanup_free_ unsigned char *data = NULL;
	size_t size;
	struct error *err = read_whole(path, &data, &size);
	if (err)
		return err;
	struct btf_file *file = btf_file_new();
	if (!file)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &file->base;

	base->path = strdup(path);
	if (!base->path)
		return error_nomem();
	err = parse(file, path, (struct bytes){ data, size });
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

/* False also for what cannot be read: who opens it next says why. */
static bool is_bare(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char start[2];

	return fd >= 0 && read(fd, start, sizeof(start)) == sizeof(start) &&
	       btf_blob_has_magic((struct bytes){ start, sizeof(start) });
}

struct error *typeinfo_open_btf(const char *path, struct typeinfo **ret)
{
	return is_bare(path) ? open_bare(path, ret) : open_image(path, ret);
}
