// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of ppc64 with the radix MMU. */
#include <elf.h>

#define ARCH_ELF_MACHINE EM_PPC64
#include "testdata/machine/arch_expect.h"

#define RADIX_64K "SYMBOL(swapper_pg_dir)=c000000000010000\nPAGESIZE=65536\nNUMBER(RADIX_MMU)=1\n"
#define RADIX_4K  "SYMBOL(swapper_pg_dir)=c000000000010000\nPAGESIZE=4096\nNUMBER(RADIX_MMU)=1\n"

static const struct paging_case pagings[] = {
	{
		.name = "pages of 64 KiB",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(RADIX_MMU)=1\n",
		.expected = { .root = 0x2830000,
			      .big_endian = true,
			      .page_shift = 16,
			      .levels = 4,
			      .level = { { 16, 5 }, { 21, 9 }, { 30, 9 }, { 39, 13 } } },
	},
	{
		.name = "pages of 4 KiB",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(RADIX_MMU)=1\n",
		.expected = { .root = 0x2830000,
			      .big_endian = true,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 13 } } },
	},
	{
		.name = "a kernel that does not say radix: its tables map all memory",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=65536\n",
		.image = "big-endian @0x2830000 0x8000000003ff0009",
		.expected = { .root = 0x2830000,
			      .big_endian = true,
			      .page_shift = 16,
			      .levels = 4,
			      .level = { { 16, 5 }, { 21, 9 }, { 30, 9 }, { 39, 13 } } },
	},
};

static const struct refusal_case refusals[] = {
	{
		.name = "hash MMU",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(RADIX_MMU)=0\n",
		.code = ERROR_UNSUPPORTED,
		.part = "hash MMU",
	},
	{
		.name = "a kernel that does not say radix: its tables do not map memory",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=65536\n",
		.image = "zero 0x2830000 16",
		.code = ERROR_UNSUPPORTED,
		.part = "hash MMU",
	},
	{
		.name = "no root",
		.facts = "PAGESIZE=65536\n"
			 "NUMBER(RADIX_MMU)=1\n",
		.code = ERROR_NOT_FOUND,
		.part = "swapper_pg_dir",
	},
	{
		.name = "a page size that ppc64 has not",
		.facts = "SYMBOL(swapper_pg_dir)=c000000002830000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(RADIX_MMU)=1\n",
		.code = ERROR_CORRUPT,
		.part = "16 KiB",
	},
};

static const struct walk_case walks[] = {
	{
		.name = "a page of 64 KiB",
		.facts = RADIX_64K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30010 0x8000000000040005\n"
			"@0x40008 0xc000000091fe018e\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000410000), UINT64_C(0xc00c000000420000) },
			      .pa = UINT64_C(0x91fe0000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x40008,
			      .raw = UINT64_C(0xc000000091fe018e) },
	},
	{
		.name = "a read-only page",
		.facts = RADIX_64K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30010 0x8000000000040005\n"
			"@0x40008 0xc000000091fe018c\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000410000), UINT64_C(0xc00c000000420000) },
			      .pa = UINT64_C(0x91fe0000),
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x40008,
			      .raw = UINT64_C(0xc000000091fe018c) },
	},
	{
		.name = "2 MiB by one leaf",
		.facts = RADIX_64K,
		.image = "big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009\n"
			 "@0x30010 0xc00000007de0018e\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000400000), UINT64_C(0xc00c000000600000) },
			      .pa = 0x7de00000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x30010,
			      .raw = UINT64_C(0xc00000007de0018e) },
		.va = UINT64_C(0xc00c000000410000),
	},
	{
		.name = "1 GiB by one leaf",
		.facts = RADIX_64K,
		.image = "big-endian  @0x1c000 0x8000000000020009\n"
			 "@0x20000 0xc00000004000018e\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000000000), UINT64_C(0xc00c000040000000) },
			      .pa = 0x40000000,
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x20000,
			      .raw = UINT64_C(0xc00000004000018e) },
		.va = UINT64_C(0xc00c000000410000),
	},
	{
		.name = "a page of 4 KiB",
		.facts = RADIX_4K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30008 0x8000000000040009\n"
			"@0x40018 0xc000000091fe318e\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000203000), UINT64_C(0xc00c000000204000) },
			      .pa = UINT64_C(0x91fe3000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x40018,
			      .raw = UINT64_C(0xc000000091fe318e) },
	},
	{
		.name = "nothing",
		.facts = RADIX_4K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30008 0x8000000000040009\n"
			"@0x40018 0x4000000091fe318e\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0xc00c000000203000), UINT64_C(0xc00c000000204000) },
			      .level = 0,
			      .entry_addr = 0x40018,
			      .raw = UINT64_C(0x4000000091fe318e) },
	},
	{
		.name = "a table below the lowest level",
		.facts = RADIX_4K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30008 0x8000000000040009\n"
			"@0x40018 0x8000000000040009\n",
		.expected = { .state = MAPPING_INVALID,
			      .va = { UINT64_C(0xc00c000000203000), UINT64_C(0xc00c000000204000) },
			      .level = 0,
			      .entry_addr = 0x40018,
			      .raw = UINT64_C(0x8000000000040009) },
	},
	{
		.name = "a table of 256 bytes inside a page",
		.facts = RADIX_64K,
		.image =
			"big-endian  @0x1c000 0x8000000000020009  @0x20000 0x8000000000030009  @0x30010 0x8000000000040e05\n"
			"@0x40e08 0xc000000091fe018e\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xc00c000000410000), UINT64_C(0xc00c000000420000) },
			      .pa = UINT64_C(0x91fe0000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x40e08,
			      .raw = UINT64_C(0xc000000091fe018e) },
	},
};

ARCH_TESTS_MAIN("ppc64")
