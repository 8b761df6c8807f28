# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine in a dump, read by other code than the program's.

x86-64 only. Finds page-table entries and struct pages by VMCOREINFO, the layout
in the dump's profile, and a walk of its own; knows from testdata/truth which
huge pages the guest had.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from elfdump import PAGE, PRESENT, Missing  # noqa: E402

IMAGE_BASE = 0xFFFFFFFF80000000
ADDRESS = 0x000FFFFFFFFFF000
P, RW, PSE = 1 << 0, 1 << 1, 1 << 7
STRUCT_PAGE = 64
PER_PAGE = PAGE // STRUCT_PAGE
LOW = 0x1000  # below: what the firmware left
TRUTH = pathlib.Path(__file__).resolve().parents[1] / "truth"


class Entry:
    """The page-table entry that maps an address; level 0 is the lowest."""

    def __init__(self, dump, address, level):
        self.dump, self.address, self.level = dump, address, level

    @property
    def raw(self):
        return self.dump.read_u64(self.address)

    @raw.setter
    def raw(self, value):
        self.dump.write_u64(self.address, value)

    @property
    def frame(self):
        """Of the first page that it maps."""
        return (self.raw & ADDRESS & ~((1 << 12 + 9 * self.level) - 1)) >> 12

    def map_to(self, frame):
        """Another frame, the flags as they are."""
        assert self.level == 0
        self.raw = self.raw & ~ADDRESS | frame << 12


class Head:
    def __init__(self, pfn, optimized, size):
        self.pfn, self.optimized, self.size = pfn, optimized, size
        self.vmemmap_pages = size // PAGE // PER_PAGE


class Device:
    def __init__(self, name, start, size, align, memmap):
        self.name, self.start, self.memmap = name, start // PAGE, memmap
        self.pages, self.align = size // PAGE, align // PAGE

    def compound(self, number=0):
        """The pfn of a compound page."""
        return self.start + number * self.align


def truth_lines(golden, name):
    """Fields of the lines that are no comments."""
    text = (TRUTH / golden / name).read_text(encoding="ascii")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def page_size(golden):
    """Of the guest: machine.txt tells where it is not that of x86-64."""
    if not (TRUTH / golden / "machine.txt").exists():
        return PAGE
    return int(dict(truth_lines(golden, "machine.txt"))["page_size"])


