// SPDX-License-Identifier: LGPL-2.1-or-later
/* The scheme is what page tables show: types that say otherwise are not believed. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

enum {
	SMALL = 0x140000, /* 64 pages of 2 MiB, node 1 */
	OTHER = 0x148000, /* 64 pages of 2 MiB, node 0 */
	LARGE = 0x180000, /* one page of 1 GiB, node 1 */
};

/* --- types that do not fit ------------------------------------------------------- */

static void true_types(struct machine *machine)
{
	(void)machine;
}

static void name_compound_head(struct machine *machine)
{
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "page", "compound_info");
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_head", MACHINE_PAGE_HEAD);
}

static void name_compound_info(struct machine *machine)
{
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "page", "compound_head");
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_info", MACHINE_PAGE_HEAD);
}

static void without_zone_tails(struct machine *machine)
{
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "zone", "vmemmap_tails");
	machine_type_remove(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails");
}

/* The key counts the four pages of machine_populate(). */
static void with_key(struct machine *machine)
{
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "hstate", "nr_free_vmemmap_pages");
	machine_symbol_at(machine, "hugetlb_optimize_vmemmap_key", machine_key(machine) - 8);
}

static void types_of_b(struct machine *machine)
{
	name_compound_head(machine);
	without_zone_tails(machine);
	with_key(machine);
}

static void types_that_tell_nothing(struct machine *machine)
{
	name_compound_head(machine);
	without_zone_tails(machine);
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "vmemmap_optimize_enabled");
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "hugetlb_optimize_vmemmap_key");
}

static void no_switch_found(struct machine *machine)
{
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "vmemmap_optimize_enabled");
}

/* The frames of ZONE_DEVICE are nowhere to be found but in page tables. */
static void device_frames_not_named(struct machine *machine)
{
	for (unsigned node = 0; node < 2; node++)
		for (unsigned slot = 0; slot < 16; slot++)
			image_write(machine_image(machine),
				    machine_zone(machine, node, MACHINE_ZONE_DEVICE) +
					    MACHINE_ZONE_TAILS + 8 * slot,
				    0, 8);
}

struct disguise {
	const char *name;
	struct machine_kernel kernel;
	unsigned device_flags;
	void (*types)(struct machine *machine);
	const char *hugetlb, *dax;
	const char *hugetlb_by_types, *dax_by_types;
	bool switch_known; /* true: and nothing could be saved for the want of it */
};

