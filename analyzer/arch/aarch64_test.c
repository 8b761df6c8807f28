// SPDX-License-Identifier: LGPL-2.1-or-later
/* Page tables of arm64: three page sizes, from 36 to 52 bits. */
#include <elf.h>

#define ARCH_ELF_MACHINE EM_AARCH64
#include "testdata/machine/arch_expect.h"

#define KERNEL                                                                                     \
	"SYMBOL(swapper_pg_dir)=ffff800080010000\n"                                                \
	"NUMBER(kimage_voffset)=0xffff800080000000\n"
#define KIB4_39	 KERNEL "PAGESIZE=4096\nNUMBER(VA_BITS)=39\nNUMBER(TCR_EL1_T1SZ)=0x19\n"
#define KIB4_52	 KERNEL "PAGESIZE=4096\nNUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n"
#define KIB16_47 KERNEL "PAGESIZE=16384\nNUMBER(VA_BITS)=47\nNUMBER(TCR_EL1_T1SZ)=0x11\n"
#define KIB64_42 KERNEL "PAGESIZE=65536\nNUMBER(VA_BITS)=42\nNUMBER(TCR_EL1_T1SZ)=0x16\n"
#define KIB64_52 KERNEL "PAGESIZE=65536\nNUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n"
#define KIB64_48 KERNEL "PAGESIZE=65536\nNUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n"

static const struct paging_case pagings[] = {
	{
		.name = "4 KiB, 39 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=39\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x19\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 3,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 } } },
	},
	{
		.name = "4 KiB, 48 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=48\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x10\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
	{
		.name = "4 KiB, 52 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0xc\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 5,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 48, 4 } } },
	},
	{
		.name = "16 KiB, 36 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VA_BITS)=36\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x1c\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 2,
			      .level = { { 14, 11 }, { 25, 11 } } },
	},
	{
		.name = "16 KiB, 47 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VA_BITS)=47\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x11\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 3,
			      .level = { { 14, 11 }, { 25, 11 }, { 36, 11 } } },
	},
	{
		.name = "16 KiB, 48 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VA_BITS)=48\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x10\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 4,
			      .level = { { 14, 11 }, { 25, 11 }, { 36, 11 }, { 47, 1 } } },
	},
	{
		.name = "16 KiB, 52 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0xc\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 4,
			      .level = { { 14, 11 }, { 25, 11 }, { 36, 11 }, { 47, 5 } } },
	},
	{
		.name = "64 KiB, 42 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VA_BITS)=42\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x16\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 2,
			      .level = { { 16, 13 }, { 29, 13 } } },
	},
	{
		.name = "64 KiB, 48 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VA_BITS)=48\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x10\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 3,
			      .level = { { 16, 13 }, { 29, 13 }, { 42, 6 } } },
	},
	{
		.name = "64 KiB, 52 bits",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0xc\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 3,
			      .level = { { 16, 13 }, { 29, 13 }, { 42, 10 } } },
	},
	{
		.name = "4 KiB, built for 52 bits, on a machine of 48",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x10\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
	{
		.name = "16 KiB, built for 52 bits, on a machine of 47",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=16384\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x11\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 14,
			      .levels = 3,
			      .level = { { 14, 11 }, { 25, 11 }, { 36, 11 } } },
	},
	{
		.name = "64 KiB, built for 52 bits: the root has room for all",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=65536\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0x10\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 16,
			      .levels = 3,
			      .level = { { 16, 13 }, { 29, 13 }, { 42, 10 } } },
	},
	{
		.name = "a kernel that tells VA_BITS alone",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0xffff800080000000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=48\n",
		.expected = { .root = 0x10000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 4,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } } },
	},
	{
		.name = "the image moved",
		.facts = "SYMBOL(swapper_pg_dir)=ffffa5dabc916000\n"
			 "NUMBER(kimage_voffset)=0xffffa5da7aa00000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=52\n"
			 "NUMBER(TCR_EL1_T1SZ)=0xc\n",
		.expected = { .root = 0x41f16000,
			      .big_endian = false,
			      .page_shift = 12,
			      .levels = 5,
			      .level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 48, 4 } } },
	},
};

static const struct refusal_case refusals[] = {
	{
		.name = "no root",
		.facts = "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=48\n"
			 "NUMBER(kimage_voffset)=0\n",
		.code = ERROR_NOT_FOUND,
		.part = "swapper_pg_dir",
	},
	{
		.name = "the image cannot be found",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(VA_BITS)=48\n",
		.code = ERROR_NOT_FOUND,
		.part = "kimage_voffset",
	},
	{
		.name = "no width",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(kimage_voffset)=0\n",
		.code = ERROR_NOT_FOUND,
		.part = "VA_BITS",
	},
	{
		.name = "an impossible width",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "PAGESIZE=4096\n"
			 "NUMBER(kimage_voffset)=0\n"
			 "NUMBER(TCR_EL1_T1SZ)=0\n",
		.code = ERROR_CORRUPT,
		.part = "addresses of 64 bits",
	},
	{
		.name = "no page size",
		.facts = "SYMBOL(swapper_pg_dir)=ffff800080010000\n"
			 "NUMBER(kimage_voffset)=0\n"
			 "NUMBER(VA_BITS)=48\n",
		.code = ERROR_CORRUPT,
		.part = "page size",
	},
};

