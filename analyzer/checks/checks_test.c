// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A machine broken in the smallest way, for each check: its finding, and no other.
 * Then machines that look odd and are legal. All begin with machine_populate().
 */
#include "testdata/machine/expect.h"

#include "analyzer/checks/check_table.h"

#include <elf.h>

/* Vmemmap pages of ordinary memory on node 0: index 0x801 is pfn 0x20040 and on. */
enum { ORDINARY = 0x801 };

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	const char *check; /* NULL: all are silent */
	enum check_status status;
	uint64_t violations;
	const char *part; /* of the first finding's message */
};

// clang-format off
#define KERNEL_A   { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true }
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_66  { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG }
#define KERNEL_69  { .scheme = MACHINE_B, .mark = MARK_INVERTED_LOW }
#define KERNEL_611 { .scheme = MACHINE_B, .mark = MARK_INVERTED_HIGH }
#define KERNEL_612 { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }
#define KERNEL_C   { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
// clang-format on

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->check)
		expect_only(analysis, scenario->check, scenario->status, scenario->violations,
			    scenario->part);
	else
		expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- broken machines ---------------------------------------------------------- */

static void section_of_another_vmemmap(struct machine *machine)
{
	paddr_t addr = machine_section(machine, 4) + MACHINE_SECTION_MAP;

	image_write(machine_image(machine), addr,
		    image_read(machine_image(machine), addr, 8) + (UINT64_C(1) << 30), 8);
}

static void ordinary_page_unmapped(struct machine *machine)
{
	machine_unmap(machine, ORDINARY);
}

static void ordinary_page_on_head_frame(struct machine *machine)
{
	machine_map(machine, ORDINARY, machine_frame(machine, machine_index(0x10000)), true);
}

static void ordinary_page_on_second_kept_frame(struct machine *machine)
{
	machine_map(machine, ORDINARY, machine_frame(machine, machine_index(0x10000) + 1), true);
}

/* The head of another huge page: two folios with one reference count. */
static void head_on_head_frame(struct machine *machine)
{
	machine_map(machine, machine_index(0x18000), machine_frame(machine, machine_index(0x10000)),
		    true);
}

static void tail_on_readonly_frame_of_its_own(struct machine *machine)
{
	machine_map(machine, machine_index(0x10000) + 4, machine_frame_new(machine), false);
}

/* At the end, where a frame of its own would be legal if it were writable. */
static void last_tail_on_readonly_frame_of_its_own(struct machine *machine)
{
	machine_map(machine, machine_index(0x10000) + 7, machine_frame_new(machine), false);
}

static void tail_of_gigantic_page_on_frame_of_its_own(struct machine *machine)
{
	machine_map(machine, machine_index(0x80000) + 3000, machine_frame_new(machine), true);
}

static void tails_on_stray_frame(struct machine *machine)
{
	pfn_t stray = machine_frame_new(machine);

	machine_map(machine, machine_index(0x10200) + 3, stray, false);
	machine_map(machine, machine_index(0x10200) + 4, stray, false);
}

static void last_tail_writable(struct machine *machine)
{
	machine_map(machine, machine_index(0x10000) + 7,
		    machine_frame(machine, machine_index(0x10000) + 7), true);
}

/* Boot-time pages that were never write-protected. */
static void gigantic_tails_writable(struct machine *machine)
{
	for (unsigned i = 1; i < 4096; i++)
		machine_map(machine, machine_index(0x80000) + i,
			    machine_frame(machine, machine_index(0x80000) + i), true);
}

static void head_readonly(struct machine *machine)
{
	machine_map(machine, machine_index(0x48000), machine_frame(machine, machine_index(0x48000)),
		    false);
}

static void second_kept_page_readonly(struct machine *machine)
{
	machine_map(machine, machine_index(0x48000) + 1,
		    machine_frame(machine, machine_index(0x48000) + 1), false);
}

static void shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_REMAP);
}

static void partly_shared_without_flag(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, 0);
	machine_huge_share(machine, 0x20000, 9, 0, 5);
}

static void unoptimized_tail_readonly(struct machine *machine)
{
	machine_map(machine, machine_index(0x48200) + 2,
		    machine_frame(machine, machine_index(0x48200) + 2), false);
}

