// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A frame behind the vmemmap that somebody else owns as well, or only seems to.
 * The frame is always in the dump: what is missing is another check's.
 */
#include "testdata/machine/expect.h"

/* Vmemmap pages of ordinary memory: index 0x801 is pfn 0x20040 and on, by a leaf. */
enum { ORDINARY = 0x801, LEAF_FRAME = 0x30801, FRAME = 0x3e001 };

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	const char *check; /* NULL: all are silent */
	uint64_t violations;
	const char *signature, *part; /* of the first finding */
};

// clang-format off
#define KERNEL_A   { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true }
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_66  { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG }
#define KERNEL_611 { .scheme = MACHINE_B, .mark = MARK_INVERTED_HIGH }
#define KERNEL_C   { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
#define OWNER      "vmemmap-frame-owner"
#define FREE       "vmemmap-frame-free"
#define REUSED     "vmemmap-frame-reused"
// clang-format on

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->check) {
		const struct check_run *run = expect_run(analysis, scenario->check);

		expect_only(analysis, scenario->check, STATUS_FAIL, scenario->violations,
			    scenario->part);
		assert_string_equal(run->findings[0].signature, scenario->signature);
	} else {
		expect_others_silent(analysis, NULL);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- owned by another --------------------------------------------------------------- */

/* ORDINARY's struct pages are in @FRAME, alone in its surroundings. */
static void map_alone(struct machine *machine)
{
	machine_frames_own(machine, FRAME, 1);
	machine_map(machine, ORDINARY, FRAME, true);
}

static void frame_free(struct machine *machine)
{
	map_alone(machine);
	machine_buddy(machine, FRAME, 0);
}

static void frame_inside_a_free_block(struct machine *machine)
{
	map_alone(machine);
	machine_buddy(machine, FRAME - 1, 3);
	machine_write_page(machine, FRAME, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static void whole_leaf_free(struct machine *machine)
{
	machine_buddy(machine, LEAF_FRAME - 1, 9);
}

static void part_of_a_leaf_free(struct machine *machine)
{
	machine_buddy(machine, LEAF_FRAME + 3, 2);
}

/* On a list of a processor, where no mark tells. */
static void frame_without_reference(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static void first_frame_of_a_leaf_without_reference(struct machine *machine)
{
	machine_write_page(machine, LEAF_FRAME - 1, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static void frame_is(struct machine *machine, unsigned type)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_MAPCOUNT, (uint32_t)type << 24, 4);
}

static void frame_is_page_table(struct machine *machine)
{
	frame_is(machine, MACHINE_PGTY_TABLE);
}

static void frame_is_slab(struct machine *machine)
{
	frame_is(machine, MACHINE_PGTY_SLAB);
}

static void frame_is_of_a_new_type(struct machine *machine)
{
	frame_is(machine, 0xfa);
}

/* PG_table of kernels whose types are inverted bits. */
static void frame_is_old_page_table(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_MAPCOUNT, ~UINT32_C(0x200), 4);
}

static void frame_has_flag(struct machine *machine, unsigned bit)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, UINT64_C(1) << bit), 8);
}

static void frame_is_old_slab(struct machine *machine)
{
	frame_has_flag(machine, MACHINE_PG_SLAB);
}

static void frame_is_head(struct machine *machine)
{
	frame_has_flag(machine, MACHINE_PG_HEAD);
}

static void frame_is_on_lru(struct machine *machine)
{
	frame_has_flag(machine, MACHINE_PG_LRU);
}

static void frame_is_tail(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_HEAD, UINT64_MAX << 8 | 1, 8);
}

static void frame_is_mapped(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_MAPCOUNT, 0, 4);
}

static void frame_has_mapping(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_MAPPING, MACHINE_DIRECT_MAP + 1, 8);
}

/* What every optimised page of a zone shows. */
static void shared_frame_free(struct machine *machine)
{
	machine_buddy(machine, machine_huge_target(machine, 0x10000, 9), 0);
}

static void head_frame_is_page_table(struct machine *machine)
{
	machine_write_page(machine, machine_frame(machine, machine_index(0x10000)),
			   MACHINE_PAGE_MAPCOUNT, (uint32_t)MACHINE_PGTY_TABLE << 24, 4);
}

