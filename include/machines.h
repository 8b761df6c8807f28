// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The machines whose dumps are analysed, and their names: the one table of them.
 *
 * To add one: docs/porting.md.
 */
#ifndef VMEMSCOPE_MACHINES_H
#define VMEMSCOPE_MACHINES_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258 /* glibc has it since 2.36 */
#endif

struct uts_machine {
	uint16_t elf_machine;
	const char *name; /* of the architecture */
	/* As in uname -m of a kernel of this byte order; NULL: none has it. */
	const char *little, *big;
};
extern const struct uts_machine uts_machines[]; /* the last one has the name NULL */

/* NULL if there is none. */
const struct uts_machine *uts_machine_by_elf(uint16_t elf_machine);
const struct uts_machine *uts_machine_by_name(const char *name); /* of any byte order */

/* As in uname -m of a kernel of this byte order; the architecture's where there is none. */
const char *uts_machine_name(const struct uts_machine *machine, bool big_endian);

/* For messages: "a, b and c", the architectures of the table. */
struct uts_machine_list {
	char text[128];
};
struct uts_machine_list uts_machine_list(void);

#endif
