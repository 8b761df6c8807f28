#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets each call of the C library fail in turn, and looks at what the program makes of it.

Each command of COMMANDS runs once undisturbed, which also counts its calls, and then once for
each call of each row of FAULTS. Then there is the answer that it gave undisturbed, or one line
that says what failed, and status 2; no signal, no file left over, and an output file that is
whole or as it was before.

    calls_test.py --program VMEMSCOPE --shim SHIM --dumps DIR [--every N] [--only KIND]
                  [--command NAME]... [--argument=--no-sandbox]
"""
import argparse
import concurrent.futures
import errno
import json
import mmap
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

KINDS = ("memory", "open", "read", "pread", "mmap", "write", "pwrite", "fork", "pipe", "thread",
         "rename", "link", "truncate", "status", "seek", "close", "temporary", "wait", "flush")
COUNTS = struct.Struct(f"{len(KINDS) + 1}Q")
TIMEOUT_SECONDS = 60
EACH_OF_FIRST = 300  # calls; of those that follow, about as many again
SKIPPED = 77

# Kind, errno (0: the call is cut short), and whether all calls after it fail too.
FAULTS = (
    ("memory", errno.ENOMEM, False), ("memory", errno.ENOMEM, True),
    ("open", errno.EMFILE, False), ("open", errno.EACCES, False), ("open", errno.EMFILE, True),
    ("read", errno.EIO, False), ("read", errno.EINTR, False), ("read", 0, True),
    ("pread", errno.EIO, False), ("pread", errno.EINTR, False), ("pread", 0, True),
    ("mmap", errno.ENOMEM, False), ("mmap", errno.ENODEV, True),
    ("write", errno.ENOSPC, False), ("write", errno.EINTR, False), ("write", 0, True),
    ("pwrite", errno.ENOSPC, False), ("pwrite", errno.EINTR, False), ("pwrite", 0, True),
    ("fork", errno.EAGAIN, False), ("fork", errno.EAGAIN, True),
    ("pipe", errno.EMFILE, False), ("thread", errno.EAGAIN, False), ("thread", errno.EAGAIN, True),
    ("rename", errno.EIO, False), ("rename", errno.ENOSPC, True), ("link", errno.EPERM, True),
    ("truncate", errno.ENOSPC, False), ("truncate", errno.EFBIG, True),
    ("status", errno.EIO, False), ("seek", errno.EINVAL, False),
    ("temporary", errno.ENOSPC, False), ("wait", errno.EINTR, False), ("flush", errno.ENOSPC, False),
)

OLD = b"what was there before\n"

# Name, arguments, and whether an output file was there before. In them {dump} is a dump,
# {out} a file in the working directory.
COMMANDS = (
    ("report", "report --threads=2 {dump}", False),
    ("json", "report --threads=2 --format json -o {out} {dump}", True),
    ("info", "info {dump}", False),
    ("page", "page {dump} 0x10000", False),
    ("list", "list {dump} vmemmap", False),
    ("types", "types {dump}", False),
    ("distill", "distill --overwrite {dump} -o {out}", True),
    ("distill-kdump", "distill --format kdump {dump} -o {out}", False),
    ("diff", "diff {dump} {report}", False),
    ("batch", "batch -q -j1 --sorted {dump} -o {out}", True),
    ("expect", "report --expect {out} --update {dump}", False),
)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Lets calls of the C library fail.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--dumps", required=True)
    parser.add_argument("--dump", default="s390x-6.12.elf")
    parser.add_argument("--every", type=int, default=1, help="only each n-th of the calls")
    parser.add_argument("--only", help="only this kind of calls")
    parser.add_argument("--command", action="append", help="only these of the commands")
    parser.add_argument("--argument", action="append", default=[], help="for each command")
    return parser.parse_args()


class Run:
    """What came of a command."""

    def __init__(self, status, stdout, stderr, left, counts):
        self.status, self.stdout, self.stderr = status, stdout, stderr
        self.left, self.counts = left, counts

    def answer(self):
        return self.status, self.stdout, self.left.get("out")


class Runner:
    def __init__(self, args, scratch):
        self.args, self.scratch = args, scratch
        self.dump = os.path.abspath(os.path.join(args.dumps, args.dump))
        self.report = os.path.join(scratch, "report.json")
        subprocess.run([os.path.abspath(args.program), "report", "--format", "json", "-o", self.report, self.dump],
                       check=False)

    def words(self, text):
        line = text.format(dump=self.dump, out="out", report=self.report).split()
        return [os.path.abspath(self.args.program), line[0], *self.args.argument, *line[1:]]

    def run(self, command, fault=None, at=0):
        """@fault: a row of FAULTS; none: nothing fails."""
        _, text, was_there = command
        with tempfile.TemporaryDirectory(dir=self.scratch) as place:
            work, counts = pathlib.Path(place, "work"), pathlib.Path(place, "counts")
            temporary = pathlib.Path(place, "tmp")
            work.mkdir()
            temporary.mkdir()
            counts.write_bytes(bytes(mmap.PAGESIZE))
            if was_there:
                (work / "out").write_bytes(OLD)
            done = subprocess.run(self.words(text), cwd=work, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS,
                                  env=self.environment(counts, temporary, fault, at))
            left = {path.name: path.read_bytes() for path in work.iterdir()}
            left |= {f"TMPDIR/{path.name}": b"" for path in temporary.iterdir()}
            found = COUNTS.unpack(counts.read_bytes()[:COUNTS.size])
            return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"), left,
                       dict(zip((*KINDS, "failed"), found)))

    def environment(self, counts, temporary, fault, at):
        ret = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
               "TMPDIR": str(temporary), "LD_PRELOAD": os.path.abspath(self.args.shim),
               "FAILING_COUNTS": str(counts),
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        if fault:
            ret |= {"FAILING_KIND": fault[0], "FAILING_AT": str(at),
                    "FAILING_ERRNO": str(fault[1])}
        if fault and fault[2]:
            ret["FAILING_ON"] = "1"
        return ret


def is_one_line(stderr):
    return stderr.startswith("vmemscope") and stderr.endswith("\n") and stderr.count("\n") == 1


def is_told_in_output(run):
    """batch: its output has a line for each dump, also of those that were not analysed."""
    lines = run.left.get("out", b"").splitlines()
    try:
        return not run.stderr and len(lines) == 1 and "error" in json.loads(lines[0])
    except ValueError:
        return False


def complaint(run, right, was_there):
    """What is wrong with @run, where @right is how it is undisturbed; None if nothing is."""
    if run.status < 0:
        return f"ended by signal {-run.status}"
    extra = set(run.left) - {"out"}
    if extra:
        return f"files left: {', '.join(sorted(extra))}"
    if run.status == right.status:
        return None if run.answer() == right.answer() else "another answer"
    if run.status != 2:
        return f"status {run.status}"
    if not is_one_line(run.stderr) and not is_told_in_output(run):
        return "not one line of a message"
    if is_told_in_output(run):
        return None
    if run.left.get("out") not in (OLD if was_there else None, right.left.get("out")):
        return "the output file is neither as before nor whole"
    return None


def places(count, every):
    """Which of @count calls are to fail."""
    stride = max(1, (count - EACH_OF_FIRST) // EACH_OF_FIRST)
    each = [*range(1, min(count, EACH_OF_FIRST) + 1), *range(EACH_OF_FIRST + 1, count + 1, stride)]
    return each[::every] or each[:1]


def cases(runner, args):
    for command in COMMANDS:
        if args.command and command[0] not in args.command:
            continue
        right = runner.run(command)
        if right.status not in (0, 1) or not any(right.counts.values()):
            yield command, right, None, 0
            continue
        for fault in FAULTS:
            if args.only and fault[0] != args.only:
                continue
            for at in places(right.counts[fault[0]], args.every):
                yield command, right, fault, at


def describe(command, fault, at):
    what = errno.errorcode[fault[1]] if fault[1] else "cut short"
    return f"{command[0]}: {fault[0]} {at}{' and all after it' if fault[2] else ''}: {what}"


def look(runner, case):
    command, right, fault, at = case
    if not fault:
        return f"{command[0]}: undisturbed: status {right.status}, calls {right.counts}: {right.stderr}"
    try:
        run = runner.run(command, fault, at)
    except subprocess.TimeoutExpired:
        return f"{describe(command, fault, at)}: hangs"
    wrong = complaint(run, right, command[2])
    return wrong and f"{describe(command, fault, at)}: {wrong}; status {run.status}: {run.stderr.strip()[-600:]}"


def main():
    args = parse_arguments()
    if not os.path.exists(args.program):
        print(f"there is no {args.program}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        runner = Runner(args, scratch)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(lambda case: look(runner, case), cases(runner, args)))
    wrong = [line for line in found if line]
    print("\n".join(wrong))
    print(f"{len(found)} calls failed, {len(wrong)} of them were not taken well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
