// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which of several VMCOREINFO texts is that of the kernel that ran. */
#ifndef VMEMSCOPE_VMCOREINFO_JUDGE_H
#define VMEMSCOPE_VMCOREINFO_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

struct memory;

/*
 * How many witnesses in @memory say that @vmcoreinfo is of the kernel that ran: the root of
 * page tables, these where they map themselves, the release in the kernel's own memory.
 */
unsigned vmcoreinfo_judge(struct memory *memory, uint16_t elf_machine, bool big_endian,
			  const char *vmcoreinfo);

#endif
