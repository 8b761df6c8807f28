// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The symbol table that a kernel keeps of itself (CONFIG_KALLSYMS), found by
 * the symbols that VMCOREINFO names since v6.0 and kept in its packed form.
 */
#ifndef VMEMSCOPE_TYPEINFO_KALLSYMS_H
#define VMEMSCOPE_TYPEINFO_KALLSYMS_H

#include <stdint.h>

struct error;
struct kallsyms;
struct kernel_view;
struct symbols;

/*
 * @dump names the dump in messages; @view is not used after the return.
 * ERROR_NOT_FOUND: VMCOREINFO does not lead there, or not all is in the dump.
 * ERROR_CORRUPT: the tables contradict themselves.
 */
struct error *kallsyms_read(const char *dump, struct kernel_view *view, struct kallsyms **ret);
void kallsyms_free(struct kallsyms *kallsyms); /* NULL is allowed */

static inline void kallsyms_freep(struct kallsyms **kallsyms)
{
	kallsyms_free(*kallsyms);
}

/* @type is the letter that nm prints; @name lives until the return, @address is as linked. */
typedef void kallsyms_fn(const char *name, char type, uint64_t address, void *context);

/* All symbols in the kernel's order. */
void kallsyms_each(const struct kallsyms *kallsyms, kallsyms_fn *fn, void *context);

/* Looks up all names of @symbols, which it seals. */
void kallsyms_find(const struct kallsyms *kallsyms, struct symbols *symbols);

#endif
