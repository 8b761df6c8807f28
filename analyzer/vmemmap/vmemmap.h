// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The vmemmap map: which frame backs each page of struct pages, as runs. Only
 * page tables are read; knows neither hugetlb nor DAX.
 *
 * A vmemmap page is named by its index: (address - vmemmap) >> page_shift.
 */
#ifndef VMEMSCOPE_VMEMMAP_H
#define VMEMSCOPE_VMEMMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/kernel/kernel.h"
#include "include/memory.h"
#include "analyzer/paging/pgwalk.h"
#include "analyzer/vmemmap/misled.h"
#include "analyzer/vmemmap/upper_entries.h"
#include "analyzer/vmemmap/walked_tables.h"

enum backing {
	BACKING_BASE,	    /* mapped by entries of the lowest level */
	BACKING_LEAF,	    /* mapped by a larger leaf (a PMD on x86-64) */
	BACKING_HOLE,	    /* not mapped though the struct pages are valid */
	BACKING_UNREADABLE, /* the page table is not in the dump */
	BACKING_INVALID,    /* an entry that the architecture forbids */
};

/* Neighbouring vmemmap pages mapped alike; how runs are cut means nothing. */
struct vmemmap_run {
	uint64_t first; /* vmemmap page index */
	pfn_t frame;	/* of the first; the i-th has frame + i, or all the same */
	uint32_t count; /* vmemmap pages */
	enum backing backing;
	unsigned level;
	enum memory_state state; /* why, if unreadable */
	bool constant;		 /* one frame behind all @count (> 1) pages */
	bool writable;	  /* by its own entries; larger ones may forbid it: map->forbidding */
	bool shared;	  /* some frame of it is behind another vmemmap page too */
	bool valid_known; /* false: the section's sub-sections could not be read */
};

/* The frame behind the tails of each group of a stripe. */
enum stripe_tails {
	STRIPE_TAILS_ONE,  /* one for all groups */
	STRIPE_TAILS_HEAD, /* the one of the group's first page */
	STRIPE_TAILS_OWN,  /* one for each group */
};

/*
 * How runs are kept: one by one; or, as optimised pages lie side by side, as a stripe of
 * groups of @period pages. Of each, the first page is a run of its own (head), and the
 * others are another one, behind one frame (tails). A large machine has millions of
 * groups, and rarely more than thousands of stripes. Frames of heads, and of tails if
 * each group has its own, are consecutive (linear), or listed in slots.
 */
struct vmemmap_row {
	uint64_t first;	      /* vmemmap page index */
	pfn_t frame;	      /* of the first; of a stripe, of the first group's tails */
	pfn_t head;	      /* of a linear stripe: the first group's */
	uint32_t count;	      /* vmemmap pages; of a stripe a multiple of @period */
	uint32_t period;      /* 0: one run */
	uint32_t chunk, slot; /* of another stripe: where its slots begin */
	uint8_t backing : 3;  /* enum backing */
	uint8_t level : 3;
	uint8_t state : 3; /* enum memory_state */
	bool constant : 1;
	bool writable : 1; /* of a stripe: its tails */
	bool shared : 1; /* of a stripe: others map some frame of it; STRIPE_TAILS_ONE is not meant
			  */
	bool valid_known : 1;
	bool head_writable : 1;
	uint8_t tails : 2; /* enum stripe_tails */
	bool linear : 1;
};

/* Consecutive frames of one row: of a stripe, of heads or of tails. */
struct frame_interval {
	pfn_t start;
	uint32_t count;
	uint32_t row;
	uint32_t slot; /* of a stripe: its first, counted as in slots; SLOT_TAILS: STRIPE_TAILS_ONE
			*/
};

static const uint32_t SLOT_TAILS = UINT32_MAX;

struct vmemmap_map {
	struct vmemmap_row *rows; /* ascending, disjoint */
	size_t row_count;
	pfn_t **chunks; /* of slots */
	size_t chunk_count;
	size_t *last; /* the row asked for last, as neighbours are asked for next: one thread at a
			 time */

	struct frame_interval *intervals; /* of BASE and LEAF rows, by their first frame */
	size_t interval_count;
	pfn_t *reach; /* for each block of intervals: the greatest end up to there */

	/* Larger entries, of tables or leaves, that write-protect what is below. */
	struct upper_entries forbidding;
	struct upper_entries user;   /* leaves of any level that are marked for programs */
	struct misled_parts misled;  /* not looked at: unreadable */
	struct walked_tables tables; /* of all levels below the root */

