// SPDX-License-Identifier: LGPL-2.1-or-later
/* Ways to write a small dump. */
#ifndef VMEMSCOPE_DUMP_IMAGE_PUT_H
#define VMEMSCOPE_DUMP_IMAGE_PUT_H

struct dump_image;
struct error;
struct new_file;

struct error *elf_image_put(struct new_file *file, const struct dump_image *image);
/* kdump-compressed, zstd. */
struct error *kdump_image_put(struct new_file *file, const struct dump_image *image);

#endif
