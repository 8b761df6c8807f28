// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every valid struct page has memory behind it. */
#include "analyzer/checker/checks.h"
#include "analyzer/paging/pgwalk.h"

static const char *backing_text(const struct vmemmap_row *row)
{
	return row->backing == BACKING_HOLE ? "not mapped" : "mapped by an impossible entry";
}

/* Of all sections it is known whether they are there. */
static bool memory_is_known(const struct kernel *kernel)
{
	return !kernel->sections_unreadable && !kernel->sections_inferred;
}

/* The vmemmap page after those that the current table of @level serves, at most @end. */
static uint64_t table_end(const struct analysis *analysis, const struct pgwalk *walk,
			  unsigned level, uint64_t end)
{
	vaddr_t from = walk->served[level].start - analysis->kernel.vmemmap;
	uint64_t pages = (from + walk->served[level].bytes) >> analysis->kernel.page_shift;

	return walk->served[level].bytes && pages < end ? pages : end;
}

/* One table: what the dump lacks is not checked, what no dump can hold is an error. */
static struct error *check_page_table(const struct analysis *analysis, struct check_run *run,
				      struct pgwalk *walk, uint64_t index, uint64_t end,
				      uint64_t *next_ret)
{
	const struct kernel *kernel = &analysis->kernel;
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	struct mapping mapping;
	struct error *err = pgwalk_at(walk, vmemmap_address(kernel, index), &mapping);

	if (err)
		return err;
	paddr_t table = walk->table[mapping.level].addr;
	uint64_t next = table_end(analysis, walk, mapping.level, end), count;

	*next_ret = next > index ? next : index + 1;
	count = *next_ret - index;
	if (mapping.state != MAPPING_UNREADABLE || !memory_is_known(kernel) ||
	    kernel_pfn_valid(kernel, table >> kernel->page_shift)) {
		run->not_checked += count;
		return NULL;
	}
	run->checked += count;
	return finding_add(run, SEVERITY_ERROR, pfn, index, count,
			   "the page table for the struct pages from pfn 0x%lx on (%lu vmemmap "
			   "page%s) would be at physical 0x%lx, which is no memory of this machine",
			   pfn, count, count == 1 ? "" : "s", table);
}

static struct error *check_unreadable(const struct analysis *analysis, struct check_run *run,
				      const struct vmemmap_row *row)
{
	uint64_t end = row->first + row->count;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, analysis->arch, &analysis->paging, analysis->memory);

	if (err)
		return err;
	for (uint64_t index = row->first, next; !err && index < end; index = next)
		err = check_page_table(analysis, run, &walk, index, end, &next);
	pgwalk_deinit(&walk);
	return err;
}

static struct error *check_row(const struct analysis *analysis, struct check_run *run,
			       const struct vmemmap_row *row)
{
	bool unknown = row->backing == BACKING_HOLE && !row->valid_known;
	pfn_t pfn = vmemmap_first_pfn(&analysis->kernel, row->first);

	if (row->backing == BACKING_UNREADABLE)
		return check_unreadable(analysis, run, row);
	*(unknown ? &run->not_checked : &run->checked) += row->count;
	if (unknown || vmemmap_row_mapped(row))
		return NULL;
	return finding_add(run, SEVERITY_ERROR, pfn, row->first, row->count,
			   "the struct pages from pfn 0x%lx on (%u vmemmap page%s) are %s", pfn,
			   row->count, row->count == 1 ? "" : "s", backing_text(row));
}

static struct error *run_vmemmap_mapped(const struct analysis *analysis, struct check_run *run)
{
	const struct vmemmap_map *map = &analysis->map;
	struct error *err = NULL;

	run->unit = "vmemmap pages";
	for (size_t i = 0; !err && i < map->row_count; i++)
		err = check_row(analysis, run, &map->rows[i]);
	if (err)
		return err;
	return run->not_checked ? check_reason(run, "their page tables, or which sub-sections are "
						    "valid, cannot be read")
				: NULL;
}

const struct check check_vmemmap_mapped = {
	.id = "vmemmap-mapped",
	.title = "every valid struct page is mapped",
	.rationale =
		"The kernel reads the struct page of any valid pfn without looking first. A hole "
		"in the vmemmap of a valid section or sub-section ends in a page fault at an "
		"address inside the vmemmap.",
	.basis = "Linux kernel mm/sparse-vmemmap.c; include/linux/mmzone.h, pfn_valid()",
	.severity = SEVERITY_ERROR,
	.run = run_vmemmap_mapped,
};
