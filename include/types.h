// SPDX-License-Identifier: LGPL-2.1-or-later
/* Units are types: an address space is never guessed from a variable's name. */
#ifndef VMEMSCOPE_TYPES_H
#define VMEMSCOPE_TYPES_H

#include <stdint.h>

typedef uint64_t paddr_t; /* machine-physical address, bytes */
typedef uint64_t vaddr_t; /* kernel virtual address, bytes */
typedef uint64_t pfn_t;	  /* page frame number: paddr >> page_shift */

/* Half-open [start, end): an empty range has start == end. */
struct range {
	uint64_t start, end;
};

#endif
