#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the sandbox costs: reports with and without it, in turns.

    sandbox.py VMEMSCOPE DUMP [RUNS]
"""
import os
import pathlib
import subprocess
import sys
import time

PROGRAM, DUMP = sys.argv[1:3]
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 60
WAYS = {"with": [], "without": ["--no-sandbox"]}


def run(options):
    start = time.perf_counter()
    subprocess.run([PROGRAM, "report", "--threads", "1", *options, DUMP], stdout=subprocess.DEVNULL,
                   check=False)
    return time.perf_counter() - start


def own_kib(pid):
    """Memory of a process that it shares with nobody."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def outside_kib():
    """Of the process outside, while the other waits to write to a pipe that nobody reads."""
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    try:
        while os.write(ends[1], b"x" * 4096):
            pass
    except BlockingIOError:
        os.set_blocking(ends[1], True)
    program = subprocess.Popen([PROGRAM, "report", DUMP], stdout=ends[1])
    time.sleep(0.5)
    size = own_kib(program.pid)
    os.close(ends[0])
    os.close(ends[1])
    program.wait()
    return size


def main():
    times = {way: [] for way in WAYS}
    for _ in range(RUNS):
        for way, options in WAYS.items():
            times[way].append(run(options))
    for way, found in times.items():
        found.sort()
        print(f"{way} the sandbox: minimum {found[0] * 1e3:.2f} ms, median "
              f"{found[len(found) // 2] * 1e3:.2f} ms")
    print(f"it costs {(min(times['with']) - min(times['without'])) * 1e3:.2f} ms, and the process "
          f"outside has {outside_kib()} KiB of its own")


if __name__ == "__main__":
    main()
