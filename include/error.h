// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A failure and its story. Library code neither prints nor exits: it returns
 * one of these, and only cmd/ shows it.
 */
#ifndef VMEMSCOPE_ERROR_H
#define VMEMSCOPE_ERROR_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* What a caller may want to distinguish. Everything else is in the message. */
enum error_code {
	ERROR_NOMEM,
	ERROR_OS,	   /* a system call failed: strerror is in the message */
	ERROR_USAGE,	   /* the user asked for something impossible */
	ERROR_UNSUPPORTED, /* valid input of a kind that this build does not know */
	ERROR_CORRUPT,	   /* input breaks its own format */
	ERROR_NOT_FOUND,   /* a file, symbol, type, member or key is absent */
	ERROR_MISMATCH,	   /* two inputs do not belong together */
	ERROR_INTERRUPTED, /* a signal or the caller asked to stop */
};

/*
 * NULL means success. The callee makes it, the caller owns it and ends it with
 * exactly one of: return it, error_destroy(), error_catch(). Making one never
 * fails: when memory is short a static error is returned instead.
 */
struct error;

struct error *error_new(enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull, warn_unused_result));

/* Puts "context: " before the message and returns the same failure. */
struct error *error_context(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull, warn_unused_result));

/* The shared out-of-memory failure. */
struct error *error_nomem(void) __attribute__((returns_nonnull, warn_unused_result));

/* True, with *err freed and NULL, if *err is a failure with this code. */
bool error_catch(struct error **err, enum error_code code);

enum error_code error_code(const struct error *err);
const char *error_message(const struct error *err); /* borrowed; one line, no full stop */
void error_destroy(struct error *err);		    /* NULL is allowed */

/* Scope guards: one per resource, taken back with take_ptr() or take_fd(). */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_	_cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)

#define take_ptr(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) _taken = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		_taken;                                                                            \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
