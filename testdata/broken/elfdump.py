# SPDX-License-Identifier: LGPL-2.1-or-later
"""Distilled ELF dumps as something to edit.

    dump = Dump.load(path)
    dump.write_u64(paddr, dump.read_u64(paddr) & ~2)
    dump.set_state(start, end, EXCLUDED)
    dump.save(copy)

Pages and their states are keyed by physical address. formats/dump/distilled.h
tells what the notes hold.
"""
import struct

PAGE = 4096
PRESENT, EXCLUDED, ABSENT, TRUNCATED = range(4)
PT_LOAD, PT_NOTE = 1, 4
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
NHDR = struct.Struct("<III")
EXTENT = struct.Struct("<QQQ")
EXTENTS_HEAD = struct.Struct("<QQQQ")


def round_up(number, to):
    return (number + to - 1) // to * to


class Missing(LookupError):
    """The dump does not hold the page that was asked for."""


class Note:
    def __init__(self, owner, kind, body):
        self.owner, self.kind, self.body = owner, kind, body

    def packed(self):
        owner = self.owner + b"\0"
        return (
            NHDR.pack(len(owner), len(self.body), self.kind)
            + owner.ljust(round_up(len(owner), 4), b"\0")
            + self.body.ljust(round_up(len(self.body), 4), b"\0")
        )


def parse_notes(data):
    at = 0
    while at + NHDR.size <= len(data):
        owner_size, body_size, kind = NHDR.unpack_from(data, at)
        at += NHDR.size
        owner = bytes(data[at : at + owner_size]).rstrip(b"\0")
        at += round_up(owner_size, 4)
        yield Note(owner, kind, bytes(data[at : at + body_size]))
        at += round_up(body_size, 4)


class Extents:
    """The note with the answers of the full dump."""

    def __init__(self, body):
        self.version, self.flags, self.missing, count = EXTENTS_HEAD.unpack_from(body)
        self.list = [
            EXTENT.unpack_from(body, EXTENTS_HEAD.size + i * EXTENT.size) for i in range(count)
        ]

    def packed(self):
        head = EXTENTS_HEAD.pack(self.version, self.flags, self.missing, len(self.list))
        return head + b"".join(EXTENT.pack(*extent) for extent in self.list)

    def state_of(self, address):
        for start, end, state in self.list:
            if start <= address < end:
                return state
        return ABSENT

    def set(self, start, end, state):
        kept = []
        for low, high, old in self.list:
            if low < start:
                kept.append((low, min(high, start), old))
            if high > end:
                kept.append((max(low, end), high, old))
        self.list = sorted(kept + [(start, end, state)])


class Dump:
    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            return cls(file.read())

    def __init__(self, data):
        self.header = list(EHDR.unpack_from(data))
        self.pages, self.notes = {}, []
        phoff, count = self.header[5], self.header[10]
        for i in range(count):
            self._take_segment(data, PHDR.unpack_from(data, phoff + i * PHDR.size))
        note = self._own_note(lambda body: not body.startswith(b"{"))
        self.extents = Extents(note.body)

    def _take_segment(self, data, segment):
        kind, _, offset, _, address, size, _, _ = segment
        if kind == PT_NOTE:
            self.notes += parse_notes(data[offset : offset + size])
        elif kind == PT_LOAD:
            for at in range(0, size, PAGE):
                self.pages[address + at] = bytearray(data[offset + at : offset + at + PAGE])

    def _own_note(self, wanted):
        return next(n for n in self.notes if n.owner == b"vmemscope" and wanted(n.body))

    # Notes.

    @property
    def vmcoreinfo_note(self):
        return next(note for note in self.notes if note.owner == b"VMCOREINFO")

    @property
    def profile_note(self):
        return self._own_note(lambda body: body.startswith(b"{"))

    @property
    def extents_note(self):
        return self._own_note(lambda body: not body.startswith(b"{"))

    def set_fact(self, key, value):
        """Changes, adds or (None) removes one line of VMCOREINFO."""
        note = self.vmcoreinfo_note
        start = key.encode() + b"="
        lines = [line for line in note.body.rstrip(b"\0\n").split(b"\n")
                 if not line.startswith(start)]
        if value is not None:
            lines.append(start + str(value).encode())
        note.body = b"\n".join(lines) + b"\n"

    def facts(self):
        """VMCOREINFO as a dictionary."""
        lines = self.vmcoreinfo_note.body.rstrip(b"\0\n").decode().split("\n")
        return dict(line.split("=", 1) for line in lines if "=" in line)

    # Pages.

    def page_of(self, address):
        try:
            return self.pages[address // PAGE * PAGE]
        except KeyError:
            raise Missing(f"the dump has no page at 0x{address:x}") from None

    def read(self, address, size):
        page, at = self.page_of(address), address % PAGE
        assert at + size <= PAGE, "a read across a page boundary"
        return bytes(page[at : at + size])

    def write(self, address, data):
        page, at = self.page_of(address), address % PAGE
        assert at + len(data) <= PAGE, "a write across a page boundary"
        page[at : at + len(data)] = data

    def read_u64(self, address):
        return int.from_bytes(self.read(address, 8), "little")

    def write_u64(self, address, value):
        self.write(address, value.to_bytes(8, "little"))

    def read_u32(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def write_u32(self, address, value):
        self.write(address, value.to_bytes(4, "little"))

    def drop_page(self, address, state=EXCLUDED):
        """The full dump did not have the page either, for this reason."""
        page = address // PAGE * PAGE
        self.pages.pop(page, None)
        self.extents.set(page, page + PAGE, state)

    def add_page(self, address, data=b""):
        page = address // PAGE * PAGE
        self.pages[page] = bytearray(data.ljust(PAGE, b"\0"))
        self.extents.set(page, page + PAGE, PRESENT)

    def set_state(self, start, end, state):
        self.extents.set(start, end, state)

    # The file.

    def _segments(self):
        """Neighbouring pages as one: [address, bytes]."""
        segments = []
        for address in sorted(self.pages):
            if segments and segments[-1][0] + len(segments[-1][1]) == address:
                segments[-1][1] += self.pages[address]
            else:
                segments.append([address, bytearray(self.pages[address])])
        return segments

    def packed(self):
        self.extents_note.body = self.extents.packed()
        notes = b"".join(note.packed() for note in self.notes)
        segments = self._segments()
        notes_at = EHDR.size + PHDR.size * (1 + len(segments))
        at = round_up(notes_at + len(notes), PAGE)
        table = [PHDR.pack(PT_NOTE, 0, notes_at, 0, 0, len(notes), len(notes), 4)]
        for address, data in segments:
            size = len(data)
            table.append(PHDR.pack(PT_LOAD, 7, at, address, address, size, size, PAGE))
            at += size
        header = list(self.header)
        header[5], header[6] = EHDR.size, 0
        header[10], header[12], header[13] = 1 + len(segments), 0, 0
        assert header[10] < 0xFFFF, "too many segments"
        start = EHDR.pack(*header) + b"".join(table) + notes
        start = start.ljust(round_up(len(start), PAGE), b"\0")
        return start + b"".join(data for _, data in segments)

    def save(self, path):
        with open(path, "wb") as file:
            file.write(self.packed())
