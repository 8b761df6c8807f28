// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All of the analysis and its reports, of a machine whose memory was changed: the input is a
 * byte that chooses a golden dump, then changes of its memory: the number of a page (4 bytes,
 * little endian), an offset in it (2), how many bytes (1), and these. Types and VMCOREINFO
 * stay as they are.
 *
 * The dumps are in the directory $VMEMSCOPE_FUZZ_DUMPS, or in dumps/ beside the program, or
 * in FUZZ_DUMPS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/analysis/analysis.h"
#include "analyzer/reports/reports.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/typeinfo.h"
#include "include/vector.h"
#include "testdata/fuzz/fuzz.h"

static const char *const names[] = { "7.3-hvo",	       "6.1-hvo",	  "6.12-hvo",
				     "6.17-hvo",       "aarch64-6.12",	  "riscv64-6.12",
				     "ppc64-6.12-64k", "loongarch64-7.2", "s390x-6.12" };

enum { PATCH_HEAD = 7, PATCH_BYTES_MAX = 64, PATCHES_MAX = 64 };

struct patch {
	paddr_t addr;
	const uint8_t *bytes;
	size_t count;
};

/* A dump, its pages, and what is changed of them now. */
struct machine {
	struct memory memory; /* first: the embedded contract */
	struct dump *dump;
	struct typeinfo *types;
	paddr_t *pages;
	size_t page_count, page_room;
	struct patch patches[PATCHES_MAX];
	size_t patch_count;
};

static struct machine machines[COUNT_OF(names)];

/* --- memory with changes ---------------------------------------------------------- */

static void apply(const struct patch *patch, paddr_t addr, size_t len, uint8_t *buf)
{
	for (size_t i = 0; i < patch->count; i++) {
		paddr_t at = patch->addr + i;

		if (at >= addr && at - addr < len)
			buf[at - addr] = patch->bytes[i];
	}
}

static struct error *machine_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				  enum memory_state *state_ret)
{
	const struct machine *machine = (struct machine *)memory;
	struct memory *below = machine->dump->memory;
	struct error *err = below->ops->read(below, addr, len, buf, state_ret);

	for (size_t i = 0; !err && *state_ret == MEMORY_PRESENT && i < machine->patch_count; i++)
		apply(&machine->patches[i], addr, len, buf);
	return err;
}

static struct error *machine_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct memory *below = ((struct machine *)memory)->dump->memory;

	return below->ops->extent(below, addr, ret);
}

static const struct memory_ops machine_ops = { .read = machine_read, .extent = machine_extent };

/* --- the dumps --------------------------------------------------------------------- */

static _Noreturn void give_up(const char *path, struct error *err)
{
	fprintf(stderr, "%s: %s\n", path, error_message(err));
	exit(1);
}

static struct error *list_pages(struct machine *machine)
{
	struct memory *memory = machine->dump->memory;
	struct memory_extent extent = { 0 };
	struct error *err = NULL;

	for (paddr_t addr = 0; !err && addr < UINT64_MAX >> 12 << 12; addr = extent.end) {
		err = memory->ops->extent(memory, addr, &extent);
		for (; !err && extent.state == MEMORY_PRESENT && addr < extent.end;
		     addr += UINT64_C(1) << memory->page_shift)
			err = vector_push(machine->pages, machine->page_count, machine->page_room,
					  addr);
	}
	return err;
}

static void machines_close(void)
{
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		typeinfo_close(machines[i].types);
		dump_close(machines[i].dump);
		free(machines[i].pages);
	}
}

static void dump_path(const char *name, char *ret, size_t size)
{
	const char *directory = getenv("VMEMSCOPE_FUZZ_DUMPS");
	char program[2048];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash = len > 0 ? memrchr(program, '/', (size_t)len) : NULL;

	if (slash)
		*slash = '\0';
	if (!directory && slash) {
		snprintf(ret, size, "%s/dumps/%s.elf", program, name);
		if (access(ret, R_OK) == 0)
			return;
	}
	snprintf(ret, size, "%s/%s.elf", directory ? directory : FUZZ_DUMPS, name);
}

static struct machine *machine_get(unsigned number)
{
	static bool registered;
	struct machine *machine = &machines[number];
	char path[4096];
	const char *paths[] = { path };

	if (machine->dump)
		return machine;
	if (!registered)
		atexit(machines_close);
	registered = true;
	dump_path(names[number], path, sizeof(path));
	struct error *err = dump_open(paths, 1, &machine->dump);
	if (!err)
		err = list_pages(machine);
	if (!err)
		err = typeinfo_open_profile(path, machine->dump->profile, &machine->types);
	if (err)
		give_up(path, err);
	machine->memory = (struct memory){
		.ops = &machine_ops,
		.page_shift = machine->dump->memory->page_shift,
		.distilled = machine->dump->memory->distilled,
	};
	return machine;
}

/* --- one input --------------------------------------------------------------------------- */

static void take_patches(struct machine *machine, const uint8_t *data, size_t size)
{
	machine->patch_count = 0;
	while (size > PATCH_HEAD && machine->patch_count < PATCHES_MAX) {
		uint32_t page = load_u32(data, false);
		uint64_t offset = (data[4] | (uint64_t)data[5] << 8) &
				  ((UINT64_C(1) << machine->memory.page_shift) - 1);
		size_t count = data[6] % PATCH_BYTES_MAX + 1;

		if (count > size - PATCH_HEAD)
			count = size - PATCH_HEAD;
		machine->patches[machine->patch_count++] = (struct patch){
			machine->pages[page % machine->page_count] + offset,
			data + PATCH_HEAD,
			count,
		};
		data += PATCH_HEAD + count;
		size -= PATCH_HEAD + count;
	}
}

static void write_all(const struct report_source *source)
{
	static const struct document_options options = { .width = 100 };
	struct document *document = NULL;
	struct error *err = report_build(source, &document);

	for (unsigned i = 0; !err && document_formats[i]; i++) {
		FILE *out = fopen("/dev/null", "w");

		if (!out)
			break;
		error_destroy(document_formats[i]->write(document, &options, out));
		fclose(out);
	}
	if (!err)
		document_destroy(document);
	error_destroy(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct analysis *analysis = NULL;

	if (size < 1)
		return 0;
	struct machine *machine = machine_get(data[0] % COUNT_OF(names));
	const struct dump *dump = machine->dump;
	const struct crash_sources crash = { .saved = dump->crash };
	const struct analysis_options options = {
		.depth = ANALYSIS_FULL,
		.threads = 1,
		.crash = &crash,
	};

	take_patches(machine, data + 1, size - 1);
	struct error *err = analysis_run(&machine->memory, dump->elf_machine, dump->big_endian,
					 dump->vmcoreinfo, machine->types, &options, &analysis);
	if (!err) {
		const struct report_source source = {
			.version = "0",
			.dump = dump,
			.typeinfo = machine->types,
			.analysis = analysis,
		};

		fuzz_taken++;
		write_all(&source);
	}
	analysis_destroy(analysis);
	error_destroy(err);
	return 0;
}
