// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one type says in BTF: sizes, members, arrays, enumerators. */
#include "formats/typeinfo/btf_member.h"

#include <stddef.h>
#include <string.h>

#include <bpf/btf.h>

enum {
	ANONYMOUS_MAX = 256, /* aggregates that one search visits */
	CHAIN_MAX = 64,	     /* of typedefs and qualifiers */
	BITS_PER_BYTE = 8,
};

/* @offset counts from the start of the outermost type. */
struct member {
	uint32_t type;
	uint64_t offset;
};

/* Aggregates to visit, in the order found, each type once. */
struct queue {
	struct member entries[ANONYMOUS_MAX];
	unsigned count;
};

const struct btf_type *btf_plain(const struct btf *btf, uint32_t type)
{
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		const struct btf_type *found = btf__type_by_id(btf, type);

		if (!found || !(btf_is_mod(found) || btf_is_typedef(found)))
			return found;
		type = found->type;
	}
	return NULL;
}

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	return btf__name_by_offset(btf, offset) ?: "";
}

bool btf_size(const struct btf *btf, uint32_t type, uint64_t *ret)
{
	const struct btf_type *plain = btf_plain(btf, type);
	int64_t size = -1;

	if (plain && !btf_is_fwd(plain) && !btf_is_func_proto(plain))
		size = btf__resolve_size(btf, type);
	if (size < 0)
		return false;
	*ret = size;
	return true;
}

/* In bytes. A bit field: the whole unit of its declared type that its first bit lies in. */
static uint64_t offset_in(const struct btf *btf, const struct btf_type *aggregate, uint32_t index)
{
	uint32_t bit = btf_member_bit_offset(aggregate, index);
	uint64_t byte = bit / BITS_PER_BYTE, size;
	bool is_bit_field =
		btf_member_bitfield_size(aggregate, index) > 0 || bit % BITS_PER_BYTE != 0;

	if (is_bit_field && btf_size(btf, btf_members(aggregate)[index].type, &size) && size > 0)
		return byte - byte % size;
	return byte;
}

static void queue_add(struct queue *queue, uint32_t type, uint64_t offset)
{
	for (unsigned i = 0; i < queue->count; i++)
		if (queue->entries[i].type == type)
			return;
	if (queue->count < ANONYMOUS_MAX)
		queue->entries[queue->count++] = (struct member){ type, offset };
}

static bool search_members(const struct btf *btf, const struct member *in, const char *name,
			   size_t len, struct queue *queue, struct member *ret)
{
	const struct btf_type *aggregate = btf_plain(btf, in->type);

	if (!aggregate || !btf_is_composite(aggregate))
		return false;
	const struct btf_member *members = btf_members(aggregate);
	for (uint32_t i = 0; i < btf_vlen(aggregate); i++) {
		const char *found = name_at(btf, members[i].name_off);

		if (!*found) {
			queue_add(queue, members[i].type,
				  in->offset + offset_in(btf, aggregate, i));
		} else if (strncmp(found, name, len) == 0 && found[len] == '\0') {
			*ret = (struct member){ members[i].type,
						in->offset + offset_in(btf, aggregate, i) };
			return true;
		}
	}
	return false;
}

static bool find_member(const struct btf *btf, const struct member *in, const char *name,
			size_t len, struct member *ret)
{
	struct queue queue = { .count = 0 };

	if (len == 0)
		return false;
	queue_add(&queue, in->type, in->offset);
	for (unsigned i = 0; i < queue.count; i++)
		if (search_members(btf, &queue.entries[i], name, len, &queue, ret))
			return true;
	return false;
}

static bool find_path(const struct btf *btf, uint32_t type, const char *path, struct member *ret)
{
	struct member at = { type, 0 };

	for (;;) {
		size_t len = strcspn(path, ".");
		struct member next;

		if (!find_member(btf, &at, path, len, &next))
			return false;
		at = next;
		if (path[len] == '\0')
			break;
		path += len + 1;
	}
	*ret = at;
	return true;
}

bool btf_member_offset(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret)
{
	struct member member;

	if (!find_path(btf, type, path, &member))
		return false;
	*ret = member.offset;
	return true;
}

/* An array without a length has no size either: a flexible one. */
bool btf_member_size(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret)
{
	struct member member;
	uint64_t size;

	if (!find_path(btf, type, path, &member) || !btf_size(btf, member.type, &size))
		return false;
	const struct btf_type *plain = btf_plain(btf, member.type);
	if (size == 0 && btf_is_array(plain))
		return false;
	*ret = size;
	return true;
}

bool btf_member_length(const struct btf *btf, uint32_t type, const char *path, uint64_t *ret)
{
	struct member member;

	if (!find_path(btf, type, path, &member))
		return false;
	const struct btf_type *array = btf_plain(btf, member.type);
	if (!array || !btf_is_array(array) || btf_array(array)->nelems == 0)
		return false;
	*ret = btf_array(array)->nelems;
	return true;
}

uint32_t btf_enumerators(const struct btf_type *type)
{
	return btf_is_any_enum(type) ? btf_vlen(type) : 0;
}

const char *btf_enumerator_at(const struct btf *btf, const struct btf_type *type, uint32_t index,
			      uint64_t *value_ret)
{
	if (btf_is_enum64(type)) {
		const struct btf_enum64 *found = &btf_enum64(type)[index];

		*value_ret = btf_enum64_value(found);
		return name_at(btf, found->name_off);
	}
	const struct btf_enum *found = &btf_enum(type)[index];
	*value_ret = btf_kflag(type) ? (uint64_t)(int64_t)found->val : (uint32_t)found->val;
	return name_at(btf, found->name_off);
}

bool btf_enumerator(const struct btf *btf, uint32_t type, const char *name, uint64_t *ret)
{
	const struct btf_type *plain = btf_plain(btf, type);
	uint32_t count = plain ? btf_enumerators(plain) : 0;

	for (uint32_t i = 0; i < count; i++)
		if (strcmp(btf_enumerator_at(btf, plain, i, ret), name) == 0)
			return true;
	return false;
}
