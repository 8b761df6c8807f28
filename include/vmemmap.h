// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The vmemmap map: which frame backs each page of struct pages, as runs. Only
 * page tables are looked at; knows neither hugetlb nor DAX.
 *
 * A vmemmap page is named by its index: (address - vmemmap) >> page_shift.
 */
#ifndef VMEMSCOPE_VMEMMAP_H
#define VMEMSCOPE_VMEMMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "include/kernel.h"
#include "include/memory.h"
#include "include/pgwalk.h"

struct analysis;

enum backing {
	BACKING_BASE,	    /* mapped by entries of the lowest level */
	BACKING_LEAF,	    /* mapped by a larger leaf (a PMD on x86-64) */
	BACKING_HOLE,	    /* not mapped though the struct pages are valid */
	BACKING_UNREADABLE, /* the page table is not in the dump */
	BACKING_INVALID,    /* an entry that the architecture forbids */
};

/*
 * Neighbouring vmemmap pages mapped alike; how runs are cut means nothing. A large
 * machine has millions of them: 24 bytes each.
 */
struct vmemmap_run {
	uint64_t first;	     /* vmemmap page index */
	pfn_t frame;	     /* of the first; the i-th has frame + i, or all the same */
	uint32_t count;	     /* vmemmap pages */
	uint8_t backing : 3; /* enum backing */
	uint8_t level : 3;
	uint8_t state : 2; /* enum memory_state: why, if unreadable */
	bool constant : 1; /* one frame behind all @count (> 1) pages */
	bool writable : 1;
	bool shared : 1;      /* some frame of it is behind another vmemmap page too */
	bool valid_known : 1; /* false: the section's sub-sections could not be read */
};

/* The frames of one run, in the order of frames. */
struct frame_interval {
	pfn_t start, end;
	const struct vmemmap_run *run;
};

enum { FRAME_BLOCK = 64 };

struct vmemmap_map {
	struct vmemmap_run *runs; /* ascending, disjoint */
	size_t run_count;
	size_t *last; /* the run asked for last, as neighbours are asked for next: one thread at a
			 time */

	uint32_t *by_frame; /* BASE and LEAF runs, by their first frame */
	size_t frame_count; /* of these */
	pfn_t *reach;	    /* for each FRAME_BLOCK of them: the greatest end up to there */

	uint64_t pages; /* vmemmap pages walked */
	uint64_t pages_unreadable;
	uint64_t pages_hole;
	uint64_t device_pages; /* of sections that are never online; no check looks at them */
	/*
	 * Lowest-level tables that map ordinary memory: what splitting cost. Those
	 * of device sections, which are built of base pages, are counted apart.
	 */
	uint64_t table_pages, device_table_pages;
};

/* On the threads of @analysis, of which only the kernel and what is before it is used. */
struct error *vmemmap_map_build(const struct analysis *analysis, struct vmemmap_map *ret);
void vmemmap_map_deinit(struct vmemmap_map *map);

static inline uint64_t vmemmap_run_end(const struct vmemmap_run *run)
{
	return run->first + run->count;
}

/* The @i-th of map->frame_count. */
static inline struct frame_interval vmemmap_interval(const struct vmemmap_map *map, size_t i)
{
	const struct vmemmap_run *run = &map->runs[map->by_frame[i]];

	return (struct frame_interval){
		.start = run->frame,
		.end = run->frame + (run->constant ? 1 : run->count),
		.run = run,
	};
}

/* The run that holds @index; NULL if none was walked. */
const struct vmemmap_run *vmemmap_run_at(const struct vmemmap_map *map, uint64_t index);

/* The first run that ends after @index; map->runs + run_count if none. */
const struct vmemmap_run *vmemmap_run_from(const struct vmemmap_map *map, uint64_t index);

static inline bool vmemmap_run_mapped(const struct vmemmap_run *run)
{
	return run->backing == BACKING_BASE || run->backing == BACKING_LEAF;
}

static inline pfn_t vmemmap_run_frame(const struct vmemmap_run *run, uint64_t index)
{
	return run->constant ? run->frame : run->frame + (index - run->first);
}

/*
 * Iterates the pieces of runs that map @frame: set *cursor to 0, call until it
 * returns false. Gives the first vmemmap index and how many in a row.
 */
bool vmemmap_users_next(const struct vmemmap_map *map, pfn_t frame, size_t *cursor,
			uint64_t *index_ret, uint64_t *count_ret);

/* How many vmemmap pages map @frame. */
uint64_t vmemmap_users(const struct vmemmap_map *map, pfn_t frame);

static inline uint64_t vmemmap_index_of(const struct kernel *kernel, pfn_t pfn)
{
	return (pfn * kernel->struct_page_size) >> kernel->page_shift;
}

static inline vaddr_t vmemmap_address(const struct kernel *kernel, uint64_t index)
{
	return kernel->vmemmap + (index << kernel->page_shift);
}

/* The first pfn whose struct page begins in vmemmap page @index. */
static inline pfn_t vmemmap_first_pfn(const struct kernel *kernel, uint64_t index)
{
	return ((index << kernel->page_shift) + kernel->struct_page_size - 1) /
	       kernel->struct_page_size;
}

/*
 * Reads @len bytes from the struct page of @pfn on, through the map (no page
 * table is read again). ABSENT where the map has no frame.
 */
struct error *vmemmap_read(const struct kernel *kernel, const struct vmemmap_map *map,
			   struct memory *memory, pfn_t pfn, void *buf, size_t len,
			   enum memory_state *state_ret);

/* The same for one who goes through struct pages: *ret is good until @buffer is used again. */
struct error *vmemmap_look(const struct kernel *kernel, const struct vmemmap_map *map,
			   struct memory *memory, struct page_buffer *buffer, pfn_t pfn, size_t len,
			   const unsigned char **ret, enum memory_state *state_ret);

/*
 * Makes the processor fetch what the next look at @pfn will need, if it can be seen without
 * reading: to be called some work before that look. Changes nothing else.
 */
void vmemmap_prefetch(const struct kernel *kernel, const struct vmemmap_map *map,
		      struct memory *memory, pfn_t pfn);

/* The 8-byte number at @offset of one struct page. */
struct error *vmemmap_read_u64(const struct kernel *kernel, const struct vmemmap_map *map,
			       struct memory *memory, pfn_t pfn, uint64_t offset, uint64_t *ret,
			       enum memory_state *state_ret);

#endif
