// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An ELF file in memory: identity and sections. Nothing is copied but
 * compressed sections that are asked for. Knows no DWARF and no kernel.
 */
#ifndef VMEMSCOPE_TYPEINFO_ELF_IMAGE_H
#define VMEMSCOPE_TYPEINFO_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gelf.h>

#include "formats/whole_file.h"

struct error;

/* Borrowed memory; data is NULL if and only if size is 0. */
struct bytes {
	const unsigned char *data;
	size_t size;
};

enum { ELF_IMAGE_INFLATED_MAX = 16 };

struct elf_image {
	char *path;
	Elf *elf;
	GElf_Ehdr header;
	bool is_big_endian;
	char *build_id; /* lower-case hex; NULL if there is none */
	struct bytes file;
	struct whole_file whole; /* owns @file */
	/* Sections that libelf holds decompressed: their headers no longer describe the file. */
	Elf_Scn *inflated[ELF_IMAGE_INFLATED_MAX];
	unsigned inflated_count;
};

/*
 * Opens a 64-bit ELF executable of any byte order. Errors: ERROR_NOT_FOUND no
 * such file; ERROR_UNSUPPORTED another kind of file, which the message names.
 */
struct error *elf_image_open(const char *path, struct elf_image **ret);
/* The same of bytes that are read already; takes @file, on failure, too. */
struct error *elf_image_of_file(const char *path, struct whole_file *file, struct elf_image **ret);
/* Whatever is at @path, for that. */
struct error *elf_image_read_file(const char *path, struct whole_file *ret);
void elf_image_close(struct elf_image *image); /* NULL is allowed */

static inline void elf_image_closep(struct elf_image **image)
{
	elf_image_close(*image);
}

/* Has a section of this name with contents in this file. */
bool elf_image_has(const struct elf_image *image, const char *name);

/*
 * The section named @name, or its older spelling .z..., decompressed; empty if
 * absent or without contents. Borrowed from @image.
 * ERROR_CORRUPT: lies outside the file or does not decompress.
 */
struct error *elf_image_section(struct elf_image *image, const char *name, struct bytes *ret);

/* The contents at linked address @addr, at most @size_max bytes; empty if not in the file. */
struct bytes elf_image_at(const struct elf_image *image, uint64_t addr, size_t size_max);

/* An unsigned integer of 1, 2, 4 or 8 bytes in the file's byte order. */
uint64_t elf_image_read(const struct elf_image *image, const unsigned char *p, unsigned size);

#endif
