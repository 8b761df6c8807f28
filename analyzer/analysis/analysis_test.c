// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whole analyses of healthy machines, one of each kind: every figure is known. */
#include "analyzer/paging/paging_check.h"
#include "testdata/machine/expect.h"

#include <elf.h>

/* What machine_populate() comes to. */
struct figures {
	uint64_t gross, tables, shared, could; /* pages of 4 KiB */
	enum blocker blocker;		       /* of the two pages that are not optimised */
};

// clang-format off
#define FIGURES_NONE	   { 0, 0, 0, 0, BLOCKER_NOT_BUILT }
/* Three of 2 MiB and one of 1 GiB; tables: sections 2, 9, and 16 to 23. */
#define FIGURES_A(blocker) { 3 * 6 + 4094, 10, 0, 2 * 6, blocker }
#define FIGURES_B(blocker) { 3 * 7 + 4095, 10, 0, 2 * 7, blocker }
/* Shared frames: 2 MiB on both nodes, 1 GiB on node 1. */
#define FIGURES_D(blocker) { 3 * 7 + 4095, 10, 3, 2 * 7, blocker }
// clang-format on

static const struct {
	const char *name;
	struct machine_kernel kernel;
	const char *scheme;
	struct figures figures;
} machines[] = {
	{ "no optimisation, 6.1",
	  { .scheme = MACHINE_NONE, .mark = MARK_DTOR },
	  "none",
	  FIGURES_NONE },
	{ "no optimisation, 6.12",
	  { .scheme = MACHINE_NONE, .mark = MARK_TYPE_BYTE },
	  "none",
	  FIGURES_NONE },
	{ "5.14",
	  { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true },
	  "hugetlb-a",
	  FIGURES_A(BLOCKER_WAS_OFF) },
	{ "5.14 with a switch that is on",
	  { .scheme = MACHINE_A, .mark = MARK_DTOR },
	  "hugetlb-a",
	  FIGURES_A(BLOCKER_WAS_OFF) },
	{ "6.1",
	  { .scheme = MACHINE_B, .mark = MARK_DTOR },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.1, now off",
	  { .scheme = MACHINE_B, .mark = MARK_DTOR, .switch_off = true },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_OFF) },
	{ "6.1, switch unknown",
	  { .scheme = MACHINE_B, .mark = MARK_DTOR, .no_switch = true },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_UNTOLD) },
	{ "6.1, five levels",
	  { .scheme = MACHINE_B,
	    .mark = MARK_DTOR,
	    .five_levels = true,
	    .no_vmemmap_symbol = true },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.1, encrypted memory",
	  { .scheme = MACHINE_B, .mark = MARK_DTOR, .sme_mask = UINT64_C(1) << 47 },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.6",
	  { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.9",
	  { .scheme = MACHINE_B, .mark = MARK_INVERTED_LOW },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.11",
	  { .scheme = MACHINE_B, .mark = MARK_INVERTED_HIGH },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.12",
	  { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.12, marks from VMCOREINFO",
	  { .scheme = MACHINE_B, .mark = MARK_TYPE_NUMBER },
	  "hugetlb-b",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.15",
	  { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE },
	  "hugetlb-c",
	  FIGURES_B(BLOCKER_WAS_OFF) },
	{ "6.15, five levels, now off",
	  { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE, .five_levels = true, .switch_off = true },
	  "hugetlb-c",
	  FIGURES_B(BLOCKER_OFF) },
	{ "7.2",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE },
	  "hugetlb-d",
	  FIGURES_D(BLOCKER_WAS_OFF) },
	{ "7.2, vmemmap from the sections",
	  { .scheme = MACHINE_D, .mark = MARK_TYPE_NUMBER, .no_vmemmap_symbol = true },
	  "hugetlb-d",
	  FIGURES_D(BLOCKER_WAS_OFF) },
};

static void check_pool(const struct pool *pool, const struct pool *expected, enum blocker blocker)
{
	assert_int_equal(pool->order, expected->order);
	assert_int_equal(pool->size_bytes, UINT64_C(4096) << expected->order);
	assert_int_equal(pool->node, expected->node);
	assert_int_equal(pool->pages, expected->pages);
	assert_int_equal(pool->free, expected->free);
	assert_int_equal(pool->optimized, expected->optimized);
	assert_int_equal(pool->not_optimized, expected->pages - expected->optimized);
	assert_int_equal(pool->in_transition, 0);
	for (unsigned i = 0; i < BLOCKER_COUNT; i++)
		assert_int_equal(pool->blocked[i],
				 i == blocker ? expected->pages - expected->optimized : 0);
}