// clang-format off
static const struct disguise disguises[] = {
	{ "7.3 with the devices' half of the unified scheme",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_ZONE }, DAX_READONLY,
	  true_types, "hugetlb-d", "dax-e2-ro", "hugetlb-d", "dax-b", true },
	{ "the same, writable",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_ZONE }, 0,
	  true_types, "hugetlb-d", "dax-e2", "hugetlb-d", "dax-b", true },
	{ "the same, with frames that no zone names",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_ZONE }, DAX_READONLY,
	  device_frames_not_named, "hugetlb-d", "dax-e2-ro", "hugetlb-d", "dax-b", true },
	{ "6.12 with the devices' half, pointers elsewhere",
	  { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE, .devices = DEVICES_ZONE, .links = LINKS_MASKS },
	  0, true_types, "hugetlb-c", "dax-e2", "hugetlb-c", "dax-b", true },
	{ "HugeTLB's half of the unified scheme",
	  { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE, .devices = DEVICES_SECOND }, 0,
	  true_types, "hugetlb-e2", "dax-b", "hugetlb-e2", "dax-e2", true },
	{ "frames of zones on types of 6.17",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }, 0,
	  types_of_b, "hugetlb-d", "dax-b", "hugetlb-c", "dax-b", true },
	{ "frames of zones on types that tell nothing",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }, 0,
	  types_that_tell_nothing, "hugetlb-d", "dax-b", "none", "dax-b", false },
	{ "frames of heads on types that tell nothing",
	  { .scheme = MACHINE_B, .mark = MARK_DTOR }, 0,
	  types_that_tell_nothing, "hugetlb-b", "dax-b", "none", "dax-b", false },
	{ "frames of second pages on types with a key",
	  { .scheme = MACHINE_A, .mark = MARK_DTOR }, 0,
	  with_key, "hugetlb-a", "none", "hugetlb-b", "none", true },
	{ "the switch is not found",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }, 0,
	  no_switch_found, "hugetlb-d", "dax-b", "hugetlb-d", "dax-b", false },
	{ "masks under the name compound_head",
	  { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE, .links = LINKS_MASKS }, 0,
	  true_types, "hugetlb-b", "dax-b", "hugetlb-b", "dax-b", true },
	{ "pointers under the name compound_info",
	  { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }, 0,
	  name_compound_info, "hugetlb-b", "dax-b", "unknown", "dax-b", true },
	{ "compound pages of 5.17",
	  { .scheme = MACHINE_A, .mark = MARK_DTOR, .devices = DEVICES_UNSHARED }, 0,
	  true_types, "hugetlb-a", "none", "hugetlb-a", "dax-b", true },
	{ "two pages kept, and the zone's frame",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_TWO_ZONE }, DAX_READONLY,
	  true_types, "hugetlb-d", "unknown-pattern", "hugetlb-d", "dax-b", true },
	{ "two pages kept, the tails read-only",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_SECOND }, DAX_READONLY,
	  true_types, "hugetlb-d", "unknown-pattern", "hugetlb-d", "dax-b", true },
};
// clang-format on

static struct machine *disguised(const struct disguise *disguise)
{
	const struct machine_dax specs[] = {
		{ "dax0.0", "Persistent Memory", SMALL, SMALL + 0x8000, 0, 9, 1,
		  disguise->device_flags },
		{ "dax1.0", "Persistent Memory", OTHER, OTHER + 0x8000, 0, 9, 0,
		  disguise->device_flags },
		{ "dax2.0", "Soft Reserved", LARGE, LARGE + 0x40000, 0, 18, 1,
		  disguise->device_flags },
	};
	struct machine *machine = machine_create(&disguise->kernel);

	machine_populate(machine);
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		machine_dax(machine, &specs[i]);
	disguise->types(machine);
	return machine;
}

static void expect_schemes(const struct analysis *analysis, const char *hugetlb, const char *dax)
{
	assert_string_equal(analysis->scheme.hugetlb->id, hugetlb);
	assert_string_equal(analysis->scheme.dax->id, dax);
}

static void expect_silent_but(const struct analysis *analysis, const char *id)
{
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		if (run->violations && (!id || strcmp(run->check->id, id) != 0))
			fail_msg("%s: %s", run->check->id, run->findings[0].message);
	}
}

