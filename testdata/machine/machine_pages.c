// SPDX-License-Identifier: LGPL-2.1-or-later
/* Struct pages of a machine: the one place that knows how they are laid out. */
#include "testdata/machine/machine_parts.h"

#include <stdlib.h>

enum { ZONES_SHIFT = 3, NODES_SHIFT = 2, STRUCT_PAGE_MAX = 128 };

/* --- one struct page --------------------------------------------------------------- */

static paddr_t struct_page(const struct machine *machine, pfn_t pfn, unsigned offset)
{
	vaddr_t va = machine->vmemmap + pfn * struct_size(machine) + offset;
	paddr_t addr = machine_translate(machine, va);

	if (!addr)
		abort(); /* a test that writes to what is not mapped */
	return addr;
}

void machine_write_page(struct machine *machine, pfn_t pfn, unsigned offset, uint64_t value,
			size_t size)
{
	put(machine, struct_page(machine, pfn, offset), value, size);
}

uint64_t machine_read_page(const struct machine *machine, pfn_t pfn, unsigned offset, size_t size)
{
	return get(machine, struct_page(machine, pfn, offset), size);
}

struct page_bytes {
	bool big_endian;
	unsigned char bytes[STRUCT_PAGE_MAX];
};

static void member_put(struct page_bytes *page, unsigned offset, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		page->bytes[offset + i] =
			(unsigned char)(value >> 8 * (page->big_endian ? size - 1 - i : i));
}

void machine_page_put(struct machine *machine, paddr_t at, const struct machine_page *page)
{
	struct page_bytes bytes = { .big_endian = machine->kernel.big_endian };

	member_put(&bytes, MACHINE_PAGE_FLAGS, page->flags, 8);
	member_put(&bytes, MACHINE_PAGE_HEAD, page->head, 8);
	member_put(&bytes, MACHINE_PAGE_MAPPING, page->mapping, 8);
	member_put(&bytes, MACHINE_PAGE_PRIVATE, page->private, 8);
	member_put(&bytes, MACHINE_PAGE_MAPCOUNT, page->mapcount, 4);
	member_put(&bytes, MACHINE_PAGE_REFCOUNT, page->refcount, 4);
	image_write_bytes(machine->image, at, bytes.bytes, struct_size(machine));
}

void machine_page_set(struct machine *machine, pfn_t pfn, const struct machine_page *page)
{
	machine_page_put(machine, struct_page(machine, pfn, 0), page);
}

/* --- flags ------------------------------------------------------------------------- */

uint64_t machine_page_flags(unsigned node, unsigned zone, uint64_t bits)
{
	return (uint64_t)node << (64 - NODES_SHIFT) |
	       (uint64_t)zone << (64 - NODES_SHIFT - ZONES_SHIFT) | bits;
}

/* A kernel without nodes has no bits for them. */
uint64_t machine_flags(const struct machine *machine, unsigned node, unsigned zone, uint64_t bits)
{
	if (machine->arch->is_numa)
		return machine_page_flags(node, zone, bits);
	return (uint64_t)zone << (64 - ZONES_SHIFT) | bits;
}

unsigned machine_zone_of(const struct machine *machine, pfn_t pfn)
{
	unsigned nodes_shift = machine->arch->is_numa ? NODES_SHIFT : 0;

	return machine_read_page(machine, pfn, MACHINE_PAGE_FLAGS, 8) << nodes_shift >>
	       (64 - ZONES_SHIFT);
}

/* --- tails ------------------------------------------------------------------------- */

/* Linux kernel include/linux/page-flags.h, set_compound_head(). */
uint64_t machine_link(const struct machine *machine, pfn_t head, unsigned order)
{
	enum machine_links links = machine->kernel.links;
	bool masks =
		links == LINKS_OF_SCHEME ? machine_has_zone_tails(machine) : links == LINKS_MASKS;

	if (masks && struct_size(machine) == 64)
		return UINT64_MAX << (order + 6) | 1;
	return (machine->vmemmap + head * struct_size(machine)) | 1;
}

void machine_tail_put(struct machine *machine, paddr_t at, uint64_t link, uint64_t flags)
{
	machine_page_put(machine, at,
			 &(struct machine_page){
				 .flags = flags,
				 .head = link,
				 .mapping = machine->arch->poison + 0x400,
				 .mapcount = UINT32_MAX,
			 });
}

void machine_tail_frame_put(struct machine *machine, pfn_t frame, uint64_t link, uint64_t flags)
{
	paddr_t start = frame << machine->kernel.page_shift;

	for (uint64_t i = 0; i < per_frame(machine); i++)
		machine_tail_put(machine, start + i * struct_size(machine), link, flags);
}

/* Frames are looked for once; those of what straddles their ends are neighbours. */
void machine_tails_put(struct machine *machine, pfn_t head, unsigned order, uint64_t flags,
		       pfn_t first, pfn_t end)
{
	uint64_t link = machine_link(machine, head, order);
	paddr_t at = 0;

	for (pfn_t pfn = first; pfn < end; pfn++) {
		if (pfn == first || at % page_size(machine) < struct_size(machine))
			at = struct_page(machine, pfn, 0);
		machine_tail_put(machine, at, link, flags);
		at += struct_size(machine);
	}
}

/* --- pages of the kernel's, and free ones -------------------------------------------- */

void machine_frames_own(struct machine *machine, pfn_t first, uint64_t count)
{
	paddr_t at = 0;

	for (pfn_t pfn = first; pfn < first + count; pfn++) {
		if (pfn == first || at % page_size(machine) < struct_size(machine))
			at = struct_page(machine, pfn, 0);
		machine_page_put(machine, at,
				 &(struct machine_page){
					 .flags = machine_flags(machine, node_of(machine, pfn),
								MACHINE_ZONE_NORMAL, 0),
					 .mapcount = UINT32_MAX,
					 .refcount = 1,
				 });
		at += struct_size(machine);
	}
}

pfn_t machine_frame_new(struct machine *machine)
{
	pfn_t frame = machine->next_frame++;

	machine_frames_own(machine, frame, 1);
	return frame;
}

void machine_buddy(struct machine *machine, pfn_t pfn, unsigned order)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, machine_buddy_type(machine), 4);
	machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, order, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 0, 4);
}
