// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernel virtual memory: a walk and physical reads. Knows no kernel type. */
#ifndef VMEMSCOPE_KMEM_H
#define VMEMSCOPE_KMEM_H

#include "analyzer/paging/pgwalk.h"

struct kmem {
	struct pgwalk walk;
	bool big_endian;
};

struct error *kmem_init(struct kmem *kmem, const struct arch_info *arch,
			const struct paging *paging, struct memory *memory, bool big_endian);
void kmem_deinit(struct kmem *kmem);

/*
 * The physical address behind @addr. *state_ret is PRESENT if it is known, whether or not
 * the dump has that page.
 */
struct error *kmem_translate(struct kmem *kmem, vaddr_t addr, paddr_t *ret,
			     enum memory_state *state_ret);

/* Where the kernel's image was loaded, whatever page tables say; false if @addr is not in it. */
bool kmem_image_find(const struct kmem *kmem, vaddr_t addr, paddr_t *ret);

/* *ret: the page tables say that nothing is mapped at @addr. */
struct error *kmem_is_unmapped(struct kmem *kmem, vaddr_t addr, bool *ret);

/*
 * Reads @len bytes at @addr. If any of them cannot be had, *state_ret says why
 * (ABSENT also for an address that is not mapped) and @buf is undefined.
 */
struct error *kmem_read(struct kmem *kmem, vaddr_t addr, void *buf, size_t len,
			enum memory_state *state_ret);

/* An unsigned number of @size (1 to 8) bytes at @addr. */
struct error *kmem_read_uint(struct kmem *kmem, vaddr_t addr, size_t size, uint64_t *ret,
			     enum memory_state *state_ret);

/*
 * Text at @addr into @buf, cut at @size - 1 bytes, always terminated; bytes that
 * are not printable become '?'. Empty if it cannot be read.
 */
struct error *kmem_read_text(struct kmem *kmem, vaddr_t addr, char *buf, size_t size);

/* "excluded from the dump", "not in the dump", "beyond the end of the file". */
const char *memory_state_text(enum memory_state state);

#endif
