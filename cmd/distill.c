// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope distill: only what the analysis read, with the layout inside. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "include/dump.h"
#include "include/error.h"

struct distill {
	struct input_options input;
	struct arguments dumps;
	const char *out;
	bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct distill *distill = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &distill->input;
		return 0;
	case 'o':
		distill->out = arg;
		return 0;
	case 'q':
		distill->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		distill->dumps.items[distill->dumps.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (distill->dumps.count == 0)
			argp_error(state, "which dump?");
		if (!distill->out)
			argp_error(state, "where to? Give -o FILE");
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

/* What was found is kept; what VMCOREINFO supplied will be supplied again. */
static struct error *profile_text(const struct session *session, char **ret)
{
	return typeinfo_profile_text(session->typeinfo, layout_queries,
				     session->analysis->layout.answer, LAYOUT_COUNT, ret);
}

static struct error *write_image(const struct session *session, const struct distill *distill)
{
	_cleanup_free_ char *profile = NULL;
	struct error *err = profile_text(session, &profile);

	if (err)
		return err;
	struct dump_image image = {
		.memory = session->dump->memory,
		.elf_machine = session->dump->elf_machine,
		.big_endian = session->dump->big_endian,
		.vmcoreinfo = session->dump->vmcoreinfo,
		.profile = profile,
		.omits_zero_pages = session->dump->omits_zero_pages,
		.truncated = session->dump->truncated,
		.missing_bytes = session->dump->missing_bytes,
	};
	image.pages = recorder_pages(session->recorder, &image.page_count);
	image.extents = recorder_extents(session->recorder, &image.extent_count);
	err = dump_write_elf(distill->out, distill->input.force, &image);
	if (!err && !distill->quiet)
		fprintf(stderr, "vmemscope: wrote '%s': %zu pages\n", distill->out,
			image.page_count);
	return err;
}

static struct error *distill_run(const struct distill *distill)
{
	struct session session;
	struct error *err = session_open(distill->dumps.items, distill->dumps.count,
					 &distill->input, ANALYSIS_FULL, true, &session);

	if (err)
		return err;
	err = write_image(&session, distill);
	session_close(&session);
	return err;
}

static int run_distill(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "Write the small dump to FILE", 2 },
		{ "quiet", 'q', NULL, 0, "Say nothing but errors", 2 },
		{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
		{ 0 },
	};
	static const struct argp_child children[] = { { &input_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		options,
		parse,
		"DUMP... -o FILE",
		"Write a new ELF vmcore with only the pages that the analysis reads, the VMCOREINFO "
		"note, and the layout of the types: it is analysed without anything else and gives "
		"the same report."
		"\vAn existing FILE is replaced only with --force.",
		children,
		NULL,
		NULL,
	};
	struct distill distill = { 0 };

	distill.dumps.items = calloc((size_t)argc + 1, sizeof(*distill.dumps.items));
	if (!distill.dumps.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &distill);
	struct error *err = distill_run(&distill);
	free(distill.dumps.items);
	return err ? fail(err) : EXIT_CLEAN;
}

const struct command command_distill = { "distill",
					 "write a small dump with only what the analysis reads",
					 run_distill };
