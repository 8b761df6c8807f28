// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of machines. */
#include "include/machines.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

// clang-format off
const struct uts_machine uts_machines[] = {
	{ EM_X86_64,	"x86_64",      "x86_64",      NULL },
	{ EM_AARCH64,	"aarch64",     "aarch64",     "aarch64_be" },
	{ EM_RISCV,	"riscv64",     "riscv64",     NULL },
	{ EM_S390,	"s390x",       NULL,	      "s390x" },
	{ EM_PPC64,	"ppc64",       "ppc64le",     "ppc64" },
	{ EM_LOONGARCH,	"loongarch64", "loongarch64", NULL },
	{ EM_NONE,	NULL,	       NULL,	      NULL },
};
// clang-format on

const struct uts_machine *uts_machine_by_elf(uint16_t elf_machine)
{
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++)
		if (machine->elf_machine == elf_machine)
			return machine;
	return NULL;
}

const struct uts_machine *uts_machine_by_name(const char *name)
{
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++)
		if (strcmp(uts_machine_name(machine, false), name) == 0 ||
		    strcmp(uts_machine_name(machine, true), name) == 0)
			return machine;
	return NULL;
}

const char *uts_machine_name(const struct uts_machine *machine, bool big_endian)
{
	const char *name = big_endian ? machine->big : machine->little;

	return name ? name : machine->name;
}

struct uts_machine_list uts_machine_list(void)
{
	struct uts_machine_list list = { .text = "" };
	size_t used = 0;

	for (const struct uts_machine *machine = uts_machines; machine->name; machine++) {
		const char *before = machine == uts_machines ? ""
				     : machine[1].name	     ? ", "
							     : " and ";
		int length = snprintf(list.text + used, sizeof(list.text) - used, "%s%s", before,
				      machine->name);

		if (length < 0 || (size_t)length >= sizeof(list.text) - used)
			break;
		used += (size_t)length;
	}
	return list;
}
