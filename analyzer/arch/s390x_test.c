// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of s390x. */
#include <elf.h>

#define ARCH_ELF_MACHINE EM_S390
#include "testdata/machine/arch_expect.h"

#define KERNEL "SYMBOL(swapper_pg_dir)=10000\n"

static const struct paging_case pagings[] = {
	{
		.name = "three levels",
		.facts = "SYMBOL(swapper_pg_dir)=10000\n",
		.image = "big-endian @0x10000 0x24*8",
		.expected = { .root = 0x10000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 8 }, { 20, 11 }, { 31, 11 } } },
	},
	{
		.name = "four levels",
		.facts = "SYMBOL(swapper_pg_dir)=10000\n",
		.image = "big-endian @0x10000 0x28*8",
		.expected = { .root = 0x10000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 8 }, { 20, 11 }, { 31, 11 }, { 42, 11 } } },
	},
	{
		.name = "five levels",
		.facts = "SYMBOL(swapper_pg_dir)=10000\n",
		.image = "big-endian @0x10000 0x2c*8",
		.expected = { .root = 0x10000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 5,
			      .level = { { 12, 8 },
					 { 20, 11 },
					 { 31, 11 },
					 { 42, 11 },
					 { 53, 11 } } },
	},
	{
		.name = "an image with a mapping of its own",
		.facts = "SYMBOL(swapper_pg_dir)=3fffff40000\n"
			 "KERNELOFFSET=3fffe7f8000\n"
			 "KERNELOFFPHYS=8f8000\n",
		.image = "big-endian @0x2040000 0x24*8",
		.expected = { .root = 0x2040000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 8 }, { 20, 11 }, { 31, 11 } } },
	},
	{
		.name = "an image that lies where it is mapped, but moved",
		.facts = "SYMBOL(swapper_pg_dir)=2040000\n"
			 "KERNELOFFSET=1000000\n",
		.image = "big-endian @0x2040000 0x24*8",
		.expected = { .root = 0x2040000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 8 }, { 20, 11 }, { 31, 11 } } },
	},
};

static const struct refusal_case refusals[] = {
	{
		.name = "no root",
		.facts = "PAGESIZE=4096\n",
		.code = ERROR_NOT_FOUND,
		.part = "swapper_pg_dir",
	},
	{
		.name = "the root is not in the dump",
		.facts = "SYMBOL(swapper_pg_dir)=10000\n",
		.code = ERROR_NOT_FOUND,
		.part = "0x10000 is not in the dump",
	},
	{
		.name = "the root is no root",
		.facts = "SYMBOL(swapper_pg_dir)=10000\n",
		.image = "big-endian @0x10000 0x20*8",
		.code = ERROR_CORRUPT,
		.part = "holds no page table",
	},
};

static const struct walk_case walks[] = {
	{
		.name = "a page, its table in half a frame",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007  @0x20060 0x30800\n"
			 "@0x30818 0xbe40713d\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x37200c03000), UINT64_C(0x37200c04000) },
			      .pa = UINT64_C(0xbe407000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30818,
			      .raw = UINT64_C(0xbe40713d) },
	},
	{
		.name = "a protected page",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007  @0x20060 0x30800\n"
			 "@0x30818 0xbe40731d\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x37200c03000), UINT64_C(0x37200c04000) },
			      .pa = UINT64_C(0xbe407000),
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x30818,
			      .raw = UINT64_C(0xbe40731d) },
	},
	{
		.name = "a protected segment",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007  @0x20060 0x30a00\n"
			 "@0x30818 0xbe40713d\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x37200c03000), UINT64_C(0x37200c04000) },
			      .pa = UINT64_C(0xbe407000),
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x30818,
			      .raw = UINT64_C(0xbe40713d) },
	},
	{
		.name = "1 MiB by one segment",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007\n"
			 "@0x20060 0xbe400403\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x37200c00000), UINT64_C(0x37200d00000) },
			      .pa = UINT64_C(0xbe400000),
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x20060,
			      .raw = UINT64_C(0xbe400403) },
		.va = UINT64_C(0x37200c03000),
	},
	{
		.name = "2 GiB by one region",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24\n"
			 "@0x13720 0x80000407\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x37200000000), UINT64_C(0x37280000000) },
			      .pa = UINT64_C(0x80000000),
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x13720,
			      .raw = UINT64_C(0x80000407) },
		.va = UINT64_C(0x37200c03000),
	},
	{
		.name = "four levels",
		.facts = KERNEL,
		.image =
			"big-endian  @0x10000 0x28  @0x10028 0x2000b  @0x23720 0x30007  @0x30060 0x40800\n"
			"@0x40818 0xbe40713d\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x177200c03000), UINT64_C(0x177200c04000) },
			      .pa = UINT64_C(0xbe407000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x40818,
			      .raw = UINT64_C(0xbe40713d) },
	},
	{
		.name = "five levels",
		.facts = KERNEL,
		.image =
			"big-endian  @0x10000 0x2c  @0x10018 0x2000f  @0x20000 0x3000b  @0x33720 0x40007  @0x40060 0x50800\n"
			"@0x50818 0xbe40713d\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0x60037200c03000), UINT64_C(0x60037200c04000) },
			      .pa = UINT64_C(0xbe407000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x50818,
			      .raw = UINT64_C(0xbe40713d) },
	},
	{
		.name = "an invalid page",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007  @0x20060 0x30800\n"
			 "@0x30818 0xbe407400\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0x37200c03000), UINT64_C(0x37200c04000) },
			      .level = 0,
			      .entry_addr = 0x30818,
			      .raw = UINT64_C(0xbe407400) },
	},
	{
		.name = "an invalid segment",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007\n"
			 "@0x20060 0x20\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0x37200c00000), UINT64_C(0x37200d00000) },
			      .level = 1,
			      .entry_addr = 0x20060,
			      .raw = 0x20 },
	},
	{
		.name = "an entry of another kind of table",
		.facts = KERNEL,
		.image = "big-endian  @0x10000 0x24  @0x13720 0x20007\n"
			 "@0x20060 0x20004\n",
		.expected = { .state = MAPPING_INVALID,
			      .va = { UINT64_C(0x37200c00000), UINT64_C(0x37200d00000) },
			      .level = 1,
			      .entry_addr = 0x20060,
			      .raw = 0x20004 },
	},
};

ARCH_TESTS_MAIN("s390x")
