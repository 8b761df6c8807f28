// SPDX-License-Identifier: LGPL-2.1-or-later
/* Children side by side: started, listened to, ended when their time is over. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "cmd/batch.h"
#include "include/error.h"
#include "include/plural.h"
#include "include/vector.h"

enum {
	LINE_MAX_BYTES = 256 << 20,
	CHUNK = 64 * 1024,
};

/* A child at work; @pid is 0 in a slot that is free. */
struct worker {
	pid_t pid;
	int fd; /* the end of its pipe that is read */
	struct batch_file *file;
	int64_t deadline; /* milliseconds; INT64_MAX: none */
	char *data;
	size_t size, room;
};

struct workers {
	const struct batch_jobs *jobs;
	struct worker *list; /* jobs->count of them */
	struct pollfd *polls;
	size_t busy;
};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- a child ------------------------------------------------------------------ */

/* A terminal's Ctrl-C reaches children too: it is for the parent to end them. */
static _Noreturn void child_run(const struct batch_jobs *jobs, const char *path, int fd)
{
	sigset_t none;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	batch_work(jobs->task, path, fd);
}

static struct error *worker_start(const struct batch_jobs *jobs, struct worker *worker,
				  struct batch_file *file)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_new(ERROR_OS, "cannot make a pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		child_run(jobs, file->path, ends[1]);
	}
	int why = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error_new(ERROR_OS, "cannot start another process: %s", strerror(why));
	}
	*worker = (struct worker){
		.pid = pid,
		.fd = ends[0],
		.file = file,
		.deadline = jobs->seconds ? now_ms() + (int64_t)jobs->seconds * 1000 : INT64_MAX,
	};
	return NULL;
}

/* Waits for its end, and frees the slot. Returns the status as wait() has it. */
static int worker_end(struct worker *worker)
{
	int status = 0;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(worker->fd);
	free(worker->data);
	*worker = (struct worker){ 0 };
	return status;
}

static void worker_kill(struct worker *worker)
{
	kill(worker->pid, SIGKILL);
	worker_end(worker);
}

/* --- what it sent ----------------------------------------------------------------- */

/* *end_ret: nothing more will come. */
static struct error *worker_read(struct worker *worker, bool *end_ret)
{
	struct error *err = vector_reserve(worker->data, worker->room, worker->size + CHUNK);

	if (err)
		return err;
	ssize_t got = read(worker->fd, worker->data + worker->size, CHUNK);
	if (got > 0)
		worker->size += (size_t)got;
	*end_ret = got == 0 || (got < 0 && errno != EINTR) || worker->size > LINE_MAX_BYTES;
	return NULL;
}

/* A child can have been led astray by its dump: nothing that it sends is trusted. */
static bool result_take(const struct worker *worker, struct batch_file *file)
{
	struct batch_result result;

	if (worker->size < sizeof(result))
		return false;
	memcpy(&result, worker->data, sizeof(result));
	result.crash[sizeof(result.crash) - 1] = '\0';
	result.kernel[sizeof(result.kernel) - 1] = '\0';
	result.message[sizeof(result.message) - 1] = '\0';
	if (!result.line_size || worker->size - sizeof(result) != result.line_size ||
	    (unsigned)result.verdict > BATCH_FAILED)
		return false;
	char *line = malloc(result.line_size);
	if (!line)
		return false;
	memcpy(line, worker->data + sizeof(result), result.line_size);
	file->line = line;
	file->result = result;
	file->done = true;
	return true;
}

static struct error *died(struct batch_file *file, int status)
{
	char message[160];

	if (WIFSIGNALED(status))
		snprintf(message, sizeof(message), "the analysis was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(message, sizeof(message),
			 "the analysis ended with status %d and without a result",
			 WEXITSTATUS(status));
	return batch_file_fail(file, message);
}

static struct error *file_done(const struct batch_jobs *jobs, struct batch_file *file)
{
	return jobs->done(jobs->context, file);
}

static struct error *worker_finish(struct workers *workers, struct worker *worker)
{
	struct batch_file *file = worker->file;
	bool whole = result_take(worker, file);

	/* All was sent, or nothing more will be: it has no reason to linger. */
	if (worker->size > LINE_MAX_BYTES)
		kill(worker->pid, SIGKILL);
	int status = worker_end(worker);
	workers->busy--;
	struct error *err = whole ? NULL : died(file, status);
	return err ? err : file_done(workers->jobs, file);
}

