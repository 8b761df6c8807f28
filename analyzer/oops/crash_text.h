// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of faults as lines of KEY=VALUE, for dumps that do not hold the log. What comes first is
 * how many there are, then each, from "event=KIND" on. Keys that are not known are passed over.
 */
#ifndef VMEMSCOPE_CRASH_TEXT_H
#define VMEMSCOPE_CRASH_TEXT_H

#include <stdbool.h>

struct crash_log;
struct error;

/*
 * The text of @log, for free(). Names of tasks are in it only with @with_names; which registers
 * may be in it is the caller's business.
 */
struct error *crash_log_save(const struct crash_log *log, bool with_names, char **ret);

/* ERROR_CORRUPT, with the number of the line: crash_log_save() did not write that. */
struct error *crash_log_load(const char *text, struct crash_log *ret);

#endif
