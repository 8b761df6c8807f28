// SPDX-License-Identifier: LGPL-2.1-or-later
/* Holds list heads against the pages that lead to them. */
#include "analyzer/checker/list_heads.h"

#include <stdlib.h>

#include "analyzer/pages/huge_links.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"
#include "include/vector.h"

static enum link_side opposite(enum link_side side)
{
	return side == NEXT ? PREV : NEXT;
}

static struct list_head *find(const struct list_heads *heads, vaddr_t address)
{
	for (size_t i = 0; i < heads->count; i++)
		if (heads->list[i].address == address)
			return &heads->list[i];
	return NULL;
}

const struct list_head *list_heads_find(const struct list_heads *heads, vaddr_t address)
{
	return find(heads, address);
}

/* --- which there are ------------------------------------------------------------------ */

static struct error *add(const struct survey *survey, struct list_heads *heads,
			 const struct huge_page *page, vaddr_t address)
{
	struct list_head head = { .kind = *page, .address = address };
	struct error *err = list_head_read(survey, address, head.links, &head.state);

	return err ? err : vector_push(heads->list, heads->count, heads->room, head);
}

static struct error *collect(const struct survey *survey, struct list_heads *heads)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t alike;
	vaddr_t address;

	for (struct huge_cursor cursor = { 0 };
	     !err && (page = huge_pages_next_run(pages, &cursor, &alike));) {
		if (!list_head_address(survey, page, &address))
			continue;
		if (!find(heads, address))
			err = add(survey, heads, page, address);
		if (!err)
			find(heads, address)->pages += alike;
	}
	return err;
}

/* --- who claims to be at its ends ------------------------------------------------------- */

static struct error *claims_of(const struct survey *survey, struct list_heads *heads,
			       const struct huge_page *page)
{
	enum link_state state = LINK_READ;
	struct list_head *head;
	struct error *err = NULL;
	vaddr_t address, link;

	if (!list_head_address(survey, page, &address))
		return NULL;
	for (enum link_side side = NEXT; !err && state == LINK_READ && side <= PREV; side++) {
		err = link_of_page(survey, page->pfn, opposite(side), &link, &state);
		if (err || state != LINK_READ || link != address)
			continue;
		head = find(heads, address);
		if (head && head->claims[side]++ == 0)
			head->claimant[side] = page->pfn;
	}
	return err;
}

static struct error *claims_collect(const struct survey *survey, struct list_heads *heads)
{
	const struct huge_pages *pages = &survey->inventory->pages;
	const struct huge_page *page;
	struct error *err = NULL;

	for (struct huge_cursor cursor = { 0 };
	     heads->count && !err && (page = huge_pages_next(pages, &cursor));)
		err = claims_of(survey, heads, page);
	return err;
}

/* --- who is wrong ------------------------------------------------------------------------ */

/* The page that the list head names leads back to it, or nothing is known of that page. */
static struct error *is_agreed(const struct survey *survey, const struct list_head *head,
			       enum link_side side, bool *ret)
{
	enum link_state state;
	vaddr_t back = 0;
	pfn_t pfn;
	struct error *err;

	*ret = false;
	if (!huge_link_pfn(survey->target, head->links[side], &pfn))
		return NULL;
	err = link_of_page(survey, pfn, opposite(side), &back, &state);
	*ret = !err && (state != LINK_READ || back == head->address);
	return err;
}

/* The page that claims to be at this end has the links of another one: it is that which is wrong.
 */
static struct error *is_impostor(const struct survey *survey, const struct list_head *head,
				 enum link_side side, bool *ret)
{
	enum links_owner owner;
	pfn_t ignored;
	struct error *err = links_owner_find(survey, head->claimant[side], &owner, &ignored);

	*ret = !err && owner != LINKS_OWN;
	return err;
}

/* Without anybody who claims the place it is a page that leads elsewhere, if there is one. */
static bool leads_nowhere(const struct survey *survey, const struct list_head *head,
			  enum link_side side)
{
	pfn_t ignored;

	return head->links[side] != head->address &&
	       !huge_link_pfn(survey->target, head->links[side], &ignored);
}

static struct error *judge_side(const struct survey *survey, struct list_head *head,
				enum link_side side)
{
	bool agreed, impostor = false;
	struct error *err = is_agreed(survey, head, side, &agreed);

	if (err || agreed)
		return err;
	if (head->claims[side])
		err = is_impostor(survey, head, side, &impostor);
	head->wrong[side] = head->claims[side] ? !impostor : leads_nowhere(survey, head, side);
	return err;
}

static struct error *judge_links(const struct survey *survey, struct list_head *head)
{
	struct error *err = NULL;

	for (enum link_side side = NEXT; !err && side <= PREV; side++)
		err = judge_side(survey, head, side);
	if (err || !(head->wrong[NEXT] || head->wrong[PREV]))
		return err;
	head->fault = head->links[NEXT] == head->address && head->links[PREV] == head->address
			      ? LIST_EMPTY
			      : LIST_ELSEWHERE;
	return NULL;
}

static bool any_is_kept(const struct list_heads *heads)
{
	for (size_t i = 0; i < heads->count; i++)
		if (heads->list[i].state == LINK_READ)
			return true;
	return false;
}

/* A dump that was distilled before list heads were looked at has zeros for all of them. */
static struct error *judge_all(const struct survey *survey, struct list_heads *heads)
{
	bool kept = !survey->target->memory->distilled || any_is_kept(heads);
	struct error *err = NULL;

	for (size_t i = 0; !err && i < heads->count; i++) {
		struct list_head *head = &heads->list[i];

		if (head->state == LINK_READ)
			err = judge_links(survey, head);
		else if (head->state == LINK_ZERO && kept)
			head->fault = LIST_ZERO;
	}
	return err;
}

struct error *list_heads_judge(const struct survey *survey, struct list_heads *ret)
{
	struct error *err;

	*ret = (struct list_heads){ 0 };
	err = collect(survey, ret);
	if (!err)
		err = claims_collect(survey, ret);
	return err ? err : judge_all(survey, ret);
}

void list_heads_deinit(struct list_heads *heads)
{
	free(heads->list);
	*heads = (struct list_heads){ 0 };
}
