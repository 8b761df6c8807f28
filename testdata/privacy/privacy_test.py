#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What distil writes has nothing of anybody's data.

A golden dump gets pages that a full dump has, full of a marker: data of huge pages
and devices, free and cached memory around the frames of the vmemmap, neighbours of
every page that is read. In no distilled file, of either format, with a sample or
without, is there any of it. The marker is found when whole pages are asked for of a
page that is read in part, so that it could be found.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "broken"))
import harness  # noqa: E402
from elfdump import PAGE, Dump  # noqa: E402
from machine import PER_PAGE, Machine  # noqa: E402

MARKER = b"NOBODY-ELSES-DATA-"
FILL = (MARKER * (PAGE // len(MARKER) + 1))[:PAGE]
PAGES = 400


def data_frames(machine):
    """Of huge pages and of devices' users."""
    for head in machine.heads:
        yield from (head.pfn + i for i in (0, 1, 100, 511))
    for device in machine.devices:
        yield from (device.start + i for i in (0, 7, device.pages - 1))


def neighbours(dump):
    for where in sorted(dump.pages):
        yield from (where // PAGE - 1, where // PAGE + 1)


def plant(machine):
    """How many pages got the marker."""
    dump, vmemmap = machine.dump, {machine.frame_of(i) for i in machine.boot_vmemmap()}
    wanted = [*data_frames(machine), *neighbours(dump)]
    chosen = [pfn for pfn in dict.fromkeys(wanted)
              if pfn > 0 and pfn << 12 not in dump.pages and pfn not in vmemmap][:PAGES]
    for pfn in chosen:
        dump.add_page(pfn << 12, FILL)
    return len(chosen)


def plant_beside(machine):
    """Into a page of kernel data, behind the last thing that is read of it."""
    where = machine.physical(machine.symbol("hugetlb_max_hstate")) // PAGE * PAGE
    data = machine.dump.read(where, PAGE)
    at = data.rfind(bytes(64))
    machine.dump.write(where + at, (MARKER * 4)[:64])
    return at >= 0


def unpacked(program, path, place):
    """A kdump-compressed file as ELF, whose bytes are as they are."""
    plain = pathlib.Path(place) / "plain.elf"
    plain.unlink(missing_ok=True)
    harness.run(program, "distill", "--quiet", "--keep-pages", path, "-o", plain)
    return plain.read_bytes()


def complaints_of(program, place, planted, options):
    small = pathlib.Path(place) / "small"
    small.unlink(missing_ok=True)
    result = harness.run(program, "distill", "--quiet", *options, planted, "-o", small)
    complaints = harness.misbehaviour(result, (0,))
    if complaints:
        return complaints
    data = small.read_bytes() + unpacked(program, small, place)
    return ["it has the marker"] if MARKER in data else []


WAYS = (("--format", "elf"), ("--format", "kdump"), ("--sample", "1"), ("--select", "dax"),
        ("--with-cmdline",))


def main():
    args = harness.arguments(__doc__)
    verdict = harness.Verdict()
    with harness.scratch() as place:
        for golden in ("6.1-hvo", "7.3-hvo"):
            dump = Dump.load(pathlib.Path(args.dumps) / f"{golden}.elf")
            machine = Machine(dump, golden)
            count, beside = plant(machine), plant_beside(machine)
            verdict.case(f"{golden} planted", [] if count > PER_PAGE and beside else ["nothing"])
            planted = pathlib.Path(place) / "planted.elf"
            dump.save(planted)
            for options in WAYS:
                verdict.case(f"{golden} {' '.join(options)}",
                             complaints_of(args.program, place, planted, options))
            seen = complaints_of(args.program, place, planted, ("--keep-pages",))
            verdict.case(f"{golden} whole pages", [] if seen else ["the marker is not found"])
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
