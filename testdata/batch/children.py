#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does to the children of 'vmemscope batch' what dumps and people may do.

    children.py VMEMSCOPE SLOW-DUMP DUMP
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

PROGRAM, SLOW, OTHER = sys.argv[1:]
TRIES = 50
SECONDS_MAX = 30


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def stop_first_child(batch):
    """A child, stopped while it works; None if the batch was faster."""
    while batch.poll() is None:
        for child in (worker for jailed in children(batch.pid) for worker in children(jailed)):
            try:
                os.kill(child, signal.SIGSTOP)
                return child
            except ProcessLookupError:
                pass
    return None


def start(*arguments):
    return subprocess.Popen([PROGRAM, "batch", "--jobs", "1", *arguments, SLOW, OTHER],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def attempt(what, *arguments):
    """Runs a batch, does @what with its stopped first child: status, stdout, stderr."""
    for _ in range(TRIES):
        batch = start(*arguments)
        child = stop_first_child(batch)
        if child:
            what(batch, child)
        stdout, stderr = batch.communicate(timeout=SECONDS_MAX)
        # It may have been stopped when all was sent.
        if child and "error" in stdout + stderr or batch.returncode < 0:
            assert is_gone(child), "a child is left behind"
            return batch.returncode, stdout, stderr
    sys.exit("the batch was always faster")


def show(title, result):
    status, stdout, stderr = result
    print(f"== {title}: status {status}")
    for line in map(json.loads, stdout.splitlines()):
        print(line["path"], line.get("error", "analysed"))
    print(stderr, end="")



def kill(_, child):
    os.kill(child, signal.SIGKILL)


def hang(_, __):
    pass


def interrupt(batch, _):
    time.sleep(0.1)
    batch.send_signal(signal.SIGINT)


def main():
    show("killed", attempt(kill, "-q"))
    show("hangs", attempt(hang, "-q", "--timeout", "1"))
    show("interrupted", attempt(interrupt, "-q"))
    status, stdout, stderr = attempt(interrupt, "-o", "lines")
    names = [name for name in os.listdir() if name.startswith("lines")]
    print(f"== interrupted, into a file: status {status}, {len(names)} file, "
          f"named in the message: {names[0] in stderr and names[0] != 'lines'}")


if __name__ == "__main__":
    main()
