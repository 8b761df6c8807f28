// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope log: what the kernel said. It needs no types. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/confine.h"
#include "analyzer/kernel/target.h"
#include "analyzer/log/log_text.h"
#include "analyzer/paging/paging_check.h"
#include "analyzer/paging/vmcoreinfo_judge.h"
#include "analyzer/reports/reports.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/plural.h"
#include "version.h"

struct log_command {
	struct output_options output;
	struct arguments dumps;
	const char *vmcoreinfo;
	uint64_t unpacked_max; /* 0: the usual number */
	struct log_selection selection;
};

enum { KEY_TAIL = 512, KEY_LEVEL, KEY_VMCOREINFO, KEY_MAX_UNPACKED };
enum { PIECE_BYTES = 1 << 16 }; /* are written at once */

/* --- arguments ------------------------------------------------------------------ */

static size_t tail_parse(const char *text, const struct argp_state *state)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 1)
		argp_error(state, "--tail takes a number from 1 on, not '%s'", text);
	return (size_t)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct log_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->output;
		return 0;
	case KEY_TAIL:
		command->selection.tail = tail_parse(arg, state);
		return 0;
	case KEY_LEVEL:
		if (!log_level_parse(arg, &command->selection.level_max))
			argp_error(state,
				   "unknown level '%s': emerg, alert, crit, err, warn, notice, "
				   "info, debug, or 0 to 7",
				   arg);
		return 0;
	case KEY_VMCOREINFO:
		command->vmcoreinfo = arg;
		return 0;
	case KEY_MAX_UNPACKED:
		command->unpacked_max = size_parse("max-unpacked", arg, state);
		return 0;
	case ARGP_KEY_ARG:
		command->dumps.items[command->dumps.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (command->dumps.count == 0)
			argp_error(state, "no dump given");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

/* --- reading -------------------------------------------------------------------- */

/* Where it is not found in memory: page tables that cannot be walked would be why. */
static struct error *no_log(const struct target *target, const struct kernel_log *log)
{
	bool is_searched = facts_text(target->facts, "SYMBOL(prb)") != NULL;
	struct error *err = is_searched ? paging_check_tables(target->kmem, target->facts) : NULL;

	return err ? err : error_new(ERROR_NOT_FOUND, "the log was not read: %s", log->missing);
}

static struct error *log_read(const struct dump *dump, struct target *target,
			      struct kernel_log *ret)
{
	struct error *err = target_init(target, dump->memory, dump->elf_machine, dump->big_endian,
					dump->vmcoreinfo);

	if (!err)
		err = kernel_log_read(target->kmem, target->facts, ret);
	if (!err && ret->missing)
		err = no_log(target, ret);
	/* Worse than whatever was made of the bytes. */
	struct error *lost = dump_check(dump);
	if (lost) {
		error_destroy(err);
		return lost;
	}
	return err ? error_context(err, "'%s'", dump->path) : NULL;
}

/* --- writing -------------------------------------------------------------------- */

static struct error *write_lines(const struct lines *lines, const struct kernel_log *log,
				 const struct log_selection *selection)
{
	struct log_buffer buffer = { 0 };
	struct error *err = NULL;

	for (size_t i = log_first_wanted(log, selection); i < log->count && !err; i++) {
		if (log_is_wanted(&log->records[i], selection))
			err = log_add_line(&buffer, log, i);
		if (err || buffer.bytes < PIECE_BYTES)
			continue;
		err = lines_write(lines, buffer.text, buffer.bytes);
		buffer.bytes = 0;
	}
	if (!err)
		err = lines_write(lines, buffer.text, buffer.bytes);
	free(buffer.text);
	return err;
}

static struct error *write_text(const struct log_command *command, const struct kernel_log *log)
{
	struct lines lines;
	struct error *err = lines_open(command->output.path, &lines);

	if (err)
		return err;
	err = write_lines(&lines, log, &command->selection);
	if (err) {
		lines_discard(&lines);
		return err;
	}
	return lines_close(&lines, true);
}

static struct error *write_document(const struct log_command *command, const struct dump *dump,
				    const struct target *target, const struct kernel_log *log)
{
	const struct report_log_source source = {
		.version = VMEMSCOPE_VERSION,
		.path = dump->path,
		.release = facts_text(target->facts, "OSRELEASE"),
		.log = log,
		.selection = &command->selection,
	};
	struct document *document;
	struct error *err = report_log(&source, &document);

	return err ? err : output_report(document, &command->output);
}

/* What the lines do not show. A log that goes on meanwhile overwrites what is being read. */
static void tell_gaps(const struct kernel_log *log, bool is_live)
{
	const struct {
		uint64_t count;
		const char *what;
	} gaps[] = {
		{ log->torn, "torn: being written when the dump was taken" },
		{ log->lost, "lost: the buffer had no room for the text" },
		{ log->damaged,
		  is_live ? "left out: overwritten while they were read" : "left out: damaged" },
		{ log->unreadable, "left out: not in the dump" },
	};

	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		if (gaps[i].count)
			fprintf(stderr, "vmemscope: %" PRIu64 " record%s %s\n", gaps[i].count,
				plural(gaps[i].count), gaps[i].what);
}

static struct error *show(const struct log_command *command, const struct dump *dump)
{
	struct kernel_log log = { 0 };
	struct target target;
	struct error *err = log_read(dump, &target, &log);

	if (!err && output_format(&command->output) != &text_format) {
		err = write_document(command, dump, &target, &log);
	} else if (!err) {
		err = write_text(command, &log);
		tell_gaps(&log, dump->live);
	}
	kernel_log_deinit(&log);
	target_deinit(&target);
	return err;
}

static struct error *log_run(const struct log_command *command)
{
	const struct dump_options options = {
		.vmcoreinfo = command->vmcoreinfo,
		.judge = vmcoreinfo_judge,
		.unpacked_max = command->unpacked_max,
	};
	struct dump *dump = NULL;
	struct error *err =
		dump_open_with(command->dumps.items, command->dumps.count, &options, &dump);

	if (!err)
		err = show(command, dump);
	dump_close(dump);
	return err;
}

static int run_log(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "tail", KEY_TAIL, "COUNT", 0, "Only the last COUNT records", 1 },
		{ "level", KEY_LEVEL, "LEVEL", 0,
		  "Only records of this level and more urgent ones: emerg, alert, crit, err, warn, "
		  "notice, info, debug, or 0 to 7",
		  1 },
		{ "vmcoreinfo", KEY_VMCOREINFO, "FILE|ADDRESS", 0,
		  "Use this VMCOREINFO instead of the dump's: a file, or the physical address of a "
		  "note in the dump's memory",
		  1 },
		{ "max-unpacked", KEY_MAX_UNPACKED, "SIZE", 0, MAX_UNPACKED_HELP, 1 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		options,
		parse,
		"DUMP...",
		"Print the kernel's log as dmesg does. No types are needed. What is not printable "
		"ASCII becomes \\xNN.",
		children,
		NULL,
		NULL,
	};
	struct log_command command = { .selection.level_max = LOG_LEVELS - 1 };

	command.dumps.items = calloc((size_t)argc + 1, sizeof(*command.dumps.items));
	if (!command.dumps.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &command);
	confine(&(struct confinement){
		.dumps = &command.dumps,
		.also_read = command.vmcoreinfo,
		.output = command.output.path,
	});
	struct error *err = log_run(&command);
	free(command.dumps.items);
	return err ? fail(err) : EXIT_CLEAN;
}

const struct command command_log = { "log", "the kernel's log", run_log };
