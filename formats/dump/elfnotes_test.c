// SPDX-License-Identifier: LGPL-2.1-or-later
/* What CPUs left in the notes of a dump, and notes that are none of theirs. */
#include "formats/dump/test_files.h"

#include "formats/dump/elfnotes.h"

enum { PRSTATUS = 336, QEMU_STATE = 440, QEMU_CR2 = 408 };

static void add_prstatus(struct test_bytes *notes, bool big, uint32_t pid)
{
	uint8_t desc[PRSTATUS] = { 0 };

	store32(desc + 32, pid, big);
	test_add_note(notes, big, "CORE", NT_PRSTATUS, desc, sizeof(desc));
}

static void add_qemu(struct test_bytes *notes, uint32_t version, uint64_t cr2, size_t len)
{
	uint8_t desc[QEMU_STATE + 8] = { 0 };

	store32(desc, version, false);
	store32(desc + 4, QEMU_STATE, false);
	store64(desc + QEMU_CR2, cr2, false);
	test_add_note(notes, false, "QEMU", 0, desc, len);
}

/* @dump has what an opened one has by then; its cpus are freed by dump_cpus_free(). */
static void give(struct test_bytes *bytes, bool big, struct dump *dump)
{
	struct elf_notes notes = { 0 };

	assert_null(elf_notes_scan(bytes->data, bytes->len, big, &notes));
	elf_notes_give_cpus(&notes, dump);
	elf_notes_deinit(&notes);
	test_bytes_free(bytes);
}

static void registers_are_kept_in_the_order_of_the_file(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		char vmcoreinfo[] = "A=1\nCRASHTIME=5\n";
		struct dump dump = { .elf_machine = EM_PPC64, .vmcoreinfo = vmcoreinfo };
		struct test_bytes notes = { 0 };

		add_prstatus(&notes, big, 438);
		test_add_note(&notes, big, "CORE", NT_PRFPREG, "x", 1);
		test_add_note(&notes, big, "CORF", NT_PRSTATUS, "x", 1);
		add_prstatus(&notes, big, 0);
		give(&notes, big, &dump);
		assert_int_equal(dump.cpu_count, 2);
		assert_false(dump.from_qemu);
		assert_int_equal(dump.cpus[0].prstatus_bytes, PRSTATUS);
		assert_int_equal(load_u32(dump.cpus[0].prstatus + 32, dump.cpus[0].big_endian),
				 438);
		assert_int_equal(load_u32(dump.cpus[1].prstatus + 32, big), 0);
		assert_false(dump.cpus[0].has_fault_address);
		dump_cpus_free(dump.cpus, dump.cpu_count);
	}
}

/* One of no size, or of one that nothing has: the others are still of their CPUs. */
static void a_strange_note_keeps_its_place(void **state)
{
	static const uint8_t large[5000];
	char vmcoreinfo[] = "A=1\n";
	struct dump dump = { .elf_machine = EM_X86_64, .vmcoreinfo = vmcoreinfo };
	struct test_bytes notes = { 0 };

	(void)state;
	test_add_note(&notes, false, "CORE", NT_PRSTATUS, large, 0);
	test_add_note(&notes, false, "CORE", NT_PRSTATUS, large, sizeof(large));
	add_prstatus(&notes, false, 3);
	add_qemu(&notes, 2, 0x1000, QEMU_STATE);
	add_qemu(&notes, 1, 0x1000, QEMU_STATE + 8);
	add_qemu(&notes, 1, 0x34, QEMU_STATE);
	give(&notes, false, &dump);
	assert_int_equal(dump.cpu_count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(dump.cpus[i].prstatus_bytes, 0);
		assert_false(dump.cpus[i].has_fault_address);
	}
	assert_int_equal(dump.cpus[2].prstatus_bytes, PRSTATUS);
	assert_true(dump.cpus[2].has_fault_address);
	assert_int_equal(dump.cpus[2].fault_address, 0x34);
	dump_cpus_free(dump.cpus, dump.cpu_count);
}

