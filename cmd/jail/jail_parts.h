// SPDX-License-Identifier: LGPL-2.1-or-later
/* The parts of a jail, each for the process that calls it. */
#ifndef VMEMSCOPE_JAIL_PARTS_H
#define VMEMSCOPE_JAIL_PARTS_H

#include "cmd/jail/jail.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JAIL_WITH_SANITIZERS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define JAIL_WITH_SANITIZERS 1
#endif
#endif
/* They map terabytes, and look at the process from outside when it ends. */
#ifndef JAIL_WITH_SANITIZERS
#define JAIL_WITH_SANITIZERS 0
#endif

/* Landlock: the files of @plan and no others. */
struct error *jail_restrict_files(const struct jail_plan *plan);
unsigned jail_files_version(void); /* of Landlock; 0: the kernel has none */

/* seccomp: system calls that reading needs; with @has_children those to have children too. */
struct error *jail_restrict_calls(bool has_children);
bool jail_calls_work(void);

/* Limits, and the rights of root. */
void jail_restrict_memory(const struct jail_plan *plan);
struct error *jail_restrict_rights(bool reads_kernel);

#endif
