// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a file given as a vmlinux is, by its first bytes. */
#include "formats/typeinfo/file_kind.h"

#include <string.h>

#include "formats/typeinfo/debug_package.h"
#include "include/array.h"
#include "include/error.h"

enum kind { KIND_DUMP, KIND_KERNEL_IMAGE, KIND_COMPRESSED, KIND_ARCHIVE };

struct magic {
	size_t offset;
	const char *bytes;
	size_t len;
	enum kind kind;
};

#define MAGIC(offset, text, kind)                                                                  \
	{                                                                                          \
		offset, text, sizeof(text) - 1, kind                                               \
	}

/* Where the boot loader expects it: the kernel's own boot protocols. */
// clang-format off
static const struct magic magics[] = {
	MAGIC(0,     "KDUMP   ",         KIND_DUMP),
	MAGIC(0,     "DISKDUMP",         KIND_DUMP),
	MAGIC(0,     "makedumpfile",     KIND_DUMP),
	MAGIC(0x202, "HdrS",             KIND_KERNEL_IMAGE), /* x86 bzImage */
	MAGIC(0x38,  "ARM\x64",          KIND_KERNEL_IMAGE), /* arm64 Image */
	MAGIC(0x38,  "RSC\x05",          KIND_KERNEL_IMAGE), /* riscv Image */
	MAGIC(0x4,   "zimg",             KIND_KERNEL_IMAGE), /* EFI zboot */
	MAGIC(0x38,  "\xcd\x23\x82\x81", KIND_KERNEL_IMAGE), /* Linux in a PE file */
	MAGIC(0,     "\x1f\x8b",         KIND_COMPRESSED),
	MAGIC(0,     "\xfd" "7zXZ",      KIND_COMPRESSED),
	MAGIC(0,     "\x28\xb5\x2f\xfd", KIND_COMPRESSED),
	MAGIC(0,     "BZh",              KIND_COMPRESSED),
	MAGIC(0,     "!<arch>\n",        KIND_ARCHIVE),
	MAGIC(0,     "\xed\xab\xee\xdb", KIND_ARCHIVE),
};
// clang-format on

static bool magic_matches(const struct magic *magic, struct bytes file)
{
	return file.size >= magic->offset + magic->len &&
	       memcmp(file.data + magic->offset, magic->bytes, magic->len) == 0;
}

static struct error *refuse_dump(const char *path)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is a dump, not a vmlinux: give the vmlinux of the dumped kernel",
			 path);
}

static struct error *refuse_kernel_image(const char *path)
{
	char hint[DEBUG_PACKAGE_HINT_MAX];

	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is a bootable kernel image without debug information: the debug "
			 "vmlinux is in package %s",
			 path, debug_package_hint(NULL, hint));
}

static struct error *refuse_kind(const char *path, enum kind kind)
{
	switch (kind) {
	case KIND_DUMP:
		return refuse_dump(path);
	case KIND_KERNEL_IMAGE:
		return refuse_kernel_image(path);
	case KIND_COMPRESSED:
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a compressed file: decompress it first", path);
	case KIND_ARCHIVE:
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a package: install it or unpack the vmlinux from it",
				 path);
	}
	return NULL;
}

static struct error *refuse_unknown(const char *path, struct bytes file)
{
	for (size_t i = 0; i < COUNT_OF(magics); i++)
		if (magic_matches(&magics[i], file))
			return refuse_kind(path, magics[i].kind);
	return error_new(ERROR_UNSUPPORTED, "'%s' is not a vmlinux: not an ELF file", path);
}

static uint16_t elf_type(struct bytes file)
{
	size_t at = offsetof(Elf64_Ehdr, e_type);
	bool is_big_endian = file.data[EI_DATA] == ELFDATA2MSB;

	return file.data[at + is_big_endian] | file.data[at + !is_big_endian] << 8;
}

struct error *file_kind_check(const char *path, struct bytes file)
{
	if (file.size == 0)
		return error_new(ERROR_UNSUPPORTED, "'%s' is empty", path);
	if (file.size < SELFMAG || memcmp(file.data, ELFMAG, SELFMAG) != 0)
		return refuse_unknown(path, file);
	if (file.size < sizeof(Elf64_Ehdr))
		return error_new(ERROR_CORRUPT, "'%s' ends within its ELF header", path);

	uint16_t type = elf_type(file);
	if (type == ET_CORE)
		return refuse_dump(path);
	if (file.data[EI_CLASS] != ELFCLASS64)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is a 32-bit program: only 64-bit kernels are supported",
				 path);
	if (type != ET_EXEC && type != ET_DYN)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is an object file or kernel module, not a vmlinux", path);
	return NULL;
}
