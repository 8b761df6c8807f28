// SPDX-License-Identifier: LGPL-2.1-or-later
/* Machines that no dump shows. docs/support-matrix.md, which is made of them, lists them. */
#include "testdata/machine/machine_specs.h"

#include <elf.h>

#include "include/array.h"
#include "testdata/machine/machine_device.h"
#include "testdata/machine/machine_parts.h"

const struct machine_spec machine_specs[] = {
	{ .name = "x86-64, two pages kept",
	  .kernel = { .elf_machine = EM_X86_64,
		      .page_shift = 12,
		      .section_bits = 27,
		      .scheme = MACHINE_A,
		      .huge_order = 9 } },
	{ .name = "arm64, 4 KiB, 39 bits, nothing shared",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 12,
		      .va_bits = 39,
		      .section_bits = 27,
		      .huge_order = 9 } },
	{ .name = "arm64, 4 KiB, 48 bits, tails map the head's frame",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 12,
		      .va_bits = 48,
		      .section_bits = 27,
		      .scheme = MACHINE_B,
		      .huge_order = 9 } },
	{ .name = "arm64, 4 KiB, 48 bits, devices that share nothing",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 12,
		      .va_bits = 48,
		      .section_bits = 27,
		      .scheme = MACHINE_D,
		      .huge_order = 9,
		      .devices = DEVICES_UNSHARED },
	  .device_order = 9,
	  .device_pages = 64 },
	{ .name = "arm64, 4 KiB, 52 bits, tails map the zone's frame",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 12,
		      .va_bits = 52,
		      .section_bits = 27,
		      .scheme = MACHINE_D,
		      .huge_order = 9 } },
	{ .name = "arm64, 16 KiB, 47 bits, tails map the zone's frame",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 14,
		      .va_bits = 47,
		      .section_bits = 27,
		      .scheme = MACHINE_D,
		      .huge_order = 11 } },
	{ .name = "arm64, 16 KiB, 52 bits, tails map the head's frame",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 14,
		      .va_bits = 52,
		      .section_bits = 27,
		      .scheme = MACHINE_B,
		      .huge_order = 11 } },
	{ .name = "arm64, 64 KiB, 42 bits, tails map the head's frame",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 16,
		      .va_bits = 42,
		      .section_bits = 29,
		      .scheme = MACHINE_B,
		      .huge_order = 13 } },
	{ .name = "arm64, 64 KiB, 52 bits, devices too",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 16,
		      .va_bits = 52,
		      .section_bits = 29,
		      .scheme = MACHINE_E2,
		      .huge_order = 13 },
	  .device_order = 13,
	  .device_pages = 2 },
	{ .name = "arm64, 64 KiB, 48 bits, devices too, read-only",
	  .kernel = { .elf_machine = EM_AARCH64,
		      .page_shift = 16,
		      .va_bits = 48,
		      .section_bits = 29,
		      .scheme = MACHINE_E2,
		      .huge_order = 13 },
	  .device_order = 13,
	  .device_pages = 2,
	  .device_readonly = true },
	{ .name = "riscv64, Sv39, HugeTLB and devices",
	  .kernel = { .elf_machine = EM_RISCV,
		      .page_shift = 12,
		      .va_bits = 39,
		      .section_bits = 27,
		      .scheme = MACHINE_B,
		      .huge_order = 9,
		      .tails_writable = true },
	  .device_order = 9,
	  .device_pages = 64 },
	{ .name = "riscv64, Sv48, tails map the zone's frame",
	  .kernel = { .elf_machine = EM_RISCV,
		      .page_shift = 12,
		      .va_bits = 48,
		      .section_bits = 27,
		      .scheme = MACHINE_D,
		      .huge_order = 9,
		      .tails_writable = true },
	  .device_order = 9,
	  .device_pages = 64 },
	{ .name = "ppc64, 4 KiB, devices",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 12,
		      .section_bits = 24,
		      .huge_order = 9,
		      .devices = DEVICES_SECOND },
	  .device_order = 9,
	  .device_pages = 64 },
	{ .name = "ppc64, 4 KiB, a device of 1 GiB pages",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 12,
		      .section_bits = 24,
		      .huge_order = 9,
		      .release = "6.12.110",
		      .devices = DEVICES_SECOND },
	  .device_order = 18,
	  .device_pages = 2 },
	{ .name = "ppc64 with 64 KiB, a device of 1 GiB pages",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 16,
		      .section_bits = 24,
		      .huge_order = 5,
		      .release = "6.12.97",
		      .devices = DEVICES_SECOND },
	  .device_order = 14,
	  .device_pages = 2 },
	{ .name = "ppc64, 4 KiB, big-endian kernel",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 12,
		      .big_endian = true,
		      .section_bits = 24,
		      .huge_order = 9,
		      .devices = DEVICES_SECOND },
	  .device_order = 9,
	  .device_pages = 64 },
	{ .name = "ppc64, 64 KiB, 1 GiB pages of HugeTLB and of devices map their zone's frame",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 16,
		      .section_bits = 24,
		      .scheme = MACHINE_E2,
		      .huge_order = 14 },
	  .device_order = 14,
	  .device_pages = 2 },
	{ .name = "ppc64, 4 KiB, a larger leaf was there before the end of the device",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 12,
		      .section_bits = 24,
		      .huge_order = 9,
		      .devices = DEVICES_SECOND },
	  .device_order = 18,
	  .device_pages = 1,
	  .device_leaf = 512 },
	{ .name = "ppc64, 64 KiB, a larger leaf was there before all of the device",
	  .kernel = { .elf_machine = EM_PPC64,
		      .page_shift = 16,
		      .section_bits = 24,
		      .huge_order = 5,
		      .devices = DEVICES_SECOND },
	  .device_order = 14,
	  .device_pages = 2,
	  .device_leaf = 32 },
	{ .name = "loongarch64, 16 KiB, tails map the zone's frame",
	  .kernel = { .elf_machine = EM_LOONGARCH,
		      .page_shift = 14,
		      .section_bits = 29,
		      .scheme = MACHINE_D,
		      .huge_order = 11,
		      .tails_writable = true } },
	{ .name = "loongarch64, 4 KiB, tails map the head's frame",
	  .kernel = { .elf_machine = EM_LOONGARCH,
		      .page_shift = 12,
		      .section_bits = 29,
		      .scheme = MACHINE_B,
		      .huge_order = 9,
		      .tails_writable = true } },
	{ .name = "s390x, tails map the head's frame",
	  .kernel = { .elf_machine = EM_S390,
		      .page_shift = 12,
		      .big_endian = true,
		      .section_bits = 28,
		      .scheme = MACHINE_B,
		      .huge_order = 8 } },
	{ .name = "s390x, tails map the zone's frame, devices too",
	  .kernel = { .elf_machine = EM_S390,
		      .page_shift = 12,
		      .big_endian = true,
		      .section_bits = 28,
		      .scheme = MACHINE_E2,
		      .huge_order = 8 },
	  .device_order = 8,
	  .device_pages = 256 },
};

