#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random bytes of dumps changed: no crash, no hang, no other exit status.

The golden dumps are tried as ELF files and, with --kdumpwrite (the program bench-kdumpwrite),
kdump-compressed in each way; and flattened. DUMPs are tried too, in copies.

Seeded: the same seed changes the same bytes. In the environment, VMEMSCOPE_FLIPS is
how many dumps to try, VMEMSCOPE_SEED another seed.
"""
import os
import random
import shutil
import struct
import subprocess
import sys

import harness

COMMANDS = (("report", "--format", "json"), ("report",), ("list", "hugetlb"), ("info",),
            ("page", "0x142000"))
DEFAULT_COUNT, DEFAULT_SEED = 400, 1
KDUMP_GOLDENS = ("6.1-hvo", "7.3-hvo")
INTERESTING = (0x00, 0x01, 0x7F, 0x80, 0xFF)


def places(random_source, size):
    """Offsets to change: a third of them in headers and notes, which are few bytes."""
    head = 80000
    for _ in range(random_source.choice((1, 2, 4, 8, 64))):
        yield random_source.randrange(head if random_source.random() < 0.33 else size)


def changes(random_source, size):
    """(offset, bytes) to write, and where to cut the file off, or None."""
    edits = []
    for at in places(random_source, size):
        if random_source.random() < 0.5:
            edits.append((at, None, 1 << random_source.randrange(8)))
        elif random_source.random() < 0.8:
            edits.append((at, bytes([random_source.choice(INTERESTING)]), 0))
        else:  # a sector of a bad disk, or a number of a header
            count = random_source.choice((4, 8, 512))
            edits.append((at, random_source.choice((bytes(count), b"\xff" * count)), 0))
    cut = random_source.randrange(size) if random_source.random() < 0.1 else None
    return edits, cut


class Copy:
    """A file that can be damaged and is whole again afterwards."""

    def __init__(self, path):
        self.path, self.name, self.size = path, os.path.basename(path), os.path.getsize(path)

    def damage(self, edits, cut):
        before = []
        with open(self.path, "r+b") as file:
            for at, new, flip in edits:
                file.seek(at)
                old = file.read(len(new) if new else 1)
                new = new[:len(old)] if new else bytes([old[0] ^ flip])
                before.append((at, old))
                file.seek(at)
                file.write(new)
            if cut is not None:
                file.seek(cut)
                before.append((cut, file.read()))
                file.truncate(cut)
        return before

    def mend(self, before):
        with open(self.path, "r+b") as file:
            for at, old in reversed(before):
                file.seek(at)
                file.write(old)


def flattened(path, out, piece=1 << 16):
    """As makedumpfile -F writes it: each piece with its offset and size, big-endian."""
    with open(path, "rb") as file, open(out, "wb") as to:
        to.write((b"makedumpfile\0\0\0\0" + struct.pack(">2q", 1, 1)).ljust(4096, b"\0"))
        at = 0
        while data := file.read(piece):
            to.write(struct.pack(">2q", at, len(data)) + data)
            at += len(data)
        to.write(struct.pack(">2q", -1, -1))


def copies(args, place):
    """All that is damaged, in @place."""
    found = []
    goldens = sorted(name for name in os.listdir(args.dumps) if name.endswith(".elf"))
    for name in goldens:
        shutil.copyfile(os.path.join(args.dumps, name), os.path.join(place, name))
        found.append(name)
    for way in ("raw", "zlib", "lzo", "zstd") if args.kdumpwrite else ():
        for name in KDUMP_GOLDENS:
            out = f"{name}.{way}"
            subprocess.run([args.kdumpwrite, way, os.path.join(place, f"{name}.elf"),
                            os.path.join(place, out)], check=True, stdout=subprocess.DEVNULL)
            found.append(out)
            flattened(os.path.join(place, out), os.path.join(place, f"{out}.flat"))
            found.append(f"{out}.flat")
    for number, path in enumerate(args.dump):
        out = f"{number}-{os.path.basename(path)}"
        shutil.copyfile(path, os.path.join(place, out))
        found.append(out)
    return [Copy(os.path.join(place, name)) for name in found]


def command_line(command, path):
    """The dump comes first of the operands."""
    operands = 1 if command[0] in ("list", "page") else 0
    return (*command[: len(command) - operands], path, *command[len(command) - operands:])


def attempt(args, dumps, seed):
    """One changed dump, one command."""
    source = random.Random(seed)
    dump, command = source.choice(dumps), source.choice(COMMANDS)
    before = dump.damage(*changes(source, dump.size))
    try:
        result = harness.run(args.program, *command_line(command, dump.path))
    finally:
        dump.mend(before)
    # With the vmemmap elsewhere, a pfn that was one may be none.
    allowed = (0, 1, 2, 64) if command[0] == "page" else (0, 1, 2)
    return (f"{dump.name} {' '.join(command)}, seed {seed}", result,
            harness.misbehaviour(result, allowed))


def main():
    args = harness.arguments(
        __doc__, count={"type": int, "help": "how many dumps to try"},
        kdumpwrite={"help": "the program bench-kdumpwrite: kdump files are tried, too"},
        dump={"action": "append", "default": [], "help": "one more dump to try; repeatable"})
    count = args.count or int(os.environ.get("VMEMSCOPE_FLIPS", DEFAULT_COUNT))
    seed = int(os.environ.get("VMEMSCOPE_SEED", DEFAULT_SEED))
    verdict = harness.Verdict()
    statuses = {}
    with harness.scratch() as place:
        dumps = copies(args, place)
        for number in range(count):
            name, result, found = attempt(args, dumps, f"{seed}.{number}")
            statuses[result.status] = statuses.get(result.status, 0) + 1
            verdict.case(name, found)
    print(f"{count} damaged dumps of {len(dumps)}; exit statuses: {statuses}")
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
