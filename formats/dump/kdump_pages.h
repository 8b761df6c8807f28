// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a kdump-compressed file says of each page, without reading contents. */
#ifndef VMEMSCOPE_DUMP_KDUMP_PAGES_H
#define VMEMSCOPE_DUMP_KDUMP_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/dump/kdump_header.h"
#include "include/memory.h"

enum { KDUMP_CHUNKS = 64 };

/* A bitmap in the file, of which some chunks are in memory. */
struct kdump_bitmap {
	uint64_t offset;
	uint8_t *chunk;			/* asked for last; zero beyond what the file has of it */
	uint8_t *chunks;		/* room for KDUMP_CHUNKS */
	uint64_t numbers[KDUMP_CHUNKS]; /* which one is there, plus 1 */
};

struct kdump_pages {
	const struct dump_file *file; /* borrowed */
	bool big_endian;
	unsigned page_shift;
	uint64_t start_pfn, end_pfn; /* that it can have; beyond there is none */
	uint64_t bitmap_len, descriptors_offset;
	struct kdump_bitmap machine, in_file;

	/* For each chunk: pages in the file, of [start_pfn, ...), before it. */
	uint64_t *pages_before;
	uint64_t page_count;
	uint64_t all_count; /* in any part of the split set: makedumpfile leaves room for all */
	uint64_t table_end; /* of the descriptors and their room; data is behind it */
	bool is_fork;	    /* pages_before is another's */

	uint64_t last_pfn, last_number; /* whose descriptor was asked for last, and its number */
};

/* The descriptor of a page: where its bytes are in the file. */
struct kdump_place {
	uint64_t offset;
	uint32_t size, flags; /* how it is packed; 0: not at all */
};

/*
 * ERROR_CORRUPT if the headers, the bitmap and the descriptors do not fit each other, so
 * that pages would be taken for others.
 */
struct error *kdump_pages_init(struct kdump_pages *pages, const struct dump_file *file,
			       const struct kdump_header *header);
void kdump_pages_deinit(struct kdump_pages *pages);

/* The same for another thread, which reads from @file; @pages must outlive it. */
struct error *kdump_pages_fork(const struct kdump_pages *pages, const struct dump_file *file,
			       struct kdump_pages *ret);

/*
 * Whether the file ends before the last page that it promises, and by how much
 * if *missing_bytes_ret is not 0.
 */
struct error *kdump_pages_check_end(struct kdump_pages *pages, bool *truncated_ret,
				    uint64_t *missing_bytes_ret);

/*
 * The state of page frame @pfn, which is in [start_pfn, end_pfn), and of those
 * up to *end_ret, as far as is cheap to determine. Only if @check_end is set are pages
 * searched for that the file should have and lacks.
 */
struct error *kdump_pages_look(struct kdump_pages *pages, uint64_t pfn, bool check_end,
			       enum memory_state *state_ret, uint64_t *end_ret);

/* The file as it is in memory; all zero: it is not. */
struct kdump_bytes {
	const unsigned char *bytes;
	uint64_t size;
};

/* The descriptor of page frame @pfn, of which kdump_pages_look() says that it is PRESENT. */
struct error *kdump_pages_place(struct kdump_pages *pages, uint64_t pfn,
				const struct kdump_bytes *mapped, struct kdump_place *ret,
				enum memory_state *state_ret);

/*
 * True if page frame @pfn, which is in [start_pfn, end_pfn), is stored uncompressed in the
 * file that is @mapped; where in it.
 */
bool kdump_pages_stored(struct kdump_pages *pages, uint64_t pfn, const struct kdump_bytes *mapped,
			uint64_t *offset_ret);

/* True if @place can be the place of a page: within the file, behind the descriptors. */
bool kdump_place_is_sound(const struct kdump_pages *pages, const struct kdump_place *place);

#endif
