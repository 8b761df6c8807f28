// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libdwarf over sections in memory, in one spelling: the releases with a date
 * for a version (20210528 and before) and those since 0.3.0 differ in names.
 */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_SHIM_H
#define VMEMSCOPE_TYPEINFO_DWARF_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#include <dwarf.h>
#include <libdwarf.h>

#ifdef DW_LIBDWARF_VERSION_MAJOR
typedef Dwarf_Obj_Access_Interface_a shim_object;
#else
typedef Dwarf_Obj_Access_Interface shim_object;
#endif

struct shim_section {
	const char *name;
	const unsigned char *data; /* NULL if the file has no such section */
	size_t size;
};

/* Filled in by the caller but for @object; must outlive the Dwarf_Debug. */
struct shim {
	const struct shim_section *sections;
	size_t count;
	bool is_big_endian;
	shim_object object;
};

/* DW_DLV_OK etc., as libdwarf's own. */
int shim_init(struct shim *shim, Dwarf_Debug *ret, Dwarf_Error *err);
void shim_finish(Dwarf_Debug dbg);

#endif
