// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The DWARF of an ELF image as a tree of entries (DIEs), through libdwarf over
 * the mapped sections. Knows no types and no questions.
 *
 * The first failure sticks: no further entry is opened then, so loops end by
 * themselves, and dwarf_file_failure() reports the failure once.
 */
#ifndef VMEMSCOPE_TYPEINFO_DWARF_FILE_H
#define VMEMSCOPE_TYPEINFO_DWARF_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/typeinfo/dwarf_shim.h"
#include "formats/typeinfo/elf_image.h"

struct error;
struct dwarf_file;

/* @image is borrowed until dwarf_file_close(). */
struct error *dwarf_file_open(struct elf_image *image, struct dwarf_file **ret);
void dwarf_file_close(struct dwarf_file *file); /* NULL is allowed */

/*
 * The unit at [@start, @end) of @whole's .debug_info, header and all, as if there were no
 * other; borrows what @whole borrows. libdwarf reads what lies before a unit first: a
 * kernel's other units take tens of times as long as the unit itself. Offsets count from
 * the unit's start.
 */
struct error *dwarf_file_open_unit(const struct dwarf_file *whole, uint64_t start, uint64_t end,
				   struct dwarf_file **ret);

/* Of a unit alone: a reference led out of it, and counted as none. */
bool dwarf_file_lacks_more(const struct dwarf_file *file);

static inline void dwarf_file_closep(struct dwarf_file **file)
{
	dwarf_file_close(*file);
}

struct elf_image *dwarf_file_image(const struct dwarf_file *file);
struct bytes dwarf_file_info(const struct dwarf_file *file); /* of .debug_info */

/* Notes what libdwarf said and frees *err; true if @result is DW_DLV_OK. */
bool dwarf_file_ok(struct dwarf_file *file, int result, Dwarf_Error *err);

/* Takes the first failure since the last call, or NULL. */
struct error *dwarf_file_failure(struct dwarf_file *file);

/* Entries are the caller's, who ends them with die_close(); NULL means none. */
Dwarf_Die die_open(struct dwarf_file *file, uint64_t offset); /* in .debug_info */
Dwarf_Die die_child(struct dwarf_file *file, Dwarf_Die die);
Dwarf_Die die_next(struct dwarf_file *file, Dwarf_Die die); /* closes @die: for loops */
void die_close(Dwarf_Die die);				    /* NULL is allowed */

static inline void die_closep(Dwarf_Die *die)
{
	die_close(*die);
}

unsigned die_tag(struct dwarf_file *file, Dwarf_Die die);
const char *die_name(struct dwarf_file *file, Dwarf_Die die); /* borrowed; NULL if anonymous */
bool die_has(struct dwarf_file *file, Dwarf_Die die, unsigned attribute);

/* A constant, negative ones as two's complement; false if absent or no constant. */
bool die_uint(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret);

/* An address, also if given as an index into .debug_addr. */
bool die_address(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret);

/* Where in the struct a member lies, also if given as an expression. */
bool die_location(struct dwarf_file *file, Dwarf_Die die, uint64_t *ret);

/* The entry that @attribute refers to. */
Dwarf_Die die_follow(struct dwarf_file *file, Dwarf_Die die, unsigned attribute);

/* Offset in .debug_info, or in the section of another kind of attribute, that it refers to. */
bool die_offset_of(struct dwarf_file *file, Dwarf_Die die, unsigned attribute, uint64_t *ret);

#endif
