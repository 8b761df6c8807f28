// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sections, vmemmap and struct pages of the tiny machine's device memory. */
#include "testdata/machine/machine_device.h"
#include "testdata/machine/machine_parts.h"

enum { SUBSECTION_SHIFT = 21 };

bool machine_has_compounds(const struct machine *machine)
{
	return machine->kernel.scheme >= MACHINE_B || machine->kernel.devices;
}

/* The tails of all pages of an order map one frame of ZONE_DEVICE. */
static bool has_zone_frames(const struct machine *machine)
{
	enum machine_devices devices = machine->kernel.devices;

	return devices == DEVICES_ZONE || devices == DEVICES_TWO_ZONE ||
	       (devices == DEVICES_OF_SCHEME && machine->kernel.scheme >= MACHINE_E2);
}

static bool keeps_two(const struct machine *machine)
{
	return !has_zone_frames(machine) || machine->kernel.devices == DEVICES_TWO_ZONE;
}

/* --- sections ------------------------------------------------------------------------ */

/* The valid sub-sections of section @nr; 0 if there is no such section. */
static uint64_t subsections_of(const struct machine *machine, uint64_t nr)
{
	paddr_t section = machine_section(machine, nr);

	if (!get(machine, section + MACHINE_SECTION_MAP, 8))
		return 0;
	return get(machine,
		   undirect(machine, get(machine, section + MACHINE_SECTION_USAGE, 8)) +
			   MACHINE_SUBSECTION_MAP,
		   8);
}

/* Those of section @nr that [start, end) has; of those with more than 64, only whole ones. */
static uint64_t subsections_in(const struct machine *machine, uint64_t nr, pfn_t start, pfn_t end)
{
	pfn_t pages = UINT64_C(1) << (SUBSECTION_SHIFT - machine->kernel.page_shift);
	pfn_t first = nr * section_pages(machine);
	uint64_t ret = 0;

	for (unsigned i = 0; i < 64; i++)
		if (first + i * pages >= start && first + i * pages < end)
			ret |= UINT64_C(1) << i;
	return ret;
}

static void section_add(struct machine *machine, const struct machine_dax *spec, uint64_t nr)
{
	pfn_t first = nr * section_pages(machine);
	bool whole = first >= spec->start && first + section_pages(machine) <= spec->end;
	uint64_t subsections = subsections_in(machine, nr, spec->start, spec->end);

	if (nr < early_sections(machine)) {
		/* An early section keeps its memmap, and is tainted. */
		machine_section_add(machine, nr, SECTION_ONLINE | SECTION_EARLY | SECTION_DEVICE,
				    UINT64_MAX);
		return;
	}
	machine_section_add(machine, nr, SECTION_UNMAPPED | (whole ? 0 : SECTION_DEVICE),
			    subsections_of(machine, nr) | subsections);
	if (whole && machine->kernel.scheme >= MACHINE_E2)
		put(machine, machine_section(machine, nr) + MACHINE_SECTION_ORDER, spec->order, 4);
}

static void sections_add(struct machine *machine, const struct machine_dax *spec)
{
	uint64_t last = (spec->end - 1) / section_pages(machine);

	for (uint64_t nr = spec->start / section_pages(machine); nr <= last; nr++)
		section_add(machine, spec, nr);
	machine_zone_span(machine, spec->node, MACHINE_ZONE_DEVICE, spec->start, spec->end);
}

/* --- struct pages ---------------------------------------------------------------------- */

struct page_writer {
	struct machine *machine;
	const struct machine_dax *spec;
	vaddr_t pgmap;
	uint64_t flags; /* of all its struct pages */
};

static void refcount_add(struct machine *machine, pfn_t frame, uint64_t count)
{
	uint64_t value = machine_read_page(machine, frame, MACHINE_PAGE_REFCOUNT, 4);

	machine_write_page(machine, frame, MACHINE_PAGE_REFCOUNT, value + count, 4);
}

/* A head, or a page that is not compound. */
static void single_write(struct page_writer *writer, paddr_t at, uint64_t bits)
{
	machine_page_put(writer->machine, at,
			 &(struct machine_page){
				 .flags = writer->flags | bits,
				 .head = writer->pgmap,
				 .mapcount = UINT32_MAX,
				 .refcount = 1,
			 });
}

