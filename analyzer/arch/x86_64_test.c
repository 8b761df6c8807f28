// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where an x86-64 kernel's page tables are, from VMCOREINFO. */
#include "testdata/machine/expect.h"

#include <elf.h>

#include "analyzer/arch/arch.h"
#include "analyzer/vmcoreinfo/facts.h"

static struct error *paging_from(const char *text, struct paging *ret)
{
	struct facts *facts;

	expect_no_error(facts_parse(text, &facts));
	struct error *err = arch_by_elf_machine(EM_X86_64)->paging_init(facts, NULL, ret);
	facts_destroy(facts);
	return err;
}

static void x86_64_finds_the_root(void **state)
{
	static const struct {
		const char *text;
		paddr_t root;
		unsigned levels;
		uint64_t addr_mask, encryption_mask;
	} cases[] = {
		{ "SYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
		  "NUMBER(phys_base)=0\n",
		  0x2a10000, 4, UINT64_C(0xffffffffff000), 0 },
		{ "SYMBOL(init_top_pgt)=ffffffff82a10000\n"
		  "NUMBER(phys_base)=1048576\n",
		  0x2b10000, 4, UINT64_C(0xffffffffff000), 0 },
		{ "SYMBOL(swapper_pg_dir)=ffffffff9aa10000\n"
		  "NUMBER(phys_base)=-16777216\n"
		  "NUMBER(pgtable_l5_enabled)=0\n",
		  0x19a10000, 4, UINT64_C(0xffffffffff000), 0 },
		{ "SYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
		  "NUMBER(phys_base)=0\n"
		  "NUMBER(pgtable_l5_enabled)=1\n"
		  "NUMBER(sme_mask)=140737488355328\n",
		  0x2a10000, 5, UINT64_C(0xf7ffffffff000), UINT64_C(1) << 47 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct paging paging;

		expect_no_error(paging_from(cases[i].text, &paging));
		assert_int_equal(paging.root, cases[i].root);
		assert_int_equal(paging.levels, cases[i].levels);
		assert_int_equal(paging.encryption_mask, cases[i].encryption_mask);
		assert_int_equal(paging.addr_mask, cases[i].addr_mask);
		assert_int_equal(paging.page_shift, 12);
		for (unsigned level = 0; level < paging.levels; level++) {
			assert_int_equal(paging.level[level].shift, 12 + 9 * level);
			assert_int_equal(paging.level[level].bits, 9);
		}
	}
}

static void x86_64_says_what_it_lacks(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *part;
	} cases[] = {
		{ "OSRELEASE=6\n"
		  "NUMBER(phys_base)=0\n",
		  ERROR_NOT_FOUND, "swapper_pg_dir" },
		{ "SYMBOL(swapper_pg_dir)=ffffffff82a10000\n", ERROR_NOT_FOUND, "phys_base" },
		{ "SYMBOL(swapper_pg_dir)=junk\n"
		  "NUMBER(phys_base)=0\n",
		  ERROR_NOT_FOUND, "swapper_pg_dir" },
		{ "SYMBOL(swapper_pg_dir)=ffff888000000000\n"
		  "NUMBER(phys_base)=0\n",
		  ERROR_CORRUPT, "outside the kernel image" },
	};
	struct paging paging;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_error(paging_from(cases[i].text, &paging), cases[i].code, cases[i].part);
}

static void arch_is_found_by_machine_and_by_name(void **state)
{
	(void)state;
	assert_non_null(arch_by_elf_machine(EM_X86_64));
	assert_ptr_equal(arch_by_name("x86_64"), arch_by_elf_machine(EM_X86_64));
	assert_null(arch_by_elf_machine(EM_NONE));
	assert_null(arch_by_name("vax"));
	assert_string_equal(arch_machine_name(arch_by_name("x86_64"), false), "x86_64");
	assert_string_equal(arch_machine_name(arch_by_name("s390x"), true), "s390x");
	assert_string_equal(arch_machine_name(arch_by_name("ppc64"), true), "ppc64");
	assert_string_equal(arch_machine_name(arch_by_name("ppc64"), false), "ppc64le");
	for (const struct arch_info *const *arch = arch_table; *arch; arch++) {
		assert_ptr_equal(arch_by_name(arch_name(*arch)), *arch);
		assert_ptr_equal(arch_by_elf_machine((*arch)->elf_machine), *arch);
	}
}

