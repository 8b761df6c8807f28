#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the program reads out of a golden dump is what its guest said.

Beside this file, one directory a golden dump:

    heads.txt    every huge page, whether it was made with the optimisation on
    pools.txt    the kernel's own counters, from /sys
    entries.txt  page-table entries, read from the full dump by another program; with
                 frame and permission where they is not known as on x86-64
    devices.txt  each DAX device: where, how aligned, and where its memmap lies
    counters.txt what the kernel counts as memmap (not in every kernel)
    machine.txt  the size of its pages (not of x86-64)
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "broken"))
import harness  # noqa: E402
from machine import ADDRESS, PAGE, STRUCT_PAGE, page_size, truth_lines  # noqa: E402


# The dump of 6.12 lacks objects of the slab allocator, and so most dev_pagemaps.
BLIND = {"6.12-hvo": ["section-usage", "dax-pgmap", "dax-frames-writable", "dax-altmap", "dax-sharing",
                      "dax-contents"]}


def heads_of(golden):
    return {int(pfn, 16): (optimized == "yes", int(size))
            for pfn, optimized, size in truth_lines(golden, "heads.txt")}


def listed(program, dump):
    result = harness.run(program, "list", "--format", "ndjson", dump, "hugetlb")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {int(line["pfn"], 16): (line["optimized"], line["size_bytes"]) for line in lines}


def difference(what, expected, actual):
    """Both are dictionaries."""
    keys = sorted(k for k in expected.keys() | actual.keys() if expected.get(k) != actual.get(k))
    return [f"{what} {key}: the guest has {expected.get(key)}, the program {actual.get(key)}"
            for key in keys[:10]]


def pool_complaints(golden, report):
    expected = {(int(node), int(size)): (int(pages), int(free))
                for node, size, pages, free in truth_lines(golden, "pools.txt") if int(pages)}
    found = {(pool["node"], pool["size_bytes"]): (pool["pages"], pool["free"])
             for pool in report["hugetlb"]["pools"]}
    counted = {(node["node"], hstate["size_bytes"]): (node["pages"], node["free"])
               for hstate in report["hugetlb"]["hstates"] for node in hstate["nodes"]
               if node["pages"]}
    return difference("pool", expected, found) + difference("counters of pool", expected, counted)


def vmemmap_pages(size, page):
    """What the struct pages of a huge page fill."""
    return size // page * STRUCT_PAGE // page


def savings_complaints(golden, report):
    """An optimised page keeps one vmemmap page."""
    page = page_size(golden)
    expected = sum((vmemmap_pages(size, page) - 1) * page
                   for optimized, size in heads_of(golden).values() if optimized)
    saved = report["savings"]["gross_bytes"]
    return [] if saved == expected else [f"saved: {saved}, expected {expected}"]


def shares(align, memmap, page):
    """A compound page in RAM keeps two vmemmap pages, if it has more."""
    return memmap == "ram" and vmemmap_pages(align, page) > 2


def device_savings(devices, page):
    return sum(size // align * (vmemmap_pages(align, page) - 2) * page
               for _, size, align, _, memmap in devices.values() if shares(align, memmap, page))


def device_complaints(golden, report):
    expected = {name: (int(start, 16), int(size), int(align), int(node), memmap)
                for name, start, size, align, node, memmap in truth_lines(golden, "devices.txt")}
    found = {}
    for d in report["dax"]["devices"]:
        found[d["name"]] = [int(d["start"], 16), d["size_bytes"], d["align_bytes"], d["node"],
                            d["memmap"]]
        # What is inferred may be not known, but never wrong.
        if d["inferred"] and d["name"] in expected:
            found[d["name"]] = [value if value is not None else expected[d["name"]][i]
                                for i, value in enumerate(found[d["name"]])]
        found[d["name"]] = tuple(found[d["name"]])
    page = page_size(golden)
    saved = sum(d["saved_bytes"] for d in report["dax"]["devices"])
    lines = difference("device", expected, found)
    if saved != device_savings(expected, page):
        lines.append(f"devices saved: {saved}, expected {device_savings(expected, page)}")
    return lines + [f"{d['name']}: tails are {d['tail_permission']}"
                    for d in report["dax"]["devices"] if d["tail_permission"] != (
                        "rw" if shares(d["align_bytes"], d["memmap"], page) else None)]


