// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections, nodes and zones: sound, missing, and absurd. */
#include "testdata/machine/expect.h"

#include <inttypes.h>
#include <stdio.h>

#include <time.h>

static struct machine *machine_new(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
}

static struct analysis *analyze(struct machine *machine)
{
	struct analysis *analysis = NULL;

	expect_no_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis));
	return analysis;
}

/* --- sound --------------------------------------------------------------------- */

static void kernel_reads_sections_with_their_bits(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_section_add(machine, 30, SECTION_ONLINE, 0x5);
	machine_section_add(machine, 31, SECTION_DEVICE, UINT64_MAX);
	machine_section_add(machine, 127, SECTION_NO_MEM_MAP, 0);
	struct analysis *analysis = analyze(machine);
	const struct kernel *kernel = &analysis->target.kernel;
	assert_int_equal(kernel->section_count, MACHINE_SECTIONS + 3);
	assert_int_equal(kernel->pages_per_section, MACHINE_SECTION_PAGES);
	assert_int_equal(kernel->subsections_per_section, 64);

	const struct section *section = kernel_section(kernel, 3);
	assert_true(section->early && section->online && section->has_mem_map);
	assert_false(section->device);
	assert_true(section->subsections_known);
	section = kernel_section(kernel, 30);
	assert_true(section->online && !section->early && section->subsections_known);
	assert_int_equal(kernel->subsections[section->subsections].valid[0], 5);
	section = kernel_section(kernel, 31);
	assert_true(section->device && !section->online);
	assert_false(kernel_section(kernel, 127)->has_mem_map);
	assert_null(kernel_section(kernel, 24));
	assert_null(kernel_section(kernel, 128));
	assert_ptr_equal(kernel_section_of(kernel, 3 * MACHINE_SECTION_PAGES + 5),
			 kernel_section(kernel, 3));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void kernel_finds_sections_by_the_pointers_own_address(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_fact(machine, "SYMBOL(mem_section)", NULL);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->target.kernel.section_count, MACHINE_SECTIONS);
	analysis_destroy(analysis);

	machine_type_remove(machine, TYPE_SYMBOL, NULL, "mem_section");
	expect_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis), ERROR_NOT_FOUND,
		     "mem_section");
	machine_destroy(machine);
}

