# SPDX-License-Identifier: LGPL-2.1-or-later
"""The broken images: one fault each, and the one check that must see it.

An edit gets the Machine of a golden dump, breaks one thing in its memory and
returns the pfn that the findings must name, or None if they name none.

A few faults show in several places: @also names the checks that see them too.
What the findings must say is in WORDS.
"""
import collections
import json

from elfdump import EXCLUDED, PAGE, PRESENT, Missing
from machine import ADDRESS, P, PER_PAGE, PSE, RW

PG_LOCKED = 1  # bit 0 in every kernel
LIST_POISON = 0xDEAD000000000100

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


def section_of(machine, pfn):
    """The first pfn of the section of @pfn, and the address of its section_mem_map."""
    pages = 1 << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    return pfn // pages * pages, next(it[1] for it in machine.sections() if it[0] == pfn // pages)


def section_cleared(machine, pfn, mask=(1 << 64) - 1):
    first, where = section_of(machine, pfn)
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~mask)
    return first


def whole_section_device(machine):
    pages = 1 << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    return next(it for it in machine.devices if it.memmap == "ram" and (
        it.start % pages == 0 or it.pages > pages))


def section_of_huge_pages_zeroed(machine):
    return section_cleared(machine, optimized(machine).pfn)


def section_of_device_zeroed(machine):
    device = whole_section_device(machine)
    return section_cleared(machine, device.start + device.pages - 1)


def all_sections_zero(machine):
    """Of a kernel with one array of them: nothing else tells where the vmemmap is."""
    roots = machine.physical(int(machine.facts["SYMBOL(mem_section)"], 16))
    machine.dump.write(machine.physical(machine.dump.read_u64(roots)), bytes(PAGE))


def pointers_to_sections_zero(machine):
    roots = machine.physical(int(machine.facts["SYMBOL(mem_section)"], 16))
    machine.dump.write_u64(roots, 0)


def section_marked_absent(machine):
    return section_cleared(machine, optimized(machine).pfn, 1 << 0)


def section_marked_without_map(machine):
    return section_cleared(machine, optimized(machine).pfn, 1 << 1)


def section_marked_offline(machine):
    return section_cleared(machine, optimized(machine).pfn, 1 << 2)


def section_of_device_marked_online(machine):
    device = whole_section_device(machine)
    first, where = section_of(machine, device.start + device.pages - 1)
    machine.dump.write_u64(where, machine.dump.read_u64(where) | 1 << 2)
    return first


EARLY_MARK = 1 << 3


def section_with_huge_pages_marked_plugged(machine):
    return section_cleared(machine, optimized(machine).pfn, EARLY_MARK)


def section_marked_plugged(machine):
    number, where, value = list(machine.sections())[3]
    machine.dump.write_u64(where, value & ~EARLY_MARK)
    return number << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12


def section_of_device_marked_early(machine):
    device = whole_section_device(machine)
    first, where = section_of(machine, device.start + device.pages - 1)
    machine.dump.write_u64(where, machine.dump.read_u64(where) | EARLY_MARK)
    return first


def section_map_garbage(machine):
    first, where = section_of(machine, optimized(machine).pfn)
    machine.dump.write_u64(where, 0xDEADBEEFCAFEF00F)
    return first


def highest_section_lowered(machine):
    """The first present section above it begins the finding."""
    machine.dump.write_u64(machine.physical(machine.symbol("__highest_present_section_nr")), 20)
    pages = 1 << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    return min(number for number, _, _ in machine.sections() if number > 20) * pages


def usage_of(machine):
    """Of a device's section: the address of the pointer, and the pointer."""
    pages = 1 << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    start = next(it for it in machine.devices if it.start % pages == 0 or it.pages > pages).start
    where = next(it[1] for it in machine.sections() if it[0] == start // pages)
    where += machine.offset("mem_section", "usage") - machine.offset("mem_section",
                                                                     "section_mem_map")
    return start // pages * pages, where, machine.dump.read_u64(where)


def section_without_usage(machine):
    pfn, where, _ = usage_of(machine)
    machine.dump.write_u64(where, 0)
    return pfn


def section_with_usage_nowhere(machine):
    pfn, where, _ = usage_of(machine)
    machine.dump.write_u64(where, 0x1234567812345678)
    return pfn


def section_with_usage_no_address(machine):
    """One bit: the processor takes no such address, whatever the tables say of the rest."""
    pfn, where, value = usage_of(machine)
    machine.dump.write_u64(where, value ^ 1 << 60)
    return pfn


def section_of_no_valid_part(machine):
    pfn, _, usage = usage_of(machine)
    where = machine.physical(usage + machine.offset("mem_section_usage", "subsection_map"))
    machine.dump.write_u64(where, 0)
    return pfn


OTHER_VMEMMAP = 0xFFFFF1A000000000


def not_of_boot(machine, frame):
    where = machine.kept_struct_page(frame) + machine.offset("page", "flags")
    flag = 1 << machine.enumerator("PG_reserved")
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~flag)


