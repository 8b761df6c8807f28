#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kernel whose types say one thing and whose page tables another is analysed by these.

Each disguised golden has no finding but its golden's own, and names the scheme that is
seen with how many pages show it; a lone broken tail in it is one finding, of that page.
"""
import collections
import os

import harness
import oddities
from disguises import Disguise
from elfdump import Dump

QUICK = "7.3-hvo"

Case = collections.namedtuple("Case", "golden name family kept target writable masks scheme renamed")

RENAMED = True  # masks or pointers in compound_head, as a stable branch may have them

# family, pages kept, whose frame the tails map, writable, masks, the scheme that is seen
TABLE = [
    (("7.3-hvo", "6.12-hvo", "6.1-hvo"), "dax", 1, "zone", False, True, "dax-e2-ro"),
    (("7.3-hvo", "6.12-hvo", "6.1-hvo"), "dax", 1, "zone", True, True, "dax-e2"),
    (("7.3-hvo",), "dax", 1, "head", True, True, "unknown-pattern"),
    (("7.3-hvo",), "dax", 2, "second", False, True, "unknown-pattern"),
    (("6.12-hvo",), "dax", 1, "head", True, False, "unknown-pattern"),
    (("6.12-hvo",), "hugetlb", 1, "zone", False, True, "hugetlb-d"),
    (("6.12-hvo", "6.1-hvo"), "hugetlb", 2, "second", False, False, "hugetlb-a"),
    (("6.12-hvo",), "hugetlb", 1, "head", False, True, "hugetlb-b"),
    (("7.3-hvo",), "hugetlb", 1, "head", False, True, "hugetlb-c"),
    (("7.3-hvo",), "hugetlb", 1, "head", False, True, "hugetlb-c", RENAMED),
    (("7.3-hvo",), "hugetlb", 1, "head", False, False, "hugetlb-c", RENAMED),
    (("7.3-hvo",), "hugetlb", 2, "second", False, True, "hugetlb-a"),
]
CASES = [Case(golden, f"{family}, {kept} kept, {target}, {'rw' if writable else 'ro'}, "
              f"{'masks' if masks else 'pointers'}{', renamed' if renamed else ''}",
              family, kept, target, writable, masks, scheme, bool(renamed))
         for goldens, family, kept, target, writable, masks, scheme, *renamed in TABLE
         for golden in goldens]

BOOT_FRAME = "left over from boot"  # what a golden says of a frame that a disguise does not use


def pages_of(machine, family):
    return machine.device_pages() if family == "dax" else machine.huge_pages()


def disguise(dumps, case):
    machine = Disguise(Dump.load(os.path.join(dumps, f"{case.golden}.elf")), case.golden)
    if case.masks != case.golden.startswith("7"):
        machine.relink_all(case.masks)
    pages = pages_of(machine, case.family)
    machine.remap_all(pages, case.kept, case.target, case.writable, case.masks)
    if case.family == "dax":
        machine.count_references(pages)
    if case.renamed:
        machine.rename_link("compound_info", "compound_head")
    return machine, pages


def findings_of(report, golden):
    return [f for f in report["findings"]
            if not oddities.is_odd(f, golden) and BOOT_FRAME not in f["message"]]


def analyse(program, machine, path):
    machine.dump.save(path)
    return harness.run(program, "report", "--format", "json", "--fail-on", "note", path)


def whole_complaints(result, case, count):
    complaints = harness.misbehaviour(result, (0, 1))
    if complaints:
        return complaints
    complaints = [f"{f['check']}: {f['message']}" for f in findings_of(result.report, case.golden)]
    scheme = result.report["kernel"]["scheme"][case.family]
    seen = result.report["kernel"]["scheme_details"][case.family]
    if scheme != case.scheme or seen["chosen_by"] != "page-tables":
        complaints.append(f"scheme {scheme}, told by {seen['chosen_by']}")
    if seen["observed"]["fitting_pages"] != count:
        complaints.append(f"{seen['observed']['fitting_pages']} of {count} pages fit")
    return complaints


def lone_complaints(result, case, pfn):
    found = findings_of(result.report, case.golden)
    if [f.get("pfn") for f in found if f["check"] == f"{case.family}-tail-target"] != [hex(pfn)]:
        return [f"expected one finding of {pfn:#x}", *(f["message"] for f in found)]
    return []


def break_one(machine, pages, case):
    page = next(p for p in pages if p.order == 9)
    tails = page.tails(case.masks)
    page.entry(4).map_to(machine.frame(tails))
    return page.pfn


def main():
    args = harness.arguments(__doc__, quick={"help": "those of one golden only", "nargs": "?",
                                             "const": QUICK})
    verdict = harness.Verdict()
    with harness.scratch() as place:
        path = os.path.join(place, "disguised.elf")
        for case in CASES:
            if args.quick not in (None, case.golden):
                continue
            machine, pages = disguise(args.dumps, case)
            whole = analyse(args.program, machine, path)
            name = f"{case.golden} {case.name}"
            verdict.case(name, whole_complaints(whole, case, len(pages)))
            pfn = break_one(machine, pages, case)
            verdict.case(f"{name}, a tail broken",
                         lone_complaints(analyse(args.program, machine, path), case, pfn))
    verdict.end()


if __name__ == "__main__":
    main()
