// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which function an address is in: of the kernel's image, or of a module. */
#ifndef VMEMSCOPE_CODE_PLACE_H
#define VMEMSCOPE_CODE_PLACE_H

#include <stddef.h>

#include "include/typeinfo.h"
#include "include/types.h"

struct error;
struct target;

enum { MODULE_NAME_MAX = 64 };

struct code_place {
	vaddr_t address;		   /* of the running kernel */
	char symbol[SYMBOL_NAME_MAX + 24]; /* "name+0x5"; empty: not known */
	char module[MODULE_NAME_MAX];	   /* empty: the kernel itself, or not known */
};

/*
 * Looks up @count places. Symbols are those of the kernel's own table and of the tables of
 * its modules: Linux kernel kernel/kallsyms.c, kernel/module/kallsyms.c. What the dump or
 * @ti does not have stays unknown.
 */
struct error *code_places_find(const struct target *target, struct typeinfo *ti,
			       struct code_place *places, size_t count);

#endif
