#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the files that fuzzing starts from, a few KB each.

    corpus.py DIRECTORY DUMPS [KDUMPWRITE]

DIRECTORY gets one directory for each target. DUMPS are the unpacked golden dumps. KDUMPWRITE
is the program bench-kdumpwrite: without it there are no kdump-compressed files. What was
found by fuzzing, and is kept in regressions/TARGET, is copied too. All but these, and those
named "refused-", are good: the test of replay.c fails if one is refused.
"""
import gzip
import io
import lzma
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

TESTDATA = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTDATA / "broken"), str(TESTDATA / "log")]
import kdump_file  # noqa: E402
from elfdump import EXCLUDED, PAGE, Dump, Note  # noqa: E402
from ring import RESERVED, Ring  # noqa: E402

GOLDEN = "7.3-hvo.elf"
PAGES_KEPT = 3
MEMORY_START = 0xFFFFFFFF81000000
KERNEL_OFFSET = 0x1000000
NT_TASKSTRUCT = 4
INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF = 1, 2, 3, 4, 5, 6, 8


class Btf:
    """Documentation/bpf/btf.rst."""

    def __init__(self, order):
        self.order, self.types, self.strings = order, b"", b"\0"

    def name(self, text):
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def add(self, kind, name, size_or_type, *words, vlen=0):
        words = (self.name(name), kind << 24 | vlen, size_or_type, *words)
        self.types += struct.pack(f"{self.order}{len(words)}I", *words)

    def record(self, kind, name, size, *members):
        """Members: name, type, bits from the start."""
        words = [word for member, type_, at in members for word in (self.name(member), type_, at)]
        self.add(kind, name, size, *words, vlen=len(members))

    def packed(self):
        head = struct.pack(f"{self.order}HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types),
                           len(self.types), len(self.strings))
        return head + self.types + self.strings


def small_btf(order):
    btf = Btf(order)
    btf.add(INT, "unsigned long", 8, 64)                                        # 1
    btf.record(STRUCT, "list_head", 16, ("next", 3, 0), ("prev", 3, 64))        # 2
    btf.add(PTR, "", 2)                                                         # 3
    btf.record(STRUCT, "page", 64, ("flags", 9, 0), ("", 5, 64), ("_refcount", 1, 416))  # 4
    btf.record(UNION, "", 40, ("lru", 2, 0), ("compound_head", 1, 0))           # 5
    btf.add(ENUM, "pageflags", 4, btf.name("PG_locked"), 0, btf.name("PG_head"), 6, vlen=2)  # 6
    btf.add(ARRAY, "", 0, 2, 1, 4)                                              # 7
    btf.record(STRUCT, "hstate", 96, ("order", 1, 0), ("hugepage_freelists", 7, 64))  # 8
    btf.add(TYPEDEF, "memdesc_flags_t", 10)                                     # 9
    btf.record(STRUCT, "", 8, ("f", 1, 0))                                      # 10
    btf.record(STRUCT, "mem_section", 16, ("section_mem_map", 1, 0), ("usage", 3, 64))  # 11
    return btf.packed()


class Memory:
    def __init__(self):
        self.data = b""

    def add(self, data):
        address = MEMORY_START + len(self.data)
        self.data += data.ljust((len(data) + 7) // 8 * 8, b"\0")
        return address


def tokens():
    """Each byte stands for itself but one, which is a whole word."""
    return [b"kall" if i == 1 else bytes([i if 32 < i < 127 else 63]) for i in range(256)]


def packed_name(text):
    codes = text.replace(b"kall", b"\1")
    size = len(codes)
    return (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + codes


def offsets(order, encoding, base, at, addresses):
    numbers = {
        "relative": lambda i, address: address - base,
        "place": lambda i, address: address - at - 4 * i,
        "percpu": lambda i, address: address if address < base else base - 1 - address,
    }[encoding]
    signed = "I" if encoding == "relative" else "i"
    return b"".join(struct.pack(order + signed, numbers(i, a)) for i, a in enumerate(addresses))


def kernel(order, encoding):
    """testdata/fuzz/kernel_target.c tells what it consists of."""
    memory = Memory()
    btf = small_btf(order)
    start = memory.add(btf)
    symbols = {b"A__per_cpu_start": 0, b"T_text": MEMORY_START, b"D__start_BTF": start,
               b"D__stop_BTF": start + len(btf), b"bhstates": MEMORY_START + 8,
               b"dkallsyms_" + b"long" * 40: MEMORY_START + 16,
               b"Bmem_section": MEMORY_START + 24}
    if encoding in ("relative", "place"):
        del symbols[b"A__per_cpu_start"]
    texts = tokens()
    places = [sum(len(text) + 1 for text in texts[:i]) for i in range(256)]
    where = {
        "names": memory.add(b"".join(map(packed_name, symbols))),
        "num_syms": memory.add(struct.pack(order + "I", len(symbols))),
        "token_table": memory.add(b"\0".join(texts) + b"\0"),
        "token_index": memory.add(struct.pack(order + "256H", *places)),
    }
    numbers_at = MEMORY_START + len(memory.data)
    relative_base = 0
    where["offsets"] = where["addresses"] = 0
    if encoding == "absolute":
        where["addresses"] = memory.add(struct.pack(f"{order}{len(symbols)}Q", *symbols.values()))
    else:
        where["offsets"] = memory.add(
            offsets(order, encoding, MEMORY_START, numbers_at, symbols.values()))
    if encoding in ("relative", "percpu"):
        relative_base = memory.add(struct.pack(order + "Q", MEMORY_START))
    # The token table is read as far as its last token may reach.
    memory.add(bytes(PAGE))
    header = struct.pack("<8Q", where["names"], where["num_syms"], where["token_table"],
                         where["token_index"], where["offsets"], relative_base,
                         where["addresses"], KERNEL_OFFSET | (order == ">"))
    size = (MEMORY_START + len(memory.data)) % PAGE
    return header + memory.data + bytes(PAGE - size)


def kernels():
    for encoding in ("relative", "place", "percpu", "absolute"):
        yield encoding, kernel("<", encoding)
    yield "big-endian", kernel(">", "relative")


def log_memory(order, info_size):
    """testdata/fuzz/log_target.c tells what it consists of: a small ring."""
    ring = Ring(order, info_size, 3, 8, begun=40)
    for text in (b"Linux version", b"two\nlines", b"", b"x" * 120, b"behind the end", b"the last"):
        ring.add(text, 6, 10**9, 42)
    ring.add(b"torn", state=RESERVED)
    return bytes([(order == ">") | (info_size == 112) << 1]) + ring.memory(MEMORY_START)


def logs():
    for name, order in (("little-endian", "<"), ("big-endian", ">")):
        yield name, log_memory(order, 88)
        yield name + "-large", log_memory(order, 112)


def build(program, *flags):
    """The stand-in for a kernel, as the tests of formats/typeinfo/ build it."""
    sources = [TESTDATA / "typeinfo" / name for name in ("standin.c", "standin_other.c")]
    subprocess.run(
        ["cc", "-nostdlib", "-static", "-fno-pie", "-O0", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", "-fno-eliminate-unused-debug-types",
         "-Wl,--build-id=sha1", *flags, "-o", program, *sources], check=True)


def btfs():
    yield "little-endian", small_btf("<")
    yield "big-endian", small_btf(">")
    with tempfile.TemporaryDirectory(prefix="vmemscope-corpus-") as place:
        blob, program = pathlib.Path(place, "blob"), pathlib.Path(place, "program")
        blob.write_bytes(small_btf("<"))
        build(program)
        subprocess.run(["objcopy", "--strip-debug", "--add-section", f".BTF={blob}", program],
                       check=True)
        yield "elf", program.read_bytes()


def near(**functions):
    """Flags that give the functions names which lead to the units to read first."""
    return [f"-Wl,--defsym={name}={function}" for name, function in functions.items()]


def vmlinuxes():
    units = near(hugetlb_add_hstate="standin_init", sparse_init="standin_other")
    linked = near(hugetlb_add_hstate="standin_init", sparse_init="imports_elsewhere")
    with tempfile.TemporaryDirectory(prefix="vmemscope-corpus-") as place:
        program = pathlib.Path(place, "program")
        for name, *flags in (
                ("dwarf-4", "-gdwarf-4"),
                ("dwarf-5", "-gdwarf-5"),
                ("dwarf-4-near", "-gdwarf-4", *units),
                ("dwarf-5-near", "-gdwarf-5", *units),
                ("dwarf-4-refs", "-gdwarf-4", *linked, TESTDATA / "typeinfo/standin_refs.s")):
            build(program, *flags)
            yield name, program.read_bytes()


def flattened(data):
    """makedumpfile's format for pipes."""
    head = struct.pack(">16sQQ", b"makedumpfile", 1, 1).ljust(4096, b"\0")
    half = len(data) // 2
    pieces = ((half, data[half:]), (0, data[:half]))
    body = b"".join(struct.pack(">qq", at, len(piece)) + piece for at, piece in pieces)
    return head + body + struct.pack(">qq", -1, -1)