static void kernel_reads_nodes_and_zones(void **state)
{
	struct machine *machine = machine_new();
	pfn_t tail, expected = machine_zone_tail(machine, 1, MACHINE_ZONE_NORMAL, 9);

	(void)state;
	struct analysis *analysis = analyze(machine);
	const struct kernel *kernel = &analysis->target.kernel;
	assert_int_equal(kernel->node_count, 2);
	assert_int_equal(kernel->nodes[1], 1);
	assert_int_equal(kernel->zone_count, 2 * MACHINE_ZONES);
	assert_int_equal(kernel->nodes_shift, 2);
	assert_int_equal(kernel->zones_shift, 3);
	assert_int_equal(kernel->tails_min_order, 7);

	const struct zone_info *zone = kernel_zone(kernel, 1, MACHINE_ZONE_NORMAL);
	assert_string_equal(zone->name, "Normal");
	assert_int_equal(zone->start_pfn, 0x40000);
	assert_int_equal(zone->spanned_pages, 0x80000);
	assert_int_equal(zone->tail_count, 16);
	assert_null(kernel_zone(kernel, 2, 0));
	assert_null(kernel_zone(kernel, 0, MACHINE_ZONES));

	assert_int_equal(kernel_shared_tail(kernel, 1, MACHINE_ZONE_NORMAL, 9, &tail), TAIL_KNOWN);
	assert_int_equal(tail, expected);
	assert_int_equal(kernel_shared_tail(kernel, 1, MACHINE_ZONE_NORMAL, 10, &tail), TAIL_NULL);
	assert_int_equal(kernel_shared_tail(kernel, 1, MACHINE_ZONE_NORMAL, 6, &tail),
			 TAIL_UNREADABLE);
	assert_int_equal(kernel_shared_tail(kernel, 1, MACHINE_ZONE_NORMAL, 23, &tail),
			 TAIL_UNREADABLE);
	assert_int_equal(kernel_shared_tail(kernel, 3, 0, 9, &tail), TAIL_UNREADABLE);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void kernel_takes_node_and_zone_from_page_flags(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = analyze(machine);
	uint64_t flags = machine_page_flags(3, 4, (UINT64_C(1) << 59) - 1);

	(void)state;
	assert_int_equal(page_flags_node(&analysis->target.kernel, flags), 3);
	assert_int_equal(page_flags_zone(&analysis->target.kernel, flags), 4);
	assert_int_equal(page_flags_node(&analysis->target.kernel, 0), 0);
	analysis->target.kernel.nodes_shift = analysis->target.kernel.zones_shift = 0;
	assert_int_equal(page_flags_node(&analysis->target.kernel, flags), 0);
	assert_int_equal(page_flags_zone(&analysis->target.kernel, flags), 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void kernel_lets_the_sections_vote_on_the_vmemmap(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_B, .no_vmemmap_symbol = true });
	struct image *image = machine_image(machine);

	(void)state;
	for (uint64_t nr = 0; nr < 3; nr++)
		image_write(image, machine_section(machine, nr) + MACHINE_SECTION_MAP,
			    (MACHINE_VMEMMAP - (UINT64_C(1) << 35)) | 0x1b, 8);
	struct analysis *analysis = analyze(machine);
	assert_int_equal(analysis->target.kernel.vmemmap, MACHINE_VMEMMAP);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- missing --------------------------------------------------------------------- */

/* Each check's status where something that it needs is not in the dump. */
struct loss {
	const char *name;
	enum machine_scheme scheme;
	void (*arrange)(struct machine *machine);
	const char *not_checked[8]; /* checks that say so; none says "pass" of nothing */
};

static void hide_table_of_section_2(struct machine *machine)
{
	machine_hide(machine, machine_table(machine, machine_vmemmap_address(2 * 512), 0), 1,
		     MEMORY_EXCLUDED);
}

static void truncate_table_of_section_2(struct machine *machine)
{
	machine_hide(machine, machine_table(machine, machine_vmemmap_address(2 * 512), 0), 1,
		     MEMORY_TRUNCATED);
}

static void hide_head_frame(struct machine *machine)
{
	machine_hide(machine, machine_frame(machine, machine_index(0x10000)) << 12, 1,
		     MEMORY_TRUNCATED);
}

static void hide_hstates(struct machine *machine)
{
	machine_hide(machine, machine_hstate(machine, 0), 1, MEMORY_EXCLUDED);
}

static void hide_number_of_hstates(struct machine *machine)
{
	machine_hide(machine, machine_max_hstate(machine), 1, MEMORY_TRUNCATED);
}

static void hide_node_data(struct machine *machine)
{
	machine_hide(machine, machine_node_data(machine), 1, MEMORY_TRUNCATED);
}

static void hide_zones(struct machine *machine)
{
	machine_hide(machine, machine_zone(machine, 0, 0), 1, MEMORY_EXCLUDED);
	machine_hide(machine, machine_zone(machine, 1, 0), 1, MEMORY_EXCLUDED);
}

static const struct loss losses[] = {
	{ "a page table is excluded",
	  MACHINE_B,
	  hide_table_of_section_2,
	  { "vmemmap-mapped", "hugetlb-pool-counters", "vmemmap-orphan-sharing" } },
	{ "a page table is truncated",
	  MACHINE_D,
	  truncate_table_of_section_2,
	  { "vmemmap-mapped", "hugetlb-pool-counters", "vmemmap-orphan-sharing" } },
	{ "a head is truncated",
	  MACHINE_B,
	  hide_head_frame,
	  { "hugetlb-pool-counters", "vmemmap-frame-in-dump" } },
	{ "the pools are excluded", MACHINE_D, hide_hstates, { "hugetlb-pool-counters" } },
	{ "the number of pools is truncated",
	  MACHINE_B,
	  hide_number_of_hstates,
	  { "hugetlb-pool-counters" } },
	{ "the nodes are truncated", MACHINE_B, hide_node_data, { "hugetlb-pool-counters" } },
	{ "the nodes are truncated, and tails of zones are shared",
	  MACHINE_D,
	  hide_node_data,
	  { "hugetlb-pool-counters", "hugetlb-zone-tails" } },
	{ "the zones are excluded, and their tails are shared",
	  MACHINE_D,
	  hide_zones,
	  { "hugetlb-zone-tails" } },
};

static bool is_in(const char *id, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count && list[i]; i++)
		if (strcmp(id, list[i]) == 0)
			return true;
	return false;
}

static void check_loss(const struct analysis *analysis, const struct loss *loss)
{
	assert_int_equal(analysis->checks.errors, 0);
	assert_int_equal(analysis->checks.warnings, 0);
	/* What the pages of a zone share shows without the zone. */
	for (size_t i = 0; i < analysis->savings.pool_count; i++)
		assert_int_equal(analysis->savings.pools[i].unknown, 0);
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		if (run->status == STATUS_PASS && run->checked == 0)
			fail_msg("%s passes, and has looked at nothing", run->check->id);
		if (run->not_checked && !run->reason)
			fail_msg("%s does not say why it has not looked", run->check->id);
		if (is_in(run->check->id, loss->not_checked, COUNT_OF(loss->not_checked)) &&
		    !run->not_checked)
			fail_msg("%s has not noticed: %s, %" PRIu64 " checked", run->check->id,
				 check_status_name(run->status), run->checked);
	}
}

