#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What reports cost: one table, measured in one run.

    table.py [--docs FILE] [--keep FILE] [--figures FILE]

Invented machines of 64 GiB and 1 TiB, of 16 TiB too with SCALE_16T=1; the bundled
dumps; and those that DUMP names, separated by colons, with VMLINUX for the tools that
need one. Machines of 64 GiB and 1 TiB are written in each format; those of 1 TiB and
more only if there is room. RUNS (5) runs of all that a row compares, in turn; medians,
and of ratios the median of those of each turn. Files are in memory, as each is read
before it is measured. QUIET (300) seconds are spent at most, all in all, to wait for
moments when nobody else has the processors, and a quarter of that before each part
of what is measured of libkdumpfile.

The table goes to standard output; --docs puts it, and what is known of libkdumpfile,
between the marks in FILE and draws the plot beside it; --keep stores the figures,
which --figures takes instead of measuring; with --library that is measured again.

"floor" is the time to get the bytes that the report looks at (the pages that "distill"
keeps) without looking at them: of ELF dumps one sequential read of as many bytes of
the same file, of others the very same pages read in the order of the file and
unpacked, without a library for dumps. "library" is libkdumpfile, as it comes, in
place of the latter.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import statistics
import struct
import sys
import tempfile
import textwrap

import measure
import plot

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
TOOLS = pathlib.Path(os.environ["TOOLS"])
SCOPE = TOOLS / "vmemscope"
DUMPS = pathlib.Path(os.environ["DUMPS"])
KERNEL = DUMPS / "7.3-hvo.elf"
OLDER = (
    ("6.12", "6.12-hvo.elf"),
    ("6.1", "6.1-hvo.elf"),
    ("6.1, two pages kept", "6.1-hvo.elf", "--kept", "2"),
)
RUNS = int(os.environ.get("RUNS", "5"))
GIB, TIB, MIB = 1 << 30, 1 << 40, 1 << 20
PAGE = 4096
PACKED = ("raw", "zlib", "lzo", "zstd")
LOOP_MEMORY = 16 * GIB  # what an object at a time takes drgn seconds for


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def room_for(directory, size):
    return shutil.disk_usage(directory).free > size * 5 // 4


def size_name(size):
    return f"{size // TIB} TiB" if size >= TIB else f"{size // GIB} GiB"


# --- what is measured ---------------------------------------------------------------


def options():
    """Those of the report that are worth a column, by the name of the column."""
    text = measure.output_of([SCOPE, "report", "--help"])
    chosen = {}
    if "--threads" in text:
        chosen = {"1 thread": ["--threads", "1"], "2 threads": ["--threads", "2"]}
    else:
        chosen = {"report": []}
    if "--quick" in text:
        chosen["quick"] = ["--quick"]
    return chosen


OPTIONS = options()
MAIN = next(iter(OPTIONS))
BEST = "2 threads" if "2 threads" in OPTIONS else MAIN


class Dump:
    """A dump to be measured, and what has to be given with it."""

    def __init__(self, path, title, layout, memory=None, profile=None):
        self.path, self.title, self.layout = pathlib.Path(path), title, layout
        self.memory = memory
        self.arguments = ["--profile", profile] if profile else []
        self.pages = None  # a file with the frame numbers that a report looks at
        self.touched = None  # how many these are
        self.packed = False

    def report(self, *more):
        return [SCOPE, "report", *self.arguments, *more, self.path]


def warm(path):
    """In memory as after a first reading from disk: what was just written lies in smaller
    pieces of the kernel's cache, or larger ones, and mapping these takes up to twice as long."""
    with open(path, "rb", buffering=0) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(MIB):
            pass


def floor_of(dump):
    if dump.packed:
        return {name: lambda how=how: read_packed(dump, how)
                for name, how in (("floor", "plain"), ("library", "own"))}
    if dump.layout == "sparse" or not dump.touched:
        return {}
    return {"floor": lambda: measure.sequential_read(dump.path, dump.touched * PAGE)}


def read_packed(dump, how):
    command = [TOOLS / "bench-kdumpread", dump.path, how, "1", "runs=1"]
    if dump.pages:
        command.append(f"pages={dump.pages}")
    return int(measure.output_of(command).split()[1]) / 1e6


