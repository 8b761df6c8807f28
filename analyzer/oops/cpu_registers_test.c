// SPDX-License-Identifier: LGPL-2.1-or-later
/* Notes as machines leave them: every register is where struct elf_prstatus has it. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/oops/cpu_registers.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/machines.h"

enum {
	REGISTERS_AT = 112,
	NOTE_MAX = 1024,
	PID = 438,
};

/* Register n of 8 bytes holds this. */
#define VALUE(n) (UINT64_C(0xff00000000000000) + (n))

struct note {
	unsigned char bytes[NOTE_MAX];
	struct dump_cpu cpu;
	bool big_endian;
};

static void put(struct note *note, size_t at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		note->bytes[at + (note->big_endian ? size - 1 - i : i)] =
			(unsigned char)(value >> 8 * i);
}

static void put_word(struct note *note, unsigned number, uint64_t value)
{
	put(note, REGISTERS_AT + 8 * number, value, 8);
}

static void note_make(struct note *note, size_t bytes, bool big_endian)
{
	memset(note, 0, sizeof(*note));
	note->big_endian = big_endian;
	note->cpu.prstatus = note->bytes;
	note->cpu.prstatus_bytes = bytes;
	put(note, 32, PID, 4);
	for (unsigned i = 0; REGISTERS_AT + 8 * (i + 1) <= bytes; i++)
		put_word(note, i, VALUE(i));
}

static uint64_t value_of(const struct cpu_registers *registers, const char *name)
{
	for (unsigned i = 0; i < registers->count; i++)
		if (strcmp(registers->registers[i].name, name) == 0)
			return registers->registers[i].value;
	fail_msg("no register %s", name);
	return 0;
}

static const struct machine {
	const char *name;
	uint16_t elf_machine;
	bool big_endian;
	size_t bytes;
	unsigned count, pc, sp; /* numbers of words from pr_reg on */
	struct {
		const char *name;
		unsigned number;
	} some[6];
} machines[] = {
	{ "x86-64",
	  EM_X86_64,
	  false,
	  336,
	  27,
	  16,
	  19,
	  { { "r15", 0 },
	    { "rax", 10 },
	    { "rdi", 14 },
	    { "rip", 16 },
	    { "eflags", 18 },
	    { "gs", 26 } } },
	{ "aarch64",
	  EM_AARCH64,
	  false,
	  392,
	  34,
	  32,
	  31,
	  { { "x0", 0 },
	    { "x30", 30 },
	    { "sp", 31 },
	    { "pc", 32 },
	    { "pstate", 33 },
	    { "x9", 9 } } },
	{ "riscv64",
	  EM_RISCV,
	  false,
	  376,
	  32,
	  0,
	  2,
	  { { "epc", 0 }, { "ra", 1 }, { "a0", 10 }, { "s2", 18 }, { "t3", 28 }, { "t6", 31 } } },
	{ "ppc64le",
	  EM_PPC64,
	  false,
	  504,
	  44,
	  32,
	  1,
	  { { "gpr3", 3 },
	    { "gpr31", 31 },
	    { "nip", 32 },
	    { "lr", 36 },
	    { "dar", 41 },
	    { "dsisr", 42 } } },
	{ "ppc64",
	  EM_PPC64,
	  true,
	  504,
	  44,
	  32,
	  1,
	  { { "gpr0", 0 },
	    { "msr", 33 },
	    { "orig_r3", 34 },
	    { "ctr", 35 },
	    { "trap", 40 },
	    { "result", 43 } } },
	{ "s390x",
	  EM_S390,
	  true,
	  336,
	  35,
	  1,
	  17,
	  { { "pswm", 0 },
	    { "pswa", 1 },
	    { "r0", 2 },
	    { "r2", 4 },
	    { "r15", 17 },
	    { "orig_r2", 26 } } },
	{ "loongarch64",
	  EM_LOONGARCH,
	  false,
	  480,
	  40,
	  33,
	  3,
	  { { "ra", 1 },
	    { "a0", 4 },
	    { "s0", 23 },
	    { "era", 33 },
	    { "badv", 34 },
	    { "estat", 39 } } },
};

