// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which machine a VMCOREINFO is of, where no header names one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <stdbool.h>

#include "formats/dump/dump_machine.h"
#include "include/array.h"
#include "include/machines.h"

/* What a kernel of each machine writes, as far as it tells the machine. */
static const struct {
	uint16_t elf_machine;
	const char *vmcoreinfo;
} kernels[] = {
	{ EM_X86_64, "SYMBOL(swapper_pg_dir)=ffffffff9aa10000\nNUMBER(pgtable_l5_enabled)=0\n" },
	{ EM_X86_64, "SYMBOL(init_top_pgt)=ffffffff82a10000\nNUMBER(phys_base)=0\n" },
	{ EM_AARCH64, "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff7fffc0000000\n" },
	{ EM_RISCV, "NUMBER(VA_BITS)=39\nNUMBER(va_kernel_pa_offset)=0xffffffff00000000\n" },
	{ EM_S390, "SYMBOL(swapper_pg_dir)=1a2c000\nSAMODE31=0\n" },
	{ EM_PPC64, "SYMBOL(swapper_pg_dir)=c000000002d00000\nNUMBER(RADIX_MMU)=1\n" },
	{ EM_LOONGARCH, "SYMBOL(swapper_pg_dir)=9000000000db0000\nPAGESIZE=16384\n" },
	{ EM_NONE, "SYMBOL(swapper_pg_dir)=ffffffff9aa10000\nPAGESIZE=4096\n" },
	/* Only at the beginning of a line. */
	{ EM_NONE, "OSRELEASE=SAMODE31=0\n" },
	{ EM_NONE, "" },
};

static void a_machine_is_told_by_what_it_alone_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++)
		if (machine_from_vmcoreinfo(kernels[i].vmcoreinfo) != kernels[i].elf_machine)
			fail_msg("machine %u is told of: %s",
				 machine_from_vmcoreinfo(kernels[i].vmcoreinfo),
				 kernels[i].vmcoreinfo);
}

static bool is_told(uint16_t elf_machine)
{
	for (size_t i = 0; i < COUNT_OF(kernels); i++)
		if (kernels[i].elf_machine == elf_machine)
			return true;
	return false;
}

/* Else dumps without a header that names the machine are refused. */
static void each_machine_is_told_by_its_vmcoreinfo(void **state)
{
	(void)state;
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++)
		if (!is_told(machine->elf_machine))
			fail_msg("no VMCOREINFO here is of %s", machine->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_told_by_what_it_alone_writes),
		cmocka_unit_test(each_machine_is_told_by_its_vmcoreinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
