// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages as they are found, and how their vmemmap is mapped. */
#include "testdata/machine/expect.h"

#define KERNEL(s, m) (&(struct machine_kernel){ .scheme = (s), .mark = (m) })

/* --- what is read of a page --------------------------------------------------- */

static void inventory_reads_pages_by_every_mark(void **state)
{
	static const enum machine_mark marks[] = {
		MARK_DTOR,	    MARK_TAIL_FLAG, MARK_INVERTED_LOW,
		MARK_INVERTED_HIGH, MARK_TYPE_BYTE, MARK_TYPE_NUMBER,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_B, marks[i]));

		machine_populate(machine);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.pages.count, 6);
		assert_null(analysis->inventory.mark_missing);

		const struct huge_page *page = expect_page(analysis, 0x10000);
		assert_int_equal(page->order, 9);
		assert_int_equal(page->hstate, 0);
		assert_int_equal(page->node, 0);
		assert_int_equal(page->zone, MACHINE_ZONE_NORMAL);
		assert_int_equal(page->refcount, 0);
		assert_true(page->free && page->optimized);
		assert_false(page->hwpoison || page->temporary || page->unreliable ||
			     page->self_hosted);

		page = expect_page(analysis, 0x80000);
		assert_int_equal(page->order, 18);
		assert_int_equal(page->hstate, 1);
		assert_int_equal(page->node, 1);
		assert_true(page->free && page->optimized);

		page = expect_page(analysis, 0x18000);
		assert_int_equal(page->refcount, 1);
		assert_false(page->free || page->optimized);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void inventory_reads_flags_of_the_head(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_huge_page(machine, 0x10000, 9, HUGE_POISON);
	machine_huge_page(machine, 0x4a000, 9, HUGE_MOVABLE);
	machine_write_page(machine, 0x4a000, MACHINE_PAGE_PRIVATE,
			   1 << MACHINE_HPG_TEMPORARY | 1 << MACHINE_HPG_UNRELIABLE, 8);
	struct analysis *analysis = expect_analysis(machine);
	assert_true(expect_page(analysis, 0x10000)->hwpoison);
	const struct huge_page *page = expect_page(analysis, 0x4a000);
	assert_true(page->temporary && page->unreliable);
	assert_int_equal(page->zone, MACHINE_ZONE_MOVABLE);
	assert_int_equal(page->node, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_tells_free_by_references_where_no_flag_does(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_A, MARK_DTOR));

	(void)state;
	machine_type_remove(machine, TYPE_ENUMERATOR, "hugetlb_page_flags", "HPG_freed");
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	assert_true(expect_page(analysis, 0x10000)->free);
	assert_false(expect_page(analysis, 0x10200)->free);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static struct huge_page first_page(const struct analysis *analysis)
{
	struct huge_cursor cursor = { 0 };
	const struct huge_page *page = huge_pages_next(&analysis->inventory.pages, &cursor);

	assert_non_null(page);
	return *page;
}

/* 0 if there is none. */
static pfn_t pfn_of_page_with(const struct inventory *inventory, pfn_t pfn)
{
	struct huge_page page;

	return huge_pages_find(&inventory->pages, pfn, &page) ? page.pfn : 0;
}

static void inventory_finds_the_page_that_holds_a_pfn(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_DTOR));

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct inventory *inventory = &analysis->inventory;
	assert_int_equal(pfn_of_page_with(inventory, 0x10001), 0x10000);
	assert_int_equal(pfn_of_page_with(inventory, 0x101ff), 0x10000);
	assert_int_equal(pfn_of_page_with(inventory, 0x10200), 0x10200);
	assert_int_equal(pfn_of_page_with(inventory, 0xbffff), 0x80000);
	assert_int_equal(pfn_of_page_with(inventory, 0xffff), 0);
	assert_int_equal(pfn_of_page_with(inventory, 0x10400), 0);
	assert_int_equal(pfn_of_page_with(inventory, 0xc0000), 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- what is no huge page ----------------------------------------------------- */

static void no_head(struct machine *machine)
{
	machine_write_page(machine, 0x20000, MACHINE_PAGE_FLAGS, 0, 8);
}

static void another_type(struct machine *machine)
{
	machine_write_page(machine, 0x20000, MACHINE_PAGE_MAPCOUNT, UINT32_C(0xf5000000), 4);
}

static void order_too_low(struct machine *machine)
{
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 3, 8);
}

