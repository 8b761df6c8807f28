// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the struct pages of a compound page's tails hold, and how those of one
 * frame differ from it. Knows no check.
 */
#ifndef VMEMSCOPE_CONTENTS_H
#define VMEMSCOPE_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/pages/inventory.h"
#include "include/memory.h"
#include "include/types.h"

struct survey;
struct target;
struct device;
struct error;

/* How a struct page can differ. Only the first that holds of the first six is said. */
enum tail_fault {
	FAULT_OVERWRITTEN, /* no struct page at all, or blank between others that are not */
	FAULT_BLANK,	   /* all zero or all ones */
	FAULT_NO_TAIL,	   /* was never made a tail */
	FAULT_HEAD,	   /* PG_head */
	FAULT_ORDER,	   /* the mask of another order */
	FAULT_LINK,	   /* of another folio, or of none */
	FAULT_ZONE,	   /* another zone or node */
	FAULT_HWPOISON,	   /* PG_hwpoison where it would be said of many pages */
	FAULT_RESERVED,	   /* no PG_reserved though of a device */
	FAULT_FLAGS,	   /* flags that say how a page is used, where nobody uses one */
	FAULT_MAPPING,
	FAULT_MAPCOUNT,
	FAULT_REFCOUNT,
	FAULT_PRIVATE,
	FAULT_COUNT
};

/* Of one frame. */
struct tail_faults {
	unsigned total; /* 0: nothing else here means anything */
	struct {
		unsigned count; /* struct pages that have it */
		unsigned first; /* the first of them, by its place in the frame */
		/*
		 * There; zones as node << 32 | zone. Of what was overwritten, the first struct
		 * page that was as a whole.
		 */
		uint64_t found, expected;
	} fault[FAULT_COUNT];
};

/* What a head of HugeTLB can have that no huge page has, free or in use. */
enum head_fault {
	HEAD_OVERWRITTEN, /* no struct page at all: nothing else is said of it */
	HEAD_FLAGS,	  /* PG_reserved, PG_lru, PG_slab */
	HEAD_LOCKED,	  /* PG_locked though it is free, and no memory error is being handled */
	HEAD_MAPPING,	  /* one though it is free; or no pointer */
	HEAD_TYPE,	  /* _mapcount, or page_type beside the mark */
	HEAD_PRIVATE,	  /* more than the flags of huge pages */
	HEAD_FAULT_COUNT
};

/* Of one head, and what it has there. */
struct head_faults {
	bool any;
	bool has[HEAD_FAULT_COUNT];
	uint64_t found[HEAD_FAULT_COUNT], expected[HEAD_FAULT_COUNT];
};

/* How the tails of one compound page, or of a zone's shared frame, have to be. */
struct tail_rules {
	uint64_t link;
	unsigned order;
	bool zone_known;
	unsigned node, zone;
	bool mapping_may_be_null;
	bool link_only;	     /* what else it holds may be old */
	bool reserved;	     /* PG_reserved in each */
	bool no_hwpoison;    /* PG_hwpoison in none */
	bool shared;	     /* other vmemmap pages show the frame too: private is 0 */
	bool no_flags;	     /* private holds no flags of a huge page: those are in its head */
	bool may_be_no_tail; /* tell those that were never made one from damaged ones */
};

enum { MAPPED_PARTS = 64, MAPPED_PART_SHIFT = 30 };

/* A reader of struct pages: where things are in this kernel's. */
struct contents {
	const struct survey *survey;
	unsigned per_page;	    /* struct pages in a vmemmap page */
	bool masks;		    /* links are masks, not pointers */
	const char *link_name;	    /* "compound_info" */
	const unsigned char *bytes; /* a vmemmap page, in @buffer */
	struct page_buffer buffer;
	bool swap; /* numbers are of the other byte order */
	uint64_t link_at, mapping_at, flags_at, private_at, mapcount_at, refcount_at;
	uint64_t head_mask, hwpoison_mask, reserved_mask;
	uint64_t used_mask; /* flags that no tail has */
	uint64_t size, poison;
	bool has_mapping;
	uint64_t never_mask; /* flags that no head of HugeTLB has */
	uint32_t head_type;  /* of such a head: _mapcount, or page_type */
	/* Parts of the kernel's memory that are known to be mapped, by number; 0: none. */
	uint64_t mapped[MAPPED_PARTS];
};

