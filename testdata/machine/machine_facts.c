// SPDX-License-Identifier: LGPL-2.1-or-later
/* What tells of a machine's kernel: VMCOREINFO, symbols, types. */
#include "testdata/machine/machine_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"

bool machine_has_zone_tails(const struct machine *machine)
{
	return machine->kernel.scheme >= MACHINE_D;
}

/* --- VMCOREINFO ----------------------------------------------------------------------- */

/* Takes the line of @key out of the text. */
static void fact_remove(struct machine *machine, const char *key)
{
	size_t length = strlen(key);

	for (char *line = machine->vmcoreinfo; line && *line;) {
		char *end = strchr(line, '\n') + 1;

		if (strncmp(line, key, length) == 0 && line[length] == '=')
			memmove(line, end, strlen(end) + 1);
		else
			line = end;
	}
}

void machine_fact(struct machine *machine, const char *key, const char *value)
{
	char *text;

	fact_remove(machine, key);
	if (!value)
		return;
	if (asprintf(&text, "%s%s=%s\n", machine->vmcoreinfo ? machine->vmcoreinfo : "", key,
		     value) < 0)
		abort();
	free(machine->vmcoreinfo);
	machine->vmcoreinfo = text;
}

void machine_fact_format(struct machine *machine, const char *key, const char *format, ...)
{
	va_list arguments;
	char value[64];

	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	machine_fact(machine, key, value);
}

const char *machine_vmcoreinfo(struct machine *machine)
{
	return machine->vmcoreinfo;
}

static void nodes_tell(struct machine *machine)
{
	if (!machine->arch->is_numa) {
		machine_fact_format(machine, "SYMBOL(contig_page_data)", "%" PRIx64,
				    direct(machine, PGDATS));
		return;
	}
	machine_fact_format(machine, "SYMBOL(node_data)", "%" PRIx64,
			    machine_symbol(machine, NODE_DATA_AT));
	machine_fact_format(machine, "LENGTH(node_data)", "%d", NODES_LENGTH);
}

uint32_t machine_buddy_type(const struct machine *machine)
{
	switch (machine->kernel.mark) {
	case MARK_TYPE_BYTE:
	case MARK_TYPE_NUMBER:
		return (uint32_t)MACHINE_PGTY_BUDDY << 24;
	case MARK_INVERTED_HIGH:
		return ~UINT32_C(0x40000000);
	case MARK_INVERTED_LOW:
	case MARK_TAIL_FLAG:
	case MARK_DTOR:
		return ~UINT32_C(0x80);
	}
	return 0;
}

static void marks_tell(struct machine *machine)
{
	static const struct {
		const char *key, *value;
	} marks[] = {
		[MARK_DTOR] = { "NUMBER(HUGETLB_PAGE_DTOR)", "3" },
		[MARK_TAIL_FLAG] = { "NUMBER(PG_hugetlb)", "17" },
		[MARK_INVERTED_LOW] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-2049" },
		[MARK_INVERTED_HIGH] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-67108865" },
		[MARK_TYPE_BYTE] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-150994944" },
		[MARK_TYPE_NUMBER] = { "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", "-150994944" },
	};

	machine_fact(machine, marks[machine->kernel.mark].key, marks[machine->kernel.mark].value);
	machine_fact_format(machine, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "%d",
			    (int32_t)machine_buddy_type(machine));
}

void machine_facts_init(struct machine *machine)
{
	machine->arch->places(machine);
	machine_fact(machine, "OSRELEASE", machine->kernel.release);
	machine_fact_format(machine, "PAGESIZE", "%" PRIu64, page_size(machine));
	machine_fact_format(machine, "SYMBOL(mem_section)", "%" PRIx64,
			    direct(machine, SECTION_ROOTS));
	machine_fact_format(machine, "LENGTH(mem_section)", "%" PRIu64,
			    machine->layout.section_roots);
	machine_fact_format(machine, "NUMBER(SECTION_SIZE_BITS)", "%u",
			    machine->kernel.section_bits);
	if (!machine->kernel.no_vmemmap_symbol)
		machine_fact_format(machine, "SYMBOL(vmemmap)", "%" PRIx64, machine->vmemmap);
	nodes_tell(machine);
	marks_tell(machine);
}

/* --- types and symbols, as tests change them --------------------------------------------- */

struct typeinfo *machine_types(struct machine *machine)
{
	return &machine->types.typeinfo;
}

void machine_type_set(struct machine *machine, enum type_query_kind kind, const char *type,
		      const char *name, uint64_t value)
{
	machine_types_set(&machine->types, kind, type, name, value);
}

void machine_type_remove(struct machine *machine, enum type_query_kind kind, const char *type,
			 const char *name)
{
	machine_types_remove(&machine->types, kind, type, name);
}

