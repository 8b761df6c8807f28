// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel's log as it is in the dump: the records of the printk ring buffer, found by
 * VMCOREINFO alone. Linux kernel kernel/printk/printk_ringbuffer.h, since v5.10.
 */
#ifndef VMEMSCOPE_KERNEL_LOG_H
#define VMEMSCOPE_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct facts;
struct kmem;

enum { LOG_CALLER_CPU = 1u << 31, LOG_LEVEL_UNKNOWN = 0xff };

struct log_record {
	uint64_t id;	   /* of the descriptor: order of reservation */
	uint64_t sequence; /* as the kernel counts records; for display */
	uint64_t time_ns;  /* since boot, by the clock of the CPU that wrote it */
	uint32_t caller;   /* pid, or CPU with LOG_CALLER_CPU */
	uint8_t level;	   /* 0 (emergency) to 7 (debug) */
	/*
	 * 0: the kernel wrote it. A program that writes to /dev/kmsg cannot choose that: Linux
	 * kernel kernel/printk/printk.c, devkmsg_write().
	 */
	uint8_t facility;
	bool is_torn;	/* its writer had not finished: the text may be incomplete */
	size_t text_at; /* in kernel_log.text; bytes as the kernel wrote them, NUL behind */
	size_t text_len;
};

struct kernel_log {
	const char
		*missing; /* why there is no log, to go on "the log was not read: ..."; or NULL */
	struct log_record *records; /* in order of their ids */
	size_t count, room;
	char *text;
	size_t text_bytes, text_room;
	uint64_t first_sequence; /* of the first record; above 0: what was before is gone */
	uint64_t torn;		 /* records that their writers had not finished */
	uint64_t lost;		 /* records whose text the ring had no room for */
	uint64_t damaged;	 /* descriptors that contradict the ring */
	uint64_t unreadable;	 /* records whose bytes are not in the dump */
};

/*
 * ERROR_* only where memory cannot be read or had; a log that is not there, or not of this
 * kind, is kernel_log.missing. Bounded: never more records than the ring has descriptors.
 */
struct error *kernel_log_read(struct kmem *kmem, const struct facts *facts, struct kernel_log *ret);
void kernel_log_deinit(struct kernel_log *log);

static inline const char *log_text(const struct kernel_log *log, size_t record)
{
	return log->text + log->records[record].text_at;
}

#endif
