#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs fuzz targets side by side, and says how far they got.

    run.py BUILD all|TARGET... SECONDS [--jobs N]

BUILD is a build with the libFuzzer programs. The corpus grows in BUILD/../fuzz-corpus from
one run to the next; what fails is put into BUILD/../fuzz-found/TARGET. The last table is the
coverage of all corpora together. Exit status 1: something was found.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

SLOW_SECONDS, CLOCK_SECONDS, MEMORY_MIB, INPUT_MAX = 10, 120, 2048, 1 << 20
ROOMS = ("analyzer/", "formats/", "include/")
STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)
EDGES = re.compile(r" cov: (\d+) ft: (\d+)")


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    parser.add_argument("seconds", type=int)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dumps", type=pathlib.Path, required=True, help="the golden dumps")
    return parser.parse_args()


class Place:
    def __init__(self, args):
        self.build, self.dumps = args.build, args.dumps
        self.corpus = args.build.parent / "fuzz-corpus"
        self.found = args.build.parent / "fuzz-found"
        self.seeds = self.corpus / "seeds"
        self.profiles = self.corpus / "profiles"

    def program(self, target):
        return self.build / f"fuzz-{target}"

    def environment(self, **more):
        return {**os.environ, "VMEMSCOPE_FUZZ_DUMPS": str(self.dumps),
                "LLVM_PROFILE_FILE": "/dev/null",
                "ASAN_OPTIONS": "allocator_may_return_null=1", **more}

    def directories(self, target):
        corpus, found = self.corpus / target, self.found / target
        for directory in (corpus, found, self.profiles):
            directory.mkdir(parents=True, exist_ok=True)
        return corpus, found, self.seeds / target


class Run:
    """One target, in as many processes as it takes."""

    def __init__(self):
        self.runs = self.new_inputs = self.edges = self.features = 0
        self.cpu_seconds, self.status, self.found = 0.0, 0, []

    def add(self, text, status, cpu_seconds):
        numbers = dict(STATISTIC.findall(text))
        edges = EDGES.findall(text)
        self.runs += int(numbers.get("number_of_executed_units", 0))
        self.new_inputs += int(numbers.get("new_units_added", 0))
        self.edges, self.features = map(int, edges[-1] if edges else (0, 0))
        self.cpu_seconds += cpu_seconds
        self.status = status


def measured(command, environment, log):
    """(exit status, seconds of CPU)"""
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                                   stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


def is_slow(place, target, path):
    """libFuzzer looks at the clock: on a machine with other work, that says little. So it only
    names what takes long by the clock, and stops where that is very long."""
    status, cpu_seconds = measured([place.program(target), "-timeout=600", path],
                                   place.environment(), place.found / f"{target}-replay.log")
    return status != 0 or cpu_seconds >= SLOW_SECONDS


def is_true(place, target, path):
    if not path.name.startswith(("timeout-", "slow-unit-")) or is_slow(place, target, path):
        return True
    path.unlink()
    return False


def fuzz(place, target, seconds):
    corpus, found, seeds = place.directories(target)
    before, log = set(found.iterdir()), found.parent / f"{target}.log"
    end, result = time.monotonic() + seconds, Run()
    while (left := int(end - time.monotonic())) > 0:
        status, cpu_seconds = measured(
            [place.program(target), f"-max_total_time={left}", f"-timeout={CLOCK_SECONDS}",
             f"-report_slow_units={SLOW_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}",
             f"-max_len={INPUT_MAX}", f"-artifact_prefix={found}/",
             "-print_final_stats=1", "-verbosity=1", corpus, seeds], place.environment(), log)
        result.add(log.read_text(errors="replace"), status, cpu_seconds)
        new = sorted(set(found.iterdir()) - before)
        result.found = [path for path in new if is_true(place, target, path)]
        if result.found or status == 0 or not new:
            return result
        result.status = 0
    return result


def show(target, run):
    rate = run.runs / max(run.cpu_seconds, 1)
    print(f"{target:12} {run.cpu_seconds:6.0f} s CPU {run.runs:10} runs {rate:7.0f}/s  "
          f"{run.edges:6} edges {run.features:6} features  {run.new_inputs:5} new inputs  "
          f"{len(run.found)} found", flush=True)
    for path in run.found:
        print(f"    {path}\n    to replay it: VMEMSCOPE_FUZZ_DUMPS=DUMPS "
              f"BUILD/fuzz-{target} {path.name}", flush=True)
    if run.status and not run.found:
        print(f"    ended with status {run.status}: see {target}.log", flush=True)


def profile(place, target):
    """What all of its corpus reaches."""
    corpus, _, seeds = place.directories(target)
    raw = place.profiles / f"{target}.profraw"
    subprocess.run([place.program(target), "-runs=0", f"-timeout={CLOCK_SECONDS}", corpus, seeds],
                   env=place.environment(LLVM_PROFILE_FILE=str(raw)), check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return raw


def lines_of(place, target):
    """Path from the top to lines that are reached, and all lines."""
    merged = place.profiles / f"{target}.profdata"
    subprocess.run(["llvm-profdata", "merge", "-sparse", profile(place, target), "-o", merged],
                   check=True)
    report = subprocess.run(
        ["llvm-cov", "export", "-summary-only", f"-instr-profile={merged}", place.program(target)],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    for file in json.loads(report)["data"][0]["files"]:
        path, lines = file["filename"], file["summary"]["lines"]
        room = next((room for room in ROOMS if f"/{room}" in path), None)
        if room:
            yield path[path.index(f"/{room}") + 1:], (lines["covered"], lines["count"])


def coverage(place, targets):
    """Of each file what one target reaches, the one that reaches most."""
    best = {}
    for target in targets:
        for path, lines in lines_of(place, target):
            best[path] = max(best.get(path, (0, 0)), lines)
    rooms = {}
    for path, (covered, count) in best.items():
        total = rooms.setdefault(os.path.dirname(path), [0, 0])
        total[0] += covered
        total[1] += count
    show_coverage(rooms)


def show_coverage(rooms):
    print("\nlines that the corpora reach, of each file by the target that reaches most:")
    for room, (covered, count) in sorted(rooms.items()):
        print(f"  {room:24} {covered:6} of {count:6}  {100 * covered / max(count, 1):5.1f} %")
    covered, count = (sum(pair[i] for pair in rooms.values()) for i in (0, 1))
    print(f"  {'all':24} {covered:6} of {count:6}  {100 * covered / max(count, 1):5.1f} %")


def main():
    args = parsed_arguments()
    place = Place(args)
    known = sorted(path.name.removeprefix("fuzz-") for path in args.build.glob("fuzz-*")
                   if path.is_file() and os.access(path, os.X_OK))
    targets = known if args.targets == ["all"] else args.targets
    unknown = set(targets) - set(known)
    if unknown:
        sys.exit(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    any_found = False
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = {pool.submit(fuzz, place, target, args.seconds): target for target in targets}
        for run in concurrent.futures.as_completed(runs):
            result = run.result()
            any_found |= bool(result.found) or result.status != 0
            show(runs[run], result)
    coverage(place, targets)
    print(f"at {time.strftime('%Y-%m-%d %H:%M')}, {args.seconds} seconds each")
    sys.exit(1 if any_found else 0)


if __name__ == "__main__":
    main()
