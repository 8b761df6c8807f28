// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types from BTF in a file: section .BTF of a vmlinux, or the bare bytes. */
#include "formats/typeinfo/btf_file.h"

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

static struct error *open_image(const char *path, struct whole_file *file, struct typeinfo **ret)
{
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	struct error *err = elf_image_of_file(path, file, &image);

	return err ? err : btf_file_of_image(&image, ret);
}

static struct error *open_bare(const char *path, struct bytes bytes, struct typeinfo **ret)
{
	struct btf_file *file = btf_file_new();
	if (!file)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &file->base;

	base->path = strdup(path);
	if (!base->path)
		return error_nomem();
	struct error *err = parse(file, path, bytes);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

struct error *typeinfo_open_btf(const char *path, struct typeinfo **ret)
{
	_cleanup_(whole_file_close) struct whole_file file;
	struct error *err = elf_image_read_file(path, &file);
	if (err)
		return err;

	const struct bytes bytes = { (const unsigned char *)file.data, file.size };
	return btf_blob_has_magic(bytes) ? open_bare(path, bytes, ret)
					 : open_image(path, &file, ret);
}
