// SPDX-License-Identifier: LGPL-2.1-or-later
/* Masks find heads only if the vmemmap and every compound page are aligned. */
#include "analyzer/checks/checks.h"
#include "analyzer/contents.h"

static struct error *check_vmemmap(const struct analysis *analysis, struct check_run *run)
{
	const struct kernel *kernel = &analysis->kernel;
	uint64_t align = kernel->struct_page_size << kernel->max_folio_order;

	run->checked++;
	if (kernel->vmemmap % align == 0)
		return NULL;
	finding_sign(run, "mask-alignment");
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"the vmemmap begins at 0x%lx, which is not aligned to 0x%lx bytes: "
		"tails of the largest pages do not find their head",
		kernel->vmemmap, align);
}

static bool is_aligned(const struct huge_page *page)
{
	return (page->pfn & ((UINT64_C(1) << page->order) - 1)) == 0;
}

static struct error *check_page(const struct analysis *analysis, struct check_run *run,
				const struct huge_page *page)
{
	char label[HUGE_LABEL_MAX];

	run->checked++;
	if (is_aligned(page))
		return NULL;
	finding_sign(run, "mask-alignment");
	return finding_add(run, SEVERITY_ERROR, page->pfn, huge_first(analysis, page),
			   page->mapping.pages,
			   "the %s is not aligned to its size: its tails do not find their head",
			   huge_label(analysis, page, label));
}

static struct error *check_pages(const struct analysis *analysis, struct check_run *run)
{
	const struct huge_pages *pages = &analysis->inventory.pages;
	const struct devices *devices = &analysis->devices;
	const struct huge_page *huge;
	struct huge_page page;
	struct error *err = NULL;
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     !err && (huge = huge_pages_next_alike(pages, &cursor, UINT64_MAX, &alike));) {
		/* Those after it follow without a gap. */
		if (is_aligned(huge)) {
			huge_pages_skip(pages, &cursor, alike - 1);
			run->checked += alike - 1;
		}
		err = check_page(analysis, run, huge);
	}
	/* The first is as good as all: they follow each other without a gap. */
	for (size_t i = 0; !err && i < devices->count; i++)
		if (device_compound(analysis, &devices->list[i],
				    device_first_compound(&devices->list[i]), &page))
			err = check_page(analysis, run, &page);
	return err;
}

static struct error *run_mask_alignment(const struct analysis *analysis, struct check_run *run)
{
	bool masks;
	struct error *err = links_are_masks(analysis, &masks);

	run->unit = "addresses";
	if (err)
		return err;
	if (!masks)
		return check_reason(run, "tails of this kernel point to their head");
	err = check_vmemmap(analysis, run);
	return err ? err : check_pages(analysis, run);
}

const struct check check_mask_alignment = {
	.id = "vmemmap-mask-alignment",
	.title = "the vmemmap and compound pages are aligned as masks in tails need it",
	.rationale =
		"From v7.1 on a tail holds a mask of its page's order instead of its head's address, "
		"and the head is the tail's own address under the mask. That is right only where the "
		"struct page of pfn 0 is aligned to the struct pages of the largest folio, and each "
		"page to its own; the kernel merely warns while booting if it is not.",
	.basis = "Linux kernel include/linux/page-flags.h, compound_info_has_mask(); "
		 "mm/sparse-vmemmap.c",
	.severity = SEVERITY_ERROR,
	.run = run_mask_alignment,
};
