// SPDX-License-Identifier: LGPL-2.1-or-later
/* The failures themselves. */
#include "include/error.h"

#include <stdarg.h>
#include <stdio.h>

struct error {
	enum error_code code;
	char *message;
};

static struct error out_of_memory = { ERROR_NOMEM, (char[]){ "out of memory" } };

struct error *error_nomem(void)
{
	return &out_of_memory;
}

static struct error *error_make(enum error_code code, char *message)
{
	struct error *err = message ? malloc(sizeof(*err)) : NULL;

	if (!err) {
		free(message);
		return error_nomem();
	}
	*err = (struct error){ code, message };
	return err;
}

struct error *error_new(enum error_code code, const char *fmt, ...)
{
	char *message = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&message, fmt, args) < 0)
		message = NULL;
	va_end(args);
	return error_make(code, message);
}

struct error *error_context(struct error *err, const char *fmt, ...)
{
	char *context = NULL, *message = NULL;
	va_list args;

	if (err == &out_of_memory)
		return err;

	va_start(args, fmt);
	if (vasprintf(&context, fmt, args) < 0)
		context = NULL;
	va_end(args);
	if (!context || asprintf(&message, "%s: %s", context, err->message) < 0) {
		free(context);
		return err;
	}
	free(context);
	free(err->message);
	err->message = message;
	return err;
}

bool error_catch(struct error **err, enum error_code code)
{
	if (!*err || (*err)->code != code)
		return false;
	error_destroy(*err);
	*err = NULL;
	return true;
}

enum error_code error_code(const struct error *err)
{
	return err->code;
}

const char *error_message(const struct error *err)
{
	return err->message;
}

void error_destroy(struct error *err)
{
	if (!err || err == &out_of_memory)
		return;
	free(err->message);
	free(err);
}
