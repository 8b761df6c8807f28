// SPDX-License-Identifier: LGPL-2.1-or-later
/* What an event of the log, and its places, say of the vmemmap. */
#ifndef VMEMSCOPE_CRASH_VERDICT_H
#define VMEMSCOPE_CRASH_VERDICT_H

#include "analyzer/crash/crash.h"

/* Fills place, entry and registers of @crash for @event, and why. */
struct error *crash_event_judge(const struct survey *survey, const struct crash_event *event,
				struct crash *crash);
/* Why, where no event tells of a fault. */
enum crash_why crash_without_event(const struct survey *survey, const struct crash *crash);

/* The known fault that fits the verdict; NULL: none. */
const struct known_bug *crash_bug_find(const struct survey *survey, const struct crash *crash);

/* Errors that checks have found, but for the one that explains the crash. */
uint64_t crash_findings_beside(const struct survey *survey, const struct crash *crash);

#endif
