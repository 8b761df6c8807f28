# SPDX-License-Identifier: LGPL-2.1-or-later
"""Classes of faults: what of a machine can be wrong, chosen at random.

A class is a function of a Victims and a random source. It returns a Fault: where, what is
there then, and what has to be named: page frames of which a finding has to tell, or words.
"""
import collections
import functools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "broken"))
import images  # noqa: E402
from elfdump import PAGE, Missing  # noqa: E402
from machine import ADDRESS, PER_PAGE, P  # noqa: E402

U64 = (1 << 64) - 1
STRUCT_PAGE = 64

# @group and @field: what it is counted as. @frames: ranges of page frames; @words: either
# names the victim.
Fault = collections.namedtuple("Fault", "cls group field at new frames words")

WORDS_OF_STRUCT_PAGE = ((0, 8, "flags"), (8, 8, "link"), (16, 8, "lru.prev"), (24, 8, "mapping"),
                        (32, 8, "index"), (40, 8, "private"), (48, 4, "_mapcount"),
                        (52, 4, "_refcount"), (56, 8, "memcg_data"))


def huge_frames(head):
    return (head.pfn, head.pfn + head.size // PAGE)


class Victims:
    """What a golden dump has to be damaged. Physical addresses that are in the dump."""

    def __init__(self, machine):
        self.machine, self.dump = machine, machine.dump

    def has(self, address):
        return address // PAGE * PAGE in self.dump.pages

    @functools.cached_property
    def heads(self):
        return [head for head in self.machine.heads if self.has(self.struct_page(head.pfn))]

    @functools.lru_cache(None)
    def struct_page(self, pfn):
        try:
            return self.machine.struct_page(pfn)
        except Missing:
            return -1

    def pages_of(self, devices):
        """(group, pfn, order of a compound page) that share."""
        if not devices:
            return [("HugeTLB page", head.pfn, head.size // PAGE) for head in self.heads]
        known = "dev_pagemap" in self.machine.profile["structs"]
        group = "device page" if known else "device page, dev_pagemap unknown"
        return [(group, device.compound(number), device.align)
                for device in self.machine.devices if device.memmap == "ram" and device.align > 1
                for number in range(device.pages // device.align)
                if self.has(self.struct_page(device.compound(number)))]

    @functools.cached_property
    def compounds(self):
        return self.pages_of(False) + self.pages_of(True)

    @functools.cached_property
    def ordinary(self):
        """Vmemmap pages of boot memory, of which a finding can name each."""
        machine = self.machine
        return [index for index in machine.boot_vmemmap()
                if not machine._is_huge(index) and index * PER_PAGE >= 0x1000
                and machine.vmemmap_entry(index).raw & P]

    @functools.cached_property
    def sections(self):
        return list(self.machine.sections())

    @functools.cached_property
    def frames(self):
        """Frames that the vmemmap is in: plausible wrong answers."""
        return sorted({entry.frame for _, pfn, pages in self.compounds
                       for entry in [self.machine.vmemmap_entry(pfn // PER_PAGE + number)
                                     for number in (0, 1, 2)] if entry.raw & P and not entry.level})


# --- values ------------------------------------------------------------------------------


def changed(source, old, width, plausible=()):
    """(what was done, the new value)"""
    ways = ["bit", "bit", "bit", "random", "zero", "ones"] + ["plausible"] * bool(plausible)
    way = source.choice(ways)
    if way == "bit":
        bit = source.randrange(8 * width)
        return f"bit {bit}", old ^ 1 << bit
    if way == "plausible":
        return "plausible", source.choice(plausible)
    return way, {"random": source.getrandbits(8 * width), "zero": 0,
                 "ones": (1 << 8 * width) - 1}[way]


def make(cls, group, field, at, width, new, frames, words=()):
    return Fault(cls, group, field, at, new.to_bytes(width, "little"), frames, words)


# --- page tables ---------------------------------------------------------------------------


def pte_of(victims, source):
    """(group, entry, page frames that it is about, how they are called)"""
    machine = victims.machine
    if source.random() < 0.15:
        index = source.choice(victims.ordinary)
        first = index * PER_PAGE
        return ("ordinary memory", machine.vmemmap_entry(index), (first, first + PER_PAGE),
                (f"0x{first:x}",))
    group, pfn, pages = source.choice(victims.compounds)
    count = pages // PER_PAGE
    number = source.choice((0, 1, 2, source.randrange(count), count - 1)) % count
    part = "head" if number == 0 else "tail"
    return (f"{group}: {part}", machine.vmemmap_entry(pfn // PER_PAGE + number),
            (pfn, pfn + pages), (f"0x{pfn:x}", f"0x{pfn + number * PER_PAGE:x}"))


def pte_frame(victims, source):
    group, entry, frames, words = pte_of(victims, source)
    words = (*words, f"0x{entry.address:x}")
    if entry.level:
        return None
    way = source.choice(("bit", "neighbour", "plausible", "random"))
    frame = entry.frame
    if way == "bit":
        bit = source.randrange(40)
        return make("entry: frame", group, f"bit {12 + bit}", entry.address, 8,
                    entry.raw ^ 1 << 12 + bit, [frames], words)
    new = {"neighbour": lambda: frame + source.choice((-1, 1)),
           "plausible": lambda: source.choice(victims.frames),
           "random": lambda: source.randrange(1 << 21)}[way]()
    return make("entry: frame", group, way, entry.address, 8,
                entry.raw & ~ADDRESS | new << 12, [frames], (*words, f"frame 0x{new:x}"))


def pte_bits(victims, source):
    group, entry, frames, words = pte_of(victims, source)
    words = (*words, f"0x{entry.address:x}")
    bit = source.choice((*range(12), *range(52, 64)))
    level = "larger leaf" if entry.level else "entry"
    return make("entry: flags", f"{group}, {level}", f"bit {bit}", entry.address, 8,
                entry.raw ^ 1 << bit, [frames], words)


def pte_value(victims, source):
    group, entry, frames, words = pte_of(victims, source)
    words = (*words, f"0x{entry.address:x}")
    if entry.level:
        return None
    way, new = source.choice((("zero", 0), ("ones", U64), ("random", source.getrandbits(64))))
    return make("entry: value", group, way, entry.address, 8, new, [frames], words)


LEVELS = ("PTE", "PMD", "PUD", "P4D", "PGD")


def served(entry, vmemmap, pfn):
    """The page frames whose struct pages the entry leads to."""
    size = 1 << 12 + 9 * entry.level
    start = (vmemmap + pfn * STRUCT_PAGE) // size * size
    first = max(0, start - vmemmap) // STRUCT_PAGE
    return first, (start + size - vmemmap) // STRUCT_PAGE


def upper(victims, source):
    """An entry that leads to tables of the vmemmap."""
    _, pfn, _ = source.choice(victims.compounds)
    way_there = list(victims.machine.tables(victims.machine.vmemmap + pfn * STRUCT_PAGE))
    tables = [entry for entry in way_there[:-1] if victims.has(entry.address)]
    if not tables:
        return None
    entry = source.choice(tables)
    field, new = changed(source, entry.raw, 8)
    return make("entry above", f"level {entry.level}", field, entry.address, 8, new,
                [served(entry, victims.machine.vmemmap, pfn)], (f"0x{entry.address:x}",))


# --- struct pages ----------------------------------------------------------------------------


def word_of(source):
    offset, width, name = source.choice(WORDS_OF_STRUCT_PAGE)
    return offset, width, name


def struct_page_fault(victims, source, cls, group, pfn, frames):
    at = victims.struct_page(pfn)
    if at < 0 or not victims.has(at):
        return None
    offset, width, name = word_of(source)
    old = int.from_bytes(victims.dump.read(at + offset, width), "little")
    field, new = changed(source, old, width, (old + 1 & (1 << 8 * width) - 1,))
    return make(cls, group, f"{name} {field}", at + offset, width, new, [frames],
                (f"0x{pfn:x}",))


def is_free(victims, pfn):
    """Of a head of HugeTLB, by the flag that the kernel keeps in private."""
    machine = victims.machine
    bit = machine.enumerator("HPG_freed")
    where = images.private_of(machine, next(it for it in victims.heads if it.pfn == pfn))
    return bit is not None and victims.dump.read_u64(where) >> bit & 1


def head(victims, source):
    group, pfn, pages = source.choice(victims.compounds)
    if group == "HugeTLB page" and is_free(victims, pfn):
        group = "HugeTLB page, free"
    return struct_page_fault(victims, source, "struct page: head", group, pfn, (pfn, pfn + pages))


def near_tail(victims, source):
    """In the frame of the head: the first tails hold what the head has no room for."""
    group, pfn, pages = source.choice(victims.compounds)
    number = source.choice((1, 2, 3, source.randrange(4, PER_PAGE)))
    which = f"tail {number}" if number < 4 else "tail 4-63"
    return struct_page_fault(victims, source, "struct page: near tail", f"{group}, {which}",
                             pfn + number, (pfn, pfn + pages))


def far_tail(victims, source):
    """Behind the head's frame: in a frame that is shared, if it is."""
    group, pfn, pages = source.choice(victims.compounds)
    number = source.randrange(PER_PAGE, pages)
    machine = victims.machine
    entry = machine.vmemmap_entry((pfn + number) // PER_PAGE)
    first = machine.vmemmap_entry(pfn // PER_PAGE)
    is_shared = entry.raw & P and not entry.level and entry.frame != first.frame + (
        (pfn + number) // PER_PAGE - pfn // PER_PAGE)
    fault = struct_page_fault(victims, source, "struct page: far tail",
                              f"{group}, {'shared' if is_shared else 'own'} frame"
                              f"{', first four' if number % PER_PAGE < 4 else ''}", pfn + number,
                              (pfn, pfn + pages))
    # All pages that share the frame are meant, and the frame itself.
    return fault and fault._replace(words=(*fault.words, f"frame 0x{entry.frame:x}"))


# --- pools, sections, zones, devices -----------------------------------------------------------


def hstate(victims, source):
    machine = victims.machine
    order = source.choice(sorted({(head.size // PAGE).bit_length() - 1 for head in victims.heads}))
    where = images.hstate_of(machine, order)
    members = machine.profile["structs"]["hstate"]["members"]
    name = source.choice(sorted(members))
    at = machine.physical(where + members[name]["offset"])
    if not victims.has(at):
        return None
    width = 4 if "node" in name or name in ("order", "demote_order") else 8
    old = int.from_bytes(victims.dump.read(at, width), "little")
    field, new = changed(source, old, width, ((old + 1) % (1 << 8 * width),
                                              (old - 1) % (1 << 8 * width)))
    return make("pool", "hstate", f"{name} {field}", at, width, new, [],
                (f"hugepages-{4 << order}kB", "hstate"))


def section(victims, source):
    number, at, value = source.choice(victims.sections)
    value_early = victims.machine._section_bit(value, "SECTION_IS_EARLY_BIT")
    pages = 1 << int(victims.machine.facts["NUMBER(SECTION_SIZE_BITS)"]) - 12
    if source.random() < 0.5:
        at += victims.machine.offset("mem_section", "usage") - victims.machine.offset(
            "mem_section", "section_mem_map")
        name, value = "usage", victims.dump.read_u64(at)
    else:
        name = "section_mem_map"
    field, new = changed(source, value, 8)
    frames = number * pages, (number + 1) * pages
    # What a device keeps for itself is before its pages.
    devices = tuple(device.name for device in victims.machine.devices
                    if device.start >> 18 << 18 < frames[1]
                    and frames[0] < device.start + device.pages)
    kind = "of boot" if value_early else "plugged in"
    return make("section", kind, f"{name} {field}", at, 8, new, [frames],
                (f"section {number}", *devices))


def pgmap(victims, source):
    machine = victims.machine
    if "dev_pagemap" not in machine.profile["structs"]:
        return None
    device = source.choice([it for it in machine.devices if it.align > 1])
    members = machine.profile["structs"]["dev_pagemap"]["members"]
    name = source.choice(sorted(members))
    at = machine.physical(images.pgmap_of(machine, device.start) + members[name]["offset"])
    if not victims.has(at):
        return None
    width = 4 if name in ("flags", "type", "nr_range") else 8
    old = int.from_bytes(victims.dump.read(at, width), "little")
    field, new = changed(source, old, width, (old ^ 1,))
    return make("dev_pagemap", device.memmap, f"{name} {field}", at, width, new,
                [(device.start, device.start + device.pages)], (device.name,))


def zone_tails(victims, source):
    """zone->vmemmap_tails, of the zones that have one."""
    machine = victims.machine
    zone = machine.profile["structs"].get("zone", {}).get("members", {})
    if "vmemmap_tails" not in zone:
        return None
    places = []
    for node in images_nodes(machine):
        for number in range(5):
            at = node + machine.offset("pglist_data", "node_zones") + (
                number * machine.size("zone") + zone["vmemmap_tails"]["offset"])
            for slot in range(zone["vmemmap_tails"].get("length") or 1):
                try:
                    where = machine.physical(at + 8 * slot)
                    value = victims.dump.read_u64(where)
                except (Missing, KeyError):
                    continue
                if value:
                    places.append((where, value))
    if not places:
        return None
    at, value = source.choice(places)
    field, new = changed(source, value, 8, (value ^ 64, value + 4096))
    return make("zone", "vmemmap_tails", field, at, 8, new, [], ("zone ", "zones"))


def images_nodes(machine):
    """Addresses of the nodes' pglist_data."""
    table = machine.symbol("node_data")
    for number in range(64):
        try:
            node = machine.dump.read_u64(machine.physical(table + 8 * number))
        except (Missing, KeyError):
            return
        if not node:
            return
        yield node


CLASSES = (pte_frame, pte_bits, pte_value, upper, head, near_tail, far_tail, hstate, section, pgmap,
           zone_tails)


def choose(victims, source):
    """A Fault that changes something."""
    while True:
        fault = source.choice(CLASSES)(victims, source)
        if fault and victims.dump.read(fault.at, len(fault.new)) != fault.new:
            return fault
