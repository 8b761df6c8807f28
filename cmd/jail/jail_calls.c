// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp: the system calls that reading a dump and writing a report need. One that is not
 * in the list fails as on a kernel that does not have it, so that the C library takes another
 * way; one that only an attack asks for ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/jail/jail_parts.h"
#include "include/array.h"
#include "include/error.h"

/* An argument of a call: its bits in @mask must be @value. */
struct argument {
	unsigned number;
	uint64_t mask, value;
};

struct call {
	int number;
	unsigned argument_count;
	struct argument arguments[2];
};

#define ALL_BITS UINT64_MAX

// clang-format off
#define NOTHING				    { 0, 0, 0 }
#define CALL(name)			    { SCMP_SYS(name), 0, { NOTHING, NOTHING } }
#define CALL_IF(name, number, mask, value)  { SCMP_SYS(name), 1, { { number, mask, value }, NOTHING } }

/* What every part of the program does. */
static const struct call always[] = {
	/* files that are open */
	CALL(read), CALL(pread64), CALL(readv), CALL(preadv), CALL(write), CALL(pwrite64),
	CALL(writev), CALL(lseek), CALL(_llseek), CALL(close), CALL(fstat), CALL(fstat64),
	CALL(fstatfs), CALL(fstatfs64), CALL(ftruncate), CALL(ftruncate64), CALL(fallocate),
	CALL(fadvise64), CALL(fchmod), CALL(fsync), CALL(fdatasync), CALL(dup), CALL(getdents64),
	CALL_IF(fcntl, 1, ALL_BITS, F_GETFL), CALL_IF(fcntl, 1, ALL_BITS, F_SETFL),
	CALL_IF(fcntl, 1, ALL_BITS, F_GETFD), CALL_IF(fcntl, 1, ALL_BITS, F_SETFD),
	CALL_IF(fcntl, 1, ALL_BITS, F_DUPFD_CLOEXEC),
	CALL_IF(ioctl, 1, ALL_BITS, TCGETS), CALL_IF(ioctl, 1, ALL_BITS, TIOCGWINSZ),
	/* names of files: Landlock says which */
	CALL(openat), CALL(open), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(stat),
	CALL(newfstatat), CALL(statx), CALL(readlink), CALL(readlinkat), CALL(getcwd),
	CALL(rename), CALL(renameat), CALL(renameat2), CALL(link), CALL(linkat), CALL(unlink),
	CALL(unlinkat), CALL(umask),
	/* memory: what can be run cannot be written */
	CALL_IF(mmap, 2, PROT_EXEC, 0), CALL(munmap), CALL(mremap), CALL(brk), CALL(madvise),
	{ SCMP_SYS(mmap), 2, { { 2, PROT_EXEC | PROT_WRITE, PROT_EXEC }, { 3, MAP_ANONYMOUS, 0 } } },
	CALL_IF(mprotect, 2, PROT_EXEC, 0),
	/* threads */
	CALL_IF(clone, 0, CLONE_THREAD, CLONE_THREAD), CALL(futex), CALL(futex_time64),
	CALL(set_robust_list), CALL(rseq), CALL(sched_yield), CALL(sched_getaffinity),
	CALL(gettid), CALL(getpid), CALL(set_tid_address), CALL(exit), CALL(exit_group),
	CALL(restart_syscall), CALL(membarrier), CALL_IF(prlimit64, 2, ALL_BITS, 0), CALL(getrlimit),
	/* signals */
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack),
	/* time, and what the machine is */
	CALL(clock_gettime), CALL(clock_gettime64), CALL(clock_getres), CALL(gettimeofday),
	CALL(clock_nanosleep), CALL(clock_nanosleep_time64), CALL(nanosleep), CALL(getrandom),
	CALL(uname), CALL(sysinfo), CALL(geteuid), CALL(getuid), CALL(getegid), CALL(getgid),
	/* to let others go first; to give up more */
	CALL(setpriority), CALL(ioprio_set), CALL(capget), CALL(capset),
};

