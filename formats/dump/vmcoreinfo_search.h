// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VMCOREINFO that no note of the file holds: the kernel's own note, in its memory. */
#ifndef VMEMSCOPE_DUMP_VMCOREINFO_SEARCH_H
#define VMEMSCOPE_DUMP_VMCOREINFO_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

struct dump_file;
struct error;
struct segment;

/*
 * Looks at the first bytes of every 4 KiB of the PRESENT segments for what the kernel
 * would give to a dump, vmcoreinfo_note, which begins a page. *ret is NULL if there is
 * none; the caller frees it. ERROR_UNSUPPORTED if there are several that differ, as
 * after a start of one kernel by another. Linux kernel kernel/vmcore_info.c.
 *
 * *big_endian becomes what the note is: QEMU may write a big-endian file of a
 * little-endian guest (ppc64).
 */
struct error *vmcoreinfo_search(const struct dump_file *file, const struct segment *segments,
				size_t count, bool *big_endian, char **ret);

#endif
