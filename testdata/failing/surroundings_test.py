#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs commands in bad surroundings: limits, closed files, full disks, odd environments.

In each of them there is the answer of good surroundings, or one line that says what failed,
and status 2; no signal, no file left over, and an output file that is whole or absent.

    surroundings_test.py --program VMEMSCOPE --dumps DIR [--quick] [--sanitized]
                         [--argument=--no-sandbox]
"""
import argparse
import itertools
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 100
SKIPPED = 77
KIB, MIB = 1 << 10, 1 << 20

COMMANDS = {
    "report": "report --threads=2 {dump}",
    "json": "report --threads=8 --format json -o {out} {dump}",
    "distill": "distill {dump} -o {out}",
    "distill-kdump": "distill --format kdump {dump} -o {out}",
    "batch": "batch -q -j2 --sorted {dump} -o {out}",
    "help": "report --help",
}
WITH_OUTPUT = ("json", "distill", "distill-kdump", "batch")
# The dynamic loader had no room for the program: nothing of it ran.
NOT_STARTED = ("error while loading shared libraries", "cannot allocate", "rtld_")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs commands in bad surroundings.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--dumps", required=True)
    parser.add_argument("--dump", default="s390x-6.12.elf")
    parser.add_argument("--quick", action="store_true", help="few of each kind")
    parser.add_argument("--sanitized", action="store_true", help="it needs much memory")
    parser.add_argument("--argument", action="append", default=[], help="for each command")
    return parser.parse_args()


class Case:
    """A command, and what is done to its process before it starts."""

    def __init__(self, name, command, before=None, **changes):
        self.name, self.command, self.before = name, command, before
        self.environment = changes.pop("environment", {})
        self.stdout = changes.pop("stdout", subprocess.PIPE)
        self.output = changes.pop("output", "out")  # what -o names
        self.wrapped = changes.pop("wrapped", None)  # a shell script that runs "$@"
        self.closed = changes.pop("closed", ())
        self.must_fail = changes.pop("must_fail", False)
        self.must_work = changes.pop("must_work", False)
        assert not changes


def limit(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


def limits(args):
    """Limits of the kernel in small steps."""
    steps = 4 if args.quick else 1
    if not args.sanitized:
        for mib in [*range(8, 80, 2), *range(80, 400, 20)][::steps]:
            for command in ("report", "json"):
                yield Case(f"address space of {mib} MiB", command,
                           limit(resource.RLIMIT_AS, mib * MIB))
    for files in () if args.sanitized else range(0, 24, steps):
        for command in ("report", "json", "batch"):
            yield Case(f"{files} open files", command, limit(resource.RLIMIT_NOFILE, files))
    for size in (0, 1, 4095, 4096, 20000, 100000, 300000)[::steps]:
        for command in WITH_OUTPUT:
            yield Case(f"files of at most {size} bytes", command,
                       limit(resource.RLIMIT_FSIZE, size))
    for kib in ((512,) if args.sanitized else (32, 64, 128, 256)):
        for command in ("report", "json", "distill", "distill-kdump", "batch"):
            yield Case(f"stack of {kib} KiB", command, limit(resource.RLIMIT_STACK, kib * KIB))
    yield Case("no process may be started", "batch", limit(resource.RLIMIT_NPROC, 1))
    yield Case("no core file, no locked memory", "report", limit(resource.RLIMIT_MEMLOCK, 0),
               must_work=True)


def closed_files(args):
    """0, 1 and 2 closed, in all combinations."""
    for count in (1, 3) if args.quick else (1, 2, 3):
        for closed in itertools.combinations((0, 1, 2), count):
            for command in ("report", "json", "distill", "batch")[::3 if args.quick else 1]:
                yield Case(f"closed: {closed}", command, closed=closed)


def outputs(_):
    """Where nothing can be written."""
    for command in ("report", "help"):
        yield Case("standard output is full", command, stdout="/dev/full", must_fail=True)
    yield Case("standard output cannot be written", "report", stdout="/dev/null:r", must_fail=True)
    for command in WITH_OUTPUT:
        for output in ("/dev/full", "missing/out", "/proc/out", "directory", "out/below",
                       "x" * 300, "file/out"):
            yield Case(f"-o {output[:20]}", command, output=output, must_fail=True)


def environments(args):
    """What is odd changes nothing."""
    odd = [("LANG", "xx_YY.nonsense"), ("LC_ALL", "C"), ("LC_ALL", "tr_TR.UTF-8"), ("TERM", ""),
           ("TERM", "nonsense"), ("COLUMNS", "0"), ("COLUMNS", "-1"), ("COLUMNS", "1"),
           ("COLUMNS", "99999999999999999999"), ("TZ", "nonsense/zone"), ("TZ", ":/dev/zero"),
           ("TMPDIR", "/nowhere"), ("TMPDIR", "/dev/null"), ("TMPDIR", ""), ("TMPDIR", "/proc"),
           ("HOME", ""), ("NO_COLOR", "1"), ("LANGUAGE", "de:fr")]
    for name, value in odd[::3 if args.quick else 1]:
        for command in ("report", "distill"):
            yield Case(f"{name}={value}", command, environment={name: value}, must_work=True)


def mounts(_):
    """File systems that are full, read-only, or not there; needs root."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False,
                                           capture_output=True).returncode != 0:
        print("not root, or no mount namespaces: file systems are not tried")
        return
    tiny = "mkdir small && mount -t tmpfs -o size={size} none small && exec \"$@\""
    for size in ("4k", "8k", "64k", "256k"):
        for command in WITH_OUTPUT:
            yield Case(f"a disk of {size}", command, output="small/out",
                       wrapped=tiny.format(size=size))
    for command in ("report", "json", "distill", "batch"):
        yield Case("no /proc", command, wrapped='umount -l /proc && exec "$@"')
        yield Case("no /dev", command, wrapped='mount -t tmpfs none /dev && exec "$@"')
        yield Case("full /dev/shm", command, must_work=True,
                   wrapped='mount -t tmpfs -o size=4k none /dev/shm && '
                           'head -c 4096 /dev/zero > /dev/shm/full; exec "$@"')
        yield Case("full TMPDIR", command, must_work=True,
                   wrapped='mkdir tmp && mount -t tmpfs -o size=4k none tmp && '
                           'head -c 4096 /dev/zero > tmp/full; TMPDIR=$PWD/tmp exec "$@"')
        yield Case("read-only directory", command, output="small/out",
                   wrapped='mkdir small && mount -t tmpfs -o ro none small && exec "$@"')
        yield Case("no current directory", command,
                   wrapped='mkdir gone && cd gone && rmdir ../gone && exec "$@"')