static void run_loss(void **state)
{
	const struct loss *loss = *state;
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = loss->scheme, .mark = MARK_TYPE_BYTE });

	machine_populate(machine);
	loss->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	check_loss(analysis, loss);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* All that there is lies where nothing can be read; page tables may be there, or heads. */
static void analysis_of_unreadable_pages_only_passes_nothing(void **state)
{
	static const struct {
		void (*arrange)(struct machine *machine);
		bool tables; /* are in the dump */
	} cases[] = {
		{ hide_table_of_section_2, false },
		{ truncate_table_of_section_2, false },
		{ hide_head_frame, true },
	};
	static const char *const about_tables[] = { "hugetlb-head-private", "hugetlb-tail-target",
						    "hugetlb-tail-readonly",
						    "hugetlb-head-writable" };
	static const char *const about_heads[] = { "hugetlb-flag-agrees", "hugetlb-savings-agree",
						   "hugetlb-pool-counters" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_new();

		machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
		cases[i].arrange(machine);
		struct analysis *analysis = expect_analysis(machine);
		assert_int_equal(analysis->inventory.pages.count, cases[i].tables);
		assert_true(analysis->inventory.candidates_unreadable > 0);
		for (size_t k = 0; k < COUNT_OF(about_tables); k++) {
			expect_status(analysis, about_tables[k],
				      cases[i].tables ? STATUS_PASS : STATUS_NOT_CHECKED, 0);
			assert_true(expect_run(analysis, about_tables[k])->not_checked > 0);
		}
		for (size_t k = 0; k < COUNT_OF(about_heads); k++)
			expect_status(analysis, about_heads[k], STATUS_NOT_CHECKED, 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* The number is one fault, and all that it hides is there. */
static void kernel_finds_sections_above_the_highest_one(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_populate(machine);
	struct analysis *whole = expect_analysis(machine);
	assert_int_equal(whole->target.kernel.sections_unreadable, 0);
	image_write(machine_image(machine), machine_highest_section(machine), 4, 8);
	struct analysis *analysis = expect_analysis(machine);
	assert_int_equal(analysis->target.kernel.section_count, whole->target.kernel.section_count);
	assert_int_equal(analysis->target.kernel.sections_unreadable, 0);
	assert_int_equal(analysis->target.kernel.sections_inferred, 0);
	assert_int_equal(analysis->inventory.pages.count, whole->inventory.pages.count);
	expect_only(analysis, "section-mem-map", STATUS_FAIL, 1,
		    "19 sections from 5 to 23 (pfn 0x28000 to 0xbffff): "
		    "__highest_present_section_nr is 4");
	analysis_destroy(whole);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* The page tables of the vmemmap tell where sections are; little more is known of them. */
static void kernel_infers_sections_that_cannot_be_read(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_section_add(machine, 40, SECTION_ONLINE, 0xf);
	machine_section_add(machine, 60, SECTION_UNMAPPED, UINT64_MAX);
	machine_populate(machine);
	machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct kernel *kernel = &analysis->target.kernel;
	assert_true(kernel->sections_unreadable > 0);
	assert_int_equal(kernel->section_count, MACHINE_SECTIONS + 1);
	for (size_t i = 0; i < kernel->section_count; i++) {
		assert_true(kernel->sections[i].has_mem_map);
		assert_false(kernel->sections[i].subsections_known);
		assert_true(i == 0 || kernel->sections[i].nr > kernel->sections[i - 1].nr);
	}
	assert_null(kernel_section(kernel, 60));
	assert_int_equal(analysis->inventory.pages.count, 6);
	assert_int_equal(analysis->checks.errors, 0);
	expect_status(analysis, "section-mem-map", STATUS_NOT_CHECKED, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* What else is mapped where struct pages could be has an address that VMCOREINFO tells. */
static void kernel_infers_no_section_where_other_mappings_are(void **state)
{
	static const struct {
		const char *key;
		uint64_t section, offset; /* of the vmemmap's address for it */
		bool seen;
	} cases[] = {
		{ "NUMBER(VMALLOC_START)", 40, 0, false },
		{ "NUMBER(VMALLOC_START)", 41, 0, true },
		{ "NUMBER(VMEMMAP_END)", 40, 4096, false }, /* it ends in the section */
		{ "SYMBOL(_stext)", 41, 0, true },
		{ "SYMBOL(_stext)", 30, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *machine = machine_new();
		char value[32];

		machine_section_add(machine, 40, SECTION_ONLINE, 0xf);
		machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
		snprintf(value, sizeof(value), "0x%" PRIx64,
			 machine_vmemmap_address(cases[i].section * 512) + cases[i].offset);
		machine_fact(machine, cases[i].key, value);
		struct analysis *analysis = expect_analysis(machine);

		assert_int_equal(analysis->target.kernel.section_count,
				 MACHINE_SECTIONS + cases[i].seen);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* riscv64, arm64: the struct page of pfn 0 would lie in another mapping. */
static void kernel_infers_no_section_before_the_first_struct_page(void **state)
{
	struct machine *machine = machine_new();
	char value[32];

	(void)state;
	machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
	snprintf(value, sizeof(value), "0x%" PRIx64, machine_vmemmap_address(3 * 512));
	machine_fact(machine, "NUMBER(VMEMMAP_START)", value);
	struct analysis *analysis = expect_analysis(machine);

	assert_int_equal(analysis->target.kernel.section_count, MACHINE_SECTIONS - 3);
	assert_int_equal(analysis->target.kernel.sections[0].nr, 3);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void kernel_without_sections_and_vmemmap_says_so(void **state)
{
	static const bool no_symbol[] = { false, true };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(no_symbol); i++) {
		struct machine *machine = machine_create(&(struct machine_kernel){
			.scheme = MACHINE_B, .no_vmemmap_symbol = no_symbol[i] });
		struct analysis *analysis = NULL;

		machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
		machine_hide(machine, machine_table(machine, MACHINE_VMEMMAP, 1), 1,
			     MEMORY_EXCLUDED);
		expect_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis), ERROR_NOT_FOUND,
			     "no memory section");
		machine_destroy(machine);
	}
}

static void kernel_takes_sections_without_readable_usage_as_whole(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_section_add(machine, 30, SECTION_ONLINE, 1);
	image_write(machine_image(machine), machine_section(machine, 30) + MACHINE_SECTION_USAGE,
		    MACHINE_DIRECT_MAP + (UINT64_C(3) << 30), 8);
	machine_unmap(machine, 30 * 512 + 100);
	struct analysis *analysis = expect_analysis(machine);
	const struct section *section = kernel_section(&analysis->target.kernel, 30);
	assert_false(section->subsections_known);
	assert_true(kernel_pfn_valid(&analysis->target.kernel, 31 * MACHINE_SECTION_PAGES - 1));

	/* A hole there may be legal: it is not said to be wrong. */
	assert_int_equal(analysis->checks.errors, 0);
	assert_int_equal(expect_run(analysis, "vmemmap-mapped")->not_checked, 1);
	assert_int_equal(analysis->map.pages_hole, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- absurd ----------------------------------------------------------------------- */

struct absurdity {
	const char *name;
	void (*arrange)(struct machine *machine);
	bool is_error; /* or else there is a result */
};

static void set_fact(struct machine *machine, const char *key, const char *value)
{
	machine_fact(machine, key, value);
}

static void no_section_roots(struct machine *machine)
{
	set_fact(machine, "LENGTH(mem_section)", "0");
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "__highest_present_section_nr");
}

static void endless_section_roots(struct machine *machine)
{
	set_fact(machine, "LENGTH(mem_section)", "18446744073709551615");
}

static void very_many_section_roots(struct machine *machine)
{
	set_fact(machine, "LENGTH(mem_section)", "16777216");
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "__highest_present_section_nr");
}

static void many_section_roots(struct machine *machine)
{
	set_fact(machine, "LENGTH(mem_section)", "65536");
	machine_type_remove(machine, TYPE_SYMBOL, NULL, "__highest_present_section_nr");
}

static void section_bits_0(struct machine *machine)
{
	set_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "0");
}

static void section_bits_64(struct machine *machine)
{
	set_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "64");
}

static void section_bits_huge(struct machine *machine)
{
	set_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "-1");
}

static void section_bits_21(struct machine *machine)
{
	set_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "21");
}

static void section_bits_34(struct machine *machine)
{
	set_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "34");
}

static void hstate_order_255(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_ORDER, 255,
		    4);
}

static void hstate_order_0(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_ORDER, 0,
		    4);
	image_write(machine_image(machine), machine_hstate(machine, 1) + MACHINE_HSTATE_ORDER, 0,
		    4);
}

