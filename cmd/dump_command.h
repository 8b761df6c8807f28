// SPDX-License-Identifier: LGPL-2.1-or-later
/* Commands of the shape: open a dump, build a document, write it. */
#ifndef VMEMSCOPE_DUMP_COMMAND_H
#define VMEMSCOPE_DUMP_COMMAND_H

#include "cmd/command.h"
#include "cmd/comparison.h"
#include "analyzer/reports/reports.h"

struct dump_command {
	struct input_options input;
	struct output_options output;
	struct arguments dumps;
	enum severity fail_on;
	bool takes_fail_on, takes_expect, takes_watch;
	const char *dump; /* the only one that this command is about; NULL: the user names it */
	unsigned watch_seconds; /* 0: once */
	bool quiet;
	struct expect_options expect;
	bool wants_cmdline; /* the kernel's command line is shown */
	bool is_list;	    /* --columns and NDJSON make sense */
	/* The last argument, where the command takes one behind the dumps. */
	const char *operand, *operand_name;
};

/* Parses with the shared options; @doc and @args as in struct argp. */
void dump_command_parse(struct dump_command *command, int argc, char **argv, const char *args,
			const char *doc);
void dump_command_deinit(struct dump_command *command);

/* confine() to what @command names. */
void dump_command_confine(const struct dump_command *command);

/* Opens, builds with @build, writes. Returns an exit status. */
int dump_command_run(struct dump_command *command, enum analysis_depth depth,
		     struct error *(*build)(const struct report_source *source,
					    const struct dump_command *command,
					    struct document **ret));

#endif