KINDS = (limits, closed_files, outputs, environments, mounts)


def script_of(case):
    """The words before the command's own."""
    return ["unshare", "-m", "sh", "-c", case.wrapped, "sh"] if case.wrapped else []


def prepare(case):
    def act():
        for number in case.closed:
            os.close(number)
        if case.before:
            case.before()
    return act


def open_stdout(case):
    if not isinstance(case.stdout, str):
        return case.stdout
    path, _, mode = case.stdout.partition(":")
    return os.open(path, os.O_RDONLY if mode else os.O_WRONLY)


class Runner:
    def __init__(self, args):
        self.args = args
        self.dump = os.path.abspath(os.path.join(args.dumps, args.dump))
        self.good = {}

    def words(self, case):
        text = COMMANDS[case.command].split()
        words = [word.format(dump=self.dump, out=case.output) for word in text]
        return [os.path.abspath(self.args.program), words[0], *self.args.argument, *words[1:]]

    def run(self, case):
        """Status, stdout, stderr, the files that are there then."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "ASAN_OPTIONS": "detect_leaks=0"} | case.environment
        with tempfile.TemporaryDirectory() as place:
            (pathlib.Path(place) / "directory").mkdir()
            (pathlib.Path(place) / "file").touch()
            stdout = open_stdout(case)
            done = subprocess.run([*script_of(case), *self.words(case)], cwd=place, check=False,
                                  stdout=stdout, stderr=subprocess.PIPE, env=environment,
                                  stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS,
                                  preexec_fn=prepare(case))
            if isinstance(case.stdout, str):
                os.close(stdout)
            files = {path.name: path.read_bytes() for path in pathlib.Path(place).iterdir()
                     if path.is_file() and path.name != "file"}
            return done.returncode, done.stdout, done.stderr.decode(errors="replace"), files

    def right(self, command):
        if command not in self.good:
            self.good[command] = self.run(Case("good surroundings", command))
        return self.good[command]

    def complaint(self, case):
        """What is wrong, or None."""
        right = self.right(case.command)
        status, stdout, stderr, files = self.run(case)
        what = f"status {status}: {stderr[-500:]}"
        if set(files) - {"out"}:
            return f"files left: {sorted(files)}"
        if status == 127 and any(text in stderr for text in NOT_STARTED):
            return None
        if status < 0 and case.before and not stderr and self.loader_died(case):
            return None
        if status == right[0] and not case.must_fail:
            # stdout as it was, unless there was none, or a file system of its own had it
            same = 1 in case.closed or stdout in (right[1], None)
            kept = case.wrapped or files == right[3]
            return None if same and kept else f"another answer; {what}"
        if status != 2 or case.must_work:
            return what
        if files.get("out") not in (None, right[3].get("out")) and "error" not in str(files):
            return f"a part of the output was left; {what}"
        is_line = stderr.startswith("vmemscope") and stderr.count("\n") == 1
        silent = 2 in case.closed or "error" in str(files)
        return None if is_line or (silent and not stderr) else f"not one line; {what}"

    def loader_died(self, case):
        """Whether the same limit ends any program that has as many libraries."""
        probe = subprocess.run([os.path.abspath(self.args.program), "--version"], check=False,
                               capture_output=True, preexec_fn=prepare(case))
        return probe.returncode < 0


def main():
    args = parse_arguments()
    if not os.path.exists(args.program):
        print(f"there is no {args.program}")
        return SKIPPED
    runner, count, wrong = Runner(args), 0, 0
    # What a sanitizer needs of the machine is more than the program does.
    kinds = KINDS[:-1] if args.sanitized else KINDS
    for case in itertools.chain.from_iterable(kind(args) for kind in kinds):
        try:
            complaint = runner.complaint(case)
        except subprocess.TimeoutExpired:
            complaint = "hangs"
        count += 1
        if complaint:
            wrong += 1
            print(f"{case.name}: {case.command}: {complaint}")
    print(f"{count} surroundings, {wrong} of them were not taken well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
