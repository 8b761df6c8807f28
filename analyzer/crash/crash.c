// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds the event that the crash was, and judges it. */
#include "analyzer/crash/crash.h"

#include "analyzer/crash/crash_verdict.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/error.h"

/* --- which event ---------------------------------------------------------------------- */

/* The greater, the more it tells; 0: it ends nothing. */
static unsigned weight(const struct crash_event *event)
{
	static const unsigned char weights[CRASH_KIND_COUNT] = {
		[CRASH_PAGE_FAULT] = 6,
		[CRASH_NULL_POINTER] = 6,
		[CRASH_GENERAL_PROTECTION] = 6,
		[CRASH_BUG] = 6,
		[CRASH_LIST_CORRUPTION] = 6,
		[CRASH_BAD_PAGE_STATE] = 6,
		[CRASH_MEMORY_FAILURE] = 4,
		[CRASH_PANIC] = 3,
		[CRASH_SYSRQ] = 2,
		[CRASH_SOFT_LOCKUP] = 1,
		[CRASH_HARD_LOCKUP] = 1,
		[CRASH_HUNG_TASK] = 1,
		[CRASH_RCU_STALL] = 1,
	};
	unsigned own = weights[event->kind];

	if (event->kind == CRASH_UNKNOWN && event->is_oops)
		return weights[CRASH_BUG];
	/* A report whose first lines are lost does not say which page it is about. */
	if (event->kind == CRASH_BAD_PAGE_STATE && !event->has_pfn)
		return 3;

	return event->is_panic && own < 5 && event->kind != CRASH_SYSRQ &&
			       event->kind != CRASH_PANIC
		       ? 5
		       : own;
}

static void events_choose(struct crash *crash)
{
	unsigned best = 0;

	crash->cause = crash->end = CRASH_NO_EVENT;
	for (size_t i = 0; i < crash->log.count; i++) {
		const struct crash_event *event = &crash->log.events[i];
		unsigned own = weight(event);

		if (own > best) {
			best = own;
			crash->cause = (long)i;
		}
		if (own > 1 && (event->is_oops || event->is_panic || event->kind == CRASH_SYSRQ ||
				crash->end < 0))
			crash->end = (long)i;
	}
}

/* --- the verdict ------------------------------------------------------------------------ */

static bool is_at_vmemmap(enum crash_why why)
{
	enum crash_verdict verdict = crash_why_verdict(why);

	return verdict == CRASH_VMEMMAP_DAMAGED || verdict == CRASH_VMEMMAP_SOUND ||
	       verdict == CRASH_DAMAGED_EARLIER;
}

/*
 * A machine may live on after an oops that has nothing to do with the vmemmap, and die of
 * another: the first that has is what is asked about. Alike bad pages are judged as one.
 */
static struct error *later_judge(const struct survey *survey, struct crash *crash)
{
	enum { JUDGED_MAX = 32 };
	struct crash later = *crash;
	unsigned judged = 0;

	for (size_t i = (size_t)crash->cause + 1; i < crash->log.count && judged < JUDGED_MAX;
	     i++) {
		const struct crash_event *event = &crash->log.events[i];

		if (weight(event) < weight(crash_cause(crash)) ||
		    event->kind == CRASH_BAD_PAGE_STATE)
			continue;
		judged++;
		struct error *err = crash_event_judge(survey, event, &later);
		if (err)
			return err;
		if (!is_at_vmemmap(later.why))
			continue;
		*crash = later;
		crash->cause = (long)i;
		return NULL;
	}
	return NULL;
}

static struct error *judge(const struct survey *survey, struct crash *crash)
{
	struct error *err = bad_pages_judge(survey, &crash->log, &crash->bad_pages);

	events_choose(crash);
	if (err)
		return err;
	if (crash->cause < 0) {
		crash->why = crash_without_event(survey, crash);
		return NULL;
	}
	err = crash_event_judge(survey, crash_cause(crash), crash);
	if (!err && !is_at_vmemmap(crash->why) && crash->why != WHY_SILENT)
		err = later_judge(survey, crash);
	return err;
}

struct error *crash_read(const struct survey *survey, const struct crash_sources *sources,
			 struct crash *crash)
{
	if (sources->is_live)
		return NULL;
	if (crash->missing) {
		crash->why = WHY_NO_LOG;
		return NULL;
	}
	struct error *err = crash_registers_choose(survey, sources, &crash->log);
	if (!err)
		err = judge(survey, crash);
	if (err)
		return err;
	crash->bug = crash_bug_find(survey, crash);
	crash->beside = crash_findings_beside(survey, crash);
	return NULL;
}

void crash_deinit(struct crash *crash)
{
	crash_log_deinit(&crash->log);
	*crash = (struct crash){ .cause = CRASH_NO_EVENT, .end = CRASH_NO_EVENT };
}
