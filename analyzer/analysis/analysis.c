// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stages in order; each takes const products of those before it. */
#include "analyzer/pages/zone_tails.h"
#include "analyzer/analysis/analysis.h"

#include <unistd.h>

#include "analyzer/observe/observe.h"
#include "analyzer/overwritten/overwritten.h"
#include "analyzer/parallel/parallel.h"
#include "include/error.h"

/* VMCOREINFO is text of the dump's: say once where it comes from. */
static struct error *begin(struct analysis *analysis, uint16_t elf_machine, bool big_endian,
			   const char *vmcoreinfo)
{
	struct error *err = facts_parse(vmcoreinfo, &analysis->facts);

	if (err)
		return err;
	analysis->arch = arch_by_elf_machine(elf_machine);
	if (!analysis->arch)
		return error_new(ERROR_UNSUPPORTED,
				 "ELF machine %u: dumps of such machines cannot be analysed",
				 elf_machine);
	err = analysis->arch->paging_init(analysis->facts, analysis->memory, &analysis->paging);
	if (err)
		return err;
	return kmem_init(&analysis->kmem, analysis->arch, &analysis->paging, analysis->memory,
			 big_endian);
}

/* The machine, and how its vmemmap is mapped as far as @depth asks. */
static struct error *look_first(struct analysis *analysis, enum analysis_depth depth)
{
	struct error *err = kernel_read(analysis->facts, &analysis->layout, &analysis->kmem,
					analysis->arch, &analysis->kernel);

	if (err)
		return err;
	scheme_detect(&analysis->layout, analysis->arch, &analysis->scheme);
	if (depth < ANALYSIS_SCHEME)
		return NULL;
	progress_stage(analysis, 0, PROGRESS_MAP);
	return vmemmap_map_build(analysis, &analysis->map);
}

/* Everything there is that checks look at. */
static struct error *look(struct analysis *analysis)
{
	bool changed = false;

	progress_stage(analysis, PROGRESS_MAP, PROGRESS_CHECKS);
	struct error *err = zone_tails_confirm(analysis);

	if (!err)
		err = inventory_read(analysis);
	if (!err)
		err = scheme_observe(analysis, FAMILY_HUGETLB, &changed);
	if (!err && changed)
		err = inventory_read_again(analysis);
	if (!err)
		err = devices_read(analysis);
	if (!err)
		err = devices_tally(analysis);
	return err;
}

static void products_deinit(struct analysis *analysis)
{
	check_results_deinit(&analysis->checks);
	savings_deinit(&analysis->savings);
	devices_deinit(&analysis->devices);
	inventory_deinit(&analysis->inventory);
	vmemmap_map_deinit(&analysis->map);
}

/* Half of what there is would read like the whole. */
static void forget(struct analysis *analysis)
{
	products_deinit(analysis);
	analysis->inventory.mark_missing = "interrupted";
	analysis->devices.pgmaps_missing = "interrupted";
	analysis->devices.resources_missing = "interrupted";
}

/* What a failure means for those that need not know all. */
static struct error *looked(struct analysis *analysis, enum analysis_depth depth, struct error *err)
{
	if (depth == ANALYSIS_SCHEME && error_catch(&err, ERROR_CORRUPT))
		forget(analysis);
	if (err && depth == ANALYSIS_FULL && error_catch(&err, ERROR_INTERRUPTED)) {
		analysis->interrupted = true;
		forget(analysis);
	}
	return err;
}

/* --- memory of another kernel -------------------------------------------------------- */

/* From now on the dump has nothing of what was overwritten: everything is looked at anew. */
static struct error *leave_out(struct analysis *analysis)
{
	unsigned threads = analysis->threads;

	products_deinit(analysis);
	kernel_deinit(&analysis->kernel);
	kmem_deinit(&analysis->kmem);
	parallel_deinit(analysis);
	struct error *err =
		overwritten_memory(analysis->memory, &analysis->overwritten, &analysis->overlay);
	if (err)
		return err;
	analysis->memory = analysis->overlay;
	analysis->threads = threads;
	err = parallel_init(analysis);
	return err ? err
		   : kmem_init(&analysis->kmem, analysis->arch, &analysis->paging, analysis->memory,
			       analysis->kmem.big_endian);
}

/* *ret: some is left out from now on, and all must be looked at again. */
static struct error *other_kernel_find(struct analysis *analysis, bool thorough, bool *ret)
{
	*ret = false;
	if (analysis->overlay)
		return NULL;
	struct error *err = overwritten_find(analysis, thorough, &analysis->overwritten);
	if (err || !analysis->overwritten.count)
		return err;
	*ret = true;
	return leave_out(analysis);
}

