// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel says of itself: VMCOREINFO, lines of KEY=VALUE.
 * Symbol values there are those of the running kernel (KASLR included).
 */
#ifndef VMEMSCOPE_FACTS_H
#define VMEMSCOPE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct facts;

/* Copies @vmcoreinfo. ERROR_CORRUPT if it holds no KEY=VALUE line at all. */
struct error *facts_parse(const char *vmcoreinfo, struct facts **ret);
void facts_destroy(struct facts *facts);

/* The text after "@key="; NULL if there is none. Borrowed. */
const char *facts_text(const struct facts *facts, const char *key);

/*
 * The value of KIND(name), as in facts_value(f, "SYMBOL", "mem_section", &v).
 * False if absent or not a number. SYMBOL is hexadecimal, NUMBER is decimal
 * unless it says 0x and may be negative (two's complement), the rest decimal.
 * Linux kernel include/linux/vmcore_info.h.
 */
bool facts_value(const struct facts *facts, const char *kind, const char *name, uint64_t *ret);

/*
 * The next KIND(name) that is a number, from *@at on (0: from the first), with its name in
 * @name of @size bytes; longer names are passed over. False at the end.
 */
bool facts_next(const struct facts *facts, const char *kind, size_t *at, char *name, size_t size,
		uint64_t *ret);

/* The hexadecimal number after "@key=", as of KERNELOFFSET; false if there is none. */
bool facts_hex(const struct facts *facts, const char *key, uint64_t *ret);

/* KERNELOFFSET: how far KASLR moved the image; 0 if absent. */
uint64_t facts_kernel_offset(const struct facts *facts);

#endif
