// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * HugeTLB as the kernel records it: pools from the hstates, pages from a scan of
 * every section (lists are not trusted), and how each page's vmemmap is mapped.
 */
#ifndef VMEMSCOPE_INVENTORY_H
#define VMEMSCOPE_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/pages/huge_links.h"
#include "analyzer/kernel/kernel.h"
#include "analyzer/kernel/scheme.h"
#include "analyzer/vmemmap/vmemmap.h"

enum { HSTATE_NAME_MAX = 40, HSTATES_MAX = 16 };

/* The kernel's counters as they are: one that went below zero is so as a signed number. */
struct hstate_node {
	unsigned node;
	uint64_t pages, free, surplus;
	bool known;
};

/* The numbers of an hstate that the dump may lack one by one. */
enum hstate_counter {
	HSTATE_PAGES,
	HSTATE_FREE,
	HSTATE_RESERVED,
	HSTATE_SURPLUS,
	HSTATE_OVERCOMMIT,
	HSTATE_MAX,
};

struct hstate {
	vaddr_t address;
	bool order_known; /* else it is 0, and so is the size */
	unsigned order;
	/* hstate.order and hstate.name as they are; order_named 0: it is no name of a pool. */
	bool order_read, name_read;
	uint64_t order_said;
	unsigned order_named;
	bool order_refuted, name_refuted; /* which of them is not of the order that is taken */
	bool order_doubtful;		  /* both could be, until the pages are found */
	bool overwritten;		  /* both are there, and none is of a pool */
	uint64_t size_bytes;
	char name[HSTATE_NAME_MAX];
	uint64_t pages, free, reserved, surplus, overcommit, max;
	bool freeable_known;
	uint64_t freeable;	   /* nr_free_vmemmap_pages: 0 while HVO is off */
	bool all_known;		   /* there is nothing of it that could not be read */
	unsigned known;		   /* which of these could be read: bits of enum hstate_counter */
	struct hstate_node *nodes; /* kernel->node_count of them, in its order */
};

static inline bool hstate_knows(const struct hstate *hstate, enum hstate_counter counter)
{
	return hstate->known >> counter & 1;
}

/* How the vmemmap of one huge page is mapped, whatever its flag says. */
enum share_kind {
	MAPPED_UNSHARED, /* every vmemmap page has a frame of its own */
	MAPPED_FULL,	 /* all tails map the frame that the scheme names */
	MAPPED_PARTIAL,	 /* a first or last part does, the rest have own frames */
	MAPPED_WRONG,	 /* something else */
	MAPPED_UNKNOWN,	 /* page tables, or the frame to expect, cannot be read */
};

enum { WRONG_MAX = 8 };

struct huge_mapping {
	uint8_t kind; /* enum share_kind */
	bool target_known;
	bool target_null;	 /* the zone has no shared frame for this order */
	bool kept_wrong;	 /* the last kept page maps another frame than all tails do */
	bool kept_doubtful;	 /* a kept frame is missing, or mapped by others too */
	pfn_t target;		 /* frame that the tails should map */
	uint32_t pages;		 /* vmemmap pages: V */
	uint32_t at_target;	 /* tail pages that map the target */
	uint32_t frames;	 /* distinct frames behind all V */
	uint32_t shared_frames;	 /* of these, not this page's own (0 or 1) */
	uint32_t readonly_kept;	 /* kept pages that are read-only */
	uint32_t writable_tails; /* pages at the target that are writable */
	uint32_t readonly_own;	 /* other tail pages that are read-only */
	uint32_t missing;	 /* hole, unreadable or invalid */
	uint32_t leaf;		 /* mapped by a larger leaf */
	uint32_t leaf_own;	 /* of them, tail pages with a frame of their own */
	uint32_t wrong;		 /* neither target nor a frame of its own */
};

/*
 * A huge page of HugeTLB, or a compound page of a device: those are not kept, have
 * no flags (optimized says that they share), and are never free.
 */
struct huge_page {
	pfn_t pfn;
	uint8_t family; /* enum scheme_family */
	bool assumed;	/* only page tables show it: what its head says is not known */
	uint32_t refcount;
	uint16_t node;
	uint8_t zone;
	uint8_t order;
	int8_t hstate; /* index; -1 if no hstate has this order */
	bool free, optimized, hwpoison, temporary, unreliable;
	bool order_wrong; /* what its first tail says is not @order, which all the rest shows */
	bool flags_lost;  /* private holds no flags: optimized is what entries show */
	bool self_hosted; /* its memmap lies in its own hot-plugged block */
	/* Whether its struct pages were found to be right while looking for it; see contents.h. */
	uint8_t sound;
	uint32_t sound_frames; /* how many frames that took */
	struct huge_mapping mapping;
};

