// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "include/machines.h"

static void machines_are_found_by_number_and_by_each_name(void **state)
{
	(void)state;
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++) {
		assert_ptr_equal(uts_machine_by_elf(machine->elf_machine), machine);
		assert_ptr_equal(uts_machine_by_name(machine->name), machine);
		if (machine->little)
			assert_ptr_equal(uts_machine_by_name(machine->little), machine);
		if (machine->big)
			assert_ptr_equal(uts_machine_by_name(machine->big), machine);
	}
	assert_null(uts_machine_by_elf(EM_NONE));
	assert_null(uts_machine_by_name("vax"));
	assert_null(uts_machine_by_name(""));
}

static void name_tells_the_byte_order_where_a_machine_has_two(void **state)
{
	(void)state;
	assert_string_equal(uts_machine_name(uts_machine_by_elf(EM_PPC64), false), "ppc64le");
	assert_string_equal(uts_machine_name(uts_machine_by_elf(EM_PPC64), true), "ppc64");
	assert_string_equal(uts_machine_name(uts_machine_by_elf(EM_S390), true), "s390x");
	assert_string_equal(uts_machine_name(uts_machine_by_elf(EM_S390), false), "s390x");
	assert_string_equal(uts_machine_name(uts_machine_by_elf(EM_X86_64), false), "x86_64");
}

/* A table that outgrows the text would lose its last names. */
static void list_names_every_architecture(void **state)
{
	const struct uts_machine_list list = uts_machine_list();
	const struct uts_machine *last = uts_machines;

	(void)state;
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++) {
		assert_non_null(strstr(list.text, machine->name));
		last = machine;
	}
	assert_string_equal(strstr(list.text, " and ") + strlen(" and "), last->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_are_found_by_number_and_by_each_name),
		cmocka_unit_test(name_tells_the_byte_order_where_a_machine_has_two),
		cmocka_unit_test(list_names_every_architecture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
