// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbers of system calls, of this architecture and of those that the machine's headers lack. */
#ifndef VMEMSCOPE_JAIL_NUMBERS_H
#define VMEMSCOPE_JAIL_NUMBERS_H

#include <linux/audit.h>
#include <sys/syscall.h>

#define NO_SUCH_CALL (-1)

/* What seccomp calls this architecture. */
#if defined(__x86_64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_PPC64
#elif defined(__loongarch__)
#define AUDIT_ARCH_NATIVE (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE) /* EM_LOONGARCH */
#else
#error "name this architecture as linux/audit.h does"
#endif

/* Which argument of clone() has its flags. */
#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Older and newer ones: not every architecture has them, or not every header. */
#ifndef __NR_open
#define __NR_open NO_SUCH_CALL
#endif
#ifndef __NR_access
#define __NR_access NO_SUCH_CALL
#endif
#ifndef __NR_stat
#define __NR_stat NO_SUCH_CALL
#endif
#ifndef __NR_fstat
#define __NR_fstat NO_SUCH_CALL
#endif
#ifndef __NR_newfstatat
#define __NR_newfstatat NO_SUCH_CALL
#endif
#ifndef __NR_readlink
#define __NR_readlink NO_SUCH_CALL
#endif
#ifndef __NR_rename
#define __NR_rename NO_SUCH_CALL
#endif
#ifndef __NR_renameat
#define __NR_renameat NO_SUCH_CALL
#endif
#ifndef __NR_link
#define __NR_link NO_SUCH_CALL
#endif
#ifndef __NR_unlink
#define __NR_unlink NO_SUCH_CALL
#endif
#ifndef __NR_vfork
#define __NR_vfork NO_SUCH_CALL
#endif
#ifndef __NR_fork
#define __NR_fork NO_SUCH_CALL
#endif
#ifndef __NR_pipe
#define __NR_pipe NO_SUCH_CALL
#endif
#ifndef __NR_poll
#define __NR_poll NO_SUCH_CALL
#endif
#ifndef __NR_getdents
#define __NR_getdents NO_SUCH_CALL
#endif
#ifndef __NR_getrlimit
#define __NR_getrlimit NO_SUCH_CALL
#endif
#ifndef __NR_setrlimit
#define __NR_setrlimit NO_SUCH_CALL
#endif
#ifndef __NR_rseq
#define __NR_rseq NO_SUCH_CALL
#endif
#ifndef __NR_membarrier
#define __NR_membarrier NO_SUCH_CALL
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 NO_SUCH_CALL
#endif
#ifndef __NR_statx
#define __NR_statx NO_SUCH_CALL
#endif
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset NO_SUCH_CALL
#endif
#ifndef __NR_landlock_add_rule
#define __NR_landlock_add_rule NO_SUCH_CALL
#endif
#ifndef __NR_landlock_restrict_self
#define __NR_landlock_restrict_self NO_SUCH_CALL
#endif

#endif