static void pids_may_be_the_numbers_of_cpus(void **state)
{
	static const struct {
		uint16_t machine;
		const char *vmcoreinfo;
		uint32_t pids[2];
		bool has_qemu, numbered;
	} cases[] = {
		{ EM_X86_64, "A=1\nCRASHTIME=5\n", { 1, 2 }, false, false },
		{ EM_X86_64, "A=1\nCRASHTIME=5\n", { 1, 2 }, true, true },
		{ EM_X86_64, "A=1\n", { 1, 2 }, true, true },
		{ EM_AARCH64, "A=1\n", { 1, 2 }, false, true },
		{ EM_AARCH64, "A=1\n", { 1, 0 }, false, false },
		{ EM_AARCH64, "A=1\n", { 438, 0 }, false, false },
		{ EM_S390, "A=1\nCRASHTIME=5\n", { 1, 2 }, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char vmcoreinfo[32];
		struct dump dump = { .elf_machine = cases[i].machine, .vmcoreinfo = vmcoreinfo };
		struct test_bytes notes = { 0 };

		strcpy(vmcoreinfo, cases[i].vmcoreinfo);
		for (size_t j = 0; j < COUNT_OF(cases[i].pids); j++)
			add_prstatus(&notes, false, cases[i].pids[j]);
		if (cases[i].has_qemu)
			add_qemu(&notes, 1, 0, QEMU_STATE);
		give(&notes, false, &dump);
		if (dump.from_qemu != cases[i].numbered)
			fail_msg("case %zu", i);
		dump_cpus_free(dump.cpus, dump.cpu_count);
	}
}

static void no_note_is_no_cpu(void **state)
{
	char vmcoreinfo[] = "A=1\n";
	struct dump dump = { .elf_machine = EM_X86_64, .vmcoreinfo = vmcoreinfo };
	struct test_bytes notes = { 0 };

	(void)state;
	test_add_note(&notes, false, "VMCOREINFO", 0, vmcoreinfo, sizeof(vmcoreinfo));
	give(&notes, false, &dump);
	assert_int_equal(dump.cpu_count, 0);
	assert_null(dump.cpus);
	assert_false(dump.from_qemu);
}

static void cpus_are_bounded(void **state)
{
	char vmcoreinfo[] = "A=1\n";
	struct dump dump = { .elf_machine = EM_X86_64, .vmcoreinfo = vmcoreinfo };
	struct test_bytes notes = { 0 };

	(void)state;
	for (unsigned i = 0; i < DUMP_CPUS_MAX + 3; i++)
		test_add_note(&notes, false, "CORE", NT_PRSTATUS, "x", 1);
	give(&notes, false, &dump);
	assert_int_equal(dump.cpu_count, DUMP_CPUS_MAX);
	dump_cpus_free(dump.cpus, dump.cpu_count);
}

static const char *write_elf(bool big_endian)
{
	static const uint8_t prstatus[PRSTATUS];
	static const struct test_load loads[] = { { 0, 4096, 4096 } };
	const struct test_elf elf = {
		.big_endian = big_endian,
		.machine = big_endian ? EM_S390 : EM_X86_64,
		.vmcoreinfo = test_vmcoreinfo,
		.other_owner = "CORE",
		.other_type = NT_PRSTATUS,
		.other_desc = prstatus,
		.other_len = sizeof(prstatus),
		.loads = loads,
		.load_count = COUNT_OF(loads),
	};

	return test_write_elf("elf", &elf);
}

static const char *write_flattened(const struct test_bytes *file)
{
	struct test_bytes flat = test_flatten(file, 1000);
	const char *path = test_write("flat", flat.data, flat.len);

	test_bytes_free(&flat);
	return path;
}

static void expect_one_cpu(const char *path, size_t bytes, bool big_endian)
{
	struct dump *dump = test_open(path);

	assert_int_equal(dump->cpu_count, 1);
	assert_int_equal(dump->cpus[0].prstatus_bytes, bytes);
	assert_int_equal(dump->cpus[0].big_endian, big_endian);
	dump_close(dump);
}

static void every_format_passes_them_on(void **state)
{
	const struct test_kdump kdump = {
		.machine = "x86_64",
		.vmcoreinfo = test_vmcoreinfo,
		.note_owner = "CORE",
		.pages = "PP",
	};
	struct test_bytes file = test_kdump_bytes(&kdump);

	(void)state;
	expect_one_cpu(write_elf(false), PRSTATUS, false);
	expect_one_cpu(write_elf(true), PRSTATUS, true);
	expect_one_cpu(test_write_kdump("kdump", &kdump), 1, false);
	expect_one_cpu(write_flattened(&file), 1, false);
	test_bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_are_kept_in_the_order_of_the_file),
		cmocka_unit_test(a_strange_note_keeps_its_place),
		cmocka_unit_test(pids_may_be_the_numbers_of_cpus),
		cmocka_unit_test(no_note_is_no_cpu),
		cmocka_unit_test(cpus_are_bounded),
		cmocka_unit_test(every_format_passes_them_on),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
