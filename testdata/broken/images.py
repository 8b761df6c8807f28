# SPDX-License-Identifier: LGPL-2.1-or-later
"""The broken images: one fault each, and the one check that must see it.

An edit gets the Machine of a golden dump, breaks one thing in its memory and
returns the pfn that the findings must name, or None if they name none.

A few faults show in several places: @also names the checks that see them too.
"""
import collections

from elfdump import EXCLUDED, PAGE
from machine import P, PER_PAGE, RW

Image = collections.namedtuple("Image", "golden name check severity edit also")

# Huge pages of each golden, by what the truth says of them.


def optimized(machine, number=0, size=2 << 20):
    return [h for h in machine.heads if h.optimized and h.size == size][number]


def unoptimized(machine):
    return next(h for h in machine.heads if not h.optimized)


# Memory sections and the vmemmap of ordinary memory.


def section_map_moved(machine):
    _, where, value = list(machine.sections())[3]
    machine.dump.write_u64(where, value ^ 1 << 30)


def entry_gone(machine, level):
    index = machine.ordinary(level)
    machine.vmemmap_entry(index).raw &= ~P
    span = 512 ** level
    return index // span * span * PER_PAGE


def ordinary_entry_gone(machine):
    return entry_gone(machine, 0)


def ordinary_leaf_gone(machine):
    return entry_gone(machine, 1)


def ordinary_readonly(machine):
    index = machine.ordinary(0)
    machine.vmemmap_entry(index).raw &= ~RW
    return index * PER_PAGE


def ordinary_shared(machine):
    first = machine.ordinary(0, 3)
    second = machine.ordinary(0, 5)
    machine.vmemmap_entry(second).map_to(machine.frame_of(first))


# Entries of an optimised page.


def head_taken_by_ordinary(machine):
    head = optimized(machine)
    machine.vmemmap_entry(machine.ordinary(0)).map_to(machine.head_entry(head).frame)
    return head.pfn


def head_taken_by_head(machine):
    """Where tails map the head's frame, all of the second page now shows the first: it
    looks like tails, and is missed as a huge page."""
    victim, thief = optimized(machine, 1), optimized(machine, 2)
    machine.head_entry(thief).map_to(machine.head_entry(victim).frame)


def head_taken_by_tail(machine):
    victim, thief = optimized(machine, 1), optimized(machine, 2)
    machine.head_entry(thief, 4).map_to(machine.head_entry(victim).frame)
    return victim.pfn


def head_readonly(machine):
    head = optimized(machine)
    machine.head_entry(head).raw &= ~RW
    return head.pfn


def tail_to(machine, number, frame):
    head = optimized(machine)
    machine.head_entry(head, number).map_to(frame)
    return head.pfn


def tail_to_other_order(machine):
    gigantic = optimized(machine, 0, 1 << 30)
    return tail_to(machine, 4, machine.head_entry(gigantic, 1).frame)


def middle_tail_to_unused(machine):
    return tail_to(machine, 4, machine.unused_frame())


def last_tail_to_unused(machine):
    return tail_to(machine, 7, machine.unused_frame())


def tail_to_ordinary(machine):
    return tail_to(machine, 4, machine.frame_of(machine.ordinary(0)))


def tail_to_unoptimized(machine):
    return tail_to(machine, 4, machine.head_entry(unoptimized(machine), 3).frame)


def tail_of_gigantic(machine):
    head = optimized(machine, 0, 1 << 30)
    machine.head_entry(head, 2000).map_to(machine.unused_frame())
    return head.pfn


def tail_writable(machine):
    head = optimized(machine)
    machine.head_entry(head, 5).raw |= RW
    return head.pfn


def all_tails_of_gigantic_writable(machine):
    head = optimized(machine, 0, 1 << 30)
    for number in range(1, head.vmemmap_pages):
        machine.head_entry(head, number).raw |= RW
    return head.pfn


