// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of commands, and the program's own help. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/jail/jail.h"
#include "include/array.h"
#include "include/error.h"
#include "version.h"

static const struct command *const commands[] = {
	&command_report, &command_live,	  &command_info,    &command_page,    &command_list,
	&command_types,	 &command_checks, &command_explain, &command_distill, &command_profile,
	&command_diff,	 &command_batch,  &command_log,
};

enum { COMMAND_COUNT = COUNT_OF(commands) };

static void print_help(FILE *out)
{
	fprintf(out,
		"Usage: vmemscope COMMAND [OPTION...] [ARGUMENT...]\n"
		"Checks in a Linux crash dump that the vmemmap of huge pages and DAX devices is\n"
		"shared correctly. Says why the machine died, what the sharing saves, and what\n"
		"more could be saved.\n\n"
		"Commands:\n");
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->help);
	fprintf(out, "\n'vmemscope COMMAND --help' describes one of them.\n"
		     "  --help     print this\n"
		     "  --version  print the version; with --verbose also what the sandbox can do "
		     "here\n\n"
		     "Exit status: 0 no findings, 1 findings or differences, 2 failed, "
		     "64 usage error, 130 ended early by a signal.\n");
}

static int usage_error(const char *kind, const char *what)
{
	fprintf(stderr, "vmemscope: unknown %s '%s'; 'vmemscope --help' lists the commands\n", kind,
		what);
	return EXIT_USAGE;
}

/* With --verbose also what guards the machine from a dump, here. */
static int print_version(int argc, char **argv)
{
	bool verbose = argc == 1 && strcmp(argv[0], "--verbose") == 0;

	if (argc > 0 && !verbose)
		return usage_error("option", argv[0]);
	printf("vmemscope " VMEMSCOPE_VERSION "\n");
	if (verbose)
		jail_about(stdout);
	return EXIT_CLEAN;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "vmemscope %s", command->name);
	argv[0] = name;
	return command->run(argc, argv);
}

/* Whether fail() has said why: one failure is told once. */
static bool has_failed;

/* argp leaves by itself after --help: what it wrote must have arrived too. */
static void close_stdout(void)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
	int why = errno;

	/* Started without a stdout, and nothing was written: no harm done. */
	if (!failed && (fclose(stdout) == 0 || errno == EBADF))
		return;
	if (!failed)
		why = errno;
	if (!has_failed)
		fprintf(stderr, "vmemscope: cannot write to standard output: %s\n", strerror(why));
	_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	atexit(close_stdout);
	/* A file that may become no larger is an error of write(), as a full disk is. */
	signal(SIGXFSZ, SIG_IGN);
	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_CLEAN;
	}
	if (strcmp(argv[1], "--version") == 0)
		return print_version(argc - 2, argv + 2);
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return run_command(commands[i], argc - 1, argv + 1);
	return usage_error(argv[1][0] == '-' ? "option" : "command", argv[1]);
}

/* A message can quote a dump: nothing of it reaches the terminal but characters. */
static void print_message(const char *message)
{
	enum { MESSAGE_MAX = 2000 };

	fprintf(stderr, "vmemscope: ");
	for (unsigned i = 0; i < MESSAGE_MAX && message[i]; i++)
		fputc((unsigned char)message[i] < ' ' || message[i] == 0x7f ? '?' : message[i],
		      stderr);
	fprintf(stderr, "%s\n", strlen(message) > MESSAGE_MAX ? "..." : "");
}

int fail(struct error *err)
{
	int status = error_code(err) == ERROR_USAGE ? EXIT_USAGE : EXIT_FAILED;

	print_message(error_message(err));
	has_failed = true;
	error_destroy(err);
	return status;
}
