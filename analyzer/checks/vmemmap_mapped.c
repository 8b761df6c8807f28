// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every valid struct page has memory behind it. */
#include "analyzer/checks/checks.h"

static const char *backing_text(const struct vmemmap_row *row)
{
	return row->backing == BACKING_HOLE ? "not mapped" : "mapped by an impossible entry";
}

static struct error *run_vmemmap_mapped(const struct analysis *analysis, struct check_run *run)
{
	const struct vmemmap_map *map = &analysis->map;

	run->unit = "vmemmap pages";
	for (size_t i = 0; i < map->row_count; i++) {
		const struct vmemmap_row *piece = &map->rows[i];
		bool unknown = piece->backing == BACKING_UNREADABLE ||
			       (piece->backing == BACKING_HOLE && !piece->valid_known);

		*(unknown ? &run->not_checked : &run->checked) += piece->count;
		if (unknown || vmemmap_row_mapped(piece))
			continue;
		pfn_t pfn = vmemmap_first_pfn(&analysis->kernel, piece->first);
		struct error *err = finding_add(
			run, SEVERITY_ERROR, pfn, piece->first, piece->count,
			"the struct pages from pfn 0x%lx on (%u vmemmap page%s) are %s", pfn,
			piece->count, piece->count == 1 ? "" : "s", backing_text(piece));
		if (err)
			return err;
	}
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
