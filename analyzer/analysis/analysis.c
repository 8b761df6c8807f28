// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stages in order; each takes const products of those before it. */
#include "analyzer/analysis/analysis.h"
#include "analyzer/checks/check_table.h"

#include <unistd.h>

#include "analyzer/checker/focus.h"
#include "analyzer/observe/observe.h"
#include "analyzer/overwritten/overwritten.h"
#include "analyzer/pages/page_where.h"
#include "analyzer/pages/zone_tails.h"
#include "include/error.h"

/* What is made so far, for the stages that come. */
static void survey_init(struct analysis *analysis, const struct analysis_options *options)
{
	analysis->survey = (struct survey){
		.target = &analysis->target,
		.threads = &analysis->threads,
		.quick = options->quick,
		.checks_follow = options->depth == ANALYSIS_FULL && !options->quick,
		.scheme = &analysis->scheme,
		.map = &analysis->map,
		.inventory = &analysis->inventory,
		.devices = &analysis->devices,
		.device_pages = &analysis->devices.pages,
		.savings = &analysis->savings,
		.checks = &analysis->checks,
		.overwritten = &analysis->overwritten,
	};
}

/* HugeTLB pages are listed anew if page tables show another scheme than types. */
static struct error *hugetlb_look(struct analysis *analysis)
{
	const struct survey *survey = &analysis->survey;
	struct kernel *kernel = &analysis->target.kernel;
	bool changed = false;
	struct error *err = zone_tails_confirm(survey, kernel);

	if (!err)
		err = inventory_read(survey, &analysis->inventory);
	if (err)
		return err;
	hvo_switch_infer(&analysis->inventory, kernel);
	err = scheme_observe(survey, FAMILY_HUGETLB, &analysis->scheme, kernel, &changed);
	if (!err && changed)
		err = inventory_read_again(survey, &analysis->inventory);
	return err;
}

/* Compound pages of devices as well. */
static struct error *devices_look(struct analysis *analysis)
{
	const struct survey *survey = &analysis->survey;
	struct devices *devices = &analysis->devices;
	bool changed = false;
	struct error *err = devices_read(survey, devices);

	if (!err)
		err = device_pages_read(survey, devices);
	if (!err)
		err = scheme_observe(survey, FAMILY_DAX, &analysis->scheme,
				     &analysis->target.kernel, &changed);
	if (!err && changed)
		err = device_pages_read(survey, devices);
	if (!err && devices_share_nothing(survey, &analysis->scheme))
		err = device_pages_read(survey, devices);
	return err;
}

/* The kernel, and how its vmemmap is mapped as far as @depth asks. */
static struct error *look_first(struct analysis *analysis, enum analysis_depth depth)
{
	struct target *target = &analysis->target;
	struct error *err = target_kernel_read(target);

	if (err)
		return err;
	scheme_detect(&target->layout, target->arch, &analysis->scheme);
	if (depth < ANALYSIS_SCHEME)
		return NULL;
	progress_stage(&analysis->threads, 0, PROGRESS_MAP);
	return vmemmap_map_build(target, &analysis->threads, &analysis->map);
}

/* Everything there is that checks look at. */
static struct error *look(struct analysis *analysis)
{
	progress_stage(&analysis->threads, PROGRESS_MAP, PROGRESS_CHECKS);
	struct error *err = hugetlb_look(analysis);

	return err ? err : devices_look(analysis);
}

static void products_deinit(struct analysis *analysis)
{
	crash_deinit(&analysis->crash);
	check_results_deinit(&analysis->checks);
	savings_deinit(&analysis->savings);
	devices_deinit(&analysis->devices);
	inventory_deinit(&analysis->inventory);
	vmemmap_map_deinit(&analysis->map);
}

/* Discard partial products: they would look complete. */
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
	struct thread_pool *threads = &analysis->threads;
	struct analysis_progress *progress = threads->progress;
	unsigned count = threads->count;

	products_deinit(analysis);
	thread_pool_deinit(threads);
	struct error *err = overwritten_memory(analysis->target.memory, &analysis->overwritten,
					       &analysis->overlay);
	if (err)
		return err;
	err = target_move(&analysis->target, analysis->overlay);
	if (err)
		return err;
	err = thread_pool_init(threads, analysis->overlay, count, progress);
	threads->small_parts = analysis->quick;
	return err;
}

