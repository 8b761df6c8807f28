// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Work in parts, on several threads. What the parts are, and in which order their
 * results are put together, does not depend on the number of threads.
 */
#ifndef VMEMSCOPE_ANALYZER_PARALLEL_H
#define VMEMSCOPE_ANALYZER_PARALLEL_H

#include <stddef.h>

struct analysis;
struct error;

/* A part of what is done section by section has as many of them, or a few more. */
enum { PART_SECTIONS = 32 };

/*
 * Does parts 0 to @count - 1, each once. @view is the analysis, with a memory and a
 * cursor that are the thread's own; it must not use view->kmem. The failure returned is
 * that of the first part that failed; parts after it may not have been begun.
 */
struct error *parallel_run(const struct analysis *analysis, size_t count,
			   struct error *(*job)(const struct analysis *view, void *data,
						size_t part),
			   void *data);

/* Memories for @analysis->threads threads, or fewer if there can be only one. */
struct error *parallel_init(struct analysis *analysis);
void parallel_deinit(struct analysis *analysis);

#endif