/* The order is in the first tail. */
static void order_write(struct page_writer *writer, paddr_t tail)
{
	unsigned order = writer->spec->order;

	if (writer->machine->kernel.mark == MARK_DTOR)
		put(writer->machine, tail + MACHINE_PAGE_ORDER, order, 1);
	else
		put(writer->machine, tail + MACHINE_PAGE_FLAGS, writer->flags | order, 8);
}

static void page_write(struct page_writer *writer, paddr_t at, pfn_t pfn)
{
	const struct machine_dax *spec = writer->spec;
	pfn_t head = pfn - ((pfn - spec->start) & ((UINT64_C(1) << spec->order) - 1));

	if (spec->order == 0)
		single_write(writer, at, 0);
	else if (pfn == head)
		single_write(writer, at, UINT64_C(1) << MACHINE_PG_HEAD);
	else
		machine_tail_put(writer->machine, at,
				 machine_link(writer->machine, head, spec->order), writer->flags);
	if (spec->order && pfn == head + 1)
		order_write(writer, at);
}

/* All struct pages of the frame behind vmemmap page @index. */
static void frame_write(struct page_writer *writer, uint64_t index)
{
	struct machine *machine = writer->machine;
	paddr_t frame = machine_frame(machine, index) << machine->kernel.page_shift;

	for (uint64_t i = 0; i < per_frame(machine); i++)
		page_write(writer, frame + i * struct_size(machine),
			   index * per_frame(machine) + i);
}

/* --- vmemmap that is not shared ---------------------------------------------------------- */

/* Frames of their own for all vmemmap pages of the range. */
static void vmemmap_plain(struct page_writer *writer)
{
	struct machine *machine = writer->machine;
	uint64_t index = vmemmap_index(machine, writer->spec->start);
	uint64_t end = vmemmap_index(machine, writer->spec->end);
	uint64_t early = section_index(machine, early_sections(machine));

	for (; index < end; index++) {
		if (index >= early)
			machine_map(machine, index, machine_frame_new(machine), true);
		frame_write(writer, index);
	}
}

/* One leaf a section, into the device; no struct page before the data is written. */
static void vmemmap_altmap(struct page_writer *writer)
{
	const struct machine_dax *spec = writer->spec;
	struct machine *machine = writer->machine;
	uint64_t pages = section_index(machine, 1);
	pfn_t frame = (spec->start + 2 + pages - 1) & ~(pages - 1);

	for (pfn_t pfn = spec->start; pfn < spec->end; pfn += section_pages(machine)) {
		machine_map_section(machine, pfn / section_pages(machine), frame);
		frame += pages;
	}
	for (uint64_t index = vmemmap_index(machine, spec->data);
	     index < vmemmap_index(machine, spec->end); index++)
		frame_write(writer, index);
}

/* Vmemmap pages that larger leaves map hold no tails: the kernel writes two pages only. */
static void larger_leaves_map(struct page_writer *writer)
{
	struct machine *machine = writer->machine;
	uint64_t end = vmemmap_index(machine, writer->spec->end);
	uint64_t step = machine_larger_pages(machine);
	/* Aligned to every leaf. */
	pfn_t frames = (machine->layout.fresh + (64 << 20)) >> machine->kernel.page_shift;

	for (uint64_t index = end - machine->device_leaf; index < end; index += step) {
		machine_map_larger(machine, index, frames);
		machine_frames_own(machine, frames, step);
		frames += step;
	}
}

/* --- shared vmemmap ------------------------------------------------------------------------ */

/* The tail frame of one compound page: its own, or ZONE_DEVICE's. */
static pfn_t tail_frame(struct page_writer *writer)
{
	const struct machine_dax *spec = writer->spec;
	struct machine *machine = writer->machine;

	if (!has_zone_frames(machine))
		return machine_frame_new(machine);
	pfn_t frame = machine_zone_tail(machine, spec->node, MACHINE_ZONE_DEVICE, spec->order);
	machine_tail_frame_put(machine, frame, machine_link(machine, 0, spec->order),
			       writer->flags);
	return frame;
}

