#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/checks.md is the catalogues that the program itself prints, and between them
the rules of testdata/docs/invariants.md, which may name no check that there is not.

checks_md.py PROGRAM FILE compares; with --update, or VMEMSCOPE_UPDATE_GOLDENS=1
in the environment, it rewrites FILE.
"""
import json
import pathlib
import re
import subprocess
import sys
import textwrap

import made_page

WIDTH = 120
HEAD = """<!-- Generated, do not edit: from analyzer/checks/, analyzer/known_bugs/ and
     testdata/docs/invariants.md, by ./dev goldens. -->
# Checks

`vmemscope checks` lists the checks; `vmemscope explain CHECK` prints what this page says of one. The page has three
parts: the checks, [the rules that they enforce](#the-rules-and-the-check-of-each), and [known faults](#known-faults) of
the kernel.

Each check counts the items that it checked and those that it could not. Its status is one of:

- *pass*: no error and no warning; there may be notes
- *warn*, *fail*: a warning, or an error, was found
- *not-checked*: there were items, and none could be checked
- *not-applicable*: there were no items

Checks run in this order. A vmemmap page that one check has reported is not reported again by a later one.

Checks of huge pages and of devices' compound pages judge all pages of a kind at once: pages that differ only in their
place and in the frame behind their tails. A kind with nothing to report counts as *checked*. A kind that the rule is
not about is not counted. A kind whose mapping cannot be read counts as *not checked*. Pages of a suspect kind are
looked at one by one.

| check | severity | must hold |
|---|---|---|
"""

FAULTS = """
## Known faults

Known kernel bugs in this area, and whether a dump can show them. `vmemscope checks --bugs` lists them and
`vmemscope explain FAULT` describes one. A report names the bugs that its findings look like. This is a hint, not a
proof. It names only bugs that a kernel of this scheme, architecture and release can have. If the release of a
distribution does not show the patch level (6.1.0-57-amd64, 5.14.0-570.el9), it excludes no bug. A release never decides
whether there is a finding.

| fault | what goes wrong | what a dump shows | fixed by | releases | shown by |
|---|---|---|---|---|---|
"""


def link(check):
    return f"[{check}](#{check})"


def cell(text):
    return text.replace("|", "\\|")


def known_fault(bug):
    shown = ", ".join(link(check) for check in bug["checks"])
    if not shown:
        shown = f"no dump: {bug['why_not']}"
    cells = [bug["id"], bug["title"], bug["symptom"], bug["fix"], bug["affected"] or "-", shown]
    return "| " + " | ".join(cell(text) for text in cells) + " |\n"


def invariants(checks):
    """The rules, with the names of checks as links."""
    ids = {check["id"] for check in checks}
    text = (pathlib.Path(__file__).parent / "invariants.md").read_text()

    def name(match):
        if match[1] not in ids:
            sys.exit(f"invariants.md names a check that there is not: {match[1]}")
        return link(match[1])

    named = set(re.findall(r"`([a-z-]+)`", text))
    if ids - named:
        sys.exit(f"invariants.md names no rule for: {' '.join(sorted(ids - named))}")
    return "\n" + re.sub(r"`([a-z-]+)`", name, text)


def filled(text):
    return textwrap.fill(text, WIDTH - 1, break_on_hyphens=False, break_long_words=False)


def render(checks, bugs):
    rows = "".join(f"| {link(c['id'])} | {c['severity']} | {c['title']} |\n" for c in checks)
    parts = [
        f"\n## {c['id']}\n\n{filled(c['rationale'])}\n\n{filled('Source: ' + c['basis'])}.\n"
        for c in checks
    ]
    faults = FAULTS + "".join(known_fault(bug) for bug in bugs)
    return HEAD + rows + "".join(parts) + invariants(checks) + faults


def ask(program, *arguments):
    command = [program, "checks", "--format", "json", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main():
    program, path = made_page.arguments()
    text = render(ask(program)["checks"], ask(program, "--bugs")["known_bugs"])
    return made_page.keep(path, text, "is not what the program says")


sys.exit(main())