const size_t machine_spec_count = COUNT_OF(machine_specs);

_Static_assert(COUNT_OF(machine_specs) <= MACHINE_SPECS_MAX,
	       "MACHINE_SPECS_MAX is as many as tests make room for");

/* --- made of them ------------------------------------------------------------------------- */

enum { HUGE_FIRST = 0x10000000 }; /* 256 MiB */

pfn_t machine_spec_huge(const struct machine *machine, unsigned number)
{
	uint64_t size = page_size(machine) << machine->kernel.huge_order;
	uint64_t first = size > HUGE_FIRST ? size : HUGE_FIRST;

	return (first + number * size) >> machine->kernel.page_shift;
}

uint64_t machine_spec_huge_pages(const struct machine *machine)
{
	return machine_vmemmap_pages(machine, machine->kernel.huge_order);
}

pfn_t machine_spec_device(const struct machine *machine)
{
	return machine->device;
}

uint64_t machine_spec_device_pages(const struct machine *machine)
{
	return machine_vmemmap_pages(machine, machine->device_order);
}

/* Well behind memory, at a whole page of its order. */
static pfn_t device_start(const struct machine *machine)
{
	pfn_t step = UINT64_C(1) << machine->device_order;
	pfn_t start = 4 * machine->layout.ram >> machine->kernel.page_shift;

	return (start + step - 1) / step * step;
}

static void device_add(struct machine *machine, const struct machine_spec *spec)
{
	machine->device_order = spec->device_order;
	machine->device_leaf = spec->device_leaf;
	machine->device = device_start(machine);
	machine_dax(machine, &(struct machine_dax){
				     .start = machine->device,
				     .end = machine->device +
					    ((pfn_t)spec->device_pages << spec->device_order),
				     .order = spec->device_order,
				     .flags = (spec->device_readonly ? DAX_READONLY : 0) |
					      (spec->device_miscounted ? DAX_MISCOUNTED : 0),
			     });
}

struct machine *machine_spec_create(const struct machine_spec *spec)
{
	struct machine_kernel kernel = spec->kernel;
	struct machine *machine;
	unsigned flags = kernel.scheme == MACHINE_NONE ? 0 : HUGE_OPTIMIZED;

	kernel.mark = MARK_TYPE_BYTE;
	machine = machine_create(&kernel);
	machine_huge_page(machine, machine_spec_huge(machine, 0), kernel.huge_order, flags);
	machine_huge_page(machine, machine_spec_huge(machine, 1), kernel.huge_order,
			  flags | HUGE_FREE);
	if (spec->device_order)
		device_add(machine, spec);
	return machine;
}