/* Vmemmap pages [first, end) of one compound page. */
static void tails_share(struct page_writer *writer, uint64_t first, uint64_t end)
{
	struct machine *machine = writer->machine;
	unsigned kept = machine->kernel.devices == DEVICES_TWO_ZONE ? 2 : 1;
	bool own = !has_zone_frames(machine); /* its own reference is the frame's first */
	pfn_t tails = tail_frame(writer);

	machine_map(machine, first, machine_frame_new(machine), true);
	if (kept == 2)
		machine_map(machine, first + 1, machine_frame_new(machine), true);
	for (uint64_t index = first + kept; index < end; index++)
		machine_map(machine, index, tails, !(writer->spec->flags & DAX_READONLY));
	refcount_add(machine, tails, end - first - kept - own);
}

/*
 * vmemmap_populate_compound_pages() of arch/powerpc/mm/book3s64/radix_pgtable.c before "fix
 * wrong addr_pfn tracking": from page j of a section the page that is to be shared is looked
 * for at page j of the first section, and made there if it is not, or is the first.
 */
static void tails_miscount(struct page_writer *writer, uint64_t first, uint64_t end)
{
	struct machine *machine = writer->machine;
	uint64_t section = section_index(machine, 1);

	for (uint64_t i = 0; i < end - first; i++) {
		uint64_t number = i % section;

		if (i < section) {
			machine_map(machine, first + i, machine_frame_new(machine), true);
			continue;
		}
		pfn_t frame = machine_frame(machine, first + (number ? number : 1));
		machine_map(machine, first + i, frame, true);
		refcount_add(machine, frame, 1);
	}
}

static void compound_share(struct page_writer *writer, pfn_t head)
{
	struct machine *machine = writer->machine;
	uint64_t first = vmemmap_index(machine, head);
	uint64_t end = first + machine_vmemmap_pages(machine, writer->spec->order);
	uint64_t leaf = vmemmap_index(machine, writer->spec->end) - machine->device_leaf;

	if (writer->spec->flags & DAX_MISCOUNTED)
		tails_miscount(writer, first, end);
	else if (first < leaf)
		tails_share(writer, first, end < leaf ? end : leaf);
	frame_write(writer, first);
	if (keeps_two(machine))
		frame_write(writer, first + 1);
}

/* Not those with fewer vmemmap pages than are kept, and one more. */
static bool shares(const struct machine *machine, const struct machine_dax *spec)
{
	uint64_t edges = (spec->start | spec->end) % section_pages(machine);
	unsigned kept = keeps_two(machine) ? 2 : 1;

	return machine_has_compounds(machine) && machine->kernel.devices != DEVICES_UNSHARED &&
	       machine_vmemmap_pages(machine, spec->order) > kept &&
	       !(spec->flags & (DAX_UNSHARED | DAX_ALTMAP)) &&
	       spec->start / section_pages(machine) >= early_sections(machine) &&
	       (!has_zone_frames(machine) || !edges);
}

void machine_memmap(struct machine *machine, const struct machine_dax *spec, paddr_t pgmap)
{
	struct page_writer writer = {
		.machine = machine,
		.spec = spec,
		.pgmap = direct(machine, pgmap),
		.flags = machine_flags(machine, spec->node, MACHINE_ZONE_DEVICE,
				       UINT64_C(1) << MACHINE_PG_RESERVED),
	};

	sections_add(machine, spec);
	if (spec->flags & DAX_ALTMAP) {
		vmemmap_altmap(&writer);
		return;
	}
	if (!shares(machine, spec)) {
		vmemmap_plain(&writer);
		return;
	}
	larger_leaves_map(&writer);
	for (pfn_t head = spec->start; head < spec->end; head += UINT64_C(1) << spec->order)
		compound_share(&writer, head);
}

/* --- ordinary memory ------------------------------------------------------------------------ */

void machine_ordinary_section(struct machine *machine, uint64_t nr, unsigned node, unsigned zone,
			      bool online)
{
	pfn_t first = nr * section_pages(machine), end = first + section_pages(machine);

	machine_section_add(machine, nr, SECTION_UNMAPPED | (online ? SECTION_ONLINE : 0),
			    UINT64_MAX);
	for (uint64_t index = vmemmap_index(machine, first); index < vmemmap_index(machine, end);
	     index++)
		machine_map(machine, index, machine_frame_new(machine), true);
	for (pfn_t pfn = first; pfn < end; pfn++)
		machine_page_set(
			machine, pfn,
			&(struct machine_page){ .flags = machine_flags(machine, node, zone, 0) });
	if (online)
		machine_zone_span(machine, node, zone, first, end);
}
