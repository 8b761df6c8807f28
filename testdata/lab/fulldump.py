# SPDX-License-Identifier: LGPL-2.1-or-later
"""Page-table entries in an ELF dump of an x86-64 machine, whole or distilled.

Reads segments by physical address, and takes from VMCOREINFO all that it knows of the
kernel: neither the program nor the layout that it stored has a say.
"""
import bisect
import mmap
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "broken"))
from elfdump import EHDR, PAGE, PHDR, PT_LOAD, PT_NOTE, Missing, parse_notes  # noqa: E402
from machine import PER_PAGE, Machine  # noqa: E402

SHOWN = 9  # vmemmap pages of a large compound page
DEVICE_PAGES = 2


class FullDump:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = EHDR.unpack_from(self.data)
        phoff, count = header[5], header[10]
        self.notes, segments = [], []
        for i in range(count):
            kind, _, offset, _, address, size, _, _ = PHDR.unpack_from(
                self.data, phoff + i * PHDR.size)
            if kind == PT_NOTE:
                self.notes += parse_notes(self.data[offset:offset + size])
            elif kind == PT_LOAD:
                segments.append((address, size, offset))
        self.segments = sorted(segments)

    @property
    def vmcoreinfo(self):
        note = next((note for note in self.notes if note.owner == b"VMCOREINFO"), None)
        if note is None:
            raise Missing("the dump has no VMCOREINFO")
        text = note.body.rstrip(b"\0").decode()
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def read_u64(self, address):
        i = bisect.bisect(self.segments, (address, sys.maxsize, 0)) - 1
        start, size, offset = self.segments[i] if i >= 0 else (0, 0, 0)
        if not start <= address <= start + size - 8:
            raise Missing(f"the dump has nothing at {address:#x}")
        at = offset + address - start
        return int.from_bytes(self.data[at:at + 8], "little")


class Walker(Machine):
    """The same walk as in edited dumps, over VMCOREINFO alone."""

    def __init__(self, dump):  # pylint: disable=super-init-not-called
        self.dump, self.facts = dump, dump.vmcoreinfo
        self.levels = 5 if self.facts.get("NUMBER(pgtable_l5_enabled)") == "1" else 4
        _, _, coded = next(self.sections())
        self.vmemmap = coded // PAGE * PAGE

    def size(self, struct):
        return int(self.facts[f"SIZE({struct})"])

    def offset(self, struct, member):
        return int(self.facts[f"OFFSET({struct}.{member})"])

    def entries(self, pfn, pages):
        """(vmemmap page, level from 1, raw entry) of one compound page: of the first vmemmap
        pages, and of the last if that has an entry of its own."""
        count = pages // PER_PAGE
        for number in range(count):
            if SHOWN <= number < count - 1:
                continue
            entry = self.vmemmap_entry(pfn // PER_PAGE + number)
            if number < SHOWN or entry.level == 0:
                yield number, entry.level + 1, entry.raw


def compound_pages(told):
    """(pfn, base pages) of all huge pages, and of the first ones of each device."""
    for head in told.heads:
        yield head.pfn, head.size // PAGE
    for device in told.devices:
        for number in range(min(device.size // device.align, DEVICE_PAGES)):
            yield (device.start + number * device.align) // PAGE, device.align // PAGE


def entries_text(dump, pages):
    walker = Walker(dump)
    return ["# pfn vmemmap-page level entry: page-table entries read by another program than this "
            "one"] + [f"{pfn:#x} {number} {level} {raw:#x}" for pfn, count in pages
                      for number, level, raw in walker.entries(pfn, count)]
