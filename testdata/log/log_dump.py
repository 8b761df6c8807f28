#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A dump of a machine that has nothing but a log, and a strange one.

    log_dump.py FILE [whole | gaps | old | cut]

whole: all that printk can bring forth. gaps: with records that are torn, lost, damaged and
not in the dump. old: of a kernel before 5.10. cut: the ring is not in the dump.
"""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from ring import COMMITTED, RESERVED, Ring, vmcoreinfo  # noqa: E402

PAGE = 4096
IMAGE = 0xFFFFFFFF80000000
LOG_AT = 0x1000000
TABLES_AT = LOG_AT - 3 * PAGE
INFO_SIZE = 112
EM_X86_64, ET_CORE, PT_LOAD, PT_NOTE = 62, 4, 1, 4
CPU = 1 << 31
SECOND = 10**9

MACHINE = [
    "OSRELEASE=6.99.0-made", "PAGESIZE=4096",
    f"SYMBOL(swapper_pg_dir)={IMAGE + TABLES_AT:x}", "NUMBER(phys_base)=0",
    "NUMBER(KERNEL_IMAGE_SIZE)=1073741824", "KERNELOFFSET=0",
]


def tables():
    """The kernel's image, by 2 MiB leaves at its physical addresses."""
    upper = {511: TABLES_AT + PAGE | 0x63}, {510: TABLES_AT + 2 * PAGE | 0x63}
    leaves = {i: i << 21 | 0xE3 for i in range(16)}
    return b"".join(struct.pack("<512Q", *(table.get(i, 0) for i in range(512)))
                    for table in (*upper, leaves))


def whole():
    ring = Ring("<", INFO_SIZE, 5, 10, begun=504)
    ring.add(b"Linux version 6.99.0-made", 5)
    ring.add(b"Command line: quiet", 6)
    ring.add(b"", 6, SECOND)
    ring.add(b"a line\nand what belongs to it", 6, SECOND + 999, 1)
    ring.add(b"\tindented \x1b[31mred\x1b[0m, a bell \x07 and \xc2\xb5, \xff, 100\\%", 4,
             2 * SECOND, CPU | 1)
    ring.add(b"x" * 200, 7, 12345 * SECOND, CPU)
    ring.add(b"the end of the buffer is near " * 8, 6, 12345 * SECOND + 999999999, 42)
    ring.add(b"BUG: something is very wrong", 1, 12346 * SECOND, 438)
    ring.add(b"it may go on", 4, 12346 * SECOND + 1000, 438, COMMITTED)
    return ring


def gaps():
    ring = Ring("<", INFO_SIZE, 5, 10)
    ring.add(b"before", 6, SECOND, 1)
    ring.add(b"there was no room for this", 6, SECOND, 1, lost=True)
    ring.add(b"its id will be wrong", 6, SECOND, 1)
    ring.add(b"it was going on", 4, 2 * SECOND, 438, RESERVED)
    ring.add(b"", 6, 0, 0, RESERVED)
    ring.add(b"behind", 6, 3 * SECOND, 1)
    at = ring.data.index(b"its id")
    ring.data[at - 8:at] = bytes(8)
    return ring


def elf(facts, memory):
    body = "".join(line + "\n" for line in facts).encode()
    name = b"VMCOREINFO\0\0"
    note = struct.pack("<III", 11, len(body), 0) + name + body + bytes(-len(body) % 4)
    memory += bytes(-len(memory) % PAGE)
    notes_at = 64 + 2 * 56
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", ET_CORE, EM_X86_64, 1, 0, 64, 0, 0,
                       64, 56, 2, 64, 0, 0)
    head += struct.pack("<IIQQQQQQ", PT_NOTE, 0, notes_at, 0, 0, len(note), len(note), 4)
    head += struct.pack("<IIQQQQQQ", PT_LOAD, 7, PAGE, IMAGE + TABLES_AT, TABLES_AT,
                        len(memory), len(memory), PAGE)
    return (head + note).ljust(PAGE, b"\0") + memory


def main():
    kind = sys.argv[2] if len(sys.argv) > 2 else "whole"
    ring = gaps() if kind == "gaps" else whole()
    start = IMAGE + LOG_AT
    facts = vmcoreinfo(start, INFO_SIZE)
    memory = bytearray(ring.memory(start))
    if kind == "old":
        facts = [f"SYMBOL(log_buf)={start:x}", f"SYMBOL(log_first_idx)={start:x}"]
    elif kind == "cut":
        memory = bytearray()
    pathlib.Path(sys.argv[1]).write_bytes(elf(MACHINE + facts, tables() + memory))


if __name__ == "__main__":
    sys.exit(main())
