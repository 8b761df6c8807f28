// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How this kernel shares vmemmap pages: one row a scheme. Types and symbols name one,
 * never the release number; what the walked page tables show decides (analyzer/observe/observe.h).
 *
 * To add one: docs/porting.md.
 */
#ifndef VMEMSCOPE_SCHEME_H
#define VMEMSCOPE_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

struct arch_info;
struct facts;
struct layout;

/* One thing that a kernel has or has not. */
enum evidence_id {
	EVIDENCE_HVO, /* its switch, one of the keys, or what only it needs */
	EVIDENCE_HSTATE_NR_FREE_VMEMMAP,
	EVIDENCE_COMPOUND_HEAD,
	EVIDENCE_COMPOUND_INFO,
	EVIDENCE_FAKE_HEAD_KEY,
	EVIDENCE_PREINIT,
	EVIDENCE_ZONE_TAILS, /* zone.vmemmap_tails is an array */
	EVIDENCE_ZONE_TAILS_POINTER,
	EVIDENCE_SECTION_ORDER,
	EVIDENCE_VMEMMAP_SHIFT, /* dev_pagemap.vmemmap_shift: compound pages of devices */
	EVIDENCE_DAX_ARCH,	/* kernels of this architecture share the vmemmap of devices */
	EVIDENCE_DAX_READONLY,	/* seen in the page tables: shared tails of devices are read-only */
	EVIDENCE_DAX_UNSHARED, /* seen there: no compound page shares, though nothing prevents it */
	EVIDENCE_COUNT
};

struct evidence {
	bool present;
	const char *text; /* "struct zone has the array vmemmap_tails" */
};

/* Whose pages a row is about. */
enum scheme_family { FAMILY_HUGETLB, FAMILY_DAX };

/* How the shared tails are mapped, where the architecture has read-only tails. */
enum tail_permission { PERMISSION_READONLY, PERMISSION_WRITABLE, PERMISSION_EITHER };

enum share_target {
	TARGET_NONE,
	TARGET_TAIL_PAGE, /* the frame of the last kept vmemmap page */
	TARGET_HEAD_PAGE, /* the frame of vmemmap page 0 */
	TARGET_ZONE_TAIL, /* zone->vmemmap_tails[order] */
	TARGET_NEXT_PAGE, /* of the first vmemmap page that is not kept: no kernel known
			   */
};

struct scheme {
	enum scheme_family family;
	const char *id;		      /* stable: "hugetlb-b" */
	const char *title;	      /* one line for people */
	const char *releases;	      /* a hint for people only */
	uint32_t required, forbidden; /* 1 << enum evidence_id */
	unsigned pages_kept;	      /* vmemmap pages a huge page keeps for itself */
	enum share_target target;
	enum tail_permission permission;
	bool counts_entries; /* a shared frame's _refcount counts the entries that map it */
	bool partial_legal;  /* a page may stay half remapped for good */
	bool fake_heads;     /* tails show copies of the head */
	bool known;	     /* false: the rules of this kernel are not known here */
};

extern const struct scheme scheme_table[];
extern const unsigned scheme_count;

/* What a row says of page tables. PERMISSION_EITHER: whatever the permission. */
struct scheme_shape {
	unsigned pages_kept;
	enum share_target target;
	enum tail_permission permission;
};

/* What chose a row: page tables, or types and symbols where those show nothing. */
struct scheme_seen {
	const struct scheme *by_types; /* the row that types name; NULL: not determined yet */
	bool observed;
	uint64_t pages;	  /* compound pages whose page tables can be read */
	uint64_t sharing; /* of them, those that share anything */
	uint64_t fitting; /* of those, how many fit the chosen row */
	char text[240];
};

enum { FAMILIES = 2 };

struct scheme_choice {
	const struct scheme *hugetlb, *dax; /* never NULL */
	struct evidence evidence[EVIDENCE_COUNT];
	struct scheme_seen seen[FAMILIES];
	struct scheme made[FAMILIES]; /* rows for patterns that the table has not */
	char made_title[FAMILIES][240];
};

void scheme_detect(const struct layout *layout, const struct arch_info *arch,
		   struct scheme_choice *ret);

/* Chooses a family's row again, by types and what was seen: @seen is so. */
void scheme_evidence_add(struct scheme_choice *choice, enum scheme_family family,
			 enum evidence_id seen);

/* The row of @family that has this shape, and most of the evidence; NULL if none has. */
const struct scheme *scheme_by_shape(const struct scheme_choice *choice, enum scheme_family family,
				     const struct scheme_shape *shape);

#endif
