// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages that are kept as runs of a kind come back as they were. */
#include "analyzer/pages/huge_list.h"

#include "testdata/machine/expect.h"

enum { PAGES = 3000, ORDER = 9, PART = 700 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

/* The page after @before, mostly like it; gaps, other kinds and targets now and then. */
static struct huge_page page_after(const struct huge_page *before, uint32_t *random)
{
	struct huge_page page = *before;
	uint32_t what = next_random(random) % 64;

	page.pfn += UINT64_C(1) << page.order;
	page.mapping.target += 8;
	if (what == 0)
		page.pfn += UINT64_C(5) << ORDER;
	if (what == 1)
		page.refcount = next_random(random) % 7;
	if (what == 2)
		page.optimized = !page.optimized;
	if (what == 3)
		page.mapping.target = next_random(random);
	if (what == 4)
		page.node = (uint16_t)(next_random(random) % 3);
	if (what == 5)
		page.mapping.at_target = next_random(random) % 8;
	return page;
}

static struct huge_page *pages_make(void)
{
	struct huge_page *pages = calloc(PAGES, sizeof(*pages));
	uint32_t random = 7;

	assert_non_null(pages);
	pages[0] = (struct huge_page){ .pfn = 1 << ORDER, .order = ORDER, .hstate = -1 };
	for (size_t i = 1; i < PAGES; i++)
		pages[i] = page_after(&pages[i - 1], &random);
	return pages;
}

static void expect_same(const struct huge_page *page, const struct huge_page *expected)
{
	assert_int_equal(page->pfn, expected->pfn);
	assert_int_equal(page->order, expected->order);
	assert_int_equal(page->hstate, expected->hstate);
	assert_int_equal(page->refcount, expected->refcount);
	assert_int_equal(page->optimized, expected->optimized);
	assert_int_equal(page->node, expected->node);
	assert_int_equal(page->mapping.target, expected->mapping.target);
	assert_int_equal(page->mapping.at_target, expected->mapping.at_target);
}

/* In parts that are joined, as threads leave them. */
static struct inventory inventory_of(const struct huge_page *pages)
{
	struct huge_list list = { 0 };
	struct inventory inventory = { 0 };

	for (size_t i = 0; i < PAGES;) {
		struct huge_list part = { 0 };

		for (size_t end = i + PART; i < PAGES && i < end; i++)
			expect_no_error(huge_list_add(&part, &pages[i]));
		expect_no_error(huge_list_join(&list, &part));
		huge_list_deinit(&part);
	}
	huge_list_take(&list, &inventory.pages);
	assert_int_equal(inventory.pages.count, PAGES);
	return inventory;
}

static void inventory_free(struct inventory *inventory)
{
	huge_pages_deinit(&inventory->pages);
}

static void pages_come_back_in_their_order(void **state)
{
	struct huge_page *pages = pages_make();
	struct inventory inventory = inventory_of(pages);
	struct huge_cursor cursor = { 0 };

	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		const struct huge_page *page = huge_pages_next(&inventory.pages, &cursor);

		assert_non_null(page);
		expect_same(page, &pages[i]);
	}
	assert_null(huge_pages_next(&inventory.pages, &cursor));
	assert_null(huge_pages_next(&inventory.pages, &cursor));
	assert_true(inventory.pages.run_count < PAGES / 4);
	inventory_free(&inventory);
	free(pages);
}

static void any_pfn_leads_to_its_page_and_the_next(void **state)
{
	struct huge_page *pages = pages_make();
	struct inventory inventory = inventory_of(pages);
	struct huge_page found;

	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		pfn_t pfn = pages[i].pfn, end = pfn + (1 << ORDER);
		bool gap = i + 1 == PAGES || pages[i + 1].pfn != end;
		struct huge_cursor at = huge_pages_from(&inventory.pages, pfn);
		struct huge_cursor after = huge_pages_from(&inventory.pages, pfn + 1);

		assert_true(huge_pages_find(&inventory.pages, pfn, &found));
		expect_same(&found, &pages[i]);
		assert_true(huge_pages_find(&inventory.pages, end - 1, &found));
		expect_same(&found, &pages[i]);
		if (gap)
			assert_false(huge_pages_find(&inventory.pages, end, &found));
		expect_same(huge_pages_next(&inventory.pages, &at), &pages[i]);
		if (i + 1 < PAGES)
			expect_same(huge_pages_next(&inventory.pages, &after), &pages[i + 1]);
		else
			assert_null(huge_pages_next(&inventory.pages, &after));
	}
	inventory_free(&inventory);
	free(pages);
}

static void an_empty_list_has_nothing(void **state)
{
	struct inventory inventory = { 0 };
	struct huge_cursor cursor = huge_pages_from(&inventory.pages, 5);
	struct huge_page page;

	(void)state;
	assert_null(huge_pages_next(&inventory.pages, &cursor));
	assert_false(huge_pages_find(&inventory.pages, 5, &page));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_come_back_in_their_order),
		cmocka_unit_test(any_pfn_leads_to_its_page_and_the_next),
		cmocka_unit_test(an_empty_list_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