def small_dump(dumps):
    dump = Dump.load(dumps / GOLDEN)
    for address in sorted(dump.pages)[PAGES_KEPT:]:
        dump.drop_page(address, EXCLUDED)
    dump.extents.list = dump.extents.list[: 2 * PAGES_KEPT]
    return dump


def kdumps(dump, kdumpwrite):
    """The same small dump in each packing, one of them in pieces."""
    with tempfile.TemporaryDirectory(prefix="vmemscope-corpus-") as place:
        source, packed = pathlib.Path(place, "dump.elf"), pathlib.Path(place, "packed")
        source.write_bytes(dump.packed())
        for way in ("raw", "zlib", "lzo", "zstd"):
            subprocess.run([kdumpwrite, way, source, packed], check=True, stdout=subprocess.DEVNULL)
            yield f"kdump-{way}", packed.read_bytes()
            if way == "zlib":
                yield "flattened-kdump", flattened(packed.read_bytes())


def packed(data):
    yield "gzip", gzip.compress(data, mtime=0)
    yield "xz", lzma.compress(data)
    for name, command in (("zstd", ["zstd", "-qc"]), ("zstd-seekable", ["zstd", "-qc", "-B64KB"])):
        yield name, subprocess.run(command, check=True, input=data, stdout=subprocess.PIPE).stdout
    # One block as it is: magic, version 1 with independent blocks, 4 MiB, end mark.
    part = data[: 1 << 16]
    yield "lz4", (b"\x04\x22\x4d\x18\x60\x70\x73" + struct.pack("<I", 1 << 31 | len(part)) + part
                  + bytes(4))