static struct error *look_first_again(struct analysis *analysis, enum analysis_depth depth)
{
	bool again = false;
	struct error *err = look_first(analysis, depth);

	if (!err && depth >= ANALYSIS_SCHEME)
		err = other_kernel_find(analysis, false, &again);
	return !err && again ? look_first(analysis, depth) : err;
}

/* --- all of it ------------------------------------------------------------------------ */

/* Something is wrong, or could not be looked at. */
static bool is_worried(const struct check_results *checks)
{
	bool blind = false;

	for (size_t i = 0; i < checks->run_count; i++)
		blind |= checks->runs[i].not_checked > 0;
	return !checks->interrupted && (blind || checks->errors + checks->warnings > 0);
}

/* All but what is done once. *worried_ret: it should be known whose memory this is. */
static struct error *look_and_judge(struct analysis *analysis, enum analysis_depth depth,
				    bool *worried_ret)
{
	struct error *err = look_first_again(analysis, depth);

	*worried_ret = false;
	if (!err && depth >= ANALYSIS_SCHEME)
		err = look(analysis);
	err = looked(analysis, depth, err);
	if (err || depth < ANALYSIS_FULL)
		return err;
	err = savings_count(analysis, &analysis->savings);
	if (!err)
		err = checks_run(analysis, &analysis->checks);
	*worried_ret = !err && is_worried(&analysis->checks);
	return err;
}

static struct error *stages(struct analysis *analysis, struct typeinfo *typeinfo,
			    enum analysis_depth depth)
{
	bool worried, again = false;
	struct error *err = layout_resolve(typeinfo, analysis->facts, &analysis->layout);

	if (!err)
		err = analysis_check_root(analysis->memory, &analysis->paging);
	if (!err)
		err = look_and_judge(analysis, depth, &worried);
	if (!err && worried)
		err = other_kernel_find(analysis, true, &again);
	return !err && again ? look_and_judge(analysis, depth, &worried) : err;
}

static unsigned threads_of(const struct analysis_options *options)
{
	long processors = options->threads ? (long)options->threads : sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors < THREADS_MAX ? (unsigned)processors : THREADS_MAX;
}

struct error *analysis_run(struct memory *memory, uint16_t elf_machine, bool big_endian,
			   const char *vmcoreinfo, struct typeinfo *typeinfo,
			   const struct analysis_options *options, struct analysis **ret)
{
	struct analysis *analysis = calloc(1, sizeof(*analysis));

	if (!analysis)
		return error_nomem();
	analysis->memory = memory;
	analysis->findings_max = options->findings_max ? options->findings_max : FINDINGS_PER_CHECK;
	analysis->threads = threads_of(options);
	analysis->progress = options->progress;
	analysis->quick = options->quick;
	analysis->surveys = options->depth == ANALYSIS_FULL && !options->quick;
	struct error *err = parallel_init(analysis);
	if (!err)
		err = begin(analysis, elf_machine, big_endian, vmcoreinfo);
	if (!err)
		err = stages(analysis, typeinfo, options->depth);
	if (err) {
		analysis_destroy(analysis);
		return err;
	}
	*ret = analysis;
	return NULL;
}

/* Linux kernel init/main.c, setup_command_line(): a pointer to the text. */
struct error *analysis_read_cmdline(struct analysis *analysis)
{
	enum { COMMAND_LINE_MAX = 4096 };
	enum memory_state state;
	uint64_t where;

	if (!layout_has(&analysis->layout, LAYOUT_SYM_SAVED_COMMAND_LINE))
		return NULL;
	struct error *err = kmem_read_uint(
		&analysis->kmem, layout_symbol(&analysis->layout, LAYOUT_SYM_SAVED_COMMAND_LINE), 8,
		&where, &state);
	if (err || state != MEMORY_PRESENT)
		return err;
	_cleanup_free_ char *text = malloc(COMMAND_LINE_MAX);
	if (!text)
		return error_nomem();
	err = kmem_read_text(&analysis->kmem, where, text, COMMAND_LINE_MAX);
	if (!err && *text)
		analysis->cmdline = take_ptr(text);
	return err;
}

void analysis_destroy(struct analysis *analysis)
{
	if (!analysis)
		return;
	products_deinit(analysis);
	kernel_deinit(&analysis->kernel);
	kmem_deinit(&analysis->kmem);
	parallel_deinit(analysis);
	if (analysis->overlay)
		analysis->overlay->ops->destroy(analysis->overlay);
	facts_destroy(analysis->facts);
	free(analysis->cmdline);
	free(analysis);
}
