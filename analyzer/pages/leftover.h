// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a huge page may leave behind in the vmemmap when it is given back: struct pages that
 * are no page's own. Looks at the beginning of one vmemmap page at a time, as restoring
 * and undoing copy whole vmemmap pages; knows no check.
 */
#ifndef VMEMSCOPE_LEFTOVER_H
#define VMEMSCOPE_LEFTOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "include/memory.h"
#include "include/types.h"

struct survey;
struct target;
struct error;

enum leftover_kind {
	LEFTOVER_NONE,
	LEFTOVER_HEAD, /* is marked as, or looks like, a huge page's head where none can begin */
	LEFTOVER_LOST_HEAD, /* tails, and the head that they lead to is none */
	LEFTOVER_STRAY,	    /* tails beyond the end of the page whose head they lead to */
};

/* What is found at the beginning of one vmemmap page. */
struct leftover {
	enum leftover_kind kind;
	unsigned order;	  /* of the huge page, as what is left says; of strays, as the head says */
	bool of_pool;	  /* some pool has pages of that order */
	pfn_t start, end; /* the huge page that it is of, as far as that is known */
	pfn_t head;	  /* that tails lead to */
	/* Of LEFTOVER_HEAD. */
	bool unheaded; /* it has the mark of hugetlb, and PG_head is clear */
	uint64_t private;
	uint32_t type; /* page_type, or _mapcount */
	uint32_t refcount;
};

/* Needed for many looks: what they share. */
struct leftover_reader {
	const struct survey *survey;
	struct page_buffer buffer, head_buffer;
	/* The last head that tails led to, and what it is. */
	pfn_t head;
	bool head_known, head_lost;
	pfn_t head_end; /* of the page that it is the head of; UINT64_MAX: not known */
};

void leftover_reader_init(struct leftover_reader *reader, const struct survey *survey);
void leftover_reader_deinit(struct leftover_reader *reader);

/* Of pages of one kind and size, or leading to one head: neighbours have one cause. */
bool leftovers_alike(const struct leftover *a, const struct leftover *b);
/* Of two that are alike: no number differs, either. */
bool leftovers_same(const struct leftover *a, const struct leftover *b);

/*
 * Looks at vmemmap page @index, which belongs to no huge page and no device. Nothing is
 * told of it unless *state_ret becomes MEMORY_PRESENT. Where heads were looked for, a
 * marked struct page is a head with a wrong order (inventory.unsound_heads), and left
 * over only if the next vmemmap page begins alike.
 */
struct error *leftover_look(struct leftover_reader *reader, uint64_t index, struct leftover *ret,
			    enum memory_state *state_ret);

/*
 * Looks at the struct page of @pfn, of no huge page and no device, wherever in its vmemmap page
 * it is: only a head where none can be is reported, LEFTOVER_HEAD.
 */
struct error *leftover_look_at(struct leftover_reader *reader, pfn_t pfn, struct leftover *ret,
			       enum memory_state *state_ret);

/* "copies of the head of a 2 MiB page: PG_head, private 0x10, page type 0xf4000000, refcount 0" */
enum { LEFTOVER_TEXT_MAX = 200 };
const char *leftover_text(const struct target *target, const struct leftover *leftover,
			  char buf[LEFTOVER_TEXT_MAX]);

#endif
