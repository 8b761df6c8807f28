// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Programs that people pack dumps with, one row each, and how a library unpacks what they made.
 * A packed file is one or more members behind each other.
 */
#ifndef VMEMSCOPE_DUMP_PACKERS_H
#define VMEMSCOPE_DUMP_PACKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a library makes of some more bytes. */
enum unpacked {
	UNPACKED_SOME,
	UNPACKED_MEMBER, /* its last byte was read, and all of it given */
	UNPACKED_DAMAGED,
	UNPACKED_UNKNOWN,   /* nothing is wrong with it, but this build's library is too old */
	UNPACKED_TOO_LARGE, /* would take more than UNPACK_MEMORY_MAX */
	UNPACKED_NOMEM,
};

/* Memory for what a packer refers back to. No usual level of any packer needs half of it. */
enum { UNPACK_MEMORY_LOG_MAX = 29, UNPACK_MEMORY_MAX = 1 << UNPACK_MEMORY_LOG_MAX };

/* Bytes to be read, and room: a step moves the pointers on. */
struct unpack_step {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
};

struct packer {
	const char *name;
	const char *undo; /* the command that unpacks */

	/* Whether a member begins with @head. */
	bool (*begins)(const uint8_t *head, size_t len);

	void *(*create)(void);	    /* for the first member; NULL: no memory */
	bool (*again)(void *state); /* for the next one; false: no memory */
	void (*destroy)(void *state);
	enum unpacked (*step)(void *state, struct unpack_step *step);
};

/* Enough for begins(). */
enum { PACKER_HEAD_BYTES = 8 };

/* NULL: @head begins nothing that is packed, as far as is known here. */
const struct packer *packer_of(const uint8_t *head, size_t len);

#endif
