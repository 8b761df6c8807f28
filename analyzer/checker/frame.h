// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a frame of memory is, as its own struct page and the vmemmap tell. */
#ifndef VMEMSCOPE_CHECKS_FRAME_H
#define VMEMSCOPE_CHECKS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "include/types.h"

struct survey;
struct target;
struct error;

/* Whether a frame is free, by the marks of the buddy allocator. */
struct frame_verdict {
	bool told;  /* they could be read */
	bool valid; /* there is such a page */
	bool free;
	pfn_t block;	/* the free block that it is in */
	unsigned order; /* of the block */
	uint32_t refcount;
};
struct error *frame_judge(const struct survey *survey, pfn_t frame, struct frame_verdict *ret);

/* True if @frame is certainly no memory: no section has it, of all there are, nor a device. */
bool frame_is_nowhere(const struct survey *survey, pfn_t frame);

/* What a frame's own struct page says. */
enum frame_use {
	FRAME_USE_KERNEL, /* the kernel's own, or the vmemmap's: nothing else shows */
	FRAME_USE_BUDDY,  /* on a free list, or in a block that is */
	FRAME_USE_NONE,	  /* no reference, and on no list that shows */
	FRAME_USE_TYPE,	  /* a page type other than these */
	FRAME_USE_TABLE,
	FRAME_USE_SLAB,
	FRAME_USE_HUGETLB,
	FRAME_USE_HEAD,
	FRAME_USE_TAIL,
	FRAME_USE_LRU,
	FRAME_USE_MAPPED,
	FRAME_USE_MAPPING,
	FRAME_USE_NOWHERE, /* there is no such memory, and no struct page */
	FRAME_USE_DEVICE,  /* memory of a device, behind struct pages of other memory */
	FRAME_USE_COUNT
};

/*
 * Of the struct page @bytes: all but free blocks and reference counts. *value becomes
 * what tells: a page type, flags, a link, _mapcount or mapping.
 */
enum frame_use frame_use_of(const struct target *target, const unsigned char *bytes,
			    uint64_t *value);

/* The same of the struct page of @frame; FRAME_USE_KERNEL where that cannot be read. */
struct error *frame_use_read(const struct survey *survey, pfn_t frame, enum frame_use *ret);

/* True if it is a device's, or of a block that holds its own memmap. */
bool frame_use_of_others(const struct target *target, const unsigned char *bytes);

/*
 * Says what @frame is, as in "frame 0x1234 is ...": free, a page table, a slab, the head's
 * of some huge page, no memory, and so on. That vmemmap pages [index, index + count) map
 * it goes without saying.
 */
enum { FRAME_WORDS_MAX = 160 };
struct error *frame_words(const struct survey *survey, pfn_t frame, uint64_t index, uint64_t count,
			  char buf[FRAME_WORDS_MAX]);
/* The same of a frame that is known to hold a page table of the vmemmap: what else it is. */
struct error *frame_words_of_table(const struct survey *survey, pfn_t frame,
				   char buf[FRAME_WORDS_MAX]);

#endif
