// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every memory section names the same vmemmap. */
#include "analyzer/checker/checks.h"
#include "analyzer/checks/check_table.h"

static struct error *run_section_mem_map(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;

	run->unit = "sections";
	run->not_checked = kernel->sections_unreadable;
	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];
		uint64_t base = section->map & kernel->section_map_mask;

		run->not_checked += section->inferred;
		if (!section->has_mem_map || section->inferred)
			continue;
		run->checked++;
		if (base == kernel->vmemmap)
			continue;
		struct error *err = finding_add_plain(
			run, SEVERITY_ERROR,
			"section %lu: section_mem_map 0x%lx puts the vmemmap at 0x%lx, it is at 0x%lx",
			section->nr, section->map, base, kernel->vmemmap);
		if (err)
			return err;
	}
	return run->not_checked ? check_reason(run, "some mem_section tables cannot be read")
				: NULL;
}

const struct check check_section_mem_map = {
	.id = "section-mem-map",
	.title = "every memory section names the same vmemmap",
	.rationale =
		"With SPARSEMEM_VMEMMAP a section's section_mem_map is the address of struct page 0, "
		"plus flag bits, for every section alike. One that differs was overwritten, or the "
		"types are of another kernel; pfn_to_page() and everything after it would be wrong.",
	.basis = "Linux kernel mm/sparse.c, sparse_encode_mem_map()",
	.severity = SEVERITY_ERROR,
	.run = run_section_mem_map,
};
