// SPDX-License-Identifier: LGPL-2.1-or-later
/* Findings that did not stay are taken back: on a running machine they were a moment's. */
#include "analyzer/checker/checks.h"

#include <stdlib.h>
#include <string.h>

#include "include/error.h"

static enum check_status status_of(const struct check_run *run)
{
	if (run->by_severity[SEVERITY_ERROR])
		return STATUS_FAIL;
	if (run->by_severity[SEVERITY_WARNING])
		return STATUS_WARN;
	if (run->checked || !run->not_checked)
		return run->checked ? STATUS_PASS : STATUS_NOT_APPLICABLE;
	return STATUS_NOT_CHECKED;
}

/* Those beyond the list were never told apart: they stay where all that is listed does. */
static void unlisted_drop(struct check_run *run)
{
	uint64_t listed[3] = { 0 };

	for (size_t i = 0; i < run->finding_count; i++)
		listed[run->findings[i].severity]++;
	memcpy(run->by_severity, listed, sizeof(listed));
	run->violations = run->finding_count;
}

static void listed_drop(struct check_run *run, const void *data,
			bool (*stays)(const void *data, const struct finding *finding))
{
	size_t kept = 0;

	for (size_t i = 0; i < run->finding_count; i++) {
		if (stays(data, &run->findings[i]))
			run->findings[kept++] = run->findings[i];
		else
			free(run->findings[i].message);
	}
	run->finding_count = kept;
}

/* One that stands for it, and others, stays. */
static bool is_folded_in(const struct check_run *run, const struct finding *finding)
{
	for (size_t i = 0; finding->alike.key && i < run->finding_count; i++)
		if (run->findings[i].alike_count &&
		    run->findings[i].alike.key == finding->alike.key)
			return true;
	return false;
}

static void focused_drop(struct check_run *run, const void *data,
			 bool (*stays)(const void *data, const struct finding *finding))
{
	size_t kept = 0;

	for (size_t i = 0; i < run->focused_count; i++) {
		if (stays(data, &run->focused[i]) || is_folded_in(run, &run->focused[i]))
			run->focused[kept++] = run->focused[i];
		else
			free(run->focused[i].message);
	}
	run->focused_count = kept;
}

/* What is listed is all that is left. */
static struct error *tallies_recount(struct check_run *run)
{
	struct error *err = NULL;

	run->tally_count = 0;
	for (size_t i = 0; !err && i < run->finding_count; i++)
		err = signature_count(run, &run->findings[i]);
	return err;
}

static struct error *run_settle(struct check_run *run, const void *data,
				bool (*stays)(const void *data, const struct finding *finding),
				uint64_t *dropped_ret)
{
	size_t listed = run->finding_count;
	uint64_t before = run->violations;

	listed_drop(run, data, stays);
	focused_drop(run, data, stays);
	if (run->finding_count == listed)
		return NULL;
	unlisted_drop(run);
	*dropped_ret += before - run->violations;
	run->not_checked += before - run->violations;
	run->status = status_of(run);
	struct error *err = tallies_recount(run);
	return err ? err : check_reason(run, "changed while looking");
}

struct error *checks_settle(struct check_results *results, const void *data,
			    bool (*stays)(const void *data, const struct finding *finding),
			    uint64_t *dropped_ret)
{
	struct error *err = NULL;

	*dropped_ret = 0;
	results->errors = results->warnings = results->notes = 0;
	for (size_t i = 0; !err && i < results->run_count; i++) {
		struct check_run *run = &results->runs[i];

		err = run_settle(run, data, stays, dropped_ret);
		results->errors += run->by_severity[SEVERITY_ERROR];
		results->warnings += run->by_severity[SEVERITY_WARNING];
		results->notes += run->by_severity[SEVERITY_NOTE];
	}
	return err;
}