static void hstate_order_1(struct machine *machine)
{
	image_write(machine_image(machine), machine_hstate(machine, 0) + MACHINE_HSTATE_ORDER, 1,
		    4);
}

static void tiny_pages_in_large_sections(struct machine *machine)
{
	hstate_order_1(machine);
	machine_fact(machine, "NUMBER(SECTION_SIZE_BITS)", "40");
}

static void hstates_2_to_the_31(struct machine *machine)
{
	image_write(machine_image(machine), machine_max_hstate(machine), UINT32_C(1) << 31, 4);
}

static void hstates_17(struct machine *machine)
{
	image_write(machine_image(machine), machine_max_hstate(machine), 17, 4);
}

static void nodes_very_many(struct machine *machine)
{
	set_fact(machine, "LENGTH(node_data)", "4294967295");
}

static void nodes_0(struct machine *machine)
{
	set_fact(machine, "LENGTH(node_data)", "0");
}

static void nodes_1024(struct machine *machine)
{
	set_fact(machine, "LENGTH(node_data)", "1024");
}

static void struct_page_of_nothing(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "page", NULL, 0);
}

static void struct_page_of_a_megabyte(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "page", NULL, 1 << 20);
}

static void struct_page_of_56_bytes(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "page", NULL, 56);
}

static void page_member_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "private", 4096);
}

