#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends the process in the sandbox by signals, and prints what the one outside says.

    death.py VMEMSCOPE SLOW-DUMP
"""
import os
import pathlib
import re
import signal
import subprocess
import sys

PROGRAM, DUMP = sys.argv[1:]
TRIES = 50
SECONDS_MAX = 30
DEATHS = [signal.SIGILL, signal.SIGABRT, signal.SIGSYS, signal.SIGKILL, signal.SIGPIPE]


def jailed(program):
    """The process in the sandbox, stopped; None if it was faster."""
    while program.poll() is None:
        try:
            children = pathlib.Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text()
            for child in map(int, children.split()):
                os.kill(child, signal.SIGSTOP)
                return child
        except OSError:
            pass
    return None


def end_by(number):
    """Status, stdout and stderr of a report whose process in the sandbox ended by @number."""
    for _ in range(TRIES):
        program = subprocess.Popen([PROGRAM, "report", DUMP], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        child = jailed(program)
        if child:
            os.kill(child, number)
            os.kill(child, signal.SIGCONT)
        stdout, stderr = program.communicate(timeout=SECONDS_MAX)
        if program.returncode not in (0, 1):
            return program.returncode, stdout, stderr
    sys.exit("the report was always faster")


def main():
    advice = re.compile("; the (?:dump|file) .*?may be damaged[^.]*")
    for number in DEATHS:
        status, stdout, stderr = end_by(number)
        stage = re.compile("while (beginning|opening the dump|reading types|analysing the dump|"
                           "writing the report)[^.:]*")
        print(f"{number.name}: status {status}, {len(stdout)} bytes of a report")
        print(stage.sub("while STAGE", advice.sub("", stderr)), end="")


if __name__ == "__main__":
    main()