def last_tail_restored(machine):
    """Caught while the vmemmap was being restored: legal."""
    entry = machine.head_entry(optimized(machine), 7)
    entry.map_to(machine.unused_frame())
    entry.raw |= RW


# Flags, counters, pages that are not optimised.


def flag_bit(machine):
    return 1 << machine.enumerator("HPG_vmemmap_optimized")


def private_of(machine, head):
    return machine.struct_page(head.pfn) + machine.offset("page", "private")


def flag_cleared(machine):
    head = optimized(machine)
    where = private_of(machine, head)
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~flag_bit(machine))
    return head.pfn


def flag_cleared_in_passing(machine):
    flag_cleared(machine)


def flag_set(machine):
    where = private_of(machine, unoptimized(machine))
    machine.dump.write_u64(where, machine.dump.read_u64(where) | flag_bit(machine))


def split(machine, index):
    """Gives a 2 MiB leaf a table of its own, as the kernel does."""
    leaf = machine.vmemmap_entry(index)
    table = machine.unused_frame() << 12
    flags = leaf.raw & ~(1 << 7) & ~0x000FFFFFFFFFF000
    machine.dump.add_page(table, b"".join(
        (leaf.frame + i << 12 | flags).to_bytes(8, "little") for i in range(512)))
    leaf.raw = table | 0x63


