// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections that mem_section is wrong about; and those that are only coming or going. */
#include "testdata/machine/expect.h"

enum {
	PRESENT = 1 << 0,
	HAS_MEM_MAP = 1 << 1,
	ONLINE = 1 << 3,
	EARLY = 1 << 4,
	USED = 2,      /* has huge pages, see machine_populate() */
	GIGANTIC = 17, /* has tails only */
	UNUSED = 5,    /* nobody has written its struct pages */
};

static paddr_t map_of(const struct machine *machine, uint64_t nr)
{
	return machine_section(machine, nr) + MACHINE_SECTION_MAP;
}

static void map_set(struct machine *machine, uint64_t nr, uint64_t map)
{
	image_write(machine_image(machine), map_of(machine, nr), map, 8);
}

static void map_toggle(struct machine *machine, uint64_t nr, uint64_t bits)
{
	map_set(machine, nr, image_read(machine_image(machine), map_of(machine, nr), 8) ^ bits);
}

static void used_zeroed(struct machine *machine)
{
	map_set(machine, USED, 0);
}

static void tails_zeroed(struct machine *machine)
{
	map_set(machine, GIGANTIC, 0);
}

static void used_not_present(struct machine *machine)
{
	map_toggle(machine, USED, PRESENT);
}

static void used_without_mem_map(struct machine *machine)
{
	map_toggle(machine, USED, HAS_MEM_MAP);
}

static void used_not_online(struct machine *machine)
{
	map_toggle(machine, USED, ONLINE);
}

/* The frames behind the first struct pages of the first @count sub-sections are from boot. */
static void reserve_frames(struct machine *machine, uint64_t nr, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pfn_t frame = machine_frame(machine, machine_index(nr * 0x8000 + i * 512));
		uint64_t flags = machine_read_page(machine, frame, MACHINE_PAGE_FLAGS, 8);

		machine_write_page(machine, frame, MACHINE_PAGE_FLAGS,
				   flags | UINT64_C(1) << MACHINE_PG_RESERVED, 8);
	}
}

static void used_not_early(struct machine *machine)
{
	reserve_frames(machine, USED, 64);
	map_toggle(machine, USED, EARLY);
}

/* One flag more tells nothing. */
static void unused_plugged(struct machine *machine)
{
	reserve_frames(machine, UNUSED, 1);
	map_toggle(machine, UNUSED, EARLY);
}

static void used_garbled(struct machine *machine)
{
	map_set(machine, USED, 0xdeadbeefcafef00f);
}

static void all_zeroed(struct machine *machine)
{
	for (uint64_t nr = 0; nr < MACHINE_SECTIONS; nr++)
		map_set(machine, nr, 0);
}

static void unused_zeroed(struct machine *machine)
{
	map_set(machine, UNUSED, 0);
}

/* Page tables are there before the mark is, and struct pages are written after it. */
static void used_with_poisoned_pages(struct machine *machine)
{
	used_zeroed(machine);
	for (unsigned i = 0; i < 64; i++)
		machine_write_page(machine, USED * 0x8000 + i * 512, MACHINE_PAGE_FLAGS, UINT64_MAX,
				   8);
}

/* What boot reserved was never anybody's. */
static void unused_reserved(struct machine *machine)
{
	unused_zeroed(machine);
	for (unsigned i = 0; i < 64; i++) {
		machine_write_page(machine, UNUSED * 0x8000 + i * 512, MACHINE_PAGE_FLAGS,
				   machine_page_flags(0, 1, 1 << MACHINE_PG_RESERVED), 8);
		machine_write_page(machine, UNUSED * 0x8000 + i * 512, MACHINE_PAGE_REFCOUNT, 1, 4);
	}
}

static void unused_without_mem_map(struct machine *machine)
{
	map_toggle(machine, UNUSED, HAS_MEM_MAP);
}

static const struct scenario {
	const char *name;
	void (*arrange)(struct machine *machine);
	const char *part; /* of the only finding; NULL: there is none */
} scenarios[] = {
	{ "zeroed", used_zeroed,
	  "section 2 (pfn 0x10000 to 0x17fff): its section_mem_map 0x0 lacks "
	  "SECTION_MARKED_PRESENT. But page tables map its struct pages" },
	{ "zeroed, within a gigantic page", tails_zeroed, "section 17 (pfn 0x88000 to 0x8ffff)" },
	{ "not present", used_not_present, "lacks SECTION_MARKED_PRESENT" },
	{ "without a memory map", used_without_mem_map, "lacks SECTION_HAS_MEM_MAP" },
	{ "not online", used_not_online, "lacks SECTION_IS_ONLINE" },
	{ "not early", used_not_early,
	  "section 2 (pfn 0x10000 to 0x17fff): its section_mem_map 0xffffea000000000b "
	  "lacks SECTION_IS_EARLY. But 64 of the 64 frames looked at" },
	{ "garbage", used_garbled, "puts the vmemmap at 0xdeadbeefcafef000" },
	{ "all zeroed", all_zeroed, "24 sections from 0 to 23 (pfn 0x0 to 0xbffff)" },
	{ "zeroed, and nobody's", unused_zeroed, NULL },
	{ "just coming", used_with_poisoned_pages, NULL },
	{ "a hole that boot reserved", unused_reserved, NULL },
	{ "added after boot", unused_plugged, NULL },
	{ "just going", unused_without_mem_map, NULL },
};

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&(struct machine_kernel){ .scheme = MACHINE_B });

	machine_populate(machine);
	struct analysis *whole = expect_analysis(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->part) {
		const struct check_run *run = expect_run(analysis, "section-mem-map");

		expect_status(analysis, "section-mem-map", STATUS_FAIL, 1);
		assert_non_null(strstr(run->findings[0].message, scenario->part));
		assert_int_equal(analysis->checks.errors, 1);
		assert_int_equal(analysis->checks.warnings, 0);
		assert_int_equal(analysis->inventory.pages.count, whole->inventory.pages.count);
	} else {
		expect_status(analysis, "section-mem-map", STATUS_PASS, 0);
		assert_int_equal(analysis->target.kernel.sections_faulty, 0);
	}
	analysis_destroy(whole);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios)];

	EXPECT_EACH(tests, 0, run_scenario, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
