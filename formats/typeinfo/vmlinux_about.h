// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a vmlinux says of itself: build id, machine, release. */
#ifndef VMEMSCOPE_TYPEINFO_VMLINUX_ABOUT_H
#define VMEMSCOPE_TYPEINFO_VMLINUX_ABOUT_H

struct elf_image;
struct error;
struct typeinfo;

/* Fills path, build_id, machine and release, whose owner is @ti. */
struct error *vmlinux_describe(struct elf_image *image, struct typeinfo *ti);

#endif
