// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * s390x: region, segment and page tables, big-endian. z/Architecture Principles of
 * Operation, "Dynamic Address Translation"; Linux kernel arch/s390/include/asm/pgtable.h.
 */
#include "analyzer/arch/arches.h"

#include <elf.h>
#include <inttypes.h>

#include "include/bytes.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/memory.h"

enum {
	PAGE_SHIFT = 12,
	PAGE_INDEX_BITS = 8,
	INDEX_BITS = 11, /* of all tables above */
	SEGMENT_SHIFT = 20,
	TYPE_SHIFT = 2,
	LEVELS_MIN = 3, /* Linux has a region-third table at least */
};

static const uint64_t PAGE_INVALID = 0x400;
static const uint64_t PROTECT = 0x200; /* at every level */
static const uint64_t TABLE_INVALID = 0x20;
static const uint64_t TABLE_LARGE = 0x400; /* of segments and region-third entries */
static const uint64_t TABLE_TYPE = 0x0c;   /* 0: segment table, up to 3: region-first */
static const uint64_t PAGE_TABLE_ORIGIN = ~UINT64_C(0x7ff);
static const uint64_t TABLE_ORIGIN = ~UINT64_C(0xfff);

static struct entry s390x_page(uint64_t raw)
{
	if (raw & PAGE_INVALID)
		return (struct entry){ .kind = ENTRY_NONE };
	return (struct entry){
		.kind = ENTRY_LEAF,
		.addr = raw & TABLE_ORIGIN,
		.writable = !(raw & PROTECT),
	};
}

static struct entry s390x_decode(const struct paging *paging, unsigned level, uint64_t raw)
{
	uint64_t page_mask = (UINT64_C(1) << paging->level[level].shift) - 1;

	if (level == 0)
		return s390x_page(raw);
	if (raw & TABLE_INVALID)
		return (struct entry){ .kind = ENTRY_NONE };
	if ((raw & TABLE_TYPE) >> TYPE_SHIFT != level - 1)
		return (struct entry){ .kind = ENTRY_INVALID };

	bool leaf = level <= 2 && (raw & TABLE_LARGE);
	return (struct entry){
		.kind = leaf ? ENTRY_LEAF : ENTRY_TABLE,
		.addr = raw & (leaf	    ? ~page_mask
			       : level == 1 ? PAGE_TABLE_ORIGIN
					    : TABLE_ORIGIN),
		.writable = !(raw & PROTECT),
	};
}

static void s390x_levels(struct paging *paging, unsigned levels)
{
	paging->page_shift = PAGE_SHIFT;
	paging->levels = levels;
	paging->level[0].shift = PAGE_SHIFT;
	paging->level[0].bits = PAGE_INDEX_BITS;
	for (unsigned level = 1; level < levels; level++) {
		paging->level[level].shift = (uint8_t)(SEGMENT_SHIFT + INDEX_BITS * (level - 1));
		paging->level[level].bits = INDEX_BITS;
	}
}

/* Every entry of a table, an invalid one too, says what kind of table it is in. */
static struct error *s390x_read_levels(struct memory *memory, struct paging *paging)
{
	unsigned char bytes[8];
	enum memory_state state;
	struct error *err = memory_read(memory, paging->root, sizeof(bytes), bytes, &state);

	if (err)
		return err;
	if (state != MEMORY_PRESENT)
		return error_new(ERROR_NOT_FOUND,
				 "the kernel's page table at physical 0x%" PRIx64
				 " is not in the dump: "
				 "nothing can be analysed",
				 paging->root);

	unsigned levels = (unsigned)((load_u64(bytes, true) & TABLE_TYPE) >> TYPE_SHIFT) + 2;
	if (levels < LEVELS_MIN)
		return error_new(ERROR_CORRUPT,
				 "physical 0x%" PRIx64
				 " holds no page table that a kernel could have as "
				 "its root",
				 paging->root);
	s390x_levels(paging, levels);
	return NULL;
}

/*
 * The kernel image has a mapping of its own since v6.10; before, it lay at its
 * physical address. Linux kernel arch/s390/kernel/vmcore_info.c.
 */
static struct error *s390x_paging(const struct facts *facts, struct memory *memory,
				  struct paging *ret)
{
	uint64_t root, image_phys, text;
	struct error *err = paging_fact(facts, "SYMBOL", "swapper_pg_dir",
					"the page tables' root is unknown", &root);

	if (err)
		return err;
	*ret = (struct paging){
		.root = root,
		.big_endian = true,
		.has_low_kernel = true,
		.addr_mask = TABLE_ORIGIN,
	};
	if (facts_hex(facts, "KERNELOFFPHYS", &image_phys)) {
		uint64_t offset = image_phys - facts_kernel_offset(facts);

		ret->root = root + offset;
		if (facts_value(facts, "SYMBOL", "_stext", &text))
			paging_set_image(ret, text, text + offset);
	}
	return s390x_read_levels(memory, ret);
}

const struct arch_info arch_s390x = {
	.elf_machine = EM_S390,
	.has_readonly_tails = true,
	.kernel_is_low = true,
	/* Linux kernel commit "s390: Disable ARCH_WANT_OPTIMIZE_HUGETLB_VMEMMAP". */
	.hvo_fault = "kernels of s390x do not flush the TLB after they change the entries, so "
		     "that a CPU may still use the old ones; HVO was taken out for that",
	.has_gigantic_pages = true,
	.poison_delta = UINT64_C(0xdead000000000000),
	.section_size_bits = 28,
	.paging_init = s390x_paging,
	.entry_decode = s390x_decode,
};