static void unoptimized_tails_shared(struct machine *machine)
{
	pfn_t stray = machine_frame_new(machine);

	for (unsigned i = 2; i < 5; i++)
		machine_map(machine, machine_index(0x48200) + i, stray, true);
}

/* A restore that left out one entry: it still maps the frame that tails share. */
static void one_entry_not_restored(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_REMAP);
	machine_huge_restore(machine, 0x20000, 9, 1, 3);
	machine_huge_restore(machine, 0x20000, 9, 4, 8);
}

/* Both pages that are taken from lie in one run. */
static void ordinary_pages_take_two_frames(struct machine *machine)
{
	machine_map(machine, ORDINARY + 40, machine_frame(machine, ORDINARY + 8), true);
	machine_map(machine, ORDINARY + 44, machine_frame(machine, ORDINARY + 12), true);
}

static void ordinary_pages_share_a_frame(struct machine *machine)
{
	pfn_t stray = machine_frame_new(machine);

	machine_map(machine, ORDINARY, stray, true);
	machine_map(machine, ORDINARY + 1, stray, true);
}

static void ordinary_page_readonly(struct machine *machine)
{
	machine_map(machine, ORDINARY, machine_frame(machine, ORDINARY), false);
}

/* A huge page given back, its vmemmap not restored. */
static void tails_left_behind(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20000, MACHINE_PAGE_FLAGS, machine_page_flags(0, 2, 0), 8);
	machine_write_page(machine, 0x20000, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
}

/* An odd frame, so that a block around it begins before it; nothing else there is mapped. */
enum { ODD_FRAME = 0x3e001 };

static void hide_ordinary_frame(struct machine *machine, unsigned buddy_back, unsigned order)
{
	pfn_t frame = ODD_FRAME;

	machine_frames_own(machine, frame, 1);
	machine_map(machine, ORDINARY, frame, true);
	machine_buddy(machine, frame - buddy_back, order);
	machine_hide(machine, frame << 12, 1, MEMORY_EXCLUDED);
}

static void frame_is_free(struct machine *machine)
{
	hide_ordinary_frame(machine, 0, 0);
}

static void frame_is_inside_a_free_block(struct machine *machine)
{
	hide_ordinary_frame(machine, 1, 3);
}

static void frame_is_after_a_free_block(struct machine *machine)
{
	hide_ordinary_frame(machine, 1, 0);
}

static void frame_is_no_memory(struct machine *machine)
{
	machine_map(machine, ORDINARY, 0x1000000, true);
}

static void hstate_counts_one_more(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_NR, 6, 8);
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_NR_NODE, 4,
		    4);
}

static void hstate_does_not_add_up(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 1) + MACHINE_HSTATE_FREE, 2, 8);
}

