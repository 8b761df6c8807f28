// SPDX-License-Identifier: LGPL-2.1-or-later
/* The child in the jail, and the process outside that waits for it. */
#include "cmd/jail/jail.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/jail/jail_parts.h"
#include "include/array.h"
#include "include/error.h"
#include "include/vector.h"

struct error *jail_allow(struct jail_plan *plan, enum jail_access access, const char *path)
{
	return vector_push(plan->paths, plan->path_count, plan->path_room,
			   (struct jail_path){ path, access });
}

void jail_plan_deinit(struct jail_plan *plan)
{
	free(plan->paths);
	*plan = (struct jail_plan){ 0 };
}

/* --- the stage ---------------------------------------------------------------- */

/* Shared by both processes; NULL outside of a jail. */
static atomic_uint *stage_shared;

static struct error *stage_share(void)
{
	void *page = mmap(NULL, sizeof(*stage_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return error_nomem();
	stage_shared = page;
	return NULL;
}

void jail_set_stage(unsigned stage)
{
	if (stage_shared)
		atomic_store(stage_shared, stage);
}

unsigned jail_stage(void)
{
	return stage_shared ? atomic_load(stage_shared) : 0;
}

/* --- signals of the process outside ---------------------------------------------- */

static const int handed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile pid_t jailed;

/* A terminal sends its signals to both processes by itself. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code != SI_KERNEL && jailed > 0)
		kill(jailed, number);
}

static void signals_block(sigset_t *before)
{
	sigset_t all;

	sigemptyset(&all);
	for (unsigned i = 0; i < COUNT_OF(handed_on); i++)
		sigaddset(&all, handed_on[i]);
	sigprocmask(SIG_BLOCK, &all, before);
}

static void signals_hand_on(struct sigaction before[COUNT_OF(handed_on)])
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	for (unsigned i = 0; i < COUNT_OF(handed_on); i++)
		sigaction(handed_on[i], &action, &before[i]);
}

static void signals_give_back(const struct sigaction before[COUNT_OF(handed_on)])
{
	jailed = 0;
	for (unsigned i = 0; i < COUNT_OF(handed_on); i++)
		sigaction(handed_on[i], &before[i], NULL);
}

/* --- both ------------------------------------------------------------------------- */

/* Files that were left open for this process, by mistake or not, are none of its business. */
static void close_others(void)
{
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
}

struct error *jail_tighten(const struct jail_plan *plan)
{
	jail_restrict_memory(plan);
	struct error *err = jail_restrict_rights(plan->reads_kernel);
	if (!err)
		err = jail_restrict_files(plan);
	return err ? err : jail_restrict_calls(plan->has_children);
}

/* One whose parent has gone before it could ask to be told has nobody to work for. */
static void child_begin(pid_t parent, const sigset_t *before)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* @open: the signals that are not blocked meanwhile. */
static struct error *wait_for_child(const sigset_t *open, int *status_ret)
{
	struct sigaction before[COUNT_OF(handed_on)];
	pid_t ended;

	signals_hand_on(before);
	sigprocmask(SIG_SETMASK, open, NULL);
	do
		ended = waitpid(jailed, status_ret, 0);
	while (ended < 0 && errno == EINTR);
	signals_give_back(before);
	return ended < 0 ? error_new(ERROR_OS, "cannot wait for the sandbox: %s", strerror(errno))
			 : NULL;
}

bool jail_enter(const struct jail_plan *plan, int *status_ret, struct error **err_ret)
{
	const pid_t parent = getpid();
	sigset_t before;

	*err_ret = stage_share();
	if (*err_ret)
		return false;
	signals_block(&before);
	jailed = fork();
	if (jailed == 0) {
		child_begin(parent, &before);
		if (!plan->keeps_files)
			close_others();
		*err_ret = jail_tighten(plan);
		return true;
	}
	if (jailed > 0) {
		*err_ret = wait_for_child(&before, status_ret);
		return false;
	}
	*err_ret =
		error_new(ERROR_OS, "cannot start a process for the sandbox: %s", strerror(errno));
	sigprocmask(SIG_SETMASK, &before, NULL);
	return false;
}

/* --- what this machine has ------------------------------------------------------------ */

void jail_about(FILE *out)
{
	unsigned version = jail_files_version();

	if (jail_calls_work())
		fprintf(out, "sandbox: system calls: restricted (seccomp): no network, no other "
			     "programs\n");
	else
		fprintf(out, "sandbox: system calls: NOT restricted: this kernel has no seccomp "
			     "filters, or a container forbids them\n");
	if (version)
		fprintf(out, "sandbox: files: restricted (Landlock, version %u)\n", version);
	else
		fprintf(out,
			"sandbox: files: NOT restricted: this kernel has no Landlock, it is not "
			"switched on (lsm=landlock), or a container forbids it\n");
	fprintf(out, "sandbox: new privileges, core files: none\n");
}
