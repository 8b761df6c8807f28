// SPDX-License-Identifier: LGPL-2.1-or-later
/* The separate file that holds the debug information of a stripped program. */
#ifndef VMEMSCOPE_TYPEINFO_DEBUG_FILE_H
#define VMEMSCOPE_TYPEINFO_DEBUG_FILE_H

#include "formats/typeinfo/elf_image.h"

bool image_has_dwarf(const struct elf_image *image);

/*
 * Opens the debug file of @image: by build id under /usr/lib/debug, then by
 * its .gnu_debuglink beside it, in .debug beside it, and under /usr/lib/debug.
 * It must have the same build id or, without one, the checksum of the link.
 * *ret is NULL if there is none.
 */
struct error *debug_file_open(struct elf_image *image, struct elf_image **ret);

#endif