static const struct scenario broken[] = {
	{ "a section names another vmemmap, 5.14", KERNEL_A, section_of_another_vmemmap,
	  "section-mem-map", STATUS_FAIL, 1, "section 4:" },
	{ "a section names another vmemmap, 6.15", KERNEL_C, section_of_another_vmemmap,
	  "section-mem-map", STATUS_FAIL, 1, "section 4:" },

	{ "a hole, 5.14", KERNEL_A, ordinary_page_unmapped, "vmemmap-mapped", STATUS_FAIL, 1,
	  "from pfn 0x20040 on (1 vmemmap page) are not mapped" },
	{ "a hole, 6.15", KERNEL_C, ordinary_page_unmapped, "vmemmap-mapped", STATUS_FAIL, 1,
	  "from pfn 0x20040 on" },

	{ "a stranger on the head frame, 5.14", KERNEL_A, ordinary_page_on_head_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "2 MiB page 0x10000" },
	{ "a stranger on the second kept frame, 5.14", KERNEL_A, ordinary_page_on_second_kept_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "0x20040" },
	{ "a stranger on the head frame, 6.1", KERNEL_B1, ordinary_page_on_head_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "0x20040" },
	{ "a stranger on the head frame, 6.6", KERNEL_66, ordinary_page_on_head_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "0x20040" },
	{ "a stranger on the head frame, 6.15", KERNEL_C, ordinary_page_on_head_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "0x20040" },
	{ "a stranger on the head frame, 7.2", KERNEL_D, ordinary_page_on_head_frame,
	  "hugetlb-head-private", STATUS_FAIL, 1, "0x20040" },

	{ "a read-only tail of its own, 5.14", KERNEL_A, tail_on_readonly_frame_of_its_own,
	  "hugetlb-tail-target", STATUS_FAIL, 1, "vmemmap page 4 of the 2 MiB page 0x10000" },
	{ "a read-only tail of its own, 6.9", KERNEL_69, tail_on_readonly_frame_of_its_own,
	  "hugetlb-tail-target", STATUS_FAIL, 1, "vmemmap page 4" },
	{ "a read-only tail of its own, 6.15", KERNEL_C, tail_on_readonly_frame_of_its_own,
	  "hugetlb-tail-target", STATUS_FAIL, 1, "vmemmap page 4" },
	{ "a read-only last tail of its own, 6.15", KERNEL_C,
	  last_tail_on_readonly_frame_of_its_own, "hugetlb-tail-target", STATUS_FAIL, 1,
	  "vmemmap page 7 of the 2 MiB page 0x10000" },
	{ "one own tail in the middle of 1 GiB, 5.14", KERNEL_A,
	  tail_of_gigantic_page_on_frame_of_its_own, "hugetlb-tail-target", STATUS_FAIL, 1,
	  "vmemmap page 3000 of the 1 GiB page 0x80000" },
	{ "one own tail in the middle of 1 GiB, 6.15", KERNEL_C,
	  tail_of_gigantic_page_on_frame_of_its_own, "hugetlb-tail-target", STATUS_FAIL, 1,
	  "vmemmap page 3000" },
	{ "two tails on a stray frame, 5.14", KERNEL_A, tails_on_stray_frame, "hugetlb-tail-target",
	  STATUS_FAIL, 1, "vmemmap pages 3 to 4 of the 2 MiB page 0x10200 map frame" },
	{ "two tails on a stray frame, 6.11", KERNEL_611, tails_on_stray_frame,
	  "hugetlb-tail-target", STATUS_FAIL, 1,
	  "vmemmap pages 3 to 4 of the 2 MiB page 0x10200 map frame" },
	{ "two tails on a stray frame, 7.2", KERNEL_D, tails_on_stray_frame, "hugetlb-tail-target",
	  STATUS_FAIL, 1, "vmemmap pages 3 to 4 of the 2 MiB page 0x10200 map frame" },

	{ "a writable tail, 5.14", KERNEL_A, last_tail_writable, "hugetlb-tail-readonly",
	  STATUS_FAIL, 1, "1 tail vmemmap page of the 2 MiB page 0x10000, from number 7 on" },
	{ "a writable tail, 6.6", KERNEL_66, last_tail_writable, "hugetlb-tail-readonly",
	  STATUS_FAIL, 1, "from number 7 on" },
	{ "a writable tail, 6.15", KERNEL_C, last_tail_writable, "hugetlb-tail-readonly",
	  STATUS_FAIL, 1, "from number 7 on" },
	{ "gigantic tails never protected, 6.15", KERNEL_C, gigantic_tails_writable,
	  "hugetlb-tail-readonly", STATUS_FAIL, 1,
	  "4095 tail vmemmap pages of the 1 GiB page 0x80000, from number 1 on" },
	{ "gigantic tails never protected, 7.2", KERNEL_D, gigantic_tails_writable,
	  "hugetlb-tail-readonly", STATUS_FAIL, 1, "4095 tail vmemmap pages" },

	{ "a read-only head, 5.14", KERNEL_A, head_readonly, "hugetlb-head-writable", STATUS_FAIL,
	  1, "2 MiB page 0x48000" },
	{ "a read-only second kept page, 5.14", KERNEL_A, second_kept_page_readonly,
	  "hugetlb-head-writable", STATUS_FAIL, 1, "0x48000" },
	{ "a read-only head, 6.15", KERNEL_C, head_readonly, "hugetlb-head-writable", STATUS_FAIL,
	  1, "0x48000" },

	{ "sharing without the flag, 6.9", KERNEL_69, shared_without_flag, "hugetlb-flag-agrees",
	  STATUS_FAIL, 1, "2 MiB page 0x20000 lacks HPG_vmemmap_optimized" },
	{ "sharing without the flag, 6.11", KERNEL_611, shared_without_flag, "hugetlb-flag-agrees",
	  STATUS_FAIL, 1, "7 of its 8" },
	{ "sharing without the flag, 6.12", KERNEL_612, shared_without_flag, "hugetlb-flag-agrees",
	  STATUS_FAIL, 1, "7 of its 8" },
	{ "sharing without the flag, 6.15", KERNEL_C, shared_without_flag, "hugetlb-flag-agrees",
	  STATUS_FAIL, 1, "7 of its 8" },
	{ "sharing in part without the flag, 6.15", KERNEL_C, partly_shared_without_flag,
	  "hugetlb-flag-agrees", STATUS_FAIL, 1, "4 of its 8" },
	{ "sharing in part without the flag, 7.2", KERNEL_D, partly_shared_without_flag,
	  "hugetlb-flag-agrees", STATUS_FAIL, 1, "4 of its 8" },

	{ "a read-only page of one not optimised, 5.14", KERNEL_A, unoptimized_tail_readonly,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "1 of its 8 vmemmap pages is read-only" },
	{ "a read-only page of one not optimised, 6.15", KERNEL_C, unoptimized_tail_readonly,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "0x48200" },
	{ "shared pages of one not optimised, 5.14", KERNEL_A, unoptimized_tails_shared,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "3 of its 8" },
	{ "shared pages of one not optimised, no optimisation",
	  { .scheme = MACHINE_NONE, .mark = MARK_DTOR },
	  unoptimized_tails_shared,
	  "hugetlb-unoptimized-private",
	  STATUS_FAIL,
	  1,
	  "3 of its 8" },
	{ "shared pages of one not optimised, 7.2", KERNEL_D, unoptimized_tails_shared,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "3 of its 8" },

	{ "one entry not restored, 6.1", KERNEL_B1, one_entry_not_restored,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "1 of its 8" },
	{ "one entry not restored, 7.2", KERNEL_D, one_entry_not_restored,
	  "hugetlb-unoptimized-private", STATUS_FAIL, 1, "1 of its 8" },

	{ "ordinary pages share, 5.14", KERNEL_A, ordinary_pages_share_a_frame,
	  "vmemmap-orphan-sharing", STATUS_FAIL, 1, "from pfn 0x20040 on" },
	{ "ordinary pages share, 6.15", KERNEL_C, ordinary_pages_share_a_frame,
	  "vmemmap-orphan-sharing", STATUS_FAIL, 1, "mapped writable and shared" },
	{ "ordinary pages take two frames of a run, 7.2", KERNEL_D, ordinary_pages_take_two_frames,
	  "vmemmap-orphan-sharing", STATUS_FAIL, 2,
	  "mapped writable and shared with the struct pages from" },
	{ "an ordinary page is read-only, 6.9", KERNEL_69, ordinary_page_readonly,
	  "vmemmap-orphan-sharing", STATUS_FAIL, 1, "mapped read-only and not shared" },
	{ "tails left behind, 6.15", KERNEL_C, tails_left_behind, "vmemmap-orphan-sharing",
	  STATUS_FAIL, 1, "2 MiB page at pfn 0x20000, but belong to no optimised page" },
	{ "tails left behind, 7.2", KERNEL_D, tails_left_behind, "vmemmap-orphan-sharing",
	  STATUS_FAIL, 1, "its struct page has no PG_head" },

	{ "a free frame, 5.14", KERNEL_A, frame_is_free, "vmemmap-frame-in-dump", STATUS_FAIL, 1,
	  "frame 0x3e001, which is free (buddy block of order 0)" },
	{ "a free frame, 6.6", KERNEL_66, frame_is_free, "vmemmap-frame-in-dump", STATUS_FAIL, 1,
	  "buddy block of order 0" },
	{ "a free frame, 6.11", KERNEL_611, frame_is_free, "vmemmap-frame-in-dump", STATUS_FAIL, 1,
	  "buddy block of order 0" },
	{ "a free frame, 6.15", KERNEL_C, frame_is_free, "vmemmap-frame-in-dump", STATUS_FAIL, 1,
	  "buddy block of order 0" },
	{ "a frame inside a free block, 5.14", KERNEL_A, frame_is_inside_a_free_block,
	  "vmemmap-frame-in-dump", STATUS_FAIL, 1, "buddy block of order 3" },
	{ "a frame inside a free block, 7.2", KERNEL_D, frame_is_inside_a_free_block,
	  "vmemmap-frame-in-dump", STATUS_FAIL, 1, "buddy block of order 3" },
	{ "a frame that is no memory, 6.15", KERNEL_C, frame_is_no_memory, "vmemmap-frame-in-dump",
	  STATUS_FAIL, 1, "no memory of this machine" },

	{ "a pool counts one more, 5.14", KERNEL_A, hstate_counts_one_more, "hugetlb-pool-counters",
	  STATUS_WARN, 1,
	  "hugepages-2048kB on node 0: the hstate counts 4 pages, the scan finds 3" },
	{ "a pool counts one more, 6.15", KERNEL_C, hstate_counts_one_more, "hugetlb-pool-counters",
	  STATUS_WARN, 1, "counts 4 pages" },
	{ "a pool does not add up, 7.2", KERNEL_D, hstate_does_not_add_up, "hugetlb-pool-counters",
	  STATUS_WARN, 1, "1 page (2 free) in all" },
};

