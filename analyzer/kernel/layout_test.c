// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types held against VMCOREINFO. */
#include "testdata/machine/expect.h"

#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/kernel/layout.h"

static struct machine *machine_b(void)
{
	return machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE });
}

static struct error *resolve(struct machine *machine, const char *vmcoreinfo, struct layout *ret)
{
	struct facts *facts;

	expect_no_error(facts_parse(vmcoreinfo, &facts));
	struct error *err = layout_resolve(machine_types(machine), facts, ret);
	facts_destroy(facts);
	return err;
}

static void layout_takes_what_the_types_say(void **state)
{
	struct machine *machine = machine_b();
	struct layout layout;

	(void)state;
	expect_no_error(resolve(machine, "KERNELOFFSET=1000000\n", &layout));
	assert_int_equal(layout_get(&layout, LAYOUT_PAGE_SIZE), 64);
	assert_int_equal(layout_get(&layout, LAYOUT_PAGE_FLAGS), MACHINE_PAGE_FLAGS);
	assert_string_equal(layout.answer[LAYOUT_PAGE_FLAGS].source, "the tiny machine");
	assert_false(layout_has(&layout, LAYOUT_PAGE_COMPOUND_INFO));
	assert_int_equal(layout_get(&layout, LAYOUT_PAGE_COMPOUND_INFO), 0);
	assert_int_equal(layout_symbol(&layout, LAYOUT_SYM_HSTATES),
			 layout_get(&layout, LAYOUT_SYM_HSTATES) + 0x1000000);
	machine_destroy(machine);
}

static void layout_that_agrees_with_vmcoreinfo_is_kept(void **state)
{
	struct machine *machine = machine_b();
	struct layout layout;

	(void)state;
	expect_no_error(resolve(machine,
				"SIZE(page)=64\nOFFSET(page.flags)=8\n"
				"NUMBER(PG_hwpoison)=20\n"
				"LENGTH(zone.free_area)=11\nSIZE(mem_section)=32\n",
				&layout));
	assert_string_equal(layout.answer[LAYOUT_PAGE_SIZE].source, "the tiny machine");
	machine_destroy(machine);
}

static void layout_of_another_kernel_is_refused(void **state)
{
	static const struct {
		const char *vmcoreinfo, *part;
	} cases[] = {
		{ "SIZE(page)=56\n", "sizeof(struct page) is 64" },
		{ "SIZE(page)=56\n", "56 in the dump's VMCOREINFO" },
		{ "SIZE(page)=56\n", "is of another kernel" },
		{ "SIZE(page)=64\nOFFSET(page.flags)=0\n", "the offset of struct page.flags is 8" },
		{ "OFFSET(page.compound_head)=8\n", "struct page.compound_head is 16" },
		{ "LENGTH(zone.free_area)=12\n", "the length of struct zone.free_area[] is 11" },
		{ "NUMBER(PG_hwpoison)=21\n", "enumerator PG_hwpoison is 20" },
		{ "OFFSET(mem_section.section_mem_map)=0\n", "mem_section.section_mem_map is 8" },
		/* The first of two is named. */
		{ "SIZE(zone)=1\nSIZE(page)=1\n", "sizeof(struct page)" },
	};
	struct machine *machine = machine_b();
	struct layout layout;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_error(resolve(machine, cases[i].vmcoreinfo, &layout), ERROR_MISMATCH,
			     cases[i].part);
	machine_destroy(machine);
}

static void layout_is_filled_from_vmcoreinfo(void **state)
{
	struct machine *machine = machine_b();
	struct layout layout;

	(void)state;
	machine_type_remove(machine, TYPE_MEMBER_OFFSET, "page", "lru");
	machine_type_remove(machine, TYPE_MEMBER_LENGTH, "zone", "free_area");
	expect_no_error(resolve(machine,
				"OFFSET(page.lru)=16\nLENGTH(zone.free_area)=12\n"
				"OFFSET(page.compound_dtor)=junk\n",
				&layout));
	assert_int_equal(layout_get(&layout, LAYOUT_PAGE_LRU), 16);
	assert_string_equal(layout.answer[LAYOUT_PAGE_LRU].source, "VMCOREINFO");
	assert_int_equal(layout_get(&layout, LAYOUT_ZONE_FREE_AREA_LENGTH), 12);
	assert_false(layout_has(&layout, LAYOUT_PAGE_COMPOUND_DTOR));
	machine_destroy(machine);
}

/* A program with debug information, say, given for a vmlinux. */
static void layout_of_no_kernel_is_refused(void **state)
{
	static const char *const types[] = { "page", "mem_section" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct machine *machine = machine_b();
		struct layout layout;

		machine_type_remove(machine, TYPE_SIZE, types[i], NULL);
		expect_error(resolve(machine, "A=1\n", &layout), ERROR_MISMATCH, types[i]);
		machine_destroy(machine);
	}
}

static void layout_require_names_the_first_that_is_absent(void **state)
{
	static const enum layout_id ids[] = { LAYOUT_PAGE_SIZE, LAYOUT_ZONE_VMEMMAP_TAILS,
					      LAYOUT_PAGE_COMPOUND_INFO };
	struct machine *machine = machine_b();
	struct layout layout;

	(void)state;
	expect_no_error(resolve(machine, "A=1\n", &layout));
	expect_no_error(layout_require(&layout, "this test", ids, 1));
	expect_error(layout_require(&layout, "this test", ids, 3), ERROR_NOT_FOUND,
		     "this test needs the offset of struct zone.vmemmap_tails");
	machine_destroy(machine);
}

static void layout_names_fit_any_buffer(void **state)
{
	(void)state;
	for (unsigned id = 0; id < LAYOUT_COUNT; id++) {
		char name[96], little[8];

		assert_true(strlen(layout_name((enum layout_id)id, name, sizeof(name))) > 8);
		assert_true(strlen(layout_name((enum layout_id)id, little, sizeof(little))) < 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_takes_what_the_types_say),
		cmocka_unit_test(layout_that_agrees_with_vmcoreinfo_is_kept),
		cmocka_unit_test(layout_of_another_kernel_is_refused),
		cmocka_unit_test(layout_is_filled_from_vmcoreinfo),
		cmocka_unit_test(layout_of_no_kernel_is_refused),
		cmocka_unit_test(layout_require_names_the_first_that_is_absent),
		cmocka_unit_test(layout_names_fit_any_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
