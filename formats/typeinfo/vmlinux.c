// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols of a vmlinux: DWARF and the symbol table of one ELF file or two. */
#include <stdio.h>
#include <string.h>

#include "formats/typeinfo/debug_file.h"
#include "formats/typeinfo/debug_package.h"
#include "formats/typeinfo/dwarf_types.h"
#include "formats/typeinfo/elf_image.h"
#include "formats/typeinfo/symbols.h"
#include "include/error.h"
#include "include/typeinfo.h"

/* Kinds, not paths: a profile passes them on to other machines. */
static const char dwarf_source[] = "DWARF", symbol_source[] = "symbol table";

enum { RELEASE_MAX = 64 }; /* as long as uname can make it */

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

// clang-format off
static const struct machine {
	uint16_t elf_machine;
	const char *little, *big; /* endian; as in uname -m */
} machines[] = {
	{ EM_X86_64,    "x86_64",      NULL },
	{ EM_AARCH64,   "aarch64",     "aarch64_be" },
	{ EM_RISCV,     "riscv64",     NULL },
	{ EM_LOONGARCH, "loongarch64", NULL },
	{ EM_PPC64,     "ppc64le",     "ppc64" },
	{ EM_S390,      NULL,          "s390x" },
};
// clang-format on

static const char *machine_name(const struct elf_image *image)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].elf_machine == image->header.e_machine)
			return image->is_big_endian ? machines[i].big : machines[i].little;
	return NULL;
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

/* Separate debug files have the symbol but not its contents. */
static struct error *read_release(struct vmlinux *vmlinux)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };
	uint64_t address;

	struct error *err = symbols_add(&symbols, "linux_banner");
	if (!err)
		err = symbols_read(&symbols, vmlinux->image);
	if (err || !symbols_find(&symbols, "linux_banner", &address))
		return err;

	struct bytes release = banner_release(elf_image_at(vmlinux->image, address, 256));
	if (!release.size)
		return NULL;
	vmlinux->base.release = strndup((const char *)release.data, release.size);
	return vmlinux->base.release ? NULL : error_nomem();
}

static bool copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

static struct error *describe(struct vmlinux *vmlinux)
{
	const struct elf_image *image = vmlinux->image;
	struct typeinfo *base = &vmlinux->base;

	if (!copy_text(&base->path, image->path) || !copy_text(&base->build_id, image->build_id) ||
	    !copy_text(&base->machine, machine_name(image)))
		return error_nomem();
	return read_release(vmlinux);
}

static struct error *no_dwarf(const struct vmlinux *vmlinux)
{
	char hint[DEBUG_PACKAGE_HINT_MAX];

	return error_new(ERROR_UNSUPPORTED,
			 "'%s' has no debug information (DWARF): install the debug package %s",
			 vmlinux->base.path, debug_package_hint(vmlinux->base.release, hint));
}

static struct error *find_dwarf(struct vmlinux *vmlinux)
{
	if (image_has_dwarf(vmlinux->image))
		return NULL;

	struct error *err = debug_file_open(vmlinux->image, &vmlinux->debug);
	if (err)
		return err;
	return vmlinux->debug ? NULL : no_dwarf(vmlinux);
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

static void typeinfo_closep(struct typeinfo **ti)
{
	typeinfo_close(*ti);
}

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
		err = describe(vmlinux);
	if (!err)
		err = find_dwarf(vmlinux);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}