static void page_member_far_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "_refcount", UINT64_MAX - 3);
}

static void page_flags_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "flags", 1 << 20);
}

static void page_mapcount_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "_mapcount", 1 << 20);
}

static void section_of_8_bytes(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "mem_section", NULL, 8);
}

static void section_of_a_gigabyte(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "mem_section", NULL, 1 << 30);
}

static void section_member_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "mem_section", "section_mem_map", UINT64_MAX);
}

static void section_usage_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "mem_section", "usage", UINT64_MAX - 2);
	machine_section_add(machine, 30, SECTION_ONLINE, UINT64_MAX);
}

static void section_bit_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_IS_ONLINE_BIT", 1000);
}

static void section_map_without_address(struct machine *machine)
{
	machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 64);
}

static void head_bit_outside(struct machine *machine)
{
	machine_type_set(machine, TYPE_ENUMERATOR, "pageflags", "PG_head", 1000);
}

static void zones_very_many(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_LENGTH, "pglist_data", "node_zones", UINT64_MAX);
}

static void zones_very_large(struct machine *machine)
{
	machine_type_set(machine, TYPE_SIZE, "zone", NULL, UINT64_MAX / 3);
}

static void tails_very_many(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails", UINT64_MAX);
}

static void tail_below_the_vmemmap(struct machine *machine)
{
	image_write(machine_image(machine),
		    machine_zone(machine, 1, MACHINE_ZONE_NORMAL) + MACHINE_ZONE_TAILS + 16, 0x1234,
		    8);
}

