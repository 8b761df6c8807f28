// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds pages that share vmemmap and are not marked as huge pages. */
#include "analyzer/pages/huge_late.h"

#include <stdlib.h>

#include "analyzer/pages/page_owner.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/bisect.h"
#include "include/error.h"
#include "include/vector.h"

/* --- what looks so ------------------------------------------------------------ */

/* To be freed by a worker it is on a list through page.mapping. */
static bool mapping_fits(const struct target *target, const unsigned char *bytes)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t mapping = page_value(&kernel->page, bytes, kernel->page.mapping);

	return mapping == 0 ||
	       (mapping >= kernel->vmemmap &&
		kernel_pfn_valid(kernel, (mapping - kernel->vmemmap) / kernel->struct_page_size));
}

const char *huge_late_user(const struct target *target, const unsigned char *bytes,
			   uint64_t *value_ret)
{
	const struct page_format *format = &target->kernel.page;
	const struct {
		bool holds;
		const char *name;
		uint64_t value;
	} members[] = {
		{ page_refcount(format, bytes) > 1, "_refcount", page_refcount(format, bytes) },
		{ page_value(format, bytes, format->private) >> HPG_BITS != 0, "private",
		  page_value(format, bytes, format->private) },
		{ !mapping_fits(target, bytes), "mapping",
		  page_value(format, bytes, format->mapping) },
	};

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		*value_ret = members[i].value;
		if (members[i].holds)
			return members[i].name;
	}
	return NULL;
}

static bool is_idle(const struct target *target, const unsigned char *bytes)
{
	uint64_t ignored;

	return page_owner_of(target, bytes, &ignored) == OWNER_NOBODY &&
	       !huge_late_user(target, bytes, &ignored);
}

/*
 * Some tails are shared as the scheme has it, and nothing else is odd. Strangers that map
 * its frames are found where they are.
 */
static bool is_remapped(const struct survey *survey, const struct huge_page *page)
{
	const struct scheme *scheme = survey->scheme->hugetlb;
	const struct huge_mapping *mapping = &page->mapping;
	bool readonly = survey->target->arch->has_readonly_tails &&
			scheme->permission == PERMISSION_READONLY;

	return (mapping->kind == MAPPED_FULL || mapping->kind == MAPPED_PARTIAL) &&
	       mapping->at_target && !mapping->readonly_kept && !mapping->readonly_own &&
	       !(readonly && mapping->writable_tails);
}

bool huge_late_test(const struct survey *survey, const unsigned char *bytes, struct huge_page *page)
{
	bool possible = survey->scheme->hugetlb->known && page->hstate >= 0 &&
			(page->pfn & ((UINT64_C(1) << page->order) - 1)) == 0;

	if (!possible || !page_may_lack_hugetlb(&survey->target->kernel.page, bytes) ||
	    !is_idle(survey->target, bytes))
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
