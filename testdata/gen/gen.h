// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A machine of any size, invented, as a dump: the kernel of a real small dump, whose
 * types and symbols are kept, with memory, huge pages and devices as asked for.
 *
 * Physical memory, from 0 on: the kernel image and its objects ("core", real bytes);
 * boot memory with the vmemmap's larger leaves; frames from the page allocator, which
 * optimised pages and devices keep; then what users have. Devices lie above it all.
 */
#ifndef VMEMSCOPE_GEN_H
#define VMEMSCOPE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/kernel/layout.h"
#include "analyzer/kernel/scheme.h"
#include "analyzer/kernel/struct_page.h"
#include "include/types.h"

struct facts;
struct typeinfo;
struct dump;
struct error;

enum {
	PAGE_SHIFT = 12,
	PAGE_BYTES = 1 << PAGE_SHIFT,
	STRUCT_PAGE_BYTES = 64,
	PER_PAGE = PAGE_BYTES / STRUCT_PAGE_BYTES, /* struct pages in a vmemmap page */
	SECTION_SHIFT = 27,
	SECTION_PAGES = 1 << (SECTION_SHIFT - PAGE_SHIFT),
	SECTION_FRAMES = SECTION_PAGES / PER_PAGE, /* vmemmap pages of a section: one leaf */
	HUGE_ORDER = 9,
	HUGE_FRAMES = (1 << HUGE_ORDER) / PER_PAGE, /* vmemmap pages of a 2 MiB page */
	HUGE_PER_SECTION = SECTION_PAGES >> HUGE_ORDER,
	GIGANTIC_ORDER = 18,
	GIGANTIC_SECTIONS = (1 << GIGANTIC_ORDER) / SECTION_PAGES,
	GIGANTIC_FRAMES = (1 << GIGANTIC_ORDER) / PER_PAGE,
	DEVICES_LIMIT = 16,
};

struct settings {
	const char *kernel; /* the dump that lends types and symbols */
	const char *output;
	uint64_t memory_bytes, device_bytes;
	unsigned devices;
	unsigned optimized_percent, plain_percent,
		mixed_percent;	 /* of sections; the rest: no huge page */
	unsigned in_use_percent; /* of huge pages */
	uint64_t gigantic;	 /* pages */
	unsigned levels;
	unsigned kept; /* vmemmap pages of an optimised page: 1, or 2 as before 5.18 */
	bool dense;    /* each frame has bytes of its own in the file */
	bool scatter;  /* head frames in no order */
	bool unlinked; /* heads are on no list, and alike */
	unsigned faults;
	uint64_t seed;
};

/* --- the kernel that is borrowed (origin.c) ----------------------------------- */

struct origin {
	struct dump *dump;
	char *vmcoreinfo; /* of the invented machine */
	struct facts *facts;
	struct typeinfo *types;
	struct layout layout;
	struct scheme_choice scheme;
	struct page_format page;
	bool masks; /* tails hold a mask, not their head's address */
	bool zone_tails;

	vaddr_t page_offset, vmemmap;
	vaddr_t roots; /* mem_section */
	unsigned node_bits, zone_shift;
	unsigned normal_zone, device_zone;
};

/* --- where everything is (plan.c) ----------------------------------------------- */

enum section_kind {
	SECTION_ORDINARY,  /* free memory */
	SECTION_SYSTEM,	   /* the kernel's own */
	SECTION_PLAIN,	   /* huge pages that are not optimised */
	SECTION_OPTIMIZED, /* huge pages that are */
	SECTION_MIXED,	   /* half optimised huge pages, half free */
	SECTION_GIGANTIC,  /* an eighth of an optimised 1 GiB page */
};

struct area {
	pfn_t start, end;
};

/* The lists of the pools; pages that are not optimised, and gigantic ones, are in use. */
enum list_id { LIST_HUGE_USED, LIST_HUGE_FREE, LIST_GIGANTIC, LIST_COUNT };

/* In the order of the list, which is that of addresses. */
struct list {
	pfn_t *pages;
	uint64_t count;
};

struct plan {
	uint64_t sections; /* of memory */
	uint8_t *kind;	   /* enum section_kind of each */
	uint32_t *leaf; /* which piece of @leaves a section has; those mapped by one, and mixed */

	pfn_t *huge; /* optimised 2 MiB pages */
	uint64_t huge_count, used_count, plain_count;
	pfn_t *gigantic;
	uint64_t gigantic_count;
	uint64_t *mixed; /* sections */
	uint64_t mixed_count, leaf_count, split_sections;
	struct list lists[LIST_COUNT];

	pfn_t device[DEVICES_LIMIT + 1]; /* starts; they follow each other */
	unsigned devices;
	uint64_t device_compounds;

	uint64_t core_pages;
	struct area leaves, heads, gigantic_heads, zone_tails, strays, device_heads, device_tails;
};

/* --- the file (image.c) ----------------------------------------------------------- */

