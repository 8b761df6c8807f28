// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reports that were written as JSON before: read, and checked to be reports. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/document/json_node.h"
#include "formats/document/json_value.h"
#include "formats/document/document_output.h"
#include "formats/whole_file.h"
#include "include/error.h"
#include "include/plain_text.h"

enum {
	FILE_SIZE_MAX = 64 << 20, /* bytes: a report has some tens of kilobytes */
	VALUES_MAX = 2 << 20,
	REASON_MAX = 300,
};

struct document_json {
	char *path;
	json_t *root;
};

void document_json_destroy(struct document_json *json)
{
	if (!json)
		return;
	json_decref(json->root);
	free(json->path);
	free(json);
}

const char *document_json_path(const struct document_json *json)
{
	return json->path;
}

const json_t *document_json_root(const struct document_json *json)
{
	return json->root;
}

bool document_json_flag(const struct document_json *json, const char *key)
{
	return json_is_true(json_object_get(json->root, key));
}

const char *document_json_text(const struct document_json *json, const char *object,
			       const char *key)
{
	return json_string_value(json_object_get(json_object_get(json->root, object), key));
}

/* Takes @root, also when it fails. */
static struct error *document_json_create(const char *path, json_t *root,
					  struct document_json **ret)
{
	struct document_json *json = calloc(1, sizeof(*json));

	if (!json) {
		json_decref(root);
		return error_nomem();
	}
	json->root = root;
	json->path = strdup(path);
	if (!json->path) {
		document_json_destroy(json);
		return error_nomem();
	}
	*ret = json;
	return NULL;
}

struct error *document_json_from(const char *path, const struct document *document,
				 struct document_json **ret)
{
	json_t *root;
	struct error *err = json_from_node(output_root(document), &root);

	return err ? err : document_json_create(path, root, ret);
}

/* --- reading ----------------------------------------------------------------- */

/* One line, whatever the file says: other characters become '?'. */
__attribute__((format(printf, 3, 4))) static struct error *
refuse(const char *path, enum error_code code, const char *fmt, ...)
{
	char reason[REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	text_make_plain(reason, sizeof(reason));
	return error_new(code, "report '%s': %s", path, reason);
}

static bool is_regular(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool document_json_probe(const char *path)
{
	/* Probing it would lose bytes, and no dump can be read from it. */
	if (whole_file_is_pipe(path))
		return true;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[4096];

	if (fd < 0 || !is_regular(fd))
		return false;
	ssize_t got = read(fd, head, sizeof(head));
	ssize_t at = 0;
	while (at < got && strchr(" \t\r\n", head[at]) && head[at])
		at++;
	return at < got && head[at] == '{';
}

/* What parsing would cost, before it is done. */
struct shape {
	size_t values;
	unsigned depth;
};

static struct shape shape_of(const char *text, size_t size)
{
	struct shape shape = { 0 };
	bool in_string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth)
			depth--;
		shape.values += !in_string && (c == ',' || c == '{' || c == '[');
		shape.depth = depth > shape.depth ? depth : shape.depth;
	}
	return shape;
}

static struct error *parse(const char *path, const char *text, size_t size, json_t **ret)
{
	struct shape shape = shape_of(text, size);
	json_error_t why;

	if (shape.depth > JSON_DEPTH_MAX || shape.values > VALUES_MAX)
		return refuse(path, ERROR_UNSUPPORTED,
			      "is nested deeper, or holds more, than any report does");
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return refuse(path, ERROR_CORRUPT,
			      "line %d, column %d: %s; it must be what 'vmemscope report "
			      "--format json' wrote",
			      why.line, why.column, why.text);
	*ret = root;
	return NULL;
}

static struct error *check_kind(const char *path, const json_t *root,
				const struct report_kind *kind)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const json_t *version = json_object_get(root, "schema_version");

	if (!schema || strcmp(schema, kind->schema) != 0)
		return refuse(path, ERROR_UNSUPPORTED,
			      "is JSON, but its \"schema\" is not \"%s\"; it must be what "
			      "'vmemscope report --format json' wrote",
			      kind->schema);
	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return refuse(path, ERROR_CORRUPT, "\"schema_version\" is no version");
	if (json_integer_value(version) > (json_int_t)kind->version)
		return refuse(path, ERROR_UNSUPPORTED,
			      "has schema_version %" JSON_INTEGER_FORMAT
			      ", this program knows versions up to %u; use a newer vmemscope",
			      json_integer_value(version), kind->version);
	return NULL;
}

struct error *document_json_load(const char *path, const struct report_kind *kind,
				 struct document_json **ret)
{
	_cleanup_(whole_file_close) struct whole_file file;
	json_t *root = NULL;
	struct error *err = whole_file_open(path, "report", FILE_SIZE_MAX, &file);

	if (!err)
		err = parse(path, file.data, file.size, &root);
	if (!err)
		err = check_kind(path, root, kind);
	if (err) {
		json_decref(root);
		return err;
	}
	return document_json_create(path, root, ret);
}
