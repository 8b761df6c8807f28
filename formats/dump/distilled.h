// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a distilled dump remembers of the full one, as an ELF note.
 *
 * Owner "vmemscope". Type 0x766d7301: the profile, JSON text. Type 0x766d7303: how
 * a sample was chosen, text; a dump that holds all has none. Type 0x766d7304: the crash as its
 * maker read it out of the log, lines of KEY=VALUE. Type 0x766d7302: this, all of it little-endian
 *64-bit words whatever the machine:
 *
 *	version		1
 *	flags		bit 0: the full dump omits zero pages
 *			bit 1: the full dump was truncated
 *	missing_bytes	of the full dump
 *	count		of the extents that follow
 *	start, end, state	for each: physical addresses [start, end), page
 *			aligned, ascending and disjoint; state 0 present,
 *			1 excluded, 2 absent, 3 truncated, 4 damaged
 *
 * The extents are answers of the full dump. A page in an extent that says
 * "present" need not be in the file; a page in no extent is absent.
 */
#ifndef VMEMSCOPE_DUMP_DISTILLED_H
#define VMEMSCOPE_DUMP_DISTILLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/memory.h"

#define DISTILLED_NOTE_OWNER "vmemscope"

/* Not small numbers: some tools take any note of type 1 for a CPU's registers. */
enum {
	DISTILLED_NOTE_PROFILE = 0x766d7301,
	DISTILLED_NOTE_EXTENTS = 0x766d7302,
	DISTILLED_NOTE_SAMPLE = 0x766d7303,
	DISTILLED_NOTE_CRASH = 0x766d7304,
};

/* Notes larger than this are neither written nor read. */
enum { DISTILLED_NOTE_MAX_BYTES = 256 << 20 };

struct distilled {
	struct memory_extent *extents; /* ascending, disjoint */
	size_t extent_count;
	bool omits_zero_pages, truncated;
	uint64_t missing_bytes;
};

/* The bytes of the note for @distilled, which is only read. */
struct error *distilled_encode(const struct distilled *distilled, uint8_t **ret, size_t *len_ret);

/* ERROR_CORRUPT, naming @path, if the bytes are not what is described above. */
struct error *distilled_decode(const char *path, const uint8_t *bytes, size_t len,
			       unsigned page_shift, struct distilled *ret);
void distilled_deinit(struct distilled *distilled);

/* What read() answers for a page that is not in the file. */
enum memory_state distilled_state(const struct distilled *distilled, paddr_t addr,
				  unsigned page_shift);

/* Adds the pages that were damaged in the full dump. */
void distilled_damage(const struct distilled *distilled, unsigned page_shift,
		      struct memory_damage *damage);

/*
 * What the full dump said goes before what the file holds (@here), but where the
 * file itself is cut.
 */
struct memory_extent distilled_answer(const struct distilled *distilled, struct memory_extent here,
				      bool is_truncated, unsigned page_shift);

/* What the full dump said of the pages from that of @addr on. */
struct memory_extent distilled_extent(const struct distilled *distilled, paddr_t addr,
				      unsigned page_shift);

#endif