static void page_tables_decide(void **state)
{
	const struct disguise *disguise = *state;
	struct machine *machine = disguised(disguise);
	struct analysis *analysis = expect_analysis(machine);
	const struct scheme_seen *seen = analysis->scheme.seen;

	expect_schemes(analysis, disguise->hugetlb, disguise->dax);
	expect_silent_but(analysis, NULL);
	assert_string_equal(seen[FAMILY_HUGETLB].by_types->id, disguise->hugetlb_by_types);
	assert_string_equal(seen[FAMILY_DAX].by_types->id, disguise->dax_by_types);
	assert_true(seen[FAMILY_HUGETLB].observed);
	assert_int_equal(seen[FAMILY_HUGETLB].sharing, 4);
	assert_int_equal(seen[FAMILY_HUGETLB].fitting, 4);
	assert_int_equal(seen[FAMILY_DAX].observed,
			 strcmp(disguise->dax, "none") != 0 || disguise->kernel.devices);
	assert_int_equal(seen[FAMILY_DAX].fitting, seen[FAMILY_DAX].sharing);
	if (disguise->switch_known)
		assert_int_equal(analysis->savings.dax.could_save_bytes, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- lone deviations --------------------------------------------------------------- */

static void a_lone_tail_of_a_huge_page_is_a_finding(void **state)
{
	const struct disguise *disguise = *state;
	struct machine *machine = disguised(disguise);

	machine_map(machine, machine_index(0x10200) + 4, machine_frame_new(machine), false);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, disguise->hugetlb, disguise->dax);
	expect_silent_but(analysis, "hugetlb-tail-target");
	expect_status(analysis, "hugetlb-tail-target", STATUS_FAIL, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* The frame that is mapped no more has a reference less. */
static void device_tail_move(struct machine *machine, pfn_t head, bool writable)
{
	pfn_t frame = machine_frame(machine, machine_index(head) + 4);
	uint64_t count = machine_read_page(machine, frame, MACHINE_PAGE_REFCOUNT, 4);

	machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT, count - 1, 4);
	machine_map(machine, machine_index(head) + 4, machine_frame_new(machine), writable);
}

static void a_lone_tail_of_a_device_is_a_finding(void **state)
{
	const struct disguise *disguise = *state;
	struct machine *machine = disguised(disguise);
	bool shared = strcmp(disguise->dax, "none") != 0;
	const char *check = shared ? "dax-tail-target" : "vmemmap-orphan-sharing";

	if (shared)
		device_tail_move(machine, SMALL + 0x400, !(disguise->device_flags & DAX_READONLY));
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, disguise->hugetlb, disguise->dax);
	expect_silent_but(analysis, check);
	expect_status(analysis, check, shared ? STATUS_FAIL : STATUS_PASS, shared);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- pointers of zones ---------------------------------------------------------------- */

static void a_wrong_pointer_of_a_zone_is_one_finding(void **state)
{
	static const uint64_t wrong[] = { 0, 0x1234, MACHINE_VMEMMAP + 64 * 0x3fff0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct machine *machine = machine_create(
			&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });

		for (pfn_t head = 0x10000; head < 0x11000; head += 0x200)
			machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
		image_write(machine_image(machine),
			    machine_zone(machine, 0, MACHINE_ZONE_NORMAL) + MACHINE_ZONE_TAILS + 16,
			    wrong[i], 8);
		struct analysis *analysis = expect_analysis(machine);
		expect_schemes(analysis, "hugetlb-d", "none");
		expect_only(analysis, "hugetlb-zone-tails", STATUS_FAIL, 1, "vmemmap_tails");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* --- no scheme ------------------------------------------------------------------------ */

static struct machine *machine_d(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
}

static void tails_to(struct machine *machine, pfn_t head, pfn_t frame)
{
	for (unsigned i = 1; i < 8; i++)
		machine_map(machine, machine_index(head) + i, frame, false);
}

static uint64_t errors_of(const struct analysis *analysis, const char *id)
{
	return expect_run(analysis, id)->by_severity[SEVERITY_ERROR];
}

static void one_page_alone_does_not_contradict_the_types(void **state)
{
	struct machine *machine = machine_d();

	(void)state;
	machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
	tails_to(machine, 0x10000, machine_frame(machine, machine_index(0x10000)));
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "none");
	assert_true(errors_of(analysis, "hugetlb-tail-target") > 0);
	const struct scheme_seen *seen = &analysis->scheme.seen[FAMILY_HUGETLB];
	assert_false(seen->observed);
	assert_string_equal(seen->text,
			    "only by types and symbols: 1 of 1 huge pages shares vmemmap, and not "
			    "as types and symbols say; one page is not conclusive");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void one_page_alone_does_not_prove_the_types(void **state)
{
	struct machine *machine = machine_d();

	(void)state;
	machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
	struct analysis *analysis = expect_analysis(machine);
	const struct scheme_seen *seen = &analysis->scheme.seen[FAMILY_HUGETLB];
	expect_schemes(analysis, "hugetlb-d", "none");
	expect_silent_but(analysis, NULL);
	assert_false(seen->observed);
	assert_int_equal(seen->fitting, 1);
	assert_non_null(strstr(seen->text, "shares vmemmap, as those that keep "));
	assert_non_null(strstr(seen->text, "; one page is not conclusive"));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void most_pages_being_wrong_is_no_scheme(void **state)
{
	struct machine *machine = machine_d();

	(void)state;
	for (pfn_t head = 0x10000; head < 0x10800; head += 0x200)
		machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
	for (pfn_t head = 0x10200; head < 0x10800; head += 0x200)
		tails_to(machine, head, machine_frame(machine, machine_index(head)));
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "none");
	assert_int_equal(errors_of(analysis, "hugetlb-tail-target"), 3);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- lone pages do not speak for others ------------------------------------------------- */

/* The first page of its zone and order, as pages are counted. */
static void one_device_page_with_another_permission_speaks_for_itself(void **state)
{
	static const struct {
		unsigned flags;
		const char *scheme;
	} cases[] = { { 0, "dax-b" }, { DAX_READONLY, "unknown-pattern" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_create(&(struct machine_kernel){
			.scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_SECOND });
		const struct machine_dax spec = { "dax0.0", NULL, SMALL, SMALL + 0x8000,
						  0,	    9,	  1,	 cases[i].flags };

		machine_dax(machine, &spec);
		for (unsigned n = 2; n < 8; n++)
			machine_map(machine, machine_index(SMALL) + n,
				    machine_frame(machine, machine_index(SMALL) + n),
				    cases[i].flags & DAX_READONLY);
		struct analysis *analysis = expect_analysis(machine);
		expect_schemes(analysis, "hugetlb-d", cases[i].scheme);
		expect_silent_but(analysis, "dax-tail-permission");
		assert_int_equal(expect_run(analysis, "dax-tail-permission")->violations, 1);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Its second vmemmap page has a frame of its own; all others of the zone keep one. */
static void one_page_that_keeps_two_speaks_for_itself(void **state)
{
	struct machine *machine = machine_d();
	pfn_t own;

	(void)state;
	for (pfn_t head = 0x10000; head < 0x11000; head += 0x200)
		machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
	own = machine_frame_new(machine);
	machine_map(machine, machine_index(0x10000) + 1, own, false);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "none");
	expect_silent_but(analysis, "hugetlb-tail-target");
	assert_int_equal(errors_of(analysis, "hugetlb-tail-target"), 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* What the first page's frame holds is damaged; that of the others is not. */
static void one_overwritten_frame_does_not_hide_the_scheme(void **state)
{
	struct machine *machine =
		machine_create(&(struct machine_kernel){ .scheme = MACHINE_A, .mark = MARK_DTOR });

	(void)state;
	for (pfn_t head = 0x10000; head < 0x11000; head += 0x200)
		machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
	for (unsigned i = 64; i < 128; i++)
		machine_write_page(machine, 0x10000 + i, MACHINE_PAGE_HEAD, 0, 8);
	types_of_b(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-a", "none");
	expect_silent_but(analysis, "hugetlb-contents");
	assert_int_equal(errors_of(analysis, "hugetlb-contents"), 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void a_frame_without_tails_is_no_scheme(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE });
	pfn_t garbage = machine_frame_new(machine);

	(void)state;
	for (pfn_t head = 0x10000; head < 0x11000; head += 0x200) {
		machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
		tails_to(machine, head, garbage);
	}
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-b", "none");
	expect_pages_wrong(analysis, "hugetlb-tail-target", 8);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void another_pages_head_is_no_frame_of_a_zone(void **state)
{
	struct machine *machine = machine_d();
	pfn_t first;

	(void)state;
	for (pfn_t head = 0x10000; head < 0x11000; head += 0x200)
		machine_huge_page(machine, head, 9, HUGE_OPTIMIZED);
	first = machine_frame(machine, machine_index(0x10000));
	for (pfn_t head = 0x10200; head < 0x11000; head += 0x200)
		tails_to(machine, head, first);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "none");
	expect_status(analysis, "hugetlb-head-private", STATUS_FAIL, 1);
	assert_true(expect_run(analysis, "hugetlb-head-private")->covered_pages >= 7 * 7);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void devices_that_disagree_leave_the_types_right(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel){
		.scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_SECOND });
	const struct machine_dax first = { "dax0.0", NULL, SMALL, SMALL + 0x8000, 0, 9, 1, 0 };
	const struct machine_dax other = { "dax1.0", NULL, OTHER, OTHER + 0x8000, 0, 9, 1, 0 };
	pfn_t frame;

	(void)state;
	machine_dax(machine, &first);
	machine_dax(machine, &other);
	frame = machine_zone_tail(machine, 1, MACHINE_ZONE_DEVICE, 9);
	for (pfn_t head = OTHER; head < OTHER + 0x8000; head += 0x200)
		for (unsigned i = 1; i < 8; i++)
			machine_map(machine, machine_index(head) + i, frame, true);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "dax-b");
	assert_true(analysis->checks.errors > 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void devices_that_cannot_share_tell_nothing(void **state)
{
	struct machine *machine = machine_d();
	const struct machine_dax specs[] = {
		{ "dax0.0", NULL, SMALL, SMALL + 0x8000, SMALL + 0x400, 9, 1, DAX_ALTMAP },
		{ "dax1.0", NULL, OTHER, OTHER + 0x8000, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		machine_dax(machine, &specs[i]);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "dax-b");
	assert_false(analysis->scheme.seen[FAMILY_DAX].observed);
	assert_true(analysis->savings.dax.could_save_bytes > 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void one_device_page_without_sharing_is_no_kernel_without(void **state)
{
	struct machine *machine = machine_d();
	const struct machine_dax spec = { "dax0.0", NULL, SMALL, SMALL + 0x200,
					  0,	    9,	  1,	 DAX_UNSHARED };

	(void)state;
	machine_dax(machine, &spec);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "hugetlb-d", "dax-b");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Neither symbol nor sharing, but pages that have the flag. */
static void flagged_pages_are_no_kernel_without_the_optimisation(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE });

	(void)state;
	for (pfn_t head = 0x10000; head < 0x10800; head += 0x200)
		machine_huge_page(machine, head, 9, HUGE_FLAG);
	types_that_tell_nothing(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_schemes(analysis, "unknown", "none");
	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_wrong_pointer_of_a_zone_is_one_finding),
		cmocka_unit_test(one_page_alone_does_not_contradict_the_types),
		cmocka_unit_test(one_page_alone_does_not_prove_the_types),
		cmocka_unit_test(most_pages_being_wrong_is_no_scheme),
		cmocka_unit_test(one_device_page_with_another_permission_speaks_for_itself),
		cmocka_unit_test(one_page_that_keeps_two_speaks_for_itself),
		cmocka_unit_test(one_overwritten_frame_does_not_hide_the_scheme),
		cmocka_unit_test(a_frame_without_tails_is_no_scheme),
		cmocka_unit_test(another_pages_head_is_no_frame_of_a_zone),
		cmocka_unit_test(devices_that_disagree_leave_the_types_right),
		cmocka_unit_test(devices_that_cannot_share_tell_nothing),
		cmocka_unit_test(one_device_page_without_sharing_is_no_kernel_without),
		cmocka_unit_test(flagged_pages_are_no_kernel_without_the_optimisation),
	};
	struct CMUnitTest tests[COUNT_OF(others) + 3 * COUNT_OF(disguises)];
	size_t used = COUNT_OF(others);

	memcpy(tests, others, sizeof(others));
	used = EXPECT_EACH(tests, used, page_tables_decide, disguises);
	used = EXPECT_EACH(tests, used, a_lone_tail_of_a_huge_page_is_a_finding, disguises);
	EXPECT_EACH(tests, used, a_lone_tail_of_a_device_is_a_finding, disguises);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
