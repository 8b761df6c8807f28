// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Work in parts, on several threads. What the parts are, and in which order their
 * results are put together, does not depend on the number of threads.
 */
#ifndef VMEMSCOPE_ANALYZER_PARALLEL_H
#define VMEMSCOPE_ANALYZER_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

struct analysis;
struct error;

/* A part of what is done section by section has as many of them, or a few more. */
enum { PART_SECTIONS = 64 };

/*
 * Does parts 0 to @count - 1, each once. @view is the analysis, with a memory and a
 * cursor that are the thread's own; it must not use view->kmem. The failure returned is
 * that of the first part that failed; parts after it may not have been begun.
 * ERROR_INTERRUPTED if somebody wants an end.
 */
struct error *parallel_run(const struct analysis *analysis, size_t count,
			   struct error *(*job)(const struct analysis *view, void *data,
						size_t part),
			   void *data);

/* Permille of the work where stages begin; the first begins at 0. */
enum { PROGRESS_MAP = 80, PROGRESS_CHECKS = 700, PROGRESS_END = 1000 };

/* What is done from now on takes the work from @from to @to permille. */
void progress_stage(const struct analysis *analysis, uint32_t from, uint32_t to);

/*
 * Memories for @analysis->threads threads, or fewer if there can be only one. A thread is
 * started when there first is a part for it, and waits for the next run after that.
 */
struct error *parallel_init(struct analysis *analysis);
void parallel_deinit(struct analysis *analysis);

#endif
