// SPDX-License-Identifier: LGPL-2.1-or-later
/* Answers about a kernel's types and symbols written as a profile: JSON for people and for us. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "formats/typeinfo/profile.h"
#include "include/error.h"

/* Text from outside: a path need not be UTF-8, which JSON must be. NULL stays null. */
static json_t *text_json(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	if (json)
		return json;

	_cleanup_free_ char *ascii = strdup(text);
	for (char *c = ascii; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return ascii ? json_string(ascii) : NULL;
}

static json_t *hex_json(uint64_t value)
{
	char hex[2 + 16 + 1];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, value);
	return json_string(hex);
}

/* Addresses are for people, and beyond what JSON's integers surely hold. */
static json_t *value_json(enum type_query_kind kind, uint64_t value)
{
	if (kind == TYPE_SYMBOL || (kind != TYPE_ENUMERATOR && value > INT64_MAX))
		return hex_json(value);
	return json_integer((int64_t)value);
}

static json_t *kernel_json(const struct typeinfo *ti)
{
	return json_pack("{so so so}", "release", text_json(ti->release), "build_id",
			 text_json(ti->build_id), "machine", text_json(ti->machine));
}

/* The object at @path, made where it is missing; borrowed from @root, NULL without memory. */
static json_t *descend(json_t *root, const struct profile_path *path)
{
	json_t *at = root;

	for (unsigned i = 0; at && i < path->depth; i++) {
		json_t *next = json_object_get(at, path->keys[i]);

		if (!next && json_object_set_new(at, path->keys[i], json_object()) == 0)
			next = json_object_get(at, path->keys[i]);
		at = next;
	}
	return at;
}

/* The index of @source among @sources, added if it is new; negative without memory. */
static long source_index(json_t *sources, const char *source)
{
	_cleanup_(json_decrefp) json_t *text = text_json(source ?: "unknown");
	size_t count = json_array_size(sources);

	if (!text)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (json_equal(json_array_get(sources, i), text))
			return i;
	return json_array_append(sources, text) == 0 ? (long)count : -1;
}

static bool add_answer(json_t *root, json_t *sources, const struct type_query *query,
		       const struct type_answer *answer)
{
	struct profile_path path;

	if (!answer->found || !profile_path(query, &path))
		return true;
	long source = source_index(sources, answer->source);
	json_t *holder = source >= 0 ? descend(root, &path) : NULL;

	return holder &&
	       json_object_set_new(holder, path.value_key,
				   value_json(query->kind, answer->value)) == 0 &&
	       json_object_set_new(holder, "source", json_integer(source)) == 0;
}

static json_t *profile_json(const struct typeinfo *ti, const struct type_query *queries,
			    const struct type_answer *answers, size_t count)
{
	_cleanup_(json_decrefp) json_t *root =
		json_pack("{ss si so s[]}", "schema", PROFILE_SCHEMA, "schema_version",
			  PROFILE_VERSION, "kernel", kernel_json(ti), "sources");
	if (!root || (ti->origin && json_object_set_new(root, "origin", text_json(ti->origin)) < 0))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!add_answer(root, json_object_get(root, "sources"), &queries[i], &answers[i]))
			return NULL;
	return take_ptr(root);
}

struct error *typeinfo_profile_text(const struct typeinfo *ti, const struct type_query *queries,
				    const struct type_answer *answers, size_t count, char **ret)
{
	_cleanup_(json_decrefp) json_t *root = profile_json(ti, queries, answers, count);
	_cleanup_free_ char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	char *line;

	if (!text || asprintf(&line, "%s\n", text) < 0)
		return error_nomem();
	*ret = line;
	return NULL;
}
