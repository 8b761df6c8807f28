// SPDX-License-Identifier: LGPL-2.1-or-later
/* The count of optimised pages that the kernel keeps: right, wrong, and not to be had. */
#include <elf.h>

#include "testdata/machine/expect.h"

static const struct machine_kernel kernel_b1 = { .scheme = MACHINE_B, .mark = MARK_DTOR };
static const struct machine_kernel kernel_c = { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_519 = {
	.scheme = MACHINE_B,
	.mark = MARK_DTOR,
	.no_switch = true,
};

/* machine_populate() makes four optimised pages. */
struct scenario {
	const char *name;
	const struct machine_kernel *kernel;
	void (*arrange)(struct machine *machine);
	int32_t key;
	enum check_status status;
	uint64_t findings;
};

static void nothing(struct machine *machine)
{
	(void)machine;
}

static void one_shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_REMAP);
}

static void one_flagged_and_partly_shared(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_FLAG);
	machine_huge_share(machine, 0x20000, 9, 0, 5);
}

static void one_unreliable(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20000, MACHINE_PAGE_PRIVATE,
			   1 << MACHINE_HPG_OPTIMIZED | 1 << MACHINE_HPG_UNRELIABLE, 8);
}

static void none_optimised(struct machine *machine)
{
	static const pfn_t heads[] = { 0x10000, 0x10200, 0x48000, 0x80000 };

	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		pfn_t pages = heads[i] == 0x80000 ? 4096 : 8;

		machine_write_page(machine, heads[i], MACHINE_PAGE_PRIVATE,
				   machine_read_page(machine, heads[i], MACHINE_PAGE_PRIVATE, 8) &
					   ~(UINT64_C(1) << MACHINE_HPG_OPTIMIZED),
				   8);
		for (pfn_t page = 1; page < pages; page++)
			machine_map(machine, machine_index(heads[i]) + page,
				    machine_frame_new(machine), true);
	}
}

// clang-format off
static const struct scenario scenarios[] = {
	{ "as many as found, 6.1",		 &kernel_b1,  nothing,		      4, STATUS_PASS, 0 },
	{ "as many as found, 6.15",		 &kernel_c,   nothing,		      4, STATUS_PASS, 0 },
	{ "the switch counted too, 5.19",	 &kernel_519, nothing,		      5, STATUS_PASS, 0 },
	{ "one more may be on its way",		 &kernel_b1,  nothing,		      5, STATUS_PASS, 1 },
	{ "two more are lost",			 &kernel_b1,  nothing,		      6, STATUS_WARN, 1 },
	{ "one fewer than found",		 &kernel_c,   nothing,		      3, STATUS_WARN, 1 },
	{ "negative",				 &kernel_c,   nothing,		     -7, STATUS_WARN, 1 },
	{ "being switched on for more than one", &kernel_c,   nothing,		     -1, STATUS_WARN, 1 },
	{ "a page remapped and not flagged yet", &kernel_b1,  one_shared_without_flag, 5, STATUS_PASS, 0 },
	{ "a page flagged and half remapped",	 &kernel_c, one_flagged_and_partly_shared, 4, STATUS_PASS, 0 },
	{ "the same, counted",			 &kernel_c, one_flagged_and_partly_shared, 5, STATUS_PASS, 0 },
	{ "a page left behind on purpose",	 &kernel_b1,  one_unreliable,	      4, STATUS_PASS, 0 },
	{ "being switched on for the first",	 &kernel_c,   none_optimised,	     -1, STATUS_PASS, 0 },
	{ "off while there is none",		 &kernel_c,   none_optimised,	      0, STATUS_PASS, 0 },
};
// clang-format on

