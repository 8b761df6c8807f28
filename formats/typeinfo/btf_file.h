// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types from BTF in a file: section .BTF of a vmlinux, or the bare bytes. */
#ifndef VMEMSCOPE_TYPEINFO_BTF_FILE_H
#define VMEMSCOPE_TYPEINFO_BTF_FILE_H

#include "formats/typeinfo/elf_image.h"

struct error;
struct typeinfo;

#define BTF_SECTION ".BTF"

/* Types of the image's BTF, symbols of its symbol table. Takes *image and makes it NULL. */
struct error *btf_file_of_image(struct elf_image **image, struct typeinfo **ret);

#endif
