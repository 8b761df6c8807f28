// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's memmap counters against tiny machines whose frames are known. */
#include "testdata/machine/expect.h"
#include "testdata/machine/machine_device.h"

enum {
	SECTION_PAGES = 512,			 /* vmemmap pages of a section */
	BOOT = MACHINE_SECTIONS * SECTION_PAGES, /* of a new machine */
	OPTIMISED_2M = 3,			 /* of machine_populate() */
	/* What these gave back: of the 1 GiB page too; the frame of a new head is not boot
	   memory's. */
	FREED_IN_PLACE = OPTIMISED_2M * 7 + 4095,
	FREED = OPTIMISED_2M * 8 + 4096,
	HEADS = OPTIMISED_2M + 1,
};

static const char *const CHECK = "memmap-counters";

static const struct machine_kernel kernel_b = { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE };
static const struct machine_kernel kernel_d = { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE };

struct counted {
	struct machine *machine;
	paddr_t buddy, boot;
};

/* A populated machine whose boot frames are reserved, with both counters. */
static struct counted counted_create(const struct machine_kernel *kernel)
{
	struct machine *machine = machine_create(kernel);

	machine_type_set(machine, TYPE_ENUMERATOR, "pageflags", "PG_reserved", MACHINE_PG_RESERVED);
	for (pfn_t frame = MACHINE_VMEMMAP_FRAMES; frame < MACHINE_VMEMMAP_FRAMES + BOOT; frame++)
		machine_write_page(
			machine, frame, MACHINE_PAGE_FLAGS,
			machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_RESERVED), 8);
	machine_populate(machine);
	return (struct counted){
		.machine = machine,
		.buddy = machine_symbol_add(machine, "nr_memmap_pages"),
		.boot = machine_symbol_add(machine, "nr_memmap_boot_pages"),
	};
}

static void counters_set(struct counted *counted, int64_t buddy, int64_t boot)
{
	struct image *image = machine_image(counted->machine);

	image_write(image, counted->buddy, (uint64_t)buddy, 8);
	image_write(image, counted->boot, (uint64_t)boot, 8);
}

static struct analysis *counted_analyze(struct counted *counted)
{
	return expect_analysis(counted->machine);
}

static void counted_end(struct counted *counted, struct analysis *analysis)
{
	analysis_destroy(analysis);
	machine_destroy(counted->machine);
}

/* --- what agrees -------------------------------------------------------------- */

static void frames_behind_head_pages_are_counted_once(void **state)
{
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	counters_set(&counted, 0, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_PASS, 0, NULL);
	assert_int_equal(expect_run(analysis, CHECK)->checked, 2);
	counted_end(&counted, analysis);
}

static void shared_frames_of_zones_are_not_counted(void **state)
{
	struct counted counted = counted_create(&kernel_d);

	(void)state;
	counters_set(&counted, HEADS, BOOT - FREED);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_PASS, 0, NULL);
	counted_end(&counted, analysis);
}

static void frames_that_replaced_boot_memory_are_counted_apart(void **state)
{
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	machine_huge_restore(counted.machine, 0x10000, 9, 1, 8);
	counters_set(&counted, 7, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_PASS, 0);
	counted_end(&counted, analysis);
}

static void plugged_memory_is_counted_wherever_its_frames_are(void **state)
{
	enum { PFN = 24 * MACHINE_SECTION_PAGES };
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	machine_hide(counted.machine, (paddr_t)PFN << 12, MACHINE_SECTION_PAGES, MEMORY_PRESENT);
	machine_section_add(counted.machine, 24, SECTION_ONLINE | SECTION_UNMAPPED, UINT64_MAX);
	for (unsigned i = 0; i < SECTION_PAGES; i++)
		machine_map(counted.machine, machine_index(PFN) + i, PFN + i, true);
	for (unsigned i = 0; i < SECTION_PAGES; i++)
		machine_write_page(
			counted.machine, PFN + i, MACHINE_PAGE_FLAGS,
			machine_page_flags(1, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_RESERVED), 8);
	counters_set(&counted, SECTION_PAGES, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_PASS, 0);
	counted_end(&counted, analysis);
}

static void tables_of_page_ext_are_counted_where_their_size_is_known(void **state)
{
	struct counted counted = counted_create(&kernel_b);
	paddr_t size = machine_symbol_add(counted.machine, "page_ext_size");

	(void)state;
	machine_type_set(counted.machine, TYPE_MEMBER_OFFSET, "mem_section", "page_ext", 24);
	for (uint64_t nr = 0; nr < 3; nr++)
		image_write(machine_image(counted.machine),
			    machine_section(counted.machine, nr) + 24, 0xffff888002000000, 8);
	image_write(machine_image(counted.machine), size, 24, 8);
	counters_set(&counted, 3 * 24 * MACHINE_SECTION_PAGES / 4096, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_PASS, 0, NULL);
	counted_end(&counted, analysis);
}

