#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/report.md names each scheme of the table (analyzer/kernel/scheme.c), and docs/vmemmap.md
explains those that share anything.

schemes.py LISTER TOP. LISTER is testdata/docs/list_archs.c.
"""
import json
import pathlib
import re
import subprocess
import sys

# They share nothing, or nobody knows what: there is nothing to draw.
UNEXPLAINED = {"none", "unknown"}


def in_report(text):
    section = re.search(r"^### The schemes$(.*?)(?=^#|\Z)", text, re.M | re.S)
    cells = re.findall(r"^\| (.*?) \|", section[1], re.M) if section else []
    return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}


def in_headings(text):
    return {name for heading in re.findall(r"^### (.*)$", text, re.M)
            for name in re.findall(r"[\w-]+", heading)}


def complaints(schemes, report, explained):
    yield from (f"docs/report.md: 'The schemes' lacks {name}" for name in sorted(
        schemes - in_report(report)))
    yield from (f"docs/vmemmap.md: no heading names {name}" for name in sorted(
        schemes - UNEXPLAINED - in_headings(explained)))


def self_test():
    report = "### The schemes\n\n| scheme | |\n|---|---|\n| `a`, `b-2` | `c` |\n\n### More\n| `d` | |\n"
    assert in_report(report) == {"a", "b-2"}
    assert in_headings("### b-1, b-2: after\nb-3\n") >= {"b-1", "b-2"}
    assert not list(complaints({"a", "none"}, report + "| `none` |", "### a: x"))[1:]
    assert len(list(complaints({"c"}, report, "### a"))) == 2


def main():
    self_test()
    lister, top = sys.argv[1:]
    listed = json.loads(subprocess.run([lister, "tables"], check=True, capture_output=True).stdout)
    pages = [(pathlib.Path(top) / path).read_text() for path in ("docs/report.md",
                                                                 "docs/vmemmap.md")]
    lines = list(complaints(set(listed["schemes"]), *pages))
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
