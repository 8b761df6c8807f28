#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Damaged dumps end with a result that admits the damage, or with one line."""
import os
import re
import sys

import harness
from damaged import DAMAGES
from elfdump import Dump
from machine import Machine


ALL_CLEAR = re.compile(r"No fault found: \d+ checks passed\.")


def verdict_complaints(program, path):
    """What cannot be looked at must not be called fine in the first line."""
    result = harness.run(program, "report", path)
    found = harness.misbehaviour(result)
    first = result.stdout.split("\n", 1)[0]
    if not found and ALL_CLEAR.match(first):
        found.append(f"the first line is '{first}'")
    return found


def complaints_of(program, dumps, damage, path):
    dump = Dump.load(os.path.join(dumps, f"{damage.golden}.elf"))
    damage.edit(Machine(dump, damage.golden))
    dump.save(path)
    result = harness.run(program, "report", "--format", "json", path)
    found = harness.misbehaviour(result, tuple(sorted(damage.statuses)))
    if not found and damage.look and result.status != 2:
        found = damage.look(result.report, damage.golden) + verdict_complaints(program, path)
    return result, found


def main():
    args = harness.arguments(__doc__, only={"help": "damages whose name has this in it"},
                             show={"action": "store_true", "help": "print what each run said"})
    verdict = harness.Verdict()
    with harness.scratch() as place:
        path = os.path.join(place, "damaged.elf")
        for damage in DAMAGES:
            name = f"{damage.golden} {damage.name}"
            if (args.only or "") not in name:
                continue
            result, found = complaints_of(args.program, args.dumps, damage, path)
            verdict.case(name, found)
            if args.show:
                print(f"{name}: {result.status} {result.seconds:.1f}s {result.stderr.strip()}")
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