/*
 * Huge pages one after the other that differ in their place and target alone: there may
 * be millions of pages, and rarely more than a few kinds of them.
 */
struct huge_run {
	pfn_t pfn;     /* of the first */
	pfn_t target;  /* of the first: mapping.target */
	uint32_t kind; /* index into huge_pages.kinds */
	uint32_t count;
	int32_t target_step; /* from one to the next */
};

/* By pfn. */
struct huge_pages {
	struct huge_page *kinds; /* their pfn and target are 0 */
	size_t kind_count;
	struct huge_run *runs;
	size_t run_count;
	uint64_t count; /* of pages */
};

/* Huge pages of one order and node: what the pool counts, and what is marked as one. */
struct pool_count {
	unsigned order, node;
	bool known; /* both numbers are */
	uint64_t counted, found;
	uint64_t loose; /* of those found: flag and entries differ, and no list is known to link it
			 */
	uint64_t unflagged; /* of these: all is shared, without the flag. Only who makes pages
			       leaves that, where the flag is set last */
	uint64_t late_half; /* pages that are not marked, and that the kernel has one at a time */
	uint64_t late, late_linked; /* analyzer/pages/huge_late.h: of these pages, and on a list */
};

/* Whether a page is on one of its pool's lists. */
enum huge_link { LINK_UNTOLD, LINK_POOL, LINK_NONE };

struct huge_linked {
	pfn_t pfn;
	uint8_t link; /* enum huge_link */
};

/* What analyzer/pages/huge_phase.h goes by. */
struct huge_witnesses {
	struct pool_count *counts;
	size_t count_count, count_room;
	/* Pages that differ where counters do not decide; by pfn. */
	struct huge_linked *linked;
	size_t linked_count, linked_room;
	bool is_locked; /* hugetlb_lock is held: a page may be just being counted, or discounted */
};

/* A page that shares vmemmap and is not marked: see analyzer/pages/huge_late.h. */
struct huge_late {
	struct huge_page page;
	uint8_t verdict; /* enum late_verdict */
	uint8_t link;	 /* enum huge_link */
};

/* By pfn. */
struct huge_lates {
	struct huge_late *list;
	size_t count, room;
};

/* A struct page that is marked as the head of a huge page that there cannot be. */
struct unsound_head {
	pfn_t pfn;
	unsigned order; /* that its first tail says */
	unsigned shown; /* that all the rest shows: what it is taken for; 0: none */
};

enum { UNSOUND_MAX = 16 };

/* hugetlb_max_hstate, and what the array hstates[] says of it. */
struct pools_said {
	bool known;
	uint32_t number;
	unsigned shown; /* entries up to the last that has a pool's name */
	bool none;	/* neither has a pool: only pages can contradict that */
	bool refuted;	/* these, or the pages, are right, not the number */
};

struct inventory {
	struct pools_said pools_said;
	struct hstate *hstates;
	size_t hstate_count;
	bool hstates_known;	  /* all of all of them */
	bool orders_known;	  /* there is no pool whose order is not known */
	const char *mark;	  /* how a head is recognised in this kernel */
	const char *mark_missing; /* why pages could not be looked for; or NULL */
	char missing[128];	  /* what @mark_missing may point to */

	struct huge_pages pages;
	struct huge_links links; /* of all of them */
	struct huge_witnesses witnesses;
	struct huge_lates late_pages;

	unsigned step_order; /* heads were looked for at multiples of it */
	uint64_t candidates; /* struct pages looked at there */
	uint64_t candidates_unreadable;
	pfn_t unreadable_first; /* of them */
	enum memory_state unreadable_state;
	uint64_t by_tables; /* of @pages: the head is not in the dump, page tables show it */
	uint64_t unsound;   /* marked as heads, but of an order of no pool, or at no place for it */
	struct unsound_head unsound_heads[UNSOUND_MAX]; /* the first of them */
	uint64_t misordered;				/* of @pages: order_wrong */
	struct unsound_head misordered_heads[UNSOUND_MAX];
};

struct survey;

/*
 * On the threads of @survey, whose inventory @ret has to be: what is found first is used to
 * find the rest.
 */
