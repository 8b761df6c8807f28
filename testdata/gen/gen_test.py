#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the program finds in invented machines is what was put there, and nothing else.

A healthy one has no finding, everything in it is checked, and the counts are those
that it was made with. One with faults has a finding for each, of the check and the
page that gen-dump printed.
"""
import collections
import itertools
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broken"))
import harness  # noqa: E402

# Kernel, further options of gen-dump, scheme of HugeTLB.
KERNELS = (
    ("7.3-hvo", (), "hugetlb-d"),
    ("6.12-hvo", (), "hugetlb-b"),
    ("6.1-hvo", (), "hugetlb-b"),
    ("6.1-hvo", ("--kept", "2"), "hugetlb-a"),
)
FAULTS = 20
MACHINES = (
    ("4G", "--mixed", "10", "--seed", "1"),
    ("4G", "--mixed", "10", "--seed", "2", "--dense"),
    ("8G", "--mixed", "10", "--seed", "3", "--scatter", "--levels", "4"),
    ("8G", "--mixed", "10", "--seed", "4", "--device", "384M", "--devices", "3"),
    ("6G", "--mixed", "30", "--optimized", "40", "--gigantic", "2", "--seed", "5"),
)
# Checks that no such machine gives anything to do.
IDLE = {"hugetlb-self-hosted", "dax-altmap", "vmemmap-mask-alignment", "hvo-key-count",
        "section-preinit", "memory-overwritten"}
# What only some schemes give to do, or some kernels.
OF_SCHEME = {"hugetlb-zone-tails": "hugetlb-d"}
NOT_OF_KERNEL = {"memmap-counters": "6.1-hvo"}


def generate(program, *arguments):
    """Its two outputs: the faults, and what it says of the machine."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False,
                          env=harness.environment(), timeout=60)
    if done.returncode:
        raise RuntimeError(f"gen-dump {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout, done.stderr


def planted(text):
    lines = [line.split() for line in text.splitlines()]
    return collections.Counter((check, int(pfn, 16)) for check, pfn, _, _ in lines)


def found(report):
    return collections.Counter((finding["check"], int(finding.get("pfn", "-0x1"), 16))
                               for finding in report["findings"])


def differences(expected, actual):
    yield from (f"not found: {check} at pfn {pfn:#x}" for check, pfn in expected - actual)
    yield from (f"found, and not planted: {check} at pfn {pfn:#x}"
                for check, pfn in actual - expected)


def is_idle(check, kernel, scheme):
    return (check in IDLE or OF_SCHEME.get(check, scheme) != scheme or
            NOT_OF_KERNEL.get(check) == kernel)


def coverage(report, said, kernel, scheme):
    """What was looked at is all there is."""
    counts = dict(zip(("plain", "gigantic"), map(int, re.search(
        r"(\d+) not; 1 GiB pages: (\d+)", said).groups())))
    huge = int(re.search(r"2 MiB pages: (\d+) optimised", said).group(1)) + sum(counts.values())
    devices = int(re.search(r"of devices: (\d+)", said).group(1))
    checks = {check["id"]: check for check in report["checks"]}
    for check, number in (("hugetlb-flag-agrees", huge), ("dax-tail-target", devices),
                          ("hugetlb-savings-agree", huge), ("hugetlb-lists", huge),
                          ("memmap-counters", 2)):
        if checks[check]["checked"] != number and not is_idle(check, kernel, scheme):
            yield f"{check}: {checks[check]['checked']} checked, not {number}"
    for name, check in checks.items():
        if check["not_checked"]:
            yield f"{name}: {check['not_checked']} not checked: {check.get('reason')}"
        if check["status"] != "pass" and not is_idle(name, kernel, scheme):
            yield f"{name}: {check['status']}"


def examine(options, place, kernel, machine, scheme, faults):
    """Complaints about one machine."""
    dump = pathlib.Path(place) / "machine.elf"
    lines, said = generate(options.generator, f"{options.dumps}/{kernel}.elf", "--memory",
                           *machine, "--output", dump, "--faults", str(faults))
    done = harness.run(options.program, "report", "--format", "json", dump)
    status = 1 if faults else 0
    if done.status != status:
        return [f"exit status {done.status}, not {status}: {done.stderr.strip()}"]
    complaints = list(differences(planted(lines), found(done.report)))
    if sum(planted(lines).values()) != faults:
        complaints.append(f"{len(lines.splitlines())} faults planted, not {faults}")
    shown = done.report["kernel"]["scheme"]["hugetlb"]
    if shown != scheme:
        complaints.append(f"the scheme {shown}, not {scheme}: {said.strip()}")
    return complaints + ([] if faults else list(coverage(done.report, said, kernel, scheme)))


def main():
    options = harness.arguments(__doc__, generator={"required": True, "help": "gen-dump"})
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for (kernel, more, scheme), machine in itertools.product(KERNELS, MACHINES):
            for faults in (0, FAULTS):
                machine_options = (*machine, *more)
                name = f"{kernel} {' '.join(machine_options)} --faults {faults}"
                verdict.case(name, examine(options, place, kernel, machine_options, scheme,
                                           faults))
    verdict.end()


if __name__ == "__main__":
    main()
