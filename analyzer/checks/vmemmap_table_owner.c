// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nobody else owns a page table that maps the vmemmap. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>

enum { STRUCT_PAGE_MAX = 512 };

/* What a frame with a page table is, as far as anything shows. */
struct verdict {
	bool wrong, mapped;	 /* mapped: the vmemmap does */
	bool untold;		 /* of a type that the types do not name */
	enum memory_state state; /* of the struct page that would show it */
	bool left_out;		 /* by a distilled dump: the full one has it */
};

/*
 * Boot takes tables from memblock (reserved), the kernel later from the page allocator: a
 * reference, and in later kernels the type of a page table. Linux kernel
 * mm/sparse-vmemmap.c, vmemmap_pmd_populate(); mm/hugetlb_vmemmap.c, vmemmap_split_pmd().
 */
static bool is_others(const struct target *target, const unsigned char *bytes)
{
	uint64_t ignored;

	if (frame_use_of_others(target, bytes))
		return true;
	if (page_is_blank(&target->kernel.page, bytes))
		return false;
	enum frame_use use = frame_use_of(target, bytes, &ignored);

	return (use != FRAME_USE_TABLE && use != FRAME_USE_KERNEL) ||
	       page_refcount(&target->kernel.page, bytes) == 0;
}

/* It may be that of page tables, if only others are known. */
static bool has_untold_type(const struct target *target, const unsigned char *bytes)
{
	uint64_t ignored;

	return layout_has(&target->layout, LAYOUT_PGTY_HUGETLB) &&
	       !layout_has(&target->layout, LAYOUT_PGTY_TABLE) &&
	       frame_use_of(target, bytes, &ignored) == FRAME_USE_TYPE;
}

/* A distilled dump may have been made by a program that did not ask for this. */
static struct error *is_left_out(const struct survey *survey, pfn_t frame, bool *ret)
{
	const struct target *target = survey->target;
	struct memory_extent extent = { .state = MEMORY_ABSENT };
	pfn_t holder;

	*ret = false;
	if (!vmemmap_frame_at(survey->map, vmemmap_index_of(&target->kernel, frame), &holder))
		return NULL;
	struct error *err = target->memory->ops->extent(
		target->memory, holder << target->kernel.page_shift, &extent);
	*ret = !err && extent.state == MEMORY_PRESENT;
	return err;
}

static struct error *judge_struct_page(const struct survey *survey, pfn_t frame,
				       struct verdict *verdict)
{
	const struct target *target = survey->target;
	unsigned char bytes[STRUCT_PAGE_MAX];
	struct error *err = vmemmap_read(&target->kernel, survey->map, target->memory, frame, bytes,
					 target->kernel.struct_page_size, &verdict->state);

	if (err)
		return err;
	if (verdict->state == MEMORY_EXCLUDED)
		return is_left_out(survey, frame, &verdict->left_out);
	if (verdict->state != MEMORY_PRESENT)
		return NULL;
	verdict->untold = has_untold_type(target, bytes);
	verdict->wrong = !verdict->untold && is_others(target, bytes);
	return NULL;
}

/* Memory of a device that is given out as such: no table is ever allocated there. */
static bool is_of_device(const struct survey *survey, pfn_t frame)
{
	const struct section *section = kernel_section_of(&survey->target->kernel, frame);
	const struct device *device = devices_find(survey->devices, frame);

	return (section && !section->online) || (device && device->kind != DEVICE_SYSTEM_RAM);
}

static struct error *judge_frame(const struct survey *survey, pfn_t frame, struct verdict *ret)
{
	struct huge_page page;

	*ret = (struct verdict){ .state = MEMORY_PRESENT };
	ret->mapped = vmemmap_users(survey->map, frame);
	ret->wrong = ret->mapped || frame_is_nowhere(survey, frame) ||
		     is_of_device(survey, frame) ||
		     huge_pages_find(&survey->inventory->pages, frame, &page);
	return ret->wrong ? NULL : judge_struct_page(survey, frame, ret);
}

static struct error *report_frame(const struct survey *survey, struct check_run *run,
				  const struct walked_table *table, pfn_t frame)
{
	const struct target *target = survey->target;
	uint64_t pages = table->end - table->first;
	struct finding_entry entry = {
		.leaves_pages = true,
		.upper = { table->entry, 1, table->first, table->end, pages },
	};
	pfn_t pfn = vmemmap_first_pfn(&target->kernel, table->first);
	char is[FRAME_WORDS_MAX], words[ENTRY_WORDS_MAX];
	struct error *err = frame_words_of_table(survey, frame, is);

	if (err)
		return err;
	finding_about(run, &entry);
	return finding_add(run, SEVERITY_ERROR, pfn, table->first, pages,
			   "the %s table at physical 0x%" PRIx64
			   ", to which %s leads, is in frame 0x%" PRIx64 ", "
			   "which is %s; it maps %" PRIu64
			   " vmemmap page%s, with the struct pages from "
			   "pfn 0x%" PRIx64 " to 0x%" PRIx64,
			   paging_level_name(&target->paging, table->level), table->address,
			   entry_words(target, &entry.upper, words), frame, is, pages,
			   plural(pages), pfn, vmemmap_first_pfn(&target->kernel, table->end) - 1);
}

