// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Physical memory in pieces: which bytes a file holds, promises, or leaves out.
 * Knows no ELF; pieces may come in any order and overlap.
 */
#ifndef VMEMSCOPE_DUMP_SEGMENTS_H
#define VMEMSCOPE_DUMP_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "include/memory.h"

/* Bytes [start, end), not page aligned, in one state; never ABSENT. */
struct segment {
	paddr_t start, end;
	uint64_t offset; /* of @start in the file; PRESENT only */
	enum memory_state state;
};

/* Ascending and disjoint. */
struct segments {
	struct segment *entries;
	size_t count;
	/* Up to where the state of each goes on without a gap. */
	paddr_t *run_ends;
};

/*
 * Makes @ret of @raw, which it sorts. Where pieces overlap, PRESENT wins over
 * TRUNCATED and TRUNCATED over EXCLUDED; among equals the one that starts first.
 */
struct error *segments_init(struct segment *raw, size_t count, struct segments *ret);
void segments_deinit(struct segments *segments);

/* Index of the first segment that ends after @addr; segments->count if none. */
size_t segments_find(const struct segments *segments, paddr_t addr);

/*
 * The pages around @addr as the segments have them: from its page on, as far
 * as the state is the same. A page of several states is what its worst byte is,
 * but one at the edge of RAM, which has bytes in no segment, is what the others are.
 */
struct memory_extent segments_extent(const struct segments *segments, paddr_t addr,
				     unsigned page_shift);

#endif
