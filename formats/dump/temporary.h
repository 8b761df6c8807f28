// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file without a name in $TMPDIR, or /tmp, for what cannot be read as it is stored. It goes
 * away with its last descriptor.
 */
#ifndef VMEMSCOPE_DUMP_TEMPORARY_H
#define VMEMSCOPE_DUMP_TEMPORARY_H

#include <stddef.h>
#include <stdint.h>

struct error;

struct temporary_file {
	int fd;		     /* -1: none */
	const char *dir;     /* for messages */
	uint64_t end;	     /* one past the last byte that was given */
	uint64_t written;    /* bytes that take room: blocks of zeroes may not */
	uint64_t size_max;   /* of a file, for this process */
	uint64_t keep_free;  /* bytes that are left to others */
	uint64_t next_check; /* how much is @written when the room is looked at again */
};

/* What the functions below write to, once it succeeds; temporary_deinit() in any case. */
struct error *temporary_create(struct temporary_file *file);
void temporary_deinit(struct temporary_file *file);

/* How many bytes it can take, as far as the system says. */
uint64_t temporary_room(const struct temporary_file *file);

/*
 * Blocks of zeroes behind all that was given before become holes. ERROR_OS names the directory:
 * it is full, or nearly.
 */
struct error *temporary_write(struct temporary_file *file, uint64_t offset, const uint8_t *data,
			      size_t len);

/* Makes the file @end bytes long and hands it over. */
struct error *temporary_finish(struct temporary_file *file, int *fd_ret);

#endif
