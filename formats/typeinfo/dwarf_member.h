// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one type's DWARF entry says: sizes, members, arrays, enumerators. */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_MEMBER_H
#define VMEMSCOPE_TYPEINFO_DWARF_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_file.h"

/*
 * All take a borrowed entry of a type, look through typedefs, and return false
 * if the type has no such thing. @path is "member" or "member.member";
 * members of anonymous members count as the type's own.
 */
bool type_size(struct dwarf_file *file, Dwarf_Die type, uint64_t *ret);
bool type_member_offset(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret);
bool type_member_size(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret);
bool type_member_length(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret);
bool type_enumerator(struct dwarf_file *file, Dwarf_Die type, const char *name, uint64_t *ret);

/* The type of a member or typedef, without typedefs and qualifiers; owned, or NULL. */
Dwarf_Die type_open(struct dwarf_file *file, Dwarf_Die die);

bool tag_is_aggregate(unsigned tag); /* struct, union */

#endif
