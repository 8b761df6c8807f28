// SPDX-License-Identifier: LGPL-2.1-or-later
/* Threads that take the next part until there is none. */
#include "analyzer/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "include/analysis.h"
#include "include/error.h"

struct team {
	const struct analysis *analysis;
	struct error *(*job)(const struct analysis *view, void *data, size_t part);
	void *data;
	size_t count;
	atomic_size_t next, done;

	pthread_mutex_t lock; /* of what follows */
	struct error *err;
	size_t failed; /* the part that made it */
};

struct member {
	struct team *team;
	struct memory *memory;
	pthread_t thread;
};

/* The failure of the lowest part is the one that a single thread would have met. */
static void team_failed(struct team *team, size_t part, struct error *err)
{
	pthread_mutex_lock(&team->lock);
	if (!team->err || part < team->failed) {
		error_destroy(team->err);
		team->err = err;
		team->failed = part;
	} else {
		error_destroy(err);
	}
	atomic_store(&team->next, team->count);
	pthread_mutex_unlock(&team->lock);
}

static bool is_cancelled(const struct analysis *analysis)
{
	return analysis->progress && atomic_load(&analysis->progress->cancel);
}

static uint64_t bytes_asked(const struct analysis *analysis)
{
	uint64_t bytes = atomic_load(&analysis->memory->asked_bytes);

	for (unsigned i = 1; i < analysis->threads; i++)
		bytes += atomic_load(&analysis->forks[i - 1]->asked_bytes);
	return bytes;
}

static void part_done(struct team *team)
{
	struct analysis_progress *progress = team->analysis->progress;
	size_t done = atomic_fetch_add(&team->done, 1) + 1;

	if (!progress)
		return;
	atomic_store(&progress->permille,
		     progress->from +
			     (uint32_t)((progress->to - progress->from) * done / team->count));
	atomic_store(&progress->bytes, bytes_asked(team->analysis));
}

void progress_stage(const struct analysis *analysis, uint32_t from, uint32_t to)
{
	struct analysis_progress *progress = analysis->progress;

	if (!progress)
		return;
	progress->from = from;
	progress->to = to;
	atomic_store(&progress->permille, from);
}

static void *work(void *data)
{
	struct member *member = data;
	struct team *team = member->team;
	struct analysis view = *team->analysis;
	size_t last = 0, part;

	view.memory = member->memory;
	view.map.last = &last;
	while ((part = atomic_fetch_add(&team->next, 1)) < team->count) {
		struct error *err =
			is_cancelled(&view)
				? error_new(ERROR_INTERRUPTED, "interrupted before it was done")
				: team->job(&view, team->data, part);

		if (err) {
			team_failed(team, part, err);
			break;
		}
		part_done(team);
	}
	return NULL;
}

struct error *
parallel_run(const struct analysis *analysis, size_t count,
	     struct error *(*job)(const struct analysis *view, void *data, size_t part), void *data)
{
	struct team team = {
		.analysis = analysis,
		.job = job,
		.data = data,
		.count = count,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	struct member members[THREADS_MAX];
	unsigned wanted = count < analysis->threads ? (unsigned)count : analysis->threads;
	unsigned started = 0;

	/* This thread is the first; without a second it does all alone. */
	for (unsigned i = 1; i < wanted; i++) {
		struct member *member = &members[started + 1];

		*member = (struct member){ .team = &team, .memory = analysis->forks[i - 1] };
		if (pthread_create(&member->thread, NULL, work, member))
			break;
		started++;
	}
	members[0] = (struct member){ .team = &team, .memory = analysis->memory };
	work(&members[0]);
	for (unsigned i = 1; i <= started; i++)
		pthread_join(members[i].thread, NULL);
	pthread_mutex_destroy(&team.lock);
	return team.err;
}

struct error *parallel_init(struct analysis *analysis)
{
	struct memory *memory = analysis->memory;
	unsigned wanted = analysis->threads;

	analysis->threads = 1;
	for (unsigned i = 1; memory->ops->fork && i < wanted && i < THREADS_MAX; i++) {
		struct error *err = memory->ops->fork(memory, &analysis->forks[i - 1]);

		if (err)
			return err;
		analysis->threads++;
	}
	return NULL;
}

void parallel_deinit(struct analysis *analysis)
{
	for (unsigned i = 1; i < analysis->threads; i++)
		analysis->forks[i - 1]->ops->destroy(analysis->forks[i - 1]);
	analysis->threads = 1;
}
