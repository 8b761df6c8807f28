// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every check that there is a file for, and what they have in common. */
#ifndef VMEMSCOPE_CHECKS_H
#define VMEMSCOPE_CHECKS_H

#include "include/analysis.h"
#include "include/error.h"

extern const struct check check_section_mem_map;
extern const struct check check_vmemmap_mapped;
extern const struct check check_tail_target;
extern const struct check check_tail_readonly;
extern const struct check check_head_writable;
extern const struct check check_head_private;
extern const struct check check_flag_agrees;
extern const struct check check_unoptimized_private;
extern const struct check check_orphan_sharing;
extern const struct check check_frame_in_dump;
extern const struct check check_pool_counters;
extern const struct check check_savings_agree;

/*
 * True if huge pages could be looked for and their rules are known; otherwise
 * the reason is set and the check has nothing to do.
 */
bool huge_pages_checkable(const struct analysis *analysis, struct check_run *run,
			  struct error **err);

/* Counts heads that could not be read as not checked, and says why. */
struct error *huge_heads_unreadable(const struct analysis *analysis, struct check_run *run);

/*
 * Calls @check for every huge page, if huge_pages_checkable(). Heads that could not
 * be read are counted as not checked.
 */
struct error *huge_pages_check(const struct analysis *analysis, struct check_run *run,
			       struct error *(*check)(const struct analysis *analysis,
						      struct check_run *run,
						      const struct huge_page *page));

static inline uint64_t huge_first(const struct analysis *analysis, const struct huge_page *page)
{
	return vmemmap_index_of(&analysis->kernel, page->pfn);
}

/*
 * True if @frame is behind another vmemmap page than @index, and an earlier check
 * has reported all of these: the fault is theirs.
 */
bool sharing_reported(const struct analysis *analysis, const struct check_run *run, pfn_t frame,
		      uint64_t index);

/*
 * Whether vmemmap page @index describes device memory, which has rules of its own.
 * Not told (*ret is false) unless *state_ret becomes MEMORY_PRESENT.
 */
struct error *vmemmap_of_device(const struct analysis *analysis, uint64_t index, bool *ret,
				enum memory_state *state_ret);

/* Up to where, and not beyond @end, the answer for @index holds: [index, result). */
uint64_t vmemmap_device_end(const struct analysis *analysis, uint64_t index, uint64_t end);

/* "2 MiB", "1 GiB". */
const char *order_size(unsigned order, const struct analysis *analysis);
const char *huge_size(const struct huge_page *page, const struct analysis *analysis);

#endif
