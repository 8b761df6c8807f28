// SPDX-License-Identifier: LGPL-2.1-or-later
/* Heads, and pools, that are not in the dump: what is told of them, and what is not. */
#include <inttypes.h>

#include "testdata/machine/expect.h"

#include "analyzer/pages/huge_unread.h"

#define KERNEL(s) (&(struct machine_kernel){ .scheme = (s), .mark = MARK_TYPE_BYTE })

/* Hides the frame of the page with the head at @pfn. */
static void hide_head(struct machine *machine, pfn_t pfn)
{
	machine_hide(machine, machine_frame(machine, machine_index(pfn)) << 12, 1, MEMORY_EXCLUDED);
}

/* --- heads -------------------------------------------------------------------- */

/* Of machine_populate(): five pages of 2 MiB, two on node 1, and one of 1 GiB. */
static const struct loss {
	const char *what;
	pfn_t heads[7]; /* that are not in the dump; ends with 0 */
	uint64_t read, by_tables, unseen;
} losses[] = {
	{ "none", { 0 }, 6, 0, 0 },
	{ "optimised pages", { 0x10000, 0x10200 }, 4, 2, 0 },
	{ "pages that share nothing", { 0x18000 }, 5, 0, 1 },
	{ "one size", { 0x80000 }, 5, 1, 0 },
	{ "one node", { 0x48000, 0x48200 }, 4, 1, 1 },
	{ "all", { 0x10000, 0x10200, 0x18000, 0x48000, 0x48200, 0x80000 }, 0, 4, 2 },
};

static void expect_census(const struct loss *loss, enum machine_scheme scheme)
{
	struct machine *machine = machine_create(KERNEL(scheme));

	machine_populate(machine);
	struct analysis *whole = expect_analysis(machine);
	for (const pfn_t *head = loss->heads; *head; head++)
		hide_head(machine, *head);
	struct analysis *analysis = expect_analysis(machine);
	const struct savings *savings = &analysis->savings;
	const struct huge_census *census = &savings->census;
	if (census->read != loss->read || census->by_tables != loss->by_tables ||
	    census->unseen != loss->unseen)
		fail_msg("scheme %d, %s: %" PRIu64 " read, %" PRIu64 " by tables, %" PRIu64
			 " unseen",
			 scheme, loss->what, census->read, census->by_tables, census->unseen);
	assert_int_equal(census->counted, 6);
	assert_true(census->counts_known);
	assert_int_equal(savings->hugetlb.at_least, loss->heads[0] != 0);
	/* Page tables tell what is saved, whatever is missing. */
	assert_int_equal(savings->hugetlb.gross_bytes, whole->savings.hugetlb.gross_bytes);
	assert_int_equal(analysis->checks.errors, 0);
	assert_int_equal(analysis->checks.warnings, 0);
	analysis_destroy(whole);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void heads_that_are_not_in_the_dump_are_counted(void **state)
{
	static const enum machine_scheme schemes[] = { MACHINE_B, MACHINE_C, MACHINE_D };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		for (size_t k = 0; k < COUNT_OF(losses); k++)
			expect_census(&losses[k], schemes[i]);
}

static void what_may_be_a_huge_page_is_told_from_what_is_none(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D));
	bool could_be;

	(void)state;
	machine_populate(machine);
	hide_head(machine, 0x18000);
	struct analysis *analysis = expect_analysis(machine);
	expect_no_error(huge_could_be(&analysis->survey, 0x18123, &could_be));
	assert_true(could_be);
	expect_no_error(huge_could_be(&analysis->survey, 0x20000, &could_be));
	assert_false(could_be);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Tails that stay shared after a page was given back: a head that can be read tells. */
static void page_tables_do_not_speak_against_a_head(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D));

	(void)state;
	machine_populate(machine);
	machine_write_page(machine, 0x10201, MACHINE_PAGE_FLAGS, 0, 8);
	machine_write_page(machine, 0x10200, MACHINE_PAGE_FLAGS, machine_page_flags(0, 2, 0), 8);
	machine_write_page(machine, 0x10200, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	hide_head(machine, 0x10000);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->savings.census.by_tables, 1);
	assert_int_equal(expect_run(analysis, "vmemmap-orphan-sharing")->status, STATUS_FAIL);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- pools -------------------------------------------------------------------- */

enum { APART = 0x2000 }; /* hstates are so far apart that a page holds one of them */

static struct machine *machine_with_pools_apart(void)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D));
	struct image *image = machine_image(machine);
	unsigned char hstate[MACHINE_HSTATE_SIZE];
	enum memory_state state;

	machine_populate(machine);
	expect_no_error(memory_read(image_memory(image), machine_hstate(machine, 1), sizeof(hstate),
				    hstate, &state));
	machine_type_set(machine, TYPE_SIZE, "hstate", NULL, APART);
	machine_hide(machine, machine_hstate(machine, 0) + APART, 1, MEMORY_PRESENT);
	for (unsigned i = 0; i < sizeof(hstate); i++)
		image_write(image, machine_hstate(machine, 0) + APART + i, hstate[i], 1);
	return machine;
}

static void a_lost_page_of_hstates_loses_the_pool_on_it_alone(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 2; lost++) {
		struct machine *machine = machine_with_pools_apart();

		machine_hide(machine, machine_hstate(machine, 0) + (paddr_t)lost * APART, 1,
			     MEMORY_ABSENT);
		struct analysis *analysis = expect_analysis(machine);
		const struct inventory *inventory = &analysis->inventory;
		assert_null(inventory->mark_missing);
		assert_false(inventory->hstates_known);
		assert_int_equal(inventory->hstate_count, 2);
		assert_false(inventory->hstates[lost].order_known);
		assert_int_equal(inventory->hstates[lost].known, 0);
		assert_true(hstate_knows(&inventory->hstates[!lost], HSTATE_PAGES));
		assert_int_equal(inventory->pages.count, 6);
		assert_int_equal(analysis->savings.census.counted, lost ? 5 : 1);
		assert_false(analysis->savings.census.counts_known);
		assert_false(analysis->savings.hugetlb.at_least);
		assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_that_are_not_in_the_dump_are_counted),
		cmocka_unit_test(what_may_be_a_huge_page_is_told_from_what_is_none),
		cmocka_unit_test(page_tables_do_not_speak_against_a_head),
		cmocka_unit_test(a_lost_page_of_hstates_loses_the_pool_on_it_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