/* What a frame of struct pages holds. */
enum content_id {
	CONTENT_BOOT,	      /* reserved: frames of boot memory */
	CONTENT_OWNED,	      /* one reference: frames from the page allocator */
	CONTENT_DEVICE_OWNED, /* of frames that several entries of a device map */
	CONTENT_FREE,
	CONTENT_PLAIN_HEAD,
	CONTENT_PLAIN_TAILS,
	CONTENT_HEAD_USED,
	CONTENT_HEAD_FREE,
	CONTENT_HEAD_GIGANTIC,
	CONTENT_TAILS_HUGE, /* of no page in particular where tails hold masks */
	CONTENT_KEPT_TAILS, /* the second frame that a page keeps */
	CONTENT_KEPT_TAILS_GIGANTIC,
	CONTENT_TAILS_GIGANTIC,
	CONTENT_DEVICE_HEAD,
	CONTENT_DEVICE_TAIL,
	CONTENT_COUNT
};

struct run {
	pfn_t frame;
	uint64_t count;
	uint8_t content;
	uint8_t device;
	pfn_t subject;	 /* the first pfn that the first frame tells of */
	uint32_t stride; /* pfns to that of the next */
};

enum edit_kind { EDIT_FLAGS_CLEAR, EDIT_FLAGS_SET, EDIT_PRIVATE_CLEAR, EDIT_REFCOUNT, EDIT_FREE };

/* A struct page that differs from what its frame's content says. */
struct edit {
	pfn_t frame;
	unsigned number;
	enum edit_kind kind;
	uint64_t value;
};

struct gen {
	const struct settings *settings;
	struct origin origin;
	struct plan plan;
	uint64_t random;

	uint8_t *core; /* physical memory from 0 on */
	uint64_t core_used;
	vaddr_t pgmap[DEVICES_LIMIT];

	struct run *runs;
	size_t run_count;
	struct edit *edits;
	size_t edit_count;
};

struct error *origin_read(struct gen *gen);
void origin_deinit(struct origin *origin);

struct error *plan_make(struct gen *gen);
void plan_deinit(struct plan *plan);
pfn_t plan_head_frame(const struct gen *gen, uint64_t huge);
pfn_t plan_gigantic_frame(const struct gen *gen, uint64_t gigantic);
bool plan_is_used(const struct gen *gen, uint64_t huge);
bool section_is_leaf(uint8_t kind);
pfn_t plan_leaf_frame(const struct plan *plan, uint64_t section);
uint64_t plan_end_section(const struct plan *plan);

static inline uint64_t area_count(const struct area *area)
{
	return area->end - area->start;
}

uint64_t random_next(struct gen *gen);

/* --- the kernel's memory (core.c) --------------------------------------------------- */

struct error *core_init(struct gen *gen);
void core_deinit(struct gen *gen);
/* Zeroed memory that the direct map shows; gives its address there. */
vaddr_t core_alloc(struct gen *gen, uint64_t bytes, uint64_t align);
void core_store(struct gen *gen, vaddr_t addr, unsigned size, uint64_t value);
uint64_t core_load(const struct gen *gen, vaddr_t addr);
vaddr_t core_text(struct gen *gen, const char *text);
/* Does nothing if the kernel lacks the member, or the symbol. */
void core_member(struct gen *gen, vaddr_t base, enum layout_id member, unsigned size,
		 uint64_t value);
void core_symbol(struct gen *gen, enum layout_id symbol, unsigned size, uint64_t value);
/* The page-table entry for @addr at @level, whose tables are made. */
uint64_t *core_entry(struct gen *gen, vaddr_t addr, unsigned level);

extern const vaddr_t IMAGE_BASE, SWAPPER, STEXT, NODE_DATA;
enum { IMAGE_BYTES = 128 << 20 };

void tables_make(struct gen *gen);
uint64_t *tables_entry(struct gen *gen, uint64_t index);
uint64_t tables_pte(pfn_t frame, bool writable);
void objects_make(struct gen *gen);
void devices_make(struct gen *gen);

/* --- lists of the pools (lists.c) ---------------------------------------------------- */

struct error *lists_make(struct gen *gen);
void lists_deinit(struct plan *plan);
/* Has the heads of the lists, in the hstates, lead to the first and the last pages. */
void lists_anchor(struct gen *gen);
/* The links of a page on a list. */
void lists_links(const struct gen *gen, enum list_id id, pfn_t pfn, uint64_t links[2]);

/* --- struct pages -------------------------------------------------------------------- */

/* How often contents repeat, in frames; 0: each frame is unlike all others. */
unsigned content_period(const struct gen *gen, enum content_id content);
/* The bytes of the frame that tells of pfns from @subject on. */
void content_fill(const struct gen *gen, const struct run *run, pfn_t subject, uint8_t *bytes);
void content_edit(const struct gen *gen, const struct edit *edit, uint8_t *bytes);

struct error *runs_make(struct gen *gen);
struct error *faults_plant(struct gen *gen);
struct error *image_write(struct gen *gen);

#endif
