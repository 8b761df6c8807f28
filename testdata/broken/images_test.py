#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each broken image trips the check it is for, and no other; the golden trips none.
What the report says of a page, 'vmemscope page' says of it, too.

A golden may have an oddity of its own, which its report in testdata/golden shows:
what is found there is left out everywhere.
"""
import os
import re
import sys

import harness
import oddities
from elfdump import Dump
from images import IMAGES, ODD_STILL, ONE_FINDING, SUMMARY, WORDS
from machine import Machine

QUICK = "7.3-hvo"

# No golden has hot-plugged memory with a memmap of its own; and a vmemmap that is not
# aligned is another machine, not one with a fault.
UNIT_TESTS_ONLY = {"hugetlb-self-hosted", "vmemmap-mask-alignment"}


def uncovered(program):
    """Checks without an image, and images of checks that do not exist."""
    checks = harness.run(program, "checks", "--format", "json").report["checks"]
    return sorted({check["id"] for check in checks} ^ {image.check for image in IMAGES}
                  ^ UNIT_TESTS_ONLY)


def analyse(program, path):
    return harness.run(program, "report", "--format", "json", "--fail-on", "note", path)


def violated(report):
    return {check["id"]: check["violations"] for check in report["checks"] if check["violations"]}


def new_findings(report, golden):
    return [finding for finding in report["findings"] if not oddities.is_odd(finding, golden)]


def clean_complaints(result, golden):
    complaints = harness.misbehaviour(result, (1,) if oddities.findings(golden) else (0,))
    if complaints:
        return complaints
    if result.report["findings"] != oddities.findings(golden):
        return [f"violations: {violated(result.report)}"]
    return []


def finding_complaints(report, image, pfn):
    findings = new_findings(report, image.golden)
    listed = [f"{f['severity']} {f['check']} {f.get('pfn', '-')}: {f['message']}" for f in findings]
    own = [finding for finding in findings if finding["check"] == image.check]
    if {finding["check"] for finding in findings} != {image.check, *image.also}:
        return [f"expected {image.check} and {image.also or 'no other'}", *listed]
    if {finding["severity"] for finding in own} != {image.severity}:
        return [f"expected severity {image.severity} alone", *listed]
    if pfn is not None and {finding.get("pfn") for finding in own} != {hex(pfn)}:
        return [f"expected pfn {pfn:#x}", *listed]
    if image.edit in ONE_FINDING and len(own) != 1:
        return [f"expected one finding, not {len(own)}", *listed]
    words = WORDS.get(image.edit, "")
    if any(words not in finding["message"] for finding in own):
        return [f"expected to read: {words}", *listed]
    if image.edit in ODD_STILL:
        return [f"no longer found: {finding['message']}"
                for finding in oddities.findings(image.golden)
                if finding not in report["findings"]]
    return []


# "1 pages", "1 vmemmap pages are", "1 of 64 pages are": a count of one with words for many.
COUNTED = "pages|frames|entries|tails|heads|references|sections|devices|ranges|slots|times"
ONE_OF_MANY = re.compile(rf"(?<![\w.-])(?<!order )(?<!level )(?<!number )1 (?:(?!of )[a-z]+ )*?(?:{COUNTED})\b"
                         r"|(?<![\w.-])1 of (?:the |its )?\d+ [a-z ]*?\b(?:are|were|have|map)\b")


def word_complaints(shown):
    return [f"one is told of as many: {shown[max(found.start() - 60, 0):found.end() + 20]}"
            for found in ONE_OF_MANY.finditer(shown)]


def summary_complaints(program, path, image):
    """What the first lines do not say, however they are broken."""
    if image.edit not in SUMMARY:
        return []
    result = harness.run(program, "report", path)
    said = " ".join(result.stdout.split("\n\n")[0].split()) + " "
    return [] if SUMMARY[image.edit] in said else [f"the summary does not say: {SUMMARY[image.edit]}",
                                                   said]


PAGES_ASKED_MAX = 8
PAGE_WORDS = {"error": "WRONG", "warning": "SUSPECT", "note": "Note"}


def told_of(finding):
    """What 'page' has to say of it: by itself, though the report told it for many."""
    message = " ".join(finding["message"].split("; the same of ")[0].split())
    return f"{PAGE_WORDS[finding['severity']]}: {message}"


def page_complaints(program, path, findings):
    """What 'page' leaves out of the findings about the pages they name."""
    complaints = []
    for pfn in list(dict.fromkeys(f["pfn"] for f in findings if "pfn" in f))[:PAGES_ASKED_MAX]:
        result = harness.run(program, "page", path, f"pfn:{pfn}")
        shown = " ".join(result.stdout.split())
        complaints += harness.misbehaviour(result, (0,)) + word_complaints(shown)
        complaints += [f"page {pfn} does not say: {told_of(finding)}" for finding in findings
                       if finding.get("pfn") == pfn and told_of(finding) not in shown]
    return complaints


def broken_complaints(program, dumps, image, path):
    dump = Dump.load(os.path.join(dumps, f"{image.golden}.elf"))
    pfn = image.edit(Machine(dump, image.golden))
    dump.save(path)
    result = analyse(program, path)
    return (harness.misbehaviour(result, (1,)) or finding_complaints(result.report, image, pfn)
            or word_complaints(result.stdout)
            or summary_complaints(program, path, image)
            or page_complaints(program, path, new_findings(result.report, image.golden)))


def rewritten_complaints(program, dumps, golden, path):
    """The editor itself must not be what a check sees."""
    dump = Dump.load(os.path.join(dumps, f"{golden}.elf"))
    dump.save(path)
    return clean_complaints(analyse(program, path), golden)


def main():
    args = harness.arguments(__doc__, only={"help": "images whose name has this in it"},
                             quick={"help": "images of one golden only", "nargs": "?",
                                    "const": QUICK})
    verdict = harness.Verdict()
    chosen = [i for i in IMAGES if args.quick in (None, i.golden)
              and (args.only or "") in f"{i.golden} {i.name} {i.check}"]
    missing = uncovered(args.program)
    verdict.case("every check has an image", [f"not so: {missing}"] if missing else [])
    with harness.scratch() as place:
        path = os.path.join(place, "broken.elf")
        for golden in sorted({image.golden for image in chosen}):
            clean = analyse(args.program, os.path.join(args.dumps, f"{golden}.elf"))
            verdict.case(f"{golden} as it is", clean_complaints(clean, golden))
            verdict.case(f"{golden} rewritten",
                         rewritten_complaints(args.program, args.dumps, golden, path))
        for image in chosen:
            verdict.case(f"{image.golden} {image.name}",
                         broken_complaints(args.program, args.dumps, image, path))
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
