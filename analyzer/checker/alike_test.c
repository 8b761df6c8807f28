// SPDX-License-Identifier: LGPL-2.1-or-later
/* What many pages show alike is one finding; what few show is one each. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

enum { FIRST = 0x10000, DEVICE = 0x140000 };

static struct machine *machine_of(enum machine_scheme scheme, unsigned pages)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = scheme, .mark = MARK_TYPE_BYTE });

	for (unsigned i = 0; i < pages; i++)
		machine_huge_page(machine, FIRST + 0x200 * i, 9, HUGE_OPTIMIZED);
	return machine;
}

static void remap(struct machine *machine, unsigned page, unsigned number, bool writable)
{
	uint64_t index = machine_index(FIRST + 0x200 * page) + number;

	machine_map(machine, index, machine_frame(machine, index), writable);
}

static void make_writable(struct machine *machine, unsigned page)
{
	for (unsigned number = 1; number < 8; number++)
		remap(machine, page, number, true);
}

/* --- how many are one -------------------------------------------------------------- */

struct crowd {
	const char *name;
	unsigned pages, every; /* every second one is wrong, ... */
	unsigned findings;
	const char *words; /* of the first; NULL: no others are named */
};

static const struct crowd crowds[] = {
	{ "all of many", 40, 1, 1, "and 32 more: 40 of 40 huge pages" },
	{ "a half of many", 40, 2, 1, "20 of 40 huge pages, all of 2 MiB on node 0" },
	{ "eight of many", 40, 5, 1, "8 of 40 huge pages" },
	{ "seven of many", 40, 6, 7, NULL },
	{ "a small part of very many", 180, 20, 9, NULL },
	{ "both of two", 2, 1, 1, "; the same of 0x10200: 2 of 2 huge pages" },
	{ "one of two", 2, 2, 1, NULL },
};

