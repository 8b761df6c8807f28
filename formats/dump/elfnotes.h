// SPDX-License-Identifier: LGPL-2.1-or-later
/* The notes of an ELF core that matter here. */
#ifndef VMEMSCOPE_DUMP_ELFNOTES_H
#define VMEMSCOPE_DUMP_ELFNOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump;
struct dump_cpu;
struct error;

struct elf_notes {
	char *vmcoreinfo; /* NUL-terminated copy; NULL if there is none */
	char *profile;	  /* the same */
	char *sample;	  /* the same */
	char *crash;	  /* the same */
	uint8_t *extents; /* raw bytes of the note that distilled.h describes */
	size_t extents_len;

	/* As in struct dump. Each kind of note is counted: the nth ones are of one CPU. */
	struct dump_cpu *cpus;
	size_t cpu_count, cpu_room;
	size_t prstatus_seen, qemu_seen;

	bool from_xen;
	bool from_qemu;
	bool from_program; /* the core of a process, not of a kernel */
	bool has_task;	   /* of a running kernel: the task that opened its memory */
	bool overrun;	   /* a note goes on past the end of its segment */
};

/*
 * Collects from the @len bytes @data of one note segment; the first of a kind
 * stays. Damaged notes end the scan and set overrun.
 */
struct error *elf_notes_scan(const uint8_t *data, size_t len, bool big_endian,
			     struct elf_notes *notes);
void elf_notes_deinit(struct elf_notes *notes);

/* @dump, whose machine and VMCOREINFO are known, gets what @notes say of CPUs. */
void elf_notes_give_cpus(struct elf_notes *notes, struct dump *dump);
void dump_cpus_free(struct dump_cpu *cpus, size_t count);

#endif
