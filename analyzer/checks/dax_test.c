// SPDX-License-Identifier: LGPL-2.1-or-later
/* Compound pages of devices: healthy in every scheme, and broken in one place. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

/* Of machine_populate_devices(). */
enum {
	SMALL = 0x140200,

	IN_DEVICE = 0x148400,
	BASE_PAGES = 0x150000,
	FILES = 0x158000,
	LARGE = 0x180000,
	LARGE_PAGES = 4096,
};

enum fault {
	FAULT_NONE,
	FAULT_MIDDLE_TAIL,
	FAULT_LAST_TAIL,
	FAULT_GIGANTIC_TAIL,
	FAULT_HEAD_SHARED,
	FAULT_HEAD_READONLY,
	FAULT_TAIL_PERMISSION, /* the other one */
	FAULT_REFERENCE,
	FAULT_UNSHARED,
	FAULT_FSDAX_SHARED,
	FAULT_BASE_SHARED,
	FAULT_ALTMAP_OUTSIDE,
};

static bool is_zone_scheme(enum machine_scheme scheme)
{
	return scheme == MACHINE_E2;
}

static struct machine *machine_with_devices(enum machine_scheme scheme)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = scheme, .mark = MARK_TYPE_BYTE });

	machine_populate(machine);
	machine_populate_devices(machine);
	return machine;
}

static pfn_t tail_frame(struct machine *machine, pfn_t pfn)
{
	return machine_frame(machine, machine_index(pfn) + 1);
}

/* Frames full of tails, as memory that is added without sharing has them. */
static void unshare(struct machine *machine, pfn_t pfn, unsigned first)
{
	uint64_t index = machine_index(pfn);
	pfn_t tail = tail_frame(machine, pfn);
	uint64_t left = machine_read_page(machine, tail, MACHINE_PAGE_REFCOUNT, 4);

	for (unsigned i = first; i < 8; i++) {
		pfn_t frame = machine_frame_new(machine);

		for (unsigned at = 0; at < 4096; at += 8)
			image_write(machine_image(machine), (frame << 12) + at,
				    image_read(machine_image(machine), (tail << 12) + at, 8), 8);
		machine_map(machine, index + i, frame, true);
		left--;
	}
	machine_write_page(machine, tail, MACHINE_PAGE_REFCOUNT, left, 4);
}

static void reference_add(struct machine *machine, pfn_t frame)
{
	uint64_t count = machine_read_page(machine, frame, MACHINE_PAGE_REFCOUNT, 4);

	machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT, count + 1, 4);
}

static void fault_make(struct machine *machine, enum machine_scheme scheme, enum fault fault)
{
	uint64_t index = machine_index(SMALL);
	pfn_t tail = tail_frame(machine, SMALL);

	switch (fault) {
	case FAULT_NONE:
		return;
	case FAULT_MIDDLE_TAIL:
		machine_map(machine, index + 4, machine_frame_new(machine), true);
		return;
	case FAULT_LAST_TAIL:
		machine_map(machine, index + 7, machine_frame_new(machine), true);
		return;
	case FAULT_GIGANTIC_TAIL:
		machine_map(machine, machine_index(LARGE) + 3000, machine_frame_new(machine), true);
		return;
	case FAULT_HEAD_SHARED:
		machine_map(machine, machine_index(BASE_PAGES) + 3, machine_frame(machine, index),
			    true);
		return;
	case FAULT_HEAD_READONLY:
		machine_map(machine, index, machine_frame(machine, index), false);
		return;
	case FAULT_TAIL_PERMISSION:
		machine_map(machine, index + 4, tail, false);
		return;
	case FAULT_REFERENCE:
		reference_add(machine, tail);
		return;
	case FAULT_UNSHARED:
		unshare(machine, SMALL, is_zone_scheme(scheme) ? 1 : 2);
		return;
	case FAULT_FSDAX_SHARED:
		machine_map(machine, machine_index(FILES) + 5,
			    machine_frame(machine, machine_index(FILES) + 4), true);
		return;
	case FAULT_BASE_SHARED:
		machine_map(machine, machine_index(BASE_PAGES) + 5,
			    machine_frame(machine, machine_index(BASE_PAGES) + 4), true);
		return;
	case FAULT_ALTMAP_OUTSIDE:
		machine_map(machine, machine_index(IN_DEVICE) + 16, IN_DEVICE + 0x4000, true);
		return;
	}
}

