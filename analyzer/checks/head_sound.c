// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is marked as a huge page can be one. */
#include "analyzer/checks/checks.h"

static struct error *run_head_sound(const struct analysis *analysis, struct check_run *run)
{
	const struct inventory *inventory = &analysis->inventory;
	struct error *err;

	if (!huge_pages_checkable(analysis, run, &err))
		return err;
	err = huge_heads_unreadable(analysis, run);
	run->checked = inventory->pages.count + inventory->unsound;
	if (err || !inventory->unsound)
		return err;
	finding_sign(run, "head-order");
	return finding_add(
		run, SEVERITY_ERROR, inventory->unsound_first,
		vmemmap_index_of(&analysis->kernel, inventory->unsound_first), 1,
		"%lu struct page%s marked as head%s of huge pages whose order or place is "
		"impossible; the first is that of pfn 0x%lx, with order %u",
		inventory->unsound, inventory->unsound == 1 ? " is" : "s are",
		inventory->unsound == 1 ? "" : "s", inventory->unsound_first,
		inventory->unsound_order);
}

const struct check check_head_sound = {
	.id = "hugetlb-head-sound",
	.title = "what is marked as the head of a huge page has an order that it can have",
	.rationale =
		"A hugetlb head is aligned to its own size, and no smaller than the smallest pool's "
		"pages. One whose order says otherwise was overwritten, or its first tail was: the "
		"kernel takes the extent of the page from there when it is freed. No other check "
		"looks at such a page, as nothing tells where it ends.",
	.basis = "Linux kernel include/linux/mm.h, folio_order(); mm/hugetlb.c, "
		 "hugetlb_add_hstate()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "looks for no pages that share nothing",
	.run = run_head_sound,
};
