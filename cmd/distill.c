// SPDX-License-Identifier: LGPL-2.1-or-later
/* vmemscope distill: only what the analysis read, with the layout inside. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/confine.h"
#include "analyzer/distill/recorder.h"
#include "analyzer/log/kernel_log.h"
#include "cmd/types_source.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/plural.h"
#include "analyzer/distill/selection.h"

enum {
	KEY_KEEP_PAGES = 512,
	KEY_WITH_CMDLINE,
	KEY_WITH_TYPES,
	KEY_WITH_LOG,
	KEY_SELECT,
	KEY_SAMPLE,
	KEY_OVERWRITE
};

struct distill {
	struct input_options input;
	struct arguments dumps;
	const char *out;
	enum dump_image_format format;
	bool has_format;
	bool quiet, overwrite, keep_pages, with_cmdline, with_types, with_log;
	struct selection selection;
	char *sample; /* what the user chose by, in words; NULL: nothing */
};

/* --- arguments ------------------------------------------------------------------ */

static bool number_parse(const char *text, char **end, uint64_t *ret)
{
	errno = 0;
	*ret = strtoull(text, end, 0);
	return !errno && *end != text && *text >= '0' && *text <= '9';
}

/* "hugetlb", "dax", "node N", "pfn A-B"; "node=N" and "pfn=A-B" need no quotes. */
static bool select_parse(const char *text, struct selection *selection)
{
	uint64_t number;
	char *end;

	if (strcmp(text, "hugetlb") == 0 || strcmp(text, "dax") == 0) {
		selection->hugetlb = strcmp(text, "hugetlb") == 0;
		selection->dax = !selection->hugetlb;
		return true;
	}
	if (strncmp(text, "node", 4) == 0 && (text[4] == ' ' || text[4] == '=')) {
		if (!number_parse(text + 5, &end, &number) || *end || number > UINT16_MAX)
			return false;
		selection->node = (int)number;
		return true;
	}
	if (strncmp(text, "pfn", 3) != 0 || (text[3] != ' ' && text[3] != '=') ||
	    !number_parse(text + 4, &end, &selection->pfn_start) || *end != '-' ||
	    !number_parse(end + 1, &end, &number) || *end || number < selection->pfn_start ||
	    number == UINT64_MAX)
		return false;
	selection->pfn_end = number + 1;
	return true;
}

/* The small dump records what was chosen. */
static void choice_note(struct distill *distill, const char *option, const char *value)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s--%s %s", distill->sample ? distill->sample : "",
		     distill->sample ? ", " : "", option, value) < 0)
		exit(fail(error_nomem()));
	free(distill->sample);
	distill->sample = longer;
}

/* FILE.elf is ELF; what has another name is as small as can be. */
static enum dump_image_format format_of(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return suffix && strcmp(suffix, ".elf") == 0 ? DUMP_IMAGE_ELF : DUMP_IMAGE_KDUMP;
}

static error_t parse_choice(int key, char *arg, struct argp_state *state, struct distill *distill)
{
	char *end;

	if (key == KEY_SELECT) {
		if (!select_parse(arg, &distill->selection))
			argp_error(state,
				   "--select takes hugetlb, dax, node=N or pfn=A-B, not '%s'", arg);
		choice_note(distill, "select", arg);
		return 0;
	}
	if (!number_parse(arg, &end, &distill->selection.sample) || *end ||
	    distill->selection.sample == 0)
		argp_error(state, "--sample takes a number of pages, not '%s'", arg);
	choice_note(distill, "sample", arg);
	return 0;
}

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
	case 'f':
		if (!dump_image_format_by_name(arg, &distill->format))
			argp_error(state, "unknown format '%s': elf or kdump", arg);
		distill->has_format = true;
		return 0;
	case 'q':
		distill->quiet = true;
		return 0;
	case KEY_OVERWRITE:
		distill->overwrite = true;
		return 0;
	case KEY_KEEP_PAGES:
		distill->keep_pages = true;
		return 0;
	case KEY_WITH_CMDLINE:
		distill->with_cmdline = true;
		return 0;
	case KEY_WITH_TYPES:
		distill->with_types = true;
		return 0;
	case KEY_WITH_LOG:
		distill->with_log = true;
		return 0;
	case KEY_SELECT:
	case KEY_SAMPLE:
		return parse_choice(key, arg, state, distill);
	case ARGP_KEY_ARG:
		distill->dumps.items[distill->dumps.count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (distill->dumps.count == 0)
			argp_error(state, "no dump given");
		if (!distill->out)
			argp_error(state, "no output file given: use -o FILE");
		if (!distill->has_format)
			distill->format = format_of(distill->out);
		return 0;
	default:
		return common_parse(key, arg, state);
	}
}