struct row {
	const char *name;
	enum machine_scheme scheme;
	enum fault fault;
	const char *check; /* the only one that fires; NULL: none */
	enum check_status status;
	uint64_t findings;
	const char *part; /* of the first message */
};

// clang-format off
static const struct row rows[] = {
	{ "b_middle_tail", MACHINE_B, FAULT_MIDDLE_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 4" },
	{ "d_middle_tail", MACHINE_D, FAULT_MIDDLE_TAIL, "dax-tail-target", STATUS_FAIL, 1, "of dax0.0" },
	{ "e1_middle_tail", MACHINE_E1, FAULT_MIDDLE_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 4" },
	{ "b_last_tail", MACHINE_B, FAULT_LAST_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 7" },
	{ "d_last_tail", MACHINE_D, FAULT_LAST_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 7" },
	{ "b_gigantic_tail", MACHINE_B, FAULT_GIGANTIC_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 3000" },
	{ "d_gigantic_tail", MACHINE_D, FAULT_GIGANTIC_TAIL, "dax-tail-target", STATUS_FAIL, 1, "page 3000" },
	{ "b_head_shared", MACHINE_B, FAULT_HEAD_SHARED, "dax-frames-private", STATUS_FAIL, 1, "of dax0.0" },
	{ "d_head_shared", MACHINE_D, FAULT_HEAD_SHARED, "dax-frames-private", STATUS_FAIL, 1, "0x1500c0" },
	{ "e2_head_shared", MACHINE_E2, FAULT_HEAD_SHARED, "dax-frames-private", STATUS_FAIL, 1, "head" },
	{ "b_head_readonly", MACHINE_B, FAULT_HEAD_READONLY, "dax-frames-writable", STATUS_FAIL, 1, "read-only" },
	{ "e2_head_readonly", MACHINE_E2, FAULT_HEAD_READONLY, "dax-frames-writable", STATUS_FAIL, 1, "read-only" },
	{ "b_tail_readonly", MACHINE_B, FAULT_TAIL_PERMISSION, "dax-tail-permission", STATUS_WARN, 1, "read-only" },
	{ "d_tail_readonly", MACHINE_D, FAULT_TAIL_PERMISSION, "dax-tail-permission", STATUS_WARN, 1, "read-only" },
	{ "e2_tail_readonly", MACHINE_E2, FAULT_TAIL_PERMISSION, "dax-tail-permission", STATUS_WARN, 1, "read-only" },
	{ "b_reference", MACHINE_B, FAULT_REFERENCE, "dax-tail-refcount", STATUS_FAIL, 1, "8 references" },
	{ "d_reference", MACHINE_D, FAULT_REFERENCE, "dax-tail-refcount", STATUS_FAIL, 1, "8 references" },
	{ "e2_reference", MACHINE_E2, FAULT_REFERENCE, "dax-tail-refcount", STATUS_FAIL, 1, "2 MiB pages of zone" },
	{ "b_unshared", MACHINE_B, FAULT_UNSHARED, "dax-sharing", STATUS_WARN, 1, "1 of 64" },
	{ "d_unshared", MACHINE_D, FAULT_UNSHARED, "dax-sharing", STATUS_WARN, 1, "the others do" },
	{ "e2_unshared", MACHINE_E2, FAULT_UNSHARED, "dax-sharing", STATUS_WARN, 1, "1 of 64" },
	{ "b_fsdax_shared", MACHINE_B, FAULT_FSDAX_SHARED, "vmemmap-orphan-sharing", STATUS_FAIL, 1, "0x158100" },
	{ "d_fsdax_shared", MACHINE_D, FAULT_FSDAX_SHARED, "vmemmap-orphan-sharing", STATUS_FAIL, 1, "0x158100" },
	{ "d_base_pages_shared", MACHINE_D, FAULT_BASE_SHARED, "vmemmap-orphan-sharing", STATUS_FAIL, 1, "0x150100" },
	{ "d_altmap_outside", MACHINE_D, FAULT_ALTMAP_OUTSIDE, "dax-altmap", STATUS_FAIL, 1, "dax1.0" },
};
// clang-format on

/* What the contents of altmap memmaps are, no dump shows. */
static void expect_silent_but(const struct analysis *analysis, const char *id)
{
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		if (run->violations && (!id || strcmp(run->check->id, id) != 0))
			fail_msg("%s: %s", run->check->id, run->findings[0].message);
	}
}

static void one_fault_trips_one_check(void **state)
{
	const struct row *row = *state;
	struct machine *machine = machine_with_devices(row->scheme);

	fault_make(machine, row->scheme, row->fault);
	struct analysis *analysis = expect_analysis(machine);
	expect_silent_but(analysis, row->check);
	expect_status(analysis, row->check, row->status, row->findings);
	if (!strstr(expect_run(analysis, row->check)->findings[0].message, row->part))
		fail_msg("'%s' is not about '%s'",
			 expect_run(analysis, row->check)->findings[0].message, row->part);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void healthy_devices_trip_nothing(void **state)
{
	static const enum machine_scheme schemes[] = { MACHINE_NONE, MACHINE_A, MACHINE_B,
						       MACHINE_C,    MACHINE_D, MACHINE_E1,
						       MACHINE_E2 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct machine *machine = machine_with_devices(schemes[i]);
		struct analysis *analysis = expect_analysis(machine);

		expect_silent_but(analysis, NULL);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Every shared tail of every device becomes read-only, but for one. */
static void tails_are_judged_by_what_most_of_them_are(void **state)
{
	struct machine *machine = machine_with_devices(MACHINE_E2);
	struct analysis *analysis = expect_analysis(machine);
	const struct devices *devices = &analysis->devices;

	(void)state;
	assert_string_equal(analysis->scheme.dax->id, "dax-e2");
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];
		struct huge_page page;

		for (pfn_t pfn = device->start;
		     device_compound(&analysis->survey, device, pfn, &page);
		     pfn = page.pfn + (UINT64_C(1) << page.order))
			for (uint64_t k = 1; page.optimized && k < page.mapping.pages; k++)
				machine_map(machine, machine_index(page.pfn) + k,
					    page.mapping.target, false);
	}
	analysis_destroy(analysis);

	analysis = expect_analysis(machine);
	assert_string_equal(analysis->scheme.dax->id, "dax-e2-ro");
	expect_silent_but(analysis, NULL);
	expect_status(analysis, "dax-tail-permission", STATUS_PASS, 0);
	analysis_destroy(analysis);

	machine_map(machine, machine_index(SMALL) + 5, tail_frame(machine, SMALL), true);
	analysis = expect_analysis(machine);
	assert_string_equal(analysis->scheme.dax->id, "dax-e2-ro");
	expect_silent_but(analysis, "dax-tail-permission");
	expect_status(analysis, "dax-tail-permission", STATUS_FAIL, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static const struct device *device_named(const struct analysis *analysis, const char *name)
{
	for (size_t i = 0; i < analysis->devices.count; i++)
		if (strcmp(analysis->devices.list[i].name, name) == 0)
			return &analysis->devices.list[i];
	fail_msg("no device %s", name);
	return NULL;
}

static void savings_of_devices_are_counted_by_scheme(void **state)
{
	static const struct {
		enum machine_scheme scheme;
		uint64_t kept, next;
	} schemes[] = {
		{ MACHINE_B, 2, 1 },
		{ MACHINE_D, 2, 1 },
		{ MACHINE_E2, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct machine *machine = machine_with_devices(schemes[i].scheme);
		struct analysis *analysis = expect_analysis(machine);
		const struct device *small = device_named(analysis, "dax0.0");
		const struct device *large = device_named(analysis, "dax3.0");
		uint64_t kept = schemes[i].kept;

		assert_int_equal(small->whole.compound_pages, 64);
		assert_int_equal(small->data.compound_pages, 63);
		assert_int_equal(small->data.optimized, 63);
		assert_int_equal(small->data.saved_pages, 63 * (8 - kept));
		assert_int_equal(small->whole.next_pages, 64 * schemes[i].next);
		assert_int_equal(large->whole.saved_pages, LARGE_PAGES - kept);
		assert_int_equal(device_could_save(&analysis->survey, small, &small->whole), 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void unshared_pages_have_their_reason(void **state)
{
	static const struct {
		const char *name;
		enum device_blocker blocker;
		enum machine_scheme scheme;
	} reasons[] = {
		{ "dax1.0", DEVICE_BLOCKER_ALTMAP, MACHINE_D },
		{ "dax6.0", DEVICE_BLOCKER_SUBSECTION, MACHINE_E2 },
		{ "dax0.0", DEVICE_BLOCKER_NOT_BUILT, MACHINE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct machine *machine = machine_with_devices(reasons[i].scheme);
		struct analysis *analysis = expect_analysis(machine);
		const struct device *device = device_named(analysis, reasons[i].name);

		if (device->whole.blocked[reasons[i].blocker] != device->whole.compound_pages)
			fail_msg("%s: not '%s'", reasons[i].name,
				 device_blocker_id(reasons[i].blocker));
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void base_pages_stay_where_alignment_fails(void **state)
{
	struct machine *machine = machine_with_devices(MACHINE_D);

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		machine_map(machine, machine_index(SMALL) + 8 * i + 5, tail_frame(machine, LARGE),
			    true);
	struct analysis *analysis = expect_analysis(machine);
	const struct device *realigned = device_named(analysis, "dax2.0");
	assert_int_equal(device_could_save(&analysis->survey, realigned, &realigned->whole), 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Unless the kernel is known to fail aligned ones. */
static void base_pages_could_be_aligned(void **state)
{
	static const struct {
		const char *arch, *facts;
		uint64_t could_save;
	} kernels[] = {
		{ "ppc64", "OSRELEASE=6.12.97+deb13-powerpc64le\n", 0 },
		{ "ppc64", "OSRELEASE=6.12.110+deb13-powerpc64le\n", 64 * 6 },
		{ "x86_64", "OSRELEASE=6.12.97+deb13-amd64\n", 64 * 6 },
		{ "x86_64", "PAGESIZE=4096\n", 64 * 6 },
	};
	struct machine *machine = machine_with_devices(MACHINE_D);
	struct analysis *analysis = expect_analysis(machine);
	const struct device *realigned = device_named(analysis, "dax2.0");
	const struct arch_info *arch = analysis->target.arch;
	struct facts *facts = analysis->target.facts;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		expect_no_error(facts_parse(kernels[i].facts, &analysis->target.facts));
		analysis->target.arch = arch_by_name(kernels[i].arch);
		assert_int_equal(device_could_save(&analysis->survey, realigned, &realigned->whole),
				 kernels[i].could_save);
		facts_destroy(analysis->target.facts);
	}
	analysis->target.arch = arch;
	analysis->target.facts = facts;
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(rows) + 7] = {
		cmocka_unit_test(healthy_devices_trip_nothing),
		cmocka_unit_test(tails_are_judged_by_what_most_of_them_are),
		cmocka_unit_test(savings_of_devices_are_counted_by_scheme),
		cmocka_unit_test(unshared_pages_have_their_reason),
		cmocka_unit_test(base_pages_could_be_aligned),
		cmocka_unit_test(base_pages_stay_where_alignment_fails),
	};
	size_t used = EXPECT_EACH(tests, 6, one_fault_trips_one_check, rows);

	return _cmocka_run_group_tests("dax", tests, used, NULL, NULL);
}
