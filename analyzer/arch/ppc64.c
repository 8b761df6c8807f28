// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ppc64 with the radix MMU; its tables are big-endian on every kernel. Power ISA book
 * III, "Radix Tree Translation"; Linux kernel arch/powerpc/include/asm/book3s/64/radix.h,
 * radix-4k.h, radix-64k.h, pgtable.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>
#include <inttypes.h>

#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/memory.h"

static const uint64_t ENTRY_PRESENT = UINT64_C(1) << 63;
static const uint64_t ENTRY_PTE = UINT64_C(1) << 62; /* leaf */
static const uint64_t PTE_WRITE = UINT64_C(1) << 1;
static const uint64_t PTE_PRIVILEGED = UINT64_C(1) << 3;
static const uint64_t PTE_ADDR = UINT64_C(0x01fffffffffff000);	 /* bits 12 to 56 */
static const uint64_t TABLE_ADDR = UINT64_C(0x01ffffffffffff00); /* bits 8 to 56 */

/* The linear map, which the kernel image lies in. */
static const vaddr_t LINEAR_MAP = UINT64_C(0xc000000000000000);

static struct entry ppc64_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	uint64_t page_mask = (UINT64_C(1) << paging->level[level].shift) - 1;

	if (!(raw & ENTRY_PRESENT))
		return (struct entry){ .kind = ENTRY_NONE };
	if (!(raw & ENTRY_PTE))
		return (struct entry){
			.kind = level ? ENTRY_TABLE : ENTRY_INVALID,
			.addr = raw & TABLE_ADDR,
			.writable = true,
		};
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = raw & PTE_ADDR & ~page_mask,
		.writable = raw & PTE_WRITE,
		.user = !(raw & PTE_PRIVILEGED),
	};
}

/* radix-4k.h, radix-64k.h: the sizes of all but the lowest are the same. */
static void ppc64_levels(struct paging *paging, unsigned page_shift)
{
	const uint8_t bits[] = { (uint8_t)(21 - page_shift), 9, 9, 13 };
	uint8_t shift = (uint8_t)page_shift;

	paging->page_shift = page_shift;
	paging->levels = sizeof(bits);
	for (unsigned level = 0; level < sizeof(bits); level++) {
		paging->level[level].shift = shift;
		paging->level[level].bits = bits[level];
		shift = (uint8_t)(shift + bits[level]);
	}
}

/* A radix kernel maps all memory through its tables, a hash kernel none of it. */
static struct error *maps_linearly(const struct paging *paging, struct memory *memory, bool *ret)
{
	unsigned top = paging->levels - 1;
	uint64_t index = LINEAR_MAP >> paging->level[top].shift &
			 ((UINT64_C(1) << paging->level[top].bits) - 1);
	enum memory_state state;
	unsigned char bytes[8];
	struct error *err =
		memory_read(memory, paging->root + 8 * index, sizeof(bytes), bytes, &state);

	*ret = !err && state == MEMORY_PRESENT &&
	       ppc64_decode(paging, top, load_u64(bytes, true)).kind == ENTRY_TABLE;
	return err;
}

/* VMCOREINFO has NUMBER(RADIX_MMU) since v6.12 or so; before, the tables show it. */
static struct error *is_radix(const struct facts *facts, const struct paging *paging,
			      struct memory *memory, bool *ret)
{
	uint64_t radix;

	if (!facts_value(facts, "NUMBER", "RADIX_MMU", &radix))
		return maps_linearly(paging, memory, ret);
	*ret = radix != 0;
	return NULL;
}

static struct error *ppc64_paging(const struct facts *facts, struct memory *memory,
				  struct paging *ret)
{
	uint64_t root;
	unsigned page_shift = 0;
	bool radix = false;
	struct error *err = paging_fact(facts, "SYMBOL", "swapper_pg_dir",
					"the page tables' root is unknown", &root);

	if (!err)
		err = paging_page_shift(facts, &page_shift);
	if (err)
		return err;
	if (page_shift != 12 && page_shift != 16)
		return error_new(ERROR_CORRUPT, "VMCOREINFO: ppc64 has no pages of %" PRIu64 " KiB",
				 UINT64_C(1) << page_shift >> 10);
	*ret = (struct paging){
		.root = root & ~LINEAR_MAP,
		.big_endian = true,
		.addr_mask = PTE_ADDR,
	};
	ppc64_levels(ret, page_shift);
	err = is_radix(facts, ret, memory, &radix);
	if (err || radix)
		return err;
	return error_new(
		ERROR_UNSUPPORTED,
		"this kernel runs with the hash MMU, where the vmemmap is in no page "
		"table and is never shared: only ppc64 with the radix MMU can be analysed");
}

const struct arch_info arch_ppc64 = {
	.elf_machine = EM_PPC64,
	.has_room_for_vmemmap = true,
	.has_readonly_tails = true,
	.user_mark = "_PAGE_PRIVILEGED is clear",
	.shares_devices = true,
	.devices_keep_leaves = true,
	.has_gigantic_pages = true,
	.poison_delta = UINT64_C(0x5deadbeef0000000),
	.section_size_bits = 24,
	.paging_init = ppc64_paging,
	.entry_decode = ppc64_decode,
};
