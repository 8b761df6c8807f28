#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the program writes about one golden dump is what is stored beside this file.

Also: each JSON report keeps to its schema, a distilled copy of the dump gives
the same report, and 'report --expect' finds the stored one as expected, but not
one in which a number is another. With --update, or VMEMSCOPE_UPDATE_GOLDENS=1 in the
environment, the stored files are rewritten: read the difference.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broken"))
import harness  # noqa: E402
from machine import page_size, truth_lines  # noqa: E402

VALIDATE = HERE.parent / "schema" / "validate.py"
SCHEMA = HERE.parents[1] / "docs" / "report.schema.json"
SKIPPED = 77
COLUMNS_MAX = 120
LINES_MAX = 40


def first_page(golden, optimized, size):
    """A huge page of this kind, by the guest's own list; None if it had none."""
    return next((pfn for pfn, flag, bytes_ in truth_lines(golden, "heads.txt")
                 if flag == optimized and int(bytes_) == size), None)


def first_device_page(golden, memmap, align):
    """Of the first device of this kind; None if there was none."""
    return next((int(start, 16) // page_size(golden) for _, start, _, aligned, _, where
                 in truth_lines(golden, "devices.txt")
                 if (where, int(aligned)) == (memmap, align)), None)


def commands(golden):
    """(file, arguments); DUMP stands for the dump."""
    yield "report.json", ("report", "--format", "json", "DUMP")
    yield "report.txt", ("report", "DUMP")
    yield "info.txt", ("info", "DUMP")
    yield "list.txt", ("list", "DUMP", "hugetlb")
    yield "list-dax.txt", ("list", "DUMP", "dax")
    for name, memmap, align in (("page-dax-2m", "ram", 2 << 20), ("page-dax-1g", "ram", 1 << 30),
                                ("page-dax-altmap", "device", 2 << 20)):
        pfn = first_device_page(golden, memmap, align)
        if pfn is not None:
            yield f"{name}.txt", ("page", "DUMP", hex(pfn))
    for name, optimized, size in (("page-2m", "yes", 2 << 20), ("page-1g", "yes", 1 << 30),
                                  ("page-32m", "yes", 32 << 20),
                                  ("page-2m-not-optimized", "no", 2 << 20),
                                  ("page-32m-not-optimized", "no", 32 << 20)):
        pfn = first_page(golden, optimized, size)
        if pfn:
            yield f"{name}.json", ("page", "--format", "json", "DUMP", pfn)
            yield f"{name}.txt", ("page", "DUMP", pfn)


def normalised(text, dump, version):
    return text.replace(str(dump), "@DUMP@").replace(f'"{version}"', '"@VERSION@"')


def compare(path, text, update):
    if update:
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return []
    expected = path.read_text() if path.exists() else ""
    lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), f"expected {path.name}",
                                 f"actual {path.name}", lineterm="")
    return list(lines)[:LINES_MAX] or ([] if expected == text else ["differs in white space"])


def schema_complaints(text, place):
    if not SCHEMA.exists():
        return []
    path = pathlib.Path(place) / "report.json"
    path.write_text(text)
    done = subprocess.run(["/usr/bin/python3", "-B", VALIDATE, path], capture_output=True,
                          text=True, check=False)
    return [] if done.returncode in (0, SKIPPED) else done.stderr.splitlines()[:LINES_MAX]


def without_dump(report):
    return {key: value for key, value in report.items() if key != "dump"}


def distill_complaints(program, dump, place):
    """The copy must give the same report, and the copy of the copy the same bytes."""
    copies = [pathlib.Path(place) / name for name in ("one.elf", "two.elf")]
    for source, copy in zip((dump, *copies), copies):
        result = harness.run(program, "distill", "--quiet", source, "-o", copy)
        complaints = harness.misbehaviour(result, (0,))
        if complaints:
            return complaints
    reports = [harness.run(program, "report", "--format", "json", path).report
               for path in (dump, copies[0])]
    complaints = []
    if without_dump(reports[0]) != without_dump(reports[1]):
        complaints.append("the distilled copy gives another report")
    if copies[0].read_bytes() != copies[1].read_bytes():
        complaints.append("a distilled copy of a distilled copy differs from it")
    return complaints


def expect(program, stored, dump):
    return harness.run(program, "report", "--expect", stored, "--ignore", "dump.*",
                       "--ignore", "tool.version", dump)


def alter(report):
    """Makes one number another; returns what must be said of it."""
    pools = report["hugetlb"]["pools"]
    if not pools:
        report["vmemmap"]["pages"] += 1
        pages = report["vmemmap"]["pages"]
        return f"{pages} -> {pages - 1}"
    pools[0]["free"] += 1
    free = pools[0]["free"]
    return f"free {free} -> {free - 1}\n"


def expect_complaints(program, stored, dump, place):
    complaints = harness.misbehaviour(expect(program, stored, dump), (0,))
    if complaints:
        return complaints
    report = json.loads(stored.read_text())
    said = alter(report)
    altered = pathlib.Path(place) / "altered.json"
    altered.write_text(json.dumps(report))
    result = expect(program, altered, dump)
    if said not in result.stdout:
        complaints = [f"does not say that a number is another: {result.stdout}"]
    return complaints + harness.misbehaviour(result, (1,))


def width_complaints(text):
    """Words are wrapped at 100 columns, and no table of a golden dump needs more than this."""
    return [f"a line of {len(line)} columns: {line}" for line in text.splitlines()
            if len(line) > COLUMNS_MAX]


def output_complaints(args, dump, place, update):
    for name, arguments in commands(args.golden):
        result = harness.run(args.program, *(dump if a == "DUMP" else a for a in arguments))
        complaints = harness.misbehaviour(result, (0, 1) if name.startswith("report") else (0,))
        text = normalised(result.stdout, dump, args.version)
        complaints = complaints or compare(HERE / args.golden / name, text, update)
        if name.endswith(".txt"):
            complaints = complaints + width_complaints(result.stdout)
        if name == "report.json":
            complaints = complaints or schema_complaints(result.stdout, place)
        yield f"{args.golden} {name}", complaints


def main():
    args = harness.arguments(__doc__, golden={"required": True, "help": "its name"},
                             version={"required": True, "help": "the version it has"},
                             update={"action": "store_true", "help": "rewrite what is stored"})
    update = args.update or os.environ.get("VMEMSCOPE_UPDATE_GOLDENS") == "1"
    dump = pathlib.Path(args.dumps) / f"{args.golden}.elf"
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for name, complaints in output_complaints(args, dump, place, update):
            verdict.case(name, complaints)
        stored = HERE / args.golden / "report.json"
        verdict.case(f"{args.golden} expected",
                     expect_complaints(args.program, stored, dump, place))
        verdict.case(f"{args.golden} distilled", distill_complaints(args.program, dump, place))
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
