#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Man page and completion name each report format that the program has.

formats.py PROGRAM TOP
"""
import pathlib
import re
import subprocess
import sys

PLACES = (
    ("docs/completions/vmemscope.bash", r"\*:--format\) echo (.*) ;;"),
    ("docs/vmemscope.1.scd", r"\*--format\* _FORMAT_\n\t(.*)\."),
)


def formats(program):
    """As the program lists them where it refuses one."""
    done = subprocess.run([program, "report", "--format", "none of them"], capture_output=True,
                          text=True, check=False)
    listed = re.search(r"unknown format 'none of them': (.*)", done.stderr)[1]
    return re.split(r", | or ", listed)


def complaints(names, read):
    for path, pattern in PLACES:
        said = re.search(pattern, read(path))[1]
        yield from (f"{path}: does not name the format {name}" for name in names
                    if not re.search(rf"\b{name}\b", said))


def main():
    program, top = sys.argv[1:]
    lines = list(complaints(formats(program),
                            lambda path: (pathlib.Path(top) / path).read_text()))
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
