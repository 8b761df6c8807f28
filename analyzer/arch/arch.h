// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an architecture is to the walker.
 *
 * To add one: docs/porting.md.
 */
#ifndef VMEMSCOPE_ARCH_H
#define VMEMSCOPE_ARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "include/machines.h"
#include "include/types.h"

struct error;
struct facts;
struct memory;

enum { PAGING_MAX_LEVELS = 5, PAGING_WINDOWS = 2 };

enum entry_kind { ENTRY_NONE, ENTRY_TABLE, ENTRY_LEAF, ENTRY_INVALID };

struct entry {
	enum entry_kind kind;
	paddr_t addr;  /* next table or mapped page */
	bool writable; /* as far as this entry goes: all levels must agree */
	bool user;     /* of a leaf: marked for programs, as no mapping of the kernel is */
	uint8_t shift; /* of a leaf that spans several entries, which are alike; 0: one */
};

/* How this kernel's page tables are laid out. Data: the walker is generic. */
struct paging {
	paddr_t root;
	bool big_endian; /* of entries, which may differ from the machine's */
	unsigned page_shift;
	unsigned levels;
	struct {
		uint8_t shift, bits; /* index = addr >> shift & ((1 << bits) - 1) */
	} level[PAGING_MAX_LEVELS];  /* [0] is the level of the smallest page */
	uint64_t addr_mask;	     /* bits of an entry that are address; none of encryption */
	uint64_t encryption_mask;    /* SME/SEV C-bit; 0 if none. For reports */
	bool has_low_kernel;	     /* kernel addresses need not have their highest bit set */
	uint8_t format;		     /* of entries, where an architecture has several: its own */

	/* Addresses that the machine maps linearly without page tables; none if size is 0. */
	struct {
		vaddr_t start;
		uint64_t size;
		paddr_t paddr;
	} window[PAGING_WINDOWS];
	/*
	 * Where the kernel's image is, by its fixed offset: for addresses in it whose page
	 * table is not in the dump. Page tables go first; none if size is 0.
	 */
	struct {
		vaddr_t start;
		uint64_t size;
		paddr_t paddr;
	} image;
};

/* The most that an image of unknown size may have. */
enum { IMAGE_BYTES_MAX = 128 << 20 };

struct arch_info {
	uint16_t elf_machine; /* a row of include/machines.h, which has its names */
	/*
	 * False where PAGE_KERNEL_RO is PAGE_KERNEL (riscv64, loongarch64: Linux
	 * kernel include/linux/pgtable.h), so that shared tails stay writable.
	 */
	bool has_readonly_tails;
	/* What tells that a leaf is for programs (entry.user): "_PAGE_USER is set". */
	const char *user_mark;
	/* The kernel has an address space of its own, from 0 on: pointers need no high bit. */
	bool kernel_is_low;
	/*
	 * Kernels before the zones' tail frames became a pointer share the vmemmap of
	 * device DAX: ARCH_WANT_OPTIMIZE_DAX_VMEMMAP.
	 */
	bool shares_devices;
	/*
	 * A larger leaf that is there when device memory is added stays, and what it maps
	 * shares nothing: Linux kernel arch/powerpc/mm/book3s64/radix_pgtable.c,
	 * vmemmap_populate_compound_pages(). Elsewhere nothing can be there.
	 */
	bool devices_keep_leaves;
	/*
	 * What its kernels that optimise huge pages are known to do wrong, though page tables
	 * look right: to go on "huge pages are optimised here: ...". NULL: nothing is known.
	 */
	const char *hvo_fault;
	/*
	 * Nothing else lies where struct pages of any physical address up to MAX_PHYSMEM_BITS
	 * would be, whatever memory there is.
	 */
	bool has_room_for_vmemmap;
	/*
	 * An address has as many bits as its tables translate, and the highest of them in all
	 * above; any other faults. Where kernels put tags into pointers that is not so.
	 */
	bool extends_sign;
	/* CONFIG_ARCH_HAS_GIGANTIC_PAGE: folios may be larger than the buddy allocator's. */
	bool has_gigantic_pages;
	/* Added to the kernel's poison pointers: CONFIG_ILLEGAL_POINTER_VALUE. */
	uint64_t poison_delta;
	/* The kernel's SECTION_SIZE_BITS where VMCOREINFO lacks it. */
	unsigned section_size_bits;

	/* Where the kernel image is mapped, if VMCOREINFO has it; else false. NULL: it never has.
	 */
	bool (*kernel_image)(const struct facts *facts, paddr_t *paddr_ret, vaddr_t *vaddr_ret,
			     uint64_t *bytes_ret);

	/*
	 * @memory is for what only the tables themselves show, such as the number of their levels
	 * on s390x. ERROR_UNSUPPORTED for an MMU whose vmemmap is in no page table.
	 */
	struct error *(*paging_init)(const struct facts *facts, struct memory *memory,
				     struct paging *ret);
	struct entry (*entry_decode)(const struct paging *paging, unsigned level, uint64_t raw);
};

/*
 * Bits of @leaf, an entry of the lowest level, that are the low part of its frame's number
 * and change nothing else; 0 if there is no such field. Learnt from entry_decode().
 */
uint64_t arch_frame_mask(const struct arch_info *arch, const struct paging *paging, uint64_t leaf);

static inline void arch_kernel_image(const struct arch_info *arch, const struct facts *facts,
				     paddr_t *paddr_ret, vaddr_t *vaddr_ret, uint64_t *bytes_ret)
{
	if (!arch->kernel_image || !arch->kernel_image(facts, paddr_ret, vaddr_ret, bytes_ret))
		*bytes_ret = 0;
}

static inline const char *arch_name(const struct arch_info *arch)
{
	return uts_machine_by_elf(arch->elf_machine)->name;
}

/* As in uname -m of a kernel of this byte order. */
static inline const char *arch_machine_name(const struct arch_info *arch, bool big_endian)
{
	return uts_machine_name(uts_machine_by_elf(arch->elf_machine), big_endian);
}

/* NULL if there is none. */
const struct arch_info *arch_by_elf_machine(uint16_t elf_machine);
const struct arch_info *arch_by_name(const char *name); /* as in uname -m */

/* All of them, NULL-terminated. */
extern const struct arch_info *const arch_table[];

#endif
