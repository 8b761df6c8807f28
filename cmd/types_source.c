// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where types and symbols come from: what the user names wins; else the first that
 * can answer of the profile in the dump, the kernel's own BTF in the dump, what a running
 * kernel shows of itself in files, and a vmlinux found on this machine.
 */
#include "cmd/types_source.h"

#include <string.h>

#include "include/analysis.h"
#include "include/dump.h"
#include "include/error.h"

/* --- the dump's own memory by virtual address ------------------------------- */

struct memory_view {
	struct kernel_view view; /* first: the embedded contract */
	struct kmem kmem;
	const struct facts *facts;
};

static struct error *view_read(struct kernel_view *view, uint64_t addr, void *buf, size_t len,
			       bool *present_ret)
{
	struct memory_view *self = (struct memory_view *)view;
	enum memory_state state;
	struct error *err = kmem_read(&self->kmem, addr, buf, len, &state);

	*present_ret = !err && state == MEMORY_PRESENT;
	return err;
}

static bool view_fact(struct kernel_view *view, const char *kind, const char *name, uint64_t *ret)
{
	return facts_value(((struct memory_view *)view)->facts, kind, name, ret);
}

static struct error *open_kernel_in(const struct types_request *request, struct memory *memory,
				    struct typeinfo **ret)
{
	const struct arch_info *arch = arch_by_elf_machine(request->dump->elf_machine);
	struct paging paging;
	struct memory_view self = {
		.view = {
			.read = view_read,
			.fact = view_fact,
			.big_endian = request->dump->big_endian,
			.kernel_offset = facts_kernel_offset(request->facts),
			.release = facts_text(request->facts, "OSRELEASE"),
			.build_id = facts_text(request->facts, "BUILD-ID"),
			.machine = arch_machine_name(arch, request->dump->big_endian),
		},
		.facts = request->facts,
	};
	struct error *err = arch->paging_init(request->facts, memory, &paging);

	if (!err)
		err = kmem_init(&self.kmem, arch, &paging, memory, request->dump->big_endian);
	if (err)
		return err;
	err = typeinfo_open_kernel(request->dump->path, &self.view, ret);
	kmem_deinit(&self.kmem);
	return err;
}

static struct error *open_kernel(const struct types_request *request, struct typeinfo **ret)
{
	return open_kernel_in(request, request->dump->memory, ret);
}

struct error *types_read(const struct types_request *request, struct memory *memory)
{
	struct typeinfo *types = NULL;
	struct error *err = open_kernel_in(request, memory, &types);

	typeinfo_close(types);
	return err;
}

/* --- what the user names ----------------------------------------------------- */

/* The types of another build give wrong answers that look right. */
static struct error *types_match(const struct typeinfo *ti, const struct facts *facts, bool force)
{
	const char *build_id = facts_text(facts, "BUILD-ID");
	const char *release = facts_text(facts, "OSRELEASE");

	if (force)
		return NULL;
	if (ti->build_id && build_id && strcmp(ti->build_id, build_id) != 0)
		return error_new(ERROR_MISMATCH,
				 "'%s' is of another kernel: its build id is %s, the dump's is %s "
				 "(kernel %s); --force uses it all the same",
				 ti->path, ti->build_id, build_id, release ? release : "unknown");
	if (!(ti->build_id && build_id) && ti->release && release &&
	    strcmp(ti->release, release) != 0)
		return error_new(ERROR_MISMATCH,
				 "'%s' is of another kernel: %s, the dump's is %s; --force uses it "
				 "all the same",
				 ti->path, ti->release, release);
	return NULL;
}

/* @types and @symbols as one, unless there is @err already; both are taken. */
static struct error *chain(struct error *err, struct typeinfo *types, struct typeinfo *symbols,
			   struct typeinfo **ret)
{
	if (!err)
		err = typeinfo_open_chain(types, symbols, ret);
	if (err) {
		typeinfo_close(types);
		typeinfo_close(symbols);
	}
	return err;
}

/* Symbols for a bare BTF file: a System.map, or the dump's own. */
static struct error *add_symbols(const struct types_request *request, struct typeinfo *types,
				 struct typeinfo **ret)
{
	const char *map = request->input->system_map;
	struct typeinfo *symbols = NULL;
	struct error *err =
		map ? typeinfo_open_system_map(map, &symbols) : open_kernel(request, &symbols);

	if (err && !map) { /* a vmlinux has symbols of its own */
		error_destroy(err);
		*ret = types;
		return NULL;
	}
	return chain(err, types, symbols, ret);
}

static struct error *open_named_btf(const struct types_request *request, const char *path,
				    struct typeinfo **ret)
{
	struct typeinfo *types;
	struct error *err = typeinfo_open_btf(path, &types);

	return err ? err : add_symbols(request, types, ret);
}

static bool wants(const struct types_request *request, const char *kind)
{
	return !request->input->types || !strcmp(request->input->types, kind);
}