static void tables_of_page_ext_of_unknown_size_are_allowed_for(void **state)
{
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	machine_type_set(counted.machine, TYPE_MEMBER_OFFSET, "mem_section", "page_ext", 24);
	image_write(machine_image(counted.machine), machine_section(counted.machine, 0) + 24,
		    0xffff888002000000, 8);
	counters_set(&counted, 2048, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_PASS, 1, "tables of struct page_ext");
	counters_set(&counted, 2049, BOOT - FREED_IN_PLACE);
	analysis_destroy(analysis);
	analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_WARN, 1, "2049 too high");
	counted_end(&counted, analysis);
}

static void pages_that_the_pool_does_not_count_yet_are_allowed_for(void **state)
{
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	machine_huge_page(counted.machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_UNCOUNTED);
	counters_set(&counted, 0, BOOT - FREED_IN_PLACE);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_PASS, 1);
	assert_non_null(strstr(expect_run(analysis, CHECK)->findings[0].message,
			       "7 more, within what huge pages that are being added"));
	counted_end(&counted, analysis);
}

static void counts_that_boot_memory_took_along_are_a_note(void **state)
{
	struct counted counted = counted_create(&kernel_d);

	(void)state;
	counters_set(&counted, HEADS + 5, BOOT - FREED - 5);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_PASS, 1, "the sums agree");
	counted_end(&counted, analysis);
}

/* --- what does not ------------------------------------------------------------ */

struct difference {
	const char *name;
	int64_t buddy, boot; /* beyond what is right */
	const char *part, *signature;
};

static const struct difference differences[] = {
	{ "one too many", 1, 0, "the counter is 1 too high", NULL },
	{ "one too few", -1, 0,
	  "nr_memmap_pages is 3, and 4 frames of the memmap are from the page "
	  "allocator: the counter is 1 too low",
	  NULL },
	{ "negative by a section", -SECTION_PAGES, 0, "nr_memmap_pages is -508",
	  "memmap-underflow" },
	{ "short of a sub-section", -8, 0, "8 too low", "memmap-underflow" },
	{ "boot memory that is not there", 0, 9, "nr_memmap_boot_pages is", NULL },
	{ "less boot memory", 0, -SECTION_PAGES, "are from boot memory: the counter is 512 too low",
	  NULL },
};

static void differences_are_found(void **state)
{
	const struct difference *difference = *state;
	struct counted counted = counted_create(&kernel_d);

	counters_set(&counted, HEADS + difference->buddy, BOOT - FREED + difference->boot);
	struct analysis *analysis = counted_analyze(&counted);
	expect_only(analysis, CHECK, STATUS_WARN, 1, difference->part);
	const char *signature = expect_run(analysis, CHECK)->findings[0].signature;
	assert_int_equal(!signature, !difference->signature);
	if (signature)
		assert_string_equal(signature, difference->signature);
	counted_end(&counted, analysis);
}

/* What machine_populate_devices() has, where two vmemmap pages are kept. */
enum {
	DEVICE_SAVED = (SECTION_PAGES - 2 * 64) + (3 * 8 - 3 * 2) + (8 * SECTION_PAGES - 2),
	DEVICE_FRAMES = 13 * SECTION_PAGES + 3 * 8 - DEVICE_SAVED,
};

static void frames_of_devices_are_counted_wherever_they_are(void **state)
{
	struct counted counted = counted_create(&kernel_d);

	(void)state;
	machine_populate_devices(counted.machine);
	counters_set(&counted, HEADS + DEVICE_FRAMES, BOOT - FREED);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_PASS, 0);
	counted_end(&counted, analysis);
}

static void savings_of_devices_that_were_counted_are_signed(void **state)
{
	struct counted counted = counted_create(&kernel_d);

	(void)state;
	machine_populate_devices(counted.machine);
	counters_set(&counted, HEADS + DEVICE_FRAMES + DEVICE_SAVED, BOOT - FREED);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_WARN, 1);
	const struct finding *finding = &expect_run(analysis, CHECK)->findings[0];
	assert_string_equal(finding->signature, "dax-memmap-overcount");
	assert_non_null(strstr(finding->message, "(512 of them in devices)"));
	assert_non_null(strstr(finding->message, "4496 too high, as many as the pages of devices"));
	counted_end(&counted, analysis);
}

/* --- what is not known ------------------------------------------------------- */

static void hide_counters(struct counted *counted)
{
	machine_hide(counted->machine, counted->buddy & ~UINT64_C(4095), 1, MEMORY_EXCLUDED);
}

