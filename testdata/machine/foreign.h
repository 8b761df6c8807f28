// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A small machine of any architecture, for what no dump shows: a page size, a byte
 * order, a section size and a struct page of its own, one node, a pool of huge pages
 * and one DAX device, as a kernel of some era would have them. Types are those of
 * machine.h, offsets too. Entries of page tables are written by code of its own; which
 * tables there are is asked of the architecture.
 *
 * Two huge pages: foreign_huge(machine, 0), in use, and 1, free. Both are optimised
 * unless the scheme is MACHINE_NONE or the spec says otherwise.
 */
#ifndef VMEMSCOPE_TESTDATA_FOREIGN_H
#define VMEMSCOPE_TESTDATA_FOREIGN_H

#include "include/report.h"
#include "testdata/machine/machine.h"

struct foreign_spec {
	const char *name;
	uint16_t elf_machine;
	unsigned page_shift;
	unsigned va_bits; /* where the architecture has several: arm64, riscv64 */
	bool big_endian;
	unsigned section_bits;
	unsigned struct_page_size; /* 0: 64 */
	enum machine_scheme scheme;
	unsigned huge_order;	    /* of the pool */
	unsigned device_order;	    /* of the device's compound pages; 0: no device */
	unsigned device_pages;	    /* compound pages that it has */
	unsigned device_leaf;	    /* vmemmap pages at its end that a larger leaf maps */
	bool tails_writable;	    /* of huge pages, where the kernel has them so */
	bool device_tails_readonly; /* as one proposed kernel has them */
	/*
	 * As kernels of ppc64 with commit f2b79c0d7968 map the device: pfns are counted by
	 * vmemmap pages, anew in each section.
	 */
	bool device_miscounted;
	const char *release; /* of the kernel; NULL: not said */
};

enum { FOREIGN_SPECS_MAX = 64 };

/* Whole machines: no check finds anything in them. */
extern const struct foreign_spec foreign_specs[];
extern const size_t foreign_spec_count;

struct foreign;

struct foreign *foreign_create(const struct foreign_spec *spec);
void foreign_destroy(struct foreign *machine); /* NULL is allowed */

/* As machine_analyze(): all documents are built. */
struct error *foreign_analyze(struct foreign *machine, struct analysis **ret);

/* What 'page' shows of @pfn. */
struct error *foreign_page(struct foreign *machine, const struct analysis *analysis, pfn_t pfn,
			   struct report **ret);

pfn_t foreign_huge(const struct foreign *machine, unsigned number);
pfn_t foreign_device(const struct foreign *machine);

/* Vmemmap pages of one huge page, and of one compound page of the device. */
uint64_t foreign_huge_pages(const struct foreign *machine);
uint64_t foreign_device_pages(const struct foreign *machine);

/* Vmemmap page @number of the compound page at @pfn maps @frame from now on. */
void foreign_map(struct foreign *machine, pfn_t pfn, uint64_t number, pfn_t frame, bool writable);
pfn_t foreign_frame(const struct foreign *machine, pfn_t pfn, uint64_t number);

/* A frame of ordinary memory, in use by the kernel. */
pfn_t foreign_frame_new(struct foreign *machine);

void foreign_write(struct foreign *machine, pfn_t pfn, unsigned offset, uint64_t value,
		   size_t size);
uint64_t foreign_read(const struct foreign *machine, pfn_t pfn, unsigned offset, size_t size);

#endif
