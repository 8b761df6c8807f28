// SPDX-License-Identifier: LGPL-2.1-or-later
/* Objects of a machine's kernel: sections, nodes, zones, pools; and where they are. */
#include "testdata/machine/machine_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- where things are --------------------------------------------------------------- */

vaddr_t machine_symbol(const struct machine *machine, unsigned at)
{
	return machine->symbols + IMAGE_PHYS + at;
}

paddr_t machine_hstate(const struct machine *machine, unsigned index)
{
	(void)machine;
	return IMAGE_PHYS + HSTATES_AT + index * MACHINE_HSTATE_SIZE;
}

vaddr_t machine_hstates_address(const struct machine *machine)
{
	return machine_symbol(machine, HSTATES_AT);
}

static paddr_t pgdat_of(unsigned node)
{
	return PGDATS + (paddr_t)node * 0x10000;
}

paddr_t machine_zone(const struct machine *machine, unsigned node, unsigned zone)
{
	(void)machine;
	return pgdat_of(node) + MACHINE_PGDAT_ZONES + zone * MACHINE_ZONE_SIZE;
}

paddr_t machine_node_data(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + NODE_DATA_AT;
}

paddr_t machine_section(const struct machine *machine, uint64_t nr)
{
	(void)machine;
	return SECTIONS + nr * MACHINE_SECTION_SIZE;
}

paddr_t machine_max_hstate(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + MAX_HSTATE_AT;
}

paddr_t machine_switch(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + SWITCH_AT;
}

paddr_t machine_highest_section(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + HIGHEST_SECTION_AT;
}

paddr_t machine_key(const struct machine *machine)
{
	(void)machine;
	return IMAGE_PHYS + KEY_AT + KEY_ENABLED;
}

paddr_t machine_object_new(struct machine *machine)
{
	if (machine->next_object == OBJECTS_END)
		abort();
	machine->next_object += 4096;
	return machine->next_object - 4096;
}

/* --- sections ----------------------------------------------------------------------- */

static uint64_t section_bits(unsigned flags)
{
	return 1 | (flags & SECTION_NO_MEM_MAP ? 0 : 2) | (flags & SECTION_DEVICE ? 4 : 0) |
	       (flags & SECTION_ONLINE ? 8 : 0) | (flags & SECTION_EARLY ? 16 : 0);
}

/* Roots lie one after the other, so that sections do. */
static void section_root_make(struct machine *machine, uint64_t nr)
{
	uint64_t root = nr * MACHINE_SECTION_SIZE / page_size(machine);

	put(machine, SECTION_ROOTS + 8 * root,
	    direct(machine, SECTIONS + root * page_size(machine)), 8);
}

/* All words of it are alike where a section has more than 64 sub-sections. */
static void subsections_put(struct machine *machine, paddr_t usage, uint64_t subsections)
{
	for (uint64_t i = 0; i < machine_subsection_words(machine); i++)
		put(machine, usage + MACHINE_SUBSECTION_MAP + 8 * i, subsections, 8);
}

/* Where section @nr has its part of the vmemmap, if it is mapped as it is made. */
static pfn_t section_frames(const struct machine *machine, uint64_t nr)
{
	return (machine->layout.vmemmap >> machine->kernel.page_shift) + section_index(machine, nr);
}

static void section_map(struct machine *machine, uint64_t nr)
{
	pfn_t frames = section_frames(machine, nr);

	machine_map_section(machine, nr, frames);
	if (nr >= early_sections(machine))
		machine_frames_own(machine, frames,
				   section_index_end(machine, nr) - section_index(machine, nr));
}

void machine_section_add(struct machine *machine, uint64_t nr, unsigned flags, uint64_t subsections)
{
	paddr_t section = machine_section(machine, nr);
	paddr_t usage = USAGES + nr * USAGE_SIZE;

	if (usage >= SECTIONS)
		abort(); /* a test with more sections than there is room for */
	section_root_make(machine, nr);
	put(machine, section + MACHINE_SECTION_MAP, machine->vmemmap | section_bits(flags), 8);
	put(machine, section + MACHINE_SECTION_USAGE, direct(machine, usage), 8);
	subsections_put(machine, usage, subsections);
	if (!(flags & SECTION_UNMAPPED))
		section_map(machine, nr);
	if (nr > machine->highest_section)
		machine->highest_section = nr;
	put(machine, machine_highest_section(machine), machine->highest_section, 8);
}

void machine_sections_init(struct machine *machine)
{
	uint64_t sections = early_sections(machine);

	put(machine, IMAGE_PHYS + MEM_SECTION_AT, direct(machine, SECTION_ROOTS), 8);
	for (uint64_t nr = 0; nr < sections; nr++)
		machine_section_add(machine, nr, SECTION_ONLINE | SECTION_EARLY, UINT64_MAX);
	machine_frames_own(machine, section_frames(machine, 0),
			   section_index_end(machine, sections - 1));
}

/* --- nodes and zones ------------------------------------------------------------------ */

void machine_zone_span(struct machine *machine, unsigned node, unsigned zone, pfn_t start,
		       pfn_t end)
{
	paddr_t at = machine_zone(machine, node, zone);
	pfn_t first = get(machine, at + MACHINE_ZONE_START, 8);
	uint64_t spanned = get(machine, at + MACHINE_ZONE_SPANNED, 8);
	pfn_t last = spanned ? first + spanned : end;

	if (!spanned || start < first)
		first = start;
	if (end > last)
		last = end;
	put(machine, at + MACHINE_ZONE_START, first, 8);
	put(machine, at + MACHINE_ZONE_SPANNED, last - first, 8);
}

static void zones_name(struct machine *machine, unsigned node)
{
	static const char *const names[MACHINE_ZONES] = { "DMA", "DMA32", "Normal", "Movable",
							  "Device" };

	for (unsigned zone = 0; zone < MACHINE_ZONES; zone++) {
		unsigned at = ZONE_NAMES_AT + 16 * zone;

		image_write_text(machine->image, IMAGE_PHYS + at, names[zone]);
		put(machine, machine_zone(machine, node, zone) + MACHINE_ZONE_NAME,
		    machine_symbol(machine, at), 8);
	}
}

void machine_zones_init(struct machine *machine)
{
	pfn_t end = machine->layout.ram >> machine->kernel.page_shift;
	pfn_t node_1 = machine->layout.node_1 * section_pages(machine);

	for (unsigned node = 0; node < machine->layout.nodes; node++) {
		put(machine, machine_node_data(machine) + 8 * node, direct(machine, pgdat_of(node)),
		    8);
		zones_name(machine, node);
		machine_zone_span(machine, node, MACHINE_ZONE_NORMAL, node ? node_1 : 0,
				  node + 1 < machine->layout.nodes ? node_1 : end);
	}
}

/* --- pools ---------------------------------------------------------------------------- */

/* The number and the name. */
void machine_hstate_order(struct machine *machine, unsigned index, unsigned order)
{
	paddr_t hstate = machine_hstate(machine, index);
	char name[32];

	snprintf(name, sizeof(name), "hugepages-%" PRIu64 "kB", page_size(machine) << order >> 10);
	put(machine, hstate + MACHINE_HSTATE_ORDER, order, 4);
	image_write_text(machine->image, hstate + MACHINE_HSTATE_NAME, name);
}

void machine_pools_init(struct machine *machine)
{
	put(machine, machine_max_hstate(machine), machine->pools, 4);
	for (unsigned i = 0; i < machine->pools; i++)
		machine_hstate_order(machine, i, machine->pool_orders[i]);
	put(machine, machine_switch(machine), !machine->kernel.switch_off, 1);
}
