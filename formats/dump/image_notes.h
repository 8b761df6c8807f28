// SPDX-License-Identifier: LGPL-2.1-or-later
/* The ELF notes of a small dump: VMCOREINFO, and what distilled.h describes. */
#ifndef VMEMSCOPE_DUMP_IMAGE_NOTES_H
#define VMEMSCOPE_DUMP_IMAGE_NOTES_H

#include <stddef.h>
#include <stdint.h>

struct dump_image;
struct error;

/* The bytes are the caller's to free. */
struct error *image_notes_build(const struct dump_image *image, uint8_t **ret, size_t *len_ret);

#endif
