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

HEAD = """# Checks

What `vmemscope checks` lists and `vmemscope explain CHECK` tells. This page is made from the program's own tables
(`./dev goldens` rewrites it). After the checks come [the rules](#what-must-hold-and-who-looks) that they look after, and
[known faults](#known-faults) of the kernel.

Each check counts what it looked at and what it could not. Its status is *pass*, *fail* (an error was found), *warn*,
*not-checked* (there was something, and it could not be looked at) or *not-applicable* (there was nothing).
Notes leave the status at *pass*. Checks run in this order; a vmemmap page that one has reported is not
reported again by a later one.

| check | severity | must hold |
|---|---|---|
"""

FAULTS = """
## Known faults

What is known to have gone wrong in this field, and whether a dump can show it. `vmemscope checks --bugs` lists them,
`vmemscope explain FAULT` tells about one; a report names those that its findings look like. Looking like one is no proof.
Only those are named that a kernel with this scheme, of this architecture and release can have; a release of a distribution that
tells no patch level (6.1.0-57-amd64, 5.14.0-570.el9) excludes none. A release never decides whether there is a finding.

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


def render(checks, bugs):
    rows = "".join(f"| {link(c['id'])} | {c['severity']} | {c['title']} |\n" for c in checks)
    parts = [
        f"\n## {c['id']}\n\n{textwrap.fill(c['rationale'], 110)}\n\nRests on: {c['basis']}.\n"
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
