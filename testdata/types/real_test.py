#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a dump says of its kernel's types, held against that kernel's vmlinux.

VMEMSCOPE_REAL names a directory with one directory for each kernel: in it dumps,
vmcore*, and a vmlinux with DWARF; a System.map is optional. Names that differ in
a suffix of numbers, vmcore.split1, are one dump in several files.
"""
import argparse
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broken"))
import harness  # noqa: E402

SKIPPED = 77
SECONDS_MAX = 120
LINES_MAX = 12
# By design they tell where the types are from.
PROVENANCE = (("dump", "types_source"), ("kernel", "types_from"))


def is_binary(path):
    """Logs of how a dump was made may lie beside it."""
    with open(path, "rb") as file:
        return b"\0" in file.read(4096)


def dumps_in(directory):
    """Lists of files that are one dump together."""
    sets = {}
    for path in sorted(directory.glob("vmcore*")):
        if path.is_file() and is_binary(path):
            sets.setdefault(re.sub(r"(split\.?)\d+$", r"\1", path.name), []).append(path)
    return list(sets.values())


def kernels(root):
    for directory in sorted(path for path in root.iterdir() if path.is_dir()):
        if (directory / "vmlinux").is_file():
            for files in dumps_in(directory):
                yield directory, files


def run(program, *arguments):
    return harness.run(program, *arguments, seconds=SECONDS_MAX)


def types_complaints(program, files, vmlinux):
    result = run(program, "types", "--types", "btf", *files, "--against", vmlinux)
    complaints = harness.misbehaviour(result, (0,))
    if complaints:
        return complaints + [line for line in result.stdout.splitlines()
                             if line.endswith(" no")][:LINES_MAX]
    last = result.stdout.rstrip().splitlines()[-1]
    return [] if re.fullmatch(r"0 of \d+ values differ\.", last) else [last]


def without_provenance(report):
    for section, key in PROVENANCE:
        report.get(section, {}).pop(key, None)
    return json.dumps(report, indent=1, sort_keys=True).splitlines()


def report_complaints(program, files, vmlinux):
    ways = (("--types", "btf"), ("--vmlinux", vmlinux))
    results = [run(program, "report", "--format", "json", *way, *files) for way in ways]
    complaints = [line for result in results for line in harness.misbehaviour(result, (0,))]
    if complaints:
        return complaints
    own, other = (without_provenance(result.report) for result in results)
    return list(difflib.unified_diff(other, own, "with vmlinux", "from the dump", n=0,
                                     lineterm=""))[:LINES_MAX]


def parse_symbols(text):
    """A set of address and name, from lines as nm prints them."""
    symbols = set()
    for line in text.splitlines():
        fields = line.split()
        if len(fields) == 3:
            symbols.add((int(fields[0], 16), fields[2].split(".llvm.")[0]))
    return symbols


def linked_symbols(directory):
    for path in sorted(directory.glob("System.map*")):
        return path.name, parse_symbols(path.read_text())
    text = subprocess.run(["nm", directory / "vmlinux"], capture_output=True, text=True,
                          check=True).stdout
    return "vmlinux", parse_symbols(text)


def symbol_complaints(lister, files, directory):
    result = run(lister, *files)
    if result.status != 0:
        return [f"status {result.status}", *result.stderr.splitlines()[:LINES_MAX]]
    listed = parse_symbols(result.stdout)
    where, linked = linked_symbols(directory)
    wrong = sorted(listed - linked)
    print(f"{directory.name}: {len(listed)} symbols in the dump, {len(linked)} in {where}, "
          f"{len(wrong)} of the dump not there")
    if not listed:
        return ["no symbols"]
    return [f"{address:016x} {name} is not in {where}" for address, name in wrong[:LINES_MAX]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the vmemscope to run")
    parser.add_argument("--lister", required=True, help="the program of list_kallsyms.c")
    args = parser.parse_args()
    root = os.environ.get("VMEMSCOPE_REAL")
    found = list(kernels(pathlib.Path(root))) if root else []
    if not found:
        print("no real dumps: VMEMSCOPE_REAL names no directory with NAME/vmcore* and NAME/vmlinux")
        return SKIPPED
    verdict = harness.Verdict()
    for directory, files in found:
        name = f"{directory.name}/{files[0].name}"
        vmlinux = directory / "vmlinux"
        verdict.case(f"{name} types", types_complaints(args.program, files, vmlinux))
        verdict.case(f"{name} report", report_complaints(args.program, files, vmlinux))
        verdict.case(f"{name} symbols", symbol_complaints(args.lister, files, directory))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