/* --- interruption --------------------------------------------------------------- */

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* The file that a sample settles in; empty: there is none. */
static char settling[PATH_MAX];

/* What was begun goes away, and the program ends as it would have. */
static void on_signal(int number)
{
	static const char message[] = "vmemscope: interrupted: nothing was written\n";

	dump_write_abandon();
	if (settling[0])
		unlink(settling);
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(EXIT_FAILED);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	for (unsigned i = 0; i < COUNT_OF(ending_signals); i++)
		sigaction(ending_signals[i], &action, NULL);
	/* A limit on file sizes is a full disk like any other. */
	signal(SIGXFSZ, SIG_IGN);
}

/* --- what goes in ----------------------------------------------------------------- */

/* What was found is kept; what VMCOREINFO supplied will be supplied again. */
static struct error *profile_text(const struct session *session, char **ret)
{
	return typeinfo_profile_text(session->typeinfo, layout_queries,
				     session->analysis->target.layout.answer, LAYOUT_COUNT, ret);
}

/* What the log says of the crash; the log itself has names of commands, files and hosts. */
static struct error *crash_text(const struct session *session, bool with_names, char **ret)
{
	const struct dump *dump = session->dump;

	/* What was distilled once stays as it is. */
	if (dump->distilled) {
		*ret = dump->crash ? strdup(dump->crash) : NULL;
		return *ret || !dump->crash ? NULL : error_nomem();
	}
	return crash_save(&session->analysis->crash, with_names, ret);
}

static struct error *read_log(const struct session *session)
{
	const struct target *target = &session->analysis->target;
	struct kernel_log log;
	struct error *err = kernel_log_read(target->kmem, target->facts, &log);

	kernel_log_deinit(&log);
	return err;
}

/* Read through the recorder, so that they are kept. */
static struct error *read_extras(struct session *session, const struct distill *distill)
{
	struct error *err = NULL;

	if (distill->with_cmdline)
		err = analysis_read_cmdline(session->analysis);
	if (!err && distill->with_log)
		err = read_log(session);
	if (!err && distill->with_types)
		err = types_read(&(struct types_request){ session->dump, &session->analysis->target,
							  &distill->input },
				 recorder_memory(session->recorder));
	return err;
}

/* Pages that are left out are answered for: the full dump had them. */
static struct error *leave_out(struct session *session, const pfn_t *pages, size_t count,
			       const pfn_t *kept, size_t kept_count)
{
	struct error *err = NULL;

	for (size_t i = 0, k = 0; !err && i < count; i++) {
		if (k < kept_count && kept[k] == pages[i])
			k++;
		else
			err = recorder_exclude(session->recorder, pages[i]);
	}
	return err;
}

static struct error *choose_pages(struct session *session, const struct distill *distill,
				  struct dump_image *image, pfn_t **kept_ret)
{
	const pfn_t *pages;
	size_t count;
	struct error *err = recorder_pages(session->recorder, &pages, &count);

