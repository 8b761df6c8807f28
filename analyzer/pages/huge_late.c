// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds pages that share vmemmap and are not marked as huge pages. */
#include "analyzer/pages/huge_late.h"

#include <stdlib.h>

#include "analyzer/pages/survey.h"
#include "include/bisect.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

/* --- what looks so ------------------------------------------------------------ */

static uint64_t word(const struct target *target, const unsigned char *bytes, enum layout_id member)
{
	return load_u64(bytes + layout_get(&target->layout, member), target->kernel.big_endian);
}

/* To be freed by a worker it is on a list through page.mapping. */
static bool mapping_fits(const struct target *target, const unsigned char *bytes)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t mapping;

	if (!layout_has(&target->layout, LAYOUT_PAGE_MAPPING))
		return true;
	mapping = word(target, bytes, LAYOUT_PAGE_MAPPING);
	return mapping == 0 ||
	       (mapping >= kernel->vmemmap &&
		kernel_pfn_valid(kernel, (mapping - kernel->vmemmap) / kernel->struct_page_size));
}

static bool is_on_lru(const struct target *target, const unsigned char *bytes)
{
	uint64_t bit = layout_has(&target->layout, LAYOUT_PG_LRU)
			       ? layout_get(&target->layout, LAYOUT_PG_LRU)
			       : 64;

	return bit < 64 && word(target, bytes, LAYOUT_PAGE_FLAGS) >> bit & 1;
}

/* The only reference is that of who makes or frees it. */
static bool is_idle(const struct target *target, const unsigned char *bytes,
		    const struct huge_page *page)
{
	return page->refcount <= 1 && !is_on_lru(target, bytes) &&
	       word(target, bytes, LAYOUT_PAGE_PRIVATE) >> HPG_BITS == 0 &&
	       mapping_fits(target, bytes);
}

/*
 * Some tails are shared as the scheme has it, and nothing else is odd. Strangers that map
 * its frames are found where they are.
 */
static bool is_remapped(const struct survey *survey, const struct huge_page *page)
{
	const struct scheme *scheme = survey->scheme->hugetlb;
	const struct huge_mapping *mapping = &page->mapping;
	bool readonly =
		survey->target->arch->has_readonly_tails && scheme->permission == TAILS_READONLY;

	return (mapping->kind == SHARE_FULL || mapping->kind == SHARE_PARTIAL) &&
	       mapping->at_target && !mapping->readonly_kept && !mapping->readonly_own &&
	       !(readonly && mapping->writable_tails);
}

bool huge_late_test(const struct survey *survey, const unsigned char *bytes, struct huge_page *page)
{
	bool possible = survey->scheme->hugetlb->known && page->hstate >= 0 &&
			(page->pfn & ((UINT64_C(1) << page->order) - 1)) == 0;

	if (!possible || !page_may_lack_hugetlb(&survey->target->kernel.page, bytes) ||
	    !is_idle(survey->target, bytes, page))
		return false;
	huge_mapping_read(survey, page, &page->mapping);
	return is_remapped(survey, page);
}

/* --- keeping them --------------------------------------------------------------- */

struct error *huge_late_add(struct huge_lates *late_pages, const struct huge_page *page)
{
	return vector_push(late_pages->list, late_pages->count, late_pages->room,
			   (struct huge_late){ .page = *page });
}

struct error *huge_late_join(struct huge_lates *late_pages, struct huge_lates *from)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < from->count; i++)
		err = huge_late_add(late_pages, &from->list[i].page);
	return err;
}

void huge_late_deinit(struct huge_lates *late_pages)
{
	free(late_pages->list);
	*late_pages = (struct huge_lates){ 0 };
}

static pfn_t late_end(const struct huge_late *late)
{
	return late->page.pfn + (UINT64_C(1) << late->page.order);
}

const struct huge_late *huge_late_from(const struct survey *survey, pfn_t pfn)
{
	const struct huge_lates *late_pages = &survey->inventory->late_pages;
	size_t at = bisect(late_pages->count, i, late_end(&late_pages->list[i]) <= pfn);

	return at < late_pages->count ? &late_pages->list[at] : NULL;
}

const struct huge_late *huge_late_find(const struct survey *survey, pfn_t pfn)
{
	const struct huge_late *late = huge_late_from(survey, pfn);

	return late && late->page.pfn <= pfn ? late : NULL;
}
