// SPDX-License-Identifier: LGPL-2.1-or-later
/* What checks have in common. */
#ifndef VMEMSCOPE_CHECKS_H
#define VMEMSCOPE_CHECKS_H

#include "analyzer/checker/frame.h"
#include "analyzer/checker/check.h"
#include "analyzer/devices/device.h"
#include "analyzer/pages/page_size.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

/*
 * True if huge pages could be looked for and their rules are known; otherwise
 * the reason is set and the check has nothing to do.
 */
bool huge_pages_checkable(const struct survey *survey, struct check_run *run, struct error **err);

/* Counts heads that could not be read as not checked, and says why. */
struct error *huge_heads_unreadable(const struct survey *survey, struct check_run *run);

/* Counts a frame not checked for each vmemmap page whose page table is not in the dump. */
struct error *frames_unmapped(const struct survey *survey, struct check_run *run);

/* What a kind of page is to a check, and how its pages count. */
enum page_judgement {
	JUDGED_NOTHING,	       /* there is nothing to report: checked */
	JUDGED_NOT_APPLICABLE, /* the rule is not about such pages: neither */
	JUDGED_SUSPECT,	       /* only the page itself can tell: checked, and reported on */
	JUDGED_UNREADABLE,     /* how they are mapped is not known: not checked */
};

/*
 * A check of huge pages, one after the other. Both are required. There may be millions of
 * pages, and there are few kinds: the loop asks once for all pages of a kind, counts them,
 * says why those that are not checked are not, and looks at suspects alone.
 */
struct page_check {
	/*
	 * Must hold for each page of @kind, wherever it lies and whatever frame its tails
	 * map: the pfn and mapping.target of @kind mean nothing.
	 */
	enum page_judgement (*judge)(const struct survey *survey, const struct huge_page *kind);
	/*
	 * Adds what is wrong with one suspect. That may be nothing: of a page that is judged to
	 * be right it would add nothing, either. It does not count the page, but see
	 * suspect_not_checked() and suspect_not_applicable().
	 */
	struct error *(*report)(const struct survey *survey, struct check_run *run,
				const struct huge_page *page);
};

/* Not checked, @count times: the types do not have @lacking, which the reason names. */
struct error *types_lack(struct check_run *run, uint64_t count, enum layout_id lacking);

/* For report(): this page cannot be looked at after all; check_reason() says why. */
static inline void suspect_not_checked(struct check_run *run)
{
	run->checked--;
	run->not_checked++;
}

/* For report(): where this page lies the rule is not about it. */
static inline void suspect_not_applicable(struct check_run *run)
{
	run->checked--;
}

/*
 * Does @check for every huge page, if huge_pages_checkable(). Heads that could not
 * be read are counted as not checked.
 */
struct error *huge_pages_check(const struct survey *survey, struct check_run *run,
			       const struct page_check *check);

/*
 * The same for every compound page of every device, once the rules are known.
 * Devices whose compound order is not known are counted as not checked.
 */
struct error *device_pages_check(const struct survey *survey, struct check_run *run,
				 const struct page_check *check);

/* Counts as not checked what devices may have that nothing in the dump leads to. */
struct error *devices_not_seen(const struct survey *survey, struct check_run *run);

/* The same, in devices. */
struct error *devices_not_counted(const struct survey *survey, struct check_run *run);

/* Counts as many compound pages as it most likely has as not checked, and says why. */
struct error *device_not_told(const struct target *target, const struct device *device,
			      struct check_run *run);

/* The device that a compound page is of; NULL for HugeTLB. */
static inline const struct device *huge_device(const struct survey *survey,
					       const struct huge_page *page)
{
	return page->family == FAMILY_DAX ? devices_find(survey->devices, page->pfn) : NULL;
}

/* More vmemmap pages than that which map a page's own frame are told by their number. */
enum { STRANGERS_MANY = 4 };

/* "2 MiB page 0x10000", "1 GiB page 0x80000 of dax1.0"; into @buf. */
enum { HUGE_LABEL_MAX = 96 };
const char *huge_label(const struct survey *survey, const struct huge_page *page,
		       char buf[HUGE_LABEL_MAX]);

/* "dax0.0", or "the device at pfn 0x180000" if it has no name; into @buf. */
const char *device_label(const struct device *device, char buf[HUGE_LABEL_MAX]);

/* "vmemmap page 4 of the 2 MiB page 0x10000", "of no huge page"; into @buf. */
enum { VMEMMAP_LABEL_MAX = HUGE_LABEL_MAX + 40 };
const char *vmemmap_label(const struct survey *survey, uint64_t index, char buf[VMEMMAP_LABEL_MAX]);

/* The huge page, or compound page of a device, that vmemmap page @index is of. */
bool vmemmap_page_of(const struct survey *survey, uint64_t index, struct huge_page *ret);

static inline uint64_t huge_first(const struct target *target, const struct huge_page *page)
{
	return vmemmap_index_of(&target->kernel, page->pfn);
}

/*
 * True if @frame is behind another vmemmap page than @index, and an earlier check
 * has reported all of these: the fault is theirs.
 */
bool sharing_reported(const struct survey *survey, const struct check_run *run, pfn_t frame,
		      uint64_t index);

/*
 * Whether vmemmap page @index describes device memory, which has rules of its own.
 * Not told (*ret is false) unless *state_ret becomes MEMORY_PRESENT.
 */
struct error *vmemmap_of_device(const struct survey *survey, uint64_t index, bool *ret,
				enum memory_state *state_ret);

/* True if nothing of vmemmap pages [@index, @end) can describe device memory. */
bool vmemmap_is_ordinary(const struct target *target, uint64_t index, uint64_t end);
/* True if all of them do. */
bool vmemmap_is_device(const struct target *target, uint64_t index, uint64_t end);

/* Up to where, and not beyond @end, the answer for @index holds: [index, result). */
uint64_t vmemmap_device_end(const struct target *target, uint64_t index, uint64_t end);

/*
 * "the PMD entry at physical 0x1234 (0x5063)", "3 PMD entries from physical 0x1234 on (the
 * first is 0x5063)"; into @buf.
 */
enum { ENTRY_WORDS_MAX = 128 };
const char *entry_words(const struct target *target, const struct upper_entry *upper,
			char buf[ENTRY_WORDS_MAX]);

/*
 * Up to where vmemmap pages are of huge pages, or of compound pages of devices, from
 * @index on; @index if it is of none. What these share is theirs to check.
 */
uint64_t vmemmap_huge_reach(const struct survey *survey, uint64_t index);

/* Where a stretch that @index begins, of no huge page, ends: at one, at a section's end, or @end.
 */
uint64_t vmemmap_piece_end(const struct survey *survey, uint64_t index, uint64_t end);

#endif
