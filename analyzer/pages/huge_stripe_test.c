// SPDX-License-Identifier: LGPL-2.1-or-later
/* A quick look: huge pages by page tables alone, and by heads where these say something else. */
#include "testdata/machine/expect.h"

#include <elf.h>

enum { FIRST = 0x10000, ORDER = 9, SIZE = 1 << ORDER, PAGES = 16 };

static struct machine *machine_new(enum machine_scheme scheme)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = scheme, .mark = MARK_TYPE_BYTE });

	for (unsigned i = 0; i < PAGES; i++)
		machine_huge_page(machine, FIRST + i * SIZE, ORDER,
				  HUGE_OPTIMIZED | (i % 2 ? HUGE_FREE : 0));
	return machine;
}

static struct analysis *look(struct machine *machine, bool quick)
{
	struct analysis *analysis = NULL;

	expect_no_error(analysis_run(
		image_memory(machine_image(machine)), EM_X86_64, false, machine_vmcoreinfo(machine),
		machine_types(machine),
		&(struct analysis_options){ .depth = ANALYSIS_FULL, .quick = quick }, &analysis));
	expect_no_error(machine_show(machine, analysis));
	return analysis;
}

/* What a quick look tells of pages it tells as a whole one does, but for what heads say. */
static void check_alike(const struct analysis *quick, const struct analysis *whole)
{
	struct huge_cursor cursor = { 0 }, whole_cursor = { 0 };
	const struct huge_page *page, *other;

	assert_int_equal(quick->inventory.pages.count, whole->inventory.pages.count);
	while ((page = huge_pages_next(&quick->inventory.pages, &cursor))) {
		other = huge_pages_next(&whole->inventory.pages, &whole_cursor);
		assert_int_equal(page->pfn, other->pfn);
		assert_int_equal(page->order, other->order);
		assert_int_equal(page->node, other->node);
		assert_int_equal(page->zone, other->zone);
		assert_int_equal(page->hstate, other->hstate);
		assert_int_equal(page->optimized, other->optimized);
		assert_memory_equal(&page->mapping, &other->mapping, sizeof(page->mapping));
	}
	assert_int_equal(quick->savings.hugetlb.gross_bytes, whole->savings.hugetlb.gross_bytes);
	assert_int_equal(quick->savings.hugetlb.net_bytes, whole->savings.hugetlb.net_bytes);
}

static void quick_reads_no_head_where_tables_tell_all(void **state)
{
	static const enum machine_scheme schemes[] = { MACHINE_B, MACHINE_C, MACHINE_D };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct machine *machine = machine_new(schemes[i]);
		struct analysis *quick = look(machine, true), *whole = look(machine, false);

		check_alike(quick, whole);
		assert_int_equal(quick->inventory.candidates, 0);
		assert_int_equal(quick->savings.pools[0].assumed, PAGES);
		assert_int_equal(whole->savings.pools[0].assumed, 0);
		expect_status(quick, "hugetlb-tail-target", STATUS_PASS, 0);
		expect_status(quick, "hugetlb-flag-agrees", STATUS_NOT_CHECKED, 0);
		analysis_destroy(quick);
		analysis_destroy(whole);
		machine_destroy(machine);
	}
}

/* Two frames kept, and the second one mapped in two ways: no stripe, so heads are read. */
static void quick_reads_heads_of_the_oldest_scheme(void **state)
{
	struct machine *machine = machine_new(MACHINE_A);
	struct analysis *quick = look(machine, true), *whole = look(machine, false);

	(void)state;
	check_alike(quick, whole);
	assert_int_equal(quick->inventory.candidates, PAGES);
	analysis_destroy(quick);
	analysis_destroy(whole);
	machine_destroy(machine);
}

/* Nobody looked whether these pages are huge pages at all. */
static void quick_does_not_vouch_for_pages_it_did_not_look_at(void **state)
{
	struct machine *machine = machine_new(MACHINE_D);
	struct analysis *quick = look(machine, true);
	const struct check_run *run = expect_run(quick, "vmemmap-orphan-sharing");

	(void)state;
	assert_int_equal(run->not_checked, 7 * PAGES);
	assert_non_null(run->reason);
	analysis_destroy(quick);
	machine_destroy(machine);
}