static struct error *worker_expire(struct workers *workers, struct worker *worker)
{
	struct batch_file *file = worker->file;
	char message[80];

	worker_kill(worker);
	workers->busy--;
	snprintf(message, sizeof(message), "not done after %u second%s", workers->jobs->seconds,
		 plural(workers->jobs->seconds));
	struct error *err = batch_file_fail(file, message);
	return err ? err : file_done(workers->jobs, file);
}

/* --- all of them -------------------------------------------------------------------- */

static int64_t next_deadline(const struct workers *workers)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < workers->jobs->count; i++)
		if (workers->list[i].pid && workers->list[i].deadline < next)
			next = workers->list[i].deadline;
	return next;
}

/* Until something happens. @open: the signals that may come only here. */
static void wait_for_any(struct workers *workers, const sigset_t *open)
{
	int64_t next = next_deadline(workers), now = now_ms();
	int64_t left = next > now ? next - now : 0;
	struct timespec timeout = { left / 1000, left % 1000 * 1000000 };

	for (unsigned i = 0; i < workers->jobs->count; i++)
		workers->polls[i] = (struct pollfd){
			.fd = workers->list[i].pid ? workers->list[i].fd : -1,
			.events = POLLIN,
		};
	if (ppoll(workers->polls, workers->jobs->count, next == INT64_MAX ? NULL : &timeout, open) <
	    0)
		for (unsigned i = 0; i < workers->jobs->count; i++)
			workers->polls[i].revents = 0;
}

static struct error *worker_attend(struct workers *workers, unsigned number)
{
	struct worker *worker = &workers->list[number];
	bool end = false;

	if (!worker->pid)
		return NULL;
	if (workers->polls[number].revents) {
		struct error *err = worker_read(worker, &end);

		if (err || end)
			return err ? err : worker_finish(workers, worker);
	}
	return now_ms() >= worker->deadline ? worker_expire(workers, worker) : NULL;
}

static struct worker *free_worker(const struct workers *workers)
{
	unsigned i = 0;

	while (workers->list[i].pid)
		i++;
	return &workers->list[i];
}

/* Files that are done before anybody worked on them are handed on at once. */
static struct error *start_more(struct workers *workers, struct batch_files *files, size_t *next)
{
	struct error *err = NULL;

	while (!err && *next < files->count && workers->busy < workers->jobs->count) {
		struct batch_file *file = &files->list[(*next)++];

		if (file->done) {
			err = file_done(workers->jobs, file);
			continue;
		}
		err = worker_start(workers->jobs, free_worker(workers), file);
		workers->busy += !err;
	}
	return err;
}

static struct error *work_through(struct workers *workers, struct batch_files *files,
				  const sigset_t *open)
{
	size_t next = 0;
	struct error *err = NULL;

	while (!err && !caught) {
		err = start_more(workers, files, &next);
		if (err || !workers->busy)
			break;
		wait_for_any(workers, open);
		for (unsigned i = 0; i < workers->jobs->count && !err && !caught; i++)
			err = worker_attend(workers, i);
	}
	return err;
}

static void signals_take(struct sigaction old[2], sigset_t *old_mask)
{
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, old_mask);
	sigaction(SIGINT, &action, &old[0]);
	sigaction(SIGTERM, &action, &old[1]);
}

static void signals_give_back(const struct sigaction old[2], const sigset_t *old_mask)
{
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
	sigprocmask(SIG_SETMASK, old_mask, NULL);
}

static void workers_deinit(struct workers *workers)
{
	for (unsigned i = 0; workers->list && i < workers->jobs->count; i++)
		if (workers->list[i].pid)
			worker_kill(&workers->list[i]);
	free(workers->list);
	free(workers->polls);
}

struct error *batch_jobs_run(const struct batch_jobs *jobs, struct batch_files *files,
			     int *signal_ret)
{
	_cleanup_(workers_deinit) struct workers workers = { .jobs = jobs };
	struct sigaction old[2];
	sigset_t open;

	workers.list = calloc(jobs->count, sizeof(*workers.list));
	workers.polls = calloc(jobs->count, sizeof(*workers.polls));
	if (!workers.list || !workers.polls)
		return error_nomem();
	caught = 0;
	signals_take(old, &open);
	struct error *err = work_through(&workers, files, &open);
	*signal_ret = caught;
	signals_give_back(old, &open);
	return err;
}