static bool is_named(const struct input_options *input)
{
	return input->profile || input->vmlinux || input->btf;
}

/* An option that would be ignored is a misunderstanding. */
struct error *types_options_check(const struct input_options *input)
{
	const char *only = input->profile ? "profile" : input->btf ? "btf" : NULL;
	const char *types = input->types ? input->types : "";
	bool btf_of_vmlinux = input->vmlinux && !strcmp(types, "btf");

	if ((input->profile != NULL) + (input->vmlinux != NULL) + (input->btf != NULL) > 1)
		return error_new(ERROR_USAGE,
				 "give one of --profile, --vmlinux and --btf, not several");
	if (only && *types && strcmp(types, only) != 0)
		return error_new(ERROR_USAGE, "--types %s does not go with --%s", types, only);
	if (input->vmlinux && !strcmp(types, "profile"))
		return error_new(ERROR_USAGE, "--types profile does not go with --vmlinux");
	if (input->system_map && !input->btf && !btf_of_vmlinux)
		return error_new(ERROR_USAGE, "--system-map goes with --btf");
	return NULL;
}

static struct error *open_named(const struct types_request *request, struct typeinfo **ret)
{
	const struct input_options *input = request->input;

	if (input->profile)
		return typeinfo_open_profile_file(input->profile, ret);
	if (input->btf)
		return open_named_btf(request, input->btf, ret);
	if (!wants(request, "dwarf"))
		return open_named_btf(request, input->vmlinux, ret);
	return typeinfo_open_vmlinux(input->vmlinux, ret);
}

/* --- what is at hand ---------------------------------------------------------- */

static struct error *open_dump_profile(const struct types_request *request, struct typeinfo **ret)
{
	const struct dump *dump = request->dump;

	return dump->profile ? typeinfo_open_profile(dump->path, dump->profile, ret)
			     : error_new(ERROR_NOT_FOUND, "the dump carries no profile");
}

/*
 * What the running kernel shows of itself in files, for one whose tables cannot be found in
 * its memory. Of a dump of any other kernel they say nothing.
 */
static struct error *open_running(const struct types_request *request, struct typeinfo **ret)
{
	struct typeinfo *types = NULL, *symbols = NULL;

	struct error *err = typeinfo_open_kallsyms("/proc/kallsyms",
						   facts_kernel_offset(request->facts), &symbols);
	if (!err)
		err = typeinfo_open_btf("/sys/kernel/btf/vmlinux", &types);
	return chain(err, types, symbols, ret);
}

static struct error *open_installed(const struct types_request *request, struct typeinfo **ret)
{
	_cleanup_free_ char *path = NULL;
	const struct arch_info *arch = arch_by_elf_machine(request->dump->elf_machine);
	const char *release = facts_text(request->facts, "OSRELEASE");
	const char *machine = arch_machine_name(arch, request->dump->big_endian);
	struct error *err = vmlinux_find("", release ? release : "unknown",
					 facts_text(request->facts, "BUILD-ID"), machine, &path);

	return err ? err : typeinfo_open_vmlinux(path, ret);
}

static const struct {
	const char *kind;
	struct error *(*open)(const struct types_request *request, struct typeinfo **ret);
	bool live_only;
} at_hand[] = {
	{ "profile", open_dump_profile, false },
	{ "btf", open_kernel, false },
	{ "btf", open_running, true },
	{ "dwarf", open_installed, false },
};

/* Both reasons, since either could be mended. */
static struct error *both_failed(struct error *before, struct error *err)
{
	if (!before)
		return err;
	struct error *both =
		error_new(error_code(err), "%s; the types in the dump itself cannot be used: %s",
			  error_message(err), error_message(before));
	error_destroy(before);
	error_destroy(err);
	return both;
}

static struct error *open_at_hand(const struct types_request *request, struct typeinfo **ret)
{
	struct error *why_not = NULL;

	for (unsigned i = 0; i < sizeof(at_hand) / sizeof(at_hand[0]); i++) {
		if (!wants(request, at_hand[i].kind) ||
		    (at_hand[i].live_only && !request->dump->live))
			continue;
		struct error *err = at_hand[i].open(request, ret);
		if (!err) {
			error_destroy(why_not);
			return NULL;
		}
		if (error_code(err) == ERROR_NOMEM || i + 1 == sizeof(at_hand) / sizeof(at_hand[0]))
			return both_failed(why_not, err);
		error_destroy(why_not);
		why_not = err;
	}
	return why_not ? why_not
		       : error_new(ERROR_USAGE, "there are no types of kind '%s'",
				   request->input->types);
}

struct error *types_open(const struct types_request *request, struct typeinfo **ret)
{
	struct error *err = types_options_check(request->input);

	if (!err)
		err = is_named(request->input) ? open_named(request, ret)
					       : open_at_hand(request, ret);
	if (err)
		return err;
	err = types_match(*ret, request->facts, request->input->force);
	if (err) {
		typeinfo_close(*ret);
		*ret = NULL;
	}
	return err;
}
