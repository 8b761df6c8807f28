// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads mem_section: an array of pointers (roots) to arrays of struct mem_section. */
#ifndef VMEMSCOPE_SECTION_READER_H
#define VMEMSCOPE_SECTION_READER_H

#include "analyzer/kernel/kernel.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/paging/kmem.h"

enum root_state {
	ROOT_READ,
	ROOT_NULL,	 /* there is none */
	ROOT_ASTRAY,	 /* page tables do not map what it points to */
	ROOT_UNREADABLE, /* not in the dump */
};

struct section_reader {
	const struct layout *layout;
	struct kmem *kmem;
	struct kernel *kernel;
	vaddr_t roots;
	uint64_t root_count, per_root;
	uint64_t highest; /* __highest_present_section_nr, and no more than there are */
	size_t capacity, subsections_room;
	unsigned char *root; /* one array */

	uint64_t loaded; /* which one section_root_load() has read; UINT64_MAX: none */
	enum root_state loaded_state;
	vaddr_t pointer; /* to it, as read */
};

/* Borrows all; section_reader_deinit() in any case. */
struct error *section_reader_init(const struct facts *facts, const struct layout *layout,
				  struct kmem *kmem, struct kernel *kernel,
				  struct section_reader *ret);
void section_reader_deinit(struct section_reader *reader);

/* Makes the array of root @root_nr the one in @reader->root. */
struct error *section_root_load(struct section_reader *reader, uint64_t root_nr,
				enum root_state *ret);

/* Adds the section to those of the kernel if @bytes, its struct mem_section, says it is present. */
struct error *section_add(struct section_reader *reader, uint64_t nr, const unsigned char *bytes);

/* Reads anew which of its parts are valid, as section->early is not what its mark says. */
struct error *section_usage_read(struct section_reader *reader, struct section *section);

/* The mark of number @bit, or @otherwise if types do not tell, in a section_mem_map. */
bool section_flag(const struct layout *layout, enum layout_id bit, unsigned otherwise,
		  uint64_t map);
/* More sections than this are a loop in damaged tables. */
size_t sections_max(const struct kernel *kernel);
/* For qsort(), by number. */
int section_compare(const void *a, const void *b);

#endif
