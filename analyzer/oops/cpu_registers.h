// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The registers that a CPU left in the dump: NT_PRSTATUS, struct elf_prstatus of Linux kernel
 * include/linux/elfcore.h.
 */
#ifndef VMEMSCOPE_CPU_REGISTERS_H
#define VMEMSCOPE_CPU_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct dump_cpu;

/* Named as the kernel prints them, in lower case: "rdi", "x0", "gpr3". */
struct cpu_register {
	char name[8];
	uint64_t value;
};

enum { CPU_REGISTERS_MAX = 48 };

struct cpu_registers {
	uint32_t pid; /* not so if dump.from_qemu */
	uint64_t pc, sp;
	/* ppc64 dar, loongarch64 badv, where the CPU was in such a fault; QEMU's CR2 */
	bool has_fault_address;
	uint64_t fault_address;
	struct cpu_register registers[CPU_REGISTERS_MAX]; /* all, "rip" and "rsp" included */
	unsigned count;
};

/* False if there is no note, or one of another size than that of @elf_machine. */
bool cpu_registers_read(const struct dump_cpu *cpu, uint16_t elf_machine, bool big_endian,
			struct cpu_registers *ret);

#endif
