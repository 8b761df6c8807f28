#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Of a machine that died, what distil keeps says the same of the crash, and names nobody.

A golden dump becomes one that is not distilled: its notes of that kind go, its types are a
file, and it gets a log, in which a kernel oopses at a shared tail, with a marker wherever
somebody's data can be: names of commands, of hosts and of files, registers, the command
line, the panic's own words. CPUs' registers in the notes have it, too. No distilled file has
the marker, but for one that was made with --log, so that it could be found; and only that
one has a log to print. The section Crash of each report is the same, but for names.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "broken"), str(HERE.parent / "log")]
import harness  # noqa: E402
from elfdump import PAGE, Dump, Note  # noqa: E402
from machine import STRUCT_PAGE, Machine  # noqa: E402
from ring import Ring, vmcoreinfo  # noqa: E402

MARKER = "SOMEBODYS-DATA"  # as long as the name of a command may be
HEX = MARKER[:8].encode().hex()  # in a register, as the kernel prints it
RING_AT = 1 << 20  # of the kernel's text, of which a distilled dump has nothing
INFO_SIZE = 88
CALLER = 438
REFCOUNT, TAIL = 52, 100
PRSTATUS_SIZE = 336

OOPS = """\
Kernel command line: root=/dev/{marker} quiet
systemd[1]: Hostname set to <{marker}>
BUG: unable to handle page fault for address: {address:016x}
#PF: supervisor write access in kernel mode
#PF: error_code(0x0003) - permissions violation
PGD {pgd:x} PTE {pte:x}
Oops: Oops: 0003 [#1] PREEMPT SMP NOPTI
CPU: 1 UID: 0 PID: 438 Comm: {marker} Tainted: G        W  OE      6.12.0 #1
Hardware name: {marker}, BIOS 1.0 01/01/2026
RIP: 0010:some_store+0x5/0x20 [some_module]
RSP: 0018:{hex} EFLAGS: 00000286
RAX: {hex} RBX: {hex} RCX: {hex}
RDX: {hex} RSI: {hex} RDI: {page:016x}
Call Trace:
 <TASK>
 go+0x76/0x448 [some_module]
 </TASK>
Modules linked in: some_module(OE)
CR2: {address:016x}
---[ end trace 0000000000000000 ]---
kernel BUG at /home/{marker}/linux/mm/some.c:12!
Kernel panic - not syncing: {marker} gives up
"""


class FullDump(Dump):
    """Once its notes of a distilled one are gone; its pages are all that there is."""

    def forget(self):
        self.notes = [note for note in self.notes if note.owner != b"vmemscope"]

    extents_note = Note(b"", 0, b"")


def oops_lines(machine):
    head = next(head for head in machine.heads if head.optimized)
    page = machine.vmemmap + (head.pfn + TAIL) * STRUCT_PAGE
    entry = machine.entry(page // PAGE * PAGE)
    return OOPS.format(marker=MARKER, hex=HEX, address=page + REFCOUNT, page=page, pgd=0x67,
                       pte=entry.raw).splitlines()


def plant(machine):
    dump = machine.dump
    prb = int(dump.facts()["SYMBOL(_stext)"], 16) + RING_AT
    ring = Ring("<", INFO_SIZE, 8, 14)
    for number, line in enumerate(oops_lines(machine)):
        ring.add(line.encode(), 4, 10 ** 9 + number, CALLER)
    for line in vmcoreinfo(prb, INFO_SIZE):
        dump.set_fact(*line.split("=", 1))
    where = machine.physical(prb)
    memory = bytes(where % PAGE) + ring.memory(prb)
    for at in range(0, len(memory), PAGE):
        dump.add_page(where // PAGE * PAGE + at, memory[at:at + PAGE])
    registers = (MARKER.encode() * PRSTATUS_SIZE)[:PRSTATUS_SIZE]
    dump.notes.insert(0, Note(b"CORE", 1, registers))


def has_marker(data):
    return MARKER.encode() in data or HEX.encode() in data or MARKER[:8].encode()[::-1] in data


def crash_of(program, path, *options):
    shown = harness.run(program, "report", "--format", "json", *options, path)
    return json.loads(shown.stdout)["crash"] if shown.status in (0, 1) else {}


def nameless(crash):
    """Names are only in these."""
    kept = {key: value for key, value in crash.items() if key not in ("comm", "evidence")}
    for event in kept["followed_by"]:
        event.pop("text")
    return kept


def complaints_of(program, planted, small, options):
    profile = planted.with_suffix(".json")
    small.unlink(missing_ok=True)
    made = harness.run(program, "distill", "--quiet", "--profile", profile, *options, planted,
                       "-o", small)
    complaints = harness.misbehaviour(made, (0,))
    if complaints:
        return complaints
    with_log = "--log" in options
    full, distilled = crash_of(program, planted, "--profile", profile), crash_of(program, small)
    plain = small.with_suffix(".plain")
    plain.unlink(missing_ok=True)
    harness.run(program, "distill", "--quiet", "--keep-pages", "--format", "elf", small, "-o", plain)
    if has_marker(small.read_bytes() + plain.read_bytes()) != with_log:
        complaints.append("the marker is not found" if with_log else "it has the marker")
    if full.get("verdict") != "vmemmap-sound" or full["comm"] != MARKER:
        complaints.append(f"the full dump's crash is {full}")
    elif with_log and distilled != full:
        complaints.append("with the log the crash is another")
    elif nameless(distilled) != nameless(full):
        complaints.append(f"the crash is another: {distilled}, not {full}")
    log = harness.run(program, "log", small)
    if (MARKER in log.stdout) != with_log or log.status != (0 if with_log else 2):
        complaints.append(f"log says: {(log.stdout or log.stderr)[:200]}")
    return complaints


WAYS = (("--format", "elf"), ("--format", "kdump"), ("--sample", "1"), ("--log",),
        ("--log", "--format", "kdump"))


def main():
    args = harness.arguments(__doc__)
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for golden in ("6.1-hvo", "7.3-hvo"):
            machine = Machine(FullDump.load(pathlib.Path(args.dumps) / f"{golden}.elf"), golden)
            plant(machine)
            planted = pathlib.Path(place) / "planted.elf"
            profile = machine.dump.profile_note.body.rstrip(b"\0")
            planted.with_suffix(".json").write_bytes(profile)
            machine.dump.forget()
            machine.dump.save(planted)
            for options in WAYS:
                verdict.case(f"{golden} {' '.join(options)}",
                             complaints_of(args.program, planted, pathlib.Path(place) / "small",
                                           options))
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
