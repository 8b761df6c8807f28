// SPDX-License-Identifier: LGPL-2.1-or-later
/* Many dumps side by side: which files, who works on them, what comes of each. */
#ifndef VMEMSCOPE_BATCH_H
#define VMEMSCOPE_BATCH_H

#include "cmd/command.h"

enum batch_verdict { BATCH_OK, BATCH_NOTE, BATCH_WARNING, BATCH_ERROR, BATCH_FAILED };

/* What the summary says of a file. It goes through a pipe: no pointers. */
struct batch_result {
	enum batch_verdict verdict;
	bool fails; /* has findings at or above --fail-on */
	uint64_t errors, warnings;
	int64_t saved_bytes;
	char crash[24];	   /* what stopped it: crash_kind_id(); "": not known */
	char kernel[96];   /* "": not known */
	char message[400]; /* why it could not be analysed */
	size_t line_size;
};

struct batch_file {
	char *path;
	bool done;
	struct batch_result result;
	char *line; /* of JSON, result.line_size bytes with the newline; NULL once written */
};

struct batch_files {
	struct batch_file *list;
	size_t count, room;
	size_t skipped; /* in directories: no dumps */
};

/*
 * Adds the file @path, or the dumps in the directory @path, sorted by name. What
 * cannot be read is added too, so that it is reported.
 */
struct error *batch_files_add(struct batch_files *files, const char *path, bool recursive);
void batch_files_deinit(struct batch_files *files);

/* The file could not be analysed. */
struct error *batch_file_fail(struct batch_file *file, const char *message);

struct batch_task {
	const struct input_options *input;
	enum severity fail_on;
};

/* Analyses one dump and writes a struct batch_result and the line to @fd. Never returns. */
_Noreturn void batch_work(const struct batch_task *task, const char *path, int fd);

struct batch_jobs {
	const struct batch_task *task;
	unsigned count;	  /* children at a time */
	unsigned seconds; /* for each; 0: without end */
	/* Called for each file when it is done. An error ends all. */
	struct error *(*done)(void *context, struct batch_file *file);
	void *context;
};

/*
 * Works on all files. *signal_ret is the SIGINT or SIGTERM that ended it early, or 0;
 * no child is left behind in any case.
 */
struct error *batch_jobs_run(const struct batch_jobs *jobs, struct batch_files *files,
			     int *signal_ret);

#endif