/* One entry of one page in the middle: it is found, as by a whole look. */
static void quick_finds_what_is_wrong_in_page_tables(void **state)
{
	static const struct {
		const char *check;
		unsigned page; /* the vmemmap page of the huge page */
		bool to_target, writable;
		unsigned heads_read;
	} faults[] = {
		{ "hugetlb-tail-readonly", 3, true, true, 1 },
		{ "hugetlb-tail-target", 3, false, false, 1 },
		{ "hugetlb-head-writable", 0, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		struct machine *machine = machine_new(MACHINE_D);
		pfn_t pfn = FIRST + 5 * SIZE;
		uint64_t index = machine_index(pfn) + faults[i].page;

		machine_map(machine, index, machine_frame(machine, index), false);
		if (!faults[i].to_target && faults[i].page)
			machine_map(machine, index, machine_frame_new(machine), false);
		if (faults[i].writable)
			machine_map(machine, index, machine_frame(machine, index), true);
		struct analysis *quick = look(machine, true);
		expect_status(quick, faults[i].check, STATUS_FAIL, 1);
		assert_int_equal(expect_run(quick, faults[i].check)->findings[0].pfn, pfn);
		assert_int_equal(quick->inventory.pages.count, PAGES);
		assert_int_equal(quick->inventory.candidates, faults[i].heads_read);
		analysis_destroy(quick);
		machine_destroy(machine);
	}
}

/* All pages in the same wrong way is as wrong. */
static void quick_finds_what_is_wrong_in_every_page(void **state)
{
	struct machine *machine = machine_new(MACHINE_D);

	(void)state;
	for (unsigned i = 0; i < PAGES; i++)
		for (unsigned k = 1; k < 8; k++) {
			uint64_t index = machine_index(FIRST + i * SIZE) + k;

			machine_map(machine, index, machine_frame(machine, index), true);
		}
	struct analysis *quick = look(machine, true);
	expect_pages_wrong(quick, "hugetlb-tail-readonly", PAGES);
	analysis_destroy(quick);
	machine_destroy(machine);
}

/* A frame that is no zone's, or of another order's pages, tells nothing: heads do. */
static void quick_reads_heads_where_the_frame_is_not_the_zones(void **state)
{
	struct machine *machine = machine_new(MACHINE_D);
	pfn_t stray = machine_frame_new(machine);

	(void)state;
	for (unsigned i = 0; i < PAGES; i++)
		for (unsigned k = 1; k < 8; k++)
			machine_map(machine, machine_index(FIRST + i * SIZE) + k, stray, false);
	struct analysis *quick = look(machine, true);
	assert_int_equal(quick->inventory.candidates, PAGES);
	assert_int_equal(quick->savings.pools[0].assumed, 0);
	expect_pages_wrong(quick, "hugetlb-tail-target", PAGES);
	analysis_destroy(quick);
	machine_destroy(machine);
}

/* All tails in the frame of the other node's zone: whole, consistent, and wrong. */
static void quick_finds_tails_in_the_frame_of_another_zone(void **state)
{
	struct machine *machine = machine_new(MACHINE_D);
	pfn_t other = machine_zone_tail(machine, 1, MACHINE_ZONE_NORMAL, ORDER);

	(void)state;
	for (unsigned i = 0; i < PAGES; i++)
		for (unsigned k = 1; k < 8; k++)
			machine_map(machine, machine_index(FIRST + i * SIZE) + k, other, false);
	struct analysis *quick = look(machine, true);
	expect_pages_wrong(quick, "hugetlb-tail-target", PAGES);
	assert_int_equal(quick->savings.pools[0].assumed, 0);
	analysis_destroy(quick);
	machine_destroy(machine);
}

/* Two heads in one frame: none of that row can be taken as it looks. */
static void quick_reads_heads_where_one_has_two_pages(void **state)
{
	struct machine *machine = machine_new(MACHINE_D);

	(void)state;
	machine_map(machine, machine_index(FIRST + 2 * SIZE),
		    machine_frame(machine, machine_index(FIRST + 7 * SIZE)), true);
	struct analysis *quick = look(machine, true);
	expect_status(quick, "hugetlb-head-private", STATUS_FAIL, 2);
	analysis_destroy(quick);
	machine_destroy(machine);
}

/* Memory that was plugged in may hold its own memmap, which only struct pages tell. */
static void quick_reads_heads_of_memory_that_was_plugged_in(void **state)
{
	enum { SECTION = 40 };
	struct machine *machine = machine_new(MACHINE_D);

	(void)state;
	machine_section_add(machine, SECTION, SECTION_ONLINE, UINT64_MAX);
	machine_huge_page(machine, SECTION * MACHINE_SECTION_PAGES, ORDER, HUGE_OPTIMIZED);
	machine_huge_page(machine, SECTION * MACHINE_SECTION_PAGES + SIZE, ORDER, HUGE_OPTIMIZED);
	struct analysis *quick = look(machine, true), *whole = look(machine, false);
	check_alike(quick, whole);
	assert_int_equal(quick->inventory.candidates, 2);
	analysis_destroy(quick);
	analysis_destroy(whole);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_reads_no_head_where_tables_tell_all),
		cmocka_unit_test(quick_reads_heads_of_the_oldest_scheme),
		cmocka_unit_test(quick_does_not_vouch_for_pages_it_did_not_look_at),
		cmocka_unit_test(quick_finds_what_is_wrong_in_page_tables),
		cmocka_unit_test(quick_finds_what_is_wrong_in_every_page),
		cmocka_unit_test(quick_reads_heads_where_the_frame_is_not_the_zones),
		cmocka_unit_test(quick_finds_tails_in_the_frame_of_another_zone),
		cmocka_unit_test(quick_reads_heads_where_one_has_two_pages),
		cmocka_unit_test(quick_reads_heads_of_memory_that_was_plugged_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