static void each_register_is_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		const struct machine *machine = &machines[i];
		struct cpu_registers registers;
		struct note note;

		note_make(&note, machine->bytes, machine->big_endian);
		assert_true(cpu_registers_read(&note.cpu, machine->elf_machine, machine->big_endian,
					       &registers));
		assert_int_equal(registers.pid, PID);
		assert_int_equal(registers.count, machine->count);
		assert_int_equal(registers.pc, VALUE(machine->pc));
		assert_int_equal(registers.sp, VALUE(machine->sp));
		for (size_t j = 0; j < COUNT_OF(machine->some); j++)
			if (value_of(&registers, machine->some[j].name) !=
			    VALUE(machine->some[j].number))
				fail_msg("%s: %s", machine->name, machine->some[j].name);
		for (unsigned j = 0; j < registers.count; j++)
			for (unsigned k = 0; k < j; k++)
				assert_string_not_equal(registers.registers[j].name,
							registers.registers[k].name);
	}
}

static void access_registers_of_s390x_have_half_the_size(void **state)
{
	struct cpu_registers registers;
	struct note note;

	(void)state;
	note_make(&note, 336, true);
	for (unsigned i = 0; i < 16; i++)
		put(&note, REGISTERS_AT + 18 * 8 + 4 * i, 100 + i, 4);
	assert_true(cpu_registers_read(&note.cpu, EM_S390, true, &registers));
	assert_int_equal(value_of(&registers, "a0"), 100);
	assert_int_equal(value_of(&registers, "a15"), 115);
}

static void a_note_of_another_size_is_not_read(void **state)
{
	struct cpu_registers registers;
	struct note note;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		static const int off[] = { -8, -1, 1, 8 };

		note_make(&note, machines[i].bytes, machines[i].big_endian);
		for (size_t j = 0; j < COUNT_OF(off); j++) {
			note.cpu.prstatus_bytes = machines[i].bytes + (size_t)off[j];
			assert_false(cpu_registers_read(&note.cpu, machines[i].elf_machine,
							machines[i].big_endian, &registers));
			assert_int_equal(registers.count, 0);
		}
	}
	assert_false(cpu_registers_read(&(struct dump_cpu){ 0 }, EM_X86_64, false, &registers));
	note_make(&note, 336, false);
	assert_false(cpu_registers_read(&note.cpu, EM_386, false, &registers));
}

/* Left from a fault long ago, the address says nothing of where the CPU is now. */
static void a_fault_address_counts_where_the_cpu_was_in_a_fault(void **state)
{
	static const struct {
		uint16_t elf_machine;
		size_t bytes;
		unsigned cause, address; /* numbers of words */
		uint64_t value;
		bool has;
	} cases[] = {
		{ EM_PPC64, 504, 40, 41, 0x300, true },
		{ EM_PPC64, 504, 40, 41, 0x381, true },
		{ EM_PPC64, 504, 40, 41, 0x700, false },
		{ EM_PPC64, 504, 40, 41, 0, false },
		{ EM_LOONGARCH, 480, 39, 34, 0x10000, true },
		{ EM_LOONGARCH, 480, 39, 34, 0x40000, true },
		{ EM_LOONGARCH, 480, 39, 34, 0x800, false },
		{ EM_LOONGARCH, 480, 39, 34, 0xc0000, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct cpu_registers registers;
		struct note note;

		note_make(&note, cases[i].bytes, false);
		put_word(&note, cases[i].cause, cases[i].value);
		assert_true(cpu_registers_read(&note.cpu, cases[i].elf_machine, false, &registers));
		assert_int_equal(registers.has_fault_address, cases[i].has);
		if (cases[i].has)
			assert_int_equal(registers.fault_address, VALUE(cases[i].address));
	}
}

static void what_qemu_knows_of_a_fault_is_passed_on(void **state)
{
	struct cpu_registers registers;
	struct note note;

	(void)state;
	note_make(&note, 336, false);
	assert_true(cpu_registers_read(&note.cpu, EM_X86_64, false, &registers));
	assert_false(registers.has_fault_address);
	note.cpu.has_fault_address = true;
	note.cpu.fault_address = 0x34;
	assert_true(cpu_registers_read(&note.cpu, EM_X86_64, false, &registers));
	assert_true(registers.has_fault_address);
	assert_int_equal(registers.fault_address, 0x34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_register_is_found_by_its_name),
		cmocka_unit_test(access_registers_of_s390x_have_half_the_size),
		cmocka_unit_test(a_note_of_another_size_is_not_read),
		cmocka_unit_test(a_fault_address_counts_where_the_cpu_was_in_a_fault),
		cmocka_unit_test(what_qemu_knows_of_a_fault_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
