// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of architectures. */
#include "include/arch.h"

#include <string.h>

#include "analyzer/arch/arches.h"

const struct arch_info *const arch_table[] = {
	&arch_x86_64,
	NULL,
};

const struct arch_info *arch_by_elf_machine(uint16_t elf_machine)
{
	for (const struct arch_info *const *arch = arch_table; *arch; arch++)
		if ((*arch)->elf_machine == elf_machine)
			return *arch;
	return NULL;
}

const struct arch_info *arch_by_name(const char *name)
{
	for (const struct arch_info *const *arch = arch_table; *arch; arch++)
		if (strcmp((*arch)->name, name) == 0)
			return *arch;
	return NULL;
}