static void order_too_high(struct machine *machine)
{
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 255, 8);
}

static void order_not_aligned(struct machine *machine)
{
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 18, 8);
}

/* Then nothing shows the order of the page that ends there, but its first tail. */
static void tail_lost(struct machine *machine, pfn_t pfn)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_HEAD, 0, 8);
}

static void inventory_leaves_out_what_is_no_huge_page(void **state)
{
	static void (*const breaks[])(struct machine *) = { no_head, another_type, order_too_low,
							    order_too_high, order_not_aligned };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(breaks); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

		machine_huge_page(machine, 0x20000, 9, HUGE_UNCOUNTED);
		machine_huge_page(machine, 0x20200, 9, 0);
		breaks[i](machine);
		tail_lost(machine, 0x20000 + 511);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.pages.count, 1);
		assert_int_equal(first_page(analysis).pfn, 0x20200);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/*
 * With the smallest pool at 32 KiB, candidates lie inside the 2 MiB page whose own
 * head is spoilt; the vmemmap shows them copies of that head.
 */
static void inventory_is_not_deceived_by_fake_heads(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_TYPE_BYTE));

	(void)state;
	machine_hstate_order(machine, 1, 6);
	image_write(machine_image(machine), machine_hstate(machine, 1) + MACHINE_HSTATE_NR, 1, 8);
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 6, 8);
	tail_lost(machine, 0x20000 + 63);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->inventory.pages.count, 1);
	assert_int_equal(first_page(analysis).pfn, 0x20000);
	assert_int_equal(first_page(analysis).order, 6);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* arm64 has a pool of 64 KiB, which is empty as a rule: it is not looked for everywhere. */
static void inventory_does_not_look_for_small_pages_that_no_pool_has(void **state)
{
	static const struct {
		uint64_t pages, step;
	} cases[] = { { 0, 512 }, { 1, 16 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_TYPE_BYTE));
		paddr_t hstate = machine_hstate(machine, 1);

		machine_hstate_order(machine, 1, 4);
		image_write(machine_image(machine), hstate + MACHINE_HSTATE_NR, cases[i].pages, 8);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.candidates, (uint64_t)MACHINE_SECTIONS *
									 MACHINE_SECTION_PAGES /
									 cases[i].step);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* hstates overwritten with zeroes, or a symbol that leads elsewhere: no pool, rather than order 0.
 */
static void inventory_takes_no_zeroes_for_an_hstate(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_TYPE_BYTE));

	(void)state;
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned at = 0; at < MACHINE_HSTATE_SIZE; at += 8)
			image_write(machine_image(machine), machine_hstate(machine, i) + at, 0, 8);
	struct analysis *analysis = expect_analysis(machine);
	const struct inventory *inventory = &analysis->inventory;
	assert_false(inventory->hstates_known);
	assert_false(inventory->orders_known);
	assert_int_equal(inventory->hstate_count, 2);
	assert_int_equal(inventory->hstates[0].known, 0);
	assert_false(inventory->hstates[0].nodes[0].known);
	assert_int_equal(inventory->pages.count, 1);
	assert_int_equal(first_page(analysis).pfn, 0x20000);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* One that no pool counts is found where it lies at the step, and is no damage. */
static void inventory_takes_small_pages_that_it_comes_across(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_TYPE_BYTE));

	(void)state;
	machine_hstate_order(machine, 1, 4);
	machine_huge_page(machine, 0x20000, 9, HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 4, 8);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->inventory.pages.count, 1);
	assert_int_equal(first_page(analysis).order, 4);
	assert_int_equal(analysis->inventory.unsound, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

enum { ZONE_OF_DEVICES = 4 };

/* Device memory is never looked at; hot-plugged memory is. */
static void inventory_looks_at_online_sections_only(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_section_add(machine, 24, SECTION_ONLINE, UINT64_MAX);
	machine_section_add(machine, 25, SECTION_DEVICE, UINT64_MAX);
	machine_section_add(machine, 26, SECTION_ONLINE, 2); /* one sub-section */
	for (pfn_t section = 24; section < 27; section++) {
		machine_huge_page(machine, section * MACHINE_SECTION_PAGES, 9, 0);
		machine_huge_page(machine, section * MACHINE_SECTION_PAGES + 512, 9, 0);
	}
	/* What looks like heads there is of no zone that has users. */
	for (pfn_t pfn = 25 * MACHINE_SECTION_PAGES; pfn < 25 * MACHINE_SECTION_PAGES + 1024;
	     pfn += 512)
		machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS,
				   machine_page_flags(1, ZONE_OF_DEVICES, 1 << MACHINE_PG_HEAD), 8);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->inventory.pages.count, 3);
	expect_page(analysis, 24 * MACHINE_SECTION_PAGES);
	expect_page(analysis, 24 * MACHINE_SECTION_PAGES + 512);
	expect_page(analysis, 26 * MACHINE_SECTION_PAGES + 512);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- mappings ----------------------------------------------------------------- */

