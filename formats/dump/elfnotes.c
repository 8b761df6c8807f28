// SPDX-License-Identifier: LGPL-2.1-or-later
/* Walks ELF notes. They are parsed here since libelf drops what it finds odd without a word. */
#include "formats/dump/elfnotes.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/distilled.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/vector.h"

struct note {
	uint32_t type;
	const char *owner;
	size_t owner_len; /* without the NUL */
	const uint8_t *desc;
	size_t desc_len;
	bool big_endian;
};

enum {
	PRSTATUS_MAX_BYTES = 4096, /* of any architecture far fewer */
	PRSTATUS_PID = 32,
	/* QEMU target/i386/arch_dump.c, struct QEMUCPUState */
	QEMU_VERSION = 1,
	QEMU_STATE_BYTES = 440,
	QEMU_CR2 = 408,
};

static struct error *copy_text(const struct note *note, char **to)
{
	if (*to)
		return NULL;
	*to = strndup((const char *)note->desc, note->desc_len);
	return *to ? NULL : error_nomem();
}

static struct error *keep_vmcoreinfo(const struct note *note, struct elf_notes *notes)
{
	return copy_text(note, &notes->vmcoreinfo);
}

static struct error *keep_profile(const struct note *note, struct elf_notes *notes)
{
	return copy_text(note, &notes->profile);
}

static struct error *keep_sample(const struct note *note, struct elf_notes *notes)
{
	return copy_text(note, &notes->sample);
}

static struct error *keep_crash(const struct note *note, struct elf_notes *notes)
{
	return copy_text(note, &notes->crash);
}

static struct error *keep_extents(const struct note *note, struct elf_notes *notes)
{
	if (notes->extents)
		return NULL;
	notes->extents = malloc(note->desc_len + 1);
	if (!notes->extents)
		return error_nomem();
	memcpy(notes->extents, note->desc, note->desc_len);
	notes->extents_len = note->desc_len;
	return NULL;
}

static struct error *see_xen(const struct note *note, struct elf_notes *notes)
{
	(void)note;
	notes->from_xen = true;
	return NULL;
}

/* CPU number @number of the notes of one kind; *ret is NULL if that is one too many. */
static struct error *cpu_at(struct elf_notes *notes, size_t number, struct dump_cpu **ret)
{
	*ret = NULL;
	if (number >= DUMP_CPUS_MAX)
		return NULL;
	if (number >= notes->cpu_count) {
		struct error *err = vector_push(notes->cpus, notes->cpu_count, notes->cpu_room,
						(struct dump_cpu){ 0 });
		if (err)
			return err;
	}
	*ret = &notes->cpus[number];
	return NULL;
}

/* One of a strange size counts, and is not kept. */
static struct error *keep_prstatus(const struct note *note, struct elf_notes *notes)
{
	struct dump_cpu *cpu;
	struct error *err = cpu_at(notes, notes->prstatus_seen++, &cpu);

	if (err || !cpu || !note->desc_len || note->desc_len > PRSTATUS_MAX_BYTES)
		return err;
	unsigned char *copy = malloc(note->desc_len);
	if (!copy)
		return error_nomem();
	memcpy(copy, note->desc, note->desc_len);
	cpu->prstatus = copy;
	cpu->prstatus_bytes = note->desc_len;
	cpu->big_endian = note->big_endian;
	return NULL;
}

static struct error *see_qemu(const struct note *note, struct elf_notes *notes)
{
	struct dump_cpu *cpu;

	notes->from_qemu = true;
	if (note->type != 0)
		return NULL;
	struct error *err = cpu_at(notes, notes->qemu_seen++, &cpu);
	if (err || !cpu || note->desc_len != QEMU_STATE_BYTES ||
	    load_u32(note->desc, note->big_endian) != QEMU_VERSION)
		return err;
	cpu->has_fault_address = true;
	cpu->fault_address = load_u64(note->desc + QEMU_CR2, note->big_endian);
	return NULL;
}

static struct error *see_program(const struct note *note, struct elf_notes *notes)
{
	(void)note;
	notes->from_program = true;
	return NULL;
}

static struct error *see_task(const struct note *note, struct elf_notes *notes)
{
	(void)note;
	notes->has_task = true;
	return NULL;
}

static const uint32_t any_type = UINT32_MAX;