static const struct scenario broken[] = {
	{ "free, 5.14", KERNEL_A, frame_free, OWNER, 1, FREE,
	  "the struct pages from pfn 0x20040 on are in frame 0x3e001, which is free: in a buddy "
	  "block of order 0" },
	{ "free, 6.11", KERNEL_611, frame_free, OWNER, 1, FREE, "buddy block of order 0" },
	{ "free, 7.2", KERNEL_D, frame_free, OWNER, 1, FREE, "buddy block of order 0" },
	{ "inside a free block, 6.1", KERNEL_B1, frame_inside_a_free_block, OWNER, 1, FREE,
	  "buddy block of order 3" },
	{ "inside a free block, 7.2", KERNEL_D, frame_inside_a_free_block, OWNER, 1, FREE,
	  "buddy block of order 3" },
	{ "a whole leaf is free", KERNEL_D, whole_leaf_free, OWNER, 1, FREE,
	  "frame 0x30800, which is free: in a buddy block of order 9; so are the 511 after it" },
	{ "a part of a leaf is free", KERNEL_C, part_of_a_leaf_free, OWNER, 1, FREE,
	  "frame 0x30804, which is free: in a buddy block of order 2; so are the 3 after it" },
	{ "no reference", KERNEL_D, frame_without_reference, OWNER, 1, FREE,
	  "a reference count of 0" },
	{ "no reference, the first of a leaf", KERNEL_D, first_frame_of_a_leaf_without_reference,
	  OWNER, 1, FREE, "frame 0x30800, which is nobody's" },
	{ "a page table, 7.2", KERNEL_D, frame_is_page_table, OWNER, 1, REUSED,
	  "is a page table: its page type is 0xf4000000" },
	{ "a page table, 6.1", KERNEL_B1, frame_is_old_page_table, OWNER, 1, REUSED,
	  "its page type is 0xfffffdff" },
	{ "a page table, 6.6", KERNEL_66, frame_is_old_page_table, OWNER, 1, REUSED,
	  "its page type is 0xfffffdff" },
	{ "a slab, 7.2", KERNEL_D, frame_is_slab, OWNER, 1, REUSED, "is a slab" },
	{ "a slab, 6.1", KERNEL_B1, frame_is_old_slab, OWNER, 1, REUSED, "is a slab" },
	{ "a type that is new", KERNEL_D, frame_is_of_a_new_type, OWNER, 1, REUSED,
	  "its page type is 0xfa000000" },
	{ "a compound head", KERNEL_D, frame_is_head, OWNER, 1, REUSED,
	  "is the head of a compound page" },
	{ "a compound tail", KERNEL_D, frame_is_tail, OWNER, 1, REUSED,
	  "is a tail of a compound page: its link is 0xffffffffffffff01" },
	{ "on an LRU list", KERNEL_C, frame_is_on_lru, OWNER, 1, REUSED, "is on an LRU list" },
	{ "mapped by a process", KERNEL_C, frame_is_mapped, OWNER, 1, REUSED, "_mapcount is 0" },
	{ "of a file", KERNEL_D, frame_has_mapping, OWNER, 1, REUSED,
	  "mapping is 0xffff888000000001" },
	{ "a zone's shared frame is free", KERNEL_D, shared_frame_free, OWNER, 1, FREE,
	  "from pfn 0x10040 on" },
	{ "a head's frame is a page table", KERNEL_C, head_frame_is_page_table, OWNER, 1, REUSED,
	  "from pfn 0x10000 on" },
};

/* --- not owned by another ------------------------------------------------------------- */

/* Hot-plugged memory: one block of the buddy allocator, which is no compound page. */
static void leaf_of_a_block(struct machine *machine)
{
	for (pfn_t frame = LEAF_FRAME; frame < LEAF_FRAME + 511; frame++)
		machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT, 0, 4);
}

/* register_page_bootmem_info(): a reference more, PG_private, and a number there. */
static void boot_memory(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_REFCOUNT, 2, 4);
	machine_write_page(machine, FRAME, MACHINE_PAGE_PRIVATE, 0x123, 8);
}

static void after_a_free_block(struct machine *machine)
{
	map_alone(machine);
	machine_buddy(machine, FRAME - 1, 0);
}

/* memmap_on_memory: the block holds its own memmap, and says so. */
static void self_hosted(struct machine *machine)
{
	map_alone(machine);
	machine_write_page(machine, FRAME, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_SELF_HOSTED),
			   8);
	machine_write_page(machine, FRAME, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static const struct scenario legal[] = {
	{ "a leaf that is one block", KERNEL_D, leaf_of_a_block, NULL, 0, NULL, NULL },
	{ "boot memory with a note", KERNEL_B1, boot_memory, NULL, 0, NULL, NULL },
	{ "a frame after a free block", KERNEL_D, after_a_free_block, NULL, 0, NULL, NULL },
	{ "a block that holds its own memmap", KERNEL_D, self_hosted, NULL, 0, NULL, NULL },
};

/* --- what is not known ----------------------------------------------------------------- */

static void struct_pages_that_the_dump_lacks_are_not_checked(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	map_alone(machine);
	machine_hide(machine, machine_frame(machine, machine_index(FRAME)) << 12, 1,
		     MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, OWNER);
	assert_int_equal(run->status, STATUS_PASS);
	assert_int_equal(run->not_checked, 1);
	assert_string_equal(run->reason, "struct pages of the frames are excluded from the dump");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* A frame behind many vmemmap pages, and in runs that overlap, counts once. */
static void each_frame_is_looked_at_once(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_C);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	/* Three pages of 7 tails and one of 4095 have no frames there. */
	assert_int_equal(expect_run(analysis, OWNER)->checked,
			 MACHINE_SECTIONS * 512 - 3 * 7 - 4095);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(struct_pages_that_the_dump_lacks_are_not_checked),
		cmocka_unit_test(each_frame_is_looked_at_once),
	};
	struct CMUnitTest tests[COUNT_OF(broken) + COUNT_OF(legal) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, run_scenario, broken);

	used = EXPECT_EACH(tests, used, run_scenario, legal);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
