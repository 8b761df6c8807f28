// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols of another kernel, build or boot are told from the right ones. */
#include "testdata/machine/expect.h"

#include <stdio.h>

#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/kernel/witness.h"
#include "testdata/machine/machine_types.h"

static struct machine_types types;

static void set_symbol(const char *name, uint64_t address)
{
	machine_types_set(&types, TYPE_SYMBOL, NULL, name, address);
}

static int types_make(void **state)
{
	(void)state;
	machine_types_init(&types);
	set_symbol("_stext", 0x81000000);
	set_symbol("init_uts_ns", 0x82000100);
	set_symbol("node_data", 0x83000200);
	set_symbol("mem_section", 0x83000300);
	set_symbol("clear_seq", 0x83000400);
	return 0;
}

static int types_end(void **state)
{
	(void)state;
	machine_types_deinit(&types);
	return 0;
}

static struct symbols_fit fit(const char *vmcoreinfo)
{
	struct symbols_fit fit;
	struct facts *facts;

	expect_no_error(facts_parse(vmcoreinfo, &facts));
	expect_no_error(witness_symbols(&types.typeinfo, facts, &fit));
	facts_destroy(facts);
	return fit;
}

static void symbols_that_agree_fit(void **state)
{
	struct symbols_fit seen = fit("KERNELOFFSET=1000\nSYMBOL(_stext)=81001000\n"
				      "SYMBOL(init_uts_ns)=82001100\nSYMBOL(unknown)=1\n");

	(void)state;
	assert_int_equal(seen.compared, 2);
	assert_int_equal(seen.differing, 0);
	assert_false(seen.is_moved);
}

/* Pointers' values, and what may be another variable of the same name. */
static void what_is_no_address_of_its_name_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(fit("SYMBOL(mem_section)=ffff1000\nSYMBOL(clear_seq)=1\n").compared, 0);
}

static void one_symbol_that_differs_is_named(void **state)
{
	struct symbols_fit seen = fit("KERNELOFFSET=0\nSYMBOL(_stext)=81000000\n"
				      "SYMBOL(init_uts_ns)=82000140\nSYMBOL(node_data)=83000200\n");

	(void)state;
	assert_int_equal(seen.compared, 3);
	assert_int_equal(seen.differing, 1);
	assert_string_equal(seen.name, "init_uts_ns");
	assert_int_equal(seen.there, 0x82000100);
	assert_int_equal(seen.here, 0x82000140);
	assert_false(seen.is_moved);
}

static void symbols_moved_alike_are_of_the_same_kernel(void **state)
{
	struct symbols_fit seen = fit("KERNELOFFSET=1000\nSYMBOL(_stext)=81000000\n"
				      "SYMBOL(init_uts_ns)=82000100\n");

	(void)state;
	assert_true(seen.is_moved);
	assert_int_equal(seen.differing, 2);
	assert_int_equal(seen.shift, 0x1000);
	/* One alone proves nothing. */
	assert_false(fit("KERNELOFFSET=1000\nSYMBOL(_stext)=81000000\n").is_moved);
}

/* As on riscv64, where the kernel may be moved and VMCOREINFO does not say how far. */
static void without_an_offset_moved_symbols_fit(void **state)
{
	struct symbols_fit seen = fit("SYMBOL(_stext)=a1000000\nSYMBOL(init_uts_ns)=a2000100\n");

	(void)state;
	assert_int_equal(seen.differing, 0);
	seen = fit("SYMBOL(_stext)=a1000000\nSYMBOL(init_uts_ns)=a2000108\n");
	assert_int_equal(seen.differing, 2);
}

static void more_symbols_than_any_kernel_tells_do_no_harm(void **state)
{
	static char text[1000 * 32];
	size_t size = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		size += snprintf(text + size, sizeof(text) - size, "SYMBOL(name_%u)=%x\n", i, i);
	assert_int_equal(fit(text).compared, 0);
}

/* --- all witnesses, with a machine's memory -------------------------------------- */

static struct error *check(struct machine *machine, const char *more, struct typeinfo *own)
{
	struct analysis *analysis = NULL;
	struct facts *facts;

	expect_no_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis));
	expect_no_error(facts_parse(more, &facts));
	struct error *err =
		witness_check(machine_types(machine), facts, analysis->target.kmem, own);
	facts_destroy(facts);
	analysis_destroy(analysis);
	return err;
}

static struct machine *machine_new(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE });
}

static void what_contradicts_the_dump_is_named(void **state)
{
	struct machine *machine = machine_new();

	(void)state;
	machine_type_set(machine, TYPE_SYMBOL, NULL, "_stext", 0x81000000);
	machine_type_set(machine, TYPE_SYMBOL, NULL, "init_uts_ns", 0x82000000);
	expect_no_error(check(machine, "SYMBOL(_stext)=81000000\n", NULL));
	expect_error(check(machine, "SYMBOL(_stext)=81000040\nKERNELOFFSET=0\n", NULL),
		     ERROR_MISMATCH, "symbol _stext is at 0x81000000 there and at 0x81000040");
	expect_error(check(machine,
			   "KERNELOFFSET=200000\nSYMBOL(_stext)=81100000\n"
			   "SYMBOL(init_uts_ns)=82100000\n",
			   NULL),
		     ERROR_MISMATCH, "is of another boot");
	machine_destroy(machine);
}