def archive(data):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        member = tarfile.TarInfo("127.0.0.1-2026-01-01/vmcore")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def dump_files(dumps, kdumpwrite):
    dump = small_dump(dumps)
    yield "elf", dump.packed()
    yield from packed(dump.packed())
    yield "flattened", flattened(dump.packed())
    yield "refused-tar", archive(dump.packed())
    yield from kdump_file.files()
    yield "flattened-small", flattened(kdump_file.packed(way="zlib"))
    if kdumpwrite:
        yield from kdumps(dump, kdumpwrite)


def sets():
    """testdata/fuzz/set_target.c tells what it consists of."""
    for name, first, second in kdump_file.pairs():
        yield name, struct.pack("<I", len(first)) + first + second
        yield f"{name}-flattened", struct.pack("<I", len(flattened(first))) + flattened(first) + second


def kcores(dumps):
    """As the kernel's own, by its headers and notes."""
    dump = small_dump(dumps)
    dump.notes.append(Note(b"CORE", NT_TASKSTRUCT, b"task"))
    yield "small", dump.packed()


def notes_of(dumps):
    dump = Dump.load(dumps / GOLDEN)
    registers = struct.pack("<5I", 5, 336, 1, *struct.unpack("<2I", b"CORE\0\0\0\0")) + bytes(336)
    qemu = struct.pack("<5I", 5, 432, 0, *struct.unpack("<2I", b"QEMU\0\0\0\0")) + bytes(432)
    yield "vmcoreinfo", b"\0" + dump.vmcoreinfo_note.packed()
    yield "registers", b"\0" + registers + qemu + dump.vmcoreinfo_note.packed()
    for number, name in MACHINES.items():
        notes = b"".join(note.packed() for note in Dump.load(dumps / f"{name}.elf").notes
                         if note.owner != b"vmemscope")
        yield name, bytes([number << 1]) + notes


# By the number of the machine in include/machines.c.
MACHINES = {0: "7.3-hvo", 1: "aarch64-6.12", 2: "riscv64-6.12", 4: "ppc64-6.12", 5: "loongarch64-7.2"}
BIG_ENDIAN_MACHINE = 3  # s390x


def tables(dumps):
    """testdata/fuzz/paging_target.c tells what it consists of."""
    for number, name in MACHINES.items():
        dump = Dump.load(dumps / f"{name}.elf")
        text = dump.vmcoreinfo_note.body.rstrip(b"\0")
        memory = b"".join(bytes(dump.pages[address]) for address in sorted(dump.pages)[:2])
        yield name, bytes([number, 0]) + struct.pack("<H", len(text)) + text + memory
    text = b"OSRELEASE=6.99.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=1000000\n"
    table = struct.pack(">512Q", *(0x2000000 + 0x1000 * i | 7 for i in range(512)))
    yield "s390x", bytes([BIG_ENDIAN_MACHINE, 1]) + struct.pack("<H", len(text)) + text + table