/* *ret: some is left out from now on, and all must be looked at again. */
static struct error *other_kernel_find(struct analysis *analysis, bool thorough, bool *ret)
{
	*ret = false;
	if (analysis->overlay)
		return NULL;
	struct error *err = overwritten_find(&analysis->survey, thorough, &analysis->overwritten);
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
	bool skipped = false;

	for (size_t i = 0; i < checks->run_count; i++)
		skipped |= checks->runs[i].not_checked > 0;
	return !checks->interrupted && (skipped || checks->errors + checks->warnings > 0);
}

/* What is no page has no findings; who asks for it is told why when it is shown. */
static void focus_set(struct analysis *analysis)
{
	struct page_found found;

	if (!analysis->asked_for)
		return;
	struct error *err = page_where_find(&analysis->survey, analysis->asked_for, &found);
	analysis->survey.focus = err ? NULL : &analysis->focus;
	if (err)
		error_destroy(err);
	else
		check_focus_of(&analysis->survey, found.pfn, &analysis->focus);
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
	focus_set(analysis);
	err = savings_count(&analysis->survey, &analysis->savings);
	if (!err)
		err = checks_run(&analysis->survey, analysis->findings_max, analysis->interrupted,
				 &analysis->checks);
	*worried_ret = !err && is_worried(&analysis->checks);
	return err;
}

/* The log; where checks were done, why the machine died. */
static struct error *crash_look(struct analysis *analysis, const struct analysis_options *options)
{
	struct crash *crash = &analysis->crash;

	if (options->depth < ANALYSIS_SCHEME || !options->crash || analysis->interrupted)
		return NULL;
	struct error *err = crash_known_read(&analysis->target, options->crash, crash);
	if (err || options->depth < ANALYSIS_FULL)
		return err;
	return crash_read(&analysis->survey, options->crash, crash);
}

static struct error *stages(struct analysis *analysis, struct typeinfo *typeinfo,
			    const struct analysis_options *options)
{
	enum analysis_depth depth = options->depth;
	bool worried = false, again = false;
	struct error *err = target_types_read(&analysis->target, typeinfo);

	if (!err)
		err = look_and_judge(analysis, depth, &worried);
	if (!err && worried)
		err = other_kernel_find(analysis, true, &again);
	if (!err && again)
		err = look_and_judge(analysis, depth, &worried);
	return err ? err : crash_look(analysis, options);
}

static unsigned threads_wanted(const struct analysis_options *options)
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
	analysis->findings_max = options->findings_max ? options->findings_max : FINDINGS_PER_CHECK;
	analysis->quick = options->quick;
	analysis->asked_for = options->focus;
	survey_init(analysis, options);
	struct error *err = thread_pool_init(&analysis->threads, memory, threads_wanted(options),
					     options->progress);
	analysis->threads.small_parts = options->quick;
	if (!err)
		err = target_init(&analysis->target, memory, elf_machine, big_endian, vmcoreinfo);
	if (!err)
		err = stages(analysis, typeinfo, options);
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

	if (!layout_has(&analysis->target.layout, LAYOUT_SYM_SAVED_COMMAND_LINE))
		return NULL;
	struct error *err = kmem_read_uint(
		analysis->target.kmem,
		layout_symbol(&analysis->target.layout, LAYOUT_SYM_SAVED_COMMAND_LINE), 8, &where,
		&state);
	if (err || state != MEMORY_PRESENT)
		return err;
	_cleanup_free_ char *text = malloc(COMMAND_LINE_MAX);
	if (!text)
		return error_nomem();
	err = kmem_read_text(analysis->target.kmem, where, text, COMMAND_LINE_MAX);
	if (!err && *text)
		analysis->cmdline = take_ptr(text);
	return err;
}

void analysis_destroy(struct analysis *analysis)
{
	if (!analysis)
		return;
	products_deinit(analysis);
	target_deinit(&analysis->target);
	thread_pool_deinit(&analysis->threads);
	if (analysis->overlay)
		analysis->overlay->ops->destroy(analysis->overlay);
	free(analysis->cmdline);
	free(analysis);
}
