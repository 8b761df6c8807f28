// SPDX-License-Identifier: LGPL-2.1-or-later
/* libdwarf over sections in memory, in one spelling for its older and newer releases. */
#include "formats/typeinfo/dwarf_shim.h"

#include <stdint.h>

#ifdef DW_LIBDWARF_VERSION_MAJOR
#define NEW_OR_OLD(new_spelling, old_spelling) new_spelling
#else
#define NEW_OR_OLD(new_spelling, old_spelling) old_spelling
#endif

typedef NEW_OR_OLD(Dwarf_Obj_Access_Methods_a, Dwarf_Obj_Access_Methods) shim_methods;
typedef NEW_OR_OLD(Dwarf_Obj_Access_Section_a, Dwarf_Obj_Access_Section) section_info;
typedef NEW_OR_OLD(Dwarf_Small, Dwarf_Endianness) byte_order;

/* libdwarf wants section 0 to be none, as in ELF: ours begin at 1. */
static const struct shim_section *section_at(const struct shim *shim, Dwarf_Unsigned index)
{
	return index > 0 && index <= shim->count ? &shim->sections[index - 1] : NULL;
}

static int info_wide(void *object, Dwarf_Unsigned index, section_info *ret, int *error)
{
	const struct shim *shim = object;
	const struct shim_section *section = section_at(shim, index);

	(void)error;
	if (index > shim->count)
		return DW_DLV_NO_ENTRY;
	/* An empty section counts as a broken one: an absent one has no name. */
	bool is_present = section && section->data;
	*ret = (section_info){
		.NEW_OR_OLD(as_name, name) = is_present ? section->name : "",
		.NEW_OR_OLD(as_type, type) = is_present,
		.NEW_OR_OLD(as_size, size) = is_present ? section->size : 0,
	};
	return DW_DLV_OK;
}

static int load_wide(void *object, Dwarf_Unsigned index, Dwarf_Small **ret, int *error)
{
	const struct shim_section *section = section_at(object, index);

	(void)error;
	if (!section || !section->data)
		return DW_DLV_NO_ENTRY;
	*ret = (Dwarf_Small *)section->data;
	return DW_DLV_OK;
}

/* Section numbers had 16 bits before they got 64. */
__attribute__((unused)) static int info_narrow(void *object, Dwarf_Half index, section_info *ret,
					       int *error)
{
	return info_wide(object, index, ret, error);
}

__attribute__((unused)) static int load_narrow(void *object, Dwarf_Half index, Dwarf_Small **ret,
					       int *error)
{
	return load_wide(object, index, ret, error);
}

static byte_order get_byte_order(void *object)
{
	const struct shim *shim = object;

	return shim->is_big_endian ? NEW_OR_OLD(DW_END_big, DW_OBJECT_MSB)
				   : NEW_OR_OLD(DW_END_little, DW_OBJECT_LSB);
}

static Dwarf_Small get_width(void *object)
{
	(void)object;
	return sizeof(uint64_t);
}

static Dwarf_Unsigned get_section_count(void *object)
{
	const struct shim *shim = object;

	return shim->count + 1;
}

#ifdef DW_LIBDWARF_VERSION_MAJOR
/* Only to judge section sizes by, which are checked before. */
static Dwarf_Unsigned get_file_size(void *object)
{
	const struct shim *shim = object;
	Dwarf_Unsigned size = 0;

	for (size_t i = 0; i < shim->count; i++)
		size += shim->sections[i].size;
	return size;
}
#endif

#define METHOD(name) NEW_OR_OLD(om_##name, name)
#define BY_INDEX_TYPE(name, wide, narrow)                                                          \
	_Generic(((shim_methods *)0)->METHOD(name), __typeof__(&narrow) : narrow, default : wide)

static const shim_methods methods = {
	.METHOD(get_section_info) = BY_INDEX_TYPE(get_section_info, info_wide, info_narrow),
	.METHOD(load_section) = BY_INDEX_TYPE(load_section, load_wide, load_narrow),
	.METHOD(get_byte_order) = get_byte_order,
	.METHOD(get_length_size) = get_width,
	.METHOD(get_pointer_size) = get_width,
	.METHOD(get_section_count) = get_section_count,
#ifdef DW_LIBDWARF_VERSION_MAJOR
	.om_get_filesize = get_file_size,
#endif
};

int shim_init(struct shim *shim, Dwarf_Debug *ret, Dwarf_Error *err)
{
	shim->object = (shim_object){
		.NEW_OR_OLD(ai_object, object) = shim,
		.NEW_OR_OLD(ai_methods, methods) = &methods,
	};
	return dwarf_object_init_b(&shim->object, NULL, NULL, DW_GROUPNUMBER_ANY, ret, err);
}

void shim_finish(Dwarf_Debug dbg)
{
#ifdef DW_LIBDWARF_VERSION_MAJOR
	dwarf_object_finish(dbg);
#else
	Dwarf_Error ignored = NULL;

	dwarf_object_finish(dbg, &ignored);
#endif
}
