// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file that is needed as a whole, however it is handed in: a file on disk, a pipe (a
 * shell's <(...), a FIFO), a file of /proc or /sys, whose size is 0 or wrong.
 */
#ifndef VMEMSCOPE_WHOLE_FILE_H
#define VMEMSCOPE_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

struct whole_file {
	char *data; /* private and writable; not terminated; NULL if and only if size is 0 */
	size_t size;
	bool is_mapped;
};

/*
 * @kind completes "is no ...": "System.map". Nobody is waited for who does not write yet.
 * Errors: ERROR_NOT_FOUND no such file; ERROR_UNSUPPORTED a directory, a device, empty, or
 * more than @size_max bytes.
 */
struct error *whole_file_open(const char *path, const char *kind, size_t size_max,
			      struct whole_file *ret);
void whole_file_close(struct whole_file *file); /* more than once is allowed */

/* Of a pipe each byte can be read only once, so it cannot be probed first. */
bool whole_file_is_pipe(const char *path);

#endif
