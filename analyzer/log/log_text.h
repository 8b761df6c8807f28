// SPDX-License-Identifier: LGPL-2.1-or-later
/* The log as text that may be shown: of its bytes, plain characters alone. */
#ifndef VMEMSCOPE_LOG_TEXT_H
#define VMEMSCOPE_LOG_TEXT_H

#include <stddef.h>

#include "analyzer/log/kernel_log.h"

enum { LOG_LEVELS = 8 };

/* "emerg" to "debug", as dmesg(1) calls them; or a number. False: there is no such level. */
bool log_level_parse(const char *text, uint8_t *ret);

/* Which records are wanted. */
struct log_selection {
	uint8_t level_max; /* this and more urgent ones; those whose level is unknown, too */
	size_t tail;	   /* only so many of them, the last ones; 0: all */
};
bool log_is_wanted(const struct log_record *record, const struct log_selection *selection);
/* No record before this one is wanted. */
size_t log_first_wanted(const struct kernel_log *log, const struct log_selection *selection);

/* Text that grows; what it holds is freed by the owner. */
struct log_buffer {
	char *text; /* NUL-terminated once something was added */
	size_t bytes, room;
};

/*
 * Adds the text of a record as it is: line breaks and tabs stay, every other byte that is not
 * printable ASCII becomes \xNN.
 */
struct error *log_add_text(struct log_buffer *buffer, const struct kernel_log *log, size_t record);
/*
 * Adds a record as 'makedumpfile --dump-dmesg' writes it, "[   55.366026] text": further lines
 * of it are indented, one without a text is left out. " [torn]" is behind one that is.
 */
struct error *log_add_line(struct log_buffer *buffer, const struct kernel_log *log, size_t record);

#endif
