// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols of a vmlinux: DWARF and the symbol table of one ELF file or two. */
#include <stdio.h>
#include <string.h>

#include "formats/typeinfo/btf_file.h"
#include "formats/typeinfo/debug_file.h"
#include "formats/typeinfo/debug_package.h"
#include "formats/typeinfo/dwarf_types.h"
#include "formats/typeinfo/elf_image.h"
#include "formats/typeinfo/symbols.h"
#include "formats/typeinfo/vmlinux_about.h"
#include "include/error.h"
#include "include/typeinfo.h"

/* Kinds, not paths: a profile passes them on to other machines. */
static const char dwarf_source[] = "DWARF", symbol_source[] = "symbol table";

struct vmlinux {
	struct typeinfo base;
	struct elf_image *image;  /* of the file that was named */
	struct elf_image *debug;  /* its separate debug file; NULL if it needs none */
	struct dwarf_file *dwarf; /* NULL until the first question about a type */
};

static struct elf_image *dwarf_image(const struct vmlinux *vmlinux)
{
	return vmlinux->debug ?: vmlinux->image;
}

static struct error *no_dwarf(const struct vmlinux *vmlinux)
{
	char hint[DEBUG_PACKAGE_HINT_MAX];

	return error_new(ERROR_UNSUPPORTED,
			 "'%s' has no debug information (DWARF): install the debug package %s",
			 vmlinux->base.path, debug_package_hint(vmlinux->base.release, hint));
}

/* Neither found is no failure. */
static struct error *find_dwarf(struct vmlinux *vmlinux)
{
	if (image_has_dwarf(vmlinux->image))
		return NULL;
	return debug_file_open(vmlinux->image, &vmlinux->debug);
}

static bool has_dwarf(const struct vmlinux *vmlinux)
{
	return vmlinux->debug || image_has_dwarf(vmlinux->image);
}

static struct error *add_names(const struct type_query *queries, size_t count,
			       const char *const *near, struct symbols *symbols)
{
	struct error *err = symbols_add_wanted(symbols, queries, count);

	for (; !err && near && *near; near++)
		err = symbols_add(symbols, *near);
	return err;
}

/* Both files may have a symbol table: the debug file's is never the smaller one. */
static struct error *read_symbols(const struct vmlinux *vmlinux, struct symbols *symbols)
{
	struct error *err = symbols_read(symbols, dwarf_image(vmlinux));

	if (!err && vmlinux->debug)
		err = symbols_read(symbols, vmlinux->image);
	return err;
}

static struct error *answer_types(struct vmlinux *vmlinux, const struct symbols *symbols,
				  const struct type_query *queries, size_t count,
				  const char *const *near, struct type_answer *answers)
{
	size_t near_count = 0, known = 0;

	while (near && near[near_count])
		near_count++;
	_cleanup_free_ uint64_t *addresses = calloc(near_count + 1, sizeof(*addresses));
	if (!addresses)
		return error_nomem();
	for (size_t i = 0; i < near_count; i++)
		known += symbols_find(symbols, near[i], &addresses[known]);

	struct error *err =
		vmlinux->dwarf ? NULL : dwarf_file_open(dwarf_image(vmlinux), &vmlinux->dwarf);
	if (err)
		return err;
	return dwarf_types_resolve(vmlinux->dwarf, queries, count, addresses, known, dwarf_source,
				   answers);
}

static struct error *vmlinux_resolve(struct typeinfo *ti, const struct type_query *queries,
				     size_t count, const char *const *near,
				     struct type_answer *answers)
{
	struct vmlinux *vmlinux = (struct vmlinux *)ti;
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };

	for (size_t i = 0; i < count; i++)
		answers[i] = (struct type_answer){ 0 };
	struct error *err = add_names(queries, count, near, &symbols);
	if (!err)
		err = read_symbols(vmlinux, &symbols);
	if (err)
		return err;
	symbols_answer(&symbols, queries, count, symbol_source, answers);
	return answer_types(vmlinux, &symbols, queries, count, near, answers);
}

static void vmlinux_close(struct typeinfo *ti)
{
	struct vmlinux *vmlinux = (struct vmlinux *)ti;

	dwarf_file_close(vmlinux->dwarf);
	elf_image_close(vmlinux->debug);
	elf_image_close(vmlinux->image);
}

static const struct typeinfo_ops vmlinux_ops = {
	.name = "DWARF",
	.resolve = vmlinux_resolve,
	.close = vmlinux_close,
};

struct error *typeinfo_open_vmlinux(const char *path, struct typeinfo **ret)
{
	struct vmlinux *vmlinux = calloc(1, sizeof(*vmlinux));
	if (!vmlinux)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &vmlinux->base;
	base->ops = &vmlinux_ops;
	base->origin = dwarf_source;

	struct error *err = elf_image_open(path, &vmlinux->image);
	if (!err)
		err = vmlinux_describe(vmlinux->image, base);
	if (!err)
		err = find_dwarf(vmlinux);
	if (err)
		return err;
	if (!has_dwarf(vmlinux))
		return elf_image_has(vmlinux->image, BTF_SECTION)
			       ? btf_file_of_image(&vmlinux->image, ret)
			       : no_dwarf(vmlinux);
	*ret = take_ptr(base);
	return NULL;
}