struct error *inventory_read(const struct survey *survey, struct inventory *ret);
/* The pages once more, as another scheme is followed now. */
struct error *inventory_read_again(const struct survey *survey, struct inventory *inventory);

/* Whether HVO is on, where the variable cannot be read and the pages show it. */
void hvo_switch_infer(const struct inventory *inventory, struct kernel *kernel);
void inventory_deinit(struct inventory *inventory);

void huge_pages_deinit(struct huge_pages *pages);

/* The page that holds @pfn; false if none. */
bool huge_pages_find(const struct huge_pages *pages, pfn_t pfn, struct huge_page *ret);

/* Where the pages end that follow each other from the one that holds @pfn on; @pfn if none does. */
pfn_t huge_pages_reach(const struct huge_pages *pages, pfn_t pfn);

/* A way through all pages by pfn. All zero begins at the first. */
struct huge_cursor {
	size_t run;
	uint32_t at; /* of the run: the next page */
	struct huge_page page;
};

/* Begins at the first page whose head is @pfn or after it. */
struct huge_cursor huge_pages_from(const struct huge_pages *pages, pfn_t pfn);

/* The next page, good until the next call; NULL if there is none. */
const struct huge_page *huge_pages_next(const struct huge_pages *pages, struct huge_cursor *cursor);

/*
 * The same, and how many from that one on are like it but for place and target, their
 * heads before @end; NULL if it is none of these. huge_pages_skip() leaves out @count
 * of those that would come next.
 */
const struct huge_page *huge_pages_next_alike(const struct huge_pages *pages,
					      struct huge_cursor *cursor, pfn_t end,
					      uint32_t *count_ret);

void huge_pages_skip(const struct huge_pages *pages, struct huge_cursor *cursor, uint32_t count);

/* The next page, and how many from it on are of its kind: all of these are passed. */
const struct huge_page *huge_pages_next_run(const struct huge_pages *pages,
					    struct huge_cursor *cursor, uint32_t *count_ret);

/* The rules that it follows. */
const struct scheme *huge_page_scheme(const struct survey *survey, const struct huge_page *page);

/* How its vmemmap is mapped. Only const stages of @survey are used. */
void huge_mapping_read(const struct survey *survey, const struct huge_page *page,
		       struct huge_mapping *ret);

/* The last answer of one who asks page after page: those of a stripe are mapped alike. */
struct huge_mapping_memo {
	const struct vmemmap_row *row;
	uint8_t family, order, zone;
	uint16_t node;
	struct huge_mapping mapping;
};

/* The same with a @memo, which is all zero at first. */
void huge_mapping_recall(const struct survey *survey, const struct huge_page *page,
			 struct huge_mapping_memo *memo, struct huge_mapping *ret);

/*
 * True for a device's page of which some tails share nothing because a larger leaf
 * mapped them before the device came, where the architecture has that.
 */
bool huge_mapping_keeps_leaves(const struct survey *survey, const struct huge_page *page);

/* How many vmemmap pages a page keeps, where its entries show another scheme than its kernel has.
 */
enum kept_pages {
	KEPT_AS_NAMED, /* or something else is wrong */
	KEPT_ONE_MORE, /* the second one too, writable, and the other tails map its frame */
	KEPT_ONE_ONLY, /* the second one maps the head's frame, as the other tails do */
};

enum kept_pages huge_mapping_kept(const struct survey *survey, const struct huge_page *page);

/* What is behind one vmemmap page of a huge page. */
enum entry_verdict {
	VERDICT_KEPT,	/* the page's own, as the scheme has it */
	VERDICT_TARGET, /* the shared frame */
	VERDICT_OWN,	/* a frame of its own: not optimised */
	VERDICT_WRONG,
	VERDICT_MISSING,
};
enum entry_verdict huge_entry_verdict(const struct survey *survey, const struct huge_page *page,
				      const struct huge_mapping *mapping, uint64_t index);

/* Whether it shares vmemmap, by page tables; by its flag alone where these do not tell. */
bool huge_page_shares(const struct huge_page *page);

/* By its flag, or by all of its tails. */
static inline bool huge_page_is_optimized(const struct huge_page *page)
{
	return page->optimized || page->mapping.kind == MAPPED_FULL;
}

/* Vmemmap pages that a huge page does without, whatever its flag says. */
uint64_t huge_page_saving(const struct huge_page *page);

#endif