def plugged_memory_overwritten(machine):
    """Section 6, hot-plugged, has the frames of a leaf: they hold a capture kernel's struct pages."""
    index = machine.ordinary(1) // 512 * 512
    pages = 1 << int(machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    _, where, value = next(it for it in machine.sections() if it[0] == 6)
    machine.dump.write_u64(where, value & ~EARLY_MARK)
    for number in range(0, pages // PER_PAGE, 8):
        not_of_boot(machine, machine.frame_of(6 * pages // PER_PAGE + number))
    entry, first = machine.vmemmap_entry(index), 6 * pages
    usage = machine.dump.read_u64(where + machine.offset("mem_section", "usage") -
                                  machine.offset("mem_section", "section_mem_map"))
    valid = machine.physical(usage + machine.offset("mem_section_usage", "subsection_map"))
    machine.dump.add_page(valid)
    machine.dump.write_u64(valid, (1 << 64) - 1)
    in_use = machine.dump.read(machine.physical(machine.vmemmap + entry.frame * 64), 64)
    entry.raw = entry.raw & ~ADDRESS | entry.raw & 1 << 12 | first * PAGE
    for number in range(512):
        page, own = bytearray(PAGE), machine.physical(machine.vmemmap + (first + number) * 64)
        if own % PAGE == 0:
            machine.dump.add_page(own)
        machine.dump.write(own, in_use)
        for i in range(PER_PAGE):
            link = OTHER_VMEMMAP + ((index + number) * PER_PAGE + i) * 64 + 8
            page[i * 64 + 8:i * 64 + 24] = link.to_bytes(8, "little") * 2
        machine.dump.add_page((first + number) * PAGE, page)


PREINIT_MARK = 1 << 5


def marked_section_without_mark(machine):
    _, where, value = [it for it in machine.sections() if it[2] & PREINIT_MARK][3]
    machine.dump.write_u64(where, value ^ PREINIT_MARK)


def section_of_boot_marked(machine):
    _, where, value = list(machine.sections())[3]
    machine.dump.write_u64(where, value | PREINIT_MARK)


def plugged_section_marked(machine):
    _, where, value = list(machine.sections())[-1]
    machine.dump.write_u64(where, value | PREINIT_MARK)


def entry_gone(machine, level):
    index = machine.ordinary(level)
    machine.vmemmap_entry(index).raw &= ~P
    span = 512 ** level
    return index // span * span * PER_PAGE


def ordinary_entry_gone(machine):
    return entry_gone(machine, 0)


def ordinary_leaf_gone(machine):
    return entry_gone(machine, 1)


def table_beyond(machine):
    """The table is where no memory is: no dump leaves it out."""
    index = machine.ordinary(0)
    table = list(machine.tables(machine.vmemmap + index * PAGE))[-2]
    table.raw |= 1 << 50
    return index // 512 * 512 * PER_PAGE


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


def head_moved_to(machine, head, data):
    """Its vmemmap page's entry leads to another frame, the tails to the one that it had."""
    entry, frame = machine.head_entry(head), machine.unused_frame()
    machine.dump.add_page(frame * PAGE, data or bytes(machine.dump.page_of(entry.frame * PAGE)))
    entry.map_to(frame)
    return head.pfn


def head_moved_out_of_sight(machine):
    """To a frame that the dump leaves out: page tables alone show it."""
    head = optimized(machine)
    machine.head_entry(head).map_to(machine.unused_frame())
    return head.pfn


def head_moved(machine):
    return head_moved_to(machine, optimized(machine), None)


def head_of_gigantic_moved(machine):
    return head_moved_to(machine, optimized(machine, size=1 << 30), None)


def gigantic_keeps_two(machine):
    """The other tails map the frame of the second page, which holds tails as the zone's does."""
    head, frame = optimized(machine, size=1 << 30), machine.unused_frame()
    tails = machine.dump.page_of(machine.head_entry(head, 1).frame * PAGE)
    machine.dump.add_page(frame * PAGE, bytes(tails))
    for number in range(1, head.size // PAGE // PER_PAGE):
        machine.head_entry(head, number).map_to(frame)
    machine.head_entry(head, 1).raw |= RW
    return head.pfn


def keeps_more_frames(machine, head, kept):
    """The tails behind them map the zone's frame, as they should."""
    tails = bytes(machine.dump.page_of(machine.head_entry(head, 1).frame * PAGE))
    for number in range(1, kept):
        frame, entry = machine.unused_frame(), machine.head_entry(head, number)
        machine.dump.add_page(frame * PAGE, tails)
        entry.map_to(frame)
        entry.raw |= RW
    return head.pfn


def used_keeps_two_frames(machine):
    return keeps_more_frames(machine, optimized(machine), 2)


def free_keeps_two_frames(machine):
    return keeps_more_frames(machine, optimized(machine, -1), 2)


def free_keeps_three_frames(machine):
    return keeps_more_frames(machine, optimized(machine, -1), 3)


def keeps_two(machine):
    """As kernels before v5.18 do: the second page is kept too, and the others map its frame."""
    head, frame = optimized(machine), machine.unused_frame()
    tail = machine.dump.read(machine.kept_struct_page(head.pfn + 32), PAGE // PER_PAGE)
    machine.dump.add_page(frame * PAGE, bytes(tail) * PER_PAGE)
    for number in range(1, 8):
        machine.head_entry(head, number).map_to(frame)
    machine.head_entry(head, 1).raw |= RW
    return head.pfn


def head_moved_to_blank(machine):
    return head_moved_to(machine, optimized(machine), bytes(PAGE))


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


def tail_to_free(machine):
    frame = machine.unused_frame()
    mark_buddy(machine, frame >> 3 << 3, 3)
    return tail_to(machine, 4, frame)


def tail_to_slab(machine):
    frame = machine.unused_frame()
    mark_slab(machine, frame)
    return tail_to(machine, 4, frame)


def tail_to_beyond(machine):
    return tail_to(machine, 4, 1 << 36)


def tail_of_gigantic(machine):
    head = optimized(machine, 0, 1 << 30)
    machine.head_entry(head, 2000).map_to(machine.unused_frame())
    return head.pfn


def table_readonly(machine, index):
    """The entry of the next level, for all that the table below maps."""
    *_, above, _ = machine.tables(machine.vmemmap + index * PAGE)
    above.raw &= ~RW


def device_table_readonly(machine):
    """Of a device of 1 GiB pages: nothing else is in its tables."""
    pfn = device(machine, align=1 << 18).compound()
    table_readonly(machine, pfn // PER_PAGE)
    return pfn


def upper_readonly(machine, index, level):
    """The entry of @level; the pfn of the first struct page below it in boot memory."""
    upper = next(e for e in machine.tables(machine.vmemmap + index * PAGE) if e.level == level)
    upper.raw &= ~RW


def table_of_huge_pages_readonly(machine):
    index = optimized(machine).pfn // PER_PAGE
    upper_readonly(machine, index, 1)
    return index // 512 * 512 * PER_PAGE


def tables_of_tables_readonly(machine):
    upper_readonly(machine, optimized(machine).pfn // PER_PAGE, 2)
    return 0


def upper_entry(machine, level):
    """That of huge pages, and the first pfn in memory whose struct page is below it."""
    index = optimized(machine).pfn // PER_PAGE
    entry = next(e for e in machine.tables(machine.vmemmap + index * PAGE) if e.level == level)
    return entry, index // 512 * 512 * PER_PAGE if level == 1 else 0


def table_entry_cleared(machine):
    entry, pfn = upper_entry(machine, 1)
    entry.raw = 0
    return pfn


def entry_of_tables_cleared(machine):
    """Below are several stretches of memory, and devices with an altmap."""
    entry, pfn = upper_entry(machine, 2)
    entry.raw = 0
    return pfn


def entry_of_tables_beyond(machine):
    entry, pfn = upper_entry(machine, 2)
    entry.raw |= 1 << 50
    return pfn


def entry_of_tables_reserved(machine):
    """The bit of a larger leaf, where the processor knows none: half a terabyte and above."""
    entry, pfn = upper_entry(machine, 3)
    entry.raw |= PSE
    return pfn


def table_of_tables_emptied(machine):
    entry, pfn = upper_entry(machine, 2)
    machine.dump.write(entry.raw & ADDRESS, bytes(PAGE))
    return pfn


def table_of(machine, level):
    """The entry of a higher level that leads to a table of @level, and the first pfn below."""
    index = machine.ordinary(0)
    entry = next(e for e in machine.tables(machine.vmemmap + index * PAGE) if e.level == level + 1)
    return entry, 0 if level else index // 512 * 512 * PER_PAGE


def table_freed(machine, level=0):
    entry, pfn = table_of(machine, level)
    mark_buddy(machine, (entry.raw & ADDRESS) // PAGE, 0)
    return pfn


def table_of_tables_freed(machine):
    return table_freed(machine, 1)


def table_without_reference(machine):
    entry, pfn = table_of(machine, 0)
    machine.own((entry.raw & ADDRESS) // PAGE, references=0)
    return pfn


def table_slab(machine):
    entry, pfn = table_of(machine, 0)
    mark_slab(machine, (entry.raw & ADDRESS) // PAGE)
    return pfn


def table_on_lru(machine):
    entry, pfn = table_of(machine, 1)
    machine.own((entry.raw & ADDRESS) // PAGE)
    flag_added(machine, (entry.raw & ADDRESS) // PAGE, "PG_lru")
    return pfn


def table_moved_to(machine, level, frame):
    entry, pfn = table_of(machine, level)
    machine.dump.add_page(frame * PAGE, bytes(machine.dump.page_of(entry.raw & ADDRESS)))
    entry.raw = entry.raw & ~ADDRESS | frame * PAGE
    return pfn


def table_in_huge_page(machine):
    return table_moved_to(machine, 0, unoptimized(machine).pfn + 77)


def table_in_device(machine):
    return table_moved_to(machine, 0, device(machine, "device").start + 100)


def table_of_tables_in_no_memory(machine):
    return table_moved_to(machine, 1, 1 << 36)


def first_leaf(machine):
    """Of boot memory: the vmemmap page where a larger leaf begins."""
    return next(i for i in machine.boot_vmemmap() if machine.vmemmap_entry(i).level == 1)


def entry_above(machine, index):
    return next(e for e in machine.tables(machine.vmemmap + index * PAGE) if e.level == 1)


def table_serves_twice(machine):
    """The entry of a leaf leads to the table of huge pages."""
    index = first_leaf(machine)
    machine.vmemmap_entry(index).raw = entry_above(machine, optimized(machine).pfn // PER_PAGE).raw
    return index * PER_PAGE


def table_copied(machine):
    """The entry of a leaf leads to a copy of the table of huge pages."""
    index, frame = first_leaf(machine), machine.unused_frame()
    source = entry_above(machine, optimized(machine).pfn // PER_PAGE).raw
    machine.dump.add_page(frame * PAGE, bytes(machine.dump.page_of(source & ADDRESS)))
    machine.vmemmap_entry(index).raw = source & ~ADDRESS | frame * PAGE
    return index * PER_PAGE


def table_filled(machine, words):
    """The table of huge pages holds what somebody else wrote."""
    table = entry_above(machine, optimized(machine).pfn // PER_PAGE).raw & ADDRESS
    machine.dump.write(table, words * (PAGE // len(words)))
    return optimized_table_pfn(machine)


def optimized_table_pfn(machine):
    return optimized(machine).pfn // PER_PAGE // 512 * 512 * PER_PAGE


def table_zeroed(machine):
    return table_filled(machine, bytes(8))


def table_overwritten_with_text(machine):
    """Every second word has the lowest bit set."""
    return table_filled(machine, b"GET / HTTP/1.1\r\n")


def table_overwritten_with_pointers(machine):
    return table_filled(machine, (0xfffff1a000000040).to_bytes(8, "little"))


def ordinary_in_table(machine):
    """Its struct pages are in the table that maps them."""
    index = machine.ordinary(0)
    machine.vmemmap_entry(index).map_to(entry_above(machine, index).raw // PAGE & ADDRESS // PAGE)
    return index * PER_PAGE


def tails_in_table(machine):
    """All of one page."""
    head = optimized(machine)
    frame = entry_above(machine, head.pfn // PER_PAGE).raw // PAGE & ADDRESS // PAGE
    for number in range(1, head.vmemmap_pages):
        machine.head_entry(head, number).map_to(frame)
    return head.pfn


def leaf_with_reserved_bit(machine):
    """Bit 14 of a larger leaf: every access faults."""
    index = first_leaf(machine)
    machine.vmemmap_entry(index).raw |= 1 << 14
    return index * PER_PAGE


def device_table_replaced(machine, source):
    """By the table that serves vmemmap page @source."""
    index = device(machine).start // PER_PAGE
    entry_above(machine, index).raw = entry_above(machine, source).raw


def table_serves_device_too(machine):
    device_table_replaced(machine, optimized(machine).pfn // PER_PAGE)


def table_serves_two_devices(machine):
    own = entry_above(machine, device(machine).start // PER_PAGE).address
    others = [it.start // PER_PAGE for it in machine.devices if it.memmap == "ram"]
    device_table_replaced(machine, next(i for i in others
                                        if entry_above(machine, i).address != own))


def leaf_over_frames(machine, level):
    """The entry of a table of huge pages becomes a leaf that has the frame of a head in it."""
    head = optimized(machine)
    index, frame = head.pfn // PER_PAGE, machine.head_entry(head).frame
    entry = next(e for e in machine.tables(machine.vmemmap + index * PAGE) if e.level == level)
    entry.raw = entry.raw & ~ADDRESS | PSE | frame >> 9 * level << 9 * level + 12
    return index // 512 * 512 * PER_PAGE if level == 1 else 0


def leaf_over_other_struct_pages(machine):
    return leaf_over_frames(machine, 1)


def leaf_larger_than_any(machine):
    return leaf_over_frames(machine, 2)


def ordinary_in_device(machine):
    index = machine.ordinary(0)
    frame = device(machine, "device").start + 100
    machine.dump.add_page(frame * PAGE)
    machine.vmemmap_entry(index).map_to(frame)
    return index * PER_PAGE


def ordinary_leaf_in_device(machine):
    index, first = machine.ordinary(1), device(machine, "device").start + 1024 >> 9 << 9
    leaf = machine.vmemmap_entry(index)
    leaf.raw = leaf.raw & ~ADDRESS | leaf.raw & 1 << 12 | first << 12
    for frame in range(first, first + 512):
        machine.dump.add_page(frame * PAGE)
    return index // 512 * 512 * PER_PAGE


def moved_into_device(machine, index):
    """With what it holds, where the first device has data."""
    entry, frame = machine.vmemmap_entry(index), device(machine, "device").start + 5000
    machine.dump.add_page(frame * PAGE, bytes(machine.dump.page_of(entry.frame * PAGE)))
    entry.map_to(frame)


def unoptimized_tails_in_device(machine):
    index = unoptimized(machine).pfn // PER_PAGE + 3
    if machine.vmemmap_entry(index).level:
        split(machine, index)
    moved_into_device(machine, index)
    return index * PER_PAGE


def dax_head_in_another_device(machine):
    pfn = device_page(machine, 1)
    moved_into_device(machine, pfn // PER_PAGE)
    return pfn


def dax_head_in_its_own_device(machine):
    """The device has no altmap: nothing of it is in itself."""
    target = next(it for it in machine.devices if it.memmap == "ram" and it.align == 512)
    pfn = target.compound(1)
    machine.vmemmap_entry(pfn // PER_PAGE).map_to(pfn + 300)
    return pfn


def larger_leaf_moved(machine):
    """Two stretches of ordinary memory have the same struct pages."""
    first, second = machine.vmemmap_entry(machine.ordinary(1)), None
    for index in machine.boot_vmemmap():
        second = machine.vmemmap_entry(index)
        if second.level == 1 and second.address != first.address and second.raw & P:
            break
    first.raw = second.raw


def larger_leaf_readonly(machine):
    index = machine.ordinary(1)
    upper_readonly(machine, index, 1)
    return index // 512 * 512 * PER_PAGE


USER = 1 << 2


def ordinary_for_programs(machine):
    index = machine.ordinary(0)
    machine.vmemmap_entry(index).raw |= USER
    return index * PER_PAGE


def larger_leaf_for_programs(machine):
    index = machine.ordinary(1)
    machine.vmemmap_entry(index).raw |= USER
    return index // 512 * 512 * PER_PAGE


def tails_for_programs(machine):
    head = optimized(machine)
    for number in range(1, 8):
        machine.head_entry(head, number).raw |= USER
    return head.pfn + PER_PAGE


def table_for_programs(machine):
    """All entries in it, of huge pages and of others."""
    first = optimized(machine).pfn // PER_PAGE // 512 * 512
    for index in range(first, first + 512):
        machine.vmemmap_entry(index).raw |= USER
    return first * PER_PAGE


def dax_page_for_programs(machine):
    pfn = device_page(machine)
    for number in range(8):
        device_entry(machine, pfn, number).raw |= USER
    return pfn


def tail_writable_in_readonly_table(machine):
    """Two faults, of which one does not hide the other."""
    table_of_huge_pages_readonly(machine)
    return tail_writable(machine)


def tail_writable(machine):
    head = optimized(machine)
    machine.head_entry(head, 5).raw |= RW
    return head.pfn


def all_tails_of_gigantic_writable(machine):
    head = optimized(machine, 0, 1 << 30)
    for number in range(1, head.vmemmap_pages):
        machine.head_entry(head, number).raw |= RW
    return head.pfn


def count_memmap(machine, number):
    """As the kernel counts frames of the memmap, if it does."""
    try:
        where = machine.physical(machine.symbol("nr_memmap_pages"))
    except KeyError:
        return
    machine.dump.write_u64(where, machine.dump.read_u64(where) + number)


def last_tail_with_own_frame(machine):
    count_memmap(machine, 1)
    head = optimized(machine)
    entry = machine.head_entry(head, 7)
    entry.map_to(machine.unused_frame())
    entry.raw |= RW
    return head.pfn


def last_tail_restored(machine):
    """Caught while the vmemmap was being restored: legal, since no pool counts the page."""
    last_tail_with_own_frame(machine)
    take_out(machine, optimized(machine))


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


def flag_cleared_of_gigantic(machine):
    head = optimized(machine, 0, 1 << 30)
    where = private_of(machine, head)
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~flag_bit(machine))
    return head.pfn


def flags_moved(machine):
    """Each flag of a huge page in the place of the one before: as with types of another kernel."""
    for head in machine.heads:
        where = private_of(machine, head)
        machine.dump.write_u64(where, machine.dump.read_u64(where) >> 1)


def flags_of_all_cleared(machine):
    for head in machine.heads:
        machine.dump.write_u64(private_of(machine, head), 0)


def flag_cleared_in_passing(machine):
    flag_cleared(machine)
    take_out(machine, optimized(machine))


def flag_cleared_of_linked(machine):
    """A page is being made beside it, which no pool counts; a list links this one."""
    take_out(machine, optimized(machine, 1))
    return flag_cleared(machine)


def flag_set(machine):
    head = unoptimized(machine)
    where = private_of(machine, head)
    machine.dump.write_u64(where, machine.dump.read_u64(where) | flag_bit(machine))
    return head.pfn


def flag_set_of_all(machine):
    for head in machine.heads:
        where = private_of(machine, head)
        machine.dump.write_u64(where, machine.dump.read_u64(where) | flag_bit(machine))


def flag_set_in_passing(machine):
    flag_set(machine)
    take_out(machine, unoptimized(machine))


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


def take_out(machine, head):
    """Off its list, and no longer counted: as the kernel does before it restores."""
    where = machine.struct_page(head.pfn)
    node = machine.dump.read_u64(where) >> 54
    pool = hstate_of(machine, (head.size // PAGE).bit_length() - 1)
    freed = machine.dump.read_u64(private_of(machine, head)) >> machine.enumerator("HPG_freed") & 1
    for member, width in (("nr_huge_pages", 8), ("nr_huge_pages_node", 4)) + (
            (("free_huge_pages", 8), ("free_huge_pages_node", 4)) if freed else ()):
        at = pool + machine.offset("hstate", member) + (4 * node if width == 4 else 0)
        at = machine.physical(at)
        value = int.from_bytes(machine.dump.read(at, width), "little") - 1
        machine.dump.write(at, value.to_bytes(width, "little"))
    links = where + machine.offset("page", "lru")
    machine.dump.write_u64(links, LIST_POISON)
    machine.dump.write_u64(links + 8, LIST_POISON + 0x22)


def head_zeroed(machine):
    head = optimized(machine)
    machine.dump.write(machine.struct_page(head.pfn), bytes(64))
    return head.pfn


def head_frame_all_ones(machine):
    """The head and all else in its frame, which may be the one of the tails."""
    head = optimized(machine)
    machine.dump.write(machine.struct_page(head.pfn), b"\xff" * PAGE)
    return head.pfn


def mark_wiped(machine):
    return mark_wiped_of(machine, optimized(machine))


def mark_wiped_of(machine, head):
    """As a plain compound page has it: the pool's counters and lists still have the page."""
    where = machine.struct_page(head.pfn)
    members = machine.profile["structs"]["page"]["members"]
    if "compound_dtor" in members:
        machine.dump.write(where + 64 + members["compound_dtor"]["offset"], b"\1")
    else:
        machine.dump.write_u32(where + machine.offset("page", "_mapcount"), 0xFFFFFFFF)
    return head.pfn


# Pages that left their pool: what their struct page has become, with the tails still shared.


def link_through(machine, links, other, which):
    """What a link of one taken off its list leads to now leads past it, if that is in the dump."""
    try:
        where = machine.physical(machine.dump.read_u64(links + 8 * which)) + 8 * (1 - which)
        if machine.dump.read_u64(where):  # else it was not kept
            machine.dump.write_u64(where, machine.dump.read_u64(links + 8 * other))
    except Missing:
        pass


def removed(machine, head):
    """Off its list, neither counted nor mapped, with the one reference of who frees it."""
    where = machine.struct_page(head.pfn)
    for which in range(2):
        link_through(machine, where + machine.offset("page", "lru"), 1 - which, which)
    take_out(machine, head)
    machine.dump.write_u64(where + machine.offset("page", "mapping"), 0)
    machine.dump.write_u32(where + machine.offset("page", "_refcount"), 1)


def mark_removed(machine, head):
    """As a plain compound page has it; of a gigantic one NULL_COMPOUND_DTOR."""
    members = machine.profile["structs"]["page"]["members"]
    if "compound_dtor" in members:
        where = machine.struct_page(head.pfn) + 64 + members["compound_dtor"]["offset"]
        machine.dump.write(where, b"\1" if head.size < 1 << 30 else b"\0")
    else:
        where = machine.struct_page(head.pfn) + machine.offset("page", "_mapcount")
        machine.dump.write_u32(where, 0xFFFFFFFF)


def dtor_zero(machine):
    """The pool still counts it, and its list holds it."""
    head = optimized(machine)
    where = machine.struct_page(head.pfn) + 64 + machine.offset("page", "compound_dtor")
    machine.dump.write(where, b"\0")
    return head.pfn


def dtor_of_gigantic_zero(machine):
    """The same; it is in use, and mapped."""
    head = optimized(machine, 0, 1 << 30)
    mark_removed(machine, head)
    return head.pfn


def dtor_of_gigantic_zero_and_mapped(machine):
    """In no pool: but who gives a page back has no user's mapping in it."""
    head = optimized(machine, 0, 1 << 30)
    where = machine.struct_page(head.pfn) + machine.offset("page", "mapping")
    mapping = machine.dump.read_u64(where)
    removed(machine, head)
    mark_removed(machine, head)
    machine.dump.write_u64(where, mapping)
    return head.pfn


def mark_of_unoptimized_wiped(machine):
    """A list of its pool has it: the one before it there is named."""
    head = unoptimized(machine)
    mark_removed(machine, head)


def given_back(machine, size):
    head = optimized(machine, 0, size)
    removed(machine, head)
    mark_removed(machine, head)
    return head.pfn


def mark_removed_in_passing(machine):
    """The restore is yet to come."""
    return given_back(machine, 2 << 20)


def mark_of_gigantic_removed_in_passing(machine):
    return given_back(machine, 1 << 30)


def gigantic_without_mark_yet(machine):
    """Its tails are shared; where the destructor will be are the links of a page allocated."""
    pfn = given_back(machine, 1 << 30)
    machine.dump.write(machine.struct_page(pfn + 1) + machine.offset("page", "compound_dtor"),
                       b"\x22")
    machine.dump.write_u64(struct_page_of(machine, pfn, "private"), 0)
    machine.dump.write_u32(struct_page_of(machine, pfn, "_refcount"), 0)
    return pfn


def given_away(machine, size, to):
    """Not restored, and it has an owner by now; its PG_head is still there."""
    pfn = given_back(machine, size)
    machine.dump.write_u64(struct_page_of(machine, pfn, "private"), 0)
    to(machine, pfn)
    return pfn


def to_buddy(machine, pfn):
    mark_buddy(machine, pfn, 9)
    machine.dump.write_u32(struct_page_of(machine, pfn, "_refcount"), 0)


def without_head(machine, pfn):
    where = struct_page_of(machine, pfn, "flags")
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~(
        1 << machine.enumerator("PG_head")))


def to_table(machine, pfn):
    """PG_table is a bit that is clear in older kernels."""
    value = machine.enumerator("PGTY_table")
    machine.dump.write_u32(struct_page_of(machine, pfn, "_mapcount"),
                           value << 24 if value else 0xFFFFFDFF)


def freed_unrestored(machine):
    return given_away(machine, 2 << 20, to_buddy)


def freed_unrestored_and_no_head(machine):
    """All of it, as free_pages_prepare() leaves it."""
    pfn = given_away(machine, 2 << 20, to_buddy)
    without_head(machine, pfn)
    return pfn


def gigantic_freed_unrestored(machine):
    return given_away(machine, 1 << 30, to_buddy)


def gigantic_freed_unrestored_and_no_head(machine):
    pfn = given_away(machine, 1 << 30, to_buddy)
    without_head(machine, pfn)
    return pfn


def head_in_buddy(machine):
    """Its pool counts it, and its list holds it. Older marks of huge pages are elsewhere."""
    head = optimized(machine)
    mark_buddy(machine, head.pfn, 9)
    return head.pfn


def marked_and_freed(machine):
    """No pool counts it, and its mark and flag are still there."""
    head = optimized(machine)
    removed(machine, head)
    where = struct_page_of(machine, head.pfn, "private")
    flags = machine.dump.read_u64(where)
    mark_buddy(machine, head.pfn, 9)
    machine.dump.write_u64(where, flags)
    return head.pfn


def slab_unrestored(machine):
    return given_away(machine, 2 << 20, mark_slab)


def table_unrestored(machine):
    return given_away(machine, 2 << 20, to_table)


def lru_unrestored(machine):
    return given_away(machine, 2 << 20, lambda machine, pfn: flag_added(machine, pfn, "PG_lru"))


def gigantic_lru_unrestored(machine):
    return given_away(machine, 1 << 30, lambda machine, pfn: flag_added(machine, pfn, "PG_lru"))


def reserved_unrestored(machine):
    return given_away(machine, 2 << 20,
                      lambda machine, pfn: flag_added(machine, pfn, "PG_reserved"))


def twelve_freed_unrestored(machine):
    for number in range(12):
        head = optimized(machine, number)
        removed(machine, head)
        mark_removed(machine, head)
        machine.dump.write_u64(struct_page_of(machine, head.pfn, "private"), 0)
        to_buddy(machine, head.pfn)
    return optimized(machine).pfn


def three_without_flag_and_uncounted(machine):
    """More than the kernel changes at a time, where nobody but it makes pages."""
    for number in range(3):
        head = optimized(machine, number)
        where = private_of(machine, head)
        machine.dump.write_u64(where, machine.dump.read_u64(where) & ~flag_bit(machine))
        take_out(machine, head)


def node_counts_one_more(machine):
    add_one(machine, "nr_huge_pages_node", 4)


def pool_counts_one_more(machine):
    add_one(machine, "nr_huge_pages", 8)


def free_counts_one_more(machine):
    """The node and the sum alike: a page that moved under the lock."""
    add_one(machine, "free_huge_pages_node", 4)
    add_one(machine, "free_huge_pages", 8)


# Frames behind the vmemmap that the dump lacks.


def exclude_frame(machine, level, number):
    index = machine.ordinary(level, number)
    frame = machine.frame_of(index)
    machine.dump.drop_page(frame << 12, EXCLUDED)
    for order in range(11):
        machine.kept_struct_page(frame >> order << order)
    return index, frame


def mark_buddy(machine, pfn, order):
    where = machine.kept_struct_page(pfn)
    value = int(machine.facts["NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"])
    machine.dump.write_u32(where + machine.offset("page", "_mapcount"), value & 0xFFFFFFFF)
    machine.dump.write_u64(where + machine.offset("page", "private"), order)


def mark_slab(machine, pfn):
    """A page type; of older kernels a flag."""
    where = machine.kept_struct_page(pfn)
    value = machine.enumerator("PGTY_slab")
    if value:
        machine.dump.write_u32(where + machine.offset("page", "_mapcount"), value << 24)
    else:
        flag_added(machine, pfn, "PG_slab")


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


def leaf_beyond(machine):
    """One entry, and 512 frames that there are not."""
    index = machine.ordinary(1)
    machine.vmemmap_entry(index).raw |= 1 << 50
    return index // 512 * 512 * PER_PAGE


def frame_excluded(machine):
    index, _ = exclude_frame(machine, 0, 3)
    return index * PER_PAGE


# Compound pages of devices: two vmemmap pages kept, the others on the second one's frame.


def device(machine, memmap="ram", align=512):
    return next(d for d in machine.devices if (d.memmap, d.align) == (memmap, align))


def device_entry(machine, pfn, number):
    return machine.vmemmap_entry(pfn // PER_PAGE + number)


def entries_swapped(one, other):
    frame = one.frame
    one.map_to(other.frame)
    other.map_to(frame)


def device_page(machine, number=0):
    return device(machine).compound(number)


def tail_frame(machine, pfn):
    return device_entry(machine, pfn, 1).frame


def dax_middle_tail_to_unused(machine):
    pfn = device_page(machine)
    device_entry(machine, pfn, 4).map_to(machine.unused_frame())
    return pfn


def dax_last_tail_to_unused(machine):
    """Devices know no transition: half shared is wrong even with a frame of its own."""
    pfn = device_page(machine)
    device_entry(machine, pfn, 7).map_to(machine.unused_frame())
    return pfn


def dax_tail_of_gigantic_in_another_section(machine):
    pfn = device(machine, align=1 << 18).compound()
    device_entry(machine, pfn, 3000).map_to(machine.unused_frame())
    return pfn


def dax_keeps_one(machine):
    """All tails map the frame of the head."""
    pfn = device_page(machine)
    for number in range(1, 8):
        device_entry(machine, pfn, number).map_to(device_entry(machine, pfn, 0).frame)
    return pfn


def dax_second_page_on_head(machine):
    """The entry that is wrong is the second page's, though its frame should be the tails'."""
    pfn = device_page(machine)
    device_entry(machine, pfn, 1).map_to(device_entry(machine, pfn, 0).frame)
    return pfn


def dax_second_page_of_gigantic_on_head(machine):
    """All other tails of all its sections map the frame that the second page should."""
    pfn = device(machine, align=1 << 18).compound()
    device_entry(machine, pfn, 1).map_to(device_entry(machine, pfn, 0).frame)
    return pfn


def dax_head_on_second(machine, align=512):
    pfn = device(machine, align=align).compound(1 if align == 512 else 0)
    device_entry(machine, pfn, 0).map_to(tail_frame(machine, pfn))
    return pfn


def dax_head_of_gigantic_on_second(machine):
    return dax_head_on_second(machine, 1 << 18)


def dax_pages_of_metadata_keep_two(machine):
    """All others keep one vmemmap page, and map the frame of their head behind all tails."""
    devices = [d for d in machine.devices if d.memmap == "ram" and d.align > 1]
    heads = [(pfn, d.align) for d in devices
             for pfn in range(d.start, d.start + d.pages, d.align)]
    for pfn, pages in heads:
        frame = device_entry(machine, pfn, 0).frame
        for number in range(1, pages // PER_PAGE):
            entry = device_entry(machine, pfn, number)
            entry.map_to(frame)
            entry.raw &= ~RW
    count_memmap(machine, -len(heads))


def dax_pgmap_of_all_heads(machine):
    """Those of one device name something else."""
    target = device(machine)
    for number in range(target.pages // target.align):
        where = struct_page_of(machine, target.compound(number), "lru")
        machine.dump.write_u64(where, 0xFFFF8880DEAD0000)
    return target.start


def dax_tail_referenced(machine):
    pfn = device_page(machine, 3)
    where = machine.kept_struct_page(pfn + 70)
    machine.dump.write_u32(where + machine.offset("page", "_refcount"), 1)
    return pfn


def dax_tail_to_neighbour(machine):
    pfn = device_page(machine, 1)
    device_entry(machine, device_page(machine), 5).map_to(tail_frame(machine, pfn))
    return pfn


def dax_head_taken_by_ordinary(machine):
    pfn = device_page(machine)
    machine.vmemmap_entry(machine.ordinary(0)).map_to(device_entry(machine, pfn, 0).frame)
    return pfn


def dax_tail_readonly(machine):
    pfn = device_page(machine)
    device_entry(machine, pfn, 5).raw &= ~RW
    return pfn


def dax_head_nowhere(machine):
    pfn = device_page(machine, 1)
    device_entry(machine, pfn, 0).map_to(1 << 36)
    return pfn


def dax_tails_nowhere(machine):
    pfn = device_page(machine, 1)
    for number in range(1, 8):
        device_entry(machine, pfn, number).map_to(1 << 36)
    return pfn + PER_PAGE


def dax_tail_nowhere(machine):
    pfn = device_page(machine, 1)
    device_entry(machine, pfn, 4).map_to(1 << 36)
    return pfn


def dax_frames_swapped(machine, numbers):
    """Those vmemmap pages of two compound pages of one device."""
    for number in numbers:
        entries_swapped(*(device_entry(machine, device_page(machine, page), number)
                          for page in (1, 4)))


def dax_head_frames_swapped(machine):
    """Nothing in idle heads of one device tells them apart where tails hold a mask."""
    dax_frames_swapped(machine, [0])


def dax_tail_frames_swapped(machine):
    """The second page and all that share its frame; the same is true of these."""
    dax_frames_swapped(machine, range(1, 8))


def dax_second_page_frames_swapped(machine):
    dax_frames_swapped(machine, [1])


def dax_head_readonly(machine):
    pfn = device_page(machine)
    device_entry(machine, pfn, 0).raw &= ~RW
    return pfn


def dax_reference(machine, step):
    pfn = device_page(machine)
    where = machine.kept_struct_page(tail_frame(machine, pfn))
    where += machine.offset("page", "_refcount")
    machine.dump.write_u32(where, machine.dump.read_u32(where) + step)
    return pfn


def dax_reference_lost(machine):
    return dax_reference(machine, -1)


def dax_reference_leaked(machine):
    return dax_reference(machine, 1)


def dax_page_unshared(machine):
    """A compound page whose struct pages are all there, in a device that shares."""
    pfn = device_page(machine)
    count_memmap(machine, 6)
    tails = machine.dump.read(tail_frame(machine, pfn) << 12, PAGE)
    for number in range(2, 8):
        frame = machine.unused_frame()
        machine.dump.add_page(frame << 12, tails)
        device_entry(machine, pfn, number).map_to(frame)
    where = machine.kept_struct_page(tail_frame(machine, pfn))
    machine.dump.write_u32(where + machine.offset("page", "_refcount"), 1)


def dax_memmap_outside_altmap(machine):
    """The memmap's last leaf lies where the device's users have their data."""
    target = device(machine, "device")
    index = (target.start + target.pages) // PER_PAGE - 1
    leaf = machine.vmemmap_entry(index)
    assert leaf.level == 1
    leaf.raw = leaf.raw & ~0x000FFFFFFFE00000 | (target.start + target.pages - 512) << 12
    return index // 512 * 512 * PER_PAGE


# What a dev_pagemap says of its device. Where it is, pgmap_array and struct pages tell.


def pgmap_of(machine, pfn):
    """Its address, by pgmap_array: nodes of 64 slots, of which some only name another."""
    head = machine.symbol("pgmap_array") + machine.offset("xarray", "xa_head")
    entry = machine.dump.read_u64(machine.physical(head))
    while entry & 3 == 2:
        node = entry - 2
        shift = machine.dump.read(machine.physical(node + machine.offset("xa_node", "shift")), 1)[0]
        slots = node + machine.offset("xa_node", "slots")
        entry = machine.dump.read_u64(machine.physical(slots + 8 * (pfn >> shift & 63)))
        if entry & 3 == 2 and entry < 4096:
            entry = machine.dump.read_u64(machine.physical(slots + 8 * (entry >> 2)))
    return entry


def pgmap_member(machine, memmap, align, member):
    """Physical; @member: of struct dev_pagemap, or of its (first) range."""
    pgmap = pgmap_of(machine, device(machine, memmap, align).start)
    if member in ("start", "end"):
        return machine.physical(pgmap + machine.offset("dev_pagemap", "ranges") +
                                machine.offset("range", member))
    return machine.physical(pgmap + machine.offset("dev_pagemap", member))


def pgmap_write(machine, member, value, memmap="ram", align=512, width=4):
    machine.dump.write(pgmap_member(machine, memmap, align, member),
                       value.to_bytes(width, "little"))


def pgmap_altmap_lost(machine):
    pgmap_write(machine, "flags", 0, "device")


def pgmap_altmap_made_up(machine):
    pgmap_write(machine, "flags", 1)


def pgmap_shift_of_base_pages(machine):
    pgmap_write(machine, "vmemmap_shift", 0, width=8)


def pgmap_shift_of_another_order(machine):
    pgmap_write(machine, "vmemmap_shift", 12, width=8)


def pgmap_shift_absurd(machine):
    pgmap_write(machine, "vmemmap_shift", 0xDEADBEEF, width=8)


def pgmap_shift_beside_an_altmap(machine):
    """The struct pages, which would tell, are in the device."""
    pgmap_write(machine, "vmemmap_shift", 3, "device", width=8)


def pgmap_shift_of_gigantic(machine):
    pgmap_write(machine, "vmemmap_shift", 9, align=1 << 18, width=8)


def pgmap_without_ranges(machine):
    pgmap_write(machine, "nr_range", 0)


def pgmap_with_too_many_ranges(machine):
    pgmap_write(machine, "nr_range", 0x5A5A5A5A)


def pgmap_range_ends_early(machine):
    where = pgmap_member(machine, "ram", 512, "end")
    machine.dump.write_u64(where, machine.dump.read_u64(where) - (32 << 20))


def pgmap_range_ends_nowhere(machine):
    machine.dump.write_u64(pgmap_member(machine, "ram", 512, "end"), 0x1234)


def pgmap_range_begins_early(machine):
    where = pgmap_member(machine, "ram", 512, "start")
    machine.dump.write_u64(where, machine.dump.read_u64(where) - (64 << 20))


def pgmap_range_begins_a_page_early(machine):
    where = pgmap_member(machine, "ram", 512, "start")
    machine.dump.write_u64(where, machine.dump.read_u64(where) - PAGE)


def pgmap_type_of_filesystems(machine):
    pgmap_write(machine, "type", machine.enumerator("MEMORY_DEVICE_FS_DAX"))


def pgmap_type_absurd(machine):
    pgmap_write(machine, "type", 0xC0FFEE)


def pgmap_fill(machine, byte, memmap="ram", align=512):
    """All of it that the program knows, as far as it lies in one page."""
    pgmap = pgmap_of(machine, device(machine, memmap, align).start)
    members = machine.profile["structs"]["dev_pagemap"]["members"].values()
    where, size = machine.physical(pgmap), max(it["offset"] for it in members) + 16
    machine.dump.write(where, bytes([byte]) * min(size, PAGE - where % PAGE))


def pgmap_zeroed(machine):
    pgmap_fill(machine, 0)


def pgmap_freed_and_poisoned(machine):
    pgmap_fill(machine, 0x6B)


def pgmap_of_gigantic_zeroed(machine):
    pgmap_fill(machine, 0, align=1 << 18)


def pgmap_with_altmap_poisoned(machine):
    pgmap_fill(machine, 0x6B, "device")


def pgmap_of_gigantic_overwritten(machine):
    pgmap_fill(machine, 0x41, "device", align=1 << 18)


def pgmap_slot(machine, pfn):
    """Virtual address of the slot of pgmap_array that holds the dev_pagemap of @pfn."""
    at = machine.symbol("pgmap_array") + machine.offset("xarray", "xa_head")
    entry = machine.dump.read_u64(machine.physical(at))
    while entry & 3 == 2 and entry > PAGE:
        node = entry - 2
        shift = machine.dump.read(machine.physical(node + machine.offset("xa_node", "shift")), 1)[0]
        slots = node + machine.offset("xa_node", "slots")
        at = slots + 8 * (pfn >> shift & 63)
        entry = machine.dump.read_u64(machine.physical(at))
        if entry & 3 == 2 and entry < PAGE:  # it is in the slot of that number
            at = slots + 8 * (entry >> 2)
            entry = machine.dump.read_u64(machine.physical(at))
    return at


def pgmap_slot_write(machine, value):
    pfn = device(machine).start
    machine.dump.write_u64(machine.physical(pgmap_slot(machine, pfn)), value)


def xa_head_leads_to_no_node(machine):
    head = machine.symbol("pgmap_array") + machine.offset("xarray", "xa_head")
    machine.dump.write_u64(machine.physical(head), pgmap_of(machine, device(machine).start))


def pgmap_slot_emptied(machine):
    pgmap_slot_write(machine, 0)


def pgmap_slot_overwritten(machine):
    pgmap_slot_write(machine, 0x4141414141414141)


def pgmap_slot_of_another_device(machine):
    other = [it for it in machine.devices if it.start != device(machine).start][0]
    pgmap_slot_write(machine, pgmap_of(machine, other.start))


def altmap_write(machine, member, value):
    where = pgmap_member(machine, "device", 512, "altmap")
    machine.dump.write_u64(where + machine.offset("vmem_altmap", member), value)


def altmap_base_elsewhere(machine):
    altmap_write(machine, "base_pfn", 0x4000000)


def altmap_end_elsewhere(machine):
    """No golden was made by a program that read it: all others get theirs."""
    members = machine.profile["structs"]["vmem_altmap"]["members"]
    members["end_pfn"] = dict(members["reserve"], offset=members["base_pfn"]["offset"] + 8)
    machine.dump.profile_note.body = json.dumps(machine.profile).encode() + b"\0"
    for other in (it for it in machine.devices if it.memmap == "device"):
        pgmap = pgmap_of(machine, other.start)
        end = machine.dump.read_u64(machine.physical(
            pgmap + machine.offset("dev_pagemap", "ranges") + machine.offset("range", "end")))
        where = machine.physical(pgmap + machine.offset("dev_pagemap", "altmap"))
        machine.dump.write_u64(where + machine.offset("vmem_altmap", "end_pfn"), end // PAGE)
    altmap_write(machine, "end_pfn", 0x1A00FF)


def altmap_reserves_too_much(machine):
    altmap_write(machine, "reserve", 0x7000000)


def altmap_free_overwritten(machine):
    altmap_write(machine, "free", 0xDEADBEEFDEADBEEF)


def altmap_free_reaches_into_data(machine):
    where = pgmap_member(machine, "device", 512, "altmap") + machine.offset("vmem_altmap", "free")
    machine.dump.write_u64(where, machine.dump.read_u64(where) + 0x200)


def altmap_takes_more_than_free(machine):
    altmap_write(machine, "alloc", 0x8000)


def pgmap_flags_overwritten(machine):
    pgmap_write(machine, "flags", 0xF0F0)


def pgmap_array_emptied(machine):
    where = machine.physical(machine.symbol("pgmap_array"))
    machine.dump.write_u64(where + machine.offset("xarray", "xa_head"), 0)


# Which frame a zone names for its tails.


def zone_tail_pointer(machine, size=2 << 20, node=0):
    """Physical, in vmemmap_tails of the zone Normal, two before Device: orders from 7 on."""
    pgdat = machine.dump.read_u64(machine.physical(
        int(machine.facts["SYMBOL(node_data)"], 16) + 8 * node))
    where = pgdat + machine.offset("pglist_data", "node_zones")
    where += (machine.enumerator("ZONE_DEVICE") - 2) * machine.size("zone")
    where += machine.offset("zone", "vmemmap_tails")
    return machine.physical(where + 8 * ((size // PAGE).bit_length() - 1 - 7))


def struct_page_address(machine, pfn):
    return machine.vmemmap + 64 * pfn


def zone_names_no_struct_page(machine):
    machine.dump.write_u64(zone_tail_pointer(machine), 0xFFFF888012345678)


def zone_names_beyond_memory(machine):
    machine.dump.write_u64(zone_tail_pointer(machine), struct_page_address(machine, 1 << 36))


def zone_names_overwritten(machine):
    """All pointers of the zone hold the same bytes."""
    first = zone_tail_pointer(machine) - 2 * 8
    machine.dump.write(first, b"\x6b" * 8 * 12)


def zone_names_nothing(machine):
    machine.dump.write_u64(zone_tail_pointer(machine), 0)


def zone_names_frame_of_another_order(machine):
    gigantic = machine.head_entry(optimized(machine, 0, 1 << 30), 1).frame
    machine.dump.write_u64(zone_tail_pointer(machine), struct_page_address(machine, gigantic))


def zone_names_frame_of_another_zone(machine):
    other = machine.dump.read_u64(zone_tail_pointer(machine, node=1))
    machine.dump.write_u64(zone_tail_pointer(machine), other)


def zone_names_head(machine):
    frame = machine.head_entry(optimized(machine)).frame
    machine.dump.write_u64(zone_tail_pointer(machine), struct_page_address(machine, frame))


def zone_names_free_frame(machine):
    frame = machine.unused_frame()
    mark_buddy(machine, frame, 0)
    machine.dump.write_u64(zone_tail_pointer(machine), struct_page_address(machine, frame))


def zone_names_slab(machine):
    frame = machine.unused_frame()
    mark_slab(machine, frame)
    machine.dump.write_u64(zone_tail_pointer(machine), struct_page_address(machine, frame))


def zone_names_frame_for_an_order_without_pages(machine):
    frame = machine.unused_frame()
    machine.dump.add_page(frame << 12, b"text" * 1024)
    machine.dump.write_u64(zone_tail_pointer(machine, 32 << 20),
                           struct_page_address(machine, frame))


def zone_names_slab_for_an_order_without_pages(machine):
    """What is in it is not in the dump."""
    frame = machine.unused_frame()
    mark_slab(machine, frame)
    machine.dump.write_u64(zone_tail_pointer(machine, 32 << 20),
                           struct_page_address(machine, frame))


ALL = ("6.1-hvo", "6.1-4level", "6.12-hvo", "6.17-hvo", "7.3-hvo")
HEAD_SHARING = ALL[:4]  # tails map the frame of the head
ZONE_SHARING = ALL[4:]  # tails map a frame of the zone
# What the shared frames and the heads hold.


def struct_page_of(machine, pfn, member):
    return machine.struct_page(pfn) + machine.offset("page", member)


def flag_added(machine, pfn, name):
    where = struct_page_of(machine, pfn, "flags")
    bit = 1 << machine.enumerator(name)
    machine.dump.write_u64(where, machine.dump.read_u64(where) | bit)


def link_wrong(machine):
    """A tail in the head's own frame leads elsewhere."""
    head = optimized(machine)
    where = struct_page_of(machine, head.pfn + 10, "lru")
    machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 20)
    return head.pfn


def tail_poisoned(machine):
    head = optimized(machine)
    flag_added(machine, head.pfn + 20, "PG_hwpoison")
    return head.pfn


def head_flag_left_in_tail(machine):
    """As a restore leaves it that forgets to undo the copies of the head."""
    head = unoptimized(machine)
    flag_added(machine, head.pfn + 3 * PER_PAGE, "PG_head")
    return head.pfn


def restored_without_mapping(machine):
    """Its vmemmap pages begin with what a restore may leave that copies the head's own."""
    head = unoptimized(machine)
    for number in range(1, 8):
        for i, value in enumerate((0, machine.vmemmap + 0x4280090, 0)):
            where = struct_page_of(machine, head.pfn + number * PER_PAGE + i, "mapping")
            machine.dump.write_u64(where, value)
    return head.pfn


def copied_struct_pages(machine, source, target):
    """The head of a huge page and its first tail, where ordinary memory is."""
    where = machine.kept_struct_page(target)
    machine.dump.write(where, machine.dump.read(machine.struct_page(source), 2 * 64))


def head_left_in_ordinary_memory(machine):
    """What begins a vmemmap page that a restore filled with the head's frame as it is."""
    index = machine.ordinary(0)
    copied_struct_pages(machine, unoptimized(machine).pfn, index * PER_PAGE)
    return index * PER_PAGE


def head_in_the_middle_of_ordinary_memory(machine):
    """Where no check looks; 'page' does."""
    pfn = machine.ordinary(0) * PER_PAGE + 20
    copied_struct_pages(machine, unoptimized(machine).pfn, pfn)
    return pfn


def head_among_tails(machine):
    head = unoptimized(machine)
    where = machine.kept_struct_page(head.pfn + 3 * PER_PAGE + 20)
    machine.dump.write(where, machine.dump.read(machine.struct_page(head.pfn), 64))
    return head.pfn


def head_among_kept_tails(machine):
    head = optimized(machine)
    where = machine.kept_struct_page(head.pfn + 20)
    machine.dump.write(where, machine.dump.read(machine.struct_page(head.pfn), 64))
    return head.pfn


def mark_cleared_of_head(machine, pfn):
    """PG_head alone is lost: what marks the page as huge stays."""
    where = machine.struct_page(pfn)
    bit = 1 << machine.enumerator("PG_head")
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~bit)


def mark_left_in_ordinary_memory(machine):
    """The head without PG_head, where no huge page can begin."""
    pfn = head_left_in_ordinary_memory(machine)
    mark_cleared_of_head(machine, pfn)
    return pfn


def copies_left(machine, block, flags=0x10):
    """What is left of one of 2 MiB that was given back as copies of its head; the first pfn."""
    for number in range(1, 8):
        pfn = (block + number) * PER_PAGE
        copied_struct_pages(machine, unoptimized(machine).pfn, pfn)
        machine.dump.write_u64(struct_page_of(machine, pfn, "private"), flags)
        machine.dump.write_u32(struct_page_of(machine, pfn, "_refcount"), 0)
    return (block + 1) * PER_PAGE


def marks_left_of_a_freed_page(machine):
    block = machine.ordinary(0, 0)
    copies_left(machine, block)
    for number in range(1, 8):
        mark_cleared_of_head(machine, (block + number) * PER_PAGE)
    return (block + 1) * PER_PAGE


def copies_left_with_other_flags(machine):
    """Three neighbours, alike but for their flags."""
    block = machine.ordinary(0, 0)
    for number, flags in enumerate((0x10, 0x12, 0x18)):
        copies_left(machine, block + 8 * number, flags)
    return (block + 1) * PER_PAGE


def head_copied_into_its_vmemmap(machine, head, numbers):
    """Each of these vmemmap pages has a frame of its own."""
    source = machine.dump.read(machine.struct_page(head.pfn), 4 * 64)
    for number in numbers:
        machine.dump.write(machine.kept_struct_page(head.pfn + number * PER_PAGE), source)


def restored_as_copies(machine):
    """At rest in its pool since."""
    head = unoptimized(machine)
    head_copied_into_its_vmemmap(machine, head, range(1, 8))
    return head.pfn


def one_restored_as_copy(machine):
    head = unoptimized(machine)
    head_copied_into_its_vmemmap(machine, head, [5])
    return head.pfn


def vmemmap_restored(machine, head, numbers):
    """With frames of their own, full of tails."""
    tail = machine.dump.read(machine.struct_page(head.pfn + 10), 64)
    for number in numbers:
        count_memmap(machine, 1)
        frame = machine.unused_frame()
        machine.dump.add_page(frame << 12, tail * PER_PAGE)
        entry = machine.head_entry(head, number)
        entry.map_to(frame)
        entry.raw |= RW


def restored_as_copies_just_now(machine):
    """Out of its pool; nothing has cleared its mark yet."""
    head = optimized(machine)
    take_out(machine, head)
    vmemmap_restored(machine, head, range(1, 8))
    head_copied_into_its_vmemmap(machine, head, range(1, 8))
    where = private_of(machine, head)
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~flag_bit(machine))
    optimized_pages_counted(machine, -1)
    return head.pfn


def half_restored_as_copies(machine):
    """The kernel restores in order; the flag goes last."""
    head = optimized(machine)
    take_out(machine, head)
    vmemmap_restored(machine, head, range(1, 4))
    head_copied_into_its_vmemmap(machine, head, range(1, 4))
    return head.pfn


def optimized_pages_counted(machine, number):
    """By the static key, if it counts."""
    try:
        where = machine.physical(machine.symbol("hugetlb_optimize_vmemmap_key"))
    except KeyError:
        return
    machine.dump.write_u32(where, machine.dump.read_u32(where) + number)


def taken_over(machine, head):
    """Somebody else has its first page by now."""
    take_out(machine, head)
    optimized_pages_counted(machine, -1)
    machine.own(head.pfn)
    return head.pfn


def given_back_without_restore(machine):
    return taken_over(machine, optimized(machine))


def gigantic_given_back_without_restore(machine):
    return taken_over(machine, optimized(machine, 0, 1 << 30))


def given_back_half_restored(machine):
    head = optimized(machine)
    vmemmap_restored(machine, head, range(1, 6))
    return taken_over(machine, head)


def three_marks_wiped(machine):
    for number in range(3):
        mark_wiped_of(machine, optimized(machine, number))
    return optimized(machine).pfn


def head_lost(machine):
    """As undoing an optimisation does that fills vmemmap page 0 like the others."""
    head = unoptimized(machine)
    for number in range(2):
        where = machine.struct_page(head.pfn + number)
        machine.dump.write(where, machine.dump.read(machine.struct_page(head.pfn + 7), 64))
    return head.pfn


def compound_order_set(machine, pfn, order):
    """It is in the second struct page: in its flags, or in a byte of its own."""
    where = machine.struct_page(pfn + 1)
    members = machine.profile["structs"]["page"]["members"]
    machine.dump.write(where + members.get("compound_order", {"offset": 0})["offset"],
                       bytes([order]))
    return pfn


def head_of_an_order_of_no_pool(machine):
    return compound_order_set(machine, optimized(machine).pfn, 10)


def gigantic_with_order_of_2m(machine):
    return compound_order_set(machine, optimized(machine, 0, 1 << 30).pfn, 9)


def gigantic_with_order_of_half(machine):
    return compound_order_set(machine, optimized(machine, 0, 1 << 30).pfn, 17)


def gigantic_with_order_zero(machine):
    return compound_order_set(machine, optimized(machine, 0, 1 << 30).pfn, 0)


def head_with_order_of_gigantic(machine):
    return compound_order_set(machine, optimized(machine, 3).pfn, 18)


def head_with_order_absurd(machine):
    return compound_order_set(machine, optimized(machine, 3).pfn, 0x5A)


def dax_head_with_order_of_another(machine):
    return compound_order_set(machine, device_page(machine, 1), 3)


def dax_gigantic_with_order_of_2m(machine):
    return compound_order_set(machine, device(machine, align=1 << 18).compound(), 9)


def shared_struct_page(machine, number, member):
    """One struct page of what the tails of 2 MiB pages share, whoever owns the frame."""
    return shared_frame(machine) + number * 64 + machine.offset("page", member)


def shared_tail_locked(machine):
    where = shared_struct_page(machine, 12, "flags")
    machine.dump.write_u64(where, machine.dump.read_u64(where) | 1)


def shared_tail_reserved(machine):
    where = shared_struct_page(machine, 12, "flags")
    flag = 1 << machine.enumerator("PG_reserved")
    machine.dump.write_u64(where, machine.dump.read_u64(where) | flag)


def shared_tail_private(machine):
    machine.dump.write_u64(shared_struct_page(machine, 12, "private"), 0x1000)


def shared_tail_referenced(machine):
    machine.dump.write_u32(shared_struct_page(machine, 12, "_refcount"), 1)


def shared_frame(machine):
    """The physical address of what the tails of 2 MiB pages share."""
    return machine.head_entry(optimized(machine), 1).frame << 12


def shared_frame_blank(machine):
    machine.dump.write(shared_frame(machine), bytes(PAGE))


def shared_frame_overwritten(machine):
    where = shared_frame(machine) + 12 * 64 + machine.offset("page", "mapping")
    machine.dump.write_u64(where, 0)


def shared_frame_of_another_zone(machine):
    for number in range(PER_PAGE):
        where = shared_frame(machine) + number * 64
        machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 51)


def shared_frame_of_another_order(machine):
    for number in range(PER_PAGE):
        where = shared_frame(machine) + number * 64 + machine.offset("page", "lru")
        machine.dump.write_u64(where, 0xFFFFFFFFFFF80001)


def node_changed(machine, pfn):
    where = struct_page_of(machine, pfn, "flags")
    machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 54)
    return pfn


def head_of_another_node(machine):
    return node_changed(machine, optimized(machine, 2).pfn)


def unoptimized_head_of_another_node(machine):
    return node_changed(machine, unoptimized(machine).pfn)


def head_of_an_empty_zone(machine):
    pfn = optimized(machine, 2).pfn
    where = struct_page_of(machine, pfn, "flags")
    machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 51)
    return pfn


def tail_of_another_node(machine):
    head = optimized(machine, 2)
    node_changed(machine, head.pfn + 20)
    return head.pfn


def dax_head_of_another_node(machine):
    return node_changed(machine, device_page(machine, 3))


def dax_tails_blank(machine):
    pfn = device_page(machine)
    machine.dump.write(tail_frame(machine, pfn) << 12, bytes(PAGE))
    return pfn


def dax_tail_link_wrong(machine):
    pfn = device_page(machine)
    where = struct_page_of(machine, pfn + 70, "lru")
    machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 20)
    return pfn


def dax_head_of_another_device(machine):
    pfn = device_page(machine)
    where = struct_page_of(machine, pfn, "lru")
    machine.dump.write_u64(where, machine.dump.read_u64(where) ^ 1 << 12)
    return pfn


def dax_head_no_head(machine):
    pfn = device_page(machine)
    where = struct_page_of(machine, pfn, "flags")
    bit = 1 << machine.enumerator("PG_head")
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~bit)
    return pfn


def head_of_no_order(machine):
    return compound_order_set(machine, unoptimized(machine).pfn, 3)


# Reference counts of heads: which are free, their flags say.


def is_free(machine, head):
    bit = machine.enumerator("HPG_freed")
    return machine.dump.read_u64(struct_page_of(machine, head.pfn, "private")) >> bit & 1


def references_set(machine, free, count):
    head = next(h for h in machine.heads if h.size == 2 << 20 and is_free(machine, h) == free)
    where = machine.kept_struct_page(head.pfn) + machine.offset("page", "_refcount")
    machine.dump.write_u32(where, count & 0xFFFFFFFF)
    return head.pfn


def tails_of_no_head(machine):
    """A stretch of ordinary memory whose struct pages lead to its first page, which is no head."""
    base = machine.ordinary(0, 0) * PER_PAGE
    tail = bytearray(machine.dump.read(machine.struct_page(unoptimized(machine).pfn + 7), 64))
    if int.from_bytes(tail[8:16], "little") < 0xFFFFFFFF << 32:
        tail[8:16] = (machine.vmemmap + 64 * base | 1).to_bytes(8, "little")
    for number in range(1, 512):
        machine.dump.write(machine.kept_struct_page(base + number), bytes(tail))
    return base


# Struct pages that hold what no struct page does.

TEXT = b"The quick brown fox jumps over the lazy dog. " * 100


def struct_page_filled(machine, pfn, data):
    machine.dump.write(machine.kept_struct_page(pfn), data[:64])


def last_tail_written(machine, data):
    head = unoptimized(machine)
    struct_page_filled(machine, head.pfn + 511, data)
    return head.pfn


def last_tail_filled(machine):
    return last_tail_written(machine, b"\x5a" * 64)


def last_tail_all_ones(machine):
    return last_tail_written(machine, b"\xff" * 64)


def last_tail_zero(machine):
    return last_tail_written(machine, bytes(64))


def last_tail_with_text(machine):
    return last_tail_written(machine, TEXT)


def last_tail_with_numbers(machine):
    return last_tail_written(machine, b"".join(
        (0x9E3779B97F4A7C15 * i % 2 ** 64).to_bytes(8, "little") for i in range(1, 9)))


def tails_with_text(machine):
    """300 bytes from the middle of one on."""
    head = unoptimized(machine)
    machine.dump.write(machine.struct_page(head.pfn + 400) + 48, TEXT[:300])
    return head.pfn


def tail_beside_head_with_text(machine):
    """In the frame that an optimised page keeps."""
    head = optimized(machine)
    struct_page_filled(machine, head.pfn + 20, TEXT)
    return head.pfn


def shared_tail_filled(machine):
    machine.dump.write(shared_frame(machine) + 12 * 64, b"\x5a" * 64)


def shared_frame_with_text(machine):
    machine.dump.write(shared_frame(machine), TEXT[:PAGE])


def first_tail_filled(machine):
    head = optimized(machine, 3)
    struct_page_filled(machine, head.pfn + 1, b"\x5a" * 64)
    return head.pfn


def head_with_text(machine):
    head = optimized(machine, 3)
    struct_page_filled(machine, head.pfn, TEXT)
    return head.pfn


def unoptimized_head_with_text(machine):
    head = unoptimized(machine)
    struct_page_filled(machine, head.pfn, TEXT)
    return head.pfn


def dax_head_with_text(machine):
    struct_page_filled(machine, device_page(machine, 1), TEXT)
    return device_page(machine, 1)


def dax_first_tail_filled(machine):
    struct_page_filled(machine, device_page(machine, 1) + 1, b"\x5a" * 64)
    return device_page(machine, 1)


def dax_tail_all_ones(machine):
    struct_page_filled(machine, device_page(machine, 1) + 20, b"\xff" * 64)
    return device_page(machine, 1)


def flags_of_head_in_tail(machine):
    head = unoptimized(machine)
    machine.dump.write_u64(struct_page_of(machine, head.pfn + 4 * PER_PAGE, "private"), 0x10)
    return head.pfn


def frame_filled(machine, pfn, byte):
    """The whole vmemmap page that begins with a head."""
    machine.dump.write(machine.struct_page(pfn) & ~(PAGE - 1), bytes([byte]) * PAGE)
    return pfn


def head_frame_filled(machine):
    return frame_filled(machine, optimized(machine).pfn, 0x6B)


def head_frame_of_gigantic_zero(machine):
    return frame_filled(machine, optimized(machine, 0, 1 << 30).pfn, 0)


def twelve_head_frames_zero(machine):
    for number in range(12):
        frame_filled(machine, optimized(machine, number).pfn, 0)
    return optimized(machine).pfn


def head_frames_of_all_nodes_zero(machine):
    """Each pool still counts its pages: none was freed."""
    for head in machine.heads:
        if head.optimized and head.size == 2 << 20:
            frame_filled(machine, head.pfn, 0)


def unoptimized_head_frame_filled(machine):
    return frame_filled(machine, unoptimized(machine).pfn, 0x6B)


def dax_head_frame_zero(machine):
    return frame_filled(machine, device_page(machine), 0)


def dax_head_frames_filled(machine):
    for number in range(12):
        frame_filled(machine, device_page(machine, number), 0x6B)
    return device_page(machine)


def dax_head_frames_of_all_filled(machine):
    for number in range(device(machine).pages // 512):
        frame_filled(machine, device_page(machine, number), 0x6B)
    return device_page(machine)


def references_beyond_count(machine):
    return references_set(machine, 0, 0x7FFFFFFF)


def head_of(machine, free):
    return next(h for h in machine.heads if h.size == 2 << 20 and bool(is_free(machine, h)) == free)


def head_written(machine, free, member, value, write="write_u64"):
    """A member of the head of a 2 MiB page."""
    head = head_of(machine, free)
    getattr(machine.dump, write)(struct_page_of(machine, head.pfn, member), value)
    return head.pfn


def free_head_with_mapping(machine):
    return head_written(machine, True, "mapping", 0x4141)


def used_head_with_garbage_for_mapping(machine):
    return head_written(machine, False, "mapping", 0x41414140)


def used_head_with_mapping_of_a_tail(machine):
    return head_written(machine, False, "mapping", 0xDEAD000000000400)


def head_with_map_count(machine):
    """In its own struct page: _mapcount, or what is below the type."""
    head = head_of(machine, False)
    where = struct_page_of(machine, head.pfn, "_mapcount")
    machine.dump.write_u32(where, machine.dump.read_u32(where) + 6 & 0xFFFFFFFF)
    return head.pfn


def head_private_overwritten(machine):
    return head_written(machine, True, "private", 0xDEADBEEFCAFEF00D)


def used_head_private_overwritten(machine):
    return head_written(machine, False, "private", 2 ** 64 - 1)


def head_flagged(machine, free, name):
    head = head_of(machine, free)
    flag_added(machine, head.pfn, name)
    return head.pfn


def free_head_locked(machine):
    head = head_of(machine, True)
    where = struct_page_of(machine, head.pfn, "flags")
    machine.dump.write_u64(where, machine.dump.read_u64(where) | PG_LOCKED)
    return head.pfn


def head_reserved(machine):
    return head_flagged(machine, False, "PG_reserved")


def head_on_lru(machine):
    return head_flagged(machine, False, "PG_lru")


def first_tail_referenced(machine):
    """The first tail of a page serves its folio, but nothing of that is where its count is."""
    head = optimized(machine)
    machine.dump.write_u32(struct_page_of(machine, head.pfn + 1, "_refcount"), 1)
    return head.pfn


def free_page_referenced(machine):
    return references_set(machine, 1, 1)


def used_page_without_reference(machine):
    return references_set(machine, 0, 0)


def used_page_with_fewer_than_none(machine):
    return references_set(machine, 0, -1)


# The lists that the heads are on: next and prev of their lru.


def on_lists(machine, free):
    """Heads of 2 MiB pages whose neighbours are huge pages, too."""
    first = machine.vmemmap + machine.offset("page", "lru")
    ours = {first + h.pfn * 64: h for h in machine.heads}
    return [h for h in machine.heads if h.size == 2 << 20 and is_free(machine, h) == free
            and all(link(machine, h, which) in ours for which in (0, 8))]


def link(machine, head, which):
    return machine.dump.read_u64(struct_page_of(machine, head.pfn, "lru") + which)


def link_set(machine, head, which, value):
    machine.dump.write_u64(struct_page_of(machine, head.pfn, "lru") + which, value)
    return head.pfn


def free_list_next_elsewhere(machine):
    """To another page of the list, so that it is a loop."""
    heads = on_lists(machine, 1)
    return link_set(machine, heads[2], 0, link(machine, heads[0], 0))


def free_list_prev_elsewhere(machine):
    heads = on_lists(machine, 1)
    return link_set(machine, heads[2], 8, link(machine, heads[0], 8))


def free_list_next_to_nothing(machine):
    return link_set(machine, on_lists(machine, 1)[1], 0, 0x1234)


def free_page_on_no_list(machine):
    """As list_del_init() leaves it."""
    head = on_lists(machine, 1)[1]
    address = machine.vmemmap + head.pfn * 64 + machine.offset("page", "lru")
    before, after = link(machine, head, 8), link(machine, head, 0)
    for own, which, value in ((before, 0, after), (after, 8, before)):
        machine.dump.write_u64(machine.physical(own) + which, value)
    link_set(machine, head, 0, address)
    return link_set(machine, head, 8, address)


def free_page_among_used(machine):
    """HPG_freed is lost, and with it the reason not to have a reference."""
    head = on_lists(machine, 1)[1]
    where = struct_page_of(machine, head.pfn, "private")
    bit = 1 << machine.enumerator("HPG_freed")
    machine.dump.write_u64(where, machine.dump.read_u64(where) & ~bit)


def used_list_next_elsewhere(machine):
    heads = on_lists(machine, 0)
    return link_set(machine, heads[2], 0, link(machine, heads[0], 0))


# Where the lists begin: the goldens are from before these were kept.


def pool_ends(machine):
    """(head, 0 or 8, where the link leads) of the links that lead to no struct page."""
    for head in machine.heads:
        for which in (0, 8):
            if (address := link(machine, head, which)) >= 0xFFFFFFFF80000000:
                yield head, which, address


def lists_kept(machine):
    """The types tell where the lists begin, and what is there is in the dump."""
    pool, lru = hstate_of(machine), machine.offset("page", "lru")
    for head, which, address in pool_ends(machine):
        machine.dump.write_u64(machine.physical(address) + 8 - which,
                               machine.vmemmap + head.pfn * 64 + lru)
    members = machine.profile["structs"]["hstate"]["members"]
    for member, free in (("hugepage_activelist", False), ("hugepage_freelists", True)):
        first = min(address for head, _, address in pool_ends(machine)
                    if head.size == 2 << 20 and is_free(machine, head) == free)
        members[member] = {"offset": first - pool, "source": 0}
    machine.dump.profile_note.body = json.dumps(machine.profile).encode()


def list_head_set(machine, member, following, previous):
    """That of the free 2 MiB pages of node 0, or of those in use; returns its first page."""
    lists_kept(machine)
    address = hstate_of(machine) + machine.offset("hstate", member)
    where, lru = machine.physical(address), machine.offset("page", "lru")
    first = (machine.dump.read_u64(where) - lru - machine.vmemmap) // 64
    for which, value in ((0, following), (8, previous)):
        machine.dump.write_u64(where + which, address if value == "itself" else value)
    return first


def free_list_head_zero(machine):
    return list_head_set(machine, "hugepage_freelists", 0, 0)


def free_list_head_empty(machine):
    return list_head_set(machine, "hugepage_freelists", "itself", "itself")


def free_list_head_garbage(machine):
    return list_head_set(machine, "hugepage_freelists", 0x4141414141414141, 0x4141414141414141)


def used_list_head_empty(machine):
    return list_head_set(machine, "hugepage_activelist", "itself", "itself")


def end_elsewhere(machine, side):
    lists_kept(machine)
    head, which, address = next(end for end in pool_ends(machine) if end[1] == side
                                and end[0].size == 2 << 20 and is_free(machine, end[0]))
    return link_set(machine, head, which, address - 0x100)


def first_of_list_elsewhere(machine):
    return end_elsewhere(machine, 8)


def last_of_list_elsewhere(machine):
    return end_elsewhere(machine, 0)


# Surplus pages are on the lists like any other.


def surplus_made(machine):
    for member, width in (("surplus_huge_pages", 8), ("surplus_huge_pages_node", 4)):
        for _ in range(4):
            add_one(machine, member, width)


def surplus_and_free_page_on_no_list(machine):
    surplus_made(machine)
    return free_page_on_no_list(machine)


def surplus_and_used_list_next_elsewhere(machine):
    surplus_made(machine)
    return used_list_next_elsewhere(machine)


def surplus_and_used_page_without_reference(machine):
    surplus_made(machine)
    return used_page_without_reference(machine)


def surplus_and_three_without_flag(machine):
    """Nobody may make more of them."""
    surplus_made(machine)
    three_without_flag_and_uncounted(machine)


def frames_swapped(machine, one, other, number=0):
    """Vmemmap pages of @number of two huge pages have each other's frames."""
    entries_swapped(machine.head_entry(one, number), machine.head_entry(other, number))
    return min(one.pfn, other.pfn)


def in_list_order(machine, free):
    """The optimised 2 MiB pages of one list, from its first to its last."""
    lru = machine.vmemmap + machine.offset("page", "lru")
    heads = {lru + h.pfn * 64: h for h in machine.heads if h.size == 2 << 20}
    at = next(address for address, head in heads.items() if is_free(machine, head) == free
              and link(machine, head, 8) not in heads)
    found = []
    while at in heads:
        found.append(heads[at])
        at = link(machine, heads[at], 0)
    return [head for head in found if head.optimized]


def free_heads_swapped(machine):
    heads = in_list_order(machine, 1)
    return frames_swapped(machine, heads[1], heads[6])


def free_neighbours_swapped(machine):
    heads = in_list_order(machine, 1)
    return frames_swapped(machine, heads[2], heads[3])


def free_ends_swapped(machine):
    """The first of a list and its last."""
    heads = in_list_order(machine, 1)
    return frames_swapped(machine, heads[0], heads[-1])


def used_heads_swapped(machine):
    heads = in_list_order(machine, 0)
    return frames_swapped(machine, heads[1], heads[3])


def free_and_used_heads_swapped(machine):
    """Of one node."""
    free = in_list_order(machine, 1)[4]
    return frames_swapped(machine, free, next(
        used for used in in_list_order(machine, 0) if node_of(machine, used) == node_of(
            machine, free)))


def node_of(machine, head):
    return machine.dump.read_u64(struct_page_of(machine, head.pfn, "flags")) >> 54


def head_frames_go_round(machine):
    """Each of three has the frame of the next."""
    heads = in_list_order(machine, 1)
    frames_swapped(machine, heads[1], heads[4])
    frames_swapped(machine, heads[4], heads[7])


def all_frames_swapped(machine):
    heads = in_list_order(machine, 1)
    for number in range(8):
        frames_swapped(machine, heads[1], heads[6], number)
    return min(heads[1].pfn, heads[6].pfn)


# What a pool counts.


def pool_of_2m(machine):
    """The physical address of its hstate."""
    size = machine.size("hstate")
    for number in range(2):
        where = machine.physical(machine.symbol("hstates") + number * size)
        if machine.dump.read_u32(where + machine.offset("hstate", "order")) == 9:
            return where
    raise LookupError("no pool of 2 MiB pages")


def counter_set(machine, name, value):
    where = pool_of_2m(machine) + machine.offset("hstate", name)
    machine.dump.write_u64(where, value & (1 << 64) - 1)


def reserve_below_zero(machine):
    counter_set(machine, "resv_huge_pages", -1)


def reserve_above_free(machine):
    counter_set(machine, "resv_huge_pages", 40)


def surplus_below_zero(machine):
    counter_set(machine, "surplus_huge_pages", -2)


def surplus_of_node_differs(machine):
    add_one(machine, "surplus_huge_pages_node", 4)


def order_set(machine, value):
    machine.dump.write_u32(pool_of_2m(machine) + machine.offset("hstate", "order"), value)


def order_of_another_pool(machine):
    order_set(machine, 10)


def order_absurd(machine):
    order_set(machine, 0x5A5A5A5A)


def pools_number_set(machine, value):
    machine.dump.write_u32(machine.physical(machine.symbol("hugetlb_max_hstate")), value)


def pools_number_zero(machine):
    pools_number_set(machine, 0)


def pools_number_too_low(machine):
    pools_number_set(machine, 1)


def pools_number_too_high(machine):
    """The entry that it adds is all zero."""
    where = machine.physical(machine.symbol("hstates") + 2 * machine.size("hstate"))
    for member, size in (("order", 4), ("name", 32)):
        at = where + machine.offset("hstate", member)
        for page in {at // PAGE, (at + size) // PAGE}:
            try:
                machine.dump.page_of(page * PAGE)
            except Missing:
                machine.dump.set_state(page * PAGE, (page + 1) * PAGE, PRESENT)
                machine.dump.add_page(page * PAGE, bytes(PAGE))
        machine.dump.write(at, bytes(size))
    pools_number_set(machine, 3)


def pools_number_garbage(machine):
    pools_number_set(machine, 0xFFFFFF41)


def pools_fill(machine, value):
    """All of hstates[] that the dump has, list heads as well."""
    start = machine.symbol("hstates")
    for at in range(start, start + 2 * machine.size("hstate"), 8):
        try:
            machine.dump.write_u64(machine.physical(at), value)
        except Missing:
            pass


def pools_filled(machine):
    pools_fill(machine, 0x6B6B6B6B6B6B6B6B)


def pools_and_number_zero(machine):
    """As where neither symbol is of this kernel: marked heads contradict both."""
    pools_fill(machine, 0)
    pools_number_set(machine, 0)


def name_set(machine, name):
    machine.dump.write(pool_of_2m(machine) + machine.offset("hstate", "name"), name)


def pool_name_garbage(machine):
    name_set(machine, b"\xa5" * 16)


def pool_name_of_another_size(machine):
    name_set(machine, b"hugepages-64kB\0")


def pool_overwritten(machine):
    pool_name_garbage(machine)
    order_set(machine, 0xA5A5A5A5)


def node_counts_garbage(machine):
    where = pool_of_2m(machine) + machine.offset("hstate", "nr_huge_pages_node")
    machine.dump.write_u32(where, 0x41414141)


def free_of_node_below_zero(machine):
    where = pool_of_2m(machine) + machine.offset("hstate", "free_huge_pages_node")
    machine.dump.write_u32(where, 0xFFFFFFFF)


def surplus_above_all(machine):
    counter_set(machine, "surplus_huge_pages", 1000)


def maximum_beyond_memory(machine):
    counter_set(machine, "max_huge_pages", 0x4141414141414141)


def maximum_below_zero(machine):
    counter_set(machine, "max_huge_pages", -1)


# Who owns the frames of the vmemmap, and how many there are.


def frame_on_lru(machine):
    head = optimized(machine)
    frame = machine.head_entry(head).frame
    machine.kept_struct_page(frame)
    flag_added(machine, frame, "PG_lru")
    return head.pfn


def frame_mapped_by_a_process(machine):
    head = optimized(machine)
    where = machine.kept_struct_page(machine.head_entry(head).frame)
    machine.dump.write_u32(where + machine.offset("page", "_mapcount"), 2)
    return head.pfn


def key_counts_two_more(machine):
    where = machine.physical(machine.symbol("hugetlb_optimize_vmemmap_key"))
    machine.dump.write_u32(where, machine.dump.read_u32(where) + 2)


def memmap_counts_a_section_less(machine):
    count_memmap(machine, -512)


MASKS = ("7.2-hvo", "7.3-hvo")  # tails name no head, so that those of one order are alike
TYPED = ("6.17-hvo", "7.3-hvo")  # struct pages of page tables say so
UNTYPED = tuple(golden for golden in ALL if golden not in TYPED)
COUNTING = ("6.12-hvo", "7.3-hvo")  # the kernel counts its memmap, and rightly so
WITH_PGMAPS = tuple(golden for golden in ("6.1-hvo", "6.1-4level", "6.17-hvo", "7.3-hvo"))

UNPROTECTED = ("6.17-hvo",)  # a fault of its own: most tails of its 1 GiB page are writable
PROTECTED = tuple(golden for golden in ALL if golden not in UNPROTECTED)
PROTECTED_HEAD_SHARING = tuple(golden for golden in HEAD_SHARING if golden in PROTECTED)
BY_DTOR = ALL[:2]  # a destructor marks huge pages, and is set last: before v6.6
FLAG_LAST = ALL[:2]  # HPG_vmemmap_optimized is set after the remapping: before v6.7

PREINIT = ("6.17-hvo", "7.2-hvo", "7.3-hvo")  # boot made their 1 GiB page

# goldens, edit, check, severity, other checks that see it
TABLE = [
    (ALL, section_map_moved, "section-mem-map", "error"),
    (ALL, section_of_huge_pages_zeroed, "section-mem-map", "error"),
    (ALL, section_of_device_zeroed, "section-mem-map", "error"),
    (ALL, section_marked_absent, "section-mem-map", "error"),
    (ALL, section_marked_without_map, "section-mem-map", "error"),
    (ALL, section_marked_offline, "section-mem-map", "error"),
    (ALL, section_of_device_marked_online, "section-mem-map", "error"),
    (ALL, section_with_huge_pages_marked_plugged, "section-mem-map", "error"),
    (ALL, section_marked_plugged, "section-mem-map", "error"),
    (ALL, section_of_device_marked_early, "section-mem-map", "error"),
    (ALL, section_map_garbage, "section-mem-map", "error"),
    (ALL, highest_section_lowered, "section-mem-map", "error"),
    (ALL, section_without_usage, "section-usage", "error"),
    (ALL, section_with_usage_nowhere, "section-usage", "error"),
    (ALL, section_with_usage_no_address, "section-usage", "error"),
    (ALL, section_of_no_valid_part, "section-usage", "error"),
    (FLAG_LAST, plugged_memory_overwritten, "memory-overwritten", "warning"),
    (PREINIT, marked_section_without_mark, "section-preinit", "error"),
    (PREINIT, section_of_boot_marked, "section-preinit", "error"),
    (PREINIT, plugged_section_marked, "section-preinit", "error"),
    (ALL, ordinary_entry_gone, "vmemmap-mapped", "error"),
    (ALL, ordinary_leaf_gone, "vmemmap-mapped", "error"),
    (ALL, table_entry_cleared, "vmemmap-mapped", "error"),
    (ALL, entry_of_tables_cleared, "vmemmap-mapped", "error"),
    (ALL, entry_of_tables_beyond, "vmemmap-mapped", "error"),
    (ALL, entry_of_tables_reserved, "vmemmap-mapped", "error"),
    (ALL, table_of_tables_emptied, "vmemmap-mapped", "error"),
    (ALL, device_table_readonly, "vmemmap-tables", "error"),
    (ALL, table_of_huge_pages_readonly, "vmemmap-tables", "error"),
    (ALL, tables_of_tables_readonly, "vmemmap-tables", "error"),
    (ALL, larger_leaf_readonly, "vmemmap-tables", "error"),
    (ALL, leaf_over_other_struct_pages, "vmemmap-tables", "error"),
    (ALL[:3], leaf_larger_than_any, "vmemmap-tables", "error"),
    *((ALL, edit, "vmemmap-tables", "error") for edit in (
        ordinary_for_programs, larger_leaf_for_programs, tails_for_programs, table_for_programs,
        dax_page_for_programs)),
    (ALL, table_serves_twice, "vmemmap-tables", "error"),
    (ALL, table_copied, "vmemmap-tables", "error"),
    (ALL, table_serves_device_too, "vmemmap-tables", "error"),
    (ALL, table_serves_two_devices, "vmemmap-tables", "error"),
    (PROTECTED, tail_writable_in_readonly_table, "hugetlb-tail-readonly", "error",
     "vmemmap-tables"),
    (ZONE_SHARING, zone_names_no_struct_page, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_beyond_memory, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_nothing, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_overwritten, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_frame_of_another_order, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_frame_of_another_zone, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_head, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_free_frame, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_slab, "hugetlb-zone-tails", "error"),
    (ZONE_SHARING, zone_names_frame_for_an_order_without_pages, "hugetlb-contents", "error"),
    (ZONE_SHARING, zone_names_slab_for_an_order_without_pages, "hugetlb-zone-tails", "error"),
    (ALL, table_beyond, "vmemmap-mapped", "error"),
    (ALL, table_zeroed, "vmemmap-mapped", "error"),
    (ALL, table_overwritten_with_text, "vmemmap-mapped", "error"),
    (ALL, table_overwritten_with_pointers, "vmemmap-mapped", "error"),
    (ALL, tails_in_table, "hugetlb-tail-target", "error"),
    (UNTYPED, ordinary_in_table, "vmemmap-table-owner", "error"),
    (TYPED, ordinary_in_table, "vmemmap-frame-owner", "error"),
    (ALL, head_taken_by_ordinary, "hugetlb-head-private", "error"),
    (HEAD_SHARING, head_taken_by_head, "hugetlb-head-private", "error", "hugetlb-pool-counters"),
    (ZONE_SHARING, head_taken_by_head, "hugetlb-head-private", "error"),
    (ALL, head_taken_by_tail, "hugetlb-head-private", "error"),
    (ZONE_SHARING, tail_to_other_order, "hugetlb-tail-target", "error"),
    (HEAD_SHARING, head_moved, "hugetlb-tail-target", "error"),
    (PROTECTED_HEAD_SHARING, keeps_two, "hugetlb-tail-target", "error"),
    (("7.2-hvo", "7.3-hvo"), used_keeps_two_frames, "hugetlb-tail-target", "error"),
    (("7.2-hvo", "7.3-hvo"), free_keeps_two_frames, "hugetlb-tail-target", "error"),
    (("7.2-hvo", "7.3-hvo"), free_keeps_three_frames, "hugetlb-tail-target", "error"),
    (PROTECTED, dax_keeps_one, "dax-tail-target", "error"),
    (HEAD_SHARING, head_moved_out_of_sight, "hugetlb-tail-target", "error"),
    (ALL, leaf_with_reserved_bit, "vmemmap-mapped", "error"),
    (PROTECTED_HEAD_SHARING, head_of_gigantic_moved, "hugetlb-tail-target", "error"),
    (ALL, middle_tail_to_unused, "hugetlb-tail-target", "error"),
    (ALL, last_tail_to_unused, "hugetlb-tail-target", "error"),
    (ALL, tail_to_ordinary, "hugetlb-tail-target", "error"),
    (ALL, tail_to_unoptimized, "hugetlb-tail-target", "error"),
    (ALL, tail_to_free, "hugetlb-tail-target", "error"),
    (ALL, tail_to_slab, "hugetlb-tail-target", "error"),
    (ALL, tail_to_beyond, "hugetlb-tail-target", "error"),
    (PROTECTED, tail_of_gigantic, "hugetlb-tail-target", "error"),
    (PROTECTED, tail_writable, "hugetlb-tail-readonly", "error"),
    (PROTECTED, all_tails_of_gigantic_writable, "hugetlb-tail-readonly", "error"),
    (ALL, head_readonly, "hugetlb-head-writable", "error"),
    (ALL, flag_cleared, "hugetlb-flag-agrees", "error"),
    (ALL, flag_cleared_of_gigantic, "hugetlb-flag-agrees", "error"),
    (ALL, flags_moved, "hugetlb-flag-agrees", "error"),
    (ALL, flags_of_all_cleared, "hugetlb-flag-agrees", "error"),
    (HEAD_SHARING, flag_set_of_all, "hugetlb-flag-agrees", "error"),
    (ZONE_SHARING, flag_set_of_all, "hugetlb-flag-agrees", "warning"),
    (ALL, flag_cleared_of_linked, "hugetlb-flag-agrees", "error", "hugetlb-pool-counters"),
    (HEAD_SHARING, flag_set, "hugetlb-flag-agrees", "error"),
    (ZONE_SHARING, flag_set, "hugetlb-flag-agrees", "warning"),
    (ALL, last_tail_with_own_frame, "hugetlb-tail-target", "error"),
    (ALL, unoptimized_readonly, "hugetlb-unoptimized-private", "error"),
    (ALL, unoptimized_shared, "hugetlb-unoptimized-private", "error"),
    (ALL, dax_middle_tail_to_unused, "dax-tail-target", "error"),
    (ALL, dax_last_tail_to_unused, "dax-tail-target", "error"),
    (ALL, dax_tail_of_gigantic_in_another_section, "dax-tail-target", "error"),
    (ALL, dax_second_page_on_head, "dax-tail-target", "error"),
    (ALL, dax_second_page_of_gigantic_on_head, "dax-tail-target", "error"),
    (ALL, dax_head_on_second, "dax-tail-target", "error"),
    (ALL, dax_head_of_gigantic_on_second, "dax-tail-target", "error"),
    (ALL, dax_pages_of_metadata_keep_two, "dax-tail-target", "error"),
    (ALL, dax_pgmap_of_all_heads, "dax-contents", "error"),
    (ALL, dax_tail_referenced, "dax-contents", "error"),
    (ALL, xa_head_leads_to_no_node, "dax-pgmap", "error"),
    (ALL, dax_tail_to_neighbour, "dax-frames-private", "error", "dax-tail-refcount"),
    (HEAD_SHARING, dax_head_frames_swapped, "dax-contents", "error"),
    (HEAD_SHARING, dax_tail_frames_swapped, "dax-contents", "error"),
    (ALL, dax_second_page_frames_swapped, "dax-frames-private", "error"),
    (ALL, dax_head_taken_by_ordinary, "dax-frames-private", "error"),
    (ALL, dax_tail_readonly, "dax-tail-permission", "warning"),
    (ALL, dax_head_readonly, "dax-frames-writable", "error"),
    (ALL, dax_reference_lost, "dax-tail-refcount", "error"),
    (ALL, dax_reference_leaked, "dax-tail-refcount", "error"),
    (ALL, dax_page_unshared, "dax-sharing", "warning"),
    (WITH_PGMAPS, pgmap_altmap_lost, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_altmap_made_up, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_shift_of_base_pages, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_shift_of_another_order, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_shift_absurd, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_shift_beside_an_altmap, "dax-pgmap", "warning"),
    (WITH_PGMAPS, pgmap_shift_of_gigantic, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_without_ranges, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_with_too_many_ranges, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_range_ends_early, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_range_ends_nowhere, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_range_begins_early, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_range_begins_a_page_early, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_type_of_filesystems, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_type_absurd, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_zeroed, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_freed_and_poisoned, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_of_gigantic_zeroed, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_with_altmap_poisoned, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_of_gigantic_overwritten, "dax-pgmap", "error"),
    (ALL, pgmap_array_emptied, "dax-pgmap", "error"),
    (ALL, pgmap_slot_emptied, "dax-pgmap", "error"),
    (ALL, pgmap_slot_overwritten, "dax-pgmap", "error"),
    (WITH_PGMAPS, pgmap_slot_of_another_device, "dax-pgmap", "error"),
    (WITH_PGMAPS, altmap_base_elsewhere, "dax-altmap", "error"),
    (WITH_PGMAPS, altmap_end_elsewhere, "dax-altmap", "error"),
    (WITH_PGMAPS, altmap_reserves_too_much, "dax-altmap", "error"),
    (WITH_PGMAPS, altmap_free_overwritten, "dax-altmap", "error"),
    (WITH_PGMAPS, altmap_free_reaches_into_data, "dax-altmap", "error"),
    (WITH_PGMAPS, altmap_takes_more_than_free, "dax-altmap", "error"),
    (WITH_PGMAPS, pgmap_flags_overwritten, "dax-pgmap", "error"),
    (WITH_PGMAPS, dax_memmap_outside_altmap, "dax-altmap", "error"),
    (ALL, link_wrong, "hugetlb-contents", "error"),
    (ALL, tail_poisoned, "hugetlb-contents", "error"),
    (ALL, head_flag_left_in_tail, "hugetlb-contents", "error"),
    (ALL, restored_without_mapping, "hugetlb-contents", "error"),
    (ALL, shared_tail_locked, "hugetlb-contents", "error"),
    (ALL, shared_tail_reserved, "hugetlb-contents", "error"),
    (ALL, shared_tail_private, "hugetlb-contents", "error"),
    (ALL, shared_tail_referenced, "hugetlb-contents", "error"),
    (ZONE_SHARING, shared_frame_blank, "hugetlb-contents", "error"),
    (ZONE_SHARING, shared_frame_overwritten, "hugetlb-contents", "error"),
    (ZONE_SHARING, shared_frame_of_another_zone, "hugetlb-contents", "error"),
    (ZONE_SHARING, shared_frame_of_another_order, "hugetlb-contents", "error"),
    *((ALL, edit, "hugetlb-contents", "error") for edit in (
        free_head_with_mapping, used_head_with_garbage_for_mapping,
        used_head_with_mapping_of_a_tail, head_with_map_count, head_private_overwritten,
        used_head_private_overwritten, free_head_locked, head_reserved, head_on_lru,
        first_tail_referenced, flags_of_head_in_tail, head_among_tails, head_among_kept_tails)),
    *((ALL, edit, "hugetlb-contents", "error") for edit in (
        last_tail_filled, last_tail_all_ones, last_tail_zero, last_tail_with_text,
        last_tail_with_numbers, tails_with_text, tail_beside_head_with_text, shared_tail_filled)),
    (ZONE_SHARING, shared_frame_with_text, "hugetlb-contents", "error"),
    (FLAG_LAST, first_tail_filled, "vmemmap-orphan-sharing", "error"),
    (ALL[2:], first_tail_filled, "hugetlb-head-sound", "error"),
    (FLAG_LAST, head_with_text, "hugetlb-contents", "error", "hugetlb-pool-counters"),
    (ALL[2:], head_with_text, "vmemmap-orphan-sharing", "error"),
    (FLAG_LAST, unoptimized_head_with_text, "hugetlb-contents", "error"),
    (ALL[2:], unoptimized_head_with_text, "hugetlb-leftovers", "error", "hugetlb-pool-counters"),
    (ALL, dax_head_with_text, "dax-contents", "error"),
    (ALL, dax_first_tail_filled, "dax-contents", "error"),
    (ALL, dax_tail_all_ones, "dax-contents", "error"),
    (ALL, tails_of_no_head, "hugetlb-leftovers", "error"),
    (ALL, head_frame_filled, "vmemmap-orphan-sharing", "error"),
    (ALL, head_frame_of_gigantic_zero, "vmemmap-orphan-sharing", "error"),
    (ALL, twelve_head_frames_zero, "vmemmap-orphan-sharing", "error"),
    (ALL, head_frames_of_all_nodes_zero, "vmemmap-orphan-sharing", "error"),
    (ALL, unoptimized_head_frame_filled, "hugetlb-leftovers", "error", "hugetlb-pool-counters"),
    (ALL, dax_head_frame_zero, "dax-contents", "error"),
    (ALL, dax_head_frames_filled, "dax-contents", "error"),
    (ALL, dax_head_frames_of_all_filled, "dax-contents", "error"),
    (ALL, head_of_another_node, "hugetlb-contents", "error"),
    (ALL, unoptimized_head_of_another_node, "hugetlb-contents", "error"),
    (ALL, head_of_an_empty_zone, "hugetlb-contents", "error"),
    (ALL, tail_of_another_node, "hugetlb-contents", "error"),
    (ALL, dax_head_of_another_node, "dax-contents", "error"),
    (ALL, dax_tails_blank, "dax-contents", "error"),
    (ALL, dax_tail_link_wrong, "dax-contents", "error"),
    (ALL, dax_head_of_another_device, "dax-contents", "error"),
    (ALL, dax_head_no_head, "dax-contents", "error"),
    *((ALL, edit, "hugetlb-head-sound", "error") for edit in (
        head_of_no_order, head_of_an_order_of_no_pool, gigantic_with_order_of_2m,
        gigantic_with_order_of_half, gigantic_with_order_zero, head_with_order_of_gigantic,
        head_with_order_absurd)),
    (ALL, dax_head_with_order_of_another, "dax-contents", "error"),
    (ALL, dax_gigantic_with_order_of_2m, "dax-contents", "error"),
    (ALL, head_left_in_ordinary_memory, "hugetlb-leftovers", "error"),
    (ALL, mark_left_in_ordinary_memory, "hugetlb-leftovers", "error"),
    (ALL, marks_left_of_a_freed_page, "hugetlb-leftovers", "error"),
    (ALL, copies_left_with_other_flags, "hugetlb-leftovers", "error"),
    (ALL, restored_as_copies, "hugetlb-contents", "error"),
    (ALL, one_restored_as_copy, "hugetlb-contents", "error"),
    (ALL, restored_as_copies_just_now, "hugetlb-contents", "error", "hugetlb-pool-counters"),
    (ALL, half_restored_as_copies, "hugetlb-contents", "error", "hugetlb-pool-counters"),
    (ALL, given_back_without_restore, "vmemmap-orphan-sharing", "error"),
    (ALL, gigantic_given_back_without_restore, "vmemmap-orphan-sharing", "error"),
    (ALL, given_back_half_restored, "vmemmap-orphan-sharing", "error"),
    (ALL, three_marks_wiped, "vmemmap-orphan-sharing", "error"),
    (ALL, head_lost, "hugetlb-leftovers", "error", "hugetlb-pool-counters"),
    (ALL, frame_on_lru, "vmemmap-frame-owner", "error"),
    (ALL, table_freed, "vmemmap-table-owner", "error"),
    (ALL, table_of_tables_freed, "vmemmap-table-owner", "error"),
    (ALL, table_without_reference, "vmemmap-table-owner", "error"),
    (ALL, table_slab, "vmemmap-table-owner", "error"),
    (ALL, table_on_lru, "vmemmap-table-owner", "error"),
    (ALL, table_in_huge_page, "vmemmap-table-owner", "error"),
    (ALL, table_in_device, "vmemmap-table-owner", "error"),
    (ALL, table_of_tables_in_no_memory, "vmemmap-table-owner", "error"),
    (ALL, ordinary_in_device, "vmemmap-frame-owner", "error"),
    (ALL, ordinary_leaf_in_device, "vmemmap-frame-owner", "error"),
    (ALL, unoptimized_tails_in_device, "vmemmap-frame-owner", "error"),
    (WITH_PGMAPS, dax_head_in_another_device, "vmemmap-frame-owner", "error"),
    (WITH_PGMAPS, dax_head_in_its_own_device, "vmemmap-frame-owner", "error"),
    (ALL, dax_head_nowhere, "vmemmap-frame-owner", "error"),
    (ALL, dax_tails_nowhere, "vmemmap-frame-owner", "error"),
    (ALL, dax_tail_nowhere, "dax-tail-target", "error"),
    (ALL, frame_mapped_by_a_process, "vmemmap-frame-owner", "error"),
    (HEAD_SHARING, key_counts_two_more, "hvo-key-count", "warning"),
    (COUNTING, memmap_counts_a_section_less, "memmap-counters", "warning"),
    (ALL, ordinary_readonly, "vmemmap-orphan-sharing", "error"),
    (ALL, head_zeroed, "vmemmap-orphan-sharing", "error"),
    (ALL, head_frame_all_ones, "vmemmap-orphan-sharing", "error"),
    (ALL, head_moved_to_blank, "vmemmap-orphan-sharing", "error"),
    (ALL, mark_wiped, "vmemmap-orphan-sharing", "error"),
    (BY_DTOR, dtor_zero, "vmemmap-orphan-sharing", "error"),
    (BY_DTOR, dtor_of_gigantic_zero, "vmemmap-orphan-sharing", "error"),
    (BY_DTOR, dtor_of_gigantic_zero_and_mapped, "vmemmap-orphan-sharing", "error"),
    (BY_DTOR, mark_removed_in_passing, "vmemmap-orphan-sharing", "note"),
    (BY_DTOR, mark_of_gigantic_removed_in_passing, "vmemmap-orphan-sharing", "note"),
    (BY_DTOR, gigantic_without_mark_yet, "vmemmap-orphan-sharing", "note"),
    *((ALL, edit, "vmemmap-orphan-sharing", "error") for edit in (
        freed_unrestored, freed_unrestored_and_no_head, gigantic_freed_unrestored,
        gigantic_freed_unrestored_and_no_head, slab_unrestored, table_unrestored, lru_unrestored,
        gigantic_lru_unrestored, reserved_unrestored, twelve_freed_unrestored)),
    (ALL, mark_of_unoptimized_wiped, "hugetlb-lists", "error", "hugetlb-pool-counters"),
    (BY_DTOR, head_in_buddy, "hugetlb-flag-agrees", "error"),
    (ALL[2:], head_in_buddy, "vmemmap-orphan-sharing", "error"),
    (BY_DTOR, marked_and_freed, "hugetlb-contents", "error", "hugetlb-pool-counters",
     "hugetlb-head-refcount"),
    (ALL[2:], marked_and_freed, "vmemmap-orphan-sharing", "error"),
    (ALL, larger_leaf_moved, "vmemmap-orphan-sharing", "error"),
    (ALL, ordinary_shared, "vmemmap-orphan-sharing", "error"),
    (ALL, frame_freed, "vmemmap-frame-in-dump", "error"),
    (ALL, frame_freed_in_block, "vmemmap-frame-in-dump", "error", "vmemmap-frame-owner"),
    (ALL, leaf_frame_freed, "vmemmap-frame-in-dump", "error"),
    (ALL, leaf_beyond, "vmemmap-frame-in-dump", "error"),
    (ALL, frame_excluded, "vmemmap-frame-in-dump", "note"),
    (("7.2-hvo", "7.3-hvo"), gigantic_keeps_two, "hugetlb-tail-target", "error"),
    (ALL, three_without_flag_and_uncounted, "hugetlb-flag-agrees", "error",
     "hugetlb-pool-counters"),
    (ALL, node_counts_one_more, "hugetlb-pool-counters", "warning"),
    (ALL, pool_counts_one_more, "hugetlb-pool-counters", "warning"),
    (ALL, free_counts_one_more, "hugetlb-pool-counters", "note"),
    (ALL, reserve_below_zero, "hugetlb-pool-counters", "warning"),
    (ALL, reserve_above_free, "hugetlb-pool-counters", "warning"),
    (ALL, surplus_below_zero, "hugetlb-pool-counters", "warning"),
    (ALL, surplus_of_node_differs, "hugetlb-pool-counters", "warning"),
    (ALL, maximum_below_zero, "hugetlb-pool-counters", "warning"),
    (ALL, maximum_beyond_memory, "hugetlb-pool-counters", "warning"),
    (ALL, order_of_another_pool, "hugetlb-pool-counters", "error"),
    (ALL, order_absurd, "hugetlb-pool-counters", "error"),
    (ALL, pools_number_zero, "hugetlb-pool-counters", "error"),
    (ALL, pools_number_too_low, "hugetlb-pool-counters", "error"),
    (ALL, pools_number_too_high, "hugetlb-pool-counters", "error"),
    (ALL, pools_number_garbage, "hugetlb-pool-counters", "error"),
    (ALL, pool_name_garbage, "hugetlb-pool-counters", "error"),
    (ALL, pool_name_of_another_size, "hugetlb-pool-counters", "error"),
    (ALL, pool_overwritten, "hugetlb-pool-counters", "error"),
    (ALL, pools_filled, "hugetlb-pool-counters", "error"),
    (ALL, pools_and_number_zero, "hugetlb-pool-counters", "error"),
    (ALL, node_counts_garbage, "hugetlb-pool-counters", "warning"),
    (ALL, free_of_node_below_zero, "hugetlb-pool-counters", "warning"),
    (ALL, surplus_above_all, "hugetlb-pool-counters", "warning"),
    (ALL, free_list_next_elsewhere, "hugetlb-lists", "error"),
    (ALL, free_list_prev_elsewhere, "hugetlb-lists", "error"),
    (ALL, free_list_next_to_nothing, "hugetlb-lists", "error"),
    (ALL, free_page_on_no_list, "hugetlb-lists", "error"),
    (ALL, free_page_among_used, "hugetlb-lists", "error", "hugetlb-head-refcount",
     "hugetlb-pool-counters"),
    (ALL, used_list_next_elsewhere, "hugetlb-lists", "error"),
    *((ALL, edit, "hugetlb-lists", "error") for edit in (
        free_list_head_zero, free_list_head_empty, free_list_head_garbage, used_list_head_empty,
        first_of_list_elsewhere, last_of_list_elsewhere, surplus_and_free_page_on_no_list,
        surplus_and_used_list_next_elsewhere)),
    (ALL, surplus_and_used_page_without_reference, "hugetlb-head-refcount", "warning"),
    (ALL, surplus_and_three_without_flag, "hugetlb-flag-agrees", "error",
     "hugetlb-pool-counters"),
    *((MASKS, edit, "hugetlb-lists", "error") for edit in (
        free_heads_swapped, free_neighbours_swapped, free_ends_swapped, used_heads_swapped,
        free_and_used_heads_swapped, all_frames_swapped, head_frames_go_round)),
    (HEAD_SHARING, free_heads_swapped, "hugetlb-tail-target", "error", "hugetlb-head-private",
     "hugetlb-pool-counters"),
    (HEAD_SHARING, all_frames_swapped, "hugetlb-contents", "error", "vmemmap-orphan-sharing"),
    (ALL, free_page_referenced, "hugetlb-head-refcount", "error"),
    (ALL, used_page_with_fewer_than_none, "hugetlb-head-refcount", "error"),
    (ALL, references_beyond_count, "hugetlb-head-refcount", "error"),
    (ALL, used_page_without_reference, "hugetlb-head-refcount", "warning"),
    (ALL, last_tail_restored, "hugetlb-savings-agree", "note", "hugetlb-pool-counters"),
    (ALL, flag_set_in_passing, "hugetlb-savings-agree", "note", "hugetlb-pool-counters"),
    (ALL, flag_cleared_in_passing, "hugetlb-savings-agree", "note",
     "hugetlb-pool-counters"),
]

# What every finding of an edit's check says of the thing that is wrong.
WORDS = {
    plugged_memory_overwritten: "the vmemmap of the other one is at 0xfffff1a000000000",
    dtor_zero: "it is not marked as a huge page (compound_dtor is 0)",
    dtor_of_gigantic_zero: "is not marked as a huge page (compound_dtor is 0)",
    dtor_of_gigantic_zero_and_mapped: "(compound_dtor is 0), and has mapping 0x",
    mark_removed_in_passing: "in transition: being given back",
    mark_of_gigantic_removed_in_passing: "in transition: being given back",
    gigantic_without_mark_yet: "in transition: being made",
    freed_unrestored: "its struct page is that of a free block of order 9",
    freed_unrestored_and_no_head: "its struct page is that of a free block of order 9",
    gigantic_freed_unrestored: "4095 of 4096 vmemmap pages are shared and mapped as those of a 1 GiB",
    gigantic_freed_unrestored_and_no_head: "its struct page is that of a free block of order 9",
    mark_of_unoptimized_wiped: ", which is not marked as a huge page (",
    head_in_buddy: "its struct page is that of a free block of order 9",
    marked_and_freed: "is that of a free block",
    slab_unrestored: "its struct page is that of a slab page",
    table_unrestored: "its struct page is that of a page table",
    lru_unrestored: "its struct page is that of a page of a file or a process",
    gigantic_lru_unrestored: "its struct page is that of a page of a file or a process",
    reserved_unrestored: "its struct page is that of a reserved page",
    twelve_freed_unrestored: "; the same of 0x",
    section_of_huge_pages_zeroed: "lacks SECTION_MARKED_PRESENT. But page tables map",
    section_of_device_zeroed: "in zone Device of node",
    section_marked_absent: "lacks SECTION_MARKED_PRESENT. But page tables map",
    section_marked_without_map: "lacks SECTION_HAS_MEM_MAP. But page tables map",
    section_marked_offline: "lacks SECTION_IS_ONLINE. But page tables map",
    section_of_device_marked_online: "lacks SECTION_TAINT_ZONE_DEVICE. But page tables map",
    section_with_huge_pages_marked_plugged: "64 frames looked at behind its struct pages are reserved",
    section_marked_plugged: "lacks SECTION_IS_EARLY. But 64 of the 64 frames looked at",
    section_of_device_marked_early: "has SECTION_IS_EARLY. But it is of a device",
    section_map_garbage: "puts the vmemmap at 0xdeadbeefcafef000",
    highest_section_lowered: "__highest_present_section_nr is 20, but mem_section has more",
    section_with_usage_nowhere: "its usage leads to where no page table maps memory",
    section_without_usage: "it has no mem_section_usage",
    section_of_no_valid_part: "its mem_section_usage has no sub-section",
    head_frame_filled: "its struct page is filled with 0x6b, as is all of its vmemmap page",
    head_frame_of_gigantic_zero: "its struct page is zero, as is all of its vmemmap page",
    twelve_head_frames_zero: "; the same of 0x",
    head_frames_of_all_nodes_zero: "; the same of 0x",
    unoptimized_head_frame_filled: "the head is gone of 1 page of 2 MiB",
    mark_left_in_ordinary_memory: "PG_head clear, private 0x",
    marks_left_of_a_freed_page: "1 page of 2 MiB, pfn 0x",
    copies_left_with_other_flags: "3 pages of 2 MiB, pfn 0x",
    restored_as_copies: "7 of the 8 vmemmap pages of the 2 MiB page 0x",
    one_restored_as_copy: "1 of the 8 vmemmap pages of the 2 MiB page 0x",
    restored_as_copies_just_now: "7 of the 8 vmemmap pages of the 2 MiB page 0x",
    half_restored_as_copies: "3 of the 8 vmemmap pages of the 2 MiB page 0x",
    three_marks_wiped: "; the same of 0x",
    dax_head_frame_zero: "was overwritten: every byte of it is 0x0",
    dax_head_frames_of_all_filled: "was overwritten: every byte of it is 0x6b; the same of",
    dax_head_frames_filled: " and 4 more: 12 pages",
    tails_of_no_head: "7 vmemmap pages from that of pfn 0x",
    head_among_tails: "d4 on, have PG_head set, not clear",
    head_among_kept_tails: "14 on, have PG_head set, not clear",
    flags_of_head_in_tail: "have private 0x10, not 0x0",
    free_head_with_mapping: "is free and has mapping 0x4141, though a free page has none",
    used_head_with_garbage_for_mapping: "which is no pointer to an address_space or anon_vma",
    used_head_with_mapping_of_a_tail: "mapping 0xdead000000000400, which is no pointer",
    head_with_map_count: ", not 0xf",
    head_private_overwritten: "has private 0xdeadbeefcafef00d",
    used_head_private_overwritten: "has private 0xffffffffffffffff",
    free_head_locked: "is free and has PG_locked",
    head_reserved: "of PG_reserved, PG_lru and PG_slab, which no huge page has",
    head_on_lru: "of PG_reserved, PG_lru and PG_slab, which no huge page has",
    first_tail_referenced: "have _refcount 1, not 0",
    references_beyond_count: "has _refcount 2147483647, more than there can be users",
    head_of_another_node: "names zone Normal of node 1, which spans pfn 0x",
    unoptimized_head_of_another_node: "names zone Normal of node 1, which spans pfn 0x",
    head_of_an_empty_zone: "names zone Movable of node 0, which is empty",
    tail_of_another_node: "1 of 64 struct pages",
    dax_head_of_another_node: ", its first tails of node ",
    dax_second_page_on_head: "vmemmap page 1 of the 2 MiB page 0x",
    dax_second_page_of_gigantic_on_head: "vmemmap page 1 of the 1 GiB page 0x",
    zone_names_no_struct_page: "is 0xffff888012345678, which is no struct page; the tails of its",
    zone_names_beyond_memory: "which is no struct page; the tails of its pages share frame 0x",
    zone_names_overwritten: "vmemmap_tails[] of zone Normal, node 0, was overwritten: 12 of 16 pointers",
    zone_names_nothing: "vmemmap_tails[2] (2 MiB pages) of zone Normal, node 0, is NULL; the tails",
    zone_names_frame_of_another_order: "which is what tails of 1 GiB pages in zone Normal of node",
    zone_names_frame_of_another_zone: "which is what tails of 2 MiB pages in zone Normal of node 1",
    zone_names_head: "which is where the head of the 2 MiB page 0x",
    zone_names_free_frame: "which is free: in a buddy block of order 0; the tails",
    zone_names_slab: "which is a slab page; the tails",
    zone_names_slab_for_an_order_without_pages: "which is a slab page; it has to be",
    zone_names_frame_for_an_order_without_pages: "shared by the tails of 32 MiB pages",
    leaf_over_other_struct_pages: " itself, over ",
    leaf_larger_than_any: "itself, though Linux maps the vmemmap by PMDs and PTEs",
    ordinary_for_programs: "for programs, too: _PAGE_USER is set",
    larger_leaf_for_programs: "maps 512 vmemmap pages, with the struct pages from pfn 0x",
    tails_for_programs: "7 PTE entries from physical 0x",
    table_for_programs: "512 PTE entries from physical 0x",
    dax_page_for_programs: "8 PTE entries from physical 0x",
    table_serves_twice: "to which the PMD entry at physical 0x",
    table_copied: "leads to a copy, at physical 0x",
    table_serves_device_too: "are not looked at there",
    table_serves_two_devices: "are not looked at there",
    ordinary_in_device: "which is memory of dax",
    ordinary_leaf_in_device: "though they are not of its pages; so are the 511 after it",
    unoptimized_tails_in_device: "though they are not of its pages",
    dax_head_in_another_device: "though they are not of its pages",
    dax_head_in_its_own_device: "which holds no struct pages: it has no altmap",
    table_freed: "which is free: in a buddy block of order 0; it maps 512 vmemmap pages",
    table_of_tables_freed: "the PMD table at physical 0x",
    table_without_reference: "which is nobody's: its reference count is 0; it maps 512 ",
    table_slab: "which is a slab page; it maps 512 vmemmap pages",
    table_on_lru: "which is a page of a file or a process; it maps ",
    table_in_huge_page: "where its user's data are; it maps 512 vmemmap pages",
    table_in_device: "which is memory of dax",
    table_of_tables_in_no_memory: "which is no memory of this machine; it maps ",
    head_moved: "vmemmap page 0 of the 2 MiB page 0x",
    head_moved_out_of_sight: "vmemmap page 0 of the 2 MiB page 0x",
    leaf_with_reserved_bit: "is impossible",
    head_of_gigantic_moved: "vmemmap page 0 of the 1 GiB page 0x",
    head_moved_to_blank: "is zero, as is all of its vmemmap page, though 7 of its 8 vmemmap pages are shared",
    head_frame_all_ones: "is lost: its struct page is all ones",
    dax_head_nowhere: "are in frame 0x1000000000, which is no memory of this machine",
    dax_tails_nowhere: "are in frame 0x1000000000, which is no memory of this machine",
    dax_tail_nowhere: "is no memory of this machine",
    leaf_beyond: "which is no memory of this machine; so are the 511 after it",
    table_beyond: "which is no memory of this machine",
    table_zeroed: "was overwritten: 512 of its entries map nothing (the first, at physical 0x",
    table_overwritten_with_text: "was overwritten: 256 of its entries map nothing",
    table_overwritten_with_pointers: "is 0xfffff1a000000040); it is to map the struct pages",
    tails_in_table: "is a page table: the PTE table of the struct pages from pfn 0x",
    ordinary_in_table: "which is a page table",
    head_taken_by_tail: "vmemmap page 4 of the 2 MiB page",
    tail_to_other_order: "is what tails of 1 GiB pages in zone Normal of node 0 share",
    middle_tail_to_unused: "is a page of the kernel's own",
    tail_to_ordinary: "is where the struct pages from pfn 0x",
    tail_to_unoptimized: "is where the tails of the 2 MiB page",
    tail_to_free: "is free: in a buddy block of order 3",
    tail_to_slab: "is a slab page",
    tail_to_beyond: "is no memory of this machine",
    dax_middle_tail_to_unused: "is a page of the kernel's own",
    pgmap_altmap_lost: "that there is no altmap, but the page tables show its memmap in the device",
    pgmap_altmap_made_up: "PGMAP_ALTMAP_VALID",
    pgmap_shift_of_base_pages: "vmemmap_shift 0, but the struct pages, the page tables",
    pgmap_shift_of_another_order: "vmemmap_shift 12, but the struct pages, the page tables",
    pgmap_shift_absurd: "vmemmap_shift 3735928559, but the struct pages, the page tables",
    pgmap_shift_beside_an_altmap: "says vmemmap_shift 3, but dev_dax.align is 0x200000",
    pgmap_shift_of_gigantic: "vmemmap_shift 9, but the struct pages, the page tables",
    pgmap_without_ranges: "nr_range 0, but pgmap_array has 1 range of it",
    pgmap_with_too_many_ranges: "nr_range 1515870810, but pgmap_array has 1 range of it",
    pgmap_range_ends_early: "but pgmap_array and struct pages say 0x",
    pgmap_type_of_filesystems: "which has no compound pages",
    surplus_of_node_differs: "surplus pages in all, its nodes add up to 1",
    larger_leaf_moved: "(512 vmemmap pages) are in frames 0x",
    maximum_beyond_memory: "max_huge_pages is 0x4141414141414141, and all memory of this machine",
    order_of_another_pool: "its order is 10, but its name is that of order 9",
    keeps_two: "keeps two vmemmap pages, and the scheme",
    dax_keeps_one: "keeps one vmemmap page, and the scheme",
    used_keeps_two_frames: "it is not just being changed: its pool counts it",
    free_keeps_two_frames: "it is not just being changed: its pool counts it",
    free_keeps_three_frames: "it is not just being changed: its pool counts it",
    gigantic_keeps_two: "vmemmap pages 1 to 4095 of the 1 GiB page",
    free_list_next_elsewhere: " (free) is named in its place",
    free_list_head_zero: "the head of the list of free pages of node 0 of hugepages-2048kB, at 0x",
    free_list_head_empty: "leads to itself, as that of an empty list, but 16 pages belong on it",
    free_list_head_garbage: "names 0x4141414141414141 as the first page, where page 0x",
    used_list_head_empty: "the head of the list of pages in use of hugepages-2048kB, at 0x",
    first_of_list_elsewhere: "is the first of its list by its own link, which leads to 0x",
    last_of_list_elsewhere: "is the last of its list by its own link, which leads to 0x",
    surplus_and_three_without_flag: "more pages are half done than the kernel changes at a time",
    three_without_flag_and_uncounted: "more pages are half done than the kernel changes at a time",
    pools_number_zero: "hugetlb_max_hstate is 0, but the pools in hstates[] are hugepages-",
    pools_number_too_low: "hugetlb_max_hstate is 1, but the pools in hstates[] are hugepages-",
    pools_number_too_high: "hugetlb_max_hstate is 3, but the pools in hstates[] are hugepages-",
    pools_number_garbage: "hugetlb_max_hstate is -191, but the pools in hstates[] are hugepages-",
    pool_name_garbage: "is of order 9, but its name is not hugepages-2048kB",
    pool_name_of_another_size: "is of order 9, but its name is not hugepages-2048kB",
    flags_moved: "none of the huge pages that share vmemmap has HPG_vmemmap_optimized (bit ",
    flags_of_all_cleared: "none of the huge pages that share vmemmap has HPG_vmemmap_optimized",
    pools_filled: "no entry of hstates[], at 0x",
    pools_and_number_zero: "has no pool, but 45 huge pages are found, by marked heads",
    pool_overwritten: "is overwritten: its order is 2779096485, and its name is that of no pool",
    node_counts_garbage: "nr_huge_pages_node is 1094795585, but the scan finds",
    free_of_node_below_zero: "free_huge_pages_node is -1, but the scan finds",
    pgmap_zeroed: "is overwritten: it says nr_range 0, type 0 and range 0x0 to 0x0: each byte",
    pgmap_freed_and_poisoned: "each byte of these is 0x6b, but pgmap_array, sections and struct pages",
    pgmap_of_gigantic_zeroed: "and range 0x0 to 0x0: each byte of these is 0x00",
    pgmap_with_altmap_poisoned: "each byte of these is 0x6b, but pgmap_array",
    pgmap_of_gigantic_overwritten: "each byte of these is 0x41, but pgmap_array",
    dax_head_on_second: "that of its vmemmap page 1, as its tails do: the frame with its head",
    dax_head_of_gigantic_on_second: "that of its vmemmap page 1, as its tails do",
    dax_pages_of_metadata_keep_two: "keeps two vmemmap pages, and the scheme of this kernel keeps",
    dax_pgmap_of_all_heads: " more: ",
    dax_tail_referenced: "a tail has no references, those to it are the head's",
    xa_head_leads_to_no_node: "the dev_pagemap of dax",
    pgmap_slot_emptied: "is NULL, but slots beside it refer to it, and struct pages show dax",
    pgmap_slot_overwritten: "holds 0x4141414141414141, which leads neither to a dev_pagemap nor",
    pgmap_slot_of_another_device: "has these pfns, and struct pages name it: they are of dax",
    altmap_base_elsewhere: "says base_pfn 0x4000000, but its range begins at pfn 0x190000",
    altmap_end_elsewhere: "says end_pfn 0x1a00ff, but its range ends at pfn 0x19ffff",
    altmap_reserves_too_much: "says reserve 0x7000000, but its range has 0x10000 pages",
    altmap_free_overwritten: "says free 0xdeadbeefdeadbeef (from pfn 0x190002 on), but its data",
    altmap_free_reaches_into_data: "but its data begins at pfn 0x190600",
    altmap_takes_more_than_free: "says alloc 0x8000 and align 0x1fe, together more than free 0x5fe",
    pgmap_flags_overwritten: "says flags 0xf0f0, and no kernel has 0xf0f0 of these",
    pgmap_array_emptied: "pgmap_array is empty, but sections and struct pages show",
    table_entry_cleared: "(0x0) is not present: 512 vmemmap pages, with the struct pages from",
    entry_of_tables_cleared: "the PUD entry at physical 0x",
    entry_of_tables_beyond: "leads to a page table at physical 0x4000",
    table_of_tables_emptied: "PMD entries from physical 0x",
    device_table_readonly: "the PMD entry at physical 0x",
    table_of_huge_pages_readonly: "forbids writing: 512 vmemmap pages, with the struct pages from",
    tables_of_tables_readonly: "the PUD entry at physical 0x",
    larger_leaf_readonly: "forbids writing: 512 vmemmap pages, with the struct pages from",
    **dict.fromkeys((free_neighbours_swapped, free_ends_swapped, used_heads_swapped,
                     free_and_used_heads_swapped),
                    ", and that one has its links: as if their struct pages were swapped"),
    head_frames_go_round: "what both lead to names that one in its place",
    dax_tail_to_neighbour: "vmemmap page 5 of the 2 MiB page",
    last_tail_filled: "was overwritten with 0x5a in every byte",
    last_tail_all_ones: "was overwritten with 0xff in every byte",
    last_tail_zero: "was overwritten with 0x00 in every byte",
    last_tail_with_text: 'was overwritten with the text "The quick brown fox jump"',
    last_tail_with_numbers: "was overwritten with what begins with 0x9e3779b97f4a7c15 0x",
    tails_with_text: "6 of 64 struct pages, from that of pfn 0x",
    tail_beside_head_with_text: 'was overwritten with the text "The quick brown fox jump"',
    shared_tail_filled: "was overwritten with 0x5a in every byte",
    shared_frame_with_text: 'were overwritten, the first with the text "The quick',
    first_tail_filled: "first tail was overwritten with 0x5a in every byte",
    head_with_text: 'was overwritten with the text "The quick brown fox jump"',
    unoptimized_head_with_text: 'was overwritten with the text "The quick brown fox jump"',
    dax_head_with_text: 'was overwritten with the text "The quick brown fox jump"',
    dax_first_tail_filled: "was overwritten with 0x5a in every byte",
    dax_tail_all_ones: "was overwritten with 0xff in every byte",
    head_of_no_order: "is 3 in its first tail, but its other tails show 9",
    head_of_an_order_of_no_pool: "is 10 in its first tail, but its other tails and the page tables",
    gigantic_with_order_of_2m: "is 9 in its first tail, but its other tails and the page tables "
                               "show 18",
    gigantic_with_order_of_half: "of the 1 GiB page 0x100000 is 17 in its first tail",
    gigantic_with_order_zero: "of the 1 GiB page 0x100000 is 0 in its first tail",
    head_with_order_of_gigantic: "is 18 in its first tail, but its other tails and the page tables "
                                 "show 9",
    head_with_order_absurd: "is 90 in its first tail",
    dax_head_with_order_of_another: "its first tail says order 3, not 9",
    dax_gigantic_with_order_of_2m: "its first tail says order 9, not 18",
}

# What the first lines of the report say.
SUMMARY = {
    pools_filled: "41 of at least 45 huge pages are optimised, which saves 17.",
    pools_and_number_zero: "41 of at least 45 huge pages are optimised, which saves 17.",
    flag_cleared_of_gigantic: "; 1 of these lacks HPG_vmemmap_optimized.",
    flag_cleared: "41 of 45 huge pages are optimised, which saves 17.1 MiB; 1 of these lacks",
    flag_set: "41 of 45 huge pages are optimised, which saves 17.1 MiB; 1 more has "
              "HPG_vmemmap_optimized, but shares nothing. ",
    flag_set_of_all: "41 of 45 huge pages are optimised, which saves 17.1 MiB; 4 more have "
                     "HPG_vmemmap_optimized, but share nothing. ",
    flags_moved: "41 of 45 huge pages are optimised, which saves 17.1 MiB; 41 of these lack",
}

# What is odd about the golden is found all the same.
ODD_STILL = {
    flag_cleared_of_gigantic, flag_cleared, flags_moved, pools_filled, pools_and_number_zero,
}

# One cause, and one finding of its check, however many pages it is about.
ONE_FINDING = {
    free_list_head_zero, free_list_head_empty, free_list_head_garbage, used_list_head_empty,
    first_of_list_elsewhere, last_of_list_elsewhere,
    dtor_zero, dtor_of_gigantic_zero, dtor_of_gigantic_zero_and_mapped, mark_removed_in_passing,
    mark_of_gigantic_removed_in_passing, gigantic_without_mark_yet, freed_unrestored,
    freed_unrestored_and_no_head, gigantic_freed_unrestored, gigantic_freed_unrestored_and_no_head,
    head_in_buddy, marked_and_freed, mark_of_unoptimized_wiped,
    slab_unrestored, table_unrestored, lru_unrestored, gigantic_lru_unrestored,
    reserved_unrestored, twelve_freed_unrestored,
    dax_head_on_second, dax_head_of_gigantic_on_second, dax_pgmap_of_all_heads,
    dax_tail_referenced, xa_head_leads_to_no_node,
    pgmap_zeroed, pgmap_freed_and_poisoned, pgmap_of_gigantic_zeroed, pgmap_with_altmap_poisoned,
    pgmap_of_gigantic_overwritten,
    pgmap_slot_emptied, pgmap_slot_overwritten, pgmap_slot_of_another_device,
    section_of_huge_pages_zeroed, section_of_device_zeroed, section_marked_absent,
    section_marked_without_map, section_marked_offline, section_of_device_marked_online,
    section_with_huge_pages_marked_plugged, section_marked_plugged, section_of_device_marked_early,
    section_map_garbage, highest_section_lowered, section_with_usage_nowhere,
    device_table_readonly, table_of_huge_pages_readonly, tables_of_tables_readonly,
    ordinary_leaf_in_device, larger_leaf_readonly, table_entry_cleared, entry_of_tables_cleared, entry_of_tables_beyond,
    tails_of_no_head, flags_of_head_in_tail, head_among_tails, head_among_kept_tails,
    tails_of_no_head, flags_of_head_in_tail,
    mark_left_in_ordinary_memory, marks_left_of_a_freed_page, copies_left_with_other_flags,
    restored_as_copies, one_restored_as_copy, restored_as_copies_just_now,
    half_restored_as_copies, given_back_without_restore, gigantic_given_back_without_restore,
    given_back_half_restored, three_marks_wiped,
    head_frame_filled, head_frame_of_gigantic_zero, twelve_head_frames_zero,
    head_frames_of_all_nodes_zero, unoptimized_head_frame_filled, dax_head_frame_zero,
    dax_head_frames_filled, dax_head_frames_of_all_filled,
    free_head_with_mapping, used_head_with_garbage_for_mapping, head_with_map_count,
    head_private_overwritten, used_head_private_overwritten, free_head_locked, head_reserved,
    head_on_lru, first_tail_referenced, references_beyond_count,
    table_of_tables_emptied, larger_leaf_moved, ordinary_shared, gigantic_keeps_two, head_moved,
    leaf_over_other_struct_pages, leaf_larger_than_any,
    ordinary_for_programs, larger_leaf_for_programs, tails_for_programs, table_for_programs,
    dax_page_for_programs,
    table_serves_twice, table_copied, table_serves_device_too, table_serves_two_devices,
    table_freed, table_of_tables_freed, table_without_reference, table_slab, table_on_lru,
    table_in_huge_page, table_in_device, table_of_tables_in_no_memory,
    head_of_gigantic_moved, head_moved_to_blank, dax_second_page_of_gigantic_on_head,
    flag_cleared_of_gigantic, flags_moved, flags_of_all_cleared,
    maximum_beyond_memory, pools_number_zero,
    pools_number_too_low, pools_number_too_high, pools_number_garbage, pool_name_garbage,
    pool_name_of_another_size, pool_overwritten, pools_filled, pools_and_number_zero, node_counts_garbage, free_of_node_below_zero,
    surplus_above_all,
    last_tail_filled, last_tail_all_ones, last_tail_zero, last_tail_with_text,
    last_tail_with_numbers, tails_with_text, tail_beside_head_with_text, shared_tail_filled,
    shared_frame_with_text, first_tail_filled, head_with_text, unoptimized_head_with_text,
    dax_head_with_text, dax_first_tail_filled, dax_tail_all_ones,
    head_of_no_order, head_of_an_order_of_no_pool, gigantic_with_order_of_2m,
    gigantic_with_order_of_half, gigantic_with_order_zero, head_with_order_of_gigantic,
    head_with_order_absurd, dax_head_with_order_of_another, dax_gigantic_with_order_of_2m,
    free_heads_swapped, free_neighbours_swapped, free_ends_swapped, used_heads_swapped,
    free_and_used_heads_swapped, all_frames_swapped,
}

IMAGES = [
    Image(golden, edit.__name__.replace("_", "-"), check, severity, edit, also)
    for goldens, edit, check, severity, *also in TABLE
    for golden in goldens
]
