// SPDX-License-Identifier: LGPL-2.1-or-later
/* Options that several commands share. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/confine.h"

enum {
	KEY_VMLINUX = 256,
	KEY_BTF,
	KEY_SYSTEM_MAP,
	KEY_VMCOREINFO,
	KEY_TYPES,
	KEY_PROFILE,
	KEY_ALLOW_MISMATCH,
	KEY_MAX_UNPACKED,
	KEY_FORMAT,
	KEY_COLUMNS
};

error_t common_parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key == KEY_NO_SANDBOX) {
		confine_off();
		return 0;
	}
	if (key != 'h')
		return ARGP_ERR_UNKNOWN;
	argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	return 0;
}

uint64_t size_parse(const char *option, const char *text, const struct argp_state *state)
{
	static const char units[] = "KMGT";
	char *end;

	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (errno || !isdigit((unsigned char)*text) || !number || end[unit ? 1 : 0] ||
	    number > (uint64_t)INT64_MAX >> shift)
		argp_error(state, "--%s takes a size such as 500M, with K, M, G or T, not '%s'",
			   option, text);
	return (uint64_t)number << shift;
}

static error_t input_parse(int key, char *arg, struct argp_state *state)
{
	struct input_options *options = state->input;

	switch (key) {
	case KEY_VMLINUX:
		options->vmlinux = arg;
		return 0;
	case KEY_PROFILE:
		options->profile = arg;
		return 0;
	case KEY_BTF:
		options->btf = arg;
		return 0;
	case KEY_SYSTEM_MAP:
		options->system_map = arg;
		return 0;
	case KEY_VMCOREINFO:
		options->vmcoreinfo = arg;
		return 0;
	case KEY_TYPES:
		if (strcmp(arg, "dwarf") != 0 && strcmp(arg, "btf") != 0 &&
		    strcmp(arg, "profile") != 0)
			argp_error(state, "unknown kind of types '%s': dwarf, btf or profile", arg);
		options->types = arg;
		return 0;
	case KEY_MAX_UNPACKED:
		options->unpacked_max = size_parse("max-unpacked", arg, state);
		return 0;
	case KEY_ALLOW_MISMATCH:
		options->allow_mismatch = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option input_table[] = {
	{ "vmlinux", KEY_VMLINUX, "FILE", 0,
	  "Types and symbols from this vmlinux or debug file (default: the dump's own profile or "
	  "BTF, or an installed debug package)",
	  1 },
	{ "btf", KEY_BTF, "FILE", 0,
	  "Types from this BTF file or vmlinux; symbols from --system-map or the dump itself", 1 },
	{ "system-map", KEY_SYSTEM_MAP, "FILE", 0,
	  "Symbols for --btf, or for a vmlinux that has none", 1 },
	{ "vmcoreinfo", KEY_VMCOREINFO, "FILE|ADDRESS", 0,
	  "Use this VMCOREINFO instead of the dump's: a file, or the physical address of a note in "
	  "the dump's memory",
	  1 },
	{ "types", KEY_TYPES, "KIND", 0, "Use only types of this kind: dwarf, btf or profile", 1 },
	{ "profile", KEY_PROFILE, "FILE", 0, "Types and symbols from this saved profile", 1 },
	{ "allow-mismatch", KEY_ALLOW_MISMATCH, NULL, 0,
	  "Use a vmlinux, profile, BTF file or System.map even if it is of another build", 1 },
	/* Its name until 0.1. */
	{ "force", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1 },
	{ "max-unpacked", KEY_MAX_UNPACKED, "SIZE", 0, MAX_UNPACKED_HELP, 1 },
	{ 0 },
};
const struct argp input_argp = { .options = input_table, .parser = input_parse };

const struct document_format *output_format(const struct output_options *options)
{
	return options->format ? options->format : document_formats[0];
}

static bool is_wanted(const struct document_format *format, enum format_kind kind)
{
	return kind == FORMAT_ANY || format->of_lines;
}

struct format_names format_names(enum format_kind kind)
{
	struct format_names names = { .text = "" };
	size_t used = 0, left = 0;

	for (size_t i = 0; document_formats[i]; i++)
		left += is_wanted(document_formats[i], kind);
	for (size_t i = 0; document_formats[i] && used < sizeof(names.text); i++) {
		if (!is_wanted(document_formats[i], kind))
			continue;
		const char *before = !used ? "" : left == 1 ? " or " : ", ";

		used += (size_t)snprintf(names.text + used, sizeof(names.text) - used, "%s%s",
					 before, document_formats[i]->name);
		left--;
	}
	return names;
}

static error_t output_parse(int key, char *arg, struct argp_state *state)
{
	struct output_options *options = state->input;

	switch (key) {
	case KEY_FORMAT:
		options->format = document_format_by_name(arg);
		if (!options->format)
			argp_error(state, "unknown format '%s': %s", arg,
				   format_names(FORMAT_ANY).text);
		return 0;
	case KEY_COLUMNS:
		options->columns = arg;
		return 0;
	case 'o':
		options->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option output_table[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "", 2 }, /* described by output_help() */
	{ "output", 'o', "FILE", 0, "Write to FILE, which appears only when it is complete", 2 },
	{ 0 },
};

/* "text (default): ...; json: ...". */
static char *formats_help(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; document_formats[i]; i++)
		fprintf(out, "%s%s%s: %s", i ? "; " : "", document_formats[i]->name,
			i ? "" : " (default)", document_formats[i]->help);
	fclose(out);
	return text;
}

/* argp frees what is not @text. */
static char *output_help(int key, const char *text, void *input)
{
	(void)input;
	return key == KEY_FORMAT ? formats_help() : (char *)text;
}

const struct argp output_argp = {
	.options = output_table,
	.parser = output_parse,
	.help_filter = output_help,
};

bool input_names_types(const struct input_options *input)
{
	return input->vmlinux || input->profile || input->btf || input->system_map || input->types;
}

bool severity_parse(const char *text, enum severity *ret)
{
	for (int severity = SEVERITY_NOTE; severity <= SEVERITY_ERROR; severity++)
		if (strcmp(text, severity_name((enum severity)severity)) == 0) {
			*ret = (enum severity)severity;
			return true;
		}
	return false;
}

bool checks_reach(const struct check_results *checks, enum severity severity)
{
	return checks->errors || (severity <= SEVERITY_WARNING && checks->warnings) ||
	       (severity == SEVERITY_NOTE && checks->notes);
}

void command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	argp_parse(argp, argc, argv, 0, NULL, input);
}
