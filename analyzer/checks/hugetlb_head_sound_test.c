// SPDX-License-Identifier: LGPL-2.1-or-later
/* Orders in first tails that the rest of the page contradicts, and such as may be so. */
#include "testdata/machine/expect.h"

static const struct machine_kernel kernels[] = {
	{ .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true },
	{ .scheme = MACHINE_B, .mark = MARK_DTOR },
	{ .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE },
	{ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE },
};

/* Where a 1 GiB page can begin; the second one is behind a page of another size. */
enum { GIGANTIC = 0x80000, ALIGNED = 0x40000, SMALL = 0x10200 };

static bool has_masks(const struct machine_kernel *kernel)
{
	return kernel->scheme == MACHINE_D;
}

static void order_write(struct machine *machine, const struct machine_kernel *kernel, pfn_t pfn,
			unsigned order)
{
	machine_write_page(machine, pfn + 1,
			   kernel->mark == MARK_DTOR ? MACHINE_PAGE_ORDER : MACHINE_PAGE_FLAGS,
			   order, 1);
}

struct scenario {
	const char *name;
	pfn_t pfn;
	unsigned order, flags, said;
	const char *shown;   /* NULL: nothing is found */
	bool only_masks;     /* only these tell */
	unsigned then_order; /* what is made at the same place afterwards; 0: nothing */
};

static const struct scenario scenarios[] = {
	{ "as it is", GIGANTIC, 18, HUGE_OPTIMIZED, 18, NULL, false, 0 },
	{ "1 GiB as 2 MiB", GIGANTIC, 18, HUGE_OPTIMIZED, 9,
	  "the 1 GiB page 0x80000 is 9 in its first tail, but its other tails and the page tables "
	  "show 18",
	  false, 0 },
	{ "1 GiB as 512 MiB", GIGANTIC, 18, HUGE_OPTIMIZED, 17, "is 17 in its first tail", false,
	  0 },
	{ "1 GiB as none", GIGANTIC, 18, HUGE_OPTIMIZED, 0, "is 0 in its first tail", false, 0 },
	{ "1 GiB as anything", GIGANTIC, 18, HUGE_FREE, 0x5a,
	  "is 90 in its first tail, but its other tails show 18", false, 0 },
	{ "1 GiB that shares nothing, as 2 MiB", GIGANTIC, 18, 0, 9,
	  "is 9 in its first tail, but its other tails show 18", true, 0 },
	{ "2 MiB as 1 GiB where it could be", ALIGNED, 9, HUGE_OPTIMIZED, 18,
	  "the 2 MiB page 0x40000 is 18 in its first tail", false, 0 },
	{ "2 MiB that shares nothing, as 1 GiB", ALIGNED, 9, 0, 18,
	  "is 18 in its first tail, but its other tails show 9", false, 0 },
	{ "2 MiB as 1 GiB where none can be", SMALL, 9, HUGE_OPTIMIZED, 18,
	  "the 2 MiB page 0x10200 is 18 in its first tail", false, 0 },
	{ "1 GiB that is being split", GIGANTIC, 18, HUGE_UNCOUNTED, 9, NULL, false, 9 },
};

static void orders_are_judged(void **state)
{
	const struct scenario *scenario = *state;

	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);
		bool found = scenario->shown && (!scenario->only_masks || has_masks(&kernels[i]));

		machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED | HUGE_FREE);
		machine_huge_page(machine, scenario->pfn, scenario->order, scenario->flags);
		if (scenario->then_order)
			machine_huge_page(machine, scenario->pfn, scenario->then_order, 0);
		order_write(machine, &kernels[i], scenario->pfn, scenario->said);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-head-sound", found ? STATUS_FAIL : STATUS_PASS,
			      found);
		if (found)
			expect_only(analysis, "hugetlb-head-sound", STATUS_FAIL, 1,
				    scenario->shown);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios)];

	EXPECT_EACH(tests, 0, orders_are_judged, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
