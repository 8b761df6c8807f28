// SPDX-License-Identifier: LGPL-2.1-or-later
/* An array of the kernel, copied page by page as parts of it are looked at. */
#ifndef VMEMSCOPE_KERNEL_ARRAY_H
#define VMEMSCOPE_KERNEL_ARRAY_H

#include <stddef.h>

#include "include/types.h"

struct error;
struct kmem;

struct kernel_array {
	struct kmem *kmem; /* borrowed */
	vaddr_t start;
	size_t bytes;
	unsigned char *copy;  /* of those pages that were looked at */
	unsigned char *pages; /* what is known of each */
};

/* kernel_array_close() in any case. */
struct error *kernel_array_open(struct kmem *kmem, vaddr_t start, size_t bytes,
				struct kernel_array *ret);
void kernel_array_close(struct kernel_array *array);

/*
 * The @len bytes at @at, which lie in the array: *ret is NULL if any of them is not in the dump.
 * Good until the array is closed.
 */
struct error *kernel_array_look(struct kernel_array *array, size_t at, size_t len,
				const unsigned char **ret);

#endif
