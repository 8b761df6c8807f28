#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sums what gcov counted, by room, and names error paths that no test reached.

    coverage.py SOURCE-DIRECTORY BUILD-DIRECTORY [--docs FILE] [--list]

--docs puts the table into FILE, between the lines that mark its place; --list prints each error
path that was not reached, with file and line.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

# Of the program, not of its tests.
TARGETS = ("analyzer", "formats", "contracts", "jail", "vmemscope", "jail_test")
BEGIN, END = "<!-- coverage: begin -->\n", "<!-- coverage: end -->\n"
ERROR_PATH = re.compile(r"\breturn\s+(error_\w+|err\b|NULL;|-1;|write_failed)|\berr = error_\w+")
FILES_AT_A_TIME = 40


def parse_arguments():
    parser = argparse.ArgumentParser(description="Sums what gcov counted, by room.")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def documents(files):
    """What gcov says of these files, one document for each."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities",
                           *map(str, files)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def notes_of(build):
    """Also of sources that nothing ran of: gcov counts nothing there."""
    for target in TARGETS:
        yield from sorted((build / "CMakeFiles" / f"{target}.dir").rglob("*.gcno"))


class Source:
    """Counts of one source file; what is in two programs is summed."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        for index, branch in enumerate(line["branches"]):
            if not branch.get("throw"):
                self.branches[number, index] += branch["count"]

    def unreached_errors(self, path):
        text = path.read_text(errors="replace").splitlines()
        return [number for number, count in sorted(self.lines.items())
                if not count and number <= len(text) and ERROR_PATH.search(text[number - 1])]


def read_all(args):
    sources = collections.defaultdict(Source)
    notes = list(notes_of(args.build))
    parts = [notes[i:i + FILES_AT_A_TIME] for i in range(0, len(notes), FILES_AT_A_TIME)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(documents, parts):
            for document in found:
                add_document(args.source, document, sources)
    return sources


def add_document(root, document, sources):
    for file in document["files"]:
        path = pathlib.Path(document["current_working_directory"], file["file"]).resolve()
        if not path.is_relative_to(root.resolve()) or path.name.endswith("_test.c"):
            continue
        name = path.relative_to(root.resolve())
        if name.parts[0] not in ("analyzer", "cmd", "formats", "include"):
            continue
        for line in file["lines"]:
            sources[name].add(line)


def percent(counts):
    reached = sum(1 for count in counts if count)
    return f"{100 * reached / len(counts):.1f}" if counts else "-"


def row(name, sources, errors):
    lines = [count for source in sources for count in source.lines.values()]
    branches = [count for source in sources for count in source.branches.values()]
    return f"| {name} | {len(lines)} | {percent(lines)} | {percent(branches)} | {errors} |\n"


def main():
    args = parse_arguments()
    sources = read_all(args)
    rooms = collections.defaultdict(dict)
    for name, source in sources.items():
        rooms[str(name.parent)][name] = source
    table = "| room | lines | of them run, % | branches taken, % | error paths not reached |\n"
    table += "|---|---|---|---|---|\n"
    errors_of_all = 0
    for room in sorted(rooms):
        missed = {name: source.unreached_errors(args.source / name)
                  for name, source in sorted(rooms[room].items())}
        errors = sum(map(len, missed.values()))
        errors_of_all += errors
        table += row(f"`{room}/`", rooms[room].values(), errors)
        for name, numbers in missed.items():
            if args.list and numbers:
                print(f"{name}: {', '.join(map(str, numbers))}")
    table += row("all", sources.values(), errors_of_all)
    print(table, end="")
    if args.docs:
        before, rest = args.docs.read_text().split(BEGIN)
        args.docs.write_text(before + BEGIN + table + END + rest.split(END)[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
