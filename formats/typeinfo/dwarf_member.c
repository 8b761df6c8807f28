// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one type's DWARF entry says: sizes, members, arrays, enumerators. */
#include "formats/typeinfo/dwarf_member.h"

#include <string.h>

#include "include/error.h"

enum {
	NESTING_MAX = 16, /* of anonymous members */
	CHAIN_MAX = 64,	  /* of typedefs, qualifiers, arrays of arrays */
	POINTER_SIZE = 8, /* of the 64-bit kernels that we take */
	BITS_PER_BYTE = 8,
};

/* @offset counts from the start of the outermost type. */
struct member {
	Dwarf_Die die;
	uint64_t offset;
};

bool tag_is_aggregate(unsigned tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_class_type;
}

static bool tag_is_alias(unsigned tag)
{
	switch (tag) {
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		return true;
	default:
		return false;
	}
}

Dwarf_Die type_open(struct dwarf_file *file, Dwarf_Die die)
{
	Dwarf_Die type = die_follow(file, die, DW_AT_type);

	for (unsigned i = 0; type && i < CHAIN_MAX; i++) {
		if (!tag_is_alias(die_tag(file, type)))
			return type;
		Dwarf_Die next = die_follow(file, type, DW_AT_type);
		die_close(type);
		type = next;
	}
	die_close(type);
	return NULL;
}

/* A flexible array has no count; neither has one whose bound is an expression. */
static bool subrange_count(struct dwarf_file *file, Dwarf_Die subrange, uint64_t *ret)
{
	uint64_t last;

	if (die_uint(file, subrange, DW_AT_count, ret))
		return *ret > 0;
	return die_uint(file, subrange, DW_AT_upper_bound, &last) &&
	       !__builtin_add_overflow(last, 1, ret);
}

/* The product of an array's first @dimensions lengths. */
static bool array_count(struct dwarf_file *file, Dwarf_Die array, unsigned dimensions,
			uint64_t *ret)
{
	_cleanup_(die_closep) Dwarf_Die child = die_child(file, array);
	bool is_known = false;
	uint64_t product = 1, count;

	for (; child && dimensions > 0; child = die_next(file, child)) {
		if (die_tag(file, child) != DW_TAG_subrange_type)
			continue;
		is_known = subrange_count(file, child, &count) &&
			   !__builtin_mul_overflow(product, count, &product);
		if (!is_known)
			return false;
		dimensions--;
	}
	*ret = product;
	return is_known;
}

/* One step towards the size of *@type: done if it has one; else *times counts what it repeats. */
static bool size_step(struct dwarf_file *file, Dwarf_Die type, uint64_t *times, uint64_t *size)
{
	unsigned tag = die_tag(file, type);
	uint64_t count;

	*size = 0;
	if (die_uint(file, type, DW_AT_byte_size, size))
		return true;
	if (tag == DW_TAG_pointer_type) {
		*size = POINTER_SIZE;
		return true;
	}
	if (tag == DW_TAG_array_type && (!array_count(file, type, CHAIN_MAX, &count) ||
					 __builtin_mul_overflow(*times, count, times)))
		*times = 0;
	return false;
}

bool type_size(struct dwarf_file *file, Dwarf_Die type, uint64_t *ret)
{
	_cleanup_(die_closep) Dwarf_Die owned = NULL;
	uint64_t times = 1, size;

	for (unsigned i = 0; type && times && i < CHAIN_MAX; i++) {
		if (size_step(file, type, &times, &size))
			return !__builtin_mul_overflow(size, times, ret);
		Dwarf_Die next = die_follow(file, type, DW_AT_type);
		die_close(owned);
		type = owned = next;
	}
	return false;
}

/* The whole unit of a bit field's declared type that its first bit lies in. */
static uint64_t bit_field_offset(struct dwarf_file *file, Dwarf_Die die, uint64_t bit)
{
	_cleanup_(die_closep) Dwarf_Die type = type_open(file, die);
	uint64_t byte = bit / BITS_PER_BYTE, size;

	if (type && type_size(file, type, &size) && size > 0)
		return byte - byte % size;
	return byte;
}

/* From the start of the aggregate that has it; members of a union have no offset: 0. */
static uint64_t member_offset(struct dwarf_file *file, Dwarf_Die die)
{
	uint64_t offset = 0, bit;

	if (die_location(file, die, &offset))
		return offset;
	if (die_uint(file, die, DW_AT_data_bit_offset, &bit))
		return bit_field_offset(file, die, bit);
	return 0;
}

