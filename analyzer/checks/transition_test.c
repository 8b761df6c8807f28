// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Moments of a page that is being optimised or given back: notes, and counted as in
 * transition, while no pool counts the page. The same picture of a page that is counted is
 * at rest, and a finding. All begin with machine_populate().
 */
#include "testdata/machine/expect.h"

enum { PFN = 0x20000 };

struct moment {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine); /* at rest: counted */
	pfn_t pfn;
	unsigned order;
	const char *note; /* part of that of hugetlb-savings-agree, in transition */
	/* At rest. */
	const char *check;
	enum check_status status;
	const char *part;
};

// clang-format off
#define KERNEL_A   { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true }
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_66  { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG }
#define KERNEL_69  { .scheme = MACHINE_B, .mark = MARK_INVERTED_LOW }
#define KERNEL_611 { .scheme = MACHINE_B, .mark = MARK_INVERTED_HIGH }
#define KERNEL_C   { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
// clang-format on

/* --- pictures ------------------------------------------------------------------ */

static void flag_and_no_sharing(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, HUGE_FLAG);
}

static void first_tails_shared(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, HUGE_FLAG);
	machine_huge_share(machine, PFN, 9, 0, 4);
}

static void last_tails_shared(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, HUGE_FLAG);
	machine_huge_share(machine, PFN, 9, 4, 8);
}

static void gigantic_page_half_shared(struct machine *machine)
{
	machine_huge_restore(machine, 0x80000, 18, 1, 2000);
}

/* The last page tables could not be split: what was shared is being undone. */
static void gigantic_page_rolled_back(struct machine *machine)
{
	machine_huge_restore(machine, 0x80000, 18, 1, 100);
	machine_huge_restore(machine, 0x80000, 18, 1024, 4096);
}

static void shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, HUGE_REMAP);
}

static void free_and_shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, HUGE_REMAP | HUGE_FREE);
}

static void partly_shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, 0);
	machine_huge_share(machine, PFN, 9, 0, 5);
}

// clang-format off
#define FLAG_ALONE(status) "hugetlb-flag-agrees", status, "none of its 8 vmemmap pages is shared"
#define HALF(part) "hugetlb-tail-target", STATUS_FAIL, part
#define FLAG_LACKS(part) "hugetlb-flag-agrees", STATUS_FAIL, part
#define FLAG_LAST "1 page is in transition (kernels that mark huge pages like this one set the " \
		  "flag first; this one may set it last)"

