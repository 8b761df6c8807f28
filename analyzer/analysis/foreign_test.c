// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Described machines of other architectures, for what no dump shows: whole, and broken
 * in the smallest way that a check is for.
 */
#include "analyzer/analysis/known_bugs_match.h"
#include "testdata/machine/expect.h"
#include "testdata/machine/machine_specs.h"

#include <inttypes.h>
#include <elf.h>

/* --- whole machines ------------------------------------------------------------------ */

/* By the entry of a tail, which is one of the lowest level wherever tails are shared. */
static void check_frame_mask(const struct machine_spec *spec, const struct analysis *analysis)
{
	const struct kernel *kernel = &analysis->target.kernel;
	vaddr_t at = kernel_struct_page(kernel, analysis->inventory.pages.runs[0].pfn);
	struct mapping mapping;
	struct pgwalk walk;

	if (spec->kernel.scheme == MACHINE_NONE)
		return;
	expect_no_error(pgwalk_init(&walk, analysis->target.arch, &analysis->target.paging,
				    analysis->target.memory));
	expect_no_error(pgwalk_at(&walk, at + 2 * kernel->page_size, &mapping));
	pgwalk_deinit(&walk);
	assert_int_equal(mapping.level, 0);
	expect_frame_mask(analysis->target.arch, &analysis->target.paging, mapping.raw);
}

/* Vmemmap pages that one compound page of the device keeps; 0: it shares nothing. */
static unsigned device_keeps(const struct machine_spec *spec)
{
	if (!spec->device_order)
		return 0;
	if (spec->kernel.scheme == MACHINE_E2)
		return 1;
	return spec->kernel.elf_machine == EM_RISCV || spec->kernel.elf_machine == EM_PPC64 ? 2 : 0;
}

static void check_savings(const struct machine_spec *spec, const struct machine *machine,
			  const struct analysis *analysis)
{
	uint64_t page = UINT64_C(1) << spec->kernel.page_shift;
	uint64_t huge =
		spec->kernel.scheme == MACHINE_NONE
			? 0
			: 2 * (machine_spec_huge_pages(machine) - machine_huge_kept(machine));
	unsigned keeps = device_keeps(spec);
	uint64_t all = spec->device_pages * machine_spec_device_pages(machine);
	uint64_t devices = keeps && all > spec->device_leaf
				   ? all - keeps * spec->device_pages - spec->device_leaf
				   : 0;

	assert_int_equal(analysis->savings.hugetlb.gross_bytes, huge * page);
	assert_int_equal(analysis->savings.dax.gross_bytes, devices * page);
	assert_int_equal(analysis->savings.total.could_save_bytes, 0);
}

/* Every check but @id is silent, and a fault that the architecture's kernels had is noted. */
static void expect_silent_but(const struct analysis *analysis, const char *id)
{
	bool noted = analysis->target.arch->hvo_fault && analysis->scheme.hugetlb->fake_heads;
	const struct check_run *target = expect_run(analysis, "hugetlb-tail-target");

	if (!noted) {
		expect_others_silent(analysis, id);
		return;
	}
	assert_int_equal(target->by_severity[SEVERITY_NOTE], 1);
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		if (id && strcmp(run->check->id, id) == 0)
			continue;
		if (run->violations > (run == target))
			fail_msg("%s: %s", run->check->id, run->findings[0].message);
		assert_int_equal(run->not_checked, 0);
	}
}

static void a_whole_machine_has_no_finding(void **state)
{
	const struct machine_spec *spec = *state;
	struct machine *machine = machine_spec_create(spec);
	struct analysis *analysis = expect_analysis(machine);

	assert_int_equal(analysis->target.kernel.page_shift, spec->kernel.page_shift);
	assert_int_equal(analysis->target.kernel.node_count, 1);
	assert_int_equal(analysis->inventory.pages.count, 2);
	assert_int_equal(analysis->devices.count, spec->device_order ? 1 : 0);
	expect_silent_but(analysis, NULL);
	check_savings(spec, machine, analysis);
	check_frame_mask(spec, analysis);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- broken ones ---------------------------------------------------------------------- */

/* Vmemmap page @number of the compound page at @pfn maps @frame from now on. */
static void map(struct machine *machine, pfn_t pfn, uint64_t number, pfn_t frame, bool writable)
{
	machine_map(machine, machine_index_of(machine, pfn) + number, frame, writable);
}

static pfn_t frame_of(const struct machine *machine, pfn_t pfn, uint64_t number)
{
	return machine_frame(machine, machine_index_of(machine, pfn) + number);
}

static void tail_to_another_frame(struct machine *machine)
{
	map(machine, machine_spec_huge(machine, 0), 2, machine_frame_new(machine), false);
}

static void tail_writable(struct machine *machine)
{
	pfn_t pfn = machine_spec_huge(machine, 0);

	map(machine, pfn, 2, frame_of(machine, pfn, 2), true);
}

static void head_readonly(struct machine *machine)
{
	pfn_t pfn = machine_spec_huge(machine, 0);

	map(machine, pfn, 0, frame_of(machine, pfn, 0), false);
}

/* Of the frame behind the tails; where they show the head's, of its last tail. */
static void tail_link(struct machine *machine)
{
	pfn_t pfn = machine_spec_huge(machine, 0) + 60;

	machine_write_page(machine, pfn, MACHINE_PAGE_HEAD,
			   machine_read_page(machine, pfn, MACHINE_PAGE_HEAD, 8) + 64, 8);
}

static void device_reference_lost(struct machine *machine)
{
	pfn_t frame = frame_of(machine, machine_spec_device(machine),
			       machine_spec_device_pages(machine) / 2);

	machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT,
			   machine_read_page(machine, frame, MACHINE_PAGE_REFCOUNT, 4) - 1, 4);
}

