// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a file given as a vmlinux is, by its first bytes. */
#ifndef VMEMSCOPE_TYPEINFO_FILE_KIND_H
#define VMEMSCOPE_TYPEINFO_FILE_KIND_H

#include "formats/typeinfo/elf_image.h"

struct error;

/* NULL if @file is a 64-bit ELF executable; else ERROR_UNSUPPORTED, one line with what to do. */
struct error *file_kind_check(const char *path, struct bytes file);

#endif
