#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""README, man page, docs/report.md and the report's schema name the machines of the table
(include/machines.c), and no others.

machines.py LISTER TOP. LISTER is testdata/docs/list_archs.c. Shows first that it finds a
name too few or too many.
"""
import json
import pathlib
import re
import subprocess
import sys

from support_matrix import name_of

# Linux has these too: a page that promises one promises too much.
OTHERS = ("i386", "x86", "arm", "mips64", "sparc64", "parisc64", "alpha", "ia64", "s390",
          "loongarch32", "riscv32", "ppc")
WORD = r"(?<![\w-])({})(?![\w-])"


def named_in(text, known):
    names = sorted({*known, *OTHERS}, key=len, reverse=True)
    return set(re.findall(WORD.format("|".join(map(re.escape, names))), text))


def differing(known, found):
    """Words on what is too few or too many in @found; none: a match."""
    return [f"{word} {', '.join(sorted(names))}" for word, names in (
        ("lacks", known - found), ("has", found - known)) if names]


def prose_complaints(text, known):
    """Some paragraph names all of them."""
    best = max((named_in(part, known) for part in text.split("\n\n")),
               key=lambda found: len(found & known))
    return differing(known, best)


def row_complaints(text, known):
    row = re.search(r"^\| `architecture` \|(.*)\|$", text, re.M)
    found = set(re.findall(r"`([^` ]+)`", row[1])) if row else set()
    return differing(known, found)


def schema_complaints(text, known):
    kernel = json.loads(text)["definitions"]["kernel"]["properties"]
    return differing(known, set(kernel["architecture"]["enum"]))


def complaints(listed, read):
    spoken = {name_of(arch["name"]) for arch in listed["archs"]}
    names = set(listed["names"])
    for path, judge, known in (("README.md", prose_complaints, spoken),
                               ("docs/vmemscope.1.scd", prose_complaints, spoken),
                               ("docs/report.md", row_complaints, names),
                               ("docs/report.schema.json", schema_complaints, names)):
        for line in judge(read(path), known):
            yield f"{path}: its list of machines {line} (the table: include/machines.c)"


def self_test():
    known = {"x86-64", "ppc64", "s390x"}
    whole = "Words on arm.\n\nOf x86-64, ppc64 (radix) and\ns390x.\n\nppc64 alone."
    assert prose_complaints(whole, known) == []
    assert prose_complaints(whole.replace("s390x", "z"), known) == ["lacks s390x"]
    assert prose_complaints(whole.replace("(radix)", ", sparc64"), known) == ["has sparc64"]
    row = "| `architecture` | as `uname -m` prints it: `x86-64`, `ppc64`, `s390x` |"
    assert row_complaints(row, known) == []
    assert row_complaints(row.replace(", `ppc64`", ""), known) == ["lacks ppc64"]
    assert row_complaints(row.replace("`ppc64`", "`ppc64`, `vax`"), known) == ["has vax"]
    assert row_complaints("", known) == ["lacks ppc64, s390x, x86-64"]


def main():
    self_test()
    lister, top = sys.argv[1:]
    listed = json.loads(subprocess.run([lister, "tables"], check=True, capture_output=True).stdout)
    lines = list(complaints(listed, lambda path: (pathlib.Path(top) / path).read_text()))
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
