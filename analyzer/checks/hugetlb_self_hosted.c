// SPDX-License-Identifier: LGPL-2.1-or-later
/* No huge page is optimised whose memmap lies in its own hot-plugged block. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"

static enum page_judgement judge(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	return huge_page_is_optimized(kind) ? JUDGED_SUSPECT : JUDGED_NOT_APPLICABLE;
}

/* Where all memory but that of devices was there at boot no page can be of this sort. */
static enum page_judgement judge_at_boot(const struct survey *survey, const struct huge_page *kind)
{
	(void)survey;
	(void)kind;
	return JUDGED_NOT_APPLICABLE;
}

static bool was_plugged(const struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->section_count; i++)
		if (kernel->sections[i].online && !kernel->sections[i].early)
			return true;
	return false;
}

static struct error *report(const struct survey *survey, struct check_run *run,
			    const struct huge_page *page)
{
	const struct section *section = kernel_section_of(&survey->target->kernel, page->pfn);

	if (!section || section->early) {
		suspect_not_applicable(run);
		return NULL;
	}
	if (!page->self_hosted)
		return NULL;
	finding_sign(run, "self-hosted-optimised");
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
			   page->mapping.pages,
			   "the %s page 0x%" PRIx64 " is optimised, but its memmap belongs to the "
			   "hot-plugged block that it lies in",
			   huge_size(page, survey->target), page->pfn);
}

static struct error *run_self_hosted(const struct survey *survey, struct check_run *run)
{
	if (!layout_has(&survey->target->layout, LAYOUT_PG_SELF_HOSTED)) {
		run->unit = "huge pages";
		return check_reason(run, "this kernel has no self-hosted memmap");
	}
	bool plugged = was_plugged(&survey->target->kernel);

	return huge_pages_check(survey, run,
				&(struct page_check){ plugged ? judge : judge_at_boot, report });
}

const struct check check_self_hosted = {
	.id = "hugetlb-self-hosted",
	.title = "no optimised page has a memmap in its own hot-plugged block",
	.rationale = "With memmap_on_memory a hot-plugged block of memory holds its own struct "
		     "pages. They go when the block goes, and not before: the kernel refuses to "
		     "optimise huge pages there. If it did not, frames of the block were given "
		     "to the page allocator, which may have handed them out when the block is "
		     "unplugged.",
	.basis = "Linux kernel mm/hugetlb_vmemmap.c, PageVmemmapSelfHosted(); "
		 "mm/memory_hotplug.c, mhp_init_memmap_on_memory()",
	.severity = SEVERITY_ERROR,
	.run = run_self_hosted,
};
