// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * arm64: pages of 4, 16 and 64 KiB, addresses of 36 to 52 bits. Arm Architecture
 * Reference Manual, "VMSAv8-64 translation table format descriptors"; Linux kernel
 * arch/arm64/include/asm/pgtable-hwdef.h, pgtable-prot.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>

#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

enum { DESCRIPTOR_BLOCK = 1, DESCRIPTOR_TABLE = 3 }; /* at the lowest level 3 is a page */

/* Where address bits above 47 are. */
enum format {
	FORMAT_48,  /* nowhere */
	FORMAT_64K, /* 48 to 51 in bits 12 to 15: pages of 64 KiB */
	FORMAT_LPA2 /* 48 and 49 in place, 50 and 51 in bits 8 and 9 */
};

static const struct {
	uint64_t in_place;
	uint64_t apart;
	unsigned to; /* where the lowest bit of @apart belongs */
} formats[] = {
	[FORMAT_48] = { UINT64_C(0x0000fffffffff000), 0, 0 },
	[FORMAT_64K] = { UINT64_C(0x0000ffffffff0000), 0xf000, 48 },
	[FORMAT_LPA2] = { UINT64_C(0x0003fffffffff000), 0x0300, 50 },
};

static const uint64_t PTE_USER = UINT64_C(1) << 6;   /* AP[1] */
static const uint64_t PTE_RDONLY = UINT64_C(1) << 7; /* AP[2] */
static const uint64_t PTE_WRITE = UINT64_C(1) << 51; /* DBM: read-only until it is dirty */

static paddr_t aarch64_address(const struct paging *paging, uint64_t raw)
{
	uint64_t in_place = formats[paging->format].in_place;
	uint64_t apart = formats[paging->format].apart;

	/* The lowest bit of a mask is what the division shifts by. */
	return (raw & in_place & ~((UINT64_C(1) << paging->page_shift) - 1)) |
	       (apart ? (raw & apart) / (apart & -apart) << formats[paging->format].to : 0);
}

static struct entry aarch64_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	uint64_t page_mask = (UINT64_C(1) << paging->level[level].shift) - 1;
	unsigned type = raw & 3;

	if (!(type & 1))
		return (struct entry){ .kind = ENTRY_NONE };
	if (level == 0 && type == DESCRIPTOR_BLOCK) /* reserved */
		return (struct entry){ .kind = ENTRY_INVALID };
	if (level > 0 && type == DESCRIPTOR_TABLE)
		return (struct entry){
			.kind = ENTRY_TABLE,
			.addr = aarch64_address(paging, raw),
			.writable = true, /* Linux sets no limits in tables of the kernel */
		};
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = aarch64_address(paging, raw) & ~page_mask,
		.writable = !(raw & PTE_RDONLY) || (raw & PTE_WRITE),
		.user = raw & PTE_USER,
	};
}

static enum format format_of(unsigned page_shift, uint64_t va_bits)
{
	/* With smaller pages the kernel uses LPA2 only together with wide addresses. */
	return page_shift == 16 ? FORMAT_64K : va_bits == 52 ? FORMAT_LPA2 : FORMAT_48;
}

/*
 * VA_BITS is a build option, the running kernel may use fewer: TCR_EL1.T1SZ has them.
 * With pages of 64 KiB the root has room for all VA_BITS, and addresses that are
 * sign-extended index its end. Linux kernel arch/arm64/kernel/pi/map_kernel.c.
 */
static struct error *va_bits_read(const struct facts *facts, unsigned page_shift, uint64_t *bits,
				  uint64_t *root_bits)
{
	uint64_t t1sz, built = 0;
	bool has_built = facts_value(facts, "NUMBER", "VA_BITS", &built);

	if (facts_value(facts, "NUMBER", "TCR_EL1_T1SZ", &t1sz) && t1sz < 64)
		*bits = 64 - t1sz;
	else if (has_built)
		*bits = built;
	else
		return error_new(ERROR_NOT_FOUND,
				 "VMCOREINFO has neither NUMBER(TCR_EL1_T1SZ) nor NUMBER(VA_BITS): "
				 "the width of kernel addresses is unknown");
	*root_bits = page_shift == 16 && has_built && built > *bits && built <= 52 ? built : *bits;
	return NULL;
}

static struct error *aarch64_paging(const struct facts *facts, struct memory *memory,
				    struct paging *ret)
{
	uint64_t root, voffset = 0, bits = 0, root_bits = 0, text;
	unsigned page_shift = 0;

	(void)memory;
	struct error *err = paging_fact(facts, "SYMBOL", "swapper_pg_dir",
					"the page tables' root is unknown", &root);
	if (!err)
		err = paging_fact(facts, "NUMBER", "kimage_voffset",
				  "the kernel image cannot be found in physical memory", &voffset);
	if (!err)
		err = paging_page_shift(facts, &page_shift);
	if (!err)
		err = va_bits_read(facts, page_shift, &bits, &root_bits);
	if (err)
		return err;

	enum format format = format_of(page_shift, bits);
	*ret = (struct paging){
		.root = root - voffset,
		.format = (uint8_t)format,
		.addr_mask = formats[format].in_place | formats[format].apart,
	};
	if (facts_value(facts, "SYMBOL", "_stext", &text))
		paging_set_image(ret, text, text - voffset);
	return paging_set_levels(ret, page_shift, root_bits);
}

const struct arch_info arch_aarch64 = {
	.elf_machine = EM_AARCH64,
	.has_readonly_tails = true,
	.user_mark = "PTE_USER is set",
	.has_gigantic_pages = true,
	.poison_delta = UINT64_C(0xdead000000000000),
	.section_size_bits = 27,
	.paging_init = aarch64_paging,
	.entry_decode = aarch64_decode,
};