static const struct moment moments[] = {
	{ "flag set, nothing remapped, 5.14", KERNEL_A, flag_and_no_sharing, PFN, 9,
	  "12 vmemmap pages saved, the flags promise 18; 1 page is in transition",
	  FLAG_ALONE(STATUS_FAIL) },
	{ "flag set, nothing remapped, 6.1", KERNEL_B1, flag_and_no_sharing, PFN, 9,
	  "the flags promise 21; 1 page is in transition", FLAG_ALONE(STATUS_FAIL) },
	{ "flag set, nothing remapped, 6.9", KERNEL_69, flag_and_no_sharing, PFN, 9,
	  "14 vmemmap pages saved, the flags promise 21", FLAG_ALONE(STATUS_FAIL) },
	{ "flag set, nothing remapped, 6.15", KERNEL_C, flag_and_no_sharing, PFN, 9,
	  "the flags promise 21", FLAG_ALONE(STATUS_FAIL) },
	{ "flag set, nothing remapped, 7.2", KERNEL_D, flag_and_no_sharing, PFN, 9,
	  "the flags promise 21", FLAG_ALONE(STATUS_WARN) },

	{ "flag set, first tails remapped, 5.14", KERNEL_A, first_tails_shared, PFN, 9,
	  "14 vmemmap pages saved, the flags promise 18", HALF("pages 4 to 7 of the 2 MiB") },
	{ "flag set, first tails remapped, 6.15", KERNEL_C, first_tails_shared, PFN, 9,
	  "17 vmemmap pages saved, the flags promise 21", HALF("pages 4 to 7 of the 2 MiB") },
	{ "flag set, first tails remapped, 7.2", KERNEL_D, first_tails_shared, PFN, 9,
	  "17 vmemmap pages saved, the flags promise 21", HALF("its pool counts it") },
	{ "flag set, last tails remapped, 5.14", KERNEL_A, last_tails_shared, PFN, 9,
	  "16 vmemmap pages saved", HALF("pages 2 to 3 of the 2 MiB") },
	{ "flag set, last tails remapped, 6.11", KERNEL_611, last_tails_shared, PFN, 9,
	  "18 vmemmap pages saved", HALF("pages 1 to 3 of the 2 MiB") },
	{ "flag set, last tails remapped, 7.2", KERNEL_D, last_tails_shared, PFN, 9,
	  "18 vmemmap pages saved", HALF("pages 1 to 3 of the 2 MiB") },
	{ "1 GiB half restored, 6.1", KERNEL_B1, gigantic_page_half_shared, 0x80000, 18,
	  "1 GiB pages on node 1: the page tables show 2096 vmemmap pages saved",
	  HALF("pages 1 to 1999 of the 1 GiB page 0x80000") },
	{ "1 GiB half restored, 7.2", KERNEL_D, gigantic_page_half_shared, 0x80000, 18,
	  "1 GiB pages on node 1: the page tables show 2096 vmemmap pages saved",
	  HALF("pages 1 to 1999 of the 1 GiB page 0x80000") },

	{ "1 GiB rolled back, 6.15", KERNEL_C, gigantic_page_rolled_back, 0x80000, 18,
	  "the page tables show 924 vmemmap pages saved",
	  HALF("pages 1 to 99 of the 1 GiB page 0x80000") },

	{ "shared before the flag, 5.14", KERNEL_A, shared_without_flag, PFN, 9,
	  "18 vmemmap pages saved, the flags promise 12", FLAG_LACKS("6 of its 8") },
	{ "shared before the flag, 6.1", KERNEL_B1, shared_without_flag, PFN, 9,
	  "21 vmemmap pages saved, the flags promise 14", FLAG_LACKS("its pool counts it") },
	{ "shared before the flag, free, 6.1", KERNEL_B1, free_and_shared_without_flag, PFN, 9,
	  "21 vmemmap pages saved, the flags promise 14", FLAG_LACKS("7 of its 8") },
	{ "shared in part before the flag, 6.1", KERNEL_B1, partly_shared_without_flag, PFN, 9,
	  "18 vmemmap pages saved", FLAG_LACKS("4 of its 8") },
	{ "shared before or after the flag, 6.6", KERNEL_66, shared_without_flag, PFN, 9,
	  "21 vmemmap pages saved", FLAG_LACKS("its pool counts it") },
	{ "shared before or after the flag, inverted bit", KERNEL_69, shared_without_flag, PFN, 9,
	  "21 vmemmap pages saved", FLAG_LACKS("its pool counts it") },
	{ "shared in part, before or after the flag, inverted bit", KERNEL_611,
	  partly_shared_without_flag, PFN, 9, "18 vmemmap pages saved", FLAG_LACKS("4 of its 8") },
	{ "shared before the flag, 6.15", KERNEL_C, shared_without_flag, PFN, 9, FLAG_LAST,
	  FLAG_LACKS("it is not just being changed: its pool counts it") },
	{ "shared before the flag, 7.2", KERNEL_D, shared_without_flag, PFN, 9, FLAG_LAST,
	  FLAG_LACKS("it is not just being changed: its pool counts it") },
	{ "shared before the flag, free, 7.2", KERNEL_D, free_and_shared_without_flag, PFN, 9,
	  FLAG_LAST, FLAG_LACKS("its pool counts it") },
	{ "shared in part before the flag, 6.15", KERNEL_C, partly_shared_without_flag, PFN, 9,
	  FLAG_LAST, FLAG_LACKS("4 of its 8") },
	{ "shared in part before the flag, 7.2", KERNEL_D, partly_shared_without_flag, PFN, 9,
	  FLAG_LAST, FLAG_LACKS("4 of its 8") },
};
// clang-format on

/* --- in transition, and at rest ------------------------------------------------- */

static struct machine *arranged(const struct moment *moment)
{
	struct machine *machine = machine_create(&moment->kernel);

	machine_populate(machine);
	moment->arrange(machine);
	return machine;
}

static uint64_t pages_in_transition(const struct analysis *analysis)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < analysis->savings.pool_count; i++)
		pages += analysis->savings.pools[i].in_transition;
	return pages;
}

static void in_transition(void **state)
{
	const struct moment *moment = *state;
	struct machine *machine = arranged(moment);

	machine_huge_uncount(machine, moment->pfn, moment->order);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "hugetlb-savings-agree");
	assert_int_equal(analysis->checks.errors, 0);
	assert_int_equal(analysis->checks.warnings, 0);
	assert_int_equal(pages_in_transition(analysis), 1);
	assert_int_equal(run->violations, 1);
	if (!strstr(run->findings[0].message, moment->note))
		fail_msg("'%s' lacks '%s'", run->findings[0].message, moment->note);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void at_rest(void **state)
{
	const struct moment *moment = *state;
	struct machine *machine = arranged(moment);
	struct analysis *analysis = expect_analysis(machine);

	expect_only(analysis, moment->check, moment->status, 1, moment->part);
	assert_int_equal(pages_in_transition(analysis), 0);
	assert_int_equal(expect_run(analysis, moment->check)->findings[0].pfn, moment->pfn);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- second witnesses ------------------------------------------------------------- */

static void link_to(struct machine *machine, pfn_t pfn, vaddr_t next, vaddr_t previous)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_LRU, next, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_LRU + 8, previous, 8);
}

