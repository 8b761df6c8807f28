#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the report says of machines that died on purpose.

Each is a distilled dump in dumps/, with what the guest did in truth/: the verdict has to be
one that is right, and the struct page, the huge page, the function and its module are named,
in JSON and in the first lines for people. The crash in JSON and these lines are stored in
golden/. With VMEMSCOPE_UPDATE_GOLDENS=1 in the environment those are rewritten.
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

FIRST_LINES = 24
LINES_MAX = 40

# What a death is about is not the page that the module was told to take.
OTHER_PAGE = {"badlink", "badlink-panic", "hugedata", "hwpoison-head", "hwpoison-tail",
              "hwpoison-free", "spoilt", "rotail-writable", "null", "listdel", "listpoison"}
# The function that complains is not the one that did it.
OTHER_SYMBOL = {"listdel", "listpoison"}


def unpack(name, place):
    dump = pathlib.Path(place) / f"{name}.elf"
    subprocess.run(["zstd", "-dqf", "--sparse", HERE / "dumps" / f"{name}.elf.zst", "-o", dump],
                   check=True)
    return dump


def truth_complaints(crash, lines, truth):
    kind = truth["kind"]
    if crash["verdict"] not in truth["verdicts"]:
        yield f"verdict {crash['verdict']}, not {' or '.join(truth['verdicts'])}"
    if truth.get("symbol") and kind not in OTHER_SYMBOL:
        if not (crash["symbol"] or "").startswith(truth["symbol"]):
            yield f"symbol {crash['symbol']}, not {truth['symbol']}"
        if crash["module"] != truth["module"]:
            yield f"module {crash['module']}, not {truth['module']}"
    if truth.get("symbol") and truth["symbol"] not in lines:
        yield f"the first lines do not name {truth['symbol']}"
    if truth.get("pfn") and kind not in OTHER_PAGE:
        if crash["pfn"] != truth["pfn"]:
            yield f"pfn {crash['pfn']}, not {truth['pfn']}"
        if truth["pfn"] not in lines:
            yield f"the first lines do not name pfn {truth['pfn']}"
        if kind != "hole" and crash["huge_page_pfn"] != truth.get("head_pfn"):
            yield f"huge page {crash['huge_page_pfn']}, not {truth['head_pfn']}"


def compare(path, text):
    if os.environ.get("VMEMSCOPE_UPDATE_GOLDENS") == "1":
        path.write_text(text)
        return []
    expected = path.read_text() if path.exists() else ""
    return list(difflib.unified_diff(expected.splitlines(), text.splitlines(),
                                     f"expected {path.name}", f"actual {path.name}",
                                     lineterm=""))[:LINES_MAX]


def complaints_of(program, name, dump):
    shown = harness.run(program, "report", "--format", "json", dump)
    told = harness.run(program, "report", dump)
    complaints = harness.misbehaviour(shown, (0, 1)) + harness.misbehaviour(told, (0, 1))
    if complaints:
        return complaints
    crash = json.loads(shown.stdout)["crash"]
    lines = "\n".join(told.stdout.splitlines()[:FIRST_LINES]) + "\n"
    lines = lines.replace(str(dump), "@DUMP@")
    truth = json.loads((HERE / "truth" / f"{name}.json").read_text())
    document = {"schema": "vmemscope-report", "crash": crash}
    return [*truth_complaints(crash, lines, truth),
            *compare(HERE / "golden" / f"{name}.json", json.dumps(document, indent=2) + "\n"),
            *compare(HERE / "golden" / f"{name}.txt", lines)]


def main():
    args = harness.arguments(__doc__)
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for packed in sorted((HERE / "dumps").glob("*.elf.zst")):
            name = packed.name.removesuffix(".elf.zst")
            dump = unpack(name, place)
            verdict.case(name, complaints_of(args.program, name, dump))
            dump.unlink()
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
