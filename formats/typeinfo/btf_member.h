// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one type says in BTF: sizes, members, arrays, enumerators. */
#ifndef VMEMSCOPE_TYPEINFO_BTF_MEMBER_H
#define VMEMSCOPE_TYPEINFO_BTF_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

struct btf;
struct btf_type;

/*
 * All look through typedefs and return false if the type has no such thing.
 * @path is "member" or "member.member"; members of anonymous members count as
 * the type's own. Makers of BTF flatten arrays of arrays: their length is then
 * that of all elements.
 */
bool btf_size(const struct btf *btf, uint32_t type, uint64_t *ret);
bool btf_member_offset(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret);
bool btf_member_size(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret);
bool btf_member_length(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret);
bool btf_enumerator(const struct btf *btf, uint32_t type, const char *name, uint64_t *ret);

/* Of the enum @type: how many, and one of them. The name is borrowed, never NULL. */
uint32_t btf_enumerators(const struct btf_type *type);
const char *btf_enumerator_at(const struct btf *btf, const struct btf_type *type, uint32_t index,
			      uint64_t *value_ret);

/* The type behind typedefs and qualifiers; NULL if there is none. */
const struct btf_type *btf_plain(const struct btf *btf, uint32_t type);

#endif