OOPSES = {
    0: """BUG: unable to handle page fault for address: ffd4000004000034
#PF: supervisor write access in kernel mode
#PF: error_code(0x0003) - permissions violation
PGD 23fff1067 P4D 23fff0067 PUD 23ffef067 PMD 14fe2d067 PTE 80000001405a5121
Oops: Oops: 0003 [#1] SMP NOPTI
CPU: 0 UID: 0 PID: 77 Comm: test Tainted: G           OE       6.99.0 #1
RIP: 0010:put_page_back+0x1c/0x40 [module]
RSP: 0018:ff1100010d0afe30 EFLAGS: 00010246
RAX: ffd4000004000000 RBX: 0000000000000001 RCX: 0000000000000000
CR2: ffd4000004000034 CR3: 000000010d0b0000 CR4: 0000000000751ef0
Call Trace:
 <TASK>
 do_the_work+0x76/0x448 [module]
 </TASK>
Kernel panic - not syncing: Fatal exception""",
    1: """Unable to handle kernel write to read-only memory at virtual address fffffdffc5000034
Mem abort info:
  ESR = 0x000000009600004f
[fffffdffc5000034] pgd=18000001fffff403, p4d=18000001ffffe403, pte=0060000141eee787
Internal error: Oops: 000000009600004f [#1] SMP
CPU: 1 UID: 0 PID: 9 Comm: test Not tainted 6.99.0
pc : put_page_back+0x1c/0x40
lr : do_the_work+0x76/0x448""",
    4: """Unable to handle kernel paging request at virtual address ff1c000004000034
Oops [#1]
epc : put_page_back+0x1c/0x40 [module]
 ra : do_the_work+0x76/0x448 [module]
status: 0000000200000120 badaddr: ff1c000004000034 cause: 000000000000000f""",
}
BAD_PAGE = """BUG: Bad page state in process test  pfn:142405
page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x142405
flags: 0x17ffffc0000000(node=0|zone=2|lastcpupid=0x1fffff)
raw: 0017ffffc0000000 ffd4000005090101 ffd4000005090101 0000000000000000
page dumped because: nonzero _refcount"""


def oopses():
    for machine, text in OOPSES.items():
        yield f"machine-{machine}", bytes([machine]) + text.encode() + b"\n" + BAD_PAGE.encode()
    names = ("badlink-7.3", "bugpage-7.3", "hole-arm64-7.3", "rotail-7.3", "null-riscv64-6.12")
    packed = [TESTDATA / f"crash/dumps/{name}.elf.zst" for name in names]
    for path in packed:
        data = subprocess.run(["zstd", "-qdc", path], check=True, stdout=subprocess.PIPE).stdout
        for note in Dump(data).notes:
            if note.owner == b"vmemscope" and b"event=" in note.body[:4000]:
                yield path.name.removesuffix(".elf.zst"), b":" + note.body.rstrip(b"\0")


def changes():
    """testdata/fuzz/analysis_target.c tells what it consists of."""
    for number in range(9):
        yield f"dump-{number}", bytes([number])
        yield f"dump-{number}-changed", bytes([number]) + b"".join(
            struct.pack("<IHB", page, offset, 7) + bytes(8)
            for page, offset in ((1, 8), (40, 0x34), (700, 64)))


def regressions(target):
    return [(f"regression-{path.name}", path.read_bytes())
            for path in sorted((TESTDATA / "fuzz/regressions" / target).glob("*"))]


def contents(dumps, kdumpwrite):
    dump = small_dump(dumps)
    yield "kernel", kernels()
    yield "log", logs()
    yield "btf", btfs()
    yield "vmlinux", vmlinuxes()
    yield "profile", [("saved", dump.profile_note.body.rstrip(b"\0"))]
    yield "system_map", [("small", b"ffffffff81000000 T _text\nffffffff82000000 b hstates\n"
                          b"ffffffff82000040 B mem_section\n0000000000000000 A per_cpu\n")]
    yield "report", [(path.parent.name, path.read_bytes())
                     for path in sorted(TESTDATA.glob("golden/*/report.json"))]
    yield "dump", dump_files(dumps, kdumpwrite)
    yield "set", sets()
    yield "kcore", kcores(dumps)
    yield "notes", notes_of(dumps)
    yield "paging", tables(dumps)
    yield "oops", oopses()
    yield "analysis", changes()


def main():
    directory, dumps, *programs = map(pathlib.Path, sys.argv[1:])
    for target, files in contents(dumps, next(iter(programs), None)):
        place = directory / target
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
        for name, data in (*files, *regressions(target)):
            (place / name).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
