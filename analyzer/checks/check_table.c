// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of checks, and how they are run. */
#include "analyzer/checks/check_table.h"
#include "include/array.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/pages/survey.h"
#include "include/error.h"

/* In order: a check may leave out what an earlier one has reported. */
// clang-format off
const struct check *const check_table[] = {
	&check_section_mem_map,
	&check_section_usage,
	&check_section_preinit,
	&check_vmemmap_mapped,
	&check_vmemmap_tables,
	&check_zone_tails,
	&check_head_private,
	&check_tail_target,
	&check_tail_readonly,
	&check_head_writable,
	&check_flag_agrees,
	&check_unoptimized_private,
	&check_self_hosted,
	&check_dax_pgmap,
	&check_dax_frames_private,
	&check_dax_tail_target,
	&check_dax_tail_permission,
	&check_dax_frames_writable,
	&check_dax_tail_refcount,
	&check_dax_altmap,
	&check_dax_sharing,
	&check_head_sound,
	&check_orphan_sharing,
	&check_frame_in_dump,
	&check_frame_owner,
	&check_table_owner,
	&check_leftovers,
	&check_hugetlb_contents,
	&check_dax_contents,
	&check_head_refcount,
	&check_pool_lists,
	&check_mask_alignment,
	&check_pool_counters,
	&check_memmap_counters,
	&check_hvo_key_count,
	&check_savings_agree,
	&check_memory_overwritten,
	NULL,
};

// clang-format on
const unsigned check_count = COUNT_OF(check_table) - 1;

const struct check *check_by_id(const char *id)
{
	for (const struct check *const *check = check_table; *check; check++)
		if (strcmp((*check)->id, id) == 0)
			return *check;
	return NULL;
}

/* Nothing looked at: was there something, or not? */
static enum check_status status_of(const struct check_run *run)
{
	if (run->status != STATUS_PASS || run->checked > 0)
		return run->status;
	return run->not_checked ? STATUS_NOT_CHECKED : STATUS_NOT_APPLICABLE;
}

static void count_findings(const struct check_run *run, struct check_results *results)
{
	results->errors += run->by_severity[SEVERITY_ERROR];
	results->warnings += run->by_severity[SEVERITY_WARNING];
	results->notes += run->by_severity[SEVERITY_NOTE];
}

static uint32_t progress_of(unsigned check)
{
	return PROGRESS_CHECKS + (PROGRESS_END - PROGRESS_CHECKS) * check / check_count;
}

/* What an interrupted check has found so far counts for nothing. */
static struct error *check_interrupted(struct check_run *run)
{
	const struct check_run fresh = {
		.check = run->check,
		.unit = run->unit,
		.finding_max = run->finding_max,
		.not_checked = 1,
	};

	check_run_deinit(run);
	*run = fresh;
	return check_reason(run, "interrupted");
}

static struct error *check_one(const struct survey *survey, struct check_run *run,
			       bool *interrupted)
{
	const char *blind = survey->quick ? run->check->blind_when_quick : NULL;
	struct error *err = NULL;

	if (*interrupted)
		return check_interrupted(run);
	if (!blind) {
		err = run->check->run(survey, run);
		*interrupted = err && error_catch(&err, ERROR_INTERRUPTED);
		if (*interrupted)
			return check_interrupted(run);
		return err ? error_context(err, "check %s", run->check->id) : NULL;
	}
	run->not_checked = 1;
	return check_reason(run, "--quick %s", blind);
}

struct error *checks_run(const struct survey *survey, size_t findings_max, bool interrupted,
			 struct check_results *ret)
{
	*ret = (struct check_results){
		.runs = calloc(check_count, sizeof(*ret->runs)),
		.interrupted = interrupted,
	};
	if (!ret->runs)
		return error_nomem();
	for (unsigned i = 0; i < check_count; i++) {
		struct check_run *run = &ret->runs[ret->run_count++];

		*run = (struct check_run){
			.check = check_table[i],
			.earlier = ret->runs,
			.earlier_count = i,
			.focus = survey->focus,
			.unit = "",
			.finding_max = findings_max,
		};
		progress_stage(survey->threads, progress_of(i), progress_of(i + 1));
		struct error *err = check_one(survey, run, &ret->interrupted);
		if (!err)
			err = alikes_fold(survey->target, run);
		if (err)
			return err;
		check_run_seal(run);
		run->status = status_of(run);
		count_findings(run, ret);
	}
	return NULL;
}
