// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which machine and which page size a dump is of. */
#include "formats/dump/dump_machine.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"
#include "include/machines.h"

// clang-format off
/* Lines of VMCOREINFO that one architecture alone writes. */
static const struct {
	const char *line_start;
	uint16_t elf_machine;
} vmcoreinfo_hints[] = {
	{ "NUMBER(pgtable_l5_enabled)=",    EM_X86_64 },
	{ "SYMBOL(init_top_pgt)=",	    EM_X86_64 },
	{ "NUMBER(kimage_voffset)=",	    EM_AARCH64 },
	{ "NUMBER(TCR_EL1_T1SZ)=",	    EM_AARCH64 },
	{ "NUMBER(va_kernel_pa_offset)=",   EM_RISCV },
	{ "NUMBER(KERNEL_LINK_ADDR)=",	    EM_RISCV },
	{ "SYMBOL(lowcore_ptr)=",	    EM_S390 },
	{ "SAMODE31=",			    EM_S390 },
	{ "SYMBOL(vmemmap_list)=",	    EM_PPC64 },
	{ "SYMBOL(mmu_vmemmap_psize)=",	    EM_PPC64 },
	{ "NUMBER(RADIX_MMU)=",		    EM_PPC64 },
	{ "SYMBOL(swapper_pg_dir)=9000",    EM_LOONGARCH }, /* it writes none of its own */
};
// clang-format on

struct error *machine_check(const char *path, uint16_t elf_machine)
{
	if (uts_machine_by_elf(elf_machine))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is a dump of an unknown machine (ELF machine %u); known are %s",
			 path, elf_machine, uts_machine_list().text);
}

uint16_t machine_from_name(const char *uts_machine)
{
	const struct uts_machine *machine = uts_machine_by_name(uts_machine);

	return machine ? machine->elf_machine : EM_NONE;
}

const char *machine_name(uint16_t elf_machine)
{
	const struct uts_machine *machine = uts_machine_by_elf(elf_machine);

	return machine ? machine->name : "";
}

/* What follows @line_start where a line begins with it; NULL if no line does. */
static const char *find_line(const char *text, const char *line_start)
{
	size_t len = strlen(line_start);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, line_start, len) == 0)
			return line + len;
	}
	return NULL;
}

uint16_t machine_from_vmcoreinfo(const char *vmcoreinfo)
{
	for (size_t i = 0; i < COUNT_OF(vmcoreinfo_hints); i++) {
		if (find_line(vmcoreinfo, vmcoreinfo_hints[i].line_start))
			return vmcoreinfo_hints[i].elf_machine;
	}
	return EM_NONE;
}

bool vmcoreinfo_is_usable(const char *vmcoreinfo)
{
	return find_line(vmcoreinfo, "PAGESIZE=");
}

unsigned page_size_shift(uint64_t size_bytes)
{
	enum { SHIFT_MIN = 12, SHIFT_MAX = 16 };

	for (unsigned shift = SHIFT_MIN; shift <= SHIFT_MAX; shift++) {
		if (size_bytes == UINT64_C(1) << shift)
			return shift;
	}
	return 0;
}

/* How much of @value, the rest of a line, is a number worth showing. */
static int digits(const char *value)
{
	enum { SHOWN_MAX = 20 };
	int count = 0;

	while (count < SHOWN_MAX && value[count] >= '0' && value[count] <= '9')
		count++;
	return count;
}

struct error *vmcoreinfo_page_shift(const char *path, const char *vmcoreinfo, unsigned *ret)
{
	const char *value = find_line(vmcoreinfo, "PAGESIZE=");

	if (!value)
		return error_new(ERROR_CORRUPT, "'%s': its VMCOREINFO lacks the page size", path);

	unsigned shift = page_size_shift(strtoull(value, NULL, 10));
	if (!shift)
		return error_new(ERROR_CORRUPT,
				 "'%s': its VMCOREINFO has an impossible page size (PAGESIZE=%.*s)",
				 path, digits(value), value);
	*ret = shift;
	return NULL;
}
