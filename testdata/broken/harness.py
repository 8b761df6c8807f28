# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the program under test and says what no run may do."""
import argparse
import functools
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import keys  # noqa: E402

SECONDS_MAX = 10
MEMORY_MAX = 1 << 30
FILE_MAX = 1 << 30
LINES_MAX = 12
# No status of the program's own: a sanitizer's report must not pass for a finding.
SANITIZER_STATUS = 99
SANITIZER = (f"exitcode={SANITIZER_STATUS}:halt_on_error=1:allocator_may_return_null=1:"
             f"hard_rss_limit_mb={MEMORY_MAX >> 20}")


class Result:
    def __init__(self, status, stdout, stderr, seconds):
        self.status, self.seconds = status, seconds
        self.stdout, self.stderr = stdout, stderr

    @property
    def report(self):
        """The document; all of its keys are in the schema of its kind."""
        document = json.loads(self.stdout)
        unknown = keys.unknown_keys(document)
        if unknown:
            raise AssertionError(f"not in the schema: {', '.join(unknown)}")
        return document


def environment():
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "ASAN_OPTIONS": SANITIZER,
        "UBSAN_OPTIONS": f"exitcode={SANITIZER_STATUS}:halt_on_error=1:print_stacktrace=1",
    }


@functools.lru_cache
def limiter(program):
    """ASan limits its memory itself, and needs all addresses."""
    with open(program, "rb") as file:
        sanitized = b"__asan_init" in file.read()

    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
        if not sanitized:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    return limit


def run(program, *arguments, seconds=SECONDS_MAX):
    start = time.monotonic()
    process = subprocess.Popen(
        [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(), preexec_fn=limiter(program), start_new_session=True)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        status = "too long"
    return Result(status, stdout.decode(errors="backslashreplace"),
                  stderr.decode(errors="backslashreplace"), time.monotonic() - start)


def misbehaviour(result, statuses=(0, 1, 2)):
    """Lines: what this run did that none may."""
    if result.status == "too long":
        return [f"not done after {result.seconds:.0f} seconds"]
    found = []
    if result.status not in statuses:
        found.append(f"exit status {result.status}, not one of {statuses}")
    if re.search(r"Sanitizer|runtime error", result.stderr):
        found.append("a sanitizer's report")
    if "in the sandbox" in result.stderr:
        found.append("the process in the sandbox died")
    if result.stderr.count("\n") > 1:
        found.append(f"{result.stderr.count(chr(10))} lines of messages")
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.stderr):
        found.append("control characters in a message")
    if result.status == 2 and not result.stderr.startswith("vmemscope: "):
        found.append("no message that says why")
    if result.status in (0, 1) and result.stderr:
        found.append("a message though it worked")
    if found and result.stderr:
        found += result.stderr.strip().splitlines()[:LINES_MAX]
    return found


def arguments(description, **extra):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--program", required=True, help="the vmemscope to run")
    parser.add_argument("--dumps", required=True, help="the unpacked golden dumps")
    for name, options in extra.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()


class Verdict:
    """Counts and names the cases that went wrong."""

    def __init__(self):
        self.cases = self.failed = 0

    def case(self, name, complaints):
        self.cases += 1
        if complaints:
            self.failed += 1
            print(f"FAILED {name}", *(f"    {line}" for line in complaints), sep="\n")

    def end(self):
        print(f"{self.cases - self.failed} of {self.cases} as expected")
        sys.exit(1 if self.failed or not self.cases else 0)


def scratch():
    return tempfile.TemporaryDirectory(prefix="vmemscope-broken-")
