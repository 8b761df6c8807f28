#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Injects random faults into the golden dumps, one at a time, and counts what is said of them.

    faults.py --program P --dumps D [--seed N] [--count N] [--pairs N] [--golden NAME]
              [--docs FILE] [--replay INDEX] [--missed]

Each fault is one of: found, by a finding that names what was damaged; refused, with one line;
found by its effect, or elsewhere, by a finding that names something else; harmless or unknowable by a rule of
rules.py; not checked, and the report says so; missed. Missed, broken (a crash, a hang) and
findings of an untouched dump are failures. --pairs: that many pairs of faults that were found
each by itself; both have to be named.

The same seed gives the same faults. --replay leaves a damaged dump and prints the fault.
"""
import collections
import functools
import json
import multiprocessing
import os
import pathlib
import random
import re
import shutil
import struct
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "broken"), str(HERE)]
import harness  # noqa: E402
from classes import Victims, choose  # noqa: E402
from elfdump import PHDR, Dump  # noqa: E402
from machine import PER_PAGE, Machine  # noqa: E402
from rules import EFFECTS, HARMLESS, IGNORED, UNKNOWABLE, rule_of  # noqa: E402

GOLDENS = ("6.1-4level", "6.1-hvo", "6.12-hvo", "6.17-hvo", "7.2-hvo", "7.3-hvo-off", "7.3-hvo")
VERDICTS = ("found", "by effect", "refused", "harmless", "unknowable", "not checked", "elsewhere",
            "missed", "false alarm", "broken")
FAILURES = ("elsewhere", "missed", "false alarm", "broken")
BEGIN, END = "<!-- faults -->\n", "<!-- end of faults -->\n"

Outcome = collections.namedtuple("Outcome", "golden index fault verdict checks words")


class Image:
    """A copy of a golden that is damaged in place, and what the program says of it whole."""

    def __init__(self, args, golden, place):
        self.args, self.golden = args, golden
        self.path = os.path.join(place, f"{golden}-{os.getpid()}.elf")
        shutil.copyfile(os.path.join(args.dumps, f"{golden}.elf"), self.path)
        self.victims = Victims(Machine(Dump.load(self.path), golden))
        self.offsets = self._offsets()
        self.whole = self.report()[1]

    def _offsets(self):
        """[(physical address, size, offset in the file)]"""
        with open(self.path, "rb") as file:
            data = file.read(1 << 20)
        at, = struct.unpack_from("<Q", data, 32)
        count, = struct.unpack_from("<H", data, 56)
        found = []
        for number in range(count):
            kind, _, offset, _, address, size, _, _ = struct.unpack_from("<IIQQQQQQ", data,
                                                                         at + number * PHDR.size)
            if kind == 1:
                found.append((address, size, offset))
        return found

    def offset_of(self, address):
        return next(offset + address - start for start, size, offset in self.offsets
                    if start <= address < start + size)

    def report(self):
        """(status, report or None, message)"""
        result = harness.run(self.args.program, "report", "--format", "json", "--threads", "1",
                             self.path)
        bad = harness.misbehaviour(result)
        if bad:
            return "broken", None, "; ".join(bad)
        if result.status == 2:
            return "refused", None, result.stderr.strip()
        return "reported", json.loads(result.stdout), ""

    def damaged(self, faults):
        before = []
        with open(self.path, "r+b") as file:
            for fault in faults:
                file.seek(self.offset_of(fault.at))
                before.append((fault.at, file.read(len(fault.new))))
                file.seek(self.offset_of(fault.at))
                file.write(fault.new)
        return before

    def mend(self, before):
        with open(self.path, "r+b") as file:
            for at, old in reversed(before):
                file.seek(self.offset_of(at))
                file.write(old)


# --- judging -------------------------------------------------------------------------------


def finding_key(finding):
    return finding["check"], finding["severity"], finding.get("pfn")


def new_findings(report, whole):
    known = {finding_key(finding) for finding in whole["findings"]}
    return [finding for finding in report["findings"] if finding_key(finding) not in known]


def is_old(finding, whole):
    """What is odd about the golden can be told in other words."""
    return any((finding["check"], finding["severity"]) == (old["check"], old["severity"])
               for old in whole["findings"])


def frames_of(finding):
    if not finding.get("pfn"):
        return None
    start = int(finding["pfn"], 16)
    return start, start + max(1, (finding.get("vmemmap_pages") or 0) * PER_PAGE)


HEX = re.compile(r"0x([0-9a-f]+)(?: to 0x([0-9a-f]+))?")


def ranges_in(message):
    """Page frames that the words tell of, as such or as physical addresses."""
    found = []
    for match in HEX.finditer(message):
        first = int(match[1], 16)
        last = int(match[2] or match[1], 16)
        found += [(first, last + 1), (first >> 12, (last >> 12) + 1)]
    return found


def names(finding, fault):
    """True if the finding tells of what was damaged."""
    if any(word in finding["message"] for word in fault.words):
        return True
    about = [frames_of(finding)] + ranges_in(finding["message"])
    return any(it and it[0] < end and start < it[1] for it in about for start, end in fault.frames)


def looked_at_less(report, whole):
    """Something could not be checked that was before."""
    before = {check["id"]: check for check in whole["checks"]}
    return any(check["not_checked"] > before[check["id"]]["not_checked"]
               for check in report["checks"]) or (
        report["coverage"] != whole["coverage"])


def verdict_of(report, whole, fault):
    findings = new_findings(report, whole)
    naming = sorted({finding["check"] for finding in findings if names(finding, fault)})
    if findings and rule_of(fault, IGNORED) is not None:
        return "false alarm", naming, findings[0]["message"]
    if naming:
        return "found", naming, ""
    findings = [finding for finding in findings if not is_old(finding, whole)]
    if any(finding["check"] in EFFECTS.get(fault.cls, ()) for finding in findings):
        return "by effect", sorted({it["check"] for it in findings}), ""
    if findings:
        return "elsewhere", sorted({it["check"] for it in findings}), findings[0]["message"]
    for name, rules in (("harmless", HARMLESS), ("unknowable", UNKNOWABLE)):
        number = rule_of(fault, rules)
        if number is not None:
            return name, [str(number)], ""
    if looked_at_less(report, whole):
        return "not checked", [], ""
    return "missed", [], ""


# --- running ---------------------------------------------------------------------------------

state = {}


def begin(args, place):
    state["args"], state["place"] = args, place


@functools.lru_cache(None)
def image_of(golden):
    return Image(state["args"], golden, state["place"])


def fault_of(image, seed, index):
    return choose(image.victims, random.Random(f"{seed}.{image.golden}.{index}"))


def attempt(image, faults):
    before = image.damaged(faults)
    try:
        return image.report()
    finally:
        image.mend(before)


def one(job):
    golden, index = job
    image = image_of(golden)
    fault = fault_of(image, state["args"].seed, index)
    status, report, message = attempt(image, [fault])
    if status != "reported":
        return Outcome(golden, index, fault, status, [], message)
    return Outcome(golden, index, fault, *verdict_of(report, image.whole, fault))


def pair(job):
    """Two faults: (what came of them, what was lost)"""
    golden, first, second = job
    image = image_of(golden)
    faults = [fault_of(image, state["args"].seed, index) for index in (first, second)]
    status, report, message = attempt(image, faults)
    if status == "broken":
        return "lost", f"{golden} {first} and {second}: {message}"
    if status == "refused":
        return "refused", ""
    findings = new_findings(report, image.whole)
    lost = [fault for fault in faults if not any(names(finding, fault) for finding in findings)]
    if not lost:
        return "named", ""
    if looked_at_less(report, image.whole):  # one of them hides the other, and that is said
        return "hidden", ""
    return "lost", (f"{golden} {first} and {second}: nothing names {lost[0].group}, "
                    f"{lost[0].cls}, {lost[0].field}")


# --- what came of it ---------------------------------------------------------------------------


def table(outcomes):
    rows = collections.defaultdict(collections.Counter)
    by = collections.defaultdict(collections.Counter)
    for outcome in outcomes:
        rows[outcome.fault.cls][outcome.verdict] += 1
        if outcome.verdict == "found":
            by[outcome.fault.cls].update(outcome.checks)
    yield "| class | injected | " + " | ".join(VERDICTS) + " | found by |"
    yield "|---|" + "---|" * (len(VERDICTS) + 2)
    for cls in sorted(rows):
        counts = rows[cls]
        most = ", ".join(check for check, _ in by[cls].most_common(4))
        yield (f"| {cls} | {sum(counts.values())} | "
               + " | ".join(str(counts[verdict]) for verdict in VERDICTS) + f" | {most} |")
    total = sum(rows.values(), collections.Counter())
    yield (f"| all | {sum(total.values())} | "
           + " | ".join(str(total[verdict]) for verdict in VERDICTS) + " | |")


def field_words(field):
    """"flags: bits 18-50", "usage": the fields of a rule, shorter than as patterns."""
    bits = collections.defaultdict(list)
    for one in field.split("|"):
        name, _, number = one.rpartition("bit ")
        if number.isdigit():
            bits[name.strip()].append(int(number))
        else:
            bits[one.rsplit(" ", 1)[0].removesuffix(" bit") if " " in one else "all"] += []
    return ", ".join(f"{name}: bits {spans(numbers)}".removeprefix(": ") if numbers else name
                     for name, numbers in bits.items())


def spans(numbers):
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in found)


def rule_tables(outcomes):
    for name, rules in (("harmless", HARMLESS), ("unknowable", UNKNOWABLE)):
        used = collections.Counter(int(outcome.checks[0]) for outcome in outcomes
                                   if outcome.verdict == name)
        yield f"\n{'Harmless by rule' if name == 'harmless' else 'Not to be known from one dump'}:\n"
        yield "| class | of | what | faults | why |"
        yield "|---|---|---|---|---|"
        for number, (cls, group, field, why) in enumerate(rules):
            yield f"| `{cls}` | `{group}` | {field_words(field)} | {used[number]} | {why} |"


def complaints(outcomes):
    for outcome in outcomes:
        if outcome.verdict in FAILURES:
            fault = outcome.fault
            yield (f"{outcome.verdict}: {outcome.golden} --replay {outcome.index}: {fault.cls}, "
                   f"{fault.group}, {fault.field}, at 0x{fault.at:x}; {outcome.checks} "
                   f"{outcome.words}")


def summary(outcomes):
    """Missed faults by what they have in common."""
    counts = collections.Counter((o.verdict, o.fault.cls, o.fault.group, o.fault.field)
                                 for o in outcomes if o.verdict in FAILURES + ("not checked",))
    for key, count in sorted(counts.items(), key=lambda item: (item[0][:3], -item[1])):
        yield f"{count:5} " + " | ".join(key)


def write_docs(path, args, outcomes, pairs_told):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    lines = [*table(outcomes), "", pairs_told, *rule_tables(outcomes)]
    body = (f"`./dev faults {args.seed} {args.count}` repeats it: {len(outcomes)} faults in "
            f"{len(GOLDENS)} dumps.\n\n" + "\n".join(lines) + "\n")
    pathlib.Path(path).write_text(head + BEGIN + body + END + tail, encoding="utf-8")


def replay(args, place):
    begin(args, place)
    image = image_of(args.golden)
    fault = fault_of(image, args.seed, args.replay)
    print(fault)
    image.damaged([fault])
    kept = f"{args.golden}-{args.replay}.elf"
    shutil.copyfile(image.path, kept)
    print(f"the damaged dump is {kept}")


def run_pairs(args, pool, outcomes):
    """Of faults that were found, those of a seed."""
    source = random.Random(f"{args.seed}.pairs")
    by_golden = collections.defaultdict(list)
    for outcome in outcomes:
        if outcome.verdict == "found":
            by_golden[outcome.golden].append(outcome.index)
    jobs = [(golden, *source.sample(by_golden[golden], 2))
            for golden in source.choices([g for g in by_golden if len(by_golden[g]) > 1],
                                         k=args.pairs)] if args.pairs else []
    results = pool.map(pair, jobs, chunksize=8)
    counts = collections.Counter(outcome for outcome, _ in results)
    return [told for outcome, told in results if outcome == "lost"], (
        f"Of {len(jobs)} pairs of these faults, both were named in {counts['named']}. Of "
        f"{counts['hidden']} the report says that it could not look,\nand {counts['refused']} dumps "
        f"were refused: one fault hides the other. {counts['lost']} were lost.")


def main():
    args = harness.arguments(
        __doc__, seed={"type": int, "default": 1}, count={"type": int, "default": 2000,
                                                          "help": "faults in each dump"},
        pairs={"type": int, "default": 0}, golden={"help": "only this one"},
        docs={"help": "put the tables into this file"},
        replay={"type": int, "help": "the number of a fault"},
        summary={"action": "store_true", "help": "print what the failures have in common"},
        lines={"type": int, "default": 40, "help": "failures that are printed"},
        tolerate={"action": "store_true", "help": "exit with 0 whatever was missed"})
    goldens = [args.golden] if args.golden else GOLDENS
    place = tempfile.mkdtemp(prefix="vmemscope-faults-")
    try:
        if args.replay is not None:
            return replay(args, place)
        jobs = [(golden, index) for golden in goldens for index in range(args.count)]
        with multiprocessing.Pool(initializer=begin, initargs=(args, place)) as pool:
            outcomes = pool.map(one, jobs, chunksize=50)
            lost, pairs_told = run_pairs(args, pool, outcomes)
    finally:
        shutil.rmtree(place)
    print("\n".join(table(outcomes)))
    print(pairs_told)
    print("\n".join(summary(outcomes) if args.summary else [*complaints(outcomes)][:args.lines]))
    print("\n".join(lost[:20]))
    if args.docs:
        write_docs(args.docs, args, outcomes, pairs_told)
    failed = any(outcome.verdict in FAILURES for outcome in outcomes) or bool(lost)
    return 1 if failed and not args.tolerate else 0


if __name__ == "__main__":
    sys.exit(main())