static void check_savings(const struct savings *savings, const struct figures *figures)
{
	bool built = figures->blocker != BLOCKER_NOT_BUILT;
	const struct pool expected[] = {
		{ .order = 9, .node = 0, .pages = 3, .free = 1, .optimized = built ? 2 : 0 },
		{ .order = 9, .node = 1, .pages = 2, .free = 1, .optimized = built ? 1 : 0 },
		{ .order = 18, .node = 1, .pages = 1, .free = 1, .optimized = built ? 1 : 0 },
	};

	assert_int_equal(savings->pool_count, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		check_pool(&savings->pools[i], &expected[i], figures->blocker);
	assert_int_equal(savings->hugetlb.gross_bytes, figures->gross * 4096);
	assert_int_equal(savings->table_pages, figures->tables);
	assert_int_equal(savings->hugetlb.page_table_cost_bytes, figures->tables * 4096);
	assert_int_equal(savings->shared_frames, figures->shared);
	assert_int_equal(savings->hugetlb.shared_frame_cost_bytes, figures->shared * 4096);
	assert_int_equal(savings->hugetlb.net_bytes,
			 (int64_t)(figures->gross - figures->tables - figures->shared) * 4096);
	assert_int_equal(savings->hugetlb.could_save_bytes, figures->could * 4096);
}

static void check_checks(const struct analysis *analysis, bool built)
{
	static const char *const about_optimized[] = {
		"hugetlb-head-private",
		"hugetlb-tail-target",
		"hugetlb-tail-readonly",
		"hugetlb-head-writable",
	};

	expect_others_silent(analysis, NULL);
	for (size_t i = 0; i < COUNT_OF(about_optimized); i++)
		expect_status(analysis, about_optimized[i],
			      built ? STATUS_PASS : STATUS_NOT_APPLICABLE, 0);
	expect_status(analysis, "section-mem-map", STATUS_PASS, 0);
	expect_status(analysis, "vmemmap-mapped", STATUS_PASS, 0);
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_PASS, 0);
	expect_status(analysis, "hugetlb-unoptimized-private", STATUS_PASS, 0);
	expect_status(analysis, "vmemmap-orphan-sharing", STATUS_PASS, 0);
	expect_status(analysis, "vmemmap-frame-in-dump", STATUS_PASS, 0);
	expect_status(analysis, "hugetlb-pool-counters", STATUS_PASS, 0);
	expect_status(analysis, "hugetlb-savings-agree", STATUS_PASS, 0);
	assert_int_equal(expect_run(analysis, "section-mem-map")->checked, MACHINE_SECTIONS);
	assert_int_equal(expect_run(analysis, "vmemmap-mapped")->checked, MACHINE_SECTIONS * 512);
	assert_int_equal(expect_run(analysis, "hugetlb-flag-agrees")->checked, 6);
	assert_int_equal(expect_run(analysis, "hugetlb-tail-target")->checked, built ? 4 : 0);
	assert_int_equal(
		analysis->checks.errors + analysis->checks.warnings + analysis->checks.notes, 0);
}

/* Before there was a sysctl, an optimised page is a switch that is on. */
static int switch_of(const struct machine_kernel *kernel)
{
	if (kernel->scheme == MACHINE_NONE)
		return -1;
	if (kernel->no_switch)
		return kernel->scheme == MACHINE_A ? 1 : -1;
	return !kernel->switch_off;
}

static void analysis_of_a_healthy_machine_has_the_right_figures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		struct machine *machine = machine_create(&machines[i].kernel);

		print_message("    %s\n", machines[i].name);
		machine_populate(machine);
		struct analysis *analysis = expect_analysis(machine);
		assert_string_equal(analysis->scheme.hugetlb->id, machines[i].scheme);
		assert_int_equal(analysis->target.kernel.vmemmap, MACHINE_VMEMMAP);
		assert_int_equal(analysis->target.kernel.sections_unreadable, 0);
		assert_int_equal(analysis->target.kernel.optimize_enabled,
				 switch_of(&machines[i].kernel));
		check_savings(&analysis->savings, &machines[i].figures);
		check_checks(analysis, machines[i].kernel.scheme != MACHINE_NONE);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* --- empty and partial ------------------------------------------------------- */

