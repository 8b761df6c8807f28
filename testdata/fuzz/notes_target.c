// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ELF notes: the input is a byte, whose lowest bit says big endian and whose others choose the
 * machine, then the notes.
 */
#include "formats/dump/elfnotes.h"
#include "include/dump.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_notes notes = { 0 };
	char nothing[] = "";
	struct dump dump = { .vmcoreinfo = nothing };

	if (size < 1)
		return 0;
	dump.elf_machine = fuzz_machine(data[0] >> 1);
	struct error *err = elf_notes_scan(data + 1, size - 1, data[0] & 1, &notes);
	if (!err) {
		elf_notes_give_cpus(&notes, &dump);
		fuzz_taken += notes.vmcoreinfo || dump.cpu_count;
	}
	dump_cpus_free(dump.cpus, dump.cpu_count);
	elf_notes_deinit(&notes);
	error_destroy(err);
	return 0;
}
