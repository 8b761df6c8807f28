// SPDX-License-Identifier: LGPL-2.1-or-later
/* What can be done in a jail and what cannot: each thing is tried in one. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/jail/jail_parts.h"
#include "include/error.h"

static char directory[] = TEST_BINARY_DIR "/jail-XXXXXX";
static char inside[sizeof(directory) + 16], outside[sizeof(directory) + 16],
	open_dir[sizeof(directory) + 16];

enum { FINE = 42 };

/* Runs @act in a jail: the status that it ended with. It returns an exit status. */
static int status_of(const struct jail_plan *plan, int (*act)(void))
{
	struct error *err;
	int status = -1;

	if (jail_enter(plan, &status, &err))
		_exit(err ? 99 : act());
	assert_null(err);
	return status;
}

static void check_exit(const struct jail_plan *plan, int (*act)(void), int wanted)
{
	int status = status_of(plan, act);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), wanted);
}

static void check_killed(const struct jail_plan *plan, int (*act)(void), int wanted)
{
	int status = status_of(plan, act);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), wanted);
}

static void put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int make_files(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(inside, sizeof(inside), "%s/inside", directory);
	snprintf(outside, sizeof(outside), "%s/outside", directory);
	snprintf(open_dir, sizeof(open_dir), "%s/open", directory);
	put(inside);
	put(outside);
	return mkdir(open_dir, 0700);
}

static int remove_files(void **state)
{
	(void)state;
	unlink(inside);
	unlink(outside);
	return rmdir(open_dir) | rmdir(directory);
}

static struct jail_plan plan_of_files(void)
{
	static struct jail_path paths[2];

	paths[0] = (struct jail_path){ inside, JAIL_READ };
	paths[1] = (struct jail_path){ open_dir, JAIL_WRITE };
	return (struct jail_plan){ .paths = paths, .path_count = 2 };
}

/* --- files -------------------------------------------------------------------------- */

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int files_act(void)
{
	char made[sizeof(open_dir) + 16], moved[sizeof(open_dir) + 16];

	snprintf(made, sizeof(made), "%s/made", open_dir);
	snprintf(moved, sizeof(moved), "%s/moved", open_dir);
	if (!can_open(inside, O_RDONLY) || can_open(inside, O_WRONLY))
		return 1;
	if (can_open(outside, O_RDONLY) || can_open("/etc/passwd", O_RDONLY))
		return 2;
	if (!can_open(made, O_WRONLY | O_CREAT | O_EXCL) || rename(made, moved) != 0)
		return 3;
	if (!can_open(moved, O_WRONLY | O_TRUNC) || link(moved, made) != 0)
		return 4;
	if (unlink(made) != 0 || unlink(moved) != 0 || unlink(outside) == 0)
		return 5;
	return FINE;
}

static void only_planned_files_can_be_opened(void **state)
{
	const struct jail_plan plan = plan_of_files();

	(void)state;
	if (!jail_files_version())
		skip();
	check_exit(&plan, files_act, FINE);
}

static int left_open;

static int descriptor_act(void)
{
	return fcntl(left_open, F_GETFD) < 0 && errno == EBADF ? FINE : 1;
}

static void open_files_do_not_come_along(void **state)
{
	struct jail_plan plan = plan_of_files();

	(void)state;
	left_open = open(outside, O_RDONLY);
	assert_true(left_open > STDERR_FILENO);
	check_exit(&plan, descriptor_act, FINE);
	plan.keeps_files = true;
	check_exit(&plan, descriptor_act, 1);
	close(left_open);
}

/* --- calls -------------------------------------------------------------------------- */

static int exec_act(void)
{
	execl("/bin/true", "true", NULL);
	return 1;
}

static int socket_act(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int fork_act(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? FINE : 1;
}

static void *idle(void *data)
{
	return data;
}

static int thread_act(void)
{
	pthread_t thread;
	void *result = NULL;

	if (pthread_create(&thread, NULL, idle, &left_open) != 0)
		return 1;
	pthread_join(thread, &result);
	return result == &left_open ? FINE : 2;
}

static int code_act(void)
{
	int both = PROT_READ | PROT_WRITE | PROT_EXEC, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, anonymous, -1, 0);

	if (page == MAP_FAILED)
		return 1;
	if (mmap(NULL, 4096, both, anonymous, -1, 0) != MAP_FAILED)
		return 2;
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, anonymous, -1, 0) != MAP_FAILED)
		return 3;
	return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 4 : FINE;
}

