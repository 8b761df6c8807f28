// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of LoongArch. */
#include <elf.h>
#define ARCH_ELF_MACHINE EM_LOONGARCH
#include "testdata/machine/arch_expect.h"

#define KERNEL "SYMBOL(swapper_pg_dir)=9000000000010000\n"
#define LEVELS_3                                                                                   \
	KERNEL "PAGESIZE=16384\n"                                                                  \
	       "NUMBER(VMALLOC_START)=0xffff800082008000\n"                                        \
	       "SYMBOL(vmemmap)=fffffefffe000000\n"

static const struct paging_case pagings[] = {
	{
		.name = "16 KiB, three levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VMALLOC_START)=0xffff800082008000\n"
			 "SYMBOL(vmemmap)=fffffefffe000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 3,
			      .level = { { 14, 11 }, { 25, 11 }, { 36, 11 } } },
	},
	{
		.name = "16 KiB, two levels, on a machine of 47 bits",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VMALLOC_START)=0xffff800082008000\n"
			 "SYMBOL(vmemmap)=ffff800ffe000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 2,
			      .level = { { 14, 11 }, { 25, 11 } } },
	},
	{
		.name = "4 KiB, three levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VMALLOC_START)=0xffff800082002000\n"
			 "SYMBOL(vmemmap)=ffff807e00000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 } } },
	},
	{
		.name = "4 KiB, four levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VMALLOC_START)=0xffff800082002000\n"
			 "SYMBOL(vmemmap)=fffffefffe000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
	{
		.name = "64 KiB, two levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VMALLOC_START)=0xffff800082020000\n"
			 "SYMBOL(vmemmap)=ffff83ff00000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 2,
			      .level = { { 16, 13 }, { 29, 13 } } },
	},
	{
		.name = "64 KiB, three levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VMALLOC_START)=0xffff800082020000\n"
			 "SYMBOL(vmemmap)=fffffefffe000000\n",
		.expected = { .root = 0xdb0000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 3,
			      .level = { { 16, 13 }, { 29, 13 }, { 42, 13 } } },
	},
};

static const struct refusal_case refusals[] = {
	{
		.name = "no root",
		.facts = "PAGESIZE=16384\n",
		.code = ERROR_NOT_FOUND,
		.part = "swapper_pg_dir",
	},
	{
		.name = "no page size",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n",
		.code = ERROR_CORRUPT,
		.part = "page size",
	},
	{
		.name = "nothing shows the levels",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=16384\n",
		.code = ERROR_NOT_FOUND,
		.part = "VMALLOC_START",
	},
	{
		.name = "the kernel's addresses begin in user space",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VMALLOC_START)=0x800082008000\n"
			 "SYMBOL(vmemmap)=ffffa00003000000\n",
		.code = ERROR_CORRUPT,
		.part = "VMALLOC_START",
	},
	{
		.name = "the vmemmap is not told",
		.facts = "SYMBOL(swapper_pg_dir)=9000000000db0000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VMALLOC_START)=0xffff800082008000\n",
		.code = ERROR_NOT_FOUND,
		.part = "vmemmap",
	},
};

static const struct walk_case walks[] = {
	{
		.name = "a page, its tables by kernel addresses",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n"
			 "@0x18010 0xf7781d3\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .pa = 0xf778000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x18010,
			      .raw = 0xf7781d3 },
	},
	{
		.name = "a page that is not writable",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n"
			 "@0x18010 0xf7780d1\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .pa = 0xf778000,
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x18010,
			      .raw = 0xf7780d1 },
	},
	{
		.name = "bit 6 of a page is GLOBAL",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n"
			 "@0x18010 0xf778191\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .pa = 0xf778000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x18010,
			      .raw = 0xf778191 },
	},
	{
		.name = "32 MiB by one leaf, where bit 12 is HGLOBAL",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x200011d3\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800002000000), UINT64_C(0xffff800004000000) },
			      .pa = 0x20000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x14008,
			      .raw = 0x200011d3 },
		.va = UINT64_C(0xffff800002008000),
	},
	{
		.name = "bits that forbid reading and execution are no address",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n"
			 "@0x18010 0x600000000f7781d3\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .pa = 0xf778000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x18010,
			      .raw = UINT64_C(0x600000000f7781d3) },
	},
	{
		.name = "an empty entry leads to a table of empty ones",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n"
			 "@0x18010 0x40\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .level = 0,
			      .entry_addr = 0x18010,
			      .raw = 0x40 },
	},
	{
		.name = "nothing",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0xffff800002000000), UINT64_C(0xffff800004000000) },
			      .level = 1,
			      .entry_addr = 0x14008,
			      .raw = 0x0 },
	},
	{
		.name = "the table is not in the dump",
		.facts = LEVELS_3,
		.image = "@0x10000 0x9000000000014000  @0x14008 0x9000000000018000\n",
		.expected = { .state = MAPPING_UNREADABLE,
			      .va = { UINT64_C(0xffff800002008000), UINT64_C(0xffff80000200c000) },
			      .level = 0,
			      .entry_addr = 0x18010,
			      .raw = 0x0 },
	},
};

ARCH_TESTS_MAIN("loongarch64")
