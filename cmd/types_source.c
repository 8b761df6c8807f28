// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where types and symbols come from: what the user names wins; else the first that
 * can answer of the profile in the dump, the kernel's own BTF in the dump, what a running
 * kernel shows of itself in files, and a vmlinux found on this machine.
 */
#include "cmd/types_source.h"

#include <string.h>
#include <strings.h>

#include "analyzer/analysis/analysis.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"
#include "analyzer/kernel/witness.h"

/* --- the dump's own memory by virtual address ------------------------------- */

struct memory_view {
	struct kernel_view view; /* first: the embedded contract */
	const struct target *target;
};

static struct error *view_read(struct kernel_view *view, uint64_t addr, void *buf, size_t len,
			       bool *present_ret)
{
	struct memory_view *self = (struct memory_view *)view;
	enum memory_state state;
	struct error *err = kmem_read(self->target->kmem, addr, buf, len, &state);

	*present_ret = !err && state == MEMORY_PRESENT;
	return err;
}

static bool view_fact(struct kernel_view *view, const char *kind, const char *name, uint64_t *ret)
{
	return facts_value(((struct memory_view *)view)->target->facts, kind, name, ret);
}

typedef struct error *(open_view_fn)(const char *name, struct kernel_view *view,
				     struct typeinfo **ret);

static struct error *open_view(const struct types_request *request, const struct target *target,
			       open_view_fn *open, struct typeinfo **ret)
{
	struct memory_view self = {
		.view = {
			.read = view_read,
			.fact = view_fact,
			.big_endian = request->dump->big_endian,
			.kernel_offset = facts_kernel_offset(target->facts),
			.release = facts_text(target->facts, "OSRELEASE"),
			.build_id = facts_text(target->facts, "BUILD-ID"),
			.machine = arch_machine_name(target->arch, request->dump->big_endian),
		},
		.target = target,
	};

	return open(request->dump->path, &self.view, ret);
}

static struct error *open_kernel(const struct types_request *request, struct typeinfo **ret)
{
	return open_view(request, request->target, typeinfo_open_kernel, ret);
}

static struct error *open_kernel_symbols(const struct types_request *request, struct typeinfo **ret)
{
	return open_view(request, request->target, typeinfo_open_kernel_symbols, ret);
}

struct error *types_read(const struct types_request *request, struct memory *memory)
{
	struct typeinfo *types = NULL;
	struct target target;
	struct kmem kmem;
	struct error *err = target_copy(request->target, memory, &kmem, &target);

	if (!err)
		err = open_view(request, &target, typeinfo_open_kernel, &types);
	typeinfo_close(types);
	kmem_deinit(&kmem);
	return err;
}

/* --- what the user names ----------------------------------------------------- */

/* Types and symbols, or symbols alone, that the dump has of its own; NULL if none. */
static struct error *open_own(const struct types_request *request, struct typeinfo **ret)
{
	static struct error *(*const open[])(const struct types_request *request,
					     struct typeinfo **ret) = {
		open_kernel,
		open_kernel_symbols,
	};

	*ret = NULL;
	for (unsigned i = 0; !*ret && i < COUNT_OF(open); i++) {
		struct error *err = open[i](request, ret);

		if (err && error_code(err) == ERROR_NOMEM)
			return err;
		error_destroy(err);
	}
	return NULL;
}

/* A file that does not prove by its build id whose it is. */
static struct error *hold_against_dump(const struct types_request *request, struct typeinfo *ti)
{
	struct typeinfo *own;
	struct error *err = open_own(request, &own);

	if (err)
		return err;
	err = witness_check(ti, request->target->facts, request->target->kmem, own);
	typeinfo_close(own);
	return err;
}

static struct error *other_build(const struct typeinfo *ti, const char *build_id,
				 const char *release)
{
	return error_new(ERROR_MISMATCH,
			 "'%s' is of another kernel: its build id is %s, the dump's is %s "
			 "(kernel %s); --allow-mismatch uses it anyway",
			 ti->path, ti->build_id, build_id, release ? release : "unknown");
}

