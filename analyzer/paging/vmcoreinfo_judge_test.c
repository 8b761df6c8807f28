// SPDX-License-Identifier: LGPL-2.1-or-later
/* What speaks for a VMCOREINFO that was found in memory. */
#include <elf.h>

#include "testdata/machine/expect.h"
#include "analyzer/paging/vmcoreinfo_judge.h"

/* Tables that map the kernel's image at 0xffffffff81000000 by one leaf; 0x1000000 is their root. */
static const char memory_text[] = "@0x1000000 0*511 0x1001067\n"
				  "@0x1001000 0*510 0x1002067\n"
				  "@0x1002000 0*8 0x10000e3\n"
				  "zero 0x1003000 2\n"
				  "zero 0x5000000 1\n";
static const paddr_t UTS = 0x1003000;

static const char right[] = "OSRELEASE=7.3.4\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffffffff81003000\n"
			    "OFFSET(uts_namespace.name)=0\n"
			    "SYMBOL(swapper_pg_dir)=ffffffff81000000\nNUMBER(phys_base)=0\n";

static unsigned judge(const char *release, const char *vmcoreinfo)
{
	struct image *image = expect_image(memory_text);

	for (size_t i = 0; release[i]; i++)
		image_write(image, UTS + 130 + i, (unsigned char)release[i], 1);
	unsigned witnesses = vmcoreinfo_judge(image_memory(image), EM_X86_64, false, vmcoreinfo);
	image_destroy(image);
	return witnesses;
}

static void the_kernel_that_ran_has_every_witness(void **state)
{
	(void)state;
	assert_int_equal(judge("7.3.4", right), 3);
}

static void another_release_in_memory_speaks_against_it(void **state)
{
	(void)state;
	assert_int_equal(judge("7.3.3", right), 2);
	assert_int_equal(judge("", right), 2);
	assert_int_equal(judge("7.3.45", right), 2);
}

/* Of a kernel that was there before, elsewhere: its root is gone, or is no table any more. */
static void a_root_that_leads_nowhere_speaks_against_it(void **state)
{
	static const char *const others[] = {
		"OSRELEASE=7.3.4\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff81000000\n"
		"NUMBER(phys_base)=822083584\n",
		"OSRELEASE=7.3.4\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff85000000\n"
		"NUMBER(phys_base)=0\n",
		"OSRELEASE=7.3.4\nPAGESIZE=4096\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(judge("7.3.4", others[i]), 0);
}

static void tables_that_map_another_place_are_no_witness(void **state)
{
	static const char other[] =
		"OSRELEASE=7.3.4\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff80fff000\n"
		"NUMBER(phys_base)=4096\n";

	(void)state;
	assert_int_equal(judge("7.3.4", other), 1);
}

static void an_unknown_machine_has_no_witness(void **state)
{
	struct image *image = expect_image(memory_text);

	(void)state;
	assert_int_equal(vmcoreinfo_judge(image_memory(image), EM_NONE, false, right), 0);
	assert_int_equal(vmcoreinfo_judge(image_memory(image), EM_X86_64, false, "nothing"), 0);
	image_destroy(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_that_ran_has_every_witness),
		cmocka_unit_test(another_release_in_memory_speaks_against_it),
		cmocka_unit_test(a_root_that_leads_nowhere_speaks_against_it),
		cmocka_unit_test(tables_that_map_another_place_are_no_witness),
		cmocka_unit_test(an_unknown_machine_has_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
