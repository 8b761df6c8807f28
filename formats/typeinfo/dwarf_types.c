// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions about types answered from DWARF: which units to read, which entries to take. */
#include "formats/typeinfo/dwarf_types.h"

#include <string.h>

#include "formats/typeinfo/dwarf_member.h"
#include "formats/typeinfo/dwarf_units.h"
#include "include/error.h"

enum {
	UNITS_MAX = 4096,    /* that near addresses and imports may lead to */
	INLINE_NAME_MAX = 7, /* longer names are in .debug_str: a reference takes 4 or 8 bytes */
};

struct wanted {
	const char *name;
	bool is_final; /* defined, or known to be nowhere */
};

struct search {
	struct dwarf_file *whole;
	struct dwarf_file *file; /* what is being read: @whole, or one unit of it */
	const struct type_query *queries;
	struct type_answer *answers;
	size_t count;
	const char *source;

	struct wanted *types; /* sorted by name */
	size_t type_count;
	size_t types_left;	 /* not final */
	size_t enumerators_left; /* of no named enum */
	struct units units;	 /* to read, in order */
	bool needs_whole;	 /* a unit that was read alone lacks something */
};

static bool query_is_type(const struct type_query *query)
{
	return query->kind != TYPE_SYMBOL && query->type;
}

static bool query_is_loose_enumerator(const struct type_query *query)
{
	return query->kind == TYPE_ENUMERATOR && !query->type;
}

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void wanted_unique(struct search *search)
{
	size_t kept = 0;

	for (size_t i = 0; i < search->type_count; i++)
		if (kept == 0 || wanted_compare(&search->types[kept - 1], &search->types[i]) != 0)
			search->types[kept++] = search->types[i];
	search->type_count = search->types_left = kept;
}

/* What the questions without an answer want. */
static void list_wanted(struct search *search)
{
	search->type_count = search->enumerators_left = 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct type_query *query = &search->queries[i];

		if (search->answers[i].found)
			continue;
		if (query_is_type(query))
			search->types[search->type_count++] = (struct wanted){ query->type, false };
		else if (query_is_loose_enumerator(query))
			search->enumerators_left++;
	}
	qsort(search->types, search->type_count, sizeof(*search->types), wanted_compare);
	wanted_unique(search);
}

static struct error *search_init(struct search *search)
{
	search->types = calloc(search->count + 1, sizeof(*search->types));
	if (!search->types)
		return error_nomem();
	list_wanted(search);
	return NULL;
}

static void search_deinit(struct search *search)
{
	units_deinit(&search->units);
	free(search->types);
}

static struct wanted *wanted_find(const struct search *search, const char *name)
{
	struct wanted key = { .name = name };

	return bsearch(&key, search->types, search->type_count, sizeof(key), wanted_compare);
}

static void make_final(struct search *search, struct wanted *wanted)
{
	wanted->is_final = true;
	search->types_left--;
}

static bool query_value(struct dwarf_file *file, Dwarf_Die type, const struct type_query *query,
			uint64_t *ret)
{
	switch (query->kind) {
	case TYPE_SIZE:
		return type_size(file, type, ret);
	case TYPE_MEMBER_OFFSET:
		return type_member_offset(file, type, query->name, ret);
	case TYPE_MEMBER_SIZE:
		return type_member_size(file, type, query->name, ret);
	case TYPE_MEMBER_LENGTH:
		return type_member_length(file, type, query->name, ret);
	case TYPE_ENUMERATOR:
		return type_enumerator(file, type, query->name, ret);
	case TYPE_SYMBOL:
		break;
	}
	return false;
}

static void answer_query(struct search *search, size_t index, Dwarf_Die type)
{
	struct type_answer *answer = &search->answers[index];
	uint64_t value;

	if (answer->found || !query_value(search->file, type, &search->queries[index], &value))
		return;
	*answer = (struct type_answer){ true, value, search->source };
}

static void answer_type(struct search *search, const char *name, Dwarf_Die type)
{
	for (size_t i = 0; i < search->count; i++)
		if (query_is_type(&search->queries[i]) &&
		    strcmp(search->queries[i].type, name) == 0)
			answer_query(search, i, type);
}

static void look_at_type(struct search *search, Dwarf_Die die, unsigned tag)
{
	const char *name = die_name(search->file, die);
	struct wanted *wanted = name ? wanted_find(search, name) : NULL;

	if (!wanted || wanted->is_final)
		return;
	_cleanup_(die_closep) Dwarf_Die target = NULL;
	if (tag == DW_TAG_typedef)
		target = type_open(search->file, die);
	Dwarf_Die type = target ?: die;
	if (die_has(search->file, type, DW_AT_declaration) ||
	    !die_has(search->file, type, DW_AT_byte_size))
		return;
	answer_type(search, wanted->name, type);
	make_final(search, wanted);
}

static void look_at_enum(struct search *search, Dwarf_Die die)
{
	if (search->enumerators_left == 0)
		return;
	for (size_t i = 0; i < search->count; i++) {
		if (!query_is_loose_enumerator(&search->queries[i]) || search->answers[i].found)
			continue;
		answer_query(search, i, die);
		search->enumerators_left -= search->answers[i].found;
	}
}

static struct error *look_at_import(struct search *search, Dwarf_Die die)
{
	uint64_t unit;

	if (search->file != search->whole) {
		search->needs_whole = true;
		return NULL;
	}
	if (search->units.count >= UNITS_MAX ||
	    !die_offset_of(search->file, die, DW_AT_import, &unit))
		return NULL;
	return units_add(&search->units, (struct unit_place){ .die = unit });
}

