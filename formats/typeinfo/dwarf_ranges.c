// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The address ranges of DWARF units. Read here rather than by libdwarf, which
 * allocates for every range, and whose release 20210528 frees memory twice on
 * a broken .debug_rnglists.
 */
#include "formats/typeinfo/dwarf_ranges.h"

#include "formats/typeinfo/cursor.h"
#include "include/error.h"

enum {
	ARANGES_VERSION = 2,
	ADDRESS_SIZE = 8, /* of the 64-bit programs that we take */
	RNGLISTS_VERSION = 5,
};

void places_note(struct places *places, uint64_t start, uint64_t size, uint64_t unit)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->units[i] == UINT64_MAX && places->addresses[i] - start < size)
			places->units[i] = unit;
}

/* The (address, size) pairs of one set of .debug_aranges. */
static void read_pairs(struct cursor *set, uint64_t unit, struct places *places)
{
	unsigned address_size = cursor_take(set, 1);
	unsigned segment_size = cursor_take(set, 1);

	if (address_size != ADDRESS_SIZE || segment_size != 0)
		return;
	/* The first pair is aligned to the size of a pair, counted from the set's start. */
	set->at += -set->at % (2 * ADDRESS_SIZE);
	while (!set->is_past_end) {
		uint64_t start = cursor_take(set, ADDRESS_SIZE);
		uint64_t size = cursor_take(set, ADDRESS_SIZE);

		if (!start && !size)
			break;
		if (!set->is_past_end)
			places_note(places, start, size, unit);
	}
}

static void read_set(struct cursor *set, unsigned width, struct places *places)
{
	unsigned version = cursor_take(set, 2);
	uint64_t unit = cursor_take(set, width);

	if (version == ARANGES_VERSION)
		read_pairs(set, unit, places);
}

struct error *ranges_read_index(const struct dwarf_file *file, struct places *places)
{
	struct elf_image *image = dwarf_file_image(file);
	struct cursor cursor = { .image = image };

	struct error *err = elf_image_section(image, ".debug_aranges", &cursor.bytes);
	if (err)
		return err;
	while (cursor.at < cursor.bytes.size) {
		uint64_t start = cursor.at;
		unsigned width;
		uint64_t length = cursor_take_length(&cursor, &width);
		struct cursor set = { .image = image, .at = cursor.at - start };

		if (cursor.is_past_end)
			break;
		cursor.at += length;
		set.bytes = (struct bytes){ cursor.bytes.data + start, cursor.at - start };
		read_set(&set, width, places);
	}
	return NULL;
}

/* What a unit's range list is read with. */
struct unit {
	struct dwarf_file *file;
	Dwarf_Die die;
	uint64_t header; /* what is noted */
	uint64_t base;	 /* address that offset pairs count from */
	struct bytes addresses;
	uint64_t address_base; /* in .debug_addr */
};

/* Entry @index of the unit's table of addresses; 0 if it has none. */
static uint64_t indexed_address(const struct unit *unit, uint64_t index)
{
	struct cursor cursor = { .image = dwarf_file_image(unit->file), .bytes = unit->addresses };

	if (index > unit->addresses.size / ADDRESS_SIZE)
		return 0;
	cursor.at = unit->address_base + index * ADDRESS_SIZE;
	return cursor_take(&cursor, ADDRESS_SIZE);
}

/* DWARF 4: pairs counted from the base; the largest address selects a new base. */
static void read_ranges(struct cursor *list, struct unit *unit, struct places *places)
{
	while (!list->is_past_end) {
		uint64_t start = cursor_take(list, ADDRESS_SIZE);
		uint64_t end = cursor_take(list, ADDRESS_SIZE);

		if (!start && !end)
			break;
		if (start == UINT64_MAX)
			unit->base = end;
		else if (end > start)
			places_note(places, unit->base + start, end - start, unit->header);
	}
}

