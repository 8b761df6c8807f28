// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VMCOREINFO that no note of the file holds: the kernel's own note, in its memory. */
#ifndef VMEMSCOPE_DUMP_VMCOREINFO_SEARCH_H
#define VMEMSCOPE_DUMP_VMCOREINFO_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/memory.h"

struct dump;
struct error;

/* A VMCOREINFO of the kernel that @memory is of. */
struct vmcoreinfo {
	char *text; /* NULL: none */
	/* As the note is: QEMU may write a big-endian file of a little-endian guest (ppc64). */
	bool big_endian;
	bool has_order; /* big_endian is known */
};

/*
 * Finds one where the file has none that can be used: what the kernel would give to a dump,
 * vmcoreinfo_note, which begins a page. The first bytes of every 4 KiB of @memory are looked
 * at. Linux kernel kernel/vmcore_info.c.
 *
 * Of several that differ, as after a start of one kernel by another, dump->options.judge
 * chooses. @machine_of returns the machine of each. ERROR_UNSUPPORTED, naming
 * all of them, if it cannot. ret->text stays NULL if there is none; the caller frees it.
 */
struct error *vmcoreinfo_search(const struct dump *dump, struct memory *memory,
				uint16_t (*machine_of)(const void *context, const char *text),
				const void *context, struct vmcoreinfo *ret);

/*
 * Replaces @info, the file's own, which is of @big_endian, by one in memory if page tables are
 * to be found by that, and none by the file's: of another boot, cut short, overwritten.
 */
struct error *vmcoreinfo_doubt(const struct dump *dump, bool big_endian,
			       uint16_t (*machine_of)(const void *context, const char *text),
			       const void *context, struct vmcoreinfo *info);

/* The one that @named is: a file, or an address of @memory. *ret is freed by the caller. */
struct error *vmcoreinfo_named(const char *named, struct memory *memory, struct vmcoreinfo *ret);

#endif
