// SPDX-License-Identifier: LGPL-2.1-or-later
/* What differs between two JSON reports: lists by their keys, the rest member by member. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "formats/document/json_value.h"
#include "include/error.h"
#include "include/vector.h"

enum { STEP_MAX = 512 }; /* bytes of one key in a path */

/* One place in both reports; it owns @path. */
struct pair {
	const json_t *a, *b; /* NULL where it is not */
	char *path;
	const json_t *element; /* borrowed, as @member's place in @path says */
	size_t member;
	bool matters;
};

struct patterns {
	char **list;
	size_t count;
};

struct walk {
	struct pair *pairs; /* a stack: the last is next */
	size_t count, room;
	const struct compare_rules *rules;
	struct patterns lists, immaterial, ignored;
	struct comparison *found;
	size_t found_room;
	/* The element that was last put among the found values. */
	const json_t *element;
	struct document_node *element_node;
};

/* --- patterns ------------------------------------------------------------------ */

/* To fnmatch() brackets are a class of characters; in a path they are brackets. */
static char *pattern_escape(const char *text)
{
	char *pattern = malloc(2 * strlen(text) + 1), *to = pattern;

	if (!pattern)
		return NULL;
	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			*to++ = *text++;
		} else if (*text == '[' || *text == ']') {
			*to++ = '\\';
		}
		*to++ = *text;
	}
	*to = '\0';
	return pattern;
}

static struct error *patterns_add(struct patterns *patterns, const char *text)
{
	char *pattern = pattern_escape(text);

	if (!pattern)
		return error_nomem();
	patterns->list[patterns->count++] = pattern;
	return NULL;
}

static struct error *patterns_init(struct patterns *patterns, const char *const *texts,
				   size_t count)
{
	struct error *err = NULL;

	patterns->list = calloc(count + 1, sizeof(*patterns->list));
	if (!patterns->list)
		return error_nomem();
	for (size_t i = 0; i < count && !err; i++)
		err = patterns_add(patterns, texts[i]);
	return err;
}

static struct error *list_patterns_init(struct patterns *patterns,
					const struct compare_rules *rules)
{
	struct error *err = NULL;

	patterns->list = calloc(rules->list_count + 1, sizeof(*patterns->list));
	if (!patterns->list)
		return error_nomem();
	for (size_t i = 0; i < rules->list_count && !err; i++)
		err = patterns_add(patterns, rules->lists[i].path);
	return err;
}

static void patterns_deinit(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		free(patterns->list[i]);
	free(patterns->list);
}

/* Which pattern fits; their number if none does. */
static size_t patterns_find(const struct patterns *patterns, const char *path)
{
	size_t i = 0;

	while (i < patterns->count && fnmatch(patterns->list[i], path, 0) != 0)
		i++;
	return i;
}

static bool patterns_fit(const struct patterns *patterns, const char *path)
{
	return patterns_find(patterns, path) < patterns->count;
}

/* --- keys of list elements ------------------------------------------------------- */

static char *scalar_text(const json_t *value)
{
	char *text = NULL;
	int failed = 0;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_integer(value))
		failed = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0;
	else if (json_is_boolean(value))
		text = strdup(json_is_true(value) ? "true" : "false");
	else
		text = strdup("-");
	return failed ? NULL : text;
}

static char *joined_keys(const struct compare_list *list, const json_t *element)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < COMPARE_KEYS_MAX && list->keys[i]; i++) {
		_cleanup_free_ char *part = scalar_text(json_object_get(element, list->keys[i]));

		fprintf(out, "%s%s", i ? "," : "", part ? part : "");
	}
	return fclose(out) ? NULL : take_ptr(text);
}

static char *first_known_key(const struct compare_list *list, const json_t *element)
{
	const json_t *value = NULL;

	for (unsigned i = 0; i < COMPARE_KEYS_MAX && list->keys[i]; i++) {
		value = json_object_get(element, list->keys[i]);
		if (value && !json_is_null(value))
			break;
	}
	return scalar_text(value);
}

static char *element_key(const struct compare_list *list, const json_t *element, size_t index)
{
	char *text;

	if (!list)
		return asprintf(&text, "%zu", index) < 0 ? NULL : text;
	if (!list->keys[0])
		return scalar_text(element);
	return list->first_known ? first_known_key(list, element) : joined_keys(list, element);
}

