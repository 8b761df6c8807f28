// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections that boot marked as left to gigantic pages are those of whole gigantic pages. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"

#include "analyzer/totals/preinit.h"

/* Boot sections of one area that is as large as the smallest gigantic page. */
struct area {
	uint64_t number; /* pfn >> order */
	uint64_t alike, other;
	const struct section *first; /* NULL: none yet */
	const struct section *different;
};

static const char *marked_or_not(const struct section *section)
{
	return section->preinit ? "marked" : "not marked";
}

static struct error *area_close(const struct target *target, struct check_run *run,
				const struct area *area)
{
	uint64_t pages = target->kernel.pages_per_section;

	if (!area->first || !area->different)
		return NULL;
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"section %" PRIu64 " (pfn 0x%" PRIx64 ", section_mem_map 0x%" PRIx64
		") is %s as left uninitialised by boot, "
		"section %" PRIu64 " (0x%" PRIx64
		") of the same gigantic page is %s; of that page's sections %" PRIu64 " are "
		"as the one, %" PRIu64 " as the other",
		area->different->nr, area->different->nr * pages, area->different->map,
		marked_or_not(area->different), area->first->nr, area->first->map,
		marked_or_not(area->first), area->other, area->alike);
}

static void area_add(struct area *area, const struct section *section)
{
	if (!area->first)
		area->first = section;
	if (section->preinit == area->first->preinit &&
	    section->preinit_order == area->first->preinit_order) {
		area->alike++;
		return;
	}
	area->other++;
	if (!area->different)
		area->different = section;
}

/* Memory that was taken out and plugged in again is not boot's, and has no mark. */
static struct error *areas_check(const struct target *target, struct check_run *run, unsigned order)
{
	const struct kernel *kernel = &target->kernel;
	struct area area = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];
		uint64_t number = section->nr * kernel->pages_per_section >> order;

		if (!section->early || section->inferred)
			continue;
		if (area.first && number != area.number) {
			err = area_close(target, run, &area);
			area = (struct area){ 0 };
		}
		area.number = number;
		area_add(&area, section);
	}
	return err ? err : area_close(target, run, &area);
}

static struct error *plugged_report(const struct target *target, struct check_run *run,
				    const struct section *section)
{
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"section %" PRIu64 " (pfn 0x%" PRIx64 "): section_mem_map 0x%" PRIx64
		" marks it as left uninitialised by "
		"boot, and not as memory from boot",
		section->nr, section->nr * target->kernel.pages_per_section, section->map);
}

/* Sections of this kernel can have the mark. */
static bool can_be_marked(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_SECTION_PREINIT_BIT) ||
	       layout_has(layout, LAYOUT_SECTION_ORDER) ||
	       layout_has(layout, LAYOUT_SECTION_COMPOUND_ORDER);
}

static struct error *run_section_preinit(const struct survey *survey, struct check_run *run)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned order;

	run->unit = "sections";
	if (can_be_marked(&survey->target->layout))
		run->not_checked = kernel->sections_unreadable + kernel->sections_inferred;
	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];

		run->checked += section->preinit;
		if (!section->preinit || section->early)
			continue;
		struct error *err = plugged_report(survey->target, run, section);
		if (err)
			return err;
	}
	if (run->not_checked) {
		struct error *err = check_reason(run, "some mem_section tables cannot be read");
		if (err)
			return err;
	}
	if (run->checked == 0)
		return NULL;
	if (preinit_span(survey, &order))
		return areas_check(survey->target, run, order);
	run->not_checked += run->checked;
	run->checked = 0;
	return check_reason(run, "the sizes of gigantic pages are not known");
}

const struct check check_section_preinit = {
	.id = "section-preinit",
	.title = "the sections that boot left uninitialised are those of whole gigantic pages",
	.rationale =
		"Boot maps the vmemmap of gigantic pages shared from the start and marks all their "
		"sections: by SECTION_IS_VMEMMAP_PREINIT, or by an order in mem_section. The mark "
		"stays when the page is given back; it goes with the section. So it is on memory from "
		"boot only, and on all sections of a gigantic page or on none. Another was "
		"overwritten. What the marked sections hold now is looked at by the checks of huge "
		"pages and by vmemmap-orphan-sharing.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, hugetlb_vmemmap_init_early(); mm/sparse.c, "
		 "sparse_init_early_section()",
	.severity = SEVERITY_ERROR,
	.run = run_section_preinit,
};
