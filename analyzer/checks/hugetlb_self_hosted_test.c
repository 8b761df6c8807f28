// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages in plugged memory whose memmap lies beside them, or elsewhere. */
#include "testdata/machine/expect.h"

enum { SECTION = 24, FIRST = SECTION * MACHINE_SECTION_PAGES, HEAD = FIRST + 0x400 };

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	bool own_memmap; /* in the block itself */
	unsigned flags;	 /* of the huge page there */
	enum check_status status;
	uint64_t findings;
};

// clang-format off
#define KERNEL_B { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_D { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
static const struct scenario scenarios[] = {
	{ "optimised in place, 6.1",	     KERNEL_B, true,  HUGE_OPTIMIZED, STATUS_FAIL, 1 },
	{ "optimised with a new head, 7.2",  KERNEL_D, true,  HUGE_OPTIMIZED, STATUS_FAIL, 1 },
	{ "not optimised",		     KERNEL_D, true,  0,	      STATUS_NOT_APPLICABLE, 0 },
	{ "plugged with a memmap elsewhere", KERNEL_D, false, HUGE_OPTIMIZED, STATUS_PASS, 0 },
};
// clang-format on

/* memmap_on_memory: the block's first frames hold its own struct pages. */
static void plug_block(struct machine *machine, bool own_memmap)
{
	machine_hide(machine, (paddr_t)FIRST << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	machine_section_add(machine, SECTION, SECTION_ONLINE | SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < 512; i++)
		machine_map(machine, machine_index(FIRST) + i,
			    own_memmap ? (pfn_t)FIRST + i : machine_frame_new(machine), true);
	for (unsigned i = 0; own_memmap && i < 512; i++)
		machine_write_page(
			machine, FIRST + i, MACHINE_PAGE_FLAGS,
			machine_page_flags(1, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_SELF_HOSTED), 8);
}

static void self_hosted_pages_are_not_optimised(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	plug_block(machine, scenario->own_memmap);
	machine_huge_page(machine, HEAD, 9, scenario->flags);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-self-hosted", scenario->status, scenario->findings);
	assert_int_equal(expect_page(analysis, HEAD)->self_hosted, scenario->own_memmap);
	if (scenario->findings)
		assert_string_equal(
			expect_run(analysis, "hugetlb-self-hosted")->findings[0].signature,
			"self-hosted-optimised");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void boot_memory_is_never_self_hosted(void **state)
{
	static const struct machine_kernel kernel = KERNEL_D;
	struct machine *machine = machine_create(&kernel);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-self-hosted", STATUS_NOT_APPLICABLE, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(boot_memory_is_never_self_hosted),
	};
	struct CMUnitTest tests[COUNT_OF(others) + COUNT_OF(scenarios)];

	memcpy(tests, others, sizeof(others));
	EXPECT_EACH(tests, COUNT_OF(others), self_hosted_pages_are_not_optimised, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
