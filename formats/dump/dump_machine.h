// SPDX-License-Identifier: LGPL-2.1-or-later
/* The machines that kernel dumps come from, and what a VMCOREINFO says of them. */
#ifndef VMEMSCOPE_DUMP_MACHINE_H
#define VMEMSCOPE_DUMP_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct error;

/* ERROR_UNSUPPORTED, naming @path, unless @elf_machine is known. */
struct error *machine_check(const char *path, uint16_t elf_machine);

/* The ELF machine of `uname -m`; EM_NONE if unknown. */
uint16_t machine_from_name(const char *uts_machine);

/* What `uname -m` says there; "" if it is not known. */
const char *machine_name(uint16_t elf_machine);

/* The ELF machine that only this VMCOREINFO can come from; EM_NONE if unknown. */
uint16_t machine_from_vmcoreinfo(const char *vmcoreinfo);

/* True if it has the page size, as every kernel's has: else it is cut off, or none at all. */
bool vmcoreinfo_is_usable(const char *vmcoreinfo);

/* PAGESIZE= of a VMCOREINFO as a shift, 12 to 16. ERROR_CORRUPT, naming @path, if unusable. */
struct error *vmcoreinfo_page_shift(const char *path, const char *vmcoreinfo, unsigned *ret);

/* log2 of a page size that a kernel can have; 0 if none can. */
unsigned page_size_shift(uint64_t size_bytes);

#endif
