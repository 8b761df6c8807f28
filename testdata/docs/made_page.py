# SPDX-License-Identifier: LGPL-2.1-or-later
"""A page of docs/ that is made from tables: compared with them, or rewritten."""
import os
import pathlib
import sys


def arguments():
    """Those of the command line, but for --update."""
    return [argument for argument in sys.argv[1:] if argument != "--update"]


def keep(path, text, complaint):
    """The exit status: FILE is as it should be, or is made so by --update, or by
    VMEMSCOPE_UPDATE_GOLDENS=1 in the environment."""
    page = pathlib.Path(path)
    if "--update" in sys.argv or os.environ.get("VMEMSCOPE_UPDATE_GOLDENS") == "1":
        page.write_text(text)
        return 0
    if page.read_text() == text:
        return 0
    print(f"{path} {complaint}: run ./dev goldens")
    return 1
