// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * riscv64: Sv39, Sv48, Sv57. The RISC-V Instruction Set Manual volume II, "Sv39" to
 * "Svnapot"; Linux kernel arch/riscv/include/asm/pgtable-64.h, pgtable-bits.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>

#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

enum {
	PAGE_SHIFT = 12,
	PTE_PFN_SHIFT = 10,
	NAPOT_SHIFT = 16, /* the one size that there is: 64 KiB */
	SATP_MODE_SHIFT = 60,
	SATP_SV39 = 8, /* and each of the next ones has a level more */
};

static const uint64_t PTE_VALID = UINT64_C(1) << 0;
static const uint64_t PTE_READ = UINT64_C(1) << 1;
static const uint64_t PTE_WRITE = UINT64_C(1) << 2;
static const uint64_t PTE_EXEC = UINT64_C(1) << 3;
static const uint64_t PTE_USER = UINT64_C(1) << 4;
static const uint64_t PTE_NAPOT = UINT64_C(1) << 63;
static const uint64_t PTE_PFN = UINT64_C(0x003ffffffffffc00);  /* bits 10 to 53 */
static const uint64_t SATP_PPN = UINT64_C(0x00000fffffffffff); /* bits 0 to 43 */

static struct entry riscv64_leaf(const struct paging *paging, unsigned level, uint64_t raw,
				 paddr_t addr)
{
	unsigned shift = paging->level[level].shift;
	bool spans = level == 0 && (raw & PTE_NAPOT);

	if (spans)
		shift = NAPOT_SHIFT;
	else if (addr & ((UINT64_C(1) << shift) - 1)) /* misaligned: whoever uses it faults */
		return (struct entry){ .kind = ENTRY_INVALID };
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = addr & ~((UINT64_C(1) << shift) - 1),
		.writable = raw & PTE_WRITE,
		.user = raw & PTE_USER,
		.shift = spans ? (uint8_t)shift : 0,
	};
}

static struct entry riscv64_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	paddr_t addr = (raw & PTE_PFN) << (PAGE_SHIFT - PTE_PFN_SHIFT);

	if (!(raw & PTE_VALID))
		return (struct entry){ .kind = ENTRY_NONE };
	if ((raw & (PTE_READ | PTE_WRITE)) == PTE_WRITE) /* reserved */
		return (struct entry){ .kind = ENTRY_INVALID };
	if (raw & (PTE_READ | PTE_WRITE | PTE_EXEC))
		return riscv64_leaf(paging, level, raw, addr);
	return (struct entry){ .kind = ENTRY_TABLE, .addr = addr, .writable = true };
}

static uint64_t va_bits_of_satp(uint64_t satp)
{
	uint64_t mode = satp >> SATP_MODE_SHIFT;

	return mode < SATP_SV39 ? 0 : 39 + 9 * (mode - SATP_SV39);
}

/*
 * VA_BITS is what the kernel chose while booting. VMCOREINFO has satp since v6.13 or later.
 * Linux kernel arch/riscv/kernel/vmcore_info.c.
 */
static struct error *riscv64_paging(const struct facts *facts, struct memory *memory,
				    struct paging *ret)
{
	uint64_t root, offset, bits, text, satp = 0;
	bool has_satp = facts_value(facts, "NUMBER", "satp", &satp) && satp;
	bool has_offset = facts_value(facts, "NUMBER", "va_kernel_pa_offset", &offset);

	(void)memory;
	struct error *err = paging_fact(facts, "SYMBOL", "swapper_pg_dir",
					"the page tables' root is unknown", &root);
	if (err)
		return err;
	if (!facts_value(facts, "NUMBER", "VA_BITS", &bits))
		bits = va_bits_of_satp(satp);
	*ret = (struct paging){ .addr_mask = PTE_PFN };
	if (has_offset)
		ret->root = root - offset;
	else if (has_satp)
		ret->root = (satp & SATP_PPN) << PAGE_SHIFT;
	else
		return error_new(ERROR_NOT_FOUND,
				 "VMCOREINFO has neither NUMBER(va_kernel_pa_offset) nor "
				 "NUMBER(satp): the page tables' root cannot be found");
	if (has_offset && facts_value(facts, "SYMBOL", "_stext", &text))
		paging_set_image(ret, text, text - offset);
	return paging_set_levels(ret, PAGE_SHIFT, bits);
}

const struct arch_info arch_riscv64 = {
	.elf_machine = EM_RISCV,
	.has_readonly_tails = false,
	.user_mark = "_PAGE_USER is set",
	.shares_devices = true,
	.has_gigantic_pages = true,
	.poison_delta = UINT64_C(0xdead000000000000),
	.section_size_bits = 27,
	.extends_sign = true,
	.paging_init = riscv64_paging,
	.entry_decode = riscv64_decode,
};