static void hide_frames_of_struct_pages(struct counted *counted)
{
	pfn_t frame = machine_frame(counted->machine, machine_index(0x10000));
	pfn_t holder = machine_frame(counted->machine, machine_index(frame));

	machine_hide(counted->machine, (paddr_t)holder << 12, 1, MEMORY_TRUNCATED);
}

static void hide_table(struct counted *counted)
{
	machine_hide(
		counted->machine,
		machine_table(counted->machine, machine_vmemmap_address(machine_index(0x10000)), 0),
		1, MEMORY_TRUNCATED);
}

static void hide_zones(struct counted *counted)
{
	machine_hide(counted->machine, machine_zone(counted->machine, 0, 0) & ~UINT64_C(4095), 1,
		     MEMORY_TRUNCATED);
}

static void forget_reserved(struct counted *counted)
{
	machine_type_remove(counted->machine, TYPE_ENUMERATOR, "pageflags", "PG_reserved");
}

static void what_cannot_be_counted_is_not_checked(void **state)
{
	static void (*const ways[])(struct counted * counted) = {
		hide_counters, hide_frames_of_struct_pages, hide_table, hide_zones, forget_reserved,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct counted counted = counted_create(&kernel_d);

		counters_set(&counted, HEADS, BOOT - FREED);
		ways[i](&counted);
		struct analysis *analysis = counted_analyze(&counted);
		expect_status(analysis, CHECK, STATUS_NOT_CHECKED, 0);
		assert_non_null(expect_run(analysis, CHECK)->reason);
		counted_end(&counted, analysis);
	}
}

static void pages_that_another_check_reports_are_left_to_it(void **state)
{
	struct counted counted = counted_create(&kernel_b);

	(void)state;
	counters_set(&counted, 0, BOOT - FREED_IN_PLACE);
	machine_unmap(counted.machine, 0x801);
	struct analysis *analysis = counted_analyze(&counted);
	expect_status(analysis, CHECK, STATUS_PASS, 0);
	counted_end(&counted, analysis);
}

/* --- 6.9 and 6.10: for each node ------------------------------------------------ */

static void counters_of_nodes_are_added_up(void **state)
{
	enum { VM_STAT = 0x1000, ITEM = 5, ITEM_BOOT = 6 };
	struct counted counted = counted_create(&kernel_b);
	struct machine *machine = counted.machine;

	(void)state;
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "nr_memmap_pages");
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "nr_memmap_boot_pages");
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "pglist_data", "vm_stat", VM_STAT);
	machine_type_set(machine, TYPE_ENUMERATOR, "node_stat_item", "NR_MEMMAP", ITEM);
	machine_type_set(machine, TYPE_ENUMERATOR, "node_stat_item", "NR_MEMMAP_BOOT", ITEM_BOOT);
	for (unsigned node = 0; node < 2; node++) {
		paddr_t stat = machine_zone(machine, node, 0) - MACHINE_PGDAT_ZONES + VM_STAT;

		image_write(machine_image(machine), stat + 8 * ITEM, node ? 100 : (uint64_t)-100,
			    8);
		image_write(machine_image(machine), stat + 8 * ITEM_BOOT,
			    node ? BOOT - FREED_IN_PLACE - 1000 : 1000, 8);
	}
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, CHECK, STATUS_PASS, 0, NULL);
	assert_int_equal(expect_run(analysis, CHECK)->checked, 2);
	counted_end(&counted, analysis);
}

static void kernels_without_counters_are_left_out(void **state)
{
	struct machine *machine = machine_create(&kernel_b);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, CHECK, STATUS_NOT_APPLICABLE, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(frames_behind_head_pages_are_counted_once),
		cmocka_unit_test(shared_frames_of_zones_are_not_counted),
		cmocka_unit_test(frames_that_replaced_boot_memory_are_counted_apart),
		cmocka_unit_test(plugged_memory_is_counted_wherever_its_frames_are),
		cmocka_unit_test(tables_of_page_ext_are_counted_where_their_size_is_known),
		cmocka_unit_test(tables_of_page_ext_of_unknown_size_are_allowed_for),
		cmocka_unit_test(pages_that_the_pool_does_not_count_yet_are_allowed_for),
		cmocka_unit_test(counts_that_boot_memory_took_along_are_a_note),
		cmocka_unit_test(frames_of_devices_are_counted_wherever_they_are),
		cmocka_unit_test(savings_of_devices_that_were_counted_are_signed),
		cmocka_unit_test(what_cannot_be_counted_is_not_checked),
		cmocka_unit_test(pages_that_another_check_reports_are_left_to_it),
		cmocka_unit_test(counters_of_nodes_are_added_up),
		cmocka_unit_test(kernels_without_counters_are_left_out),
	};
	struct CMUnitTest tests[COUNT_OF(others) + COUNT_OF(differences)];

	memcpy(tests, others, sizeof(others));
	EXPECT_EACH(tests, COUNT_OF(others), differences_are_found, differences);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
