#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs gcc -fanalyzer over the program's sources, and shows what is not accepted.

    analyze.py SOURCE-DIRECTORY BUILD-DIRECTORY
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

TIMEOUT_SECONDS = 300
WARNING = re.compile(r"^(?P<path>[^\s:]+):\d+:\d+: warning: (?P<text>.*) \[-Wanalyzer-(?P<kind>[\w-]+)\]$")


def accepted(root):
    """(path, kind) of each line of the table; what follows is the reason."""
    lines = (root / "testdata/analyzer/accepted").read_text().splitlines()
    return {tuple(line.split()[:2]) for line in lines if line and not line.startswith("#")}


def commands(root, build):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"]).resolve().relative_to(root)
        if path.parts[0] == "testdata" or path.name.endswith("_test.c"):
            continue
        words = [word for word in shlex.split(entry["command"]) if word != "ccache"]
        at = words.index("-o")
        words[at + 1] = "/dev/null"
        yield entry["directory"], [word for word in words if not word.startswith("-M")
                                   and not word.endswith(".o.d")]


def complaints(root, command):
    directory, words = command
    words = [word for i, word in enumerate(words) if word != "-MT" and words[i - 1] != "-MT"
             and not (word.endswith(".o") and words[i - 1] != "-o")]
    try:
        done = subprocess.run([*words, "-fanalyzer", "-fdiagnostics-plain-output"], cwd=directory,
                              capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return [("", "timeout", f"{words[-1]}: it takes too long")]
    found = []
    if done.returncode != 0:
        found.append(("", "error", done.stderr))
    for line in done.stderr.splitlines():
        match = WARNING.match(line)
        if match:
            path = pathlib.Path(directory, match["path"]).resolve()
            found.append((os.path.relpath(path, root), match["kind"], line))
    return found


def main():
    root, build = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    table, count, wrong = accepted(root), 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda command: complaints(root, command), commands(root, build)):
            count += 1
            for path, kind, line in found:
                if not {(path, kind), ("*", kind)} & table:
                    wrong += 1
                    print(line)
    print(f"{count} sources, {wrong} complaints that are not accepted, {len(table)} accepted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