static struct error *other_kernel(const struct typeinfo *ti, const char *theirs, const char *ours)
{
	return error_new(
		ERROR_MISMATCH,
		"'%s' is of another kernel: %s, the dump's is %s; --allow-mismatch uses it "
		"anyway",
		ti->path, theirs, ours);
}

static bool differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

/* The types of another build give wrong answers that look right. */
static struct error *types_match(const struct types_request *request, struct typeinfo *ti)
{
	const struct arch_info *arch = arch_by_elf_machine(request->dump->elf_machine);
	const char *machine = arch_machine_name(arch, request->dump->big_endian);
	const char *build_id = facts_text(request->target->facts, "BUILD-ID");
	const char *release = facts_text(request->target->facts, "OSRELEASE");

	if (request->input->allow_mismatch)
		return NULL;
	if (ti->build_id && build_id)
		return strcasecmp(ti->build_id, build_id) == 0 ? NULL
							       : other_build(ti, build_id, release);
	if (differ(ti->machine, machine))
		return other_kernel(ti, ti->machine, machine);
	if (differ(ti->release, release))
		return other_kernel(ti, ti->release, release);
	return hold_against_dump(request, ti);
}

/* *ti is closed, and NULL, if it is not of the dump's kernel. */
static struct error *take_matching(const struct types_request *request, struct error *err,
				   struct typeinfo **ti)
{
	if (!err)
		err = types_match(request, *ti);
	if (err) {
		typeinfo_close(*ti);
		*ti = NULL;
	}
	return err;
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

/* /proc/kallsyms of the boot that was dumped does as well: the same, where it ran. */
static struct error *open_map(const struct types_request *request, struct typeinfo **ret)
{
	const uint64_t offset = facts_kernel_offset(request->target->facts);
	struct symbols_fit fit = { 0 };
	struct error *err = typeinfo_open_system_map(request->input->system_map, ret);

	if (!err)
		err = witness_symbols(*ret, request->target->facts, &fit);
	if (!err && fit.is_moved && fit.shift == offset)
		typeinfo_system_map_moved(*ret, offset);
	return err;
}

/* A kernel without HugeTLB has no hstates; a selection of symbols may lack _stext. */
static struct error *has_symbols(struct typeinfo *types, bool *ret)
{
	static const struct type_query queries[] = {
		{ TYPE_SYMBOL, NULL, "hstates" },
		{ TYPE_SYMBOL, NULL, "_stext" },
	};
	struct type_answer answers[2] = { 0 };
	struct error *err = types->ops->resolve(types, queries, 2, NULL, answers);

	*ret = answers[0].found || answers[1].found;
	return err;
}

/* A file that is no kernel at all is reported as such. */
static struct error *no_symbols(struct typeinfo *types, struct error *why)
{
	struct type_answer answers[LAYOUT_COUNT];
	struct error *err =
		types->ops->resolve(types, layout_queries, LAYOUT_COUNT, layout_near, answers);

	if (!err)
		err = layout_check_types(types, answers);
	if (!err)
		err = error_new(
			error_code(why),
			"'%s' has no symbols, and those in the dump cannot be used: %s; give a "
			"System.map with --system-map",
			types->path, error_message(why));
	error_destroy(why);
	return err;
}

/* Those of a System.map, or the dump's own. */
static struct error *open_symbols(const struct types_request *request, struct typeinfo *types,
				  struct typeinfo **ret)
{
	struct error *err;

	if (request->input->system_map)
		return take_matching(request, open_map(request, ret), ret);
	err = open_kernel_symbols(request, ret);
	return err && error_code(err) != ERROR_NOMEM ? no_symbols(types, err) : err;
}

/* What the types lead to has to be among the symbols. */
static struct error *check_symbols(struct typeinfo *whole, const struct typeinfo *symbols)
{
	struct type_answer answers[LAYOUT_COUNT];
	struct error *err =
		whole->ops->resolve(whole, layout_queries, LAYOUT_COUNT, layout_near, answers);

	return err ? err : layout_check_symbols(symbols, answers);
}

/* Types may have symbols with them, if they are those of a vmlinux. */
static struct error *add_symbols(const struct types_request *request, struct typeinfo *types,
				 struct typeinfo **ret)
{
	struct typeinfo *symbols = NULL;
	bool is_whole = false;
	struct error *err = request->input->system_map ? NULL : has_symbols(types, &is_whole);

