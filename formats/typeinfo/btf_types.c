// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions about types answered from BTF, in one pass over it. */
#include "formats/typeinfo/btf_types.h"

#include <string.h>

#include <bpf/btf.h>

#include "formats/typeinfo/btf_member.h"
#include "formats/typeinfo/name_filter.h"
#include "include/error.h"

/* Better ones later. */
enum rank { RANK_NONE, RANK_TYPEDEF, RANK_TAGGED };

/* A name of a type, or of an enumerator of any enum. */
struct wanted {
	const char *name;
	enum rank rank;
	uint32_t type;
	uint64_t value; /* of the enumerator */
};

/* Sorted by name, each once. */
struct names {
	struct wanted *wanted;
	size_t count;
	struct name_filter filter;
};

struct search {
	const struct btf *btf;
	struct names types, enumerators;
};

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static const char *wanted_type(const struct type_query *query)
{
	return query->kind == TYPE_SYMBOL ? NULL : query->type;
}

static const char *wanted_enumerator(const struct type_query *query)
{
	return query->kind == TYPE_ENUMERATOR && !query->type ? query->name : NULL;
}

static void names_unique(struct names *names)
{
	size_t kept = 0;

	qsort(names->wanted, names->count, sizeof(*names->wanted), wanted_compare);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || wanted_compare(&names->wanted[kept - 1], &names->wanted[i]) != 0)
			names->wanted[kept++] = names->wanted[i];
	names->count = kept;
}

static struct error *names_init(struct names *names, const struct type_query *queries, size_t count,
				const char *(*name_of)(const struct type_query *))
{
	names->wanted = calloc(count + 1, sizeof(*names->wanted));
	if (!names->wanted)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		const char *name = name_of(&queries[i]);

		if (!name)
			continue;
		names->wanted[names->count++].name = name;
		name_filter_add(&names->filter, name);
	}
	names_unique(names);
	return NULL;
}

static struct wanted *names_find(const struct names *names, const char *name)
{
	struct wanted key = { .name = name };

	if (!name_filter_passes(&names->filter, name))
		return NULL;
	return bsearch(&key, names->wanted, names->count, sizeof(key), wanted_compare);
}

static enum rank rank_of(const struct btf *btf, uint32_t id, const struct btf_type *type)
{
	if (btf_is_composite(type))
		return RANK_TAGGED;
	/* An enum without enumerators is a declaration. */
	if (btf_is_any_enum(type))
		return btf_vlen(type) > 0 ? RANK_TAGGED : RANK_NONE;
	if (!btf_is_typedef(type))
		return RANK_NONE;
	const struct btf_type *plain = btf_plain(btf, id);
	return plain && !btf_is_fwd(plain) ? RANK_TYPEDEF : RANK_NONE;
}

static void look_at_name(struct search *search, uint32_t id, const struct btf_type *type)
{
	if (!btf_is_composite(type) && !btf_is_any_enum(type) && !btf_is_typedef(type))
		return;
	const char *name = btf__name_by_offset(search->btf, type->name_off);
	struct wanted *wanted = name ? names_find(&search->types, name) : NULL;
	if (!wanted)
		return;
	enum rank rank = rank_of(search->btf, id, type);
	if (rank > wanted->rank) {
		wanted->rank = rank;
		wanted->type = id;
	}
}

static void look_at_enumerators(struct search *search, const struct btf_type *type)
{
	for (uint32_t i = 0; i < btf_enumerators(type); i++) {
		uint64_t value;
		const char *name = btf_enumerator_at(search->btf, type, i, &value);
		struct wanted *wanted = names_find(&search->enumerators, name);

		if (wanted && wanted->rank == RANK_NONE) {
			wanted->rank = RANK_TAGGED;
			wanted->value = value;
		}
	}
}

static void walk(struct search *search)
{
	uint32_t count = btf__type_cnt(search->btf);

	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *type = btf__type_by_id(search->btf, id);

		look_at_name(search, id, type);
		look_at_enumerators(search, type);
	}
}

static bool value_of(const struct btf *btf, uint32_t type, const struct type_query *query,
		     uint64_t *ret)
{
	switch (query->kind) {
	case TYPE_SIZE:
		return btf_size(btf, type, ret);
	case TYPE_MEMBER_OFFSET:
		return btf_member_offset(btf, type, query->name, ret);
	case TYPE_MEMBER_SIZE:
		return btf_member_size(btf, type, query->name, ret);
	case TYPE_MEMBER_LENGTH:
		return btf_member_length(btf, type, query->name, ret);
	case TYPE_ENUMERATOR:
		return btf_enumerator(btf, type, query->name, ret);
	case TYPE_SYMBOL:
		break;
	}
	return false;
}

static bool answer(const struct search *search, const struct type_query *query, uint64_t *ret)
{
	const struct wanted *wanted;

	if (wanted_type(query)) {
		wanted = names_find(&search->types, query->type);
		return wanted && wanted->rank > RANK_NONE &&
		       value_of(search->btf, wanted->type, query, ret);
	}
	if (!wanted_enumerator(query))
		return false;
	wanted = names_find(&search->enumerators, query->name);
	if (!wanted || wanted->rank == RANK_NONE)
		return false;
	*ret = wanted->value;
	return true;
}

static void search_deinit(struct search *search)
{
	free(search->types.wanted);
	free(search->enumerators.wanted);
}

struct error *btf_types_resolve(const struct btf *btf, const struct type_query *queries,
				size_t count, const char *source, struct type_answer *answers)
{
	_cleanup_(search_deinit) struct search search = { .btf = btf };

	struct error *err = names_init(&search.types, queries, count, wanted_type);
	if (!err)
		err = names_init(&search.enumerators, queries, count, wanted_enumerator);
	if (err)
		return err;
	walk(&search);
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		if (answer(&search, &queries[i], &value))
			answers[i] = (struct type_answer){ true, value, source };
	}
	return NULL;
}