/* --- odd and legal ------------------------------------------------------------- */

static void nothing(struct machine *machine)
{
	(void)machine;
}

static void split_and_not_optimized(struct machine *machine)
{
	machine_split(machine, machine_index(0x18000));
	machine_split(machine, ORDINARY);
}

static void restored_with_scattered_frames(struct machine *machine)
{
	machine_huge_restore(machine, 0x48200, 9, 1, 8);
}

static void page_not_yet_counted(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
}

static void poisoned_page(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_POISON);
}

/* Leaked on purpose: no longer in a pool, never freed. */
static void unreliable_page(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20000, MACHINE_PAGE_PRIVATE,
			   1 << MACHINE_HPG_UNRELIABLE | 1 << MACHINE_HPG_OPTIMIZED, 8);
}

static void movable_zone_without_tails(struct machine *machine)
{
	machine_huge_page(machine, 0x4a000, 9, HUGE_MOVABLE);
}

static void movable_zone_with_tails(struct machine *machine)
{
	machine_huge_page(machine, 0x4a000, 9, HUGE_MOVABLE | HUGE_OPTIMIZED);
}

static void frame_left_out_though_in_use(struct machine *machine)
{
	pfn_t frame = machine_frame(machine, ORDINARY);

	machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT, 1, 4);
	machine_hide(machine, frame << 12, 1, MEMORY_EXCLUDED);
}