	if (!err && is_whole) {
		*ret = types;
		return NULL;
	}
	if (!err)
		err = open_symbols(request, types, &symbols);
	err = chain(err, types, symbols, ret);
	if (err)
		return err;
	err = check_symbols(*ret, symbols);
	if (err) {
		typeinfo_close(*ret);
		*ret = NULL;
	}
	return err;
}

static bool wants(const struct types_request *request, const char *kind)
{
	return !request->input->types || strcmp(request->input->types, kind) == 0;
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
	if ((input->profile != NULL) + (input->vmlinux != NULL) + (input->btf != NULL) > 1)
		return error_new(ERROR_USAGE, "--profile, --vmlinux and --btf exclude each other");
	if (only && *types && strcmp(types, only) != 0)
		return error_new(ERROR_USAGE, "--types %s and --%s exclude each other", types,
				 only);
	if (input->vmlinux && strcmp(types, "profile") == 0)
		return error_new(ERROR_USAGE, "--types profile and --vmlinux exclude each other");
	if (input->system_map && !input->btf && !input->vmlinux)
		return error_new(ERROR_USAGE, "--system-map needs --btf or --vmlinux");
	return NULL;
}

static struct error *open_file(const struct types_request *request, struct typeinfo **ret)
{
	const struct input_options *input = request->input;

	if (input->btf)
		return typeinfo_open_btf(input->btf, ret);
	return wants(request, "dwarf") ? typeinfo_open_vmlinux(input->vmlinux, ret)
				       : typeinfo_open_btf(input->vmlinux, ret);
}

static struct error *open_named(const struct types_request *request, struct typeinfo **ret)
{
	const char *profile = request->input->profile;
	struct typeinfo *types = NULL;

	if (profile)
		return take_matching(request, typeinfo_open_profile_file(profile, ret), ret);
	struct error *err = take_matching(request, open_file(request, &types), &types);

	return err ? err : add_symbols(request, types, ret);
}

/* --- what is at hand ---------------------------------------------------------- */

static struct error *open_dump_profile(const struct types_request *request, struct typeinfo **ret)
{
	const struct dump *dump = request->dump;

	if (!dump->profile)
		return error_new(ERROR_NOT_FOUND, "the dump contains no profile");
	return take_matching(request, typeinfo_open_profile(dump->path, dump->profile, ret), ret);
}

/*
 * What the running kernel shows of itself in files, for one whose tables cannot be found in
 * its memory. Of a dump of any other kernel they say nothing.
 */
static struct error *open_running(const struct types_request *request, struct typeinfo **ret)
{
	struct typeinfo *types = NULL, *symbols = NULL;

	struct error *err = typeinfo_open_kallsyms(
		"/proc/kallsyms", facts_kernel_offset(request->target->facts), &symbols);
	if (!err)
		err = typeinfo_open_btf("/sys/kernel/btf/vmlinux", &types);
	err = take_matching(request, err, &symbols);
	return chain(err, types, symbols, ret);
}

static struct error *open_installed(const struct types_request *request, struct typeinfo **ret)
{
	_cleanup_free_ char *path = NULL;
	const struct arch_info *arch = arch_by_elf_machine(request->dump->elf_machine);
	const char *release = facts_text(request->target->facts, "OSRELEASE");
	const char *machine = arch_machine_name(arch, request->dump->big_endian);
	struct error *err =
		vmlinux_find("", release ? release : "unknown",
			     facts_text(request->target->facts, "BUILD-ID"), machine, &path);

	return err ? err : take_matching(request, typeinfo_open_vmlinux(path, ret), ret);
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

	for (unsigned i = 0; i < COUNT_OF(at_hand); i++) {
		if (!wants(request, at_hand[i].kind) ||
		    (at_hand[i].live_only && !request->dump->live))
			continue;
		struct error *err = at_hand[i].open(request, ret);
		if (!err) {
			error_destroy(why_not);
			return NULL;
		}
		if (error_code(err) == ERROR_NOMEM || i + 1 == COUNT_OF(at_hand))
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

	return err ? err : (is_named(request->input) ? open_named : open_at_hand)(request, ret);
}
