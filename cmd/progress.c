// SPDX-License-Identifier: LGPL-2.1-or-later
/* The line on the terminal, and the signals. */
#include "cmd/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/analysis/analysis.h"
#include "include/array.h"

static const double FIRST_S = 1, EVERY_S = 0.2, AT_ONCE_S = 0.2;

static const int signals[] = { SIGINT, SIGTERM };
enum { SIGNAL_COUNT = COUNT_OF(signals) };

static struct {
	struct analysis_progress *_Atomic progress;
	atomic_bool caught;
	double caught_at; /* of the monotonic clock */
	struct sigaction before[SIGNAL_COUNT];

	double start; /* seconds of the monotonic clock */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ends; /* under the lock */
} bar = { .lock = PTHREAD_MUTEX_INITIALIZER };

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- signals ------------------------------------------------------------------- */

/*
 * The first ends it early. One that comes later takes its usual way, but at once it is the same
 * one again: timeout(1) and others send it to the process and to its group.
 */
static void on_signal(int number)
{
	struct analysis_progress *progress = atomic_load(&bar.progress);

	if (atomic_load(&bar.caught) && seconds_now() - bar.caught_at > AT_ONCE_S) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	if (!atomic_load(&bar.caught))
		bar.caught_at = seconds_now();
	atomic_store(&bar.caught, true);
	if (progress)
		atomic_store(&progress->cancel, true);
}

static void signals_take(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
		sigaction(signals[i], NULL, &bar.before[i]);
		if (bar.before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void signals_give_back(void)
{
	for (unsigned i = 0; i < SIGNAL_COUNT; i++)
		sigaction(signals[i], &bar.before[i], NULL);
}

/* --- the line ------------------------------------------------------------------ */

static void size_text(double bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned unit = 0;

	for (; bytes >= 1024 && unit + 1 < COUNT_OF(units); unit++)
		bytes /= 1024;
	snprintf(buf, size, bytes < 10 && unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void line_draw(const struct analysis_progress *progress, double elapsed)
{
	uint32_t permille = atomic_load(&progress->permille);
	double bytes = (double)atomic_load(&progress->bytes);
	char read[32], rate[32], left[48] = "";

	size_text(bytes, read, sizeof(read));
	size_text(bytes / elapsed, rate, sizeof(rate));
	if (permille >= 20)
		snprintf(left, sizeof(left), ", %.0f s left",
			 elapsed * (1000 - permille) / permille);
	fprintf(stderr, "\r%3u %%  %s %s, %s/s%s\033[K", permille / 10, read,
		atomic_load(&progress->unpacks) ? "unpacked" : "read", rate, left);
	fflush(stderr);
}

/* Waits until @when, or for the end; true if that has come. */
static bool wait_until(double when)
{
	struct timespec until = { .tv_sec = (time_t)when };

	until.tv_nsec = (long)((when - (double)until.tv_sec) * 1e9);
	pthread_mutex_lock(&bar.lock);
	while (!bar.ends && pthread_cond_timedwait(&bar.wake, &bar.lock, &until) == 0)
		;
	bool ends = bar.ends;
	pthread_mutex_unlock(&bar.lock);
	return ends;
}

static void *draw(void *data)
{
	const struct analysis_progress *progress = data;
	double when = bar.start + FIRST_S;
	bool drawn = false, unpacked = false;

	while (!wait_until(when)) {
		/* The analysis has a rate of its own. */
		if (unpacked && !atomic_load(&progress->unpacks))
			bar.start = seconds_now() - EVERY_S;
		unpacked = atomic_load(&progress->unpacks);
		line_draw(progress, seconds_now() - bar.start);
		drawn = true;
		when = seconds_now() + EVERY_S;
	}
	if (drawn)
		fprintf(stderr, "\r\033[K");
	return NULL;
}

static void thread_start(struct analysis_progress *progress)
{
	pthread_condattr_t attributes;

	bar.ends = false;
	bar.start = seconds_now();
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&bar.wake, &attributes);
	pthread_condattr_destroy(&attributes);
	bar.has_thread = !pthread_create(&bar.thread, NULL, draw, progress);
}

static void thread_stop(void)
{
	if (!bar.has_thread)
		return;
	pthread_mutex_lock(&bar.lock);
	bar.ends = true;
	pthread_cond_signal(&bar.wake);
	pthread_mutex_unlock(&bar.lock);
	pthread_join(bar.thread, NULL);
	pthread_cond_destroy(&bar.wake);
	bar.has_thread = false;
}

void progress_begin(struct analysis_progress *progress, bool quiet)
{
	atomic_store(&bar.caught, false);
	atomic_store(&bar.progress, progress);
	signals_take();
	if (!quiet && isatty(STDERR_FILENO))
		thread_start(progress);
}

bool progress_end(void)
{
	thread_stop();
	signals_give_back();
	atomic_store(&bar.progress, NULL);
	return atomic_load(&bar.caught);
}