static const struct scenario odd[] = {
	{ "nothing odd", KERNEL_D, nothing, NULL, STATUS_PASS, 0, NULL },
	{ "split, not optimised, 5.14", KERNEL_A, split_and_not_optimized, NULL, STATUS_PASS, 0,
	  NULL },
	{ "split, not optimised, 7.2", KERNEL_D, split_and_not_optimized, NULL, STATUS_PASS, 0,
	  NULL },
	{ "restored to scattered frames, 6.1", KERNEL_B1, restored_with_scattered_frames, NULL,
	  STATUS_PASS, 0, NULL },
	{ "restored to scattered frames, 7.2", KERNEL_D, restored_with_scattered_frames, NULL,
	  STATUS_PASS, 0, NULL },

	{ "found and not yet counted", KERNEL_D, page_not_yet_counted, "hugetlb-pool-counters",
	  STATUS_PASS, 1, "counts 3 pages, the scan finds 4" },
	{ "poisoned, 6.1", KERNEL_B1, poisoned_page, NULL, STATUS_PASS, 0, NULL },
	{ "poisoned, 7.2", KERNEL_D, poisoned_page, NULL, STATUS_PASS, 0, NULL },
	{ "unreliable, 7.2", KERNEL_D, unreliable_page, NULL, STATUS_PASS, 0, NULL },
	{ "a zone without shared tails, 7.2", KERNEL_D, movable_zone_without_tails, NULL,
	  STATUS_PASS, 0, NULL },
	{ "another zone's shared tails, 7.2", KERNEL_D, movable_zone_with_tails, NULL, STATUS_PASS,
	  0, NULL },
	{ "a frame left out though in use", KERNEL_D, frame_left_out_though_in_use,
	  "vmemmap-frame-in-dump", STATUS_PASS, 1,
	  "excluded from the dump though not free (reference count 1)" },
};

