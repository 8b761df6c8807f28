// SPDX-License-Identifier: LGPL-2.1-or-later
/* How findings are kept, counted and put together. */
#include "analyzer/checker/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "include/bisect.h"
#include "include/error.h"
#include "include/vector.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

const char *check_status_name(enum check_status status)
{
	static const char *const names[] = {
		[STATUS_PASS] = "pass",
		[STATUS_FAIL] = "fail",
		[STATUS_WARN] = "warn",
		[STATUS_NOT_CHECKED] = "not-checked",
		[STATUS_NOT_APPLICABLE] = "not-applicable",
	};

	return names[status];
}

static struct error *covered_push(struct check_run *run, struct covered covered)
{
	if (run->covered_count == COVERED_MAX)
		return NULL;
	return vector_push(run->covered, run->covered_count, run->covered_room, covered);
}

static struct error *covered_add(struct check_run *run, const struct finding *finding)
{
	if (!finding->has_vmemmap || finding->severity == SEVERITY_NOTE ||
	    finding->entry.leaves_pages)
		return NULL;
	run->covered_pages += finding->count;
	return covered_push(run, (struct covered){
					 .first = finding->index,
					 .end = finding->index + finding->count,
					 .error = finding->severity == SEVERITY_ERROR,
				 });
}

struct error *findings_cover_more(struct check_run *run, uint64_t index, uint64_t count)
{
	run->covered_pages += count;
	return covered_push(run, (struct covered){
					 .first = index,
					 .end = index + count,
					 .error = true,
				 });
}