static struct error *look_at(struct search *search, Dwarf_Die die)
{
	unsigned tag = die_tag(search->file, die);

	switch (tag) {
	case DW_TAG_enumeration_type:
		look_at_enum(search, die);
		look_at_type(search, die, tag);
		return NULL;
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_class_type:
	case DW_TAG_typedef:
		look_at_type(search, die, tag);
		return NULL;
	case DW_TAG_imported_unit:
		return look_at_import(search, die);
	default:
		return NULL;
	}
}

static bool search_is_done(const struct search *search)
{
	return search->types_left == 0 && search->enumerators_left == 0;
}

static struct error *walk_unit(struct search *search, uint64_t offset)
{
	_cleanup_(die_closep) Dwarf_Die unit = die_open(search->file, offset);
	_cleanup_(die_closep) Dwarf_Die child = unit ? die_child(search->file, unit) : NULL;
	struct error *err = NULL;

	for (; !err && child && !search_is_done(search); child = die_next(search->file, child))
		err = look_at(search, child);
	return err ? err : dwarf_file_failure(search->file);
}

/*
 * Without libdwarf reading all units before it. Whatever is strange in a unit alone, the
 * whole file has the answer, or the failure.
 */
static void walk_unit_alone(struct search *search, const struct unit_place *place)
{
	_cleanup_(dwarf_file_closep) struct dwarf_file *alone = NULL;
	struct error *err = dwarf_file_open_unit(search->whole, place->start, place->end, &alone);

	if (!err) {
		search->file = alone;
		err = walk_unit(search, place->die - place->start);
		search->file = search->whole;
	}
	if (err || dwarf_file_lacks_more(alone))
		search->needs_whole = true;
	error_destroy(err);
}

static void walk_units_alone(struct search *search)
{
	for (size_t i = 0; i < search->units.count && !search_is_done(search); i++) {
		walk_unit_alone(search, &search->units.places[i]);
		if (search->needs_whole)
			return;
	}
}

/* Grows while it runs: units import others. */
static struct error *walk_units(struct search *search)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < search->units.count && !search_is_done(search); i++)
		err = walk_unit(search, search->units.places[i].die);
	return err;
}

/* Each alone; if that does not do, all again, and what was found so far does not count. */
static struct error *walk_near(struct search *search)
{
	if (search_is_done(search))
		return NULL;
	_cleanup_free_ struct type_answer *before = calloc(search->count + 1, sizeof(*before));
	if (!before)
		return error_nomem();

	memcpy(before, search->answers, search->count * sizeof(*before));
	walk_units_alone(search);
	if (!search->needs_whole)
		return NULL;
	memcpy(search->answers, before, search->count * sizeof(*before));
	list_wanted(search);
	return walk_units(search);
}

/* False only if nothing in the file can have this name. */
static bool name_may_exist(struct bytes strings, const char *name)
{
	size_t len = strlen(name);

	return len <= INLINE_NAME_MAX || !strings.data ||
	       memmem(strings.data, strings.size, name, len + 1);
}

static struct error *give_up_hopeless(struct search *search)
{
	struct bytes strings;
	struct error *err =
		elf_image_section(dwarf_file_image(search->file), ".debug_str", &strings);

	if (err)
		return err;
	for (size_t i = 0; i < search->type_count; i++) {
		struct wanted *wanted = &search->types[i];

		if (!wanted->is_final && !name_may_exist(strings, wanted->name))
			make_final(search, wanted);
	}
	return NULL;
}

/*
 * For types that no near unit defines: a whole kernel takes about half a
 * second, so it is worth it only for names that exist at all.
 */
static struct error *walk_all(struct search *search)
{
	struct unit_place unit = { 0 };

	if (search->units.count > 0)
		search->enumerators_left = 0;
	struct error *err = give_up_hopeless(search);
	while (!err && !search_is_done(search) && unit_at(search->file, unit.end, &unit))
		if (!units_have(&search->units, unit.die))
			err = walk_unit(search, unit.die);
	return err;
}

/* Assembly has no types and stays whole: that units are split shows where nothing is found. */
static struct error *check_split(const struct search *search)
{
	size_t asked = 0;

	for (size_t i = 0; i < search->count; i++) {
		if (search->queries[i].kind == TYPE_SYMBOL)
			continue;
		if (search->answers[i].found)
			return NULL;
		asked++;
	}
	if (asked == 0 || !units_are_split(search->whole))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' has no types: its debug information was split off into .dwo files "
			 "(CONFIG_DEBUG_INFO_SPLIT); give the vmlinux of a build without that, or "
			 "the kernel's BTF with --btf",
			 dwarf_file_image(search->whole)->path);
}

struct error *dwarf_types_resolve(struct dwarf_file *file, const struct type_query *queries,
				  size_t count, const uint64_t *near, size_t near_count,
				  const char *source, struct type_answer *answers)
{
	_cleanup_(search_deinit) struct search search = {
		.whole = file,
		.file = file,
		.queries = queries,
		.answers = answers,
		.count = count,
		.source = source,
	};

	struct error *err = search_init(&search);
	if (!err)
		err = units_add_at(file, near, near_count, &search.units);
	if (!err)
		err = walk_near(&search);
	if (!err && !search_is_done(&search))
		err = walk_all(&search);
	return err ? err : check_split(&search);
}
