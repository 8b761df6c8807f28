// SPDX-License-Identifier: LGPL-2.1-or-later
/* References of heads: right, wrong, and on the way from one to the other. */
#include "testdata/machine/expect.h"

static const struct machine_kernel kernels[] = {
	{ .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true },
	{ .scheme = MACHINE_B, .mark = MARK_DTOR },
	{ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE },
};

enum { USED = 0x10200, FREE = 0x48200, NEW = 0x20000 };

/* 0x10200 is in use, 0x48200 free; the pool has no surplus. */
struct scenario {
	const char *name;
	pfn_t pfn;
	unsigned made; /* if not there yet: HUGE_... */
	int32_t references;
	bool locked, mapped;
	enum check_status status;
	uint64_t findings;
	const char *part;
};

// clang-format off
static const struct scenario scenarios[] = {
	{ "in use, many", USED, 0, 500, false, false, STATUS_PASS, 0, NULL },
	{ "in use, with many pins", USED, 0, 64 << 18, false, false, STATUS_PASS, 0, NULL },
	{ "in use, more than can be", USED, 0, INT32_MAX, false, false, STATUS_FAIL, 1,
	  "_refcount 2147483647, more than there can be users" },
	{ "in use, none", USED, 0, 0, false, false, STATUS_WARN, 1,
	  "2 MiB page 0x10200 is not free and has _refcount 0" },
	{ "in use, none, mapped", USED, 0, 0, false, true, STATUS_FAIL, 1, "but is mapped 1 time" },
	{ "in use, fewer than none", USED, 0, -1, false, false, STATUS_FAIL, 1, "_refcount -1" },
	{ "free, one", FREE, 0, 1, false, false, STATUS_FAIL, 1, "is free and has _refcount 1, not 0" },
	{ "free, one, just being taken", FREE, 0, 1, true, false, STATUS_PASS, 1, "just being taken" },
	{ "free, two", FREE, 0, 2, true, false, STATUS_FAIL, 1, "_refcount 2" },
	{ "being made or given back", NEW, HUGE_UNCOUNTED, 0, false, false, STATUS_PASS, 1,
	  "neither free nor in use" },
	{ "free before, being given back", NEW, HUGE_UNCOUNTED | HUGE_FREE, 1, false, false, STATUS_PASS, 1,
	  "neither free nor in use" },
};
// clang-format on

static void lock_hold(struct machine *machine)
{
	image_write(machine_image(machine), machine_symbol_add(machine, "hugetlb_lock"), 1, 4);
}

/* In the first tail, where kernels up to 6.1 had it. */
static void map_once(struct machine *machine, pfn_t pfn)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_mapcount", 44);
	machine_write_page(machine, pfn + 1, 44, 0, 4);
}

static void references_are_judged(void **state)
{
	const struct scenario *scenario = *state;

	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);

		machine_populate(machine);
		if (scenario->pfn == NEW)
			machine_huge_page(machine, NEW, 9, scenario->made);
		machine_write_page(machine, scenario->pfn, MACHINE_PAGE_REFCOUNT,
				   (uint32_t)scenario->references, 4);
		if (scenario->locked)
			lock_hold(machine);
		if (scenario->mapped)
			map_once(machine, scenario->pfn);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-head-refcount", scenario->status,
			      scenario->findings);
		if (scenario->part &&
		    !strstr(expect_run(analysis, "hugetlb-head-refcount")->findings[0].message,
			    scenario->part))
			fail_msg(
				"%s",
				expect_run(analysis, "hugetlb-head-refcount")->findings[0].message);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Of a pool with surplus pages, one without a reference: on a list of the pool, or not yet. */
static const struct placed {
	const char *name;
	bool listed;
	enum check_status status;
	const char *part;
} places[] = {
	{ "surplus, on no list yet", false, STATUS_PASS, "neither free nor in use" },
	{ "surplus, on the list of those in use", true, STATUS_WARN,
	  "2 MiB page 0x10200 is not free and has _refcount 0" },
};

static void surplus_pages_are_judged(void **state)
{
	const struct placed *placed = *state;

	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);
		vaddr_t own = MACHINE_VMEMMAP + 64 * USED + MACHINE_PAGE_LRU;
		vaddr_t list = placed->listed ? machine_hstates_address(machine) + 0x100 : own;

		machine_populate(machine);
		for (unsigned pool = 0; pool < 2; pool++)
			image_write(machine_image(machine),
				    machine_hstate(machine, pool) + MACHINE_HSTATE_SURPLUS, 1, 8);
		machine_write_page(machine, USED, MACHINE_PAGE_LRU, list, 8);
		machine_write_page(machine, USED, MACHINE_PAGE_LRU + 8, list, 8);
		machine_write_page(machine, USED, MACHINE_PAGE_REFCOUNT, 0, 4);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-head-refcount", placed->status, 1);
		const struct check_run *run = expect_run(analysis, "hugetlb-head-refcount");
		if (!strstr(run->findings[0].message, placed->part))
			fail_msg("%s", run->findings[0].message);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios) + COUNT_OF(places)];

	EXPECT_EACH(tests, 0, references_are_judged, scenarios);
	EXPECT_EACH(tests, COUNT_OF(scenarios), surplus_pages_are_judged, places);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
