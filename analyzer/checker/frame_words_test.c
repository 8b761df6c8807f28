// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is said of a frame that is where it should not be. */
#include "testdata/machine/expect.h"

#include "analyzer/checker/frame.h"
#include "testdata/machine/machine_device.h"

/* 0x801: vmemmap of ordinary memory. FRAME: a frame that only the tests map. */
enum { ORDINARY = 0x801, FRAME = 0x3e001 };

static const struct machine_kernel kernel_b = { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_d = { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE };

struct scenario {
	const char *name;
	const struct machine_kernel *kernel;
	pfn_t (*arrange)(struct machine *machine);
	const char *words;
};

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(scenario->kernel);
	char words[FRAME_WORDS_MAX];

	machine_populate(machine);
	pfn_t frame = scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_no_error(frame_words(&analysis->survey, frame, ORDINARY, 1, words));
	assert_string_equal(words, scenario->words);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static pfn_t page_set(struct machine *machine, unsigned offset, uint64_t value, size_t size)
{
	machine_frames_own(machine, FRAME, 1);
	machine_write_page(machine, FRAME, offset, value, size);
	return FRAME;
}

static pfn_t flag_set(struct machine *machine, unsigned bit)
{
	return page_set(machine, MACHINE_PAGE_FLAGS,
			machine_page_flags(0, MACHINE_ZONE_NORMAL, UINT64_C(1) << bit), 8);
}

/* --- by its struct page ------------------------------------------------------------- */

static pfn_t free_block(struct machine *machine)
{
	machine_frames_own(machine, FRAME, 1);
	machine_buddy(machine, FRAME - 1, 3);
	return FRAME;
}

static pfn_t page_table(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_MAPCOUNT, (uint32_t)MACHINE_PGTY_TABLE << 24, 4);
}

static pfn_t slab(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_MAPCOUNT, (uint32_t)MACHINE_PGTY_SLAB << 24, 4);
}

static pfn_t new_type(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_MAPCOUNT, UINT32_C(0xfa000000), 4);
}

static pfn_t anonymous(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_MAPPING, MACHINE_DIRECT_MAP + 1, 8);
}

static pfn_t of_a_file(struct machine *machine)
{
	flag_set(machine, MACHINE_PG_LRU);
	machine_write_page(machine, FRAME, MACHINE_PAGE_MAPPING, MACHINE_DIRECT_MAP, 8);
	return FRAME;
}

static pfn_t compound_head(struct machine *machine)
{
	return flag_set(machine, MACHINE_PG_HEAD);
}

static pfn_t compound_tail(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_HEAD, UINT64_MAX << 8 | 1, 8);
}

static pfn_t without_reference(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_REFCOUNT, 0, 4);
}

static pfn_t of_the_kernel(struct machine *machine)
{
	return page_set(machine, MACHINE_PAGE_REFCOUNT, 2, 4);
}

static pfn_t blank(struct machine *machine)
{
	(void)machine;
	return 0x8123;
}

static pfn_t not_in_the_dump(struct machine *machine)
{
	pfn_t behind = machine_frame(machine, machine_index(FRAME));

	machine_frames_own(machine, FRAME, 1);
	machine_hide(machine, behind << 12, 1, MEMORY_EXCLUDED);
	return FRAME;
}

/* --- by where it is, and by what maps it --------------------------------------------- */

static pfn_t beyond_memory(struct machine *machine)
{
	(void)machine;
	return UINT64_C(0x100000000);
}

static pfn_t of_a_device(struct machine *machine)
{
	machine_populate_devices(machine);
	return 0x148500;
}

static pfn_t tails_of_a_device(struct machine *machine)
{
	machine_populate_devices(machine);
	return machine_frame(machine, machine_index(0x140200) + 1);
}

static pfn_t data_of_a_huge_page(struct machine *machine)
{
	(void)machine;
	return 0x10205;
}

static pfn_t mapped_by_the_asker_alone(struct machine *machine)
{
	machine_frames_own(machine, FRAME, 1);
	machine_map(machine, ORDINARY, FRAME, true);
	return FRAME;
}

static pfn_t behind_others(struct machine *machine)
{
	return machine_frame(machine, ORDINARY + 2);
}

static pfn_t head_of_another(struct machine *machine)
{
	pfn_t frame = machine_frame(machine, machine_index(0x10200));

	machine_map(machine, ORDINARY, frame, true);
	return frame;
}

static pfn_t own_tail_of_another(struct machine *machine)
{
	return machine_frame(machine, machine_index(0x48200) + 3);
}

static pfn_t tails_of_the_zone(struct machine *machine)
{
	return machine_huge_target(machine, 0x10000, 9);
}

static pfn_t tails_of_another_zone(struct machine *machine)
{
	return machine_huge_target(machine, 0x80000, 18);
}

static const struct scenario scenarios[] = {
	{ "free", &kernel_d, free_block, "free: in a buddy block of order 3" },
	{ "a page table", &kernel_d, page_table, "a page table" },
	{ "a slab", &kernel_b, slab, "a slab page" },
	{ "a new page type", &kernel_d, new_type, "in use otherwise (page type 0xfa000000)" },
	{ "anonymous", &kernel_b, anonymous, "a page of a process" },
	{ "of a file", &kernel_b, of_a_file, "a page of a file" },
	{ "a compound head", &kernel_d, compound_head, "the head of a compound page" },
	{ "a compound tail", &kernel_d, compound_tail, "in the middle of a compound page" },
	{ "no reference", &kernel_d, without_reference, "nobody's: its reference count is 0" },
	{ "the kernel's", &kernel_d, of_the_kernel,
	  "a page of the kernel's own (reference count 2)" },
	{ "a blank struct page", &kernel_d, blank,
	  "of no use that shows: its struct page is blank" },
	{ "not in the dump", &kernel_d, not_in_the_dump,
	  "of unknown use: its struct page is excluded from the dump" },
	{ "beyond memory", &kernel_d, beyond_memory, "no memory of this machine" },
	{ "a device's", &kernel_b, of_a_device, "memory of dax1.0" },
	{ "a device's tails", &kernel_b, tails_of_a_device,
	  "where the tails of the 2 MiB page 0x140200 of dax0.0 are" },
	{ "data", &kernel_b, data_of_a_huge_page,
	  "in the 2 MiB page 0x10200, where its user's data are" },
	{ "mapped here alone", &kernel_d, mapped_by_the_asker_alone,
	  "a page of the kernel's own (reference count 1)" },
	{ "of others", &kernel_d, behind_others, "where the struct pages from pfn 0x200c0 on are" },
	{ "another page's head", &kernel_b, head_of_another,
	  "where the head of the 2 MiB page 0x10200 is" },
	{ "another page's head, a zone's tails", &kernel_d, head_of_another,
	  "where the head of the 2 MiB page 0x10200 is" },
	{ "another page's tail", &kernel_b, own_tail_of_another,
	  "where the tails of the 2 MiB page 0x48200 are" },
	{ "tails of a zone", &kernel_d, tails_of_the_zone,
	  "what tails of 2 MiB pages in zone Normal of node 0 share" },
	{ "tails of another zone", &kernel_d, tails_of_another_zone,
	  "what tails of 1 GiB pages in zone Normal of node 1 share" },
};

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios)];

	EXPECT_EACH(tests, 0, run_scenario, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