struct mapping_case {
	const char *name;
	enum machine_scheme scheme;
	unsigned order;
	unsigned flags;
	unsigned share_start, share_end;
	enum share_kind kind;
	unsigned at_target, frames, saved;
};

static const struct mapping_case mappings[] = {
	{ "5.14, 2 MiB", MACHINE_A, 9, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 6, 2, 6 },
	{ "5.14, 1 GiB", MACHINE_A, 18, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 4094, 2, 4094 },
	{ "5.14, not optimised", MACHINE_A, 9, 0, 0, 0, MAPPED_UNSHARED, 0, 8, 0 },
	{ "5.14, first part", MACHINE_A, 9, HUGE_FLAG, 0, 4, MAPPED_PARTIAL, 2, 6, 2 },
	{ "5.14, last part", MACHINE_A, 9, HUGE_FLAG, 5, 8, MAPPED_PARTIAL, 3, 5, 3 },
	{ "6.1, 2 MiB", MACHINE_B, 9, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 7, 1, 7 },
	{ "6.1, 1 GiB", MACHINE_B, 18, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 4095, 1, 4095 },
	{ "6.1, not optimised", MACHINE_B, 18, 0, 0, 0, MAPPED_UNSHARED, 0, 4096, 0 },
	{ "6.1, one tail", MACHINE_B, 9, HUGE_FLAG, 0, 2, MAPPED_PARTIAL, 1, 7, 1 },
	{ "6.1, all but one tail", MACHINE_B, 9, HUGE_FLAG, 0, 7, MAPPED_PARTIAL, 6, 2, 6 },
	{ "6.1, last part of 1 GiB", MACHINE_B, 18, 0, 4000, 4096, MAPPED_PARTIAL, 96, 4000, 96 },
	{ "7.2, 2 MiB", MACHINE_D, 9, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 7, 2, 7 },
	{ "7.2, 1 GiB", MACHINE_D, 18, HUGE_OPTIMIZED, 0, 0, MAPPED_FULL, 4095, 2, 4095 },
	{ "7.2, not optimised", MACHINE_D, 9, 0, 0, 0, MAPPED_UNSHARED, 0, 8, 0 },
	{ "7.2, first part", MACHINE_D, 9, HUGE_FLAG, 0, 4, MAPPED_PARTIAL, 3, 6, 3 },
	{ "7.2, in the middle", MACHINE_D, 9, HUGE_FLAG, 3, 5, MAPPED_WRONG, 2, 7, 2 },
	{ "no optimisation", MACHINE_NONE, 9, 0, 0, 0, MAPPED_UNSHARED, 0, 8, 0 },
};

