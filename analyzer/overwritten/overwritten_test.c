// SPDX-License-Identifier: LGPL-2.1-or-later
/* Hot-plugged memory that a capture kernel put online and wrote to. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

/*
 * Section PLUGGED is hot-plugged and holds the struct pages of section OTHER, which is
 * hot-plugged, too; its own are in boot memory unless it holds them itself.
 */
enum {
	PLUGGED = 24,
	FIRST = PLUGGED * MACHINE_SECTION_PAGES,
	OTHER = 26,
	OTHER_FIRST = OTHER * MACHINE_SECTION_PAGES,
	FRAMES = FIRST + 0x1000, /* of OTHER's struct pages */
	SECTION_FRAMES = 512,
	HEAD = OTHER_FIRST + 0x400,
};

static const vaddr_t OTHER_VMEMMAP = UINT64_C(0xfffff1a000000000);
static const vaddr_t OTHER_OBJECTS = UINT64_C(0xffff9b4400000000);

#define KERNEL_B                                                                                   \
	{                                                                                          \
		.scheme = MACHINE_B, .mark = MARK_DTOR                                             \
	}
#define KERNEL_D                                                                                   \
	{                                                                                          \
		.scheme = MACHINE_D, .mark = MARK_TYPE_BYTE                                        \
	}
static const struct machine_kernel kernels[] = { KERNEL_B, KERNEL_D };

static void plug(struct machine *machine, uint64_t nr, pfn_t frames)
{
	pfn_t first = nr * MACHINE_SECTION_PAGES;

	machine_hide(machine, (paddr_t)first << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	machine_section_add(machine, nr, SECTION_ONLINE | SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < SECTION_FRAMES; i++)
		machine_map(machine, machine_index(first) + i,
			    frames ? frames + i : machine_frame_new(machine), true);
}

static void link_itself(struct machine *machine, pfn_t frame, unsigned i, pfn_t pfn,
			vaddr_t vmemmap)
{
	paddr_t page = (frame << 12) + i * 64U;
	uint64_t link = vmemmap + pfn * 64 + MACHINE_PAGE_LRU;

	image_write(machine_image(machine), page + MACHINE_PAGE_LRU, link, 8);
	image_write(machine_image(machine), page + MACHINE_PAGE_LRU + 8, link, 8);
}

/* Struct pages of memory that nobody uses, those of vmemmap page @index, in @frame. */
static void write_struct_pages(struct machine *machine, pfn_t frame, uint64_t index,
			       vaddr_t vmemmap)
{
	static const unsigned char zeros[4096];

	image_write_page(machine_image(machine), frame, zeros);
	for (unsigned i = 0; i < 64; i++) {
		paddr_t page = (frame << 12) + i * 64U;

		link_itself(machine, frame, i, index * 64 + i, vmemmap);
		image_write(machine_image(machine), page + MACHINE_PAGE_FLAGS,
			    machine_page_flags(1, MACHINE_ZONE_NORMAL, 0), 8);
		image_write(machine_image(machine), page + MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	}
}

static void write_section(struct machine *machine, uint64_t nr, vaddr_t vmemmap)
{
	uint64_t index = machine_index(nr * MACHINE_SECTION_PAGES);

	for (unsigned i = 0; i < SECTION_FRAMES; i++)
		write_struct_pages(machine, machine_frame(machine, index + i), index + i, vmemmap);
}

/* What another kernel does to frames of OTHER's struct pages, whoever maps them. */
static void overwrite(struct machine *machine, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		write_struct_pages(machine, FRAMES + i, machine_index(OTHER_FIRST) + i,
				   OTHER_VMEMMAP);
}

/* A healthy one, with a huge page whose struct pages are in PLUGGED. */
static struct machine *plugged_machine(const struct machine_kernel *kernel)
{
	struct machine *machine = machine_create(kernel);

	machine_populate(machine);
	plug(machine, PLUGGED, 0);
	plug(machine, OTHER, FRAMES);
	write_section(machine, PLUGGED, MACHINE_VMEMMAP);
	write_section(machine, OTHER, MACHINE_VMEMMAP);
	machine_frames_own(machine, FRAMES, SECTION_FRAMES);
	machine_huge_page(machine, HEAD, 9, HUGE_OPTIMIZED);
	return machine;
}

static void expect_overwritten(const struct analysis *analysis, unsigned ranges)
{
	assert_int_equal(analysis->overwritten.count, ranges);
	expect_status(analysis, "memory-overwritten", ranges ? STATUS_WARN : STATUS_PASS,
		      ranges != 0);
}

/* Nothing but the one finding, and a lot that could not be looked at. */
static void expect_nothing_else(const struct analysis *analysis)
{
	uint64_t not_checked = 0;

	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		not_checked += run->not_checked;
		if (run->violations && strcmp(run->check->id, "memory-overwritten") != 0)
			fail_msg("%s: %s", run->check->id, run->findings[0].message);
	}
	assert_true(not_checked > 0);
}

static void expect_words(const struct analysis *analysis, const char *part)
{
	const struct check_run *run = expect_run(analysis, "memory-overwritten");

	if (!strstr(run->findings[0].message, part))
		fail_msg("'%s' is not about '%s'", run->findings[0].message, part);
}

static void end(struct analysis *analysis, struct machine *machine)
{
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void healthy_plugged_memory_is_the_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = plugged_machine(&kernels[i]);
		struct analysis *analysis = expect_analysis(machine);

		expect_overwritten(analysis, 0);
		expect_others_silent(analysis, NULL);
		end(analysis, machine);
	}
}