static void analysis_without_huge_pages_has_nothing_to_check(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
	struct analysis *analysis = expect_analysis(machine);

	(void)state;
	expect_others_silent(analysis, NULL);
	assert_int_equal(analysis->savings.pool_count, 0);
	assert_int_equal(analysis->savings.hugetlb.net_bytes, 0);
	expect_status(analysis, "hugetlb-tail-target", STATUS_NOT_APPLICABLE, 0);
	expect_status(analysis, "hugetlb-savings-agree", STATUS_NOT_APPLICABLE, 0);
	expect_status(analysis, "hugetlb-pool-counters", STATUS_PASS, 0);
	expect_status(analysis, "vmemmap-orphan-sharing", STATUS_PASS, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void analysis_goes_as_deep_as_it_is_asked(void **state)
{
	struct machine *machine =
		machine_create(&(struct machine_kernel){ .scheme = MACHINE_B, .mark = MARK_DTOR });
	struct analysis *analysis;

	(void)state;
	machine_populate(machine);
	expect_no_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis));
	assert_int_equal(analysis->target.kernel.section_count, MACHINE_SECTIONS);
	assert_int_equal(analysis->map.run_count, 0);
	assert_int_equal(analysis->inventory.pages.count, 0);
	analysis_destroy(analysis);

	expect_no_error(machine_analyze(machine, ANALYSIS_INVENTORY, &analysis));
	assert_int_equal(analysis->inventory.pages.count, 6);
	assert_int_equal(analysis->savings.pool_count, 0);
	assert_int_equal(analysis->checks.run_count, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Types that fit no scheme. */
static struct machine *machine_of_incomplete_types(void)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });

	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "zone", "vmemmap_tails");
	machine_type_remove(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails");
	return machine;
}

