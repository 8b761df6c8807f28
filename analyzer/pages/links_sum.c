// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the links of all heads have to add up to. */
#include "analyzer/pages/links_sum.h"

#include "analyzer/pages/huge_links.h"
#include "analyzer/pages/list_links.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

/* What the ends of all lists would add up to; lists are few, and kinds of pages, too. */
struct expected {
	uint64_t lists, sum;
	uint64_t first, last; /* the links from list heads, and to them */
	bool known;	      /* where lists begin */
	bool read;	      /* and what is there */
	bool any, zero;	      /* of those that were read: one is not all zero; one is */
};

static bool is_first_of_list(const struct huge_pages *pages, size_t kind)
{
	for (size_t i = 0; i < kind; i++)
		if (huge_links_alike(&pages->kinds[i], &pages->kinds[kind]))
			return false;
	return true;
}

/* @head: where the list of @page begins. */
static struct error *list_head_add(const struct survey *survey, const struct huge_page *page,
				   vaddr_t head, struct expected *expected)
{
	enum link_state state;
	vaddr_t links[LINK_SIDES];
	struct error *err = list_head_read(survey, head, links, &state);

	expected->read &= !err && state == LINK_READ;
	expected->any |= state == LINK_READ;
	expected->zero |= state == LINK_ZERO;
	expected->first += huge_links_edge(page, head, links[NEXT]);
	expected->last += huge_links_edge(page, links[PREV], head);
	return err;
}

/* Zeros mean nothing only where all list heads have them, in a dump that leaves out much. */
static bool has_lost_head(const struct survey *survey, const struct expected *expected)
{
	return expected->zero && (expected->any || !survey->target->memory->distilled);
}

static struct error *ends_expected(const struct survey *survey, struct expected *ret)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	struct error *err = NULL;
	vaddr_t head;

	*ret = (struct expected){ .known = true, .read = true };
	for (size_t i = 0; !err && i < pages->kind_count; i++) {
		if (!is_first_of_list(pages, i))
			continue;
		ret->lists++;
		ret->known &= list_head_address(survey, &pages->kinds[i], &head);
		if (!ret->known)
			continue;
		ret->sum += huge_links_edge(&pages->kinds[i], head, head);
		err = list_head_add(survey, &pages->kinds[i], head, ret);
	}
	return err;
}

struct error *links_add_up(const struct survey *survey, bool *ret)
{
	const struct huge_links *links = &survey->inventory->links;
	struct expected expected;
	struct error *err = ends_expected(survey, &expected);

	*ret = !has_lost_head(survey, &expected) && links->edges == 0 && links->alone == 0 &&
	       links->next_sum == links->prev_sum && links->next_ends == expected.lists &&
	       links->prev_ends == expected.lists && links->inside == 2 * expected.lists &&
	       (!expected.known || links->next_sum == expected.sum) &&
	       (!expected.known || !expected.read ||
		(links->next_edges == expected.last && links->prev_edges == expected.first));
	return err;
}
