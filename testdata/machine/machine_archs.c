// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What each architecture writes into page tables, apart from the code that reads them, and
 * where its kernel has things.
 */
#include "testdata/machine/machine_parts.h"

#include <elf.h>
#include <inttypes.h>

#include "include/array.h"

/* --- entries that say of which level they are ----------------------------------- */

/* The table type. */
static uint64_t s390x_type(const struct machine *machine, unsigned level)
{
	(void)machine;
	return level ? (uint64_t)(level - 1) << 2 : 0;
}

/* The table length: all of it. */
static uint64_t s390x_length(const struct machine *machine, unsigned level)
{
	(void)machine;
	return level > 1 ? 3 : 0;
}

/* The size of the table behind it. */
static uint64_t ppc64_size(const struct machine *machine, unsigned level)
{
	return machine->paging.level[level - 1].bits;
}

/* --- where things are ------------------------------------------------------------ */

static void root_tell(struct machine *machine)
{
	machine_fact_format(machine, "SYMBOL(swapper_pg_dir)", "%" PRIx64,
			    machine->image_offset + IMAGE_PHYS + ROOT_AT);
}

/* Linked at 16 MiB, moved by 16 MiB; symbols are in the image, not in the direct map. */
static void x86_64_places(struct machine *machine)
{
	machine->direct = MACHINE_DIRECT_MAP;
	machine->vmemmap = MACHINE_VMEMMAP;
	machine->image_offset = machine->symbols = UINT64_C(0xffffffff81000000);
	machine->slide = 0x1000000;
	machine_fact_format(machine, "NUMBER(phys_base)", "%" PRId64,
			    (int64_t)(UINT64_C(0xffffffff80000000) - machine->image_offset));
	machine_fact_format(machine, "KERNELOFFSET", "%" PRIx64, machine->slide);
	machine_fact_format(machine, "NUMBER(sme_mask)", "%" PRIu64, machine->kernel.sme_mask);
	machine_fact_format(machine, "NUMBER(pgtable_l5_enabled)", "%d",
			    machine->kernel.five_levels);
	root_tell(machine);
}

static void aarch64_places(struct machine *machine)
{
	unsigned bits = machine->kernel.va_bits;

	machine->direct = machine->symbols = UINT64_MAX << bits;
	machine->vmemmap = UINT64_MAX << (bits - 1);
	machine->image_offset = UINT64_MAX << (bits - 2);
	machine_fact_format(machine, "NUMBER(kimage_voffset)", "0x%" PRIx64, machine->image_offset);
	machine_fact_format(machine, "NUMBER(VA_BITS)", "%u", bits);
	machine_fact_format(machine, "NUMBER(TCR_EL1_T1SZ)", "0x%x", 64 - bits);
	root_tell(machine);
}

static void riscv64_places(struct machine *machine)
{
	unsigned bits = machine->kernel.va_bits;

	machine->direct = machine->symbols = UINT64_MAX << (bits - 1);
	machine->vmemmap = UINT64_MAX << (bits - 2);
	machine->image_offset = UINT64_C(0xffffffff80000000);
	machine_fact_format(machine, "NUMBER(va_kernel_pa_offset)", "0x%" PRIx64,
			    machine->image_offset);
	machine_fact_format(machine, "NUMBER(VA_BITS)", "%u", bits);
	root_tell(machine);
}

static void ppc64_places(struct machine *machine)
{
	machine->direct = machine->symbols = UINT64_C(0xc000000000000000);
	machine->image_offset = machine->direct;
	machine->vmemmap = UINT64_C(0xc00c000000000000);
	machine_fact(machine, "NUMBER(RADIX_MMU)", "1");
	root_tell(machine);
}

/* The number of levels is told by the root, which the kernel of these has four of. */
static void s390x_places(struct machine *machine)
{
	machine->vmemmap = UINT64_C(0x37200000000);
	put(machine, IMAGE_PHYS + ROOT_AT, 0x24, 8);
	root_tell(machine);
}

static void loongarch64_places(struct machine *machine)
{
	machine->direct = machine->symbols = UINT64_C(0x9000000000000000);
	machine->image_offset = machine->direct;
	machine->vmemmap = UINT64_C(0xfffffeff00000000);
	machine_fact_format(machine, "NUMBER(VMALLOC_START)", "0x%" PRIx64,
			    UINT64_C(0xffff800082008000));
	root_tell(machine);
}