/*
 * The vmemmap maps the frame, too. The table serves as such, so it is the entries that map it
 * which are wrong; of these some may be reported already.
 */
static struct error *report_users(const struct survey *survey, struct check_run *run,
				  const struct walked_table *table, pfn_t frame)
{
	const struct target *target = survey->target;
	uint64_t index, count;
	struct error *err = NULL;

	for (size_t cursor = 0;
	     !err && vmemmap_users_next(survey->map, frame, &cursor, &index, &count);) {
		pfn_t pfn = vmemmap_first_pfn(&target->kernel, index);

		if (findings_cover_any(run, index, count))
			continue;
		err = finding_add(
			run, SEVERITY_ERROR, pfn, index, count,
			"the struct pages from pfn 0x%" PRIx64 " on are in frame 0x%" PRIx64
			", which is a page "
			"table: the %s table that maps the struct pages from pfn 0x%" PRIx64
			" to 0x%" PRIx64,
			pfn, frame, paging_level_name(&target->paging, table->level),
			vmemmap_first_pfn(&target->kernel, table->first),
			vmemmap_first_pfn(&target->kernel, table->end) - 1);
	}
	return err;
}

static struct error *count_frame(struct check_run *run, const struct verdict *verdict)
{
	if (verdict->left_out)
		return check_out_of_reach(run, "the distilled dump leaves their struct pages out; "
					       "the full one has them");
	if (verdict->state != MEMORY_PRESENT) {
		run->not_checked++;
		return check_reason(run, "struct pages of the frames are %s",
				    memory_state_text(verdict->state));
	}
	if (verdict->untold)
		return types_lack(run, 1, LAYOUT_PGTY_TABLE);
	run->checked++;
	return NULL;
}

/* A table may be larger than a page, or one of several in it. */
static struct error *look_at_table(const struct survey *survey, struct check_run *run,
				   const struct walked_table *table, pfn_t *done)
{
	const struct target *target = survey->target;
	unsigned shift = target->kernel.page_shift;
	paddr_t end = table->address + (UINT64_C(8) << target->paging.level[table->level].bits) - 1;
	struct error *err = NULL;

	for (pfn_t frame = table->address >> shift; !err && frame <= end >> shift; frame++) {
		struct verdict verdict;

		if (frame == *done)
			continue;
		*done = frame;
		err = judge_frame(survey, frame, &verdict);
		if (!err)
			err = count_frame(run, &verdict);
		if (!err && verdict.wrong)
			return verdict.mapped ? report_users(survey, run, table, frame)
					      : report_frame(survey, run, table, frame);
	}
	return err;
}

/* At least: each table of the lowest level that nothing leads to is one that is not seen. */
static struct error *count_unseen(const struct survey *survey, struct check_run *run)
{
	const struct paging *paging = &survey->target->paging;
	uint64_t pages = survey->map->pages_unreadable;

	if (!pages)
		return NULL;
	run->not_checked += ((pages - 1) >> paging->level[0].bits) + 1;
	return check_reason(run, "page tables cannot be read");
}

static struct error *run_table_owner(const struct survey *survey, struct check_run *run)
{
	const struct walked_tables *tables = &survey->map->tables;
	const struct layout *layout = &survey->target->layout;
	struct error *err = NULL;
	pfn_t done = UINT64_MAX;

	run->unit = "frames";
	if (!layout_has(layout, LAYOUT_PAGE_MAPCOUNT) ||
	    !layout_has(layout, LAYOUT_PAGE_REFCOUNT)) {
		run->not_checked = tables->count;
		return check_reason(run, "the types lack struct page._mapcount or _refcount");
	}
	for (size_t i = 0; !err && i < tables->count; i++)
		if (!findings_cover(run, tables->list[i].first))
			err = look_at_table(survey, run, &tables->list[i], &done);
	return err ? err : count_unseen(survey, run);
}

const struct check check_table_owner = {
	.id = "vmemmap-table-owner",
	.title = "nobody else owns a page table that maps the vmemmap",
	.rationale =
		"A page table that was freed while it is in use is given to the next who asks. What "
		"that one writes becomes the mapping of up to 512 vmemmap pages, or of tables of them. "
		"Entries may still look right: it has been freed, and not yet been overwritten. The "
		"frame's own struct page shows. It is in no free block, slab, huge page, file or "
		"process, and never in a device's memory, nor behind struct pages. Tables that boot "
		"made are reserved; of the others some kernels mark the type.",
	.basis = "Linux kernel mm/sparse-vmemmap.c, vmemmap_pmd_populate(); mm/hugetlb_vmemmap.c, "
		 "vmemmap_split_pmd()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no struct pages of frames",
	.run = run_table_owner,
};
