#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a user of drgn would write to learn what a report tells of HugeTLB pages.

    peer.py bulk|loop DUMP TYPES REPORT [VMLINUX]

For each huge page: its pool, whether its vmemmap is shared and with which frame, how
that is mapped, and what the struct pages in all of its vmemmap say. TYPES and REPORT
are what "vmemscope types" and "vmemscope report" print as JSON. Of the first it takes
offsets, of the second only addresses: that spares drgn a vmlinux, which takes it
longer than a report, and an invented machine has none. With VMLINUX drgn loads it all
the same, and tells how long that took.

bulk is as fast as drgn and numpy can be: page tables and frames are read by physical
address, in runs as long as they are. loop is what people write: an object for each
struct page. Both know x86-64 kernels since 7.1, whose tails hold a mask.

Prints JSON: seconds, and for each order what was found.
"""
import collections
import json
import sys
import time

import drgn
import numpy

PAGE, STRUCT_PAGE, WORDS = 4096, 64, 8
PER_PAGE = PAGE // STRUCT_PAGE
PRESENT, WRITABLE, LEAF = 1, 2, 0x80
FRAME = 0x000FFFFFFFFFF000
ENTRIES = 512
CHUNK_FRAMES = 1 << 12
FREED, OPTIMIZED = 1 << 3, 1 << 4
ALL_ONES = 2**64 - 1


class Machine:
    """The dump, and what has to be known of its kernel."""

    def __init__(self, dump, types, report, vmlinux=None):
        started = time.monotonic()
        self.program = drgn.Program()
        self.program.set_core_dump(dump)
        if vmlinux:
            self.program.load_debug_info([vmlinux])
        self.loading = time.monotonic() - started
        self.known = {row["name"]: row["value"] for row in load(types)["types"]}
        report = load(report)
        if report["kernel"]["scheme"]["hugetlb"] != "hugetlb-d":
            sys.exit("peer.py: knows only kernels whose tails hold a mask (7.1 to 7.3)")
        self.levels = report["kernel"]["paging_levels"]
        self.root = int(report["kernel"]["page_table_root"], 16)
        self.slide = int(report["kernel"]["kernel_offset"], 16)
        self.vmemmap = int(report["vmemmap"]["base"], 16)
        self.head = 1 << self.known["enumerator PG_head"]
        self.hugetlb = self.known["enumerator PGTY_hugetlb"]

    def offset(self, member):
        return self.known["the offset of struct " + member]

    def word(self, member):
        return self.offset(member) // WORDS

    def symbol(self, name):
        return int(self.known["symbol " + name], 16) + self.slide

    def table(self, address):
        return numpy.frombuffer(self.program.read(address, PAGE, True), "<u8")

    def pools(self):
        """Pages of each hstate, by order, as the kernel counts them."""
        size = self.known["sizeof(struct hstate)"]
        count = self.program.read_u32(self.symbol("hugetlb_max_hstate"))
        starts = [self.symbol("hstates") + i * size for i in range(count)]
        return {self.program.read_u32(start + self.offset("hstate.order")):
                self.program.read_u64(start + self.offset("hstate.nr_huge_pages"))
                for start in starts}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def mask_of(order):
    """What each tail of a page of this order holds."""
    return (ALL_ONES << (order + 6)) & ALL_ONES | 1


# --- page tables --------------------------------------------------------------------


def regions(machine, table, level, start, end, writable):
    """(address, frames, writable) of each 2 MiB of the vmemmap."""
    shift = 12 + 9 * (level - 1)
    entries = machine.table(table)
    for index in range(start >> shift & ENTRIES - 1, ((end - 1) >> shift & ENTRIES - 1) + 1):
        entry = int(entries[index])
        if not entry & PRESENT:
            continue
        at = max(start, start >> shift + 9 << shift + 9 | index << shift)
        may_write = writable and bool(entry & WRITABLE)
        if level == 2 and entry & LEAF:
            first = (entry & FRAME & -1 << 21) >> 12
            yield at, numpy.arange(first, first + ENTRIES, dtype="u8"), may_write
        elif level == 2:
            leaves = machine.table(entry & FRAME)
            frames = numpy.where(leaves & PRESENT, (leaves & FRAME) >> 12, 0)
            yield at, frames, (leaves & WRITABLE != 0) & may_write
        else:
            stop = min(end, (at >> shift) + 1 << shift)
            yield from regions(machine, entry & FRAME, level - 1, at, stop, may_write)


class Map:
    """Frame of each vmemmap page, zero if there is none, in rows of 2 MiB."""

    def __init__(self, machine):
        size = 1 << (49 if machine.levels == 5 else 40)
        rows = list(regions(machine, machine.root, machine.levels, machine.vmemmap,
                            machine.vmemmap + size, True))
        self.first = numpy.array([(at - machine.vmemmap) >> 12 for at, _, _ in rows], "u8")
        self.frames = numpy.empty((len(rows), ENTRIES), "u8")
        self.writable = numpy.empty((len(rows), ENTRIES), bool)
        for i, (_, frames, writable) in enumerate(rows):
            self.frames[i] = frames
            self.writable[i] = writable

    def of_page(self, row, column, pages):
        """Frames and permissions of so many vmemmap pages, over rows if need be."""
        rows = slice(row, row + (column + pages + ENTRIES - 1) // ENTRIES)
        part = slice(column, column + pages)
        return self.frames[rows].reshape(-1)[part], self.writable[rows].reshape(-1)[part]


# --- in bulk --------------------------------------------------------------------------


def runs(frames):
    """(start, count) of frames that follow each other; they ascend."""
    breaks = numpy.flatnonzero(numpy.diff(frames) != 1) + 1
    starts = numpy.concatenate(([0], breaks))
    counts = numpy.diff(numpy.concatenate((starts, [len(frames)])))
    return zip(frames[starts].tolist(), counts.tolist())


def read_run(machine, start, count):
    try:
        return machine.program.read(start * PAGE, count * PAGE, True)
    except drgn.FaultError:
        if count == 1:
            return bytes(PAGE)
        half = count // 2
        return (read_run(machine, start, half)
                + read_run(machine, start + half, count - half))


def struct_pages(machine, frames):
    """(frames, words of their struct pages) in chunks; the frames ascend, none twice."""
    for at in range(0, len(frames), CHUNK_FRAMES):
        chunk = frames[at:at + CHUNK_FRAMES]
        data = b"".join(read_run(machine, start, count) for start, count in runs(chunk))
        yield chunk, numpy.frombuffer(data, "<u8").reshape(-1, PER_PAGE, WORDS)


def wrong_tails(machine, words, order, skip):
    """Struct pages, but the first @skip of each frame, that do not hold the mask."""
    return int(numpy.count_nonzero(
        words[:, skip:, machine.word("page.compound_info")] != numpy.uint64(mask_of(order))))


def find_heads(machine, frames):
    """By frame, (order, private) of the huge page whose head it begins with; wrong tails."""
    heads, wrong = {}, collections.Counter()
    for chunk, words in struct_pages(machine, numpy.unique(frames[frames != 0])):
        kind = words[:, 0, machine.word("page.page_type")] & 0xFFFFFFFF
        flags = words[:, 0, machine.word("page.flags")]
        huge = (kind >> 24 == machine.hugetlb) & (flags & machine.head != 0)
        orders = words[:, 1, machine.word("page.flags")] & 0xFF
        private = words[:, 0, machine.word("page.private")]
        for order in numpy.unique(orders[huge]).tolist():
            chosen = huge & (orders == order)
            wrong[order] += wrong_tails(machine, words[chosen], order, 1)
            heads.update(zip(chunk[chosen].tolist(),
                             ((order, bits) for bits in private[chosen].tolist())))
    return heads, wrong


def bulk(machine):
    vmemmap = Map(machine)
    candidates = vmemmap.frames[:, ::ENTRIES // 64]
    heads, wrong = find_heads(machine, candidates)
    results = collections.defaultdict(collections.Counter)
    targets = collections.defaultdict(set)
    private = collections.defaultdict(list)
    begins = numpy.isin(candidates, numpy.fromiter(heads, "u8", len(heads)))
    for row, column in numpy.argwhere(begins).tolist():
        order, bits = heads[int(candidates[row, column])]
        pages = (STRUCT_PAGE << order) // PAGE
        frames, writable = vmemmap.of_page(row, column * 8, pages)
        result = results[order]
        result["pages"] += 1
        result["free"] += bool(bits & FREED)
        result["flagged"] += bool(bits & OPTIMIZED)
        if (frames[1:] == frames[1]).all() and frames[0] != frames[1]:
            result["optimized"] += 1
            result["saved_pages"] += pages - 1
            result["writable_tails"] += int(numpy.count_nonzero(writable[1:]))
            targets[order].add(int(frames[1]))
        else:
            private[order].append(frames[1:])
    for order, result in results.items():
        rest = [numpy.fromiter(targets[order], "u8", len(targets[order])), *private[order]]
        for _, words in struct_pages(machine, numpy.unique(numpy.concatenate(rest))):
            wrong[order] += wrong_tails(machine, words, order, 0)
        result["wrong_tails"] = wrong[order]
        result["shared_frames"] = len(targets[order])
    return results


# --- one struct page after the other ----------------------------------------------------


def page_type(machine):
    """struct page, as far as it is looked at."""
    program = machine.program
    word = program.int_type("unsigned long", 8, False)
    half = program.int_type("unsigned int", 4, False)
    members = (("flags", word), ("compound_info", word), ("private", word), ("page_type", half))
    return program.struct_type("page", STRUCT_PAGE, [
        drgn.TypeMember(kind, name, machine.offset("page." + name) * 8) for name, kind in members])


def entry_of(machine, address):
    """The entry that maps this address, and whether one may write there."""
    table, writable = machine.root, True
    for level in range(machine.levels, 0, -1):
        index = address >> 12 + 9 * (level - 1) & ENTRIES - 1
        entry = machine.program.read_u64(table + index * 8, True)
        writable = writable and bool(entry & WRITABLE)
        if not entry & PRESENT:
            return None, False
        if level == 1:
            return (entry & FRAME) >> 12, writable
        if level == 2 and entry & LEAF:
            return ((entry & FRAME & -1 << 21) >> 12) + (address >> 12 & ENTRIES - 1), writable
        table = entry & FRAME
    return None, False


def look_at(machine, kind, first, order, result, targets):
    """One huge page: what maps its struct pages, and each of them."""
    pages = (STRUCT_PAGE << order) // PAGE
    mapped = [entry_of(machine, first + i * PAGE) for i in range(pages)]
    frames = [frame for frame, _ in mapped]
    if len(set(frames[1:])) == 1 and frames[0] != frames[1]:
        result["optimized"] += 1
        result["saved_pages"] += pages - 1
        result["writable_tails"] += sum(writable for _, writable in mapped[1:])
        targets.add(frames[1])
    for i in range(1, 1 << order):
        page = drgn.Object(machine.program, kind, address=first + i * STRUCT_PAGE)
        result["wrong_tails"] += page.compound_info.value_() != mask_of(order)


def is_head(machine, page):
    try:
        return (page.page_type.value_() >> 24 == machine.hugetlb
                and page.flags.value_() & machine.head)
    except drgn.FaultError:  # not in the dump
        return False


def loop(machine):
    kind = page_type(machine)
    results = collections.defaultdict(collections.Counter)
    targets = collections.defaultdict(set)
    for row in Map(machine).first.tolist():
        for i in range(0, ENTRIES, ENTRIES // 64):
            first = machine.vmemmap + (row + i) * PAGE
            page = drgn.Object(machine.program, kind, address=first)
            if not is_head(machine, page):
                continue
            tail = drgn.Object(machine.program, kind, address=first + STRUCT_PAGE)
            order = tail.flags.value_() & 0xFF
            result = results[order]
            result["pages"] += 1
            result["free"] += bool(page.private.value_() & FREED)
            result["flagged"] += bool(page.private.value_() & OPTIMIZED)
            look_at(machine, kind, first, order, result, targets[order])
    for order, result in results.items():
        result["shared_frames"] = len(targets[order])
    return results


def main():
    machine = Machine(*sys.argv[2:])
    started = time.monotonic()
    results = {"bulk": bulk, "loop": loop}[sys.argv[1]](machine)
    for order, pages in machine.pools().items():
        results[order]["counted"] = pages
    json.dump({"loading": machine.loading, "seconds": time.monotonic() - started,
               "orders": {order: dict(result) for order, result in results.items()}}, sys.stdout)


main()
