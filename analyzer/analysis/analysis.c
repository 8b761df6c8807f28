// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stages in order; each takes const products of those before it. */
#include "analyzer/pages/zone_tails.h"
#include "analyzer/analysis/analysis.h"

#include <unistd.h>

#include "analyzer/observe/observe.h"
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

/* Everything there is that checks look at. */
static struct error *look(struct analysis *analysis)
{
	bool changed = false;

	progress_stage(analysis, 0, PROGRESS_MAP);
	struct error *err = vmemmap_map_build(analysis, &analysis->map);

	progress_stage(analysis, PROGRESS_MAP, PROGRESS_CHECKS);
	if (!err)
		err = zone_tails_confirm(analysis);
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

/* Half of what there is would read like the whole. */
static void forget(struct analysis *analysis)
{
	devices_deinit(&analysis->devices);
	inventory_deinit(&analysis->inventory);
	vmemmap_map_deinit(&analysis->map);
	analysis->inventory.mark_missing = "interrupted";
	analysis->devices.pgmaps_missing = "interrupted";
	analysis->devices.resources_missing = "interrupted";
}

static struct error *stages(struct analysis *analysis, struct typeinfo *typeinfo,
			    enum analysis_depth depth)
{
	struct error *err = layout_resolve(typeinfo, analysis->facts, &analysis->layout);

	if (!err)
		err = analysis_check_root(analysis->memory, &analysis->paging);
	if (!err)
		err = kernel_read(analysis->facts, &analysis->layout, &analysis->kmem,
				  analysis->arch, &analysis->kernel);
	if (err)
		return err;
	scheme_detect(&analysis->layout, analysis->arch, &analysis->scheme);
	if (depth < ANALYSIS_SCHEME)
		return NULL;

	err = look(analysis);
	if (depth == ANALYSIS_SCHEME && error_catch(&err, ERROR_CORRUPT))
		forget(analysis);
	if (err && depth == ANALYSIS_FULL && error_catch(&err, ERROR_INTERRUPTED)) {
		analysis->interrupted = true;
		forget(analysis);
	}
	if (err || depth < ANALYSIS_FULL)
		return err;

	err = savings_count(analysis, &analysis->savings);
	return err ? err : checks_run(analysis, &analysis->checks);
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
	check_results_deinit(&analysis->checks);
	savings_deinit(&analysis->savings);
	devices_deinit(&analysis->devices);
	inventory_deinit(&analysis->inventory);
	vmemmap_map_deinit(&analysis->map);
	kernel_deinit(&analysis->kernel);
	kmem_deinit(&analysis->kmem);
	parallel_deinit(analysis);
	facts_destroy(analysis->facts);
	free(analysis->cmdline);
	free(analysis);
}