	uint64_t run_count;
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

struct target;
struct thread_pool;
struct error *vmemmap_map_build(const struct target *target, struct thread_pool *threads,
				struct vmemmap_map *ret);
void vmemmap_map_deinit(struct vmemmap_map *map);

/* --- runs -- */

static inline uint64_t vmemmap_run_end(const struct vmemmap_run *run)
{
	return run->first + run->count;
}

/* The run that holds @index; false, and a hole of no pages, if none was walked. */
bool vmemmap_run_at(const struct vmemmap_map *map, uint64_t index, struct vmemmap_run *ret);

/* The frame behind @index alone; false if none is mapped there. */
bool vmemmap_frame_at(const struct vmemmap_map *map, uint64_t index, pfn_t *ret);

/* The first run that ends after @index; false if none. */
bool vmemmap_run_from(const struct vmemmap_map *map, uint64_t index, struct vmemmap_run *ret);

static inline bool vmemmap_run_next(const struct vmemmap_map *map, struct vmemmap_run *run)
{
	return vmemmap_run_from(map, vmemmap_run_end(run), run);
}

static inline bool vmemmap_run_mapped(const struct vmemmap_run *run)
{
	return run->backing == BACKING_BASE || run->backing == BACKING_LEAF;
}

static inline pfn_t vmemmap_run_frame(const struct vmemmap_run *run, uint64_t index)
{
	return run->constant ? run->frame : run->frame + (index - run->first);
}

/* --- rows -- */

static inline uint64_t vmemmap_row_end(const struct vmemmap_row *row)
{
	return row->first + row->count;
}

static inline bool vmemmap_row_mapped(const struct vmemmap_row *row)
{
	return row->backing == BACKING_BASE || row->backing == BACKING_LEAF;
}

/* The run that @row is, if it is no stripe. */
static inline struct vmemmap_run vmemmap_row_run(const struct vmemmap_row *row)
{
	return (struct vmemmap_run){
		.first = row->first,
		.frame = row->frame,
		.count = row->count,
		.backing = (enum backing)row->backing,
		.level = row->level,
		.state = (enum memory_state)row->state,
		.constant = row->constant,
		.writable = row->writable,
		.shared = row->shared,
		.valid_known = row->valid_known,
	};
}

/* The row of the first run that ends after @index; row_count if none. */
size_t vmemmap_row_from(const struct vmemmap_map *map, uint64_t index);

/* Of each group: the frame of its first page, and the one of its tails if STRIPE_TAILS_OWN. */
static inline unsigned stripe_slots_per_group(const struct vmemmap_row *row)
{
	return row->tails == STRIPE_TAILS_OWN ? 2 : 1;
}

static inline pfn_t stripe_head(const struct vmemmap_map *map, const struct vmemmap_row *row,
				uint32_t group)
{
	if (row->linear)
		return row->head + group;
	return map->chunks[row->chunk][row->slot + (size_t)group * stripe_slots_per_group(row)];
}

static inline pfn_t stripe_tail(const struct vmemmap_map *map, const struct vmemmap_row *row,
				uint32_t group)
{
	if (row->tails == STRIPE_TAILS_ONE)
		return row->frame;
	if (row->tails == STRIPE_TAILS_HEAD)
		return stripe_head(map, row, group);
	return row->linear ? row->frame + group
			   : map->chunks[row->chunk][row->slot + 2 * (size_t)group + 1];
}

/* --- frames -- */

static inline pfn_t frame_interval_end(const struct frame_interval *interval)
{
	return interval->start + interval->count;
}

/* Goes through frames that intervals have, each frame once. */
struct frame_walk {
	const struct vmemmap_map *map;
	size_t next, stop; /* intervals */
	pfn_t done;	   /* all frames before this one were seen */

	/* What the last step found: frames [start, end), at @interval. */
	const struct frame_interval *interval;
	pfn_t start, end;
};

/* The frames of intervals [@first, @end) that no interval before these has. */
struct frame_walk vmemmap_frames(const struct vmemmap_map *map, size_t first, size_t end);
bool frame_walk_next(struct frame_walk *walk); /* false: there are no more */

/* Vmemmap pages in a row that map one frame. */
struct frame_place {
	uint64_t index, count;
};

/* Where @frame of @interval is mapped; of several places in it, the first. */
struct frame_place frame_interval_place(const struct vmemmap_map *map,
					const struct frame_interval *interval, pfn_t frame);

/*
 * Iterates the pieces of runs that map @frame: set *cursor to 0, call until it
 * returns false. Gives the first vmemmap index and how many in a row.
 */
bool vmemmap_users_next(const struct vmemmap_map *map, pfn_t frame, size_t *cursor,
			uint64_t *index_ret, uint64_t *count_ret);

/* How many vmemmap pages map @frame. */
uint64_t vmemmap_users(const struct vmemmap_map *map, pfn_t frame);

/* --- struct pages -- */

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
 * Makes the processor fetch what the next read of @pfn will need, if it can be seen without
 * reading: to be called some work before that look. Changes nothing else.
 */
void vmemmap_prefetch(const struct kernel *kernel, const struct vmemmap_map *map,
		      struct memory *memory, pfn_t pfn);

/* The 8-byte number at @offset of one struct page. */
struct error *vmemmap_read_u64(const struct kernel *kernel, const struct vmemmap_map *map,
			       struct memory *memory, pfn_t pfn, uint64_t offset, uint64_t *ret,
			       enum memory_state *state_ret);

#endif