	image->pages = pages;
	image->page_count = count;
	if (err || selection_is_all(&distill->selection))
		return err;
	err = selection_frames(session->analysis, &distill->selection, pages, count, kept_ret,
			       &image->page_count);
	image->pages = *kept_ret;
	return err ? err : leave_out(session, pages, count, *kept_ret, image->page_count);
}

/* A sample of a sample is chosen by both. */
static struct error *describe_sample(const struct session *session, const struct distill *distill,
				     char **ret)
{
	const char *before = session->dump->sample, *now = distill->sample;

	if (!before && !now)
		return NULL;
	if (asprintf(ret, "%s%s%s", before ? before : "", before && now ? "; of that " : "",
		     now ? now : "") >= 0)
		return NULL;
	*ret = NULL;
	return error_nomem();
}

/* How much was written. */
struct written {
	size_t pages, extents;
};

/* Writes what @session read to @path. */
static struct error *write_image(struct session *session, const struct distill *distill,
				 const char *path, bool replace, struct written *ret)
{
	_cleanup_free_ char *profile = NULL, *sample = NULL, *crash = NULL;
	_cleanup_free_ pfn_t *kept = NULL;
	struct dump_image image = {
		.memory = distill->keep_pages ? session->dump->memory
					      : recorder_masked(session->recorder),
		.elf_machine = session->dump->elf_machine,
		.big_endian = session->dump->big_endian,
		.vmcoreinfo = session->dump->vmcoreinfo,
		.omits_zero_pages = session->dump->omits_zero_pages,
		.truncated = session->dump->truncated,
		.missing_bytes = session->dump->missing_bytes,
	};

	arch_kernel_image(session->analysis->target.arch, session->analysis->target.facts,
			  &image.window_paddr, &image.window_vaddr, &image.window_bytes);
	struct error *err = profile_text(session, &profile);

	if (!err)
		err = crash_text(session, distill->with_log, &crash);
	if (!err)
		err = read_extras(session, distill);
	if (!err)
		err = choose_pages(session, distill, &image, &kept);
	if (!err)
		err = describe_sample(session, distill, &sample);
	if (err)
		return err;
	image.profile = profile;
	image.sample = sample;
	image.crash = crash;
	image.extents = recorder_extents(session->recorder, &image.extent_count);
	*ret = (struct written){ image.page_count, image.extent_count };
	return dump_write(path, replace, distill->format, &image);
}

/* --- samples ---------------------------------------------------------------------- */

enum { ROUNDS_MAX = 16 };

static void settling_end(void)
{
	if (settling[0])
		unlink(settling);
	settling[0] = '\0';
}

static struct error *settling_begin(const char *out)
{
	if (snprintf(settling, sizeof(settling), "%s.XXXXXX", out) >= (int)sizeof(settling)) {
		settling[0] = '\0';
		return error_new(ERROR_USAGE, "the name '%s' is too long", out);
	}
	int fd = mkstemp(settling);
	if (fd >= 0)
		return close(fd), NULL;
	settling[0] = '\0';
	return error_new(ERROR_OS, "cannot write '%s': %s", out, strerror(errno));
}

/* Distils what is settling once more: to @path, or (NULL) in its place. */
static struct error *settle(const struct distill *distill, const char *path, struct written *ret)
{
	const char *const dumps[] = { settling };
	const struct input_options none = { 0 };
	struct distill plain = *distill;
	struct session session;
	struct error *err = session_open(dumps, 1, &none, ANALYSIS_FULL, true, &session);

	if (err)
		return err;
	plain.selection = selection_all;
	plain.sample = NULL;
	err = write_image(&session, &plain, path ? path : settling,
			  path ? distill->overwrite : true, ret);
	session_close(&session);
	return err;
}

/*
 * Of a sample less is read than of the whole: what nothing asks for any more is left
 * out in turn, until a dump distilled again is the same.
 */
static struct error *write_sample(struct session *session, const struct distill *distill,
				  struct written *ret)
{
	struct written before = { 0 };
	struct error *err = settling_begin(distill->out);

