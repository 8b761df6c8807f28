#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Man page and completion name each report format that the program has, and some case of
testdata/cli/ writes it. The schema of the report and docs/report.md name each format of dumps.

formats.py PROGRAM TOP
"""
import json
import pathlib
import re
import subprocess
import sys

# What is written where nothing else is asked for: no case has to name it.
DEFAULT = "text"

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


def without_case(names, commands):
    for name in names:
        if name != DEFAULT and not re.search(rf"--format[ =]{name}\b", commands):
            yield f"testdata/cli/: no case writes the format {name}"


def dump_formats(sources):
    """The names of all struct dump_format, and of those that come flattened."""
    for row in re.findall(r"^const struct dump_format \w+ = \{(.*?)^\};", sources, re.M | re.S):
        yield from re.findall(r'\.(?:flattened_)?name = "([^"]+)"', row)


def dump_complaints(names, read):
    """Both have these, and no others."""
    dump = json.loads(read("docs/report.schema.json"))["definitions"]["dump"]["properties"]
    row = re.search(r"^## `dump`$.*?^\| `format` \|(.*?)\|$", read("docs/report.md"), re.M | re.S)
    for path, said in (("docs/report.schema.json", set(dump["format"]["enum"])),
                       ("docs/report.md", set(re.findall("`([^`]+)`", row[1])))):
        yield from (f"{path}: format of dumps lacks {name}" for name in sorted(names - said))
        yield from (f"{path}: format of dumps has {name}" for name in sorted(said - names))


def read_all(top, pattern):
    return "\n".join(path.read_text() for path in sorted(pathlib.Path(top).glob(pattern)))


def main():
    program, top = sys.argv[1:]
    names = formats(program)

    def read(path):
        return (pathlib.Path(top) / path).read_text()

    lines = [*complaints(names, read), *without_case(names, read_all(top, "testdata/cli/*/cmd")),
             *dump_complaints(set(dump_formats(read_all(top, "formats/dump/*.c"))), read)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
