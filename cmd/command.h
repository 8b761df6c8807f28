// SPDX-License-Identifier: LGPL-2.1-or-later
/* A command of the program, and the options that commands share. */
#ifndef VMEMSCOPE_COMMAND_H
#define VMEMSCOPE_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyzer/analysis/analysis.h"
#include "include/document.h"

struct dump;
struct error;

/* Exit statuses, in the man page and the README. */
enum exit_status {
	EXIT_CLEAN = 0,	   /* analysed, nothing found */
	EXIT_FINDINGS = 1, /* findings at or above --fail-on */
	EXIT_FAILED = 2,   /* could not analyse, or could not write */
	EXIT_USAGE = 64,
	EXIT_INTERRUPTED = 130, /* by a signal; what was done by then was printed */
};

struct command {
	const char *name, *help;
	/* argv[0] is "vmemscope NAME". Returns an exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command command_report, command_info, command_page, command_list,
	command_distill, command_profile, command_checks, command_explain, command_types,
	command_diff, command_batch, command_live, command_log;

/* --- options that commands share, as argp children ------------------------- */

struct input_options {
	const char *vmlinux, *profile, *btf, *system_map;
	const char *vmcoreinfo; /* a file or an address; NULL: the dump's own */
	const char *types;	/* "dwarf", "btf", "profile": only this kind; NULL: any */
	bool allow_mismatch;	/* use sources of another build */
	uint64_t unpacked_max;	/* bytes of a packed dump, unpacked; 0: the usual number */
	size_t findings_max;	/* kept of each check; 0: the usual number */
	unsigned threads;	/* 0: one for each processor */
	bool quick;
	bool opens_again;		/* the running machine, each time that it is looked at */
	const struct page_where *focus; /* all that is found of this page is kept; or NULL */
	struct analysis_progress *progress; /* shown while it runs; or NULL */
};
extern const struct argp input_argp; /* its input: struct input_options */
#define MAX_UNPACKED_HELP                                                                          \
	"Refuse a packed dump of more than SIZE bytes when unpacked (default: 4T); K, M, G and T " \
	"are known"

/* Bytes; a usage error of @option if @text is not a size. */
uint64_t size_parse(const char *option, const char *text, const struct argp_state *state);

struct output_options {
	const struct document_format *format; /* NULL: the command's default */
	const char *path;		      /* NULL: stdout */
	const char *columns;
};
extern const struct argp output_argp; /* its input: struct output_options */

/* The one that was asked for, or else the default. */
const struct document_format *output_format(const struct output_options *options);

/* For messages: "a, b or c". */
enum format_kind { FORMAT_ANY, FORMAT_OF_LINES };
struct format_names {
	char text[128];
};
struct format_names format_names(enum format_kind kind);

/* Handles -h, hidden; every command's parser ends with it. */
error_t common_parse(int key, char *arg, struct argp_state *state);

/* Names of files or patterns, collected from the arguments. */
struct arguments {
	const char **items; /* argv's own; one slot for each argument */
	size_t count;
};

/* Parses; argv[0] is what usage messages call the command. */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/* --- what commands do -------------------------------------------------------- */

/* A dump with its types, analysed. */
struct session {
	struct dump *dump;
	struct typeinfo *typeinfo;
	struct recorder *recorder; /* only if it was asked for */
	struct analysis *analysis;
};

struct error *session_open(const char *const *paths, size_t count,
			   const struct input_options *input, enum analysis_depth depth,
			   bool record, struct session *ret);
/* Analyses an opened dump of the running machine anew: what has come and gone is seen. */
struct error *session_look(struct session *session, const struct input_options *input,
			   enum analysis_depth depth);
void session_close(struct session *session);

/* Lets all others go first, from now on. */
void priority_lower(void);

struct report_source session_document(const struct session *session);

/* The document of 'vmemscope report' about an analysed dump. */
struct error *session_report(const struct session *session, struct document **ret);

/* True if any option says where types come from. */
bool input_names_types(const struct input_options *input);

bool severity_parse(const char *text, enum severity *ret);

/* True if there are findings of @severity or above. */
bool checks_reach(const struct check_results *checks, enum severity severity);

/* Writes @report where and as @options say, then destroys it. */
struct error *output_report(struct document *document, const struct output_options *options);

/* A device or pipe takes bytes as they come: nothing is made beside it. */
bool output_is_special(const char *path);

/* Writes @text whole to @path (NULL: stdout) or not at all. */
struct error *output_text(const char *text, const char *path);

/* Lines of text that are written one by one, each with one write. */
struct lines {
	const char *path; /* NULL: stdout */
	char *temporary;  /* the file has this name until it is whole; NULL: written in place */
	FILE *out;
};
struct error *lines_open(const char *path, struct lines *ret);
struct error *lines_write(const struct lines *lines, const char *text, size_t size);
/* Closes. A file gets its name, or, where not @whole, keeps the temporary one. */
struct error *lines_close(struct lines *lines, bool whole);
void lines_discard(struct lines *lines);

/* Prints "vmemscope: message" to stderr, ends @err, returns the exit status. */
int fail(struct error *err);

#endif