/* Of a kernel's leaf, and the same for programs; tables of x86-64 have that bit rightly. */
static void a_leaf_for_programs_is_told(void **state)
{
	static const struct {
		uint16_t machine;
		unsigned level;
		uint64_t kernel, user;
	} cases[] = {
		{ EM_X86_64, 0, UINT64_C(0x8000000012345163), UINT64_C(0x8000000012345167) },
		{ EM_X86_64, 1, UINT64_C(0x80000000122001e3), UINT64_C(0x80000000122001e7) },
		{ EM_AARCH64, 0, UINT64_C(0x0068000012345703), UINT64_C(0x0068000012345743) },
		{ EM_RISCV, 0, UINT64_C(0x048d14e7), UINT64_C(0x048d14f7) },
		{ EM_PPC64, 0, UINT64_C(0xc00000001234518e), UINT64_C(0xc000000012345186) },
		{ EM_LOONGARCH, 0, UINT64_C(0x123451d3), UINT64_C(0x123451df) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct arch_info *arch = arch_by_elf_machine(cases[i].machine);
		struct paging paging = { .addr_mask = UINT64_C(0xffffffffff000) };

		for (unsigned level = 0; level < PAGING_MAX_LEVELS; level++)
			paging.level[level].shift = (uint8_t)(12 + 9 * level);
		assert_non_null(arch->user_mark);
		assert_false(arch->entry_decode(&paging, cases[i].level, cases[i].kernel).user);
		assert_true(arch->entry_decode(&paging, cases[i].level, cases[i].user).user);
	}
	struct paging paging = { .addr_mask = UINT64_C(0xffffffffff000) };
	assert_false(arch_by_elf_machine(EM_X86_64)->entry_decode(&paging, 1, 0x12345067).user);
}

/* All accesses through these fault; bit 12 is PAT in a larger leaf of x86-64. */
static void a_leaf_that_is_not_aligned_is_impossible(void **state)
{
	static const struct {
		uint16_t machine;
		unsigned level;
		uint64_t raw;
		enum entry_kind kind;
	} cases[] = {
		{ EM_X86_64, 0, UINT64_C(0x8000000012345163), ENTRY_LEAF },
		{ EM_X86_64, 1, UINT64_C(0x80000000122001e3), ENTRY_LEAF },
		{ EM_X86_64, 1, UINT64_C(0x80000000122011e3), ENTRY_LEAF },
		{ EM_X86_64, 1, UINT64_C(0x80000000122041e3), ENTRY_INVALID },
		{ EM_X86_64, 1, UINT64_C(0x80000000123001e3), ENTRY_INVALID },
		{ EM_X86_64, 2, UINT64_C(0x80000000402001e3), ENTRY_INVALID },
		{ EM_X86_64, 1, UINT64_C(0x12345067), ENTRY_TABLE },
		{ EM_RISCV, 0, UINT64_C(0x048d14e7), ENTRY_LEAF },
		{ EM_RISCV, 1, UINT64_C(0x048800e7), ENTRY_LEAF },
		{ EM_RISCV, 1, UINT64_C(0x048804e7), ENTRY_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct arch_info *arch = arch_by_elf_machine(cases[i].machine);
		struct paging paging = { .addr_mask = UINT64_C(0xffffffffff000) };

		for (unsigned level = 0; level < PAGING_MAX_LEVELS; level++)
			paging.level[level].shift = (uint8_t)(12 + 9 * level);
		assert_int_equal(arch->entry_decode(&paging, cases[i].level, cases[i].raw).kind,
				 cases[i].kind);
	}
}

/* Else dumps of it are read, and then refused; or it is refused before it is asked for. */
static void each_machine_has_an_architecture(void **state)
{
	size_t archs = 0, machines = 0;

	(void)state;
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++, machines++)
		if (!arch_by_elf_machine(machine->elf_machine))
			fail_msg("%s is not in arch_table", machine->name);
	for (const struct arch_info *const *arch = arch_table; *arch; arch++, archs++)
		if (!uts_machine_by_elf((*arch)->elf_machine))
			fail_msg("ELF machine %u is not in uts_machines", (*arch)->elf_machine);
	assert_int_equal(archs, machines);
}

static void x86_64_frame_bits_say_which_frame_alone(void **state)
{
	static const char *const facts[] = {
		"SYMBOL(swapper_pg_dir)=ffffffff82a10000\nNUMBER(phys_base)=0\n",
		"SYMBOL(swapper_pg_dir)=ffffffff82a10000\nNUMBER(phys_base)=0\n"
		"NUMBER(sme_mask)=140737488355328\n",
	};
	static const uint64_t masks[] = { UINT64_C(0xffffffffff000), UINT64_C(0x7ffffffff000) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		struct paging paging;

		expect_no_error(paging_from(facts[i], &paging));
		assert_int_equal(arch_frame_mask(arch_by_elf_machine(EM_X86_64), &paging,
						 UINT64_C(0x8000000012345163)),
				 masks[i]);
		expect_frame_mask(arch_by_elf_machine(EM_X86_64), &paging,
				  UINT64_C(0x8000000012345163));
		expect_frame_mask(arch_by_elf_machine(EM_X86_64), &paging,
				  UINT64_C(0x8000000012345161));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_machine_has_an_architecture),
		cmocka_unit_test(x86_64_finds_the_root),
		cmocka_unit_test(x86_64_says_what_it_lacks),
		cmocka_unit_test(x86_64_frame_bits_say_which_frame_alone),
		cmocka_unit_test(a_leaf_for_programs_is_told),
		cmocka_unit_test(a_leaf_that_is_not_aligned_is_impossible),
		cmocka_unit_test(arch_is_found_by_machine_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
