// SPDX-License-Identifier: LGPL-2.1-or-later
/* The compilation units of a DWARF file: all in order, or those that hold an address. */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_UNITS_H
#define VMEMSCOPE_TYPEINFO_DWARF_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_file.h"

/* Offsets in .debug_info of the units' own entries, without repetition. */
struct units {
	uint64_t *dies;
	size_t count, room;
};

void units_deinit(struct units *units);
bool units_have(const struct units *units, uint64_t die);
struct error *units_add(struct units *units, uint64_t die); /* no-op if it is there */

/* Steps through the unit headers: *at starts as 0; false at the end or at a broken header. */
bool units_step(const struct dwarf_file *file, uint64_t *at, uint64_t *die_ret);

/*
 * Adds the units that have code at the addresses or define variables there, in
 * the order of the addresses. One that no unit knows adds nothing.
 */
struct error *units_add_at(struct dwarf_file *file, const uint64_t *addresses, size_t count,
			   struct units *units);

#endif