/* Where it is linked. */
static void symbol_set(struct machine *machine, const char *name, vaddr_t address)
{
	machine_type_set(machine, TYPE_SYMBOL, NULL, name, address - machine->slide);
}

paddr_t machine_symbol_add(struct machine *machine, const char *name)
{
	unsigned at = machine->next_symbol;

	if (at + 8 > ZONE_NAMES_AT)
		abort();
	machine->next_symbol += 8;
	symbol_set(machine, name, machine_symbol(machine, at));
	put(machine, IMAGE_PHYS + at, 0, 8);
	return IMAGE_PHYS + at;
}

void machine_symbol_at(struct machine *machine, const char *name, paddr_t addr)
{
	symbol_set(machine, name, direct(machine, addr));
}

/* --- types and symbols of the kernel ---------------------------------------------------- */

static void symbols_init(struct machine *machine)
{
	static const struct {
		const char *name;
		unsigned at;
	} symbols[] = {
		{ "hstates", HSTATES_AT },
		{ "hugetlb_max_hstate", MAX_HSTATE_AT },
		{ "vmemmap_optimize_enabled", SWITCH_AT },
		{ "mem_section", MEM_SECTION_AT },
		{ "__highest_present_section_nr", HIGHEST_SECTION_AT },
		{ "node_data", NODE_DATA_AT },
	};
	const struct machine_kernel *kernel = &machine->kernel;

	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		symbol_set(machine, symbols[i].name, machine_symbol(machine, symbols[i].at));
	if (kernel->no_switch || kernel->scheme == MACHINE_NONE)
		machine_type_remove(machine, TYPE_SYMBOL, NULL, "vmemmap_optimize_enabled");
	if (!machine->arch->is_numa)
		machine_type_remove(machine, TYPE_SYMBOL, NULL, "node_data");
	if (kernel->scheme == MACHINE_B || kernel->scheme == MACHINE_C)
		symbol_set(machine, "hugetlb_optimize_vmemmap_key",
			   machine_symbol(machine, KEY_AT));
	machine_type_set(machine, TYPE_MEMBER_OFFSET, "static_key", "enabled", KEY_ENABLED);
}

static void zone_tails_init(struct machine *machine)
{
	enum machine_scheme scheme = machine->kernel.scheme;

	machine_type_set(machine, TYPE_MEMBER_OFFSET, "page",
			 machine_has_zone_tails(machine) ? "compound_info" : "compound_head",
			 MACHINE_PAGE_HEAD);
	if (machine_has_zone_tails(machine))
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "zone", "vmemmap_tails",
				 MACHINE_ZONE_TAILS);
	if (scheme == MACHINE_D || scheme == MACHINE_E1)
		machine_type_set(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails", 16);
}

static void scheme_init(struct machine *machine)
{
	enum machine_scheme scheme = machine->kernel.scheme;

	machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 5);
	if (scheme == MACHINE_A)
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "hstate", "nr_free_vmemmap_pages",
				 200);
	if (scheme >= MACHINE_C) {
		machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_IS_VMEMMAP_PREINIT_BIT",
				 5);
		machine_type_set(machine, TYPE_ENUMERATOR, NULL, "SECTION_MAP_LAST_BIT", 6);
	}
	if (scheme == MACHINE_E1 || scheme == MACHINE_E2)
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "mem_section", "compound_page_order",
				 MACHINE_SECTION_ORDER);
}

static void marks_init(struct machine *machine)
{
	if (machine->kernel.mark == MARK_TYPE_BYTE) {
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_buddy",
				 MACHINE_PGTY_BUDDY);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_hugetlb",
				 MACHINE_PGTY_HUGETLB);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_table",
				 MACHINE_PGTY_TABLE);
		machine_type_set(machine, TYPE_ENUMERATOR, "pagetype", "PGTY_slab",
				 MACHINE_PGTY_SLAB);
	}
	if (machine->kernel.mark <= MARK_INVERTED_LOW)
		machine_type_set(machine, TYPE_ENUMERATOR, "pageflags", "PG_slab", MACHINE_PG_SLAB);
	if (machine->kernel.mark == MARK_DTOR) {
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_dtor",
				 MACHINE_PAGE_DTOR);
		machine_type_set(machine, TYPE_MEMBER_OFFSET, "page", "compound_order",
				 MACHINE_PAGE_ORDER);
	}
}

void machine_kernel_types_init(struct machine *machine)
{
	machine_types_init(&machine->types);
	machine_type_set(machine, TYPE_SIZE, "page", NULL, struct_size(machine));
	machine_type_set(machine, TYPE_MEMBER_SIZE, "mem_section_usage", "subsection_map",
			 8 * machine_subsection_words(machine));
	symbols_init(machine);
	scheme_init(machine);
	zone_tails_init(machine);
	marks_init(machine);
}