static vaddr_t lru_of(pfn_t pfn)
{
	return MACHINE_VMEMMAP + pfn * 64 + MACHINE_PAGE_LRU;
}

static const vaddr_t POISON = UINT64_C(0xdead000000000100);

/* Two pages differ, of which the pool leaves out one: its lists tell which. */
static void a_list_of_the_pool_tells_which_page_is_at_rest(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_B1);
	vaddr_t list = machine_hstates_address(machine) + 200;

	(void)state;
	machine_populate(machine);
	machine_huge_page(machine, PFN, 9, HUGE_REMAP);
	machine_huge_page(machine, PFN + 512, 9, HUGE_OPTIMIZED);
	machine_huge_page(machine, PFN + 1024, 9, HUGE_REMAP | HUGE_UNCOUNTED);
	link_to(machine, PFN, lru_of(PFN + 512), list);
	link_to(machine, PFN + 512, list, lru_of(PFN));
	link_to(machine, PFN + 1024, POISON, POISON + 0x22);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_FAIL, 1);
	const struct finding *finding = &expect_run(analysis, "hugetlb-flag-agrees")->findings[0];
	assert_int_equal(finding->pfn, PFN);
	assert_non_null(strstr(finding->message, "a list of its pool links it"));
	assert_int_equal(pages_in_transition(analysis), 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Any task may make a page of 2 MiB now. */
static void allow_surplus(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_OVERCOMMIT,
		    100, 8);
}

/* A list that goes round and round, and one that does not lead back, tell nothing. */
static void broken_lists_end(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_B1);

	(void)state;
	machine_populate(machine);
	allow_surplus(machine);
	for (unsigned i = 0; i < 3; i++)
		machine_huge_page(machine, PFN + 512 * i, 9, HUGE_REMAP | HUGE_UNCOUNTED);
	link_to(machine, PFN, lru_of(PFN + 512), lru_of(PFN + 1024));
	link_to(machine, PFN + 512, lru_of(PFN + 1024), lru_of(PFN));
	link_to(machine, PFN + 1024, lru_of(PFN + 512), lru_of(PFN + 512));
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_PASS, 0);
	assert_int_equal(pages_in_transition(analysis), 3);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* More pages differ than the pool leaves out: which of them does not matter. */
static void more_pages_than_the_pool_leaves_out(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_B1);

	(void)state;
	machine_populate(machine);
	machine_huge_page(machine, PFN, 9, HUGE_REMAP);
	machine_huge_page(machine, PFN + 512, 9, HUGE_REMAP | HUGE_UNCOUNTED);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_FAIL, 2);
	assert_int_equal(pages_in_transition(analysis), 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- how many at a time ---------------------------------------------------------- */

static void half_shared(struct machine *machine, pfn_t pfn)
{
	machine_huge_page(machine, pfn, 9, HUGE_FLAG | HUGE_UNCOUNTED);
	machine_huge_share(machine, pfn, 9, 4, 8);
}

static void shared_and_no_flag(struct machine *machine, pfn_t pfn)
{
	machine_huge_page(machine, pfn, 9, HUGE_REMAP | HUGE_UNCOUNTED);
}

static void flag_and_nothing_shared(struct machine *machine, pfn_t pfn)
{
	machine_huge_page(machine, pfn, 9, HUGE_FLAG | HUGE_UNCOUNTED);
}

static void nothing_special(struct machine *machine)
{
	(void)machine;
}

static void with_surplus(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_SURPLUS, 1,
		    8);
	image_write(machine_image(machine),
		    machine_hstate(machine, 0) + MACHINE_HSTATE_SURPLUS_NODE, 1, 4);
}

/* All that is free is reserved: who migrates a page makes another one. */
static void with_nothing_free(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_RESV, 2, 8);
}

/* One who resizes the pool and the worker; tasks, where a pool lets them make pages. */
static const struct limit {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	void (*page)(struct machine *machine, pfn_t pfn);
	unsigned limit;
} limits[] = {
	{ "half shared, 5.14", KERNEL_A, nothing_special, half_shared, 2 },
	{ "half shared, 6.1", KERNEL_B1, nothing_special, half_shared, 2 },
	{ "half shared, 6.15", KERNEL_C, nothing_special, half_shared, 2 },
	{ "half shared, 7.2", KERNEL_D, nothing_special, half_shared, 2 },
	{ "no flag yet, 5.14", KERNEL_A, nothing_special, shared_and_no_flag, 2 },
	{ "no flag yet, 6.1", KERNEL_B1, nothing_special, shared_and_no_flag, 2 },
	{ "no flag, 6.15", KERNEL_C, nothing_special, shared_and_no_flag, 2 },
	{ "nothing shared yet, 6.9", KERNEL_69, nothing_special, flag_and_nothing_shared, 2 },
	{ "nothing shared yet, 7.2", KERNEL_D, nothing_special, flag_and_nothing_shared, 2 },
	{ "surplus pages allowed, 6.1", KERNEL_B1, allow_surplus, half_shared, 18 },
	{ "surplus pages allowed, 7.2", KERNEL_D, allow_surplus, half_shared, 18 },
	{ "surplus pages, 7.2", KERNEL_D, with_surplus, half_shared, 18 },
	{ "no free page, 6.15", KERNEL_C, with_nothing_free, half_shared, 18 },
};