/* The frame that is mapped no more has a reference less. */
static void device_tail_to_another_frame(struct machine *machine)
{
	device_reference_lost(machine);
	map(machine, machine_spec_device(machine), 3, machine_frame_new(machine), true);
}

static const struct broken {
	const char *name;
	const char *machine; /* the beginning of its name */
	void (*edit)(struct machine *machine);
	const char *check; /* NULL: that is legal there */
} broken[] = {
	{ "arm64: a tail maps another frame", "arm64, 4 KiB, 48 bits", tail_to_another_frame,
	  "hugetlb-tail-target" },
	{ "arm64: a tail is writable", "arm64, 4 KiB, 48 bits", tail_writable,
	  "hugetlb-tail-readonly" },
	{ "arm64, LPA2: a tail is writable", "arm64, 4 KiB, 52 bits", tail_writable,
	  "hugetlb-tail-readonly" },
	{ "arm64, LPA2: the head is read-only", "arm64, 4 KiB, 52 bits", head_readonly,
	  "hugetlb-head-writable" },
	{ "arm64, 16 KiB: a tail maps another frame", "arm64, 16 KiB, 47 bits",
	  tail_to_another_frame, "hugetlb-tail-target" },
	{ "arm64, 64 KiB: a tail maps another frame", "arm64, 64 KiB, 42 bits",
	  tail_to_another_frame, "hugetlb-tail-target" },
	{ "arm64, 64 KiB: a tail is writable", "arm64, 64 KiB, 42 bits", tail_writable,
	  "hugetlb-tail-readonly" },
	{ "arm64, 64 KiB: a tail's link", "arm64, 64 KiB, 42 bits", tail_link, "hugetlb-contents" },
	{ "arm64, 64 KiB: a device's tail maps another frame", "arm64, 64 KiB, 52 bits",
	  device_tail_to_another_frame, "dax-tail-target" },
	{ "riscv64: a writable tail is legal", "riscv64, Sv39", tail_writable, NULL },
	{ "riscv64: a tail maps another frame", "riscv64, Sv39", tail_to_another_frame,
	  "hugetlb-tail-target" },
	{ "riscv64: a device's tail maps another frame", "riscv64, Sv48",
	  device_tail_to_another_frame, "dax-tail-target" },
	{ "ppc64: a device's tail maps another frame", "ppc64, 4 KiB, devices",
	  device_tail_to_another_frame, "dax-tail-target" },
	{ "ppc64: a device's frame lost a reference", "ppc64, 4 KiB, devices",
	  device_reference_lost, "dax-tail-refcount" },
	{ "ppc64, big-endian: a device's frame lost a reference", "ppc64, 4 KiB, big-endian",
	  device_reference_lost, "dax-tail-refcount" },
	{ "ppc64, 64 KiB, target scheme: a device's tail maps another frame", "ppc64, 64 KiB",
	  device_tail_to_another_frame, "dax-tail-target" },
	{ "ppc64, 64 KiB, target scheme: a tail is writable", "ppc64, 64 KiB", tail_writable,
	  "hugetlb-tail-readonly" },
	{ "ppc64: beside a larger leaf, a tail maps another frame", "ppc64, 4 KiB, a larger leaf",
	  device_tail_to_another_frame, "dax-tail-target" },
	{ "loongarch64: a tail maps another frame", "loongarch64, 16 KiB", tail_to_another_frame,
	  "hugetlb-tail-target" },
	{ "s390x: a tail maps another frame", "s390x, tails map the head", tail_to_another_frame,
	  "hugetlb-tail-target" },
	{ "s390x: a tail is writable", "s390x, tails map the head", tail_writable,
	  "hugetlb-tail-readonly" },
	{ "s390x: a tail's link", "s390x, tails map the head", tail_link, "hugetlb-contents" },
};