static void machine_without_plugged_memory_is_not_asked(void **state)
{
	struct machine *machine = machine_create(&kernels[0]);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "memory-overwritten", STATUS_NOT_APPLICABLE, 0);
	end(analysis, machine);
}

/* Struct pages of @first to @end of OTHER's are another kernel's. */
struct extent_case {
	const char *name;
	unsigned kernel, first, end;
};

static const struct extent_case extents[] = {
	{ "wholly overwritten, tails on the head's frame", 0, 0, SECTION_FRAMES },
	{ "wholly overwritten, tails on the zone's frame", 1, 0, SECTION_FRAMES },
	{ "overwritten in part, where a huge page is", 0, 0, 64 },
	{ "overwritten in part, where none is", 1, 256, 300 },
	{ "two frames overwritten, one with a head", 0, 15, 17 },
};

static void overwritten_memory_is_one_finding(void **state)
{
	const struct extent_case *extent = *state;
	struct machine *machine = plugged_machine(&kernels[extent->kernel]);

	overwrite(machine, extent->first, extent->end);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_nothing_else(analysis);
	assert_int_equal(analysis->overwritten.ranges[0].start, FIRST);
	assert_int_equal(analysis->overwritten.ranges[0].end, FIRST + MACHINE_SECTION_PAGES);
	expect_words(analysis, "0xc0000000-0xc7ffffff (128 MiB)");
	expect_words(analysis, "the vmemmap of the other one is at 0xfffff1a000000000");
	end(analysis, machine);
}

/* memmap_on_memory, in both kernels. */
static void block_with_its_own_memmap_is_told(void **state)
{
	struct machine *machine = machine_create(&kernels[1]);

	(void)state;
	machine_populate(machine);
	plug(machine, PLUGGED, FIRST);
	write_section(machine, PLUGGED, OTHER_VMEMMAP);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_nothing_else(analysis);
	end(analysis, machine);
}

/* The lowest page table for OTHER's struct pages is in PLUGGED from now on. */
static paddr_t move_table(struct machine *machine)
{
	vaddr_t va = machine_vmemmap_address(machine_index(OTHER_FIRST));
	paddr_t from = machine_table(machine, va, 0), to = (paddr_t)(FIRST + 0x2000) << 12;
	paddr_t entry = machine_table(machine, va, 1) + (va >> 21) % 512 * 8;
	struct image *image = machine_image(machine);

	for (unsigned at = 0; at < 4096; at += 8)
		image_write(image, to + at, image_read(image, from + at, 8), 8);
	machine_frames_own(machine, to >> 12, 1);
	image_write(image, entry, image_read(image, entry, 8) - from + to, 8);
	return to;
}

/* Objects of another kernel, in place of entries. */
static void page_table_of_another_kernel_is_told(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);
	paddr_t table = move_table(machine);

	(void)state;
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
	for (unsigned at = 0; at < 4096; at += 128)
		image_write(machine_image(machine), table + at, OTHER_OBJECTS + 64 * at, 8);
	analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_nothing_else(analysis);
	expect_words(analysis, "1 of 1 page tables");
	end(analysis, machine);
}

static void few_bad_entries_stay_findings(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);
	paddr_t table = move_table(machine);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		image_write(machine_image(machine), table + 8 * (16 + i), OTHER_OBJECTS + 64 * i,
			    8);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	assert_true(analysis->checks.errors > 0);
	end(analysis, machine);
}

