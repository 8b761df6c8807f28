#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/support-matrix.md: testdata/docs/support-matrix.md, which is there to be edited, with
the tables that the program's own, the golden reports and the described machines make.

support_matrix.py LISTER FILE compares; with --update, or VMEMSCOPE_UPDATE_GOLDENS=1
in the environment, it rewrites FILE. LISTER is testdata/docs/list_archs.c.
"""
import json
import pathlib
import subprocess
import sys
import textwrap

import made_page

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
BANNER = """<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- Generated, do not edit. ./dev goldens makes it of testdata/docs/support-matrix.md, the
     golden reports (testdata/golden/), the table of architectures (analyzer/arch/arch.c) and
     the described machines (testdata/machine/machine_specs.c). -->
"""
NAMES = {"x86_64": "x86-64", "aarch64": "arm64"}


def name_of(arch):
    return NAMES.get(arch, arch)


def schemes(hugetlb, dax, has_device):
    return hugetlb, dax if has_device or dax == "none" else f"({dax})"


def goldens(archs):
    """((architecture, page size, levels, schemes), kernel) of each golden report."""
    rows = {arch["little_name"]: arch["name"] for arch in archs}
    for path in sorted(GOLDEN.glob("*/report.json")):
        report = json.loads(path.read_text())
        kernel = report["kernel"]
        arch = rows.get(kernel["architecture"], kernel["architecture"])
        key = (arch, kernel["page_size_bytes"], kernel["paging_levels"],
               *schemes(kernel["scheme"]["hugetlb"], kernel["scheme"]["dax"],
                        bool(report["dax"]["devices"])))
        yield key, kernel["release"].split("+")[0].split("-")[0]


def described(machines):
    for m in machines:
        key = (m["arch"], m["page_size"], m["levels"],
               *schemes(m["hugetlb"], m["dax"], m["has_device"]))
        yield key, "big-endian" if m["big_endian"] and m["arch"] != "s390x" else ""


def seen_on(real, described_as):
    cells = []
    if real:
        cells.append("real: " + ", ".join(dict.fromkeys(real)))
    if described_as:
        extra = [word for word in dict.fromkeys(described_as) if word]
        cells.append("described" + (f" (also {', '.join(extra)})" if extra else ""))
    return "; ".join(cells)


def architectures(listed):
    order = [arch["name"] for arch in listed["archs"]]
    rows = {}
    for key, kernel in goldens(listed["archs"]):
        rows.setdefault(key, ([], []))[0].append(kernel)
    for key, extra in described(listed["machines"]):
        rows.setdefault(key, ([], []))[1].append(extra)
    yield "| architecture | pages | levels | HugeTLB | devices | seen on |"
    yield "|---|---|---|---|---|---|"
    for key in sorted(rows, key=lambda k: (order.index(k[0]), *k[1:])):
        arch, page, levels, hugetlb, dax = key
        yield (f"| {name_of(arch)} | {page >> 10} KiB | {levels} | {hugetlb} | {dax} | "
               f"{seen_on(*rows[key])} |")


def listing(names):
    return ", ".join(names[:-1]) + " and " + names[-1]


def permissions(archs):
    def named(key, value):
        return [name_of(arch["name"]) for arch in archs if arch[key] == value]

    return textwrap.fill(
        f"Shared tails of HugeTLB are read-only on {listing(named('readonly_tails', True))}. "
        f"{listing(named('readonly_tails', False))} have no read-only kernel mapping; writable tails "
        f"are stated there, not reported. Kernels up to 7.3 share the vmemmap of devices on "
        f"{listing(named('shares_devices', True))}; later ones on all architectures where they "
        f"share at all.", 120, break_on_hyphens=False)


def render(listed):
    text = BANNER + (HERE / "support-matrix.md").read_text()
    text = text.replace("@ARCHITECTURES@", "\n".join(architectures(listed)))
    return text.replace("@PERMISSIONS@", permissions(listed["archs"]))


def main():
    lister, path = made_page.arguments()
    listed = json.loads(subprocess.run([lister], check=True, capture_output=True).stdout)
    return made_page.keep(path, render(listed), "is not what tables and goldens say")


if __name__ == "__main__":
    sys.exit(main())
