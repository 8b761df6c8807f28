// SPDX-License-Identifier: LGPL-2.1-or-later
/* One row for each architecture: which registers follow each other, and which mean what. */
#include "analyzer/oops/cpu_registers.h"

#include <string.h>

#include "include/array.h"
#include "include/bytes.h"
#include "include/dump.h"
#include "include/machines.h"

enum {
	PID_AT = 32,
	REGISTERS_AT = 112,
	WORD = 8,
	HALF = 4,
	/* Linux kernel arch/powerpc/include/asm/ptrace.h, TRAP() */
	PPC64_TRAP_MASK = 0xfff0,
	/* Linux kernel arch/loongarch/include/asm/loongarch.h: from EXCCODE_TLBL to EXCCODE_ALE */
	LOONGARCH64_CODE_SHIFT = 16,
	LOONGARCH64_CODE_MASK = 0x3f,
	LOONGARCH64_FAULT_FIRST = 1,
	LOONGARCH64_FAULT_LAST = 9,
};

/* Machine check, data storage, data segment, alignment. */
static bool ppc64_is_fault(uint64_t trap)
{
	static const uint16_t faults[] = { 0x200, 0x300, 0x380, 0x600 };

	for (unsigned i = 0; i < COUNT_OF(faults); i++)
		if ((trap & PPC64_TRAP_MASK) == faults[i])
			return true;
	return false;
}

static bool loongarch64_is_fault(uint64_t estat)
{
	uint64_t code = estat >> LOONGARCH64_CODE_SHIFT & LOONGARCH64_CODE_MASK;

	return code >= LOONGARCH64_FAULT_FIRST && code <= LOONGARCH64_FAULT_LAST;
}

/* Names of registers in the order of struct elf_prstatus.pr_reg, one after the other. */
static const struct machine {
	uint16_t elf_machine;
	uint16_t note_bytes;
	const char *words, *halves, *more_words; /* halves have 4 bytes; NULL: none */
	const char *pc, *sp;
	/* Which one has the address of a fault, and which one tells if there was a fault; or NULL.
	 */
	const char *address, *cause;
	bool (*is_fault)(uint64_t cause);
} machines[] = {
	{
		.elf_machine = EM_X86_64,
		.note_bytes = 336,
		.words = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_ax rip "
			 "cs eflags rsp ss fs_base gs_base ds es fs gs",
		.pc = "rip",
		.sp = "rsp",
	},
	{
		.elf_machine = EM_AARCH64,
		.note_bytes = 392,
		.words = "x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 x18 x19 "
			 "x20 x21 x22 x23 x24 x25 x26 x27 x28 x29 x30 sp pc pstate",
		.pc = "pc",
		.sp = "sp",
	},
	{
		.elf_machine = EM_RISCV,
		.note_bytes = 376,
		.words = "epc ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 "
			 "s8 s9 s10 s11 t3 t4 t5 t6",
		.pc = "epc",
		.sp = "sp",
	},
	{
		.elf_machine = EM_PPC64,
		.note_bytes = 504,
		.words = "gpr0 gpr1 gpr2 gpr3 gpr4 gpr5 gpr6 gpr7 gpr8 gpr9 gpr10 gpr11 gpr12 "
			 "gpr13 gpr14 gpr15 gpr16 gpr17 gpr18 gpr19 gpr20 gpr21 gpr22 gpr23 gpr24 "
			 "gpr25 gpr26 gpr27 gpr28 gpr29 gpr30 gpr31 nip msr orig_r3 ctr lr xer ccr "
			 "softe trap dar dsisr result",
		.pc = "nip",
		.sp = "gpr1",
		.address = "dar",
		.cause = "trap",
		.is_fault = ppc64_is_fault,
	},
	{
		.elf_machine = EM_S390,
		.note_bytes = 336,
		.words = "pswm pswa r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15",
		.halves = "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13 a14 a15",
		.more_words = "orig_r2",
		.pc = "pswa",
		.sp = "r15",
	},
	{
		.elf_machine = EM_LOONGARCH,
		.note_bytes = 480,
		.words = "zero ra tp sp a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 t4 t5 t6 t7 t8 u0 s9 "
			 "s0 s1 s2 s3 s4 s5 s6 s7 s8 orig_a0 era badv crmd prmd euen ecfg estat",
		.pc = "era",
		.sp = "sp",
		.address = "badv",
		.cause = "estat",
		.is_fault = loongarch64_is_fault,
	},
};

static const struct machine *machine_find(uint16_t elf_machine)
{
	for (unsigned i = 0; i < COUNT_OF(machines); i++)
		if (machines[i].elf_machine == elf_machine)
			return &machines[i];
	return NULL;
}

/* Adds one register for each of @names, from @bytes on; returns where they end. */
static const unsigned char *registers_add(struct cpu_registers *registers, const char *names,
					  const unsigned char *bytes, size_t size, bool big_endian)
{
	while (names && *names) {
		size_t len = strcspn(names, " ");
		struct cpu_register *add = &registers->registers[registers->count++];

		memcpy(add->name, names, len);
		add->name[len] = '\0';
		add->value = load_uint(bytes, size, big_endian);
		bytes += size;
		names += len + strspn(names + len, " ");
	}
	return bytes;
}

static uint64_t register_value(const struct cpu_registers *registers, const char *name)
{
	for (unsigned i = 0; i < registers->count; i++)
		if (strcmp(registers->registers[i].name, name) == 0)
			return registers->registers[i].value;
	return 0;
}

static void fault_find(const struct dump_cpu *cpu, const struct machine *machine,
		       struct cpu_registers *registers)
{
	registers->has_fault_address = cpu->has_fault_address;
	registers->fault_address = cpu->fault_address;
	if (!machine->address || !machine->is_fault(register_value(registers, machine->cause)))
		return;
	registers->has_fault_address = true;
	registers->fault_address = register_value(registers, machine->address);
}

bool cpu_registers_read(const struct dump_cpu *cpu, uint16_t elf_machine, bool big_endian,
			struct cpu_registers *ret)
{
	const struct machine *machine = machine_find(elf_machine);
	const unsigned char *bytes = cpu->prstatus;

	*ret = (struct cpu_registers){ 0 };
	if (!machine || cpu->prstatus_bytes != machine->note_bytes)
		return false;
	ret->pid = load_u32(bytes + PID_AT, big_endian);
	bytes = registers_add(ret, machine->words, bytes + REGISTERS_AT, WORD, big_endian);
	bytes = registers_add(ret, machine->halves, bytes, HALF, big_endian);
	registers_add(ret, machine->more_words, bytes, WORD, big_endian);
	ret->pc = register_value(ret, machine->pc);
	ret->sp = register_value(ret, machine->sp);
	fault_find(cpu, machine, ret);
	return true;
}
