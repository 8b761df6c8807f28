// SPDX-License-Identifier: LGPL-2.1-or-later
/* Huge pages of HugeTLB, and the frames that their tails share. */
#include "testdata/machine/machine_parts.h"

/* --- frames of zones ---------------------------------------------------------------- */

/* Where zone->vmemmap_tails[] is; scheme E2 allocates it when it is first needed. */
static paddr_t zone_tails(struct machine *machine, unsigned node, unsigned zone)
{
	paddr_t member = machine_zone(machine, node, zone) + MACHINE_ZONE_TAILS;

	if (machine->kernel.scheme != MACHINE_E2)
		return member;
	if (!get(machine, member, 8))
		put(machine, member, direct(machine, machine_object_new(machine)), 8);
	return undirect(machine, get(machine, member, 8));
}

/* Of pages that have two vmemmap pages at least. */
static unsigned tails_order_min(const struct machine *machine)
{
	return (unsigned)__builtin_ctzll(2 * page_size(machine) / struct_size(machine));
}

pfn_t machine_zone_tail(struct machine *machine, unsigned node, unsigned zone, unsigned order)
{
	paddr_t slot = zone_tails(machine, node, zone) + 8 * (order - tails_order_min(machine));
	uint64_t page = get(machine, slot, 8);

	if (!page) {
		pfn_t frame = machine_frame_new(machine);

		page = machine->vmemmap + frame * struct_size(machine);
		put(machine, slot, page, 8);
		machine_tail_frame_put(machine, frame, machine_link(machine, 0, order),
				       machine_flags(machine, node, zone, 0));
	}
	return (page - machine->vmemmap) / struct_size(machine);
}

/* --- sharing ------------------------------------------------------------------------ */

pfn_t machine_huge_target(struct machine *machine, pfn_t pfn, unsigned order)
{
	uint64_t first = vmemmap_index(machine, pfn);

	switch (machine->kernel.scheme) {
	case MACHINE_NONE:
		return 0;
	case MACHINE_A:
		return machine_frame(machine, first + 1);
	case MACHINE_B:
	case MACHINE_C:
		return machine_frame(machine, first);
	case MACHINE_D:
	case MACHINE_E1:
	case MACHINE_E2:
		return machine_zone_tail(machine, node_of(machine, pfn),
					 machine_zone_of(machine, pfn), order);
	}
	return 0;
}

/* The frame behind @index moves: a copy takes its place. */
static void move_frame(struct machine *machine, uint64_t index)
{
	unsigned shift = machine->kernel.page_shift;
	pfn_t from = machine_frame(machine, index), to = machine_frame_new(machine);

	for (unsigned i = 0; i < page_size(machine); i += 8)
		put(machine, (to << shift) + i, get(machine, (from << shift) + i, 8), 8);
	machine_map(machine, index, to, true);
}

unsigned machine_huge_kept(const struct machine *machine)
{
	return machine->kernel.scheme == MACHINE_A ? 2 : 1;
}

void machine_huge_share(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			unsigned end)
{
	uint64_t first = vmemmap_index(machine, pfn);
	pfn_t target = machine_huge_target(machine, pfn, order);

	for (unsigned i = start; i < end; i++)
		if (i >= machine_huge_kept(machine))
			machine_map(machine, first + i, target, machine->kernel.tails_writable);
		else if (i == 0 && machine_has_zone_tails(machine))
			move_frame(machine, first);
}

/* Its vmemmap pages [start, end), whatever frames they have. */
static void write_tails(struct machine *machine, pfn_t pfn, unsigned order, unsigned zone,
			unsigned start, unsigned end)
{
	machine_tails_put(machine, pfn, order,
			  machine_flags(machine, node_of(machine, pfn), zone, 0),
			  pfn + start * per_frame(machine), pfn + end * per_frame(machine));
}

void machine_huge_restore(struct machine *machine, pfn_t pfn, unsigned order, unsigned start,
			  unsigned end)
{
	for (unsigned i = end; i-- > start;)
		machine_map(machine, vmemmap_index(machine, pfn) + i, machine_frame_new(machine),
			    true);
	write_tails(machine, pfn, order, machine_zone_of(machine, pfn), start, end);
}

/* --- what marks them ---------------------------------------------------------------- */

static void write_mark(struct machine *machine, pfn_t pfn, unsigned order)
{
	static const uint32_t types[] = {
		[MARK_DTOR] = UINT32_MAX,
		[MARK_TAIL_FLAG] = UINT32_MAX,
		[MARK_INVERTED_LOW] = ~UINT32_C(0x800),
		[MARK_INVERTED_HIGH] = ~UINT32_C(0x04000000),
		[MARK_TYPE_BYTE] = (uint32_t)MACHINE_PGTY_HUGETLB << 24,
		[MARK_TYPE_NUMBER] = (uint32_t)MACHINE_PGTY_HUGETLB << 24,
	};
	enum machine_mark mark = machine->kernel.mark;
	uint64_t tail = mark == MARK_TAIL_FLAG ? UINT64_C(1) << MACHINE_PG_HUGETLB : 0;

	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, types[mark], 4);
	if (mark == MARK_DTOR) {
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_DTOR, MACHINE_HUGETLB_DTOR, 1);
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_ORDER, order, 1);
	} else {
		tail |= order;
	}
	tail |= machine_read_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, 8);
	machine_write_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, tail, 8);
}

