#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that are cut into many parts: threads, a flood of faults, an end by Ctrl-C.

The report does not depend on the number of threads. A flood of findings is counted and
cut. Whoever waits sees how far it is; a signal ends it early, with a report that says so.
"""
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broken"))
sys.path.insert(0, str(HERE))
import gen_test  # noqa: E402
import harness  # noqa: E402

MEMORY = "40G"
SECONDS = 60


def machine(options, place, name, *arguments):
    dump = pathlib.Path(place) / name
    gen_test.generate(options.generator, f"{options.dumps}/7.3-hvo.elf", "--memory", MEMORY,
                      "--mixed", "10", *arguments, "--output", dump)
    return dump


def report(options, dump, *arguments):
    return harness.run(options.program, "report", "--format", "json", *arguments, dump,
                       seconds=SECONDS)


def threads_do_not_matter(options, place):
    for arguments in ((), ("--scatter", "--faults", "300")):
        dump = machine(options, place, "threads.elf", *arguments)
        one, *others = (report(options, dump, "--threads", number) for number in (1, 2, 5))
        yield from harness.misbehaviour(one)
        for other in others:
            if (other.status, other.stdout) != (one.status, one.stdout):
                yield f"{arguments}: not the same as with one thread"


def a_quick_report_saves_the_same(options, place):
    dump = machine(options, place, "quick.elf")
    whole, quick = report(options, dump).report, report(options, dump, "--quick").report
    if not quick.get("quick") or "quick" in whole:
        yield "a quick report does not say that it is one"
    for section, keys in (("savings", ("gross_bytes", "net_bytes", "table_pages")),
                          ("vmemmap", ("pages", "runs", "base_pages"))):
        for key in keys:
            if whole[section][key] != quick[section][key]:
                yield f"{section}.{key}: {quick[section][key]}, not {whole[section][key]}"
    statuses = {check["id"]: check["status"] for check in quick["checks"]}
    for check in ("vmemmap-tail-target", "hugetlb-tail-target", "dax-tail-target"):
        if statuses.get(check, "pass") != "pass":
            yield f"{check}: {statuses[check]}"
    if statuses["hugetlb-contents"] != "not-checked":
        yield "it has looked at the contents"
    if quick["findings"]:
        yield f"it has found {quick['findings'][0]}"


# Of 300 faults, in turn of 10 kinds: heads of a device that lost the same flag are one finding.
FLOOD = 9 * 30


def a_flood_is_counted_and_cut(options, place):
    dump = machine(options, place, "flood.elf", "--faults", "300")
    done = report(options, dump, "--max-findings", "7", "--threads", "3")
    listed = {}
    for finding in done.report["findings"]:
        listed[finding["check"]] = listed.get(finding["check"], 0) + 1
    total = sum(check["violations"] for check in done.report["checks"])
    if max(listed.values()) > 7 or total <= FLOOD:
        yield f"{total} violations, of a check {max(listed.values())} listed"


def start(options, dump, stderr, *arguments):
    """One process: of two it would be the other one that is to be stopped."""
    return subprocess.Popen(
        [options.program, "report", "--no-sandbox", *arguments, dump], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=stderr, env=harness.environment())


def wait_until_open(process, dump):
    """From when on signals are taken."""
    files = pathlib.Path(f"/proc/{process.pid}/fd")
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if str(dump) in (os.readlink(file) for file in files.iterdir()):
                return
        except OSError:
            pass
        time.sleep(0.001)


def on_a_terminal(options, dump, *arguments, interrupt=False):
    """What the run shows there; it is held for longer than it takes to show anything."""
    master, slave = pty.openpty()
    process = start(options, dump, slave, *arguments)
    os.close(slave)
    wait_until_open(process, dump)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.3)
    if interrupt:
        process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    stdout, _ = process.communicate(timeout=SECONDS)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:
        pass
    os.close(master)
    return process.returncode, stdout.decode(), shown.decode()


def what_takes_long_shows_how_far_it_is(options, place):
    dump = machine(options, place, "long.elf")
    status, text, shown = on_a_terminal(options, dump)
    if status != 0 or not re.search(r"\r *\d+ %  .* read, .*/s", shown):
        yield f"status {status}, shown: {shown!r}"
    if not shown.endswith("\r\x1b[K"):
        yield f"the line stays: {shown!r}"
    status, quiet_text, shown = on_a_terminal(options, dump, "--quiet")
    if status != 0 or shown or quiet_text != text:
        yield f"with --quiet: status {status}, shown: {shown!r}"


def a_signal_ends_it_with_what_was_done(options, place):
    dump = machine(options, place, "signal.elf")
    status, text, shown = on_a_terminal(options, dump, "--format", "json", interrupt=True)
    if status != 130:
        yield f"exit status {status}: {shown!r}"
        return
    partial = json.loads(text)
    ended = [check for check in partial["checks"] if check.get("reason") == "interrupted"]
    if not partial.get("interrupted") or not ended or partial["coverage"]["complete"]:
        yield "the report does not say that it is not whole"
    if partial["findings"]:
        yield f"it has found {partial['findings'][0]}"


CASES = (threads_do_not_matter, a_quick_report_saves_the_same, a_flood_is_counted_and_cut,
         what_takes_long_shows_how_far_it_is, a_signal_ends_it_with_what_was_done)


def main():
    options = harness.arguments(__doc__, generator={"required": True, "help": "gen-dump"})
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for case in CASES:
            verdict.case(case.__name__, list(case(options, place)))
    verdict.end()


if __name__ == "__main__":
    main()
