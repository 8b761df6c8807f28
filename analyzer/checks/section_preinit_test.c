// SPDX-License-Identifier: LGPL-2.1-or-later
/* What boot did not write: which sections may be marked so, and what that is counted as. */
#include "testdata/machine/expect.h"

enum {
	MARK = 1 << 5, /* SECTION_IS_VMEMMAP_PREINIT */
	FIRST = 16,    /* the sections of the gigantic page of machine_populate() */
	LAST = 23,
	PLUGGED = 30,
};

static const struct machine_kernel kernel_c = { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_d = { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_e1 = { .scheme = MACHINE_E1, .mark = MARK_TYPE_BYTE };

struct scenario {
	const char *name;
	const struct machine_kernel *kernel;
	void (*arrange)(struct machine *machine);
	const char *part; /* of the only finding of all checks; NULL: there is none */
	uint64_t sections;
};

static void mark_toggle(struct machine *machine, uint64_t nr)
{
	paddr_t where = machine_section(machine, nr) + MACHINE_SECTION_MAP;
	struct image *image = machine_image(machine);

	image_write(image, where, image_read(image, where, 8) ^ MARK, 8);
}

static void order_set(struct machine *machine, uint64_t nr, unsigned order)
{
	image_write(machine_image(machine), machine_section(machine, nr) + MACHINE_SECTION_ORDER,
		    order, 8);
}

static void nothing(struct machine *machine)
{
	(void)machine;
}

static void gigantic_marked(struct machine *machine)
{
	for (uint64_t nr = FIRST; nr <= LAST; nr++)
		mark_toggle(machine, nr);
}

static void gigantic_ordered(struct machine *machine)
{
	for (uint64_t nr = FIRST; nr <= LAST; nr++)
		order_set(machine, nr, 18);
}

/* Sections 8 to 15 had a gigantic page once, too. */
static void two_marked(struct machine *machine)
{
	gigantic_marked(machine);
	for (uint64_t nr = 8; nr < FIRST; nr++)
		mark_toggle(machine, nr);
}

static void one_not_marked(struct machine *machine)
{
	gigantic_marked(machine);
	mark_toggle(machine, FIRST + 3);
}

static void one_marked(struct machine *machine)
{
	mark_toggle(machine, FIRST + 3);
}

static void one_of_another_order(struct machine *machine)
{
	gigantic_ordered(machine);
	order_set(machine, LAST, 19);
}

static void plugged_marked(struct machine *machine)
{
	machine_section_add(machine, PLUGGED, SECTION_ONLINE, UINT64_MAX);
	mark_toggle(machine, PLUGGED);
}

/* An order below that of a section is that of a device, or of nothing. */
static void small_order(struct machine *machine)
{
	order_set(machine, FIRST, 9);
}

static const struct scenario scenarios[] = {
	{ "none", &kernel_d, nothing, NULL, 0 },
	{ "a gigantic page, tails of its own", &kernel_c, gigantic_marked, NULL, 8 },
	{ "a gigantic page, tails of the zone", &kernel_d, gigantic_marked, NULL, 8 },
	{ "a gigantic page, by order", &kernel_e1, gigantic_ordered, NULL, 8 },
	{ "a gigantic page that is gone", &kernel_d, two_marked, NULL, 16 },
	{ "a small order", &kernel_e1, small_order, NULL, 0 },
	{ "one without the mark", &kernel_c, one_not_marked,
	  "section 19 (pfn 0x98000, section_mem_map 0xffffea000000001b) is not marked as left "
	  "uninitialised by boot, section 16 (0xffffea000000003b) of the same gigantic page is "
	  "marked; of that page's sections 1 are as the one, 7 as the other",
	  7 },
	{ "one with the mark", &kernel_d, one_marked, "section 19 (pfn 0x98000", 1 },
	{ "one of another order", &kernel_e1, one_of_another_order, "section 23 (pfn 0xb8000", 8 },
	{ "plugged memory", &kernel_d, plugged_marked,
	  "marks it as left uninitialised by boot, and not as memory from boot", 0 },
};

static uint64_t unwritten_sections(const struct savings *savings)
{
	uint64_t sections = 0;

	for (size_t i = 0; i < savings->unwritten_count; i++)
		sections += savings->unwritten[i].sections;
	return sections;
}

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->part)
		expect_only(analysis, "section-preinit", STATUS_FAIL, 1, scenario->part);
	else
		expect_others_silent(analysis, NULL);
	assert_int_equal(unwritten_sections(&analysis->savings), scenario->sections);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void what_boot_did_not_write_is_counted_by_node_and_size(void **state)
{
	struct machine *machine = machine_create(&kernel_d);
	static const uint64_t bytes = 4095 * 4096;

	(void)state;
	machine_populate(machine);
	two_marked(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct savings *savings = &analysis->savings;
	assert_int_equal(savings->unwritten_count, 2);
	/* Sections 8 to 15: no gigantic page any more. */
	assert_int_equal(savings->unwritten[0].order, 0);
	assert_int_equal(savings->unwritten[0].pages, 0);
	assert_int_equal(savings->unwritten[0].bytes, bytes);
	assert_int_equal(savings->unwritten[1].order, 18);
	assert_int_equal(savings->unwritten[1].node, 1);
	assert_int_equal(savings->unwritten[1].pages, 1);
	assert_int_equal(savings->unwritten[1].bytes, bytes);
	assert_int_equal(savings->unwritten[1].struct_pages, bytes / 64);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios) + 1];

	EXPECT_EACH(tests, 0, run_scenario, scenarios);
	tests[COUNT_OF(scenarios)] = (struct CMUnitTest)cmocka_unit_test(
		what_boot_did_not_write_is_counted_by_node_and_size);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
