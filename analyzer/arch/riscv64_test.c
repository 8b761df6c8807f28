// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of riscv64: Sv39, Sv48, Sv57. */
#include <elf.h>

#define ARCH_ELF_MACHINE EM_RISCV
#include "testdata/machine/arch_expect.h"

#define KERNEL                                                                                     \
	"SYMBOL(swapper_pg_dir)=ffffffff80001000\n"                                                \
	"NUMBER(va_kernel_pa_offset)=0xffffffff80000000\n"
#define SV39 KERNEL "NUMBER(VA_BITS)=39\n"
#define SV48 KERNEL "NUMBER(VA_BITS)=48\n"
#define SV57 KERNEL "NUMBER(VA_BITS)=57\n"

static const struct paging_case pagings[] = {
	{
		.name = "Sv39",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(va_kernel_pa_offset)=0xffffffff80000000\n"
			 "NUMBER(VA_BITS)=39\n",
		.expected = { .root = 0x1000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 } } },
	},
	{
		.name = "Sv48",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(va_kernel_pa_offset)=0xffffffff80000000\n"
			 "NUMBER(VA_BITS)=48\n",
		.expected = { .root = 0x1000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
	{
		.name = "Sv57",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(va_kernel_pa_offset)=0xffffffff80000000\n"
			 "NUMBER(VA_BITS)=57\n",
		.expected = { .root = 0x1000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 5,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 48, 9 } } },
	},
	{
		.name = "the image moved",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff81dca000\n"
			 "NUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n"
			 "NUMBER(VA_BITS)=57\n",
		.expected = { .root = UINT64_C(0x81fca000),
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 5,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 48, 9 } } },
	},
	{
		.name = "satp alone tells root and levels",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff81dca000\n"
			 "NUMBER(satp)=0x9000000000081fca\n",
		.expected = { .root = UINT64_C(0x81fca000),
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
};

static const struct refusal_case refusals[] = {
	{
		.name = "no root",
		.facts = "NUMBER(VA_BITS)=39\n"
			 "NUMBER(va_kernel_pa_offset)=0\n",
		.code = ERROR_NOT_FOUND,
		.part = "swapper_pg_dir",
	},
	{
		.name = "the image cannot be found",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(VA_BITS)=39\n",
		.code = ERROR_NOT_FOUND,
		.part = "va_kernel_pa_offset",
	},
	{
		.name = "no width",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(va_kernel_pa_offset)=0\n",
		.code = ERROR_CORRUPT,
		.part = "addresses of 0 bits",
	},
	{
		.name = "an impossible width",
		.facts = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
			 "NUMBER(va_kernel_pa_offset)=0\n"
			 "NUMBER(VA_BITS)=64\n",
		.code = ERROR_CORRUPT,
		.part = "addresses of 64 bits",
	},
};

static const struct walk_case walks[] = {
	{
		.name = "a page of Sv39",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x403398e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x3010,
			      .raw = 0x403398e7 },
	},
	{
		.name = "a page that is not writable",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x403398e3\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x3010,
			      .raw = 0x403398e3 },
	},
	{
		.name = "a page for instructions alone",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x40339869\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x3010,
			      .raw = 0x40339869 },
	},
	{
		.name = "2 MiB by one leaf",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0x540800e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000200000), UINT64_C(0xffffffc000400000) },
			      .pa = UINT64_C(0x150200000),
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x2008,
			      .raw = 0x540800e7 },
		.va = UINT64_C(0xffffffc0003ff000),
	},
	{
		.name = "1 GiB by one leaf",
		.facts = SV39,
		.image = "@0x1808 0x200000e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc040000000), UINT64_C(0xffffffc080000000) },
			      .pa = UINT64_C(0x80000000),
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x1808,
			      .raw = 0x200000e7 },
		.va = UINT64_C(0xffffffc07ffff000),
	},
	{
		.name = "64 KiB by 16 entries that are alike",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3000 0x800000004033a0e7*16\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000200000), UINT64_C(0xffffffc000210000) },
			      .pa = UINT64_C(0x100ce0000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x3010,
			      .raw = UINT64_C(0x800000004033a0e7) },
		.va = UINT64_C(0xffffffc000202000),
	},
	{
		.name = "memory types above bit 60 are no address",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x60000000403398e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x3010,
			      .raw = UINT64_C(0x60000000403398e7) },
	},
	{
		.name = "four levels",
		.facts = SV48,
		.image = "@0x1800 0x801  @0x2000 0xc01  @0x3008 0x1001\n"
			 "@0x4010 0x403398e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffff800000202000), UINT64_C(0xffff800000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x4010,
			      .raw = 0x403398e7 },
	},
	{
		.name = "five levels",
		.facts = SV57,
		.image = "@0x1800 0x801  @0x2000 0xc01  @0x3000 0x1001  @0x4008 0x1401\n"
			 "@0x5010 0x403398e7\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xff00000000202000), UINT64_C(0xff00000000203000) },
			      .pa = UINT64_C(0x100ce6000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x5010,
			      .raw = 0x403398e7 },
	},
	{
		.name = "nothing",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xe6\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0xffffffc000200000), UINT64_C(0xffffffc000400000) },
			      .level = 1,
			      .entry_addr = 0x2008,
			      .raw = 0xe6 },
	},
	{
		.name = "writable and not readable is reserved",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x403398e5\n",
		.expected = { .state = MAPPING_INVALID,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .level = 0,
			      .entry_addr = 0x3010,
			      .raw = 0x403398e5 },
	},
	{
		.name = "a table below the lowest level",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n"
			 "@0x3010 0x1001\n",
		.expected = { .state = MAPPING_INVALID,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .level = 0,
			      .entry_addr = 0x3010,
			      .raw = 0x1001 },
	},
	{
		.name = "the table is not in the dump",
		.facts = SV39,
		.image = "@0x1800 0x801  @0x2008 0xc01\n",
		.expected = { .state = MAPPING_UNREADABLE,
			      .va = { UINT64_C(0xffffffc000202000), UINT64_C(0xffffffc000203000) },
			      .level = 0,
			      .entry_addr = 0x3010,
			      .raw = 0x0 },
	},
};

ARCH_TESTS_MAIN("riscv64")