class Entry:
    """One line of entries.txt."""

    def __init__(self, number, level, raw, frame=None, permission=None):
        self.number, self.level, self.raw = int(number), int(level), int(raw, 16)
        self.is_x86 = frame is None
        self.frame = None if self.is_x86 else int(frame, 16)
        self.permission = permission or ("rw" if self.raw & 2 else "ro")


def entries_of(golden):
    """{pfn: [Entry]}"""
    entries = {}
    for pfn, *rest in truth_lines(golden, "entries.txt"):
        entries.setdefault(int(pfn, 16), []).append(Entry(*rest))
    return entries


def member(group, entry):
    """What the program has for one vmemmap page of a group of alike entries: the raw
    entry, and the frame where the entry alone does not tell it."""
    raw, k = int(group["entry"], 16), entry.number - group["first"]
    frame = int(group["frame"], 16) + (0 if group["same_frame"] else k)
    if not entry.is_x86:
        exact = k == 0 or group["same_frame"] or group["level"] > 1
        return raw if exact else entry.raw, frame
    if not group["same_frame"] and group["level"] == 1:
        raw = raw & ~ADDRESS | (raw & ADDRESS) + k * PAGE
    return raw, None


def entry_complaints(groups, entry):
    found = [g for g in groups if g["first"] <= entry.number < g["first"] + g["count"]]
    if len(found) != 1:
        return [f"vmemmap page {entry.number} is in {len(found)} groups"]
    group = found[0]
    actual = (*member(group, entry), group["level"], group["permission"])
    if actual != (entry.raw, entry.frame, entry.level, entry.permission):
        return [f"vmemmap page {entry.number}: level {entry.level} entry {entry.raw:#x}, "
                f"the program has {group}"]
    return []


def page_complaints(program, dump, pfn, entries):
    result = harness.run(program, "page", "--format", "json", dump, f"pfn:{pfn:#x}")
    complaints = harness.misbehaviour(result, (0,))
    if complaints:
        return complaints
    groups = result.report["entries"]
    if "page" in result.report:  # its compound order is not known: one vmemmap page is shown
        entries = [entry for entry in entries if entry.number == 0]
    return [line for entry in entries for line in entry_complaints(groups, entry)]


def blind_checks(golden):
    """The checks that cannot look at everything in this dump."""
    return BLIND.get(golden, [])


def out_of_reach(golden):
    """The memmap of some devices lies in the device, which is in no dump of RAM."""
    altmap = any(device[-1] == "device" for device in truth_lines(golden, "devices.txt"))
    return ["dax-contents"] if altmap else []


# Look at struct pages that the goldens, which are older, were not distilled with.
LATER = {"hugetlb-leftovers", "vmemmap-table-owner"}


def report_complaints(golden, program, dump):
    result = harness.run(program, "report", "--format", "json", dump)
    complaints = harness.misbehaviour(result, (0, 1))
    if complaints:
        return complaints
    report = result.report
    complaints = (pool_complaints(golden, report) + savings_complaints(golden, report)
                  + device_complaints(golden, report))
    blind = [check["id"] for check in report["checks"] if check["not_checked"]]
    if blind != blind_checks(golden):
        complaints.append(f"could not look at everything: {blind}")
    if report["coverage"]["complete"] != (not blind):
        complaints.append(f"complete: {report['coverage']['complete']}")
    beyond = [check["id"] for check in report["checks"] if "out_of_reach" in check
              and check["id"] not in LATER]
    if beyond != out_of_reach(golden):
        complaints.append(f"out of reach: {beyond}")
    return complaints


def main():
    args = harness.arguments(__doc__, golden={"required": True, "help": "its name"})
    verdict = harness.Verdict()
    golden, dump = args.golden, pathlib.Path(args.dumps) / f"{args.golden}.elf"
    verdict.case("heads", difference("page", heads_of(golden), listed(args.program, dump)))
    verdict.case("report", report_complaints(golden, args.program, dump))
    for pfn, entries in entries_of(golden).items():
        verdict.case(f"entries of {pfn:#x}", page_complaints(args.program, dump, pfn, entries))
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