static void tail_beyond_memory(struct machine *machine)
{
	image_write(machine_image(machine),
		    machine_zone(machine, 1, MACHINE_ZONE_NORMAL) + MACHINE_ZONE_TAILS + 16,
		    UINT64_MAX, 8);
}

static void free_areas_very_many(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_LENGTH, "zone", "free_area", UINT64_MAX);
	machine_hide(machine, machine_frame(machine, 0x801) << 12, 1, MEMORY_EXCLUDED);
}

static void names_of_no_size(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_SIZE, "hstate", "name", 0);
}

static void names_of_great_size(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_SIZE, "hstate", "name", UINT64_MAX);
}

static void node_arrays_of_great_length(struct machine *machine)
{
	machine_type_set(machine, TYPE_MEMBER_LENGTH, "hstate", "nr_huge_pages_node", UINT64_MAX);
}

static void vmemmap_not_aligned(struct machine *machine)
{
	set_fact(machine, "SYMBOL(vmemmap)", "ffffea0000000123");
}

static void vmemmap_at_the_end(struct machine *machine)
{
	set_fact(machine, "SYMBOL(vmemmap)", "ffffffffffff0000");
}

static void vmemmap_at_the_end_without_sections(struct machine *machine)
{
	vmemmap_at_the_end(machine);
	machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
}

static void page_tables_that_loop_without_sections(struct machine *machine)
{
	paddr_t table = machine_table(machine, MACHINE_VMEMMAP, 3);

	machine_hide(machine, machine_section(machine, 0), 1, MEMORY_EXCLUDED);
	for (unsigned i = 256; i < 511; i++)
		if (i != 273) /* the direct map */
			image_write(machine_image(machine), table + 8 * i, table | 3, 8);
}

static void roots_not_aligned(struct machine *machine)
{
	set_fact(machine, "SYMBOL(mem_section)", "ffff888001400004");
}

static void roots_at_the_end(struct machine *machine)
{
	set_fact(machine, "SYMBOL(mem_section)", "fffffffffffffff8");
}

static void page_tables_that_loop(struct machine *machine)
{
	paddr_t table = machine_table(machine, MACHINE_VMEMMAP, 1);

	for (unsigned i = 0; i < 512; i++)
		image_write(machine_image(machine), table + 8 * i, table | 3, 8);
}

static void sections_all_present(struct machine *machine)
{
	for (uint64_t nr = MACHINE_SECTIONS; nr < MACHINE_SECTIONS_MAX; nr++)
		machine_section_add(machine, nr, SECTION_ONLINE | SECTION_EARLY | SECTION_UNMAPPED,
				    0);
}

static void heads_everywhere(struct machine *machine)
{
	for (pfn_t pfn = 0; pfn < 16 * MACHINE_SECTION_PAGES; pfn += 512)
		machine_huge_page(machine, pfn, 9, HUGE_FLAG | HUGE_UNCOUNTED);
}