static void inventory_counts_how_a_page_is_mapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(mappings); i++) {
		const struct mapping_case *c = &mappings[i];
		struct machine *machine = machine_create(
			KERNEL(c->scheme, c->scheme == MACHINE_A ? MARK_DTOR : MARK_TYPE_BYTE));

		print_message("    %s\n", c->name);
		machine_huge_page(machine, 0x80000, c->order, c->flags);
		if (c->share_end)
			machine_huge_share(machine, 0x80000, c->order, c->share_start,
					   c->share_end);
		struct analysis *analysis = expect_analysis(machine);
		const struct huge_page *page = expect_page(analysis, 0x80000);
		const struct huge_mapping *mapping = &page->mapping;
		assert_int_equal(mapping->kind, c->kind);
		assert_int_equal(mapping->pages, 1 << (c->order - 6));
		assert_int_equal(mapping->at_target, c->at_target);
		assert_int_equal(mapping->frames, c->frames);
		assert_int_equal(huge_page_saving(page), c->saved);
		assert_int_equal(mapping->missing + mapping->wrong, 0);
		assert_int_equal(mapping->shared_frames, c->scheme == MACHINE_D && c->at_target);
		assert_int_equal(mapping->target_known,
				 c->scheme != MACHINE_NONE &&
					 (c->scheme != MACHINE_D || c->at_target));
		if (mapping->at_target)
			assert_int_equal(mapping->target,
					 machine_huge_target(machine, 0x80000, c->order));
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void inventory_without_shared_frame_sees_strangers(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));
	pfn_t stray = machine_frame_new(machine);

	(void)state;
	machine_huge_page(machine, 0x48000, 9, HUGE_FLAG);
	for (unsigned i = 1; i < 8; i++)
		machine_map(machine, machine_index(0x48000) + i, stray, false);
	struct analysis *analysis = expect_analysis(machine);
	const struct huge_mapping *mapping = &expect_page(analysis, 0x48000)->mapping;
	assert_int_equal(mapping->kind, MAPPED_WRONG);
	assert_true(mapping->target_null);
	assert_int_equal(mapping->wrong, 7);
	expect_only(analysis, "hugetlb-tail-target", STATUS_FAIL, 1,
		    "its zone has no shared frame for order 9");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_counts_leaves_and_protection(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));
	uint64_t first = machine_index(0x48000);

	(void)state;
	machine_huge_page(machine, 0x18000, 9, 0);
	machine_huge_page(machine, 0x48000, 9, HUGE_OPTIMIZED);
	machine_map(machine, first, machine_frame(machine, first), false);
	machine_map(machine, first + 3, machine_frame(machine, first + 3), true);
	machine_map(machine, first + 5, machine_frame_new(machine), false);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(expect_page(analysis, 0x18000)->mapping.leaf, 8);
	const struct huge_mapping *mapping = &expect_page(analysis, 0x48000)->mapping;
	assert_int_equal(mapping->leaf, 0);
	assert_int_equal(mapping->readonly_kept, 1);
	assert_int_equal(mapping->writable_tails, 1);
	assert_int_equal(mapping->readonly_own, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- pools -------------------------------------------------------------------- */

static void inventory_reads_pools_by_node(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_DTOR));
	struct image *image = machine_image(machine);
	paddr_t hstate = machine_hstate(machine, 0);

	(void)state;
	machine_populate(machine);
	image_write(image, hstate + MACHINE_HSTATE_RESV, 2, 8);
	image_write(image, hstate + MACHINE_HSTATE_SURPLUS, 1, 8);
	image_write(image, hstate + MACHINE_HSTATE_SURPLUS_NODE + 4, 1, 4);
	struct analysis *analysis = expect_analysis(machine);
	assert_true(analysis->inventory.hstates_known);
	assert_int_equal(analysis->inventory.hstate_count, 2);
	const struct hstate *pool = &analysis->inventory.hstates[0];
	assert_string_equal(pool->name, "hugepages-2048kB");
	assert_int_equal(pool->size_bytes, 2 << 20);
	assert_int_equal(pool->pages, 5);
	assert_int_equal(pool->free, 2);
	assert_int_equal(pool->reserved, 2);
	assert_int_equal(pool->surplus, 1);
	assert_int_equal(pool->nodes[0].pages, 3);
	assert_int_equal(pool->nodes[0].free, 1);
	assert_int_equal(pool->nodes[1].pages, 2);
	assert_int_equal(pool->nodes[1].surplus, 1);
	assert_string_equal(analysis->inventory.hstates[1].name, "hugepages-1048576kB");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_reads_a_name_that_crosses_pages(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_B, MARK_DTOR));
	paddr_t page_end = (machine_hstate(machine, 0) | 0xfff) + 1;
	unsigned name = (unsigned)(page_end - 7 - machine_hstate(machine, 0));

	(void)state;
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "name", name);
	image_write_text(machine_image(machine), page_end - 7, "hugepages-2048kB");
	struct analysis *analysis = expect_analysis(machine);
	assert_string_equal(analysis->inventory.hstates[0].name, "hugepages-2048kB");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* memmap_on_memory: the block's first frames hold its own struct pages. */