static int kill_act(void)
{
	return kill(getppid(), 0) < 0 ? FINE : 1;
}

static int raise_act(void)
{
	raise(SIGUSR1);
	return 1;
}

static void other_programs_and_network_end_it(void **state)
{
	const struct jail_plan plan = { 0 };

	(void)state;
	if (!jail_calls_work())
		skip();
	check_killed(&plan, exec_act, SIGSYS);
	check_killed(&plan, socket_act, SIGSYS);
}

static void threads_start_and_processes_do_not(void **state)
{
	const struct jail_plan plan = { 0 };

	(void)state;
	if (!jail_calls_work())
		skip();
	check_exit(&plan, thread_act, FINE);
	check_killed(&plan, raise_act, SIGUSR1);
	check_exit(&plan, fork_act, FINE);
	check_exit(&plan, code_act, FINE);
	check_exit(&plan, kill_act, FINE);
}

/* --- children of it ------------------------------------------------------------------- */

/* The exit status of a process that is not to be jailed any further, or is. */
static int child_status(bool tighter)
{
	const struct jail_plan plan = plan_of_files();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (tighter && jail_tighten(&plan))
			_exit(99);
		_exit(can_open(outside, O_RDONLY) ? 1 : fork_act());
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int children_act(void)
{
	if (child_status(false) != 1)
		return 2;
	return child_status(true);
}

static void a_child_of_it_can_have_less(void **state)
{
	static struct jail_path all = { "/", JAIL_READ };
	const struct jail_plan plan = { .paths = &all, .path_count = 1, .has_children = true };

	(void)state;
	if (!jail_calls_work() || !jail_files_version())
		skip();
	check_exit(&plan, children_act, FINE);
}

/* --- memory ------------------------------------------------------------------------------ */

static int memory_act(void)
{
	void *much = malloc((size_t)1 << 30), *little = malloc(1 << 20);

	return !much && little ? FINE : 1;
}

static int no_core_act(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		return 1;
	return FINE;
}

static void memory_has_an_end(void **state)
{
	const struct jail_plan own = { .own_bytes = 256 << 20 },
			       mapped = { .mapped_bytes = 256 << 20 };

	(void)state;
	check_exit(&own, no_core_act, FINE);
	check_exit(&own, memory_act, FINE);
	check_exit(&mapped, memory_act, FINE);
}

/* --- how it ends -------------------------------------------------------------------------- */

static int segv_act(void)
{
	jail_set_stage(3);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 1;
}

static void its_stage_is_seen_after_its_death(void **state)
{
	const struct jail_plan plan = { 0 };

	(void)state;
	check_killed(&plan, segv_act, SIGSEGV);
	assert_int_equal(jail_stage(), 3);
}

static int term_act(void)
{
	sleep(30);
	return 1;
}

static pid_t later_term(pid_t whom)
{
	pid_t pid = fork();

	if (pid == 0) {
		usleep(100000);
		kill(whom, SIGTERM);
		_exit(0);
	}
	return pid;
}

static void a_signal_reaches_it(void **state)
{
	const struct jail_plan plan = { 0 };
	pid_t other = later_term(getpid());

	(void)state;
	check_killed(&plan, term_act, SIGTERM);
	waitpid(other, NULL, 0);
	signal(SIGTERM, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_planned_files_can_be_opened),
		cmocka_unit_test(open_files_do_not_come_along),
		cmocka_unit_test(other_programs_and_network_end_it),
		cmocka_unit_test(threads_start_and_processes_do_not),
		cmocka_unit_test(a_child_of_it_can_have_less),
		cmocka_unit_test(memory_has_an_end),
		cmocka_unit_test(its_stage_is_seen_after_its_death),
		cmocka_unit_test(a_signal_reaches_it),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
