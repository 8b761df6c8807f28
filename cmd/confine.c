// SPDX-License-Identifier: LGPL-2.1-or-later
/* What each command may touch in its jail, and what is said when it dies there. */
#include "cmd/confine.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "cmd/jail/jail.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/vector.h"

#ifdef VMEMSCOPE_NO_SANDBOX /* gcov writes beside the object files when a process ends */
static bool is_off = true;
#else
static bool is_off;
#endif

void confine_off(void)
{
	is_off = true;
}

/* --- files ---------------------------------------------------------------------- */

/*
 * Where debug packages and kernels' builds are, and libraries that are loaded on demand;
 * what the C library and jansson look at.
 */
static const char *const system_places[] = {
	"/usr/lib",   "/usr/lib64",   "/usr/local/lib",	   "/lib",
	"/lib64",     "/boot",	      "/usr/lib/debug",	   "/etc/ld.so.cache",
	"/proc/self", "/dev/urandom", "/usr/share/locale", "/sys/devices/system/cpu",
};

/* What a running kernel shows of itself. */
static const char *const kernel_places[] = {
	"/proc/kcore", "/proc/kpageflags", "/proc/kallsyms",
	"/proc/iomem", "/sys/kernel",	   "/sys/hypervisor",
};

/* A plan that is being made, with the names that it alone holds. */
struct draft {
	struct jail_plan plan;
	struct error *err; /* the first */
	uint64_t dump_bytes, type_bytes;
	bool has_packed; /* a dump becomes larger, nobody knows how much */
	char **owned;
	size_t owned_count, owned_room;
};

static void allow(struct draft *draft, enum jail_access access, const char *path)
{
	if (!draft->err && path)
		draft->err = jail_allow(&draft->plan, access, path);
}

/* @path is taken. */
static void allow_owned(struct draft *draft, enum jail_access access, char *path)
{
	if (!draft->err && !path)
		draft->err = error_nomem();
	if (!draft->err)
		draft->err = vector_push(draft->owned, draft->owned_count, draft->owned_room, path);
	if (draft->err)
		free(path);
	else
		allow(draft, access, path);
}

/* The directory that a file @path is in, or will be. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* A file that appears when it is whole is made beside that name. */
static void allow_output(struct draft *draft, const char *path)
{
	if (!path)
		return;
	if (output_is_special(path))
		allow(draft, JAIL_WRITE, path);
	else
		allow_owned(draft, JAIL_WRITE, directory_of(path));
}

static uint64_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

/* The running kernel's memory, by whatever name. */
static bool is_of_proc(const char *path)
{
	enum { PROC_MAGIC = 0x9fa0 }; /* include/uapi/linux/magic.h */
	struct statfs status;

	return statfs(path, &status) == 0 && status.f_type == PROC_MAGIC;
}

/* /dev/fd/63: a shell's <(...), that is, an open file. */
static bool is_open_file(const char *path)
{
	return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/", 6) == 0;
}

static void allow_kernel(struct draft *draft)
{
	for (size_t i = 0; i < COUNT_OF(kernel_places); i++)
		allow(draft, JAIL_READ, kernel_places[i]);
	draft->plan.reads_kernel = true;
}

static void allow_input(struct draft *draft, const char *path)
{
	allow(draft, JAIL_READ, path);
	draft->plan.keeps_files |= is_open_file(path);
	draft->dump_bytes += size_of(path);
	if (!draft->plan.reads_kernel && is_of_proc(path))
		allow_kernel(draft);
}

static void allow_dump(struct draft *draft, const char *path)
{
	allow_input(draft, path);
	draft->has_packed |= dump_is_packed(path);
}

/* The directory that the file @path is in, with all links resolved. */
static void allow_beside(struct draft *draft, const char *path)
{
	_cleanup_free_ char *whole = realpath(path, NULL);

	if (whole)
		allow_owned(draft, JAIL_READ, directory_of(whole));
}

/* With a file of types also what lies beside it: its debug file may. */
static void allow_types(struct draft *draft, const char *path)
{
	if (!path)
		return;
	allow(draft, JAIL_READ, path);
	draft->plan.keeps_files |= is_open_file(path);
	draft->type_bytes += size_of(path);
	if (size_of(path))
		allow_beside(draft, path);
}

/* Where a kernel was built, /lib/modules has a link to. */
static void allow_builds(struct draft *draft)
{
	static const char modules[] = "/lib/modules";
	DIR *directory = opendir(modules);
	struct dirent *entry;

	while (directory && !draft->err && (entry = readdir(directory))) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s/build", modules, entry->d_name) < 0)
			path = NULL;
		allow_owned(draft, JAIL_READ, path);
	}
	if (directory)
		closedir(directory);
}

static void allow_system(struct draft *draft)
{
	for (size_t i = 0; i < COUNT_OF(system_places); i++)
		allow(draft, JAIL_READ, system_places[i]);
	allow_beside(draft, "/proc/self/exe"); /* it may bring its libraries along */
	allow_builds(draft);
	allow(draft, JAIL_WRITE, dump_temporary_directory());
}

static void allow_options(struct draft *draft, const struct input_options *input)
{
	allow_types(draft, input->vmlinux);
	allow_types(draft, input->btf);
	allow_types(draft, input->profile);
	allow_types(draft, input->system_map);
	allow(draft, JAIL_READ, input->vmcoreinfo);
}

/* --- memory ----------------------------------------------------------------------- */

static const uint64_t MIB = 1 << 20, GIB = 1 << 30;

