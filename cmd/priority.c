// SPDX-License-Identifier: LGPL-2.1-or-later
/* Low priority: a running machine has other work to do. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/command.h"

/* include/uapi/linux/ioprio.h; the C library has no name for them. */
enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_IDLE = 3, IOPRIO_CLASS_SHIFT = 13 };

enum { NICE_MAX = 19 };

void priority_lower(void)
{
	/* Where it may not be, it is done all the same. */
	(void)setpriority(PRIO_PROCESS, 0, NICE_MAX);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		      IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
}