/* The members from @next on of an aggregate that begins at @base. */
struct level {
	Dwarf_Die next;
	uint64_t base;
};

struct levels {
	struct level stack[NESTING_MAX];
	unsigned depth;
};

static void levels_deinit(struct levels *levels)
{
	while (levels->depth > 0)
		die_close(levels->stack[--levels->depth].next);
}

static void levels_push(struct dwarf_file *file, struct levels *levels, Dwarf_Die aggregate,
			uint64_t base)
{
	if (levels->depth < NESTING_MAX)
		levels->stack[levels->depth++] = (struct level){ die_child(file, aggregate), base };
}

/* Goes on to the next member, first into @die's own members if it is an anonymous aggregate. */
static void levels_advance(struct dwarf_file *file, struct levels *levels, bool is_anonymous)
{
	struct level *top = &levels->stack[levels->depth - 1];
	_cleanup_(die_closep) Dwarf_Die inner = NULL;
	uint64_t base = top->base;

	if (is_anonymous) {
		inner = type_open(file, top->next);
		base += member_offset(file, top->next);
	}
	top->next = die_next(file, top->next);
	if (inner && tag_is_aggregate(die_tag(file, inner)))
		levels_push(file, levels, inner, base);
}

/* On success the caller closes ret->die. */
static bool member_find(struct dwarf_file *file, Dwarf_Die aggregate, const char *name, size_t len,
			struct member *ret)
{
	_cleanup_(levels_deinit) struct levels levels = { .depth = 0 };

	levels_push(file, &levels, aggregate, 0);
	while (levels.depth > 0) {
		struct level *top = &levels.stack[levels.depth - 1];
		if (!top->next) {
			levels.depth--;
			continue;
		}
		bool is_member = die_tag(file, top->next) == DW_TAG_member;
		const char *found = is_member ? die_name(file, top->next) : NULL;
		if (found && strncmp(found, name, len) == 0 && found[len] == '\0') {
			ret->offset = top->base + member_offset(file, top->next);
			ret->die = take_ptr(top->next);
			return true;
		}
		levels_advance(file, &levels, is_member && !found);
	}
	return false;
}

/* As member_find(), through members of members. */
static bool member_find_path(struct dwarf_file *file, Dwarf_Die type, const char *path,
			     struct member *ret)
{
	_cleanup_(die_closep) Dwarf_Die aggregate = NULL;
	uint64_t base = 0;

	for (;;) {
		size_t len = strcspn(path, ".");
		struct member member;

		if (!member_find(file, aggregate ?: type, path, len, &member))
			return false;
		member.offset += base;
		if (path[len] == '\0') {
			*ret = member;
			return true;
		}
		die_close(aggregate);
		aggregate = type_open(file, member.die);
		die_close(member.die);
		if (!aggregate)
			return false;
		base = member.offset;
		path += len + 1;
	}
}

bool type_member_offset(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret)
{
	struct member member;

	if (!member_find_path(file, type, path, &member))
		return false;
	die_close(member.die);
	*ret = member.offset;
	return true;
}

/* The type of the member at @path; owned, or NULL. */
static Dwarf_Die member_type_open(struct dwarf_file *file, Dwarf_Die type, const char *path)
{
	struct member member;

	if (!member_find_path(file, type, path, &member))
		return NULL;
	Dwarf_Die found = type_open(file, member.die);
	die_close(member.die);
	return found;
}

bool type_member_size(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret)
{
	_cleanup_(die_closep) Dwarf_Die found = member_type_open(file, type, path);

	return found && type_size(file, found, ret);
}

bool type_member_length(struct dwarf_file *file, Dwarf_Die type, const char *path, uint64_t *ret)
{
	_cleanup_(die_closep) Dwarf_Die found = member_type_open(file, type, path);

	return found && die_tag(file, found) == DW_TAG_array_type &&
	       array_count(file, found, 1, ret);
}

bool type_enumerator(struct dwarf_file *file, Dwarf_Die type, const char *name, uint64_t *ret)
{
	_cleanup_(die_closep) Dwarf_Die child = die_child(file, type);

	for (; child; child = die_next(file, child)) {
		if (die_tag(file, child) != DW_TAG_enumerator)
			continue;
		const char *found = die_name(file, child);
		if (found && strcmp(found, name) == 0)
			return die_uint(file, child, DW_AT_const_value, ret);
	}
	return false;
}