static unsigned threads_of(const struct input_options *input)
{
	cpu_set_t set;

	if (input && input->threads)
		return input->threads;
	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : (unsigned)CPU_COUNT(&set);
}

/*
 * A report of 1 TiB takes 5 MiB of its own, with a vmlinux 0.1 of that file; a thread maps
 * its stack and, unused, the room of its heap. Sections of debug information can be packed,
 * and a dump is mapped, or put together and mapped.
 */
static void plan_memory(struct draft *draft, const struct input_options *input)
{
	const uint64_t threads = threads_of(input);
	const uint64_t unpacked_max =
		input && input->unpacked_max ? input->unpacked_max : DUMP_UNPACKED_MAX;

	draft->plan.own_bytes =
		2 * GIB + threads * 16 * MIB + 8 * draft->type_bytes + draft->dump_bytes / 4;
	draft->plan.mapped_bytes = draft->plan.own_bytes + 2 * GIB + threads * 144 * MIB +
				   3 * draft->dump_bytes + 2 * draft->type_bytes +
				   (draft->has_packed ? unpacked_max : 0);
}

static void draft_make(struct draft *draft, const struct confinement *what)
{
	draft->plan.has_children = what->has_children;
	for (size_t i = 0; what->dumps && i < what->dumps->count; i++)
		allow_dump(draft, what->dumps->items[i]);
	if (what->also_read)
		allow_input(draft, what->also_read);
	if (what->input)
		allow_options(draft, what->input);
	allow_output(draft, what->output);
	allow_output(draft, what->also_written);
	allow_system(draft);
	/* Where dumps are, links in directories tell; the workers have limits of their own. */
	if (what->has_children)
		allow(draft, JAIL_READ, "/");
	else
		plan_memory(draft, what->input);
}

static void draft_deinit(struct draft *draft)
{
	for (size_t i = 0; i < draft->owned_count; i++)
		free(draft->owned[i]);
	free(draft->owned);
	jail_plan_deinit(&draft->plan);
}

/* --- how it ended -------------------------------------------------------------------- */

static const struct {
	const char *doing, *advice;
} stages[CONFINE_STAGE_COUNT] = {
	[CONFINE_START] = { "beginning", "" },
	[CONFINE_OPENING] = { "opening the dump", "; the file may be damaged" },
	[CONFINE_TYPES] = { "reading types",
			    "; the dump or the file with the types may be damaged: another file can "
			    "be named with --profile, --btf or --vmlinux" },
	[CONFINE_ANALYSIS] = { "analysing the dump", "; the dump may be damaged" },
	[CONFINE_WRITING] = { "writing the report", "" },
};

/* Those that somebody sends to a program from outside. */
static const int from_outside[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,	  SIGPIPE,
				    SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF };

static bool is_from_outside(int number)
{
	for (size_t i = 0; i < COUNT_OF(from_outside); i++) {
		if (from_outside[i] == number)
			return true;
	}
	return false;
}

/* "SIGSEGV" */
static const char *signal_name(int number)
{
	static char name[32];
	const char *known = sigabbrev_np(number);

	if (known)
		snprintf(name, sizeof(name), "SIG%s", known);
	else
		snprintf(name, sizeof(name), "signal %d", number);
	return name;
}

static struct error *death(int number)
{
	static const char report[] = "This is a bug of vmemscope: please report it, SECURITY.md "
				     "says how";
	unsigned stage = jail_stage();
	const char *doing, *advice;

	if (stage >= CONFINE_STAGE_COUNT)
		stage = CONFINE_START;
	doing = stages[stage].doing;
	advice = stages[stage].advice;
	if (number == SIGKILL)
		return error_new(ERROR_OS,
				 "the process in the sandbox was killed (SIGKILL) while %s: "
				 "perhaps memory ran out, 'dmesg' tells",
				 doing);
	if (number == SIGSYS)
		return error_new(ERROR_OS,
				 "the process in the sandbox ended with SIGSYS while %s: it tried "
				 "what is not allowed there%s. %s; for a dump that you trust, "
				 "--no-sandbox goes on without a sandbox",
				 doing, advice, report);
	return error_new(ERROR_OS, "the process in the sandbox ended with %s while %s%s. %s",
			 signal_name(number), doing, advice, report);
}

/* As if this process had been at work itself. */
static _Noreturn void end_as(int status)
{
	int number;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	number = WTERMSIG(status);
	if (!is_from_outside(number))
		_exit(fail(death(number)));
	signal(number, SIG_DFL);
	raise(number);
	_exit(EXIT_FAILED);
}

/* --- in and out ------------------------------------------------------------------------ */

void confine(const struct confinement *what)
{
	struct draft draft = { 0 };
	int status = 0;

	if (is_off)
		return;
	fflush(NULL);
	draft_make(&draft, what);
	bool inside = !draft.err && jail_enter(&draft.plan, &status, &draft.err);
	if (draft.err) {
		status = fail(error_new(error_code(draft.err),
					"%s; --no-sandbox goes on without a sandbox",
					error_message(draft.err)));
		error_destroy(draft.err);
		if (inside)
			exit(status);
		_exit(status);
	}
	if (!inside)
		end_as(status);
	draft_deinit(&draft);
}

struct error *confine_worker(const struct confinement *what)
{
	struct draft draft = { 0 };

	if (is_off)
		return NULL;
	draft_make(&draft, what);
	struct error *err = draft.err ? draft.err : jail_tighten(&draft.plan);
	draft_deinit(&draft);
	return err;
}

void confine_set_stage(enum confine_stage stage)
{
	jail_set_stage(stage);
}

void confine_opened(void)
{
	if (!is_off)
		jail_forget_kernel();
}
