// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * x86-64: four or five levels of 512 entries. Intel SDM volume 3, "Paging";
 * Linux kernel arch/x86/include/asm/pgtable_types.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>
#include <inttypes.h>

#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

static const uint64_t PTE_PRESENT = UINT64_C(1) << 0;
static const uint64_t PTE_RW = UINT64_C(1) << 1;
static const uint64_t PTE_USER = UINT64_C(1) << 2; /* tables of the kernel have it, too */
static const uint64_t PTE_PSE = UINT64_C(1) << 7;  /* leaf, at 2 MiB and 1 GiB only */
static const uint64_t PTE_LARGE_PAT = UINT64_C(1) << 12;
static const uint64_t PTE_ADDR = UINT64_C(0x000ffffffffff000); /* bits 12 to 51 */

/* Where the kernel image is linked: __START_KERNEL_map. */
static const uint64_t IMAGE_BASE = UINT64_C(0xffffffff80000000);

enum { LEAF_LEVEL_MAX = 2 };

static struct entry x86_64_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	if (!(raw & PTE_PRESENT))
		return (struct entry){ .kind = ENTRY_NONE };

	/* Above the gigabytes there are no leaves: the bit is reserved. */
	if (level > LEAF_LEVEL_MAX && (raw & PTE_PSE))
		return (struct entry){ .kind = ENTRY_INVALID };

	bool leaf = level == 0 || (raw & PTE_PSE);
	uint64_t page_mask = (UINT64_C(1) << paging->level[level].shift) - 1;

	/* Whoever uses it faults: below a larger leaf's address all but one bit is reserved. */
	if (leaf && raw & PTE_ADDR & page_mask & ~PTE_LARGE_PAT)
		return (struct entry){ .kind = ENTRY_INVALID };
	return (struct entry){
		.kind = leaf ? ENTRY_LEAF : ENTRY_TABLE,
		.addr = raw & paging->addr_mask & (leaf ? ~page_mask : UINT64_MAX),
		.writable = raw & PTE_RW,
		.user = leaf && (raw & PTE_USER),
	};
}

/*
 * The tables' root lies in the kernel image, whose physical place is phys_base
 * (Linux kernel arch/x86/kernel/vmcore_info_64.c). With SME or SEV the entries
 * carry the C-bit of NUMBER(sme_mask), which is no part of the address.
 */
static struct error *x86_64_paging(const struct facts *facts, struct memory *memory,
				   struct paging *ret)
{
	(void)memory;
	uint64_t root, phys_base, size = IMAGE_BYTES_MAX, l5 = 0, sme_mask = 0;

	if (!facts_value(facts, "SYMBOL", "swapper_pg_dir", &root) &&
	    !facts_value(facts, "SYMBOL", "init_top_pgt", &root))
		return error_new(ERROR_NOT_FOUND,
				 "VMCOREINFO has no SYMBOL(swapper_pg_dir): the page tables' "
				 "root is unknown");
	if (!facts_value(facts, "NUMBER", "phys_base", &phys_base))
		return error_new(ERROR_NOT_FOUND,
				 "VMCOREINFO has no NUMBER(phys_base): the kernel image cannot be "
				 "found in physical memory");
	if (root < IMAGE_BASE)
		return error_new(ERROR_CORRUPT,
				 "VMCOREINFO: swapper_pg_dir 0x%" PRIx64
				 " is outside the kernel image",
				 root);
	facts_value(facts, "NUMBER", "pgtable_l5_enabled", &l5);
	facts_value(facts, "NUMBER", "sme_mask", &sme_mask);
	facts_value(facts, "NUMBER", "KERNEL_IMAGE_SIZE", &size);

	*ret = (struct paging){
		.root = (root - IMAGE_BASE + phys_base) & PTE_ADDR & ~sme_mask,
		.page_shift = 12,
		.levels = l5 ? 5 : 4,
		.addr_mask = PTE_ADDR & ~sme_mask,
		.encryption_mask = sme_mask,
		.image = { IMAGE_BASE, size <= -IMAGE_BASE ? size : 0, phys_base },
	};
	for (unsigned level = 0; level < ret->levels; level++) {
		ret->level[level].shift = (uint8_t)(12 + 9 * level);
		ret->level[level].bits = 9;
	}
	return NULL;
}

/* From _stext on: below it lies what is not the kernel's. */
static bool x86_64_kernel_image(const struct facts *facts, paddr_t *paddr_ret, vaddr_t *vaddr_ret,
				uint64_t *bytes_ret)
{
	const uint64_t mask = ((uint64_t)1 << 12) - 1;
	uint64_t phys_base, size, text;

	if (!facts_value(facts, "NUMBER", "phys_base", &phys_base) ||
	    !facts_value(facts, "NUMBER", "KERNEL_IMAGE_SIZE", &size) ||
	    !facts_value(facts, "SYMBOL", "_stext", &text) || text < IMAGE_BASE ||
	    text - IMAGE_BASE >= size)
		return false;
	*vaddr_ret = text & ~mask;
	*paddr_ret = *vaddr_ret - IMAGE_BASE + phys_base;
	*bytes_ret = IMAGE_BASE + size - *vaddr_ret;
	return true;
}

const struct arch_info arch_x86_64 = {
	.elf_machine = EM_X86_64,
	.has_room_for_vmemmap = true,
	.has_readonly_tails = true,
	.user_mark = "_PAGE_USER is set",
	.shares_devices = true,
	.has_gigantic_pages = true,
	.poison_delta = UINT64_C(0xdead000000000000),
	.section_size_bits = 27,
	.extends_sign = true,
	.kernel_image = x86_64_kernel_image,
	.paging_init = x86_64_paging,
	.entry_decode = x86_64_decode,
};
