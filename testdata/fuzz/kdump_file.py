# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small kdump-compressed files, in the ways that makedumpfile and QEMU write them.

    packed(version=3, way="snappy")
    packed(span=(0, 4)), packed(span=(4, 8))        a split set

Eight page frames: some are there, one is left out, one the machine does not have, and one
holds the kernel's own VMCOREINFO, which old versions have no other place for.
formats/dump/kdump_header.c tells where the fields are.
"""
import struct
import zlib

PAGE, PATTERN, COPY_MAX = 4096, 16, 64
FRAMES = "PPIPXPAP"  # Present, with VMCOREINFO in it, eXcluded, Absent
INFO = b"OSRELEASE=6.99.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n"
FIELD, SUB_BLOCKS, BITMAP_BLOCKS, DESCRIPTOR = 65, 1, 2, 24
NOTES_AT = 2048
INCOMPLETE = 8


def note(order):
    head = struct.pack(order + "III", 11, len(INFO), 0) + b"VMCOREINFO\0\0"
    return head + INFO.ljust((len(INFO) + 3) // 4 * 4, b"\0")


def page_of(pfn, order):
    if FRAMES[pfn] == "I":
        return note(order).ljust(PAGE, b"\0")
    return bytes([pfn + 1] * 3 + [0] * (PATTERN - 3)) * (PAGE // PATTERN)


def snappy(page):
    """Of a page that repeats itself: its length, its beginning, then copies of that."""
    packed = bytes([PAGE & 127 | 128, PAGE >> 7, (PATTERN - 1) << 2]) + page[:PATTERN]
    left = PAGE - PATTERN
    while left:
        count = min(left, COPY_MAX)
        packed += struct.pack("<BH", (count - 1) << 2 | 2, PATTERN)
        left -= count
    return packed


WAYS = {"raw": (0, None), "zlib": (1, zlib.compress), "snappy": (4, snappy)}


def packed_page(pfn, order, way):
    """Its flags and bytes; one that does not repeat itself is kept as it is."""
    flag, pack = WAYS[way]
    page = page_of(pfn, order)
    if not pack or FRAMES[pfn] == "I" and way == "snappy":
        return 0, page
    return flag, pack(page)


def bitmap(wanted):
    bits = sum(1 << pfn for pfn, frame in enumerate(FRAMES) if frame in wanted)
    return bits.to_bytes(PAGE, "little")


def header(order, machine, version, status):
    fields = [text.encode().ljust(FIELD, b"\0")
              for text in ("Linux", "node", "6.99.0", "#1", machine, "domain")]
    return (b"KDUMP   " + struct.pack(order + "I", version) + b"".join(fields) + bytes(6)
            + struct.pack(order + "QQIIIII", 0, 0, status, PAGE, SUB_BLOCKS, BITMAP_BLOCKS,
                          len(FRAMES))).ljust(PAGE, b"\0")


def sub_header(order, version, span):
    first, last = span or (0, 0)
    notes = note(order)
    text_at = PAGE + NOTES_AT + notes.index(INFO)
    fields = [(1, "QII", (0x1000000, 31, span is not None))]
    fields.append((2, "QQ", (first, last)))
    fields.append((3, "QQ", (text_at, len(INFO))))
    fields.append((4, "QQ", (PAGE + NOTES_AT, len(notes))))
    fields.append((5, "QQ", (0, 0)))
    fields.append((6, "QQQ", (first, last, len(FRAMES))))
    sub = b"".join(struct.pack(order + form, *values)
                   for since, form, values in fields if version >= since)
    return (sub.ljust(NOTES_AT, b"\0") + notes).ljust(SUB_BLOCKS * PAGE, b"\0")


def packed(order="<", machine="x86_64", version=6, way="raw", span=None, status=0):
    data = header(order, machine, version, status) + sub_header(order, version, span)
    data += bitmap("PIX") + bitmap("PI")
    first, last = span or (0, len(FRAMES))
    kept = [pfn for pfn in range(first, last) if FRAMES[pfn] in "PI"]
    descriptors, pages = b"", b""
    for pfn in kept:
        flag, page = packed_page(pfn, order, way)
        at = len(data) + len(kept) * DESCRIPTOR + len(pages)
        descriptors += struct.pack(order + "QIIQ", at, len(page), flag, 0)
        pages += page
    return data + descriptors + pages


def files():
    """Name and bytes of each kind."""
    for way in WAYS:
        yield f"small-{way}", packed(way=way)
    for version in range(1, 6):
        yield f"version-{version}", packed(version=version, way="zlib")
    yield "big-endian", packed(order=">", machine="s390x", way="snappy")
    yield "incomplete", packed(status=INCOMPLETE)
    yield "refused-part", packed(span=(0, 4))


def pairs():
    """Name and the two parts of each split set."""
    for version in (2, 6):
        for way in WAYS:
            yield (f"version-{version}-{way}", packed(version=version, way=way, span=(0, 4)),
                   packed(version=version, way=way, span=(4, 8)))
