// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope profile: the layout of a vmlinux, saved. */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/confine.h"
#include "include/error.h"

struct profile_command {
	const char *vmlinux, *out;
};

enum { KEY_VMLINUX = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct profile_command *command = state->input;

	switch (key) {
	case KEY_VMLINUX:
		command->vmlinux = arg;
		return 0;
	case 'o':
		command->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (!command->vmlinux)
			argp_error(state, "no vmlinux given: use --vmlinux FILE");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

static struct error *profile_run(const struct profile_command *command)
{
	struct type_answer answers[LAYOUT_COUNT] = { 0 };
	_cleanup_free_ char *text = NULL;
	struct typeinfo *ti;
	struct error *err = typeinfo_open_vmlinux(command->vmlinux, &ti);

	if (err)
		return err;
	err = ti->ops->resolve(ti, layout_queries, LAYOUT_COUNT, layout_near, answers);
	if (!err)
		err = layout_check_types(ti, answers);
	if (!err)
		err = layout_check_symbols(ti, answers);
	if (!err)
		err = typeinfo_profile_text(ti, layout_queries, answers, LAYOUT_COUNT, &text);
	typeinfo_close(ti);
	return err ? err : output_text(text, command->out);
}

static int run_profile(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "vmlinux", KEY_VMLINUX, "FILE", 0, "The vmlinux or debug file to read", 1 },
		{ "output", 'o', "FILE", 0, "Write to FILE, which appears only when it is complete",
		  2 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	const struct argp argp = {
		options,
		parse,
		"",
		"Save the layout of a kernel's types and symbols, each value with its source, "
		"for use with --profile.",
		NULL,
		NULL,
		NULL,
	};
	struct profile_command command = { 0 };

	command_parse(&argp, argc, argv, &command);
	confine(&(struct confinement){
		.input = &(struct input_options){ .vmlinux = command.vmlinux },
		.output = command.out,
	});
	confine_set_stage(CONFINE_TYPES);
	struct error *err = profile_run(&command);
	return err ? fail(err) : EXIT_CLEAN;
}

const struct command command_profile = { "profile", "save the types' layout of a vmlinux",
					 run_profile };
