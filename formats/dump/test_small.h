// SPDX-License-Identifier: LGPL-2.1-or-later
/* For the tests of this room only: one small memory, as ELF and as kdump-compressed dump. */
#ifndef VMEMSCOPE_DUMP_TEST_SMALL_H
#define VMEMSCOPE_DUMP_TEST_SMALL_H

#include "formats/dump/test_files.h"

enum { PAGE = 4096, RAM = 0x40000 };

static const struct test_load loads[] = { { 0x10000, 4 * PAGE, 8 * PAGE } };
static const struct test_elf elf = {
	.vmcoreinfo = test_vmcoreinfo,
	.loads = loads,
	.load_count = COUNT_OF(loads),
};
static const struct test_kdump kdump = {
	.machine = "x86_64",
	.vmcoreinfo = test_vmcoreinfo,
	.pages = "AAAAAAAAAAAAAAAAPPPPXXXXAAAAAAAA",
};

static enum memory_state state_of(paddr_t addr)
{
	if (addr >= 0x10000 && addr < 0x14000)
		return MEMORY_PRESENT;
	return addr >= 0x14000 && addr < 0x18000 ? MEMORY_EXCLUDED : MEMORY_ABSENT;
}

#endif
