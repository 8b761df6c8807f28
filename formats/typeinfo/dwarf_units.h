// SPDX-License-Identifier: LGPL-2.1-or-later
/* The compilation units of a DWARF file: all in order, or those that hold an address. */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_UNITS_H
#define VMEMSCOPE_TYPEINFO_DWARF_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_file.h"

/* Offsets in .debug_info: of the header and of what follows the unit, and of its own entry. */
struct unit_place {
	uint64_t start, end; /* both 0: not known */
	uint64_t die;
};

/* Without repetition. */
struct units {
	struct unit_place *places;
	size_t count, room;
};

void units_deinit(struct units *units);
bool units_have(const struct units *units, uint64_t die);
/* No-op if the unit with this entry is there. */
struct error *units_add(struct units *units, struct unit_place place);

/* The unit whose header is at @start; false if none begins there or its header is broken. */
bool unit_at(const struct dwarf_file *file, uint64_t start, struct unit_place *ret);

/*
 * Adds the units that have code at the addresses or define variables there, in
 * the order of the addresses. One that no unit knows adds nothing.
 */
struct error *units_add_at(struct dwarf_file *file, const uint64_t *addresses, size_t count,
			   struct units *units);

/*
 * True if some unit is only the skeleton of one whose entries are in a .dwo file (Linux
 * kernel CONFIG_DEBUG_INFO_SPLIT). A unit that cannot be read is none.
 */
bool units_are_split(struct dwarf_file *file);

#endif
