// SPDX-License-Identifier: LGPL-2.1-or-later
/* Masks find heads only if the vmemmap and every compound page are aligned. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "analyzer/pages/contents.h"

/* Whether a mask of @order leads from the tails of the page at @pfn to its head. */
static bool is_found(const struct kernel *kernel, pfn_t pfn, unsigned order)
{
	return (kernel_struct_page(kernel, pfn) & ((kernel->struct_page_size << order) - 1)) == 0;
}

/* The largest order of which every page that is aligned to its size is found. */
static unsigned largest_found(const struct kernel *kernel)
{
	unsigned order = 0;

	while (order < kernel->max_folio_order && is_found(kernel, 0, order + 1))
		order++;
	return order;
}

/* Of the page allocator: such pages there always are. 4 MiB where no type shows. */
static unsigned largest_ordinary(const struct target *target)
{
	const struct layout *layout = &target->layout;
	uint64_t length = layout_has(layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  ? layout_get(layout, LAYOUT_ZONE_FREE_AREA_LENGTH)
				  : 0;

	return length && length <= VMEMMAP_TAILS_MAX ? (unsigned)length - 1 : 10;
}

static struct error *check_vmemmap(const struct target *target, struct check_run *run)
{
	const struct kernel *kernel = &target->kernel;
	unsigned found = largest_found(kernel);
	bool ordinary = found < largest_ordinary(target);

	run->checked++;
	if (found >= kernel->max_folio_order)
		return NULL;
	/* Where no page that there is can be hit, nothing has come of the fault. */
	finding_sign(run, ordinary ? "mask-alignment" : NULL);
	return finding_add_plain(
		run, ordinary ? SEVERITY_ERROR : SEVERITY_WARNING,
		"the vmemmap begins at 0x%" PRIx64
		", aligned for pages of %s and not for those of %s that "
		"this kernel allows: %s",
		kernel->vmemmap, order_size(found, target),
		order_size(kernel->max_folio_order, target),
		ordinary
			? "tails of pages in between do not find their head"
			: "of larger ones the tails would not find their head (those that there are "
			  "are looked at one by one)");
}

static bool is_aligned(const struct target *target, const struct huge_page *page)
{
	return is_found(&target->kernel, page->pfn, page->order);
}

static struct error *check_page(const struct survey *survey, struct check_run *run,
				const struct huge_page *page)
{
	char label[HUGE_LABEL_MAX];

	run->checked++;
	if (is_aligned(survey->target, page))
		return NULL;
	finding_sign(run, "mask-alignment");
	return finding_add(
		run, SEVERITY_ERROR, page->pfn, huge_first(survey->target, page),
		page->mapping.pages,
		"the struct pages of the %s are not aligned to their size: the masks in its "
		"tails do not lead to its head",
		huge_label(survey, page, label));
}

static struct error *check_pages(const struct survey *survey, struct check_run *run)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	const struct devices *devices = survey->devices;
	const struct huge_page *huge;
	struct huge_page page;
	struct error *err = NULL;
	uint32_t alike;

	for (struct huge_cursor cursor = { 0 };
	     !err && (huge = huge_pages_next_alike(pages, &cursor, UINT64_MAX, &alike));) {
		/* Those after it follow without a gap. */
		if (is_aligned(survey->target, huge)) {
			huge_pages_skip(pages, &cursor, alike - 1);
			run->checked += alike - 1;
		}
		err = check_page(survey, run, huge);
	}
	/* The first is as good as all: they follow each other without a gap. */
	for (size_t i = 0; !err && i < devices->count; i++)
		if (device_compound(
			    survey, &devices->list[i],
			    device_first_compound(&survey->target->kernel, &devices->list[i]),
			    &page))
			err = check_page(survey, run, &page);
	return err ? err : devices_not_counted(survey, run);
}

static struct error *run_mask_alignment(const struct survey *survey, struct check_run *run)
{
	bool masks;
	struct error *err = links_are_masks(survey, &masks);

	run->unit = "addresses";
	if (err)
		return err;
	if (!masks)
		return check_reason(run, "tails of this kernel point to their head");
	err = check_vmemmap(survey->target, run);
	if (!err)
		err = huge_heads_unreadable(survey, run);
	return err ? err : check_pages(survey, run);
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
