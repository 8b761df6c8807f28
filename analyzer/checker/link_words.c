// SPDX-License-Identifier: LGPL-2.1-or-later
/* Words for addresses that links of lists hold. */
#include "analyzer/checker/link_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/pages/huge_links.h"
#include "analyzer/pages/survey.h"

/* LIST_POISON1 and 2, beside CONFIG_ILLEGAL_POINTER_VALUE. Linux kernel include/linux/poison.h. */
static const uint64_t POISON[2] = { 0x100, 0x122 };

bool link_is_poison(const struct target *target, vaddr_t link, unsigned which)
{
	return link == target->arch->poison_delta + POISON[which];
}

const char *list_label(const struct survey *survey, const struct huge_page *page,
		       char buf[LINK_LABEL_MAX])
{
	const char *pool =
		page->hstate >= 0 ? survey->inventory->hstates[page->hstate].name : "no pool";

	if (page->free)
		snprintf(buf, LINK_LABEL_MAX, "the list of free pages of node %u of %s", page->node,
			 pool);
	else
		snprintf(buf, LINK_LABEL_MAX, "the list of pages in use of %s", pool);
	return buf;
}

/* A struct page: of a huge page's head, of one of its tails, or of no huge page. */
static void struct_page_label(const struct survey *survey, pfn_t pfn, char buf[LINK_LABEL_MAX])
{
	struct huge_page page;
	bool huge = huge_pages_find(&survey->inventory->pages, pfn, &page);

	if (huge && page.pfn == pfn)
		snprintf(buf, LINK_LABEL_MAX, "page 0x%" PRIx64 " (%s)", pfn,
			 page.free ? "free" : "in use");
	else if (huge)
		snprintf(buf, LINK_LABEL_MAX,
			 "the struct page of pfn 0x%" PRIx64 ", a tail of page 0x%" PRIx64, pfn,
			 page.pfn);
	else
		snprintf(buf, LINK_LABEL_MAX,
			 "the struct page of pfn 0x%" PRIx64 ", of no huge page", pfn);
}

/* The list that begins at @offset in an hstate, if one does: its node, or that of used pages. */
static bool list_at(const struct target *target, uint64_t offset, struct huge_page *ret)
{
	const struct layout *layout = &target->layout;

	if (!layout_has(layout, LAYOUT_HSTATE_FREELISTS) ||
	    !layout_has(layout, LAYOUT_HSTATE_ACTIVELIST))
		return false;
	if (offset == layout_get(layout, LAYOUT_HSTATE_ACTIVELIST))
		return true;
	offset -= layout_get(layout, LAYOUT_HSTATE_FREELISTS);
	*ret = (struct huge_page){ .free = true, .node = (uint16_t)(offset / 16) };
	for (size_t i = 0; offset % 16 == 0 && i < target->kernel.node_count; i++)
		if (target->kernel.nodes[i] == offset / 16)
			return true;
	return false;
}

/* False if @link is not in a pool. */
static bool pool_label(const struct survey *survey, vaddr_t link, char buf[LINK_LABEL_MAX])
{
	const struct inventory *inventory = survey->inventory;
	const struct layout *layout = &survey->target->layout;
	char list[LINK_LABEL_MAX];

	if (!layout_has(layout, LAYOUT_HSTATE_SIZE))
		return false;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		struct huge_page page = { 0 };
		uint64_t offset = link - inventory->hstates[i].address;

		if (offset >= layout_get(layout, LAYOUT_HSTATE_SIZE))
			continue;
		if (list_at(survey->target, offset, &page)) {
			page.hstate = (int8_t)i;
			snprintf(buf, LINK_LABEL_MAX, "the head of %.100s",
				 list_label(survey, &page, list));
		} else {
			snprintf(buf, LINK_LABEL_MAX, "0x%" PRIx64 " in the hstate of %s", link,
				 inventory->hstates[i].name);
		}
		return true;
	}
	return false;
}

const char *link_label(const struct survey *survey, vaddr_t link, char buf[LINK_LABEL_MAX])
{
	pfn_t pfn;

	if (huge_link_pfn(survey->target, link, &pfn))
		struct_page_label(survey, pfn, buf);
	else if (link_is_poison(survey->target, link, 0))
		snprintf(buf, LINK_LABEL_MAX, "LIST_POISON1");
	else if (link_is_poison(survey->target, link, 1))
		snprintf(buf, LINK_LABEL_MAX, "LIST_POISON2");
	else if (link == 0)
		snprintf(buf, LINK_LABEL_MAX, "0");
	else if (!pool_label(survey, link, buf))
		snprintf(buf, LINK_LABEL_MAX, "0x%" PRIx64, link);
	return buf;
}