static const struct absurdity absurdities[] = {
	{ "no section roots", no_section_roots, true },
	{ "2^64 section roots", endless_section_roots, true },
	{ "2^24 section roots", very_many_section_roots, true },
	{ "2^16 section roots", many_section_roots, false },
	{ "sections of one byte", section_bits_0, true },
	{ "sections of 2^64 bytes", section_bits_64, true },
	{ "sections of 2^-1 bytes", section_bits_huge, true },
	{ "sections of 2 MiB", section_bits_21, false },
	{ "sections of 16 GiB", section_bits_34, true },
	{ "a pool of order 255", hstate_order_255, false },
	{ "pools of order 0", hstate_order_0, false },
	{ "a pool of order 1", hstate_order_1, false },
	{ "a pool of order 1 in sections of 1 TiB", tiny_pages_in_large_sections, true },
	{ "2^31 pools", hstates_2_to_the_31, false },
	{ "17 pools", hstates_17, false },
	{ "2^32 nodes", nodes_very_many, true },
	{ "no nodes", nodes_0, false },
	{ "1024 nodes, most of them junk", nodes_1024, false },
	{ "struct page of 0 bytes", struct_page_of_nothing, true },
	{ "struct page of 1 MiB", struct_page_of_a_megabyte, true },
	{ "struct page of 56 bytes", struct_page_of_56_bytes, false },
	{ "page.private outside struct page", page_member_outside, true },
	{ "page._refcount far outside struct page", page_member_far_outside, true },
	{ "page.flags outside struct page", page_flags_outside, true },
	{ "page._mapcount outside struct page", page_mapcount_outside, true },
	{ "struct mem_section of 8 bytes", section_of_8_bytes, true },
	{ "struct mem_section of 1 GiB", section_of_a_gigabyte, true },
	{ "section_mem_map outside struct mem_section", section_member_outside, true },
	{ "usage outside struct mem_section", section_usage_outside, false },
	{ "section bit 1000", section_bit_outside, false },
	{ "section_mem_map without an address", section_map_without_address, false },
	{ "PG_head is bit 1000", head_bit_outside, false },
	{ "2^64 zones", zones_very_many, false },
	{ "struct zone of 2^62 bytes", zones_very_large, true },
	{ "2^64 shared tails", tails_very_many, false },
	{ "a shared tail below the vmemmap", tail_below_the_vmemmap, false },
	{ "a shared tail beyond memory", tail_beyond_memory, false },
	{ "2^64 orders of free blocks", free_areas_very_many, false },
	{ "pool names of 0 bytes", names_of_no_size, false },
	{ "pool names of 2^64 bytes", names_of_great_size, false },
	{ "node arrays of 2^64 elements", node_arrays_of_great_length, false },
	{ "a vmemmap that is not aligned", vmemmap_not_aligned, true },
	{ "a vmemmap at the end of the address space", vmemmap_at_the_end, false },
	{ "a vmemmap at the end of the address space, no sections",
	  vmemmap_at_the_end_without_sections, true },
	{ "page tables that loop, no sections", page_tables_that_loop_without_sections, true },
	{ "section roots that are not aligned", roots_not_aligned, false },
	{ "section roots at the end of the address space", roots_at_the_end, false },
	{ "page tables that loop", page_tables_that_loop, false },
	{ "all sections present, most not mapped", sections_all_present, false },
	{ "huge pages everywhere", heads_everywhere, false },
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Sanitizers watch: there is an error or a result, and soon. */
static void run_absurdity(void **state)
{
	const struct absurdity *absurdity = *state;
	struct machine *machine = machine_new();
	struct analysis *analysis = NULL;

	machine_populate(machine);
	absurdity->arrange(machine);
	double start = seconds();
	struct error *err = machine_analyze(machine, ANALYSIS_FULL, &analysis);
	double taken = seconds() - start;
	print_message("    %s\n", err ? error_message(err) : "a result");
	bool is_error = err != NULL;
	error_destroy(err);
	if (!is_error)
		analysis_destroy(analysis);
	machine_destroy(machine);
	assert_int_equal(is_error, absurdity->is_error);
	assert_true(taken < 2);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(kernel_reads_sections_with_their_bits),
		cmocka_unit_test(kernel_finds_sections_by_the_pointers_own_address),
		cmocka_unit_test(kernel_reads_nodes_and_zones),
		cmocka_unit_test(kernel_takes_node_and_zone_from_page_flags),
		cmocka_unit_test(kernel_lets_the_sections_vote_on_the_vmemmap),
		cmocka_unit_test(analysis_of_unreadable_pages_only_passes_nothing),
		cmocka_unit_test(kernel_finds_sections_above_the_highest_one),
		cmocka_unit_test(kernel_infers_sections_that_cannot_be_read),
		cmocka_unit_test(kernel_infers_no_section_where_other_mappings_are),
		cmocka_unit_test(kernel_infers_no_section_before_the_first_struct_page),
		cmocka_unit_test(kernel_without_sections_and_vmemmap_says_so),
		cmocka_unit_test(kernel_takes_sections_without_readable_usage_as_whole),
	};
	struct CMUnitTest tests[COUNT_OF(others) + COUNT_OF(losses) + COUNT_OF(absurdities)];
	size_t used = EXPECT_EACH(tests, 0, run_loss, losses);

	used = EXPECT_EACH(tests, used, run_absurdity, absurdities);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