static int covered_compare(const void *a, const void *b)
{
	const struct covered *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* The check is done: others can ask what it has reported. */
void check_run_seal(struct check_run *run)
{
	uint64_t reach = 0;

	if (run->covered_count)
		qsort(run->covered, run->covered_count, sizeof(*run->covered), covered_compare);
	for (size_t i = 0; i < run->covered_count; i++) {
		reach = run->covered[i].end > reach ? run->covered[i].end : reach;
		run->covered[i].reach = reach;
	}
}

/* --- signatures -------------------------------------------------------------- */

static struct signature_tally *tally_of(const struct check_run *run, const char *signature)
{
	for (size_t i = 0; i < run->tally_count; i++)
		if (strcmp(run->tallies[i].signature, signature) == 0)
			return &run->tallies[i];
	return NULL;
}

const struct signature_tally *signature_find(const struct check_run *run, const char *signature)
{
	return tally_of(run, signature);
}

static struct error *tally_add(struct check_run *run, const struct signature_tally *more)
{
	struct signature_tally *tally = tally_of(run, more->signature);

	if (tally) {
		tally->count += more->count;
		tally->last = more->last;
		return NULL;
	}
	return vector_push(run->tallies, run->tally_count, run->tally_room, *more);
}

struct error *signature_count(struct check_run *run, const struct finding *finding)
{
	struct finding place = *finding;

	if (!finding->signature)
		return NULL;
	place.message = NULL;
	place.check = run->check;
	return tally_add(run, &(struct signature_tally){
				      .signature = finding->signature,
				      .count = 1,
				      .first = place,
				      .last = place,
			      });
}

/* --- what is in focus --------------------------------------------------------- */

bool focus_has(const struct check_focus *focus, const struct finding *finding)
{
	if (finding->has_pfn && finding->pfn >= focus->start && finding->pfn < focus->end)
		return true;
	return finding->has_vmemmap && finding->index < focus->first + focus->count &&
	       finding->index + finding->count > focus->first;
}

/* Takes over the message. */
static struct error *focused_push(struct check_run *run, struct finding *finding)
{
	if (run->focused_count == FINDINGS_PER_CHECK) {
		run->focused_more++;
		return NULL;
	}
	struct error *err =
		vector_push(run->focused, run->focused_count, run->focused_room, *finding);
	if (!err)
		finding->message = NULL;
	return err;
}

__attribute__((format(printf, 3, 0))) static struct error *
focused_add(struct check_run *run, struct finding finding, const char *fmt, va_list args)
{
	va_list again;

	if (!run->focus || !focus_has(run->focus, &finding))
		return NULL;
	va_copy(again, args);
	int length = vasprintf(&finding.message, fmt, again);
	va_end(again);
	if (length < 0)
		return error_nomem();
	finding.check = run->check;
	struct error *err = focused_push(run, &finding);
	free(finding.message);
	return err;
}

/* --- findings ---------------------------------------------------------------- */

__attribute__((format(printf, 3, 0))) static struct error *
finding_keep(struct check_run *run, struct finding finding, const char *fmt, va_list args)
{
	static const enum check_status worse[] = {
		[SEVERITY_NOTE] = STATUS_PASS,
		[SEVERITY_WARNING] = STATUS_WARN,
		[SEVERITY_ERROR] = STATUS_FAIL,
	};

	bool listed = true;

	finding.signature = run->signature;
	finding.alike = run->alike;
	run->signature = NULL;
	finding.entry = run->entry;
	run->entry = (struct finding_entry){ 0 };
	run->alike.key = 0;
	struct error *err = focused_add(run, finding, fmt, args);
	if (!err)
		err = covered_add(run, &finding);
	if (!err)
		err = signature_count(run, &finding);
	if (!err && finding.alike.key)
		err = alike_count(run, &finding, &listed);
	if (err)
		return err;
	run->violations++;
	run->by_severity[finding.severity]++;
	if (finding.severity == SEVERITY_ERROR ||
	    (finding.severity == SEVERITY_WARNING && run->status != STATUS_FAIL))
		run->status = worse[finding.severity];
	if (!listed || run->finding_count == run->finding_max)
		return NULL;
	err = vector_reserve(run->findings, run->finding_room, run->finding_count + 1);
	if (err)
		return err;
	alike_list_one(run, &finding.alike);
	if (vasprintf(&finding.message, fmt, args) < 0)
		return error_nomem();
	finding.check = run->check;
	run->findings[run->finding_count++] = finding;
	return NULL;
}

struct error *finding_add(struct check_run *run, enum severity severity, pfn_t pfn, uint64_t index,
			  uint64_t count, const char *fmt, ...)
{
	struct finding finding = {
		.severity = severity,
		.has_pfn = true,
		.pfn = pfn,
		.has_vmemmap = true,
		.index = index,
		.count = count,
	};
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

struct error *finding_add_pfn(struct check_run *run, enum severity severity, pfn_t pfn,
			      const char *fmt, ...)
{
	struct finding finding = { .severity = severity, .has_pfn = true, .pfn = pfn };
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

struct error *finding_add_plain(struct check_run *run, enum severity severity, const char *fmt, ...)
{
	struct finding finding = { .severity = severity };
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

__attribute__((format(printf, 2, 0))) static struct error *
reason_keep(char **reason, const char *fmt, va_list args)
{
	if (*reason || vasprintf(reason, fmt, args) >= 0)
		return NULL;
	*reason = NULL;
	return error_nomem();
}

struct error *check_reason(struct check_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct error *err = reason_keep(&run->reason, fmt, args);
	va_end(args);
	return err;
}

struct error *check_out_of_reach(struct check_run *run, const char *fmt, ...)
{
	va_list args;

	run->out_of_reach++;
	va_start(args, fmt);
	struct error *err = reason_keep(&run->reach_reason, fmt, args);
	va_end(args);
	return err;
}

/* --- in parts ---------------------------------------------------------------- */

void check_run_begin(struct check_run *part, const struct check_run *whole)
{
	*part = (struct check_run){
		.check = whole->check,
		.earlier = whole->earlier,
		.earlier_count = whole->earlier_count,
		.focus = whole->focus,
		.unit = whole->unit,
		.finding_max = whole->finding_max, /* some of them may not be listed again */
	};
}

static enum check_status status_worse(enum check_status a, enum check_status b)
{
	if (a == STATUS_FAIL || b == STATUS_FAIL)
		return STATUS_FAIL;
	return a == STATUS_WARN ? a : b;
}

static struct error *findings_join(struct check_run *whole, struct check_run *part)
{
	for (size_t i = 0; i < part->finding_count; i++) {
		struct error *err = NULL;

		if (whole->finding_count == whole->finding_max)
			return NULL;
		if (!alike_list_one(whole, &part->findings[i].alike))
			continue;
		err = vector_reserve(whole->findings, whole->finding_room,
				     whole->finding_count + 1);
		if (err)
			return err;
		whole->findings[whole->finding_count++] = part->findings[i];
		part->findings[i].message = NULL;
	}
	return NULL;
}

static struct error *focused_join(struct check_run *whole, struct check_run *part)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < part->focused_count; i++)
		err = focused_push(whole, &part->focused[i]);
	whole->focused_more += part->focused_more;
	return err;
}

struct error *check_run_join(struct check_run *whole, struct check_run *part)
{
	struct error *err = alikes_join(whole, part);

	if (!err)
		err = findings_join(whole, part);
	if (!err)
		err = focused_join(whole, part);
	for (size_t i = 0; !err && i < part->covered_count; i++)
		err = covered_push(whole, part->covered[i]);
	whole->covered_pages += part->covered_pages;
	for (size_t i = 0; !err && i < part->tally_count; i++)
		err = tally_add(whole, &part->tallies[i]);
	whole->status = status_worse(whole->status, part->status);
	whole->checked += part->checked;
	whole->not_checked += part->not_checked;
	whole->out_of_reach += part->out_of_reach;
	whole->violations += part->violations;
	for (unsigned i = 0; i < COUNT_OF(whole->by_severity); i++)
		whole->by_severity[i] += part->by_severity[i];
	if (!whole->reason)
		whole->reason = take_ptr(part->reason);
	if (!whole->reach_reason)
		whole->reach_reason = take_ptr(part->reach_reason);
	return err;
}

static bool covered_any(const struct check_run *run, uint64_t index, uint64_t count)
{
	/* Those before low begin before the end. */
	size_t low = bisect(run->covered_count, i, run->covered[i].first < index + count);

	return low > 0 && run->covered[low - 1].reach > index;
}

bool findings_cover_any(const struct check_run *run, uint64_t index, uint64_t count)
{
	for (size_t i = 0; i < run->earlier_count; i++)
		if (run->earlier[i].covered_count && covered_any(&run->earlier[i], index, count))
			return true;
	return false;
}

bool findings_cover(const struct check_run *run, uint64_t index)
{
	return findings_cover_any(run, index, 1);
}

void check_run_deinit(struct check_run *run)
{
	for (size_t i = 0; i < run->finding_count; i++)
		free(run->findings[i].message);
	for (size_t i = 0; i < run->focused_count; i++)
		free(run->focused[i].message);
	free(run->findings);
	free(run->focused);
	free(run->tallies);
	free(run->alike_kinds);
	free(run->covered);
	free(run->reason);
	free(run->reach_reason);
	*run = (struct check_run){ 0 };
}

void check_results_deinit(struct check_results *results)
{
	for (size_t i = 0; i < results->run_count; i++)
		check_run_deinit(&results->runs[i]);
	free(results->runs);
	*results = (struct check_results){ 0 };
}
