// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory for megabytes that are written once: in large pages, where the system has them. */
#ifndef VMEMSCOPE_TYPEINFO_BIG_H
#define VMEMSCOPE_TYPEINFO_BIG_H

#include <stdlib.h>
#include <sys/mman.h>

/* Not initialised; NULL if there is none. To be freed with free(). */
static inline void *big_alloc(size_t size)
{
	const size_t large = (size_t)2 << 20;
	size_t rounded = (size + large - 1) & ~(large - 1);

	if (size < large / 2 || rounded < size)
		return malloc(size);
	void *memory = aligned_alloc(large, rounded);
	/* Half the time of reading a kernel's types went into faults on small pages. */
	if (memory)
		madvise(memory, rounded, MADV_HUGEPAGE);
	return memory;
}

#endif