def row_of(dump):
    say(f"{dump.title}, {dump.layout}")
    warm(dump.path)
    actions = {name: lambda more=more: measure.seconds(dump.report(*more))
               for name, more in OPTIONS.items()}
    actions.update(floor_of(dump))
    results = measure.in_turn(actions, RUNS)
    row = {"dump": dump.title, "layout": dump.layout, "memory": dump.memory,
           "disk": dump.path.stat().st_blocks * 512, "touched": dump.touched,
           "best": BEST,
           "seconds": {name: statistics.median(times) for name, times in results.items()},
           **measure.memory(dump.report(*OPTIONS[BEST]))}
    if "floor" in results:
        row["to_floor"] = {name: measure.ratio(results, name, "floor")
                           for name in results if name != "floor"}
    return row


# --- invented machines --------------------------------------------------------------


def generate(place, size, *more, kernel=KERNEL):
    path = place / "machine.elf"
    measure.output_of([TOOLS / "gen-dump", kernel, "--memory", f"{size // GIB}G", *more,
                       "--output", path])
    return path


def profile_of(path, place):
    """The profile that such a dump has in a note; other formats cannot have it there."""
    data = path.open("rb").read(2 * MIB)
    start = data.index(b"{", data.index(b"vmemscope\0"))
    profile = json.JSONDecoder().raw_decode(data[start:].split(b"\0")[0].decode())[0]
    (place / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    return place / "profile.json"


def load_pages(path):
    """Frame numbers of an ELF dump's segments."""
    with open(path, "rb") as file:
        header = struct.unpack("<16sHHIQQQIHHHHHH", file.read(64))
        offset, shoff, count = header[5], header[6], header[10]
        if count == 0xFFFF:
            file.seek(shoff)
            count = struct.unpack("<IIQQQQIIQQ", file.read(64))[7]
        file.seek(offset)
        for phdr in struct.iter_unpack("<IIQQQQQQ", file.read(56 * count)):
            if phdr[0] == 1:
                yield from range(phdr[4] // PAGE, (phdr[4] + phdr[5]) // PAGE)


def find_touched(dump, place):
    """The pages that are in a distilled dump are those that a report looks at."""
    small = place / "distilled.elf"
    measure.output_of([SCOPE, "distill", "--overwrite", "--quiet", *dump.arguments, dump.path,
                       "--output", small])
    pages = sorted(set(load_pages(small)))
    small.unlink()
    dump.pages = place / "pages"
    dump.pages.write_bytes(struct.pack(f"<{len(pages)}Q", *pages))
    dump.touched = len(pages)


def rows_of_packed(elf, place):
    """The same pages in the other formats."""
    for kind in PACKED:
        if elf.memory and elf.memory >= TIB and kind == "raw":
            continue
        path = place / f"dump.{kind}"
        measure.output_of([TOOLS / "bench-kdumpwrite", kind, elf.path, path])
        layout = "kdump, " + ("not compressed" if kind == "raw" else kind)
        dump = Dump(path, elf.title, layout, elf.memory)
        dump.arguments, dump.pages, dump.touched = elf.arguments, elf.pages, elf.touched
        dump.packed = True
        yield row_of(dump)
        path.unlink()


def rows_of_size(place, size):
    title = size_name(size)
    touched = None
    if room_for(place, size // 128):
        dump = Dump(generate(place, size, "--dense"), title, "ELF", size)
        find_touched(dump, place)
        touched = dump.touched
        yield row_of(dump)
        dump.arguments = ["--profile", profile_of(dump.path, place)]
        yield from rows_of_packed(dump, place)
        dump = Dump(generate(place, size, "--dense", "--scatter"), title, "ELF, scattered", size)
        dump.touched = touched
        yield row_of(dump)
    else:
        say(f"left out: {title} with bytes of its own for each frame: no room in {place}")
    dump = Dump(generate(place, size, "--unlinked"), title, "sparse", size)
    dump.touched = touched
    yield row_of(dump)


def rows_of_older(place, size):
    """Tails of older kernels show other things: copies of heads, or a second page that is kept."""
    for title, kernel, *more in OLDER:
        if room_for(place, size // 128):
            path = generate(place, size, "--dense", *more, kernel=DUMPS / kernel)
            dump = Dump(path, f"{size_name(size)}, {title}", "ELF", size)
            find_touched(dump, place)
            yield row_of(dump)


def rows_of_machines(place):
    yield from rows_of_size(place, 64 * GIB)
    rows = list(rows_of_size(place, TIB))
    yield from rows
    yield from rows_of_older(place, 64 * GIB)
    if os.environ.get("SCALE_16T"):
        dump = Dump(generate(place, 16 * TIB, "--unlinked"), "16 TiB", "sparse", 16 * TIB)
        if rows[-1]["touched"]:
            dump.touched = 16 * rows[-1]["touched"]
        yield row_of(dump)


# --- real dumps -----------------------------------------------------------------------


def release_of(report):
    return re.match("[0-9.]*", report["kernel"]["release"]).group()


def rows_of_real(place):
    # Those of x86-64 are called by their kernel alone; the others cost no more.
    for path in sorted(DUMPS.glob("[0-9]*.elf")):
        dump = Dump(path, f"bundled {path.stem}", "ELF")
        find_touched(dump, place)
        yield row_of(dump)
    for number, path in enumerate(filter(None, os.environ.get("DUMP", "").split(":")), 1):
        report = json.loads(measure.output_of([SCOPE, "report", "--format", "json", path]))
        title = f"real {release_of(report)} ({number})"
        dump = Dump(path, title, "ELF" if report["dump"]["format"] == "elf" else "kdump")
        find_touched(dump, place)
        yield row_of(dump)
        if report["dump"]["format"] == "elf":
            yield from rows_of_packed(dump, place)


# --- others ---------------------------------------------------------------------------


def check_answers(report, answers):
    """What drgn found is what the report says."""
    pools = collections.defaultdict(collections.Counter)
    for pool in report["hugetlb"]["pools"]:
        pools[pool["order"]].update({
            "pages": pool["pages"], "free": pool["free"], "optimized": pool["optimized"],
            "saved_pages": pool["saved_bytes"] // PAGE})
    for order, found in answers["orders"].items():
        expected = {"wrong_tails": 0, "writable_tails": 0, "counted": found.get("pages", 0),
                    "flagged": found.get("optimized", 0), **pools[int(order)]}
        for name, value in expected.items():
            if found.get(name, 0) != value:
                raise measure.Failed(f"drgn and the report differ: order {order}, {name}: "
                                     f"{found.get(name, 0)}, {value}")
    shared = sum(found.get("shared_frames", 0) for found in answers["orders"].values())
    if report["findings"] or shared != report["savings"]["shared_frames"]:
        raise measure.Failed("drgn and the report differ")


def peer(place, way, path, size, turns):
    types, report = place / "types.json", place / "report.json"
    types.write_text(measure.output_of([SCOPE, "types", "--format", "json", path]))
    report.write_text(measure.output_of([SCOPE, "report", "--format", "json", path]))
    warm(path)
    times = {"drgn": [], "scope": []}
    for _ in range(turns):
        answers = json.loads(measure.output_of(
            [PYTHON, HERE / "peer.py", way, path, types, report]))
        check_answers(json.loads(report.read_text()), answers)
        times["drgn"].append(answers["seconds"])
        times["scope"].append(measure.seconds([SCOPE, "report", *OPTIONS[BEST], path]))
    seconds = statistics.median(times["drgn"])
    return {"what": f"drgn, {way}", "measured_on": size_name(size), "seconds": seconds,
            "scaled": seconds * TIB / size, "times": measure.ratio(times, "drgn", "scope")}


def rows_of_drgn(place):
    say("drgn")
    yield peer(place, "bulk", generate(place, 64 * GIB, "--dense"), 64 * GIB, RUNS)
    yield peer(place, "loop", generate(place, LOOP_MEMORY, "--dense", "--gigantic", "0"),
               LOOP_MEMORY, 1)


def start_up(what, command, base, turns, **more):
    """A tool until it could answer a first question."""
    seconds = statistics.median(measure.seconds_of_session(command, **more)
                                for _ in range(turns))
    return {"what": what, "seconds": seconds, "times": seconds / base}


def rows_of_start_up():
    dumps = list(filter(None, os.environ.get("DUMP", "").split(":")))
    vmlinux = list(filter(None, os.environ.get("VMLINUX", "").split(":")))
    if not dumps or not vmlinux:
        say("start-up of crash and drgn: left out; DUMP=DUMP VMLINUX=VMLINUX measures it")
        return
    load = "import drgn, sys; p = drgn.Program(); p.set_core_dump(sys.argv[1]); " \
           "p.load_debug_info([sys.argv[2]]); p.type('struct page'); p.type('struct hstate')"
    for dump, image in zip(dumps, vmlinux):
        base = statistics.median(measure.seconds([SCOPE, "report", dump]) for _ in range(RUNS))
        release = release_of(json.loads(
            measure.output_of([SCOPE, "report", "--format", "json", dump])))
        for what, command, text in (
                ("drgn loads types", [PYTHON, "-c", load, dump, image], ""),
                ("crash --minimal", ["crash", "--minimal", "-s", image, dump], "quit\n"),
                ("crash", ["crash", "-s", image, dump], "quit\n")):
            try:
                yield {**start_up(what, command, base, 3, input=text),
                       "measured_on": f"real {release}"}
            except measure.Failed as failure:
                say(f"left out: {what}, real {release}: {failure}")


# --- libkdumpfile -----------------------------------------------------------------------

WAYS = (
    ("read and unpacked without it", "plain", 1, ()),
    ("one context", "own", 1, ()),
    ("a context each, two threads, half of the pages each", "own", 2, ()),
    ("a clone each, two threads", "clone", 2, ()),
    ("one context, cache of 4096 pages", "own", 1, ("cache=4096",)),
    ("one context, cache of 32 pages", "own", 1, ("cache=32",)),
    ("a context each, two threads, cache of 32 pages, pages dealt by 256", "own", 2,
     ("cache=32", "deal=chunks")),
    ("a clone each, two threads, cache of 32 pages, pages dealt by 256", "clone", 2,
     ("cache=32", "deal=chunks")),
    ("one context, cache of 32 pages, pages in no order", "own", 1,
     ("cache=32", "order=scatter")),
    ("one context, cache of 32 pages, file mapped", "own", 1, ("cache=32", "mmap=always")),
)


def library_table(place):
    """Ratios to reading without the library, for each way and compression."""
    elf = next((path for path in filter(None, os.environ.get("DUMP", "").split(":"))
                if open(path, "rb").read(4) == b"\x7fELF"), None)
    source = elf or generate(place, 64 * GIB, "--dense")
    table = {"of": "a real dump" if elf else "an invented machine", "ratios": {}}
    for kind in PACKED:
        say(f"libkdumpfile, {kind}")
        path = place / f"dump.{kind}"
        measure.output_of([TOOLS / "bench-kdumpwrite", kind, source, path])
        warm(path)
        actions = {way[0]: lambda way=way: library_seconds(path, *way[1:]) for way in WAYS}
        # What two threads gain shows only where nobody else has a processor.
        measure.new_patience(0.25)
        results = measure.in_turn(actions, RUNS, each_quiet=True)
        table["ratios"][kind] = {name: measure.ratio(results, name, WAYS[0][0])
                                 for name in actions}
        path.unlink()
    return table


def library_seconds(path, how, threads, more):
    output = measure.output_of([TOOLS / "bench-kdumpread", path, how, threads, "runs=1", *more])
    return int(output.split()[1]) / 1e6


# --- the table ----------------------------------------------------------------------------


def number(value, digits=None):
    """Two or three digits that count."""
    if value is None:
        return ""
    if digits is None:
        digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
        digits = digits if value >= 0.01 else 4
    return f"{value:.{digits}f}"


def mib(value):
    return "" if value is None else number(value / MIB, 0 if value >= 10 * MIB else 1)


def markdown(rows, header):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def main_table(rows):
    header = ["dump", "format", "file, MiB", *(f"{name}, s" for name in OPTIONS), "own, MiB",
              "mapped, MiB", "asked, MiB", "looked at, MiB", "floor, s", "ratio"]
    two = "2 threads" in OPTIONS
    if two:
        header.append("ratio, 2 threads")
    header.append("library / floor")

    def cells(row):
        seconds, to_floor = row["seconds"], row.get("to_floor", {})
        yield from (row["dump"], row["layout"], mib(row["disk"]))
        yield from (number(seconds[name]) for name in OPTIONS)
        yield from (mib(row["own"]), mib(row["mapped"]), mib(row["asked"]))
        yield mib(row["touched"] and row["touched"] * PAGE)
        yield number(seconds.get("floor"))
        yield number(to_floor.get(MAIN), 1) if to_floor else ""
        if two:
            yield number(to_floor.get("2 threads"), 1) if to_floor else ""
        yield number(to_floor.get("library"), 1) if "library" in to_floor else ""

    return markdown((list(cells(row)) for row in rows), header)


def peers_table(rows):
    header = ["what", "measured on", "seconds", "scaled to 1 TiB, s", "times a report's"]
    return markdown(([row["what"], row["measured_on"], number(row["seconds"]),
                      number(row.get("scaled")), number(row["times"], 0 if row["times"] >= 10 else 1)]
                     for row in rows), header)


def library_rows(table):
    kinds = list(table["ratios"])
    return markdown(([way[0], *(number(table["ratios"][kind][way[0]], 2) for kind in kinds)]
                     for way in WAYS), ["", *("not compressed" if kind == "raw" else kind
                                              for kind in kinds)])


def growth(rows):
    """How the time grows, a line for each step; and what is spared by looking at less."""
    sparse = {row["memory"]: row["seconds"] for row in rows if row["layout"] == "sparse"}
    sizes = sorted(sparse)
    for small, large in zip(sizes, sizes[1:]):
        times = sparse[large][BEST] / sparse[small][BEST]
        yield (f"- {size_name(small)} to {size_name(large)}, {large // small} times the memory: "
               f"{times:.1f} times as long")
    for size in sizes:
        spared = [f"{row['layout']} {row['seconds'][BEST] / row['seconds']['quick']:.1f}"
                  for row in rows if row["memory"] == size and "quick" in row["seconds"]]
        if spared:
            yield textwrap.fill(f"- {size_name(size)}, speed-up of --quick: {'; '.join(spared)}",
                                120, subsequent_indent="  ", break_on_hyphens=False)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].split() for line in file if line.startswith("model name")),
                     ["unknown"])
    return f"{os.cpu_count()} cores, {' '.join(model[:2])}"


def replace_between(path, name, text):
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    old = path.read_text(encoding="utf-8")
    if begin not in old or end not in old:
        sys.exit(f"bench: {path} has no place for '{name}'")
    path.write_text(old[:old.index(begin)] + begin + text + "\n" + old[old.index(end):],
                    encoding="utf-8")


def publish(figures, docs):
    for name in ("table", "peers", "libkdumpfile"):
        replace_between(docs, name, figures[name])
    plot.write(figures["rows"], figures["others"], docs.with_suffix(".svg"))


def measure_all():
    figures = {"machine": processor()}
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        figures["rows"] = [*rows_of_real(place), *rows_of_machines(place)]
        figures["others"] = [*rows_of_drgn(place), *rows_of_start_up()]
        figures["library"] = library_table(place)
    return figures


def measure_library(figures):
    with tempfile.TemporaryDirectory() as directory:
        figures["library"] = library_table(pathlib.Path(directory))


def render(figures):
    figures["table"] = "\n".join([
        f"{figures['machine']}; medians of {RUNS} runs.", "", *main_table(figures["rows"]), "",
        *growth(figures["rows"])])
    figures["peers"] = "\n".join(peers_table(figures["others"]))
    figures["libkdumpfile"] = "\n".join([
        f"Of {figures['library']['of']}, times the first line:", "",
        *library_rows(figures["library"])])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--figures", type=pathlib.Path, help="stored ones, instead of measuring")
    parser.add_argument("--library", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        figures = (json.loads(arguments.figures.read_text()) if arguments.figures
                   else measure_all())
        if arguments.figures and arguments.library:
            measure_library(figures)
    except measure.Failed as failure:
        sys.exit(f"bench: {failure}")
    render(figures)
    print(figures["table"], figures["peers"], figures["libkdumpfile"], sep="\n\n")
    if arguments.keep:
        arguments.keep.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if arguments.docs:
        publish(figures, arguments.docs)


main()