static void key_is_compared(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	image_write(machine_image(machine), machine_key(machine), (uint32_t)scenario->key, 4);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hvo-key-count", scenario->status, scenario->findings);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* An enum of 5.19, on or off. */
static void as_519(struct machine *machine, bool on)
{
	image_write(machine_image(machine), machine_symbol_add(machine, "vmemmap_optimize_mode"),
		    on, 4);
}

static void on_in_519(struct machine *machine)
{
	as_519(machine, true);
}

static void off_in_519(struct machine *machine)
{
	as_519(machine, false);
}

// clang-format off
static const struct scenario modes[] = {
	{ "on, and counted",		     &kernel_519, on_in_519,	5, STATUS_PASS, 0 },
	{ "on, and one too few are counted", &kernel_519, on_in_519,	4, STATUS_WARN, 1 },
	{ "off, and not counted",	     &kernel_519, off_in_519,	4, STATUS_PASS, 0 },
	{ "off, and one too few",	     &kernel_519, off_in_519,	3, STATUS_WARN, 1 },
	{ "on, and two too many",	     &kernel_519, on_in_519,	7, STATUS_WARN, 1 },
};
// clang-format on

static void lost_pages_are_all_that_is_found(void **state)
{
	struct machine *machine = machine_create(&kernel_b1);

	(void)state;
	machine_populate(machine);
	image_write(machine_image(machine), machine_key(machine), 9, 4);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hvo-key-count", STATUS_WARN, 1,
		    "counts 9 optimised huge pages, the scan finds 4");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* What lost its head may be counted, whether its finding is listed or not. */
static void findings_that_are_not_listed_count(void **state)
{
	struct machine *machine = machine_create(&kernel_b1);
	struct analysis *analysis;

	(void)state;
	machine_populate(machine);
	for (pfn_t pfn = 0x20040; pfn < 0x20240; pfn += 128)
		machine_map(machine, machine_index(pfn), machine_frame_new(machine), false);
	image_write(machine_image(machine), machine_key(machine), 4 + 4, 4);
	for (size_t listed = 1; listed <= 100; listed += 99) {
		expect_no_error(analysis_run(image_memory(machine_image(machine)), EM_X86_64, false,
					     machine_vmcoreinfo(machine), machine_types(machine),
					     &(struct analysis_options){ .depth = ANALYSIS_FULL,
									 .findings_max = listed },
					     &analysis));
		assert_int_equal(expect_run(analysis, "vmemmap-orphan-sharing")->violations, 4);
		expect_status(analysis, "hvo-key-count", STATUS_PASS, 0);
		analysis_destroy(analysis);
	}
	machine_destroy(machine);
}

static void kernels_without_the_count_are_left_out(void **state)
{
	static const struct machine_kernel kernels[] = {
		{ .scheme = MACHINE_NONE, .mark = MARK_DTOR },
		{ .scheme = MACHINE_A, .mark = MARK_DTOR },
		{ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);

		machine_populate(machine);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hvo-key-count", STATUS_NOT_APPLICABLE, 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void hide_key(struct machine *machine)
{
	machine_hide(machine, machine_key(machine), 1, MEMORY_EXCLUDED);
}

static void hide_head(struct machine *machine)
{
	machine_hide(machine, (paddr_t)machine_frame(machine, machine_index(0x10000)) << 12, 1,
		     MEMORY_TRUNCATED);
}

static void forget_member(struct machine *machine)
{
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "static_key", "enabled");
}

static void what_cannot_be_read_is_not_checked(void **state)
{
	static void (*const ways[])(struct machine * machine) = { hide_key, hide_head,
								  forget_member };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct machine *machine = machine_create(&kernel_b1);

		machine_populate(machine);
		ways[i](machine);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hvo-key-count", STATUS_NOT_CHECKED, 0);
		assert_non_null(expect_run(analysis, "hvo-key-count")->reason);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(lost_pages_are_all_that_is_found),
		cmocka_unit_test(findings_that_are_not_listed_count),
		cmocka_unit_test(kernels_without_the_count_are_left_out),
		cmocka_unit_test(what_cannot_be_read_is_not_checked),
	};
	struct CMUnitTest tests[COUNT_OF(others) + COUNT_OF(scenarios) + COUNT_OF(modes)];
	size_t used = COUNT_OF(others);

	memcpy(tests, others, sizeof(others));
	used = EXPECT_EACH(tests, used, key_is_compared, scenarios);
	EXPECT_EACH(tests, used, key_is_compared, modes);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