static const struct walk_case walks[] = {
	{
		.name = "a page",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0xe800012345f03\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .pa = UINT64_C(0x800012345000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0xe800012345f03) },
	},
	{
		.name = "a read-only page",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x60000012345783\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .pa = 0x12345000,
			      .level = 0,
			      .writable = false,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0x60000012345783) },
	},
	{
		.name = "a page that is clean, and so read-only until it is written",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x68000012345783\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .pa = 0x12345000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0x68000012345783) },
	},
	{
		.name = "2 MiB by one block",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003\n"
			 "@0x20008 0x68000012200f01\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000200000), UINT64_C(0xffffffc000400000) },
			      .pa = 0x12200000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x20008,
			      .raw = UINT64_C(0x68000012200f01) },
		.va = UINT64_C(0xffffffc000203000),
	},
	{
		.name = "1 GiB by one block",
		.facts = KIB4_39,
		.image = "@0x10800 0x68000080000f01\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000000000), UINT64_C(0xffffffc040000000) },
			      .pa = UINT64_C(0x80000000),
			      .level = 2,
			      .writable = true,
			      .entry_addr = 0x10800,
			      .raw = UINT64_C(0x68000080000f01) },
		.va = UINT64_C(0xffffffc000203000),
	},
	{
		.name = "a block at the lowest level is reserved",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x12345f01\n",
		.expected = { .state = MAPPING_INVALID,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .level = 0,
			      .entry_addr = 0x30018,
			      .raw = 0x12345f01 },
	},
	{
		.name = "nothing",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x12345f02\n",
		.expected = { .state = MAPPING_NONE,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .level = 0,
			      .entry_addr = 0x30018,
			      .raw = 0x12345f02 },
	},
	{
		.name = "bits 8 and 9 are shareability, not an address",
		.facts = KIB4_39,
		.image = "@0x10800 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x68000012345703\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffffc000203000), UINT64_C(0xffffffc000204000) },
			      .pa = 0x12345000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0x68000012345703) },
	},
	{
		.name = "a block as in a dump of a 52-bit kernel",
		.facts = KIB4_52,
		.image = "@0x10078 0x20003  @0x20c18 0x30003  @0x30ff8 0x40003\n"
			 "@0x40000 0x680000cda00401\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc1ffc0000000), UINT64_C(0xffffc1ffc0200000) },
			      .pa = UINT64_C(0xcda00000),
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x40000,
			      .raw = UINT64_C(0x680000cda00401) },
		.va = UINT64_C(0xffffc1ffc0140000),
	},
	{
		.name = "LPA2: address bits 50 and 51 are bits 8 and 9",
		.facts = KIB4_52,
		.image = "@0x10078 0x20003  @0x20c18 0x30003  @0x30ff8 0x40003  @0x40000 0x50003\n"
			 "@0x50a00 0x6a000012345703\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc1ffc0140000), UINT64_C(0xffffc1ffc0141000) },
			      .pa = UINT64_C(0xe000012345000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x50a00,
			      .raw = UINT64_C(0x6a000012345703) },
	},
	{
		.name = "a page of 16 KiB",
		.facts = KIB16_47,
		.image = "@0x12000 0x20003  @0x20008 0x30003\n"
			 "@0x30010 0x6800001234cf03\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc00002008000), UINT64_C(0xffffc0000200c000) },
			      .pa = 0x1234c000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30010,
			      .raw = UINT64_C(0x6800001234cf03) },
	},
	{
		.name = "32 MiB by one block",
		.facts = KIB16_47,
		.image = "@0x12000 0x20003\n"
			 "@0x20008 0x68000022000f01\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc00002000000), UINT64_C(0xffffc00004000000) },
			      .pa = 0x22000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x20008,
			      .raw = UINT64_C(0x68000022000f01) },
		.va = UINT64_C(0xffffc00002008000),
	},
	{
		.name = "a page of 64 KiB",
		.facts = KIB64_42,
		.image = "@0x18008 0x20003\n"
			 "@0x20018 0x68000012340f03\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xfffffe0020030000), UINT64_C(0xfffffe0020040000) },
			      .pa = 0x12340000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x20018,
			      .raw = UINT64_C(0x68000012340f03) },
	},
	{
		.name = "512 MiB by one block",
		.facts = KIB64_42,
		.image = "@0x18008 0x68000060000f01\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xfffffe0020000000), UINT64_C(0xfffffe0040000000) },
			      .pa = 0x60000000,
			      .level = 1,
			      .writable = true,
			      .entry_addr = 0x18008,
			      .raw = UINT64_C(0x68000060000f01) },
		.va = UINT64_C(0xfffffe0020030000),
	},
	{
		.name = "64 KiB: address bits 48 to 51 are bits 12 to 15",
		.facts = KIB64_52,
		.image = "@0x11f80 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x6800001234af03\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc00020030000), UINT64_C(0xffffc00020040000) },
			      .pa = UINT64_C(0xa000012340000),
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0x6800001234af03) },
	},
	{
		.name = "64 KiB, 48 bits of 52: the end of the root",
		.facts = KIB64_48,
		.image = "@0x11f80 0x20003  @0x20008 0x30003\n"
			 "@0x30018 0x68000012340f03\n",
		.expected = { .state = MAPPING_PRESENT,
			      .va = { UINT64_C(0xffffc00020030000), UINT64_C(0xffffc00020040000) },
			      .pa = 0x12340000,
			      .level = 0,
			      .writable = true,
			      .entry_addr = 0x30018,
			      .raw = UINT64_C(0x68000012340f03) },
	},
};

ARCH_TESTS_MAIN("aarch64")