/* "key", "key#2", "key#3", ... */
static char *numbered(const char *key, json_int_t number)
{
	char *text;

	if (number < 2)
		return strdup(key);
	return asprintf(&text, "%s#%" JSON_INTEGER_FORMAT, key, number) < 0 ? NULL : text;
}

/* Adds under @key with the first number that is free; @seen holds the last ones. */
static struct error *keyed_add(json_t *keyed, json_t *seen, const char *key, json_t *element)
{
	json_int_t number = json_integer_value(json_object_get(seen, key));
	char *name = NULL;

	do {
		free(name);
		name = numbered(key, ++number);
	} while (name && json_object_get(keyed, name));
	int failed = !name || json_object_set_new(seen, key, json_integer(number)) ||
		     json_object_set(keyed, name, element);
	free(name);
	return failed ? error_nomem() : NULL;
}

/* The elements of @array as members of an object, by their keys. */
static struct error *array_key(const struct compare_list *list, const json_t *array, json_t **ret)
{
	json_auto_t *keyed = json_object(), *seen = json_object();
	struct error *err = keyed && seen ? NULL : error_nomem();

	for (size_t i = 0; i < json_array_size(array) && !err; i++) {
		json_t *element = json_array_get(array, i);
		_cleanup_free_ char *key = element_key(list, element, i);

		err = key ? keyed_add(keyed, seen, key, element) : error_nomem();
	}
	if (!err)
		*ret = take_ptr(keyed);
	return err;
}

/* --- the walk ---------------------------------------------------------------------- */

/* Takes @pair's path, also when it fails. */
static struct error *push(struct walk *walk, struct pair pair)
{
	struct error *err =
		pair.path ? vector_push(walk->pairs, walk->count, walk->room, pair) : error_nomem();

	if (err)
		free(pair.path);
	return err;
}

/* 5 and 5.0 are the same. */
static bool is_same(const json_t *a, const json_t *b)
{
	if (!a || !b)
		return false;
	if (json_is_number(a) && json_is_number(b) && json_typeof(a) != json_typeof(b))
		return json_number_value(a) == json_number_value(b);
	return json_equal(a, b);
}

static char *child_path(const struct pair *parent, const char *key, bool is_element)
{
	const char *cut = strlen(key) > STEP_MAX ? "..." : "";
	const char *dot = *parent->path && !is_element ? "." : "";
	char *path;
	int failed;

	if (is_element)
		failed = asprintf(&path, "%s[%.*s%s]", parent->path, STEP_MAX, key, cut);
	else
		failed = asprintf(&path, "%s%s%.*s%s", parent->path, dot, STEP_MAX, key, cut);
	return failed < 0 ? NULL : path;
}

/* The outermost list element holds for all that is in it. */
static void element_set(struct pair *child, const struct pair *parent, bool is_element)
{
	child->element = parent->element;
	child->member = parent->member;
	if (parent->element || !is_element)
		return;
	child->element = child->b ? child->b : child->a;
	child->member = strlen(child->path);
}

static struct error *child_push(struct walk *walk, const struct pair *parent, const char *key,
				const json_t *a, const json_t *b, bool is_element)
{
	struct pair child = { .a = a, .b = b, .matters = parent->matters };

	if (is_same(a, b))
		return NULL;
	child.path = child_path(parent, key, is_element);
	if (!child.path)
		return error_nomem();
	element_set(&child, parent, is_element);
	return push(walk, child);
}

static void reverse(struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct pair other = pairs[i];

		pairs[i] = pairs[count - 1 - i];
		pairs[count - 1 - i] = other;
	}
}

/* Those of @a in its order, then those that only @b has. */
static struct error *children_push(struct walk *walk, const struct pair *parent, const json_t *a,
				   const json_t *b, bool are_elements)
{
	size_t first = walk->count;
	struct error *err = NULL;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)a, key, value)
	{
		err = child_push(walk, parent, key, value, json_object_get(b, key), are_elements);
		if (err)
			return err;
	}
	json_object_foreach((json_t *)b, key, value)
	{
		if (!json_object_get(a, key))
			err = child_push(walk, parent, key, NULL, value, are_elements);
		if (err)
			return err;
	}
	reverse(walk->pairs + first, walk->count - first);
	return NULL;
}

