// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of architectures. */
#include "analyzer/arch/arch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/arch/arches.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"

const struct arch_info *const arch_table[] = {
	&arch_x86_64, &arch_riscv64, &arch_loongarch64, &arch_aarch64, &arch_ppc64,
	&arch_s390x,  NULL,
};

const struct arch_info *arch_by_elf_machine(uint16_t elf_machine)
{
	for (const struct arch_info *const *arch = arch_table; *arch; arch++)
		if ((*arch)->elf_machine == elf_machine)
			return *arch;
	return NULL;
}

const struct arch_info *arch_by_name(const char *name)
{
	const struct uts_machine *machine = uts_machine_by_name(name);

	return machine ? arch_by_elf_machine(machine->elf_machine) : NULL;
}

/* The address bits that change with @bit of a leaf; 0 if anything else changes. */
static paddr_t address_of_bit(const struct arch_info *arch, const struct paging *paging,
			      uint64_t leaf, unsigned bit)
{
	struct entry entry = arch->entry_decode(paging, 0, leaf);
	struct entry other = arch->entry_decode(paging, 0, leaf ^ UINT64_C(1) << bit);

	if (entry.kind != ENTRY_LEAF || other.kind != ENTRY_LEAF ||
	    other.writable != entry.writable || other.user != entry.user ||
	    other.shift != entry.shift)
		return 0;
	return entry.addr ^ other.addr;
}

uint64_t arch_frame_mask(const struct arch_info *arch, const struct paging *paging, uint64_t leaf)
{
	paddr_t wanted = UINT64_C(1) << paging->page_shift;
	uint64_t mask = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		if (address_of_bit(arch, paging, leaf, bit) == wanted) {
			mask |= UINT64_C(1) << bit;
			wanted <<= 1;
		} else if (mask) {
			break;
		}
	}
	return mask;
}

enum { IMAGE_PAGE_SHIFT = 12 };

/* --- what several architectures ask ----------------------------------------- */

struct error *paging_set_levels(struct paging *paging, unsigned page_shift, uint64_t va_bits)
{
	unsigned table_bits = page_shift - 3; /* entries of 8 bytes */
	unsigned shift = page_shift;

	paging->page_shift = page_shift;
	for (paging->levels = 0; shift < va_bits && va_bits <= 64; paging->levels++) {
		if (paging->levels == PAGING_MAX_LEVELS)
			break;
		unsigned bits =
			va_bits - shift < table_bits ? (unsigned)va_bits - shift : table_bits;

		paging->level[paging->levels].shift = (uint8_t)shift;
		paging->level[paging->levels].bits = (uint8_t)bits;
		shift += bits;
	}
	if (shift != va_bits || paging->levels < 2)
		return error_new(ERROR_CORRUPT,
				 "VMCOREINFO: addresses of %" PRIu64 " bits with pages of %" PRIu64
				 " KiB are not "
				 "believable",
				 va_bits, UINT64_C(1) << page_shift >> 10);
	return NULL;
}

void paging_set_image(struct paging *paging, vaddr_t text, paddr_t paddr)
{
	uint64_t in_page = text & ((UINT64_C(1) << IMAGE_PAGE_SHIFT) - 1);

	paging->image.start = text - in_page;
	paging->image.paddr = paddr - in_page;
	paging->image.size =
		-paging->image.start < IMAGE_BYTES_MAX ? -paging->image.start : IMAGE_BYTES_MAX;
}

struct error *paging_page_shift(const struct facts *facts, unsigned *ret)
{
	const char *text = facts_text(facts, "PAGESIZE");

	for (unsigned shift = 12; text && shift <= 16; shift++) {
		if (strtoull(text, NULL, 10) == UINT64_C(1) << shift) {
			*ret = shift;
			return NULL;
		}
	}
	return error_new(ERROR_CORRUPT, "VMCOREINFO has no believable page size");
}

struct error *paging_fact(const struct facts *facts, const char *kind, const char *name,
			  const char *needed_for, uint64_t *ret)
{
	if (facts_value(facts, kind, name, ret))
		return NULL;
	return error_new(ERROR_NOT_FOUND, "VMCOREINFO has no %s(%s): %s", kind, name, needed_for);
}