/* --- rows -------------------------------------------------------------------------- */

static const uint64_t POISON = UINT64_C(0xdead000000000000);

// clang-format off
static const struct machine_arch archs[] = {
	{
		.elf_machine = EM_X86_64,
		.table_address	= UINT64_C(0x000ffffffffff000),
		.leaf_address	= UINT64_C(0x000ffffffffff000),
		.table		= 0x3,				/* present, writable */
		.page		= 0x1 | UINT64_C(1) << 63,	/* no execution */
		.larger		= 0x81 | UINT64_C(1) << 63,
		.writable	= 0x2,
		.leaf_mask = 0x80, .leaf_value = 0x80,
		.present	= 0x1,
		.poison		= POISON,
		.is_numa	= true,
		.places		= x86_64_places,
	},
	{
		/* Address bits 48 and 49 are in place with LPA2; no machine here is as large. */
		.elf_machine = EM_AARCH64,
		.table_address	= UINT64_C(0x0000fffffffff000),
		.leaf_address	= UINT64_C(0x0000fffffffff000),
		.table		= 0x3,
		.page		= 0x403 | UINT64_C(3) << 53,
		.larger		= 0x401 | UINT64_C(3) << 53,
		.writable	= UINT64_C(1) << 51,
		.readonly	= 0x80,
		.leaf_mask = 0x2, .leaf_value = 0,
		.present	= 0x1,
		.poison		= POISON,
		.is_numa	= true,
		.places		= aarch64_places,
	},
	{
		.elf_machine = EM_RISCV,
		.shift		= 2,
		.table_address	= UINT64_C(0x003ffffffffffc00),
		.leaf_address	= UINT64_C(0x003ffffffffffc00),
		.table		= 0x1,
		.page		= 0xe3,
		.larger		= 0xe3,
		.writable	= 0x4,
		.leaf_mask = 0x2, .leaf_value = 0x2,
		.present	= 0x1,
		.poison		= POISON,
		.is_numa	= true,
		.places		= riscv64_places,
	},
	{
		.elf_machine = EM_PPC64,
		.table_address	= UINT64_C(0x01ffffffffffff00),
		.leaf_address	= UINT64_C(0x01fffffffffff000),
		.table		= UINT64_C(1) << 63,
		.page		= UINT64_C(3) << 62 | 0x18c,
		.larger		= UINT64_C(3) << 62 | 0x18c,
		.writable	= 0x2,
		.leaf_mask = UINT64_C(1) << 62, .leaf_value = UINT64_C(1) << 62,
		.present	= UINT64_C(1) << 63,
		.table_typed	= ppc64_size,
		.poison		= UINT64_C(0x5deadbeef0000000),
		.is_numa	= true,
		.places		= ppc64_places,
	},
	{
		.elf_machine = EM_S390,
		.table_address	= ~UINT64_C(0x7ff),
		.leaf_address	= ~UINT64_C(0xfff),
		.page		= 0x11,
		.larger		= 0x400,
		.readonly	= 0x200,
		.leaf_mask = 0x400, .leaf_value = 0x400,
		.none_page	= 0x400,
		.none		= 0x20,
		.typed		= s390x_type,
		.table_typed	= s390x_length,
		.poison		= POISON,
		.places		= s390x_places,
	},
	{
		/* Tables are known by their address in the cached window. */
		.elf_machine = EM_LOONGARCH,
		.table_address	= UINT64_C(0x0000fffffffff000),
		.leaf_address	= UINT64_C(0x0000fffffffff000),
		.table		= UINT64_C(0x9000000000000000),
		.page		= 0xd1,
		.larger		= 0xd1,
		.writable	= 0x102,
		.leaf_mask = 0x40, .leaf_value = 0x40,
		.present	= UINT64_C(1) << 63 | 0x1,
		.is_numa	= true,
		.places		= loongarch64_places,
	},
};
// clang-format on

const struct machine_arch *machine_arch_find(uint16_t elf_machine)
{
	for (size_t i = 0; i < COUNT_OF(archs); i++)
		if (archs[i].elf_machine == elf_machine)
			return &archs[i];
	return NULL;
}
