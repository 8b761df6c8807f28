// SPDX-License-Identifier: LGPL-2.1-or-later
/* The address ranges of DWARF units: an index of them all, or what one unit says of itself. */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_RANGES_H
#define VMEMSCOPE_TYPEINFO_DWARF_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_file.h"

/* Which unit holds each address: the first that claims it. */
struct places {
	const uint64_t *addresses;
	uint64_t *units; /* offsets of their headers; UINT64_MAX: not known */
	size_t count;
};

void places_note(struct places *places, uint64_t start, uint64_t size, uint64_t unit);

/* By .debug_aranges: notes the offsets of unit headers. */
struct error *ranges_read_index(const struct dwarf_file *file, struct places *places);

/* By the unit's own entry, which is at @entry in .debug_info: notes @header. */
struct error *ranges_read_unit(struct dwarf_file *file, uint64_t header, uint64_t entry,
			       struct places *places);

#endif
