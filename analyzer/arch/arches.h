// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every architecture that there is a file for. */
#ifndef VMEMSCOPE_ARCHES_H
#define VMEMSCOPE_ARCHES_H

#include "analyzer/arch/arch.h"

extern const struct arch_info arch_aarch64;
extern const struct arch_info arch_loongarch64;
extern const struct arch_info arch_ppc64;
extern const struct arch_info arch_riscv64;
extern const struct arch_info arch_s390x;
extern const struct arch_info arch_x86_64;

/*
 * Levels of tables that fill one page each, for addresses of @va_bits: the topmost
 * takes the bits that are left. ERROR_CORRUPT if no such tables can be.
 */
struct error *paging_set_levels(struct paging *paging, unsigned page_shift, uint64_t va_bits);

/* The image that _stext, at @text, belongs to: from there on, as far as one can reach. */
void paging_set_image(struct paging *paging, vaddr_t text, paddr_t paddr);

/* PAGESIZE= as a shift from 12 to 16. */
struct error *paging_page_shift(const struct facts *facts, unsigned *ret);

/* What cannot be done without: ERROR_NOT_FOUND names it, and what it is @needed_for. */
struct error *paging_fact(const struct facts *facts, const char *kind, const char *name,
			  const char *needed_for, uint64_t *ret);

#endif