/* DWARF 5: false at the end of the list. */
static bool read_rnglist_entry(struct cursor *list, struct unit *unit, uint64_t *start,
			       uint64_t *size)
{
	*start = *size = 0;
	switch (cursor_take(list, 1)) {
	case DW_RLE_base_addressx:
		unit->base = indexed_address(unit, cursor_take_uleb(list));
		return true;
	case DW_RLE_base_address:
		unit->base = cursor_take(list, ADDRESS_SIZE);
		return true;
	case DW_RLE_startx_endx:
		*start = indexed_address(unit, cursor_take_uleb(list));
		*size = indexed_address(unit, cursor_take_uleb(list)) - *start;
		return true;
	case DW_RLE_startx_length:
		*start = indexed_address(unit, cursor_take_uleb(list));
		*size = cursor_take_uleb(list);
		return true;
	case DW_RLE_offset_pair:
		*start = cursor_take_uleb(list);
		*size = cursor_take_uleb(list) - *start;
		*start += unit->base;
		return true;
	case DW_RLE_start_end:
		*start = cursor_take(list, ADDRESS_SIZE);
		*size = cursor_take(list, ADDRESS_SIZE) - *start;
		return true;
	case DW_RLE_start_length:
		*start = cursor_take(list, ADDRESS_SIZE);
		*size = cursor_take_uleb(list);
		return true;
	default: /* the end, or an unknown entry */
		return false;
	}
}

static void read_rnglist(struct cursor *list, struct unit *unit, struct places *places)
{
	uint64_t start, size;

	while (!list->is_past_end && read_rnglist_entry(list, unit, &start, &size))
		if (!list->is_past_end)
			places_note(places, start, size, unit->header);
}

/* Where list @index of the unit begins in .debug_rnglists. */
static uint64_t indexed_list(const struct unit *unit, struct bytes lists, uint64_t index,
			     unsigned width)
{
	struct cursor table = { .image = dwarf_file_image(unit->file), .bytes = lists };
	uint64_t base = 0;

	die_offset_of(unit->file, unit->die, DW_AT_rnglists_base, &base);
	if (base > lists.size || index > lists.size / width)
		return UINT64_MAX;
	table.at = base + index * width;
	return base + cursor_take(&table, width);
}

static struct error *read_list(struct unit *unit, unsigned version, unsigned width,
			       struct places *places)
{
	const char *name = version >= RNGLISTS_VERSION ? ".debug_rnglists" : ".debug_ranges";
	struct elf_image *image = dwarf_file_image(unit->file);
	struct cursor list = { .image = image };
	uint64_t index;

	struct error *err = elf_image_section(image, name, &list.bytes);
	if (err)
		return err;
	if (!die_offset_of(unit->file, unit->die, DW_AT_ranges, &list.at)) {
		if (!die_uint(unit->file, unit->die, DW_AT_ranges, &index))
			return NULL;
		list.at = indexed_list(unit, list.bytes, index, width);
	}
	if (version >= RNGLISTS_VERSION)
		read_rnglist(&list, unit, places);
	else
		read_ranges(&list, unit, places);
	return NULL;
}

/* A unit of one piece: from low to high, which may be given as a size. */
static void read_bounds(struct unit *unit, struct places *places)
{
	uint64_t high;

	if (die_address(unit->file, unit->die, DW_AT_high_pc, &high))
		places_note(places, unit->base, high - unit->base, unit->header);
	else if (die_uint(unit->file, unit->die, DW_AT_high_pc, &high))
		places_note(places, unit->base, high, unit->header);
}

struct error *ranges_read_unit(struct dwarf_file *file, uint64_t header, uint64_t entry,
			       struct places *places)
{
	_cleanup_(die_closep) Dwarf_Die die = die_open(file, entry);
	struct unit unit = { .file = file, .die = die, .header = header };
	Dwarf_Half version = 0, width = 4;

	if (!die || dwarf_get_version_of_die(die, &version, &width) != DW_DLV_OK || width == 0)
		return NULL;
	struct error *err =
		elf_image_section(dwarf_file_image(file), ".debug_addr", &unit.addresses);
	if (err)
		return err;
	die_offset_of(file, die, DW_AT_addr_base, &unit.address_base);
	die_address(file, die, DW_AT_low_pc, &unit.base);
	if (die_has(file, die, DW_AT_ranges))
		return read_list(&unit, version, width, places);
	read_bounds(&unit, places);
	return NULL;
}