static void inventory_recognises_a_self_hosted_memmap(void **state)
{
	enum { PFN = 24 * MACHINE_SECTION_PAGES };
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_hide(machine, (paddr_t)PFN << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	machine_section_add(machine, 24, SECTION_ONLINE | SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < 512; i++)
		machine_map(machine, machine_index(PFN) + i, PFN + i, true);
	for (unsigned i = 0; i < 512; i++)
		machine_write_page(machine, PFN + i, MACHINE_PAGE_FLAGS,
				   machine_page_flags(1, 2, 1 << MACHINE_PG_SELF_HOSTED), 8);
	machine_huge_page(machine, PFN + 0x400, 9, 0);
	machine_huge_page(machine, 0x48000, 9, 0);

	struct analysis *analysis = expect_analysis(machine);
	assert_true(expect_page(analysis, PFN + 0x400)->self_hosted);
	assert_false(expect_page(analysis, 0x48000)->self_hosted);
	assert_int_equal(analysis->savings.pools[0].blocked[BLOCKER_SELF_HOSTED], 1);
	assert_int_equal(analysis->savings.pools[0].blocked[BLOCKER_WAS_OFF], 1);
	assert_int_equal(analysis->savings.hugetlb.could_save_bytes, 7 * 4096);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_of_pages_smaller_than_a_vmemmap_page(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_hstate_order(machine, 1, 4);
	machine_huge_page(machine, 0x20000, 9, HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS, 4, 8);
	tail_lost(machine, 0x20000 + 511);
	struct analysis *analysis = expect_analysis(machine);
	const struct huge_page *page = expect_page(analysis, 0x20000);
	assert_int_equal(page->order, 4);
	assert_int_equal(page->mapping.pages, 1);
	assert_int_equal(page->mapping.kind, MAPPED_UNSHARED);
	assert_int_equal(analysis->savings.pools[0].blocked[BLOCKER_TOO_SMALL], 1);
	assert_int_equal(analysis->savings.hugetlb.could_save_bytes, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_of_a_kernel_without_hugetlb_is_empty(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_NONE, MARK_TYPE_BYTE));

	(void)state;
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "hstates");
	machine_type_remove(machine, TYPE_SIZE, "hstate", NULL);
	struct analysis *analysis = expect_analysis(machine);
	assert_null(analysis->inventory.mark_missing);
	assert_int_equal(analysis->inventory.pages.count, 0);
	for (size_t i = 0; i < analysis->checks.run_count; i++)
		assert_int_not_equal(analysis->checks.runs[i].status, STATUS_NOT_CHECKED);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void inventory_names_what_the_types_lack(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "hstate", "order");
	struct analysis *analysis = expect_analysis(machine);
	assert_string_equal(analysis->inventory.mark_missing,
			    "the types lack the offset of struct hstate.order");
	assert_int_equal(analysis->checks.errors, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inventory_reads_pages_by_every_mark),
		cmocka_unit_test(inventory_reads_flags_of_the_head),
		cmocka_unit_test(inventory_tells_free_by_references_where_no_flag_does),
		cmocka_unit_test(inventory_finds_the_page_that_holds_a_pfn),
		cmocka_unit_test(inventory_leaves_out_what_is_no_huge_page),
		cmocka_unit_test(inventory_is_not_deceived_by_fake_heads),
		cmocka_unit_test(inventory_does_not_look_for_small_pages_that_no_pool_has),
		cmocka_unit_test(inventory_takes_no_zeroes_for_an_hstate),
		cmocka_unit_test(inventory_takes_small_pages_that_it_comes_across),
		cmocka_unit_test(inventory_looks_at_online_sections_only),
		cmocka_unit_test(inventory_counts_how_a_page_is_mapped),
		cmocka_unit_test(inventory_without_shared_frame_sees_strangers),
		cmocka_unit_test(inventory_counts_leaves_and_protection),
		cmocka_unit_test(inventory_reads_pools_by_node),
		cmocka_unit_test(inventory_reads_a_name_that_crosses_pages),
		cmocka_unit_test(inventory_recognises_a_self_hosted_memmap),
		cmocka_unit_test(inventory_of_pages_smaller_than_a_vmemmap_page),
		cmocka_unit_test(inventory_of_a_kernel_without_hugetlb_is_empty),
		cmocka_unit_test(inventory_names_what_the_types_lack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
