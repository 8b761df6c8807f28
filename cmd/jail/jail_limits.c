// SPDX-License-Identifier: LGPL-2.1-or-later
/* Limits of memory, no core file, and of root's rights only those that are needed. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/jail/jail_parts.h"
#include "include/error.h"

/* One that is lower already stays. */
static void limit(__rlimit_resource_t resource, uint64_t bytes)
{
	struct rlimit now;

	if (getrlimit(resource, &now) != 0)
		return;
	if (now.rlim_max > bytes)
		now.rlim_max = bytes;
	if (now.rlim_cur > bytes)
		now.rlim_cur = bytes;
	(void)setrlimit(resource, &now);
}

void jail_restrict_memory(const struct jail_plan *plan)
{
	/* A core file would hold what the dump holds; the pipe of core_pattern minds only this. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	limit(RLIMIT_CORE, 0);
	if (JAIL_WITH_SANITIZERS)
		return;
	if (plan->mapped_bytes)
		limit(RLIMIT_AS, plan->mapped_bytes);
	if (plan->own_bytes)
		limit(RLIMIT_DATA, plan->own_bytes);
}

/* --- rights of root --------------------------------------------------------------- */

#define CAPABILITY(number) ((uint64_t)1 << (number))

/* To read dumps of others, and to write beside them. */
static const uint64_t FILES = CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_DAC_READ_SEARCH);
static const uint64_t KERNEL = CAPABILITY(CAP_SYS_RAWIO) | CAPABILITY(CAP_SYSLOG);

/* capabilities(7): version 3 has two words of 32 bits. */
static bool keep_only(uint64_t kept)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) != 0)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		uint32_t word = (uint32_t)(kept >> (32 * i));

		data[i].permitted &= word;
		data[i].effective &= word;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) == 0;
}

struct error *jail_restrict_rights(bool reads_kernel)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 && errno != EINVAL)
		return error_new(ERROR_OS, "cannot give up new privileges: %s", strerror(errno));
	if (!keep_only(FILES | (reads_kernel ? KERNEL : 0)) && errno != ENOSYS)
		return error_new(ERROR_OS, "cannot give up capabilities: %s", strerror(errno));
	return NULL;
}

void jail_forget_kernel(void)
{
	(void)keep_only(FILES);
}