class Machine:
    def __init__(self, dump, golden):
        self.dump = dump
        text = dump.vmcoreinfo_note.body.rstrip(b"\0").decode()
        self.facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        self.profile = json.loads(dump.profile_note.body.rstrip(b"\0"))
        self.levels = 5 if self.facts.get("NUMBER(pgtable_l5_enabled)") == "1" else 4
        self.vmemmap = int(self.facts["SYMBOL(vmemmap)"], 16) if (
            "SYMBOL(vmemmap)" in self.facts) else self._vmemmap_of_sections()
        self.heads = [Head(int(pfn, 16), optimized == "yes", int(size))
                      for pfn, optimized, size in truth_lines(golden, "heads.txt")]

        self.devices = [Device(name, int(start, 16), int(size), int(align), memmap)
                        for name, start, size, align, _, memmap
                        in truth_lines(golden, "devices.txt")]

    # What the kernel and its types say.

    @property
    def root(self):
        link = int(self.facts["SYMBOL(swapper_pg_dir)"], 16)
        return link - IMAGE_BASE + int(self.facts["NUMBER(phys_base)"])

    def symbol(self, name):
        linked = int(self.profile["symbols"][name]["address"], 16)
        return linked + int(self.facts.get("KERNELOFFSET", "0"), 16)

    def offset(self, struct, member):
        return self.profile["structs"][struct]["members"][member]["offset"]

    def size(self, struct):
        return self.profile["structs"][struct]["size"]

    def enumerator(self, name):
        """None if this kernel has none."""
        for group in [self.profile["enumerators"], *self.profile["enums"].values()]:
            if name in group:
                return group[name]["value"]
        return None

    # Page tables.

    def tables(self, address):
        """The entries on the way to the address, top level first."""
        table = self.root
        for level in reversed(range(self.levels)):
            entry = Entry(self.dump, table + 8 * (address >> 12 + 9 * level & 511), level)
            yield entry
            if not entry.raw & P or level == 0 or (level <= 2 and entry.raw & PSE):
                return
            table = entry.raw & ADDRESS

    def entry(self, address):
        return list(self.tables(address))[-1]

    def physical(self, address):
        entry = self.entry(address)
        if not entry.raw & P:
            raise Missing(f"0x{address:x} is not mapped")
        return (entry.frame << 12) + (address & (1 << 12 + 9 * entry.level) - 1)

    # Struct pages and the vmemmap, which is counted in pages.

    def struct_page(self, pfn):
        """Its physical address."""
        return self.physical(self.vmemmap + pfn * STRUCT_PAGE)

    def vmemmap_entry(self, index):
        return self.entry(self.vmemmap + index * PAGE)

    def head_entry(self, head, number=0):
        """Of one vmemmap page of a huge page."""
        return self.vmemmap_entry(head.pfn // PER_PAGE + number)

    def frame_of(self, index):
        return self.physical(self.vmemmap + index * PAGE) >> 12

    # Memory sections.

    def sections(self):
        """(number, physical address of section_mem_map, its value) of those present."""
        roots = int(self.facts["SYMBOL(mem_section)"], 16)
        size, at = self.size("mem_section"), self.offset("mem_section", "section_mem_map")
        for number in range(int(self.facts["LENGTH(mem_section)"])):
            try:
                root = self.dump.read_u64(self.physical(roots + 8 * number))
            except Missing:
                return
            for i in range(PAGE // size if root else 0):
                where = self.physical(root + i * size + at)
                value = self.dump.read_u64(where)
                if value & 1:
                    yield number * (PAGE // size) + i, where, value

    def _vmemmap_of_sections(self):
        last = self.enumerator("SECTION_MAP_LAST_BIT") or 5
        return next(value >> last << last for _, _, value in self.sections())

    def _section_bit(self, value, name):
        return value >> self.enumerator(name) & 1

    def boot_vmemmap(self):
        """Vmemmap pages of sections that are online and early: no device's."""
        bits = int(self.facts["NUMBER(SECTION_SIZE_BITS)"])
        per_section = (1 << bits - 12) // PER_PAGE
        for number, _, value in self.sections():
            if self._section_bit(value, "SECTION_IS_ONLINE_BIT") and (
                    self._section_bit(value, "SECTION_IS_EARLY_BIT")):
                yield from range(number * per_section, (number + 1) * per_section)

    def _is_huge(self, index):
        pfn = index * PER_PAGE
        return any(head.pfn <= pfn < head.pfn + head.size // PAGE for head in self.heads)

    def _is_device(self, index):
        """Where a device shares a section with boot memory its zone tells."""
        try:
            flags = self.dump.read_u64(self.struct_page(index // 8 * 8 * PER_PAGE))
        except Missing:
            return True
        zones_shift, nodes_shift = 3, 10
        return flags << nodes_shift >> 64 - zones_shift & 7 == self.enumerator("ZONE_DEVICE")

    def ordinary(self, level, number=3):
        """The first vmemmap page that is mapped at this level and belongs to no huge
        page, and is number @number of eight: only number 0 can hold a head."""
        for index in self.boot_vmemmap():
            if index % 8 != number or self._is_huge(index):
                continue
            entry = self.vmemmap_entry(index)
            if entry.level != level or not entry.raw & P:
                continue
            whole = range(index // 512 * 512, index // 512 * 512 + 512)
            if level == 0 or not any(self._is_huge(i) for i in whole):
                return index
        raise Missing(f"no ordinary vmemmap page is mapped at level {level}")

    def kept_struct_page(self, pfn):
        """The physical address of a struct page, which is put into the dump."""
        where = self.struct_page(pfn)
        if where // PAGE * PAGE not in self.dump.pages:
            self.dump.add_page(where)
        return where

    def own(self, pfn, references=1):
        """Makes the struct page that of a page which the kernel uses for itself."""
        where = self.kept_struct_page(pfn)
        for member in ("lru", "mapping", "private"):
            self.dump.write_u64(where + self.offset("page", member), 0)
        self.dump.write_u32(where + self.offset("page", "_mapcount"), 0xFFFFFFFF)
        self.dump.write_u32(where + self.offset("page", "_refcount"), references)
        flags = self.dump.read_u64(where) >> 51 << 51  # node and zone
        self.dump.write_u64(where, flags)

    def unused_frame(self):
        """A frame of boot memory that nothing uses, present in the dump, and the kernel's."""
        used = {self.frame_of(index) for index in self.boot_vmemmap()}
        ordinary = (pfn for index in self.boot_vmemmap() if not self._is_huge(index)
                    for pfn in range(index * PER_PAGE, (index + 1) * PER_PAGE))
        frame = next(pfn for pfn in ordinary
                     if pfn > LOW and pfn not in used and pfn << 12 not in self.dump.pages)
        self.dump.set_state(frame << 12, (frame << 12) + PAGE, PRESENT)
        self.own(frame)
        return frame