static void more_pages_half_way_than_change_at_a_time(void **state)
{
	const struct limit *limit = *state;

	for (unsigned count = limit->limit; count <= limit->limit + 1; count++) {
		struct machine *machine = machine_create(&limit->kernel);

		machine_populate(machine);
		limit->arrange(machine);
		for (unsigned i = 0; i < count; i++)
			limit->page(machine, PFN + 512 * i);
		struct analysis *analysis = expect_analysis(machine);
		bool few = count == limit->limit;
		assert_int_equal(pages_in_transition(analysis), few ? count : 0);
		assert_int_equal(
			expect_run(analysis, "hugetlb-flag-agrees")->violations +
					expect_run(analysis, "hugetlb-tail-target")->violations >
				0,
			!few);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* A machine with as many pages that share and lack the flag as the pool does not count. */
static struct analysis *with_flagless(struct machine **machine_ret, unsigned count,
				      uint32_t references)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	machine_populate(machine);
	for (unsigned i = 0; i < count; i++) {
		machine_huge_page(machine, PFN + 512 * i, 9, HUGE_REMAP | HUGE_UNCOUNTED);
		machine_write_page(machine, PFN + 512 * i, MACHINE_PAGE_REFCOUNT, references, 4);
	}
	*machine_ret = machine;
	return expect_analysis(machine);
}

/* Where the mark says that the flag comes first, more are pages that lost it. */
static void more_pages_without_flag_than_change_at_a_time(void **state)
{
	static const unsigned counts[] = { 2, 3 };

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(counts); i++) {
		bool few = counts[i] == 2;
		struct machine *machine;
		struct analysis *analysis = with_flagless(&machine, counts[i], 1);

		expect_status(analysis, "hugetlb-flag-agrees", few ? STATUS_PASS : STATUS_FAIL,
			      few ? 0 : counts[i]);
		assert_int_equal(pages_in_transition(analysis), few ? counts[i] : 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Who changes a page has its only reference. */
static void a_page_with_more_references_is_at_rest(void **state)
{
	struct machine *machine;
	struct analysis *analysis = with_flagless(&machine, 1, 3);

	(void)state;
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_FAIL, 1);
	assert_non_null(strstr(expect_run(analysis, "hugetlb-flag-agrees")->findings[0].message,
			       "it is in use"));
	assert_int_equal(pages_in_transition(analysis), 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* A head is not in the dump: the counters say nothing, and no list does. */
static void what_no_witness_tells_is_not_checked(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_B1);

	(void)state;
	machine_populate(machine);
	machine_huge_page(machine, PFN, 9, HUGE_REMAP);
	machine_hide(machine, machine_frame(machine, machine_index(0x10000)) << 12, 1,
		     MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "hugetlb-flag-agrees");
	assert_int_equal(run->violations, 0);
	assert_true(run->not_checked > 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- pages that are not marked ------------------------------------------------------ */

/* A page on a private list: not marked, not counted, one reference. */
static void private_page(struct machine *machine, pfn_t pfn, unsigned order, unsigned flags)
{
	machine_huge_page(machine, pfn, order, flags | HUGE_UNCOUNTED);
	machine_huge_unmark(machine, pfn, order);
	link_to(machine, pfn, POISON, POISON + 0x22);
}

static void made_and_half_shared(struct machine *machine)
{
	private_page(machine, PFN, 9, 0);
	machine_huge_share(machine, PFN, 9, 0, 5);
}

static void made_and_shared(struct machine *machine)
{
	private_page(machine, PFN, 9, HUGE_REMAP);
}

static void made_and_flagged(struct machine *machine)
{
	private_page(machine, PFN, 9, HUGE_OPTIMIZED);
	machine_write_page(machine, PFN, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static unsigned pages_kept(const struct machine *machine)
{
	return machine_kernel(machine)->scheme == MACHINE_A ? 2 : 1;
}

/* The first tails have frames of their own again. */
static void restore_first(struct machine *machine, pfn_t pfn)
{
	machine_huge_restore(machine, pfn, 9, pages_kept(machine), 4);
}

static void given_back_in_a_batch(struct machine *machine)
{
	for (unsigned i = 0; i < 6; i++)
		private_page(machine, PFN + 512 * i, 9, HUGE_OPTIMIZED);
	restore_first(machine, PFN);
}

/* Their mappings are a list, of which a worker takes one after the other. */
static void given_back_to_the_worker(struct machine *machine)
{
	given_back_in_a_batch(machine);
	for (unsigned i = 0; i < 5; i++)
		machine_write_page(
			machine, PFN + 512 * i, MACHINE_PAGE_MAPPING,
			MACHINE_VMEMMAP + (PFN + 512 * (i + 1)) * 64 + MACHINE_PAGE_MAPPING, 8);
}

static void gigantic_page_given_back(struct machine *machine)
{
	machine_huge_uncount(machine, 0x80000, 18);
	machine_huge_unmark(machine, 0x80000, 18);
	machine_write_page(machine, 0x80000, MACHINE_PAGE_REFCOUNT, 1, 4);
	machine_huge_restore(machine, 0x80000, 18, pages_kept(machine), 1000);
}

/* A byte of what was in the second struct page before is where the destructor will be. */
static void gigantic_page_made(struct machine *machine)
{
	gigantic_page_given_back(machine);
	machine_write_page(machine, 0x80001, MACHINE_PAGE_DTOR, 0x22, 1);
	machine_write_page(machine, 0x80000, MACHINE_PAGE_PRIVATE, 0, 8);
}

static void poisoned_and_left_behind(struct machine *machine)
{
	for (unsigned i = 0; i < 4; i++) {
		private_page(machine, PFN + 512 * i, 9, HUGE_REMAP);
		machine_write_page(machine, PFN + 512 * i, MACHINE_PAGE_PRIVATE,
				   1 << MACHINE_HPG_UNRELIABLE | 1 << MACHINE_HPG_OPTIMIZED, 8);
	}
}

/* Of broken ones: @part of the first finding, and how many there are. */
static void mark_overwritten(struct machine *machine)
{
	machine_huge_unmark(machine, 0x10200, 9);
}

static void mark_overwritten_of_linked(struct machine *machine)
{
	vaddr_t list = machine_hstates_address(machine) + 200;

	made_and_flagged(machine);
	link_to(machine, PFN, list, list);
}

static void batch_is_counted(struct machine *machine)
{
	given_back_in_a_batch(machine);
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_NR, 11, 8);
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_NR_NODE, 9,
		    4);
}

static void all_half_way(struct machine *machine)
{
	for (unsigned i = 0; i < 6; i++) {
		private_page(machine, PFN + 512 * i, 9, HUGE_OPTIMIZED);
		restore_first(machine, PFN + 512 * i);
	}
}

static void head_zeroed(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		machine_write_page(machine, 0x10200, i, 0, 8);
}

static void gigantic_head_zeroed(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		machine_write_page(machine, 0x80000, i, 0, 8);
}

/* Freed without a restore: someone else has it by now. */
static void used_by_somebody(struct machine *machine)
{
	private_page(machine, PFN, 9, HUGE_OPTIMIZED);
	machine_write_page(machine, PFN, MACHINE_PAGE_REFCOUNT, 3, 4);
}

static void used_by_a_file(struct machine *machine)
{
	private_page(machine, PFN, 9, HUGE_OPTIMIZED);
	machine_write_page(machine, PFN, MACHINE_PAGE_MAPPING, MACHINE_DIRECT_MAP + 0x1000, 8);
}

/* Freed without a restore, or given to others: PG_head is still there. */
static void freed(struct machine *machine)
{
	made_and_flagged(machine);
	machine_buddy(machine, PFN, 9);
}

static void gigantic_page_freed(struct machine *machine)
{
	gigantic_page_given_back(machine);
	machine_buddy(machine, 0x80000, 10);
}

/* Someone wrote to page tables, too. */
static void gigantic_page_freed_and_mixed(struct machine *machine)
{
	gigantic_page_freed(machine);
	machine_huge_restore(machine, 0x80000, 18, 3000, 3010);
}

static void flag_add(struct machine *machine, unsigned bit)
{
	made_and_flagged(machine);
	machine_write_page(
		machine, PFN, MACHINE_PAGE_FLAGS,
		machine_read_page(machine, PFN, MACHINE_PAGE_FLAGS, 8) | UINT64_C(1) << bit, 8);
}

static void given_to_slab(struct machine *machine)
{
	flag_add(machine, MACHINE_PG_SLAB);
}

static void given_to_typed_slab(struct machine *machine)
{
	made_and_flagged(machine);
	machine_write_page(machine, PFN, MACHINE_PAGE_MAPCOUNT, (uint32_t)MACHINE_PGTY_SLAB << 24,
			   4);
}

static void given_to_a_file(struct machine *machine)
{
	flag_add(machine, MACHINE_PG_LRU);
}

static void given_for_good(struct machine *machine)
{
	flag_add(machine, MACHINE_PG_RESERVED);
}

static void given_another_type(struct machine *machine)
{
	made_and_flagged(machine);
	machine_write_page(machine, PFN, MACHINE_PAGE_MAPCOUNT, 0xfffffbff, 4);
}

static void given_to_a_process(struct machine *machine)
{
	made_and_flagged(machine);
	machine_write_page(machine, PFN, MACHINE_PAGE_MAPCOUNT, 1, 4);
}

struct unmarked {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	uint64_t changing; /* pages that count as in transition */
	const char *part;  /* of the first finding of vmemmap-orphan-sharing */
	uint64_t faults;   /* of these findings; 0: one note, and nothing else is said */
};

// clang-format off
#define FREED_AND_OTHERS(release, kernel)                                                          \
	{ "freed, " release, kernel, freed, 0, "is that of a free block of order 9", 1 },          \
	{ "1 GiB freed, " release, kernel, gigantic_page_freed, 0, "free block of order 10", 1 },  \
	{ "given to a file, " release, kernel, given_to_a_file, 0, "of a file or a process", 1 },  \
	{ "given for good, " release, kernel, given_for_good, 0, "is that of a reserved page", 1 }, \
	{ "of another type, " release, kernel, given_another_type, 0, "type 0xfffffbff", 1 },      \
	{ "mapped, " release, kernel, given_to_a_process, 0, "that is mapped by a process", 1 }
// clang-format on

static const struct unmarked unmarked[] = {
	{ "made, half shared, 5.14", KERNEL_A, made_and_half_shared, 1, "being made", 0 },
	{ "made, half shared, 6.1", KERNEL_B1, made_and_half_shared, 1, "1 half way", 0 },
	{ "made, shared, 5.14", KERNEL_A, made_and_shared, 1, "being made", 0 },
	{ "made, shared, 6.1", KERNEL_B1, made_and_shared, 1, "being made", 0 },
	{ "made, shared, 6.6", KERNEL_66, made_and_shared, 1, "being made", 0 },
	{ "made, shared, inverted bit", KERNEL_69, made_and_shared, 1, "being made", 0 },
	{ "made, flag set, 5.14", KERNEL_A, made_and_flagged, 1, "in transition", 0 },
	{ "made, flag set, 6.1", KERNEL_B1, made_and_flagged, 1, "in transition", 0 },
	{ "given back in a batch, 5.14", KERNEL_A, given_back_in_a_batch, 6,
	  "6 pages of 2 MiB on node 0, from 0x20000 on: in transition: being given back", 0 },
	{ "given back in a batch, 6.1", KERNEL_B1, given_back_in_a_batch, 6, "1 half way", 0 },
	{ "given back to the worker, 5.14", KERNEL_A, given_back_to_the_worker, 6, "given back",
	  0 },
	{ "given back to the worker, 6.1", KERNEL_B1, given_back_to_the_worker, 6, "given back",
	  0 },
	{ "1 GiB given back, 5.14", KERNEL_A, gigantic_page_given_back, 1, "1 page of 1 GiB on",
	  0 },
	{ "1 GiB being made, 5.14", KERNEL_A, gigantic_page_made, 1, "being made", 0 },
	{ "1 GiB given back, 6.1", KERNEL_B1, gigantic_page_given_back, 1, "being given back", 0 },
	{ "1 GiB being made, 6.1", KERNEL_B1, gigantic_page_made, 1, "being made", 0 },
	{ "1 GiB being made, 6.6", KERNEL_66, gigantic_page_made, 1, "being made", 0 },
	{ "1 GiB being made, inverted bit", KERNEL_611, gigantic_page_made, 1, "being made", 0 },
	{ "poisoned and left behind, 6.1", KERNEL_B1, poisoned_and_left_behind, 0,
	  "left behind on purpose", 0 },

	{ "mark overwritten, 5.14", KERNEL_A, mark_overwritten, 0, "the mark was overwritten", 1 },
	{ "mark overwritten, 6.1", KERNEL_B1, mark_overwritten, 0, "the mark was overwritten", 1 },
	{ "mark overwritten, 6.6", KERNEL_66, mark_overwritten, 0, "the mark was overwritten", 1 },
	{ "mark overwritten, 6.15", KERNEL_C, mark_overwritten, 0,
	  "the head of the 2 MiB page 0x10200 is lost: its struct page is not marked", 1 },
	{ "mark overwritten, 7.2", KERNEL_D, mark_overwritten, 0,
	  "the head of the 2 MiB page 0x10200 is lost: its struct page is not marked", 1 },
	{ "mark overwritten of one that is linked, 6.1", KERNEL_B1, mark_overwritten_of_linked, 0,
	  "a list of its pool links it", 1 },
	{ "a batch that is counted, 5.14", KERNEL_A, batch_is_counted, 0,
	  "its pool counts a page more than are found: the mark was overwritten; the same of", 1 },
	{ "a batch that is half way, 5.14", KERNEL_A, all_half_way, 0,
	  "half way than the kernel makes or restores at a time; the same of", 1 },
	{ "a batch that is half way, 6.1", KERNEL_B1, all_half_way, 0,
	  "half way than the kernel makes or restores at a time; the same of", 1 },
	{ "a head of zeros, 5.14", KERNEL_A, head_zeroed, 0,
	  "the head of the 2 MiB page 0x10200 is lost: its struct page is zero", 1 },
	{ "a head of zeros, 6.1", KERNEL_B1, head_zeroed, 0,
	  "counts 3 pages on node 0, of which 2 are found", 1 },
	{ "a head of zeros, 6.15", KERNEL_C, head_zeroed, 0, "its struct page is zero", 1 },
	{ "a head of zeros, 7.2", KERNEL_D, head_zeroed, 0, "its struct page is zero", 1 },
	{ "a gigantic head of zeros, 6.15", KERNEL_C, gigantic_head_zeroed, 0,
	  "the head of the 1 GiB page 0x80000 is lost", 1 },
	{ "a gigantic head of zeros, 7.2", KERNEL_D, gigantic_head_zeroed, 0,
	  "the head of the 1 GiB page 0x80000 is lost", 1 },
	{ "not restored and in use, 5.14", KERNEL_A, used_by_somebody, 0,
	  "mapped as those of a 2 MiB page at pfn 0x20000", 1 },
	{ "not restored and in use, 6.1", KERNEL_B1, used_by_somebody, 0,
	  "is not marked as a huge page (compound_dtor is 0x2), and has _refcount 0x3", 1 },
	{ "not restored and of a file, 6.1", KERNEL_B1, used_by_a_file, 0, "and has mapping 0x",
	  1 },
	{ "not restored, 6.15", KERNEL_C, made_and_flagged, 0, "belong to no optimised page", 1 },
	{ "1 GiB freed, not in one piece, 6.1", KERNEL_B1, gigantic_page_freed_and_mixed, 0,
	  "3086 of 4096 vmemmap pages are shared and mapped as those of a 1 GiB page", 1 },
	{ "1 GiB freed, not in one piece, 7.2", KERNEL_D, gigantic_page_freed_and_mixed, 0,
	  "is that of a free block of order 10; it was given away", 1 },
	{ "given to slab, 5.14", KERNEL_A, given_to_slab, 0, "is that of a slab page", 1 },
	{ "given to slab, 6.1", KERNEL_B1, given_to_slab, 0, "is that of a slab page", 1 },
	{ "given to slab, 6.6", KERNEL_66, given_to_slab, 0, "is that of a slab page", 1 },
	{ "given to slab, inverted bit", KERNEL_69, given_to_slab, 0, "is that of a slab page", 1 },
	{ "given to slab, 6.15", KERNEL_C, given_to_typed_slab, 0, "is that of a slab page", 1 },
	{ "given to slab, 7.2", KERNEL_D, given_to_typed_slab, 0, "is that of a slab page", 1 },
	FREED_AND_OTHERS("5.14", KERNEL_A),
	FREED_AND_OTHERS("6.1", KERNEL_B1),
	FREED_AND_OTHERS("6.6", KERNEL_66),
	FREED_AND_OTHERS("inverted bit", KERNEL_69),
	FREED_AND_OTHERS("inverted bit of 6.11", KERNEL_611),
	FREED_AND_OTHERS("6.15", KERNEL_C),
	FREED_AND_OTHERS("7.2", KERNEL_D),
};

static void not_marked(void **state)
{
	const struct unmarked *unmarked_page = *state;
	struct machine *machine = machine_create(&unmarked_page->kernel);

	machine_populate(machine);
	unmarked_page->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "vmemmap-orphan-sharing");
	assert_int_equal(run->violations, unmarked_page->faults ? unmarked_page->faults : 1);
	if (!strstr(run->findings[0].message, unmarked_page->part))
		fail_msg("'%s' lacks '%s'", run->findings[0].message, unmarked_page->part);
	if (unmarked_page->faults)
		assert_int_equal(run->by_severity[SEVERITY_ERROR], unmarked_page->faults);
	else
		expect_others_silent(analysis, "vmemmap-orphan-sharing");
	assert_int_equal(analysis->checks.errors, unmarked_page->faults);
	assert_int_equal(pages_in_transition(analysis), unmarked_page->changing);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- under hugetlb_lock --------------------------------------------------------------- */

/*
 * Off its list and not marked, and counted yet; or on its way back, counted and not marked
 * yet. Linux kernel v6.1.46 mm/hugetlb.c, __remove_hugetlb_page(), add_hugetlb_page().
 */
static void private_page_counted(struct machine *machine, pfn_t pfn, unsigned order)
{
	machine_huge_page(machine, pfn, order, HUGE_OPTIMIZED);
	machine_huge_unmark(machine, pfn, order);
	link_to(machine, pfn, POISON, POISON + 0x22);
}

static void one_being_counted(struct machine *machine)
{
	private_page_counted(machine, PFN, 9);
}

static void one_being_counted_of_a_batch(struct machine *machine)
{
	given_back_in_a_batch(machine);
	private_page_counted(machine, PFN + 512 * 8, 9);
}

static void gigantic_page_being_counted(struct machine *machine)
{
	machine_huge_unmark(machine, 0x80000, 18);
	machine_write_page(machine, 0x80000, MACHINE_PAGE_REFCOUNT, 1, 4);
	link_to(machine, 0x80000, lru_of(0x80000), lru_of(0x80000));
}

static void two_being_counted(struct machine *machine)
{
	private_page_counted(machine, PFN, 9);
	private_page_counted(machine, PFN + 512, 9);
}

static void one_linked(struct machine *machine)
{
	vaddr_t list = machine_hstates_address(machine) + 200;

	private_page_counted(machine, PFN, 9);
	link_to(machine, PFN, list, list);
}

/* It shares nothing: nobody but the counter knows of it. */
static void unoptimized_page_being_counted(struct machine *machine)
{
	machine_huge_page(machine, PFN, 9, 0);
	machine_huge_unmark(machine, PFN, 9);
}

static const struct locked {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	bool locked;
	uint64_t changing, errors, warnings;
} locked[] = {
	{ "one, 5.14", KERNEL_A, one_being_counted, true, 1, 0, 0 },
	{ "one, 6.1", KERNEL_B1, one_being_counted, true, 1, 0, 0 },
	{ "one, not locked, 6.1", KERNEL_B1, one_being_counted, false, 0, 1, 0 },
	{ "one of a batch, 6.1", KERNEL_B1, one_being_counted_of_a_batch, true, 7, 0, 0 },
	{ "1 GiB, 6.1", KERNEL_B1, gigantic_page_being_counted, true, 1, 0, 0 },
	{ "1 GiB, not locked, 6.1", KERNEL_B1, gigantic_page_being_counted, false, 0, 1, 0 },
	{ "two, 6.1", KERNEL_B1, two_being_counted, true, 0, 2, 0 },
	{ "one that is linked, 6.1", KERNEL_B1, one_linked, true, 0, 1, 0 },
	{ "one that shares nothing, 6.1", KERNEL_B1, unoptimized_page_being_counted, true, 0, 0,
	  0 },
	{ "one that shares nothing, not locked, 6.1", KERNEL_B1, unoptimized_page_being_counted,
	  false, 0, 0, 1 },
	{ "one that shares nothing, 6.15", KERNEL_C, unoptimized_page_being_counted, true, 0, 0,
	  0 },
	{ "one that shares nothing, 7.2", KERNEL_D, unoptimized_page_being_counted, true, 0, 0, 0 },
};

static void counted_and_not_marked(void **state)
{
	const struct locked *picture = *state;
	struct machine *machine = machine_create(&picture->kernel);

	machine_populate(machine);
	picture->arrange(machine);
	image_write(machine_image(machine), machine_symbol_add(machine, "hugetlb_lock"),
		    picture->locked, 4);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->checks.errors, picture->errors);
	assert_int_equal(analysis->checks.warnings, picture->warnings);
	assert_int_equal(pages_in_transition(analysis), picture->changing);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_list_of_the_pool_tells_which_page_is_at_rest),
		cmocka_unit_test(broken_lists_end),
		cmocka_unit_test(more_pages_than_the_pool_leaves_out),
		cmocka_unit_test(more_pages_without_flag_than_change_at_a_time),
		cmocka_unit_test(a_page_with_more_references_is_at_rest),
		cmocka_unit_test(what_no_witness_tells_is_not_checked),
	};
	struct CMUnitTest tests[2 * COUNT_OF(moments) + COUNT_OF(unmarked) + COUNT_OF(limits) +
				COUNT_OF(locked) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, in_transition, moments);

	used = EXPECT_EACH(tests, used, at_rest, moments);
	used = EXPECT_EACH(tests, used, not_marked, unmarked);
	used = EXPECT_EACH(tests, used, more_pages_half_way_than_change_at_a_time, limits);
	used = EXPECT_EACH(tests, used, counted_and_not_marked, locked);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
