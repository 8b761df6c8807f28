// SPDX-License-Identifier: LGPL-2.1-or-later
/* Threads that take the next part until there is none. */
#include "analyzer/parallel/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "include/error.h"
#include "include/memory.h"

struct run {
	struct thread_pool *pool;
	struct error *(*job)(struct memory *memory, void *data, size_t part);
	void *data;
	size_t count;
	atomic_size_t next, done;

	pthread_mutex_t lock; /* of what follows */
	struct error *err;
	size_t failed; /* the part that made it */
};

struct helper {
	struct team *team;
	struct memory *memory;
	pthread_t thread;
};

/* Threads beside the one of the analysis. They sleep between the runs. */
struct team {
	struct helper helpers[THREADS_MAX - 1];
	unsigned started;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t begun, left;
	struct run *run; /* NULL: none that has parts to take */
	unsigned busy;	 /* helpers that are in a run */
	bool ends;
};

/* The failure of the lowest part is the one that a single thread would have met. */
static void run_failed(struct run *run, size_t part, struct error *err)
{
	pthread_mutex_lock(&run->lock);
	if (!run->err || part < run->failed) {
		error_destroy(run->err);
		run->err = err;
		run->failed = part;
	} else {
		error_destroy(err);
	}
	atomic_store(&run->next, run->count);
	pthread_mutex_unlock(&run->lock);
}

static bool is_cancelled(const struct thread_pool *pool)
{
	return pool->progress && atomic_load(&pool->progress->cancel);
}

static uint64_t bytes_asked(const struct thread_pool *pool)
{
	uint64_t bytes = atomic_load(&pool->memory->asked_bytes);

	for (unsigned i = 1; i < pool->count; i++)
		bytes += atomic_load(&pool->forks[i - 1]->asked_bytes);
	return bytes;
}

static void part_done(struct run *run)
{
	struct analysis_progress *progress = run->pool->progress;
	size_t done = atomic_fetch_add(&run->done, 1) + 1;

	if (!progress)
		return;
	atomic_store(&progress->permille,
		     progress->from +
			     (uint32_t)((progress->to - progress->from) * done / run->count));
	atomic_store(&progress->bytes, bytes_asked(run->pool));
}

void progress_stage(const struct thread_pool *pool, uint32_t from, uint32_t to)
{
	struct analysis_progress *progress = pool->progress;

	if (!progress)
		return;
	progress->from = from;
	progress->to = to;
	atomic_store(&progress->permille, from);
}

/* Returns when no part is left to take. */
static void work(struct run *run, struct memory *memory)
{
	size_t part;

	while ((part = atomic_fetch_add(&run->next, 1)) < run->count) {
		struct error *err =
			is_cancelled(run->pool)
				? error_new(ERROR_INTERRUPTED, "interrupted before it was done")
				: run->job(memory, run->data, part);

		if (err) {
			run_failed(run, part, err);
			break;
		}
		part_done(run);
	}
}

/* --- the team ------------------------------------------------------------------- */

static void *help(void *data)
{
	struct helper *helper = data;
	struct team *team = helper->team;

	pthread_mutex_lock(&team->lock);
	while (!team->ends) {
		struct run *run = team->run;

		if (!run) {
			pthread_cond_wait(&team->begun, &team->lock);
			continue;
		}
		team->busy++;
		pthread_mutex_unlock(&team->lock);
		work(run, helper->memory);
		pthread_mutex_lock(&team->lock);
		team->run = NULL; /* all its parts are taken */
		if (--team->busy == 0)
			pthread_cond_signal(&team->left);
	}
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

/* As many as can be: without any, the analysis does all alone. */
static void team_grow(struct team *team, unsigned wanted)
{
	for (; team->started < wanted; team->started++) {
		struct helper *helper = &team->helpers[team->started];

		if (pthread_create(&helper->thread, NULL, help, helper))
			return;
	}
}

static void team_begin(struct team *team, struct run *run, unsigned wanted)
{
	unsigned asleep = team->started < wanted ? team->started : wanted;

	pthread_mutex_lock(&team->lock);
	team->run = run;
	pthread_mutex_unlock(&team->lock);
	for (unsigned i = 0; i < asleep; i++)
		pthread_cond_signal(&team->begun);
	team_grow(team, wanted);
}

/* A helper that is not awake by now is not waited for. */
static void team_finish(struct team *team)
{
	pthread_mutex_lock(&team->lock);
	team->run = NULL;
	while (team->busy)
		pthread_cond_wait(&team->left, &team->lock);
	pthread_mutex_unlock(&team->lock);
}

/* A quick look is done with a few parts before another thread is awake. */
static unsigned threads_worth(const struct thread_pool *pool, size_t count)
{
	enum { QUICK_PARTS = 4 }; /* for each thread */
	size_t worth = pool->small_parts ? count / QUICK_PARTS : count;

	return worth < pool->count ? (unsigned)worth : pool->count;
}

struct error *parallel_run(struct thread_pool *pool, size_t count,
			   struct error *(*job)(struct memory *memory, void *data, size_t part),
			   void *data)
{
	struct run run = {
		.pool = pool,
		.job = job,
		.data = data,
		.count = count,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	unsigned wanted = threads_worth(pool, count);

	if (wanted > 1)
		team_begin(pool->team, &run, wanted - 1);
	work(&run, pool->memory);
	if (wanted > 1)
		team_finish(pool->team);
	pthread_mutex_destroy(&run.lock);
	return run.err;
}

static struct error *team_create(const struct thread_pool *pool, struct team **ret)
{
	struct team *team = calloc(1, sizeof(*team));

	if (!team)
		return error_nomem();
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->begun, NULL);
	pthread_cond_init(&team->left, NULL);
	for (unsigned i = 0; i + 1 < pool->count; i++)
		team->helpers[i] = (struct helper){ .team = team, .memory = pool->forks[i] };
	*ret = team;
	return NULL;
}

static void team_destroy(struct team *team)
{
	if (!team)
		return;
	pthread_mutex_lock(&team->lock);
	team->ends = true;
	pthread_cond_broadcast(&team->begun);
	pthread_mutex_unlock(&team->lock);
	for (unsigned i = 0; i < team->started; i++)
		pthread_join(team->helpers[i].thread, NULL);
	pthread_cond_destroy(&team->left);
	pthread_cond_destroy(&team->begun);
	pthread_mutex_destroy(&team->lock);
	free(team);
}

struct error *thread_pool_init(struct thread_pool *pool, struct memory *memory, unsigned threads,
			       struct analysis_progress *progress)
{
	*pool = (struct thread_pool){ .memory = memory, .count = 1, .progress = progress };
	for (unsigned i = 1; memory->ops->fork && i < threads && i < THREADS_MAX; i++) {
		struct error *err = memory->ops->fork(memory, &pool->forks[i - 1]);

		if (err)
			return err;
		pool->count++;
	}
	return pool->count > 1 ? team_create(pool, &pool->team) : NULL;
}

void thread_pool_deinit(struct thread_pool *pool)
{
	team_destroy(pool->team);
	pool->team = NULL;
	for (unsigned i = 1; i < pool->count; i++)
		pool->forks[i - 1]->ops->destroy(pool->forks[i - 1]);
	pool->count = 1;
}
