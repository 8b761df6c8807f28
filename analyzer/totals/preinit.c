// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What boot did not have to write. It maps the vmemmap of gigantic pages shared from the
 * start, and marks their sections: Linux kernel mm/hugetlb_vmemmap.c,
 * hugetlb_vmemmap_init_early(); or by the section's order, mm/sparse-vmemmap.c. Only the
 * first vmemmap page of each gigantic page is written. A mark stays when the page is given
 * back, so that it tells of boot and not of now.
 */
#include "analyzer/totals/preinit.h"
#include "analyzer/totals/savings.h"

#include <stdlib.h>

#include "analyzer/pages/survey.h"
#include "include/error.h"
#include "include/vector.h"

enum { PAGES_WRITTEN = 1 }; /* HUGETLB_VMEMMAP_RESERVE_PAGES, in vmemmap pages */

static unsigned section_order(const struct kernel *kernel)
{
	return kernel->section_size_bits - kernel->page_shift;
}

bool preinit_span(const struct survey *survey, unsigned *order_ret)
{
	const struct inventory *inventory = survey->inventory;
	bool found = false;

	if (!inventory->orders_known)
		return false;
	for (size_t i = 0; i < inventory->hstate_count; i++) {
		unsigned order = inventory->hstates[i].order;

		if (order < section_order(&survey->target->kernel) ||
		    (found && order >= *order_ret))
			continue;
		*order_ret = order;
		found = true;
	}
	return found;
}

/* Of the only zones that span @pfn; false if they are of several nodes, or of none. */
static bool node_of(const struct kernel *kernel, pfn_t pfn, unsigned *ret)
{
	bool found = false;

	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if (pfn < zone->start_pfn || pfn - zone->start_pfn >= zone->spanned_pages)
			continue;
		if (found && *ret != zone->node)
			return false;
		*ret = zone->node;
		found = true;
	}
	return found;
}

/* What is to be known of one section. @order is 0 where no gigantic page is now. */
static struct unwritten unwritten_of(const struct survey *survey, pfn_t pfn)
{
	struct unwritten what = { 0 };
	struct huge_page page;

	if (!huge_pages_find(&survey->inventory->pages, pfn, &page) ||
	    page.order < section_order(&survey->target->kernel)) {
		what.node_known = node_of(&survey->target->kernel, pfn, &what.node);
		return what;
	}
	what.order = page.order;
	what.node = page.node;
	what.node_known = true;
	return what;
}

static struct unwritten *unwritten_find(struct savings *savings, const struct unwritten *what)
{
	for (size_t i = 0; i < savings->unwritten_count; i++) {
		struct unwritten *known = &savings->unwritten[i];

		if (known->order == what->order && known->node_known == what->node_known &&
		    known->node == what->node)
			return known;
	}
	return NULL;
}

static struct error *unwritten_new(struct savings *savings, const struct unwritten *what,
				   struct unwritten **ret)
{
	struct error *err = vector_push(savings->unwritten, savings->unwritten_count,
					savings->unwritten_room, *what);
	if (!err)
		*ret = &savings->unwritten[savings->unwritten_count - 1];
	return err;
}

/* The order of the page that boot made of @section: what is there now, else the smallest. */
static unsigned made_order(const struct section *section, const struct unwritten *what,
			   unsigned span)
{
	if (section->preinit_order)
		return section->preinit_order;
	return what->order ? what->order : span;
}

static void section_count(const struct target *target, const struct section *section, unsigned span,
			  struct unwritten *unwritten)
{
	const struct kernel *kernel = &target->kernel;
	pfn_t pfn = section->nr * kernel->pages_per_section;
	uint64_t bytes = kernel->pages_per_section * kernel->struct_page_size;
	unsigned order = made_order(section, unwritten, span);

	unwritten->sections++;
	/* Where the order is not known every section could have a head: a lower bound. */
	if (!order || (pfn & ((UINT64_C(1) << order) - 1)) == 0) {
		unwritten->pages += unwritten->order ? 1 : 0;
		bytes -= PAGES_WRITTEN * kernel->page_size;
	}
	unwritten->bytes += bytes;
	unwritten->struct_pages += bytes / kernel->struct_page_size;
}

struct error *preinit_count(const struct survey *survey, struct savings *savings)
{
	const struct kernel *kernel = &survey->target->kernel;
	unsigned span = 0;

	if (!preinit_span(survey, &span))
		span = 0;
	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];

		if (!section->preinit || !section->early)
			continue;
		struct unwritten what =
			unwritten_of(survey, section->nr * kernel->pages_per_section);
		struct unwritten *unwritten = unwritten_find(savings, &what);
		struct error *err = unwritten ? NULL : unwritten_new(savings, &what, &unwritten);

		if (err)
			return err;
		section_count(survey->target, section, span, unwritten);
	}
	return NULL;
}