/* The mem_section_usage of section OTHER is in PLUGGED, and empty. */
static void empty_usage(struct machine *machine)
{
	paddr_t usage = (paddr_t)(FIRST + 0x2100) << 12;
	struct image *image = machine_image(machine);

	image_write(image, machine_section(machine, OTHER) + MACHINE_SECTION_USAGE,
		    MACHINE_DIRECT_MAP + usage, 8);
	image_write(image, usage + MACHINE_SUBSECTION_MAP, 0, 8);
}

/* Neither alone would do: objects that the other kernel zeroed, and a table with its words. */
static void empty_objects_beside_a_broken_table_are_told(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);

	(void)state;
	empty_usage(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	analysis_destroy(analysis);
	paddr_t table = move_table(machine);
	for (unsigned i = 0; i < 4; i++)
		image_write(machine_image(machine), table + 8 * (16 + i), 0x57ac6000003 + i, 8);
	analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_nothing_else(analysis);
	expect_words(analysis, "1 of 1 mem_section_usage are empty");
	end(analysis, machine);
}

/* Both without KASLR: the vmemmap is where ours is, and the struct pages are of other pfns. */
static void kernel_without_kaslr_is_told(void **state)
{
	struct machine *machine = plugged_machine(&kernels[1]);

	(void)state;
	for (unsigned i = 0; i < SECTION_FRAMES; i++)
		write_struct_pages(machine, FRAMES + i, machine_index(OTHER_FIRST) - 37 + i,
				   MACHINE_VMEMMAP);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_nothing_else(analysis);
	end(analysis, machine);
}

static void faults_elsewhere_stay(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);

	(void)state;
	machine_map(machine, machine_index(0x10000) + 7, machine_frame_new(machine), false);
	machine_map(machine, machine_index(0x48000) + 7, machine_frame_new(machine), false);
	overwrite(machine, 0, SECTION_FRAMES);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 1);
	expect_status(analysis, "hugetlb-tail-target", STATUS_FAIL, 2);
	end(analysis, machine);
}

/* --- what is none of it ---------------------------------------------------------------- */

static void lone_frame_stays_a_finding(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);

	(void)state;
	overwrite(machine, 16, 17);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	assert_true(analysis->checks.errors + analysis->checks.warnings > 0);
	end(analysis, machine);
}

static void lone_entry_stays_a_finding(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);

	(void)state;
	machine_map(machine, machine_index(HEAD) + 7, machine_frame_new(machine), false);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	expect_status(analysis, "hugetlb-tail-target", STATUS_FAIL, 1);
	end(analysis, machine);
}

/* A virtual machine has the frames: this kernel freed them while the vmemmap maps them. */
static void frames_given_to_a_process_stay_findings(void **state)
{
	struct machine *machine = plugged_machine(&kernels[1]);

	(void)state;
	overwrite(machine, 256, 300);
	for (unsigned i = 256; i < 300; i++)
		machine_write_page(machine, FRAMES + i, MACHINE_PAGE_MAPCOUNT, 0, 4);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	assert_true(expect_run(analysis, "vmemmap-frame-owner")->by_severity[SEVERITY_ERROR] > 0);
	end(analysis, machine);
}

/* The same in memory from boot was done by something else. */
static void boot_memory_is_not_meant(void **state)
{
	struct machine *machine = plugged_machine(&kernels[0]);
	uint64_t nr = 0x48000 / MACHINE_SECTION_PAGES;

	(void)state;
	write_section(machine, nr, OTHER_VMEMMAP);
	struct analysis *analysis = expect_analysis(machine);
	expect_overwritten(analysis, 0);
	end(analysis, machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(healthy_plugged_memory_is_the_kernels),
		cmocka_unit_test(machine_without_plugged_memory_is_not_asked),
		cmocka_unit_test(block_with_its_own_memmap_is_told),
		cmocka_unit_test(page_table_of_another_kernel_is_told),
		cmocka_unit_test(empty_objects_beside_a_broken_table_are_told),
		cmocka_unit_test(few_bad_entries_stay_findings),
		cmocka_unit_test(kernel_without_kaslr_is_told),
		cmocka_unit_test(faults_elsewhere_stay),
		cmocka_unit_test(lone_frame_stays_a_finding),
		cmocka_unit_test(lone_entry_stays_a_finding),
		cmocka_unit_test(frames_given_to_a_process_stay_findings),
		cmocka_unit_test(boot_memory_is_not_meant),
	};
	struct CMUnitTest tests[COUNT_OF(others) + COUNT_OF(extents)];

	memcpy(tests, others, sizeof(others));
	EXPECT_EACH(tests, COUNT_OF(others), overwritten_memory_is_one_finding, extents);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
