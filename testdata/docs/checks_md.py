#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/checks.md is the catalogue that the program itself prints.

checks_md.py PROGRAM FILE compares; with --update, or VMEMSCOPE_UPDATE_GOLDENS=1
in the environment, it rewrites FILE.
"""
import json
import os
import pathlib
import subprocess
import sys
import textwrap

HEAD = """# Checks

What `vmemscope checks` lists and `vmemscope explain CHECK` tells. This page is made from the program's own table
(`./dev goldens` rewrites it).

Each check counts what it looked at and what it could not. Its status is *pass*, *fail* (an error was found), *warn*,
*not-checked* (there was something, and it could not be looked at) or *not-applicable* (there was nothing).
Notes leave the status at *pass*. Checks run in this order; a vmemmap page that one has reported is not
reported again by a later one.

| check | severity | must hold |
|---|---|---|
"""


def render(checks):
    rows = "".join(f"| [{c['id']}](#{c['id']}) | {c['severity']} | {c['title']} |\n" for c in checks)
    parts = [
        f"\n## {c['id']}\n\n{textwrap.fill(c['rationale'], 110)}\n\nRests on: {c['basis']}.\n"
        for c in checks
    ]
    return HEAD + rows + "".join(parts)


def main():
    update = "--update" in sys.argv or os.environ.get("VMEMSCOPE_UPDATE_GOLDENS") == "1"
    program, path = [a for a in sys.argv[1:] if a != "--update"]
    out = subprocess.run([program, "checks", "--format", "json"], check=True, capture_output=True)
    text = render(json.loads(out.stdout)["checks"])
    page = pathlib.Path(path)
    if update:
        page.write_text(text)
        return 0
    if page.read_text() == text:
        return 0
    print(f"{path} is not what the program says: run ./dev goldens")
    return 1


sys.exit(main())
