// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every check that there is a file for, in the order in which they run. */
#ifndef VMEMSCOPE_CHECK_TABLE_H
#define VMEMSCOPE_CHECK_TABLE_H

#include "analyzer/checker/check.h"

extern const struct check check_section_mem_map;
extern const struct check check_section_usage;
extern const struct check check_section_preinit;
extern const struct check check_vmemmap_mapped;
extern const struct check check_vmemmap_tables;
extern const struct check check_zone_tails;
extern const struct check check_tail_target;
extern const struct check check_tail_readonly;
extern const struct check check_head_writable;
extern const struct check check_head_private;
extern const struct check check_flag_agrees;
extern const struct check check_unoptimized_private;
extern const struct check check_orphan_sharing;
extern const struct check check_frame_in_dump;
extern const struct check check_frame_owner;
extern const struct check check_table_owner;
extern const struct check check_head_sound;
extern const struct check check_head_refcount;
extern const struct check check_pool_lists;
extern const struct check check_leftovers;
extern const struct check check_hugetlb_contents;
extern const struct check check_dax_contents;
extern const struct check check_mask_alignment;
extern const struct check check_pool_counters;
extern const struct check check_savings_agree;
extern const struct check check_self_hosted;
extern const struct check check_memmap_counters;
extern const struct check check_hvo_key_count;
extern const struct check check_memory_overwritten;
extern const struct check check_dax_tail_target;
extern const struct check check_dax_tail_permission;
extern const struct check check_dax_frames_writable;
extern const struct check check_dax_frames_private;
extern const struct check check_dax_tail_refcount;
extern const struct check check_dax_pgmap;
extern const struct check check_dax_altmap;
extern const struct check check_dax_sharing;

extern const struct check *const check_table[]; /* NULL-terminated */
extern const unsigned check_count;
const struct check *check_by_id(const char *id); /* NULL if there is none */

/*
 * Runs every check of the table; none if @interrupted. Of each @findings_max findings are
 * kept.
 */
struct error *checks_run(const struct survey *survey, size_t findings_max, bool interrupted,
			 struct check_results *ret);

#endif
