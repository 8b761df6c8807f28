// SPDX-License-Identifier: LGPL-2.1-or-later
/* Input is read in a jail: what each command may touch, and what is said when it dies. */
#ifndef VMEMSCOPE_CONFINE_H
#define VMEMSCOPE_CONFINE_H

#include <argp.h>

#include "cmd/command.h"

/* What the process is at: the word for it is in what is said of its death. */
enum confine_stage {
	CONFINE_START,
	CONFINE_OPENING,
	CONFINE_TYPES,
	CONFINE_ANALYSIS,
	CONFINE_WRITING,
	CONFINE_STAGE_COUNT
};

struct confinement {
	const struct input_options *input; /* NULL: no types are read */
	const struct arguments *dumps;	   /* or other files that are read; or NULL */
	const char *also_read;		   /* one more; or NULL */
	const char *also_written;	   /* a file that may be replaced; or NULL */
	const char *output;		   /* NULL: standard output */
	bool has_children; /* each calls confine_worker(); this one may read all files */
};

/*
 * From here on all is done in a child that is in a jail; returns in it alone. The process
 * that called ends as the child does, with a line if that died. With --no-sandbox it does
 * nothing.
 */
void confine(const struct confinement *what);
/* In each of the processes that a confined one has started. */
struct error *confine_worker(const struct confinement *what);

void confine_set_stage(enum confine_stage stage);

/* All that root alone may open is open. */
void confine_opened(void);

/* --no-sandbox and the hidden -h: rows of every command that reads input. */
enum { KEY_NO_SANDBOX = 0x400 };
#define CONFINE_OPTIONS                                                                            \
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },                                               \
	{                                                                                          \
		"no-sandbox", KEY_NO_SANDBOX, NULL, 0,                                             \
			"Read the input in this process, with all its rights: for debuggers", -1   \
	}
void confine_off(void);

#endif