static const struct {
	const char *owner;
	uint32_t type;
	struct error *(*handle)(const struct note *note, struct elf_notes *notes);
} handlers[] = {
	{ "VMCOREINFO", any_type, keep_vmcoreinfo },
	{ "VMCOREINFO_XEN", any_type, see_xen },
	{ "Xen", any_type, see_xen },
	{ "QEMU", any_type, see_qemu },
	{ "CORE", NT_PRSTATUS, keep_prstatus },
	{ "CORE", NT_AUXV, see_program },
	{ "CORE", NT_FILE, see_program },
	{ "CORE", NT_TASKSTRUCT, see_task },
	{ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_PROFILE, keep_profile },
	{ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_EXTENTS, keep_extents },
	{ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_SAMPLE, keep_sample },
	{ DISTILLED_NOTE_OWNER, DISTILLED_NOTE_CRASH, keep_crash },
};

static struct error *handle(const struct note *note, struct elf_notes *notes)
{
	for (size_t i = 0; i < COUNT_OF(handlers); i++) {
		if (strlen(handlers[i].owner) != note->owner_len ||
		    memcmp(handlers[i].owner, note->owner, note->owner_len) != 0)
			continue;
		if (handlers[i].type == any_type || handlers[i].type == note->type)
			return handlers[i].handle(note, notes);
	}
	return NULL;
}

static uint64_t round_up4(uint32_t len)
{
	return ((uint64_t)len + 3) & ~UINT64_C(3);
}

/* Bytes that the note at @data takes of @len; 0 if it does not fit. */
static size_t parse(const uint8_t *data, size_t len, bool big_endian, struct note *ret)
{
	uint32_t owner_len = load_u32(data + offsetof(Elf64_Nhdr, n_namesz), big_endian);
	uint32_t desc_len = load_u32(data + offsetof(Elf64_Nhdr, n_descsz), big_endian);
	uint64_t desc_at = sizeof(Elf64_Nhdr) + round_up4(owner_len);

	if (desc_at > len || desc_len > len - desc_at)
		return 0;

	*ret = (struct note){
		.type = load_u32(data + offsetof(Elf64_Nhdr, n_type), big_endian),
		.owner = (const char *)data + sizeof(Elf64_Nhdr),
		.desc = data + desc_at,
		.desc_len = desc_len,
		.big_endian = big_endian,
	};
	ret->owner_len = strnlen(ret->owner, owner_len);

	/* The last note may lack its padding. */
	uint64_t taken = desc_at + round_up4(desc_len);
	return taken < len ? (size_t)taken : len;
}

struct error *elf_notes_scan(const uint8_t *data, size_t len, bool big_endian,
			     struct elf_notes *notes)
{
	while (len >= sizeof(Elf64_Nhdr)) {
		struct note note;
		size_t taken = parse(data, len, big_endian, &note);

		if (!taken) {
			notes->overrun = true;
			return NULL;
		}

		struct error *err = handle(&note, notes);
		if (err)
			return err;
		data += taken;
		len -= taken;
	}
	return NULL;
}

void elf_notes_deinit(struct elf_notes *notes)
{
	free(notes->vmcoreinfo);
	free(notes->profile);
	free(notes->sample);
	free(notes->crash);
	free(notes->extents);
	dump_cpus_free(notes->cpus, notes->cpu_count);
	*notes = (struct elf_notes){ 0 };
}

/* --- what CPUs left ------------------------------------------------------------ */

void dump_cpus_free(struct dump_cpu *cpus, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((void *)cpus[i].prstatus);
	free(cpus);
}

/* CPU numbers, from 1 on, in order. */
static bool pids_are_numbers(const struct elf_notes *notes)
{
	for (size_t i = 0; i < notes->cpu_count; i++) {
		const struct dump_cpu *cpu = &notes->cpus[i];

		if (cpu->prstatus_bytes < PRSTATUS_PID + sizeof(uint32_t) ||
		    load_u32(cpu->prstatus + PRSTATUS_PID, cpu->big_endian) != i + 1)
			return false;
	}
	return notes->cpu_count > 0;
}

/*
 * QEMU says so of x86 alone. s390x's kernel numbers CPUs, too: arch/s390/kernel/crash_dump.c.
 * CRASHTIME is what a kernel adds that knows its tasks and hands over to another one.
 */
static bool are_numbered(const struct elf_notes *notes, const struct dump *dump)
{
	if (notes->from_qemu || dump->elf_machine == EM_S390)
		return true;
	return !strstr(dump->vmcoreinfo, "CRASHTIME=") && pids_are_numbers(notes);
}

void elf_notes_give_cpus(struct elf_notes *notes, struct dump *dump)
{
	dump->from_qemu = are_numbered(notes, dump);
	dump->cpus = take_ptr(notes->cpus);
	dump->cpu_count = notes->cpu_count;
	notes->cpu_count = 0;
}
