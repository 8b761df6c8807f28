// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Work in parts, on several threads. What the parts are, and in which order their
 * results are put together, does not depend on the number of threads.
 */
#ifndef VMEMSCOPE_PARALLEL_H
#define VMEMSCOPE_PARALLEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct memory;
struct team;

/* A part of what is done section by section has as many of them, or a few more. */
enum { PART_SECTIONS = 64 };

enum { THREADS_MAX = 64 };

/* How far an analysis is, for other threads and signal handlers. */
struct analysis_progress {
	_Atomic uint32_t permille; /* of the work, as estimated beforehand */
	_Atomic uint64_t bytes;	   /* asked of the dump so far */
	atomic_bool unpacks;	   /* before the analysis: @bytes are those that were unpacked */
	/* Set to stop soon: what is not done by then is not checked. */
	atomic_bool cancel;

	uint32_t from, to; /* permille at the ends of what is done now; of the analysis alone */
};

/* The threads that do the parts. One at a time may ask for that. */
struct thread_pool {
	struct memory *memory;		       /* of the thread that asks; borrowed */
	struct memory *forks[THREADS_MAX - 1]; /* for the other threads: threads - 1 of them */
	unsigned count;			       /* this one included */
	bool small_parts;		       /* a few are done before another thread is awake */
	struct team *team;		       /* the other threads; NULL: there are none */
	struct analysis_progress *progress;    /* borrowed; or NULL */
};

/*
 * Memories for @threads threads, or fewer if there can be only one. A thread is started
 * when there first is a part for it, and waits for the next run after that.
 * thread_pool_deinit() in any case.
 */
struct error *thread_pool_init(struct thread_pool *pool, struct memory *memory, unsigned threads,
			       struct analysis_progress *progress);
void thread_pool_deinit(struct thread_pool *pool);

/*
 * Does parts 0 to @count - 1, each once. @memory is the thread's own. The failure returned
 * is that of the first part that failed; parts after it may not have been begun.
 * ERROR_INTERRUPTED if progress->cancel is set.
 */
struct error *parallel_run(struct thread_pool *pool, size_t count,
			   struct error *(*job)(struct memory *memory, void *data, size_t part),
			   void *data);

/* Permille of the work where stages begin; the first begins at 0. */
enum { PROGRESS_MAP = 80, PROGRESS_CHECKS = 700, PROGRESS_END = 1000 };

/* What is done from now on takes the work from @from to @to permille. */
void progress_stage(const struct thread_pool *pool, uint32_t from, uint32_t to);

#endif
