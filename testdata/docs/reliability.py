#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/reliability.md: testdata/docs/reliability.md with the table of broken images.

reliability.py FILE compares; with --update, or VMEMSCOPE_UPDATE_GOLDENS=1 in the
environment, it rewrites FILE.
"""
import pathlib
import sys

import made_page

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broken"))
from images import IMAGES, TABLE  # noqa: E402


def rows():
    """One a fault: (what, check and those besides, severity) with its dumps."""
    found = {}
    for goldens, edit, check, severity, *also in TABLE:
        what = edit.__name__.replace("_", " ").replace("dax ", "device: ", 1)
        found.setdefault((what, check, tuple(also), severity), []).extend(goldens)
    return found


def cells(row, goldens):
    what, check, also, severity = row
    by = f"[{check}](checks.md#{check})" + (f"; also {', '.join(also)}" if also else "")
    return [what, by, severity, str(len(goldens)), str(len(goldens)), ", ".join(goldens)]


def table():
    yield "| fault | found by | severity | injected | found | dumps |"
    yield "|---|---|---|---|---|---|"
    for row, goldens in rows().items():
        yield "| " + " | ".join(cells(row, goldens)) + " |"


def render():
    text = (HERE / "reliability.md").read_text()
    text = text.replace("@INJECTED@", str(len(IMAGES)))
    text = text.replace("@KINDS@", str(len({edit for _, edit, *_ in TABLE})))
    text = text.replace("@GOLDENS@", str(len({image.golden for image in IMAGES})))
    return text.replace("@TABLE@", "\n".join(table()))


def main():
    path, = made_page.arguments()
    return made_page.keep(path, render(), "is not what testdata/broken/images.py says")


if __name__ == "__main__":
    sys.exit(main())