/* Of a process that has children. */
static const struct call with_children[] = {
	CALL(clone), CALL(vfork), CALL(fork), CALL(wait4), CALL(waitid), CALL(kill), CALL(pipe),
	CALL(pipe2), CALL(poll), CALL(ppoll), CALL(ppoll_time64), CALL(getppid),
	CALL_IF(prctl, 0, ALL_BITS, PR_SET_PDEATHSIG), CALL_IF(prctl, 0, ALL_BITS, PR_SET_SECCOMP),
	CALL_IF(prctl, 0, ALL_BITS, PR_SET_NO_NEW_PRIVS), CALL(seccomp), CALL(setrlimit),
	CALL(landlock_create_ruleset), CALL(landlock_add_rule), CALL(landlock_restrict_self),
	CALL(prlimit64),
};

/* What they do to look for leaks: a process beside this one stops its threads. */
static const struct call with_sanitizers[] = {
	CALL(clone), CALL(ptrace), CALL(wait4), CALL(prctl), CALL(kill), CALL(tkill), CALL(tgkill),
	CALL(getppid), CALL(pipe), CALL(pipe2), CALL(mmap), CALL(mprotect), CALL(prlimit64),
	CALL(process_vm_readv), CALL(sched_setaffinity), CALL(personality), CALL(getdents),
};

/* Nothing here is for a reader of dumps. */
static const int never[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket), SCMP_SYS(ptrace),
};
// clang-format on

static int add_call(scmp_filter_ctx filter, const struct call *call)
{
	struct scmp_arg_cmp compares[COUNT_OF(call->arguments)];

	for (unsigned i = 0; i < call->argument_count; i++) {
		const struct argument *argument = &call->arguments[i];

		compares[i] = (struct scmp_arg_cmp){
			.arg = argument->number,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = argument->mask,
			.datum_b = argument->value,
		};
	}
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, call->argument_count,
				      compares);
}

static int add_calls(scmp_filter_ctx filter, const struct call *calls, size_t count)
{
	int failure = 0;

	for (size_t i = 0; i < count && failure == 0; i++)
		failure = add_call(filter, &calls[i]);
	return failure;
}

/* raise(), abort(): to itself. */
static int add_own_signals(scmp_filter_ctx filter)
{
	const struct call raise_call = CALL_IF(tgkill, 0, ALL_BITS, (uint64_t)getpid());

	return add_call(filter, &raise_call);
}

static int add_never(scmp_filter_ctx filter)
{
	int failure = 0;

	for (size_t i = 0; i < COUNT_OF(never) && failure == 0; i++) {
		if (!JAIL_WITH_SANITIZERS || never[i] != SCMP_SYS(ptrace))
			failure = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, never[i], 0,
							 NULL);
	}
	return failure;
}

static int fill(scmp_filter_ctx filter, bool has_children)
{
	int failure = add_calls(filter, always, COUNT_OF(always));

	if (!failure && has_children)
		failure = add_calls(filter, with_children, COUNT_OF(with_children));
	if (!failure && JAIL_WITH_SANITIZERS)
		failure = add_calls(filter, with_sanitizers, COUNT_OF(with_sanitizers));
	if (!failure && (has_children || !JAIL_WITH_SANITIZERS))
		failure = has_children ? add_call(filter, &(struct call)CALL(tgkill))
				       : add_own_signals(filter);
	return failure ? failure : add_never(filter);
}

/*
 * seccomp(2): what has filters looks at the address of one first. Asked once: a jail does not
 * let it be asked again.
 */
bool jail_calls_work(void)
{
	static enum { UNKNOWN, NO, YES } answer;

	if (answer == UNKNOWN)
		answer = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT
				 ? YES
				 : NO;
	return answer == YES;
}

struct error *jail_restrict_calls(bool has_children)
{
	if (!jail_calls_work())
		return NULL;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!filter)
		return error_nomem();
	int failure = fill(filter, has_children);
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	if (failure)
		return error_new(ERROR_OS, "cannot restrict system calls: %s", strerror(-failure));
	return NULL;
}