static void banner_is_looked_for_in_memory(void **state)
{
	struct machine *machine = machine_new();
	struct analysis *analysis = NULL;

	(void)state;
	expect_no_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis));
	/* hstates hold no banner; what is not in the dump says nothing. */
	machine_type_set(machine, TYPE_SYMBOL, NULL, "linux_banner",
			 layout_symbol(&analysis->target.layout, LAYOUT_SYM_HSTATES));
	analysis_destroy(analysis);
	expect_error(check(machine, "KERNELOFFSET=0\n", NULL), ERROR_MISMATCH, "linux_banner");
	machine_type_set(machine, TYPE_SYMBOL, NULL, "linux_banner", 0x1000);
	expect_no_error(check(machine, "KERNELOFFSET=0\n", NULL));
	machine_destroy(machine);
}

/* Two builds of one release, without build id, whose symbols are where they were. */
static void banner_tells_builds_of_one_release_apart(void **state)
{
	static const char ours[] = "Linux version 7.3.4 (gcc 14) #1 SMP Monday";
	static char same[] = "Linux version 7.3.4 (gcc 14) #1 SMP Monday";
	static char other[] = "Linux version 7.3.4 (gcc 14) #2 SMP Tuesday";
	struct machine *machine = machine_new();
	struct typeinfo *ti = machine_types(machine);
	struct analysis *analysis = NULL;

	(void)state;
	expect_no_error(machine_analyze(machine, ANALYSIS_KERNEL, &analysis));
	machine_type_set(machine, TYPE_SYMBOL, NULL, "linux_banner",
			 layout_symbol(&analysis->target.layout, LAYOUT_SYM_HSTATES));
	analysis_destroy(analysis);
	for (size_t i = 0; i < sizeof(ours); i++)
		image_write(machine_image(machine), machine_hstate(machine, 0) + i,
			    (unsigned char)ours[i], 1);
	ti->banner = same;
	expect_no_error(check(machine, "KERNELOFFSET=0\n", NULL));
	ti->banner = other;
	expect_error(check(machine, "KERNELOFFSET=0\n", NULL), ERROR_MISMATCH,
		     "\"#2 SMP Tuesday\" where the dump's goes \"#1 SMP Monday");
	ti->banner = NULL;
	expect_no_error(check(machine, "KERNELOFFSET=0\n", NULL));
	machine_destroy(machine);
}

static void own_types_and_symbols_of_the_dump_count(void **state)
{
	static const struct {
		enum type_query_kind kind;
		const char *type, *name, *words;
	} cases[] = {
		{ TYPE_MEMBER_OFFSET, "hstate", "order", "the offset of struct hstate.order is" },
		{ TYPE_SYMBOL, NULL, "hstates", "symbol hstates is 0x" },
		{ TYPE_ENUMERATOR, "pageflags", "PG_head", "enumerator PG_head is" },
	};
	struct machine *machine = machine_new();

	(void)state;
	expect_no_error(check(machine, "KERNELOFFSET=0\n", machine_types(machine)));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct machine *own = machine_new();

		machine_type_set(own, cases[i].kind, cases[i].type, cases[i].name, 0x777);
		expect_error(check(machine, "KERNELOFFSET=0\n", machine_types(own)), ERROR_MISMATCH,
			     cases[i].words);
		machine_type_remove(own, cases[i].kind, cases[i].type, cases[i].name);
		expect_no_error(check(machine, "KERNELOFFSET=0\n", machine_types(own)));
		machine_destroy(own);
	}
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(symbols_that_agree_fit, types_make, types_end),
		cmocka_unit_test_setup_teardown(what_is_no_address_of_its_name_is_left_out,
						types_make, types_end),
		cmocka_unit_test_setup_teardown(one_symbol_that_differs_is_named, types_make,
						types_end),
		cmocka_unit_test_setup_teardown(symbols_moved_alike_are_of_the_same_kernel,
						types_make, types_end),
		cmocka_unit_test_setup_teardown(without_an_offset_moved_symbols_fit, types_make,
						types_end),
		cmocka_unit_test_setup_teardown(more_symbols_than_any_kernel_tells_do_no_harm,
						types_make, types_end),
		cmocka_unit_test(what_contradicts_the_dump_is_named),
		cmocka_unit_test(banner_is_looked_for_in_memory),
		cmocka_unit_test(banner_tells_builds_of_one_release_apart),
		cmocka_unit_test(own_types_and_symbols_of_the_dump_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