def unoptimized_readonly(machine):
    head = unoptimized(machine)
    if machine.head_entry(head).level:
        split(machine, head.pfn // PER_PAGE)
    machine.head_entry(head, 3).raw &= ~RW
    return head.pfn


def unoptimized_shared(machine):
    """Its last vmemmap page stayed on another page's frame."""
    head = unoptimized(machine)
    if machine.head_entry(head).level:
        split(machine, head.pfn // PER_PAGE)
    machine.head_entry(head, 7).map_to(machine.head_entry(head, 1).frame)
    return head.pfn


def hstate_of(machine, order=9):
    where = machine.symbol("hstates")
    while machine.dump.read_u32(machine.physical(where + machine.offset("hstate", "order"))) != (
            order):
        where += machine.size("hstate")
    return where


def add_one(machine, member, width):
    where = machine.physical(hstate_of(machine) + machine.offset("hstate", member))
    value = int.from_bytes(machine.dump.read(where, width), "little") + 1
    machine.dump.write(where, value.to_bytes(width, "little"))


def node_counts_one_more(machine):
    add_one(machine, "nr_huge_pages_node", 4)


def pool_counts_one_more(machine):
    add_one(machine, "nr_huge_pages", 8)


def free_counts_one_more(machine):
    """The node and the sum alike: a page that moved under the lock."""
    add_one(machine, "free_huge_pages_node", 4)
    add_one(machine, "free_huge_pages", 8)


# Frames behind the vmemmap that the dump lacks.


def kept_struct_page(machine, pfn):
    """The physical address of a struct page, which is put into the dump."""
    where = machine.struct_page(pfn)
    if where // PAGE * PAGE not in machine.dump.pages:
        machine.dump.add_page(where)
    return where


def exclude_frame(machine, level, number):
    index = machine.ordinary(level, number)
    frame = machine.frame_of(index)
    machine.dump.drop_page(frame << 12, EXCLUDED)
    for order in range(11):
        kept_struct_page(machine, frame >> order << order)
    return index, frame


def mark_buddy(machine, pfn, order):
    where = kept_struct_page(machine, pfn)
    value = int(machine.facts["NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"])
    machine.dump.write_u32(where + machine.offset("page", "_mapcount"), value & 0xFFFFFFFF)
    machine.dump.write_u64(where + machine.offset("page", "private"), order)


def frame_freed(machine):
    index, frame = exclude_frame(machine, 0, 3)
    mark_buddy(machine, frame, 0)
    return index * PER_PAGE


def frame_freed_in_block(machine):
    """Inside a free block of order 5, which is marked at its first page only."""
    index, frame = exclude_frame(machine, 0, 3)
    mark_buddy(machine, frame >> 5 << 5, 5)
    return index * PER_PAGE


def leaf_frame_freed(machine):
    index, frame = exclude_frame(machine, 1, 3)
    mark_buddy(machine, frame, 0)
    return index * PER_PAGE


def frame_excluded(machine):
    index, _ = exclude_frame(machine, 0, 3)
    return index * PER_PAGE


ALL = ("6.1-hvo", "6.1-4level", "6.12-hvo", "7.3-hvo")
HEAD_SHARING = ALL[:3]  # tails map the frame of the head
ZONE_SHARING = ALL[3:]  # tails map a frame of the zone
FLAG_LAST = ALL[:2]  # HPG_vmemmap_optimized is set after the remapping: before v6.7
FLAG_FIRST = ALL[2:]

# goldens, edit, check, severity, other checks that see it
TABLE = [
    (ALL, section_map_moved, "section-mem-map", "error"),
    (ALL, ordinary_entry_gone, "vmemmap-mapped", "error"),
    (ALL, ordinary_leaf_gone, "vmemmap-mapped", "error"),
    (ALL, head_taken_by_ordinary, "hugetlb-head-private", "error"),
    (HEAD_SHARING, head_taken_by_head, "hugetlb-head-private", "error",
     "vmemmap-orphan-sharing", "hugetlb-pool-counters"),
    (ZONE_SHARING, head_taken_by_head, "hugetlb-head-private", "error"),
    (ALL, head_taken_by_tail, "hugetlb-head-private", "error"),
    (ZONE_SHARING, tail_to_other_order, "hugetlb-tail-target", "error"),
    (ALL, middle_tail_to_unused, "hugetlb-tail-target", "error"),
    (ALL, last_tail_to_unused, "hugetlb-tail-target", "error"),
    (ALL, tail_to_ordinary, "hugetlb-tail-target", "error"),
    (ALL, tail_to_unoptimized, "hugetlb-tail-target", "error"),
    (ALL, tail_of_gigantic, "hugetlb-tail-target", "error"),
    (ALL, tail_writable, "hugetlb-tail-readonly", "error"),
    (ALL, all_tails_of_gigantic_writable, "hugetlb-tail-readonly", "error"),
    (ALL, head_readonly, "hugetlb-head-writable", "error"),
    (FLAG_FIRST, flag_cleared, "hugetlb-flag-agrees", "error"),
    (ALL, unoptimized_readonly, "hugetlb-unoptimized-private", "error"),
    (ALL, unoptimized_shared, "hugetlb-unoptimized-private", "error"),
    (ALL, ordinary_readonly, "vmemmap-orphan-sharing", "error"),
    (ALL, ordinary_shared, "vmemmap-orphan-sharing", "error"),
    (ALL, frame_freed, "vmemmap-frame-in-dump", "error"),
    (ALL, frame_freed_in_block, "vmemmap-frame-in-dump", "error"),
    (ALL, leaf_frame_freed, "vmemmap-frame-in-dump", "error"),
    (ALL, frame_excluded, "vmemmap-frame-in-dump", "note"),
    (ALL, node_counts_one_more, "hugetlb-pool-counters", "warning"),
    (ALL, pool_counts_one_more, "hugetlb-pool-counters", "warning"),
    (ALL, free_counts_one_more, "hugetlb-pool-counters", "note"),
    (ALL, last_tail_restored, "hugetlb-savings-agree", "note"),
    (ALL, flag_set, "hugetlb-savings-agree", "note"),
    (FLAG_LAST, flag_cleared_in_passing, "hugetlb-savings-agree", "note"),
]

IMAGES = [
    Image(golden, edit.__name__.replace("_", "-"), check, severity, edit, also)
    for goldens, edit, check, severity, *also in TABLE
    for golden in goldens
]
