// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Kinds of pages are judged at once. Page by page, each judged by itself and those that are
 * right reported on, too, every check counts the same and finds nothing in a whole machine.
 */
#include "analyzer/checks/check_table.h"
#include "testdata/machine/expect.h"
#include "testdata/machine/machine_specs.h"
#include "testdata/machine/machine_device.h"

struct era {
	const char *name;
	struct machine_kernel kernel;
};

// clang-format off
static const struct era eras[] = {
	{ "nothing is shared", { .scheme = MACHINE_NONE, .mark = MARK_DTOR } },
	{ "two pages are kept", { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true } },
	{ "tails map the head's frame", { .scheme = MACHINE_B, .mark = MARK_DTOR } },
	{ "the same, marked by a tail's flag", { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG } },
	{ "the same, marked by a type", { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE } },
	{ "sections are checked before", { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE } },
	{ "tails map the zone's frame", { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE } },
	{ "sections know an order", { .scheme = MACHINE_E1, .mark = MARK_TYPE_BYTE } },
	{ "devices map the zone's frame", { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE } },
	{ "devices share nothing", { .scheme = MACHINE_C, .devices = DEVICES_UNSHARED,
				     .mark = MARK_TYPE_BYTE } },
	{ "devices keep two, and map the zone's frame", { .scheme = MACHINE_E2,
							  .devices = DEVICES_TWO_ZONE,
							  .mark = MARK_TYPE_BYTE } },
};
// clang-format on

static void expect_same_run(const struct check_run *each, const struct check_run *kinds)
{
	if (each->violations > kinds->violations)
		fail_msg("%s: %s", each->check->id, each->findings[0].message);
	if (each->checked != kinds->checked || each->not_checked != kinds->not_checked)
		fail_msg("%s: %" PRIu64 " checked and %" PRIu64 " not, by kinds %" PRIu64
			 " and %" PRIu64,
			 each->check->id, each->checked, each->not_checked, kinds->checked,
			 kinds->not_checked);
	assert_int_equal(each->violations, kinds->violations);
	assert_int_equal(each->out_of_reach, kinds->out_of_reach);
	assert_int_equal(each->status, kinds->status);
	if (each->reason && kinds->reason)
		assert_string_equal(each->reason, kinds->reason);
	assert_int_equal(!each->reason, !kinds->reason);
}

/* All of check_table, whether it is of huge pages or not. */
static void expect_same_page_by_page(const struct analysis *analysis)
{
	struct survey survey = analysis->survey;
	struct check_results results;

	survey.each_page = true;
	expect_no_error(checks_run(&survey, analysis->findings_max, false, &results));
	assert_int_equal(results.run_count, check_count);
	assert_int_equal(analysis->checks.run_count, check_count);
	for (unsigned i = 0; i < check_count; i++)
		expect_same_run(&results.runs[i], &analysis->checks.runs[i]);
	check_results_deinit(&results);
}

static void checks_find_nothing_page_by_page(void **state)
{
	const struct era *era = *state;
	struct machine *machine = machine_create(&era->kernel);

	machine_populate(machine);
	machine_populate_devices(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_others_silent(analysis, NULL);
	expect_same_page_by_page(analysis);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* One of these has a note about its architecture, and no finding about a page. */
static void checks_find_nothing_page_by_page_there(void **state)
{
	const struct machine_spec *spec = *state;
	struct machine *machine = machine_spec_create(spec);
	struct analysis *analysis = expect_analysis(machine);

	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
	expect_same_page_by_page(analysis);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(eras) + MACHINE_SPECS_MAX];
	size_t used = EXPECT_EACH(tests, 0, checks_find_nothing_page_by_page, eras);

	used = expect_each(tests, used, checks_find_nothing_page_by_page_there, machine_specs,
			   machine_spec_count, sizeof(machine_specs[0]));
	return _cmocka_run_group_tests("each_page", tests, used, NULL, NULL);
}
