// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whole machines of other architectures, for what no dump shows: a page size, a byte order,
 * a section size and a struct page of their own, one node, a pool of huge pages and one DAX
 * device, as a kernel of some era would have them.
 *
 * Two huge pages: machine_spec_huge(machine, 0), in use, and 1, free. Both are optimised
 * unless the scheme is MACHINE_NONE.
 */
#ifndef VMEMSCOPE_TESTDATA_MACHINE_SPECS_H
#define VMEMSCOPE_TESTDATA_MACHINE_SPECS_H

#include "testdata/machine/machine.h"

struct machine_spec {
	const char *name;
	struct machine_kernel kernel; /* huge pages are marked by MARK_TYPE_BYTE in all */
	unsigned device_order;	      /* of the device's compound pages; 0: no device */
	unsigned device_pages;	      /* compound pages that it has */
	unsigned device_leaf;	      /* vmemmap pages at its end that a larger leaf maps */
	bool device_readonly;	      /* its shared tails, as one proposed kernel has them */
	bool device_miscounted;	      /* DAX_MISCOUNTED */
};

enum { MACHINE_SPECS_MAX = 64 };

/* No check finds anything in them. */
extern const struct machine_spec machine_specs[];
extern const size_t machine_spec_count;

struct machine *machine_spec_create(const struct machine_spec *spec);

pfn_t machine_spec_huge(const struct machine *machine, unsigned number);
pfn_t machine_spec_device(const struct machine *machine);

/* Vmemmap pages of one huge page, and of one compound page of the device. */
uint64_t machine_spec_huge_pages(const struct machine *machine);
uint64_t machine_spec_device_pages(const struct machine *machine);

#endif