/*
 * *missing_ret is NULL, or says why contents cannot be looked at in this kernel.
 * Ends with contents_deinit() in any case.
 */
struct error *contents_init(const struct survey *survey, struct contents *ret,
			    const char **missing_ret);
void contents_deinit(struct contents *contents);

/*
 * The first struct pages of compound pages that are tails, but serve the folio too: up to
 * 6.2 with their private, of which the last is SUBPAGE_INDEX_HWPOISON; later throughout.
 */
enum { TAILS_OVERLAID = 4, PRIVATES_OVERLAID = 5 };

/* The link of a tail: what this kernel writes there. */
uint64_t contents_link(const struct contents *contents, pfn_t head, unsigned order);
uint64_t contents_mask(const struct contents *contents, unsigned order);

/* Tails in a vmemmap page: [first, end) of its struct pages. */
struct frame_span {
	unsigned first, end;
	unsigned strict_from;  /* those before are looked at for link, zone and PG_head only */
	unsigned private_from; /* those before may keep what belongs to the folio in private */
	bool has_head;	       /* the one before @first is */
};

/* The tails of @page in vmemmap page @index, which it has a part of. */
struct frame_span contents_span(const struct contents *contents, const struct huge_page *page,
				uint64_t index);

/* The same of a frame with a copy of the head, and of its first tails, before its tails. */
struct frame_span contents_span_beside_head(const struct frame_span *span);

/* How the tails of @page have to be; of a device's, its head has node and zone. */
struct tail_rules contents_rules(const struct contents *contents, const struct huge_page *page);

/* What of @rules depends on the frame behind vmemmap page @index of @page. */
void contents_rules_of_frame(const struct huge_page *page, enum entry_verdict verdict, pfn_t frame,
			     struct tail_rules *rules);

/* True if @link is the mask of some order; which. */
bool link_is_mask(uint64_t struct_page_size, uint64_t link, unsigned *order_ret);

/* The pfn that @link of the tail at @pfn leads to, if it leads into the vmemmap. */
bool link_leads_to(const struct target *target, pfn_t pfn, uint64_t link, pfn_t *ret);

/*
 * True if pages of @order do not come from the buddy allocator: they were made without
 * prep_compound_tail() up to 6.5, and in part after.
 */
bool order_is_gigantic(const struct target *target, unsigned order);

/*
 * True if tails of this order may show in private what the page before them left there.
 * Linux kernel commit 5aae9265ee1a ("mm: prep_compound_tail() clear page->private") (in v6.1);
 * gigantic pages do not go through it.
 */
bool contents_private_may_be_old(const struct contents *contents, unsigned order);

/* Holds struct pages of contents->bytes against @rules. */
void contents_compare(const struct contents *contents, const struct tail_rules *rules,
		      const struct frame_span *span, struct tail_faults *ret);

/* Looks at struct page @number of contents->bytes, the head of @page of HugeTLB. */
struct error *contents_head(struct contents *contents, const struct huge_page *page,
			    unsigned number, struct head_faults *ret);

/*
 * Looks at all frames that @page of HugeTLB has for itself, while its head is at hand,
 * and sets page->sound if all can be read and nothing is wrong with them: then the
 * check need not look again. Changes contents->bytes.
 */
struct error *contents_survey(struct contents *contents, struct huge_page *page);

/* True if contents_survey() found @page sound, by what is known of links by now. */
bool contents_is_sound(const struct contents *contents, const struct huge_page *page);

/* How many struct pages of contents->bytes are tails by @rules: link, mapping, zone. */
unsigned contents_alike(const struct contents *contents, const struct tail_rules *rules);

/* Numbers of struct page @number in contents->bytes. */
uint64_t contents_flags(const struct contents *contents, unsigned number);
uint32_t contents_refcount(const struct contents *contents, unsigned number);

/*
 * Whether tails hold masks in this kernel: as seen in its compound pages, else as
 * its types have it.
 */
struct error *links_are_masks(const struct survey *survey, bool *ret);

#endif