static void what_many_pages_show_is_one_finding(void **state)
{
	static const enum machine_scheme schemes[] = { MACHINE_A, MACHINE_B, MACHINE_D };
	const struct crowd *crowd = *state;

	for (size_t s = 0; s < COUNT_OF(schemes); s++) {
		struct machine *machine = machine_of(schemes[s], crowd->pages);
		unsigned wrong = 0;

		for (unsigned i = 0; i < crowd->pages; i += crowd->every, wrong++)
			for (unsigned n = schemes[s] == MACHINE_A ? 2 : 1; n < 8; n++)
				remap(machine, i, n, true);
		struct analysis *analysis = expect_analysis(machine);
		expect_only(analysis, "hugetlb-tail-readonly", STATUS_FAIL, crowd->findings,
			    crowd->words);
		const struct check_run *run = expect_run(analysis, "hugetlb-tail-readonly");
		assert_int_equal(run->finding_count, crowd->findings);
		assert_int_equal(run->findings[0].pfn, FIRST);
		assert_int_equal(run->findings[0].alike_count, crowd->words ? wrong : 0);
		assert_int_equal(signature_find(run, "writable-tail")->count, wrong);
		assert_int_equal(analysis->checks.errors, crowd->findings);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* --- what stays apart ---------------------------------------------------------------- */

/* Beyond the number of findings that are listed, but for those that are one. */
static void a_lone_fault_is_listed_beside_hundreds_that_are_alike(void **state)
{
	enum { PAGES = 250 };
	struct machine *machine = machine_of(MACHINE_D, PAGES);
	const struct check_run *run;

	(void)state;
	for (unsigned i = 0; i < PAGES - 1; i++)
		make_writable(machine, i);
	remap(machine, PAGES - 1, 5, true);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-tail-readonly", STATUS_FAIL, 2, "249 of 250 huge pages");
	run = expect_run(analysis, "hugetlb-tail-readonly");
	assert_int_equal(run->finding_count, 2);
	assert_int_equal(run->findings[1].pfn, FIRST + 0x200 * (PAGES - 1));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void other_entries_of_other_pages_stay_apart(void **state)
{
	struct machine *machine = machine_of(MACHINE_D, 40);

	(void)state;
	for (unsigned number = 1; number < 8; number++)
		for (unsigned i = 0; i < 2; i++)
			remap(machine, 2 * number + i, number, true);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-tail-readonly", STATUS_FAIL, 14, NULL);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- other checks ----------------------------------------------------------------------- */

static void heads_that_are_readonly(struct machine *machine, unsigned page)
{
	remap(machine, page, 0, false);
}

static void tails_elsewhere(struct machine *machine, unsigned page)
{
	pfn_t frame = machine_frame_new(machine);

	for (unsigned number = 1; number < 8; number++)
		machine_map(machine, machine_index(FIRST + 0x200 * page) + number, frame, false);
}

static void two_kept_on_a_frame_elsewhere(struct machine *machine, unsigned page)
{
	tails_elsewhere(machine, page);
	remap(machine, page, 1, true);
}

static void linked_elsewhere(struct machine *machine, unsigned page)
{
	machine_write_page(machine, FIRST + 0x200 * page + 10, MACHINE_PAGE_HEAD, 0x1001, 8);
}

static const struct {
	const char *name;
	void (*edit)(struct machine *machine, unsigned page);
	const char *check, *words;
} others[] = {
	{ "heads", heads_that_are_readonly, "hugetlb-head-writable", "10 of 20 huge pages" },
	{ "frames", tails_elsewhere, "hugetlb-tail-target", "10 of 20 huge pages" },
	{ "frames, two kept", two_kept_on_a_frame_elsewhere, "hugetlb-tail-target",
	  "pages 1 to 7 of the 2 MiB page 0x10000 map" },
	{ "links", linked_elsewhere, "hugetlb-contents", "; the same of 0x10400, 0x10800" },
};

static void other_checks_make_one_of_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct machine *machine = machine_of(MACHINE_D, 20);

		for (unsigned page = 0; page < 20; page += 2)
			others[i].edit(machine, page);
		struct analysis *analysis = expect_analysis(machine);
		expect_only(analysis, others[i].check, STATUS_FAIL, 1, others[i].words);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* None alone is an accident: a struct page of zeros where the head of a huge page was. */
static void heads_lost_alike_are_one_finding(void **state)
{
	static const struct {
		unsigned lost, findings;
	} cases[] = { { 1, 1 }, { 2, 2 }, { 3, 1 }, { 9, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_of(MACHINE_D, 40);

		for (unsigned page = 0; page < cases[i].lost; page++)
			for (unsigned at = 0; at < 64; at += 8)
				machine_write_page(machine, FIRST + 0x400 * page, at, 0, 8);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "vmemmap-orphan-sharing", STATUS_FAIL, cases[i].findings);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* A machine in the middle between two schemes does not exist. */
static void a_frame_that_many_pages_keep_is_one_finding(void **state)
{
	static const struct machine_dax specs[] = {
		{ "dax0.0", NULL, DEVICE, DEVICE + 0x8000, 0, 9, 1, 0 },
		{ "dax1.0", NULL, DEVICE + 0x8000, DEVICE + 0x18000, 0, 9, 1, 0 },
	};
	struct machine *machine = machine_create(&(struct machine_kernel){
		.scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .devices = DEVICES_SECOND });
	pfn_t frame;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		machine_dax(machine, &specs[i]);
	frame = machine_zone_tail(machine, 1, MACHINE_ZONE_DEVICE, 9);
	for (pfn_t head = DEVICE; head < DEVICE + 0x8000; head += 0x200)
		for (unsigned i = 1; i < 8; i++)
			machine_map(machine, machine_index(head) + i, frame, true);
	struct analysis *analysis = expect_analysis(machine);
	assert_string_equal(analysis->scheme.dax->id, "dax-b");
	expect_status(analysis, "dax-frames-private", STATUS_FAIL, 1);
	assert_non_null(strstr(expect_run(analysis, "dax-frames-private")->findings[0].message,
			       "is also mapped by 441 vmemmap pages of others"));
	assert_int_equal(analysis->checks.errors, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(a_lone_fault_is_listed_beside_hundreds_that_are_alike),
		cmocka_unit_test(other_entries_of_other_pages_stay_apart),
		cmocka_unit_test(other_checks_make_one_of_many),
		cmocka_unit_test(heads_lost_alike_are_one_finding),
		cmocka_unit_test(a_frame_that_many_pages_keep_is_one_finding),
	};
	struct CMUnitTest tests[COUNT_OF(fixed) + COUNT_OF(crowds)];

	memcpy(tests, fixed, sizeof(fixed));
	EXPECT_EACH(tests, COUNT_OF(fixed), what_many_pages_show_is_one_finding, crowds);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
