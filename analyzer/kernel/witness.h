// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether types and symbols are of the kernel in the dump: what contradicts them there. */
#ifndef VMEMSCOPE_WITNESS_H
#define VMEMSCOPE_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct facts;
struct kmem;
struct typeinfo;

enum { WITNESS_NAME_MAX = 64 };

/* Symbols of a source, held against those of VMCOREINFO. Addresses are as linked. */
struct symbols_fit {
	unsigned compared, differing;
	/* The first that differs. */
	char name[WITNESS_NAME_MAX];
	uint64_t there, here;
	/* All differ, and by as much: the same kernel, with the addresses that it ran at. */
	bool is_moved;
	uint64_t shift;
};

/* Without KERNELOFFSET in VMCOREINFO a kernel may have been moved: that is no difference. */
struct error *witness_symbols(struct typeinfo *ti, const struct facts *facts,
			      struct symbols_fit *ret);

/*
 * ERROR_MISMATCH, which names the first contradiction, if @ti is not of the kernel of
 * @facts and @kmem: VMCOREINFO's symbols, the text at linux_banner in memory, and what
 * @own says, the types or symbols that the dump has of its own (NULL: none).
 */
struct error *witness_check(struct typeinfo *ti, const struct facts *facts, struct kmem *kmem,
			    struct typeinfo *own);

#endif
