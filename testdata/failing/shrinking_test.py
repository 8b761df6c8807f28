#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that become half as long while they are read: at each call that reads or maps.

There is the answer of the whole file, if all was read by then, or one line that says what
failed, and status 2; never a signal. It is done without a sandbox, which would not let the
process shorten its own file.

    shrinking_test.py --program VMEMSCOPE --shim SHIM --dumps DIR [--every N]
"""
import argparse
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT_SECONDS = 60
KINDS = ("memory", "open", "read", "pread", "mmap", "write", "pwrite", "fork", "pipe", "thread",
         "rename", "link", "truncate", "status", "seek", "close", "temporary", "wait", "flush")
WHEN = ("memory", "pread", "read", "mmap", "status", "thread", "close")
COUNTS = struct.Struct(f"{len(KINDS)}Q")
PLACES = 60  # of each kind


def parse_arguments():
    parser = argparse.ArgumentParser(description="Shortens files while they are read.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--dumps", required=True)
    parser.add_argument("--every", type=int, default=1, help="only each n-th of the calls")
    return parser.parse_args()


class Files:
    """Each kind of file, made of a bundled dump."""

    def __init__(self, args, place):
        self.program, self.shim, self.place = (os.path.abspath(args.program),
                                               os.path.abspath(args.shim), place)
        dump = os.path.join(args.dumps, "7.3-hvo.elf")
        self.made("kdump", "distill", "--format", "kdump", dump, "-o")
        shutil.copyfile(dump, os.path.join(place, "elf"))

    def made(self, name, command, *words):
        done = subprocess.run([self.program, command, *words, os.path.join(self.place, name)],
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"no {name}: {done.stderr.strip()}")

    def names(self):
        return sorted(os.listdir(self.place))

    def run(self, name, kind="", at=0):
        """Status, stdout, stderr, counts."""
        with tempfile.TemporaryDirectory() as place:
            path, counts = os.path.join(place, name), os.path.join(place, "counts")
            shutil.copyfile(os.path.join(self.place, name), path)
            with open(counts, "wb") as file:
                file.write(bytes(mmap.PAGESIZE))
            done = subprocess.run(
                [self.program, "report", "--no-sandbox", "--threads=2", path],
                check=False, capture_output=True, stdin=subprocess.DEVNULL, cwd=place,
                timeout=TIMEOUT_SECONDS,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                     "LD_PRELOAD": self.shim, "FAILING_COUNTS": counts, "FAILING_CUTS": path,
                     "FAILING_KIND": kind, "FAILING_AT": str(at),
                     "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
            with open(counts, "rb") as file:
                found = dict(zip(KINDS, COUNTS.unpack(file.read()[:COUNTS.size])))
            stdout = done.stdout.replace(place.encode(), b"@")
            return done.returncode, stdout, done.stderr.decode(errors="replace"), found


def complaint(got, right):
    status, stdout, stderr, _ = got
    if (status, stdout) == right[:2]:
        return None
    if status == 2 and stderr.startswith("vmemscope") and stderr.count("\n") == 1:
        return None
    if status in (0, 1) and b"truncated" in stdout:
        return None
    return f"status {status}, {len(stdout)} bytes of output: {stderr[-600:]}"


def main():
    args = parse_arguments()
    if not os.path.exists(args.program):
        print(f"there is no {args.program}")
        return SKIPPED
    count, wrong = 0, 0
    with tempfile.TemporaryDirectory() as place:
        files = Files(args, place)
        for name in files.names():
            right = files.run(name)
            for kind in WHEN:
                calls = right[3][kind]
                for at in range(1, calls + 1, max(1, calls // PLACES) * args.every):
                    count += 1
                    found = complaint(files.run(name, kind, at), right)
                    if found:
                        wrong += 1
                        print(f"{name}: shortened at {kind} {at}: {found}")
    print(f"{count} files were shortened, {wrong} of them were not taken well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
