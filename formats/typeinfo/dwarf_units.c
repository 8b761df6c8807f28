// SPDX-License-Identifier: LGPL-2.1-or-later
/* The compilation units of a DWARF file: all in order, or those that hold an address. */
#include "formats/typeinfo/dwarf_units.h"

#include <string.h>

#include "formats/typeinfo/cursor.h"
#include "formats/typeinfo/dwarf_ranges.h"
#include "include/error.h"
#include "include/vector.h"

void units_deinit(struct units *units)
{
	free(units->places);
	*units = (struct units){ 0 };
}

bool units_have(const struct units *units, uint64_t die)
{
	for (size_t i = 0; i < units->count; i++)
		if (units->places[i].die == die)
			return true;
	return false;
}

struct error *units_add(struct units *units, struct unit_place place)
{
	if (units_have(units, place.die))
		return NULL;
	return vector_push(units->places, units->count, units->room, place);
}

/* What a unit header has between its type and its first entry, by DW_UT_*. */
static unsigned header_tail(unsigned unit_type, unsigned width)
{
	switch (unit_type) {
	case DW_UT_type:
	case DW_UT_split_type:
		return 8 + width; /* signature, offset of the type */
	case DW_UT_skeleton:
	case DW_UT_split_compile:
		return 8; /* identity of the other file */
	default:
		return 0;
	}
}

bool unit_at(const struct dwarf_file *file, uint64_t start, struct unit_place *ret)
{
	struct cursor cursor = { dwarf_file_image(file), dwarf_file_info(file), start, false };
	unsigned width, tail = 0;

	uint64_t length = cursor_take_length(&cursor, &width);
	uint64_t end = cursor.at + length;
	unsigned version = cursor_take(&cursor, 2);
	if (version >= 5) {
		tail = header_tail(cursor_take(&cursor, 1), width);
		cursor_take(&cursor, 1); /* size of an address */
		cursor_take(&cursor, width);
	} else {
		cursor_take(&cursor, width);
		cursor_take(&cursor, 1);
	}
	*ret = (struct unit_place){ start, end, cursor.at + tail };
	return !cursor.is_past_end && ret->die < end;
}

static struct error *find_by_index(const struct dwarf_file *file, struct places *places)
{
	struct error *err = ranges_read_index(file, places);
	struct unit_place unit;

	for (size_t i = 0; i < places->count; i++)
		if (places->units[i] != UINT64_MAX && !unit_at(file, places->units[i], &unit))
			places->units[i] = UINT64_MAX;
	return err;
}

static bool all_found(const struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->units[i] == UINT64_MAX)
			return false;
	return true;
}

/* Compilers may leave out the index. */
static struct error *find_by_units(struct dwarf_file *file, struct places *places)
{
	struct unit_place unit = { 0 };
	struct error *err = NULL;

	while (!err && !all_found(places) && unit_at(file, unit.end, &unit))
		err = ranges_read_unit(file, unit.start, unit.die, places);
	return err ? err : dwarf_file_failure(file);
}

/* Where .debug_info has a variable's location "DW_OP_addr @address". */
static const unsigned char *find_location(const struct dwarf_file *file, uint64_t address)
{
	struct bytes info = dwarf_file_info(file);
	bool is_big_endian = dwarf_file_image(file)->is_big_endian;
	unsigned char location[1 + sizeof(address)] = { DW_OP_addr };

	for (unsigned i = 0; i < sizeof(address); i++)
		location[is_big_endian ? sizeof(address) - i : 1 + i] = address >> 8 * i;
	return info.data ? memmem(info.data, info.size, location, sizeof(location)) : NULL;
}

/* No index has the addresses of data: a search through all entries takes some milliseconds. */
static struct error *find_by_locations(const struct dwarf_file *file, struct places *places)
{
	_cleanup_free_ uint64_t *offsets = calloc(places->count, sizeof(*offsets));
	struct unit_place unit = { 0 };

	if (!offsets)
		return error_nomem();
	for (size_t i = 0; i < places->count; i++) {
		const unsigned char *found = NULL;

		if (places->units[i] == UINT64_MAX)
			found = find_location(file, places->addresses[i]);
		offsets[i] = found ? (uint64_t)(found - dwarf_file_info(file).data) : UINT64_MAX;
	}
	while (unit_at(file, unit.end, &unit))
		for (size_t i = 0; i < places->count; i++)
			if (offsets[i] >= unit.start && offsets[i] < unit.end)
				places->units[i] = unit.start;
	return NULL;
}

struct error *units_add_at(struct dwarf_file *file, const uint64_t *addresses, size_t count,
			   struct units *units)
{
	if (count == 0)
		return NULL;
	_cleanup_free_ uint64_t *found = calloc(count, sizeof(*found));
	if (!found)
		return error_nomem();
	memset(found, 0xff, count * sizeof(*found));

	struct places places = { addresses, found, count };
	struct error *err = elf_image_has(dwarf_file_image(file), ".debug_aranges")
				    ? find_by_index(file, &places)
				    : find_by_units(file, &places);
	if (!err && !all_found(&places))
		err = find_by_locations(file, &places);
	for (size_t i = 0; !err && i < count; i++) {
		struct unit_place unit;

		if (found[i] != UINT64_MAX && unit_at(file, found[i], &unit))
			err = units_add(units, unit);
	}
	return err;
}

bool units_are_split(struct dwarf_file *file)
{
	struct unit_place unit = { 0 };
	bool is_split = false;

	while (!is_split && unit_at(file, unit.end, &unit)) {
		_cleanup_(die_closep) Dwarf_Die die = die_open(file, unit.die);

		if (!die)
			break;
		is_split = die_has(file, die, DW_AT_dwo_name) ||
			   die_has(file, die, DW_AT_GNU_dwo_name);
	}
	error_destroy(dwarf_file_failure(file));
	return is_split;
}
