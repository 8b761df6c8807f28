// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of what an event says. */
#include "analyzer/oops/crash_event.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_ids[CRASH_KIND_COUNT] = {
	[CRASH_UNKNOWN] = "unknown",
	[CRASH_PAGE_FAULT] = "page-fault",
	[CRASH_NULL_POINTER] = "null-pointer",
	[CRASH_GENERAL_PROTECTION] = "general-protection",
	[CRASH_BUG] = "bug",
	[CRASH_BAD_PAGE_STATE] = "bad-page-state",
	[CRASH_LIST_CORRUPTION] = "list-corruption",
	[CRASH_SOFT_LOCKUP] = "soft-lockup",
	[CRASH_HARD_LOCKUP] = "hard-lockup",
	[CRASH_HUNG_TASK] = "hung-task",
	[CRASH_RCU_STALL] = "rcu-stall",
	[CRASH_MACHINE_CHECK] = "machine-check",
	[CRASH_MEMORY_FAILURE] = "memory-failure",
	[CRASH_OOM] = "oom",
	[CRASH_SYSRQ] = "sysrq",
	[CRASH_PANIC] = "panic",
};

const char *crash_kind_id(enum crash_kind kind)
{
	return kind < CRASH_KIND_COUNT ? kind_ids[kind] : kind_ids[CRASH_UNKNOWN];
}

enum crash_kind crash_kind_by_id(const char *id)
{
	for (enum crash_kind kind = 0; kind < CRASH_KIND_COUNT; kind++)
		if (strcmp(kind_ids[kind], id) == 0)
			return kind;
	return CRASH_UNKNOWN;
}

const char *crash_access_id(enum crash_access access)
{
	static const char *const ids[] = {
		[ACCESS_READ] = "read",
		[ACCESS_WRITE] = "write",
		[ACCESS_FETCH] = "fetch",
	};

	return access <= ACCESS_FETCH ? ids[access] : NULL;
}

const char *crash_reason_id(enum crash_reason reason)
{
	static const char *const ids[] = {
		[REASON_NOT_PRESENT] = "not-present",
		[REASON_PERMISSION] = "permission",
		[REASON_RESERVED_BIT] = "reserved-bit",
		[REASON_PROTECTION_KEY] = "protection-key",
	};

	return reason <= REASON_PROTECTION_KEY ? ids[reason] : NULL;
}

void crash_log_deinit(struct crash_log *log)
{
	free(log->events);
	*log = (struct crash_log){ 0 };
}
