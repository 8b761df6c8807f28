// SPDX-License-Identifier: LGPL-2.1-or-later
/* What an address or a pfn of the kernel's log is in the machine's memory. */
#ifndef VMEMSCOPE_CRASH_PLACE_H
#define VMEMSCOPE_CRASH_PLACE_H

#include "analyzer/checker/check.h"
#include "analyzer/pages/inventory.h"
#include "analyzer/paging/pgwalk.h"

struct survey;
struct target;
struct device;
struct crash_event;

enum crash_space {
	SPACE_UNKNOWN,
	SPACE_NULL,	     /* in the first page: a NULL pointer, and the offset of a member */
	SPACE_USER,	     /* of a program */
	SPACE_VMEMMAP,	     /* a struct page */
	SPACE_VMEMMAP_FRAME, /* memory behind the vmemmap, by another address */
	SPACE_VMEMMAP_TABLE, /* a page table of the vmemmap */
	SPACE_HUGE_DATA,     /* the memory of a huge page or a device's compound page */
	SPACE_MEMORY,	     /* any other memory */
	SPACE_UNMAPPED,	     /* a kernel address behind which there is nothing */
};
const char *crash_space_id(enum crash_space space); /* stable: "vmemmap" */

struct crash_place {
	enum crash_space space;
	uint64_t address;

	/* Of SPACE_VMEMMAP, what the struct page describes; else the page frame. */
	bool has_pfn, is_valid; /* is_valid: this machine has such a page */
	pfn_t pfn;
	bool is_address;   /* of a certain byte of the struct page, not of all of it */
	unsigned byte;	   /* of the struct page */
	const char *field; /* of it; NULL: not known */

	bool has_huge; /* @pfn is of one */
	struct huge_page huge;
	const struct device *device; /* that @pfn is of; NULL: none */

	/* Of SPACE_VMEMMAP: the vmemmap page, and how it is mapped in the dump. */
	uint64_t index;
	bool has_mapping;
	struct mapping mapping;
	bool has_frame;
	pfn_t frame;
	bool is_shared; /* a tail's, behind the frame that the scheme names */
	bool is_readonly_by_rule;
	/* An error that a check has found in this vmemmap page or its frame; NULL: none. */
	const struct finding *finding;
};

struct error *crash_place_of_address(const struct survey *survey, uint64_t address,
				     struct crash_place *ret);
/* The struct page of @pfn, or a certain byte of it. */
struct error *crash_place_of_pfn(const struct survey *survey, pfn_t pfn, struct crash_place *ret);

/* Whether the entry that the kernel printed is that of the dump. */
enum entry_compared { ENTRY_NOT_PRINTED, ENTRY_SAME, ENTRY_CHANGED };
enum entry_compared crash_entry_compare(const struct survey *survey,
					const struct crash_event *event,
					const struct crash_place *place);

/* The entry that the kernel printed, decoded; false if it printed none for this level. */
bool crash_entry_printed(const struct survey *survey, const struct crash_event *event,
			 struct entry *ret);

#endif
