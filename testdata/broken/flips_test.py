#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random bytes of golden dumps changed: no crash, no hang, no other exit status.

Seeded: the same seed flips the same bytes. In the environment, VMEMSCOPE_FLIPS is
how many dumps to try, VMEMSCOPE_SEED another seed.
"""
import os
import random
import sys

import harness

COMMANDS = (("report", "--format", "json"), ("report",), ("list", "hugetlb"), ("info",),
            ("page", "0x142000"))
DEFAULT_COUNT, DEFAULT_SEED = 150, 1
INTERESTING = (0x00, 0x01, 0x7F, 0x80, 0xFF)


def places(random_source, size):
    """Offsets to change: a third of them in headers and notes, which are few bytes."""
    head = 80000
    for _ in range(random_source.choice((1, 2, 4, 8, 64))):
        yield random_source.randrange(head if random_source.random() < 0.33 else size)


def flipped(data, random_source):
    copy = bytearray(data)
    for at in places(random_source, len(copy)):
        if random_source.random() < 0.5:
            copy[at] ^= 1 << random_source.randrange(8)
        else:
            copy[at] = random_source.choice(INTERESTING)
    if random_source.random() < 0.1:
        del copy[random_source.randrange(len(copy)):]
    return copy


def command_line(command, path):
    """The dump comes first of the operands."""
    operands = 1 if command[0] in ("list", "page") else 0
    return (*command[: len(command) - operands], path, *command[len(command) - operands:])


def attempt(args, goldens, path, seed):
    """One changed dump, one command."""
    source = random.Random(seed)
    golden, command = source.choice(goldens), source.choice(COMMANDS)
    with open(os.path.join(args.dumps, golden), "rb") as file:
        data = flipped(file.read(), source)
    with open(path, "wb") as file:
        file.write(data)
    result = harness.run(args.program, *command_line(command, path))
    # With the vmemmap elsewhere, a pfn that was one may be none.
    allowed = (0, 1, 2, 64) if command[0] == "page" else (0, 1, 2)
    return (f"{golden} {' '.join(command)}, seed {seed}", result,
            harness.misbehaviour(result, allowed))


def main():
    args = harness.arguments(__doc__, count={"type": int, "help": "how many dumps to try"})
    count = args.count or int(os.environ.get("VMEMSCOPE_FLIPS", DEFAULT_COUNT))
    seed = int(os.environ.get("VMEMSCOPE_SEED", DEFAULT_SEED))
    goldens = sorted(name for name in os.listdir(args.dumps) if name.endswith(".elf"))
    verdict = harness.Verdict()
    statuses = {}
    with harness.scratch() as place:
        path = os.path.join(place, "flipped.elf")
        for number in range(count):
            name, result, found = attempt(args, goldens, path, f"{seed}.{number}")
            statuses[result.status] = statuses.get(result.status, 0) + 1
            verdict.case(name, found)
    print("exit statuses:", statuses)
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