static struct error *elements_push(struct walk *walk, const struct pair *parent)
{
	size_t row = patterns_find(&walk->lists, parent->path);
	const struct compare_list *list = row < walk->lists.count ? &walk->rules->lists[row] : NULL;
	json_auto_t *a = NULL, *b = NULL;
	struct error *err = array_key(list, parent->a, &a);

	if (!err)
		err = array_key(list, parent->b, &b);
	return err ? err : children_push(walk, parent, a, b, true);
}

static const char *member_of(const struct pair *pair)
{
	const char *member = pair->path + (pair->element ? pair->member : 0);

	return *member == '.' ? member + 1 : member;
}

static struct document_node *keep(struct walk *walk, const json_t *value)
{
	return value ? json_value_add(document_root(walk->found->values), "value", value) : NULL;
}

/* Changes of one element follow each other: it is kept once. */
static struct document_node *keep_element(struct walk *walk, const json_t *element)
{
	if (element && element != walk->element)
		walk->element_node = keep(walk, element);
	walk->element = element;
	return element ? walk->element_node : NULL;
}

/* Takes @pair's path. */
static struct error *record(struct walk *walk, struct pair *pair)
{
	struct comparison *found = walk->found;
	struct error *err = vector_reserve(found->changes, walk->found_room, found->count + 1);

	if (err)
		return err;
	const char *member = member_of(pair);
	char *path = take_ptr(pair->path);
	found->changes[found->count++] = (struct change){
		.kind = !pair->a   ? CHANGE_ADDED
			: !pair->b ? CHANGE_REMOVED
				   : CHANGE_CHANGED,
		.matters = pair->matters,
		.a = keep(walk, pair->a),
		.b = keep(walk, pair->b),
		.element = keep_element(walk, pair->element),
		.member = member,
		.path = path,
	};
	found->mattering += pair->matters;
	return NULL;
}

static struct error *visit(struct walk *walk, struct pair *pair)
{
	if (patterns_fit(&walk->ignored, pair->path))
		return NULL;
	pair->matters = pair->matters && !patterns_fit(&walk->immaterial, pair->path);
	if (json_is_object(pair->a) && json_is_object(pair->b))
		return children_push(walk, pair, pair->a, pair->b, false);
	if (json_is_array(pair->a) && json_is_array(pair->b))
		return elements_push(walk, pair);
	return record(walk, pair);
}

static struct error *walk_all(struct walk *walk, const json_t *a, const json_t *b)
{
	struct error *err = push(walk, (struct pair){ a, b, strdup(""), NULL, 0, true });

	while (!err && walk->count) {
		struct pair pair = walk->pairs[--walk->count];

		if (!is_same(pair.a, pair.b))
			err = visit(walk, &pair);
		free(pair.path);
	}
	return err;
}

static struct error *walk_init(struct walk *walk, const struct compare_rules *rules)
{
	struct error *err = list_patterns_init(&walk->lists, rules);

	walk->rules = rules;
	if (!err)
		err = patterns_init(&walk->immaterial, rules->immaterial, rules->immaterial_count);
	if (!err)
		err = patterns_init(&walk->ignored, rules->ignored, rules->ignored_count);
	return err;
}

static void walk_deinit(struct walk *walk)
{
	while (walk->count)
		free(walk->pairs[--walk->count].path);
	free(walk->pairs);
	patterns_deinit(&walk->lists);
	patterns_deinit(&walk->immaterial);
	patterns_deinit(&walk->ignored);
}

struct error *compare_reports(const struct document_json *a, const struct document_json *b,
			      const struct compare_rules *rules, struct comparison *ret)
{
	_cleanup_(walk_deinit) struct walk walk = { .found = ret };
	struct error *err = walk_init(&walk, rules);

	*ret = (struct comparison){ 0 };
	if (!err)
		err = document_create(&ret->values);
	if (!err)
		err = walk_all(&walk, document_json_root(a), document_json_root(b));
	if (!err)
		err = document_finish(ret->values);
	if (err)
		comparison_deinit(ret);
	return err;
}

void comparison_deinit(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->count; i++)
		free(comparison->changes[i].path);
	free(comparison->changes);
	document_destroy(comparison->values);
	*comparison = (struct comparison){ 0 };
}
