// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * LoongArch: software-defined levels of tables that fill one page each. LoongArch
 * Reference Manual volume 1, "Memory Management"; Linux kernel
 * arch/loongarch/include/asm/pgtable-bits.h, addrspace.h, pgtable.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>
#include <inttypes.h>

#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

static const uint64_t PTE_VALID = UINT64_C(1) << 0;
static const uint64_t PTE_DIRTY = UINT64_C(1) << 1; /* what the machine lets be written */
static const uint64_t PTE_USER = UINT64_C(3) << 2;  /* privilege level 3 */
static const uint64_t PTE_HUGE = UINT64_C(1) << 6;  /* above the lowest level; there: GLOBAL */
static const uint64_t PTE_WRITE = UINT64_C(1) << 8; /* what the kernel would let be */
static const uint64_t PHYSICAL = UINT64_C(0x0000ffffffffffff); /* bits 0 to 47 */

/* Direct mapped windows, uncached and cached: the kernel lies in the second. */
static const vaddr_t WINDOW_UNCACHED = UINT64_C(0x8000000000000000);
static const vaddr_t WINDOW_CACHED = UINT64_C(0x9000000000000000);

/* Entries of tables hold the table's address in the cached window. */
static struct entry loongarch64_table(const struct paging *paging, uint64_t raw)
{
	if (!raw)
		return (struct entry){ .kind = ENTRY_NONE };
	return (struct entry){
		.kind = ENTRY_TABLE,
		.addr = raw & paging->addr_mask,
		.writable = true,
	};
}

static struct entry loongarch64_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	uint64_t page_mask = (UINT64_C(1) << paging->level[level].shift) - 1;

	if (level > 0 && !(raw & PTE_HUGE))
		return loongarch64_table(paging, raw);
	if (!(raw & PTE_VALID))
		return (struct entry){ .kind = ENTRY_NONE };
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = raw & paging->addr_mask & ~page_mask,
		.writable = raw & (PTE_DIRTY | PTE_WRITE),
		.user = (raw & PTE_USER) == PTE_USER,
	};
}

static unsigned bits_of(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

static const vaddr_t KERNEL_HALF = UINT64_C(1) << 63;

/*
 * The number of levels is recorded nowhere. The kernel's mappings begin at
 * -(1 << the machine's address bits) and the vmemmap lies at the end of what the
 * tables reach: how far tells how many bits they need. @vmalloc_start is in the kernel's half.
 */
static unsigned va_bits(vaddr_t vmalloc_start, vaddr_t vmemmap)
{
	vaddr_t base = UINT64_MAX << bits_of(~vmalloc_start);

	return vmemmap > base ? bits_of(vmemmap - base) : 0;
}

/* The bits that tables of as few levels as reach @needed can have. */
static uint64_t whole_levels(unsigned page_shift, unsigned needed)
{
	unsigned bits = 2 * page_shift - 3;

	while (bits < needed)
		bits += page_shift - 3;
	return bits;
}

static struct error *loongarch64_paging(const struct facts *facts, struct memory *memory,
					struct paging *ret)
{
	static const char *const levels_unknown =
		"how many levels of page tables there are is not known";
	uint64_t root, vmalloc_start = 0, vmemmap = 0;
	unsigned page_shift = 0;

	(void)memory;
	struct error *err = paging_fact(facts, "SYMBOL", "swapper_pg_dir",
					"the page tables' root is unknown", &root);
	if (!err)
		err = paging_page_shift(facts, &page_shift);
	if (!err)
		err = paging_fact(facts, "NUMBER", "VMALLOC_START", levels_unknown, &vmalloc_start);
	if (!err)
		err = paging_fact(facts, "SYMBOL", "vmemmap", levels_unknown, &vmemmap);
	if (err)
		return err;
	*ret = (struct paging){
		.root = root & PHYSICAL,
		.addr_mask = PHYSICAL & ~((UINT64_C(1) << page_shift) - 1),
		.window = { { WINDOW_CACHED, PHYSICAL + 1, 0 },
			    { WINDOW_UNCACHED, PHYSICAL + 1, 0 } },
	};
	if (vmalloc_start < KERNEL_HALF)
		return error_new(ERROR_CORRUPT,
				 "VMCOREINFO has NUMBER(VMALLOC_START)=0x%" PRIx64
				 ", which is no address of the kernel: it is damaged",
				 vmalloc_start);
	return paging_set_levels(ret, page_shift,
				 whole_levels(page_shift, va_bits(vmalloc_start, vmemmap)));
}

const struct arch_info arch_loongarch64 = {
	.elf_machine = EM_LOONGARCH,
	.has_room_for_vmemmap = true,
	.has_readonly_tails = false,
	.user_mark = "_PAGE_USER is set",
	.has_gigantic_pages = false,
	.poison_delta = 0,
	.section_size_bits = 29,
	.paging_init = loongarch64_paging,
	.entry_decode = loongarch64_decode,
};