/* Gigantic pages have NULL_COMPOUND_DTOR, others COMPOUND_PAGE_DTOR. */
void machine_huge_unmark(struct machine *machine, pfn_t pfn, unsigned order)
{
	uint64_t flags = machine_read_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, 8);

	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	if (machine->kernel.mark == MARK_DTOR)
		machine_write_page(machine, pfn + 1, MACHINE_PAGE_DTOR,
				   order == 18 ? 0 : MACHINE_HUGETLB_DTOR - 1, 1);
	machine_write_page(machine, pfn + 1, MACHINE_PAGE_FLAGS,
			   flags & ~(UINT64_C(1) << MACHINE_PG_HUGETLB), 8);
}

static uint64_t if_set(unsigned flags, unsigned flag, unsigned bit)
{
	return flags & flag ? UINT64_C(1) << bit : 0;
}

static void write_head(struct machine *machine, pfn_t pfn, unsigned flags, unsigned zone)
{
	uint64_t bits =
		UINT64_C(1) << MACHINE_PG_HEAD | if_set(flags, HUGE_POISON, MACHINE_PG_HWPOISON);

	machine_page_set(machine, pfn,
			 &(struct machine_page){
				 .flags = machine_flags(machine, node_of(machine, pfn), zone, bits),
				 .private = if_set(flags, HUGE_FREE, MACHINE_HPG_FREED) |
					    if_set(flags, HUGE_FLAG, MACHINE_HPG_OPTIMIZED),
				 .refcount = !(flags & HUGE_FREE),
			 });
}

/* --- pools ---------------------------------------------------------------------------- */

/* The second pool has pages of one order; those of others are in the first. */
static paddr_t pool_of(const struct machine *machine, unsigned order)
{
	return machine_hstate(machine, machine->pools > 1 && order == machine->pool_orders[1]);
}

static void count_page(struct machine *machine, pfn_t pfn, unsigned order, bool is_free, int number)
{
	paddr_t hstate = pool_of(machine, order);
	unsigned node = node_of(machine, pfn);

	add_to(machine, hstate + MACHINE_HSTATE_NR, 8, number);
	add_to(machine, hstate + MACHINE_HSTATE_NR_NODE + 4 * node, 4, number);
	if (!is_free)
		return;
	add_to(machine, hstate + MACHINE_HSTATE_FREE, 8, number);
	add_to(machine, hstate + MACHINE_HSTATE_FREE_NODE + 4 * node, 4, number);
}

void machine_huge_uncount(struct machine *machine, pfn_t pfn, unsigned order)
{
	uint64_t private = machine_read_page(machine, pfn, MACHINE_PAGE_PRIVATE, 8);

	count_page(machine, pfn, order, private >> MACHINE_HPG_FREED & 1, -1);
}

void machine_huge_page(struct machine *machine, pfn_t pfn, unsigned order, unsigned flags)
{
	unsigned zone = flags & HUGE_MOVABLE ? MACHINE_ZONE_MOVABLE : MACHINE_ZONE_NORMAL;
	unsigned node = node_of(machine, pfn);
	unsigned pages = (unsigned)vmemmap_index(machine, UINT64_C(1) << order);
	pfn_t end = pfn + (UINT64_C(1) << order);

	machine_tails_put(machine, pfn, order, machine_flags(machine, node, zone, 0), pfn,
			  flags & HUGE_REMAP ? pfn + machine_huge_kept(machine) * per_frame(machine)
					     : end);
	machine_zone_span(machine, node, zone, pfn, end);
	write_head(machine, pfn, flags, zone);
	write_mark(machine, pfn, order);
	if (flags & HUGE_REMAP)
		machine_huge_share(machine, pfn, order, 0, pages);
	if (!(flags & HUGE_UNCOUNTED))
		count_page(machine, pfn, order, flags & HUGE_FREE, 1);
	if (flags & HUGE_FLAG)
		add_to(machine, machine_key(machine), 4, 1);
}

void machine_populate(struct machine *machine)
{
	unsigned optimized = machine->kernel.scheme == MACHINE_NONE ? 0 : HUGE_OPTIMIZED;

	machine_huge_page(machine, 0x10000, 9, optimized | HUGE_FREE);
	machine_huge_page(machine, 0x10200, 9, optimized);
	machine_huge_page(machine, 0x18000, 9, 0);
	machine_huge_page(machine, 0x48000, 9, optimized);
	machine_huge_page(machine, 0x48200, 9, HUGE_FREE);
	machine_huge_page(machine, 0x80000, 18, optimized | HUGE_FREE);
}
