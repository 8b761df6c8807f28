// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope types: what is known of the kernel's types, and from where. */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/confine.h"
#include "analyzer/reports/reports.h"
#include "include/array.h"
#include "include/error.h"

struct types_command {
	struct input_options input;
	struct output_options output;
	struct arguments dumps;
	const char *against;
};

enum { KEY_AGAINST = 512 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct types_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->input;
		state->child_inputs[1] = &command->output;
		return 0;
	case KEY_AGAINST:
		command->against = arg;
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

/* A vmlinux, a profile or a BTF file: the first that takes it. */
static struct error *open_against(const char *path, struct typeinfo **ret)
{
	static struct error *(*const open[])(const char *path, struct typeinfo **ret) = {
		typeinfo_open_vmlinux,
		typeinfo_open_btf,
		typeinfo_open_profile_file,
	};
	struct error *first = NULL;

	for (unsigned i = 0; i < COUNT_OF(open); i++) {
		struct error *err = open[i](path, ret);

		if (!err) {
			error_destroy(first);
			return NULL;
		}
		if (first)
			error_destroy(err);
		else
			first = err;
	}
	return first;
}

static struct error *show(const struct types_command *command, const struct session *session,
			  struct typeinfo *against, unsigned *different_ret)
{
	struct type_answer others[LAYOUT_COUNT] = { 0 };
	struct report_source source = session_document(session);
	struct error *err = NULL;
	struct document *document;

	if (against)
		err = against->ops->resolve(against, layout_queries, LAYOUT_COUNT, layout_near,
					    others);
	if (!err)
		err = report_types(&source, against ? others : NULL, different_ret, &document);
	return err ? err : output_report(document, &command->output);
}

static struct error *types_run(const struct types_command *command, unsigned *different_ret)
{
	struct typeinfo *against = NULL;
	struct session session;
	struct error *err = command->against ? open_against(command->against, &against) : NULL;

	if (!err)
		err = session_open(command->dumps.items, command->dumps.count, &command->input,
				   ANALYSIS_KERNEL, false, &session);
	if (!err) {
		err = show(command, &session, against, different_ret);
		session_close(&session);
	}
	typeinfo_close(against);
	return err;
}

static int run_types(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "against", KEY_AGAINST, "FILE", 0,
		  "Compare with this vmlinux, BTF file or profile; exit with 1 if any value differs",
		  3 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	static const struct argp_child children[] = {
		{ &input_argp, 0, NULL, 0 },
		{ &output_argp, 0, NULL, 0 },
		{ 0 },
	};
	const struct argp argp = {
		options,
		parse,
		"DUMP...",
		"List every size, offset, enumerator and symbol that the analysis needs, "
		"and its source. Symbols have their link-time addresses.",
		children,
		NULL,
		NULL,
	};
	struct types_command command = { 0 };
	unsigned different = 0;

	command.dumps.items = calloc((size_t)argc + 1, sizeof(*command.dumps.items));
	if (!command.dumps.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &command);
	confine(&(struct confinement){
		.input = &command.input,
		.dumps = &command.dumps,
		.also_read = command.against,
		.output = command.output.path,
	});
	struct error *err = types_run(&command, &different);
	free(command.dumps.items);
	if (err)
		return fail(err);
	return different ? EXIT_FINDINGS : EXIT_CLEAN;
}

const struct command command_types = { "types", "every value of the type layout, and its source",
				       run_types };
