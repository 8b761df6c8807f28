// SPDX-License-Identifier: LGPL-2.1-or-later
/* A zone's pointer to the frame of its tails, against what tails map and frames hold. */
#include "testdata/machine/expect.h"

#include "testdata/machine/machine_device.h"

enum { SLOT_2M = 2, SLOT_32M = 6, SLOT_1G = 11 };

static const struct machine_kernel kernel_d = { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_e1 = { .scheme = MACHINE_E1, .mark = MARK_TYPE_BYTE };

struct scenario {
	const char *name;
	const struct machine_kernel *kernel;
	void (*arrange)(struct machine *machine);
	const char *part; /* of the only finding of all checks; NULL: there is none */
};

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->part)
		expect_only(analysis, "hugetlb-zone-tails", STATUS_FAIL, 1, scenario->part);
	else
		expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void pointer_set(struct machine *machine, unsigned node, unsigned slot, uint64_t value)
{
	paddr_t zone = machine_zone(machine, node, MACHINE_ZONE_NORMAL);

	image_write(machine_image(machine), zone + MACHINE_ZONE_TAILS + 8 * slot, value, 8);
}

static void pointer_to(struct machine *machine, unsigned node, unsigned slot, pfn_t frame)
{
	pointer_set(machine, node, slot, MACHINE_VMEMMAP + 64 * frame);
}

static void nothing(struct machine *machine)
{
	(void)machine;
}

static void no_struct_page(struct machine *machine)
{
	pointer_set(machine, 0, SLOT_2M, MACHINE_DIRECT_MAP + 0x1238);
}

static void between_struct_pages(struct machine *machine)
{
	pfn_t frame = machine_zone_tail(machine, 0, MACHINE_ZONE_NORMAL, 9);

	pointer_set(machine, 0, SLOT_2M, MACHINE_VMEMMAP + 64 * frame + 8);
}

static void null(struct machine *machine)
{
	pointer_set(machine, 1, SLOT_1G, 0);
}

static void of_another_order(struct machine *machine)
{
	pointer_to(machine, 1, SLOT_2M, machine_zone_tail(machine, 1, MACHINE_ZONE_NORMAL, 18));
}

static void of_another_node(struct machine *machine)
{
	pointer_to(machine, 0, SLOT_2M, machine_zone_tail(machine, 1, MACHINE_ZONE_NORMAL, 9));
}

static void unused_and_no_struct_page(struct machine *machine)
{
	pointer_set(machine, 0, SLOT_32M, MACHINE_DIRECT_MAP);
}

/* A frame stays when the last huge page of its order is gone. */
static void unused_and_right(struct machine *machine)
{
	machine_zone_tail(machine, 0, MACHINE_ZONE_NORMAL, 18);
}

static const struct scenario scenarios[] = {
	{ "as it should be", &kernel_d, nothing, NULL },
	{ "as it should be, sections with an order", &kernel_e1, nothing, NULL },
	{ "of no page", &kernel_d, unused_and_right, NULL },
	{ "no struct page", &kernel_d, no_struct_page,
	  "vmemmap_tails[2] (2 MiB pages) of zone Normal, node 0, is 0xffff888000001238, which is "
	  "no struct page; the tails of its pages share frame 0x" },
	{ "between struct pages", &kernel_e1, between_struct_pages, "which is no struct page" },
	{ "NULL", &kernel_d, null,
	  "vmemmap_tails[11] (1 GiB pages) of zone Normal, node 1, is NULL; the tails" },
	{ "another order's", &kernel_d, of_another_order,
	  "which is what tails of 1 GiB pages in zone Normal of node 1 share; the tails of its" },
	{ "another node's", &kernel_d, of_another_node,
	  "which is what tails of 2 MiB pages in zone Normal of node 1 share; the tails of its" },
	{ "no struct page, and of no page", &kernel_d, unused_and_no_struct_page,
	  "it has to be a frame of tails" },
};

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(scenarios)];

	EXPECT_EACH(tests, 0, run_scenario, scenarios);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
