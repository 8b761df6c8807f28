// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seccomp: the system calls that reading a dump and writing a report need. One that is not
 * in the list fails as on a kernel that does not have it, so that the C library takes another
 * way; one that only an attack asks for ends the process.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/jail/jail_numbers.h"
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
#define CALL(name)			    { __NR_##name, 0, { NOTHING, NOTHING } }
#define CALL_IF(name, number, mask, value)  { __NR_##name, 1, { { number, mask, value }, NOTHING } }

/* What every part of the program does. */
static const struct call always[] = {
	/* files that are open */
	CALL(read), CALL(pread64), CALL(readv), CALL(preadv), CALL(write), CALL(pwrite64),
	CALL(writev), CALL(lseek), CALL(close), CALL(fstat),
	CALL(fstatfs), CALL(ftruncate), CALL(fallocate),
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
	{ __NR_mmap, 2, { { 2, PROT_EXEC | PROT_WRITE, PROT_EXEC }, { 3, MAP_ANONYMOUS, 0 } } },
	CALL_IF(mprotect, 2, PROT_EXEC, 0),
	/* threads */
	CALL_IF(clone, CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD), CALL(futex),
	CALL(set_robust_list), CALL(rseq), CALL(sched_yield), CALL(sched_getaffinity),
	CALL(gettid), CALL(getpid), CALL(set_tid_address), CALL(exit), CALL(exit_group),
	CALL(restart_syscall), CALL(membarrier), CALL_IF(prlimit64, 2, ALL_BITS, 0), CALL(getrlimit),
	/* signals */
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack),
	/* time, and what the machine is */
	CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday),
	CALL(clock_nanosleep), CALL(nanosleep), CALL(getrandom),
	CALL(uname), CALL(sysinfo), CALL(geteuid), CALL(getuid), CALL(getegid), CALL(getgid),
	/* to let others go first; to give up more */
	CALL(setpriority), CALL(ioprio_set), CALL(capget), CALL(capset),
};

/* Of a process that has children. */
static const struct call with_children[] = {
	CALL(clone), CALL(vfork), CALL(fork), CALL(wait4), CALL(waitid), CALL(kill), CALL(pipe),
	CALL(pipe2), CALL(poll), CALL(ppoll), CALL(getppid),
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
	__NR_execve, __NR_execveat, __NR_socket, __NR_ptrace,
};
// clang-format on

/*
 * The filter: a program of the kernel's (Documentation/networking/filter.rst) that looks at
 * the call's number, and at the arguments of those that are allowed with some only. It is made
 * without asking for memory: what fails here, such as where there is none, must do so at once.
 */
struct filter {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short count;
};

enum { LOAD = BPF_LD | BPF_W | BPF_ABS, EQUAL = BPF_JMP | BPF_JEQ | BPF_K };

/* An instruction; of a comparison @otherwise: how many are passed over if it does not hold. */
static void add(struct filter *filter, unsigned code, uint32_t operand, unsigned otherwise)
{
	filter->code[filter->count++] =
		(struct sock_filter){ (uint16_t)code, 0, (uint8_t)otherwise, operand };
}

static void add_answer(struct filter *filter, uint32_t answer)
{
	add(filter, BPF_RET | BPF_K, answer, 0);
}

static void add_load_number(struct filter *filter)
{
	add(filter, LOAD, offsetof(struct seccomp_data, nr), 0);
}

enum { HALF_LENGTH = 3, ARGUMENT_LENGTH = 2 * HALF_LENGTH };

/* 32 bits at @offset; @behind: how many instructions follow before the way out. */
static void add_half(struct filter *filter, size_t offset, uint32_t mask, uint32_t value,
		     unsigned behind)
{
	add(filter, LOAD, (uint32_t)offset, 0);
	add(filter, BPF_ALU | BPF_AND | BPF_K, mask, 0);
	add(filter, EQUAL, value, behind);
}

static void add_argument(struct filter *filter, const struct argument *argument, unsigned behind)
{
	const size_t at = offsetof(struct seccomp_data, args) + 8 * argument->number;
	const size_t high = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 4 : 0;

	add_half(filter, at + high, (uint32_t)(argument->mask >> 32),
		 (uint32_t)(argument->value >> 32), behind + HALF_LENGTH);
	add_half(filter, at + 4 - high, (uint32_t)argument->mask, (uint32_t)argument->value,
		 behind);
}

/* The number is at hand before, and after it if the call is another one. */
static void add_call(struct filter *filter, const struct call *call)
{
	/* An answer; then, of what has arguments, the number again. */
	unsigned left = call->argument_count * ARGUMENT_LENGTH + 1;

	if (call->number == NO_SUCH_CALL)
		return;
	add(filter, EQUAL, (uint32_t)call->number, left + (call->argument_count != 0));
	for (unsigned i = 0; i < call->argument_count; i++) {
		left -= ARGUMENT_LENGTH;
		add_argument(filter, &call->arguments[i], left);
	}
	add_answer(filter, SECCOMP_RET_ALLOW);
	if (call->argument_count)
		add_load_number(filter);
}

static void add_calls(struct filter *filter, const struct call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_call(filter, &calls[i]);
}

/* raise(), abort(): to itself. */
static void add_own_signals(struct filter *filter)
{
	const struct call raise_call = CALL_IF(tgkill, 0, ALL_BITS, (uint64_t)getpid());

	add_call(filter, &raise_call);
}

static void add_never(struct filter *filter)
{
	for (size_t i = 0; i < COUNT_OF(never); i++) {
		if (JAIL_WITH_SANITIZERS && never[i] == __NR_ptrace)
			continue;
		add(filter, EQUAL, (uint32_t)never[i], 1);
		add_answer(filter, SECCOMP_RET_KILL_PROCESS);
	}
}

/* Calls by another architecture's numbers, such as those of 32 bits, would be others. */
static void add_architecture(struct filter *filter)
{
	add(filter, LOAD, offsetof(struct seccomp_data, arch), 0);
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 0);
	filter->code[filter->count - 1].jt = 1;
	add_answer(filter, SECCOMP_RET_KILL_PROCESS);
}

static_assert((COUNT_OF(always) + COUNT_OF(with_children) + COUNT_OF(with_sanitizers) + 1) *
				      (2 * ARGUMENT_LENGTH + 3) +
			      2 * COUNT_OF(never) + 5 <=
		      BPF_MAXINSNS,
	      "the filter has room for all calls");

static void fill(struct filter *filter, bool has_children)
{
	static const struct call signals = CALL(tgkill);

	add_architecture(filter);
	add_load_number(filter);
	add_calls(filter, always, COUNT_OF(always));
	if (has_children)
		add_calls(filter, with_children, COUNT_OF(with_children));
	if (JAIL_WITH_SANITIZERS)
		add_calls(filter, with_sanitizers, COUNT_OF(with_sanitizers));
	if (has_children)
		add_call(filter, &signals);
	else if (!JAIL_WITH_SANITIZERS)
		add_own_signals(filter);
	add_never(filter);
	add_answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
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
	static struct filter filter; /* too large for a stack */

	if (!jail_calls_work())
		return NULL;
	filter.count = 0;
	fill(&filter, has_children);
	const struct sock_fprog program = { filter.count, filter.code };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return error_new(ERROR_OS, "cannot restrict system calls: %s", strerror(errno));
	return NULL;
}