	if (!err)
		err = write_image(session, distill, settling, true, ret);
	for (unsigned i = 0; !err && i < ROUNDS_MAX &&
			     (ret->pages != before.pages || ret->extents != before.extents);
	     i++) {
		before = *ret;
		err = settle(distill, NULL, ret);
	}
	if (!err)
		err = settle(distill, distill->out, ret);
	settling_end();
	return err;
}

static struct error *write_distilled(struct session *session, const struct distill *distill)
{
	struct written written = { 0 };
	struct error *err =
		selection_is_all(&distill->selection)
			? write_image(session, distill, distill->out, distill->overwrite, &written)
			: write_sample(session, distill, &written);

	if (!err && !distill->quiet)
		fprintf(stderr, "vmemscope: wrote '%s': %zu page%s%s%s\n", distill->out,
			written.pages, plural(written.pages), distill->sample ? ", a sample: " : "",
			distill->sample ? distill->sample : "");
	return err;
}

static struct error *distill_run(const struct distill *distill)
{
	struct session session;
	struct error *err = session_open(distill->dumps.items, distill->dumps.count,
					 &distill->input, ANALYSIS_FULL, true, &session);

	if (err)
		return err;
	catch_signals();
	err = write_distilled(&session, distill);
	session_close(&session);
	return err;
}

static int run_distill(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "Write the small dump to FILE", 2 },
		{ "format", 'f', "FORMAT", 0,
		  "elf, or kdump: compressed with zstd. Default: elf if FILE ends with .elf, else "
		  "kdump",
		  2 },
		{ "overwrite", KEY_OVERWRITE, NULL, 0, "Replace FILE if it exists", 2 },
		{ "quiet", 'q', NULL, 0, "Print errors only", 2 },
		{ "select", KEY_SELECT, "WHAT", 0,
		  "Keep only hugetlb, dax, node=N or pfn=A-B; repeatable", 3 },
		{ "only", KEY_SELECT, "WHAT", OPTION_HIDDEN, NULL, 3 }, /* its old name */
		{ "sample", KEY_SAMPLE, "COUNT", 0,
		  "Keep at most COUNT pages of a kind (HugeTLB or device, size, node, mapping)",
		  3 },
		{ "keep-pages", KEY_KEEP_PAGES, NULL, 0,
		  "Keep whole pages, not only the bytes that were read", 4 },
		{ "with-cmdline", KEY_WITH_CMDLINE, NULL, 0, "Keep the kernel's command line", 4 },
		{ "with-types", KEY_WITH_TYPES, NULL, 0,
		  "Keep the kernel's BTF and symbols, for other tools", 4 },
		{ "log", KEY_WITH_LOG, NULL, 0,
		  "Keep the kernel's log, and command names in what it says of the crash", 4 },
		CONFINE_OPTIONS,
		{ 0 },
	};
	static const struct argp_child children[] = { { &input_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		options,
		parse,
		"DUMP... -o FILE",
		"Write a new dump with only what the analysis reads, the VMCOREINFO note, and the "
		"layout of the types. It gives the same report without any other file. Of each "
		"page only the bytes that were read are kept."
		"\vAn existing FILE is replaced only with --overwrite. Pages with findings are always "
		"kept.",
		children,
		NULL,
		NULL,
	};
	struct distill distill = { .selection = selection_all };

	distill.dumps.items = calloc((size_t)argc + 1, sizeof(*distill.dumps.items));
	if (!distill.dumps.items)
		return fail(error_nomem());
	command_parse(&argp, argc, argv, &distill);
	confine(&(struct confinement){
		.input = &distill.input,
		.dumps = &distill.dumps,
		.output = distill.out,
	});
	struct error *err = distill_run(&distill);
	free(distill.dumps.items);
	free(distill.sample);
	return err ? fail(err) : EXIT_CLEAN;
}

const struct command command_distill = { "distill",
					 "write a small dump with only what the analysis reads",
					 run_distill };