static void analysis_of_an_unknown_scheme_counts_and_checks_nothing(void **state)
{
	struct machine *machine = machine_of_incomplete_types();

	(void)state;
	machine_huge_page(machine, 0x18000, 9, 0);
	struct analysis *analysis = expect_analysis(machine);
	assert_string_equal(analysis->scheme.hugetlb->id, "unknown");
	assert_int_equal(analysis->inventory.pages.count, 1);
	assert_int_equal(analysis->savings.pools[0].blocked[BLOCKER_UNKNOWN_SCHEME], 1);
	assert_int_equal(analysis->savings.hugetlb.could_save_bytes, 0);
	expect_status(analysis, "hugetlb-tail-target", STATUS_NOT_CHECKED, 0);
	expect_status(analysis, "hugetlb-flag-agrees", STATUS_NOT_CHECKED, 0);
	expect_status(analysis, "vmemmap-orphan-sharing", STATUS_NOT_CHECKED, 0);
	expect_status(analysis, "vmemmap-mapped", STATUS_PASS, 0);
	assert_int_equal(analysis->checks.errors, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void analysis_goes_by_page_tables_where_types_fit_no_scheme(void **state)
{
	struct machine *machine = machine_of_incomplete_types();

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	assert_string_equal(analysis->scheme.hugetlb->id, "hugetlb-d");
	assert_int_equal(analysis->checks.errors, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- what cannot be analysed at all ------------------------------------------- */

static struct machine *machine_d(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
}

static void analysis_says_why_it_is_impossible(void **state)
{
	static const struct {
		const char *name, *key, *value;
		enum error_code code;
		const char *part;
	} facts[] = {
		{ "no root", "SYMBOL(swapper_pg_dir)", NULL, ERROR_NOT_FOUND, "swapper_pg_dir" },
		{ "no place of the image", "NUMBER(phys_base)", NULL, ERROR_NOT_FOUND,
		  "phys_base" },
		{ "another kernel", "SIZE(page)", "56", ERROR_MISMATCH, "struct page" },
		{ "no sections", "LENGTH(mem_section)", NULL, ERROR_NOT_FOUND,
		  "LENGTH(mem_section)" },
		{ "a root outside memory", "NUMBER(phys_base)", "1099511627776", ERROR_NOT_FOUND,
		  "page table" },
		{ "a vmemmap in user space", "SYMBOL(vmemmap)", "1000", ERROR_CORRUPT, "vmemmap" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		struct machine *machine = machine_d();
		struct analysis *analysis = NULL;

		print_message("    %s\n", facts[i].name);
		machine_fact(machine, facts[i].key, facts[i].value);
		expect_error(machine_analyze(machine, ANALYSIS_FULL, &analysis), facts[i].code,
			     facts[i].part);
		assert_null(analysis);
		machine_destroy(machine);
	}
}

static void analysis_needs_an_architecture_it_knows(void **state)
{
	struct machine *machine = machine_d();
	struct analysis *analysis = NULL;

	(void)state;
	expect_error(analysis_run(image_memory(machine_image(machine)), EM_SPARCV9, true,
				  machine_vmcoreinfo(machine), machine_types(machine),
				  &(struct analysis_options){ .depth = ANALYSIS_FULL }, &analysis),
		     ERROR_UNSUPPORTED, NULL);
	expect_error(analysis_run(image_memory(machine_image(machine)), EM_X86_64, false, "",
				  machine_types(machine),
				  &(struct analysis_options){ .depth = ANALYSIS_FULL }, &analysis),
		     ERROR_CORRUPT, "VMCOREINFO");
	assert_null(analysis);
	machine_destroy(machine);
}

static void analysis_without_the_root_says_so(void **state)
{
	static const enum memory_state states[] = { MEMORY_EXCLUDED, MEMORY_ABSENT,
						    MEMORY_TRUNCATED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct machine *machine = machine_d();
		struct analysis *analysis = NULL;

		machine_hide(machine, machine_table(machine, MACHINE_VMEMMAP, 3), 1, states[i]);
		expect_error(machine_analyze(machine, ANALYSIS_FULL, &analysis), ERROR_NOT_FOUND,
			     "page table at physical");
		machine_destroy(machine);
	}
}

static struct error *check_paging(struct machine *machine)
{
	struct target target;

	expect_no_error(target_init(&target, image_memory(machine_image(machine)), EM_X86_64, false,
				    machine_vmcoreinfo(machine)));
	struct error *err = paging_check_tables(target.kmem, target.facts);
	target_deinit(&target);
	return err;
}

static void page_tables_that_lead_nowhere_are_told_without_types(void **state)
{
	enum { ENTRIES = 512 };
	struct machine *machine = machine_d();
	paddr_t root = machine_table(machine, MACHINE_VMEMMAP, 3);

	(void)state;
	expect_no_error(check_paging(machine));
	for (unsigned i = 0; i < ENTRIES; i++)
		image_write(machine_image(machine), root + 8 * i,
			    UINT64_C(0xa5c3f10f1e2d7777) * (i + 1), 8);
	expect_error(check_paging(machine), ERROR_CORRUPT, "encrypted");
	for (unsigned i = 0; i < ENTRIES; i++)
		image_write(machine_image(machine), root + 8 * i, 0, 8);
	expect_error(check_paging(machine), ERROR_CORRUPT, "nothing but zeroes");
	machine_hide(machine, root, 1, MEMORY_TRUNCATED);
	expect_error(check_paging(machine), ERROR_NOT_FOUND,
		     "beyond the end of the truncated dump");
	machine_hide(machine, root, 1, MEMORY_DAMAGED);
	expect_error(check_paging(machine), ERROR_NOT_FOUND, memory_state_text(MEMORY_DAMAGED));
	machine_destroy(machine);
}

/* As of a damaged address: the last entry of its page would not be whole. */
static void a_root_that_is_not_aligned_is_no_table(void **state)
{
	struct machine *machine = machine_d();
	struct paging paging = { .root = machine_table(machine, MACHINE_VMEMMAP, 3) };

	(void)state;
	expect_no_error(paging_check_root(image_memory(machine_image(machine)), &paging));
	paging.root += 4;
	expect_error(paging_check_root(image_memory(machine_image(machine)), &paging),
		     ERROR_CORRUPT, "where no table can be");
	machine_destroy(machine);
}

static void analysis_without_types_says_which(void **state)
{
	static const struct {
		enum type_query_kind kind;
		const char *type, *name, *part;
	} types[] = {
		{ TYPE_MEMBER_OFFSET, "page", "flags", "struct page.flags" },
		{ TYPE_MEMBER_OFFSET, "page", "private", "struct page.private" },
		{ TYPE_MEMBER_OFFSET, "mem_section", "section_mem_map", "section_mem_map" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct machine *machine = machine_d();
		struct analysis *analysis = NULL;

		machine_type_remove(machine, types[i].kind, types[i].type, types[i].name);
		expect_error(machine_analyze(machine, ANALYSIS_FULL, &analysis), ERROR_NOT_FOUND,
			     types[i].part);
		machine_destroy(machine);
	}
}

/* Whichever read fails: an error, no crash, no leak. */
static void analysis_passes_every_read_failure_on(void **state)
{
	struct machine *machine = machine_d();
	struct analysis *analysis = NULL;
	struct error *err;
	uint64_t failures = 0;

	(void)state;
	machine_populate(machine);
	for (uint64_t n = 0;; n += 1 + n / 16) {
		image_fail_after(machine_image(machine), n);
		err = machine_analyze(machine, ANALYSIS_FULL, &analysis);
		if (!err)
			break;
		expect_error(err, ERROR_OS, "as it was told to");
		failures++;
	}
	assert_true(failures > 50);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(analysis_of_a_healthy_machine_has_the_right_figures),
		cmocka_unit_test(analysis_without_huge_pages_has_nothing_to_check),
		cmocka_unit_test(analysis_goes_as_deep_as_it_is_asked),
		cmocka_unit_test(analysis_of_an_unknown_scheme_counts_and_checks_nothing),
		cmocka_unit_test(analysis_goes_by_page_tables_where_types_fit_no_scheme),
		cmocka_unit_test(analysis_says_why_it_is_impossible),
		cmocka_unit_test(analysis_needs_an_architecture_it_knows),
		cmocka_unit_test(analysis_without_the_root_says_so),
		cmocka_unit_test(page_tables_that_lead_nowhere_are_told_without_types),
		cmocka_unit_test(a_root_that_is_not_aligned_is_no_table),
		cmocka_unit_test(analysis_without_types_says_which),
		cmocka_unit_test(analysis_passes_every_read_failure_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
