#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Of a golden dump, each page that a report reads is lost once: no number may change in silence.

A number that is another one than before has a word beside it: coverage tells of something
that could not be read, or a check of things that it did not check. Not known (null) is a
word of its own. Nothing that is lost makes a finding.

    lost_page_test.py --program P --dumps D [--count N]

Without --count all pages are lost that hold no struct pages, one after the other; with it,
so many of each golden, and some of those with struct pages.
"""
import os
import random
import sys

import harness
import oddities
from elfdump import EXCLUDED, PAGE, Dump
from machine import Machine, Missing

GOLDENS = ("6.1-hvo", "6.12-hvo", "6.17-hvo", "7.2-hvo", "7.3-hvo")
STRUCT_PAGES = 4  # pages of struct pages that are lost, of each golden
# What reports are about; not how much was looked at, which checks tell.
PARTS = ("kernel", "hugetlb", "dax", "savings")
# Ways to say it, and numbers of what was looked at.
IGNORED = ("/kernel/scheme_details", "/kernel/types", "/dax/pgmaps", "/dax/resources",
           "/savings/advice")
COUNTED = ("candidates",)
UNKNOWN = (None, "unknown", "?")


def values(node, at=""):
    """(path, value) of all leaves; elements of lists by their number."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from values(value, f"{at}/{key}")
    elif isinstance(node, list):
        yield f"{at}/length", len(node)
        for number, value in enumerate(node):
            yield from values(value, f"{at}/{number}")
    else:
        yield at, node


def numbers(report):
    return {path: value for part in PARTS for path, value in values(report[part], f"/{part}")
            if not path.startswith(IGNORED) and not path.endswith("/found_by")}


def changed(report, whole):
    """What is said otherwise, and is not said to be unknown."""
    before, after = numbers(whole), numbers(report)
    return sorted(path for path in before
                  if after.get(path) not in UNKNOWN and before[path] not in UNKNOWN
                  and after[path] != before[path])


def words(report):
    """All that tells of something that was not seen."""
    coverage = {key: value for key, value in report["coverage"].items() if key not in COUNTED}
    blind = [(check["id"], check["not_checked"]) for check in report["checks"]]
    return coverage, blind, report["savings"]["total"]["at_least"]


def passed_less(report, whole):
    """Checks that pass and tell of fewer things than there are, in the same unit."""
    before = {check["id"]: check for check in whole["checks"]}
    for check in report["checks"]:
        old = before[check["id"]]
        if check["status"] == old["status"] == "pass" and check["unit"] == old["unit"] and (
                check["checked"] < old["checked"]) and not check["not_checked"]:
            yield f"{check['id']} passes with {check['checked']} of {old['checked']}"


def complaints(report, whole, golden):
    found = [f"{finding['check']} finds fault with a hole: {finding['message']}"
             for finding in report["findings"]
             if finding["severity"] != "note" and not oddities.is_odd(finding, golden)]
    if words(report) != words(whole):
        return found
    silent = changed(report, whole)
    before, after = numbers(whole), numbers(report)
    found += [f"in silence {path} is {after[path]}, not {before[path]}" for path in silent[:5]]
    return found + list(passed_less(report, whole))


def struct_page_frames(machine):
    """Physical addresses of the pages that vmemmap maps."""
    bits = int(machine.facts["NUMBER(SECTION_SIZE_BITS)"])
    count = (1 << bits - 12) * 64 // PAGE
    for number, _, _ in machine.sections():
        for index in range(number * count, (number + 1) * count):
            try:
                yield machine.frame_of(index) * PAGE
            except Missing:
                pass


def chosen(dump, golden, count):
    frames = set(struct_page_frames(Machine(dump, golden)))
    pages = sorted(set(dump.pages) - frames)
    if count is None:
        return pages
    pick = random.Random(golden)
    described = sorted(set(dump.pages) & frames)
    return pick.sample(pages, min(count, len(pages))) + pick.sample(
        described, min(STRUCT_PAGES, len(described)))


def without(dump, page, path):
    """Writes the dump without this page."""
    kept, extents = dump.pages.pop(page), list(dump.extents.list)
    dump.extents.set(page, page + PAGE, EXCLUDED)
    dump.save(path)
    dump.pages[page], dump.extents.list = kept, extents


def lose(args, golden, path, verdict):
    dump = Dump.load(os.path.join(args.dumps, f"{golden}.elf"))
    count = int(args.count) if args.count else None
    dump.save(path)
    whole = harness.run(args.program, "report", "--format", "json", path).report
    for page in chosen(dump, golden, count):
        without(dump, page, path)
        result = harness.run(args.program, "report", "--format", "json", path)
        found = harness.misbehaviour(result)
        if not found and result.status != 2:
            found = complaints(result.report, whole, golden)
        verdict.case(f"{golden} without page 0x{page:x}", found)


def main():
    args = harness.arguments(__doc__, count={"help": "so many pages of each golden"},
                             only={"help": "this golden alone"})
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for golden in GOLDENS:
            if args.only in (None, golden):
                lose(args, golden, os.path.join(place, "lost.elf"), verdict)
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