/* --- device memory and hot-plugged memory --------------------------------------- */

enum { HOTPLUG_SECTION = 24, HOTPLUG_PFN = HOTPLUG_SECTION * MACHINE_SECTION_PAGES };

/* Struct pages of one compound page of device memory: H H+1 H+1 ..., writable. */
static void device_page_map(struct machine *machine, pfn_t pfn, unsigned vmemmap_pages)
{
	uint64_t first = machine_index(pfn);
	pfn_t head = machine_frame_new(machine), tail = machine_frame_new(machine);

	machine_map(machine, first, head, true);
	for (unsigned i = 1; i < vmemmap_pages; i++)
		machine_map(machine, first + i, tail, true);
	for (pfn_t i = 0; i < 128; i++)
		machine_write_page(machine, pfn + i, MACHINE_PAGE_FLAGS,
				   machine_page_flags(1, MACHINE_ZONE_DEVICE, 0), 8);
}

static void device_section_of_small_pages(struct machine *machine)
{
	machine_section_add(machine, HOTPLUG_SECTION, SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < 64; i++)
		device_page_map(machine, HOTPLUG_PFN + i * 512, 8);
}

static void device_sections_of_a_gigantic_page(struct machine *machine)
{
	for (unsigned i = 0; i < 8; i++)
		machine_section_add(machine, HOTPLUG_SECTION + i, SECTION_UNMAPPED | SECTION_DEVICE,
				    UINT64_MAX);
	device_page_map(machine, HOTPLUG_PFN, 4096);
}

/* The memmap lies in the device itself, which the dump does not have. */
static void device_section_with_its_own_memmap(struct machine *machine)
{
	machine_section_add(machine, HOTPLUG_SECTION, SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < 512; i++)
		machine_map(machine, machine_index(HOTPLUG_PFN) + i, HOTPLUG_PFN + 512 + i, true);
}

/*
 * The memmap of ordinary memory ends where the device's own begins: one run of
 * neighbouring frames, of which the second half is not in the dump.
 */
