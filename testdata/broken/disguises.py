# SPDX-License-Identifier: LGPL-2.1-or-later
"""Goldens turned into machines of kernels that no golden is of, and what is seen of them.

A distribution takes a part of a series: the types stay what they were, and huge pages or
devices share their vmemmap in another way. All compound pages of a family are remapped.
"""
import json

from elfdump import PAGE, PRESENT, Missing
from images import count_memmap
from machine import LOW, P, PER_PAGE, RW, Machine

TAIL_LINK = 8  # of struct page: compound_head, compound_info
ZONE_SHIFT, NODE_SHIFT = 51, 54


class Page:
    """A compound page whose vmemmap is shared."""

    def __init__(self, machine, pfn, pages):
        self.machine, self.pfn, self.pages = machine, pfn, pages
        self.order, self.vmemmap_pages = pages.bit_length() - 1, pages // PER_PAGE
        flags = machine.dump.read_u64(machine.struct_page(pfn))
        self.place = flags >> NODE_SHIFT, flags >> ZONE_SHIFT & 7, self.order

    def entry(self, number):
        return self.machine.vmemmap_entry(self.pfn // PER_PAGE + number)

    def frames(self):
        return {self.entry(number).frame for number in range(self.vmemmap_pages)}

    def link(self, masks):
        if masks:
            return ~0 << self.order + 6 & 2 ** 64 - 1 | 1
        return self.machine.vmemmap + 64 * self.pfn | 1

    def relink(self, masks):
        dump = self.machine.dump
        for frame in self.frames():
            for where in range(frame << 12, frame + 1 << 12, 64):
                if dump.read_u64(where + TAIL_LINK) & 1:
                    dump.write_u64(where + TAIL_LINK, self.link(masks))

    def tails(self, masks):
        """A frame full of its tails."""
        last = self.machine.struct_page(self.pfn + self.pages - 1)
        tail = bytearray(self.machine.dump.read(last, 64))
        count = self.machine.offset("page", "_refcount")
        tail[TAIL_LINK:TAIL_LINK + 8] = self.link(masks).to_bytes(8, "little")
        tail[count:count + 4] = bytes(4)
        return bytes(tail) * PER_PAGE


class Disguise(Machine):
    def __init__(self, dump, golden):
        super().__init__(dump, golden)
        self.unused = self._unused_frames()
        self.zones = {}  # place: frame, entries

    def _unused_frames(self):
        used = {self.frame_of(index) for index in self.boot_vmemmap()}
        for index in self.boot_vmemmap():
            for pfn in range(index * PER_PAGE, (index + 1) * PER_PAGE):
                if not self._is_huge(index) and LOW < pfn and (
                        pfn not in used and pfn << 12 not in self.dump.pages):
                    yield pfn

    def frame(self, data):
        pfn = next(self.unused)
        self.dump.set_state(pfn << 12, pfn + 1 << 12, PRESENT)
        self.own(pfn)
        self.dump.add_page(pfn << 12, data)
        return pfn

    # Whose vmemmap is shared.

    def huge_pages(self):
        return [Page(self, h.pfn, h.size // PAGE) for h in self.heads if h.optimized]

    def device_pages(self):
        """With those of a device's own metadata, in front of its data."""
        return [Page(self, pfn, d.align) for d in self.devices
                if d.memmap == "ram" and d.align > 1
                for pfn in range(self._first(d), d.start + d.pages, d.align)]

    def _first(self, device):
        start = device.start
        while self._shares(start - device.align, device.align):
            start -= device.align
        return start

    def _shares(self, pfn, pages):
        last = (pfn + pages) // PER_PAGE - 1
        entries = [self.vmemmap_entry(i) for i in (pfn // PER_PAGE, last - 1, last)]
        if any(e.level or not e.raw & P for e in entries):
            return False
        try:
            zone = self.dump.read_u64(self.struct_page(pfn)) >> ZONE_SHIFT & 7
        except Missing:
            return False
        return entries[1].frame == entries[2].frame and zone == self.enumerator("ZONE_DEVICE")

    # How it is shared.

    def zone_frame(self, page, masks):
        if page.place not in self.zones:
            self.zones[page.place] = self.frame(page.tails(masks))
        return self.zones[page.place]

    def remap(self, page, kept, target, writable, masks):
        """@target: head, second, zone."""
        page.relink(masks)
        if target == "head":
            frame = page.entry(0).frame
        elif target == "zone":
            frame = self.zone_frame(page, masks)
        else:
            frame = self.frame(page.tails(masks))
        for number in range(1, page.vmemmap_pages):
            own = number < kept
            entry = page.entry(number)
            entry.map_to(frame)
            entry.raw = entry.raw | RW if own or writable else entry.raw & ~RW
        return frame

    def remap_all(self, pages, kept, target, writable, masks):
        shared = self._zone_frames()
        before = self._frames(pages) - shared
        for page in pages:
            self.remap(page, kept, target, writable, masks)
        # What a zone shares is not counted.
        after = self._frames(pages) - shared - set(self.zones.values())
        count_memmap(self, len(after) - len(before))

    @staticmethod
    def _frames(pages):
        return set().union(*(page.frames() for page in pages))

    def _zone_frames(self):
        """Behind the tails of several huge pages, or named by the type."""
        if "vmemmap_tails" not in self.profile["structs"]["zone"]["members"]:
            return set()
        return {page.entry(1).frame for page in self.huge_pages()}

    def count_references(self, pages):
        """The frame behind a device's tails counts the entries, a zone's one more."""
        count = {}
        for page in pages:
            for number in range(page.vmemmap_pages):
                frame = page.entry(number).frame
                count[frame] = count.get(frame, 0) + 1
        for page in pages:
            frame = page.entry(page.vmemmap_pages - 1).frame
            where = self.kept_struct_page(frame) + self.offset("page", "_refcount")
            self.dump.write_u32(where, count[frame] + (frame in self.zones.values()))

    def relink_all(self, masks):
        others = [Page(self, h.pfn, h.size // PAGE) for h in self.heads if not h.optimized]
        for page in self.huge_pages() + self.device_pages() + others:
            page.relink(masks)

    def rename_link(self, old, new):
        members = self.profile["structs"]["page"]["members"]
        members[new] = members.pop(old)
        self.dump.set_fact(f"OFFSET(page.{new})", self.facts[f"OFFSET(page.{old})"])
        self.dump.set_fact(f"OFFSET(page.{old})", None)
        self.dump.profile_note.body = json.dumps(self.profile).encode() + b"\0"
