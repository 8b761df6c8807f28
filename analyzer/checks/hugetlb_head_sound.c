// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is marked as a huge page can be one. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>

#include "analyzer/checks/check_table.h"
#include "analyzer/pages/garbage.h"
#include "analyzer/pages/hstates.h"
#include "analyzer/pages/leftover.h"
#include "include/plural.h"

static bool pool_has(const struct survey *survey, unsigned order)
{
	const struct inventory *inventory = survey->inventory;

	for (size_t i = 0; i < inventory->hstate_count; i++)
		if (inventory->hstates[i].order == order)
			return true;
	return false;
}

/*
 * Nothing shows where such a page ends. What its vmemmap shares is explained by it, for
 * as far as the smallest page reaches that could be optimised.
 */
static uint64_t pages_explained(const struct survey *survey)
{
	const struct inventory *inventory = survey->inventory;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < inventory->hstate_count; i++) {
		uint64_t pages =
			kernel_vmemmap_pages(&survey->target->kernel, inventory->hstates[i].order);

		least = pages > 1 && pages < least ? pages : least;
	}
	return least < UINT64_MAX ? least : 1;
}

static struct error *report_head(const struct survey *survey, struct check_run *run,
				 const struct unsound_head *head)
{
	uint64_t index = vmemmap_index_of(&survey->target->kernel, head->pfn);

	finding_sign(run, "head-order");
	if (head->order > HUGE_ORDER_MAX)
		return finding_add(run, SEVERITY_ERROR, head->pfn, index, pages_explained(survey),
				   "the struct page of pfn 0x%" PRIx64
				   " is marked as the head of a huge page, but "
				   "its order, %u, is more than any huge page can have",
				   head->pfn, head->order);
	return finding_add(
		run, SEVERITY_ERROR, head->pfn, index, pages_explained(survey),
		"the struct page of pfn 0x%" PRIx64 " is marked as the head of a huge page of "
		"order %u (%s), %s",
		head->pfn, head->order, order_size(head->order, survey->target),
		pool_has(survey, head->order) ? "which cannot begin there" : "which no pool has");
}

/* One of many that were left by a huge page: those are looked for by themselves. */
static struct error *is_left_over(const struct survey *survey, const struct unsound_head *head,
				  bool *ret)
{
	struct leftover_reader reader;
	struct leftover leftover;
	enum memory_state state;
	struct vmemmap_run run;
	uint64_t index = vmemmap_index_of(&survey->target->kernel, head->pfn);

	*ret = false;
	if (!vmemmap_run_at(survey->map, index, &run) || run.backing != BACKING_BASE)
		return NULL;
	leftover_reader_init(&reader, survey);
	struct error *err = leftover_look(&reader, index, &leftover, &state);
	*ret = !err && state == MEMORY_PRESENT && leftover.kind != LEFTOVER_NONE;
	leftover_reader_deinit(&reader);
	return err;
}

static struct error *check_head(const struct survey *survey, struct check_run *run,
				const struct unsound_head *head)
{
	bool left;
	struct error *err = is_left_over(survey, head, &left);

	return err || left ? err : report_head(survey, run, head);
}

/* What was written over the first tail of the page at @pfn; "" if it is one. */
static struct error *first_tail_text(const struct survey *survey, pfn_t pfn,
				     char buf[GARBAGE_TEXT_MAX])
{
	const struct kernel *kernel = &survey->target->kernel;
	struct page_buffer buffer = { 0 };
	const unsigned char *bytes;
	enum memory_state state;
	struct error *err = vmemmap_look(kernel, survey->map, survey->target->memory, &buffer,
					 pfn + 1, kernel->struct_page_size, &bytes, &state);

	buf[0] = '\0';
	if (!err && state == MEMORY_PRESENT && struct_page_is_overwritten(survey->target, bytes))
		garbage_text(survey->target, bytes, buf);
	page_buffer_deinit(&buffer);
	return err;
}

/* One that is taken for a page of another order than it says: its other vmemmap is in order. */
static struct error *report_order(const struct survey *survey, struct check_run *run,
				  const struct unsound_head *head)
{
	struct huge_page page;
	char label[HUGE_LABEL_MAX], what[GARBAGE_TEXT_MAX];

	if (!huge_pages_find(&survey->inventory->pages, head->pfn, &page))
		return NULL;
	struct error *err = first_tail_text(survey, head->pfn, what);
	if (err)
		return err;
	finding_sign(run, "head-order");
	if (what[0])
		return finding_add(
			run, SEVERITY_ERROR, head->pfn, huge_first(survey->target, &page), 1,
			"the %s: its first tail was overwritten %s. The kernel reads "
			"the page's order there, %u, but its other tails show %u",
			huge_label(survey, &page, label), what, head->order, head->shown);
	return finding_add(run, SEVERITY_ERROR, head->pfn, huge_first(survey->target, &page), 1,
			   "the compound order of the %s is %u in its first tail, but its other "
			   "tails%s show %u",
			   huge_label(survey, &page, label), head->order,
			   page.mapping.at_target ? " and the page tables" : "", head->shown);
}

static struct error *check_orders(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err = NULL;

	for (uint64_t i = 0; !err && i < inventory->misordered && i < UNSOUND_MAX; i++)
		err = report_order(survey, run, &inventory->misordered_heads[i]);
	if (err || inventory->misordered <= UNSOUND_MAX)
		return err;
	finding_sign(run, "head-order");
	return finding_add_plain(run, SEVERITY_ERROR,
				 "%" PRIu64
				 " more huge pages have another compound order in their first "
				 "tail than their other tails show",
				 inventory->misordered - UNSOUND_MAX);
}

/* Heads beyond those that were kept: unless all of these are leftovers. */
static struct error *report_more(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	uint64_t more = inventory->unsound - UNSOUND_MAX;

	if (inventory->unsound <= UNSOUND_MAX || run->violations == 0)
		return NULL;
	finding_sign(run, "head-order");
	return finding_add_plain(
		run, SEVERITY_ERROR,
		"%" PRIu64
		" more struct page%s %s marked as %s of an order that no pool has, or where "
		"none can begin",
		more, plural(more), verb_be(more),
		more == 1 ? "head of a huge page" : "heads of huge pages");
}

static struct error *run_head_sound(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	err = huge_heads_unreadable(survey, run);
	run->checked = inventory->pages.count + inventory->unsound;
	for (uint64_t i = 0; !err && i < inventory->unsound && i < UNSOUND_MAX; i++)
		err = check_head(survey, run, &inventory->unsound_heads[i]);
	if (!err)
		err = report_more(survey, run);
	return err ? err : check_orders(survey, run);
}

const struct check check_head_sound = {
	.id = "hugetlb-head-sound",
	.title = "what is marked as the head of a huge page has an order that it can have",
	.rationale =
		"Some pool has pages of a hugetlb head's order, and the head is aligned to its own "
		"size. One whose order says otherwise was overwritten, or its first tail was: the "
		"kernel takes the extent of the page from there when it is freed. Where the other tails, "
		"or the page tables, show the order of a pool, the page is looked at as one of that "
		"order. At others no check looks, as nothing shows where they end.",
	.basis = "Linux kernel include/linux/mm.h, folio_order(); mm/hugetlb.c, "
		 "hugetlb_add_hstate()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "looks for no pages that share nothing",
	.run = run_head_sound,
};