static void device_memmap_after_an_ordinary_one(struct machine *machine)
{
	pfn_t end = HOTPLUG_PFN + MACHINE_SECTION_PAGES;

	machine_hide(machine, (paddr_t)HOTPLUG_PFN << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	machine_section_add(machine, HOTPLUG_SECTION, SECTION_ONLINE | SECTION_UNMAPPED,
			    UINT64_MAX);
	machine_section_add(machine, HOTPLUG_SECTION + 1, SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < 1024; i++)
		machine_map(machine, machine_index(HOTPLUG_PFN) + i, end - 512 + i, true);
	machine_frames_own(machine, end - 512, 512);
}

/* The other way round: what is ordinary is looked at even if a device comes first. */
static void ordinary_memmap_after_a_device(struct machine *machine)
{
	pfn_t end = HOTPLUG_PFN + MACHINE_SECTION_PAGES;

	machine_section_add(machine, HOTPLUG_SECTION, SECTION_UNMAPPED, UINT64_MAX);
	machine_section_add(machine, HOTPLUG_SECTION + 1, SECTION_ONLINE | SECTION_UNMAPPED,
			    UINT64_MAX);
	machine_hide(machine, (paddr_t)end << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	for (unsigned i = 0; i < 1024; i++)
		machine_map(machine, machine_index(HOTPLUG_PFN) + i, end - 512 + i, true);
	machine_frames_own(machine, end, 512);
	machine_buddy(machine, end + 100, 0);
	machine_hide(machine, (paddr_t)(end + 100) << 12, 1, MEMORY_EXCLUDED);
}

/* Two 2 MiB pages of a device at the end of section 5, which is boot memory. */
static void device_inside_an_early_section(struct machine *machine)
{
	machine_section_add(machine, 5, SECTION_ONLINE | SECTION_EARLY | SECTION_DEVICE, 0);
	device_page_map(machine, 6 * MACHINE_SECTION_PAGES - 1024, 8);
	device_page_map(machine, 6 * MACHINE_SECTION_PAGES - 512, 8);
}

/* The same, but the struct pages say nothing of a device. */
static void sharing_inside_a_tainted_section(struct machine *machine)
{
	device_inside_an_early_section(machine);
	for (pfn_t i = 0; i < 128; i++)
		machine_write_page(machine, 6 * MACHINE_SECTION_PAGES - 512 + i, MACHINE_PAGE_FLAGS,
				   machine_page_flags(0, MACHINE_ZONE_NORMAL, 0), 8);
}

static void hotplug_half(struct machine *machine, uint64_t subsections)
{
	machine_section_add(machine, HOTPLUG_SECTION, SECTION_ONLINE | SECTION_UNMAPPED,
			    subsections);
	for (unsigned i = 0; i < 256; i++)
		machine_map(machine, machine_index(HOTPLUG_PFN) + i, machine_frame_new(machine),
			    true);
	for (unsigned i = 0; i < 512; i++)
		machine_hide(machine, (HOTPLUG_PFN + 512 * i) << 12, 1, MEMORY_PRESENT);
}

static void hole_in_an_invalid_subsection(struct machine *machine)
{
	hotplug_half(machine, UINT32_MAX);
}

static void hole_in_a_valid_subsection(struct machine *machine)
{
	hotplug_half(machine, UINT64_C(1) << 60 | UINT32_MAX);
}

static void section_without_memmap(struct machine *machine)
{
	machine_section_add(machine, HOTPLUG_SECTION, SECTION_NO_MEM_MAP | SECTION_UNMAPPED,
			    UINT64_MAX);
}

/*
 * No dev_pagemap describes the devices here: what they share is not known to be
 * theirs, and no fault. analyzer/checks/dax_test.c has those that are described.
 */
static const struct scenario plugged[] = {
	{ "device memory, 2 MiB pages, 6.1", KERNEL_B1, device_section_of_small_pages,
	  "vmemmap-orphan-sharing", STATUS_PASS, 0, NULL },
	{ "device memory, 2 MiB pages, 7.2", KERNEL_D, device_section_of_small_pages,
	  "vmemmap-orphan-sharing", STATUS_PASS, 0, NULL },
	{ "device memory, a 1 GiB page, 6.1", KERNEL_B1, device_sections_of_a_gigantic_page,
	  "vmemmap-orphan-sharing", STATUS_PASS, 0, NULL },
	{ "device memory that holds its own memmap, 7.2", KERNEL_D,
	  device_section_with_its_own_memmap, NULL, STATUS_PASS, 0, NULL },
	{ "the memmap of a device after that of ordinary memory", KERNEL_D,
	  device_memmap_after_an_ordinary_one, NULL, STATUS_PASS, 0, NULL },
	{ "the memmap of ordinary memory after that of a device", KERNEL_D,
	  ordinary_memmap_after_a_device, "vmemmap-frame-in-dump", STATUS_FAIL, 1,
	  "which is free (buddy block of order 0)" },
	{ "device memory inside a boot section, 6.1", KERNEL_B1, device_inside_an_early_section,
	  "vmemmap-orphan-sharing", STATUS_PASS, 0, NULL },
	{ "device memory inside a boot section, 7.2", KERNEL_D, device_inside_an_early_section,
	  "vmemmap-orphan-sharing", STATUS_PASS, 0, NULL },
	{ "sharing inside a boot section with devices, 7.2", KERNEL_D,
	  sharing_inside_a_tainted_section, "vmemmap-orphan-sharing", STATUS_FAIL, 1, "0x2fe40" },
	{ "a hole where no struct page is valid", KERNEL_D, hole_in_an_invalid_subsection, NULL,
	  STATUS_PASS, 0, NULL },
	{ "a section that has no memmap yet", KERNEL_D, section_without_memmap, NULL, STATUS_PASS,
	  0, NULL },
};

static void hole_in_a_valid_subsection_is_found(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	hole_in_a_valid_subsection(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "vmemmap-mapped");
	assert_int_equal(run->status, STATUS_FAIL);
	assert_int_equal(run->finding_count, 1);
	assert_int_equal(run->findings[0].pfn, HOTPLUG_PFN + 60 * 512);
	assert_int_equal(run->findings[0].count, 8);
	assert_int_equal(analysis->map.pages_hole, 8);
	assert_int_equal(analysis->checks.errors, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Two folios share a head: nothing else may be said twice about the same vmemmap page. */
static void head_shared_by_two_folios_is_reported_once(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_C);

	(void)state;
	machine_populate(machine);
	head_on_head_frame(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-head-private", STATUS_FAIL, 1);
	expect_status(analysis, "vmemmap-orphan-sharing", STATUS_PASS, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* As somebody wrote into the table: each second entry is left. */
static void a_table_with_many_holes_is_one_finding(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_C);

	(void)state;
	for (unsigned i = 1; i < 2 * 100; i += 2)
		machine_unmap(machine, ORDINARY + i - 1);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "vmemmap-mapped", STATUS_FAIL, 1);
	assert_int_equal(analysis->checks.errors, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void findings_beyond_the_cap_are_counted(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_C);

	(void)state;
	for (unsigned i = 1; i < 2 * 300; i += 2)
		machine_map(machine, ORDINARY + i - 1, machine_frame(machine, ORDINARY + i - 1),
			    false);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "vmemmap-orphan-sharing");
	assert_int_equal(run->violations, 300);
	assert_int_equal(run->finding_count, FINDINGS_PER_CHECK);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Each frame is mapped twice: two checks could say so of each, and one does. */
static void what_is_not_listed_is_not_reported_twice(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);
	struct analysis *analysis;

	(void)state;
	machine_populate(machine);
	machine_map(machine, ORDINARY + 1, machine_frame(machine, machine_index(0x10000)), true);
	machine_map(machine, ORDINARY + 3, machine_frame(machine, machine_index(0x10200)), true);
	machine_map(machine, ORDINARY + 5, machine_frame(machine, machine_index(0x48000)), true);
	expect_no_error(analysis_run(
		image_memory(machine_image(machine)), EM_X86_64, false, machine_vmcoreinfo(machine),
		machine_types(machine),
		&(struct analysis_options){ .depth = ANALYSIS_FULL, .findings_max = 1 },
		&analysis));
	assert_int_equal(expect_run(analysis, "hugetlb-head-private")->violations, 3);
	assert_int_equal(expect_run(analysis, "hugetlb-head-private")->finding_count, 1);
	assert_int_equal(expect_run(analysis, "vmemmap-orphan-sharing")->violations, 0);
	assert_int_equal(analysis->checks.errors, 3);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void checks_are_in_the_catalogue(void **state)
{
	(void)state;
	for (unsigned i = 0; i < check_count; i++) {
		assert_ptr_equal(check_by_id(check_table[i]->id), check_table[i]);
		assert_non_null(check_table[i]->title);
		assert_non_null(check_table[i]->rationale);
		assert_non_null(check_table[i]->basis);
		assert_non_null(severity_name(check_table[i]->severity));
	}
	assert_null(check_table[check_count]);
	assert_null(check_by_id("no-such-check"));
}

/* What its struct pages say is not known either. */
static void a_frame_after_a_free_block_is_not_free(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	frame_is_after_a_free_block(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "vmemmap-frame-in-dump");

	assert_int_equal(run->violations, 1);
	assert_non_null(strstr(run->findings[0].message, "though not free"));
	assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
	assert_int_equal(expect_run(analysis, "hugetlb-leftovers")->not_checked, 1);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_frame_after_a_free_block_is_not_free),
		cmocka_unit_test(hole_in_a_valid_subsection_is_found),
		cmocka_unit_test(head_shared_by_two_folios_is_reported_once),
		cmocka_unit_test(a_table_with_many_holes_is_one_finding),
		cmocka_unit_test(findings_beyond_the_cap_are_counted),
		cmocka_unit_test(what_is_not_listed_is_not_reported_twice),
		cmocka_unit_test(checks_are_in_the_catalogue),
	};
	struct CMUnitTest
		tests[COUNT_OF(broken) + COUNT_OF(odd) + COUNT_OF(plugged) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, run_scenario, broken);

	used = EXPECT_EACH(tests, used, run_scenario, odd);
	used = EXPECT_EACH(tests, used, run_scenario, plugged);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
