// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols from a profile that was saved before: JSON, checked whole when opened. */
#include "formats/typeinfo/profile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "formats/whole_file.h"
#include "include/array.h"
#include "include/error.h"
#include "include/plain_text.h"

enum {
	FILE_SIZE_MAX = 16 << 20, /* bytes: a profile has some tens of kilobytes */
	SOURCES_MAX = 1024,
	WHERE_MAX = 256,
};

struct profile {
	struct typeinfo base;
	json_t *root;
	char **sources; /* what answers came from when the profile was made */
	char *origin;
	size_t source_count;
};

/* One line, whatever the file says: other characters become '?'. */
__attribute__((format(printf, 3, 4))) static struct error *
refuse(const struct profile *profile, enum error_code code, const char *fmt, ...)
{
	char reason[2 * WHERE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	text_make_plain(reason, sizeof(reason));
	return error_new(code, "profile '%s': %s", profile->base.path, reason);
}

/* A whole number, or a string "0x..." for what is too large for one. */
static bool json_value(const json_t *json, bool may_be_negative, uint64_t *ret)
{
	if (json_is_integer(json)) {
		*ret = json_integer_value(json);
		return may_be_negative || json_integer_value(json) >= 0;
	}

	const char *text = json_string_value(json), *digits = "0123456789abcdefABCDEF";
	size_t len = text ? strlen(text) : 0;
	if (len < 3 || len > 2 + 16 || strncmp(text, "0x", 2) != 0 ||
	    strspn(text + 2, digits) != len - 2)
		return false;
	*ret = strtoull(text, NULL, 16);
	return true;
}

/* The keys of an object that hold values. */
static const char *const size_keys[] = { "size", NULL };
static const char *const member_keys[] = { "offset", "size", "length", NULL };
static const char *const enumerator_keys[] = { "value", NULL };
static const char *const symbol_keys[] = { "address", NULL };

static struct error *check_source(const struct profile *profile, json_t *holder, const char *where)
{
	json_t *source = json_object_get(holder, "source");

	if (!source)
		return NULL;
	if (json_is_integer(source) && json_integer_value(source) >= 0 &&
	    (size_t)json_integer_value(source) < profile->source_count)
		return NULL;
	return refuse(profile, ERROR_CORRUPT, "%s.source: not an index of \"sources\"", where);
}

static struct error *check_holder(const struct profile *profile, json_t *holder,
				  const char *const *keys, const char *where)
{
	if (!json_is_object(holder))
		return refuse(profile, ERROR_CORRUPT, "%s: must be an object", where);
	for (; *keys; keys++) {
		const json_t *json = json_object_get(holder, *keys);
		uint64_t ignored;

		if (json && !json_value(json, keys == enumerator_keys, &ignored))
			return refuse(profile, ERROR_CORRUPT,
				      "%s.%s: must be a number or a string \"0x...\"", where,
				      *keys);
	}
	return check_source(profile, holder, where);
}

/* All of an object's values are holders of @keys. */
static struct error *check_holders(const struct profile *profile, json_t *holders,
				   const char *const *keys, const char *where)
{
	char inner[2 * WHERE_MAX];
	const char *name;
	json_t *holder;

	if (!json_is_object(holders))
		return refuse(profile, ERROR_CORRUPT, "%s: must be an object", where);
	json_object_foreach(holders, name, holder)
	{
		snprintf(inner, sizeof(inner), "%.*s.%.*s", WHERE_MAX, where, WHERE_MAX / 2, name);
		struct error *err = check_holder(profile, holder, keys, inner);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *check_struct(const struct profile *profile, json_t *type, const char *where)
{
	char inner[2 * WHERE_MAX];
	json_t *members = json_object_get(type, "members");

	struct error *err = check_holder(profile, type, size_keys, where);
	if (err || !members)
		return err;
	snprintf(inner, sizeof(inner), "%.*s.members", WHERE_MAX, where);
	return check_holders(profile, members, member_keys, inner);
}

static struct error *check_enum(const struct profile *profile, json_t *type, const char *where)
{
	return check_holders(profile, type, enumerator_keys, where);
}

static struct error *check_enumerator(const struct profile *profile, json_t *holder,
				      const char *where)
{
	return check_holder(profile, holder, enumerator_keys, where);
}

static struct error *check_symbol(const struct profile *profile, json_t *holder, const char *where)
{
	return check_holder(profile, holder, symbol_keys, where);
}

static const struct group {
	const char *key;
	struct error *(*check)(const struct profile *profile, json_t *entry, const char *where);
} groups[] = {
	{ "structs", check_struct },
	{ "enums", check_enum },
	{ "enumerators", check_enumerator },
	{ "symbols", check_symbol },
};

static struct error *check_group(const struct profile *profile, const struct group *group)
{
	json_t *entries = json_object_get(profile->root, group->key), *entry;
	char where[WHERE_MAX];
	const char *name;

	if (!entries)
		return NULL;
	if (!json_is_object(entries))
		return refuse(profile, ERROR_CORRUPT, "\"%s\" must be an object", group->key);
	json_object_foreach(entries, name, entry)
	{
		snprintf(where, sizeof(where), "%s.%.*s", group->key, WHERE_MAX / 2, name);
		struct error *err = group->check(profile, entry, where);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *check_groups(const struct profile *profile)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < COUNT_OF(groups); i++)
		err = check_group(profile, &groups[i]);
	return err;
}

static struct error *check_schema(const struct profile *profile)
{
	const char *schema = json_string_value(json_object_get(profile->root, "schema"));
	const json_t *version = json_object_get(profile->root, "schema_version");

	if (!schema || strcmp(schema, PROFILE_SCHEMA) != 0)
		return refuse(profile, ERROR_UNSUPPORTED,
			      "is no profile: \"schema\" is not \"" PROFILE_SCHEMA "\"");
	if (!json_is_integer(version))
		return refuse(profile, ERROR_CORRUPT, "\"schema_version\" must be a number");
	if (json_integer_value(version) != PROFILE_VERSION)
		return refuse(profile, ERROR_UNSUPPORTED,
			      "has schema version %" JSON_INTEGER_FORMAT
			      ", this program reads %d: save the profile anew",
			      json_integer_value(version), PROFILE_VERSION);
	return NULL;
}

static struct error *read_kernel_text(const struct profile *profile, const char *key, char **ret)
{
	const json_t *kernel = json_object_get(profile->root, "kernel");
	const json_t *text = json_object_get(kernel, key);

	if (!text || json_is_null(text))
		return NULL;
	if (!json_is_string(text))
		return refuse(profile, ERROR_CORRUPT, "kernel.%s: must be a string or null", key);
	*ret = strdup(json_string_value(text));
	if (!*ret)
		return error_nomem();
	text_make_plain(*ret, SIZE_MAX);
	return NULL;
}

static struct error *read_kernel(struct profile *profile)
{
	struct typeinfo *base = &profile->base;

	if (!json_is_object(json_object_get(profile->root, "kernel")))
		return refuse(profile, ERROR_CORRUPT, "\"kernel\" must be an object");

	struct error *err = read_kernel_text(profile, "release", &base->release);
	if (!err)
		err = read_kernel_text(profile, "build_id", &base->build_id);
	return err ? err : read_kernel_text(profile, "machine", &base->machine);
}

static struct error *read_origin(struct profile *profile)
{
	const json_t *origin = json_object_get(profile->root, "origin");

	if (!origin)
		return NULL;
	if (!json_is_string(origin))
		return refuse(profile, ERROR_CORRUPT, "\"origin\" must be a string");
	profile->origin = strdup(json_string_value(origin));
	if (!profile->origin)
		return error_nomem();
	text_make_plain(profile->origin, SIZE_MAX);
	profile->base.origin = profile->origin;
	return NULL;
}

static struct error *read_source(struct profile *profile, const json_t *source)
{
	char **text = &profile->sources[profile->source_count];

	if (!json_is_string(source))
		return refuse(profile, ERROR_CORRUPT, "\"sources\" must hold strings only");
	*text = strdup(json_string_value(source));
	if (!*text)
		return error_nomem();
	text_make_plain(*text, SIZE_MAX);
	profile->source_count++;
	return NULL;
}

static struct error *read_sources(struct profile *profile)
{
	json_t *sources = json_object_get(profile->root, "sources"), *source;
	struct error *err = NULL;
	size_t i;

	if (!json_is_array(sources) || json_array_size(sources) > SOURCES_MAX)
		return refuse(profile, ERROR_CORRUPT, "\"sources\" must be a short array");
	profile->sources = calloc(json_array_size(sources) + 1, sizeof(*profile->sources));
	if (!profile->sources)
		return error_nomem();
	json_array_foreach(sources, i, source)
	{
		err = read_source(profile, source);
		if (err)
			break;
	}
	return err;
}

/* The object that may hold the answer, or NULL. */
static const json_t *find_holder(const struct profile *profile, const struct profile_path *path)
{
	const json_t *at = profile->root;

	for (unsigned i = 0; at && i < path->depth; i++)
		at = json_object_get(at, path->keys[i]);
	return at;
}

/* Of any enum, for a question that names none. */
static const json_t *find_enumerator(const struct profile *profile, const char *name)
{
	json_t *enums = json_object_get(profile->root, "enums"), *type;
	const json_t *found = NULL;
	const char *ignored;

	json_object_foreach(enums, ignored, type) if (!found) found = json_object_get(type, name);
	return found;
}

static const char *source_text(const struct profile *profile, const json_t *holder)
{
	size_t index = json_integer_value(json_object_get(holder, "source"));

	return index < profile->source_count ? profile->sources[index] : profile->base.path;
}

static void answer(const struct profile *profile, const struct type_query *query,
		   struct type_answer *ret)
{
	struct profile_path path;

	*ret = (struct type_answer){ 0 };
	if (!profile_path(query, &path))
		return;
	const json_t *holder = find_holder(profile, &path);
	if (!holder && query->kind == TYPE_ENUMERATOR && !query->type)
		holder = find_enumerator(profile, query->name);
	const json_t *value = json_object_get(holder, path.value_key);

	if (value && json_value(value, true, &ret->value)) {
		ret->found = true;
		ret->source = source_text(profile, holder);
	}
}

static struct error *profile_resolve(struct typeinfo *ti, const struct type_query *queries,
				     size_t count, const char *const *near,
				     struct type_answer *answers)
{
	(void)near;
	for (size_t i = 0; i < count; i++)
		answer((const struct profile *)ti, &queries[i], &answers[i]);
	return NULL;
}

static void profile_close(struct typeinfo *ti)
{
	struct profile *profile = (struct profile *)ti;

	for (size_t i = 0; i < profile->source_count; i++)
		free(profile->sources[i]);
	free(profile->sources);
	free(profile->origin);
	json_decref(profile->root);
}

static const struct typeinfo_ops profile_ops = {
	.name = "profile",
	.resolve = profile_resolve,
	.close = profile_close,
};

static struct error *parse(struct profile *profile, const char *text, size_t len)
{
	json_error_t why;

	profile->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!profile->root)
		return refuse(profile, ERROR_CORRUPT, "is not JSON: line %d: %s", why.line,
			      why.text);
	if (!json_is_object(profile->root))
		return refuse(profile, ERROR_CORRUPT, "is not a JSON object");

	struct error *err = check_schema(profile);
	if (!err)
		err = read_kernel(profile);
	if (!err)
		err = read_origin(profile);
	if (!err)
		err = read_sources(profile);
	return err ? err : check_groups(profile);
}

static struct error *open_text(const char *name, const char *text, size_t len,
			       struct typeinfo **ret)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	if (!profile)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &profile->base;
	base->ops = &profile_ops;
	base->path = strdup(name);
	if (!base->path)
		return error_nomem();

	struct error *err = parse(profile, text, len);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

struct error *typeinfo_open_profile(const char *name, const char *text, struct typeinfo **ret)
{
	return open_text(name, text, strlen(text), ret);
}

struct error *typeinfo_open_profile_file(const char *path, struct typeinfo **ret)
{
	_cleanup_(whole_file_close) struct whole_file file;
	struct error *err = whole_file_open(path, "profile", FILE_SIZE_MAX, &file);

	return err ? err : open_text(path, file.data, file.size, ret);
}