static const struct machine_spec *spec_of(const char *name)
{
	for (size_t i = 0; i < machine_spec_count; i++)
		if (strncmp(machine_specs[i].name, name, strlen(name)) == 0)
			return &machine_specs[i];
	fail_msg("no machine is '%s'", name);
	return NULL;
}

static void a_broken_machine_has_its_finding(void **state)
{
	const struct broken *test = *state;
	struct machine *machine = machine_spec_create(spec_of(test->machine));

	test->edit(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_silent_but(analysis, test->check);
	if (test->check && expect_run(analysis, test->check)->violations == 0)
		fail_msg("%s is silent", test->check);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- struct pages that straddle the ends of pages ----------------------------------------- */

/* Nothing can be shared then, and what cannot be looked at is not called sound. */
static void struct_pages_of_80_bytes_are_read(void **state)
{
	static const struct machine_spec spec = {
		.kernel = { .elf_machine = EM_LOONGARCH,
			    .page_shift = 14,
			    .section_bits = 29,
			    .struct_page_size = 80,
			    .huge_order = 11 },
	};
	struct machine *machine = machine_spec_create(&spec);
	struct analysis *analysis = expect_analysis(machine);

	(void)state;
	assert_int_equal(analysis->inventory.pages.count, 2);
	assert_int_equal(machine_spec_huge_pages(machine), 10);
	expect_status(analysis, "hugetlb-head-sound", STATUS_PASS, 0);
	expect_status(analysis, "hugetlb-contents", STATUS_NOT_CHECKED, 0);
	expect_status(analysis, "vmemmap-orphan-sharing", STATUS_PASS, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- a kernel of ppc64 that counts pfns by vmemmap pages ----------------------------------- */

enum { MISCOUNT_PAGES = 4096, MISCOUNT_FRAMES = 64, SECTION_PAGES = 64 };

static struct machine_spec miscounted(unsigned order, unsigned pages, const char *release)
{
	return (struct machine_spec){
		.kernel = { .elf_machine = EM_PPC64,
			    .page_shift = 12,
			    .section_bits = 24,
			    .devices = DEVICES_SECOND,
			    .huge_order = 9,
			    .release = release },
		.device_order = order,
		.device_pages = pages,
		.device_miscounted = true,
	};
}

/* Behind its first compound page. */
static uint32_t device_frames(const struct machine *machine, const struct analysis *analysis)
{
	struct huge_page page;

	assert_true(huge_pages_find(&analysis->devices.pages, machine_spec_device(machine), &page));
	return page.mapping.frames;
}

static void expect_bug(const struct analysis *analysis, const char *id)
{
	struct known_bug_match match;

	assert_int_equal(known_bugs_match(&analysis->survey, &match, 1), 1);
	assert_string_equal(match.bug->id, id);
}

static const struct document_node *node_find(const struct document_node *node, const char *key)
{
	const struct document_node *child = node->first, *found = NULL;

	if (node->key && strcmp(node->key, key) == 0)
		return node;
	for (; child && !found; child = child->next)
		found = node_find(child, key);
	return found;
}

/* How many entries that 'page' shows begin their rule with @text. */
static unsigned rules_with(const struct document_node *node, const char *text)
{
	unsigned count = node->key && strcmp(node->key, "rule") == 0 && node->string &&
			 strncmp(node->string, text, strlen(text)) == 0;

	for (const struct document_node *child = node->first; child; child = child->next)
		count += rules_with(child, text);
	return count;
}

static void page_says_of_a_miscounted_page_what_the_report_says(void **state)
{
	struct machine_spec spec = miscounted(18, 2, "6.12.97");
	struct machine *machine = machine_spec_create(&spec);
	struct analysis *analysis = expect_analysis(machine);
	struct document *report = NULL;

	(void)state;
	expect_no_error(
		machine_show_page(machine, analysis, machine_spec_device(machine) + 5000, &report));
	const struct document_node *root = document_root(report);
	assert_int_equal(node_find(root, "frames")->number, MISCOUNT_FRAMES);
	assert_string_equal(node_find(root, "mapping")->string, "wrong");
	/* Frames of the first section are neighbours, and so are those that show them. */
	assert_int_equal(rules_with(root, "WRONG: the frame that the first section has"),
			 MISCOUNT_PAGES / SECTION_PAGES - 1);
	assert_int_equal(rules_with(root, "a frame that the sections behind show"), 1);
	assert_int_equal(rules_with(root, "WRONG: a frame that the scheme does not name"), 0);
	document_destroy(report);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* What each vmemmap page shows of the page is one statement, and frames are counted once. */
static void a_miscounted_device_page_is_one_finding(void **state)
{
	static const char *const releases[] = { "6.12.97", "6.6.3", NULL };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(releases); i++) {
		struct machine_spec spec = miscounted(18, 2, releases[i]);
		struct machine *machine = machine_spec_create(&spec);
		struct analysis *analysis = expect_analysis(machine);
		const struct check_run *run = expect_run(analysis, "dax-tail-target");

		expect_status(analysis, "dax-tail-target", STATUS_FAIL, 2);
		assert_non_null(
			strstr(run->findings[0].message, "vmemmap pages 64 to 4095 of the 1 GiB"));
		assert_int_equal(run->findings[0].count, MISCOUNT_PAGES - SECTION_PAGES);
		assert_int_equal(device_frames(machine, analysis), MISCOUNT_FRAMES);
		assert_int_equal(analysis->savings.dax.gross_bytes,
				 2 * (MISCOUNT_PAGES - MISCOUNT_FRAMES) * 4096);
		assert_int_equal(analysis->savings.dax.could_save_bytes, 0);
		/* Of the section's frames the kernel wrote two. */
		expect_status(analysis, "dax-contents", STATUS_FAIL, 2 * (SECTION_PAGES - 2));
		assert_int_equal(expect_run(analysis, "dax-frames-private")->violations, 0);
		assert_int_equal(expect_run(analysis, "dax-sharing")->violations, 0);
		expect_bug(analysis, "ppc64-compound-memmap");
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* Compound pages that lie within a section then share nothing. */
static void miscounted_pages_within_a_section_share_nothing(void **state)
{
	struct machine_spec spec = miscounted(9, 64, "6.12.97");
	struct machine *machine = machine_spec_create(&spec);
	struct analysis *analysis = expect_analysis(machine);

	(void)state;
	assert_int_equal(analysis->savings.dax.gross_bytes, 0);
	assert_int_equal(analysis->savings.dax.could_save_bytes, 0);
	expect_pages_wrong(analysis, "dax-contents", UINT64_C(64) * 6);
	expect_bug(analysis, "ppc64-compound-memmap");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* One entry that follows no rule is told beside what is a rule. */
static void a_lone_entry_of_a_miscounted_page_is_told_apart(void **state)
{
	struct machine_spec spec = miscounted(18, 2, "6.12.97");
	struct machine *machine = machine_spec_create(&spec);
	pfn_t stray = machine_frame_new(machine);

	(void)state;
	map(machine, machine_spec_device(machine), 1000, stray, true);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "dax-tail-target");
	expect_status(analysis, "dax-tail-target", STATUS_FAIL, 3);
	assert_non_null(strstr(run->findings[0].message, "vmemmap page 1000 of the 1 GiB"));
	assert_int_equal(device_frames(machine, analysis), MISCOUNT_FRAMES + 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void lose_section(const struct machine_spec *spec, bool device)
{
	struct machine *machine = machine_spec_create(spec);
	pfn_t pfn = device ? machine_spec_device(machine) : machine_spec_huge(machine, 0);
	uint64_t pages = UINT64_C(1) << (spec->kernel.section_bits - spec->kernel.page_shift);
	paddr_t section = machine_section(machine, pfn / pages);

	for (unsigned at = 0; at < MACHINE_SECTION_SIZE; at += 8)
		image_write(machine_image(machine), section + at, 0, 8);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "section-mem-map");

	if (run->violations != 1 || analysis->checks.errors != 1)
		fail_msg("%s, %s: %" PRIu64 " findings, %" PRIu64 " errors", spec->name,
			 device ? "device" : "RAM", run->violations, analysis->checks.errors);
	assert_non_null(strstr(run->findings[0].message, "lacks SECTION_MARKED_PRESENT"));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void a_section_that_was_zeroed_is_found_whatever_the_architecture(void **state)
{
	(void)state;
	for (size_t i = 0; i < machine_spec_count; i++) {
		lose_section(&machine_specs[i], false);
		if (machine_specs[i].device_order)
			lose_section(&machine_specs[i], true);
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_section_that_was_zeroed_is_found_whatever_the_architecture),
		cmocka_unit_test(a_miscounted_device_page_is_one_finding),
		cmocka_unit_test(page_says_of_a_miscounted_page_what_the_report_says),
		cmocka_unit_test(miscounted_pages_within_a_section_share_nothing),
		cmocka_unit_test(a_lone_entry_of_a_miscounted_page_is_told_apart),
		cmocka_unit_test(struct_pages_of_80_bytes_are_read),
	};
	struct CMUnitTest tests[MACHINE_SPECS_MAX + COUNT_OF(broken) + COUNT_OF(others)];
	size_t count = expect_each(tests, 0, a_whole_machine_has_no_finding, machine_specs,
				   machine_spec_count, sizeof(machine_specs[0]));

	count = EXPECT_EACH(tests, count, a_broken_machine_has_its_finding, broken);
	memcpy(tests + count, others, sizeof(others));
	count += COUNT_OF(others);
	return _cmocka_run_group_tests("foreign", tests, count, NULL, NULL);
}
